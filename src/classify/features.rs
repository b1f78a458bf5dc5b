//! What the heads read of a sentence: its vector, encoded with the surroundings that the bundle's [`Context`] names.

use std::collections::HashMap;
use std::ops::Range;

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
    /// The same, but the sentences that [follow](Item::follows) it come in the same passage, up to [`SECTION_BYTES`]:
    /// each sees those around it, and heading and sentence before are computed once for all of them. It is how
    /// sequential sentence classification reads (Cohan and others, 2019).
    Section,
}

/// How long the texts of a passage of several sentences may be together, in bytes: 190 tokens of a letter's English, a
/// quarter less than the encoder reads at once.
pub const SECTION_BYTES: usize = 1_000;

/// A sentence to be judged, with what is known of its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Item<'a> {
    /// The sentence.
    pub sentence: &'a str,
    /// The sentence before it in the letter, where there is one and it is known.
    pub previous: Option<&'a str>,
    /// The headings above it, joined by " > "; empty where unknown.
    pub heading: &'a str,
    /// Whether it stands in the letter right after the item before it, under the same headings.
    pub follows: bool,
}

impl<'a> Item<'a> {
    /// What the encoder reads for this sentence; the sentence is its last text and the only one wanted.
    pub fn passage(&self, context: Context) -> Passage<'a> {
        let mut texts = Vec::with_capacity(3);
        if context != Context::Alone {
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

/// Consecutive items that are encoded together.
#[derive(Debug, Clone, PartialEq)]
pub struct Together<'a> {
    /// What the encoder reads; a vector is wanted of each item.
    pub passage: Passage<'a>,
    /// Their places.
    pub items: Range<usize>,
}

/// Divides `items`, in order, into what is encoded together in `context`.
///
/// How the items of a section are divided depends on them alone, not on what stands before or after the section.
pub fn together<'a>(items: &[Item<'a>], context: Context) -> Vec<Together<'a>> {
    let mut divided: Vec<Together<'a>> = Vec::new();
    let mut bytes = 0;
    for (at, item) in items.iter().enumerate() {
        let joins = context == Context::Section && item.follows && bytes + item.sentence.len() <= SECTION_BYTES;
        match divided.last_mut() {
            Some(open) if joins => {
                open.passage.texts.push(item.sentence);
                open.passage.wanted.end += 1;
                open.items.end += 1;
                bytes += item.sentence.len();
            }
            _ => {
                let passage = item.passage(context);
                bytes = passage.texts.iter().map(|text| text.len()).sum();
                divided.push(Together { passage, items: at..at + 1 });
            }
        }
    }
    divided
}

/// Encodes `items` in `context`, each different passage once, and lays the vectors out as feature rows.
pub fn features(encoder: &dyn Encoder, context: Context, items: &[Item<'_>], threads: usize) -> Features {
    encode(encoder, &together(items, context), threads)
}

/// The feature rows of items that were divided.
pub(super) fn encode(encoder: &dyn Encoder, divided: &[Together<'_>], threads: usize) -> Features {
    let mut passages: Vec<Passage<'_>> = Vec::new();
    let mut known: HashMap<&Passage<'_>, usize> = HashMap::new();
    let places: Vec<usize> = divided
        .iter()
        .map(|part| {
            *known.entry(&part.passage).or_insert_with(|| {
                passages.push(part.passage.clone());
                passages.len() - 1
            })
        })
        .collect();
    let encoded = encoder.encode(&passages, threads);
    let embeddings = places.iter().flat_map(|&place| &encoded[place]);
    let count = divided.iter().map(|part| part.items.len()).sum();
    let mut features = Features { rows: Array2::zeros((count, encoder.dimension())), truncated: Vec::new() };
    for (mut row, embedding) in features.rows.outer_iter_mut().zip(embeddings) {
        row.iter_mut().zip(&embedding.vector).for_each(|(to, from)| *to = *from);
        features.truncated.push(embedding.truncated);
    }
    features
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
            let passage = Item { sentence: "s", previous, heading, follows: false }.passage(Context::Passage);
            assert_eq!(passage.wanted, passage.texts.len() - 1..passage.texts.len());
            passage.texts
        };
        assert_eq!(texts("Findings > Strengths", Some("p")), ["Strengths", "p", "s"]);
        assert_eq!(texts("Findings", None), ["Findings", "s"]);
        assert_eq!(texts("", Some(" ")), ["s"]);
        let item = Item { sentence: "s", previous: Some("p"), heading: "h", follows: false };
        assert_eq!(item.passage(Context::Alone), Passage::single("s"));
    }

    #[test]
    fn a_passage_that_comes_twice_is_encoded_once() {
        let item = |sentence, previous| Item { sentence, previous, ..Item::default() };
        let items = [item("bb", Some("a")), item("ccccc", None), item("bb", Some("a")), item("bb", None)];
        let encoder = Lengths::default();
        let got = features(&encoder, Context::Passage, &items, 1);
        assert_eq!(got.rows, ndarray::array![[2.0], [5.0], [2.0], [2.0]]);
        assert_eq!(got.truncated, [false, true, false, false]);
        assert_eq!(encoder.0.into_inner(), 3);
    }

    #[test]
    fn sentences_that_follow_each_other_share_a_passage_as_far_as_it_goes() {
        let item = |sentence, previous, follows| Item { sentence, previous, heading: "Findings > Strengths", follows };
        let long = "x".repeat(SECTION_BYTES - "Strengthsab".len());
        let items = [
            item("a", None, false),
            item("b", Some("a"), true),
            item(&long, Some("b"), true),
            item("c", Some(&long), true),
            item("d", Some("e"), false),
        ];
        let divided = together(&items, Context::Section);
        let shape: Vec<_> = divided.iter().map(|part| (&part.passage.texts[..], part.passage.wanted.clone())).collect();
        assert_eq!(
            shape,
            [
                (&["Strengths", "a", "b", &long][..], 1..4),
                (&["Strengths", &long, "c"][..], 2..3),
                (&["Strengths", "e", "d"][..], 2..3)
            ]
        );
        assert_eq!(divided.iter().map(|part| part.items.clone()).collect::<Vec<_>>(), [0..3, 3..4, 4..5]);
        assert!(together(&items, Context::Passage).iter().all(|part| part.items.len() == 1));
    }

    #[test]
    fn a_passage_of_several_gives_a_row_each() {
        let item = |sentence, follows| Item { sentence, follows, ..Item::default() };
        let items = [item("a", false), item("bb", true), item("ccccc", true), item("a", false), item("bb", true)];
        let encoder = Lengths::default();
        let got = features(&encoder, Context::Section, &items, 1);
        assert_eq!(got.rows, ndarray::array![[1.0], [2.0], [5.0], [1.0], [2.0]]);
        assert_eq!(got.truncated, [false, false, true, false, false]);
        assert_eq!(encoder.0.into_inner(), 2);
    }
}
