//! What the heads read of a sentence: its vector, and with it the surroundings that the bundle's [`Context`] names.
//!
//! Chosen by measurement on frozen vectors of the base model (`models/EXPERIMENTS.md`, letters not trained on): the
//! sentence's vector followed by that of the sentence before it. It costs one encoding a sentence, because the
//! sentence before is a sentence of the letter too and is encoded anyway. Where there is none, its half is zeros.

use std::collections::HashMap;

use ndarray::{Array2, s};
use serde::{Deserialize, Serialize};

use crate::encode::{Encoder, Passage};

/// Which surroundings the heads of a bundle read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    /// The sentence's vector alone.
    Alone,
    /// The sentence's vector, then the vector of the sentence before it or zeros.
    Previous,
}

impl Context {
    /// Length of a feature row over vectors of `dimension` numbers.
    pub fn width(self, dimension: usize) -> usize {
        match self {
            Context::Alone => dimension,
            Context::Previous => 2 * dimension,
        }
    }
}

/// A sentence to be judged, with what is known of its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Item<'a> {
    /// The sentence.
    pub sentence: &'a str,
    /// The sentence before it in the letter, where there is one and it is known.
    pub previous: Option<&'a str>,
    /// The headings above it, joined by " > "; empty where unknown.
    pub heading: &'a str,
}

/// Feature rows of items.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// One row an item, [`Context::width`] numbers.
    pub rows: Array2<f32>,
    /// For each item whether its sentence was too long to be read to its end.
    pub truncated: Vec<bool>,
}

/// Encodes the texts that `items` need, each different text once, and lays the vectors out as feature rows.
pub fn features(encoder: &dyn Encoder, context: Context, items: &[Item<'_>], threads: usize) -> Features {
    let mut texts = Texts::default();
    let places: Vec<(usize, Option<usize>)> = items
        .iter()
        .map(|item| {
            let previous = match context {
                Context::Alone => None,
                Context::Previous => item.previous.filter(|p| !p.trim().is_empty()),
            };
            (texts.place(item.sentence), previous.map(|p| texts.place(p)))
        })
        .collect();
    let passages: Vec<Passage<'_>> = texts.list.iter().map(|text| Passage::single(text)).collect();
    let embeddings: Vec<_> = encoder.encode(&passages, threads).into_iter().flatten().collect();

    let dimension = encoder.dimension();
    let mut rows = Array2::zeros((items.len(), context.width(dimension)));
    for (mut row, &(sentence, previous)) in rows.outer_iter_mut().zip(&places) {
        let mut put = |half: usize, text: usize| {
            let into = row.slice_mut(s![half * dimension..(half + 1) * dimension]);
            for (to, from) in into.into_iter().zip(&embeddings[text].vector) {
                *to = *from;
            }
        };
        put(0, sentence);
        if let Some(previous) = previous {
            put(1, previous);
        }
    }
    Features { rows, truncated: places.iter().map(|&(sentence, _)| embeddings[sentence].truncated).collect() }
}

/// Different texts in the order in which they were first asked for.
#[derive(Default)]
struct Texts<'a> {
    list: Vec<&'a str>,
    places: HashMap<&'a str, usize>,
}

impl<'a> Texts<'a> {
    fn place(&mut self, text: &'a str) -> usize {
        *self.places.entry(text).or_insert_with(|| {
            self.list.push(text);
            self.list.len() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::encode::Embedding;

    /// A vector of one number: the text's length in bytes. Counts the passages that it is given.
    #[derive(Default)]
    struct Lengths(AtomicUsize);

    impl Encoder for Lengths {
        fn dimension(&self) -> usize {
            1
        }

        fn max_tokens(&self) -> usize {
            4
        }

        fn encode(&self, passages: &[Passage<'_>], _threads: usize) -> Vec<Vec<Embedding>> {
            self.0.fetch_add(passages.len(), Ordering::Relaxed);
            let one = |text: &&str| Embedding { vector: vec![text.len() as f32], truncated: text.len() > 4 };
            passages.iter().map(|p| p.texts[p.wanted.clone()].iter().map(one).collect()).collect()
        }
    }

    #[test]
    fn neighbours_are_encoded_once_and_absent_ones_are_zeros() {
        let item = |sentence, previous| Item { sentence, previous, heading: "" };
        let items = [item("a", None), item("bb", Some("a")), item("ccccc", Some("bb")), item("a", Some(" "))];
        let encoder = Lengths::default();
        let got = features(&encoder, Context::Previous, &items, 1);
        assert_eq!(got.rows, ndarray::array![[1.0, 0.0], [2.0, 1.0], [5.0, 2.0], [1.0, 0.0]]);
        assert_eq!(got.truncated, [false, false, true, false]);
        assert_eq!(encoder.0.into_inner(), 3);
    }

    #[test]
    fn context_alone_encodes_no_neighbour() {
        let encoder = Lengths::default();
        let items = [Item { sentence: "a", previous: Some("bb"), heading: "" }];
        assert_eq!(features(&encoder, Context::Alone, &items, 1).rows, ndarray::array![[1.0]]);
        assert_eq!(encoder.0.into_inner(), 1);
    }
}
