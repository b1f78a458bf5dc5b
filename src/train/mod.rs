//! Labelled sentences to a model bundle: the heads fitted on a frozen encoder, calibrated on letters that they had not
//! seen.
//!
//! The one entry point is [`train`]. It encodes every text once, fits the heads five times with a fifth of the letters
//! left out, takes temperature, thresholds, review cut and scores from the sentences left out, and fits the heads that
//! are kept on everything. The scores are thus those of heads that saw four fifths of the letters. Temperature, thresholds
//! and cut were chosen on the very sentences that the scores stand on, so letters set aside beforehand judge it harder.
//!
//! `lettermark train --labels FILE… [--taxonomy FILE] [--base DIR] [--cache DIR] [--seed N] -o DIR` reads each FILE into
//! a [`LabelFile`], makes the encoder of the base bundle (or of the one inside the program), calls [`train`] with both
//! and [`Bundle::save`] with what comes back, and prints [`Report`].

mod cache;
mod calibrate;
pub mod curve;
mod curve_plot;
mod folds;
mod heads;
mod held_out;
mod score;
mod seen;
mod suspects;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView2, Axis, s};
use sha2::{Digest, Sha256};

pub use calibrate::{Calibrated, HeldOut, REVIEW_TARGET, calibrate};
pub use curve_plot::svg as curve_svg;
pub use folds::{Folds, divide};
pub use heads::{Fit, FitOptions, Targets, fit};
pub use held_out::{Probabilities, held_out_probabilities, vectors};
pub use seen::remember;
pub use suspects::{Suspect, polarity_suspects, theme_suspects};

use crate::classify::{
    Bundle, Calibration, Context, EncoderFiles, Heads, InputEntry, Item, Parts, Score, Training, features, hex_sha256,
};
use crate::dataset::{self, Example};
use crate::encode::{Encoder, Passage};
use crate::error::{Error, ErrorKind, Result};
use crate::taxonomy::{Polarity, Taxonomy};
use cache::CachedEncoder;
use score::{Judged, score};

/// With fewer training sentences a label is reported as too few to trust.
pub const FEW: usize = 30;

/// With fewer sentences that were not picked, shares are not known anyhow, and picked ones count as the others do.
const FEW_NATURAL: usize = 100;

/// Texts encoded between two reports of progress.
const CHUNK: usize = 512;

/// Chunks after which the cache is written, so that an interrupted run begins where it stopped.
const SAVE_EVERY: usize = 8;

/// One file of labelled sentences.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFile {
    /// Its name without its folder.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its sentences.
    pub examples: Vec<Example>,
    /// For each example whether it was picked because it is rare or hard (`sample` is `selected`), so that its label
    /// does not stand for a share; empty where the file does not say, and then none was.
    pub picked: Vec<bool>,
}

impl LabelFile {
    /// Reads a labelled CSV; a column `sample` tells by `selected` which sentences were picked.
    ///
    /// # Errors
    /// As [`dataset::read_file`], or when the file cannot be read.
    pub fn read(path: &Path, taxonomy: &Taxonomy) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|e| Error::io("read the labels", path, e))?;
        let file = dataset::read_file(path, taxonomy)?;
        let column = file.extra_columns.iter().position(|c| c == "sample");
        let picked = column.map(|column| {
            file.extra.iter().map(|row| row.get(column).is_some_and(|sample| sample == "selected")).collect()
        });
        Ok(LabelFile {
            name: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            sha256: hex_sha256(&bytes),
            examples: file.examples,
            picked: picked.unwrap_or_default(),
        })
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
}

