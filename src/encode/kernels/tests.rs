//! Each SIMD loop against the scalar one, at every length from 0 to 100.

use super::*;
use crate::encode::kernels::fixed16::ACTIVATION_LEVELS;

/// A small generator of numbers (SplitMix64), so that the tests see the same input each time.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Numbers between -4 and 4.
    pub(super) fn floats(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| (self.next() >> 40) as f32 / (1 << 21) as f32 - 4.0).collect()
    }
}

fn assert_near(left: &[f32], right: &[f32], tolerance: f32, what: &str) {
    assert_eq!(left.len(), right.len());
    for (i, (l, r)) in left.iter().zip(right).enumerate() {
        assert!((l - r).abs() <= tolerance * (1.0 + r.abs()), "{what}: {l} against {r} at {i} of {}", left.len());
    }
}

/// A loop's name, the loop as it runs here, and the scalar one.
type Pair<'a> = (&'a str, &'a dyn Fn(&mut [f32]), &'a dyn Fn(&mut [f32]));

#[test]
fn row_loops_agree_with_the_scalar_ones_at_every_length() {
    let mut random = Random(1);
    for n in 0..=100 {
        let (row, bias, gain) = (random.floats(n), random.floats(n), random.floats(n));
        let pairs: [Pair; 2] = [
            ("gelu", &|x| add_bias_gelu(x, &bias), &|x| scalar::add_bias_gelu(x, &bias)),
            ("norm", &|x| layer_norm(x, &gain, &bias, 1e-12), &|x| scalar::layer_norm(x, &gain, &bias, 1e-12)),
        ];
        for (what, fast, plain) in pairs {
            let (mut left, mut right) = (row.clone(), row.clone());
            fast(&mut left);
            plain(&mut right);
            assert_near(&left, &right, 2e-5, what);
        }
    }
}

#[test]
fn quantising_agrees_to_the_bit_at_every_length() {
    let mut random = Random(2);
    for n in 0..=100 {
        let row = random.floats(n);
        assert_eq!(largest(&row).to_bits(), scalar::largest(&row).to_bits());
        let (mut left, mut right) = (vec![0; n], vec![0; n]);
        round(&row, 1000.5, &mut left);
        scalar::round(&row, 1000.5, &mut right);
        assert_eq!(left, right);
    }
}

#[test]
fn quantising_zeros_and_the_smallest_numbers_gives_zeros() {
    for row in [[0.0; 9], [f32::from_bits(1); 9]] {
        let mut out = [7; 9];
        assert_eq!(quantise(&row, &mut out, ACTIVATION_LEVELS), 0.0);
        assert_eq!(out, [0; 9]);
    }
}

#[test]
fn attention_agrees_with_the_scalar_one_at_every_length() {
    let mut random = Random(3);
    for shape in [AttentionShape { heads: 2, head_dim: 32 }, AttentionShape { heads: 1, head_dim: 40 }] {
        for length in 0..=100 {
            let qkv = random.floats(length * 3 * shape.hidden());
            let mut left = vec![0.0; length * shape.hidden()];
            let mut right = left.clone();
            let mut scratch = Vec::new();
            attention(&qkv, 0..length, shape, &mut left, &mut scratch);
            scalar::attention(&qkv, 0..length, shape, &mut right, &mut scratch);
            assert_near(&left, &right, 1e-5, "attention");
            let some = length / 3..length - length / 4;
            let mut part = vec![0.0; some.len() * shape.hidden()];
            attention(&qkv, some.clone(), shape, &mut part, &mut scratch);
            let same = &left[some.start * shape.hidden()..some.end * shape.hidden()];
            assert_eq!(part, same, "what one asks does not change what another is told");
        }
    }
}

#[test]
fn fixed_point_products_agree_with_the_scalar_ones_at_every_number_of_rows() {
    let mut random = Random(4);
    for rows in 0..=100 {
        let (depth, columns) = (2 * (rows % 20 + 1), 2 * PANEL);
        let matrix = Fixed16Matrix::pack(&random.floats(depth * columns), depth, random.floats(columns));
        let activations = random.floats(rows * depth);
        let mut a = Fixed16Rows::default();
        a.set(&activations, depth);
        for epilogue in [Epilogue::Write, Epilogue::WriteGelu, Epilogue::Add] {
            let mut left = random.floats(rows * columns);
            let mut right = left.clone();
            matrix.product(&a, &mut left, epilogue);
            matrix.product_scalar(&a, &mut right, epilogue);
            assert_near(&left, &right, 5e-6, "product");
        }
    }
}

