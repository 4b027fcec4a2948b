//! Articles that share facts: article similarity, then clusters of articles.

mod candidates;
mod given;
mod similarity;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

pub use candidates::candidates;
pub use given::{GivenGroup, GivenStories};
pub use similarity::{
    Around, ArticleTable, Contribution, Crowd, Neighbourhood, QuantityFrequencies, StoryFeatures, StoryWeights,
};

use crate::facts::{ClaimTable, PairWeights};
use crate::stats::linkage::{CrossPair, average_linkage};
use crate::{Error, Result, ids};

/// A set of articles about one event.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// Named after its earliest article (by date, undated last, then id): the story keeps its id as it grows.
    pub id: String,
    /// Indices of the articles, sorted; at least two.
    pub articles: Vec<usize>,
    /// For each of them, its mean score to the others.
    pub scores: Vec<f64>,
    /// Mean score of all pairs.
    pub cohesion: f64,
    /// The article nearest to all others.
    pub central: usize,
    /// The user's name for it; empty where it was found, not given.
    pub given: String,
}

/// Two articles that are in one story, or whose score alone would have joined them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// Indices `(a, b)` with `a < b`.
    pub articles: (usize, usize),
    /// What they have in common.
    pub features: StoryFeatures,
    /// The score made of it, 0..1.
    pub score: f64,
    /// Index of the story that both are in.
    pub story: Option<usize>,
}

/// The stories and what they were made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Biggest first, then earliest.
    pub stories: Vec<Story>,
    /// How crowded it is around each article.
    pub crowds: Vec<Crowd>,
    /// All pairs inside the stories, then the others that reach the threshold; highest scores of a story first.
    pub edges: Vec<Edge>,
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

/// The article pairs worth comparing, compared.
#[derive(Debug)]
pub struct Compared {
    /// Pairs `(a, b)` with `a < b`, sorted.
    pub pairs: Vec<(usize, usize)>,
    /// What each pair has in common.
    pub features: Vec<StoryFeatures>,
    /// The articles' surroundings.
    pub neighbourhood: Neighbourhood,
}

/// Compares the candidate pairs of all articles.
///
/// # Errors
/// [`Error::Interrupted`] when `progress(done, total)` answers `false`.
pub fn compare(
    articles: &ArticleTable,
    claims: &ClaimTable,
    weights: &PairWeights,
    progress: &(dyn Fn(u64, u64) -> bool + Sync),
) -> Result<Compared> {
    let pairs = candidates(articles, &claims.vocabulary);
    let (total, done) = (pairs.len() as u64, AtomicU64::new(0));
    let features: Vec<StoryFeatures> = pairs
        .par_chunks(1000)
        .map(|chunk| {
            let features: Vec<_> = chunk.iter().map(|&(a, b)| articles.compare(a, b, claims, weights)).collect();
            let done = done.fetch_add(chunk.len() as u64, Ordering::Relaxed) + chunk.len() as u64;
            if progress(done, total) { Ok(features) } else { Err(Error::Interrupted) }
        })
        .collect::<Result<Vec<_>>>()?
        .concat();
    let neighbourhood = Neighbourhood::new(articles, &pairs, &features);
    Ok(Compared { pairs, features, neighbourhood })
}

/// Finds the stories: candidate pairs, their similarity, average linkage with a quorum. Articles that end up in none
/// are alone.
///
/// # Errors
/// [`Error::Interrupted`] when `progress(done, total)` answers `false`.
pub fn find(
    articles: &ArticleTable,
    claims: &ClaimTable,
    config: StoryConfig<'_>,
    progress: &(dyn Fn(u64, u64) -> bool + Sync),
) -> Result<Found> {
    let mut scores = Scores::new(articles, claims, config, progress)?;
    let edges =
        scores.compared.pairs.iter().copied().filter(|pair| scores.known[pair] >= config.threshold).collect::<Vec<_>>();
    let clusters = average_linkage(articles.len(), &edges, config.threshold, |a, b| {
        let score = scores.of(a, b);
        Some(CrossPair { score, matched: score >= config.threshold })
    });
    let clusters = clusters.into_iter().filter(|c| c.len() > 1);
    let stories = clusters.map(|c| describe(articles, c, String::new(), &mut scores)).collect();
    Ok(scores.found(in_order(articles, stories)))
}

/// The stories that the user gives, scored as found ones are. Each group needs at least two articles.
///
/// # Errors
/// As [`find`].
pub fn given(
    articles: &ArticleTable,
    claims: &ClaimTable,
    config: StoryConfig<'_>,
    groups: Vec<GivenGroup>,
    progress: &(dyn Fn(u64, u64) -> bool + Sync),
) -> Result<Found> {
    let mut scores = Scores::new(articles, claims, config, progress)?;
    let describe = |(name, members)| describe(articles, members, name, &mut scores);
    let stories = groups.into_iter().map(describe).collect();
    Ok(scores.found(in_order(articles, stories)))
}

