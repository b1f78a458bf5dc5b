//! Texts to vectors: the [`Encoder`] trait and its implementation.
//!
//! The encoder knows passages (texts in order, and which of them are wanted) and no documents.
//!
//! # Where the time goes
//!
//! A token costs 21.2 million operations in the large products, a sentence of 27 tokens 0.57 billion. On one core of
//! an AMD Zen 3 the fixed-point product alone reaches 145 GOP/s: 250 sentences a second and core, were there nothing
//! else. Shares of the time of 2,000 real sentences in [`Precision::Fixed16`] (26.8 tokens on average, one thread),
//! beside the shares of the operations in the large products:
//!
//! | stage | operations | time |
//! | --- | --- | --- |
//! | query, key, value | 25% | 22% |
//! | attention's output | 8% | 7% |
//! | feed-forward in, with GELU | 33% | 30% |
//! | feed-forward back | 33% | 30% |
//! | attention | | 7% |
//! | rounding to fixed point | | 3% |
//! | LayerNorm | | 1% |
//! | tokens and embedding | | 1% |
//!
//! The times come from a busy machine: they tell shares, not sentences a second.

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
