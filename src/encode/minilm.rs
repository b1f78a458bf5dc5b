//! The forward pass of a BERT encoder such as all-MiniLM-L6-v2, without padding.

use std::ops::Range;

use half::f16;
use half::slice::HalfFloatSliceExt;
use serde::{Deserialize, Serialize};

use crate::encode::kernels::{AttentionShape, layer_norm};
use crate::encode::linear::{Activations, Arithmetic, Attention, Linear, Precision, Scratch};
use crate::encode::tokenize::{Memory, Sequence, Tokenizer};
use crate::encode::weights::{Weights, bundle_error};
use crate::encode::workers::{Pool, in_parallel};
use crate::encode::{Embedding, Encoder, Passage};
use crate::error::Result;

/// The measures of the encoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Transformer layers; a distilled encoder has fewer than its teacher.
    pub layers: usize,
    /// Attention heads of a layer.
    pub heads: usize,
    /// Length of a token's vector, and of the embedding.
    pub hidden: usize,
    /// Width of the feed-forward layer.
    pub intermediate: usize,
    /// The most tokens of a passage that are read, `[CLS]` and `[SEP]` included.
    pub max_tokens: usize,
    /// What is added to the variance in layer normalisation.
    pub layer_norm_epsilon: f32,
    /// The layers, counted from one, whose outputs are pooled; an embedding is their directions one after the other.
    pub pooled: Vec<usize>,
}

impl Default for Config {
    /// all-MiniLM-L6-v2, pooled as sentence-transformers pools it: its last layer.
    fn default() -> Self {
        Config {
            layers: 6,
            heads: 12,
            hidden: 384,
            intermediate: 1536,
            max_tokens: 256,
            layer_norm_epsilon: 1e-12,
            pooled: vec![6],
        }
    }
}

impl Config {
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |what: &str| Err(bundle_error(format!("the encoder's configuration cannot be used: {what}")));
        let step = self.heads.saturating_mul(8);
        if self.heads == 0 || self.hidden == 0 || !self.hidden.is_multiple_of(step) {
            return wrong(&format!(
                "{} columns do not divide into {} heads of a multiple of 8",
                self.hidden, self.heads
            ));
        }
        if !self.hidden.is_multiple_of(16) || self.intermediate == 0 || !self.intermediate.is_multiple_of(16) {
            return wrong("hidden and intermediate must be multiples of 16");
        }
        let ordered = self.pooled.windows(2).all(|pair| pair[0] < pair[1]);
        let (first, last) = (self.pooled.first(), self.pooled.last());
        if !ordered || first.is_none_or(|&layer| layer == 0) || last.is_none_or(|&layer| layer > self.layers) {
            return wrong(&format!("pooled must name layers from 1 to {} in order, each once", self.layers));
        }
        // What is reserved for each comes before its weights are looked for.
        if self.layers > MOST_LAYERS {
            return wrong(&format!("{} layers are more than {MOST_LAYERS}", self.layers));
        }
        if self.max_tokens < 3 {
            return wrong("max_tokens must be at least 3");
        }
        if !(self.layer_norm_epsilon.is_finite() && self.layer_norm_epsilon >= 0.0) {
            return wrong("layer_norm_epsilon must be a small positive number");
        }
        Ok(())
    }

    fn attention(&self) -> AttentionShape {
        AttentionShape { heads: self.heads, head_dim: self.hidden / self.heads }
    }
}

/// Far more than any encoder has.
const MOST_LAYERS: usize = 1024;

/// A BERT encoder with mean pooling.
pub struct MiniLm {
    config: Config,
    arithmetic: Arithmetic,
    tokenizer: Tokenizer,
    /// Token vectors, a row for each id.
    words: Vec<f16>,
    /// Position vectors with the vector of token type 0 added, a row for each position.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    workers: Pool<Worker>,
}

struct Layer {
    /// Query, key and value in one product.
    qkv: Linear,
    attended: Linear,
    attended_norm: Norm,
    /// The feed-forward layer in blocks of columns: into the block, and from it back.
    feed_forward: Vec<(Linear, Linear)>,
    norm: Norm,
}

