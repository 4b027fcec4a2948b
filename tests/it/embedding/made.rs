//! Engines made for tests: what they compute is a closure.

use ndarray::Array2;
use parallax::embed::{Batching, Embedder, Encoder, Engine, Model, Precision, TokenBatch};
use parallax::{Error, Result, pipeline};

pub struct Made<F> {
    batching: Batching,
    encode: F,
}

impl<F: Fn(&TokenBatch<'_>) -> Result<Array2<f32>> + Clone + Send + Sync + 'static> Engine for Made<F> {
    fn name(&self) -> &'static str {
        "made"
    }

    fn version(&self) -> &'static str {
        "1"
    }

    fn precision(&self) -> Precision {
        Precision::F32
    }

    fn batching(&self) -> Batching {
        self.batching
    }

    fn encoder(&self) -> Result<Box<dyn Encoder>> {
        Ok(Box::new(Closure(self.encode.clone())))
    }
}

struct Closure<F>(F);

impl<F: Fn(&TokenBatch<'_>) -> Result<Array2<f32>> + Send> Encoder for Closure<F> {
    fn encode(&mut self, batch: &TokenBatch<'_>) -> Result<Array2<f32>> {
        (self.0)(batch)
    }
}

/// The real model's tokenizer before an engine that computes `encode`.
pub fn embedder<F>(batching: Batching, threads: usize, encode: F) -> Embedder
where
    F: Fn(&TokenBatch<'_>) -> Result<Array2<f32>> + Clone + Send + Sync + 'static,
{
    let model = Model::open(&pipeline::default_model()).unwrap();
    Embedder::with_engine(model, Box::new(Made { batching, encode }), threads).unwrap()
}

/// A vector that tells texts apart: their length, and their tokens in order.
#[allow(clippy::unnecessary_wraps, reason = "as an engine gives it")]
pub fn signature(batch: &TokenBatch<'_>) -> Result<Array2<f32>> {
    let mut vectors = Array2::zeros((batch.texts.len(), 384));
    for (text, mut vector) in batch.texts.iter().zip(vectors.rows_mut()) {
        vector[0] = text.len() as f32;
        for (at, &id) in text.iter().enumerate() {
            vector[1 + at] = id as f32;
        }
    }
    Ok(vectors)
}

/// What an engine says that fails.
pub fn failure() -> Error {
    Error::Data { name: "made".into(), reason: "failed as asked".into() }
}
