//! Facts: the aligned claims of one story, grouped.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::align::{ClaimTable, Side, align};
use super::in_story::{InStory, InStoryWeights};
use crate::claims::Claim;
use crate::corpus::Article;
use crate::ids;
use crate::named::named;
use crate::stats::linkage::{CrossPair, average_linkage};
use crate::text::{self, Figure, QuantityKind};

/// Claims of one story that state the same, of at least two articles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Named after its earliest claim: the fact keeps its id as later articles join.
    pub id: String,
    /// Indices into the claim table, sorted.
    pub claims: Vec<usize>,
    /// For each of them, its mean score to the claims of other articles, 0..1.
    pub match_scores: Vec<f64>,
    /// The claim with the highest mean score to the others.
    pub representative: usize,
    /// Mean score of the pairs of different articles, 0..1.
    pub score: f64,
    /// What deserves a look before the fact is relied on.
    pub check: Vec<Check>,
}

impl Fact {
    /// Its claims, each with its mean score to the claims of other articles.
    pub(crate) fn scored(&self) -> impl Iterator<Item = (usize, f64)> {
        self.claims.iter().copied().zip(self.match_scores.iter().copied())
    }
}

named! {
    /// A difference between claims that otherwise match: to be looked at, never a verdict.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Check {
        /// The claims give different numbers or dates.
        Number = "number",
        /// One claim denies a word that the other states without a negation. Predicts contradiction with low precision only.
        Negation = "negation",
    }
}

/// Groups the claims of the story made of `articles` into facts: average linkage over the pair scores, while the mean
/// score of the cross pairs reaches the alignment threshold (higher in long articles: `InStoryWeights::of_length`) and
/// at least half of the cross pairs are aligned (never single linkage). Pairs of one article's own claims have no say. A
/// claim is in at most one fact; a fact has claims of at least two articles. Facts come in the order of their first claim.
///
/// All pairs of articles are scored, and the time of the grouping grows faster still. So a story of more than
/// `MOST_GROUPED` articles has the facts of that many of them, evenly spread; a claim of another article joins the fact
/// that it matches best on average, on the same conditions.
pub fn group(
    table: &ClaimTable,
    corpus: &[Article],
    story: &str,
    articles: &[usize],
    weights: &InStoryWeights,
) -> Vec<Fact> {
    let compared = &InStory::new(table, articles, weights);
    let claims: usize = articles.iter().map(|&a| table.by_article[a].len()).sum();
    let weights = &weights.of_length(claims as f64 / articles.len() as f64);
    let place = |n: usize| n * MOST_GROUPED / articles.len();
    let is_grouped = |n: &usize| place(*n) != place(n + 1);
    let of = |n: usize| articles[n];
    let grouped: Vec<usize> = (0..articles.len()).filter(is_grouped).map(of).collect();
    let others: Vec<usize> = (0..articles.len()).filter(|n| !is_grouped(n)).map(of).collect();
    let mut clusters = clusters(compared, &grouped, weights);
    join(compared, &mut clusters, &others, weights);
    clusters.sort_unstable();
    clusters
        .into_par_iter()
        .filter(|claims| claims.iter().any(|&c| table.claims[c].article != table.claims[claims[0]].article))
        .map(|claims| describe(compared, corpus, story, claims))
        .collect()
}

/// Articles of a story whose claims are grouped with all others.
pub(crate) const MOST_GROUPED: usize = 500;

/// Claims of other articles of the story join the clusters that they match.
fn join(compared: &InStory<'_>, clusters: &mut [Vec<usize>], articles: &[usize], weights: &InStoryWeights) {
    if articles.is_empty() || clusters.is_empty() {
        return;
    }
    let table = compared.table();
    // The members of all clusters, one cluster behind the other.
    let members = table.side(clusters.iter().flatten().copied());
    let of_article = |&article: &usize| {
        let side = table.side(table.by_article[article].clone());
        // For each claim the cluster with the highest mean.
        let mut best: Vec<Option<(f64, usize)>> = vec![None; side.claims().len()];
        for (best, row) in best.iter_mut().zip(compared.scores(&side, &members).rows()) {
            let mut scores = row.iter();
            for (cluster, of_cluster) in clusters.iter().enumerate() {
                let (mut sum, mut matched) = (0.0, 0);
                for score in scores.by_ref().take(of_cluster.len()) {
                    sum += score;
                    matched += usize::from(*score >= weights.aligned);
                }
                let mean = sum / of_cluster.len() as f64;
                let enough = mean >= weights.aligned && 2 * matched >= of_cluster.len();
                if enough && best.is_none_or(|(highest, _)| mean > highest) {
                    *best = Some((mean, cluster));
                }
            }
        }
        // Of several claims that join one cluster, all but the best must be certain.
        let highest = |cluster: usize| {
            let of_cluster = best.iter().flatten().filter(|b| b.1 == cluster).map(|b| b.0);
            of_cluster.fold(f64::NEG_INFINITY, f64::max)
        };
        let joined = best.iter().zip(side.claims()).filter_map(|(best, &claim)| {
            let (mean, cluster) = (*best)?;
            (mean >= weights.certain || mean == highest(cluster)).then_some((cluster, claim))
        });
        joined.collect::<Vec<_>>()
    };
    let joined: Vec<Vec<(usize, usize)>> = articles.par_iter().map(of_article).collect();
    for (cluster, claim) in joined.into_iter().flatten() {
        clusters[cluster].push(claim);
    }
    clusters.iter_mut().for_each(|claims| claims.sort_unstable());
}

