//! Texts to tokens and tokens to vectors with the real model (`make setup` fetches it), on all engines of the build.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use parallax::claims;
use parallax::embed::{Device, Embedder, EngineKind, Precision, Settings, bucket_rows};
use parallax::pipeline;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::common;

/// Each is one token.
const WORDS: [&str; 12] =
    ["flood", "city", "the", "bridge", "minister", "tax", "storm", "of", "again", "market", "police", "court"];
/// Tokens of a text.
const LENGTHS: [usize; 5] = [16, 32, 64, 128, 256];

/// Texts of exactly `length` tokens (with the two special ones), enough for four full batches.
fn texts(length: usize) -> Vec<String> {
    let mut rng = ChaCha8Rng::seed_from_u64(length as u64);
    (0..4 * bucket_rows(length))
        .map(|_| (2..length).map(|_| WORDS[rng.random_range(0..WORDS.len())]).collect::<Vec<_>>().join(" "))
        .collect()
}

/// The first claims of the sample articles.
fn sample_claims(n: usize) -> Vec<String> {
    let articles = common::sample().articles;
    let claims = claims::extract(&articles);
    let all = articles.iter().zip(&claims).flat_map(|(a, cs)| cs.iter().map(|c| c.text(a).to_owned()));
    all.take(n).collect()
}

fn open(engine: EngineKind, precision: Precision, threads: usize) -> Embedder {
    let settings = Settings { engine, precision: Some(precision), device: Device::Cpu, threads };
    Embedder::open(&pipeline::default_model(), settings).unwrap()
}

/// On all cores.
pub fn tokenise(c: &mut Criterion) {
    // Every engine has the same tokenizer.
    let Some(&engine) = EngineKind::BUILT.first() else { return };
    let embedder = open(engine, Precision::F32, 1);
    let tokens = |texts: &[String]| embedder.count_tokens(texts).unwrap().iter().sum::<usize>();
    let claims = sample_claims(200);
    let mut inputs = LENGTHS.map(|n| (BenchmarkId::new("tokens/length", n), tokens(&texts(n)), texts(n))).to_vec();
    inputs.push((BenchmarkId::new("tokens/claims", 200), tokens(&claims), claims.clone()));
    inputs.push((BenchmarkId::new("sentences/claims", 200), claims.len(), claims));
    let mut group = c.benchmark_group("tokenise");
    group.sample_size(20);
    for (id, elements, texts) in inputs {
        group.throughput(Throughput::Elements(elements as u64));
        group.bench_function(id, |b| b.iter(|| embedder.count_tokens(&texts).unwrap()));
    }
    group.finish();
}

pub fn embed(c: &mut Criterion) {
    for &engine in EngineKind::BUILT {
        // What the CPU emulates says nothing.
        for precision in engine.in_hardware() {
            let mut group = c.benchmark_group(format!("embed/{}/{}", engine.name(), precision.name()));
            group.sample_size(10).sampling_mode(SamplingMode::Flat).warm_up_time(Duration::from_millis(500));
            group.measurement_time(Duration::from_secs(2));
            for threads in [1, 2] {
                let embedder = open(engine, precision, threads);
                // Lengths on one thread alone: with more, what matters is how many texts there are to share.
                let lengths = LENGTHS.map(|length| ("length", length, texts(length)));
                let lengths = lengths.into_iter().filter(|_| threads == 1);
                let numbers = [1, 10, 200].map(|n| ("texts", n, sample_claims(n)));
                for (what, n, texts) in lengths.chain(numbers) {
                    // The first call loads the second worker's model.
                    let (_, stats) = embedder.embed(&texts, &|_, _| true).unwrap();
                    let id = BenchmarkId::new(format!("{what}/{threads}_threads"), n);
                    group.throughput(Throughput::Elements(stats.tokens));
                    group.bench_function(id, |b| b.iter(|| embedder.embed(&texts, &|_, _| true).unwrap()));
                }
            }
            group.finish();
        }
    }
}
