//! lettermark's encoder as an engine that waits for orders, for `eval/peers/measure.py`; the protocol stands in
//! `eval/peers/engines.py`.
//!
//! `cargo run --release --example encode_rounds -- PRECISION BUNDLE SENTENCES THREADS`, where PRECISION is `best`,
//! `fixed16`, `bf16` or `f32`, or `rust-bert` with the feature `torch`.

use std::error::Error;
use std::io::{self, BufRead};
use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use lettermark::encode::{Config, Encoder, MiniLm, Passage, Precision};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [precision, bundle, sentences, threads] = &arguments[..] else {
        return Err("name a precision, the bundle's folder, the file of sentences and the number of threads".into());
    };
    let encoder = encoder(precision, Path::new(bundle))?;
    let threads: usize = threads.parse()?;
    let text = fs::read_to_string(sentences)?;
    let passages: Vec<Passage<'_>> = text.lines().map(Passage::single).collect();
    encoder.encode(&passages, threads);
    println!("ready");
    for order in io::stdin().lock().lines() {
        match order?.split_once(' ') {
            None => {
                let start = Instant::now();
                let vectors = encoder.encode(&passages, threads);
                println!("{}", start.elapsed().as_secs_f64());
                drop(vectors);
            }
            Some((_, path)) => {
                let vectors = encoder.encode(&passages, threads);
                let numbers = vectors.iter().flatten().flat_map(|embedding| &embedding.vector);
                fs::write(path, numbers.flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>())?;
                println!("written");
            }
        }
    }
    Ok(())
}

fn encoder(precision: &str, bundle: &Path) -> Result<Box<dyn Encoder>, Box<dyn Error>> {
    let weights = fs::read(bundle.join("encoder.safetensors"))?;
    let tokenizer = fs::read(bundle.join("tokenizer.json"))?;
    let config: Config = serde_json::from_slice(&fs::read(bundle.join("encoder.json"))?)?;
    let precision = match precision {
        "best" => Precision::best(),
        "fixed16" => Precision::Fixed16,
        "bf16" => Precision::Bf16,
        "f32" => Precision::F32,
        #[cfg(feature = "torch")]
        "rust-bert" => {
            tch::set_num_threads(env::args().nth(4).unwrap_or_default().parse()?);
            let encoder = lettermark::encode::TorchBert::from_bytes(&weights, &tokenizer, &config, tch::Device::Cpu)?;
            return Ok(Box::new(encoder));
        }
        other => return Err(format!("{other:?} is no precision of this program").into()),
    };
    if !precision.is_available() {
        return Err(format!("this processor has no {precision:?}").into());
    }
    Ok(Box::new(MiniLm::from_bytes(&weights, &tokenizer, &config, precision)?))
}
