//! Story finding: articles per second; words and vectors are made up.

#![allow(clippy::unwrap_used)] // a bench may stop

mod common;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use parallax::pipeline::Weights;
use parallax::stories::{self, StoryConfig};

fn stories(c: &mut Criterion) {
    let weights = Weights::shipped().unwrap();
    let config = StoryConfig { weights: &weights.story, pairs: &weights.pair, threshold: weights.story.threshold };
    let mut group = c.benchmark_group("stories");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for n in [500, 2000] {
        let made_up = common::tables(common::made_up(n), |article| article / 5);
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(format!("{n}_articles"), |b| {
            b.iter(|| stories::find(&made_up.stories, &made_up.claims, config, &|_, _| true).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, stories);
criterion_main!(benches);
