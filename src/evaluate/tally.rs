//! Counts from which every score is computed; counts of several letters add up.

use super::Answer;
use crate::dataset::Example;
use crate::taxonomy::{Polarity, Taxonomy};

/// How many polarities there are.
pub(super) const POLARITIES: usize = Polarity::ALL.len();

/// How often a theme was given by the labels, by the model, and by both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct LabelCounts {
    /// Given by the labels and by the model.
    pub both: u64,
    /// Given by the labels.
    pub gold: u64,
    /// Given by the model.
    pub predicted: u64,
}

/// What was counted over some sentences.
///
/// Ordered, so that what is drawn from a set of tallies need not depend on the order of the sentences.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tally {
    /// Sentences.
    pub sentences: u64,
    /// Sentences by labelled polarity (rows) and the model's polarity (columns), in the order of [`Polarity::ALL`].
    pub confusion: [[u64; POLARITIES]; POLARITIES],
    /// Sentences without an answer, by labelled polarity. They are wrong in every respect.
    pub missed: [u64; POLARITIES],
    /// Sentences whose main theme is the labelled main theme.
    pub main_theme: u64,
    /// Sentences whose main theme is one of the labelled themes.
    pub main_theme_in_set: u64,
    /// Sentences whose set of themes is the labelled set, in whatever order.
    pub exact_themes: u64,
    /// One entry for each theme of the taxonomy, `none` included: it is a label like the others.
    pub themes: Vec<LabelCounts>,
}

impl Tally {
    /// Nothing counted yet, for a taxonomy of `themes` themes.
    pub fn empty(themes: usize) -> Self {
        Tally {
            sentences: 0,
            confusion: [[0; POLARITIES]; POLARITIES],
            missed: [0; POLARITIES],
            main_theme: 0,
            main_theme_in_set: 0,
            exact_themes: 0,
            themes: vec![LabelCounts::default(); themes],
        }
    }

    /// The counts of one labelled sentence and of what the model says of it, if anything.
    pub fn of(example: &Example, answer: Option<&Answer>, taxonomy: &Taxonomy) -> Self {
        let mut tally = Tally::empty(taxonomy.len());
        tally.sentences = 1;
        for theme in &example.themes {
            tally.themes[usize::from(theme.0)].gold = 1;
        }
        let Some(answer) = answer else {
            tally.missed[example.polarity.index()] = 1;
            return tally;
        };
        tally.confusion[example.polarity.index()][answer.polarity.index()] = 1;
        for theme in &answer.themes {
            let counts = &mut tally.themes[usize::from(theme.0)];
            counts.predicted = 1;
            counts.both = counts.gold;
        }
        let main = answer.themes.first();
        tally.main_theme = u64::from(main.is_some() && main == example.themes.first());
        tally.main_theme_in_set = u64::from(main.is_some_and(|theme| example.themes.contains(theme)));
        tally.exact_themes = u64::from(tally.themes.iter().all(|c| c.gold == c.predicted));
        tally
    }

    /// Adds the counts of other sentences, made with the same taxonomy.
    pub fn add(&mut self, other: &Tally) {
        self.sentences += other.sentences;
        self.main_theme += other.main_theme;
        self.main_theme_in_set += other.main_theme_in_set;
        self.exact_themes += other.exact_themes;
        for (mine, theirs) in self.confusion.iter_mut().flatten().zip(other.confusion.iter().flatten()) {
            *mine += theirs;
        }
        for (mine, theirs) in self.missed.iter_mut().zip(other.missed) {
            *mine += theirs;
        }
        for (mine, theirs) in self.themes.iter_mut().zip(&other.themes) {
            mine.both += theirs.both;
            mine.gold += theirs.gold;
            mine.predicted += theirs.predicted;
        }
    }

    /// The counts of one polarity as a label that a sentence has or has not.
    pub fn polarity(&self, class: usize) -> LabelCounts {
        LabelCounts {
            both: self.confusion[class][class],
            gold: self.confusion[class].iter().sum::<u64>() + self.missed[class],
            predicted: self.confusion.iter().map(|row| row[class]).sum(),
        }
    }
}
