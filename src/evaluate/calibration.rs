//! Whether the model is as sure as it is right, and how right it is where it is sure.
//!
//! *Calibration.* Sentences are put into [`BINS`] bins of equal width by the score of the polarity that the model gives;
//! a score on a bound belongs to the bin under it. The expected calibration error (Naeini, Cooper and Hauskrecht, 2015)
//! is the mean distance between a bin's mean score and its share of right polarities, weighted by its sentences.
//! It is over nought for a perfect model too, and the more so the fewer the sentences; so the value that a perfectly
//! calibrated model would stay under nineteen times in twenty stands beside it (consistency resampling: Bröcker and
//! Smith, 2007).
//!
//! *Risk and coverage* (El-Yaniv and Wiener, 2010). When only the sentences of which the model is surest are kept, what
//! share of them is right? Sentences without an answer have no score and stand in neither.

use std::collections::BTreeMap;

use serde::Serialize;

use super::shares::share;
use super::{Answer, LETTERS_TO_DRAW, Row};
use crate::dataset::Example;
use crate::interval::{Estimate, Interval, RESAMPLES, Random, SEED, bootstrap};

/// How many bins the scores are put into.
pub const BINS: usize = 10;

/// In how many steps the share of sentences kept goes up to all.
const STEPS: usize = 20;

/// How sure the model is, against how right it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Sentences with an answer.
    pub sentences: usize,
    /// The expected calibration error, from 0 to 1. Resampling inflates it, so that the interval leans upwards.
    pub error: Estimate,
    /// The error that a perfectly calibrated model would stay under nineteen times in twenty over these scores.
    pub by_chance: Option<f64>,
    /// The bins, from the least sure.
    pub bins: Vec<Bin>,
}

/// Sentences of about the same score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bin {
    /// Scores over this (the first bin holds 0 too).
    pub over: f64,
    /// Scores up to this.
    pub up_to: f64,
    /// How many sentences.
    pub sentences: u64,
    /// Their mean score; `None` where there are none.
    pub mean_score: Option<f64>,
    /// The share whose polarity is right.
    pub right: Estimate,
}

/// What is right among the sentences of which the model is surest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coverage {
    /// For more and more sentences kept, up to all.
    pub points: Vec<Kept>,
    /// The sentences that the model does not mark as `needs_review`; `None` where it marks all.
    pub unmarked: Option<Kept>,
}

/// Some of the sentences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Kept {
    /// The share of sentences that is kept.
    pub share: f64,
    /// The least score among them.
    pub least_score: f64,
    /// How many they are.
    pub sentences: usize,
    /// The share whose polarity is right.
    pub polarity: Estimate,
    /// The share whose polarity is right and whose main theme is among the labelled.
    pub polarity_and_theme: Estimate,
}

/// Scores in billionths, so that sums do not depend on the order in which they are made.
const BILLION: f64 = 1e9;

/// Sentences of a bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Filled {
    sentences: u64,
    right: u64,
    billionths: u64,
}

type Filling = [Filled; BINS];

/// How well the scores of the answers hold; `None` where there are no answers.
pub fn calibration(rows: &[Row]) -> Option<Calibration> {
    let answered = answered(rows);
    if answered.is_empty() {
        return None;
    }
    let mut letters: BTreeMap<&str, Filling> = BTreeMap::new();
    let mut sentences = Vec::with_capacity(answered.len());
    for (example, answer) in &answered {
        let mut filling = Filling::default();
        let score = f64::from(answer.polarity_score);
        filling[bin_of(score)] =
            Filled { sentences: 1, right: u64::from(right(example, answer)), billionths: (score * BILLION) as u64 };
        add(letters.entry(&example.letter).or_default(), &filling);
        sentences.push(filling);
    }
    let mut units: Vec<Filling> =
        if letters.len() >= LETTERS_TO_DRAW { letters.into_values().collect() } else { sentences };
    units.sort_unstable();
    let total = sum(units.iter());
    let value = expected_error(&total);
    let drawn = bootstrap(units.len(), 1, SEED, |drawn| vec![expected_error(&sum(drawn.iter().map(|&i| &units[i])))]);
    // The bootstrap of an error that cannot be negative lies above it; the interval still has to hold the value.
    let hold = |i: Interval| value.map_or(i, |v| i.hull(Interval { low: v, high: v }));
    let in_bin = |bin: usize| {
        answered
            .iter()
            .filter(move |(_, a)| bin_of(f64::from(a.polarity_score)) == bin)
            .map(|(e, a)| (&*e.letter, right(e, a)))
    };
    let bins = total.iter().enumerate().map(|(bin, filled)| Bin {
        over: bin as f64 / BINS as f64,
        up_to: (bin + 1) as f64 / BINS as f64,
        sentences: filled.sentences,
        mean_score: mean_score(filled),
        right: share(in_bin(bin)),
    });
    Some(Calibration {
        sentences: answered.len(),
        error: Estimate { value, interval: drawn.into_iter().flatten().next().map(hold) },
        by_chance: by_chance(&answered),
        bins: bins.collect(),
    })
}

