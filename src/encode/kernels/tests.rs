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
        let pairs: [Pair; 4] = [
            ("bias", &|x| add_bias(x, &bias), &|x| scalar::add_bias(x, &bias)),
            ("gelu", &|x| add_bias_gelu(x, &bias), &|x| scalar::add_bias_gelu(x, &bias)),
            ("accumulate", &|x| accumulate(x, &gain, &bias), &|x| scalar::accumulate(x, &gain, &bias)),
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
fn rounding_to_bf16_agrees_with_the_library() {
    let numbers = Random(5).floats(1000);
    let mut rounded = vec![half::bf16::ZERO; numbers.len()];
    to_bf16(&numbers, &mut rounded);
    assert!(numbers.iter().zip(&rounded).all(|(&x, &b)| half::bf16::from_f32(x) == b));
}

#[test]
fn a_row_of_a_product_does_not_depend_on_the_other_rows() {
    let mut random = Random(6);
    let (rows, depth, columns) = (67, 384, 48);
    let weights = random.floats(depth * columns);
    let a = random.floats(rows * depth);
    let mut halves = vec![half::bf16::ZERO; a.len()];
    to_bf16(&a, &mut halves);
    let (float, half) = (
        F32Matrix::pack(&weights, depth, random.floats(columns)),
        Bf16Matrix::pack(&weights, depth, random.floats(columns)),
    );
    configure_thread();
    let product = |from: usize, to: usize| {
        let n = to - from;
        let (mut f, mut h) = (vec![0.0; n * columns], vec![0.0; n * columns]);
        float.product(&a[from * depth..to * depth], n, &mut f, Epilogue::Write);
        half.product(&halves[from * depth..to * depth], n, &mut h, Epilogue::WriteGelu, &mut Vec::new());
        (f, h)
    };
    let all = product(0, rows);
    for from in 0..rows {
        for size in [1, 2, 3, 5, 9, 17] {
            let to = (from + size).min(rows);
            let some = product(from, to);
            assert!(some.0 == all.0[from * columns..to * columns], "f32 rows {from} to {to}");
            assert!(some.1 == all.1[from * columns..to * columns], "bf16 rows {from} to {to}");
        }
    }
}
