//! Products in 16-bit fixed point, exact in 32-bit integers.
//!
//! A row of activations becomes integers of at most ±[`ACTIVATION_LEVELS`] and one step; each column of weights
//! becomes integers and one step of its own. The column's step is chosen when packing so that
//! `ACTIVATION_LEVELS · Σ|w|` stays below 2³¹: no sum, nor any partial sum, can overflow. The product of the integers
//! is therefore exact, the same in whatever order it is summed, and AVX2's `vpmaddwd` does 16 of them at once, twice
//! what it does in f32.

use super::{Epilogue, quantise, round, scalar};

/// The largest activation as an integer. With 14 bits for activations about 11 remain for the typical weight, so
/// that the two roundings weigh alike.
pub(super) const ACTIVATION_LEVELS: f32 = 8191.0;

/// Columns of a panel: the weights are stored panel by panel, and the kernel keeps one panel's sums in registers.
pub(super) const PANEL: usize = 16;

/// Rows that the kernel multiplies at once: 6 rows × 2 registers of sums, 2 of weights, 1 of activations and 1 of
/// products fill the 16 registers of AVX2.
pub(super) const BLOCK: usize = 6;

/// Rows of activations in fixed point.
#[derive(Default)]
pub(in crate::encode) struct Fixed16Rows {
    /// Block by block of [`BLOCK`] rows (the last may have fewer): for each pair of depths, the pair of each row. The
    /// kernel so reads one stream instead of one for each row.
    pub(super) pairs: Vec<[i16; 2]>,
    /// What one step of a row is worth.
    pub(super) steps: Vec<f32>,
    row: Vec<i16>,
}

impl Fixed16Rows {
    /// Takes over rows of `depth` numbers; `depth` must be even.
    pub(in crate::encode) fn set(&mut self, numbers: &[f32], depth: usize) {
        assert!(depth.is_multiple_of(2) && numbers.len().is_multiple_of(depth));
        self.pairs.resize(numbers.len() / 2, [0; 2]);
        self.row.resize(depth, 0);
        self.steps.clear();
        let blocks = numbers.chunks(BLOCK * depth).zip(self.pairs.chunks_mut(BLOCK * depth / 2));
        for (numbers, block) in blocks {
            let rows = numbers.len() / depth;
            for (r, numbers) in numbers.chunks_exact(depth).enumerate() {
                self.steps.push(quantise(numbers, &mut self.row, ACTIVATION_LEVELS));
                for (pairs, &pair) in block.chunks_exact_mut(rows).zip(self.row.as_chunks::<2>().0) {
                    pairs[r] = pair;
                }
            }
        }
    }
}

/// The weights of a panel for one pair of depths: the pair of column 0, of column 1, … of column 15. A cache line, so that no load
/// of the kernel crosses two.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct PanelRow(pub(super) [i16; 2 * PANEL]);

/// A weight matrix packed for products in fixed point.
pub(in crate::encode) struct Fixed16Matrix {
    /// For each panel, a row for each pair of depths.
    pub(super) panels: Vec<PanelRow>,
    /// What one step of a column is worth.
    pub(super) steps: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) depth: usize,
}

impl Fixed16Matrix {
    /// Packs `weights`, one row of `depth` numbers for each column of the product. `depth` must be even and the
    /// number of columns a multiple of [`PANEL`].
    pub(in crate::encode) fn pack(weights: &[f32], depth: usize, bias: Vec<f32>) -> Self {
        let columns = bias.len();
        assert!(weights.len() == columns * depth && depth.is_multiple_of(2) && columns.is_multiple_of(PANEL));
        let mut panels = vec![PanelRow([0; 2 * PANEL]); weights.len() / (2 * PANEL)];
        let mut steps = Vec::with_capacity(columns);
        let mut rounded = vec![0; depth];
        for (column, weights) in weights.chunks_exact(depth).enumerate() {
            let step = column_step(weights);
            let inverse = if step > 0.0 { 1.0 / step } else { 0.0 };
            let panel = &mut panels[column / PANEL * (depth / 2)..][..depth / 2];
            round(weights, inverse, &mut rounded);
            for (row, &pair) in panel.iter_mut().zip(rounded.as_chunks::<2>().0) {
                row.0.as_chunks_mut::<2>().0[column % PANEL] = pair;
            }
            steps.push(step);
        }
        Fixed16Matrix { panels, steps, bias, depth }
    }

