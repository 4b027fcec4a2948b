//! Story finding: articles per second, and pairs per second within one event; words and vectors are made up.

use criterion::{Criterion, SamplingMode, Throughput};
use parallax::pipeline::Weights;
use parallax::stories::{self, StoryConfig};

use crate::common;

pub fn stories(c: &mut Criterion) {
    let weights = Weights::shipped().unwrap();
    let config = StoryConfig { weights: &weights.story, pairs: &weights.pair, threshold: weights.story.threshold };
    let mut group = c.benchmark_group("stories");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for n in [500, 1000, 2000, 4000] {
        let made_up = common::tables(common::made_up(n, 5), |article| article / 5);
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(format!("{n}_articles"), |b| {
            b.iter(|| stories::find(&made_up.stories, &made_up.claims, config, &|_, _| true).unwrap());
        });
    }
    group.finish();
}

/// All articles are of one event: every pair is compared.
pub fn event(c: &mut Criterion) {
    // Made-up articles are less alike than those of an event.
    let weights = Weights::shipped().unwrap();
    let config = StoryConfig { weights: &weights.story, pairs: &weights.pair, threshold: 0.0 };
    let mut group = c.benchmark_group("event");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for n in [250, 500, 1000] {
        let made_up = common::tables(common::made_up(n, n), |_| 0);
        let find = || stories::find(&made_up.stories, &made_up.claims, config, &|_, _| true).unwrap().stories;
        assert_eq!(find()[0].articles.len(), n);
        group.throughput(Throughput::Elements((n * (n - 1) / 2) as u64));
        group.bench_function(format!("{n}_articles"), |b| b.iter(find));
    }
    group.finish();
}
