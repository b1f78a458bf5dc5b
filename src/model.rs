//! The short way in: one type that reads a letter and says what it finds.

use std::path::Path;

use crate::classify::{Bundle, Classifier};
use crate::encode::Precision;
use crate::error::Result;
use crate::finding::Finding;
use crate::pipeline::{Pipeline, Source};

/// A model, ready to read letters.
///
/// For many letters at once, and for the facts of each, see [`Pipeline`].
pub struct Model {
    pipeline: Pipeline,
}

impl Model {
    /// The model that this library was built with.
    ///
    /// # Errors
    /// When its tables cannot be set up, which a test of every build rules out.
    #[allow(clippy::should_implement_trait, reason = "the trait cannot fail, loading a model can")]
    pub fn default() -> Result<Self> {
        Ok(Model { pipeline: Pipeline::new(Classifier::from_bundle(&Bundle::built_in()?, Precision::best())?) })
    }

    /// The model in a bundle's folder.
    ///
    /// # Errors
    /// When it is incomplete, damaged, or made for another version.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        Ok(Model { pipeline: Pipeline::new(Classifier::open(folder.as_ref())?) })
    }

    /// Reads one letter, or a table of sentences, and judges each sentence.
    ///
    /// # Errors
    /// When the file cannot be read, or no sentence stands in it.
    pub fn classify_path(&self, path: impl AsRef<Path>) -> Result<Vec<Finding>> {
        let batch = self.pipeline.read(vec![Source::file(path.as_ref())], &mut |_| {});
        let letters: Vec<_> = self.pipeline.classify(batch).collect::<Result<_>>()?;
        Ok(letters.into_iter().flat_map(|letter| letter.findings).collect())
    }

    /// What reads and judges many letters.
    pub fn into_pipeline(self) -> Pipeline {
        self.pipeline
    }
}
