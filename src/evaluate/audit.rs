//! Precision and recall of the alignment, from pairs of claims that a person judges.
//!
//! The population are the pairs of claims of two articles of one story, but for copies of a wire text, which align by
//! themselves. It falls into strata ([`Stratum`]) that follow from the report alone, so that judged pairs need no
//! key: the pair says where it belongs. Within a stratum pairs are drawn at random without replacement; a stratum of
//! which n of N pairs were judged stands for all N (Horvitz & Thompson 1952: each pair counts N/n).

use std::collections::{BTreeMap, BTreeSet};

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Figure, RESAMPLES};
use crate::facts::Coverage;
use crate::named::named;
use crate::report::{ArticleRow, ClaimRow, CoverageRow, row};
use crate::stats::bootstrap::{Settings, stratified};
use crate::text;

/// Terms in more claims of a story make no pair likely, and looking their pairs through would take long.
const COMMON: usize = 30;
/// Shared terms must weigh this much together; one found in two claims only weighs nearly 1. On ECB+ (in-story pairs,
/// shared events) three of four such pairs are the same, of the others less than half.
const SHARED_WEIGHT: f64 = 1.2;
/// Draws for each pair of [`Stratum::Other`] before it is given up; only a stratum of next to nothing needs so many.
const MOST_DRAWS: usize = 10_000;

row! {
    /// Two claims of a story, to be judged.
    AuditRow in "audit.csv" by [pair] {
        /// Name of the pair, made from the claims and the state of the report.
        pair: String as Id;
        /// The story.
        story_id: String as Id;
        /// A claim.
        claim_a: String as Id;
        /// A claim of another article.
        claim_b: String as Id;
        /// The outlet of the first.
        source_a: String as Id;
        /// The outlet of the second.
        source_b: String as Id;
        /// The first claim, verbatim.
        text_a: String as Text;
        /// The second claim, verbatim.
        text_b: String as Text;
        /// 1 or yes: they state the same; 0 or no: they do not; empty: not judged.
        same: String as Text;
    }
}

named! {
    /// A kind of pair. In this order of preference: a pair is of the first kind that fits.
    pub(crate) enum Stratum {
        /// In one fact.
        Aligned = "aligned",
        /// A claim and a claim of a fact for which its source is `unclear`: the nearest that were rejected.
        Near = "rejected, nearest",
        /// Claims that share rare terms of the story.
        Words = "rejected, words shared",
        /// All others.
        Other = "rejected, others",
    }
}

impl Stratum {
    /// All strata.
    pub(crate) const ALL: [Stratum; 4] = [Stratum::Aligned, Stratum::Near, Stratum::Words, Stratum::Other];

    /// Its part of a sample. Nearly all pairs are of the last kind, so a hit there weighs most in the recall; but hits
    /// are rare there, and near the threshold each answer tells more.
    fn share(self) -> f64 {
        match self {
            Stratum::Aligned => 0.30,
            Stratum::Near => 0.30,
            Stratum::Words => 0.15,
            Stratum::Other => 0.25,
        }
    }
}

/// Two claims by their places, the smaller first.
type Pair = (usize, usize);

/// All pairs of a report that can be drawn.
#[derive(Debug)]
pub(crate) struct Population<'r> {
    claims: &'r [ClaimRow],
    /// For each claim its article, or the wire group of that.
    text_of: Vec<&'r str>,
    /// Places of the claims of each story, and how many pairs they make.
    stories: Vec<(Vec<usize>, u64)>,
    /// The pairs of all strata but the last.
    listed: [Vec<Pair>; 3],
    stratum_of: BTreeMap<Pair, Stratum>,
}

