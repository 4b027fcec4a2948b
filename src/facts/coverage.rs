//! Coverage: whether, and how, each source of a story states a fact.

use std::collections::BTreeMap;

use super::{ClaimTable, Fact, InStory, InStoryWeights, Side, best_match};
use crate::corpus::Article;
use crate::named::named;
use crate::text::Voice;

named! {
    /// How a source covers a fact. `NotFound` does not mean "absent": a strongly reworded fact is missed too.
    #[derive(Default)]
    pub enum Coverage {
        /// The source states the fact in its own voice.
        Own = "own",
        /// The source only quotes or reports somebody who states it.
        Attributed = "attributed",
        /// No claim of the source comes near the fact.
        #[default]
        NotFound = "not_found",
        /// A claim of the source comes near the fact, but not near enough to tell.
        Unclear = "unclear",
    }
}

impl Coverage {
    /// Whether the source states the fact, in whatever voice.
    pub fn is_stated(self) -> bool {
        matches!(self, Coverage::Own | Coverage::Attributed)
    }
}

/// What a source does with a fact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Covered<'a> {
    pub source: &'a str,
    /// Whether and how the source states the fact.
    pub coverage: Coverage,
    /// The source's best claim of the fact, or its nearest claim where it does not state the fact; with the pair score.
    pub best: Option<(usize, f64)>,
    /// The position of the source's first claim of the fact in its article, from 1.
    pub rank: Option<usize>,
    /// The words of the source's claims of the fact, divided by the words of all its claims in the story.
    pub word_share: Option<f64>,
}

/// The articles of one source in a story.
#[derive(Debug, Default)]
struct Telling<'s> {
    articles: Vec<&'s Side>,
    /// The words of all claims of these articles.
    words: usize,
}

/// The sources of a story, against which its facts are looked up.
#[derive(Debug)]
pub(crate) struct Tellings<'a> {
    table: &'a ClaimTable,
    corpus: &'a [Article],
    of_source: BTreeMap<&'a str, Telling<'a>>,
}

impl<'a> Tellings<'a> {
    /// Gathers the `articles` of a story by source. `sides` holds the claims of each of these articles.
    pub(crate) fn new(table: &'a ClaimTable, corpus: &'a [Article], articles: &[usize], sides: &'a [Side]) -> Self {
        let mut of_source: BTreeMap<&str, Telling<'_>> = BTreeMap::new();
        for (&article, side) in articles.iter().zip(sides) {
            let telling = of_source.entry(&corpus[article].source).or_default();
            telling.articles.push(side);
            telling.words += side.claims().iter().map(|&c| table.claims[c].words).sum::<usize>();
        }
        Tellings { table, corpus, of_source }
    }

    /// How each source of the story covers `fact`, by the sources' names.
    pub(crate) fn cover(&self, fact: &Fact, compared: &InStory<'_>, weights: &InStoryWeights) -> Vec<Covered<'a>> {
        let claims = |c: usize| &self.table.claims[c];
        let mut of_source: BTreeMap<&str, Vec<(usize, f64)>> = BTreeMap::new();
        for (claim, score) in fact.scored() {
            of_source.entry(&self.corpus[claims(claim).article].source).or_default().push((claim, score));
        }
        let cover = |(&source, telling): (&&'a str, &Telling<'a>)| {
            let members = of_source.remove(source).unwrap_or_default();
            let rank = members.iter().map(|&(c, _)| claims(c).position).min();
            let word_share = rank.map(|_| {
                let of_fact: usize = members.iter().map(|&(c, _)| claims(c).words).sum();
                of_fact as f64 / telling.words as f64
            });
            let (coverage, best) = if members.is_empty() {
                let best = best_match(compared, fact, &telling.articles);
                let is_near = best.is_some_and(|(_, score)| score >= weights.not_found);
                (if is_near { Coverage::Unclear } else { Coverage::NotFound }, best)
            } else {
                let own = members.iter().any(|&(c, _)| claims(c).voice == Voice::Own);
                let best = members.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best });
                (if own { Coverage::Own } else { Coverage::Attributed }, best)
            };
            Covered { source, coverage, best, rank, word_share }
        };
        self.of_source.iter().map(cover).collect()
    }
}
