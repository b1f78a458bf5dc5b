//! The instructions of AMX that the loops of [`super`] are made of.
//!
//! Rust has no stable names for them, so they are assembly. What one function leaves in the tiles is there for the next, because rustc uses no
//! tile in code that it makes, unless it is told that it may (`amx-tile`); the language does not promise it, and a tile cannot be named as what assembly reads. Tiles 0 to 3 are sums (of 16 rows × 16 columns each: `0 1` above `2 3`), 4 and 5 hold
//! rows of the left side, 6 and 7 columns of the right side. The left side is loaded with a hint (`t1`) that it is not worth a place in the first
//! cache, where the columns stay for the next rows: without it the two push each other out.
//!
//! The unsafe functions need a processor with AMX ([`has_tiles`]), the system's leave ([`allowed`]), and, but for [`configure`], a [`configure`]
//! before them on the same thread.

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;

use super::{Line, TILE};

/// Whether the processor has tiles and multiplies bf16 in them.
pub(in super::super) fn has_tiles() -> bool {
    const TILES: u32 = 1 << 24;
    const BF16: u32 = 1 << 22;
    // Leaf 7 is there on every processor with AVX2, which the caller has asked for.
    __cpuid_count(7, 0).edx & (TILES | BF16) == TILES | BF16
}

/// Asks the system to let this process use the tiles, which are so large that Linux saves them for those only who ask.
pub(in super::super) fn allowed() -> bool {
    #[cfg(target_os = "linux")]
    {
        const ARCH_PRCTL: isize = 158;
        const REQUEST_PERMISSION: usize = 0x1023;
        const TILE_DATA: usize = 18;
        let answer: isize;
        // SAFETY: `arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA)` touches no memory of this process. The instruction overwrites rcx and r11.
        unsafe {
            asm!(
                "syscall",
                inlateout("rax") ARCH_PRCTL => answer, in("rdi") REQUEST_PERMISSION, in("rsi") TILE_DATA,
                lateout("rcx") _, lateout("r11") _, options(nostack)
            );
        }
        answer == 0
    }
    #[cfg(not(target_os = "linux"))]
    {
        false
    }
}

/// Palette 1, eight tiles of 16 rows of 64 bytes: the operand of `ldtilecfg`.
#[repr(C, align(64))]
struct Configuration {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    bytes_of_a_row: [u16; 16],
    rows: [u8; 16],
}

static EIGHT_WHOLE_TILES: Configuration = Configuration {
    palette: 1,
    start_row: 0,
    reserved: [0; 14],
    bytes_of_a_row: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

#[inline(always)]
pub(super) unsafe fn configure() {
    // SAFETY: the operand is 64 bytes in the form that the instruction reads.
    unsafe {
        asm!(
            "ldtilecfg [{}]",
            in(reg) &raw const EIGHT_WHOLE_TILES,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack, readonly, preserves_flags)
        );
    }
}

/// Gives the tiles back, so that the system need not save them.
#[inline(always)]
pub(super) unsafe fn release() {
    // SAFETY: touches the tiles only.
    unsafe {
        asm!(
            "tilerelease",
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack, nomem, preserves_flags)
        );
    }
}

/// Sets the sums to zero.
#[inline(always)]
pub(super) unsafe fn zero() {
    // SAFETY: touches the tiles only.
    unsafe {
        asm!(
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            options(nostack, nomem, preserves_flags)
        );
    }
}

/// Adds the products of 16 rows with 32 columns, 32 deep, to the upper sums.
#[inline(always)]
pub(super) unsafe fn multiply_one(rows: &[Line; TILE], columns: &[Line; 2 * TILE]) {
    // SAFETY: each load reads 16 lines of 64 bytes, `step` apart, that the references span.
    unsafe {
        asm!(
            "tileloadd tmm6, [{columns} + {step} * 1]",
            "tileloaddt1 tmm4, [{rows} + {step} * 1]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{columns} + {step} * 1 + 1024]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            rows = in(reg) rows.as_ptr(), columns = in(reg) columns.as_ptr(), step = in(reg) size_of::<Line>(),
            out("tmm0") _, out("tmm1") _, out("tmm4") _, out("tmm6") _, out("tmm7") _,
            options(nostack, readonly, preserves_flags)
        );
    }
}

/// Adds the products of 32 rows with 32 columns, 32 deep, to all four sums.
#[inline(always)]
pub(super) unsafe fn multiply_two(rows: &[Line; 2 * TILE], columns: &[Line; 2 * TILE]) {
    // SAFETY: each load reads 16 lines of 64 bytes, `step` apart, that the references span.
    unsafe {
        asm!(
            "tileloadd tmm6, [{columns} + {step} * 1]",
            "tileloaddt1 tmm4, [{rows} + {step} * 1]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloaddt1 tmm5, [{rows} + {step} * 1 + 1024]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tileloadd tmm7, [{columns} + {step} * 1 + 1024]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm3, tmm5, tmm7",
            rows = in(reg) rows.as_ptr(), columns = in(reg) columns.as_ptr(), step = in(reg) size_of::<Line>(),
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack, readonly, preserves_flags)
        );
    }
}

/// Writes the upper sums, 16 rows of 32 numbers, with `stride` numbers from one row to the next.
#[inline(always)]
pub(super) unsafe fn store_one(to: &mut [f32], stride: usize) {
    assert!(stride >= 2 * TILE && to.len() >= (TILE - 1) * stride + 2 * TILE);
    // SAFETY: each store writes 16 rows of 64 bytes inside `to`, as asserted.
    unsafe {
        asm!(
            "tilestored [{to} + {step} * 1], tmm0",
            "tilestored [{to} + {step} * 1 + 64], tmm1",
            to = in(reg) to.as_mut_ptr(), step = in(reg) stride * size_of::<f32>(), options(nostack, preserves_flags)
        );
    }
}

/// Writes all four sums, 32 rows of 32 numbers, with `stride` numbers from one row to the next.
#[inline(always)]
pub(super) unsafe fn store_two(to: &mut [f32], stride: usize) {
    assert!(stride >= 2 * TILE && to.len() >= (2 * TILE - 1) * stride + 2 * TILE);
    let first = to.as_mut_ptr();
    // SAFETY: each store writes 16 rows of 64 bytes inside `to`, as asserted.
    unsafe {
        asm!(
            "tilestored [{to} + {step} * 1], tmm0",
            "tilestored [{to} + {step} * 1 + 64], tmm1",
            "tilestored [{below} + {step} * 1], tmm2",
            "tilestored [{below} + {step} * 1 + 64], tmm3",
            to = in(reg) first, below = in(reg) first.add(TILE * stride),
            step = in(reg) stride * size_of::<f32>(), options(nostack, preserves_flags)
        );
    }
}
