//! The rows by what they belong to.

use std::collections::HashMap;

use crate::report::{
    ArticleRow, ClaimRow, ContrastRow, CoverageRow, EmphasisRow, EvidenceRow, FactRow, LabelRow, Rows, SourceRow,
    TargetRow, TermRow, VoiceRow,
};

/// Rows of a report, found by the ids that they refer to. Lists keep the order of their files.
pub(crate) struct Index<'a> {
    /// All rows.
    pub rows: &'a Rows,
    bodies: HashMap<&'a str, &'a str>,
    claims: HashMap<&'a str, &'a ClaimRow>,
    articles: HashMap<&'a str, Vec<&'a ArticleRow>>,
    facts: HashMap<&'a str, Vec<&'a FactRow>>,
    wordings: HashMap<&'a str, Vec<&'a ClaimRow>>,
    coverage: HashMap<&'a str, Vec<&'a CoverageRow>>,
    evidence: HashMap<&'a str, Vec<&'a EvidenceRow>>,
    contrasts: HashMap<&'a str, Vec<&'a ContrastRow>>,
    targets: HashMap<&'a str, Vec<&'a TargetRow>>,
    terms: HashMap<&'a str, Vec<&'a TermRow>>,
    voices: HashMap<&'a str, Vec<&'a VoiceRow>>,
    labels: HashMap<&'a str, Vec<&'a LabelRow>>,
    emphasis: HashMap<&'a str, Vec<&'a EmphasisRow>>,
    sources: HashMap<&'a str, Vec<&'a SourceRow>>,
}

fn group<'a, R>(rows: &'a [R], key: impl Fn(&'a R) -> &'a str) -> HashMap<&'a str, Vec<&'a R>> {
    let mut groups: HashMap<&str, Vec<&R>> = HashMap::new();
    for row in rows {
        groups.entry(key(row)).or_default().push(row);
    }
    groups
}

fn of<'i, R>(groups: &'i HashMap<&str, Vec<R>>, key: &str) -> &'i [R] {
    groups.get(key).map_or(&[], Vec::as_slice)
}

impl<'a> Index<'a> {
    /// `bodies`: the articles' ids and texts.
    pub(crate) fn new(rows: &'a Rows, bodies: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Index {
            rows,
            bodies: bodies.into_iter().collect(),
            claims: rows.claims.iter().map(|c| (c.claim_id.as_str(), c)).collect(),
            articles: group(&rows.articles, |a| &a.story_id),
            facts: group(&rows.facts, |f| &f.story_id),
            wordings: group(&rows.claims, |c| &c.fact_id),
            coverage: group(&rows.coverage, |c| &c.fact_id),
            evidence: group(&rows.evidence, |e| &e.claim_id),
            contrasts: group(&rows.contrasts, |c| &c.story_id),
            targets: group(&rows.targets, |t| &t.story_id),
            terms: group(&rows.terms, |t| &t.source),
            voices: group(&rows.voices, |v| &v.story_id),
            labels: group(&rows.labels, |l| &l.story_id),
            emphasis: group(&rows.emphasis, |e| &e.story_id),
            sources: group(&rows.sources, |s| &s.source),
        }
    }

    /// The stored text of an article; empty when it is not there.
    pub(crate) fn body(&self, article: &str) -> &'a str {
        self.bodies.get(article).copied().unwrap_or_default()
    }

    pub(crate) fn claim(&self, id: &str) -> Option<&'a ClaimRow> {
        self.claims.get(id).copied()
    }

    /// Of a story, earliest first.
    pub(crate) fn articles(&self, story: &str) -> Vec<&'a ArticleRow> {
        let mut articles = of(&self.articles, story).to_vec();
        articles.sort_by_key(|a| (a.date.is_none(), a.date));
        articles
    }

    pub(crate) fn facts(&self, story: &str) -> &[&'a FactRow] {
        of(&self.facts, story)
    }

    /// The claims of a fact.
    pub(crate) fn wordings(&self, fact: &str) -> &[&'a ClaimRow] {
        of(&self.wordings, fact)
    }

    pub(crate) fn coverage(&self, fact: &str) -> &[&'a CoverageRow] {
        of(&self.coverage, fact)
    }

    pub(crate) fn evidence(&self, claim: &str) -> &[&'a EvidenceRow] {
        of(&self.evidence, claim)
    }

    pub(crate) fn contrasts(&self, story: &str) -> &[&'a ContrastRow] {
        of(&self.contrasts, story)
    }

    pub(crate) fn targets(&self, story: &str) -> &[&'a TargetRow] {
        of(&self.targets, story)
    }

    /// Of a source, over all stories and inside them.
    pub(crate) fn terms(&self, source: &str) -> &[&'a TermRow] {
        of(&self.terms, source)
    }

    pub(crate) fn voices(&self, story: &str) -> &[&'a VoiceRow] {
        of(&self.voices, story)
    }

    pub(crate) fn labels(&self, story: &str) -> &[&'a LabelRow] {
        of(&self.labels, story)
    }

    /// Of a story; over all stories with an empty name.
    pub(crate) fn emphasis(&self, story: &str) -> &[&'a EmphasisRow] {
        of(&self.emphasis, story)
    }

    /// Of a source, over all stories.
    pub(crate) fn profile(&self, source: &str) -> &[&'a SourceRow] {
        of(&self.sources, source)
    }

    /// The names of all sources, sorted.
    pub(crate) fn source_names(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = self.rows.articles.iter().map(|a| a.source.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
