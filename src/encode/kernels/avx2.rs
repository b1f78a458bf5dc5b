//! The loops with AVX2 and FMA.
//!
//! Every function here needs a processor with AVX2 and FMA, which the callers in `mod.rs` and `fixed16.rs` make sure
//! of, and lengths that they assert. Loads and stores go through [`load`] and [`store`], whose slices are bounded; the one
//! access without a check is in [`attention`], which says why.

use std::arch::x86_64::*;
use std::mem::transmute;

use super::fixed16::{BLOCK, Fixed16Matrix, Fixed16Rows, PANEL, PanelRow};
use super::{Epilogue, scalar};

mod attention;

pub(super) use attention::attention;

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
fn largest_lane(x: __m256) -> f32 {
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
pub(super) fn largest(row: &[f32]) -> f32 {
    let sign = _mm256_set1_ps(-0.0);
    let mut largests = _mm256_setzero_ps();
    for x in row.chunks_exact(LANES) {
        largests = _mm256_max_ps(largests, _mm256_andnot_ps(sign, load(x)));
    }
    scalar::largest(&row[row.len() / LANES * LANES..]).max(largest_lane(largests))
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn round(row: &[f32], factor: f32, out: &mut [i16]) {
    let factors = _mm256_set1_ps(factor);
    for (q, x) in out.as_chunks_mut::<LANES>().0.iter_mut().zip(row.chunks_exact(LANES)) {
        let wide = _mm256_cvtps_epi32(_mm256_mul_ps(load(x), factors));
        let narrow = _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256::<1>(wide));
        // SAFETY: a register by value is 8 numbers of 16 bits; every bit pattern is valid for both.
        *q = unsafe { transmute::<__m128i, [i16; LANES]>(narrow) };
    }
    let whole = row.len() / LANES * LANES;
    scalar::round(&row[whole..], factor, &mut out[whole..]);
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
    let [low, high] = unsafe { transmute::<[i16; 2 * PANEL], [__m256i; 2]>(weights.0) };
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