impl<'r> Population<'r> {
    /// The pairs of a report.
    pub(crate) fn new(claims: &'r [ClaimRow], coverage: &[CoverageRow], articles: &'r [ArticleRow]) -> Self {
        let copies: BTreeMap<&str, &str> = articles
            .iter()
            .filter(|a| !a.wire_group.is_empty())
            .map(|a| (a.article_id.as_str(), a.wire_group.as_str()))
            .collect();
        let text_of: Vec<&str> =
            claims.iter().map(|c| copies.get(c.article_id.as_str()).copied().unwrap_or(&c.article_id)).collect();
        let mut by_story: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut by_fact: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, claim) in claims.iter().enumerate() {
            by_story.entry(&claim.story_id).or_default().push(place);
            if !claim.fact_id.is_empty() {
                by_fact.entry(&claim.fact_id).or_default().push(place);
            }
        }
        let mut stratum_of: BTreeMap<Pair, Stratum> = BTreeMap::new();
        let mut add = |a: usize, b: usize, stratum: Stratum| {
            // Counted by story below.
            if text_of[a] != text_of[b] && claims[a].story_id == claims[b].story_id {
                stratum_of.entry((a.min(b), a.max(b))).or_insert(stratum);
            }
        };
        for members in by_fact.values() {
            for (i, &a) in members.iter().enumerate() {
                members[..i].iter().for_each(|&b| add(a, b, Stratum::Aligned));
            }
        }
        let places: BTreeMap<&str, usize> = claims.iter().enumerate().map(|(i, c)| (c.claim_id.as_str(), i)).collect();
        for row in coverage.iter().filter(|row| row.status == Coverage::Unclear) {
            let Some(&claim) = places.get(row.claim_id.as_str()) else { continue };
            for &member in by_fact.get(row.fact_id.as_str()).into_iter().flatten() {
                add(claim, member, Stratum::Near);
            }
        }
        for members in by_story.values() {
            for (a, b) in wordy_pairs(claims, members) {
                add(a, b, Stratum::Words);
            }
        }
        let mut listed: [Vec<Pair>; 3] = Default::default();
        stratum_of.iter().for_each(|(&pair, &stratum)| listed[stratum as usize].push(pair));
        let stories = by_story
            .into_values()
            .map(|members| {
                let mut of_text: BTreeMap<&str, u64> = BTreeMap::new();
                members.iter().for_each(|&c| *of_text.entry(text_of[c]).or_default() += 1);
                let pairs = |n: u64| n * n.saturating_sub(1) / 2;
                let count = pairs(members.len() as u64) - of_text.into_values().map(pairs).sum::<u64>();
                (members, count)
            })
            .collect();
        Population { claims, text_of, stories, listed, stratum_of }
    }

    /// Pairs of a stratum.
    pub(crate) fn size(&self, stratum: Stratum) -> u64 {
        match self.listed.get(stratum as usize) {
            Some(pairs) => pairs.len() as u64,
            None => self.stories.iter().map(|s| s.1).sum::<u64>() - self.stratum_of.len() as u64,
        }
    }

    /// The stratum of two claims by their ids; `None` where one is not in the report or they are no pair of the
    /// population.
    pub(crate) fn stratum(&self, claim_a: &str, claim_b: &str) -> Option<Stratum> {
        let place = |id: &str| self.claims.iter().position(|c| c.claim_id == id);
        let (a, b) = (place(claim_a)?, place(claim_b)?);
        if self.text_of[a] == self.text_of[b] || self.claims[a].story_id != self.claims[b].story_id {
            return None;
        }
        Some(self.stratum_of.get(&(a.min(b), a.max(b))).copied().unwrap_or(Stratum::Other))
    }

    /// Draws `count` pairs, or all if there are fewer, in an order that says nothing of them. `name` names a pair of
    /// claim ids.
    pub(crate) fn sample(&self, count: usize, seed: u64, name: impl Fn(&str, &str) -> String) -> Vec<AuditRow> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut drawn: Vec<Pair> = Vec::new();
        for (stratum, n) in Stratum::ALL.into_iter().zip(self.allocate(count)) {
            match self.listed.get(stratum as usize) {
                Some(pairs) => drawn.extend_from_slice(pairs.clone().partial_shuffle(&mut rng, n).0),
                None => drawn.extend(self.draw_others(n, &mut rng)),
            }
        }
        drawn.shuffle(&mut rng);
        let turned = |(a, b): Pair, turn: bool| if turn { (b, a) } else { (a, b) };
        drawn
            .into_iter()
            .map(|pair| {
                let (a, b) = turned(pair, rng.random());
                let (a, b) = (&self.claims[a], &self.claims[b]);
                AuditRow {
                    pair: name(&a.claim_id, &b.claim_id),
                    story_id: a.story_id.clone(),
                    claim_a: a.claim_id.clone(),
                    claim_b: b.claim_id.clone(),
                    source_a: a.source.clone(),
                    source_b: b.source.clone(),
                    text_a: a.text.clone(),
                    text_b: b.text.clone(),
                    same: String::new(),
                }
            })
            .collect()
    }

    /// So many of each stratum: two at least, then by their shares as far as there are pairs (d'Hondt).
    fn allocate(&self, count: usize) -> [usize; 4] {
        let sizes = Stratum::ALL.map(|s| usize::try_from(self.size(s)).unwrap_or(usize::MAX));
        let mut n = sizes.map(|size| size.min(2));
        while n.iter().sum::<usize>() < count {
            let open = Stratum::ALL.into_iter().filter(|&s| n[s as usize] < sizes[s as usize]);
            let claim = |s: Stratum| s.share() / (n[s as usize] + 1) as f64;
            let Some(next) = open.reduce(|best, s| if claim(s) > claim(best) { s } else { best }) else { break };
            n[next as usize] += 1;
        }
        n
    }

    /// Draws pairs of the last stratum, which is not listed: too many.
    fn draw_others(&self, count: usize, rng: &mut ChaCha8Rng) -> BTreeSet<Pair> {
        let all: u64 = self.stories.iter().map(|s| s.1).sum();
        let mut drawn = BTreeSet::new();
        for _ in 0..count.saturating_mul(MOST_DRAWS) {
            if drawn.len() == count {
                break;
            }
            // A story by the number of its pairs, then any of them: each pair is as likely as any other.
            let mut at = rng.random_range(0..all);
            let story = self.stories.iter().find(|(_, pairs)| {
                let is_here = at < *pairs;
                at = at.saturating_sub(*pairs);
                is_here
            });
            let Some((members, _)) = story else { break };
            let pair = loop {
                let any = |rng: &mut ChaCha8Rng| members[rng.random_range(0..members.len() as u32) as usize];
                let (a, b) = (any(rng), any(rng));
                if self.text_of[a] != self.text_of[b] {
                    break (a.min(b), a.max(b));
                }
            };
            if !self.stratum_of.contains_key(&pair) {
                drawn.insert(pair);
            }
        }
        drawn
    }

    /// What judgements say of all pairs: `judged` holds for each stratum whether the pairs judged are the same.
    pub(crate) fn estimate(&self, judged: &[Vec<bool>; 4], seed: u64) -> Estimate {
        let sizes = Stratum::ALL.map(|s| self.size(s) as f64);
        estimate(sizes, judged, seed)
    }
}

