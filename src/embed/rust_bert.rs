//! The default engine: rust-bert on libtorch. With `layers` the only module that knows tensors.

mod layers;

use std::path::PathBuf;

use ndarray::Array2;
use rust_bert::bert::BertConfig;
use tch::nn::VarStore;
use tch::{Kind, Tensor};

use self::layers::{Bert, EPSILON};
use super::{Batching, Device, Encoder, Engine, Model, Precision, TokenBatch};
use crate::{Error, Result};

/// Runs a BERT of rust-bert's from a local folder.
#[derive(Debug)]
pub(crate) struct RustBert {
    dir: PathBuf,
    dimension: usize,
    precision: Precision,
    device: Device,
}

impl RustBert {
    /// An engine in f32 or bf16.
    ///
    /// # Errors
    /// [`Error::Usage`] for [`Precision::Int8`], and for a device that libtorch does not see.
    pub(crate) fn new(model: &Model, precision: Precision, device: Device) -> Result<Self> {
        if precision == Precision::Int8 {
            return Err(Error::usage("the engine rust-bert has no int8", "use --precision f32, bf16 or auto"));
        }
        if (f64::from(model.shape.epsilon) - EPSILON).abs() > EPSILON / 2.0 {
            return Err(Error::Model {
                path: model.dir.join("config.json"),
                reason: format!(
                    "has layer_norm_eps {:e}, and rust-bert computes with {EPSILON:e}",
                    model.shape.epsilon
                ),
                hint: "run this model with --engine portable".into(),
                source: None,
            });
        }
        if let Device::Cuda(number) = device {
            let count = if tch::Cuda::is_available() { tch::Cuda::device_count().max(0) as usize } else { 0 };
            if number >= count {
                return Err(Error::usage(
                    format!("there is no device {device}: libtorch sees {count} CUDA devices"),
                    "use --device cpu, or build with a libtorch that has CUDA (LIBTORCH=DIR tools/setup.sh)",
                ));
            }
        }
        Ok(RustBert { dir: model.dir.clone(), dimension: model.dimension, precision, device })
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

    fn version(&self) -> &'static str {
        "0.23, fused layers, on libtorch 2.4"
    }

    fn precision(&self) -> Precision {
        self.precision
    }

    fn batching(&self) -> Batching {
        Batching::Fixed
    }

    fn device(&self) -> Device {
        self.device
    }

    fn encoder(&self) -> Result<Box<dyn Encoder>> {
        // Per thread (OpenMP): each worker computes alone, so that results do not depend on the number of workers.
        tch::set_num_threads(1);
        // Not `BertConfig::from_file`, which panics on what it cannot read.
        let file = std::fs::File::open(self.dir.join("config.json"))
            .map_err(|e| self.fail("config.json", "cannot be read", e))?;
        let config: BertConfig = serde_json::from_reader(std::io::BufReader::new(file))
            .map_err(|e| self.fail("config.json", "is not a BERT configuration", e))?;
        let device = match self.device {
            Device::Cpu => tch::Device::Cpu,
            Device::Cuda(number) => tch::Device::Cuda(number),
        };
        let mut vars = VarStore::new(device);
        let bert = Bert::new(&vars.root(), &config);
        vars.load(self.dir.join("model.safetensors"))
            .map_err(|e| self.fail("model.safetensors", "the weights do not load", e))?;
        vars.freeze();
        if self.precision == Precision::Bf16 {
            vars.bfloat16();
        }
        Ok(Box::new(RustBertEncoder { bert, vars, dir: self.dir.clone(), dimension: self.dimension }))
    }
}

struct RustBertEncoder {
    bert: Bert,
    /// Owns the weights.
    vars: VarStore,
    dir: PathBuf,
    dimension: usize,
}

impl Encoder for RustBertEncoder {
    fn encode(&mut self, batch: &TokenBatch<'_>) -> Result<Array2<f32>> {
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
        let (ids, mask) = batch.padded();
        let ids = Tensor::from_slice(&ids).view(shape).to_device(self.vars.device());
        let mask = Tensor::from_slice(&mask).view(shape).to_device(self.vars.device());
        let hidden = self
            .bert
            .forward(&ids, &mask)
            .map_err(|e| fail("the forward pass failed", Some(Box::new(e))))?
            .to_kind(Kind::Float);
        // Mean over the mask, then L2 norm, both in f32 (Reimers & Gurevych 2019).
        let weights = mask.to_kind(Kind::Float).unsqueeze(-1);
        let sum = (hidden * &weights).sum_dim_intlist([1i64].as_slice(), false, Kind::Float);
        let mean = sum / weights.sum_dim_intlist([1i64].as_slice(), false, Kind::Float).clamp_min(1e-9);
        let norm = mean.norm_scalaropt_dim(2.0, [-1i64].as_slice(), true).clamp_min(1e-12);
        let count = batch.texts.len();
        let vectors = (mean / norm).narrow(0, 0, count as i64).to_device(tch::Device::Cpu).contiguous();
        let mut data = vec![0f32; count * self.dimension];
        vectors
            .f_copy_data(&mut data, count * self.dimension)
            .map_err(|e| fail("the result has another size than the configuration says", Some(Box::new(e))))?;
        Array2::from_shape_vec((count, self.dimension), data).map_err(|e| fail("bad shape", Some(Box::new(e))))
    }
}
