//! The default engine: rust-bert on libtorch. The only module that knows tensors.

use std::path::PathBuf;

use ndarray::Array2;
use rust_bert::bert::{BertConfig, BertForSentenceEmbeddings};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use super::{Encoder, Engine, Model, Precision, TokenBatch};
use crate::{Error, Result};

/// Loads [`BertForSentenceEmbeddings`] from a local folder.
#[derive(Debug)]
pub struct RustBert {
    dir: PathBuf,
    dimension: usize,
    precision: Precision,
}

impl RustBert {
    /// An engine on the CPU.
    ///
    /// # Errors
    /// None today; kept fallible for engines that probe their device.
    pub fn new(model: &Model, precision: Precision) -> Result<Self> {
        Ok(RustBert { dir: model.dir.clone(), dimension: model.dimension, precision })
    }

    fn fail(&self, file: &str, reason: &str, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::Model {
            path: self.dir.join(file),
            reason: reason.into(),
            hint: "delete the folder and run `make setup`, or name another model with --model DIR".into(),
            source: Some(Box::new(source)),
        }
    }
}

impl Engine for RustBert {
    fn name(&self) -> &'static str {
        "rust-bert"
    }

    fn precision(&self) -> Precision {
        self.precision
    }

    fn encoder(&self) -> Result<Box<dyn Encoder>> {
        // Per thread (OpenMP): each worker computes alone, so that results do not depend on the number of workers.
        tch::set_num_threads(1);
        // Not `BertConfig::from_file`, which panics on what it cannot read.
        let file = std::fs::File::open(self.dir.join("config.json"))
            .map_err(|e| self.fail("config.json", "cannot be read", e))?;
        let config: BertConfig = serde_json::from_reader(std::io::BufReader::new(file))
            .map_err(|e| self.fail("config.json", "is not a BERT configuration", e))?;
        let mut vars = VarStore::new(Device::Cpu);
        let bert = BertForSentenceEmbeddings::new(vars.root(), &config);
        vars.load(self.dir.join("model.safetensors"))
            .map_err(|e| self.fail("model.safetensors", "the weights do not load", e))?;
        vars.freeze();
        if self.precision == Precision::Bf16 {
            vars.bfloat16();
        }
        Ok(Box::new(RustBertEncoder { bert, _vars: vars, dir: self.dir.clone(), dimension: self.dimension }))
    }
}

struct RustBertEncoder {
    bert: BertForSentenceEmbeddings,
    /// Owns the weights.
    _vars: VarStore,
    dir: PathBuf,
    dimension: usize,
}

impl Encoder for RustBertEncoder {
    fn encode(&mut self, batch: &TokenBatch) -> Result<Array2<f32>> {
        let fail = |reason: &str, source: Option<Box<dyn std::error::Error + Send + Sync>>| Error::Model {
            path: self.dir.clone(),
            reason: reason.into(),
            hint: String::new(),
            source,
        };
        // An encoder may be handed from thread to thread; both settings belong to the thread.
        tch::set_num_threads(1);
        let _no_grad = tch::no_grad_guard();
        let shape = [batch.rows as i64, batch.length as i64];
        let ids = Tensor::from_slice(&batch.ids).view(shape);
        let mask = Tensor::from_slice(&batch.mask).view(shape);
        let hidden = self
            .bert
            .forward_t(Some(&ids), Some(&mask), None, None, None, None, None, false)
            .map_err(|e| fail("the forward pass failed", Some(Box::new(e))))?
            .hidden_state
            .to_kind(Kind::Float);
        // Mean over the mask, then L2 norm, both in f32 (Reimers & Gurevych 2019).
        let weights = mask.to_kind(Kind::Float).unsqueeze(-1);
        let sum = (hidden * &weights).sum_dim_intlist([1i64].as_slice(), false, Kind::Float);
        let mean = sum / weights.sum_dim_intlist([1i64].as_slice(), false, Kind::Float).clamp_min(1e-9);
        let norm = mean.norm_scalaropt_dim(2.0, [-1i64].as_slice(), true).clamp_min(1e-12);
        let vectors = (mean / norm).contiguous();
        let mut data = vec![0f32; batch.rows * self.dimension];
        vectors
            .f_copy_data(&mut data, batch.rows * self.dimension)
            .map_err(|e| fail("the result has another size than the configuration says", Some(Box::new(e))))?;
        Array2::from_shape_vec((batch.rows, self.dimension), data).map_err(|e| fail("bad shape", Some(Box::new(e))))
    }
}
