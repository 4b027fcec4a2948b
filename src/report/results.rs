//! What a report is made of, and the rows of all its tables.

use std::collections::BTreeSet;
use std::path::Path;

use super::rows::{
    ArticleRow, ClaimRow, ContrastRow, CoverageRow, EdgeRow, EmphasisRow, EvidenceRow, FactRow, LabelRow, LexiconRow,
    RejectedRow, SourcePairRow, SourceRow, StoryRow, TargetRow, TermRow, VoiceRow,
};
use super::{Row, read_table};
use crate::corpus::{Article, Rejected};
use crate::error::Result;
use crate::facts::{ClaimTable, Fact, InStoryWeights};
use crate::framing::Framing;
use crate::stories::{Crowd, Edge, Story};
use crate::text::Span;

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Results<'a> {
    pub articles: &'a [Article],
    /// Records that were not taken.
    pub rejected: &'a [Rejected],
    /// Wire group of each article.
    pub wire: &'a [Option<u32>],
    pub claims: &'a ClaimTable,
    pub stories: &'a [Story],
    /// How crowded it is around each article.
    pub crowds: &'a [Crowd],
    /// What holds the stories together.
    pub edges: &'a [Edge],
    /// The facts of each story.
    pub facts: &'a [Vec<Fact>],
    /// Scores and contrasts.
    pub framing: &'a Framing,
    /// Weights of the pair score, with the score below which a source is said not to state a fact.
    pub in_story: &'a InStoryWeights,
}

/// Makes [`Rows`] of a list of tables.
macro_rules! rows {
    ($($table:ident: $row:ident,)+) => {
        /// The rows of all tables.
        #[derive(Debug, Default, Clone)]
        #[allow(missing_docs, reason = "each field is the table of its name")]
        pub struct Rows {
            $(pub $table: Vec<$row>,)+
            /// None where the user gave no list.
            pub lexicons: Option<Vec<LexiconRow>>,
        }

        impl Rows {
            /// The rows of the report in `dir`.
            ///
            /// # Errors
            /// When a table is missing or cannot be read.
            pub(crate) fn read(dir: &Path) -> Result<Self> {
                let has_lists = dir.join(LexiconRow::FILE).exists();
                let lexicons = has_lists.then(|| read_table(dir)).transpose()?;
                Ok(Rows { $($table: read_table(dir)?,)+ lexicons })
            }
        }
    };
}

rows! {
    stories: StoryRow,
    articles: ArticleRow,
    edges: EdgeRow,
    facts: FactRow,
    claims: ClaimRow,
    coverage: CoverageRow,
    contrasts: ContrastRow,
    sources: SourceRow,
    source_pairs: SourcePairRow,
    targets: TargetRow,
    terms: TermRow,
    labels: LabelRow,
    emphasis: EmphasisRow,
    voices: VoiceRow,
    evidence: EvidenceRow,
    rejected: RejectedRow,
}

impl Results<'_> {
    pub(super) fn source(&self, claim: usize) -> &str {
        &self.articles[self.claims.claims[claim].article].source
    }

    /// The sources of some articles, sorted.
    pub(super) fn sources(&self, articles: &[usize]) -> Vec<String> {
        articles.iter().map(|&a| self.articles[a].source.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    pub(super) fn fact_sources(&self, fact: &Fact) -> BTreeSet<&str> {
        fact.claims.iter().map(|&c| self.source(c)).collect()
    }

    pub(super) fn claim_id(&self, claim: usize) -> String {
        self.claims.claim_id(self.articles, claim)
    }

    pub(super) fn claim_span(&self, claim: usize, span: Option<Span>) -> String {
        let body = &self.articles[self.claims.claims[claim].article].body;
        span.map(|s| s.of(body).to_owned()).unwrap_or_default()
    }
}
