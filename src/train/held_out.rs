//! What heads say of sentences that they were not fitted to.

use ndarray::{Array2, ArrayView2, Axis, concatenate, s};

use super::calibrate::{HeldOut, calibrate};
use super::data::item;
use super::folds::divide;
use super::heads::{FitOptions, Targets, fit};
use super::{Options, Progress};
use crate::classify::{Context, Heads, Item, features, sigmoid, softmax};
use crate::dataset::Example;
use crate::encode::Encoder;
use crate::error::{Error, ErrorKind, Result};
use crate::taxonomy::Polarity;

/// Sentences encoded between two reports of progress.
const CHUNK: usize = 512;

/// How probable each label is of each sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Probabilities {
    /// Sentences × polarities, in the order of [`Polarity::ALL`]; each row sums to one.
    pub polarity: Array2<f32>,
    /// Sentences × themes; each theme by itself.
    pub themes: Array2<f32>,
}

/// The feature rows of labelled sentences in their order, as heads of a model with this `context` read them.
pub fn vectors(
    encoder: &dyn Encoder,
    context: Context,
    examples: &[&Example],
    threads: usize,
    progress: &mut dyn FnMut(Progress),
) -> Array2<f32> {
    let items: Vec<Item<'_>> = examples.iter().map(|example| item(example)).collect();
    let mut parts = vec![Array2::zeros((0, encoder.dimension()))];
    for (i, chunk) in items.chunks(CHUNK).enumerate() {
        progress(Progress::Encoding { done: i * CHUNK, of: items.len() });
        parts.push(features(encoder, context, chunk, threads).rows);
    }
    progress(Progress::Encoding { done: items.len(), of: items.len() });
    let parts: Vec<ArrayView2<'_, f32>> = parts.iter().map(|part| part.view()).collect();
    concatenate(Axis(0), &parts).expect("every part is as wide as the context makes it")
}

impl Probabilities {
    /// What `heads` say of feature rows, polarity at this temperature.
    pub fn of(heads: &Heads, temperature: f32, rows: ArrayView2<'_, f32>) -> Self {
        let scores = heads.polarity.apply(rows);
        let mut polarity = Array2::zeros(scores.dim());
        for (scores, mut row) in scores.outer_iter().zip(polarity.outer_iter_mut()) {
            row.assign(&ndarray::aview1(&softmax(scores, temperature)));
        }
        Probabilities { polarity, themes: heads.themes.apply(rows).mapv(sigmoid) }
    }
}

/// What heads say of each sentence that were fitted to the sentences of other letters: `rows` are the [`vectors`] of
/// `examples`, the letters are divided as training divides them, and polarity is at the temperature that suits them all.
///
/// # Errors
/// [`ErrorKind::Data`] when there are fewer than two examples, so that none can be left out.
pub fn held_out_probabilities(
    rows: ArrayView2<'_, f32>,
    examples: &[&Example],
    themes: usize,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Probabilities> {
    let folds = divide(examples, options.folds, options.seed);
    if folds.count < 2 {
        return Err(Error::new(ErrorKind::Data, "there are too few labelled sentences to leave any out"));
    }
    let targets = Targets::new(examples.iter().map(|e| (e.polarity, &e.themes[..])), themes);
    let fit_options = FitOptions { c: options.c, ..FitOptions::default() };
    let mut scores = Array2::zeros((examples.len(), Polarity::ALL.len()));
    let mut theme_probabilities = Array2::zeros((examples.len(), themes));
    for fold in 0..folds.count {
        progress(Progress::Fitting { done: fold, of: folds.count });
        let mut others = targets.clone();
        for (weight, &of) in others.weights.iter_mut().zip(&folds.of) {
            *weight = f32::from(u8::from(of != fold));
        }
        let heads = fit(rows, &others, fit_options)?.heads;
        for i in (0..examples.len()).filter(|&i| folds.of[i] == fold) {
            let row = rows.slice(s![i..=i, ..]);
            scores.row_mut(i).assign(&heads.polarity.apply(row).row(0));
            theme_probabilities.row_mut(i).assign(&heads.themes.apply(row).mapv(sigmoid).row(0));
        }
    }
    progress(Progress::Fitting { done: folds.count, of: folds.count });
    let polarity: Vec<Polarity> = examples.iter().map(|e| e.polarity).collect();
    let calibrated = calibrate(HeldOut {
        polarity_scores: scores.view(),
        theme_probabilities: theme_probabilities.view(),
        polarity: &polarity,
        themes: targets.themes.view(),
        natural: &vec![true; examples.len()],
    });
    let temperature = calibrated.calibration.temperature;
    for mut row in scores.outer_iter_mut() {
        let probabilities = softmax(row.view(), temperature);
        row.assign(&ndarray::aview1(&probabilities));
    }
    Ok(Probabilities { polarity: scores, themes: theme_probabilities })
}
