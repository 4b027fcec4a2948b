//! How likely two articles are about one event.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use ndarray::{Array1, Array2, ArrayView1};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::claims::LEAD_CLAIMS;
use crate::corpus::{self, Article};
use crate::facts::{ClaimTable, KeyId, PairWeights, Side, TermId, align, sigmoid};
use crate::text;

/// Dated articles further apart than this are not compared, and do not count as neighbours.
pub(super) const WINDOW_DAYS: i32 = 30;
/// Sentences that describe an article beside its title when it is looked up by its lead.
const LEAD_SENTENCES: usize = 3;
/// Claims that, with the title, say on which weekdays an article's event was: further down are those of its background.
const DAY_SENTENCES: usize = 5;
/// From this many claims up, two articles about one event share at least one.
const ENOUGH_CLAIMS: usize = 8;

/// Weights of the article similarity; forms in `StoryWeights::score`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoryWeights {
    /// Constant term.
    pub intercept: f64,
    /// Weight of the cosine of the names, >= 0.
    pub names: f64,
    /// Weight of the cosine of the numbers and dates, >= 0.
    pub numbers: f64,
    /// Weight of the cosine of the leads' vectors, >= 0.
    pub lead: f64,
    /// Weight of the cosine of the leads' terms, >= 0.
    pub lead_tf: f64,
    /// Weight of the smaller cover, >= 0.
    pub cover_min: f64,
    /// Weight of the larger cover, >= 0.
    pub cover_max: f64,
    /// Weight of the density, <= 0.
    pub density: f64,
    /// Floor of the density.
    pub density_floor: f64,
    /// Cap of the density: where it is higher, the neighbours are an event of dozens of articles, not a crowded topic.
    pub density_cap: f64,
    /// Weight of the relative similarity, >= 0.
    pub relative: f64,
    /// Floor of an article's best similarity.
    pub best_floor: f64,
    /// What a neighbour at a density rank that nobody takes would have covered, in a corpus large enough, 0..1.
    pub density_prior: f64,
    /// What an article's best similarity would at least have been in a corpus large enough, 0..1.
    pub best_prior: f64,
    /// Added when two long articles share no aligned claim, <= 0.
    pub unaligned: f64,
    /// Weight of the weekdays, >= 0.
    pub weekdays: f64,
    /// Added when both articles are dated (and the days between them are charged), >= 0.
    pub dated: f64,
    /// Days between two articles that cost nothing.
    pub free_days: f64,
    /// Days beyond them that cost 1.
    pub days_scale: f64,
    /// Mean similarity and quorum for merging.
    pub threshold: f64,
}

/// What two articles have in common.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StoryFeatures {
    /// TF-IDF cosine, 0..1.
    pub tf: f64,
    /// TF-IDF cosine of the words of names in the lead claims, 0..1: two like events differ in who and where.
    pub names: f64,
    /// TF-IDF cosine of the numbers and dates in the lead claims, 0..1.
    pub numbers: f64,
    /// Cosine of the centred vectors of title and first sentences, -1..1.
    pub lead: f64,
    /// TF-IDF cosine of title and first sentences, 0..1.
    pub lead_tf: f64,
    /// Smaller cover of the two directions, 0..1.
    pub cover_min: f64,
    /// Larger cover of the two directions, 0..1.
    pub cover_max: f64,
    /// Aligned claims: mutual best matches that reach [`PairWeights::aligned`].
    pub n_aligned: u32,
    /// Whether both have enough claims and none is aligned.
    pub unaligned: bool,
    /// Days between them; `None` unless both are dated.
    pub days: Option<i32>,
    /// 1 if title and first claims of both name a common weekday, -1 if they name different ones, 0 if one names none.
    pub weekdays: i8,
}

/// How crowded it is around an article.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Crowd {
    /// Mean cover that its neighbours at ranks 5 to 20 reach, 0..1; ranks that nobody takes count 0.
    pub density: f64,
    /// Share of these ranks that nobody takes, 0..1.
    pub unknown: f64,
    /// Highest TF-IDF cosine with any other article, 0..1.
    pub best: f64,
}

/// What a feature adds to a pair's score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Contribution {
    /// The feature, as [`StoryWeights`] names its weight; `date` for the days.
    pub feature: &'static str,
    /// Its value; `None`: the articles have none.
    pub value: Option<f64>,
    /// What it adds to the log odds.
    pub log_odds: f64,
}

