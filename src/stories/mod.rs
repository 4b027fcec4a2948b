//! Articles that share facts: article similarity, then clusters of articles.

mod candidates;
mod given;
mod similarity;

use std::cmp::Ordering::{Equal, Greater, Less};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub(crate) use candidates::candidates;
pub(crate) use given::GivenGroup;
pub use given::GivenStories;
pub use similarity::{Around, ArticleTable, Contribution, Crowd, StoryFeatures, StoryWeights};
pub(crate) use similarity::{CONTRIBUTIONS, Neighbourhood, QuantityFrequencies};

use crate::facts::{ClaimTable, PairWeights};
use crate::stats::linkage::{CrossPair, Merge, average_linkage, join_by_nearest};
use crate::{Error, Result, ids};

/// A set of articles about one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Biggest first, then earliest.
    pub stories: Vec<Story>,
    /// How crowded it is around each article.
    pub crowds: Vec<Crowd>,
    /// All pairs inside the stories (of stories with more than 500 articles, the candidates alone), then the others that
    /// reach the threshold; highest scores of a story first.
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
pub(crate) struct Compared {
    /// Pairs `(a, b)` with `a < b`, sorted.
    pub pairs: Vec<(u32, u32)>,
    /// What each pair has in common.
    pub features: Vec<StoryFeatures>,
    /// The articles' surroundings.
    pub neighbourhood: Neighbourhood,
}

/// Compares the candidate pairs of all articles.
///
/// # Errors
/// [`Error::Interrupted`] when `progress(done, total)` answers `false`.
pub(crate) fn compare(
    articles: &ArticleTable,
    claims: &ClaimTable,
    weights: &PairWeights,
    progress: &(dyn Fn(u64, u64) -> bool + Sync),
) -> Result<Compared> {
    let pairs = candidates(articles, &claims.vocabulary);
    let (total, done, stopped) = (pairs.len() as u64, AtomicU64::new(0), AtomicBool::new(false));
    let compare = |&(a, b): &(u32, u32)| {
        if stopped.load(Ordering::Relaxed) {
            return None;
        }
        let features = articles.compare(a as usize, b as usize, claims, weights);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if (done % 1000 == 0 || done == total) && !progress(done, total) {
            stopped.store(true, Ordering::Relaxed);
        }
        Some(features)
    };
    // Collected where they stay: there are hundreds for each article.
    let features: Vec<Option<StoryFeatures>> = pairs.par_iter().map(compare).collect();
    let features: Option<Vec<StoryFeatures>> = features.into_iter().collect();
    let features = features.filter(|_| !stopped.load(Ordering::Relaxed)).ok_or(Error::Interrupted)?;
    let neighbourhood = Neighbourhood::new(articles, &pairs, &features);
    Ok(Compared { pairs, features, neighbourhood })
}

/// An article belongs to a big story when so many of its articles are like it: of an event of hundreds, no article is like
/// all the others. A multiple of what a story usually has, less than the nearest that [`candidates`] looks up.
const NEAREST: usize = 10;

/// Where outlets have articles on both sides, pairs across must be so much as alike as those within the looser side: an
/// outlet that tells two events, or two days of one, tells them apart. (BASIL's undated events want .69 and more, made-up
/// events of five outlets fall apart from .90 up; `models/fit/README.md`.)
pub(crate) const TOLD_APART: f64 = 0.75;

/// Whether more than half of the smaller group's articles have one of the same outlet in the other (of groups of one size,
/// of both). `a`, `b`: the outlet of each article.
pub(crate) fn told_by_the_same<S: Eq + Hash>(a: &[S], b: &[S]) -> bool {
    let doubled = |of: &[S], other: &[S]| {
        let outlets: HashSet<&S> = other.iter().collect();
        2 * of.iter().filter(|outlet| outlets.contains(outlet)).count() > of.len()
    };
    match a.len().cmp(&b.len()) {
        Less => doubled(a, b),
        Greater => doubled(b, a),
        Equal => doubled(a, b) && doubled(b, a),
    }
}

/// Whether two groups of articles may be one story, as far as their outlets tell. Copies of one text are alike whatever
/// they are about, and not counted within.
fn may_be_one(outlets: &[u32], merge: &Merge<'_>) -> bool {
    let [Some(x), Some(y)] = merge.within else { return true };
    let of = |side: usize| merge.items[side].iter().map(|&i| outlets[i]).collect::<Vec<u32>>();
    merge.across >= TOLD_APART * x.min(y) || !told_by_the_same(&of(0), &of(1))
}

