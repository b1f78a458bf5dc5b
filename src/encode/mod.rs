//! Texts to vectors: the [`Encoder`] trait and its implementation.
//!
//! The encoder knows passages (texts in order, and which of them are wanted) and no documents.
//!
//! # Where the time goes
//!
//! A token costs 21.2 million operations in the large products, a sentence of 27 tokens 0.57 billion. What they are done with is chosen at run time:
//! [`Precision::best`].
//!
//! ## AVX2
//!
//! In fixed point ([`Precision::Fixed16`]) AVX2 does 32 of them in two instructions, `vpmaddwd` and `vpaddd`, of which a core of an AMD Zen 3 begins at most four a cycle:
//! 217 GOP/s at 3.4 GHz, 380 sentences a second and core. The machine that this was measured on shares its cores with
//! strangers; when they are busy half of that is left (a loop of the two instructions alone: 80 to 100 GOP/s in such an hour, the product 85 to 100).
//! So it stands near what these two instructions can do; going on means fewer of them (Strassen's scheme was tried: see under AVX-512;
//! int8, by the count of instructions, a third, and the peers'
//! int8 moves more labels than the half percent that is allowed: the README's table).
//!
//! Shares of the processor's time on one thread, from a loop over the layers' kernels alone that is not kept (random numbers, 189 rows, as passages of 27
//! tokens and as one of 189). Beside it, `perf record` of 2,000 real sentences, each alone, gave the products 85% together and attention 7%:
//!
//! | stage | 27 tokens | 189 tokens |
//! | --- | --- | --- |
//! | query, key, value | 21% | 19% |
//! | attention | 7% | 17% |
//! | attention's output | 7% | 7% |
//! | feed-forward in, with GELU | 30% | 27% |
//! | feed-forward back | 28% | 25% |
//! | rounding to fixed point | 3% | 3% |
//! | LayerNorm | 1% | 1% |
//!
//! In letters, read in their sections, by function (`eval/profile.sh`, every 47th letter of the corpus, 3,491 sentences, start and reading included):
//!
//! | function | share |
//! | --- | --- |
//! | `avx2::fixed16_product`, with GELU | 76.5% |
//! | `avx2::multiply`: the two products of attention | 8.6% |
//! | `avx2::attention`: softmax, packing of keys and values | 6.8% |
//! | `Fixed16Rows::set`, `largest`, `round`: to fixed point | 3.4% |
//! | copies of memory | 1.2% |
//! | LayerNorm | 0.8% |
//!
//! Compiled for this processor (`-C target-cpu=native` for lettermark itself), the program is no faster: medians of seven runs in turn 3.30 s against 3.23 s of one core, the same
//! bytes. The kernels are chosen at run time.
//!
//! From letters to findings, encoding is 96.5% to 98.1% of the time from text and 96.5% from PDFs, and two threads do 1.9 times as much as one
//! (`eval/whole_way.sh`), so that letting stages overlap would gain next to nothing.
//!
//! What was tried, and what it saved of the whole (in turn in one hour; the machine's noise is 2% to 3%, so what is under that is no finding):
//!
//! | change | saved |
//! | --- | --- |
//! | weights in lines of the cache, two pairs of depths a turn of the loop | 2% to 3% |
//! | asking for the output's lines when a tile begins | 2% in the encoder, 10% in the loop of kernels |
//! | attention: values of a head packed together, no checks inside the loops | 1%, 8% in passages of 189 tokens |
//! | the inner loop in assembly | nothing: the compiler's is as good |
//! | tiles of 4 × 24 or 3 × 32, weights as operands in memory | nothing, or less |
//! | blocks of 96 to 384 rows in place of 192 | nothing; of 48, a loss |
//! | a panel's sums in a function of their own, so that they stay in registers beside GELU | nothing |
//! | start: vocabulary kept in f16, packing by the SIMD loop, no hash of what is inside the program | 0.42 s became 0.2 s |
//! | softmax: nothing is written over the scores that do not count, for which the next load would have to wait | 5% |
//!
//! The shares above are older than the last line.
//!
//! ## AVX-512
//!
//! `vpdpwssd` does in one instruction what AVX2 does in two, on twice the numbers. On an Intel Xeon, one thread, passages of 27 tokens, the loops need 92 µs a token
//! where AVX2's need 197 in the same run (expected: half): products 78 (285 GOP/s in the plain ones), attention 8, rounding to fixed point 7, LayerNorm 1.
//! Four panels of weights at a time in place of two saved 7%.
//!
//! An AMD Zen 4 does `vpdpwssd` in two halves, one a cycle: 117 billion multiplications and additions a second and core were measured of nothing else. There, one
//! thread encodes 265 of the 2,000 sentences of `eval/peers` (31 tokens each) a second, and by `perf record` of `encode_rounds`:
//!
//! | stage | share |
//! | --- | --- |
//! | products, the innermost loop: at 99% of what the instruction can do | 76% |
//! | products, the rest: bias, GELU, writing | 10% |
//! | attention | 7% |
//! | rounding to fixed point | 4% |
//! | LayerNorm | 1% |
//!
//! So only fewer multiplications would help. Strassen's scheme takes seven where there are eight, and is exact in integers that wrap around: the sums of two
//! activations, and of two of this model's weights, still fit 16 bits. It was built on tiles of twice 6 rows and twice 16 columns, the seven operands packed
//! beforehand (expected: 10% less). Putting its results together and reading 7/4 as much took most of it: medians of three and five rounds in turn
//! 1.02 times as fast with AVX-512 and 0.97 with AVX2, each at its best width of feed-forward blocks; AVX2 has a quarter of the columns in a tile. It was not kept.
//!
//! ## AMX
//!
//! A tile product of bf16 ([`Precision::Bf16`] on Intel's matrix units) is 16,384 multiplications and additions in 16 cycles: 2.6 to 2.9 TFLOP/s a core were
//! measured of nothing else on a Xeon whose cores are lent by the thread, so 8 µs a token at the least. Of 23 µs a token that the loops need there (one thread,
//! 288 rows, passages of 27 tokens), products take 18 (1.0 to 1.4 TFLOP/s each, 1.2 together), attention 3, LayerNorm 1.3, rounding to bf16 0.4. In passages of
//! 192 tokens attention takes 10. Two threads encode 1,537 sentences a second (README), which is 48 µs a token and thread: the rest is embedding,
//! tokenizing and, when the host puts both threads on one core (one pair of 15 did), half a core each; how much of each was not measured.
//!
//! What was tried there, in µs a token, from a loop over the layers' kernels that is not kept (each line of one run; the machine's noise is 10% and more,
//! in bad moments all takes twice as long):
//!
//! | change | expected | measured |
//! | --- | --- | --- |
//! | bf16 from one product to the next, GELU and rounding while the next block is multiplied, attention on tiles | 17 | 43, of which attention 15.5 |
//! | no number under 2^-126 in softmax: each costs a hundred cycles | attention 3 | attention 6.5 |
//! | softmax with a mask, and nothing written over scores that do not count | attention 3 | attention 3.0 |
//! | a block's rows in one piece of memory, not 13 KB apart | products 16 | products 25 became 21 |
//! | rows loaded with the hint that they are not worth a place in the first cache | less | products 21 became 17 |
//! | the next panel's weights asked for while this one is multiplied | less | 25.4 became 24.6 |
//! | 288 rows at a time in place of 192 | 2 less | 24.2 became 23.0 |
//! | rows before panels; rows asked for a block ahead; a block finished one block later | less | nothing, or 1 more |
//!
//! Of a corpus of 474 reports, 0.5% of the sentences stand in a passage that came before. So passages are compared within a part of the work only, unless a
//! [`CachedEncoder`] is asked for.

