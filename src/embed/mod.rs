//! Texts to vectors with a local sentence-transformer model.
//!
//! [`Encoder`] knows no tensor library; [`rust_bert`] implements it on libtorch. [`Embedder`] tokenises, removes
//! repeated texts, forms batches of *fixed* shape and runs one encoder per worker thread. GEMM results depend on the
//! shape of a batch, so the shape a text is computed in depends on its own token count and on nothing else: a vector
//! is a function of its text (per CPU class, engine and precision).

mod batch;
pub mod cache;
mod model;
#[cfg(feature = "rust-bert")]
pub mod rust_bert;

use std::collections::HashMap;
#[cfg(feature = "rust-bert")]
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use ndarray::{Array2, ArrayView1};
use rayon::prelude::*;
use serde::Serialize;

pub use batch::{TokenBatch, bucket_length, bucket_rows};
pub use model::Model;

use crate::{Error, Result};

/// The number format of the matrix products; pooling and norms are always computed in f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32-bit floats: the reference.
    F32,
    /// bfloat16 matrix products: two to three times faster on CPUs that have them in hardware.
    Bf16,
}

impl Precision {
    /// `bf16` where the CPU multiplies bfloat16 in hardware (AVX512_BF16 or AMX), else `f32`.
    pub fn fastest() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx512bf16") {
            return Precision::Bf16;
        }
        Precision::F32
    }

    /// The name used in options, reports and cache keys.
    pub fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::Bf16 => "bf16",
        }
    }
}

/// What computed a vector. Vectors with different fingerprints must never be mixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fingerprint {
    /// The inference engine, e.g. `rust-bert`.
    pub engine: String,
    /// The model's name.
    pub model: String,
    /// SHA-256 of the weights, in hexadecimal.
    pub sha256: String,
    /// The number format of the products.
    pub precision: Precision,
    /// Architecture and the vector extensions that select kernels.
    pub cpu_class: String,
}

/// Runs one batch of fixed shape through a model. One encoder belongs to one thread at a time.
pub trait Encoder: Send {
    /// Sentence vectors of a batch: `rows x dimension`, mean-pooled over the attention mask, L2 norm 1.
    ///
    /// # Errors
    /// [`Error::Model`] when the engine fails (out of memory, token id outside the vocabulary).
    fn encode(&mut self, batch: &TokenBatch) -> Result<Array2<f32>>;
}

/// Makes encoders: one for each worker thread.
pub trait Engine: Send + Sync {
    /// The engine's name in fingerprints.
    fn name(&self) -> &'static str;
    /// The number format in use.
    fn precision(&self) -> Precision;
    /// Loads the model once more.
    ///
    /// # Errors
    /// [`Error::Model`] when the weights are missing, damaged or of another shape than the configuration says.
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
    /// The rows of two arrays on top of each other that `index` asks for, each once.
    pub fn joined(upper: &Array2<f32>, lower: &Array2<f32>, index: &[usize]) -> Self {
        let mut at: HashMap<usize, usize> = HashMap::new();
        let mut wanted = Vec::new();
        let index = index
            .iter()
            .map(|&i| {
                *at.entry(i).or_insert_with(|| {
                    wanted.push(i);
                    wanted.len() - 1
                })
            })
            .collect();
        let mut rows = Array2::zeros((wanted.len(), upper.ncols()));
        for (mut row, i) in rows.rows_mut().into_iter().zip(wanted) {
            row.assign(&if i < upper.nrows() { upper.row(i) } else { lower.row(i - upper.nrows()) });
        }
        Vectors { rows, index }
    }

    /// The vector of the `i`-th text that was asked for.
    pub fn of(&self, i: usize) -> ArrayView1<'_, f32> {
        self.rows.row(self.index[i])
    }
}

/// What one call of [`Embedder::embed`] did.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct EmbedStats {
    /// Texts asked for.
    pub texts: usize,
    /// Different ones: each is computed once.
    pub distinct: usize,
    /// Texts longer than the model's limit, which were cut to it.
    pub truncated: usize,
    /// Tokens of the distinct texts.
    pub tokens: u64,
    /// Tokens computed beside them: padding and the dummy rows that keep batch shapes fixed.
    pub padding: u64,
    /// Wall time.
    pub seconds: f64,
}

impl EmbedStats {
    /// Adds another call's figures.
    pub fn add(&mut self, other: &EmbedStats) {
        self.texts += other.texts;
        self.distinct += other.distinct;
        self.truncated += other.truncated;
        self.tokens += other.tokens;
        self.padding += other.padding;
        self.seconds += other.seconds;
    }
}

/// The index of a batch, and its vectors.
type Computed = (usize, Array2<f32>);

/// A model, its tokenizer and a set of encoders.
pub struct Embedder {
    model: Model,
    engine: Box<dyn Engine>,
    threads: usize,
    idle: Mutex<Vec<Box<dyn Encoder>>>,
}

impl std::fmt::Debug for Embedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedder").field("fingerprint", &self.fingerprint()).field("threads", &self.threads).finish()
    }
}

impl Embedder {
    /// Opens the model in `dir` with the default engine. `threads` workers each hold a copy of the weights; 0 means
    /// one per available core.
    ///
    /// # Errors
    /// [`Error::Model`] when a file is missing, damaged (SHA-256 against the manifest) or of the wrong kind.
    #[cfg(feature = "rust-bert")]
    pub fn open(dir: &Path, precision: Precision, threads: usize) -> Result<Self> {
        let model = Model::open(dir)?;
        let engine = Box::new(rust_bert::RustBert::new(&model, precision)?);
        Self::with_engine(model, engine, threads)
    }