    /// Multiplies the rows of `a` and finishes them as `epilogue` says.
    pub(in crate::encode) fn product(&self, a: &Fixed16Rows, out: &mut [f32], epilogue: Epilogue) {
        let rows = a.steps.len();
        assert!(2 * a.pairs.len() == rows * self.depth && out.len() == rows * self.bias.len());
        #[cfg(target_arch = "x86_64")]
        if super::has_avx512() {
            // SAFETY: the processor has AVX-512 with VNNI.
            unsafe { super::avx512::fixed16_product(self, a, out, epilogue) };
            return;
        }
        #[cfg(target_arch = "x86_64")]
        if super::has_avx2() {
            // SAFETY: the processor has AVX2 and FMA.
            unsafe { super::avx2::fixed16_product(self, a, out, epilogue) };
            return;
        }
        self.product_scalar(a, out, epilogue);
    }

    /// The same in plain Rust, against which the loops are tested. The encoder does not come here: without AVX2 it computes in f32.
    pub(super) fn product_scalar(&self, a: &Fixed16Rows, out: &mut [f32], epilogue: Epilogue) {
        let columns = self.bias.len();
        for (index, (step, out)) in a.steps.iter().zip(out.chunks_exact_mut(columns)).enumerate() {
            let first = index / BLOCK * BLOCK;
            let block = &a.pairs[first * self.depth / 2..];
            let stride = BLOCK.min(a.steps.len() - first);
            let row: Vec<[i16; 2]> =
                block.iter().skip(index - first).step_by(stride).take(self.depth / 2).copied().collect();
            for (p, panel) in self.panels.chunks_exact(self.depth / 2).enumerate() {
                for (c, sum) in scalar::fixed16_panel(&row, panel).into_iter().enumerate() {
                    let column = p * PANEL + c;
                    let value = (step * self.steps[column]).mul_add(sum as f32, self.bias[column]);
                    match epilogue {
                        Epilogue::Write => out[column] = value,
                        Epilogue::WriteGelu => out[column] = scalar::gelu(value),
                        Epilogue::Add => out[column] += value,
                    }
                }
            }
        }
    }
}

/// The smallest step with which neither a weight exceeds 16 bits nor a sum 32.
///
/// Rounding adds at most half a step to each weight, so the integers' sum is at most `Σ|w| / step + depth / 2`.
fn column_step(weights: &[f32]) -> f32 {
    let largest = weights.iter().fold(0f32, |m, w| m.max(w.abs()));
    let total: f64 = weights.iter().map(|w| f64::from(w.abs())).sum();
    let budget = f64::from(i32::MAX) / f64::from(ACTIVATION_LEVELS) - weights.len() as f64 / 2.0;
    // A thousandth to spare for the rounding of the step itself.
    let step = (1.001 * (f64::from(largest) / f64::from(i16::MAX)).max(total / budget)) as f32;
    if step.is_normal() { step } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sum_can_overflow_whatever_the_weights() {
        let depth = 384;
        let constant = vec![1.0f32; depth];
        let mut spike = vec![0.0f32; depth];
        spike[7] = -3.0;
        let wave: Vec<f32> = (0..depth).map(|k| (k as f32).sin() * 0.1).collect();
        let tiny = vec![f32::MIN_POSITIVE; depth];
        let zero = vec![0.0f32; depth];
        for column in [constant, spike, wave, tiny, zero] {
            let matrix = Fixed16Matrix::pack(&column.repeat(PANEL), depth, vec![0.0; PANEL]);
            let worst: i64 =
                matrix.panels.iter().flat_map(|row| row.0).map(|w| i64::from(w.unsigned_abs())).sum::<i64>()
                    / PANEL as i64;
            assert!(worst * (ACTIVATION_LEVELS as i64) < i64::from(i32::MAX));
            assert!(matrix.panels.iter().flat_map(|row| row.0).all(|w| w != i16::MIN));
        }
    }

    #[test]
    fn the_product_is_near_the_one_in_floating_point() {
        let depth = 64;
        let weights: Vec<f32> = (0..PANEL * depth).map(|i| ((i * 37 % 101) as f32 - 50.0) / 100.0).collect();
        let row: Vec<f32> = (0..depth).map(|i| ((i * 53 % 89) as f32 - 44.0) / 10.0).collect();
        let matrix = Fixed16Matrix::pack(&weights, depth, vec![1.0; PANEL]);
        let mut fixed = Fixed16Rows::default();
        fixed.set(&row, depth);
        let mut out = vec![0.0; PANEL];
        matrix.product(&fixed, &mut out, Epilogue::Write);
        for (column, weights) in weights.chunks_exact(depth).enumerate() {
            let exact: f32 = 1.0 + weights.iter().zip(&row).map(|(w, x)| w * x).sum::<f32>();
            assert!((out[column] - exact).abs() < 0.01, "{} against {exact}", out[column]);
        }
    }
}
