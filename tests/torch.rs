//! The second encoder, rust-bert on libtorch, against ours; and fine-tuning. Runs with `--features torch`.
#![cfg(feature = "torch")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use lettermark::classify::{Bundle, Classifier, Item};
use lettermark::dataset;
use lettermark::encode::{Encoder, Passage, Precision, TorchBert};
use lettermark::taxonomy::Taxonomy;
use lettermark::train::{FineTuneOptions, LabelFile, Options, Progress, fine_tune};
use tch::Device;

/// Sentences of the fine-tuning test, enough for a few steps.
const SENTENCES: usize = 64;

fn written() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/labels/written.csv")
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[test]
fn rust_bert_gives_our_vectors() {
    let files = Bundle::built_in().unwrap().encoder_files().pooling_last_layer().unwrap();
    let config = files.config().unwrap();
    let reference = TorchBert::from_bytes(&files.weights, &files.tokenizer, &config, Device::Cpu).unwrap();
    let labelled = dataset::read_file(&written(), &Taxonomy::default()).unwrap();
    let mut passages: Vec<Passage<'_>> = Vec::new();
    for example in labelled.examples.iter().take(100) {
        passages.push(Passage::single(&example.sentence));
        passages.push(Passage { texts: vec![&example.heading, &example.previous, &example.sentence], wanted: 1..3 });
    }
    let expected: Vec<_> = reference.encode(&passages, 1).into_iter().flatten().collect();
    for precision in [Precision::F32, Precision::Bf16, Precision::Fixed16] {
        if !precision.is_available() {
            eprintln!("skipped: this processor has no {precision:?}");
            continue;
        }
        let ours: Vec<_> = files.encoder(precision).unwrap().encode(&passages, 2).into_iter().flatten().collect();
        assert_eq!(ours.len(), expected.len());
        let worst = ours.iter().zip(&expected).map(|(a, b)| cosine(&a.vector, &b.vector)).fold(1.0, f32::min);
        assert!(worst >= 0.999, "{precision:?}: {worst}");
    }
}

#[test]
fn a_few_steps_move_the_encoder_and_make_a_bundle_that_judges() {
    let taxonomy = Taxonomy::default();
    let mut file = LabelFile::read(&written(), &taxonomy).unwrap();
    file.examples.truncate(SENTENCES);
    file.picked.truncate(SENTENCES);
    let letters: BTreeSet<String> = file.examples.iter().map(|e| e.letter.clone()).collect();
    let last = letters.iter().next_back().unwrap().clone();
    assert!(letters.len() > 1, "a letter must be left to validate on");
    let base = Bundle::built_in().unwrap().encoder_files().clone();
    let how = FineTuneOptions { epochs: 1, valid_letters: [last].into(), ..FineTuneOptions::default() };
    let options = Options { name: "test".to_owned(), threads: 2, ..Options::default() };
    let mut losses = Vec::new();
    let (bundle, report) =
        fine_tune(&[file], &taxonomy, &base, &options, &how, &AtomicBool::new(false), &mut |progress| {
            if let Progress::FineTuning { loss, .. } = progress {
                losses.push(loss);
            }
        })
        .unwrap();
    assert!(losses.len() > 2 && losses.iter().all(|loss| loss.is_finite()), "{losses:?}");
    assert_ne!(bundle.encoder_files().weights, base.weights, "the encoder's weights did not move");
    assert_eq!(bundle.encoder_files().tokenizer, base.tokenizer);
    assert!(!report.scores.is_empty());

    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("tuned");
    bundle.save(&saved).unwrap();
    let classifier = Classifier::open(&saved).unwrap();
    let item = Item { sentence: "Leaders know their services well.", ..Item::default() };
    assert_eq!(classifier.judge(&[item], 1).len(), 1);
}

#[test]
fn stopping_before_the_first_step_keeps_nothing_and_says_so() {
    let taxonomy = Taxonomy::default();
    let file = LabelFile::read(&written(), &taxonomy).unwrap();
    let base = Bundle::built_in().unwrap().encoder_files().clone();
    let stop = AtomicBool::new(true);
    let how = FineTuneOptions::default();
    let error = fine_tune(&[file], &taxonomy, &base, &Options::default(), &how, &stop, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("stopped before its first step"), "{error}");
}