/// Scores of article pairs: those of all candidates, others when they are asked for.
struct Scores<'a> {
    articles: &'a ArticleTable,
    claims: &'a ClaimTable,
    config: StoryConfig<'a>,
    compared: Compared,
    known: HashMap<(usize, usize), f64>,
}

impl<'a> Scores<'a> {
    fn new(
        articles: &'a ArticleTable,
        claims: &'a ClaimTable,
        config: StoryConfig<'a>,
        progress: &(dyn Fn(u64, u64) -> bool + Sync),
    ) -> Result<Self> {
        let compared = compare(articles, claims, config.pairs, progress)?;
        let around = |(a, b)| compared.neighbourhood.around(a, b);
        let pairs = compared.pairs.iter().zip(&compared.features);
        let known = pairs.map(|(&pair, f)| (pair, config.weights.score(f, &around(pair)))).collect();
        Ok(Scores { articles, claims, config, compared, known })
    }

    /// Of `a` and a later `b`.
    fn of(&mut self, a: usize, b: usize) -> f64 {
        *self.known.entry((a, b)).or_insert_with(|| {
            let features = self.articles.compare(a, b, self.claims, self.config.pairs);
            self.config.weights.score(&features, &self.compared.neighbourhood.around(a, b))
        })
    }
}

impl Scores<'_> {
    fn found(self, stories: Vec<Story>) -> Found {
        let Scores { articles, claims, config, compared: Compared { pairs, features, neighbourhood }, known } = self;
        let edges = evidence(articles, &stories, known, config.threshold)
            .into_par_iter()
            .map(|(pair, score, story)| {
                let features = match pairs.binary_search(&pair) {
                    Ok(i) => features[i],
                    // It was no candidate: compared when a merge was tested.
                    Err(_) => articles.compare(pair.0, pair.1, claims, config.pairs),
                };
                Edge { articles: pair, features, score, story }
            })
            .collect();
        let crowds = (0..articles.len()).map(|a| neighbourhood.crowd(a)).collect();
        Found { stories, crowds, edges }
    }
}

/// Of all pairs whose score is known, those that are edges, with their story.
fn evidence(
    table: &ArticleTable,
    stories: &[Story],
    known: HashMap<(usize, usize), f64>,
    threshold: f64,
) -> Vec<((usize, usize), f64, Option<usize>)> {
    let mut home = vec![None; table.len()];
    for (s, story) in stories.iter().enumerate() {
        story.articles.iter().for_each(|&a| home[a] = Some(s));
    }
    let mut edges: Vec<_> = known
        .into_iter()
        .map(|(pair, score)| (pair, score, home[pair.0].filter(|_| home[pair.0] == home[pair.1])))
        .filter(|(_, score, story)| story.is_some() || *score >= threshold)
        .collect();
    edges.par_sort_unstable_by(|(p, x, s), (q, y, t)| {
        let order = |story: &Option<usize>| (story.is_none(), *story);
        order(s).cmp(&order(t)).then(y.total_cmp(x)).then(p.cmp(q))
    });
    edges
}

/// Biggest first, then earliest.
fn in_order(articles: &ArticleTable, mut stories: Vec<Story>) -> Vec<Story> {
    stories.sort_by(|x, y| {
        let key = |s: &Story| (std::cmp::Reverse(s.articles.len()), articles.earliest(&s.articles));
        let order = |a: usize, b: usize| articles.order(a, b);
        let ((n, a), (m, b)) = (key(x), key(y));
        n.cmp(&m).then(order(a, b))
    });
    stories
}

/// An article of a story larger than this is scored against so many of the others, evenly spread: a story that is given
/// may be a topic of thousands, with millions of pairs.
const MOST_SCORED: usize = 500;

fn describe(table: &ArticleTable, articles: Vec<usize>, given: String, score: &mut Scores<'_>) -> Story {
    let others: Vec<usize> = articles.iter().copied().step_by(articles.len().div_ceil(MOST_SCORED)).collect();
    let mut mean = |a: usize| {
        let others = others.iter().copied().filter(|&b| b != a);
        let (sum, n) = others.fold((0.0, 0), |(sum, n), b| (sum + score.of(a.min(b), a.max(b)), n + 1));
        sum / f64::from(n)
    };
    let scores: Vec<f64> = articles.iter().map(|&a| mean(a)).collect();
    let mut central = 0;
    for i in 1..scores.len() {
        if scores[i] > scores[central] {
            central = i;
        }
    }
    let id = ids::story_id(&table.ids[table.earliest(&articles)]);
    let cohesion = scores.iter().sum::<f64>() / scores.len() as f64;
    Story { id, cohesion, central: articles[central], articles, scores, given }
}
