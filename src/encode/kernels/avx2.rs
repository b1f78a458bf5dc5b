//! The loops with AVX2 and FMA.
//!
//! Every function here needs a processor with AVX2 and FMA, which the callers in `mod.rs` and `fixed16.rs` make sure
//! of, and lengths that they assert. Loads and stores go through [`load`] and [`store`], whose slices are bounded.

use std::arch::x86_64::*;
use std::mem::transmute;
use std::ops::Range;

use super::fixed16::{BLOCK, Fixed16Matrix, Fixed16Rows, PANEL};
use super::{AttentionShape, Epilogue, scalar};

/// Numbers of a register.
const LANES: usize = 8;

#[inline]
#[target_feature(enable = "avx2,fma")]
fn load(from: &[f32]) -> __m256 {
    let from: &[f32; LANES] = from.first_chunk().expect("callers slice whole registers");
    // SAFETY: 8 numbers by value are a register; every bit pattern is valid for both.
    unsafe { transmute::<[f32; LANES], __m256>(*from) }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn store(to: &mut [f32], value: __m256) {
    let to: &mut [f32; LANES] = to.first_chunk_mut().expect("callers slice whole registers");
    // SAFETY: a register by value is 8 numbers; every bit pattern is valid for both.
    *to = unsafe { transmute::<__m256, [f32; LANES]>(value) };
}

/// e^x for x ≤ 0, relative error under 3e-7; 0 ≤ result < 2e-38 below -87. Cephes' `expf`.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn exp(x: __m256) -> __m256 {
    let x = _mm256_max_ps(x, _mm256_set1_ps(-87.0));
    let n = _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(_mm256_mul_ps(
        x,
        _mm256_set1_ps(std::f32::consts::LOG2_E),
    ));
    // ln 2 in two parts, so that the remainder keeps its last bits.
    let r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693_359_4), x);
    let r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-2.121_944_4e-4), r);
    let mut p = _mm256_set1_ps(1.987_569_1e-4);
    for c in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5] {
        p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(c));
    }
    let p = _mm256_add_ps(_mm256_fmadd_ps(_mm256_mul_ps(r, r), p, r), _mm256_set1_ps(1.0));
    let power = _mm256_slli_epi32::<23>(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)));
    _mm256_mul_ps(p, _mm256_castsi256_ps(power))
}

/// GELU as in [`scalar::gelu`].
#[inline]
#[target_feature(enable = "avx2,fma")]
fn gelu(x: __m256) -> __m256 {
    let limit = _mm256_set1_ps(scalar::ERF_LIMIT);
    let scaled = _mm256_mul_ps(x, _mm256_set1_ps(std::f32::consts::FRAC_1_SQRT_2));
    let scaled = _mm256_min_ps(_mm256_max_ps(scaled, _mm256_sub_ps(_mm256_setzero_ps(), limit)), limit);
    let square = _mm256_mul_ps(scaled, scaled);
    let mut p = _mm256_set1_ps(scalar::ERF_P[0]);
    for &c in &scalar::ERF_P[1..] {
        p = _mm256_fmadd_ps(p, square, _mm256_set1_ps(c));
    }
    let mut q = _mm256_set1_ps(scalar::ERF_Q[0]);
    for &c in &scalar::ERF_Q[1..] {
        q = _mm256_fmadd_ps(q, square, _mm256_set1_ps(c));
    }
    let erf = _mm256_div_ps(_mm256_mul_ps(scaled, p), q);
    let half = _mm256_mul_ps(x, _mm256_set1_ps(0.5));
    _mm256_fmadd_ps(half, erf, half)
}

/// Sum of the 8 lanes, in a fixed order.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn sum(x: __m256) -> f32 {
    let x = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
    let x = _mm_add_ps(x, _mm_movehl_ps(x, x));
    _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)))
}

