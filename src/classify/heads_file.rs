//! The file of the heads.

use ndarray::{Array1, Array2};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::{Heads, Linear};
use crate::error::{Error, ErrorKind, Result};

impl Heads {
    /// The heads as a bundle keeps them.
    pub(super) fn to_safetensors(&self) -> Result<Vec<u8>> {
        let bytes =
            |numbers: &mut dyn Iterator<Item = &f32>| numbers.flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
        let mut tensors = Vec::new();
        for (name, linear) in [("polarity", &self.polarity), ("themes", &self.themes)] {
            let (outputs, features) = linear.weights.dim();
            tensors.push((format!("{name}.weight"), vec![outputs, features], bytes(&mut linear.weights.iter())));
            tensors.push((format!("{name}.bias"), vec![outputs], bytes(&mut linear.bias.iter())));
        }
        let views = tensors
            .iter()
            .map(|(name, shape, data)| Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), data)?)))
            .collect::<std::result::Result<Vec<_>, safetensors::SafeTensorError>>();
        views
            .and_then(|views| safetensors::serialize(views, None))
            .map_err(|e| Error::new(ErrorKind::Bundle, format!("the heads could not be written: {e}")).caused_by(e))
    }

    /// Heads from a bundle's `heads.safetensors`: `polarity.weight` (labels × features), `polarity.bias` (labels), and the
    /// same of `themes`, in `f32`, over vectors of unit length.
    ///
    /// # Errors
    /// [`ErrorKind::Bundle`] when a tensor is missing, or has another type or number of dimensions.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self> {
        let bad = |message: String| Error::new(ErrorKind::Bundle, message);
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| bad(format!("the heads are damaged: {e}")))?;
        let numbers = |name: &str, dimensions: usize| -> Result<(Vec<usize>, Vec<f32>)> {
            let tensor = tensors.tensor(name).map_err(|e| bad(format!("the heads are damaged: {e}")))?;
            if tensor.dtype() != Dtype::F32 || tensor.shape().len() != dimensions {
                return Err(bad(format!("{name} is no f32 tensor of {dimensions} dimensions; train the model again")));
            }
            let numbers = tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            Ok((tensor.shape().to_vec(), numbers))
        };
        let linear = |name: &str| -> Result<Linear> {
            let (shape, weights) = numbers(&format!("{name}.weight"), 2)?;
            let (_, bias) = numbers(&format!("{name}.bias"), 1)?;
            let weights = Array2::from_shape_vec((shape[0], shape[1]), weights)
                .map_err(|e| bad(format!("{name}.weight is damaged: {e}")))?;
            Ok(Linear { weights, bias: Array1::from_vec(bias) })
        };
        Ok(Heads { polarity: linear("polarity")?, themes: linear("themes")? })
    }
}