/// Finds the stories: candidate pairs, their similarity, average linkage with a quorum, then the big ones by their nearest
/// articles. Groups of which the same outlets tell must be more alike (`TOLD_APART`). Articles that end up in none are alone.
///
/// Of a corpus of small stories, almost all work are the candidates, at most 180 for each article. In a story all pairs are
/// compared, in parallel: one of 5,000 articles costs 12.5 million comparisons, as many as a corpus of 100,000 articles.
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
    let edges = scores.edges();
    let cross = |pairs: &[(usize, usize)]| {
        let scored = scores.of(pairs)?.into_iter().zip(pairs);
        let pair = |(score, &(a, b)): (f64, &(usize, usize))| CrossPair {
            score,
            matched: score >= config.threshold,
            copies: articles.wire[a].is_some() && articles.wire[a] == articles.wire[b],
        };
        Ok::<_, Error>(scored.map(|scored| Some(pair(scored))).collect())
    };
    let may = |merge: &Merge<'_>| may_be_one(&articles.outlets, merge);
    let clusters = average_linkage(articles.len(), &edges, config.threshold, cross, may)?;
    let clusters = join_by_nearest(clusters, scores.near(), config.threshold, NEAREST);
    let clusters = clusters.into_iter().filter(|c| c.len() > 1);
    let stories = clusters.map(|c| describe(articles, c, String::new(), &mut scores)).collect::<Result<_>>()?;
    Ok(scores.found(in_order(articles, stories)))
}

/// The stories that the user gives, scored as found ones are. Each group needs at least two articles.
///
/// # Errors
/// As [`find`].
pub(crate) fn given(
    articles: &ArticleTable,
    claims: &ClaimTable,
    config: StoryConfig<'_>,
    groups: Vec<GivenGroup>,
    progress: &(dyn Fn(u64, u64) -> bool + Sync),
) -> Result<Found> {
    let mut scores = Scores::new(articles, claims, config, progress)?;
    let describe = |(name, members)| describe(articles, members, name, &mut scores);
    let stories = groups.into_iter().map(describe).collect::<Result<_>>()?;
    Ok(scores.found(in_order(articles, stories)))
}

/// Scores of article pairs: those of all candidates, others when they are asked for.
struct Scores<'a> {
    articles: &'a ArticleTable,
    claims: &'a ClaimTable,
    config: StoryConfig<'a>,
    progress: &'a (dyn Fn(u64, u64) -> bool + Sync),
    neighbourhood: Neighbourhood,
    /// The candidates, sorted, and the score of each.
    pairs: Vec<(u32, u32)>,
    scores: Vec<f64>,
    /// Pairs that were no candidates.
    asked: HashMap<(u32, u32), f64>,
}

/// A pair of articles, its score, and the story that both are in.
type Scored = ((u32, u32), f64, Option<usize>);

impl<'a> Scores<'a> {
    fn new(
        articles: &'a ArticleTable,
        claims: &'a ClaimTable,
        config: StoryConfig<'a>,
        progress: &'a (dyn Fn(u64, u64) -> bool + Sync),
    ) -> Result<Self> {
        // What the pairs have in common is needed no more: the few that are edges are compared once again.
        let Compared { pairs, features, neighbourhood } = compare(articles, claims, config.pairs, progress)?;
        let score = |(&(a, b), f): (&(u32, u32), &StoryFeatures)| {
            config.weights.score(f, &neighbourhood.around(a as usize, b as usize))
        };
        let scores = pairs.par_iter().zip(&features).map(score).collect();
        Ok(Scores { articles, claims, config, progress, neighbourhood, pairs, scores, asked: HashMap::new() })
    }

    /// The candidates that reach the threshold.
    fn edges(&self) -> Vec<(usize, usize)> {
        let pairs = self.pairs.iter().zip(&self.scores).filter(|(_, score)| **score >= self.config.threshold);
        pairs.map(|(&(a, b), _)| (a as usize, b as usize)).collect()
    }

    /// For each article, its candidates with their scores.
    fn near(&self) -> Vec<Vec<(usize, f64)>> {
        let mut near = vec![Vec::new(); self.articles.len()];
        for (&(a, b), &score) in self.pairs.iter().zip(&self.scores) {
            near[a as usize].push((b as usize, score));
            near[b as usize].push((a as usize, score));
        }
        near
    }

    /// Of pairs of `a` and a later `b`. Those that were not asked for before are compared, in parallel.
    fn of(&mut self, pairs: &[(usize, usize)]) -> Result<Vec<f64>> {
        let narrow = |&(a, b): &(usize, usize)| (a as u32, b as u32);
        let known = |pair: &(u32, u32)| match self.pairs.binary_search(pair) {
            Ok(i) => Some(self.scores[i]),
            Err(_) => self.asked.get(pair).copied(),
        };
        let new: Vec<(u32, u32)> = pairs.iter().map(narrow).filter(|pair| known(pair).is_none()).collect();
        if !new.is_empty() {
            let score = |&(a, b): &(u32, u32)| {
                let (a, b) = (a as usize, b as usize);
                let features = self.articles.compare(a, b, self.claims, self.config.pairs);
                self.config.weights.score(&features, &self.neighbourhood.around(a, b))
            };
            let scores: Vec<f64> = new.par_iter().with_min_len(8).map(score).collect();
            let all = (self.pairs.len() + self.asked.len() + new.len()) as u64;
            self.asked.extend(new.into_iter().zip(scores));
            if !(self.progress)(all, all) {
                return Err(Error::Interrupted);
            }
        }
        let of = |pair: (u32, u32)| match self.pairs.binary_search(&pair) {
            Ok(i) => self.scores[i],
            Err(_) => self.asked[&pair],
        };
        Ok(pairs.iter().map(narrow).map(of).collect())
    }

