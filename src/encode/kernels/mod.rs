//! The encoder's inner loops: the only place with `unsafe`, and the only one that knows the processor.
//!
//! Each function here is safe and checks its lengths; it runs the AVX-512 loop where the processor has AVX-512 with VNNI, the AVX2 loop where it has
//! AVX2 and FMA, and the loop of [`scalar`] elsewhere. They are compared in the tests at every length from 0 to 100, each where the processor has what
//! it needs. What Intel's matrix units do stands in a module of its own, `amx`.
//!
//! No loop lets one row see another, and a row's sums always run in the same order: a row's result is the same bytes
//! wherever the row stands in whatever batch.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
pub(super) mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod fixed16;
mod float32;
#[cfg(target_arch = "x86_64")]
mod loops;
mod scalar;
#[cfg(test)]
mod tests;

use std::ops::Range;
#[cfg(target_arch = "x86_64")]
use std::sync::OnceLock;

use fixed16::PANEL;
pub(super) use fixed16::{Fixed16Matrix, Fixed16Rows};
pub(super) use float32::F32Matrix;

/// What a product does with each of its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Epilogue {
    /// `out = product + bias`.
    Write,
    /// `out = gelu(product + bias)`.
    WriteGelu,
    /// `out = out + product + bias`.
    Add,
}

/// How the columns of a row of attention are divided.
#[derive(Debug, Clone, Copy)]
pub(super) struct AttentionShape {
    pub(super) heads: usize,
    /// Columns of one head.
    pub(super) head_dim: usize,
}

impl AttentionShape {
    pub(super) fn hidden(self) -> usize {
        self.heads * self.head_dim
    }

    /// What a score is multiplied by before the softmax.
    fn scale(self) -> f32 {
        1.0 / (self.head_dim.max(1) as f32).sqrt()
    }
}

/// Whether the AVX2 loops run here.
pub(super) fn has_avx2() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

/// Whether the AVX-512 loops run here, and with them AVX2's, which take what does not divide into their registers.
#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    has_avx2() && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni")
}

/// Whether the processor has matrix units for bf16 (AMX), and the system lets this process use them.
pub(super) fn has_amx() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        static ANSWER: OnceLock<bool> = OnceLock::new();
        let vectors = || is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512bf16") && has_avx512();
        *ANSWER.get_or_init(|| vectors() && amx::has_tiles() && amx::allowed())
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

/// The instructions that the loops here use; without a name of their own, the processor's kind. Between them, scores can differ in their last digits.
pub fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if has_amx() {
        return "AMX";
    } else if has_avx512() {
        return "AVX-512";
    } else if has_avx2() {
        return "AVX2";
    }
    std::env::consts::ARCH
}

/// Runs the AVX-512 loop where there is AVX-512, else the AVX2 loop where there is AVX2, else the scalar one of the same name and arguments.
macro_rules! dispatch {
    ($name:ident($($argument:expr),*)) => {{
        #[cfg(target_arch = "x86_64")]
        if has_avx512() {
            // SAFETY: the processor has AVX-512 with VNNI; the loops take slices and stay inside them.
            return unsafe { avx512::$name($($argument),*) };
        }
        #[cfg(target_arch = "x86_64")]
        if has_avx2() {
            // SAFETY: the processor has AVX2 and FMA; the loops take slices and stay inside them.
            return unsafe { avx2::$name($($argument),*) };
        }
        scalar::$name($($argument),*)
    }};
}

/// `row = gelu(row + bias)`.
pub(super) fn add_bias_gelu(row: &mut [f32], bias: &[f32]) {
    assert_eq!(row.len(), bias.len());
    dispatch!(add_bias_gelu(row, bias))
}

/// Layer normalisation of one row, in place.
pub(super) fn layer_norm(row: &mut [f32], gain: &[f32], bias: &[f32], epsilon: f32) {
    assert!(row.len() == gain.len() && row.len() == bias.len());
    dispatch!(layer_norm(row, gain, bias, epsilon))
}

/// Writes the row as integers of at most ±`levels` and returns the step: `row ≈ out · step`.
fn quantise(row: &[f32], out: &mut [i16], levels: f32) -> f32 {
    let (step, inverse) = step(largest(row), levels);
    round(row, inverse, out);
    step
}

/// The largest of the absolute numbers, 0 of none.
fn largest(row: &[f32]) -> f32 {
    dispatch!(largest(row))
}

/// `out = row · factor` as integers, nearest, ties to even. The products must be numbers within ±32767.
fn round(row: &[f32], factor: f32, out: &mut [i16]) {
    assert_eq!(row.len(), out.len());
    dispatch!(round(row, factor, out))
}

/// Self-attention within one passage: `qkv` has a row `[query | key | value]` for each token, `out` gets a row of
/// [`AttentionShape::hidden`] numbers for each token of `queries`.
pub(super) fn attention(
    qkv: &[f32],
    queries: Range<usize>,
    shape: AttentionShape,
    out: &mut [f32],
    scratch: &mut Vec<f32>,
) {
    let length = qkv.len() / (3 * shape.hidden());
    assert!(qkv.len() == length * 3 * shape.hidden() && out.len() == queries.len() * shape.hidden());
    assert!(queries.end <= length, "a query is one of the tokens");
    if queries.is_empty() {
        return;
    }
    assert!(shape.head_dim.is_multiple_of(8), "a head has a multiple of 8 columns; MiniLm::from_bytes checks it");
    #[cfg(target_arch = "x86_64")]
    if has_avx2() && !shape.head_dim.is_multiple_of(16) {
        // SAFETY: as in `dispatch`. AVX-512's registers would not divide the head.
        return unsafe { avx2::attention(qkv, queries, shape, out, scratch) };
    }
    dispatch!(attention(qkv, queries, shape, out, scratch))
}

/// The step of a row whose largest absolute number is given, and what to multiply by to count in steps.
fn step(largest: f32, levels: f32) -> (f32, f32) {
    let inverse = levels / largest;
    if largest > 0.0 && inverse.is_finite() { (largest / levels, inverse) } else { (0.0, 0.0) }
}