impl Default for Options {
    /// The settings that `models/EXPERIMENTS.md` found best.
    fn default() -> Self {
        Options {
            name: "custom".to_owned(),
            context: Context::Previous,
            c: FitOptions::default().c,
            dropped_context: 0.25,
            folds: 5,
            seed: 1,
            threads: 1,
            cache: None,
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
    /// Mean loss of the kept heads, penalty included.
    pub loss: f64,
    /// L-BFGS steps of the kept heads.
    pub steps: u64,
    /// Scores on the sentences left out.
    pub scores: Vec<Score>,
    /// Calibration with its errors before and after; `None` where nothing could be held out.
    pub calibrated: Option<Calibrated>,
    /// What a reader of the scores should know.
    pub warnings: Vec<Warning>,
}

/// Trains heads on `encoder`, which must be the one that `encoder_files` describe, and makes them a bundle with it.
///
/// The same labels, files, options and kind of processor give the same bundle, byte for byte, on any number of threads.
///
/// # Errors
/// [`ErrorKind::Data`] when there is no example, or an example has a theme that `taxonomy` has not;
/// [`ErrorKind::Io`] when the cache cannot be used.
pub fn train(
    files: &[LabelFile],
    taxonomy: &Taxonomy,
    encoder: &dyn Encoder,
    encoder_files: EncoderFiles,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Bundle, Report)> {
    let data = Data::gather(files, taxonomy, options)?;
    let rows = data.encode(encoder, &encoder_files, options, progress)?;
    let targets = data.targets(taxonomy.len());
    let fit_options = FitOptions { c: options.c, ..FitOptions::default() };

    let fits = if data.folds.count > 1 { data.folds.count + 1 } else { 1 };
    progress(Progress::Fitting { done: 0, of: fits });
    let mut warnings = data.warnings(taxonomy);
    let mut calibrated = None;
    let mut scores = Vec::new();
    if data.folds.count > 1 {
        let held_out = data.held_out_heads(&rows, &targets, fit_options, options.threads, progress)?;
        let found = data.calibrate(&held_out, &rows, &targets);
        scores = data.score(&held_out, &rows, &found.calibration, options);
        if found.review_accuracy.is_none() {
            warnings.push(Warning::AllMarked);
        }
        calibrated = Some(found);
    } else {
        warnings.push(Warning::NotCalibrated);
    }
    let kept = fit(rows.view(), &targets, fit_options)?;
    progress(Progress::Fitting { done: fits, of: fits });

    let calibration = calibrated.as_ref().map_or(Calibration::neutral(taxonomy.len()), |c| c.calibration.clone());
    if let Some(c) = &calibrated {
        let on = data.held_out_name();
        let number = |name: &str, value| Score {
            name: name.to_owned(),
            on: on.to_owned(),
            value: score::rounded(value),
            interval: None,
            rows: data.natural_examples().count(),
        };
        scores.push(number("polarity calibration error, before", c.ece_before));
        scores.push(number("polarity calibration error, after", c.ece_after));
        scores.push(number("share not marked for review", c.review_coverage));
        scores.extend(c.review_accuracy.map(|a| number("polarity accuracy where not marked for review", a)));
    }
    let report = Report {
        rows: data.examples.len(),
        letters: letters(data.examples.iter().copied()),
        loss: kept.loss,
        steps: kept.steps,
        scores: scores.clone(),
        calibrated,
        warnings,
    };
    let bundle = Bundle::new(Parts {
        name: options.name.clone(),
        encoder: encoder_files,
        dimension: encoder.dimension(),
        taxonomy: taxonomy.clone(),
        context: options.context,
        heads: kept.heads,
        calibration,
        training: data.record(files, taxonomy, options, &report.warnings),
        scores,
    })?;
    Ok((bundle, report))
}

/// The examples in the order of the feature matrix: fold by fold, so that a fold is left out in whole blocks; in each
/// fold the examples, then the copies without context.
struct Data<'a> {
    /// In the order of the files.
    examples: Vec<&'a Example>,
    /// Which examples were drawn as letters are; all where too few were.
    natural: Vec<bool>,
    folds: Folds,
    /// Which example each row is of, and whether its context was dropped.
    rows: Vec<(usize, bool)>,
    /// The row of each example with its context.
    row_of: Vec<usize>,
}

impl<'a> Data<'a> {
    fn gather(files: &'a [LabelFile], taxonomy: &Taxonomy, options: &Options) -> Result<Self> {
        let mut examples = Vec::new();
        let mut natural = Vec::new();
        for file in files {
            for (i, example) in file.examples.iter().enumerate() {
                if example.themes.is_empty() || example.themes.iter().any(|t| usize::from(t.0) >= taxonomy.len()) {
                    let message = format!(
                        "the labels of {:?} do not fit the taxonomy {:?}; read the file with the taxonomy that is trained",
                        shortened(&example.sentence),
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
        let folds = divide(&examples, options.folds, options.seed);
        let mut rows = Vec::new();
        for fold in 0..folds.count {
            let members = || (0..examples.len()).filter(|&i| folds.of[i] == fold);
            rows.extend(members().map(|i| (i, false)));
            rows.extend(members().filter(|&i| drops_context(examples[i], options)).map(|i| (i, true)));
        }
        let mut row_of = vec![0; examples.len()];
        for (row, &(example, dropped)) in rows.iter().enumerate() {
            if !dropped {
                row_of[example] = row;
            }
        }
        Ok(Data { examples, natural, folds, rows, row_of })
    }

    fn encode(
        &self,
        encoder: &dyn Encoder,
        files: &EncoderFiles,
        options: &Options,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Array2<f32>> {
        let cache = match &options.cache {
            None => CachedEncoder::in_memory(encoder),
            Some(folder) => CachedEncoder::open(encoder, &identity(encoder, files), folder)?,
        };
        let items: Vec<Item<'_>> = self
            .rows
            .iter()
            .map(|&(example, dropped)| {
                let Example { sentence, previous, heading, .. } = self.examples[example];
                Item { sentence, previous: (!dropped).then_some(previous.as_str()), heading }
            })
            .collect();
        // Encoded in chunks first, for the sake of progress; the feature rows then find everything in the cache.
        let mut texts: BTreeSet<&str> = items.iter().map(|item| item.sentence).collect();
        if options.context == Context::Previous {
            texts.extend(items.iter().filter_map(|item| item.previous).filter(|p| !p.trim().is_empty()));
        }
        let passages: Vec<Passage<'_>> = texts.into_iter().map(Passage::single).collect();
        for (i, chunk) in passages.chunks(CHUNK).enumerate() {
            progress(Progress::Encoding { done: i * CHUNK, of: passages.len() });
            cache.encode(chunk, options.threads);
            if (i + 1) % SAVE_EVERY == 0 {
                cache.save()?;
            }
        }
        progress(Progress::Encoding { done: passages.len(), of: passages.len() });
        cache.save()?;
        Ok(features(&cache, options.context, &items, options.threads).rows)
    }

    fn targets(&self, themes: usize) -> Targets {
        let labels = self.rows.iter().map(|&(i, _)| (self.examples[i].polarity, &self.examples[i].themes[..]));
        Targets::new(labels, themes)
    }

    /// Heads for each fold, fitted on the other folds. Threads take folds in turn.
    fn held_out_heads(
        &self,
        rows: &Array2<f32>,
        targets: &Targets,
        options: FitOptions,
        threads: usize,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<Heads>> {
        let fit_without = |fold: usize| {
            let mut targets = targets.clone();
            for (weight, &(example, _)) in targets.weights.iter_mut().zip(&self.rows) {
                if self.folds.of[example] == fold {
                    *weight = 0.0;
                }
            }
            fit(rows.view(), &targets, options).map(|fit| fit.heads)
        };
        let threads = threads.clamp(1, self.folds.count);
        let (done, finished) = std::sync::mpsc::channel();
        let mut by_fold: Vec<(usize, Result<Heads>)> = std::thread::scope(|scope| {
            for worker in 0..threads {
                let (done, fit_without) = (done.clone(), &fit_without);
                let mine = (worker..self.folds.count).step_by(threads);
                scope.spawn(move || {
                    for fold in mine {
                        if done.send((fold, fit_without(fold))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(done);
            let of = self.folds.count + 1;
            finished
                .iter()
                .enumerate()
                .inspect(|(n, _)| progress(Progress::Fitting { done: n + 1, of }))
                .map(|(_, fit)| fit)
                .collect()
        });
        by_fold.sort_by_key(|(fold, _)| *fold);
        by_fold.into_iter().map(|(_, heads)| heads).collect()
    }

    fn calibrate(&self, held_out: &[Heads], rows: &Array2<f32>, targets: &Targets) -> Calibrated {
        let count = self.examples.len();
        let mut polarity_scores = Array2::zeros((count, Polarity::ALL.len()));
        let mut theme_probabilities = Array2::zeros((count, targets.themes.ncols()));
        for (example, &row) in self.row_of.iter().enumerate() {
            let heads = &held_out[self.folds.of[example]];
            let features = rows.slice(s![row..=row, ..]);
            polarity_scores.row_mut(example).assign(&heads.polarity.apply(features).row(0));
            let themes = heads.themes.apply(features).mapv(crate::classify::sigmoid);
            theme_probabilities.row_mut(example).assign(&themes.row(0));
        }
        let polarity: Vec<Polarity> = self.examples.iter().map(|e| e.polarity).collect();
        calibrate(HeldOut {
            polarity_scores: polarity_scores.view(),
            theme_probabilities: theme_probabilities.view(),
            polarity: &polarity,
            themes: targets.themes.select(Axis(0), &self.row_of).view(),
            natural: &self.natural,
        })
    }

    /// Scores on the natural rows left out, with their context and without.
    fn score(
        &self,
        held_out: &[Heads],
        rows: &Array2<f32>,
        calibration: &Calibration,
        options: &Options,
    ) -> Vec<Score> {
        let on = self.held_out_name();
        let mut scores = self.score_rows(held_out, rows.view(), calibration, on, options.seed);
        let dimension = rows.ncols() / 2;
        if options.context == Context::Previous {
            let mut alone = rows.clone();
            alone.slice_mut(s![.., dimension..]).fill(0.0);
            let on = format!("{on}, without context");
            scores.extend(self.score_rows(held_out, alone.view(), calibration, &on, options.seed));
        }
        scores
    }

    fn score_rows(
        &self,
        held_out: &[Heads],
        rows: ArrayView2<'_, f32>,
        calibration: &Calibration,
        on: &str,
        seed: u64,
    ) -> Vec<Score> {
        let examples: Vec<usize> = self.natural_examples().collect();
        let judgements: Vec<_> = examples
            .iter()
            .flat_map(|&example| {
                let row = self.row_of[example];
                held_out[self.folds.of[example]].judge(rows.slice(s![row..=row, ..]), calibration)
            })
            .collect();
        let judged: Vec<Judged<'_>> = judgements
            .iter()
            .zip(&examples)
            .map(|(judgement, &i)| {
                let Example { polarity, themes, .. } = self.examples[i];
                Judged { judgement, polarity: *polarity, themes, group: self.folds.group[i] }
            })
            .collect();
        score(&judged, on, seed)
    }

    fn natural_examples(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.examples.len()).filter(|&i| self.natural[i])
    }

    fn held_out_name(&self) -> &'static str {
        if self.folds.by_letter { "training letters, each left out" } else { "training sentences, each left out" }
    }

    fn warnings(&self, taxonomy: &Taxonomy) -> Vec<Warning> {
        let counts = self.polarity_counts().into_iter().chain(self.theme_counts(taxonomy));
        let mut warnings: Vec<Warning> =
            counts.filter(|&(_, rows)| rows < FEW).map(|(label, rows)| Warning::FewExamples { label, rows }).collect();
        if !self.folds.by_letter && self.folds.count > 1 {
            warnings.push(Warning::NotByLetter);
        }
        warnings
    }

    fn polarity_counts(&self) -> Vec<(String, usize)> {
        let count = |p: Polarity| self.examples.iter().filter(|e| e.polarity == p).count();
        Polarity::ALL.into_iter().map(|p| (p.id().to_owned(), count(p))).collect()
    }

    fn theme_counts(&self, taxonomy: &Taxonomy) -> Vec<(String, usize)> {
        let count = |id| self.examples.iter().filter(|e| e.themes.contains(&id)).count();
        taxonomy.ids().map(|id| (taxonomy.theme(id).id.clone(), count(id))).collect()
    }

    fn record(&self, files: &[LabelFile], taxonomy: &Taxonomy, options: &Options, warnings: &[Warning]) -> Training {
        let input = |file: &LabelFile| InputEntry {
            name: file.name.clone(),
            sha256: file.sha256.clone(),
            rows: file.examples.len(),
            letters: letters(file.examples.iter()),
        };
        Training {
            method: "Logistic-regression heads on a frozen encoder".to_owned(),
            seed: options.seed,
            settings: vec![
                ("C".to_owned(), options.c),
                ("share of copies without context".to_owned(), options.dropped_context),
                ("folds".to_owned(), self.folds.count as f64),
            ],
            inputs: files.iter().map(input).collect(),
            polarities: self.polarity_counts(),
            themes: self.theme_counts(taxonomy),
            warnings: warnings.iter().map(Warning::to_string).collect(),
        }
    }
}

/// What tells the encoder's vectors from another's: its files, and the vector of a fixed sentence, in which a change of
/// precision or of code shows.
fn identity(encoder: &dyn Encoder, files: &EncoderFiles) -> String {
    let probe = encoder.encode(&[Passage::single("Leaders know the area's strengths and weaknesses well.")], 1);
    let bits: Vec<u8> = probe.iter().flatten().flat_map(|e| &e.vector).flat_map(|x| x.to_le_bytes()).collect();
    let parts: [&[u8]; 4] = [&files.weights, &files.config, &files.tokenizer, &bits];
    parts.map(hex_sha256).join(" ")
}

/// Whether a copy of the example without its context is trained on too: drawn by a seeded hash of the example, so that
/// it does not depend on the others.
fn drops_context(example: &Example, options: &Options) -> bool {
    if options.context == Context::Alone || example.previous.trim().is_empty() {
        return false;
    }
    let hash = Sha256::digest(format!("{}:{}:{}", options.seed, example.previous, example.sentence));
    let drawn = u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]]);
    f64::from(drawn) < options.dropped_context * 2f64.powi(32)
}

fn letters<'a>(examples: impl Iterator<Item = &'a Example>) -> usize {
    examples.map(|e| e.letter.as_str()).filter(|l| !l.is_empty()).collect::<BTreeSet<_>>().len()
}

fn shortened(sentence: &str) -> String {
    sentence.chars().take(60).collect()
}