struct Norm {
    gain: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

/// What a worker keeps from one chunk to the next.
#[derive(Default)]
struct Worker {
    memory: Memory,
    /// The tokens' vectors, a row each.
    rows: Vec<f32>,
    operand: Activations,
    qkv: Activations,
    block: Activations,
    scratch: Scratch,
}

impl MiniLm {
    /// The encoder with the given weights (safetensors of f32, f16 or bf16, named as Hugging Face names BERT's) and
    /// `tokenizer.json`.
    ///
    /// An error of [`ErrorKind::Bundle`](crate::ErrorKind::Bundle) names the tensor that is missing, of another shape
    /// or not finite.
    pub fn from_bytes(weights: &[u8], tokenizer_json: &[u8], config: &Config, precision: Precision) -> Result<Self> {
        config.check()?;
        let arithmetic = Arithmetic::new(precision, config.attention(), config.intermediate);
        let weights = Weights::parse(weights)?;
        if weights.has(&format!("encoder.layer.{}.output.dense.weight", config.layers)) {
            return Err(bundle_error(format!(
                "the weights have more layers than the {} of the configuration",
                config.layers
            )));
        }
        if config.layers > weights.len() {
            return Err(bundle_error(format!(
                "the weights have fewer layers than the {} of the configuration",
                config.layers
            )));
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        // The tokenizer takes as long as a few layers, so it is one more item of the same work.
        let mut tokenizer = None;
        let layers = std::thread::scope(|scope| {
            let reading = scope.spawn(|| Tokenizer::from_bytes(tokenizer_json, config.max_tokens));
            let layers =
                in_parallel(config.layers, threads, || (), |(), i| read_layer(&weights, i, config, arithmetic));
            tokenizer = reading.join().ok();
            layers
        });
        let tokenizer = tokenizer.unwrap_or_else(|| Err(bundle_error("tokenizer.json cannot be read")))?;
        let layers = layers.into_iter().collect::<Result<Vec<_>>>()?;

        let hidden = config.hidden;
        let words = "embeddings.word_embeddings.weight";
        let vocabulary = weights.rows(words)?;
        if tokenizer.vocabulary() > vocabulary {
            return Err(bundle_error(format!(
                "the tokenizer has {} tokens and the tensor \"{words}\" {vocabulary}; they do not belong together",
                tokenizer.vocabulary()
            )));
        }
        let positions = "embeddings.position_embeddings.weight";
        let most = weights.rows(positions)?;
        if config.max_tokens > most {
            return Err(bundle_error(format!(
                "max_tokens is {} and the tensor \"{positions}\" has only {most} positions",
                config.max_tokens
            )));
        }
        let mut positions = weights.read(positions, &[most, hidden])?;
        positions.truncate(config.max_tokens * hidden);
        let types = "embeddings.token_type_embeddings.weight";
        let types = weights.read(types, &[weights.rows(types)?, hidden])?;
        for position in positions.chunks_exact_mut(hidden) {
            position.iter_mut().zip(&types).for_each(|(p, t)| *p += t);
        }
        Ok(MiniLm {
            words: weights.read_f16(words, &[vocabulary, hidden])?,
            positions,
            norm: Norm::read(&weights, "embeddings.LayerNorm", config)?,
            config: config.clone(),
            arithmetic,
            tokenizer,
            layers,
            workers: Pool::default(),
        })
    }

    /// The token ids that are read for a single text, `[CLS]` and `[SEP]` included.
    pub fn token_ids(&self, text: &str) -> Vec<u32> {
        let sequences = self.tokenizer.sequences(&Passage::single(text), &mut Memory::default());
        sequences.into_iter().flat_map(|sequence| sequence.ids).collect()
    }

    /// The embeddings of the wanted texts of each sequence. The sequences lie end to end as rows of one matrix.
    fn forward(&self, sequences: &[Sequence], worker: &mut Worker) -> Vec<Vec<Embedding>> {
        let hidden = self.config.hidden;
        self.embed(sequences, &mut worker.rows);
        let mut embeddings: Vec<Vec<Embedding>> = sequences
            .iter()
            .map(|s| s.wanted.iter().map(|p| Embedding { vector: Vec::new(), truncated: p.truncated }).collect())
            .collect();
        let mut attentions = whole(sequences);
        let mut wanted = wanted_rows(sequences);
        for (number, layer) in (1..).zip(&self.layers) {
            let is_last = number == self.layers.len();
            if is_last {
                attentions = of_wanted(sequences);
            }
            self.attend(layer, &attentions, worker);
            if is_last {
                // Nothing reads the other rows any more: in a letter, those of heading and sentence before, two thirds.
                keep(&wanted, hidden, &mut worker.rows);
                close_up(&mut wanted);
            }
            self.add_attended(layer, worker);
            self.feed_forward(layer, worker);
            if self.config.pooled.contains(&number) {
                pool(&worker.rows, hidden, &wanted, embeddings.iter_mut().flatten());
            }
        }
        // A concatenation of n directions has a length of √n.
        let scale = 1.0 / (self.config.pooled.len() as f32).sqrt();
        if self.config.pooled.len() > 1 {
            embeddings.iter_mut().flatten().flat_map(|e| &mut e.vector).for_each(|x| *x *= scale);
        }
        embeddings
    }

    fn embed(&self, sequences: &[Sequence], rows: &mut Vec<f32>) {
        let hidden = self.config.hidden;
        let count: usize = sequences.iter().map(|s| s.ids.len()).sum();
        rows.resize(count * hidden, 0.0);
        let tokens = sequences.iter().flat_map(|s| s.ids.iter().zip(self.positions.chunks_exact(hidden)));
        for ((&id, position), row) in tokens.zip(rows.chunks_exact_mut(hidden)) {
            self.words[id as usize * hidden..][..hidden].convert_to_f32_slice(row);
            row.iter_mut().zip(position).for_each(|(x, p)| *x += p);
            self.norm.apply(row);
        }
    }

    /// Leaves a row for each query in `operand`.
    fn attend(&self, layer: &Layer, attentions: &[Attention], worker: &mut Worker) {
        let Worker { rows, operand, qkv, scratch, .. } = worker;
        operand.set(self.arithmetic, rows, self.config.hidden);
        layer.qkv.write(operand, qkv);
        qkv.attend(self.arithmetic, attentions, self.config.attention(), operand, scratch);
    }

    fn add_attended(&self, layer: &Layer, worker: &mut Worker) {
        layer.attended.add(&worker.operand, &mut worker.rows);
        worker.rows.chunks_exact_mut(self.config.hidden).for_each(|row| layer.attended_norm.apply(row));
    }

    fn feed_forward(&self, layer: &Layer, worker: &mut Worker) {
        let Worker { rows, operand, block, scratch, .. } = worker;
        operand.set(self.arithmetic, rows, self.config.hidden);
        for (into, back) in &layer.feed_forward {
            into.write_gelu(self.arithmetic, operand, block, scratch);
            back.add(block, rows);
        }
        rows.chunks_exact_mut(self.config.hidden).for_each(|row| layer.norm.apply(row));
    }
}

impl Encoder for MiniLm {
    fn dimension(&self) -> usize {
        self.config.hidden * self.config.pooled.len()
    }

