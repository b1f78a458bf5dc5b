//! Labelled sentences to a model bundle.
//!
//! * [`train()`] fits the heads on a frozen encoder: seconds, and nothing but this program.
//! * `fine_tune` (feature `torch`) moves the encoder too.
//! * [`take`] takes encoder and heads that were trained elsewhere as they are.
//!
//! All calibrate on letters that the heads had not seen, and give a [`Bundle`](crate::classify::Bundle) with a
//! [`Report`]. `lettermark train` reads each file of labels into a [`LabelFile`], calls one of them, saves the bundle
//! and prints the report.

mod calibrate;
pub mod curve;
mod curve_plot;
mod data;
#[cfg(feature = "torch")]
mod fine_tune;
mod folds;
mod frozen;
mod given;
mod heads;
mod held_letters;
mod held_out;
mod score;
mod seen;
mod suspects;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

pub use calibrate::{Calibrated, HeldOut, REVIEW_TARGET, calibrate};
pub use curve_plot::svg as curve_svg;
#[cfg(feature = "torch")]
pub use fine_tune::{FineTuneOptions, fine_tune};
pub use folds::{Folds, divide};
pub use frozen::train;
pub use given::{Given, take};
pub use heads::{Fit, FitOptions, Targets, fit};
pub use held_out::{Probabilities, held_out_probabilities, vectors};
pub use seen::remember;
pub use suspects::{Suspect, polarity_suspects, theme_suspects};

use crate::classify::{Context, Score, hex_sha256};
use crate::dataset::{self, Example, Seen};
use crate::error::{Error, Result};
use crate::taxonomy::Taxonomy;

/// With fewer training sentences a label is reported as too few to trust.
pub const FEW: usize = 30;

/// One file of labelled sentences.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFile {
    /// Its name without its folder.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its sentences.
    pub examples: Vec<Example>,
    /// For each example whether it was picked because it is rare or hard (`sample` is `selected`, or `queue` is `unsure`),
    /// so that its label does not stand for a share; empty where the file does not say, and then none was.
    pub picked: Vec<bool>,
}

impl LabelFile {
    /// Reads a labelled CSV; a column `sample` tells by `selected` which sentences were picked, the column `queue` of a
    /// review page by `unsure`.
    ///
    /// # Errors
    /// As [`dataset::read_file`], or when the file cannot be read.
    pub fn read(path: &Path, taxonomy: &Taxonomy) -> Result<Self> {
        const PICKED: [(&str, &str); 2] = [("sample", "selected"), ("queue", "unsure")];
        let bytes = std::fs::read(path).map_err(|e| Error::io("read the labels", path, e))?;
        let file = dataset::read_file(path, taxonomy)?;
        let told = PICKED.into_iter().filter_map(|(name, word)| {
            file.extra_columns.iter().position(|column| column == name).map(|column| (column, word))
        });
        let told: Vec<(usize, &str)> = told.collect();
        let is_picked = |row: &Vec<String>| told.iter().any(|&(at, word)| row.get(at).is_some_and(|cell| cell == word));
        let picked = if told.is_empty() { Vec::new() } else { file.extra.iter().map(is_picked).collect() };
        Ok(LabelFile {
            name: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            sha256: hex_sha256(&bytes),
            examples: file.examples,
            picked,
        })
    }

    /// Takes the sentences of these letters out.
    pub fn leave_out(&mut self, letters: &BTreeSet<String>) {
        let kept: Vec<bool> = self.examples.iter().map(|e| !letters.contains(&e.letter)).collect();
        let mut places = kept.iter();
        self.examples.retain(|_| places.next() == Some(&true));
        let mut places = kept.iter();
        self.picked.retain(|_| places.next() == Some(&true));
    }
}

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The model's name.
    pub name: String,
    /// What the heads read beside the sentence.
    pub context: Context,
    /// Inverse strength of the L2 penalty, as scikit-learn's `C`.
    pub c: f64,
    /// The share of sentences of which a copy without its context is trained on too.
    pub dropped_context: f64,
    /// Parts into which the letters are divided for calibration and scores.
    pub folds: usize,
    /// Seed of the division into folds, of which context is dropped, and of the intervals.
    pub seed: u64,
    /// Threads to encode and fit with; the result does not depend on it.
    pub threads: usize,
    /// A folder in which embeddings are kept for the next run.
    pub cache: Option<PathBuf>,
    /// The sentences that the encoder learned from before: scores on them are too high, which is a [`Warning`].
    pub seen: Seen,
}

