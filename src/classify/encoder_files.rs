//! The files from which an encoder is made, in a bundle or from the base model's public home.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::hex_sha256;
use crate::encode::{Config, Encoder, MiniLm, Passage, Precision, to_f16};
use crate::error::{Error, ErrorKind, Result};

/// The files from which an encoder is made, as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncoderFiles {
    /// `encoder.safetensors`: the weights under Hugging Face's names.
    pub weights: Cow<'static, [u8]>,
    /// `encoder.json`: [`Config`].
    pub config: Cow<'static, [u8]>,
    /// `tokenizer.json`.
    pub tokenizer: Cow<'static, [u8]>,
}

/// What is read of Hugging Face's `config.json`.
#[derive(Deserialize)]
struct BaseConfig {
    num_hidden_layers: usize,
    num_attention_heads: usize,
    hidden_size: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    layer_norm_eps: f32,
}

impl EncoderFiles {
    /// The files of a base model as `models/base/fetch.sh` leaves them: `model.safetensors`, `tokenizer.json` and
    /// `config.json`. The weights become `f16`; more tokens than all-MiniLM-L6-v2 was trained to read are not read.
    ///
    /// The upper half of the layers is pooled: a base encoder was trained to tell topics apart, and what tells
    /// polarity stands in the layers before its last (`models/EXPERIMENTS.md`). It costs nothing, the layers are there.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] naming the file that is missing or damaged.
    pub fn from_base(dir: &Path) -> Result<Self> {
        let file = |name: &str| {
            let path = dir.join(name);
            fs::read(&path).map_err(|e| {
                let message =
                    format!("could not read this file of the base model: {e}; models/base/fetch.sh fetches it");
                Error::new(ErrorKind::Bundle, message).in_file(path).caused_by(e)
            })
        };
        let base: BaseConfig = serde_json::from_slice(&file("config.json")?).map_err(|e| {
            let message = format!("not the configuration of a BERT model: {e}");
            Error::new(ErrorKind::Bundle, message).in_file(dir.join("config.json")).caused_by(e)
        })?;
        let config = Config {
            layers: base.num_hidden_layers,
            heads: base.num_attention_heads,
            hidden: base.hidden_size,
            intermediate: base.intermediate_size,
            max_tokens: base.max_position_embeddings.min(Config::default().max_tokens),
            layer_norm_epsilon: base.layer_norm_eps,
            pooled: (base.num_hidden_layers.div_ceil(2)..=base.num_hidden_layers).collect(),
        };
        let weights = to_f16(&file("model.safetensors")?).map_err(|e| e.in_file(dir.join("model.safetensors")))?;
        Ok(EncoderFiles {
            weights: weights.into(),
            config: as_json(&config)?.into(),
            tokenizer: file("tokenizer.json")?.into(),
        })
    }

    /// The encoder's measures.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] when `encoder.json` is damaged.
    pub fn config(&self) -> Result<Config> {
        serde_json::from_slice(&self.config)
            .map_err(|e| Error::new(ErrorKind::Bundle, format!("encoder.json is damaged: {e}")).caused_by(e))
    }

    /// The same files, pooled over the last layer only, as sentence-transformers pools and as fine-tuning expects.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] when `encoder.json` is damaged.
    pub fn pooling_last_layer(&self) -> Result<Self> {
        let config = self.config()?;
        let pooled = vec![config.layers];
        Ok(EncoderFiles { config: as_json(&Config { pooled, ..config })?.into(), ..self.clone() })
    }

    /// What tells the encoder's vectors from another's, for a [`CachedEncoder`](crate::encode::CachedEncoder): its
    /// files, the program's version, and the vectors of fixed texts, in which a change of precision or of code shows: one
    /// alone, and two in a passage that is longer than the encoder reads at once.
    pub fn identity(&self, encoder: &dyn Encoder) -> String {
        let sentence = "Leaders know the area's strengths and weaknesses well.";
        let long = [sentence; 24].join(" ");
        let several = Passage { texts: vec!["Findings", sentence, &long, sentence], wanted: 1..3 };
        let probe = encoder.encode(&[Passage::single(sentence), several], 1);
        let bits: Vec<u8> = probe.iter().flatten().flat_map(|e| &e.vector).flat_map(|x| x.to_le_bytes()).collect();
        let version = env!("CARGO_PKG_VERSION").as_bytes();
        let parts: [&[u8]; 5] = [&self.weights, &self.config, &self.tokenizer, version, &bits];
        parts.map(hex_sha256).join(" ")
    }

    /// The encoder that the files describe.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] when they are damaged or do not fit each other.
    pub fn encoder(&self, precision: Precision) -> Result<MiniLm> {
        MiniLm::from_bytes(&self.weights, &self.tokenizer, &self.config()?, precision)
    }
}

fn as_json(config: &Config) -> Result<Vec<u8>> {
    let mut json = serde_json::to_string_pretty(config)
        .map_err(|e| Error::new(ErrorKind::Bundle, format!("the configuration could not be written: {e}")))?;
    json.push('\n');
    Ok(json.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_damaged_base_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let missing = EncoderFiles::from_base(dir.path()).unwrap_err();
        assert!(
            missing.path().unwrap().ends_with("config.json") && missing.to_string().contains("fetch.sh"),
            "{missing}"
        );
        fs::write(dir.path().join("config.json"), "{}").unwrap();
        let damaged = EncoderFiles::from_base(dir.path()).unwrap_err();
        assert!(damaged.to_string().contains("num_hidden_layers"), "{damaged}");
    }
}
