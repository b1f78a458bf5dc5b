//! Sentences a second of each stage on the Kingston letter: reading, splitting, encoding (in each precision, on one thread and on two), judging
//! vectors, writing. `cargo bench` prints them.
//!
//! They tell where time goes and whether a change moved it. How the encoder stands beside other engines is for
//! `eval/peers/run.sh`, which times all of them in one run: a time of one hour says nothing about another.
#![allow(missing_docs)]

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use lettermark::classify::{Bundle, Classifier, Context, Item, features, together};
use lettermark::encode::{Encoder, Passage, Precision};
use lettermark::finding::LetterFindings;
use lettermark::ingest::{self, Document, Input, Limits};
use lettermark::output::{About, Format, Renderer, TableStyle};
use lettermark::pipeline::{Pipeline, Source};
use lettermark::sentences;

const LETTER: &str = "datasets/letters/kingston-2018-send-letter.txt";

fn stages(criterion: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(LETTER);
    let bytes = fs::read(&path).expect("committed");
    let bundle = Bundle::built_in().expect("it is inside the program");
    let letter = judged(&bundle, &path);
    let mut group = criterion.benchmark_group("kingston");
    group.throughput(Throughput::Elements(letter.findings.len() as u64)).sample_size(10);

    group.bench_function("read", |b| b.iter(|| read(&bytes)));
    let document = read(&bytes);
    group.bench_function("split", |b| b.iter(|| sentences::split(&document)));
    encode(&mut group, &bundle, &letter);
    judge(&mut group, &bundle, &letter);
    for (name, format) in
        [("csv", Format::Csv), ("html", Format::Html), ("xlsx", Format::Xlsx), ("parquet", Format::Parquet)]
    {
        group.bench_function(format!("write/{name}"), |b| b.iter(|| write(&bundle, &letter, format)));
    }
    group.finish();
}

fn read(bytes: &[u8]) -> Document {
    match ingest::read_bytes(LETTER, bytes, &Limits::default()) {
        Ok(Input::Letter(document)) => document,
        _ => panic!("the letter is one and can be read"),
    }
}

fn judged(bundle: &Bundle, path: &Path) -> LetterFindings {
    let pipeline = Pipeline::new(Classifier::from_bundle(bundle, Precision::best()).expect("it is whole"));
    let batch = pipeline.read(vec![Source::file(path)], &mut |_| {});
    pipeline.classify(batch).next().expect("one letter").expect("it can be read")
}

fn items(letter: &LetterFindings) -> Vec<Item<'_>> {
    let findings = &letter.findings;
    let items = findings.iter().enumerate().map(|(at, finding)| {
        let before = at.checked_sub(1).map(|before| &findings[before]);
        Item {
            sentence: &finding.sentence,
            previous: before.map(|before| before.sentence.as_str()),
            heading: &finding.heading,
            follows: before.is_some_and(|before| before.heading == finding.heading),
        }
    });
    items.collect()
}

/// The sentences as they stand in their sections, and each alone.
fn encode(group: &mut BenchmarkGroup<'_, WallTime>, bundle: &Bundle, letter: &LetterFindings) {
    let items = items(letter);
    let sections: Vec<Passage<'_>> = together(&items, Context::Section).into_iter().map(|part| part.passage).collect();
    let alone: Vec<Passage<'_>> = items.iter().map(|item| Passage::single(item.sentence)).collect();
    for precision in [Precision::Fixed16, Precision::Bf16, Precision::F32].into_iter().filter(|p| p.is_available()) {
        let encoder = bundle.encoder_files().encoder(precision).expect("it is whole");
        for (name, passages) in [("sections", &sections), ("alone", &alone)] {
            for threads in [1, 2] {
                group.bench_function(format!("encode/{name}/{precision:?}/{threads}"), |b| {
                    b.iter(|| encoder.encode(passages, threads));
                });
            }
        }
    }
}

fn judge(group: &mut BenchmarkGroup<'_, WallTime>, bundle: &Bundle, letter: &LetterFindings) {
    let encoder = bundle.encoder_files().encoder(Precision::best()).expect("it is whole");
    let rows = features(&encoder, Context::Section, &items(letter), 2).rows;
    let calibration = &bundle.manifest().calibration;
    group.bench_function("judge", |b| b.iter(|| bundle.heads().judge(rows.view(), calibration)));
}

fn write(bundle: &Bundle, letter: &LetterFindings, format: Format) {
    let about = About { taxonomy: bundle.taxonomy().clone(), model: bundle.manifest().id.clone() };
    let mut renderer = Renderer::new(format, TableStyle::default(), about).expect("a temporary file can be made");
    black_box(renderer.letter(letter).expect("it fits"));
    black_box(renderer.finish().expect("it fits"));
}

criterion_group!(benches, stages);
criterion_main!(benches);