/// The claims of some articles of a story in groups that state the same; a claim that no other states is alone.
fn clusters(compared: &InStory<'_>, articles: &[usize], weights: &InStoryWeights) -> Vec<Vec<usize>> {
    let table = compared.table();
    // Numbered within the story: its claims in the order of the table.
    let claims: Vec<usize> = articles.iter().flat_map(|&a| table.by_article[a].clone()).collect();
    let first: Vec<usize> =
        articles.iter().scan(0, |next, &a| Some(std::mem::replace(next, *next + table.by_article[a].len()))).collect();
    let sides: Vec<Side> = articles.par_iter().map(|&a| table.side(table.by_article[a].clone())).collect();
    let mut aligned: Vec<((usize, usize), f64)> = (0..articles.len())
        .into_par_iter()
        .flat_map(|x| (x + 1..articles.len()).into_par_iter().map(move |y| (x, y)))
        .flat_map_iter(|(x, y)| {
            let (x_first, y_first) = (first[x], first[y]);
            let scores = compared.scores(&sides[x], &sides[y]);
            let best = align(&scores, weights.aligned).into_iter().map(|pair| ((pair.a, pair.b), pair.score));
            let certain = scores
                .indexed_iter()
                .filter(|(_, score)| **score >= weights.certain)
                .map(|(pair, &score)| (pair, score));
            let pairs: BTreeMap<(usize, usize), f64> = best.chain(certain).collect();
            pairs.into_iter().map(move |((a, b), score)| ((x_first + a, y_first + b), score))
        })
        .collect();
    drop(sides);
    aligned.par_sort_unstable_by_key(|(pair, _)| *pair);
    let edges: Vec<(usize, usize)> = aligned.iter().map(|(pair, _)| *pair).collect();
    let cross = |&(x, y): &(usize, usize)| {
        let (a, b) = (claims[x], claims[y]);
        if table.claims[a].article == table.claims[b].article {
            return None;
        }
        Some(match aligned.binary_search_by_key(&(x, y), |(pair, _)| *pair) {
            Ok(i) => CrossPair { score: aligned[i].1, matched: true, copies: false },
            Err(_) => CrossPair { score: compared.score(a, b), matched: false, copies: false },
        })
    };
    let all = |pairs: &[(usize, usize)]| Ok::<_, Infallible>(pairs.par_iter().with_min_len(64).map(cross).collect());
    let Ok(clusters) = average_linkage(claims.len(), &edges, weights.aligned, all, |_| true);
    clusters.into_iter().map(|cluster| cluster.into_iter().map(|n| claims[n]).collect()).collect()
}

/// Claims whose scores with all others of a fact are held at a time.
const ROWS: usize = 256;

