//! Agreement of the stories that were found with gold ones.
//!
//! Figures are averages and sums over the gold articles (Amigó et al. 2009 compare such measures). Intervals draw gold
//! *stories*, for the articles of one story go right or wrong together; the found stories stay as they are, so each
//! gold story carries its share of every sum.

use std::collections::BTreeMap;

use super::{Figure, figure};

/// How well found stories agree with gold ones.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryAgreement {
    /// B-cubed precision (Bagga & Baldwin 1998): the mean share of an article's found story that has its gold story.
    pub precision: Figure,
    /// B-cubed recall: the mean share of an article's gold story that is in its found story.
    pub recall: Figure,
    /// Harmonic mean of both.
    pub f1: Figure,
    /// Adjusted Rand index (Hubert & Arabie 1985) over the gold articles.
    pub adjusted_rand: Figure,
    /// Articles with a gold story.
    pub gold_articles: usize,
    pub gold_stories: usize,
    /// Found stories with a gold article; one that stands alone counts as one.
    pub found_stories: usize,
    /// Articles without a gold story.
    pub noise: usize,
    /// Those of them that are in a found story with a gold article.
    pub absorbed: usize,
    /// Articles of the largest found story.
    pub largest_found: usize,
    /// Articles of the largest gold story.
    pub largest_gold: usize,
}

/// What a gold story adds to the sums.
#[derive(Debug, Clone, Copy, Default)]
struct Unit {
    articles: f64,
    precision: f64,
    recall: f64,
    /// Pairs of articles together in both.
    both: f64,
    /// Pairs of the gold story.
    gold: f64,
    /// Pairs of found stories; a pair of two gold stories counts half for each.
    found: f64,
}

impl Unit {
    fn sum(units: &[Unit]) -> Unit {
        units.iter().fold(Unit::default(), |s, u| Unit {
            articles: s.articles + u.articles,
            precision: s.precision + u.precision,
            recall: s.recall + u.recall,
            both: s.both + u.both,
            gold: s.gold + u.gold,
            found: s.found + u.found,
        })
    }
}

fn precision(units: &[Unit]) -> f64 {
    let s = Unit::sum(units);
    s.precision / s.articles
}

fn recall(units: &[Unit]) -> f64 {
    let s = Unit::sum(units);
    s.recall / s.articles
}

fn f1(units: &[Unit]) -> f64 {
    let (p, r) = (precision(units), recall(units));
    2.0 * p * r / (p + r)
}

fn adjusted_rand(units: &[Unit]) -> f64 {
    let s = Unit::sum(units);
    let all = pairs(s.articles);
    // All alone in both, or all together in both.
    if s.gold == s.found && (s.gold == 0.0 || s.gold == all) {
        return 1.0;
    }
    let expected = s.gold * s.found / all;
    (s.both - expected) / ((s.gold + s.found) / 2.0 - expected)
}

fn pairs(n: f64) -> f64 {
    n * (n - 1.0) / 2.0
}

