//! rten as an engine that waits for orders, for `eval/peers/measure.py`; the protocol stands in `eval/peers/engines.py`.
//!
//! `peer-rten MODEL.onnx TOKENIZER SENTENCES`; the number of threads is the environment's `RTEN_NUM_THREADS`.

use std::error::Error;
use std::io::{self, BufRead};
use std::time::Instant;
use std::{env, fs};

use rten::{Model, NodeId};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;
use tokenizers::{Tokenizer, TruncationParams};

const BATCH_SIZES: [usize; 4] = [8, 16, 32, 64];
const MOST_TOKENS: usize = 256;

struct Engine {
    model: Model,
    tokenizer: Tokenizer,
    ids: NodeId,
    mask: NodeId,
    vectors: NodeId,
}

type Fallible<T> = Result<T, Box<dyn Error>>;

impl Engine {
    fn open(model: &str, tokenizer: &str) -> Fallible<Self> {
        let model = Model::load_file(model)?;
        let mut tokenizer = Tokenizer::from_file(tokenizer).map_err(|e| e.to_string())?;
        let truncation = TruncationParams { max_length: MOST_TOKENS, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(|e| e.to_string())?;
        tokenizer.with_padding(None);
        let node = |name| model.node_id(name).map_err(|e| e.to_string());
        let (ids, mask, vectors) = (node("input_ids")?, node("attention_mask")?, node("vectors")?);
        Ok(Engine { model, tokenizer, ids, mask, vectors })
    }

    /// A vector a sentence. Sorted by length, so that little is padded.
    fn encode(&self, sentences: &[&str], batch_size: usize) -> Fallible<Vec<Vec<f32>>> {
        let encodings = self.tokenizer.encode_batch(sentences.to_vec(), true).map_err(|e| e.to_string())?;
        let mut order: Vec<usize> = (0..sentences.len()).collect();
        order.sort_by_key(|&i| encodings[i].get_ids().len());
        let mut vectors = vec![Vec::new(); sentences.len()];
        for batch in order.chunks(batch_size) {
            let longest = batch.iter().map(|&i| encodings[i].get_ids().len()).max().unwrap_or(0);
            let id = |[row, at]: [usize; 2]| encodings[batch[row]].get_ids().get(at).map_or(0, |&id| id as i32);
            let known = |[row, at]: [usize; 2]| i32::from(at < encodings[batch[row]].get_ids().len());
            let ids = NdTensor::<i32, 2>::from_fn([batch.len(), longest], id);
            let mask = NdTensor::<i32, 2>::from_fn([batch.len(), longest], known);
            let inputs = vec![(self.ids, ids.view().into()), (self.mask, mask.view().into())];
            let mut outputs = self.model.run(inputs, &[self.vectors], None)?;
            let rows: NdTensor<f32, 2> = outputs.remove(0).try_into()?;
            for (at, &i) in batch.iter().enumerate() {
                vectors[i] = rows.slice(at).iter().copied().collect();
            }
        }
        Ok(vectors)
    }

    fn seconds(&self, sentences: &[&str], batch_size: usize) -> Fallible<f64> {
        let start = Instant::now();
        self.encode(sentences, batch_size)?;
        Ok(start.elapsed().as_secs_f64())
    }
}

fn main() -> Fallible<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [model, tokenizer, sentences] = &arguments[..] else {
        return Err("name the model, the tokenizer and the file of sentences".into());
    };
    let engine = Engine::open(model, tokenizer)?;
    let text = fs::read_to_string(sentences)?;
    let sentences: Vec<&str> = text.lines().collect();
    engine.encode(&sentences[..sentences.len().min(100)], BATCH_SIZES[0])?;
    let mut best = (f64::INFINITY, BATCH_SIZES[0]);
    for size in BATCH_SIZES {
        let seconds = engine.seconds(&sentences, size)?;
        if seconds < best.0 {
            best = (seconds, size);
        }
    }
    println!("ready, {} sentences a batch", best.1);
    for order in io::stdin().lock().lines() {
        match order?.split_once(' ') {
            None => println!("{}", engine.seconds(&sentences, best.1)?),
            Some((_, path)) => {
                let vectors = engine.encode(&sentences, best.1)?;
                fs::write(path, vectors.iter().flatten().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>())?;
                println!("written");
            }
        }
    }
    Ok(())
}