    /// An embedder on a given engine. The first encoder is loaded at once, so that a bad model fails here.
    ///
    /// # Errors
    /// As [`Engine::encoder`].
    pub fn with_engine(model: Model, engine: Box<dyn Engine>, threads: usize) -> Result<Self> {
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        };
        let first = engine.encoder()?;
        Ok(Embedder { model, engine, threads, idle: Mutex::new(vec![first]) })
    }

    /// What computes the vectors.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint {
            engine: self.engine.name().into(),
            model: self.model.name.clone(),
            sha256: self.model.sha256.clone(),
            precision: self.engine.precision(),
            cpu_class: cpu_class(),
        }
    }

    /// Length of a vector.
    pub fn dimension(&self) -> usize {
        self.model.dimension
    }

    /// Longer texts are cut to so many tokens.
    pub fn max_tokens(&self) -> usize {
        self.model.max_tokens
    }

    /// Number of worker threads.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Embeds `texts`; repeated ones are computed once. `progress(done, total)` hears tokens, and stops the work by
    /// returning `false`.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when `progress` says so; [`Error::Model`] when the engine fails.
    pub fn embed<S: AsRef<str> + Sync>(
        &self,
        texts: &[S],
        progress: &(dyn Fn(u64, u64) -> bool + Sync),
    ) -> Result<(Vectors, EmbedStats)> {
        let started = Instant::now();
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut distinct: Vec<&str> = Vec::new();
        let index: Vec<usize> = texts
            .iter()
            .map(|t| {
                *seen.entry(t.as_ref()).or_insert_with(|| {
                    distinct.push(t.as_ref());
                    distinct.len() - 1
                })
            })
            .collect();
        let encoded: Vec<(Vec<u32>, bool)> =
            distinct.par_iter().map(|t| self.model.encode(t)).collect::<Result<_>>()?;
        let batches = batch::plan(&encoded.iter().map(|(ids, _)| ids.len()).collect::<Vec<_>>());
        let mut stats = EmbedStats {
            texts: texts.len(),
            distinct: distinct.len(),
            truncated: encoded.iter().filter(|(_, cut)| *cut).count(),
            tokens: encoded.iter().map(|(ids, _)| ids.len() as u64).sum(),
            ..Default::default()
        };
        let computed: u64 = batches.iter().map(|b| (b.length * b.rows) as u64).sum();
        stats.padding = computed - stats.tokens;

        let dimension = self.model.dimension;
        let mut rows = Array2::<f32>::zeros((distinct.len(), dimension));
        let (next, stop, done) = (AtomicUsize::new(0), AtomicBool::new(false), Mutex::new(0u64));
        let workers = self.threads.min(batches.len()).max(1);
        let results: Vec<Result<Vec<Computed>>> = std::thread::scope(|scope| {
            let handles: Vec<_> = (0..workers)
                .map(|_| {
                    scope.spawn(|| {
                        let mut mine = Vec::new();
                        if batches.is_empty() {
                            return Ok(mine);
                        }
                        let mut encoder = match self.idle.lock().ok().and_then(|mut idle| idle.pop()) {
                            Some(encoder) => encoder,
                            None => self.engine.encoder()?,
                        };
                        let outcome = loop {
                            let b = next.fetch_add(1, Ordering::Relaxed);
                            let Some(batch) = batches.get(b) else { break Ok(()) };
                            if stop.load(Ordering::Relaxed) {
                                break Err(Error::Interrupted);
                            }
                            match encoder.encode(&TokenBatch::new(batch, &encoded, self.model.specials)) {
                                Ok(vectors) => mine.push((b, vectors)),
                                Err(error) => {
                                    stop.store(true, Ordering::Relaxed);
                                    break Err(error);
                                }
                            }
                            if let Ok(mut done) = done.lock() {
                                *done += batch.texts.iter().map(|&t| encoded[t].0.len() as u64).sum::<u64>();
                                if !progress(*done, stats.tokens) {
                                    stop.store(true, Ordering::Relaxed);
                                }
                            }
                        };
                        if let Ok(mut idle) = self.idle.lock() {
                            idle.push(encoder);
                        }
                        outcome.map(|()| mine)
                    })
                })
                .collect();
            handles
                .into_iter()
                .map(|h| h.join().unwrap_or_else(|_| Err(self.model.failure("a worker thread panicked", None))))
                .collect()
        });
        // An engine's error says more than the interruption it caused in the other workers.
        let mut interrupted = false;
        for result in results {
            match result {
                Ok(parts) => {
                    for (b, vectors) in parts {
                        for (i, &text) in batches[b].texts.iter().enumerate() {
                            rows.row_mut(text).assign(&vectors.row(i));
                        }
                    }
                }
                Err(Error::Interrupted) => interrupted = true,
                Err(error) => return Err(error),
            }
        }
        if interrupted {
            return Err(Error::Interrupted);
        }
        stats.seconds = started.elapsed().as_secs_f64();
        Ok((Vectors { rows, index }, stats))
    }
}

/// The machine's class: results are promised to be equal within one.
pub fn cpu_class() -> String {
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
