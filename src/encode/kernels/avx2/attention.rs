//! Self-attention with AVX2 and FMA. What [`super`] asks of its callers holds here.

use std::arch::x86_64::*;
use std::array;
use std::ops::Range;

use super::super::AttentionShape;
use super::{LANES, exp, largest_lane, load, store, sum};

/// Rows of queries at a time: 6 rows × 2 registers of sums, 2 of keys or values and 1 of what multiplies them.
const BLOCK: usize = 6;

/// Numbers in the rows of a panel of keys or values; the last panel has [`LANES`] where so few are left.
const PANEL: usize = 2 * LANES;

#[target_feature(enable = "avx2,fma")]
pub(in super::super) fn attention(
    qkv: &[f32],
    queries: Range<usize>,
    shape: AttentionShape,
    out: &mut [f32],
    scratch: &mut Vec<f32>,
) {
    let AttentionShape { heads, head_dim } = shape;
    let hidden = shape.hidden();
    let stride = 3 * hidden;
    let length = qkv.len() / stride;
    let padded = length.next_multiple_of(LANES);
    scratch.clear();
    scratch.resize((2 * head_dim + BLOCK) * padded, 0.0);
    let (keys, rest) = scratch.split_at_mut(head_dim * padded);
    let (values, scores) = rest.split_at_mut(head_dim * padded);
    let values = &mut values[..head_dim * length];
    for head in 0..heads {
        let column = head * head_dim;
        pack_keys(&qkv[hidden + column..], stride, length, head_dim, keys);
        pack_values(&qkv[2 * hidden + column..], stride, length, values);
        let head = Head { keys, values, length, head_dim, scale: shape.scale() };
        for row in queries.clone().step_by(BLOCK) {
            let from = &qkv[row * stride + column..];
            let out = &mut out[(row - queries.start) * hidden + column..];
            match queries.end - row {
                1 => head.attend::<1>(from, stride, scores, out, hidden),
                2 => head.attend::<2>(from, stride, scores, out, hidden),
                3 => head.attend::<3>(from, stride, scores, out, hidden),
                4 => head.attend::<4>(from, stride, scores, out, hidden),
                5 => head.attend::<5>(from, stride, scores, out, hidden),
                _ => head.attend::<BLOCK>(from, stride, scores, out, hidden),
            }
        }
    }
}

/// The keys of one head in panels of [`PANEL`] tokens: `panel[d · width + j]` for the panel's token `j`. What is past the last
/// token keeps its zeros.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn pack_keys(from: &[f32], stride: usize, length: usize, head_dim: usize, keys: &mut [f32]) {
    for first in (0..length).step_by(LANES) {
        let in_panel = first % PANEL;
        let panel = &mut keys[(first - in_panel) * head_dim..];
        let width = (panel.len() / head_dim).min(PANEL);
        for d in (0..head_dim).step_by(LANES) {
            let mut block = [_mm256_setzero_ps(); LANES];
            for (j, row) in block.iter_mut().enumerate().take(length - first) {
                *row = load(&from[(first + j) * stride + d..]);
            }
            for (column, values) in transpose(block).into_iter().enumerate() {
                store(&mut panel[(d + column) * width + in_panel..], values);
            }
        }
    }
}

/// The values of one head in panels of [`PANEL`] columns, a row for each token. Where they come from, rows are so far apart that
/// most would fall onto the same lines of the first cache.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn pack_values(from: &[f32], stride: usize, length: usize, values: &mut [f32]) {
    let head_dim = values.len() / length;
    for (p, panel) in values.chunks_mut(PANEL * length).enumerate() {
        let width = (head_dim - p * PANEL).min(PANEL);
        for (row, from) in panel.chunks_exact_mut(width).zip(from.chunks(stride)) {
            row.copy_from_slice(&from[p * PANEL..][..width]);
        }
    }
}

/// Rows of 8 to columns of 8.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn transpose(r: [__m256; LANES]) -> [__m256; LANES] {
    let (a0, a1) = (_mm256_unpacklo_ps(r[0], r[1]), _mm256_unpackhi_ps(r[0], r[1]));
    let (a2, a3) = (_mm256_unpacklo_ps(r[2], r[3]), _mm256_unpackhi_ps(r[2], r[3]));
    let (a4, a5) = (_mm256_unpacklo_ps(r[4], r[5]), _mm256_unpackhi_ps(r[4], r[5]));
    let (a6, a7) = (_mm256_unpacklo_ps(r[6], r[7]), _mm256_unpackhi_ps(r[6], r[7]));
    let (b0, b1) = (_mm256_shuffle_ps::<0x44>(a0, a2), _mm256_shuffle_ps::<0xee>(a0, a2));
    let (b2, b3) = (_mm256_shuffle_ps::<0x44>(a1, a3), _mm256_shuffle_ps::<0xee>(a1, a3));
    let (b4, b5) = (_mm256_shuffle_ps::<0x44>(a4, a6), _mm256_shuffle_ps::<0xee>(a4, a6));
    let (b6, b7) = (_mm256_shuffle_ps::<0x44>(a5, a7), _mm256_shuffle_ps::<0xee>(a5, a7));
    [
        _mm256_permute2f128_ps::<0x20>(b0, b4),
        _mm256_permute2f128_ps::<0x20>(b1, b5),
        _mm256_permute2f128_ps::<0x20>(b2, b6),
        _mm256_permute2f128_ps::<0x20>(b3, b7),
        _mm256_permute2f128_ps::<0x31>(b0, b4),
        _mm256_permute2f128_ps::<0x31>(b1, b5),
        _mm256_permute2f128_ps::<0x31>(b2, b6),
        _mm256_permute2f128_ps::<0x31>(b3, b7),
    ]
}