/// Largest of the 8 lanes.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn largest(x: __m256) -> f32 {
    let x = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
    let x = _mm_max_ps(x, _mm_movehl_ps(x, x));
    _mm_cvtss_f32(_mm_max_ss(x, _mm_movehdup_ps(x)))
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn add_bias(row: &mut [f32], bias: &[f32]) {
    scalar::add_bias(row, bias);
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn accumulate(row: &mut [f32], addend: &[f32], bias: &[f32]) {
    scalar::accumulate(row, addend, bias);
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn add_bias_gelu(row: &mut [f32], bias: &[f32]) {
    let whole = row.len() / LANES * LANES;
    for (x, b) in row.chunks_exact_mut(LANES).zip(bias.chunks_exact(LANES)) {
        store(x, gelu(_mm256_add_ps(load(x), load(b))));
    }
    scalar::add_bias_gelu(&mut row[whole..], &bias[whole..]);
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn layer_norm(row: &mut [f32], gain: &[f32], bias: &[f32], epsilon: f32) {
    let n = row.len().max(1) as f32;
    let mut sums = _mm256_setzero_ps();
    for x in row.chunks_exact(LANES) {
        sums = _mm256_add_ps(sums, load(x));
    }
    let whole = row.len() / LANES * LANES;
    let mean = (sum(sums) + row[whole..].iter().sum::<f32>()) / n;
    let means = _mm256_set1_ps(mean);
    let mut squares = _mm256_setzero_ps();
    for x in row.chunks_exact(LANES) {
        let centred = _mm256_sub_ps(load(x), means);
        squares = _mm256_fmadd_ps(centred, centred, squares);
    }
    let rest: f32 = row[whole..].iter().map(|x| (x - mean) * (x - mean)).sum();
    let scale = 1.0 / ((sum(squares) + rest) / n + epsilon).sqrt();
    let scales = _mm256_set1_ps(scale);
    for ((x, g), b) in row.chunks_exact_mut(LANES).zip(gain.chunks_exact(LANES)).zip(bias.chunks_exact(LANES)) {
        let normal = _mm256_mul_ps(_mm256_sub_ps(load(x), means), scales);
        store(x, _mm256_fmadd_ps(normal, load(g), load(b)));
    }
    for ((x, g), b) in row[whole..].iter_mut().zip(&gain[whole..]).zip(&bias[whole..]) {
        *x = (*x - mean) * scale * g + b;
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn quantise(row: &[f32], out: &mut [i16], levels: f32) -> f32 {
    let sign = _mm256_set1_ps(-0.0);
    let mut largests = _mm256_setzero_ps();
    for x in row.chunks_exact(LANES) {
        largests = _mm256_max_ps(largests, _mm256_andnot_ps(sign, load(x)));
    }
    let whole = row.len() / LANES * LANES;
    let (step, inverse) = super::step(row[whole..].iter().fold(largest(largests), |m, x| m.max(x.abs())), levels);
    let inverses = _mm256_set1_ps(inverse);
    for (q, x) in out.as_chunks_mut::<LANES>().0.iter_mut().zip(row.chunks_exact(LANES)) {
        let wide = _mm256_cvtps_epi32(_mm256_mul_ps(load(x), inverses));
        let narrow = _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256::<1>(wide));
        // SAFETY: a register by value is 8 numbers of 16 bits; every bit pattern is valid for both.
        *q = unsafe { transmute::<__m128i, [i16; LANES]>(narrow) };
    }
    for (q, x) in out[whole..].iter_mut().zip(&row[whole..]) {
        *q = (x * inverse).round_ties_even() as i16;
    }
    step
}

/// Of a row of scores of which the first `length` count: e^((x - max) · scale), the others 0. Returns their sum.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn softmax(scores: &mut [f32], length: usize, scale: f32) -> f32 {
    scores[length..].fill(f32::NEG_INFINITY);
    let mut largests = _mm256_set1_ps(f32::NEG_INFINITY);
    for x in scores.chunks_exact(LANES) {
        largests = _mm256_max_ps(largests, load(x));
    }
    let (shift, scales) = (_mm256_set1_ps(largest(largests)), _mm256_set1_ps(scale));
    let nothing = _mm256_set1_ps(f32::NEG_INFINITY);
    let mut sums = _mm256_setzero_ps();
    for x in scores.chunks_exact_mut(LANES) {
        let score = load(x);
        let counts = _mm256_cmp_ps::<_CMP_NEQ_OQ>(score, nothing);
        let weight = _mm256_and_ps(exp(_mm256_mul_ps(_mm256_sub_ps(score, shift), scales)), counts);
        sums = _mm256_add_ps(sums, weight);
        store(x, weight);
    }
    sum(sums)
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn attention(
    qkv: &[f32],
    queries: Range<usize>,
    shape: AttentionShape,
    out: &mut [f32],
    scratch: &mut Vec<f32>,
) {
    let AttentionShape { heads, head_dim } = shape;
    let hidden = shape.hidden();
    let length = qkv.len() / (3 * hidden);
    let padded = length.next_multiple_of(LANES);
    scratch.clear();
    scratch.resize((head_dim + BLOCK) * padded, 0.0);
    let (keys, scores) = scratch.split_at_mut(head_dim * padded);
    for head in 0..heads {
        let column = head * head_dim;
        transpose_keys(&qkv[hidden + column..], 3 * hidden, length, head_dim, keys);
        let mut row = 0;
        while row < queries.len() {
            let rows = BLOCK.min(queries.len() - row);
            let from = &qkv[(queries.start + row) * 3 * hidden + column..];
            match rows {
                1 => query_keys::<1>(from, 3 * hidden, keys, head_dim, scores),
                2 => query_keys::<2>(from, 3 * hidden, keys, head_dim, scores),
                3 => query_keys::<3>(from, 3 * hidden, keys, head_dim, scores),
                4 => query_keys::<4>(from, 3 * hidden, keys, head_dim, scores),
                5 => query_keys::<5>(from, 3 * hidden, keys, head_dim, scores),
                _ => query_keys::<BLOCK>(from, 3 * hidden, keys, head_dim, scores),
            }
            let mut factors = [0.0; BLOCK];
            for (factor, scores) in factors.iter_mut().zip(scores.chunks_exact_mut(padded)).take(rows) {
                *factor = 1.0 / softmax(scores, length, shape.scale());
            }
            let values = &qkv[2 * hidden + column..];
            let mut done = 0;
            while done < rows {
                let weights = &scores[done * padded..];
                let out = &mut out[(row + done) * hidden + column..];
                let factors = &factors[done..];
                let size = Sizes { length, padded, stride: 3 * hidden, head_dim, hidden };
                match rows - done {
                    1 => weighted_values::<1>(weights, values, factors, size, out),
                    2 => weighted_values::<2>(weights, values, factors, size, out),
                    _ => weighted_values::<3>(weights, values, factors, size, out),
                }
                done += 3;
            }
            row += rows;
        }
    }
}

/// The keys of one head, `keys[d · padded + j]` for token `j`; what is past the last token keeps its zeros.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn transpose_keys(from: &[f32], stride: usize, length: usize, head_dim: usize, keys: &mut [f32]) {
    let padded = length.next_multiple_of(LANES);
    for first in (0..length).step_by(LANES) {
        for d in (0..head_dim).step_by(LANES) {
            let mut block = [_mm256_setzero_ps(); LANES];
            for (j, row) in block.iter_mut().enumerate().take(length - first) {
                *row = load(&from[(first + j) * stride + d..]);
            }
            for (column, values) in transpose(block).into_iter().enumerate() {
                store(&mut keys[(d + column) * padded + first..], values);
            }
        }
    }
}

/// Rows of 8 to columns of 8.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn transpose(r: [__m256; LANES]) -> [__m256; LANES] {
    let (a0, a1) = (_mm256_unpacklo_ps(r[0], r[1]), _mm256_unpackhi_ps(r[0], r[1]));
    let (a2, a3) = (_mm256_unpacklo_ps(r[2], r[3]), _mm256_unpackhi_ps(r[2], r[3]));
    let (a4, a5) = (_mm256_unpacklo_ps(r[4], r[5]), _mm256_unpackhi_ps(r[4], r[5]));
    let (a6, a7) = (_mm256_unpacklo_ps(r[6], r[7]), _mm256_unpackhi_ps(r[6], r[7]));
    let (b0, b1) = (_mm256_shuffle_ps::<0x44>(a0, a2), _mm256_shuffle_ps::<0xee>(a0, a2));
    let (b2, b3) = (_mm256_shuffle_ps::<0x44>(a1, a3), _mm256_shuffle_ps::<0xee>(a1, a3));
    let (b4, b5) = (_mm256_shuffle_ps::<0x44>(a4, a6), _mm256_shuffle_ps::<0xee>(a4, a6));
    let (b6, b7) = (_mm256_shuffle_ps::<0x44>(a5, a7), _mm256_shuffle_ps::<0xee>(a5, a7));
    [
        _mm256_permute2f128_ps::<0x20>(b0, b4),
        _mm256_permute2f128_ps::<0x20>(b1, b5),
        _mm256_permute2f128_ps::<0x20>(b2, b6),
        _mm256_permute2f128_ps::<0x20>(b3, b7),
        _mm256_permute2f128_ps::<0x31>(b0, b4),
        _mm256_permute2f128_ps::<0x31>(b1, b5),
        _mm256_permute2f128_ps::<0x31>(b2, b6),
        _mm256_permute2f128_ps::<0x31>(b3, b7),
    ]
}

/// Scores of `R` queries with all keys, 16 or 8 keys at a time.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn query_keys<const R: usize>(queries: &[f32], stride: usize, keys: &[f32], head_dim: usize, scores: &mut [f32]) {
    let padded = keys.len() / head_dim;
    let mut j = 0;
    while j + 2 * LANES <= padded {
        let mut sums = [[_mm256_setzero_ps(); 2]; R];
        for d in 0..head_dim {
            let keys = &keys[d * padded + j..][..2 * LANES];
            let (low, high) = (load(keys), load(&keys[LANES..]));
            for (r, sums) in sums.iter_mut().enumerate() {
                let query = _mm256_set1_ps(queries[r * stride + d]);
                sums[0] = _mm256_fmadd_ps(query, low, sums[0]);
                sums[1] = _mm256_fmadd_ps(query, high, sums[1]);
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            store(&mut scores[r * padded + j..], sums[0]);
            store(&mut scores[r * padded + j + LANES..], sums[1]);
        }
        j += 2 * LANES;
    }
    if j < padded {
        let mut sums = [_mm256_setzero_ps(); R];
        for d in 0..head_dim {
            let keys = load(&keys[d * padded + j..]);
            for (r, sums) in sums.iter_mut().enumerate() {
                *sums = _mm256_fmadd_ps(_mm256_set1_ps(queries[r * stride + d]), keys, *sums);
            }
        }
        for (r, sums) in sums.into_iter().enumerate() {
            store(&mut scores[r * padded + j..], sums);
        }
    }
}

/// Extents of the matrices of [`weighted_values`].
#[derive(Clone, Copy)]
struct Sizes {
    /// Tokens of the passage.
    length: usize,
    /// From one row of weights to the next.
    padded: usize,
    /// From one token's values to the next one's.
    stride: usize,
    head_dim: usize,
    /// From one row of the output to the next.
    hidden: usize,
}

/// The mean of the values with `R` rows of weights, 32 or 8 columns at a time.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn weighted_values<const R: usize>(weights: &[f32], values: &[f32], factors: &[f32], size: Sizes, out: &mut [f32]) {
    let mut d = 0;
    while d + 4 * LANES <= size.head_dim {
        weighted_columns::<R, 4>(weights, &values[d..], factors, size, &mut out[d..]);
        d += 4 * LANES;
    }
    while d < size.head_dim {
        weighted_columns::<R, 1>(weights, &values[d..], factors, size, &mut out[d..]);
        d += LANES;
    }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn weighted_columns<const R: usize, const V: usize>(
    weights: &[f32],
    values: &[f32],
    factors: &[f32],
    size: Sizes,
    out: &mut [f32],
) {
    let mut sums = [[_mm256_setzero_ps(); V]; R];
    for j in 0..size.length {
        let values = &values[j * size.stride..][..V * LANES];
        for (r, sums) in sums.iter_mut().enumerate() {
            let weight = _mm256_set1_ps(weights[r * size.padded + j]);
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = _mm256_fmadd_ps(weight, load(&values[v * LANES..]), *sum);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        let factor = _mm256_set1_ps(factors[r]);
        for (v, &sum) in sums.iter().enumerate() {
            store(&mut out[r * size.hidden + v * LANES..], _mm256_mul_ps(sum, factor));
        }
    }
}

/// See [`Fixed16Matrix::product`]; the lengths are those asserted there.
#[target_feature(enable = "avx2,fma")]
pub(super) fn fixed16_product(matrix: &Fixed16Matrix, a: &Fixed16Rows, out: &mut [f32], epilogue: Epilogue) {
    match epilogue {
        Epilogue::Write => fixed16_blocks::<false, false>(matrix, a, out),
        Epilogue::WriteGelu => fixed16_blocks::<true, false>(matrix, a, out),
        Epilogue::Add => fixed16_blocks::<false, true>(matrix, a, out),
    }
}

/// Panel by panel, so that a panel's weights stay in the first cache while all rows pass.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn fixed16_blocks<const GELU: bool, const ADD: bool>(matrix: &Fixed16Matrix, a: &Fixed16Rows, out: &mut [f32]) {
    let (depth, columns) = (matrix.depth, matrix.bias.len());
    for (p, panel) in matrix.panels.chunks_exact(PANEL * depth).enumerate() {
        let first = p * PANEL;
        let (steps, bias) = (&matrix.steps[first..][..PANEL], &matrix.bias[first..][..PANEL]);
        let blocks = a.steps.chunks(BLOCK).zip(a.pairs.chunks(BLOCK * depth / 2));
        for (block, (row_steps, pairs)) in blocks.enumerate() {
            let out = &mut out[block * BLOCK * columns + first..];
            let tile = Tile { pairs, row_steps, panel, steps, bias, columns };
            match row_steps.len() {
                1 => tile.run::<1, GELU, ADD>(out),
                2 => tile.run::<2, GELU, ADD>(out),
                3 => tile.run::<3, GELU, ADD>(out),
                4 => tile.run::<4, GELU, ADD>(out),
                5 => tile.run::<5, GELU, ADD>(out),
                _ => tile.run::<BLOCK, GELU, ADD>(out),
            }
        }
    }
}

/// A block of rows times one panel.
struct Tile<'a> {
    pairs: &'a [[i16; 2]],
    row_steps: &'a [f32],
    panel: &'a [i16],
    steps: &'a [f32],
    bias: &'a [f32],
    /// From one row of the output to the next.
    columns: usize,
}

impl Tile<'_> {
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn run<const R: usize, const GELU: bool, const ADD: bool>(&self, out: &mut [f32]) {
        let mut sums = [[_mm256_setzero_si256(); 2]; R];
        let weights = self.panel.as_chunks::<{ 2 * PANEL }>().0;
        for (pairs, weights) in self.pairs.as_chunks::<R>().0.iter().zip(weights) {
            // SAFETY: 32 numbers of 16 bits by value are two registers; every bit pattern is valid for both.
            let [low, high] = unsafe { transmute::<[i16; 2 * PANEL], [__m256i; 2]>(*weights) };
            for r in 0..R {
                let [even, odd] = pairs[r];
                let pair = _mm256_set1_epi32(i32::from(even as u16) | (i32::from(odd) << 16));
                sums[r][0] = _mm256_add_epi32(sums[r][0], _mm256_madd_epi16(pair, low));
                sums[r][1] = _mm256_add_epi32(sums[r][1], _mm256_madd_epi16(pair, high));
            }
        }
        for (r, sums) in sums.into_iter().enumerate() {
            let row_step = _mm256_set1_ps(self.row_steps[r]);
            for (half, sum) in sums.into_iter().enumerate() {
                let step = _mm256_mul_ps(row_step, load(&self.steps[half * LANES..]));
                let value = _mm256_fmadd_ps(step, _mm256_cvtepi32_ps(sum), load(&self.bias[half * LANES..]));
                let out = &mut out[r * self.columns + half * LANES..];
                let value = if GELU { gelu(value) } else { value };
                store(out, if ADD { _mm256_add_ps(load(out), value) } else { value });
            }
        }
    }
}
