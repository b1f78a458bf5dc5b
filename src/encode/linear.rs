//! Linear layers and attention in one of several arithmetics behind one face.

use std::ops::Range;

#[cfg(target_arch = "x86_64")]
use crate::encode::kernels::amx::{self, AttentionScratch, GROUP, HeadRows, Target, TileMatrix, TileRows};
use crate::encode::kernels::{
    AttentionShape, Epilogue, F32Matrix, Fixed16Matrix, Fixed16Rows, attention, has_amx, has_avx2,
};

/// In which arithmetic the large products run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Precision {
    /// f32 throughout: the reference, and what runs where nothing faster can.
    F32,
    /// Weights and activations in bf16, sums in f32. The fastest where the processor has matrix units for it; there attention's products are
    /// in bf16 too. Without them, and for an encoder whose shape they do not take, this is [`Precision::Fixed16`].
    Bf16,
    /// Weights and activations in 16-bit fixed point, sums exact. The fastest with AVX2 or AVX-512 alone. All else is f32. Without either, this is
    /// [`Precision::F32`].
    Fixed16,
}

impl Precision {
    /// The fastest on this processor.
    pub fn best() -> Self {
        let fastest_first = [Precision::Bf16, Precision::Fixed16];
        fastest_first.into_iter().find(|precision| precision.is_available()).unwrap_or(Precision::F32)
    }

    /// Whether this processor has what it needs; where not, another is computed in its place.
    pub fn is_available(self) -> bool {
        match self {
            Precision::F32 => true,
            Precision::Bf16 => has_amx(),
            Precision::Fixed16 => has_avx2(),
        }
    }
}

/// A precision as this processor computes it for an encoder of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    F32,
    /// Bf16 from one product to the next, on the matrix units.
    #[cfg(target_arch = "x86_64")]
    Tiles,
    Fixed16,
}

impl Arithmetic {
    #[cfg_attr(not(target_arch = "x86_64"), expect(unused_variables))]
    pub(super) fn new(precision: Precision, shape: AttentionShape, intermediate: usize) -> Self {
        match precision {
            Precision::F32 => Arithmetic::F32,
            #[cfg(target_arch = "x86_64")]
            Precision::Bf16 if has_amx() && shape.head_dim == GROUP && intermediate.is_multiple_of(GROUP) => {
                Arithmetic::Tiles
            }
            Precision::Bf16 | Precision::Fixed16 if has_avx2() => Arithmetic::Fixed16,
            Precision::Bf16 | Precision::Fixed16 => Arithmetic::F32,
        }
    }

    /// Rows (tokens) that are worked on together. Few enough that they stay in the second cache between one product and the next, many
    /// enough that the weights, which stream from the third, cost little for each.
    pub(super) fn chunk_rows(self) -> usize {
        // 2,618 sentences of nine letters in their passages, one thread of an AMD Zen 3: 42 s with 96, 35 s with 192, 39 s with 320.
        let rows = 192;
        // One thread of an Intel Xeon with AMX, passages of 27 tokens: 24.2 µs a token with 192, 23.0 with 288. 384 gain 1% more, and leave less of
        // the second cache to the weights.
        #[cfg(target_arch = "x86_64")]
        let rows = if self == Arithmetic::Tiles { 288 } else { rows };
        rows
    }

    /// Columns of a feed-forward layer that are computed, and consumed by the product that follows, at a time.
    pub(super) fn feed_forward_block(self) -> usize {
        match self {
            // A panel's weights for one block fill half of the first cache.
            #[cfg(target_arch = "x86_64")]
            Arithmetic::Tiles => 384,
            _ => 256,
        }
    }
}

/// Rows of activations in the form that the next step reads.
#[derive(Default)]
pub(super) struct Activations {
    rows: usize,
    floats: Vec<f32>,
    fixed: Fixed16Rows,
    #[cfg(target_arch = "x86_64")]
    tiles: TileRows,
    #[cfg(target_arch = "x86_64")]
    heads: HeadRows,
}

/// What the steps keep from one to the next, so that nothing is allocated anew.
#[derive(Default)]
pub(super) struct Scratch {
    floats: Vec<f32>,
    scores: Vec<f32>,
    #[cfg(target_arch = "x86_64")]
    tiles: AttentionScratch,
}

/// Rows that attend to each other, and which of them ask, counted from the first of them.
pub(super) struct Attention {
    pub(super) rows: Range<usize>,
    pub(super) queries: Range<usize>,
}

impl Activations {
    /// Takes over rows of `depth` numbers for a product.
    pub(super) fn set(&mut self, arithmetic: Arithmetic, numbers: &[f32], depth: usize) {
        self.rows = numbers.len() / depth;
        match arithmetic {
            Arithmetic::F32 => {
                self.floats.clear();
                self.floats.extend_from_slice(numbers);
            }
            #[cfg(target_arch = "x86_64")]
            Arithmetic::Tiles => self.tiles.set(numbers, depth),
            Arithmetic::Fixed16 => self.fixed.set(numbers, depth),
        }
    }

