//! The loops with AVX2 and FMA.
//!
//! Every function here needs a processor with AVX2 and FMA, which the callers in `mod.rs` and `fixed16.rs` make sure of.

use std::arch::x86_64::*;
use std::arch::x86_64::{
    _mm256_add_ps as add, _mm256_div_ps as div, _mm256_fmadd_ps as fmadd, _mm256_fnmadd_ps as fnmadd,
    _mm256_max_ps as max, _mm256_min_ps as min, _mm256_mul_ps as mul, _mm256_set1_ps as splat,
    _mm256_setzero_ps as zero, _mm256_sub_ps as sub,
};
use std::mem::transmute;

use super::Epilogue;
use super::fixed16::{BLOCK as ROWS, Fixed16Matrix, Fixed16Rows, PANEL as COLUMNS, PanelRow};
use super::loops::loops;

/// What a register holds.
type Vector = __m256;

loops!("avx2,fma");

/// Numbers of a register.
const LANES: usize = 8;

#[inline]
#[target_feature(enable = "avx2,fma")]
fn load(from: &[f32]) -> Vector {
    let from: &[f32; LANES] = from.first_chunk().expect("callers slice whole registers");
    // SAFETY: 8 numbers by value are a register; every bit pattern is valid for both.
    unsafe { transmute::<[f32; LANES], Vector>(*from) }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn store(to: &mut [f32], value: Vector) {
    let to: &mut [f32; LANES] = to.first_chunk_mut().expect("callers slice whole registers");
    // SAFETY: a register by value is 8 numbers; every bit pattern is valid for both.
    *to = unsafe { transmute::<Vector, [f32; LANES]>(value) };
}

/// To the nearest whole number, ties to even.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn nearest(x: Vector) -> Vector {
    _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x)
}

/// 2^n of whole numbers n that are exponents of f32.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn power_of_two(n: Vector) -> Vector {
    _mm256_castsi256_ps(_mm256_slli_epi32::<23>(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127))))
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn magnitude(x: Vector) -> Vector {
    _mm256_andnot_ps(_mm256_set1_ps(-0.0), x)
}

/// The nearest whole numbers, ties to even.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn to_i16(x: Vector) -> [i16; LANES] {
    let wide = _mm256_cvtps_epi32(x);
    let narrow = _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256::<1>(wide));
    // SAFETY: a register by value is 8 numbers of 16 bits; every bit pattern is valid for both.
    unsafe { transmute::<__m128i, [i16; LANES]>(narrow) }
}

/// Sum of the 8 lanes, in a fixed order.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn sum(x: Vector) -> f32 {
    let x = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
    let x = _mm_add_ps(x, _mm_movehl_ps(x, x));
    _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)))
}

/// Largest of the 8 lanes.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn largest_lane(x: Vector) -> f32 {
    let x = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
    let x = _mm_max_ps(x, _mm_movehl_ps(x, x));
    _mm_cvtss_f32(_mm_max_ss(x, _mm_movehdup_ps(x)))
}

/// Rows of 8 to columns of 8.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn transpose(r: [Vector; LANES]) -> [Vector; LANES] {
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
    for (p, panel) in matrix.panels.chunks_exact(depth / 2).enumerate() {
        let first = p * COLUMNS;
        let (steps, bias) = (&matrix.steps[first..][..COLUMNS], &matrix.bias[first..][..COLUMNS]);
        let blocks = a.steps.chunks(ROWS).zip(a.pairs.chunks(ROWS * depth / 2));
        for (block, (row_steps, pairs)) in blocks.enumerate() {
            let out = &mut out[block * ROWS * columns + first..];
            let tile = Tile { pairs, row_steps, panel, steps, bias, columns };
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
}

/// A block of rows times one panel.
struct Tile<'a> {
    pairs: &'a [[i16; 2]],
    row_steps: &'a [f32],
    panel: &'a [PanelRow],
    steps: &'a [f32],
    bias: &'a [f32],
    /// From one row of the output to the next.
    columns: usize,
}

/// Adds the products of one pair of depths: of each row's pair with the pairs of all columns of the panel.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn add_products<const R: usize>(sums: &mut [[__m256i; 2]; R], pairs: &[[i16; 2]; R], weights: &PanelRow) {
    // SAFETY: 32 numbers of 16 bits by value are two registers; every bit pattern is valid for both.
    let [low, high] = unsafe { transmute::<[i16; 2 * COLUMNS], [__m256i; 2]>(weights.0) };
    for (sums, [even, odd]) in sums.iter_mut().zip(pairs) {
        let pair = _mm256_set1_epi32(i32::from(*even as u16) | (i32::from(*odd) << 16));
        sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(pair, low));
        sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(pair, high));
    }
}

impl Tile<'_> {
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn run<const R: usize, const GELU: bool, const ADD: bool>(&self, out: &mut [f32]) {
        // The lines are asked for now and written a thousand cycles later.
        for r in 0..R {
            _mm_prefetch::<_MM_HINT_ET0>(out[r * self.columns..].as_ptr().cast());
        }
        let mut sums = [[_mm256_setzero_si256(); 2]; R];
        // Two pairs of depths a turn: four do not fit the registers.
        let (pairs, last_pairs) = self.pairs.as_chunks::<R>().0.as_chunks::<2>();
        let (panel, last_row) = self.panel.as_chunks::<2>();
        for (pairs, weights) in pairs.iter().zip(panel) {
            add_products(&mut sums, &pairs[0], &weights[0]);
            add_products(&mut sums, &pairs[1], &weights[1]);
        }
        for (pairs, weights) in last_pairs.iter().zip(last_row) {
            add_products(&mut sums, pairs, weights);
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
