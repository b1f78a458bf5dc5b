//! Heads fitted on a frozen encoder.
//!
//! Every passage is encoded once. The heads are fitted five times with a fifth of the letters left out; temperature,
//! thresholds, review cut and scores come from the sentences left out; the heads that are kept are fitted on everything.
//! The scores are thus those of heads that saw four fifths of the letters. Temperature, thresholds and cut were chosen on
//! the very sentences that the scores stand on, so letters set aside beforehand judge it harder.

use ndarray::{Array2, ArrayView2, Axis, s};
use sha2::{Digest, Sha256};

use super::calibrate::{Calibrated, HeldOut, calibrate};
use super::data::Labelled;
use super::folds::{Folds, divide};
use super::heads::{FitOptions, Targets, fit};
use super::score::{self, Judged, score};
use super::{LabelFile, Options, Progress, Report, Warning};
use crate::classify::{Bundle, Calibration, EncoderFiles, Heads, Item, Parts, Score, Training, features};
use crate::dataset::{self, Seen};
use crate::encode::{CachedEncoder, Encoder, Passage};
use crate::error::Result;
use crate::taxonomy::{Polarity, Taxonomy};

/// Texts encoded between two reports of progress.
const CHUNK: usize = 512;

/// Trains heads on `encoder`, which must be the one that `encoder_files` describe, and makes them a bundle with it.
///
/// The same labels, files, options and kind of processor give the same bundle, byte for byte, on any number of threads.
///
/// # Errors
/// [`ErrorKind::Data`](crate::ErrorKind::Data) when there is no example, or an example has a theme that `taxonomy` has not;
/// [`ErrorKind::Io`](crate::ErrorKind::Io) when the cache cannot be used.
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
    let mut warnings = data.warnings(taxonomy, &options.seen);
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
        scores.extend(score::of_calibration(c, on, data.natural_examples().count()));
    }
    let report = Report {
        rows: data.labelled.examples.len(),
        letters: dataset::letters(data.labelled.examples.iter().copied()),
        loss: Some(kept.loss),
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
        training: Training {
            method: "Logistic-regression heads on a frozen encoder".to_owned(),
            seed: options.seed,
            settings: vec![
                ("C".to_owned(), options.c),
                ("share of copies without context".to_owned(), options.dropped_context),
                ("folds".to_owned(), data.folds.count as f64),
            ],
            ..data.labelled.record(files, taxonomy, &report.warnings)
        },
        scores,
    })?;
    Ok((bundle, report))
}

/// The examples in the order of the feature matrix: fold by fold, so that a fold is left out in whole blocks; in each
/// fold the examples, then the copies without context.
struct Data<'a> {
    labelled: Labelled<'a>,
    folds: Folds,
    /// Which example each row is of, and whether its context was dropped.
    rows: Vec<(usize, bool)>,
    /// The row of each example with its context.
    row_of: Vec<usize>,
}

