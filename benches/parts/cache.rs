//! The vector cache: vectors found and vectors stored per second, 384 numbers each, as texts of 90 bytes.

use criterion::{BatchSize, Criterion, SamplingMode, Throughput};
use half::f16;
use parallax::embed::cache::{DEFAULT_MAX_BYTES, Stored, Values, VectorCache};
use parallax::embed::{Fingerprint, Precision};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const DIMENSION: usize = 384;
const N: usize = 10_000;

pub fn cache(c: &mut Criterion) {
    let fingerprint = Fingerprint {
        engine: "made-up".into(),
        engine_version: "1".into(),
        model: "all-MiniLM-L6-v2".into(),
        sha256: "0".into(),
        precision: Precision::F32,
        cpu_class: "any".into(),
    };
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut number = || f16::from_f32(random.random_range(-0.2..0.2)).to_f32();
    let texts: Vec<String> = (0..N).map(|i| format!("{i:<90}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let stored: Vec<Stored> = (0..N)
        .map(|_| Stored { tokens: 20, truncated: false, vector: (0..DIMENSION).map(|_| number()).collect() })
        .collect();
    let mut group = c.benchmark_group("cache");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(N as u64));
    for values in [Values::F32, Values::F16] {
        let folder = tempfile::tempdir().unwrap();
        let (cache, _) = VectorCache::open(folder.path(), DEFAULT_MAX_BYTES).unwrap();
        let space = cache.space(&fingerprint, DIMENSION, values);
        space.put(texts.iter().copied().zip(&stored));
        cache.flush();
        group.bench_function(format!("get_{}_{N}", values.name()), |b| {
            b.iter(|| assert!(space.get(&texts).iter().all(Option::is_some)));
        });
        group.bench_function(format!("put_{}_{N}", values.name()), |b| {
            let empty = || {
                let folder = tempfile::tempdir().unwrap();
                let (cache, _) = VectorCache::open(folder.path(), DEFAULT_MAX_BYTES).unwrap();
                (cache.space(&fingerprint, DIMENSION, values), cache, folder)
            };
            b.iter_batched(
                empty,
                |(space, cache, folder)| {
                    space.put(texts.iter().copied().zip(&stored));
                    cache.flush();
                    folder
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}