#[test]
fn a_row_of_a_product_does_not_depend_on_the_other_rows() {
    let mut random = Random(6);
    // Four panels, which AVX-512 takes together, and one more.
    let (rows, depth, columns) = (67, 384, 5 * PANEL);
    let weights = random.floats(depth * columns);
    let a = random.floats(rows * depth);
    let (float, fixed) = (
        F32Matrix::pack(&weights, depth, random.floats(columns)),
        Fixed16Matrix::pack(&weights, depth, random.floats(columns)),
    );
    let product = |from: usize, to: usize| {
        let (rows, n) = (&a[from * depth..to * depth], to - from);
        let (mut f, mut x) = (vec![0.0; n * columns], vec![0.0; n * columns]);
        float.product(rows, n, &mut f, Epilogue::Write);
        let mut integers = Fixed16Rows::default();
        integers.set(rows, depth);
        fixed.product(&integers, &mut x, Epilogue::WriteGelu);
        (f, x)
    };
    let all = product(0, rows);
    for from in 0..rows {
        for size in [1, 2, 3, 5, 9, 17] {
            let to = (from + size).min(rows);
            let some = product(from, to);
            assert!(some.0 == all.0[from * columns..to * columns], "f32 rows {from} to {to}");
            assert!(some.1 == all.1[from * columns..to * columns], "fixed-point rows {from} to {to}");
        }
    }
}

/// Says that a test was skipped; it is one that only some processors can run.
#[cfg(target_arch = "x86_64")]
fn skipped(what: &str) {
    eprintln!("skipped: this processor has no {what}");
}

#[test]
#[cfg(target_arch = "x86_64")]
fn fixed_point_products_are_the_same_bytes_with_avx512_as_with_avx2() {
    if !has_avx512() {
        return skipped("AVX-512 with VNNI");
    }
    let mut random = Random(7);
    for rows in 0..=40 {
        let (depth, columns) = (2 * (rows % 20 + 1), [1, 3, 4, 7][rows % 4] * PANEL);
        let matrix = Fixed16Matrix::pack(&random.floats(depth * columns), depth, random.floats(columns));
        let mut a = Fixed16Rows::default();
        a.set(&random.floats(rows * depth), depth);
        for epilogue in [Epilogue::Write, Epilogue::WriteGelu, Epilogue::Add] {
            let mut left = random.floats(rows * columns);
            let mut right = left.clone();
            // SAFETY: the processor has AVX-512, and so AVX2 and FMA.
            unsafe {
                avx512::fixed16_product(&matrix, &a, &mut left, epilogue);
                avx2::fixed16_product(&matrix, &a, &mut right, epilogue);
            }
            assert!(left.iter().zip(&right).all(|(l, r)| l.to_bits() == r.to_bits()), "{rows} rows, {epilogue:?}");
        }
    }
}

/// The same loops as at every length above, where the processor would take the wider ones.
#[test]
#[cfg(target_arch = "x86_64")]
fn avx2_loops_agree_with_the_scalar_ones_also_where_there_is_avx512() {
    if !has_avx2() {
        return skipped("AVX2");
    }
    let mut random = Random(8);
    let shape = AttentionShape { heads: 2, head_dim: 32 };
    for n in 1..=100 {
        let (row, bias, gain) = (random.floats(n), random.floats(n), random.floats(n));
        // SAFETY, here and below: the processor has AVX2 and FMA.
        let pairs: [Pair; 2] = [
            ("gelu", &|x| unsafe { avx2::add_bias_gelu(x, &bias) }, &|x| scalar::add_bias_gelu(x, &bias)),
            ("norm", &|x| unsafe { avx2::layer_norm(x, &gain, &bias, 1e-12) }, &|x| {
                scalar::layer_norm(x, &gain, &bias, 1e-12)
            }),
        ];
        for (what, fast, plain) in pairs {
            let (mut left, mut right) = (row.clone(), row.clone());
            fast(&mut left);
            plain(&mut right);
            assert_near(&left, &right, 2e-5, what);
        }
        assert_eq!(unsafe { avx2::largest(&row) }.to_bits(), scalar::largest(&row).to_bits());
        let (mut left, mut right) = (vec![0; n], vec![0; n]);
        unsafe { avx2::round(&row, 1000.5, &mut left) };
        scalar::round(&row, 1000.5, &mut right);
        assert_eq!(left, right);

        let qkv = random.floats(n * 3 * shape.hidden());
        let (mut left, mut right) = (vec![0.0; n * shape.hidden()], vec![0.0; n * shape.hidden()]);
        unsafe { avx2::attention(&qkv, 0..n, shape, &mut left, &mut Vec::new()) };
        scalar::attention(&qkv, 0..n, shape, &mut right, &mut Vec::new());
        assert_near(&left, &right, 1e-5, "attention");
    }
}