/// Pairs of claims whose shared terms, rare ones of their story, weigh enough.
fn wordy_pairs(claims: &[ClaimRow], members: &[usize]) -> Vec<Pair> {
    let mut claims_of: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for &c in members {
        let terms: BTreeSet<String> = text::terms(&claims[c].text).into_iter().collect();
        terms.into_iter().for_each(|term| claims_of.entry(term).or_default().push(c));
    }
    let mut weights: BTreeMap<Pair, f64> = BTreeMap::new();
    for with in claims_of.values().filter(|with| (2..=COMMON).contains(&with.len())) {
        let weight = 1.0 - (with.len() as f64).ln() / (members.len() as f64).ln();
        for (i, &b) in with.iter().enumerate() {
            with[..i].iter().for_each(|&a| *weights.entry((a, b)).or_default() += weight);
        }
    }
    weights.into_iter().filter(|(_, weight)| *weight >= SHARED_WEIGHT).map(|(pair, _)| pair).collect()
}

/// A stratum in an estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share {
    /// Which.
    pub stratum: Stratum,
    /// Its pairs in the report.
    pub pairs: f64,
    /// Pairs that were judged.
    pub judged: usize,
    /// Judged pairs that are the same.
    pub same: usize,
    /// Pairs of the stratum that are the same, estimated.
    pub estimated: f64,
}

/// What the judgements say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Estimate {
    /// The strata that have pairs.
    pub shares: Vec<Share>,
    /// Share of the aligned pairs that are the same.
    pub precision: Option<Figure>,
    /// Share of the same pairs that are aligned.
    pub recall: Option<Figure>,
    /// Whether there is a rejected stratum in which no judged pair is the same. The bootstrap takes it for empty, and
    /// covers the truth too seldom; so the interval of the recall is stretched down to where the stratum holds as many
    /// as none among so few allows (95 %: 1 - 0.05^(1/n) of its pairs).
    pub stretched: bool,
}

