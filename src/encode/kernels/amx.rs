//! Products and attention in bf16 on Intel's matrix units (AMX), sums in f32, and AVX-512 between them.
//!
//! Activations stay in bf16 from one product to the next, in the form in which a tile is loaded ([`TileRows`]), so that nothing is
//! converted, packed or written twice. A product goes panel by panel of 32 columns: the panel's weights stay in the first cache while all
//! rows pass, 32 at a time. While the matrix unit multiplies one block, the rows of the block before are finished (bias, GELU,
//! rounding) by the vector units.
//!
//! The processor's own sums of a product run in the order of depth, two by two, whatever stands in the other rows.

use std::arch::x86_64::*;
use std::array;
use std::f32::consts::LOG2_E;
use std::mem::transmute;
use std::ops::Range;
use std::ptr;

use half::bf16;

use super::avx512::{LANES, load, store, transpose};
use super::{AttentionShape, has_amx};

mod tile;

pub(super) use tile::{allowed, has_tiles};

/// Rows of a tile, and columns of a tile of sums.
const TILE: usize = 16;

/// Columns of a line, of a panel of weights, and of a head: what a tile is deep.
pub(in crate::encode) const GROUP: usize = 2 * TILE;

/// 32 numbers in bf16: a line of the cache, a row of a tile.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u16; GROUP]);

const ZEROS: Line = Line([0; GROUP]);

/// Rows of activations in bf16, the left side of a product: for each 32 rows and each group of 32 columns, the lines of two tiles. What one
/// block of a product reads is so one piece of memory.
#[derive(Default)]
pub(in crate::encode) struct TileRows {
    tiles: Vec<[Line; 2 * TILE]>,
    rows: usize,
    groups: usize,
}

impl TileRows {
    /// Makes room for `rows` rows of `columns` numbers, a multiple of [`GROUP`]; what they are is not said.
    pub(in crate::encode) fn resize(&mut self, rows: usize, columns: usize) {
        assert!(columns.is_multiple_of(GROUP));
        (self.rows, self.groups) = (rows, columns / GROUP);
        self.tiles.resize(rows.div_ceil(2 * TILE) * self.groups, [ZEROS; 2 * TILE]);
    }

    /// Takes over rows of `columns` numbers.
    pub(in crate::encode) fn set(&mut self, numbers: &[f32], columns: usize) {
        assert!(has_amx());
        self.resize(numbers.len() / columns, columns);
        // SAFETY: the processor has AMX, and so AVX-512 with bf16.
        unsafe { self.round(numbers) }
    }

    #[target_feature(enable = "avx512f,avx512vnni,avx512bw,avx512bf16")]
    fn round(&mut self, numbers: &[f32]) {
        for (row, numbers) in numbers.chunks_exact(self.groups * GROUP).enumerate() {
            for (group, numbers) in numbers.chunks_exact(GROUP).enumerate() {
                *self.line(group, row) = to_line(load(numbers), load(&numbers[LANES..]));
            }
        }
    }

    fn line(&mut self, group: usize, row: usize) -> &mut Line {
        &mut self.tiles[row / (2 * TILE) * self.groups + group][row % (2 * TILE)]
    }
}

/// Rows `[query | key | value]` in bf16: for each group of 32 columns, which is one head's, a line for each row.
#[derive(Default)]
pub(in crate::encode) struct HeadRows {
    lines: Vec<Line>,
    rows: usize,
    groups: usize,
}

impl HeadRows {
    fn resize(&mut self, rows: usize, columns: usize) {
        (self.rows, self.groups) = (rows, columns / GROUP);
        // A tile is read from any row on, also from the last.
        self.lines.resize(self.groups * rows + 2 * TILE, ZEROS);
    }

    /// The lines of a group from a row on.
    fn tile<const N: usize>(&self, group: usize, row: usize) -> &[Line; N] {
        self.lines[group * self.rows + row..].first_chunk().expect("`resize` left room for two tiles")
    }
}

