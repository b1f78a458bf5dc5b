//! Reading the encoder's tensors from safetensors bytes, each checked for presence, shape and finite numbers.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::error::{Error, ErrorKind, Result};

/// No weight of an encoder is near this. From larger ones sums could run over, and scores would be no numbers.
const LARGEST: f32 = 1000.0;

/// The tensors of one safetensors file.
pub(super) struct Weights<'a>(SafeTensors<'a>);

impl<'a> Weights<'a> {
    /// Reads the header; the numbers are read on request.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| {
            bundle_error(format!("the encoder's weights are no safetensors file or it is damaged ({e})")).caused_by(e)
        })?;
        Ok(Weights(tensors))
    }

    /// How many tensors there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether a tensor of this name is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.tensor(name).is_ok()
    }

    /// The numbers of the tensor `name`, row by row.
    pub(super) fn read(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let numbers = floats(name, &self.tensor(name, shape)?)?;
        // Written so that it holds for what is no number too.
        if !numbers.iter().all(|x| x.abs() <= LARGEST) {
            return Err(unusable(name));
        }
        Ok(numbers)
    }

    /// The same, rounded to f16. Of a tensor in f16, such as the vocabulary of a shipped encoder, half the size and without a
    /// detour through f32.
    pub(super) fn read_f16(&self, name: &str, shape: &[usize]) -> Result<Vec<f16>> {
        let tensor = self.tensor(name, shape)?;
        if tensor.dtype() != Dtype::F16 {
            return Ok(self.read(name, shape)?.iter().map(|&x| f16::from_f32(x)).collect());
        }
        let numbers: Vec<f16> = tensor.data().as_chunks::<2>().0.iter().map(|&b| f16::from_le_bytes(b)).collect();
        // The bits of a number without its sign are in the order of the numbers, those of what is no number above them.
        let largest = f16::from_f32(LARGEST).to_bits();
        if !numbers.iter().all(|x| x.to_bits() & 0x7fff <= largest) {
            return Err(unusable(name));
        }
        Ok(numbers)
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<TensorView<'a>> {
        let tensor = self.0.tensor(name).map_err(|_| {
            bundle_error(format!("the encoder's weights lack the tensor \"{name}\"; the bundle is incomplete"))
        })?;
        if tensor.shape() != shape {
            return Err(bundle_error(format!(
                "the tensor \"{name}\" has the shape {:?} where {shape:?} is expected; weights and configuration do not belong together",
                tensor.shape()
            )));
        }
        Ok(tensor)
    }

    /// Number of rows of the matrix `name`.
    pub(super) fn rows(&self, name: &str) -> Result<usize> {
        let tensor = self.0.tensor(name).map_err(|_| {
            bundle_error(format!("the encoder's weights lack the tensor \"{name}\"; the bundle is incomplete"))
        })?;
        Ok(tensor.shape().first().copied().unwrap_or(0))
    }
}

fn floats(name: &str, tensor: &TensorView<'_>) -> Result<Vec<f32>> {
    let data = tensor.data();
    match tensor.dtype() {
        Dtype::F32 => Ok(data.as_chunks::<4>().0.iter().map(|&b| f32::from_le_bytes(b)).collect()),
        Dtype::F16 => {
            let halves: Vec<f16> = data.as_chunks::<2>().0.iter().map(|&b| f16::from_le_bytes(b)).collect();
            Ok(halves.to_f32_vec())
        }
        Dtype::BF16 => Ok(data.as_chunks::<2>().0.iter().map(|&b| bf16::from_le_bytes(b).to_f32()).collect()),
        other => Err(bundle_error(format!(
            "the tensor \"{name}\" holds {other:?} numbers; only f32, f16 and bf16 weights can be read"
        ))),
    }
}