/// What a score is made of, beside the intercept.
pub(crate) const CONTRIBUTIONS: usize = 11;

/// How crowded it is around both articles of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Around {
    /// In the order of the pair.
    pub articles: [Crowd; 2],
}

impl StoryWeights {
    /// Score of a pair of articles, 0..1.
    ///
    /// `z = intercept + names·names + numbers·numbers + lead·lead + lead_tf·lead_tf
    /// + cover_min·smin + cover_max·smax + density·r + relative·rel
    /// + unaligned + weekdays·w + dated - max(0, |days| - free_days) / days_scale`,
    /// `rel = ln max(tf, .01) - 1/2 ln(best_a best_b)`, `r` and `rel` with both articles' values.
    ///
    /// In a small corpus an article has few neighbours, which says nothing of how crowded its topic is: density ranks
    /// that nobody takes count as `density_prior`, and `best` is at least `best_prior` times the share of such ranks.
    pub(crate) fn score(&self, f: &StoryFeatures, around: &Around) -> f64 {
        sigmoid(self.intercept + self.contributions(f, around).iter().map(|c| c.log_odds).sum::<f64>())
    }

    /// What each feature adds to the log odds of `StoryWeights::score`, beside the intercept.
    pub(crate) fn contributions(&self, f: &StoryFeatures, around: &Around) -> [Contribution; CONTRIBUTIONS] {
        let ln_tf = f.tf.max(0.01).ln();
        let [a, b] = around.articles.map(|n| self.filled(n));
        let relative = ln_tf - 0.5 * (a.best * b.best).ln();
        let density = 0.5 * (a.density + b.density);
        let late = |days: i32| (f64::from(days.abs()) - self.free_days).max(0.0) / self.days_scale;
        let linear =
            |feature, weight: f64, value: f64| Contribution { feature, value: Some(value), log_odds: weight * value };
        [
            linear("names", self.names, f.names),
            linear("numbers", self.numbers, f.numbers),
            linear("lead", self.lead, f.lead),
            linear("lead_tf", self.lead_tf, f.lead_tf),
            linear("cover_min", self.cover_min, f.cover_min),
            linear("cover_max", self.cover_max, f.cover_max),
            linear("density", self.density, density),
            linear("relative", self.relative, relative),
            linear("unaligned", self.unaligned, f64::from(u8::from(f.unaligned))),
            linear("weekdays", self.weekdays, f64::from(f.weekdays)),
            Contribution {
                feature: "date",
                value: f.days.map(|d| f64::from(d.abs())),
                log_odds: f.days.map_or(0.0, |d| self.dated - late(d)),
            },
        ]
    }
}

impl StoryWeights {
    /// What the corpus does not show is taken from the priors.
    fn filled(&self, crowd: Crowd) -> Crowd {
        Crowd {
            density: (crowd.density + crowd.unknown * self.density_prior).max(self.density_floor).min(self.density_cap),
            best: crowd.best.max(self.best_floor).max(crowd.unknown * self.best_prior),
            unknown: 0.0,
        }
    }
}

/// All articles, reduced to what they are compared by.
#[derive(Debug)]
pub struct ArticleTable {
    pub(super) ids: Vec<String>,
    /// TF-IDF weights, L2 norm 1, sorted by term.
    pub(super) tf_idf: Vec<Sparse>,
    /// The same of the names, the numbers, and the title with the first sentences.
    names: Vec<Sparse>,
    numbers: Vec<Sparse>,
    lead_tf: Vec<Sparse>,
    /// The lead claims.
    sides: Vec<Side>,
    /// Unit vectors of the centred mean of title and lead claims; zero where there is none.
    pub(super) means: Array2<f32>,
    /// The same of the title and the first sentences.
    pub(super) leads: Array2<f32>,
    pub(super) dates: Vec<Option<Date>>,
    /// Named by title and first claims.
    weekdays: Vec<u8>,
    pub(super) wire: Vec<Option<u32>>,
    /// Numbers of the sources.
    pub(super) outlets: Vec<u32>,
}