    /// Self-attention over rows `[query | key | value]` that [`Linear::write`] wrote; `out` gets a row for each query.
    pub(super) fn attend(
        &self,
        arithmetic: Arithmetic,
        attentions: &[Attention],
        shape: AttentionShape,
        out: &mut Activations,
        scratch: &mut Scratch,
    ) {
        let hidden = shape.hidden();
        let queries: usize = attentions.iter().map(|a| a.queries.len()).sum();
        #[cfg(target_arch = "x86_64")]
        if arithmetic == Arithmetic::Tiles {
            out.rows = queries;
            out.tiles.resize(queries, hidden);
            let mut at = 0;
            for Attention { rows, queries } in attentions {
                amx::attention(
                    &self.heads,
                    rows.clone(),
                    queries.clone(),
                    shape,
                    (&mut out.tiles, at),
                    &mut scratch.tiles,
                );
                at += queries.len();
            }
            return;
        }
        scratch.floats.resize(queries * hidden, 0.0);
        let mut mixed = scratch.floats.as_mut_slice();
        for Attention { rows, queries } in attentions {
            let (out, rest) = mixed.split_at_mut(queries.len() * hidden);
            let qkv = &self.floats[rows.start * 3 * hidden..rows.end * 3 * hidden];
            attention(qkv, queries.clone(), shape, out, &mut scratch.scores);
            mixed = rest;
        }
        out.set(arithmetic, &scratch.floats, hidden);
    }
}

/// A packed weight matrix with its bias.
pub(super) struct Linear {
    columns: usize,
    matrix: Matrix,
}

enum Matrix {
    F32(F32Matrix),
    #[cfg(target_arch = "x86_64")]
    Tiles(TileMatrix),
    Fixed16(Fixed16Matrix),
}

impl Linear {
    /// Packs `weights`, one row of `depth` numbers for each column of the product, as many as `bias` has.
    pub(super) fn pack(arithmetic: Arithmetic, weights: &[f32], depth: usize, bias: Vec<f32>) -> Self {
        let columns = bias.len();
        let matrix = match arithmetic {
            Arithmetic::F32 => Matrix::F32(F32Matrix::pack(weights, depth, bias)),
            #[cfg(target_arch = "x86_64")]
            Arithmetic::Tiles => Matrix::Tiles(TileMatrix::pack(weights, depth, bias)),
            Arithmetic::Fixed16 => Matrix::Fixed16(Fixed16Matrix::pack(weights, depth, bias)),
        };
        Linear { columns, matrix }
    }

    /// `out = a · weights + bias`, for [`Activations::attend`]. Here and below, `a` was set in the layer's arithmetic.
    pub(super) fn write(&self, a: &Activations, out: &mut Activations) {
        #[cfg(target_arch = "x86_64")]
        if let Matrix::Tiles(matrix) = &self.matrix {
            return matrix.product(&a.tiles, Target::Write(&mut out.heads));
        }
        out.floats.resize(a.rows * self.columns, 0.0);
        self.product(a, &mut out.floats, Epilogue::Write);
    }

    /// `out = gelu(a · weights + bias)`, for the next product.
    pub(super) fn write_gelu(
        &self,
        arithmetic: Arithmetic,
        a: &Activations,
        out: &mut Activations,
        scratch: &mut Scratch,
    ) {
        #[cfg(target_arch = "x86_64")]
        if let Matrix::Tiles(matrix) = &self.matrix {
            return matrix.product(&a.tiles, Target::WriteGelu(&mut out.tiles));
        }
        scratch.floats.resize(a.rows * self.columns, 0.0);
        self.product(a, &mut scratch.floats, Epilogue::WriteGelu);
        out.set(arithmetic, &scratch.floats, self.columns);
    }

    /// `out = out + a · weights + bias`.
    pub(super) fn add(&self, a: &Activations, out: &mut [f32]) {
        #[cfg(target_arch = "x86_64")]
        if let Matrix::Tiles(matrix) = &self.matrix {
            return matrix.product(&a.tiles, Target::Add(out));
        }
        self.product(a, out, Epilogue::Add);
    }

    /// A product that does not stay on tiles.
    fn product(&self, a: &Activations, out: &mut [f32], epilogue: Epilogue) {
        match &self.matrix {
            Matrix::F32(matrix) => matrix.product(&a.floats, a.rows, out, epilogue),
            Matrix::Fixed16(matrix) => matrix.product(&a.fixed, out, epilogue),
            #[cfg(target_arch = "x86_64")]
            Matrix::Tiles(_) => unreachable!("its products end in forms of their own"),
        }
    }
}
