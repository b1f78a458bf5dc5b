//! The loops with AVX-512.
//!
//! For products in fixed point its `vpdpwssd` does in one instruction what AVX2 does in two, on twice the numbers. Their sums are the same
//! integers as everywhere, and what follows is done in the same order: they are the same bytes.
//!
//! Every function here needs a processor with AVX-512's foundation and VNNI, which the callers in `mod.rs`, `fixed16.rs` and `amx.rs` make sure of.

use std::arch::x86_64::*;
use std::arch::x86_64::{
    _mm512_abs_ps as magnitude, _mm512_add_ps as add, _mm512_div_ps as div, _mm512_fmadd_ps as fmadd,
    _mm512_fnmadd_ps as fnmadd, _mm512_max_ps as max, _mm512_min_ps as min, _mm512_mul_ps as mul,
    _mm512_reduce_add_ps as sum, _mm512_reduce_max_ps as largest_lane, _mm512_set1_ps as splat,
    _mm512_setzero_ps as zero, _mm512_sub_ps as sub,
};
use std::mem::transmute;

use super::Epilogue;
use super::fixed16::{BLOCK as ROWS, Fixed16Matrix, Fixed16Rows, PANEL as COLUMNS, PanelRow};
use super::loops::loops;

/// What a register holds.
type Vector = __m512;

loops!("avx512f,avx512vnni");

/// Numbers of a register.
pub(super) const LANES: usize = 16;

#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
pub(super) fn load(from: &[f32]) -> Vector {
    let from: &[f32; LANES] = from.first_chunk().expect("callers slice whole registers");
    // SAFETY: 16 numbers by value are a register; every bit pattern is valid for both.
    unsafe { transmute::<[f32; LANES], Vector>(*from) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
pub(super) fn store(to: &mut [f32], value: Vector) {
    let to: &mut [f32; LANES] = to.first_chunk_mut().expect("callers slice whole registers");
    // SAFETY: a register by value is 16 numbers; every bit pattern is valid for both.
    *to = unsafe { transmute::<Vector, [f32; LANES]>(value) };
}

/// To the nearest whole number, ties to even.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn nearest(x: Vector) -> Vector {
    _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x)
}

/// 2^n of whole numbers n that are exponents of f32.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn power_of_two(n: Vector) -> Vector {
    _mm512_castsi512_ps(_mm512_slli_epi32::<23>(_mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127))))
}

/// The nearest whole numbers, ties to even.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn to_i16(x: Vector) -> [i16; LANES] {
    // SAFETY: a register by value is 16 numbers of 16 bits; every bit pattern is valid for both.
    unsafe { transmute::<__m256i, [i16; LANES]>(_mm512_cvtsepi32_epi16(_mm512_cvtps_epi32(x))) }
}

/// Rows of 16 to columns of 16.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
pub(super) fn transpose(rows: [Vector; LANES]) -> [Vector; LANES] {
    // Within each quarter of four rows: pairs, then fours.
    let mut fours = [zero(); LANES];
    for (to, [a, b, c, d]) in fours.as_chunks_mut::<4>().0.iter_mut().zip(rows.as_chunks::<4>().0) {
        let (ab_low, ab_high) = (_mm512_unpacklo_ps(*a, *b), _mm512_unpackhi_ps(*a, *b));
        let (cd_low, cd_high) = (_mm512_unpacklo_ps(*c, *d), _mm512_unpackhi_ps(*c, *d));
        *to = [
            _mm512_shuffle_ps::<0x44>(ab_low, cd_low),
            _mm512_shuffle_ps::<0xee>(ab_low, cd_low),
            _mm512_shuffle_ps::<0x44>(ab_high, cd_high),
            _mm512_shuffle_ps::<0xee>(ab_high, cd_high),
        ];
    }
    // `fours[4 q + c]` holds, in its quarter `i`, column `4 i + c` of the rows `4 q` to `4 q + 3`.
    let mut columns = [zero(); LANES];
    for c in 0..4 {
        let (low01, high01) = halves(fours[c], fours[4 + c]);
        let (low23, high23) = halves(fours[8 + c], fours[12 + c]);
        columns[c] = _mm512_shuffle_f32x4::<0x88>(low01, low23);
        columns[4 + c] = _mm512_shuffle_f32x4::<0xdd>(low01, low23);
        columns[8 + c] = _mm512_shuffle_f32x4::<0x88>(high01, high23);
        columns[12 + c] = _mm512_shuffle_f32x4::<0xdd>(high01, high23);
    }
    columns
}

/// The lower halves of two registers, and their upper halves.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn halves(a: Vector, b: Vector) -> (Vector, Vector) {
    (_mm512_shuffle_f32x4::<0x44>(a, b), _mm512_shuffle_f32x4::<0xee>(a, b))
}

