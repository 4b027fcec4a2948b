//! What turns texts into vectors.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use super::cache::CacheArgs;
use crate::Result;
use crate::cli::progress::Progress;
use crate::embed::cache::VectorCache;
use crate::embed::{Device, Embedder, EngineKind, Precision, Settings};
use crate::pipeline;

/// What turns texts into vectors.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Embedding")]
pub(crate) struct ModelArgs {
    /// What runs the model [default: rust-bert, where the build has it]
    #[arg(long, value_enum)]
    pub engine: Option<EngineKind>,

    // Always given, but for commands that take it from elsewhere.
    /// Number format of the matrix products
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: Option<PrecisionChoice>,

    /// Folder of the sentence-transformer [default: the one that `make setup` fetched]
    #[arg(long, value_name = "DIR", help_heading = "Advanced")]
    pub model: Option<PathBuf>,

    /// `cpu`, or `cuda:0` for the first CUDA device (engine rust-bert, with a libtorch that has CUDA)
    #[arg(long, value_name = "DEVICE", default_value_t = Device::Cpu, help_heading = "Advanced")]
    pub device: Device,

    /// Number of worker threads; 0 is one per core. It changes no result
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Advanced")]
    pub threads: usize,
}

impl ModelArgs {
    /// The number format that was chosen.
    pub(crate) fn precision(&self) -> PrecisionChoice {
        self.precision.unwrap_or(PrecisionChoice(Some(Precision::F32)))
    }

    /// How the model is to be run.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            engine: self.engine.unwrap_or(Settings::default().engine),
            precision: self.precision().0,
            device: self.device,
            threads: self.threads,
        }
    }

    /// The folder of the model.
    pub(crate) fn folder(&self) -> PathBuf {
        self.model.clone().unwrap_or_else(pipeline::default_model)
    }

    /// Loads the model.
    pub(crate) fn open(&self) -> Result<Embedder> {
        Embedder::open(&self.folder(), self.settings())
    }
}

/// A number format, or whatever is fastest and safe on this CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PrecisionChoice(pub Option<Precision>);

impl ValueEnum for PrecisionChoice {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [PrecisionChoice; 4] = [
            PrecisionChoice(Some(Precision::F32)),
            PrecisionChoice(Some(Precision::Bf16)),
            PrecisionChoice(Some(Precision::Int8)),
            PrecisionChoice(None),
        ];
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self.0 {
            Some(precision) => precision.to_possible_value(),
            None => {
                let help = "bf16 where the engine has it and the CPU is fast at it, else f32";
                Some(PossibleValue::new("auto").help(help))
            }
        }
    }
}

/// Loads the model, with the vectors of earlier runs.
pub(crate) fn open_cached(model: &ModelArgs, vectors: &CacheArgs, progress: &Progress) -> Result<Embedder> {
    let cache = vectors.open(progress)?;
    let embedder = model.open()?;
    Ok(match cache {
        Some(cache) => embedder.with_cache(cache),
        None => embedder,
    })
}

/// Passes on what the cache has to say after the work.
pub(crate) fn cache_notes(embedder: &Embedder, progress: &Progress) {
    for note in embedder.cache().map(VectorCache::take_notes).unwrap_or_default() {
        progress.note(&format!("warning: {note}"));
    }
}
