//! What framing works on, and who tells an article.

use super::contrasts::Teller;
use super::frames::Frames;
use super::user_lexicon::UserLexicon;
use crate::background::Background;
use crate::corpus::Article;
use crate::facts::{ClaimTable, Fact};
use crate::stories::Story;

/// What is to be scored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    pub articles: &'a [Article],
    /// Wire group of each article.
    pub wire: &'a [Option<u32>],
    pub claims: &'a ClaimTable,
    pub stories: &'a [Story],
    /// The facts of each story.
    pub facts: &'a [Vec<Fact>],
    /// How common words are: what words distinguish a source is told against it.
    pub background: &'a Background,
    /// The topic frames whose emphasis is compared.
    pub frames: &'a Frames,
    /// Word lists of the user, each a measure more.
    pub lexicons: &'a [UserLexicon],
    /// Sources that the others are contrasted with, by name; empty: all.
    pub baseline: &'a [String],
}

impl Input<'_> {
    /// The names of the sources, sorted: everything else names a source by its index here.
    pub(super) fn sources(&self) -> Vec<String> {
        let mut sources: Vec<String> = self.articles.iter().map(|a| a.source.clone()).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    /// Who tells an article. All reprints of one text count as one teller.
    pub(super) fn teller(&self, sources: &[String], article: usize) -> Teller {
        match self.wire[article] {
            Some(group) => Teller::Wire(group),
            None => Teller::Source(sources.partition_point(|s| *s < self.articles[article].source) as u32),
        }
    }
}
