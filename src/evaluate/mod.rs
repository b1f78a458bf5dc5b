//! How well a model's answers agree with labels, and how sure that is.
//!
//! A [`Row`] is a labelled sentence with what the model says of it, either asked about the sentence or, end to end, by
//! [`match_findings`]. [`score`] compares; [`Report::of`] adds how well the model knows what it knows
//! ([`calibration`](fn@calibration), [`coverage`]), where it is good and where not ([`slices`](fn@slices)), and its worst
//! mistakes; [`ceiling`](fn@ceiling) says how far a second annotator agrees, [`compare`] what has changed since an
//! earlier run, [`gate`] pass, fail or cannot tell; [`report`] prints it all.

mod answer;
pub mod baselines;
pub mod behaviour;
mod calibration;
mod ceiling;
mod comparison;
pub mod counts;
pub mod diff;
pub mod external;
pub mod findings;
pub mod gate;
mod leakage;
mod letters;
pub mod measures;
pub mod metrics;
mod mistakes;
pub mod report;
mod rows;
mod shares;
mod slices;
mod tally;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::classify::Judgement;
use crate::dataset::Example;
use crate::error::{Error, ErrorKind, Result};
use crate::interval::{self, Estimate, SEED};
use crate::taxonomy::{Polarity, Taxonomy};

pub use answer::Answer;
pub use calibration::{BINS, Bin, Calibration, Coverage, Kept, calibration, coverage};
pub use ceiling::{Annotator, Ceiling, SecondLabels, ceiling};
pub use comparison::{Change, Comparison, Recorded, RecordedAnswer, compare};
pub use leakage::{Leakage, Part, PartScores, leakage};
pub use letters::{EndToEnd, letter_key, match_findings};
pub use metrics::Score;
pub use mistakes::{CONFUSED, ConfusedThemes, Mistake, MistakeKind, WORST, confused_themes, worst};
pub use report::{Cell, Report, Section};
pub use rows::{Row, only_letters};
pub use slices::{Dimension, SHOWN_SCORES, Slice, TOO_SMALL, slices};
pub use tally::{LabelCounts, Tally};

/// From how many letters on the bootstrap draws letters; under it, sentences.
///
/// The sentences of a letter resemble each other, so that letters should be drawn; but a draw from very few letters
/// hardly varies and would give intervals that are far too narrow.
pub const LETTERS_TO_DRAW: usize = 5;

/// The scores of a model over some labelled sentences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// How many sentences were compared.
    pub sentences: usize,
    /// How many letters they come from; sentences without a letter count as one more.
    pub letters: usize,
    /// What the intervals treat as independent.
    pub drawn: Unit,
    /// The summary scores, in the order of [`Score::ALL`].
    #[serde(serialize_with = "by_id")]
    pub scores: Vec<(Score, Estimate)>,
    /// Sentences by labelled polarity (rows) and the model's (columns), in the order of [`Polarity::ALL`].
    pub confusion: [[u64; 4]; 4],
    /// Sentences without an answer, by labelled polarity. They count as wrong.
    pub missed: [u64; 4],
    /// One row for each polarity.
    pub polarities: Vec<LabelScores>,
    /// One row for each theme of the taxonomy, in its order.
    pub themes: Vec<LabelScores>,
}

/// What a bootstrap draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Whole letters.
    Letter,
    /// Single sentences.
    Sentence,
}

/// The scores of one label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelScores {
    /// The label's identifier.
    pub label: String,
    /// How many sentences have it by the labels.
    pub support: u64,
    /// How many sentences have it by the model.
    pub predicted: u64,
    /// Of those that the model gives, the share that is right.
    pub precision: Estimate,
    /// Of those that the labels give, the share that the model finds.
    pub recall: Estimate,
    /// The harmonic mean of the two.
    pub f1: Estimate,
}

impl Evaluation {
    /// A summary score.
    pub fn score(&self, score: Score) -> Estimate {
        self.scores.iter().find(|(s, _)| *s == score).map(|(_, estimate)| *estimate).unwrap_or_default()
    }
}