/// Numbers as bf16 has them, so that what the tiles round away is only what comes out.
#[cfg(target_arch = "x86_64")]
fn halves(random: &mut Random, n: usize) -> Vec<f32> {
    random.floats(n).into_iter().map(|x| half::bf16::from_f32(x / 4.0).to_f32()).collect()
}

#[test]
#[cfg(target_arch = "x86_64")]
fn products_on_tiles_agree_with_plain_sums_at_every_number_of_rows() {
    use super::amx::{HeadRows, Target, TileMatrix, TileRows};

    if !has_amx() {
        return skipped("AMX");
    }
    let mut random = Random(9);
    // Kept from one to the next, and longer before than after, as the encoder keeps them.
    let (mut a, mut heads, mut tiles) = (TileRows::default(), HeadRows::default(), TileRows::default());
    for rows in (0..=100).rev() {
        let (depth, columns) = ([32, 96, 384][rows % 3], [32, 64][rows % 2]);
        let (weights, bias) = (halves(&mut random, depth * columns), random.floats(columns));
        let numbers = halves(&mut random, rows * depth);
        let plain: Vec<f32> = numbers
            .chunks_exact(depth)
            .flat_map(|row| weights.chunks_exact(depth).map(|w| row.iter().zip(w).map(|(x, w)| x * w).sum::<f32>()))
            .zip(bias.iter().cycle())
            .map(|(sum, bias)| sum + bias)
            .collect();
        let matrix = TileMatrix::pack(&weights, depth, bias);
        a.set(&numbers, depth);

        let mut sums = random.floats(rows * columns);
        let right: Vec<f32> = sums.iter().zip(&plain).map(|(x, sum)| x + sum).collect();
        matrix.product(&a, Target::Add(&mut sums));
        assert_near(&sums, &right, 1e-5, "sums");

        matrix.product(&a, Target::Write(&mut heads));
        assert_near(&heads.numbers(), &plain, 4e-3, "rounded sums");
        matrix.product(&a, Target::WriteGelu(&mut tiles));
        let right: Vec<f32> = plain.iter().map(|&x| scalar::gelu(x)).collect();
        assert_near(&tiles.numbers(), &right, 4e-3, "rounded GELU");
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn attention_on_tiles_agrees_with_the_scalar_one_at_every_length() {
    use super::amx::{self, AttentionScratch, HeadRows, TileRows};

    if !has_amx() {
        return skipped("AMX");
    }
    let mut random = Random(10);
    let shape = AttentionShape { heads: 3, head_dim: amx::GROUP };
    let (hidden, before, after) = (shape.hidden(), 5, 9);
    let (mut heads, mut out, mut scratch) = (HeadRows::default(), TileRows::default(), AttentionScratch::default());
    for length in (1..=256).rev() {
        // What stands before and after belongs to other passages; nothing of it may come through.
        let mut qkv = vec![f32::NAN; before * 3 * hidden];
        qkv.extend(halves(&mut random, length * 3 * hidden));
        qkv.extend(vec![f32::NAN; after * 3 * hidden]);
        heads.set(&qkv, 3 * hidden);
        let own = &qkv[before * 3 * hidden..(before + length) * 3 * hidden];
        for queries in [0..length, length / 3..length - length / 4] {
            let mut right = vec![0.0; queries.len() * hidden];
            scalar::attention(own, queries.clone(), shape, &mut right, &mut Vec::new());
            let at = 7;
            out.resize(at + queries.len(), hidden);
            amx::attention(&heads, before..before + length, queries, shape, (&mut out, at), &mut scratch);
            assert_near(&out.numbers()[at * hidden..], &right, 1e-2, "attention");
        }
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_row_of_a_product_on_tiles_does_not_depend_on_the_other_rows() {
    use super::amx::{HeadRows, Target, TileMatrix, TileRows};

    if !has_amx() {
        return skipped("AMX");
    }
    let mut random = Random(11);
    let (rows, depth, columns) = (67, 384, 64);
    let matrix = TileMatrix::pack(&random.floats(depth * columns), depth, random.floats(columns));
    let numbers = random.floats(rows * depth);
    let (mut a, mut heads) = (TileRows::default(), HeadRows::default());
    let mut product = |from: usize, to: usize| {
        a.set(&numbers[from * depth..to * depth], depth);
        matrix.product(&a, Target::Write(&mut heads));
        heads.numbers()
    };
    let all = product(0, rows);
    for from in 0..rows {
        for size in [1, 2, 15, 17, 33] {
            let to = (from + size).min(rows);
            assert!(product(from, to) == all[from * columns..to * columns], "rows {from} to {to}");
        }
    }
}
