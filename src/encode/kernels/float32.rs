//! Products in f32, over the portable `matrixmultiply`: the reference path.

use super::{Epilogue, add_bias_gelu};

/// A weight matrix for products in f32.
pub(in crate::encode) struct F32Matrix {
    /// Depth by columns, so that a row of it is contiguous for the product.
    transposed: Vec<f32>,
    bias: Vec<f32>,
    depth: usize,
}

impl F32Matrix {
    /// Packs `weights`, one row of `depth` numbers for each column of the product (as PyTorch stores a linear layer).
    pub(in crate::encode) fn pack(weights: &[f32], depth: usize, bias: Vec<f32>) -> Self {
        let columns = bias.len();
        assert_eq!(weights.len(), columns * depth);
        let mut transposed = vec![0.0; weights.len()];
        for (column, weights) in weights.chunks_exact(depth).enumerate() {
            for (k, &w) in weights.iter().enumerate() {
                transposed[k * columns + column] = w;
            }
        }
        F32Matrix { transposed, bias, depth }
    }

    /// Multiplies `rows` rows of `a` and finishes them as `epilogue` says.
    pub(in crate::encode) fn product(&self, a: &[f32], rows: usize, out: &mut [f32], epilogue: Epilogue) {
        let (depth, columns) = (self.depth, self.bias.len());
        assert!(a.len() == rows * depth && out.len() == rows * columns);
        let beta = if epilogue == Epilogue::Add { 1.0 } else { 0.0 };
        // SAFETY: the assertion above and the one in `pack` say that the three matrices have the extents that the
        // sizes and strides describe; `out` is borrowed mutably, so it overlaps neither of the others.
        unsafe {
            matrixmultiply::sgemm(
                rows,
                depth,
                columns,
                1.0,
                a.as_ptr(),
                depth as isize,
                1,
                self.transposed.as_ptr(),
                columns as isize,
                1,
                beta,
                out.as_mut_ptr(),
                columns as isize,
                1,
            );
        }
        for row in out.chunks_exact_mut(columns) {
            match epilogue {
                Epilogue::Write | Epilogue::Add => row.iter_mut().zip(&self.bias).for_each(|(x, b)| *x += b),
                Epilogue::WriteGelu => add_bias_gelu(row, &self.bias),
            }
        }
    }
}