/// What is right at each share kept; `None` where there are no answers.
pub fn coverage(rows: &[Row]) -> Option<Coverage> {
    let answered = answered(rows);
    let mut scores: Vec<f32> = answered.iter().map(|(_, a)| a.polarity_score).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    let kept = |keep: &dyn Fn(&Answer) -> bool| {
        let kept: Vec<_> = answered.iter().filter(|(_, a)| keep(a)).collect();
        let least = kept.iter().map(|(_, a)| a.polarity_score).min_by(f32::total_cmp)?;
        Some(Kept {
            share: kept.len() as f64 / answered.len() as f64,
            least_score: f64::from(least),
            sentences: kept.len(),
            polarity: share(kept.iter().map(|(e, a)| (&*e.letter, right(e, a)))),
            polarity_and_theme: share(kept.iter().map(|(e, a)| (&*e.letter, right(e, a) && theme_right(e, a)))),
        })
    };
    let at = |step: usize| {
        // Sentences of the same score are kept or left together.
        let least = scores.get((scores.len() * step).div_ceil(STEPS).checked_sub(1)?)?;
        kept(&|a| a.polarity_score >= *least)
    };
    let mut points: Vec<Kept> = (1..=STEPS).filter_map(at).collect();
    points.dedup_by_key(|kept| kept.sentences);
    (!points.is_empty()).then(|| Coverage { points, unmarked: kept(&|a| !a.needs_review) })
}

fn answered(rows: &[Row]) -> Vec<(&Example, &Answer)> {
    rows.iter().filter_map(|row| Some((&row.example, row.answer.as_ref()?))).collect()
}

fn right(example: &Example, answer: &Answer) -> bool {
    example.polarity == answer.polarity
}

fn theme_right(example: &Example, answer: &Answer) -> bool {
    answer.themes.first().is_some_and(|main| example.themes.contains(main))
}

/// The bin `(b/BINS, (b+1)/BINS]` that a score falls into.
fn bin_of(score: f64) -> usize {
    // A score that was computed as 0.8 in single precision is a little more.
    ((score * BINS as f64 - 1e-6).ceil().max(1.0) as usize).min(BINS) - 1
}

fn add(to: &mut Filling, other: &Filling) {
    for (mine, theirs) in to.iter_mut().zip(other) {
        mine.sentences += theirs.sentences;
        mine.right += theirs.right;
        mine.billionths += theirs.billionths;
    }
}

fn sum<'a>(fillings: impl Iterator<Item = &'a Filling>) -> Filling {
    fillings.fold(Filling::default(), |mut total, filling| {
        add(&mut total, filling);
        total
    })
}

fn mean_score(filled: &Filled) -> Option<f64> {
    (filled.sentences > 0).then(|| filled.billionths as f64 / BILLION / filled.sentences as f64)
}

fn expected_error(filling: &Filling) -> Option<f64> {
    let sentences = filling.iter().map(|f| f.sentences).sum::<u64>();
    let distance = |f: &Filled| (f.billionths as f64 / BILLION - f.right as f64).abs();
    (sentences > 0).then(|| filling.iter().map(distance).sum::<f64>() / sentences as f64)
}

