//! Claims of one story, compared.
//!
//! All of a story is about one topic, so that cosines and the corpus's rare words say little there: what tells two of its
//! claims apart is what is rare *within the story*.

use std::collections::HashMap;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::align::{ClaimTable, Side, meet};
use super::features::{ClaimTerms, TermId, numbers, shared, sigmoid};

/// Weights of the score of two claims of one story, and the thresholds that go with them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InStoryWeights {
    /// Constant term.
    pub intercept: f64,
    /// Weight of [`InStoryFeatures::cos`], >= 0.
    pub cos: f64,
    /// Weight of [`InStoryFeatures::overlap`], >= 0.
    pub overlap: f64,
    /// Weight of [`InStoryFeatures::num`], >= 0.
    pub num: f64,
    /// Mutual best matches from here up are aligned, in articles of few claims (`InStoryWeights::of_length`).
    pub aligned: f64,
    /// Pairs from here up are aligned even when one of the two has a better match (an article may state a fact twice), in
    /// articles of few claims.
    pub certain: f64,
    /// Below it, over all its claims, a source is said not to state a fact.
    pub not_found: f64,
}

/// What two claims of one story have in common. That they give different numbers is no feature: reports of one event do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct InStoryFeatures {
    /// Cosine of the sentence vectors, -1..1.
    pub cos: f64,
    /// `shared / sqrt(a b)`, sums of the story's idf over the shared terms and over each side's (Ochiai 1957), 0..1.
    pub overlap: f64,
    /// As [`PairFeatures::num`](super::PairFeatures::num), 0..1.
    pub num: f64,
}

/// Claims of an article, mean of the stories that weights and thresholds come from (ECB+).
const FITTED_ON: f64 = 15.0;

impl InStoryWeights {
    /// The thresholds for a story whose articles have so many claims each, on average. Of articles twice as long there are
    /// four times the pairs of claims, and hardly more than twice as many that are the same: the odds of a pair, before
    /// anything is known of it, are half of those in the shorter ones (prior correction; Saerens, Latinne & Decaestecker
    /// 2002). For articles shorter than those of the fit nothing is loosened.
    #[must_use]
    pub(crate) fn of_length(&self, claims: f64) -> Self {
        let times = (claims / FITTED_ON).max(1.0);
        let raised = |threshold: f64| threshold * times / (1.0 - threshold + threshold * times);
        InStoryWeights { aligned: raised(self.aligned), certain: raised(self.certain), ..self.clone() }
    }

    /// The score of a pair, 0..1. It orders pairs; it is a probability of nothing but its training base rate.
    pub(crate) fn score(&self, f: &InStoryFeatures) -> f64 {
        sigmoid(self.intercept + self.cos * f.cos + self.overlap * f.overlap + self.num * f.num)
    }
}

/// The claims of one story, and what its terms weigh in it.
#[derive(Debug)]
pub(crate) struct InStory<'a> {
    table: &'a ClaimTable,
    weights: &'a InStoryWeights,
    idf: HashMap<TermId, f64>,
}

impl<'a> InStory<'a> {
    /// Of the story made of `articles`. A term that `df` of its `n` claims hold weighs `ln((n + 1) / (df + 1/2))`.
    pub(crate) fn new(table: &'a ClaimTable, articles: &[usize], weights: &'a InStoryWeights) -> Self {
        let claims = || articles.iter().flat_map(|&a| table.by_article[a].clone());
        let mut counts: HashMap<TermId, u32> = HashMap::new();
        for &term in claims().flat_map(|c| table.terms[c].terms()) {
            *counts.entry(term).or_default() += 1;
        }
        let n = claims().count() as f64;
        let idf = counts.into_iter().map(|(term, df)| (term, ((n + 1.0) / (f64::from(df) + 0.5)).ln())).collect();
        InStory { table, weights, idf }
    }

    pub(crate) fn table(&self) -> &'a ClaimTable {
        self.table
    }

    /// Scores of all pairs: rows are the claims `a`, columns the claims `b`.
    pub(crate) fn scores(&self, a: &Side, b: &Side) -> Array2<f64> {
        let sums = |side: &Side| side.claims().iter().map(|&c| self.sum(&self.table.terms[c])).collect::<Vec<_>>();
        let (of_a, of_b) = (sums(a), sums(b));
        let mut shared = Array2::zeros((of_a.len(), of_b.len()));
        meet(a.terms(), b.terms(), |term, i, j| shared[(i, j)] += self.idf[&term]);
        let mut scores = shared;
        for (((i, j), value), &cos) in scores.indexed_iter_mut().zip(&self.table.cosines(a, b)) {
            let (x, y) = (&self.table.terms[a.claims()[i]], &self.table.terms[b.claims()[j]]);
            *value = self.weights.score(&self.of(x, y, cos, *value, of_a[i] * of_b[j]));
        }
        scores
    }

    /// The score of one pair: bit by bit what [`InStory::scores`] gives, whatever is beside it.
    pub(crate) fn score(&self, a: usize, b: usize) -> f64 {
        self.weights.score(&self.features(a, b))
    }

    /// The features of one pair.
    pub(crate) fn features(&self, a: usize, b: usize) -> InStoryFeatures {
        let (x, y) = (&self.table.terms[a], &self.table.terms[b]);
        let shared = shared(x.terms(), y.terms()).fold(0.0, |sum, term| sum + self.idf[term]);
        self.of(x, y, self.table.cosine(a, b), shared, self.sum(x) * self.sum(y))
    }

    fn of(&self, x: &ClaimTerms, y: &ClaimTerms, cos: f32, shared: f64, product: f64) -> InStoryFeatures {
        let overlap = if product > 0.0 { (shared / product.sqrt()).min(1.0) } else { 0.0 };
        InStoryFeatures {
            cos: f64::from(cos),
            overlap,
            num: numbers(x.quantities(), y.quantities(), &self.table.keys).0,
        }
    }

    fn sum(&self, claim: &ClaimTerms) -> f64 {
        claim.terms().iter().fold(0.0, |sum, term| sum + self.idf[term])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_articles_ask_for_more() {
        let fitted = InStoryWeights {
            intercept: -0.9,
            cos: 2.7,
            overlap: 3.8,
            num: 1.1,
            aligned: 0.7,
            certain: 0.85,
            not_found: 0.5,
        };
        assert_eq!(fitted.of_length(3.0), fitted);
        assert_eq!(fitted.of_length(FITTED_ON), fitted);
        let odds = |p: f64| p / (1.0 - p);
        let long = fitted.of_length(4.0 * FITTED_ON);
        for (raised, threshold) in [(long.aligned, fitted.aligned), (long.certain, fitted.certain)] {
            assert!((odds(raised) - 4.0 * odds(threshold)).abs() < 1e-9);
        }
        assert_eq!((long.not_found, long.cos), (fitted.not_found, fitted.cos));
        let all = InStoryWeights { aligned: 1.0, certain: 0.0, ..fitted }.of_length(100.0);
        assert_eq!((all.aligned, all.certain), (1.0, 0.0));
    }
}