    fn found(self, stories: Vec<Story>) -> Found {
        let edges = self.evidence(&stories);
        let edge = |(pair, score, story): Scored| {
            let articles = (pair.0 as usize, pair.1 as usize);
            let features = self.articles.compare(articles.0, articles.1, self.claims, self.config.pairs);
            Edge { articles, features, score, story }
        };
        let edges = edges.into_par_iter().map(edge).collect();
        let crowds = (0..self.articles.len()).map(|a| self.neighbourhood.crowd(a)).collect();
        Found { stories, crowds, edges }
    }

    /// Of all pairs whose score is known, those that are edges.
    fn evidence(&self, stories: &[Story]) -> Vec<Scored> {
        let mut home = vec![None; self.articles.len()];
        for (s, story) in stories.iter().enumerate() {
            story.articles.iter().for_each(|&a| home[a] = Some(s));
        }
        let candidates = self.pairs.iter().copied().zip(self.scores.iter().copied());
        // A story of 5,000 articles has 12 million pairs.
        let told = |(a, _): (u32, u32)| home[a as usize].is_none_or(|s| stories[s].articles.len() <= MOST_SCORED);
        let asked = self.asked.iter().map(|(&pair, &score)| (pair, score)).filter(|(pair, _)| told(*pair));
        let known = candidates.chain(asked);
        let mut edges: Vec<Scored> = known
            .map(|(pair, score)| {
                let (a, b) = (home[pair.0 as usize], home[pair.1 as usize]);
                (pair, score, a.filter(|_| a == b))
            })
            .filter(|(_, score, story)| story.is_some() || *score >= self.config.threshold)
            .collect();
        edges.par_sort_unstable_by(|(p, x, s), (q, y, t)| {
            let order = |story: &Option<usize>| (story.is_none(), *story);
            order(s).cmp(&order(t)).then(y.total_cmp(x)).then(p.cmp(q))
        });
        edges
    }
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

fn describe(table: &ArticleTable, articles: Vec<usize>, given: String, score: &mut Scores<'_>) -> Result<Story> {
    let others: Vec<usize> = articles.iter().copied().step_by(articles.len().div_ceil(MOST_SCORED)).collect();
    let mut mean = |a: usize| {
        let others = others.iter().copied().filter(|&b| b != a);
        let pairs: Vec<(usize, usize)> = others.map(|b| (a.min(b), a.max(b))).collect();
        let sum = score.of(&pairs)?.into_iter().fold(0.0, |sum, score| sum + score);
        Ok(sum / pairs.len() as f64)
    };
    let scores: Vec<f64> = articles.iter().map(|&a| mean(a)).collect::<Result<_>>()?;
    let mut central = 0;
    for i in 1..scores.len() {
        if scores[i] > scores[central] {
            central = i;
        }
    }
    let id = ids::story_id(&table.ids[table.earliest(&articles)]);
    let cohesion = scores.iter().sum::<f64>() / scores.len() as f64;
    Ok(Story { id, cohesion, central: articles[central], articles, scores, given })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_that_the_same_outlets_tell_must_be_more_alike() {
        let outlets = [0, 1, 2, 0, 1, 3, 4, 5, 6];
        let may = |items, within, across| may_be_one(&outlets, &Merge { items, within, across });
        let [a, b, others]: [&[usize]; 3] = [&[0, 1, 2], &[3, 4, 5], &[6, 7, 8]];
        let within = [Some(0.9), Some(0.8)];
        assert!(!may([a, b], within, 0.59), "below three quarters of .8");
        assert!(may([a, b], within, 0.61));
        assert!(may([a, others], within, 0.5), "of other outlets");
        assert!(may([a, b], [None, Some(0.8)], 0.5), "one is a single text");
    }

    #[test]
    fn most_of_the_smaller_group_must_be_of_the_same_outlets() {
        assert!(told_by_the_same(&["a", "b"], &["b", "c", "a", "d", "e"]));
        assert!(!told_by_the_same(&["a", "b"], &["b", "c", "d"]), "half");
        assert!(!told_by_the_same(&["b", "c", "d"], &["a", "b"]), "in either order");
        assert!(!told_by_the_same(&["a", "a", "b"], &["a", "c", "d"]), "of one size: of both");
        assert!(!told_by_the_same::<u32>(&[], &[]));
    }
}
