//! The way of a text to its vector: cache, tokens, batches, workers.

use std::borrow::Cow;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Instant;

use half::f16;
use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;
use serde::Serialize;

use super::batch::{self, Planned, Tokens};
use super::cache::{Space, Stored, Values, VectorCache};
use super::{Device, Encoder, Engine, EngineKind, Fingerprint, Model, Precision, TokenBatch, Vectors, cpu_class};
use crate::{Error, Result};

/// Texts that are prepared together: enough to fill batches of every length (dummy rows stay below one per cent), few
/// enough that a stream of any length needs no more memory (50 MB of vectors).
const CHUNK_TEXTS: usize = 32_768;
/// Also the end of a chunk: long texts weigh more.
const CHUNK_BYTES: usize = 16 << 20;

/// Bytes of the program with its word lists, background statistics and tokenizer.
const PROGRAM: u64 = 100 << 20;
/// Bytes of libtorch where it is linked, and what it takes beside when it computes.
const LIBTORCH: u64 = 110 << 20;
const LIBTORCH_AT_WORK: u64 = 75 << 20;
/// Bytes of a worker's batch in work.
const RUST_BERT_WORKER: u64 = 50 << 20;
const PORTABLE_WORKER: u64 = 20 << 20;

/// How a model is to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The engine.
    pub engine: EngineKind,
    /// The number format; `None`: [`EngineKind::auto`].
    pub precision: Option<Precision>,
    /// Where.
    pub device: Device,
    /// Worker threads; 0: one for each core, or a single one for a CUDA device.
    pub threads: usize,
}

impl Default for Settings {
    /// The default engine of the build in f32, on all cores.
    fn default() -> Self {
        let engine = EngineKind::BUILT.first().copied().unwrap_or(EngineKind::RustBert);
        Settings { engine, precision: Some(Precision::F32), device: Device::Cpu, threads: 0 }
    }
}

impl Settings {
    /// Whether this build has the engine, and the engine the number format: then which.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub(crate) fn check(&self) -> Result<Precision> {
        let name = self.engine.name();
        let precision = self.precision.unwrap_or_else(|| self.engine.auto());
        if !self.engine.precisions().contains(&precision) {
            let names = self.engine.precisions().map(Precision::name).join(", ");
            return Err(Error::usage(
                format!("the engine {name} does not compute in {}", precision.name()),
                format!("use --precision {names} or auto"),
            ));
        }
        if !EngineKind::BUILT.contains(&self.engine) {
            return Err(Error::usage(
                format!("this build has no engine {name}"),
                format!("build it with `cargo build --release --features {name}`"),
            ));
        }
        Ok(precision)
    }
}

/// What a call of [`Embedder::embed`] or [`Embedder::stream`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct EmbedStats {
    /// Texts asked for.
    pub texts: usize,
    /// Different ones (within a stretch of a stream): each is computed once.
    pub distinct: usize,
    /// Of the different ones, those that the cache knew.
    pub cached: usize,
    /// Different texts longer than the model's limit, which were cut to it.
    pub truncated: usize,
    /// Tokens of the texts that were computed.
    pub tokens: u64,
    /// Tokens computed beside them: padding of texts to the length of their batch.
    pub padding: u64,
    /// Tokens of the dummy rows that keep batch shapes fixed.
    pub dummies: u64,
    /// Wall time.
    pub seconds: f64,
}

impl EmbedStats {
    /// Adds another call's figures.
    pub(crate) fn add(&mut self, other: &EmbedStats) {
        self.texts += other.texts;
        self.distinct += other.distinct;
        self.cached += other.cached;
        self.truncated += other.truncated;
        self.tokens += other.tokens;
        self.padding += other.padding;
        self.dummies += other.dummies;
        self.seconds += other.seconds;
    }

    /// Tokens computed per second of wall time; `None` when nothing was computed.
    pub(crate) fn tokens_per_second(&self) -> Option<f64> {
        (self.tokens > 0 && self.seconds > 0.0).then(|| self.tokens as f64 / self.seconds)
    }
}

/// A model, its tokenizer, a set of encoders, and the vectors of earlier runs.
pub struct Embedder {
    model: Model,
    engine: Box<dyn Engine>,
    threads: usize,
    idle: Mutex<Vec<Box<dyn Encoder>>>,
    cache: Option<(VectorCache, Space)>,
}

impl std::fmt::Debug for Embedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedder").field("fingerprint", &self.fingerprint()).field("threads", &self.threads).finish()
    }
}

/// A stretch of texts on its way.
struct Chunk<'t> {
    /// The different ones.
    texts: Vec<Cow<'t, str>>,
    /// For each text that came, its place among the different ones.
    index: Vec<usize>,
    /// Of each different text, what the cache knew.
    known: Vec<Option<Stored>>,
    /// The texts to be computed, by their place among the different ones.
    missing: Vec<usize>,
    /// Their tokens.
    encoded: Vec<Tokens>,
    batches: Vec<Planned>,
    bytes: u64,
}

