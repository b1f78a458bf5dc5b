//! The encoder on libtorch, by rust-bert (feature `torch`): the reference that parity tests compare with, and the only
//! implementation that can be trained.

use std::sync::{Mutex, PoisonError};

use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use tch::{Device, Kind, Tensor, nn};

use crate::encode::tokenize::{Memory, Sequence, Tokenizer};
use crate::encode::weights::{Weights, bundle_error};
use crate::encode::{Config, Embedding, Encoder, Passage};
use crate::error::{Error, ErrorKind, Result};

/// Sequences of a batch where nothing is trained.
const BATCH: usize = 32;

/// The value in layer normalisation that rust-bert does not let one choose.
const EPSILON: f32 = 1e-12;

/// Number of the optimiser's parameter group of the encoder.
pub(crate) const ENCODER_GROUP: usize = 0;

/// A BERT encoder on libtorch, mean pooled over its last layer.
pub struct TorchBert {
    /// rust-bert's modules may not be shared between threads, so one is let in at a time.
    model: Mutex<BertModel<BertEmbeddings>>,
    store: nn::VarStore,
    tokenizer: Tokenizer,
    config: Config,
}

/// The token ids of a passage, ready for a batch.
pub(crate) struct Tokens(Sequence);

impl Tokens {
    /// How many there are, special tokens included.
    pub(crate) fn len(&self) -> usize {
        self.0.ids.len()
    }
}

impl TorchBert {
    /// The encoder with the given weights and `tokenizer.json`, both as [`MiniLm`](super::MiniLm) reads them.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] where the files are damaged, do not fit each other, or ask for what rust-bert cannot do:
    /// other layers pooled than the last, or another constant in layer normalisation than 1e-12.
    pub fn from_bytes(weights: &[u8], tokenizer_json: &[u8], config: &Config, device: Device) -> Result<Self> {
        config.check()?;
        if config.pooled != [config.layers] || config.layer_norm_epsilon != EPSILON {
            return Err(bundle_error(format!(
                "rust-bert can only pool the last layer and normalise with {EPSILON}; encoder.json asks for the layers {:?} \
                 and {}",
                config.pooled, config.layer_norm_epsilon
            )));
        }
        let weights = Weights::parse(weights)?;
        let bert = BertConfig {
            hidden_size: config.hidden as i64,
            intermediate_size: config.intermediate as i64,
            num_attention_heads: config.heads as i64,
            num_hidden_layers: config.layers as i64,
            max_position_embeddings: weights.rows("embeddings.position_embeddings.weight")? as i64,
            type_vocab_size: weights.rows("embeddings.token_type_embeddings.weight")? as i64,
            vocab_size: weights.rows("embeddings.word_embeddings.weight")? as i64,
            ..BertConfig::default()
        };
        let store = nn::VarStore::new(device);
        let root = store.root().set_group(ENCODER_GROUP);
        let model = BertModel::new_with_optional_pooler(&root, &bert, false);
        let tokenizer = Tokenizer::from_bytes(tokenizer_json, config.max_tokens)?;
        tch::no_grad(|| {
            for (name, mut tensor) in store.variables() {
                let shape: Vec<usize> = tensor.size().iter().map(|&n| n as usize).collect();
                let numbers = weights.read(&name, &shape)?;
                tensor.copy_(&Tensor::from_slice(&numbers).reshape(tensor.size()));
            }
            Ok::<(), Error>(())
        })?;
        Ok(TorchBert { model: Mutex::new(model), store, tokenizer, config: config.clone() })
    }

    /// Where the parameters are; heads that are trained with the encoder may be added.
    pub(crate) fn store(&self) -> &nn::VarStore {
        &self.store
    }

    /// The tokens of a passage with one wanted text.
    pub(crate) fn tokens(&self, passage: &Passage<'_>, memory: &mut Memory) -> Option<Tokens> {
        self.tokenizer.sequences(passage, memory).into_iter().next().map(Tokens)
    }

    /// A `wanted texts × hidden` tensor of unit vectors, in the order of the batch; with dropout where `training`.
    pub(crate) fn vectors(&self, batch: &[&Tokens], training: bool) -> Result<Tensor> {
        let sequences: Vec<&Sequence> = batch.iter().map(|tokens| &tokens.0).collect();
        self.pooled(&sequences, training)
    }