/// What the queries of one head meet.
struct Head<'a> {
    keys: &'a [f32],
    values: &'a [f32],
    /// Tokens of the passage.
    length: usize,
    head_dim: usize,
    scale: f32,
}

impl Head<'_> {
    /// `R` rows of queries, `stride` apart, to as many rows of `out`, `hidden` apart; `scores` is scratch.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn attend<const R: usize>(&self, from: &[f32], stride: usize, scores: &mut [f32], out: &mut [f32], hidden: usize) {
        let padded = self.length.next_multiple_of(LANES);
        let queries: [&[f32]; R] = array::from_fn(|r| &from[r * stride..][..self.head_dim]);
        for (p, panel) in self.keys.chunks(PANEL * self.head_dim).enumerate() {
            let scores = &mut scores[p * PANEL..];
            if panel.len() == PANEL * self.head_dim {
                multiply::<R, 2, PANEL>(queries, panel, [1.0; R], scores, padded);
            } else {
                multiply::<R, 1, LANES>(queries, panel, [1.0; R], scores, padded);
            }
        }
        let mut factors = [0.0; R];
        for (factor, scores) in factors.iter_mut().zip(scores.chunks_exact_mut(padded)) {
            *factor = 1.0 / softmax(scores, self.length, self.scale);
        }
        let weights: [&[f32]; R] = array::from_fn(|r| &scores[r * padded..][..self.length]);
        for (p, panel) in self.values.chunks(PANEL * self.length).enumerate() {
            let out = &mut out[p * PANEL..];
            if panel.len() == PANEL * self.length {
                multiply::<R, 2, PANEL>(weights, panel, factors, out, hidden);
            } else {
                multiply::<R, 1, LANES>(weights, panel, factors, out, hidden);
            }
        }
    }
}

/// `out[r] = factors[r] · rows[r] · panel`, where the panel has `W` columns, `V` registers, and as many rows as each of `rows`
/// has numbers. Sums run in the order of the panel's rows.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn multiply<const R: usize, const V: usize, const W: usize>(
    rows: [&[f32]; R],
    panel: &[f32],
    factors: [f32; R],
    out: &mut [f32],
    stride: usize,
) {
    let panel = panel.as_chunks::<W>().0;
    assert!(rows.iter().all(|row| row.len() == panel.len()));
    let mut sums = [[_mm256_setzero_ps(); V]; R];
    for (d, columns) in panel.iter().enumerate() {
        let columns: [__m256; V] = array::from_fn(|v| load(&columns[v * LANES..]));
        for (sums, row) in sums.iter_mut().zip(rows) {
            // SAFETY: `d` is under the panel's length, which is the row's. The check would cost a quarter of the time.
            let number = _mm256_set1_ps(unsafe { *row.get_unchecked(d) });
            for (sum, &columns) in sums.iter_mut().zip(&columns) {
                *sum = _mm256_fmadd_ps(number, columns, *sum);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        let factor = _mm256_set1_ps(factors[r]);
        for (v, &sum) in sums.iter().enumerate() {
            store(&mut out[r * stride + v * LANES..], _mm256_mul_ps(sum, factor));
        }
    }
}

/// Of a row of scores of which the first `length` count: e^((x - max) · scale), the others 0. Returns their sum.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn softmax(scores: &mut [f32], length: usize, scale: f32) -> f32 {
    scores[length..].fill(f32::NEG_INFINITY);
    let mut largests = _mm256_set1_ps(f32::NEG_INFINITY);
    for x in scores.chunks_exact(LANES) {
        largests = _mm256_max_ps(largests, load(x));
    }
    let (shift, scales) = (_mm256_set1_ps(largest_lane(largests)), _mm256_set1_ps(scale));
    let nothing = _mm256_set1_ps(f32::NEG_INFINITY);
    let mut sums = _mm256_setzero_ps();
    for x in scores.chunks_exact_mut(LANES) {
        let score = load(x);
        let counts = _mm256_cmp_ps::<_CMP_NEQ_OQ>(score, nothing);
        let weight = _mm256_and_ps(exp(_mm256_mul_ps(_mm256_sub_ps(score, shift), scales)), counts);
        sums = _mm256_add_ps(sums, weight);
        store(x, weight);
    }
    sum(sums)
}