/// Says when a stream is over, however it ends.
struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Embedder {
    /// Opens the model in `dir`.
    ///
    /// # Errors
    /// [`Error::Model`] when a file is missing, damaged (SHA-256 against the manifest) or of the wrong kind;
    /// [`Error::Usage`] when the build has no such engine, or the engine no such precision or device.
    #[cfg_attr(
        not(any(feature = "rust-bert", feature = "portable")),
        allow(unused_variables, unreachable_code, reason = "the check fails where no engine is built")
    )]
    pub fn open(dir: &Path, settings: Settings) -> Result<Self> {
        // A missing engine is found before a missing model.
        let precision = settings.check()?;
        let model = Model::open(dir)?;
        let engine: Box<dyn Engine> = match settings.engine {
            #[cfg(feature = "rust-bert")]
            EngineKind::RustBert => Box::new(super::rust_bert::RustBert::new(&model, precision, settings.device)?),
            #[cfg(feature = "portable")]
            EngineKind::Portable if settings.device == Device::Cpu => {
                Box::new(super::portable::Portable::new(&model, precision)?)
            }
            engine => {
                return Err(Error::usage(
                    format!("the engine {} does not run on {}", engine.name(), settings.device),
                    "use --device cpu, or --engine rust-bert",
                ));
            }
        };
        Self::with_engine(model, engine, settings.threads)
    }

    /// An embedder on a given engine. The first encoder is loaded at once, so that a bad model fails here.
    ///
    /// # Errors
    /// As [`Engine::encoder`].
    pub fn with_engine(model: Model, engine: Box<dyn Engine>, threads: usize) -> Result<Self> {
        let threads = match (threads, engine.device()) {
            (0, Device::Cpu) => std::thread::available_parallelism().map_or(1, usize::from),
            (0, Device::Cuda(_)) => 1,
            (n, _) => n,
        };
        let first = engine.encoder()?;
        Ok(Embedder { model, engine, threads, idle: Mutex::new(vec![first]), cache: None })
    }

    /// The same, taking vectors of earlier runs from a cache and leaving new ones there.
    pub fn with_cache(mut self, cache: VectorCache) -> Self {
        let space = cache.space(&self.fingerprint(), self.dimension(), self.engine.precision().values());
        self.cache = Some((cache, space));
        self
    }

    /// The cache in use.
    pub fn cache(&self) -> Option<&VectorCache> {
        self.cache.as_ref().map(|(cache, _)| cache)
    }

    /// What computes the vectors.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint {
            engine: self.engine.name().into(),
            engine_version: self.engine.version().into(),
            model: self.model.name.clone(),
            sha256: self.model.sha256.clone(),
            precision: self.engine.precision(),
            cpu_class: match self.engine.device() {
                Device::Cpu => cpu_class(),
                device => device.to_string(),
            },
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

    /// The memory that libraries, model and workers take, in bytes: what an idle program has measured, and a worker's
    /// share of a batch.
    pub(crate) fn memory(&self) -> u64 {
        let (weights, threads) = (4 * self.model.parameters(), self.threads as u64);
        let linked = if cfg!(feature = "rust-bert") { LIBTORCH } else { 0 };
        PROGRAM
            + linked
            + match self.engine.name() {
                // Each worker has a model of its own.
                "rust-bert" => LIBTORCH_AT_WORK + threads * (weights + RUST_BERT_WORKER),
                _ => weights + threads * PORTABLE_WORKER,
            }
    }

    /// Token counts of texts, special tokens included, after truncation.
    ///
    /// # Errors
    /// [`Error::Model`] when the tokenizer fails.
    pub fn count_tokens<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Result<Vec<usize>> {
        texts.par_iter().map(|t| Ok(self.model.encode(t.as_ref())?.ids.len())).collect()
    }

    /// Embeds `texts`; repeated ones are computed once. `progress(done, total)` hears tokens that are computed (the total
    /// is an estimate until all texts were looked at), and stops the work by returning `false`.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when `progress` says so; [`Error::Model`] when the engine fails. What was computed until
    /// then is in the cache.
    pub fn embed<S: AsRef<str> + Sync>(
        &self,
        texts: &[S],
        progress: &(dyn Fn(u64, u64) -> bool + Sync),
    ) -> Result<(Vectors, EmbedStats)> {
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
        let bytes = distinct.iter().map(|t| t.len() as u64).sum();
        let mut rows = Array2::<f32>::zeros((distinct.len(), self.model.dimension));
        let mut at = 0;
        let mut stats =
            self.stream(distinct.iter().map(|&t| Ok(Cow::Borrowed(t))), Some(bytes), progress, &mut |chunk| {
                rows.slice_mut(s![at..at + chunk.nrows(), ..]).assign(&chunk);
                at += chunk.nrows();
                Ok(())
            })?;
        stats.texts = texts.len();
        Ok((Vectors { rows, index }, stats))
    }

    /// Embeds texts as they come. `sink` gets their vectors in order, some thousand at a time: `texts x dimension`.
    /// Memory does not grow with the number of texts. `bytes`: of all texts, if known, for the estimate of the total
    /// that `progress(done, total)` hears (0: unknown).
    ///
    /// # Errors
    /// Those of `texts` and `sink`, and as [`Embedder::embed`].
    pub fn stream<'t>(
        &self,
        texts: impl Iterator<Item = Result<Cow<'t, str>>> + Send,
        bytes: Option<u64>,
        progress: &(dyn Fn(u64, u64) -> bool + Sync),
        sink: &mut dyn FnMut(ArrayView2<'_, f32>) -> Result<()>,
    ) -> Result<EmbedStats> {
        let started = Instant::now();
        let mut stats = EmbedStats::default();
        let stop = AtomicBool::new(false);
        let outcome = std::thread::scope(|scope| {
            // One chunk is looked up and tokenised while another is computed.
            let (ahead, ready) = mpsc::sync_channel(1);
            let stop = &stop;
            let _stop = StopAtEnd(stop);
            scope.spawn(move || {
                let mut texts = texts;
                while let Some(chunk) = self.prepare(&mut texts, stop).transpose() {
                    let failed = chunk.is_err();
                    if ahead.send(chunk).is_err() || failed {
                        break;
                    }
                }
            });
            let mut bytes_done = 0u64;
            for chunk in ready {
                let chunk = chunk?;
                bytes_done += chunk.bytes;
                stats.texts += chunk.index.len();
                stats.distinct += chunk.texts.len();
                stats.cached += chunk.texts.len() - chunk.missing.len();
                stats.truncated += chunk.encoded.iter().filter(|t| t.truncated).count();
                stats.truncated += chunk.known.iter().flatten().filter(|t| t.truncated).count();
                let before = stats.tokens;
                let tokens: u64 = chunk.encoded.iter().map(|t| t.ids.len() as u64).sum();
                for batch in &chunk.batches {
                    let used: usize = batch.texts.iter().map(|&t| chunk.encoded[t].ids.len()).sum();
                    let dummies = batch.rows.saturating_sub(batch.texts.len()) * batch.length;
                    stats.dummies += dummies as u64;
                    stats.padding += (batch.computed - used - dummies) as u64;
                }
                // What is still to come is as long, and as well known, as what came.
                let rest = match bytes {
                    Some(bytes) if bytes_done > 0 => {
                        (before + tokens) as f64 / bytes_done as f64 * bytes.saturating_sub(bytes_done) as f64
                    }
                    _ => 0.0,
                };
                let total = if bytes.is_some() { before + tokens + rest as u64 } else { 0 };
                let rows = self.compute(&chunk, &|done| progress(before + done, total))?;
                stats.tokens += tokens;
                if chunk.index.iter().enumerate().all(|(i, &row)| i == row) {
                    sink(rows.view())?;
                } else {
                    sink(rows.select(ndarray::Axis(0), &chunk.index).view())?;
                }
            }
            Ok(())
        });
        if let Some((cache, _)) = &self.cache {
            cache.flush();
        }
        outcome?;
        stats.seconds = started.elapsed().as_secs_f64();
        Ok(stats)
    }

    /// The next chunk: its different texts, what the cache knows of them, tokens and batches of the rest. `None` at the
    /// end. Nobody wants it any more once `stop` is set.
    fn prepare<'t>(
        &self,
        source: &mut impl Iterator<Item = Result<Cow<'t, str>>>,
        stop: &AtomicBool,
    ) -> Result<Option<Chunk<'t>>> {
        let go_on = || if stop.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) };
        let mut incoming: Vec<Cow<'t, str>> = Vec::new();
        let mut size = 0;
        while incoming.len() < CHUNK_TEXTS && size < CHUNK_BYTES {
            go_on()?;
            let Some(text) = source.next() else { break };
            let text = text?;
            size += text.len();
            incoming.push(text);
        }
        if incoming.is_empty() {
            return Ok(None);
        }
        let mut seen: HashMap<Cow<'t, str>, usize> = HashMap::new();
        let mut texts: Vec<Cow<'t, str>> = Vec::new();
        let mut index = Vec::with_capacity(incoming.len());
        for text in incoming {
            let next = texts.len();
            let place = *seen.entry(text.clone()).or_insert(next);
            if place == next {
                texts.push(text);
            }
            index.push(place);
        }
        drop(seen);
        let known = match &self.cache {
            Some((_, space)) => space.get(&texts.iter().map(AsRef::as_ref).collect::<Vec<&str>>()),
            None => vec![None; texts.len()],
        };
        let missing: Vec<usize> = (0..texts.len()).filter(|&t| known[t].is_none()).collect();
        let encoded: Vec<Tokens> =
            missing.par_iter().map(|&t| go_on().and_then(|()| self.model.encode(&texts[t]))).collect::<Result<_>>()?;
        let lengths: Vec<usize> = encoded.iter().map(|t| t.ids.len()).collect();
        let batches = batch::plan(&lengths, self.engine.batching());
        Ok(Some(Chunk { texts, index, known, missing, encoded, batches, bytes: size as u64 }))
    }

    /// The vectors of a chunk's different texts. New ones are handed to the cache as they are ready.
    fn compute(&self, chunk: &Chunk<'_>, progress: &dyn Fn(u64) -> bool) -> Result<Array2<f32>> {
        let go_on = |done| if progress(done) { Ok(()) } else { Err(Error::Interrupted) };
        let mut rows = Array2::<f32>::zeros((chunk.texts.len(), self.model.dimension));
        for (mut row, known) in rows.rows_mut().into_iter().zip(&chunk.known) {
            if let Some(known) = known {
                row.iter_mut().zip(&known.vector).for_each(|(x, &known)| *x = known);
            }
        }
        if chunk.batches.is_empty() {
            // A stream of known texts can be stopped too.
            return go_on(0).map(|()| rows);
        }
        let next = AtomicUsize::new(0);
        let workers = self.threads.min(chunk.batches.len());
        std::thread::scope(|scope| {
            let (sender, computed) = mpsc::sync_channel::<Result<(usize, Array2<f32>)>>(4 * workers);
            for _ in 0..workers {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || {
                    // An engine that panics has failed; no other worker's result is waited for then.
                    let work = AssertUnwindSafe(|| self.work(chunk, next, &sender));
                    if let Err(panic) = catch_unwind(work) {
                        let said = panic.downcast_ref::<String>().map(String::as_str);
                        let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason");
                        let _ = sender.send(Err(self.model.failure(&format!("the engine panicked: {said}"), None)));
                    }
                });
            }
            drop(sender);
            let mut done = 0;
            // When this loop ends early, the channel closes, and the workers end with the batch that they are at.
            for result in computed {
                let (b, vectors) = result?;
                let texts = &chunk.batches[b].texts;
                let mut fresh = Vec::with_capacity(texts.len());
                for (&t, vector) in texts.iter().zip(vectors.rows()) {
                    let tokens = &chunk.encoded[t];
                    let place = chunk.missing[t];
                    rows.row_mut(place).assign(&vector);
                    done += tokens.ids.len() as u64;
                    if self.cache.is_some() {
                        let stored = Stored {
                            tokens: tokens.ids.len() as u32,
                            truncated: tokens.truncated,
                            vector: vector.to_vec(),
                        };
                        fresh.push((chunk.texts[place].as_ref(), stored));
                    }
                }
                if let Some((_, space)) = &self.cache {
                    space.put(fresh.iter().map(|(text, stored)| (*text, stored)));
                }
                go_on(done)?;
            }
            Ok(rows)
        })
    }

    /// Takes batch after batch until none is left, or nobody wants the result.
    fn work(&self, chunk: &Chunk<'_>, next: &AtomicUsize, sender: &mpsc::SyncSender<Result<(usize, Array2<f32>)>>) {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut encoder = match waiting.map_or_else(|| self.engine.encoder(), Ok) {
            Ok(encoder) => encoder,
            Err(error) => {
                let _ = sender.send(Err(error));
                return;
            }
        };
        loop {
            let b = next.fetch_add(1, Ordering::Relaxed);
            let Some(planned) = chunk.batches.get(b) else { break };
            let batch = TokenBatch::new(planned, &chunk.encoded, self.model.specials);
            let vectors = encoder.encode(&batch).and_then(|mut vectors| {
                let expected = (batch.texts.len(), self.model.dimension);
                if vectors.dim() != expected || !vectors.iter().all(|x| x.is_finite()) {
                    let reason = format!("the engine gives {:?} numbers, not {expected:?} finite ones", vectors.dim());
                    return Err(self.model.failure(&reason, None));
                }
                if self.engine.precision().values() == Values::F16 {
                    vectors.mapv_inplace(|x| f16::from_f32(x).to_f32());
                }
                Ok((b, vectors))
            });
            if sender.send(vectors).is_err() {
                break;
            }
        }
        idle().push(encoder);
    }
}
