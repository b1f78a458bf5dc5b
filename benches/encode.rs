//! Sentences a second of the encoder, on the Kingston letter's lines, tokenizing included.
#![allow(missing_docs)]

use std::fs;
use std::path::PathBuf;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lettermark::encode::{Config, Encoder, MiniLm, Passage, Precision};

fn encode(criterion: &mut Criterion) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let bundle = root.join("models/default");
    let (Ok(weights), Ok(tokenizer)) =
        (fs::read(bundle.join("encoder.safetensors")), fs::read(bundle.join("tokenizer.json")))
    else {
        println!("skipped: needs the encoder of models/default");
        return;
    };
    let letter = fs::read_to_string(root.join("datasets/letters/kingston-2018-send-letter.txt")).expect("committed");
    let texts: Vec<&str> = letter.split(['.', '\u{c}']).map(str::trim).filter(|text| text.len() > 20).collect();
    let passages: Vec<Passage> = texts.iter().cycle().take(400).map(|text| Passage::single(text)).collect();
    let mut group = criterion.benchmark_group("encode");
    group.throughput(Throughput::Elements(passages.len() as u64)).sample_size(10);
    for precision in [Precision::Fixed16, Precision::Bf16, Precision::F32] {
        let encoder = MiniLm::from_bytes(&weights, &tokenizer, &Config::default(), precision).expect("it loads");
        for threads in [1, 2] {
            group.bench_function(format!("{precision:?}/{threads}"), |b| b.iter(|| encoder.encode(&passages, threads)));
        }
    }
    group.finish();
}

criterion_group!(benches, encode);
criterion_main!(benches);
