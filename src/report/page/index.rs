//! The rows by what they belong to.

use std::collections::HashMap;

use crate::report::{
    ArticleRow, ClaimRow, ContrastRow, CoverageRow, EmphasisRow, EvidenceRow, FactRow, LabelRow, Rows, SourceRow,
    TargetRow, TermRow, VoiceRow,
};

fn group<'a, R>(rows: &'a [R], key: impl Fn(&'a R) -> &'a str) -> HashMap<&'a str, Vec<&'a R>> {
    let mut groups: HashMap<&str, Vec<&R>> = HashMap::new();
    for row in rows {
        groups.entry(key(row)).or_default().push(row);
    }
    groups
}

/// Makes the index of lists of rows, each found by a column of the rows.
macro_rules! index {
    ($($(#[$about:meta])* $list:ident: $row:ident of $table:ident by $key:ident;)+) => {
        /// Rows of a report, found by the ids that they refer to. Lists keep the order of their files.
        pub(crate) struct Index<'a> {
            pub rows: &'a Rows,
            bodies: HashMap<&'a str, &'a str>,
            claims: HashMap<&'a str, &'a ClaimRow>,
            $($list: HashMap<&'a str, Vec<&'a $row>>,)+
        }

        impl<'a> Index<'a> {
            /// `bodies`: the articles' ids and texts.
            pub(crate) fn new(rows: &'a Rows, bodies: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
                Index {
                    rows,
                    bodies: bodies.into_iter().collect(),
                    claims: rows.claims.iter().map(|c| (c.claim_id.as_str(), c)).collect(),
                    $($list: group(&rows.$table, |row| &row.$key),)+
                }
            }

            $(
                $(#[$about])*
                pub(crate) fn $list(&self, $key: &str) -> &[&'a $row] {
                    self.$list.get($key).map_or(&[], Vec::as_slice)
                }
            )+
        }
    };
}

index! {
    articles: ArticleRow of articles by story_id;
    facts: FactRow of facts by story_id;
    wordings: ClaimRow of claims by fact_id;
    coverage: CoverageRow of coverage by fact_id;
    evidence: EvidenceRow of evidence by claim_id;
    contrasts: ContrastRow of contrasts by story_id;
    targets: TargetRow of targets by story_id;
    /// The terms of a source, over all stories and inside them.
    terms: TermRow of terms by source;
    voices: VoiceRow of voices by story_id;
    labels: LabelRow of labels by story_id;
    /// The frames of a story; over all stories with an empty id.
    emphasis: EmphasisRow of emphasis by story_id;
    /// The measures of a source, over all stories.
    profile: SourceRow of sources by source;
}

impl<'a> Index<'a> {
    /// The stored text of an article; empty when it is not there.
    pub(crate) fn body(&self, article: &str) -> &'a str {
        self.bodies.get(article).copied().unwrap_or_default()
    }

    pub(crate) fn claim(&self, id: &str) -> Option<&'a ClaimRow> {
        self.claims.get(id).copied()
    }

    /// The articles of a story, the earliest first.
    pub(crate) fn by_date(&self, story: &str) -> Vec<&'a ArticleRow> {
        let mut articles = self.articles(story).to_vec();
        articles.sort_by_key(|a| (a.date.is_none(), a.date));
        articles
    }

    /// The names of all sources, sorted.
    pub(crate) fn source_names(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = self.rows.articles.iter().map(|a| a.source.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
