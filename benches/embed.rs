//! Tokens per second of the real model (`make setup` fetches it).

#![allow(clippy::unwrap_used)] // a bench may stop

mod common;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use parallax::claims;
use parallax::embed::{Embedder, Precision, bucket_rows};
use parallax::pipeline;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Each is one token.
const WORDS: [&str; 12] =
    ["flood", "city", "the", "bridge", "minister", "tax", "storm", "of", "again", "market", "police", "court"];

/// Texts of exactly `length` tokens (with the two special ones), enough for four full batches.
fn texts(length: usize) -> Vec<String> {
    let mut rng = ChaCha8Rng::seed_from_u64(length as u64);
    (0..4 * bucket_rows(length))
        .map(|_| (2..length).map(|_| WORDS[rng.random_range(0..WORDS.len())]).collect::<Vec<_>>().join(" "))
        .collect()
}

fn embed(c: &mut Criterion) {
    let sample = common::sample().articles;
    let claims = claims::extract(&sample);
    let claims = sample.iter().zip(&claims).flat_map(|(a, cs)| cs.iter().map(|c| c.text(a).to_owned()));
    let claims: Vec<String> = claims.take(200).collect();
    let inputs: Vec<(String, Vec<String>)> = [16, 32, 64, 128]
        .into_iter()
        .map(|length| (format!("{length}_tokens"), texts(length)))
        .chain([("200_sample_claims".to_owned(), claims)])
        .collect();

    let mut group = c.benchmark_group("embed");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).warm_up_time(std::time::Duration::from_millis(500));
    group.measurement_time(std::time::Duration::from_secs(2));
    let mut precisions = vec![Precision::F32];
    // Elsewhere bf16 is emulated, and says nothing.
    precisions.extend((Precision::fastest() == Precision::Bf16).then_some(Precision::Bf16));
    for precision in precisions {
        for threads in [1, 2] {
            let embedder = Embedder::open(&pipeline::default_model(), precision, threads).unwrap();
            for (name, texts) in &inputs {
                // The first call loads the second worker's model.
                let (_, stats) = embedder.embed(texts, &|_, _| true).unwrap();
                let id = BenchmarkId::new(format!("{}/{threads}_threads", precision.name()), name);
                group.throughput(Throughput::Elements(stats.tokens));
                group.bench_function(id, |b| b.iter(|| embedder.embed(texts, &|_, _| true).unwrap()));
            }
        }
    }
    group.finish();
}

criterion_group!(benches, embed);
criterion_main!(benches);
