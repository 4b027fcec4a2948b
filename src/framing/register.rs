//! M4 `register`: how differently two articles of one story talk, whatever they say.
//!
//! `|d loaded| / sd + .5 (|d persons| / sd + |d boosters| / sd)` over the articles' own words: mean loaded wording, first
//! and second person and boosters per 100 words. The sds are those of background articles and fixed. A distance of 0 is
//! an equal manner; two unrelated articles stand about 2 apart (`unrelated` in `models/heads/register.json`). It is no
//! test of anything: a distance is never negative, and chance alone makes some.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::contrasts::{self, ContrastConfig, Estimate, MOST_PAIRED, Teller};
use super::input::Input;
use super::profile::Profile;
use crate::{Error, Result};

const SHIPPED: &str = include_str!("../../models/heads/register.json");
/// Weight of the two rates beside loaded wording.
const RATES: f64 = 0.5;

/// What distances are measured in; made by `models/fit/fit_register.py`.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Yardstick {
    sd: Units,
}

/// One value for each part of the distance.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Units {
    loaded: f64,
    persons: f64,
    boosters: f64,
}

impl Yardstick {
    /// The one that ships.
    ///
    /// # Errors
    /// [`Error::Data`] if the build was made with a damaged file.
    pub(crate) fn shipped() -> Result<Self> {
        serde_json::from_str(SHIPPED)
            .map_err(|e| Error::Data { name: "models/heads/register.json".into(), reason: e.to_string() })
    }
}

/// An article's manner.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Manner {
    loaded: f64,
    persons: f64,
    boosters: f64,
}

impl Manner {
    fn distance(&self, other: &Self, sd: &Units) -> f64 {
        (self.loaded - other.loaded).abs() / sd.loaded
            + RATES
                * ((self.persons - other.persons).abs() / sd.persons
                    + (self.boosters - other.boosters).abs() / sd.boosters)
    }
}

/// How far apart two sources talk, on average over their common stories.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairRegister {
    /// Index of the first source.
    pub source_a: u32,
    /// Index of the second.
    pub source_b: u32,
    /// Stories with articles of both.
    pub n_stories: usize,
    /// The mean distance and its interval, without a test.
    pub estimate: Estimate,
}

/// The register of every pair of sources: mean over the pairs of their articles in a story, then over stories. Reprints of
/// a wire text are left out, and stories of more than [`MOST_PAIRED`] sources. `loaded`: an article's mean; `profiles`: one per article.
///
/// # Errors
/// [`Error::Data`] if the build was made with a damaged file.
pub(super) fn run(
    input: &Input<'_>,
    sources: &[String],
    seed: u64,
    loaded: &dyn Fn(usize) -> Option<f64>,
    profiles: &[Profile],
) -> Result<Vec<PairRegister>> {
    let yardstick = Yardstick::shipped()?;
    let manner = |article: usize| {
        let profile = &profiles[article];
        Some(Manner {
            loaded: loaded(article)?,
            persons: profile.per_100(|p| p.persons)?,
            boosters: profile.per_100(|p| p.boosters)?,
        })
    };
    let mut pairs: BTreeMap<(u32, u32), Vec<(&str, f64)>> = BTreeMap::new();
    for story in input.stories {
        let mut of_source: BTreeMap<u32, Vec<Manner>> = BTreeMap::new();
        for &a in &story.articles {
            if let (Teller::Source(source), Some(manner)) = (input.teller(sources, a), manner(a)) {
                of_source.entry(source).or_default().push(manner);
            }
        }
        if of_source.len() > MOST_PAIRED {
            continue;
        }
        for (&a, manners) in &of_source {
            for (&b, others) in of_source.range(a + 1..) {
                let distances = manners.iter().flat_map(|x| others.iter().map(|y| x.distance(y, &yardstick.sd)));
                let mean = distances.sum::<f64>() / (manners.len() * others.len()) as f64;
                pairs.entry((a, b)).or_default().push((&story.id, mean));
            }
        }
    }
    let config = ContrastConfig { seed, ..Default::default() };
    Ok(pairs
        .into_iter()
        .map(|((source_a, source_b), stories)| PairRegister {
            source_a,
            source_b,
            n_stories: stories.len(),
            estimate: contrasts::mean_over_stories(&stories, &config),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_that_of_the_formula() {
        let sd = Units { loaded: 2.0, persons: 1.0, boosters: 0.5 };
        let a = Manner { loaded: 1.0, persons: 2.0, boosters: 0.0 };
        let b = Manner { loaded: -1.0, persons: 1.0, boosters: 1.0 };
        assert_eq!(a.distance(&b, &sd), 1.0 + 0.5 * (1.0 + 2.0));
        assert_eq!(a.distance(&b, &sd), b.distance(&a, &sd));
        assert_eq!(a.distance(&a, &sd), 0.0);
    }
}
