//! The loops in plain Rust: what runs where the processor has no AVX2, and what the SIMD kernels are tested against.

use std::ops::Range;

use super::fixed16::PanelRow;
use super::{AttentionShape, PANEL};

/// e^x.
pub(super) fn exp(x: f32) -> f32 {
    x.exp()
}

/// The error function, absolute error under 5e-7.
///
/// A rational approximation x·P(x²)/Q(x²) on [-4, 4], outside of which erf is ±1 in f32; the coefficients are
/// those of Eigen and XLA (`erf` for f32).
pub(super) fn erf(x: f32) -> f32 {
    let x = x.clamp(-ERF_LIMIT, ERF_LIMIT);
    let square = x * x;
    let p = ERF_P.iter().fold(0.0, |sum, &c| sum * square + c);
    let q = ERF_Q.iter().fold(0.0, |sum, &c| sum * square + c);
    x * p / q
}

/// Beyond this, erf is ±1.
pub(super) const ERF_LIMIT: f32 = 4.0;

/// Numerator of [`erf`], highest power first.
pub(super) const ERF_P: [f32; 7] =
    [-2.726_142_3e-10, 2.770_681_4e-8, -2.101_024e-6, -5.692_506_4e-5, -7.349_906_3e-4, -2.954_6e-3, -1.609_603_3e-2];

/// Denominator of [`erf`], highest power first.
pub(super) const ERF_Q: [f32; 5] = [-1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_474e-2];

/// x · Φ(x), the exact GELU (not the tanh one), as BERT has it.
pub(super) fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

pub(super) fn add_bias_gelu(row: &mut [f32], bias: &[f32]) {
    for (x, b) in row.iter_mut().zip(bias) {
        *x = gelu(*x + b);
    }
}

pub(super) fn layer_norm(row: &mut [f32], gain: &[f32], bias: &[f32], epsilon: f32) {
    let n = row.len().max(1) as f32;
    let mean = row.iter().sum::<f32>() / n;
    let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / n;
    let scale = 1.0 / (variance + epsilon).sqrt();
    for ((x, g), b) in row.iter_mut().zip(gain).zip(bias) {
        *x = (*x - mean) * scale * g + b;
    }
}

pub(super) fn largest(row: &[f32]) -> f32 {
    row.iter().fold(0f32, |m, x| m.max(x.abs()))
}

/// Rounds to the nearest, ties to even, as `_mm256_cvtps_epi32` does.
pub(super) fn round(row: &[f32], factor: f32, out: &mut [i16]) {
    for (q, x) in out.iter_mut().zip(row) {
        *q = (x * factor).round_ties_even() as i16;
    }
}

pub(super) fn softmax(scores: &mut [f32], scale: f32) -> f32 {
    let largest = scores.iter().fold(f32::NEG_INFINITY, |m, &x| m.max(x));
    let mut sum = 0.0;
    for x in scores.iter_mut() {
        *x = exp((*x - largest) * scale);
        sum += *x;
    }
    sum
}

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
    let part = |row: usize, which: usize, head: usize| {
        let start = (row * 3 + which) * hidden + head * head_dim;
        &qkv[start..start + head_dim]
    };
    scratch.clear();
    scratch.resize(length, 0.0);
    for head in 0..heads {
        for (at, i) in queries.clone().enumerate() {
            for (j, score) in scratch.iter_mut().enumerate() {
                *score = part(i, 0, head).iter().zip(part(j, 1, head)).map(|(q, k)| q * k).sum();
            }
            let sum = softmax(scratch, shape.scale());
            let out = &mut out[at * hidden + head * head_dim..][..head_dim];
            out.fill(0.0);
            for (j, weight) in scratch.iter().enumerate() {
                for (o, v) in out.iter_mut().zip(part(j, 2, head)) {
                    *o += weight * v;
                }
            }
            out.iter_mut().for_each(|o| *o /= sum);
        }
    }
}

/// The product of one row with a panel of [`PANEL`] columns, exact.
pub(super) fn fixed16_panel(row: &[[i16; 2]], panel: &[PanelRow]) -> [i32; PANEL] {
    let mut sums = [0i32; PANEL];
    for (pair, columns) in row.iter().zip(panel) {
        for (sum, column) in sums.iter_mut().zip(columns.0.as_chunks::<2>().0) {
            *sum += i32::from(pair[0]) * i32::from(column[0]) + i32::from(pair[1]) * i32::from(column[1]);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// erf by its Taylor series in f64, good to 1e-9 for |x| ≤ 4.
    fn series(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for n in 1..120 {
            term *= -x * x / n as f64;
            sum += term / (2 * n + 1) as f64;
        }
        sum * 2.0 / std::f64::consts::PI.sqrt()
    }

    #[test]
    fn erf_is_right_to_half_a_millionth() {
        for i in -4000..=4000 {
            let x = i as f32 / 1000.0;
            let error = (f64::from(erf(x)) - series(f64::from(x))).abs();
            assert!(error < 5e-7, "erf({x}) is off by {error}");
        }
        assert!((erf(9.0) - 1.0).abs() < 5e-7 && (erf(-9.0) + 1.0).abs() < 5e-7);
    }
}
