//! Articles that share facts: article similarity, then clusters of articles.

mod candidates;
mod similarity;

use std::collections::HashMap;
use std::sync::Mutex;

use rayon::prelude::*;

pub use candidates::candidates;
pub use similarity::{ArticleTable, Neighbourhood, StoryFeatures, StoryWeights};

use crate::facts::{ClaimTable, PairWeights};
use crate::stats::linkage::{CrossPair, average_linkage};

/// A set of articles about one event.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// Indices of the articles, sorted; at least two.
    pub articles: Vec<usize>,
    /// For each of them, its mean score to the others.
    pub scores: Vec<f64>,
    /// Mean score of all pairs.
    pub cohesion: f64,
    /// The article nearest to all others.
    pub central: usize,
}

/// What story finding needs beside the articles' claims.
#[derive(Debug, Clone, Copy)]
pub struct StoryConfig<'a> {
    /// Weights of the article similarity.
    pub weights: &'a StoryWeights,
    /// Weights of the claim pairs.
    pub pairs: &'a PairWeights,
    /// Clusters are merged while their mean similarity is at least this, 0..1.
    pub threshold: f64,
}

/// Finds the stories: candidate pairs, their similarity, average linkage with a quorum. Articles that end up in none
/// are alone.
pub fn find(
    articles: &ArticleTable,
    claims: &ClaimTable,
    config: StoryConfig<'_>,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Vec<Story> {
    let pairs = candidates(articles, &claims.vocabulary);
    let (total, done) = (pairs.len() as u64, Mutex::new(0u64));
    let features: Vec<StoryFeatures> = pairs
        .par_iter()
        .map(|&(a, b)| {
            let features = articles.compare(a, b, claims, config.pairs);
            if let Ok(mut done) = done.lock() {
                *done += 1;
                if done.is_multiple_of(1000) {
                    progress(*done, total);
                }
            }
            features
        })
        .collect();
    let neighbourhood = Neighbourhood::new(articles, &pairs, &features);
    let mut known: HashMap<(usize, usize), f64> = pairs
        .iter()
        .zip(&features)
        .map(|(&(a, b), f)| ((a, b), config.weights.score(f, &neighbourhood.around(a, b, f))))
        .collect();
    let edges: Vec<(usize, usize)> = pairs.iter().copied().filter(|pair| known[pair] >= config.threshold).collect();
    let mut score = |a: usize, b: usize| {
        *known.entry((a, b)).or_insert_with(|| {
            let features = articles.compare(a, b, claims, config.pairs);
            config.weights.score(&features, &neighbourhood.around(a, b, &features))
        })
    };
    let clusters = average_linkage(articles.len(), &edges, config.threshold, |a, b| {
        let score = score(a, b);
        Some(CrossPair { score, matched: score >= config.threshold })
    });
    clusters.into_iter().filter(|c| c.len() > 1).map(|c| describe(c, &mut score)).collect()
}

fn describe(articles: Vec<usize>, score: &mut impl FnMut(usize, usize) -> f64) -> Story {
    let n = articles.len();
    let mut sums = vec![0.0; n];
    for i in 0..n {
        for j in i + 1..n {
            let s = score(articles[i], articles[j]);
            sums[i] += s;
            sums[j] += s;
        }
    }
    let scores: Vec<f64> = sums.iter().map(|s| s / (n - 1) as f64).collect();
    let mut central = 0;
    for i in 1..n {
        if scores[i] > scores[central] {
            central = i;
        }
    }
    Story { cohesion: scores.iter().sum::<f64>() / n as f64, central: articles[central], articles, scores }
}