impl<'a> Data<'a> {
    fn gather(files: &'a [LabelFile], taxonomy: &Taxonomy, options: &Options) -> Result<Self> {
        let labelled = Labelled::gather(files, taxonomy)?;
        let examples = &labelled.examples;
        let folds = divide(examples, options.folds, options.seed);
        let mut rows = Vec::new();
        for fold in 0..folds.count {
            let members = || (0..examples.len()).filter(|&i| folds.of[i] == fold);
            rows.extend(members().map(|i| (i, false)));
            rows.extend(members().filter(|&i| drops_context(labelled.item(i), options)).map(|i| (i, true)));
        }
        let mut row_of = vec![0; examples.len()];
        for (row, &(example, dropped)) in rows.iter().enumerate() {
            if !dropped {
                row_of[example] = row;
            }
        }
        Ok(Data { labelled, folds, rows, row_of })
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
            Some(folder) => CachedEncoder::open(encoder, &files.identity(encoder), folder)?,
        };
        let items: Vec<Item<'_>> = self
            .rows
            .iter()
            .map(|&(example, dropped)| {
                let item = self.labelled.item(example);
                if dropped { Item { sentence: item.sentence, ..Item::default() } } else { item }
            })
            .collect();
        // Encoded in chunks first, for the sake of progress; the feature rows then find everything in the cache.
        let passages: Vec<Passage<'_>> = items.iter().map(|item| item.passage(options.context)).collect();
        for (i, chunk) in passages.chunks(CHUNK).enumerate() {
            progress(Progress::Encoding { done: i * CHUNK, of: passages.len() });
            cache.encode(chunk, options.threads);
            cache.kept()?;
        }
        progress(Progress::Encoding { done: passages.len(), of: passages.len() });
        Ok(features(&cache, options.context, &items, options.threads).rows)
    }

    fn targets(&self, themes: usize) -> Targets {
        let labels =
            self.rows.iter().map(|&(i, _)| (self.labelled.examples[i].polarity, &self.labelled.examples[i].themes[..]));
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
        let count = self.labelled.examples.len();
        let mut polarity_scores = Array2::zeros((count, Polarity::ALL.len()));
        let mut theme_probabilities = Array2::zeros((count, targets.themes.ncols()));
        for (example, &row) in self.row_of.iter().enumerate() {
            let heads = &held_out[self.folds.of[example]];
            let features = rows.slice(s![row..=row, ..]);
            polarity_scores.row_mut(example).assign(&heads.polarity.apply(features).row(0));
            let themes = heads.themes.apply(features).mapv(crate::classify::sigmoid);
            theme_probabilities.row_mut(example).assign(&themes.row(0));
        }
        let polarity: Vec<Polarity> = self.labelled.examples.iter().map(|e| e.polarity).collect();
        calibrate(HeldOut {
            polarity_scores: polarity_scores.view(),
            theme_probabilities: theme_probabilities.view(),
            polarity: &polarity,
            themes: targets.themes.select(Axis(0), &self.row_of).view(),
            natural: &self.labelled.natural,
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
        let with: Vec<usize> = self.natural_examples().map(|example| self.row_of[example]).collect();
        let mut scores = self.score_rows(held_out, rows.view(), &with, calibration, on, options.seed);
        let without = |&row: &usize| self.rows[row].1 && self.labelled.natural[self.rows[row].0];
        let without: Vec<usize> = (0..self.rows.len()).filter(without).collect();
        if !without.is_empty() {
            let on = format!("{on}, without context");
            scores.extend(self.score_rows(held_out, rows.view(), &without, calibration, &on, options.seed));
        }
        scores
    }

    fn score_rows(
        &self,
        held_out: &[Heads],
        rows: ArrayView2<'_, f32>,
        chosen: &[usize],
        calibration: &Calibration,
        on: &str,
        seed: u64,
    ) -> Vec<Score> {
        let judgements: Vec<_> = chosen
            .iter()
            .flat_map(|&row| {
                let fold = self.folds.of[self.rows[row].0];
                held_out[fold].judge(rows.slice(s![row..=row, ..]), calibration)
            })
            .collect();
        let judged: Vec<Judged<'_>> = judgements
            .iter()
            .zip(chosen)
            .map(|(judgement, &row)| {
                let example = self.rows[row].0;
                let labels = self.labelled.examples[example];
                let (polarity, themes) = (labels.polarity, &labels.themes);
                Judged { judgement, polarity, themes, group: self.folds.group[example] }
            })
            .collect();
        score(&judged, on, seed)
    }

    fn natural_examples(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.labelled.examples.len()).filter(|&i| self.labelled.natural[i])
    }

    fn held_out_name(&self) -> &'static str {
        if self.folds.by_letter { "training letters, each left out" } else { "training sentences, each left out" }
    }

    fn warnings(&self, taxonomy: &Taxonomy, seen: &Seen) -> Vec<Warning> {
        let held_out = 0..if self.folds.count > 1 { self.labelled.examples.len() } else { 0 };
        let mut warnings = self.labelled.warnings(taxonomy, held_out, seen);
        if !self.folds.by_letter && self.folds.count > 1 {
            warnings.push(Warning::NotByLetter);
        }
        warnings
    }
}

/// Whether a copy of an example without its context is trained on too: drawn by a seeded hash of the example, so that
/// it does not depend on the others.
fn drops_context(item: Item<'_>, options: &Options) -> bool {
    let bare = Item { sentence: item.sentence, ..Item::default() };
    if item.passage(options.context) == bare.passage(options.context) {
        return false;
    }
    let hash = Sha256::digest(format!("{}:{}:{}", options.seed, item.previous.unwrap_or_default(), item.sentence));
    let drawn = u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]]);
    f64::from(drawn) < options.dropped_context * 2f64.powi(32)
}
