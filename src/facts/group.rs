//! Facts: the aligned claims of one story, grouped.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::align::{ClaimTable, align};
use super::features::PairWeights;
use crate::claims::Claim;
use crate::corpus::Article;
use crate::ids;
use crate::stats::linkage::{CrossPair, average_linkage};
use crate::text::{Figure, QuantityKind};

/// Claims of one story that state the same, of at least two articles.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Named after its earliest claim: the fact keeps its id as later articles join.
    pub id: String,
    /// Indices into the claim table, sorted.
    pub claims: Vec<usize>,
    /// The claim with the highest mean score to the others.
    pub representative: usize,
    /// Mean score of the pairs of different articles, 0..1.
    pub score: f64,
    /// What deserves a look before the fact is relied on.
    pub check: Vec<Check>,
}

/// A difference between claims that otherwise match: to be looked at, never a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The claims give different numbers or dates.
    Number,
    /// One claim is negated, another not. Predicts contradiction with precision 0.26 only.
    Negation,
}

impl Check {
    /// The word used in the reports.
    pub fn name(self) -> &'static str {
        match self {
            Check::Number => "number",
            Check::Negation => "negation",
        }
    }
}

/// Groups the claims of the story made of `articles` into facts: average linkage over the pair scores, while the mean
/// score of the cross pairs reaches the alignment threshold and at least half of the cross pairs are aligned (never single
/// linkage). Pairs of one article's own claims have no say. A claim is in at most one fact; a fact has claims of at
/// least two articles. Facts come in the order of their first claim.
pub fn group(
    table: &ClaimTable,
    corpus: &[Article],
    story: &str,
    articles: &[usize],
    weights: &PairWeights,
) -> (Vec<Fact>, PairScores) {
    let mut scores = PairScores::default();
    let mut edges: Vec<(usize, usize)> = Vec::new();
    for (n, &x) in articles.iter().enumerate() {
        for &y in &articles[n + 1..] {
            let (a, b) = (&table.by_article[x], &table.by_article[y]);
            let matrix = table.scores(a, b, weights);
            for pair in align(&matrix, weights.aligned_in_story) {
                edges.push((a.start + pair.a, b.start + pair.b));
            }
            scores.blocks.insert((x, y), matrix);
        }
    }
    // Numbered within the story: its claims in the order of the table.
    let claims: Vec<usize> = articles.iter().flat_map(|&a| table.by_article[a].clone()).collect();
    let number: BTreeMap<usize, usize> = claims.iter().enumerate().map(|(n, &c)| (c, n)).collect();
    let aligned: BTreeSet<(usize, usize)> = edges.iter().map(|&(x, y)| (number[&x], number[&y])).collect();
    let edges: Vec<(usize, usize)> = aligned.iter().copied().collect();
    let clusters = average_linkage(claims.len(), &edges, weights.aligned_in_story, |x, y| {
        let (a, b) = (claims[x], claims[y]);
        (table.claims[a].article != table.claims[b].article)
            .then(|| CrossPair { score: scores.of(table, a, b), matched: aligned.contains(&(x, y)) })
    });
    let facts = clusters
        .into_iter()
        .map(|cluster| cluster.into_iter().map(|n| claims[n]).collect::<Vec<_>>())
        .filter(|claims| claims.iter().any(|&c| table.claims[c].article != table.claims[claims[0]].article))
        .map(|claims| describe(table, corpus, story, &scores, claims))
        .collect();
    (facts, scores)
}