fn by_id<S: serde::Serializer>(scores: &[(Score, Estimate)], serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_map(scores.iter().map(|(score, estimate)| (score.id(), estimate)))
}

/// Scores `judgements`, one for each of `examples` and in their order, against the examples' labels: see [`score`].
///
/// # Errors
/// When there are no examples, not as many judgements as examples, or a theme is not the taxonomy's.
pub fn evaluate(examples: &[Example], judgements: &[Judgement], taxonomy: &Taxonomy) -> Result<Evaluation> {
    if examples.len() != judgements.len() {
        let message = format!("{} sentences but {} judgements", examples.len(), judgements.len());
        return Err(Error::new(ErrorKind::Data, message));
    }
    let answers: Vec<Answer> = judgements.iter().map(Answer::from).collect();
    let pairs: Vec<Pair<'_>> = examples.iter().zip(answers.iter().map(Some)).collect();
    score(&pairs, taxonomy)
}

/// A labelled sentence and what a model, or a second annotator, says of it; `None` where nothing is said.
pub type Pair<'a> = (&'a Example, Option<&'a Answer>);

/// Scores answers against labels.
///
/// Shares of sentences have Wilson's interval, all other scores a bootstrap interval over [`RESAMPLES`] draws. From
/// [`LETTERS_TO_DRAW`] letters on the bootstrap draws letters, and a share's interval is widened to hold the bootstrap's.
/// A score of exactly 0 or 1, which no draw can change, has the interval of as many hits among the sentences of its
/// rarest label: nothing is certain because a sample is small. The result does not depend on the pairs' order.
///
/// [`RESAMPLES`]: crate::interval::RESAMPLES
///
/// # Errors
/// When there are no pairs, or a theme is not the taxonomy's.
pub fn score(pairs: &[Pair<'_>], taxonomy: &Taxonomy) -> Result<Evaluation> {
    check(pairs, taxonomy)?;
    let mut letters: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut sentences = Vec::with_capacity(pairs.len());
    for &(example, answer) in pairs {
        let tally = Tally::of(example, answer, taxonomy);
        letters.entry(&example.letter).or_insert_with(|| Tally::empty(taxonomy.len())).add(&tally);
        sentences.push(tally);
    }
    let letter_count = letters.len();
    let (drawn, mut units) = match letter_count >= LETTERS_TO_DRAW {
        true => (Unit::Letter, letters.into_values().collect()),
        false => (Unit::Sentence, sentences),
    };
    units.sort_unstable();
    let total = sum(&units, 0..units.len(), taxonomy.len());

    let values = everything(&total);
    let intervals = interval::bootstrap(units.len(), values.len(), SEED, |indices| {
        everything(&sum(&units, indices.iter().copied(), taxonomy.len()))
    });
    let mut bootstrapped = intervals.into_iter();
    let mut next = |value: Option<f64>, thinnest: u64, hits: Option<(u64, u64)>| {
        let interval = bootstrapped.next().flatten();
        estimate(value, interval, thinnest, hits, drawn)
    };

    let scores = Score::ALL.map(|score| {
        let hits = score.hits(&total).map(|hits| (hits, total.sentences));
        (score, next(score.of(&total), score.thinnest(&total), hits))
    });
    let mut label = |label: &str, counts: LabelCounts| LabelScores {
        label: label.to_owned(),
        support: counts.gold,
        predicted: counts.predicted,
        precision: next(metrics::precision(counts), counts.predicted, Some((counts.both, counts.predicted))),
        recall: next(metrics::recall(counts), counts.gold, Some((counts.both, counts.gold))),
        f1: next(metrics::f1(counts), counts.gold.max(counts.predicted), None),
    };
    let polarities = Polarity::ALL.iter().map(|p| label(p.id(), total.polarity(p.index()))).collect();
    let themes = taxonomy.ids().map(|t| label(&taxonomy.theme(t).id, total.themes[usize::from(t.0)])).collect();
    Ok(Evaluation {
        sentences: pairs.len(),
        letters: letter_count,
        drawn,
        scores: scores.to_vec(),
        confusion: total.confusion,
        missed: total.missed,
        polarities,
        themes,
    })
}

fn check(pairs: &[Pair<'_>], taxonomy: &Taxonomy) -> Result<()> {
    let bad = |message: String| Err(Error::new(ErrorKind::Data, message));
    if pairs.is_empty() {
        return bad("no labelled sentences to evaluate on".to_owned());
    }
    let themes = pairs.iter().flat_map(|(e, a)| e.themes.iter().chain(a.iter().flat_map(|a| &a.themes)));
    match { themes }.find(|theme| usize::from(theme.0) >= taxonomy.len()) {
        Some(theme) => bad(format!(
            "theme {} is none of the taxonomy {:?}; labels and model must use the same taxonomy",
            theme.0, taxonomy.name
        )),
        None => Ok(()),
    }
}

fn sum(units: &[Tally], indices: impl Iterator<Item = usize>, themes: usize) -> Tally {
    let mut total = Tally::empty(themes);
    indices.for_each(|i| total.add(&units[i]));
    total
}

/// Every score of an evaluation, in the order in which [`evaluate`] takes them up.
fn everything(tally: &Tally) -> Vec<Option<f64>> {
    let labels = (0..tally::POLARITIES).map(|i| tally.polarity(i)).chain(tally.themes.iter().copied());
    let of_label = |c| [metrics::precision(c), metrics::recall(c), metrics::f1(c)];
    Score::ALL.iter().map(|score| score.of(tally)).chain(labels.flat_map(of_label)).collect()
}

/// A score with the interval that [`evaluate`] promises.
fn estimate(
    value: Option<f64>,
    bootstrapped: Option<interval::Interval>,
    thinnest: u64,
    hits: Option<(u64, u64)>,
    drawn: Unit,
) -> Estimate {
    let Some(value) = value else { return Estimate::default() };
    let widened = |i: interval::Interval| bootstrapped.map_or(i, |b| i.hull(b));
    let interval = match hits {
        Some((hits, trials)) => {
            let wilson = interval::wilson(hits as f64, trials as f64);
            Some(if drawn == Unit::Letter { widened(wilson) } else { wilson })
        }
        None if value == 0.0 || value == 1.0 => {
            Some(widened(interval::wilson(value * thinnest as f64, thinnest as f64)))
        }
        None => bootstrapped,
    };
    Estimate { value: Some(value), interval }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::tests::example;
    use crate::taxonomy::ThemeId;

    /// A row with this label and this answer, the answer's score given.
    pub(super) fn row(letter: &str, sentence: &str, gold: Polarity, answer: Option<(Polarity, f32)>) -> Row {
        let mut row = Row::new(Example { polarity: gold, ..example(letter, sentence) });
        row.answer = answer.map(|(polarity, polarity_score)| Answer {
            polarity,
            polarity_score,
            themes: vec![ThemeId(0)],
            needs_review: polarity_score < 0.5,
        });
        row
    }

    #[test]
    fn a_sentence_without_an_answer_counts_as_wrong() {
        let rows = [
            row("a", "One.", Polarity::Strength, Some((Polarity::Strength, 0.9))),
            row("a", "Two.", Polarity::Weakness, None),
        ];
        let pairs: Vec<Pair<'_>> = rows.iter().map(Row::pair).collect();
        let evaluation = score(&pairs, &Taxonomy::default()).unwrap();
        for shared in [Score::PolarityAccuracy, Score::MainThemeInSet, Score::ThemeExactMatch] {
            assert_eq!(evaluation.score(shared).value, Some(0.5), "{}", shared.id());
        }
        assert_eq!(evaluation.missed, [0, 1, 0, 0]);
        assert_eq!(evaluation.themes[0].recall.value, Some(0.5));
    }
}
