//! Linear layers in one of three precisions behind one face.

use half::bf16;

use crate::encode::kernels::{
    Bf16Matrix, Epilogue, F32Matrix, Fixed16Matrix, Fixed16Rows, has_avx2, has_bf16_units, to_bf16,
};

/// In which arithmetic the large products run. All else is f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Precision {
    /// f32 throughout: the reference, and what runs where nothing faster can.
    F32,
    /// Weights and activations in bf16, sums in f32. The fastest where the processor multiplies bf16.
    Bf16,
    /// Weights and activations in 16-bit fixed point, sums exact. The fastest with AVX2 alone.
    Fixed16,
}

impl Precision {
    /// The fastest on this processor.
    pub fn best() -> Self {
        if has_bf16_units() {
            Precision::Bf16
        } else if has_avx2() {
            Precision::Fixed16
        } else {
            Precision::F32
        }
    }
}

/// The left side of a product: rows of activations in the precision of the layer.
#[derive(Default)]
pub(super) struct Operand {
    rows: usize,
    floats: Vec<f32>,
    halves: Vec<bf16>,
    fixed: Fixed16Rows,
}

impl Operand {
    /// Takes over rows of `depth` numbers.
    pub(super) fn set(&mut self, precision: Precision, numbers: &[f32], depth: usize) {
        self.rows = numbers.len() / depth;
        match precision {
            Precision::F32 => {
                self.floats.clear();
                self.floats.extend_from_slice(numbers);
            }
            Precision::Bf16 => {
                self.halves.resize(numbers.len(), bf16::ZERO);
                to_bf16(numbers, &mut self.halves);
            }
            Precision::Fixed16 => self.fixed.set(numbers, depth),
        }
    }
}

/// A packed weight matrix with its bias.
pub(super) enum Linear {
    F32(F32Matrix),
    Bf16(Bf16Matrix),
    Fixed16(Fixed16Matrix),
}

impl Linear {
    /// Packs `weights`, one row of `depth` numbers for each column of the product, as many as `bias` has.
    pub(super) fn pack(precision: Precision, weights: &[f32], depth: usize, bias: Vec<f32>) -> Self {
        match precision {
            Precision::F32 => Linear::F32(F32Matrix::pack(weights, depth, bias)),
            Precision::Bf16 => Linear::Bf16(Bf16Matrix::pack(weights, depth, bias)),
            Precision::Fixed16 => Linear::Fixed16(Fixed16Matrix::pack(weights, depth, bias)),
        }
    }

    /// Multiplies the operand, which was set in the same precision; `sums` is scratch.
    pub(super) fn product(&self, a: &Operand, out: &mut [f32], epilogue: Epilogue, sums: &mut Vec<f32>) {
        match self {
            Linear::F32(matrix) => matrix.product(&a.floats, a.rows, out, epilogue),
            Linear::Bf16(matrix) => matrix.product(&a.halves, a.rows, out, epilogue, sums),
            Linear::Fixed16(matrix) => matrix.product(&a.fixed, out, epilogue),
        }
    }
}