fn describe(compared: &InStory<'_>, corpus: &[Article], story: &str, claims: Vec<usize>) -> Fact {
    let table = compared.table();
    let side = table.side(claims.iter().copied());
    let article = |i: usize| table.claims[claims[i]].article;
    let sayings: Vec<Saying> = claims.iter().map(|&c| Saying::new(corpus, table, c)).collect();
    let mut match_scores = Vec::with_capacity(claims.len());
    let (mut sum, mut n) = (0.0, 0usize);
    let mut check = BTreeSet::new();
    for rows in claims.chunks(ROWS) {
        let scores = compared.scores(&table.side(rows.iter().copied()), &side);
        for row in scores.rows() {
            let i = match_scores.len();
            let (mut to_others, mut others) = (0.0, 0usize);
            for (j, score) in row.iter().enumerate().filter(|(j, _)| article(*j) != article(i)) {
                (to_others, others) = (to_others + score, others + 1);
                if j < i {
                    continue;
                }
                (sum, n) = (sum + score, n + 1);
                // Once is enough: of an event of thousands, there are millions of pairs.
                let (x, y) = (&sayings[i], &sayings[j]);
                if !check.contains(&Check::Number) && !different_numbers(&x.figures, &y.figures).is_empty() {
                    check.insert(Check::Number);
                }
                if !check.contains(&Check::Negation) && one_is_denied(x, y) {
                    check.insert(Check::Negation);
                }
            }
            match_scores.push(if others == 0 { 0.0 } else { to_others / others as f64 });
        }
    }
    let mut representative = claims[0];
    let mut highest = f64::NEG_INFINITY;
    for (&claim, &mean) in claims.iter().zip(&match_scores) {
        if mean > highest {
            (representative, highest) = (claim, mean);
        }
    }
    let age = |claim: usize| {
        let article = &corpus[table.claims[claim].article];
        (article.date.is_none(), article.date, &article.id, table.claims[claim].position)
    };
    let first = claims.iter().copied().min_by_key(|&c| age(c)).unwrap_or_default();
    let id = ids::fact_id(story, &table.claim_id(corpus, first));
    let (score, check) = (sum / n.max(1) as f64, check.into_iter().collect());
    Fact { id, representative, score, check, claims, match_scores }
}

/// What a claim says that another one may contradict.
struct Saying {
    negated: bool,
    /// What it denies, if it is negated, else all that it says: sorted where they are denied.
    terms: Vec<String>,
    figures: Vec<Figure>,
}

impl Saying {
    fn new(corpus: &[Article], table: &ClaimTable, claim: usize) -> Self {
        let Claim { article, span, negated, .. } = table.claims[claim];
        let text = span.of(&corpus[article].body);
        let terms = if negated { text::negated_terms(text) } else { text::terms(text) };
        Saying { negated, terms, figures: table.figures(claim) }
    }
}

/// Whether one claim alone is negated, and what it denies stands in the other.
fn one_is_denied(a: &Saying, b: &Saying) -> bool {
    let (denying, other) = match (a.negated, b.negated) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        _ => return false,
    };
    other.terms.iter().any(|term| denying.terms.binary_search(term).is_ok())
}

/// The numbers of one claim because of which it is said to give other numbers than another. Both must give numbers that can
/// be compared (counts and sums, or percentages) and none of them agrees, or all but one of each: "63 injured, five badly"
/// against "71 injured, five badly". Else none.
pub(crate) fn different_numbers<'f>(mine: &'f [Figure], theirs: &[Figure]) -> Vec<&'f Figure> {
    let mut different = Vec::new();
    for percentages in [false, true] {
        let wanted = |f: &&Figure| match f.kind {
            QuantityKind::Number | QuantityKind::Money => !percentages,
            QuantityKind::Percent => percentages,
            QuantityKind::Date | QuantityKind::Time | QuantityKind::Ordinal => false,
        };
        let (x, y): (Vec<&Figure>, Vec<&Figure>) =
            (mine.iter().filter(wanted).collect(), theirs.iter().filter(wanted).collect());
        let (alone, common) = compared(&x, &y);
        let (others, _) = compared(&y, &x);
        if if common == 0 { !alone.is_empty() && !others.is_empty() } else { alone.len() == 1 && others.len() == 1 } {
            different.extend(alone);
        }
    }
    different
}

/// Of those that can be compared with some of the other side: which agree with none, and how many with one.
fn compared<'f>(x: &[&'f Figure], y: &[&Figure]) -> (Vec<&'f Figure>, usize) {
    let (mut alone, mut common) = (Vec::new(), 0);
    for figure in x {
        match y.iter().filter_map(|other| figure.same_rounded(other)).reduce(|a, b| a || b) {
            Some(true) => common += 1,
            Some(false) => alone.push(*figure),
            None => {}
        }
    }
    (alone, common)
}

/// The claim of the given articles that matches a fact best, and its best score with one of the fact's claims. None of
/// the fact's claims may be theirs. Each side is that of an article.
pub(super) fn best_match(compared: &InStory<'_>, fact: &Fact, articles: &[&Side]) -> Option<(usize, f64)> {
    let members = compared.table().side(fact.claims.iter().copied());
    let mut best: Option<(usize, f64)> = None;
    for article in articles {
        let scores = compared.scores(article, &members);
        for (&claim, row) in article.claims().iter().zip(scores.rows()) {
            for &score in row {
                if best.is_none_or(|(_, s)| score > s) {
                    best = Some((claim, score));
                }
            }
        }
    }
    best
}
