//! Why the model may have said so: every score of a sentence, and the labelled sentences nearest to it.
//!
//! The vectors are those that the heads read: the sentence with its heading and the sentence before it, as far as they are
//! known. So a neighbour is a sentence that the model sees as alike, not one that a person would call alike. The labels are
//! the user's: a model carries hashes of its training sentences and no text.

use ndarray::Axis;

use crate::classify::{Bundle, Context, Item, sigmoid, softmax, together};
use crate::dataset::{Example, letters_and_digits};
use crate::encode::{CachedEncoder, Passage};
use crate::error::Result;
use crate::taxonomy::{Polarity, ThemeId};
use crate::vectors::{Near, Vectors};

/// What is to be said of one sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Calibrated probabilities in the order of [`Polarity::ALL`].
    pub polarity_scores: [f32; 4],
    /// Every theme with its probability, likeliest first.
    pub theme_scores: Vec<ThemeScore>,
    /// Under this probability of the polarity a finding is marked for review.
    pub review_cut: f32,
    /// The labelled sentences nearest to it, nearest first.
    pub neighbours: Vec<Neighbour>,
}

/// A theme's score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThemeScore {
    /// The theme.
    pub theme: ThemeId,
    /// Its probability.
    pub score: f32,
    /// The probability from which it joins a set.
    pub threshold: f32,
}

/// A labelled sentence near to the one that is explained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Its place among the labelled sentences.
    pub example: usize,
    /// Cosine of the two vectors, from -1 to 1.
    pub similarity: f32,
    /// Whether it is the same sentence; it has no vote.
    pub same: bool,
}

impl Explanation {
    /// How many of the neighbours have each polarity, in the order of [`Polarity::ALL`].
    pub fn polarity_votes(&self, examples: &[Example]) -> [usize; 4] {
        let mut votes = [0; 4];
        self.voters().for_each(|n| votes[examples[n.example].polarity.index()] += 1);
        votes
    }

    /// How many of the neighbours have each theme, most first; themes without a vote are left out.
    pub fn theme_votes(&self, examples: &[Example]) -> Vec<(ThemeId, usize)> {
        let mut votes: Vec<(ThemeId, usize)> = self.theme_scores.iter().map(|t| (t.theme, 0)).collect();
        for theme in self.voters().flat_map(|n| &examples[n.example].themes) {
            votes.iter_mut().filter(|(id, _)| id == theme).for_each(|(_, n)| *n += 1);
        }
        votes.retain(|(_, n)| *n > 0);
        votes.sort_by_key(|(id, n)| (std::cmp::Reverse(*n), *id));
        votes
    }

    /// The likeliest polarity.
    pub fn polarity(&self) -> Polarity {
        Polarity::ALL[crate::classify::argmax(&self.polarity_scores)]
    }

    fn voters(&self) -> impl Iterator<Item = &Neighbour> {
        self.neighbours.iter().filter(|n| !n.same)
    }
}

fn labelled(example: &Example) -> Item<'_> {
    let previous = Some(example.previous.as_str()).filter(|text| !text.is_empty());
    Item { sentence: &example.sentence, previous, heading: &example.heading, ..Item::default() }
}

/// A sentence in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed<'a> {
    /// The sentences of its letter in order, or what is known of them.
    pub items: &'a [Item<'a>],
    /// Which of them it is.
    pub at: usize,
}

/// What the encoder reads for the item at `at`, as it does when it judges all of them; that item alone is wanted.
fn passage<'a>(Placed { items, at }: Placed<'a>, context: Context) -> Passage<'a> {
    let whole = together(items, context).into_iter().find(|part| part.items.contains(&at));
    whole.map_or_else(
        || items[at].passage(context),
        |part| {
            let wanted = part.passage.wanted.start + at - part.items.start;
            Passage { wanted: wanted..wanted + 1, ..part.passage }
        },
    )
}

/// Explains a sentence. `encoder` is of the bundle's own files; `examples` may be none.
///
/// `most` neighbours vote; the same sentence, where it is labelled, stands beside them. `progress` is told how many of how
/// many sentences are encoded.
///
/// # Errors
/// [`crate::ErrorKind::Io`] when the encoder's cache cannot be written.
pub fn explain(
    sentence: Placed<'_>,
    bundle: &Bundle,
    examples: &[Example],
    most: usize,
    encoder: &CachedEncoder<'_>,
    threads: usize,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Explanation> {
    let context = bundle.manifest().context;
    let labelled = examples.iter().map(|example| labelled(example).passage(context));
    let passages: Vec<_> = std::iter::once(passage(sentence, context)).chain(labelled).collect();
    let vectors = Vectors::of(&passages, encoder, threads, &mut |done| progress(done, passages.len()))?;

    let (heads, calibration) = (bundle.heads(), &bundle.manifest().calibration);
    let row = vectors.at(0).insert_axis(Axis(0));
    let polarity_scores = softmax(heads.polarity.apply(row).row(0), calibration.temperature);
    let themes = heads.themes.apply(row);
    let mut theme_scores: Vec<ThemeScore> = (0..)
        .map(ThemeId)
        .zip(themes.row(0))
        .zip(&calibration.thresholds)
        .map(|((theme, &score), &threshold)| ThemeScore { theme, score: sigmoid(score), threshold })
        .collect();
    theme_scores.sort_by(|a, b| b.score.total_cmp(&a.score));

    let this = letters_and_digits(sentence.items[sentence.at].sentence);
    let is_same = |example: usize| letters_and_digits(&examples[example].sentence) == this;
    let mut votes = 0;
    let mut neighbours = Vec::new();
    for Near { place, similarity } in vectors.nearest(vectors.at(0), 1..vectors.len(), examples.len()) {
        let same = is_same(place - 1);
        if same || votes < most {
            votes += usize::from(!same);
            neighbours.push(Neighbour { example: place - 1, similarity, same });
        }
    }
    Ok(Explanation { polarity_scores, theme_scores, review_cut: calibration.review_cut, neighbours })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_read_in_its_section_and_wanted_alone() {
        let item = |sentence, previous, follows| Item { sentence, previous, heading: "Findings", follows };
        let items = [item("a", None, false), item("b", Some("a"), true), item("c", Some("b"), false)];
        let read = |at, context| {
            let passage = passage(Placed { items: &items, at }, context);
            (passage.texts, passage.wanted)
        };
        assert_eq!(read(1, Context::Section), (vec!["Findings", "a", "b"], 2..3));
        assert_eq!(read(0, Context::Section), (vec!["Findings", "a", "b"], 1..2));
        assert_eq!(read(2, Context::Section), (vec!["Findings", "b", "c"], 2..3));
        assert_eq!(read(1, Context::Passage), (vec!["Findings", "a", "b"], 2..3));
        assert_eq!(read(1, Context::Alone), (vec!["b"], 0..1));
    }
}
