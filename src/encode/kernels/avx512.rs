//! Products in 16-bit fixed point with AVX-512: its `vpdpwssd` does in one instruction what AVX2 does in two, on twice the numbers.
//!
//! The sums are the same integers as everywhere, and what follows them is done in the same order: the numbers are the same bytes.

use std::arch::x86_64::*;
use std::array;
use std::mem::transmute;

use super::fixed16::{BLOCK, Fixed16Matrix, Fixed16Rows, PANEL, PanelRow};
use super::{Epilogue, scalar};

/// Panels that pass the rows together: 6 rows × 2 registers of sums keep both multipliers of a core busy, which give a sum
/// five cycles later.
const PANELS: usize = 2;

/// See [`Fixed16Matrix::product`]; the lengths are those asserted there.
#[target_feature(enable = "avx512f,avx512vnni")]
pub(super) fn fixed16_product(matrix: &Fixed16Matrix, a: &Fixed16Rows, out: &mut [f32], epilogue: Epilogue) {
    match epilogue {
        Epilogue::Write => fixed16_blocks::<false, false>(matrix, a, out),
        Epilogue::WriteGelu => fixed16_blocks::<true, false>(matrix, a, out),
        Epilogue::Add => fixed16_blocks::<false, true>(matrix, a, out),
    }
}

/// Two panels at a time, so that their weights stay in the first cache while all rows pass.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn fixed16_blocks<const GELU: bool, const ADD: bool>(matrix: &Fixed16Matrix, a: &Fixed16Rows, out: &mut [f32]) {
    let (depth, columns) = (matrix.depth, matrix.bias.len());
    for (p, panels) in matrix.panels.chunks(PANELS * depth / 2).enumerate() {
        let first = p * PANELS * PANEL;
        let blocks = a.steps.chunks(BLOCK).zip(a.pairs.chunks(BLOCK * depth / 2));
        for (block, (row_steps, pairs)) in blocks.enumerate() {
            let out = &mut out[block * BLOCK * columns + first..];
            let tile = Tile { pairs, row_steps, panels, steps: &matrix.steps[first..], bias: &matrix.bias[first..], columns };
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

/// A block of rows times one panel or two.
struct Tile<'a> {
    pairs: &'a [[i16; 2]],
    row_steps: &'a [f32],
    panels: &'a [PanelRow],
    steps: &'a [f32],
    bias: &'a [f32],
    /// From one row of the output to the next.
    columns: usize,
}

impl Tile<'_> {
    #[inline]
    #[target_feature(enable = "avx512f,avx512vnni")]
    fn run<const R: usize, const GELU: bool, const ADD: bool>(&self, out: &mut [f32]) {
        let pairs = self.pairs.as_chunks::<R>().0;
        let (left, right) = self.panels.split_at(pairs.len());
        let mut sums = [[_mm512_setzero_si512(); PANELS]; R];
        if right.is_empty() {
            for (pairs, left) in pairs.iter().zip(left) {
                add_products(&mut sums, pairs, [left]);
            }
            self.finish::<R, 1, GELU, ADD>(sums, out);
        } else {
            for ((pairs, left), right) in pairs.iter().zip(left).zip(right) {
                add_products(&mut sums, pairs, [left, right]);
            }
            self.finish::<R, PANELS, GELU, ADD>(sums, out);
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512vnni")]
    fn finish<const R: usize, const P: usize, const GELU: bool, const ADD: bool>(
        &self,
        sums: [[__m512i; PANELS]; R],
        out: &mut [f32],
    ) {
        for (r, sums) in sums.into_iter().enumerate() {
            let row_step = _mm512_set1_ps(self.row_steps[r]);
            for (p, sum) in sums.into_iter().take(P).enumerate() {
                let step = _mm512_mul_ps(row_step, load(&self.steps[p * PANEL..]));
                let value = _mm512_fmadd_ps(step, _mm512_cvtepi32_ps(sum), load(&self.bias[p * PANEL..]));
                let out = &mut out[r * self.columns + p * PANEL..];
                let value = if GELU { gelu(value) } else { value };
                store(out, if ADD { _mm512_add_ps(load(out), value) } else { value });
            }
        }
    }
}

/// Adds the products of one pair of depths: of each row's pair with the pairs of all columns of the panels.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
fn add_products<const R: usize, const P: usize>(sums: &mut [[__m512i; PANELS]; R], pairs: &[[i16; 2]; R], panels: [&PanelRow; P]) {
    // SAFETY: 32 numbers of 16 bits by value are a register; every bit pattern is valid for both.
    let weights: [__m512i; P] = array::from_fn(|p| unsafe { transmute::<[i16; 2 * PANEL], __m512i>(panels[p].0) });
    for (sums, [even, odd]) in sums.iter_mut().zip(pairs) {
        let pair = _mm512_set1_epi32(i32::from(*even as u16) | (i32::from(*odd) << 16));
        for (sum, &weights) in sums.iter_mut().zip(&weights) {
            *sum = _mm512_dpwssd_epi32(*sum, pair, weights);
        }
    }
}

/// GELU as in [`scalar::gelu`].
#[inline]
#[target_feature(enable = "avx512f")]
fn gelu(x: __m512) -> __m512 {
    let limit = _mm512_set1_ps(scalar::ERF_LIMIT);
    let scaled = _mm512_mul_ps(x, _mm512_set1_ps(std::f32::consts::FRAC_1_SQRT_2));
    let scaled = _mm512_min_ps(_mm512_max_ps(scaled, _mm512_sub_ps(_mm512_setzero_ps(), limit)), limit);
    let square = _mm512_mul_ps(scaled, scaled);
    let mut p = _mm512_set1_ps(scalar::ERF_P[0]);
    for &c in &scalar::ERF_P[1..] {
        p = _mm512_fmadd_ps(p, square, _mm512_set1_ps(c));
    }
    let mut q = _mm512_set1_ps(scalar::ERF_Q[0]);
    for &c in &scalar::ERF_Q[1..] {
        q = _mm512_fmadd_ps(q, square, _mm512_set1_ps(c));
    }
    let erf = _mm512_div_ps(_mm512_mul_ps(scaled, p), q);
    let half = _mm512_mul_ps(x, _mm512_set1_ps(0.5));
    _mm512_fmadd_ps(half, erf, half)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(from: &[f32]) -> __m512 {
    let from: &[f32; PANEL] = from.first_chunk().expect("callers slice whole registers");
    // SAFETY: 16 numbers by value are a register; every bit pattern is valid for both.
    unsafe { transmute::<[f32; PANEL], __m512>(*from) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(to: &mut [f32], value: __m512) {
    let to: &mut [f32; PANEL] = to.first_chunk_mut().expect("callers slice whole registers");
    // SAFETY: a register by value is 16 numbers; every bit pattern is valid for both.
    *to = unsafe { transmute::<__m512, [f32; PANEL]>(value) };
}
