//! Texts to vectors with the real model, by every engine and in every number format of the build: what is promised of
//! one is promised of all. `models/reference` holds what the original Python library computes.

mod cached;
mod made;
mod models;
mod settings;
mod streams;
mod texts;
mod vectors;

use std::fmt::{self, Display, Formatter};
use std::path::Path;
use std::sync::OnceLock;

use ndarray::ArrayView1;
use parallax::embed::{Device, EmbedStats, Embedder, EngineKind, Precision, Settings, Vectors};
use parallax::{Result, pipeline};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::tiny::WORDS;

/// A way to compute vectors.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Way {
    engine: EngineKind,
    precision: Precision,
}

impl Display for Way {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.engine.name(), self.precision.name())
    }
}

impl Way {
    /// All of the build, except bf16 where the CPU does not multiply it in hardware (it is emulated then, and slow).
    fn all() -> Vec<Way> {
        let mut ways = Vec::new();
        for &engine in EngineKind::BUILT {
            for precision in engine.precisions() {
                if precision == Precision::Bf16 && !engine.in_hardware().contains(&precision) {
                    println!("bf16 is not tested: this CPU has no AVX512_BF16");
                } else {
                    ways.push(Way { engine, precision });
                }
            }
        }
        ways
    }

    /// The reference format of each engine.
    fn exact() -> Vec<Way> {
        Way::all().into_iter().filter(|way| way.precision == Precision::F32).collect()
    }

    fn settings(self, threads: usize) -> Settings {
        Settings { engine: self.engine, precision: Some(self.precision), device: Device::Cpu, threads }
    }

    fn open(self, threads: usize) -> Embedder {
        Embedder::open(&pipeline::default_model(), self.settings(threads)).unwrap()
    }

    fn open_in(self, dir: &Path) -> Result<Embedder> {
        Embedder::open(dir, self.settings(1))
    }

    /// One embedder of a single thread for all tests that need no other settings.
    fn shared(self) -> &'static Embedder {
        static SHARED: OnceLock<Vec<(Way, Embedder)>> = OnceLock::new();
        let all = SHARED.get_or_init(|| Way::all().into_iter().map(|way| (way, way.open(1))).collect());
        &all.iter().find(|(other, _)| *other == self).unwrap().1
    }
}

/// What an embedder makes of the texts.
#[track_caller]
fn embed<S: AsRef<str> + Sync>(embedder: &Embedder, texts: &[S]) -> (Vectors, EmbedStats) {
    embedder.embed(texts, &|_, _| true).unwrap()
}

fn bits(vector: ArrayView1<'_, f32>) -> Vec<u32> {
    vector.iter().map(|x| x.to_bits()).collect()
}

/// 1 - cosine.
fn distance(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f64 {
    let product = |a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>| -> f64 {
        a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
    };
    1.0 - product(a, b) / (product(a, a) * product(b, b)).sqrt()
}

/// Texts of the reference: short, long, of many scripts, and hostile.
fn reference() -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Line {
        text: String,
    }
    let lines = include_str!("../../../models/reference/texts.jsonl").lines();
    lines.map(|line| serde_json::from_str::<Line>(line).unwrap().text).collect()
}

/// Texts of 1 to 300 words; the first 60 of every length from 1 word up.
fn filler(n: usize, seed: u64) -> Vec<String> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n)
        .map(|i| {
            let words = if i < 60 { i + 1 } else { rng.random_range(1..=if i % 10 == 0 { 300 } else { 60 }) };
            text(words, &mut rng)
        })
        .collect()
}

/// Different texts of 3 to 8 words, where lengths do not matter but time does.
fn headlines(n: usize, seed: u64) -> Vec<String> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n).map(|i| format!("{i} {}", text(2 + i % 6, &mut rng))).collect()
}

fn text(words: usize, rng: &mut ChaCha8Rng) -> String {
    (0..words).map(|_| WORDS[rng.random_range(0..WORDS.len())]).collect::<Vec<_>>().join(" ")
}

/// A text so big that a stretch of a stream ends with it, of a single token.
fn stretch_end(number: usize) -> String {
    format!("{number}{}", "x".repeat(17 << 20))
}