    fn pooled(&self, sequences: &[&Sequence], training: bool) -> Result<Tensor> {
        let (rows, longest) = (sequences.len(), sequences.iter().map(|s| s.ids.len()).max().unwrap_or(0));
        // rust-bert turns the mask with an exclusive or, so it must be of whole numbers.
        let (mut ids, mut mask) = (vec![0i64; rows * longest], vec![0i64; rows * longest]);
        // One row of weights for each wanted text, over the tokens of the whole batch.
        let wanted: usize = sequences.iter().map(|s| s.wanted.len()).sum();
        let (mut shares, mut piece_at) = (vec![0f32; wanted * rows * longest], 0);
        for (row, sequence) in sequences.iter().enumerate() {
            let start = row * longest;
            for (at, &id) in sequence.ids.iter().enumerate() {
                ids[start + at] = i64::from(id);
                mask[start + at] = 1;
            }
            for piece in &sequence.wanted {
                let share = 1.0 / piece.rows.len().max(1) as f32;
                let weights = &mut shares[piece_at * rows * longest + start..][..longest];
                weights[piece.rows.clone()].fill(share);
                piece_at += 1;
            }
        }
        let (shape, device) = ([rows as i64, longest as i64], self.store.device());
        let ids = Tensor::from_slice(&ids).reshape(shape).to_device(device);
        let mask = Tensor::from_slice(&mask).reshape(shape).to_device(device);
        let shares = Tensor::from_slice(&shares).reshape([wanted as i64, (rows * longest) as i64]).to_device(device);
        let model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        let output = model
            .forward_t(Some(&ids), Some(&mask), None, None, None, None, None, training)
            .map_err(|e| Error::new(ErrorKind::Internal, "rust-bert refused a batch").caused_by(e))?;
        let hidden = output.hidden_state.reshape([-1, self.config.hidden as i64]);
        let means = shares.matmul(&hidden);
        let lengths = means.square().sum_dim_intlist([1i64].as_slice(), true, Kind::Float).sqrt().clamp_min(1e-12);
        Ok(means / lengths)
    }

    /// The weights as safetensors of f32, under the names that they were read by.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] where libtorch does not give a tensor's numbers.
    pub fn weights(&self) -> Result<Vec<u8>> {
        let internal = |e: tch::TchError| Error::new(ErrorKind::Internal, "a weight could not be read").caused_by(e);
        let mut tensors = Vec::new();
        for (name, tensor) in self.store.variables() {
            if !["embeddings.", "encoder."].iter().any(|part| name.starts_with(part)) {
                continue;
            }
            let shape: Vec<usize> = tensor.size().iter().map(|&n| n as usize).collect();
            let flat = tensor.detach().to_device(Device::Cpu).to_kind(Kind::Float).contiguous().view([-1]);
            let numbers = Vec::<f32>::try_from(flat).map_err(internal)?;
            let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
            tensors.push((name, shape, bytes));
        }
        tensors.sort();
        let unwritable = |e| bundle_error("the trained weights could not be laid out").caused_by(e);
        let views = tensors.iter().map(|(name, shape, bytes)| {
            Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(unwritable)?))
        });
        let views: Vec<(&str, TensorView<'_>)> = views.collect::<Result<_>>()?;
        safetensors::serialize(views, None).map_err(unwritable)
    }

    /// Puts back weights that [`TorchBert::weights`] gave.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] where they are another encoder's.
    pub fn restore(&self, weights: &[u8]) -> Result<()> {
        let tensors =
            SafeTensors::deserialize(weights).map_err(|e| bundle_error("the kept weights are damaged").caused_by(e))?;
        let weights = Weights::parse(weights)?;
        tch::no_grad(|| {
            for (name, mut tensor) in self.store.variables() {
                if tensors.tensor(&name).is_ok() {
                    let shape: Vec<usize> = tensor.size().iter().map(|&n| n as usize).collect();
                    tensor.copy_(&Tensor::from_slice(&weights.read(&name, &shape)?).reshape(tensor.size()));
                }
            }
            Ok(())
        })
    }
}

impl Encoder for TorchBert {
    fn dimension(&self) -> usize {
        self.config.hidden
    }

    fn max_tokens(&self) -> usize {
        self.config.max_tokens
    }

    /// `threads` is not heeded: libtorch has threads of its own.
    fn encode(&self, passages: &[Passage<'_>], _threads: usize) -> Vec<Vec<Embedding>> {
        let mut memory = Memory::default();
        let sequences: Vec<Vec<Sequence>> =
            passages.iter().map(|passage| self.tokenizer.sequences(passage, &mut memory)).collect();
        // Sorted by length, so that little is padded.
        let mut order: Vec<(usize, usize)> =
            sequences.iter().enumerate().flat_map(|(p, s)| (0..s.len()).map(move |i| (p, i))).collect();
        order.sort_by_key(|&(p, i)| sequences[p][i].ids.len());
        let mut vectors: Vec<Vec<Vec<Embedding>>> =
            sequences.iter().map(|s| s.iter().map(|_| Vec::new()).collect()).collect();
        for batch in order.chunks(BATCH) {
            let chosen: Vec<&Sequence> = batch.iter().map(|&(p, i)| &sequences[p][i]).collect();
            let pooled = tch::no_grad(|| self.pooled(&chosen, false));
            let pooled = pooled.expect("rust-bert refuses only batches that have both ids and vectors, or neither");
            let flat = pooled.to_device(Device::Cpu).contiguous().view([-1]);
            let numbers = Vec::<f32>::try_from(flat).expect("a tensor of f32 on the processor gives its numbers");
            let mut rows = numbers.chunks_exact(self.config.hidden);
            for (&(p, i), sequence) in batch.iter().zip(&chosen) {
                let wanted = sequence.wanted.iter().zip(rows.by_ref());
                let embedding = |(piece, row): (&crate::encode::tokenize::Piece, &[f32])| Embedding {
                    vector: row.to_vec(),
                    truncated: piece.truncated,
                };
                vectors[p][i] = wanted.map(embedding).collect();
            }
        }
        vectors.into_iter().map(|parts| parts.into_iter().flatten().collect()).collect()
    }
}