/// Compares the stories of articles: `found` and `gold` hold a label for each article, in the same order.
///
/// `found` is `None` for an article that stands alone or that the report does not have. `gold` is `None` for one
/// without a label: it counts as a story of its own, so that absorbing it costs precision; averages run over the
/// labelled ones. `None` without a labelled article, or for different lengths.
pub fn story_agreement<F: Ord, G: Ord>(found: &[Option<F>], gold: &[Option<G>], seed: u64) -> Option<StoryAgreement> {
    if found.len() != gold.len() {
        return None;
    }
    let mut sizes: BTreeMap<&F, usize> = BTreeMap::new();
    found.iter().flatten().for_each(|f| *sizes.entry(f).or_default() += 1);
    let mut labelled: BTreeMap<&F, usize> = BTreeMap::new();
    let mut stories: BTreeMap<&G, (BTreeMap<&F, usize>, usize)> = BTreeMap::new();
    let mut alone_and_gold = 0;
    for (f, g) in found.iter().zip(gold) {
        let Some(g) = g else { continue };
        let (parts, alone) = stories.entry(g).or_default();
        match f {
            Some(f) => {
                *parts.entry(f).or_default() += 1;
                *labelled.entry(f).or_default() += 1;
            }
            None => {
                *alone += 1;
                alone_and_gold += 1;
            }
        }
    }
    let size = |(parts, alone): &(BTreeMap<&F, usize>, usize)| parts.values().sum::<usize>() + alone;
    let units: Vec<Unit> = stories
        .values()
        .map(|story| {
            let (parts, alone) = (&story.0, story.1 as f64);
            let articles = size(story) as f64;
            // An article alone: precision 1, recall one of all.
            let mut unit =
                Unit { articles, precision: alone, recall: alone / articles, gold: pairs(articles), ..Unit::default() };
            for (f, &n) in parts {
                let n = n as f64;
                unit.precision += n * n / sizes[f] as f64;
                unit.recall += n * n / articles;
                unit.both += pairs(n);
                unit.found += pairs(n) + n * (labelled[f] as f64 - n) / 2.0;
            }
            unit
        })
        .collect();
    let gold_articles = stories.values().map(size).sum();
    Some(StoryAgreement {
        precision: figure(&units, precision, seed)?,
        recall: figure(&units, recall, seed)?,
        f1: figure(&units, f1, seed)?,
        adjusted_rand: figure(&units, adjusted_rand, seed)?,
        gold_articles,
        gold_stories: stories.len(),
        found_stories: labelled.len() + alone_and_gold,
        noise: gold.len() - gold_articles,
        absorbed: labelled.iter().map(|(f, n)| sizes[f] - n).sum(),
        largest_found: sizes.values().copied().max().unwrap_or(usize::from(!found.is_empty())),
        largest_gold: stories.values().map(size).max().unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn figures_of_a_table_worked_by_hand() {
        // Gold A: 1 2 3, gold B: 4 5; 6 has none. Found x: 1 2 4 6, y: 5 with 7 (none); 3 alone.
        let found = [Some("x"), Some("x"), None, Some("x"), Some("y"), Some("x"), Some("y")];
        let gold = [Some('A'), Some('A'), Some('A'), Some('B'), Some('B'), None, None];
        let a = story_agreement(&found, &gold, 0).unwrap();
        let near = |x: f64, y: f64| assert!((x - y).abs() < 1e-12, "{x} {y}");
        near(a.precision.value, (2.0 / 4.0 + 2.0 / 4.0 + 1.0 + 1.0 / 4.0 + 1.0 / 2.0) / 5.0);
        near(a.recall.value, (2.0 / 3.0 + 2.0 / 3.0 + 1.0 / 3.0 + 1.0 / 2.0 + 1.0 / 2.0) / 5.0);
        // Together in both 1, in gold 4, in found 3 (1 2 4), of 10.
        near(a.adjusted_rand.value, (1.0 - 1.2) / (3.5 - 1.2));
        assert_eq!((a.gold_articles, a.gold_stories, a.found_stories), (5, 2, 3));
        assert_eq!((a.noise, a.absorbed, a.largest_found, a.largest_gold), (2, 2, 4, 3));
        for figure in [a.precision, a.recall, a.f1, a.adjusted_rand] {
            let (low, high) = figure.interval.unwrap();
            assert!(low <= figure.value && figure.value <= high, "{figure:?}");
        }
        assert_eq!(story_agreement::<u8, u8>(&[None], &[None], 0), None);
    }

    #[test]
    fn intervals_narrow_with_the_number_of_gold_stories() {
        // Of every four stories of two articles one is split.
        let width = |stories: usize| {
            let article = |i: usize| (i / 2, i % 2);
            let found: Vec<_> =
                (0..2 * stories).map(article).map(|(s, n)| Some((s, n * usize::from(s % 4 == 0)))).collect();
            let gold: Vec<_> = (0..2 * stories).map(article).map(|(s, _)| Some(s)).collect();
            let recall = story_agreement(&found, &gold, 0).unwrap().recall;
            assert!((recall.value - 0.875).abs() < 1e-12);
            recall.interval.map(|(low, high)| high - low).unwrap()
        };
        // A proportion of 1/4 that costs half: 2 * 1.96 * .5 * sqrt(3/16 / n).
        assert!((width(40) - 0.134).abs() < 0.02 && (width(400) - 0.042).abs() < 0.006, "{} {}", width(40), width(400));
    }

    /// The figures of labels, of which none is missing.
    fn plain(found: &[u8], gold: &[u8]) -> StoryAgreement {
        let some = |labels: &[u8]| labels.iter().copied().map(Some).collect::<Vec<_>>();
        story_agreement(&some(found), &some(gold), 0).unwrap()
    }

    #[test]
    fn figures_of_published_examples() {
        // Bagga & Baldwin 1998, figures 1-3: truth {1-5} {6,7} {8-12}.
        let gold = [1, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3];
        let first = plain(&[1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2], &gold);
        assert!((first.precision.value - 0.76).abs() < 0.005 && first.recall.value == 1.0);
        let second = plain(&[1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1], &gold);
        assert!((second.precision.value - 7.0 / 12.0).abs() < 1e-12);
        // scikit-learn's documented values.
        let rand = |found: &[u8], gold: &[u8]| plain(found, gold).adjusted_rand.value;
        assert!((rand(&[0, 0, 1, 2], &[0, 0, 1, 1]) - 0.571_428_57).abs() < 1e-6);
        assert_eq!(rand(&[0, 0, 0, 0], &[0, 1, 2, 3]), 0.0);
        assert!((rand(&[0, 0, 1, 1], &[0, 1, 0, 1]) + 0.5).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn without_noise_the_figures_follow_from_pairs_of_articles(
            labels in prop::collection::vec((0u8..5, 0u8..5), 2..30)
        ) {
            let (found, gold): (Vec<u8>, Vec<u8>) = labels.into_iter().unzip();
            let a = plain(&found, &gold);
            // Of the articles together with article i in the one, the share that is so in the other.
            let share = |one: &[u8], other: &[u8], i: usize| {
                let with: Vec<usize> = (0..one.len()).filter(|&j| one[j] == one[i]).collect();
                with.iter().filter(|&&j| other[j] == other[i]).count() as f64 / with.len() as f64
            };
            let mean = |one: &[u8], other: &[u8]| (0..one.len()).map(|i| share(one, other, i)).sum::<f64>() / one.len() as f64;
            let (precision, recall) = (mean(&found, &gold), mean(&gold, &found));
            let f1 = 2.0 * precision * recall / (precision + recall);
            for (x, y) in [(a.precision, precision), (a.recall, recall), (a.f1, f1)] {
                prop_assert!((x.value - y).abs() < 1e-9, "{x:?} {y}");
            }
            let renamed: Vec<u8> = found.iter().map(|x| (x * 2 + 3) % 5).collect();
            prop_assert!((plain(&renamed, &gold).adjusted_rand.value - a.adjusted_rand.value).abs() < 1e-9);
            prop_assert!((plain(&found, &renamed).adjusted_rand.value - 1.0).abs() < 1e-9);
        }
    }
}