/// Panels that pass the rows together: 6 rows × 4 registers of sums. Both multipliers of a core give a sum five cycles later, so ten would
/// do; with more, each row's pair is asked for less often.
const PANELS: usize = 4;

/// See [`Fixed16Matrix::product`]; the lengths are those asserted there.
#[target_feature(enable = "avx512f,avx512vnni")]
pub(super) fn fixed16_product(matrix: &Fixed16Matrix, a: &Fixed16Rows, out: &mut [f32], epilogue: Epilogue) {
    match epilogue {
        Epilogue::Write => fixed16_panels::<false, false>(matrix, a, out),
        Epilogue::WriteGelu => fixed16_panels::<true, false>(matrix, a, out),
        Epilogue::Add => fixed16_panels::<false, true>(matrix, a, out),
    }
}

#[target_feature(enable = "avx512f,avx512vnni")]
fn fixed16_panels<const GELU: bool, const ADD: bool>(matrix: &Fixed16Matrix, a: &Fixed16Rows, out: &mut [f32]) {
    let panels = matrix.bias.len() / COLUMNS;
    let together = panels / PANELS * PANELS;
    for first in (0..together).step_by(PANELS) {
        fixed16_blocks::<PANELS, GELU, ADD>(matrix, a, out, first);
    }
    for first in together..panels {
        fixed16_blocks::<1, GELU, ADD>(matrix, a, out, first);
    }
}

/// All rows times `P` panels from the `first` on, whose weights stay in the near caches meanwhile.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn fixed16_blocks<const P: usize, const GELU: bool, const ADD: bool>(
    matrix: &Fixed16Matrix,
    a: &Fixed16Rows,
    out: &mut [f32],
    first: usize,
) {
    let (pairs, columns) = (matrix.depth / 2, matrix.bias.len());
    let column = first * COLUMNS;
    let panels = array::from_fn(|p| &matrix.panels[(first + p) * pairs..][..pairs]);
    let (steps, bias) = (&matrix.steps[column..], &matrix.bias[column..]);
    for (block, (row_steps, pairs)) in a.steps.chunks(ROWS).zip(a.pairs.chunks(ROWS * pairs)).enumerate() {
        let out = &mut out[block * ROWS * columns + column..];
        let tile = Tile::<P> { pairs, row_steps, panels, steps, bias, columns };
        match row_steps.len() {
            1 => tile.run::<1, GELU, ADD>(out),
            2 => tile.run::<2, GELU, ADD>(out),
            3 => tile.run::<3, GELU, ADD>(out),
            4 => tile.run::<4, GELU, ADD>(out),
            5 => tile.run::<5, GELU, ADD>(out),
            _ => tile.run::<ROWS, GELU, ADD>(out),
        }
    }
}

/// A block of rows times `P` panels.
struct Tile<'a, const P: usize> {
    pairs: &'a [[i16; 2]],
    row_steps: &'a [f32],
    panels: [&'a [PanelRow]; P],
    steps: &'a [f32],
    bias: &'a [f32],
    /// From one row of the output to the next.
    columns: usize,
}

impl<const P: usize> Tile<'_, P> {
    #[inline]
    #[target_feature(enable = "avx512f,avx512vnni")]
    fn run<const R: usize, const GELU: bool, const ADD: bool>(&self, out: &mut [f32]) {
        let pairs = self.pairs.as_chunks::<R>().0;
        let panels = self.panels.map(|panel| &panel[..pairs.len()]);
        let mut sums = [[_mm512_setzero_si512(); P]; R];
        for (depth, pairs) in pairs.iter().enumerate() {
            let weights = panels.map(|panel| weights(&panel[depth]));
            for (sums, [even, odd]) in sums.iter_mut().zip(pairs) {
                let pair = _mm512_set1_epi32(i32::from(*even as u16) | (i32::from(*odd) << 16));
                for (sum, &weights) in sums.iter_mut().zip(&weights) {
                    *sum = _mm512_dpwssd_epi32(*sum, pair, weights);
                }
            }
        }
        for (r, sums) in sums.into_iter().enumerate() {
            let row_step = splat(self.row_steps[r]);
            for (p, sum) in sums.into_iter().enumerate() {
                let step = mul(row_step, load(&self.steps[p * COLUMNS..]));
                let value = fmadd(step, _mm512_cvtepi32_ps(sum), load(&self.bias[p * COLUMNS..]));
                let out = &mut out[r * self.columns + p * COLUMNS..];
                let value = if GELU { gelu(value) } else { value };
                store(out, if ADD { add(load(out), value) } else { value });
            }
        }
    }
}

/// The weights of one pair of depths.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn weights(row: &PanelRow) -> __m512i {
    // SAFETY: 32 numbers of 16 bits by value are a register; every bit pattern is valid for both.
    unsafe { transmute::<[i16; 2 * COLUMNS], __m512i>(row.0) }
}