fn estimate(sizes: [f64; 4], judged: &[Vec<bool>; 4], seed: u64) -> Estimate {
    let same_share = |answers: &[bool]| answers.iter().filter(|&&a| a).count() as f64 / answers.len() as f64;
    let estimated = |judged: &[Vec<bool>]| -> Vec<f64> {
        judged.iter().zip(sizes).map(|(a, size)| if a.is_empty() { 0.0 } else { size * same_share(a) }).collect()
    };
    let precision = |judged: &[Vec<bool>]| same_share(&judged[0]);
    let recall = |judged: &[Vec<bool>]| {
        let same = estimated(judged);
        same[0] / same.iter().sum::<f64>()
    };
    let settings = Settings { resamples: RESAMPLES, alpha: 0.05, seed };
    let figure = |statistic: &dyn Fn(&[Vec<bool>]) -> f64| {
        let value = statistic(judged);
        value.is_finite().then(|| Figure { value, interval: stratified(judged, statistic, &settings) })
    };
    let same = estimated(judged);
    let hidden: f64 = (1..4)
        .filter(|&s| same[s] == 0.0 && !judged[s].is_empty() && (judged[s].len() as f64) < sizes[s])
        .map(|s| sizes[s] * (1.0 - 0.05f64.powf(1.0 / judged[s].len() as f64)))
        .sum();
    let at_worst = same[0] / (same.iter().sum::<f64>() + hidden);
    let recall = figure(&recall).map(|f| Figure {
        interval: f.interval.map(|(low, high)| if hidden > 0.0 { (low.min(at_worst), high) } else { (low, high) }),
        ..f
    });
    let shares = Stratum::ALL.into_iter().enumerate().filter(|&(s, _)| sizes[s] > 0.0);
    Estimate {
        shares: shares
            .map(|(s, stratum)| Share {
                stratum,
                pairs: sizes[s],
                judged: judged[s].len(),
                same: judged[s].iter().filter(|&&a| a).count(),
                estimated: same[s],
            })
            .collect(),
        precision: figure(&precision),
        recall,
        stretched: hidden > 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(id: usize, article: &str, fact: &str, text: &str) -> ClaimRow {
        ClaimRow {
            claim_id: format!("c{id}"),
            article_id: article.into(),
            source: article.to_uppercase(),
            story_id: "s".into(),
            fact_id: fact.into(),
            text: text.into(),
            ..ClaimRow::default()
        }
    }

    /// Three articles and a copy of the third, six claims each that share no word; c0, c6, c12 and c18 one fact.
    fn report() -> (Vec<ClaimRow>, Vec<CoverageRow>, Vec<ArticleRow>) {
        let names = ["a", "b", "c", "d"];
        let mut claims: Vec<ClaimRow> = (0..24)
            .map(|i| claim(i, names[i / 6], if i % 6 == 0 { "f" } else { "" }, &format!("Thing{i} happened")))
            .collect();
        claims[2].text = "Inspectors closed the furnace".into();
        claims[9].text = "The furnace was shut by inspectors".into();
        let unclear =
            CoverageRow { fact_id: "f".into(), status: Coverage::Unclear, claim_id: "c1".into(), ..Default::default() };
        let not_found = CoverageRow { status: Coverage::NotFound, claim_id: "c3".into(), ..unclear.clone() };
        let article = |id: &str| ArticleRow {
            article_id: id.into(),
            wire_group: if id > "b" { "w".into() } else { String::new() },
            ..Default::default()
        };
        (claims, vec![unclear, not_found], names.map(article).into())
    }

    #[test]
    fn every_pair_of_two_texts_is_in_one_stratum() {
        let (claims, coverage, articles) = report();
        let all = Population::new(&claims, &coverage, &articles);
        // a-b, a-c, a-d, b-c, b-d; c-d is a copy. c1 is near the fact's claims of b, c and d.
        assert_eq!(Stratum::ALL.map(|s| all.size(s)), [5, 3, 1, 5 * 36 - 9]);
        let of = |a: &str, b: &str| all.stratum(a, b);
        assert_eq!((of("c6", "c0"), of("c1", "c12")), (Some(Stratum::Aligned), Some(Stratum::Near)));
        assert_eq!((of("c9", "c2"), of("c3", "c12")), (Some(Stratum::Words), Some(Stratum::Other)));
        assert_eq!([of("c0", "c1"), of("c12", "c18"), of("c0", "c99")], [None; 3], "one article, a copy, unknown");
    }

    #[test]
    fn a_sample_is_drawn_from_all_strata_and_shows_nothing_of_them() {
        let (claims, coverage, articles) = report();
        let all = Population::new(&claims, &coverage, &articles);
        let draw = |count, seed| all.sample(count, seed, |a, b| format!("{a}-{b}"));
        let sample = draw(40, 1);
        assert_eq!(sample, draw(40, 1));
        assert_ne!(sample, draw(40, 2));
        let strata: Vec<Stratum> = sample.iter().map(|r| all.stratum(&r.claim_a, &r.claim_b).unwrap()).collect();
        let count = |s| strata.iter().filter(|&&x| x == s).count();
        assert_eq!(Stratum::ALL.map(count), [5, 3, 1, 31], "what is small is taken whole");
        assert!(strata.windows(2).any(|w| w[0] > w[1]), "not in order: {strata:?}");
        let pairs: BTreeSet<&str> = sample.iter().map(|r| r.pair.as_str()).collect();
        assert_eq!(pairs.len(), 40, "none twice");
        let turned = sample.iter().filter(|r| r.source_a > r.source_b).count();
        assert!((5..35).contains(&turned), "either article comes first: {turned}");
        assert_eq!(draw(1000, 1).len(), 180, "all there are");
    }

    #[test]
    fn strata_are_weighted_by_their_size() {
        let answers = |same: usize, of: usize| (0..of).map(|i| i < same).collect::<Vec<bool>>();
        let judged = [answers(9, 10), answers(3, 10), answers(1, 5), answers(0, 20)];
        let e = estimate([100.0, 200.0, 50.0, 1000.0], &judged, 0);
        assert_eq!(e.precision.unwrap().value, 0.9);
        // 90 found of 90 + 60 + 10.
        let recall = e.recall.unwrap();
        assert!((recall.value - 90.0 / 160.0).abs() < 1e-12);
        let (low, high) = recall.interval.unwrap();
        // None of 20 others: up to 1 - .05^(1/20) = 13.9 % of them may be.
        assert!(e.stretched && (low - 90.0 / (160.0 + 139.1)).abs() < 1e-3, "{low}");
        assert!(0.65 < high && high < 0.9, "{high}");
        let (low, _) = estimate([100.0, 200.0, 50.0, 20.0], &judged, 0).recall.unwrap().interval.unwrap();
        assert!(0.35 < low && low < 0.5, "all others were judged: {low}");
        let none = estimate([10.0, 0.0, 0.0, 10.0], &[vec![false; 3], vec![], vec![], vec![false; 3]], 0);
        assert_eq!((none.precision.unwrap().value, none.recall), (0.0, None));
    }

    #[test]
    fn estimates_of_many_samples_are_right_on_average() {
        // Truth: 100 of 120 aligned, 60 of 200 near, 20 of 100 by words, 40 of 1,000 others: recall 100/220.
        let sizes = [120.0, 200.0, 100.0, 1000.0];
        let shares = [100.0 / 120.0, 0.3, 0.2, 0.04];
        let n = [60, 60, 30, 50];
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (mut sum, mut covered) = (0.0, 0);
        const TIMES: usize = 100;
        for seed in 0..TIMES {
            let judged: [Vec<bool>; 4] =
                std::array::from_fn(|s| (0..n[s]).map(|_| rng.random::<f64>() < shares[s]).collect());
            let same: f64 =
                (0..4).map(|s| sizes[s] * judged[s].iter().filter(|&&a| a).count() as f64 / n[s] as f64).sum();
            sum += same;
            let (low, high) = estimate(sizes, &judged, seed as u64).recall.unwrap().interval.unwrap();
            covered += usize::from(low <= 100.0 / 220.0 && 100.0 / 220.0 <= high);
        }
        assert!((sum / TIMES as f64 - 220.0).abs() < 10.0, "{}", sum / TIMES as f64);
        assert!(covered >= TIMES * 9 / 10, "{covered} of {TIMES} intervals cover the truth");
    }
}
