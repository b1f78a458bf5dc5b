//! What is counted of labelled sentences, as one vector that adds up over letters and can be drawn again and again.

use super::confusion::{Confusion, Counts, POLARITIES};
use crate::classify::Judgement;
use crate::dataset::Example;

/// Counts over labelled sentences: the confusion of the polarities, then the labelled cells, then the judged cells, theme
/// by theme.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measured(Vec<f64>);

const CONFUSED: usize = POLARITIES * POLARITIES;

impl Measured {
    pub(super) fn zero(themes: usize) -> Self {
        Measured(vec![0.0; CONFUSED + 2 * themes * POLARITIES])
    }

    pub(super) fn of(example: &Example, judgement: &Judgement, themes: usize) -> Self {
        let mut measured = Measured::zero(themes);
        let (labelled, judged) = (example.polarity.index(), judgement.polarity.index());
        measured.0[labelled * POLARITIES + judged] = 1.0;
        for theme in example.themes.iter().map(|t| usize::from(t.0)).filter(|t| *t < themes) {
            measured.0[CONFUSED + theme * POLARITIES + labelled] = 1.0;
        }
        for theme in judgement.themes.iter().map(|(t, _)| usize::from(t.0)).filter(|t| *t < themes) {
            measured.0[CONFUSED + (themes + theme) * POLARITIES + judged] = 1.0;
        }
        measured
    }

    pub(super) fn add(&mut self, other: &Measured, times: f64) {
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine += times * theirs);
    }

    pub(super) fn sum(units: &[Measured], themes: usize) -> Self {
        units.iter().fold(Measured::zero(themes), |mut sum, unit| {
            sum.add(unit, 1.0);
            sum
        })
    }

    /// By the counts, whatever the order that sentences came in.
    pub(super) fn order(a: &Measured, b: &Measured) -> std::cmp::Ordering {
        a.0.iter().map(|n| *n as u64).cmp(b.0.iter().map(|n| *n as u64))
    }

    pub(super) fn themes(&self) -> usize {
        (self.0.len() - CONFUSED) / (2 * POLARITIES)
    }

    pub(super) fn sentences(&self) -> f64 {
        self.0[..CONFUSED].iter().sum()
    }

    /// A draw of `drawn` units as one of `wanted` units would be: the same mean a unit, and its spread.
    pub(super) fn spread(&self, total: &Measured, units: f64, drawn: f64, wanted: f64) -> Measured {
        let root = (wanted / drawn).sqrt();
        let scaled = self.0.iter().zip(&total.0).map(|(n, all)| {
            let mean = all / units;
            (wanted * mean + root * (n - drawn * mean)).max(0.0)
        });
        Measured(scaled.collect())
    }

    fn cells(&self, judged: bool) -> Vec<[f64; POLARITIES]> {
        let (from, themes) = (CONFUSED + if judged { self.themes() * POLARITIES } else { 0 }, self.themes());
        (0..themes).map(|t| std::array::from_fn(|p| self.0[from + t * POLARITIES + p])).collect()
    }

    pub(super) fn confusion(&self) -> Confusion {
        let sums = |judged| self.cells(judged).into_iter().map(|row| row.iter().sum::<f64>()).collect::<Vec<_>>();
        Confusion {
            polarity: std::array::from_fn(|i| std::array::from_fn(|j| self.0[i * POLARITIES + j])),
            themes: sums(false).into_iter().zip(sums(true)).map(|(labelled, judged)| [labelled, judged]).collect(),
        }
    }

    /// The labelled counts and the judged ones.
    pub(super) fn margins(&self) -> (Counts, Counts) {
        let at = |i: usize, j: usize| self.0[i * POLARITIES + j];
        let sum = |f: &dyn Fn(usize) -> f64| (0..POLARITIES).map(f).sum::<f64>();
        let labelled = std::array::from_fn(|i| sum(&|j| at(i, j)));
        let judged = std::array::from_fn(|j| sum(&|i| at(i, j)));
        (
            Counts { polarity: labelled, themes: self.cells(false) },
            Counts { polarity: judged, themes: self.cells(true) },
        )
    }
}