/// A weight matrix packed for products on tiles.
pub(in crate::encode) struct TileMatrix {
    /// For each panel of 32 columns and each 32 of depth, the columns of two tiles: a line holds a pair of depths of 16 columns.
    panels: Vec<[Line; 2 * TILE]>,
    bias: Vec<f32>,
    depth: usize,
}

/// Where a product goes.
pub(in crate::encode) enum Target<'a> {
    /// `out = product + bias`.
    Write(&'a mut HeadRows),
    /// `out = gelu(product + bias)`.
    WriteGelu(&'a mut TileRows),
    /// `out = out + product + bias`, rows without gaps.
    Add(&'a mut [f32]),
}

/// The sums of a block of 32 rows and 32 columns, and where they belong.
struct Block {
    sums: [[f32; GROUP]; 2 * TILE],
    panel: usize,
    first: usize,
    rows: usize,
}

impl TileMatrix {
    /// Packs `weights`, one row of `depth` numbers for each column of the product; both are multiples of [`GROUP`].
    pub(in crate::encode) fn pack(weights: &[f32], depth: usize, bias: Vec<f32>) -> Self {
        let columns = bias.len();
        assert!(weights.len() == columns * depth && depth.is_multiple_of(GROUP) && columns.is_multiple_of(GROUP));
        let mut panels = vec![[ZEROS; 2 * TILE]; weights.len() / (GROUP * GROUP)];
        for (column, weights) in weights.chunks_exact(depth).enumerate() {
            let panel = &mut panels[column / GROUP * (depth / GROUP)..][..depth / GROUP];
            let (tile, place) = (column % GROUP / TILE, column % TILE);
            for (lines, weights) in panel.iter_mut().zip(weights.as_chunks::<GROUP>().0) {
                for (line, pair) in lines[tile * TILE..].iter_mut().zip(weights.as_chunks::<2>().0) {
                    line.0[2 * place..][..2].copy_from_slice(&pair.map(|w| bf16::from_f32(w).to_bits()));
                }
            }
        }
        TileMatrix { panels, bias, depth }
    }

    /// Multiplies the rows of `a`.
    pub(in crate::encode) fn product(&self, a: &TileRows, mut target: Target<'_>) {
        let columns = self.bias.len();
        assert!(has_amx() && a.groups * GROUP == self.depth);
        match &mut target {
            Target::Write(out) => out.resize(a.rows, columns),
            Target::WriteGelu(out) => out.resize(a.rows, columns),
            Target::Add(out) => assert_eq!(out.len(), a.rows * columns),
        }
        // SAFETY: the processor has AMX, and so AVX-512 with bf16.
        unsafe { self.blocks(a, target) }
    }

    #[target_feature(enable = "avx512f,avx512vnni,avx512bw,avx512bf16")]
    fn blocks(&self, a: &TileRows, mut target: Target<'_>) {
        let steps = self.depth / GROUP;
        // Rows of the block before that are finished in each step, so that all are when the block is.
        let rows_a_step = (2 * TILE).div_ceil(steps);
        let mut blocks = array::from_fn(|_| Block { sums: [[0.0; GROUP]; 2 * TILE], panel: 0, first: 0, rows: 0 });
        let [before, now] = &mut blocks;
        let (mut before, mut now): (&mut Block, &mut Block) = (before, now);
        // SAFETY: the caller has AMX, and `configure` comes first.
        unsafe { tile::configure() };
        for (panel, columns) in self.panels.chunks_exact(steps).enumerate() {
            let ahead = self.panels.get((panel + 1) * steps..).unwrap_or_default();
            for (block, tiles) in a.tiles.chunks_exact(steps).enumerate() {
                let first = block * 2 * TILE;
                let rows = (a.rows - first).min(2 * TILE);
                // SAFETY: as above.
                unsafe { tile::zero() };
                for (step, (tiles, columns)) in tiles.iter().zip(columns).enumerate() {
                    // SAFETY: as above.
                    unsafe {
                        if rows > TILE {
                            tile::multiply_two(tiles, columns);
                        } else {
                            tile::multiply_one(upper(tiles), columns);
                        }
                    }
                    ask(ahead, step, block, a.tiles.len() / steps);
                    for row in step * rows_a_step..((step + 1) * rows_a_step).min(before.rows) {
                        self.finish(before, row, &mut target);
                    }
                }
                (now.panel, now.first, now.rows) = (panel, first, rows);
                // SAFETY: as above.
                unsafe {
                    if rows > TILE {
                        tile::store_two(now.sums.as_flattened_mut(), GROUP);
                    } else {
                        tile::store_one(now.sums.as_flattened_mut(), GROUP);
                    }
                }
                std::mem::swap(&mut before, &mut now);
            }
        }
        // SAFETY: as above.
        unsafe { tile::release() };
        for row in 0..before.rows {
            self.finish(before, row, &mut target);
        }
    }

    /// What becomes of one row of sums.
    #[inline]
    #[target_feature(enable = "avx512f,avx512vnni,avx512bw,avx512bf16")]
    fn finish(&self, block: &Block, row: usize, target: &mut Target<'_>) {
        let sums = &block.sums[row];
        let bias = &self.bias[block.panel * GROUP..][..GROUP];
        let low = _mm512_add_ps(load(sums), load(bias));
        let high = _mm512_add_ps(load(&sums[LANES..]), load(&bias[LANES..]));
        let row = block.first + row;
        match target {
            Target::Write(out) => out.lines[block.panel * out.rows + row] = to_line(low, high),
            Target::WriteGelu(out) => *out.line(block.panel, row) = to_line(gelu(low), gelu(high)),
            Target::Add(out) => {
                let out = &mut out[row * self.bias.len() + block.panel * GROUP..][..GROUP];
                let (left, right) = out.split_at_mut(LANES);
                let (low, high) = (_mm512_add_ps(load(left), low), _mm512_add_ps(load(right), high));
                store(left, low);
                store(right, high);
            }
        }
    }
}

/// Asks for a part of the next panel's weights, so that they are in the second cache when their turn comes: each of `blocks` blocks of rows asks for its
/// share of the lines.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni,avx512bw,avx512bf16")]
fn ask(panels: &[[Line; 2 * TILE]], step: usize, block: usize, blocks: usize) {
    for line in panels.get(step).into_iter().flatten().skip(block).step_by(blocks) {
        _mm_prefetch::<_MM_HINT_T1>(ptr::from_ref(line).cast());
    }
}

/// The upper of two tiles.
fn upper(tiles: &[Line; 2 * TILE]) -> &[Line; TILE] {
    tiles.first_chunk().expect("32 lines are more than 16")
}

/// What [`attention`] keeps from one call to the next.
#[derive(Default)]
pub(in crate::encode) struct AttentionScratch {
    /// For each 32 tokens, two tiles of keys as columns.
    keys: Vec<[Line; 2 * TILE]>,
    /// For each 32 tokens, two tiles of values as columns.
    values: Vec<[Line; 2 * TILE]>,
    /// For each 32 tokens, the weights that 32 queries give them.
    weights: Vec<[Line; 2 * TILE]>,
    /// A row for each query.
    scores: Vec<f32>,
}

/// Self-attention within one passage, whose tokens are the rows `tokens` of `qkv` (columns `query | key | value`); those that `queries` counts
/// from its first one ask. Writes a row for each of them to `out`, from `out`'s row `at` on. A head must have [`GROUP`] columns.
pub(in crate::encode) fn attention(
    qkv: &HeadRows,
    tokens: Range<usize>,
    queries: Range<usize>,
    shape: AttentionShape,
    out: (&mut TileRows, usize),
    scratch: &mut AttentionScratch,
) {
    assert!(has_amx() && shape.head_dim == GROUP && qkv.groups == 3 * shape.heads && out.0.groups == shape.heads);
    assert!(tokens.end <= qkv.rows && queries.end <= tokens.len() && out.1 + queries.len() <= out.0.rows);
    if queries.is_empty() {
        return;
    }
    // SAFETY: the processor has AMX, and so AVX-512 with bf16.
    unsafe { attend(qkv, tokens, queries, shape, out, scratch) }
}

#[target_feature(enable = "avx512f,avx512vnni,avx512bw,avx512bf16")]
fn attend(
    qkv: &HeadRows,
    tokens: Range<usize>,
    queries: Range<usize>,
    shape: AttentionShape,
    (out, at): (&mut TileRows, usize),
    scratch: &mut AttentionScratch,
) {
    let length = tokens.len();
    let parts = length.div_ceil(GROUP);
    let AttentionScratch { keys, values, weights, scores } = scratch;
    for lines in [&mut *keys, values, weights] {
        lines.resize(parts, [ZEROS; 2 * TILE]);
    }
    let stride = parts * GROUP;
    scores.resize(2 * TILE * stride, 0.0);
    // SAFETY: the caller has AMX, and `configure` comes first.
    unsafe { tile::configure() };
    for head in 0..shape.heads {
        let lines = |part: usize| {
            let start = (part * shape.heads + head) * qkv.rows;
            &qkv.lines[start + tokens.start..start + tokens.end]
        };
        pack_keys(lines(1), keys);
        pack_values(lines(2), values);
        for first in queries.clone().step_by(2 * TILE) {
            let rows = (queries.end - first).min(2 * TILE);
            let two = rows > TILE;
            let query = tokens.start + first;
            for (part, keys) in keys.iter().enumerate() {
                let scores = &mut scores[part * GROUP..];
                // SAFETY: as above.
                unsafe {
                    tile::zero();
                    if two {
                        tile::multiply_two(qkv.tile(head, query), keys);
                        tile::store_two(scores, stride);
                    } else {
                        tile::multiply_one(qkv.tile(head, query), keys);
                        tile::store_one(scores, stride);
                    }
                }
            }
            let mut factors = [0.0; 2 * TILE];
            for (row, scores) in scores.chunks_exact_mut(stride).take(rows).enumerate() {
                factors[row] = 1.0 / softmax(scores, length, shape.scale(), |part, line| weights[part][row] = line);
            }
            let mut sums = [[0.0; GROUP]; 2 * TILE];
            // SAFETY: as above.
            unsafe {
                tile::zero();
                for (weights, values) in weights.iter().zip(&*values) {
                    if two {
                        tile::multiply_two(weights, values);
                    } else {
                        tile::multiply_one(upper(weights), values);
                    }
                }
                if two {
                    tile::store_two(sums.as_flattened_mut(), GROUP);
                } else {
                    tile::store_one(sums.as_flattened_mut(), GROUP);
                }
            }
            for (row, (sums, factor)) in sums.iter().zip(factors).take(rows).enumerate() {
                let factor = _mm512_set1_ps(factor);
                let (low, high) = (_mm512_mul_ps(load(sums), factor), _mm512_mul_ps(load(&sums[LANES..]), factor));
                *out.line(head, at + first - queries.start + row) = to_line(low, high);
            }
        }
    }
    // SAFETY: as above.
    unsafe { tile::release() };
}

/// Keys to columns: a line holds a pair of depths of 16 tokens. Past the last token are zeros.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni,avx512bw,avx512bf16")]
fn pack_keys(from: &[Line], keys: &mut [[Line; 2 * TILE]]) {
    for (tile, tokens) in
        keys.as_flattened_mut().as_chunks_mut::<TILE>().0.iter_mut().zip(from.chunks(TILE).chain([&[][..]]))
    {
        *tile = transpose_pairs(array::from_fn(|token| tokens.get(token).copied().unwrap_or(ZEROS)));
    }
}

/// Values to columns: a line holds a pair of tokens of 16 columns. Past the last token are zeros.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni,avx512bw,avx512bf16")]
fn pack_values(from: &[Line], values: &mut [[Line; 2 * TILE]]) {
    let order = |first: u16| {
        register(Line(array::from_fn(|i| first + i as u16 / 2 + if i % 2 == 1 { GROUP as u16 } else { 0 })))
    };
    let (left, right) = (order(0), order(TILE as u16));
    for (tiles, tokens) in values.iter_mut().zip(from.chunks(GROUP)) {
        let (low, high) = tiles.split_at_mut(TILE);
        for (pair, (low, high)) in low.iter_mut().zip(high).enumerate() {
            let [even, odd] =
                [2 * pair, 2 * pair + 1].map(|token| register(tokens.get(token).copied().unwrap_or(ZEROS)));
            *low = line(_mm512_permutex2var_epi16(even, left, odd));
            *high = line(_mm512_permutex2var_epi16(even, right, odd));
        }
    }
}

/// 16 rows of 16 pairs to 16 columns.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni,avx512bw,avx512bf16")]
fn transpose_pairs(rows: [Line; TILE]) -> [Line; TILE] {
    // SAFETY: 32 numbers of 16 bits by value are a register, whatever is done with it as numbers of 32 bits; every bit pattern is valid.
    transpose(rows.map(|line| unsafe { transmute::<Line, __m512>(line) }))
        .map(|column| unsafe { transmute::<__m512, Line>(column) })
}

/// Of a row of scores of which the first `length` count: hands over e^((x - max) · scale) of each 32, next to nothing for the others. Returns their sum.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni,avx512bw,avx512bf16")]
fn softmax(scores: &[f32], length: usize, scale: f32, mut weights: impl FnMut(usize, Line)) -> f32 {
    let nothing = _mm512_set1_ps(f32::NEG_INFINITY);
    // A mask, and no numbers written over what does not count: a load that has to wait for two stores costs more than the rest of the row.
    let counted = |register: usize| {
        let count = length.saturating_sub(register * LANES).min(LANES);
        _mm512_mask_mov_ps(nothing, ((1u32 << count) - 1) as __mmask16, load(&scores[register * LANES..]))
    };
    let whole = length / GROUP * GROUP;
    let mut largest = nothing;
    for x in scores[..whole].chunks_exact(LANES) {
        largest = _mm512_max_ps(largest, load(x));
    }
    if whole < length {
        let last = whole / LANES;
        largest = _mm512_max_ps(largest, _mm512_max_ps(counted(last), counted(last + 1)));
    }
    let (shift, scale) = (_mm512_set1_ps(_mm512_reduce_max_ps(largest)), _mm512_set1_ps(scale * LOG2_E));
    let mut sums = _mm512_setzero_ps();
    let mut weigh = |part: usize, low: __m512, high: __m512| {
        let [low, high] = [low, high].map(|x| exp2(_mm512_mul_ps(_mm512_sub_ps(x, shift), scale)));
        sums = _mm512_add_ps(sums, _mm512_add_ps(low, high));
        weights(part, to_line(low, high));
    };
    for (part, x) in scores[..whole].chunks_exact(GROUP).enumerate() {
        weigh(part, load(x), load(&x[LANES..]));
    }
    if whole < length {
        let last = whole / LANES;
        weigh(last / 2, counted(last), counted(last + 1));
    }
    _mm512_reduce_add_ps(sums)
}

/// 2^x for x ≤ 0, relative error under 4e-6, a thousandth of what bf16 rounds away.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni,avx512bw,avx512bf16")]
fn exp2(x: __m512) -> __m512 {
    // What is smaller is nothing beside the largest weight, which is 1. Infinity has no remainder, and a number below 2^-126 costs a hundred
    // cycles.
    let x = _mm512_max_ps(x, _mm512_set1_ps(-120.0));
    let whole = _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x);
    let rest = _mm512_sub_ps(x, whole);
    let mut p = _mm512_set1_ps(EXP2[0]);
    for c in &EXP2[1..] {
        p = _mm512_fmadd_ps(p, rest, _mm512_set1_ps(*c));
    }
    _mm512_scalef_ps(p, whole)
}

/// 2^x on [-1/2, 1/2], highest power first: least relative error, fitted with the constant 1.
const EXP2: [f32; 5] = [9.582_576e-3, 5.590_683e-2, 0.240_241_07, 0.693_124_1, 1.0];

/// x · Φ(x), absolute error under 5e-5: less than bf16 rounds away of any result above 0.02.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni,avx512bw,avx512bf16")]
fn gelu(x: __m512) -> __m512 {
    let limit = _mm512_set1_ps(GELU_LIMIT);
    let near = _mm512_max_ps(_mm512_min_ps(x, limit), _mm512_sub_ps(_mm512_setzero_ps(), limit));
    let square = _mm512_mul_ps(near, near);
    let mut p = _mm512_set1_ps(GELU[0]);
    for c in &GELU[1..] {
        p = _mm512_fmadd_ps(p, square, _mm512_set1_ps(*c));
    }
    _mm512_mul_ps(x, _mm512_fmadd_ps(near, p, _mm512_set1_ps(0.5)))
}

/// Beyond this, Φ is 0 or 1.
const GELU_LIMIT: f32 = 4.4;

/// (Φ(x) - 1/2) / x in powers of x², highest first: least error of x · Φ(x) on ±[`GELU_LIMIT`], by linear programming, with Φ exactly 1 at its end.
const GELU: [f32; 9] = [
    3.569_478_5e-11,
    -3.754_118_4e-9,
    1.740_883_8e-7,
    -4.724_965_6e-6,
    8.429_447e-5,
    -1.055_004_9e-3,
    9.643_085e-3,
    -6.607_656e-2,
    0.398_761_7,
];

/// Rounds to bf16, nearest, ties to even.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni,avx512bw,avx512bf16")]
fn to_line(low: __m512, high: __m512) -> Line {
    // SAFETY: a register by value is 32 numbers of 16 bits; every bit pattern is valid for both.
    unsafe { transmute::<__m512bh, Line>(_mm512_cvtne2ps_pbh(high, low)) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512vnni,avx512bw,avx512bf16")]
fn register(line: Line) -> __m512i {
    // SAFETY: as in `to_line`.
    unsafe { transmute::<Line, __m512i>(line) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512vnni,avx512bw,avx512bf16")]
fn line(register: __m512i) -> Line {
    // SAFETY: as in `to_line`.
    unsafe { transmute::<__m512i, Line>(register) }
}

#[cfg(test)]
mod reading {
    use super::*;

    fn number(line: &Line) -> impl Iterator<Item = f32> {
        line.0.iter().map(|&bits| bf16::from_bits(bits).to_f32())
    }

    impl TileRows {
        /// The rows without gaps.
        pub(in super::super) fn numbers(&mut self) -> Vec<f32> {
            let places = (0..self.rows).flat_map(|row| (0..self.groups).map(move |group| (group, row)));
            places
                .collect::<Vec<_>>()
                .into_iter()
                .flat_map(|(group, row)| number(self.line(group, row)).collect::<Vec<_>>())
                .collect()
        }
    }

    impl HeadRows {
        /// The rows without gaps.
        pub(in super::super) fn numbers(&self) -> Vec<f32> {
            let places = (0..self.rows).flat_map(|row| (0..self.groups).map(move |group| group * self.rows + row));
            places.flat_map(|place| number(&self.lines[place])).collect()
        }

        pub(in super::super) fn set(&mut self, numbers: &[f32], columns: usize) {
            self.resize(numbers.len() / columns, columns);
            for (row, numbers) in numbers.chunks_exact(columns).enumerate() {
                for (group, numbers) in numbers.as_chunks::<GROUP>().0.iter().enumerate() {
                    self.lines[group * self.rows + row] = Line(numbers.map(|x| bf16::from_f32(x).to_bits()));
                }
            }
        }
    }
}
