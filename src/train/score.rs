//! How well held-out judgements agree with the labels: the four numbers that a bundle's manifest holds.

use super::Calibrated;
use crate::classify::{Judgement, Score};
use crate::interval::{Interval, bootstrap};
use crate::taxonomy::{Polarity, ThemeId};

const POLARITIES: usize = Polarity::ALL.len();

/// What one group of sentences adds to the scores.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    /// Right polarity by judged polarity.
    confusion: [[u32; POLARITIES]; POLARITIES],
    /// Sentences whose main judged theme is among the labelled ones.
    main_in_set: u32,
    /// Themes judged and labelled.
    both: u32,
    /// Themes judged, plus themes labelled.
    either: u32,
}

/// A judgement of a sentence on whose letter its model was not trained.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// What the model says.
    pub judgement: &'a Judgement,
    /// The labelled polarity.
    pub polarity: Polarity,
    /// The labelled themes.
    pub themes: &'a [ThemeId],
    /// The sentence's letter, as a number; letters are what the intervals draw.
    pub group: usize,
}

/// Polarity accuracy and macro-F1, main theme in the labelled set, and theme micro-F1, with bootstrap intervals over
/// groups. None where nothing was judged.
///
/// Macro-F1 is the mean over the polarities that occur among labels or judgements, as scikit-learn has it.
pub fn score(judged: &[Judged<'_>], on: &str, seed: u64) -> Vec<Score> {
    let groups = judged.iter().map(|j| j.group + 1).max().unwrap_or(0);
    let mut counts = vec![Counts::default(); groups];
    let mut present = vec![false; groups];
    for j in judged {
        counts[j.group].add(j);
        present[j.group] = true;
    }
    let counts: Vec<Counts> = counts.into_iter().zip(present).filter(|(_, there)| *there).map(|(c, _)| c).collect();
    let all: Vec<usize> = (0..counts.len()).collect();
    let statistics = |drawn: &[usize]| Counts::sum(drawn.iter().map(|&i| &counts[i])).statistics();
    let intervals = bootstrap(counts.len(), NAMES.len(), seed, statistics);
    NAMES
        .iter()
        .zip(statistics(&all))
        .zip(intervals)
        .filter_map(|((name, value), interval)| {
            Some(Score {
                name: (*name).to_owned(),
                on: on.to_owned(),
                value: rounded(value?),
                interval: interval.map(|Interval { low, high }| (rounded(low), rounded(high))),
                rows: judged.len(),
            })
        })
        .collect()
}

const NAMES: [&str; 4] = ["polarity accuracy", "polarity macro-F1", "main theme in set", "theme micro-F1"];

/// What calibration came to, as scores on `rows` sentences.
pub(super) fn of_calibration(calibrated: &Calibrated, on: &str, rows: usize) -> Vec<Score> {
    let number = |(name, value): (&str, f64)| Score {
        name: name.to_owned(),
        on: on.to_owned(),
        value: rounded(value),
        interval: None,
        rows,
    };
    let always = [
        ("polarity calibration error, before", calibrated.ece_before),
        ("polarity calibration error, after", calibrated.ece_after),
        ("share not marked for review", calibrated.review_coverage),
    ];
    let right = calibrated.review_accuracy.map(|a| ("polarity accuracy where not marked for review", a));
    always.into_iter().chain(right).map(number).collect()
}

/// Four decimals: more would be noise in the manifest.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

impl Counts {
    fn add(&mut self, j: &Judged<'_>) {
        self.confusion[j.polarity.index()][j.judgement.polarity.index()] += 1;
        let judged = &j.judgement.themes;
        self.main_in_set += u32::from(judged.first().is_some_and(|(main, _)| j.themes.contains(main)));
        self.both += judged.iter().filter(|(theme, _)| j.themes.contains(theme)).count() as u32;
        self.either += (judged.len() + j.themes.len()) as u32;
    }

    fn sum<'a>(parts: impl Iterator<Item = &'a Counts>) -> Counts {
        parts.fold(Counts::default(), |mut sum, part| {
            for (row, more) in sum.confusion.iter_mut().zip(&part.confusion) {
                row.iter_mut().zip(more).for_each(|(cell, more)| *cell += more);
            }
            sum.main_in_set += part.main_in_set;
            sum.both += part.both;
            sum.either += part.either;
            sum
        })
    }

    /// In the order of [`NAMES`].
    fn statistics(&self) -> Vec<Option<f64>> {
        let rows: u32 = self.confusion.iter().flatten().sum();
        let share = |part: u32, whole: u32| (whole > 0).then(|| f64::from(part) / f64::from(whole));
        let right: u32 = (0..POLARITIES).map(|p| self.confusion[p][p]).sum();
        let f1s: Vec<f64> = (0..POLARITIES)
            .filter_map(|p| {
                let labelled: u32 = self.confusion[p].iter().sum();
                let judged: u32 = self.confusion.iter().map(|row| row[p]).sum();
                share(2 * self.confusion[p][p], labelled + judged)
            })
            .collect();
        let macro_f1 = (!f1s.is_empty()).then(|| f1s.iter().sum::<f64>() / f1s.len() as f64);
        vec![share(right, rows), macro_f1, share(self.main_in_set, rows), share(2 * self.both, self.either)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judgement(polarity: Polarity, themes: &[u16]) -> Judgement {
        Judgement {
            polarity,
            polarity_scores: [0.25; 4],
            themes: themes.iter().map(|&t| (ThemeId(t), 0.5)).collect(),
            needs_review: false,
            truncated: false,
        }
    }

    #[test]
    fn scores_are_those_worked_by_hand() {
        use Polarity::{Neutral, Strength, Weakness};
        let rows = [
            (Strength, vec![0], judgement(Strength, &[0, 1])),
            (Strength, vec![1], judgement(Weakness, &[2])),
            (Weakness, vec![2, 1], judgement(Weakness, &[1])),
            (Neutral, vec![3], judgement(Neutral, &[3])),
        ];
        let sets: Vec<Vec<ThemeId>> = rows.iter().map(|r| r.1.iter().map(|&t| ThemeId(t)).collect()).collect();
        let judged: Vec<Judged<'_>> = rows
            .iter()
            .zip(&sets)
            .enumerate()
            .map(|(group, (row, themes))| Judged { judgement: &row.2, polarity: row.0, themes, group })
            .collect();
        let values: Vec<f64> = score(&judged, "four sentences", 1).iter().map(|s| s.value).collect();
        // F1: strength 2/3, weakness 2/3, neutral 1. Themes: 3 in common, 5 judged, 5 labelled.
        assert_eq!(values, [0.75, 0.7778, 0.75, 0.6]);
    }

    #[test]
    fn nothing_judged_has_no_scores() {
        assert!(score(&[], "nothing", 1).is_empty());
    }
}
