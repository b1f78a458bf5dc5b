//! Counts with intervals, as a page shows them. Who knows what the model confuses computes them; a format only asks.

use super::counts::Totals;
use crate::taxonomy::Taxonomy;

/// Sentences by polarity and theme, boilerplate left out: what a correction starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// All sentences, in the order of [`Polarity::ALL`](crate::taxonomy::Polarity::ALL).
    pub polarity: [usize; 4],
    /// For each theme, in the order of the taxonomy, its sentences by polarity.
    pub themes: Vec<[usize; 4]>,
}

impl Counted {
    pub(super) fn of(totals: &Totals, taxonomy: &Taxonomy) -> Self {
        let themes = taxonomy.themes.iter().map(|theme| totals.theme(&theme.id).polarity).collect();
        Counted { polarity: totals.all.polarity, themes }
    }
}

/// A count without what the model is known to confuse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Corrected {
    /// The count, which need be no whole number.
    pub count: f64,
    /// Where the true count lies, at 95%: low and high. `None` where the labels are too few to tell.
    pub interval: Option<(f64, f64)>,
}

/// [`Counted`], corrected cell by cell.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrectedCounts {
    /// All sentences, in the order of [`Polarity::ALL`](crate::taxonomy::Polarity::ALL).
    pub polarity: [Corrected; 4],
    /// For each theme, in the order of the taxonomy.
    pub themes: Vec<[Corrected; 4]>,
    /// What the correction stands on.
    pub basis: Basis,
}

/// The labelled sentences on which the model's confusion was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    /// How many.
    pub sentences: usize,
    /// Of how many letters.
    pub letters: usize,
    /// Whether what differs between letters is in the intervals; it is not where the labels are of few letters.
    pub between_letters: bool,
    /// The fewest labelled sentences of a polarity, and of a theme, from which there is an interval.
    pub fewest: usize,
    /// How many of the sentences the model was trained on, which makes the intervals too narrow.
    pub trained_on: usize,
}

/// Corrects counts by what the model confuses.
pub trait Correct: std::fmt::Debug {
    /// Gives the corrected counts of a batch or of a letter.
    fn correct(&self, counted: &Counted) -> CorrectedCounts;
}

/// Corrected counts of `totals`, where somebody knows what the model confuses.
pub(super) fn corrected(
    correct: Option<&dyn Correct>,
    totals: &Totals,
    taxonomy: &Taxonomy,
) -> Option<CorrectedCounts> {
    correct.map(|correct| correct.correct(&Counted::of(totals, taxonomy)))
}

impl Corrected {
    /// `22 to 35`, bounds rounded outwards.
    pub(super) fn words(&self) -> String {
        match self.interval {
            Some((low, high)) => format!("{:.0} to {:.0}", low.floor(), high.ceil()),
            None => "not known".to_owned(),
        }
    }
}
