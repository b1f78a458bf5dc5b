//! Putting into a bundle what its training sentences can be known by.

use super::LabelFile;
use crate::classify::Bundle;
use crate::dataset::Seen;
use crate::error::Result;

/// The bundle with a record of the sentences of `files` and of those that its encoder had seen `before`, so that an
/// evaluation can tell what is new to it.
///
/// # Errors
/// As [`Bundle::with_seen`].
pub fn remember(bundle: Bundle, files: &[LabelFile], before: &Seen) -> Result<Bundle> {
    let sentences = files.iter().flat_map(|file| &file.examples).map(|example| example.sentence.as_str());
    bundle.with_seen(before.with(sentences).to_text().into_bytes())
}
