//! M6 `emphasis`: which topic frames an article dwells on, against the other tellers of its story.
//!
//! An article's score is the mean of its [`TOP`] highest claims, less the same averaged over the shipped frames: the best
//! five of fifty claims are higher than the best five of ten in *every* frame, and what is left compares articles of any
//! length.
//!
//! Only relative emphasis is reported: nobody knows how much of a frame an event deserves.

use std::collections::BTreeMap;

use ndarray::Array1;
use rayon::prelude::*;

use super::contrasts::{self, ContrastConfig, Estimate, FactValues, StoryValues, Teller, TellerValue};
use super::frames::Directions;
use super::input::Input;
use super::vectors::Embed;
use crate::Result;
use crate::stats::multiple;

/// An article's score is the mean of so many highest claims.
const TOP: usize = 5;
/// Claims that are named as examples of a frame at a source.
const EXAMPLES: usize = 3;

/// How much an article dwells on each frame.
struct Article {
    scores: Array1<f64>,
    /// For each frame, its highest (score, claim).
    best: Vec<Vec<(f64, usize)>>,
}

/// The scores of an article by those of its claims, and for each frame its highest claims; `None` without a claim.
fn article(directions: &Directions, claims: &[(usize, Array1<f64>)]) -> Option<Article> {
    let mut scores = Array1::<f64>::zeros(directions.mean.len());
    let mut best = Vec::with_capacity(directions.mean.len());
    for (frame, score) in scores.iter_mut().enumerate() {
        let mut of_frame: Vec<(f64, usize)> = claims.iter().map(|(claim, z)| (z[frame], *claim)).collect();
        of_frame.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        of_frame.truncate(TOP);
        *score = of_frame.iter().map(|c| c.0).sum::<f64>() / of_frame.len() as f64;
        best.push(of_frame);
    }
    let level = scores.iter().take(directions.shipped).sum::<f64>() / directions.shipped as f64;
    (!claims.is_empty()).then(|| Article { scores: scores - level, best })
}

/// How much a source dwells on a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Emphasis {
    /// Index of the story; `None`: over all stories.
    pub story: Option<usize>,
    /// Index of the source.
    pub source: u32,
    /// Index of the frame.
    pub frame: usize,
    /// Mean score of the source's articles; over all stories: mean of its stories.
    pub z: f64,
    /// Less the mean of the story's other tellers, in the same unit.
    pub difference: f64,
    /// Articles; those in all of its stories where there is no story.
    pub n_articles: usize,
    /// Stories: 1 in a story.
    pub n_stories: usize,
    /// Over all stories: the test of the differences.
    pub estimate: Option<Estimate>,
    /// The source's claims that dwell on it most, of one story.
    pub claims: Vec<usize>,
}

