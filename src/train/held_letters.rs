//! Letters held out from training: which they are, and what a model that never saw them is told by them, its calibration and
//! its scores.

use std::collections::BTreeSet;

use ndarray::{Array2, ArrayView2};
use sha2::{Digest, Sha256};

use super::calibrate::{Calibrated, HeldOut, calibrate};
use super::data::Labelled;
use super::score::{self, Judged, score};
use super::{Options, Warning};
use crate::classify::{Calibration, Context, Heads, Item, Score};
use crate::dataset::{self, Example};
use crate::encode::Encoder;
use crate::error::{Error, ErrorKind, Result};
use crate::taxonomy::{Polarity, Taxonomy};

/// One letter in this many is held out where the caller names none.
const HELD_OUT_SHARE: usize = 10;

/// Which examples are trained on and which are held out, as their places.
pub(super) struct Split {
    pub(super) train: Vec<usize>,
    pub(super) valid: Vec<usize>,
}

impl Split {
    /// Holds out the letters that are named, or a tenth where none is.
    ///
    /// # Errors
    /// [`ErrorKind::Data`] when no example is left for one of the two.
    pub(super) fn by_letter(labelled: &Labelled<'_>, named: &BTreeSet<String>, seed: u64) -> Result<Self> {
        let examples = &labelled.examples;
        let drawn = if named.is_empty() { draw(examples, seed) } else { named.clone() };
        let (valid, train): (Vec<_>, Vec<_>) =
            (0..examples.len()).partition(|&i| drawn.contains(dataset::unit(examples[i])));
        let lacking = |what: &str| {
            let message =
                format!("no sentence is left to {what}; label more letters, or name others with --valid-letters");
            Err(Error::new(ErrorKind::Data, message))
        };
        match (train.is_empty(), valid.is_empty()) {
            (true, _) => lacking("train on"),
            (_, true) => lacking("validate on"),
            _ => Ok(Split { train, valid }),
        }
    }
}

/// One letter in [`HELD_OUT_SHARE`], and at least one: the first in the order of a seeded hash.
fn draw(examples: &[&Example], seed: u64) -> BTreeSet<String> {
    let letters: BTreeSet<&str> = examples.iter().map(|e| dataset::unit(e)).collect();
    let mut order: Vec<([u8; 32], &str)> =
        letters.iter().map(|&letter| (Sha256::digest(format!("{seed}:{letter}")).into(), letter)).collect();
    order.sort_unstable();
    order.iter().take(letters.len().div_ceil(HELD_OUT_SHARE)).map(|&(_, letter)| letter.to_owned()).collect()
}

/// What the letters held out say of a model.
pub(super) struct Verdict {
    pub(super) calibrated: Calibrated,
    /// With context, then without, then the calibration's.
    pub(super) scores: Vec<Score>,
    pub(super) warnings: Vec<Warning>,
}

/// Calibrates `heads` on the held-out examples, and scores them there.
pub(super) fn verdict(
    heads: &Heads,
    encoder: &dyn Encoder,
    labelled: &Labelled<'_>,
    valid: &[usize],
    taxonomy: &Taxonomy,
    options: &Options,
) -> Verdict {
    let with_context = rows(encoder, labelled, valid, options, Context::Passage);
    let calibrated = calibrated(heads, with_context.view(), labelled, valid, taxonomy.len());
    let mut warnings = labelled.warnings(taxonomy, valid.iter().copied(), &options.seen);
    if calibrated.review_accuracy.is_none() {
        warnings.push(Warning::AllMarked);
    }
    let on = "letters held out from training";
    let score_on = |rows: ArrayView2<'_, f32>, on: &str| {
        scored(heads, rows, &calibrated.calibration, labelled, valid, on, options.seed)
    };
    let mut scores = score_on(with_context.view(), on);
    let alone = rows(encoder, labelled, valid, options, Context::Alone);
    scores.extend(score_on(alone.view(), &format!("{on}, without context")));
    scores.extend(score::of_calibration(&calibrated, on, valid.iter().filter(|&&i| labelled.natural[i]).count()));
    Verdict { calibrated, scores, warnings }
}

/// The feature rows of the chosen examples.
pub(super) fn rows(
    encoder: &dyn Encoder,
    labelled: &Labelled<'_>,
    chosen: &[usize],
    options: &Options,
    context: Context,
) -> Array2<f32> {
    let items: Vec<Item<'_>> = chosen.iter().map(|&i| labelled.item(i)).collect();
    crate::classify::features(encoder, context, &items, options.threads).rows
}

fn calibrated(
    heads: &Heads,
    rows: ArrayView2<'_, f32>,
    labelled: &Labelled<'_>,
    valid: &[usize],
    themes: usize,
) -> Calibrated {
    let polarity: Vec<Polarity> = valid.iter().map(|&i| labelled.examples[i].polarity).collect();
    let natural: Vec<bool> = valid.iter().map(|&i| labelled.natural[i]).collect();
    let mut truth = Array2::zeros((valid.len(), themes));
    for (row, &i) in valid.iter().enumerate() {
        for theme in &labelled.examples[i].themes {
            truth[[row, usize::from(theme.0)]] = 1.0;
        }
    }
    calibrate(HeldOut {
        polarity_scores: heads.polarity.apply(rows).view(),
        theme_probabilities: heads.themes.apply(rows).mapv(crate::classify::sigmoid).view(),
        polarity: &polarity,
        themes: truth.view(),
        natural: &natural,
    })
}

/// Scores on the natural ones of the chosen sentences, whose rows are `rows`.
pub(super) fn scored(
    heads: &Heads,
    rows: ArrayView2<'_, f32>,
    calibration: &Calibration,
    labelled: &Labelled<'_>,
    chosen: &[usize],
    on: &str,
    seed: u64,
) -> Vec<Score> {
    let judgements = heads.judge(rows, calibration);
    let letters: Vec<&str> = chosen.iter().map(|&i| dataset::unit(labelled.examples[i])).collect();
    let names: Vec<&str> = letters.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let judged: Vec<Judged<'_>> = judgements
        .iter()
        .zip(chosen)
        .zip(&letters)
        .filter(|((_, i), _)| labelled.natural[**i])
        .map(|((judgement, &i), letter)| Judged {
            judgement,
            polarity: labelled.examples[i].polarity,
            themes: &labelled.examples[i].themes,
            group: names.binary_search(letter).unwrap_or_default(),
        })
        .collect();
    score(&judged, on, seed)
}
