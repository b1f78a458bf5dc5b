//! Products in bf16 over numkong, which picks its instructions at run time: for ARM, for processors without AMX where bf16 is asked for, and for encoders
//! whose shape `amx` does not take.

use half::bf16;
use numkong::{Dots, cap};

use super::{Epilogue, accumulate, add_bias, add_bias_gelu};

/// A cache line of packed weights; numkong's tiles want their alignment.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// A weight matrix packed for products in bf16.
pub(in crate::encode) struct Bf16Matrix {
    packed: Vec<Line>,
    bias: Vec<f32>,
    depth: usize,
}

impl Bf16Matrix {
    /// Packs `weights`, one row of `depth` numbers for each column of the product.
    pub(in crate::encode) fn pack(weights: &[f32], depth: usize, bias: Vec<f32>) -> Self {
        let columns = bias.len();
        assert_eq!(weights.len(), columns * depth);
        configure_thread();
        let rounded: Vec<bf16> = weights.iter().map(|&w| bf16::from_f32(w)).collect();
        let size = <numkong::bf16 as Dots>::dots_packed_size(columns, depth);
        let mut packed = vec![Line([0; 64]); size.div_ceil(size_of::<Line>())];
        // SAFETY: `half::bf16` and `numkong::bf16` are both one transparent u16; the source has `columns` rows of
        // `depth` numbers without gaps, and the target has the size that numkong asked for.
        unsafe {
            numkong::bf16::dots_pack(
                rounded.as_ptr().cast(),
                columns,
                depth,
                depth * size_of::<bf16>(),
                packed.as_mut_ptr().cast(),
            );
        }
        Bf16Matrix { packed, bias, depth }
    }

    /// Columns of the product.
    pub(in crate::encode) fn columns(&self) -> usize {
        self.bias.len()
    }

    /// Multiplies `rows` rows of `a` and finishes them as `epilogue` says; `sums` is scratch.
    pub(in crate::encode) fn product(
        &self,
        a: &[bf16],
        rows: usize,
        out: &mut [f32],
        epilogue: Epilogue,
        sums: &mut Vec<f32>,
    ) {
        let (depth, columns) = (self.depth, self.bias.len());
        assert!(a.len() == rows * depth && out.len() == rows * columns);
        let target = if epilogue == Epilogue::Add {
            sums.clear();
            sums.resize(rows * columns, 0.0);
            &mut sums[..]
        } else {
            &mut out[..]
        };
        // SAFETY: `packed` was filled by `dots_pack` for these columns and this depth; `a` and `target` have `rows`
        // rows without gaps, as asserted; `target` is borrowed mutably, so it does not overlap `a`.
        unsafe {
            numkong::bf16::dots_packed(
                a.as_ptr().cast(),
                self.packed.as_ptr().cast(),
                target.as_mut_ptr(),
                rows,
                columns,
                depth,
                depth * size_of::<bf16>(),
                columns * size_of::<f32>(),
            );
        }
        match epilogue {
            Epilogue::Write => out.chunks_exact_mut(columns).for_each(|row| add_bias(row, &self.bias)),
            Epilogue::WriteGelu => out.chunks_exact_mut(columns).for_each(|row| add_bias_gelu(row, &self.bias)),
            Epilogue::Add => {
                for (row, sums) in out.chunks_exact_mut(columns).zip(sums.chunks_exact(columns)) {
                    accumulate(row, sums, &self.bias);
                }
            }
        }
    }
}

/// Rounds to bf16, nearest, ties to even. The numbers must be finite.
pub(in crate::encode) fn to_bf16(numbers: &[f32], out: &mut [bf16]) {
    assert_eq!(numbers.len(), out.len());
    for (o, x) in out.iter_mut().zip(numbers) {
        // Integers only, so that the compiler makes it one SIMD loop; `bf16::from_f32` branches on NaN.
        let bits = x.to_bits();
        *o = bf16::from_bits(((bits + 0x7fff + ((bits >> 16) & 1)) >> 16) as u16);
    }
}

/// Whether numkong's products can run. It takes AMX by the processor alone; without the system's leave, the process would be killed.
pub(in crate::encode) fn numkong_is_safe() -> bool {
    super::has_amx() || numkong::available() & (cap::SAPPHIREAMX | cap::GRANITEAMX) == 0
}

/// Prepares the calling thread for products; each thread that multiplies calls it once.
pub(in crate::encode) fn configure_thread() {
    // What it returns says whether there was something to configure; without matrix units there is not.
    let _ = numkong::configure_thread();
}