mod cache;
mod kernels;
mod linear;
mod minilm;
mod tokenize;
#[cfg(feature = "torch")]
mod torch;
mod weights;
mod workers;

use std::ops::Range;
use std::sync::Arc;

pub use cache::CachedEncoder;
pub use kernels::instructions;
pub use linear::Precision;
pub use minilm::{Config, MiniLm};
#[cfg(feature = "torch")]
pub use torch::TorchBert;
pub use weights::to_f16;
#[cfg(feature = "torch")]
pub(crate) use {
    tokenize::Memory,
    torch::{ENCODER_GROUP, Tokens},
};

/// Consecutive texts that are encoded together, so that each sees its neighbours.
///
/// The encoder reads `[CLS] t0 [SEP] t1 [SEP] …`. A text's vector is the mean over its own tokens; the `[SEP]`
/// that closes a text is its own, and `[CLS]` belongs to the first. A passage of one text is thus pooled as
/// sentence-transformers pools it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Passage<'a> {
    /// The texts in their order.
    pub texts: Vec<&'a str>,
    /// Which of the texts want a vector.
    pub wanted: Range<usize>,
}

impl<'a> Passage<'a> {
    /// A passage of one text.
    pub fn single(text: &'a str) -> Self {
        Passage { texts: vec![text], wanted: 0..1 }
    }
}

/// The vector of one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// Unit length, [`Encoder::dimension`] numbers.
    pub vector: Vec<f32>,
    /// Whether the text was longer than [`Encoder::max_tokens`] and its end was not read.
    pub truncated: bool,
}

/// Turns passages into vectors.
pub trait Encoder: Send + Sync {
    /// Length of a vector.
    fn dimension(&self) -> usize;

    /// The most tokens of one passage that are read, `[CLS]` and `[SEP]` included.
    fn max_tokens(&self) -> usize;

    /// One embedding for each wanted text of each passage, in order.
    ///
    /// A passage's result does not depend on the other passages nor on `threads`.
    fn encode(&self, passages: &[Passage<'_>], threads: usize) -> Vec<Vec<Embedding>>;
}

macro_rules! encode_through {
    ($($pointer:ty),*) => {$(
        impl<E: Encoder + ?Sized> Encoder for $pointer {
            fn dimension(&self) -> usize {
                (**self).dimension()
            }

            fn max_tokens(&self) -> usize {
                (**self).max_tokens()
            }

            fn encode(&self, passages: &[Passage<'_>], threads: usize) -> Vec<Vec<Embedding>> {
                (**self).encode(passages, threads)
            }
        }
    )*};
}

encode_through!(&E, Arc<E>);
