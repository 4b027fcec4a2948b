//! The whole job on the sample corpus, without reading and reports: articles per second.

use criterion::{BatchSize, Criterion, SamplingMode, Throughput};
use parallax::background::Background;
use parallax::embed::{Embedder, EngineKind, Settings};
use parallax::framing::Frames;
use parallax::pipeline::{self, Config, Silent, Weights};

use crate::common;

pub fn analyze(c: &mut Criterion) {
    let weights = Weights::shipped().unwrap();
    let config = Config {
        story_threshold: weights.story.threshold,
        given_stories: None,
        frames: Frames::shipped().unwrap(),
        lexicons: Vec::new(),
        baseline: Vec::new(),
        weights,
        background: Background::shipped().unwrap(),
        seed: 0,
        // Word deletions would be most of the time and say nothing that `embed` does not.
        evidence_budget: 0,
        max_memory: None,
        workbook: false,
    };
    let corpus = common::sample();
    let mut group = c.benchmark_group("pipeline");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(corpus.articles.len() as u64));
    for &engine in EngineKind::BUILT {
        let settings = Settings { engine, precision: None, ..Settings::default() };
        let embedder = Embedder::open(&pipeline::default_model(), settings).unwrap();
        group.bench_function(format!("analyze/sample/{}/{}", engine.name(), engine.auto().name()), |b| {
            b.iter_batched(
                || corpus.clone(),
                |corpus| pipeline::analyze(corpus, &embedder, &config, &Silent).unwrap(),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}
