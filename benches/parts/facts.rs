//! Claim pairs per second, scored and grouped; vectors are random. And the terms and claims of a corpus, by its size.

use criterion::{Criterion, SamplingMode, Throughput};
use parallax::background::Background;
use parallax::claims;
use parallax::facts::{self, ClaimTable, Side};
use parallax::pipeline::{Weights, vocabulary};

use crate::common;

pub fn facts(c: &mut Criterion) {
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
    for n in [5, 20, 80] {
        let event = common::tables(common::made_up(n, n), |_| 0);
        let story: Vec<usize> = (0..n).collect();
        let counts: Vec<usize> = event.claims.by_article.iter().map(|claims| claims.len()).collect();
        let all: usize = counts.iter().sum();
        let pairs = (all * all - counts.iter().map(|n| n * n).sum::<usize>()) / 2;
        group.throughput(Throughput::Elements(pairs as u64));
        group.bench_function(format!("group/{n}_articles"), |b| {
            b.iter(|| facts::group(&event.claims, &event.articles, "s", &story, &in_story));
        });
    }
    group.finish();
}

/// Articles to terms, claims and what they are compared by.
pub fn tables(c: &mut Criterion) {
    let mut group = c.benchmark_group("tables");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for n in [500, 1000, 2000, 4000] {
        let articles = common::made_up(n, 5);
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(format!("{n}_articles"), |b| {
            b.iter(|| {
                let (vocabulary, _) = vocabulary(&articles, &Background::none(384));
                ClaimTable::new(&articles, claims::extract(&articles), vocabulary, 384)
            });
        });
    }
    group.finish();
}