impl Default for Options {
    /// The settings that `models/EXPERIMENTS.md` found best.
    fn default() -> Self {
        Options {
            name: "custom".to_owned(),
            context: Context::Passage,
            c: FitOptions::default().c,
            dropped_context: 0.25,
            folds: 5,
            seed: 1,
            threads: 1,
            cache: None,
            seen: Seen::default(),
        }
    }
}

/// How far training has come.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// Texts are being encoded.
    Encoding {
        /// Texts done.
        done: usize,
        /// Different texts in all.
        of: usize,
    },
    /// Heads are being fitted, once a fold and once more on everything.
    Fitting {
        /// Fits done.
        done: usize,
        /// Fits in all.
        of: usize,
    },
    /// Encoder and heads are being fine-tuned.
    FineTuning {
        /// Steps done.
        step: usize,
        /// Steps in all.
        of: usize,
        /// Mean loss of the epoch so far.
        loss: f64,
        /// Mean of the four scores on letters held out, after the last whole epoch.
        validation: Option<f64>,
    },
}

/// What a person should know before trusting a trained model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A label with fewer than [`FEW`] sentences.
    FewExamples {
        /// The label's identifier.
        label: String,
        /// Its training sentences.
        rows: usize,
    },
    /// The examples name fewer than two letters, or some name none.
    NotByLetter,
    /// There were too few examples to hold any out.
    NotCalibrated,
    /// No confidence keeps the promise of [`REVIEW_TARGET`].
    AllMarked,
    /// The encoder had learned from sentences that the scores stand on.
    KnownToEncoder {
        /// Sentences that it had learned from.
        rows: usize,
        /// Sentences that the scores stand on.
        of: usize,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::FewExamples { label, rows } => write!(
                f,
                "{label:?} has {rows} training sentences: too few to trust, one wrong label can turn it. Label {FEW} or more, \
                 or merge it with another label"
            ),
            Warning::NotByLetter => write!(
                f,
                "the scores are not by letter, because not every example names its letter or all name one: sentences of one \
                 letter resemble each other, so expect less on a new letter. Fill the column \"letter\", from two letters up"
            ),
            Warning::NotCalibrated => write!(
                f,
                "there are too few examples to hold any out: probabilities are not calibrated and there are no scores. \
                 Label more sentences"
            ),
            Warning::AllMarked => write!(
                f,
                "every finding is marked for review, because no confidence could be shown to be right {:.0}% of the time. \
                 Label more sentences, of more letters",
                REVIEW_TARGET * 100.0
            ),
            Warning::KnownToEncoder { rows, of } => write!(
                f,
                "the encoder had learned from {rows} of the {of} sentences that the scores stand on: they are too high, and \
                 too few findings will be marked for review. Expect less on a new letter"
            ),
        }
    }
}

/// What training came to, for the person who started it. The bundle's manifest holds the same scores and warnings.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Labelled sentences.
    pub rows: usize,
    /// Different letters.
    pub letters: usize,
    /// Mean loss of the kept heads, penalty included; in fine-tuning, of the kept epoch; `None` where nothing was fitted.
    pub loss: Option<f64>,
    /// Steps of the optimiser until the kept heads.
    pub steps: u64,
    /// Scores on the sentences left out.
    pub scores: Vec<Score>,
    /// Calibration with its errors before and after; `None` where nothing could be held out.
    pub calibrated: Option<Calibrated>,
    /// What a reader of the scores should know.
    pub warnings: Vec<Warning>,
}
