//! Scores of all claim pairs of two articles, and the mutual best matches among them.

use std::ops::Range;

use ndarray::{Array2, ArrayView2};

use super::features::{ClaimTerms, PairFeatures, PairWeights, Vocabulary};
use crate::claims::Claim;
use crate::corpus::Article;
use crate::embed::Vectors;
use crate::ids;

/// All claims of a corpus, with what they are compared by. Claims of one article are neighbours.
#[derive(Debug)]
pub struct ClaimTable {
    /// The claims, by article, then position.
    pub claims: Vec<Claim>,
    /// For each claim, its terms.
    pub terms: Vec<ClaimTerms>,
    /// One row per claim, L2 norm 1; zeros until [`ClaimTable::set_vectors`].
    pub vectors: Array2<f32>,
    /// For each article, its claims.
    pub by_article: Vec<Range<usize>>,
    /// The terms' weights.
    pub vocabulary: Vocabulary,
}

impl ClaimTable {
    /// `claims[i]` are those of `articles[i]`; their vectors, of length `dimension`, are still to come.
    pub fn new(articles: &[Article], claims: Vec<Vec<Claim>>, vocabulary: Vocabulary, dimension: usize) -> Self {
        let mut by_article = Vec::with_capacity(claims.len());
        let mut start = 0;
        for of_article in &claims {
            by_article.push(start..start + of_article.len());
            start += of_article.len();
        }
        let claims: Vec<Claim> = claims.into_iter().flatten().collect();
        let terms =
            claims.iter().map(|c| ClaimTerms::new(c, c.text(&articles[c.article]), &vocabulary)).collect::<Vec<_>>();
        let vectors = Array2::zeros((claims.len(), dimension));
        ClaimTable { claims, terms, vectors, by_article, vocabulary }
    }

    /// Gives claims their vectors: the first `wanted.len()` of `vectors` are theirs.
    pub fn set_vectors(&mut self, wanted: &[usize], vectors: &Vectors) {
        for (i, &claim) in wanted.iter().enumerate() {
            self.vectors.row_mut(claim).assign(&vectors.of(i));
        }
    }

    /// The claims of an article that take part in story finding.
    pub fn lead(&self, article: usize, limit: usize) -> Range<usize> {
        let all = &self.by_article[article];
        all.start..all.end.min(all.start.saturating_add(limit))
    }

    /// The id of a claim, made from article and span.
    pub fn claim_id(&self, articles: &[Article], claim: usize) -> String {
        let Claim { article, span, .. } = self.claims[claim];
        ids::claim_id(&articles[article].id, span.start, span.end)
    }

    fn rows(&self, range: &Range<usize>) -> ArrayView2<'_, f32> {
        self.vectors.slice(ndarray::s![range.start..range.end, ..])
    }

    /// Scores of all pairs: rows are the claims `a`, columns the claims `b`.
    pub fn scores(&self, a: &Range<usize>, b: &Range<usize>, weights: &PairWeights) -> Array2<f64> {
        let cosines = self.rows(a).dot(&self.rows(b).t());
        Array2::from_shape_fn(cosines.dim(), |(i, j)| {
            let (x, y) = (&self.terms[a.start + i], &self.terms[b.start + j]);
            weights.score(&PairFeatures::new(x, y, f64::from(cosines[(i, j)]), &self.vocabulary))
        })
    }

    /// The features of one pair.
    pub fn features(&self, a: usize, b: usize) -> PairFeatures {
        let cos = self.vectors.row(a).dot(&self.vectors.row(b));
        PairFeatures::new(&self.terms[a], &self.terms[b], f64::from(cos), &self.vocabulary)
    }
}

/// Two claims of different articles that match each other best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// Row of the score matrix.
    pub a: usize,
    /// Column of the score matrix.
    pub b: usize,
    /// Pair score.
    pub score: f64,
}

/// The cells that are the maximum of both their row and their column and reach `threshold`. Equal scores go to the
/// earlier claim.
pub fn align(scores: &Array2<f64>, threshold: f64) -> Vec<Alignment> {
    let best = |values: ndarray::ArrayView1<'_, f64>| {
        values.iter().enumerate().fold((0, f64::NEG_INFINITY), |best, (i, &v)| if v > best.1 { (i, v) } else { best })
    };
    let columns: Vec<usize> = scores.columns().into_iter().map(|c| best(c).0).collect();
    scores
        .rows()
        .into_iter()
        .enumerate()
        .filter_map(|(a, row)| {
            let (b, score) = best(row);
            (score >= threshold && columns[b] == a).then_some(Alignment { a, b, score })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn only_mutual_best_matches_are_aligned() {
        let scores = array![[0.9, 0.8], [0.95, 0.2], [0.1, 0.7]];
        let pairs: Vec<_> = align(&scores, 0.6).iter().map(|x| (x.a, x.b)).collect();
        assert_eq!(pairs, [(1, 0)], "row 0 prefers column 0, which prefers row 1; row 2's column prefers row 0");
        assert!(align(&Array2::zeros((0, 3)), 0.6).is_empty());
    }
}
