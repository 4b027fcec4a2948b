//! Claim pairs per second, scored and grouped; vectors are random.

#![allow(clippy::unwrap_used)] // a bench may stop

mod common;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use parallax::facts::{self, Side};
use parallax::pipeline::Weights;

fn facts(c: &mut Criterion) {
    let Weights { pair: weights, in_story, .. } = Weights::shipped().unwrap();
    let sample = common::tables(common::sample().articles, |_| 0);
    let ranges = &sample.claims.by_article;
    let of_pairs = |n: usize| -> u64 {
        (0..n)
            .flat_map(|a| (a + 1..n).map(move |b| (a, b)))
            .map(|(a, b)| (ranges[a].len() * ranges[b].len()) as u64)
            .sum()
    };

    let sides: Vec<Side> = ranges.iter().map(|claims| sample.claims.side(claims.clone())).collect();
    let mut group = c.benchmark_group("facts");
    group.sample_size(20);
    group.throughput(Throughput::Elements(of_pairs(sample.articles.len())));
    group.bench_function("scores/all_sample_pairs", |b| {
        b.iter(|| -> f64 {
            let pairs = (0..ranges.len()).flat_map(|a| (a + 1..ranges.len()).map(move |b| (a, b)));
            pairs.map(|(a, b)| sample.claims.scores(&sides[a], &sides[b], &weights).sum()).sum()
        });
    });
    for n in [5, 20] {
        let story: Vec<usize> = (0..n).collect();
        group.throughput(Throughput::Elements(of_pairs(n)));
        group.bench_function(format!("group/{n}_articles"), |b| {
            b.iter(|| facts::group(&sample.claims, &sample.articles, "s", &story, &in_story));
        });
    }
    group.finish();
}

criterion_group!(benches, facts);
criterion_main!(benches);
