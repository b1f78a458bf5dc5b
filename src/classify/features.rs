//! What the heads read of a sentence: its vector, encoded with the surroundings that the bundle's [`Context`] names.

use std::collections::HashMap;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::encode::{Encoder, Passage};
use crate::ingest::HEADING_JOIN;

/// Which surroundings the encoder reads with a sentence.
///
/// Chosen by measurement (`models/EXPERIMENTS.md`): a sentence such as "This means that many wait." cannot be judged
/// without the one before it, and the heading tells what "they" are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    /// None: the sentence alone.
    Alone,
    /// One passage of the lowest heading, the sentence before and the sentence, each where there is one; pooled over
    /// the sentence's own tokens.
    Passage,
}

/// A sentence to be judged, with what is known of its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Item<'a> {
    /// The sentence.
    pub sentence: &'a str,
    /// The sentence before it in the letter, where there is one and it is known.
    pub previous: Option<&'a str>,
    /// The headings above it, joined by " > "; empty where unknown.
    pub heading: &'a str,
}

impl<'a> Item<'a> {
    /// What the encoder reads for this sentence; the sentence is its last text and the only one wanted.
    pub fn passage(&self, context: Context) -> Passage<'a> {
        let mut texts = Vec::with_capacity(3);
        if context == Context::Passage {
            let lowest = self.heading.rsplit(HEADING_JOIN).next().unwrap_or_default();
            let around = [Some(lowest), self.previous];
            texts.extend(around.into_iter().flatten().filter(|text| !text.trim().is_empty()));
        }
        texts.push(self.sentence);
        let last = texts.len() - 1;
        Passage { texts, wanted: last..last + 1 }
    }
}

/// Feature rows of items.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// One row an item, as long as the encoder's vectors.
    pub rows: Array2<f32>,
    /// For each item whether its sentence was too long to be read to its end.
    pub truncated: Vec<bool>,
}

/// Encodes `items` in `context`, each different passage once, and lays the vectors out as feature rows.
pub fn features(encoder: &dyn Encoder, context: Context, items: &[Item<'_>], threads: usize) -> Features {
    let mut passages: Vec<Passage<'_>> = Vec::new();
    let mut known: HashMap<Passage<'_>, usize> = HashMap::new();
    let places: Vec<usize> = items
        .iter()
        .map(|item| {
            let passage = item.passage(context);
            *known.entry(passage).or_insert_with_key(|passage| {
                passages.push(passage.clone());
                passages.len() - 1
            })
        })
        .collect();
    let embeddings: Vec<_> = encoder.encode(&passages, threads).into_iter().flatten().collect();
    let mut rows = Array2::zeros((items.len(), encoder.dimension()));
    for (mut row, &place) in rows.outer_iter_mut().zip(&places) {
        row.iter_mut().zip(&embeddings[place].vector).for_each(|(to, from)| *to = *from);
    }
    Features { rows, truncated: places.iter().map(|&place| embeddings[place].truncated).collect() }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::encode::Embedding;

    /// A vector of one number: the length in bytes of the wanted text. Counts the passages that it is given.
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
    fn a_passage_is_lowest_heading_previous_and_sentence_as_far_as_they_are_there() {
        let texts = |heading, previous| {
            let passage = Item { sentence: "s", previous, heading }.passage(Context::Passage);
            assert_eq!(passage.wanted, passage.texts.len() - 1..passage.texts.len());
            passage.texts
        };
        assert_eq!(texts("Findings > Strengths", Some("p")), ["Strengths", "p", "s"]);
        assert_eq!(texts("Findings", None), ["Findings", "s"]);
        assert_eq!(texts("", Some(" ")), ["s"]);
        let item = Item { sentence: "s", previous: Some("p"), heading: "h" };
        assert_eq!(item.passage(Context::Alone), Passage::single("s"));
    }

    #[test]
    fn a_passage_that_comes_twice_is_encoded_once() {
        let item = |sentence, previous| Item { sentence, previous, heading: "" };
        let items = [item("bb", Some("a")), item("ccccc", None), item("bb", Some("a")), item("bb", None)];
        let encoder = Lengths::default();
        let got = features(&encoder, Context::Passage, &items, 1);
        assert_eq!(got.rows, ndarray::array![[2.0], [5.0], [2.0], [2.0]]);
        assert_eq!(got.truncated, [false, true, false, false]);
        assert_eq!(encoder.0.into_inner(), 3);
    }
}
