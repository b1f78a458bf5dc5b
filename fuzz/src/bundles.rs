//! A model's folder: manifest, taxonomy, heads, encoder.

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
    let parts = parts::<6>(data);
    let manifest = file(MANIFEST, parts[0]);
    for (name, contents) in FILES.into_iter().zip(&parts[1..]) {
        file(name, contents);
    }
    let folder = manifest.parent().expect("a file in a folder").to_owned();
    for difference in Bundle::verify(&folder).unwrap_or_default() {
        assert!(!difference.to_string().is_empty());
    }
    open(&folder);
    if let Ok(mut sealed) = Manifest::parse(parts[0], &manifest) {
        sealed.files = FILES.into_iter().zip(&parts[1..]).map(|(name, bytes)| FileEntry::of(name, bytes)).collect();
        sealed.id = sealed.expected_id(&FILES);
        file(MANIFEST, sealed.to_json().as_bytes());
        open(&folder);
    }
}

fn open(folder: &std::path::Path) {
    let classifier = Bundle::open(folder).and_then(|bundle| Classifier::from_bundle(&bundle, Precision::F32));
    match classifier {
        Ok(classifier) => {
            let item = Item { sentence: "Plans are late.", ..Item::default() };
            let judged = classifier.judge(&[item], 1);
            assert_eq!(judged.len(), 1, "one judgement an item");
            assert!(judged[0].polarity_scores.iter().all(|score| (0.0..=1.0).contains(score)), "{:?}", judged[0]);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