    fn max_tokens(&self) -> usize {
        self.config.max_tokens
    }

    fn encode(&self, passages: &[Passage<'_>], threads: usize) -> Vec<Vec<Embedding>> {
        let start = || self.workers.take();
        let sequences = in_parallel(passages.len(), threads, start, |worker, i| {
            self.tokenizer.sequences(&passages[i], &mut worker.memory)
        });
        let counts: Vec<usize> = sequences.iter().map(Vec::len).collect();
        let sequences: Vec<Sequence> = sequences.into_iter().flatten().collect();
        let chunks = chunks(&sequences, self.arithmetic.chunk_rows());
        let embedded = in_parallel(chunks.len(), threads, start, |worker, i| self.forward(chunks[i], worker));
        let mut embedded = embedded.into_iter().flatten();
        counts.into_iter().map(|count| embedded.by_ref().take(count).flatten().collect()).collect()
    }
}

/// Consecutive sequences of together at most `most` rows, or one longer sequence.
fn chunks(sequences: &[Sequence], most: usize) -> Vec<&[Sequence]> {
    let mut chunks = Vec::new();
    let (mut start, mut rows) = (0, 0);
    for (i, sequence) in sequences.iter().enumerate() {
        if i > start && rows + sequence.ids.len() > most {
            chunks.push(&sequences[start..i]);
            (start, rows) = (i, 0);
        }
        rows += sequence.ids.len();
    }
    if start < sequences.len() {
        chunks.push(&sequences[start..]);
    }
    chunks
}

/// The rows of each sequence, where the sequences lie end to end.
fn sequence_rows(sequences: &[Sequence]) -> impl Iterator<Item = (&Sequence, Range<usize>)> {
    let mut end = 0;
    sequences.iter().map(move |sequence| {
        let start = end;
        end += sequence.ids.len();
        (sequence, start..end)
    })
}

/// Every row of a sequence asks.
fn whole(sequences: &[Sequence]) -> Vec<Attention> {
    sequence_rows(sequences).map(|(_, rows)| Attention { queries: 0..rows.len(), rows }).collect()
}

/// Only the rows of the wanted texts ask.
fn of_wanted(sequences: &[Sequence]) -> Vec<Attention> {
    let wanted = |(sequence, rows): (&Sequence, Range<usize>)| {
        let pieces: Vec<Range<usize>> = sequence.wanted.iter().map(|piece| piece.rows.clone()).collect();
        pieces.into_iter().map(move |queries| Attention { rows: rows.clone(), queries })
    };
    sequence_rows(sequences).flat_map(wanted).collect()
}

/// The rows of each wanted text.
fn wanted_rows(sequences: &[Sequence]) -> Vec<Range<usize>> {
    let absolute = |a: Attention| a.rows.start + a.queries.start..a.rows.start + a.queries.end;
    of_wanted(sequences).into_iter().map(absolute).collect()
}

/// Takes away all rows but the `wanted` ones, which stand in order.
fn keep(wanted: &[Range<usize>], hidden: usize, rows: &mut Vec<f32>) {
    let mut end = 0;
    for range in wanted {
        rows.copy_within(range.start * hidden..range.end * hidden, end);
        end += range.len() * hidden;
    }
    rows.truncate(end);
}

/// Where the ranges stand once nothing is between them.
fn close_up(ranges: &mut [Range<usize>]) {
    let mut next = 0;
    for range in ranges {
        *range = next..next + range.len();
        next = range.end;
    }
}

/// Adds to each wanted text's embedding the direction of its rows' mean.
fn pool<'a>(rows: &[f32], hidden: usize, wanted: &[Range<usize>], embeddings: impl Iterator<Item = &'a mut Embedding>) {
    for (range, embedding) in wanted.iter().zip(embeddings) {
        embedding.vector.extend(mean_direction(&rows[range.start * hidden..range.end * hidden], hidden));
    }
}

/// The mean of the rows, at unit length.
fn mean_direction(rows: &[f32], hidden: usize) -> Vec<f32> {
    let mut mean = vec![0.0; hidden];
    for row in rows.chunks_exact(hidden) {
        mean.iter_mut().zip(row).for_each(|(m, x)| *m += x);
    }
    // The direction is the sum's; 1e-12 is what PyTorch's `normalize` puts in place of a length of zero.
    let length = mean.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
    mean.iter_mut().for_each(|m| *m /= length);
    mean
}

fn read_layer(weights: &Weights<'_>, index: usize, config: &Config, arithmetic: Arithmetic) -> Result<Layer> {
    let hidden = config.hidden;
    let name = |part: &str| format!("encoder.layer.{index}.{part}");
    let matrix = |part: &str, columns, depth| weights.read(&name(&format!("{part}.weight")), &[columns, depth]);
    let bias = |part: &str, columns| weights.read(&name(&format!("{part}.bias")), &[columns]);

    let (mut qkv, mut qkv_bias) = (Vec::new(), Vec::new());
    for part in ["attention.self.query", "attention.self.key", "attention.self.value"] {
        qkv.extend(matrix(part, hidden, hidden)?);
        qkv_bias.extend(bias(part, hidden)?);
    }
    let attended = matrix("attention.output.dense", hidden, hidden)?;
    let into = matrix("intermediate.dense", config.intermediate, hidden)?;
    let into_bias = bias("intermediate.dense", config.intermediate)?;
    let back = matrix("output.dense", hidden, config.intermediate)?;
    let mut back_bias = bias("output.dense", hidden)?;

    let mut feed_forward = Vec::new();
    let size = arithmetic.feed_forward_block();
    for start in (0..config.intermediate).step_by(size) {
        let end = (start + size).min(config.intermediate);
        let into = &into[start * hidden..end * hidden];
        let back: Vec<f32> = back.chunks_exact(config.intermediate).flat_map(|row| &row[start..end]).copied().collect();
        // The first block brings the bias along, the others add nothing.
        let back_bias = std::mem::replace(&mut back_bias, vec![0.0; hidden]);
        feed_forward.push((
            Linear::pack(arithmetic, into, hidden, into_bias[start..end].to_vec()),
            Linear::pack(arithmetic, &back, end - start, back_bias),
        ));
    }
    Ok(Layer {
        qkv: Linear::pack(arithmetic, &qkv, hidden, qkv_bias),
        attended: Linear::pack(arithmetic, &attended, hidden, bias("attention.output.dense", hidden)?),
        attended_norm: Norm::read(weights, &name("attention.output.LayerNorm"), config)?,
        feed_forward,
        norm: Norm::read(weights, &name("output.LayerNorm"), config)?,
    })
}

impl Norm {
    fn read(weights: &Weights<'_>, name: &str, config: &Config) -> Result<Self> {
        Ok(Norm {
            gain: weights.read(&format!("{name}.weight"), &[config.hidden])?,
            bias: weights.read(&format!("{name}.bias"), &[config.hidden])?,
            epsilon: config.layer_norm_epsilon,
        })
    }

    fn apply(&self, row: &mut [f32]) {
        layer_norm(row, &self.gain, &self.bias, self.epsilon);
    }
}