/// The weights of a BERT encoder as f16 safetensors, half the size of f32.
///
/// Tensors that the encoder does not read (pooler, position ids) are left out. The result depends on the input
/// alone. [`ErrorKind::Bundle`] where a tensor is no float tensor or holds what no weight is.
pub fn to_f16(weights: &[u8]) -> Result<Vec<u8>> {
    let source = Weights::parse(weights)?;
    let mut names: Vec<&str> = source.0.names();
    names.retain(|name| !name.starts_with("pooler.") && !name.ends_with("position_ids"));
    names.sort_unstable();
    let mut converted = Vec::with_capacity(names.len());
    for name in names {
        let shape = source.0.tensor(name).map(|t| t.shape().to_vec()).unwrap_or_default();
        let mut bytes = Vec::new();
        for number in source.read(name, &shape)? {
            bytes.extend_from_slice(&f16::from_f32(number).to_le_bytes());
        }
        converted.push((name, shape, bytes));
    }
    let views: Vec<(&str, TensorView<'_>)> = converted
        .iter()
        .map(|(name, shape, bytes)| Ok((*name, TensorView::new(Dtype::F16, shape.clone(), bytes)?)))
        .collect::<std::result::Result<_, safetensors::SafeTensorError>>()
        .map_err(|e| bundle_error("the weights could not be laid out as f16").caused_by(e))?;
    safetensors::serialize(views, None)
        .map_err(|e| bundle_error("the weights could not be written as f16 safetensors").caused_by(e))
}

fn unusable(name: &str) -> Error {
    bundle_error(format!(
        "the tensor \"{name}\" holds numbers that are not finite, or larger than {LARGEST}; the bundle is damaged"
    ))
}

/// An error about the bundle.
pub(super) fn bundle_error(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Bundle, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(dtype: Dtype, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
        let view = TensorView::new(dtype, shape.to_vec(), bytes).expect("a valid tensor");
        safetensors::serialize([("w", view)], None).expect("a valid file")
    }

    fn f32_bytes(numbers: &[f32]) -> Vec<u8> {
        numbers.iter().flat_map(|x| x.to_le_bytes()).collect()
    }

    #[test]
    fn numbers_come_back_from_each_float_type() {
        let f16s: Vec<u8> = [0.5f32, -2.0].iter().flat_map(|&x| f16::from_f32(x).to_le_bytes()).collect();
        let bf16s: Vec<u8> = [0.5f32, -2.0].iter().flat_map(|&x| bf16::from_f32(x).to_le_bytes()).collect();
        for (dtype, bytes) in [(Dtype::F32, f32_bytes(&[0.5, -2.0])), (Dtype::F16, f16s), (Dtype::BF16, bf16s)] {
            let file = file(dtype, &[1, 2], &bytes);
            let numbers = Weights::parse(&file).and_then(|w| w.read("w", &[1, 2])).expect("readable");
            assert_eq!(numbers, [0.5, -2.0], "{dtype:?}");
            let halves = Weights::parse(&file).and_then(|w| w.read_f16("w", &[1, 2])).expect("readable");
            assert_eq!(halves, [0.5, -2.0].map(f16::from_f32), "{dtype:?}");
        }
    }

    #[test]
    fn what_is_wrong_names_the_tensor() {
        let cases = [
            (file(Dtype::F32, &[2], &f32_bytes(&[1.0, f32::NAN])), "w", vec![2], "not finite"),
            (file(Dtype::F32, &[2], &f32_bytes(&[1.0, -1e30])), "w", vec![2], "larger than 1000"),
            (file(Dtype::F32, &[2], &f32_bytes(&[1.0, 2.0])), "w", vec![1, 2], "shape"),
            (file(Dtype::F32, &[2], &f32_bytes(&[1.0, 2.0])), "v", vec![2], "lack"),
            (file(Dtype::I32, &[2], &[0; 8]), "w", vec![2], "I32"),
        ];
        for (file, name, shape, expected) in cases {
            let error = Weights::parse(&file).and_then(|w| w.read(name, &shape)).expect_err(expected);
            assert_eq!(error.kind(), ErrorKind::Bundle);
            assert!(error.message().contains(expected) && error.message().contains(name), "{error}");
        }
        for number in [f16::NAN, f16::INFINITY, f16::from_f32(-1001.0)] {
            let file = file(Dtype::F16, &[1], &number.to_le_bytes());
            let error = Weights::parse(&file).and_then(|w| w.read_f16("w", &[1])).expect_err("no weight");
            assert!(error.message().contains("not finite"), "{error}");
        }
    }

    #[test]
    fn bytes_that_are_no_safetensors_are_refused() {
        for bytes in [&b""[..], b"PK\x03\x04", &[0xff; 64]] {
            assert_eq!(Weights::parse(bytes).err().map(|e| e.kind()), Some(ErrorKind::Bundle));
        }
    }

    #[test]
    fn f16_copy_keeps_numbers_and_drops_the_pooler() {
        let bytes = f32_bytes(&[0.25, 3.0]);
        let view = || TensorView::new(Dtype::F32, vec![2], &bytes).expect("a valid tensor");
        let full = safetensors::serialize([("a", view()), ("pooler.dense.bias", view())], None).expect("a valid file");
        let small = to_f16(&full).expect("converts");
        let weights = Weights::parse(&small).expect("readable");
        assert_eq!(weights.read("a", &[2]).expect("there"), [0.25, 3.0]);
        assert!(!weights.has("pooler.dense.bias"));
        assert!(to_f16(&file(Dtype::F32, &[1], &f32_bytes(&[1e6]))).is_err());
    }
}
