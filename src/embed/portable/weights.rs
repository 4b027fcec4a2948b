//! The model's weights, from `model.safetensors`, in the layout of this CPU's kernels.

use safetensors::{Dtype, SafeTensors};

use super::attention::HEAD_STEP;
use super::linear::Linear;
use super::norm::Scale;
use crate::embed::model::Shape;
use crate::embed::{Model, Precision};
use crate::{Error, Result};

pub(crate) struct Layer {
    /// Query, key and value as one product.
    pub qkv: Linear,
    pub attended: Linear,
    pub attended_norm: Scale,
    pub up: Linear,
    pub down: Linear,
    pub norm: Scale,
}

pub(crate) struct Weights {
    pub shape: Shape,
    words: Vec<f32>,
    /// The embedding of token type 0 is added: there is no other.
    positions: Vec<f32>,
    pub norm: Scale,
    pub layers: Vec<Layer>,
}

impl Weights {
    /// # Errors
    /// [`Error::Model`].
    pub(crate) fn load(model: &Model, precision: Precision) -> Result<Self> {
        let shape = model.shape.clone();
        let fail = |file: &str, reason: String, source| Error::Model {
            path: model.dir.join(file),
            reason,
            hint: "use the rust-bert engine for this model, or another model".into(),
            source,
        };
        let head = shape.hidden / shape.heads;
        if !head.is_multiple_of(HEAD_STEP) || !shape.intermediate.is_multiple_of(HEAD_STEP) {
            let reason = format!(
                "has heads of {head} and a feed-forward layer of {}, the portable engine runs multiples of {HEAD_STEP}",
                shape.intermediate
            );
            return Err(fail("config.json", reason, None));
        }
        if shape.activation != "gelu" {
            let reason = format!("has the activation `{}`, the portable engine knows `gelu`", shape.activation);
            return Err(fail("config.json", reason, None));
        }
        let file = "model.safetensors";
        let bytes =
            std::fs::read(model.dir.join(file)).map_err(|e| fail(file, "cannot be read".into(), Some(Box::new(e))))?;
        let tensors = SafeTensors::deserialize(&bytes)
            .map_err(|e| fail(file, "is no safetensors file".into(), Some(Box::new(e))))?;
        let tensor = |name: &str, count: usize| {
            let t = tensors.tensor(name).map_err(|e| fail(file, format!("has no {name}"), Some(Box::new(e))))?;
            if t.dtype() != Dtype::F32 || t.data().len() != 4 * count {
                let reason = format!("{name} is {:?} of shape {:?}, not {count} numbers of f32", t.dtype(), t.shape());
                return Err(fail(file, reason, None));
            }
            let numbers = t.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            Ok(numbers.collect::<Vec<f32>>())
        };
        let (h, wide) = (shape.hidden, shape.intermediate);
        let scale = |name: &str| {
            Ok(Scale { weight: tensor(&format!("{name}.weight"), h)?, bias: tensor(&format!("{name}.bias"), h)? })
        };
        let make = match precision {
            Precision::Int8 => Linear::int8,
            _ => Linear::f32,
        };
        let part = |name: &str, outputs: usize, inputs: usize| -> Result<(Vec<f32>, Vec<f32>)> {
            Ok((tensor(&format!("{name}.weight"), outputs * inputs)?, tensor(&format!("{name}.bias"), outputs)?))
        };
        let linear = |name: &str, outputs: usize, inputs: usize| {
            part(name, outputs, inputs).map(|(weights, bias)| make(&weights, bias))
        };
        let layer = |n: usize| {
            let at = |name: &str| format!("encoder.layer.{n}.{name}");
            let (mut weights, mut bias) = (Vec::new(), Vec::new());
            for (name, factor) in [("query", 1.0 / (head as f32).sqrt()), ("key", 1.0), ("value", 1.0)] {
                let (w, b) = part(&at(&format!("attention.self.{name}")), h, h)?;
                weights.extend(w.into_iter().map(|w| w * factor));
                bias.extend(b.into_iter().map(|b| b * factor));
            }
            Ok(Layer {
                qkv: make(&weights, bias),
                attended: linear(&at("attention.output.dense"), h, h)?,
                attended_norm: scale(&at("attention.output.LayerNorm"))?,
                up: linear(&at("intermediate.dense"), wide, h)?,
                down: linear(&at("output.dense"), h, wide)?,
                norm: scale(&at("output.LayerNorm"))?,
            })
        };
        let mut positions = tensor("embeddings.position_embeddings.weight", shape.positions * h)?;
        let types = tensor("embeddings.token_type_embeddings.weight", shape.token_types * h)?;
        for position in positions.chunks_exact_mut(h) {
            position.iter_mut().zip(&types).for_each(|(p, t)| *p += t);
        }
        Ok(Weights {
            words: tensor("embeddings.word_embeddings.weight", shape.vocabulary * h)?,
            positions,
            norm: scale("embeddings.LayerNorm")?,
            layers: (0..shape.layers).map(layer).collect::<Result<_>>()?,
            shape,
        })
    }

    /// # Errors
    /// [`Error::Data`] for an id outside the vocabulary.
    pub(crate) fn word(&self, id: u32) -> Result<&[f32]> {
        let at = id as usize * self.shape.hidden;
        self.words.get(at..at + self.shape.hidden).ok_or_else(|| Error::Data {
            name: "tokenizer".into(),
            reason: format!("gives token {id} of a vocabulary of {}", self.shape.vocabulary),
        })
    }

    /// `position` is below the model's limit: texts are cut to it.
    pub(crate) fn position(&self, position: usize) -> &[f32] {
        &self.positions[position * self.shape.hidden..][..self.shape.hidden]
    }
}