impl ArticleTable {
    /// `terms[i]`: the terms of article `i`, the title's twice. `titles[i]`: the vector of its title, if it has one.
    /// `center`: the background mean.
    pub fn new(
        terms: &[Vec<TermId>],
        titles: &[Option<ArrayView1<'_, f32>>],
        claims: &ClaimTable,
        center: &[f32],
        articles: &[Article],
        wire: &[Option<u32>],
    ) -> Self {
        let lead = |i: usize| claims.lead(i, LEAD_CLAIMS).flat_map(|c| claims.terms[c].quantities());
        let frequencies = QuantityFrequencies::new(
            (0..articles.len()).map(|i| lead(i).map(|&id| claims.keys.figure(id).key.as_str())),
        );
        Self::part(terms, titles, claims, center, articles, wire, &frequencies)
    }

    /// Some articles of a corpus, as the table of all of them would describe them. The vocabulary of `claims` and
    /// `frequencies` are those of the whole corpus.
    pub(crate) fn part(
        terms: &[Vec<TermId>],
        titles: &[Option<ArrayView1<'_, f32>>],
        claims: &ClaimTable,
        center: &[f32],
        articles: &[Article],
        wire: &[Option<u32>],
        frequencies: &QuantityFrequencies,
    ) -> Self {
        let vocabulary = &claims.vocabulary;
        let idf = |term: TermId| vocabulary.idf(term);
        let tf_idf = terms.par_iter().map(|t| sparse(t.iter().copied(), idf)).collect();
        let lead_tf = (0..articles.len())
            .into_par_iter()
            .map(|i| {
                let title = text::terms(&articles[i].title);
                let title = title.iter().filter_map(|t| vocabulary.id(t));
                let lead = claims.lead(i, LEAD_SENTENCES).flat_map(|c| claims.terms[c].terms()).copied();
                sparse(title.chain(lead), idf)
            })
            .collect();
        let words = claims.keys.names();
        let names = (0..articles.len())
            .into_par_iter()
            .map(|i| {
                let own = claims.lead(i, LEAD_CLAIMS).flat_map(|c| claims.terms[c].entities());
                let terms = own.flat_map(|&word| text::terms(words[word as usize]));
                sparse(terms.filter_map(|t| vocabulary.id(&t)), idf)
            })
            .collect();
        let numbers = numbers(claims, articles.len(), frequencies);
        let sides = (0..articles.len()).into_par_iter().map(|i| claims.side(claims.lead(i, LEAD_CLAIMS))).collect();
        let weekdays = |i: usize| {
            let lead = claims.lead(i, DAY_SENTENCES).map(|c| claims.claims[c].text(&articles[i]));
            lead.fold(text::weekdays(&articles[i].title), |days, text| days | text::weekdays(text))
        };
        let center = Array1::from(center.to_vec());
        let centred = |limit: usize| {
            let mut rows = Array2::zeros((titles.len(), claims.dimension()));
            for (i, title) in titles.iter().enumerate() {
                let lead = claims.lead(i, limit);
                let count = lead.len() + usize::from(title.is_some());
                let mut row = rows.row_mut(i);
                for vector in title.iter().copied().chain(lead.map(|c| claims.vector(c))) {
                    row += &vector;
                }
                if count > 0 {
                    row /= count as f32;
                    row -= &center;
                    let norm = row.dot(&row).sqrt();
                    if norm > 0.0 {
                        row /= norm;
                    }
                }
            }
            rows
        };
        ArticleTable {
            ids: articles.iter().map(|a| a.id.clone()).collect(),
            tf_idf,
            names,
            numbers,
            lead_tf,
            sides,
            means: centred(LEAD_CLAIMS),
            leads: centred(LEAD_SENTENCES),
            dates: articles.iter().map(|a| a.date).collect(),
            weekdays: (0..articles.len()).into_par_iter().map(weekdays).collect(),
            wire: wire.to_vec(),
            outlets: corpus::outlets(articles),
        }
    }

    /// Number of articles.
    pub(crate) fn len(&self) -> usize {
        self.tf_idf.len()
    }

    /// By date, undated last, then id.
    pub(super) fn order(&self, a: usize, b: usize) -> std::cmp::Ordering {
        let key = |i: usize| (self.dates[i].is_none(), self.dates[i]);
        key(a).cmp(&key(b)).then_with(|| self.ids[a].cmp(&self.ids[b]))
    }

    /// The earliest of some articles; `articles` must not be empty.
    pub(super) fn earliest(&self, articles: &[usize]) -> usize {
        articles.iter().copied().min_by(|&a, &b| self.order(a, b)).unwrap_or_default()
    }

    /// Days from `a` to `b`; `None` unless both are dated.
    pub(super) fn days(&self, a: usize, b: usize) -> Option<i32> {
        let (a, b) = (self.dates[a]?, self.dates[b]?);
        a.until(b).ok().map(|span| span.get_days())
    }

    /// Compares two articles.
    pub(crate) fn compare(&self, a: usize, b: usize, claims: &ClaimTable, weights: &PairWeights) -> StoryFeatures {
        let (x, y) = (claims.lead(a, LEAD_CLAIMS), claims.lead(b, LEAD_CLAIMS));
        let scores = claims.scores(&self.sides[a], &self.sides[b], weights);
        let cover = |rows: Vec<f64>, first: usize| {
            let (mut sum, mut total) = (0.0, 0.0);
            for (i, best) in rows.into_iter().enumerate() {
                let w = claims.terms[first + i].weight;
                sum += w * best;
                total += w;
            }
            if total > 0.0 { sum / total } else { 0.0 }
        };
        let highest = |values: ArrayView1<'_, f64>| values.iter().copied().fold(0.0, f64::max);
        let of_a = cover(scores.rows().into_iter().map(highest).collect(), x.start);
        let of_b = cover(scores.columns().into_iter().map(highest).collect(), y.start);
        let enough = x.len().min(y.len()) >= ENOUGH_CLAIMS;
        let n_aligned = align(&scores, weights.aligned).len() as u32;
        StoryFeatures {
            tf: dot(&self.tf_idf[a], &self.tf_idf[b]),
            names: dot(&self.names[a], &self.names[b]),
            numbers: dot(&self.numbers[a], &self.numbers[b]),
            lead: f64::from(self.leads.row(a).dot(&self.leads.row(b))),
            lead_tf: dot(&self.lead_tf[a], &self.lead_tf[b]),
            cover_min: of_a.min(of_b),
            cover_max: of_a.max(of_b),
            n_aligned,
            unaligned: enough && n_aligned == 0,
            days: self.days(a, b),
            weekdays: match (self.weekdays[a], self.weekdays[b]) {
                (0, _) | (_, 0) => 0,
                (x, y) => {
                    if x & y == 0 {
                        -1
                    } else {
                        1
                    }
                }
            },
        }
    }
}

/// Weights by term, sorted, L2 norm 1 or empty.
type Sparse = Vec<(TermId, f64)>;

/// `(1 + ln tf) idf`, L2 norm 1.
fn sparse(terms: impl Iterator<Item = TermId>, idf: impl Fn(TermId) -> f64) -> Sparse {
    let mut counts: BTreeMap<TermId, u32> = BTreeMap::new();
    for id in terms {
        *counts.entry(id).or_default() += 1;
    }
    let mut weights: Sparse = counts.into_iter().map(|(t, n)| (t, (1.0 + f64::from(n).ln()) * idf(t))).collect();
    let norm = weights.iter().map(|(_, w)| w * w).sum::<f64>().sqrt();
    if norm > 0.0 {
        weights.iter_mut().for_each(|(_, w)| *w /= norm);
    }
    weights
}

/// In how many articles each number or date stands, within their lead claims.
#[derive(Debug, Clone, Default)]
pub(crate) struct QuantityFrequencies {
    articles: usize,
    documents: BTreeMap<String, u32>,
}

impl QuantityFrequencies {
    /// From the numbers and dates of each article's first [`LEAD_CLAIMS`] claims, however often they stand there.
    pub(crate) fn new<'a, I: Iterator<Item = &'a str>>(articles: impl Iterator<Item = I>) -> Self {
        let mut found = Self::default();
        for keys in articles {
            found.articles += 1;
            for key in keys.collect::<BTreeSet<_>>() {
                match found.documents.get_mut(key) {
                    Some(n) => *n += 1,
                    None => drop(found.documents.insert(key.to_owned(), 1)),
                }
            }
        }
        found
    }

    /// `ln((n + 1) / df)`.
    fn idf(&self, key: &str) -> f64 {
        let documents = self.documents.get(key).copied().unwrap_or(1);
        ((self.articles as f64 + 1.0) / f64::from(documents)).ln()
    }
}

/// The numbers of each article's lead claims, weighted by their frequencies, in the order of their kinds and keys.
fn numbers(claims: &ClaimTable, n: usize, frequencies: &QuantityFrequencies) -> Vec<Sparse> {
    let of = |i: usize| claims.lead(i, LEAD_CLAIMS).flat_map(|c| claims.terms[c].quantities()).copied();
    let mut sorted: Vec<KeyId> = (0..n).flat_map(of).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let most = sorted.last().map_or(0, |&id| id as usize + 1);
    sorted.sort_unstable_by_key(|&id| claims.keys.figure(id));
    let idf: Vec<f64> = sorted.iter().map(|&id| frequencies.idf(&claims.keys.figure(id).key)).collect();
    let mut place = vec![0; most];
    (0..).zip(&sorted).for_each(|(new, &id)| place[id as usize] = new);
    (0..n).into_par_iter().map(|i| sparse(of(i).map(|id| place[id as usize]), |t| idf[t as usize])).collect()
}

fn dot(a: &Sparse, b: &Sparse) -> f64 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while i < a.len() && j < b.len() {
        match a[i].0.cmp(&b[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += a[i].1 * b[j].1;
                i += 1;
                j += 1;
            }
        }
    }
    sum
}

/// For each article, what its neighbours look like: the basis of density and relative similarity.
#[derive(Debug)]
pub(crate) struct Neighbourhood {
    /// Covers of the neighbours, highest first, a wire group counted once, the article's own group left out.
    covers: Vec<Vec<f64>>,
    /// Highest TF-IDF cosine.
    best: Vec<f64>,
}

/// Neighbours at these ranks (from 1) are no longer the article's own story, but still its topic.
const DENSITY_RANKS: std::ops::RangeInclusive<usize> = 5..=20;

impl Neighbourhood {
    /// From the compared pairs.
    pub(crate) fn new(articles: &ArticleTable, pairs: &[(u32, u32)], features: &[StoryFeatures]) -> Self {
        let counts = |&(a, b): &(usize, usize), f: &StoryFeatures| {
            let together = articles.wire[a].is_some() && articles.wire[a] == articles.wire[b];
            !together && f.days.is_none_or(|d| d.abs() <= WINDOW_DAYS)
        };
        // Each article's pairs, side by side.
        let mut starts = vec![0usize; articles.len() + 1];
        for &(a, b) in pairs {
            starts[a as usize + 1] += 1;
            starts[b as usize + 1] += 1;
        }
        (0..articles.len()).for_each(|a| starts[a + 1] += starts[a]);
        let mut next = starts.clone();
        let mut own = vec![0u32; 2 * pairs.len()];
        for (p, &(a, b)) in (0..).zip(pairs) {
            for x in [a, b] {
                own[next[x as usize]] = p;
                next[x as usize] += 1;
            }
        }
        let of_article = |x: usize| {
            // Wire group (or the article alone) -> its highest cover.
            let mut groups: BTreeMap<(bool, usize), f64> = BTreeMap::new();
            let mut best = 0.0f64;
            for &p in &own[starts[x]..starts[x + 1]] {
                let (a, b) = (pairs[p as usize].0 as usize, pairs[p as usize].1 as usize);
                let f = &features[p as usize];
                if !counts(&(a, b), f) {
                    continue;
                }
                let y = if a == x { b } else { a };
                best = best.max(f.tf);
                let group = articles.wire[y].map_or((false, y), |g| (true, g as usize));
                let cover = groups.entry(group).or_default();
                *cover = cover.max(f.cover_min);
            }
            let mut covers: Vec<f64> = groups.into_values().collect();
            covers.sort_unstable_by(|a, b| b.total_cmp(a));
            covers.truncate(*DENSITY_RANKS.end());
            covers.shrink_to_fit();
            (covers, best)
        };
        let (covers, best) = (0..articles.len()).into_par_iter().map(of_article).unzip();
        Neighbourhood { covers, best }
    }

    /// What it is like around an article.
    pub(crate) fn crowd(&self, article: usize) -> Crowd {
        let ranks = DENSITY_RANKS.count();
        let farther = self.covers[article].iter().skip(DENSITY_RANKS.start() - 1).take(ranks);
        let unknown = (ranks - farther.len()) as f64 / ranks as f64;
        Crowd { density: farther.sum::<f64>().max(0.0) / ranks as f64, unknown, best: self.best[article] }
    }

    /// What it is like around the pair.
    pub(crate) fn around(&self, a: usize, b: usize) -> Around {
        Around { articles: [self.crowd(a), self.crowd(b)] }
    }
}
