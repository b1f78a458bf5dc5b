//! An encoder and heads that were trained elsewhere, such as by `models/distil` on a GPU: nothing is fitted but their
//! calibration.

use std::collections::BTreeSet;
use std::path::Path;

use safetensors::SafeTensors;

use super::data::Labelled;
use super::held_letters::{self, Split, Verdict};
use super::{LabelFile, Options, Report};
use crate::classify::{Bundle, Context, EncoderFiles, Heads, Parts, Training};
use crate::dataset;
use crate::encode::Encoder;
use crate::error::{Error, ErrorKind, Result};
use crate::taxonomy::Taxonomy;

/// Heads as their file gives them, with what its metadata say of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// The heads.
    pub heads: Heads,
    /// `method`: how encoder and heads were trained, for the model's card.
    pub method: String,
    /// `context`: what the encoder learned to read with a sentence; `None` where the file is silent.
    pub context: Option<Context>,
}

impl Given {
    /// Reads a safetensors file as [`Heads::from_safetensors`] describes it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when it cannot be read, [`ErrorKind::Bundle`] when it holds no heads or an unknown context.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|e| Error::io("read the heads", path, e))?;
        Given::parse(&bytes).map_err(|e| e.in_file(path))
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        let heads = Heads::from_safetensors(bytes)?;
        let (_, header) = SafeTensors::read_metadata(bytes)
            .map_err(|e| Error::new(ErrorKind::Bundle, format!("the heads are damaged: {e}")).caused_by(e))?;
        let said = |name: &str| header.metadata().as_ref().and_then(|m| m.get(name)).cloned();
        let context = said("context").map(|name| {
            serde_json::from_value(name.clone().into()).map_err(|e| {
                Error::new(ErrorKind::Bundle, format!("the heads name the context {name:?}, which is none"))
                    .caused_by(e)
            })
        });
        let method = said("method").unwrap_or_else(|| "Encoder and heads trained elsewhere".to_owned());
        Ok(Given { heads, method, context: context.transpose()? })
    }
}

/// Calibrates given heads on the letters of `valid` (a tenth of the letters where it is empty), scores them there, and makes
/// them a bundle with the encoder that `base` describes. The other labels are recorded as what the model learned from.
///
/// # Errors
/// [`ErrorKind::Data`] when there is no example to calibrate on, or a theme is not the taxonomy's;
/// [`ErrorKind::Bundle`] when heads, encoder and taxonomy do not fit each other.
pub fn take(
    files: &[LabelFile],
    taxonomy: &Taxonomy,
    base: &EncoderFiles,
    encoder: &dyn Encoder,
    given: &Given,
    valid: &BTreeSet<String>,
    options: &Options,
) -> Result<(Bundle, Report)> {
    let labelled = Labelled::gather(files, taxonomy)?;
    let split = Split::by_letter(&labelled, valid, options.seed)?;
    let parts = |training, calibration, scores| Parts {
        name: options.name.clone(),
        dimension: encoder.dimension(),
        encoder: base.clone(),
        taxonomy: taxonomy.clone(),
        context: given.context.unwrap_or(options.context),
        heads: given.heads.clone(),
        calibration,
        training,
        scores,
    };
    // Tells what does not fit before anything is computed with it.
    Bundle::new(parts(Training::default(), crate::classify::Calibration::neutral(taxonomy.len()), Vec::new()))?;
    let Verdict { calibrated, scores, warnings } =
        held_letters::verdict(&given.heads, encoder, &labelled, &split.valid, taxonomy, options);
    let training = Training {
        method: given.method.clone(),
        seed: options.seed,
        settings: vec![("sentences held out to calibrate".to_owned(), split.valid.len() as f64)],
        ..labelled.record(files, taxonomy, &warnings)
    };
    let report = Report {
        rows: split.train.len(),
        letters: dataset::letters(split.train.iter().map(|&i| labelled.examples[i])),
        loss: None,
        steps: 0,
        scores: scores.clone(),
        calibrated: Some(calibrated.clone()),
        warnings,
    };
    Ok((Bundle::new(parts(training, calibrated.calibration, scores))?, report))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn file(metadata: &[(&str, &str)]) -> Vec<u8> {
        let (weight, bias) = (vec![0u8; 4 * 4 * 2], vec![0u8; 4 * 4]);
        let view = |shape: Vec<usize>, data| safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape, data);
        let tensors = ["polarity", "themes"].into_iter().flat_map(|name| {
            [
                (format!("{name}.weight"), view(vec![4, 2], &weight).unwrap()),
                (format!("{name}.bias"), view(vec![4], &bias).unwrap()),
            ]
        });
        let metadata: HashMap<String, String> =
            metadata.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        safetensors::serialize(tensors, Some(metadata)).unwrap()
    }

    #[test]
    fn heads_say_what_they_read_and_how_they_came_to_be() {
        let given = Given::parse(&file(&[("context", "section"), ("method", "By hand")])).unwrap();
        assert_eq!((given.context, given.method.as_str()), (Some(Context::Section), "By hand"));
        assert_eq!(given.heads.features(), 2);
        assert_eq!(Given::parse(&file(&[])).unwrap().context, None);
    }

    #[test]
    fn an_unknown_context_is_refused_by_name() {
        let refused = Given::parse(&file(&[("context", "chapter")])).unwrap_err();
        assert!(refused.to_string().contains("chapter"), "{refused}");
    }
}
