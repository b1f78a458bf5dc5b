//! The labelled sentences of all files of a training, and what a manifest says of them.

use super::{FEW, LabelFile, Warning};
use crate::classify::{InputEntry, Item, Training};
use crate::dataset::{self, Example, Seen};
use crate::error::{Error, ErrorKind, Result};
use crate::taxonomy::{Polarity, Taxonomy};

/// With fewer sentences that were not picked, shares are not known anyhow, and picked ones count as the others do.
const FEW_NATURAL: usize = 100;

/// A labelled sentence as the model reads it.
pub(super) fn item(example: &Example) -> Item<'_> {
    Item {
        sentence: &example.sentence,
        previous: Some(&example.previous),
        heading: &example.heading,
        ..Item::default()
    }
}

/// The sentences of all files, in the order of the files.
pub(super) struct Labelled<'a> {
    pub(super) examples: Vec<&'a Example>,
    /// Which examples were drawn as letters are; all where too few were.
    pub(super) natural: Vec<bool>,
}

impl<'a> Labelled<'a> {
    /// # Errors
    /// [`ErrorKind::Data`] when there is no example, or an example has a theme that `taxonomy` has not.
    pub(super) fn gather(files: &'a [LabelFile], taxonomy: &Taxonomy) -> Result<Self> {
        let mut examples = Vec::new();
        let mut natural = Vec::new();
        for file in files {
            for (i, example) in file.examples.iter().enumerate() {
                if example.themes.is_empty() || example.themes.iter().any(|t| usize::from(t.0) >= taxonomy.len()) {
                    let start: String = example.sentence.chars().take(60).collect();
                    let message = format!(
                        "the labels of {start:?} do not fit the taxonomy {:?}; read the file with the taxonomy that is \
                         trained",
                        taxonomy.name
                    );
                    return Err(Error::new(ErrorKind::Data, message).in_file(&file.name));
                }
                examples.push(example);
                natural.push(!file.picked.get(i).copied().unwrap_or(false));
            }
        }
        if examples.is_empty() {
            return Err(Error::new(
                ErrorKind::Data,
                "there is no labelled sentence to train on; name a file with some",
            ));
        }
        if natural.iter().filter(|&&n| n).count() < FEW_NATURAL {
            natural.fill(true);
        }
        Ok(Labelled { examples, natural })
    }

    /// An example as the model reads it.
    pub(super) fn item(&self, place: usize) -> Item<'a> {
        item(self.examples[place])
    }

    /// Labels with fewer than [`FEW`] sentences, and what the encoder had `seen` of the natural ones among those that are
    /// held out to score.
    pub(super) fn warnings(
        &self,
        taxonomy: &Taxonomy,
        held_out: impl Iterator<Item = usize>,
        seen: &Seen,
    ) -> Vec<Warning> {
        let counts = self.polarity_counts().into_iter().chain(self.theme_counts(taxonomy));
        let few = counts.filter(|&(_, rows)| rows < FEW).map(|(label, rows)| Warning::FewExamples { label, rows });
        let scored: Vec<usize> = held_out.filter(|&place| self.natural[place]).collect();
        let rows = scored.iter().filter(|&&place| seen.holds(&self.examples[place].sentence)).count();
        few.chain((rows > 0).then_some(Warning::KnownToEncoder { rows, of: scored.len() })).collect()
    }

    fn polarity_counts(&self) -> Vec<(String, usize)> {
        let count = |p: Polarity| self.examples.iter().filter(|e| e.polarity == p).count();
        Polarity::ALL.into_iter().map(|p| (p.id().to_owned(), count(p))).collect()
    }

    fn theme_counts(&self, taxonomy: &Taxonomy) -> Vec<(String, usize)> {
        let count = |id| self.examples.iter().filter(|e| e.themes.contains(&id)).count();
        taxonomy.ids().map(|id| (taxonomy.theme(id).id.clone(), count(id))).collect()
    }

    /// What a manifest says of inputs and labels; method, seed and settings are left to the caller.
    pub(super) fn record(&self, files: &[LabelFile], taxonomy: &Taxonomy, warnings: &[Warning]) -> Training {
        let input = |file: &LabelFile| InputEntry {
            name: file.name.clone(),
            sha256: file.sha256.clone(),
            rows: file.examples.len(),
            letters: dataset::letters(&file.examples),
        };
        Training {
            inputs: files.iter().map(input).collect(),
            polarities: self.polarity_counts(),
            themes: self.theme_counts(taxonomy),
            warnings: warnings.iter().map(Warning::to_string).collect(),
            ..Training::default()
        }
    }
}