/// The emphasis of every source, over all stories and in each that has two tellers: ordered by story (all stories first),
/// source, frame. Reprints of one text are one teller among the others.
///
/// # Errors
/// Those of `embed`; [`crate::Error::Data`] when the reference does not fit the model.
pub(super) fn run(
    input: &Input<'_>,
    sources: &[String],
    seed: u64,
    embed: &mut Embed<'_, '_>,
) -> Result<Vec<Emphasis>> {
    if input.stories.is_empty() {
        return Ok(Vec::new());
    }
    let directions = input.frames.directions(embed)?;
    let per_story: Vec<BTreeMap<Teller, Vec<Article>>> = input
        .stories
        .par_iter()
        .map(|story| {
            let mut tellers: BTreeMap<Teller, Vec<Article>> = BTreeMap::new();
            for &a in &story.articles {
                let claims = input.claims.by_article[a].clone();
                let scored: Vec<_> = claims.map(|c| (c, directions.scores(input.claims.vector(c)))).collect();
                if let Some(article) = article(&directions, &scored) {
                    tellers.entry(input.teller(sources, a)).or_default().push(article);
                }
            }
            tellers
        })
        .collect();

    let mut rows: Vec<Emphasis> = Vec::new();
    for frame in 0..input.frames.names().len() {
        let mut values = Vec::new();
        let first = rows.len();
        for (s, tellers) in per_story.iter().enumerate().filter(|(_, tellers)| tellers.len() > 1) {
            let mean =
                |articles: &[Article]| articles.iter().map(|a| a.scores[frame]).sum::<f64>() / articles.len() as f64;
            let of_tellers: Vec<TellerValue> =
                tellers.iter().map(|(&teller, articles)| TellerValue { teller, value: mean(articles) }).collect();
            let sum: f64 = of_tellers.iter().map(|v| v.value).sum();
            for v in &of_tellers {
                let Teller::Source(source) = v.teller else { continue };
                let articles = &tellers[&v.teller];
                let mut best: Vec<(f64, usize)> = articles.iter().flat_map(|a| a.best[frame].iter().copied()).collect();
                best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                rows.push(Emphasis {
                    story: Some(s),
                    source,
                    frame,
                    z: v.value,
                    difference: v.value - (sum - v.value) / (of_tellers.len() - 1) as f64,
                    n_articles: articles.len(),
                    n_stories: 1,
                    estimate: None,
                    claims: best.into_iter().take(EXAMPLES).map(|b| b.1).collect(),
                });
            }
            // Its one value stands where the contrasts of claims have those of its facts.
            let id = &input.stories[s].id;
            values.push(StoryValues {
                story: id.clone(),
                facts: vec![FactValues { fact: id.clone(), values: of_tellers }],
            });
        }
        let config = ContrastConfig { seed, reference_sd: 1.0, ..Default::default() };
        let over_stories = contrasts::source_contrasts(&values, &config);
        let of_frame = rows[first..].to_vec();
        let mut of_source: BTreeMap<u32, Vec<&Emphasis>> = BTreeMap::new();
        of_frame.iter().for_each(|e| of_source.entry(e.source).or_default().push(e));
        rows.extend(over_stories.into_iter().map(|c| {
            let own = &of_source[&c.source];
            Emphasis {
                story: None,
                source: c.source,
                frame,
                z: own.iter().map(|e| e.z).sum::<f64>() / own.len() as f64,
                difference: c.estimate.difference,
                n_articles: own.iter().map(|e| e.n_articles).sum(),
                n_stories: c.n_stories,
                estimate: Some(c.estimate),
                claims: Vec::new(),
            }
        }));
    }
    // One family: all frames of all sources.
    let tested: Vec<f64> = rows.iter().filter_map(|e| e.estimate?.p).collect();
    let mut q = multiple::benjamini_hochberg(&tested).into_iter();
    for estimate in rows.iter_mut().filter_map(|e| e.estimate.as_mut()) {
        estimate.q = if estimate.p.is_some() { q.next() } else { None };
    }
    rows.sort_by_key(|e| (e.story, e.source, e.frame));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn more_claims_of_the_same_kind_are_no_more_emphasis() {
        // Two frames, claims that are high in the first as often; only their number differs.
        let directions =
            Directions { directions: Array2::eye(2), mean: Array1::zeros(2), sd: Array1::ones(2), shipped: 2 };
        let of_claims = |n: usize| {
            let claim = |i: usize| (i, Array1::from_vec(vec![1.0 + 0.1 * i as f64, 0.1 * i as f64]));
            article(&directions, &(0..n).map(claim).collect::<Vec<_>>()).unwrap()
        };
        let (short, long) = (of_claims(5), of_claims(50));
        assert!((short.scores[0] - long.scores[0]).abs() < 1e-9 && short.scores[0] > 0.0);
        assert_eq!(long.best[0].iter().map(|b| b.1).collect::<Vec<_>>(), [49, 48, 47, 46, 45]);
        assert!(article(&directions, &[]).is_none());
    }
}
