//! Texts to vectors with a local sentence-transformer model.
//!
//! [`Encoder`] knows no tensor library; `rust_bert` implements it on libtorch, `portable` in pure Rust. [`Embedder`]
//! takes what the [`cache`] knows from there, tokenises the rest, forms batches and runs one encoder per worker thread.
//! A vector is a function of its text (per CPU class, engine and precision), whatever else is embedded with it: see
//! [`Batching`].

mod batch;
pub mod cache;
mod embedder;
mod model;
#[cfg(feature = "portable")]
pub(crate) mod portable;
mod quiet;
#[cfg(feature = "rust-bert")]
pub(crate) mod rust_bert;
pub(crate) mod throughput;

use ndarray::{Array2, ArrayView1};
use serde::Serialize;

pub use batch::{Batching, TokenBatch, bucket_length, bucket_rows};
pub use embedder::{EmbedStats, Embedder, Settings};
pub use model::Model;

use crate::Result;
use crate::named::named;

named! {
    /// The number format of the matrix products; everything between them is computed in f32.
    #[derive(Serialize, clap::ValueEnum)]
    #[serde(rename_all = "lowercase")]
    pub enum Precision {
        /// 32-bit floats: the reference.
        F32 = "f32",
        /// bfloat16: two to three times faster on CPUs that have it in hardware (engine `rust-bert`).
        Bf16 = "bf16",
        /// 8-bit integers, scaled per row: two to three times faster on CPUs that have them in hardware (engine
        /// `portable`).
        Int8 = "int8",
    }
}

impl Precision {
    /// Vectors are rounded to 16 bits where the products were coarser than that, so that the cache can keep them in
    /// half the space and give back what it got.
    fn values(self) -> cache::Values {
        match self {
            Precision::F32 => cache::Values::F32,
            Precision::Bf16 | Precision::Int8 => cache::Values::F16,
        }
    }
}

named! {
    /// What runs the model.
    #[derive(Serialize, clap::ValueEnum)]
    #[serde(rename_all = "kebab-case")]
    pub enum EngineKind {
        /// rust-bert on libtorch: f32, bf16; CPU, CUDA.
        RustBert = "rust-bert",
        /// Pure Rust: f32, int8; any CPU.
        Portable = "portable",
    }
}

impl EngineKind {
    /// Those of this build, the default first.
    pub const BUILT: &'static [EngineKind] = &[
        #[cfg(feature = "rust-bert")]
        EngineKind::RustBert,
        #[cfg(feature = "portable")]
        EngineKind::Portable,
    ];

    /// The number formats that it computes in.
    pub fn precisions(self) -> [Precision; 2] {
        match self {
            EngineKind::RustBert => [Precision::F32, Precision::Bf16],
            EngineKind::Portable => [Precision::F32, Precision::Int8],
        }
    }

    /// The number formats that this CPU computes in hardware; another one is emulated, slowly.
    pub fn in_hardware(self) -> Vec<Precision> {
        let coarse = match self {
            #[cfg(target_arch = "x86_64")]
            EngineKind::RustBert if std::arch::is_x86_feature_detected!("avx512bf16") => Some(Precision::Bf16),
            #[cfg(feature = "portable")]
            EngineKind::Portable if portable::Portable::fast_int8() => Some(Precision::Int8),
            _ => None,
        };
        [Some(Precision::F32), coarse].into_iter().flatten().collect()
    }

    /// What `auto` takes: bf16 in hardware, else f32. It may change the stories of no development set by more than an
    /// adjusted Rand index of 0.995 (`models/README.md`). That leaves int8 out: it has to be asked for.
    pub fn auto(self) -> Precision {
        let allowed = |precision: &Precision| *precision != Precision::Int8;
        self.in_hardware().into_iter().rfind(allowed).unwrap_or(Precision::F32)
    }
}

/// Where the model runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// The CUDA device of this number (engine `rust-bert`, where libtorch has CUDA).
    Cuda(usize),
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            Device::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}

impl std::str::FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text.split_once(':') {
            None if text == "cpu" => Ok(Device::Cpu),
            None if text == "cuda" => Ok(Device::Cuda(0)),
            Some(("cuda", number)) if number.parse::<usize>().is_ok() => {
                Ok(Device::Cuda(number.parse().unwrap_or_default()))
            }
            _ => Err("write cpu, or cuda:0 for the first CUDA device".into()),
        }
    }
}

/// What computed a vector. Vectors with different fingerprints must never be mixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fingerprint {
    /// The inference engine, e.g. `rust-bert`.
    pub engine: String,
    /// Its version.
    pub engine_version: String,
    /// The model's name.
    pub model: String,
    /// SHA-256 of the weights, in hexadecimal.
    pub sha256: String,
    /// The number format of the products.
    pub precision: Precision,
    /// Architecture and the vector extensions that select kernels; for a CUDA device, its number.
    pub cpu_class: String,
}

/// Runs one batch of fixed shape through a model. One encoder belongs to one thread at a time.
pub trait Encoder: Send {
    /// Sentence vectors of a batch: `texts x dimension`, the mean over a text's tokens, L2 norm 1.
    ///
    /// # Errors
    /// [`Error::Model`](crate::Error::Model) when the engine fails (out of memory, token id outside the vocabulary).
    fn encode(&mut self, batch: &TokenBatch<'_>) -> Result<Array2<f32>>;
}

/// Makes encoders: one for each worker thread.
pub trait Engine: Send + Sync {
    /// The engine's name in fingerprints.
    fn name(&self) -> &'static str;
    /// The version of the libraries that compute: another one may round differently.
    fn version(&self) -> &'static str;
    /// The number format in use.
    fn precision(&self) -> Precision;
    /// What it asks of batches so that a text's vector does not depend on what is beside it.
    fn batching(&self) -> Batching;
    /// Where it runs.
    fn device(&self) -> Device {
        Device::Cpu
    }
    /// Loads the model once more.
    ///
    /// # Errors
    /// [`Error::Model`](crate::Error::Model) when the weights are missing, damaged or of another shape than the configuration says.
    fn encoder(&self) -> Result<Box<dyn Encoder>>;
}

/// Vectors of distinct texts.
#[derive(Debug, Clone)]
pub struct Vectors {
    /// One row per distinct text, L2 norm 1, in the order of first appearance.
    pub rows: Array2<f32>,
    /// For each text asked for, its row.
    pub index: Vec<usize>,
}

impl Vectors {
    /// The vector of the `i`-th text that was asked for.
    pub fn of(&self, i: usize) -> ArrayView1<'_, f32> {
        self.rows.row(self.index[i])
    }
}

/// The machine's class: results are promised to be equal within one.
pub(crate) fn cpu_class() -> String {
    #[cfg_attr(not(target_arch = "x86_64"), allow(unused_mut, reason = "features are named for x86-64 only"))]
    let mut class = vec![std::env::consts::ARCH];
    #[cfg(target_arch = "x86_64")]
    {
        for (has, name) in [
            (std::arch::is_x86_feature_detected!("avx2"), "avx2"),
            (std::arch::is_x86_feature_detected!("fma"), "fma"),
            (std::arch::is_x86_feature_detected!("avx512f"), "avx512f"),
            (std::arch::is_x86_feature_detected!("avx512vnni"), "avx512vnni"),
            (std::arch::is_x86_feature_detected!("avx512bf16"), "avx512bf16"),
        ] {
            if has {
                class.push(name);
            }
        }
    }
    class.join("+")
}