fn describe(table: &ClaimTable, corpus: &[Article], story: &str, scores: &PairScores, claims: Vec<usize>) -> Fact {
    let mean_to_others = |claim: usize| {
        let others: Vec<f64> = claims
            .iter()
            .filter(|&&o| table.claims[o].article != table.claims[claim].article)
            .map(|&o| scores.of(table, claim, o))
            .collect();
        if others.is_empty() { 0.0 } else { others.iter().sum::<f64>() / others.len() as f64 }
    };
    let mut representative = claims[0];
    let mut highest = f64::NEG_INFINITY;
    for &claim in &claims {
        let mean = mean_to_others(claim);
        if mean > highest {
            (representative, highest) = (claim, mean);
        }
    }
    let (mut sum, mut n) = (0.0, 0usize);
    let mut check = BTreeSet::new();
    for (i, &a) in claims.iter().enumerate() {
        for &b in &claims[i + 1..] {
            let (x, y) = (&table.claims[a], &table.claims[b]);
            if x.article == y.article {
                continue;
            }
            sum += scores.of(table, a, b);
            n += 1;
            if numbers_differ(x, y) {
                check.insert(Check::Number);
            }
            if x.negated != y.negated {
                check.insert(Check::Negation);
            }
        }
    }
    let age = |claim: usize| {
        let article = &corpus[table.claims[claim].article];
        (article.date.is_none(), article.date, &article.id, table.claims[claim].position)
    };
    let first = claims.iter().copied().min_by_key(|&c| age(c)).unwrap_or_default();
    let id = ids::fact_id(story, &table.claim_id(corpus, first));
    Fact { id, representative, score: sum / n.max(1) as f64, check: check.into_iter().collect(), claims }
}

/// Whether both claims give numbers that can be compared (counts and sums, or percentages) and none of them agrees, or
/// all but one of each: "63 injured, five badly" against "71 injured, five badly".
fn numbers_differ(a: &Claim, b: &Claim) -> bool {
    [false, true].into_iter().any(|percentages| {
        let of = |c: &Claim| {
            let wanted = |f: &&Figure| match f.kind {
                QuantityKind::Number | QuantityKind::Money => !percentages,
                QuantityKind::Percent => percentages,
                QuantityKind::Date | QuantityKind::Time | QuantityKind::Ordinal => false,
            };
            c.quantities.iter().filter(wanted).cloned().collect::<Vec<_>>()
        };
        let (x, y) = (of(a), of(b));
        // Of those that can be compared with some of the other side: how many agree with none, how many with one.
        let count = |x: &[Figure], y: &[Figure]| {
            let found = x.iter().filter_map(|x| y.iter().filter_map(|y| x.same_rounded(y)).reduce(|a, b| a || b));
            found.fold((0, 0), |(alone, common), same| if same { (alone, common + 1) } else { (alone + 1, common) })
        };
        let ((left, common), (right, _)) = (count(&x, &y), count(&y, &x));
        if common == 0 { left > 0 && right > 0 } else { left == 1 && right == 1 }
    })
}

/// Pair scores of a story: one block per pair of articles.
#[derive(Debug, Default)]
pub struct PairScores {
    blocks: BTreeMap<(usize, usize), ndarray::Array2<f64>>,
}

impl PairScores {
    /// The score of two claims of different articles of the story.
    pub fn of(&self, table: &ClaimTable, x: usize, y: usize) -> f64 {
        let (a, b) = (table.claims[x].article, table.claims[y].article);
        if let Some(block) = self.blocks.get(&(a, b)) {
            return block[(x - table.by_article[a].start, y - table.by_article[b].start)];
        }
        self.blocks
            .get(&(b, a))
            .map_or(0.0, |block| block[(y - table.by_article[b].start, x - table.by_article[a].start)])
    }

    /// The claim of the given articles that matches a fact best, and its best score with one of the fact's claims.
    pub fn best_match(&self, table: &ClaimTable, fact: &Fact, articles: &[usize]) -> Option<(usize, f64)> {
        let mut best: Option<(usize, f64)> = None;
        for &article in articles {
            for claim in table.by_article[article].clone() {
                for &member in &fact.claims {
                    if table.claims[member].article == article {
                        continue;
                    }
                    let score = self.of(table, claim, member);
                    if best.is_none_or(|(_, s)| score > s) {
                        best = Some((claim, score));
                    }
                }
            }
        }
        best
    }
}
