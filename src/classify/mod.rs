//! Embeddings to labels: the encoder and the heads on it, saved together as a bundle.

mod bundle;
mod card;
mod encoder_files;
mod features;
mod heads;
mod heads_file;
mod manifest;

use std::path::Path;

pub use bundle::{Bundle, Parts};
pub use encoder_files::EncoderFiles;
pub use features::{Context, Features, Item, SECTION_BYTES, Together, features, together};
pub use heads::{Calibration, Heads, Linear, MAX_THEMES, REVIEW_ALL, argmax, choose_themes, sigmoid, softmax};
pub use manifest::{Difference, DifferenceKind, FileEntry, InputEntry, Manifest, Score, Training, hex_sha256};

use crate::encode::{Encoder, Precision};
use crate::error::{Error, ErrorKind, Result};
use crate::taxonomy::{Polarity, Taxonomy, ThemeId};

/// Passages that are encoded at a time.
const AT_ONCE: usize = 2_000;

/// What the model says of one sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The likeliest polarity.
    pub polarity: Polarity,
    /// Calibrated probabilities in the order of [`Polarity::ALL`]; they sum to one.
    pub polarity_scores: [f32; 4],
    /// One to three themes with their probabilities, the main one first; `none` alone.
    pub themes: Vec<(ThemeId, f32)>,
    /// Whether the model is less sure than its bundle's cut, so that a person should look.
    pub needs_review: bool,
    /// Whether the end of the sentence was not read because it is too long.
    pub truncated: bool,
}

/// A model ready to judge: an encoder and the heads that were fitted to it.
pub struct Classifier {
    encoder: Box<dyn Encoder>,
    heads: Heads,
    manifest: Manifest,
    taxonomy: Taxonomy,
}

impl Classifier {
    /// The model in a folder, in the arithmetic that is fastest on this processor.
    ///
    /// # Errors
    /// As [`Bundle::open`].
    pub fn open(dir: &Path) -> Result<Self> {
        Classifier::from_bundle(&Bundle::open(dir)?, Precision::best()).map_err(|e| e.in_file(dir))
    }

    /// The model of a bundle.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] when its encoder's files are damaged or do not fit its heads.
    pub fn from_bundle(bundle: &Bundle, precision: Precision) -> Result<Self> {
        Classifier::with_encoder(bundle, Box::new(bundle.encoder_files().encoder(precision)?))
    }

    /// The heads of `bundle` on this encoder, which must be the one that its files describe.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] when the encoder's vectors are not as long as the bundle's.
    pub fn with_encoder(bundle: &Bundle, encoder: Box<dyn Encoder>) -> Result<Self> {
        let (manifest, dimension) = (bundle.manifest(), encoder.dimension());
        if dimension != manifest.dimension {
            return Err(Error::new(
                ErrorKind::Bundle,
                format!("the encoder gives {dimension} numbers where the model was trained on {}", manifest.dimension),
            ));
        }
        Ok(Classifier {
            encoder,
            heads: bundle.heads().clone(),
            manifest: manifest.clone(),
            taxonomy: bundle.taxonomy().clone(),
        })
    }

    /// The labels that it gives.
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.taxonomy
    }

    /// The model as findings name it.
    pub fn model_id(&self) -> &str {
        &self.manifest.id
    }

    /// Judges sentences, one judgement an item, in order. Passages that come several times are encoded once.
    ///
    /// A judgement depends on its item and, where the model reads whole [sections](Context::Section), on those that follow
    /// each other with it; on nothing else, nor on `threads`.
    pub fn judge(&self, items: &[Item<'_>], threads: usize) -> Vec<Judgement> {
        let divided = together(items, self.manifest.context);
        let mut judgements = Vec::with_capacity(items.len());
        // In parts, so that what is in memory does not grow with the number of items.
        for part in divided.chunks(AT_ONCE) {
            let Features { rows, truncated } = features::encode(&*self.encoder, part, threads);
            let judged = self.heads.judge(rows.view(), &self.manifest.calibration);
            judgements
                .extend(judged.into_iter().zip(truncated).map(|(judged, truncated)| Judgement { truncated, ..judged }));
        }
        judgements
    }

    /// The model inside the program, in the arithmetic that is fastest on this processor.
    ///
    /// # Errors
    /// As [`Bundle::built_in`].
    pub fn built_in() -> Result<Self> {
        Classifier::from_bundle(&Bundle::built_in()?, Precision::best())
    }
}