/// The 95th percentile of the error where each answer is right with the probability that its score says.
fn by_chance(answered: &[(&Example, &Answer)]) -> Option<f64> {
    let mut scores: Vec<f32> = answered.iter().map(|(_, a)| a.polarity_score).collect();
    scores.sort_by(f32::total_cmp);
    let mut random = Random::new(SEED);
    let mut errors: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            let mut filling = Filling::default();
            for &score in &scores {
                let score = f64::from(score);
                let happens = (random.bits() >> 11) as f64 / (1u64 << 53) as f64;
                let filled = &mut filling[bin_of(score)];
                filled.sentences += 1;
                filled.right += u64::from(happens < score);
                filled.billionths += (score * BILLION) as u64;
            }
            expected_error(&filling)
        })
        .collect();
    errors.sort_by(f64::total_cmp);
    errors.get(RESAMPLES * 95 / 100).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::tests::row;
    use crate::taxonomy::Polarity::{Strength, Weakness};

    fn rows(scored: &[(f32, bool)]) -> Vec<Row> {
        let one = |&(score, right): &(f32, bool)| {
            row("a", "S.", if right { Strength } else { Weakness }, Some((Strength, score)))
        };
        scored.iter().map(one).collect()
    }

    #[test]
    fn the_error_by_hand() {
        // 0.95 and 0.95: half right; 0.65: right; |1.9 − 1| + |0.65 − 1| over three.
        let calibration = calibration(&rows(&[(0.95, true), (0.95, false), (0.65, true)])).unwrap();
        assert!((calibration.error.value.unwrap() - (0.9 + 0.35) / 3.0).abs() < 1e-6, "{}", calibration.error);
        let filled: Vec<_> =
            calibration.bins.iter().filter(|b| b.sentences > 0).map(|b| (b.up_to, b.sentences)).collect();
        assert_eq!(filled, [(0.7, 1), (1.0, 2)]);
        assert_eq!(calibration.bins[9].right.value, Some(0.5));
        assert!(calibration.bins[0].mean_score.is_none());
    }

    #[test]
    fn a_score_on_a_bound_belongs_under_it() {
        for (score, bin) in [(0.0, 0), (0.1, 0), (0.100_1, 1), (f64::from(0.7f32), 6), (f64::from(0.8f32), 7), (1.0, 9)]
        {
            assert_eq!(bin_of(score), bin, "{score}");
        }
    }

    #[test]
    fn a_calibrated_model_stays_under_what_chance_explains() {
        let calibrated: Vec<_> = (0..1_000).map(|i| (0.9, i % 10 != 0)).collect();
        let sure: Vec<_> = (0..1_000).map(|i| (0.99, i % 10 != 0)).collect();
        let (calibrated, sure) = (calibration(&rows(&calibrated)).unwrap(), calibration(&rows(&sure)).unwrap());
        assert!(calibrated.error.value < calibrated.by_chance, "{calibrated:?}");
        assert!(sure.error.value > sure.by_chance, "{sure:?}");
        let interval = calibrated.error.interval.unwrap();
        assert!(interval.low <= calibrated.error.value.unwrap() && calibrated.error.value.unwrap() <= interval.high);
    }

    #[test]
    fn the_surest_are_kept_first_and_equals_together() {
        let mut rows = rows(&[(0.9, true), (0.8, true), (0.8, false), (0.4, false)]);
        rows.push(row("a", "S.", Strength, None));
        let coverage = coverage(&rows).unwrap();
        let kept: Vec<_> = coverage.points.iter().map(|k| (k.sentences, k.polarity.value)).collect();
        assert_eq!(kept, [(1, Some(1.0)), (3, Some(2.0 / 3.0)), (4, Some(0.5))]);
        let unmarked = coverage.unmarked.unwrap();
        assert_eq!((unmarked.sentences, unmarked.share), (3, 0.75));
        assert!((unmarked.least_score - 0.8).abs() < 1e-6);
    }

    #[test]
    fn without_answers_there_is_nothing_to_say() {
        let rows = [row("a", "S.", Strength, None)];
        assert_eq!((calibration(&rows), coverage(&rows)), (None, None));
    }
}
