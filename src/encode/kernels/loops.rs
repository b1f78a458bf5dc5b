//! The loops over rows, and attention, written once for registers of any width.
//!
//! [`loops!`] makes them for one instruction set, in a module that has the type `Vector` of `LANES` numbers and, for it, `load`, `store`, `splat`,
//! `zero`, `add`, `sub`, `mul`, `div`, `min`, `max`, `fmadd` (a·b + c), `fnmadd` (c - a·b), `nearest`, `power_of_two`, `magnitude`, `sum`,
//! `largest_lane`, `to_i16` and `transpose`. A macro and no generic function, because a function has the instructions that it
//! was declared with, whatever it is made for.
//!
//! Every function needs a processor with those instructions, which the callers in `mod.rs` make sure of, and lengths that they assert.
//! Loads and stores are of bounded slices; the one access without a check says why.

macro_rules! loops {
    ($features:literal) => {
        use std::array;
        use std::ops::Range;

        use super::{AttentionShape, scalar};

        /// e^x for x ≤ 0, relative error under 3e-7; 0 ≤ result < 2e-38 below -87. Cephes' `expf`.
        #[inline]
        #[target_feature(enable = $features)]
        fn exp(x: Vector) -> Vector {
            let x = max(x, splat(-87.0));
            let n = nearest(mul(x, splat(std::f32::consts::LOG2_E)));
            // ln 2 in two parts, so that the remainder keeps its last bits.
            let r = fnmadd(n, splat(0.693_359_4), x);
            let r = fnmadd(n, splat(-2.121_944_4e-4), r);
            let mut p = splat(1.987_569_1e-4);
            for c in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5] {
                p = fmadd(p, r, splat(c));
            }
            let p = add(fmadd(mul(r, r), p, r), splat(1.0));
            mul(p, power_of_two(n))
        }

        /// GELU as in [`scalar::gelu`].
        #[inline]
        #[target_feature(enable = $features)]
        fn gelu(x: Vector) -> Vector {
            let limit = splat(scalar::ERF_LIMIT);
            let scaled = mul(x, splat(std::f32::consts::FRAC_1_SQRT_2));
            let scaled = min(max(scaled, sub(zero(), limit)), limit);
            let square = mul(scaled, scaled);
            let mut p = splat(scalar::ERF_P[0]);
            for &c in &scalar::ERF_P[1..] {
                p = fmadd(p, square, splat(c));
            }
            let mut q = splat(scalar::ERF_Q[0]);
            for &c in &scalar::ERF_Q[1..] {
                q = fmadd(q, square, splat(c));
            }
            let erf = div(mul(scaled, p), q);
            let half = mul(x, splat(0.5));
            fmadd(half, erf, half)
        }

        #[target_feature(enable = $features)]
        pub(super) fn add_bias_gelu(row: &mut [f32], bias: &[f32]) {
            let whole = row.len() / LANES * LANES;
            for (x, b) in row.chunks_exact_mut(LANES).zip(bias.chunks_exact(LANES)) {
                store(x, gelu(add(load(x), load(b))));
            }
            scalar::add_bias_gelu(&mut row[whole..], &bias[whole..]);
        }

        #[target_feature(enable = $features)]
        pub(super) fn layer_norm(row: &mut [f32], gain: &[f32], bias: &[f32], epsilon: f32) {
            let n = row.len().max(1) as f32;
            let mut sums = zero();
            for x in row.chunks_exact(LANES) {
                sums = add(sums, load(x));
            }
            let whole = row.len() / LANES * LANES;
            let mean = (sum(sums) + row[whole..].iter().sum::<f32>()) / n;
            let means = splat(mean);
            let mut squares = zero();
            for x in row.chunks_exact(LANES) {
                let centred = sub(load(x), means);
                squares = fmadd(centred, centred, squares);
            }
            let rest: f32 = row[whole..].iter().map(|x| (x - mean) * (x - mean)).sum();
            let scale = 1.0 / ((sum(squares) + rest) / n + epsilon).sqrt();
            let scales = splat(scale);
            for ((x, g), b) in row.chunks_exact_mut(LANES).zip(gain.chunks_exact(LANES)).zip(bias.chunks_exact(LANES)) {
                let normal = mul(sub(load(x), means), scales);
                store(x, fmadd(normal, load(g), load(b)));
            }
            for ((x, g), b) in row[whole..].iter_mut().zip(&gain[whole..]).zip(&bias[whole..]) {
                *x = (*x - mean) * scale * g + b;
            }
        }

        #[target_feature(enable = $features)]
        pub(super) fn largest(row: &[f32]) -> f32 {
            let mut largests = zero();
            for x in row.chunks_exact(LANES) {
                largests = max(largests, magnitude(load(x)));
            }
            scalar::largest(&row[row.len() / LANES * LANES..]).max(largest_lane(largests))
        }

        #[target_feature(enable = $features)]
        pub(super) fn round(row: &[f32], factor: f32, out: &mut [i16]) {
            let factors = splat(factor);
            for (q, x) in out.as_chunks_mut::<LANES>().0.iter_mut().zip(row.chunks_exact(LANES)) {
                *q = to_i16(mul(load(x), factors));
            }
            let whole = row.len() / LANES * LANES;
            scalar::round(&row[whole..], factor, &mut out[whole..]);
        }

        /// Rows of queries at a time: 6 rows × 2 registers of sums, 2 of keys or values and 1 of what multiplies them.
        const BLOCK: usize = 6;

        /// Numbers in the rows of a panel of keys or values; the last panel has [`LANES`] where so few are left.
        const PANEL: usize = 2 * LANES;

        #[target_feature(enable = $features)]
        pub(super) fn attention(
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
        #[target_feature(enable = $features)]
        fn pack_keys(from: &[f32], stride: usize, length: usize, head_dim: usize, keys: &mut [f32]) {
            for first in (0..length).step_by(LANES) {
                let in_panel = first % PANEL;
                let panel = &mut keys[(first - in_panel) * head_dim..];
                let width = (panel.len() / head_dim).min(PANEL);
                for d in (0..head_dim).step_by(LANES) {
                    let mut block = [zero(); LANES];
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
        #[target_feature(enable = $features)]
        fn pack_values(from: &[f32], stride: usize, length: usize, values: &mut [f32]) {
            let head_dim = values.len() / length;
            for (p, panel) in values.chunks_mut(PANEL * length).enumerate() {
                let width = (head_dim - p * PANEL).min(PANEL);
                for (row, from) in panel.chunks_exact_mut(width).zip(from.chunks(stride)) {
                    row.copy_from_slice(&from[p * PANEL..][..width]);
                }
            }
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
            #[target_feature(enable = $features)]
            fn attend<const R: usize>(
                &self,
                from: &[f32],
                stride: usize,
                scores: &mut [f32],
                out: &mut [f32],
                hidden: usize,
            ) {
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
        #[target_feature(enable = $features)]
        fn multiply<const R: usize, const V: usize, const W: usize>(
            rows: [&[f32]; R],
            panel: &[f32],
            factors: [f32; R],
            out: &mut [f32],
            stride: usize,
        ) {
            let panel = panel.as_chunks::<W>().0;
            assert!(rows.iter().all(|row| row.len() == panel.len()));
            let mut sums = [[zero(); V]; R];
            for (d, columns) in panel.iter().enumerate() {
                let columns: [Vector; V] = array::from_fn(|v| load(&columns[v * LANES..]));
                for (sums, row) in sums.iter_mut().zip(rows) {
                    // SAFETY: `d` is under the panel's length, which is the row's. The check would cost a quarter of the time.
                    let number = splat(unsafe { *row.get_unchecked(d) });
                    for (sum, &columns) in sums.iter_mut().zip(&columns) {
                        *sum = fmadd(number, columns, *sum);
                    }
                }
            }
            for (r, sums) in sums.iter().enumerate() {
                let factor = splat(factors[r]);
                for (v, &sum) in sums.iter().enumerate() {
                    store(&mut out[r * stride + v * LANES..], mul(sum, factor));
                }
            }
        }

        /// Of a row of scores of which the first `length` count: e^((x - max) · scale); what the others become is not said. Returns their sum.
        #[inline]
        #[target_feature(enable = $features)]
        fn softmax(scores: &mut [f32], length: usize, scale: f32) -> f32 {
            let whole = length / LANES * LANES;
            let (whole, rest) = scores.split_at_mut(whole);
            // Added to the last register, and not written over what does not count: a load that has to wait for two stores costs more
            // than the rest of the row.
            let nothing: [f32; 2 * LANES] = array::from_fn(|i| if i < LANES { 0.0 } else { f32::NEG_INFINITY });
            let edge = load(&nothing[LANES - length % LANES..]);
            let mut largests = splat(f32::NEG_INFINITY);
            for x in whole.chunks_exact(LANES) {
                largests = max(largests, load(x));
            }
            if !rest.is_empty() {
                largests = max(largests, add(load(rest), edge));
            }
            let (shift, scales) = (splat(largest_lane(largests)), splat(scale));
            let mut sums = zero();
            for x in whole.chunks_exact_mut(LANES) {
                let weight = exp(mul(sub(load(x), shift), scales));
                sums = add(sums, weight);
                store(x, weight);
            }
            if !rest.is_empty() {
                // What does not count is under 2e-38 here, nothing beside the largest weight, which is 1.
                let weight = exp(mul(sub(add(load(rest), edge), shift), scales));
                sums = add(sums, weight);
                store(rest, weight);
            }
            sum(sums)
        }
    };
}

pub(super) use loops;
