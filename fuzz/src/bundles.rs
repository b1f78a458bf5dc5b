//! A model's folder: manifest, taxonomy, heads, encoder.

use std::path::{Path, PathBuf};

use lettermark::classify::{Bundle, Classifier, FileEntry, Item, Manifest};
use lettermark::encode::Precision;

use super::parts;
use super::tables::file;

/// The files of a bundle in the order of an input's parts; the manifest is the first part.
const FILES: [&str; 5] =
    ["taxonomy.toml", "heads.safetensors", "encoder.json", "tokenizer.json", "encoder.safetensors"];
const MANIFEST: &str = "manifest.json";

/// A bundle as it comes, and again with the manifest's sizes and hashes set right, so that what stands behind them is
/// tried too. Where it opens it judges a sentence.
pub fn bundle(data: &[u8]) {
    let folder = laid_out(data);
    for difference in Bundle::verify(&folder).unwrap_or_default() {
        assert!(!difference.to_string().is_empty());
    }
    open(&folder);
    if let Some(folder) = sealed(data) {
        open(&folder);
    }
}

/// The folder that an input stands for.
fn laid_out(data: &[u8]) -> PathBuf {
    let parts = parts::<6>(data);
    let manifest = file(MANIFEST, parts[0]);
    for (name, contents) in FILES.into_iter().zip(&parts[1..]) {
        file(name, contents);
    }
    manifest.parent().expect("a file in a folder").to_owned()
}

/// The same with the manifest's sizes and hashes set right; `None` where it has no manifest.
pub(super) fn sealed(data: &[u8]) -> Option<PathBuf> {
    let folder = laid_out(data);
    let parts = parts::<6>(data);
    let mut manifest = Manifest::parse(parts[0], &folder.join(MANIFEST)).ok()?;
    manifest.files = FILES.into_iter().zip(&parts[1..]).map(|(name, bytes)| FileEntry::of(name, bytes)).collect();
    manifest.id = manifest.expected_id(&FILES);
    file(MANIFEST, manifest.to_json().as_bytes());
    Some(folder)
}

fn open(folder: &Path) {
    for precision in [Precision::F32, Precision::Fixed16] {
        match Bundle::open(folder).and_then(|bundle| Classifier::from_bundle(&bundle, precision)) {
            Ok(classifier) => {
                let item = Item { sentence: "Plans are late.", ..Item::default() };
                let judged = classifier.judge(&[item], 1);
                assert_eq!(judged.len(), 1, "one judgement an item");
                assert!(judged[0].polarity_scores.iter().all(|score| (0.0..=1.0).contains(score)), "{:?}", judged[0]);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}
