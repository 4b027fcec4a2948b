//! Articles to claims: sentences that state something, with their span, voice and marks.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::corpus::Article;
use crate::text::{self, Attribution, Figure, Span, Voice};
use crate::{Error, Result};

/// Shorter sentences state too little to be aligned.
const MIN_WORDS: usize = 4;
/// How many claims of an article take part in story finding: news puts the event first.
pub const LEAD_CLAIMS: usize = 20;

/// A sentence of an article that states something.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Index of the article in the corpus.
    pub article: usize,
    /// Bytes of the stored body.
    pub span: Span,
    /// 1 for the article's first claim.
    pub position: usize,
    /// Who says it: the outlet, or somebody whom it quotes or reports.
    pub voice: Voice,
    /// The words that attribute it ("said", "according to").
    pub cue: Option<Span>,
    /// Whom it is attributed to.
    pub speaker: Option<Span>,
    /// Parts inside quotation marks, the marks left out.
    pub quotes: Box<[Span]>,
    /// Quoted single words or short phrases without a speech cue.
    pub scare: Box<[Span]>,
    /// Numbers, amounts and dates, sorted, distinct. `KeyedClaims` take them over.
    pub quantities: Box<[Figure]>,
    /// Names, sorted, distinct. They are taken over, too.
    pub entities: Box<[String]>,
    /// Whether it holds a negation.
    pub negated: bool,
    /// Number of words.
    pub words: usize,
}

impl Claim {
    /// The verbatim text.
    pub fn text<'a>(&self, article: &'a Article) -> &'a str {
        self.span.of(&article.body)
    }
}

/// The claims of all articles: `claims[i]` are those of `articles[i]`, in the order of the text.
pub fn extract(articles: &[Article]) -> Vec<Vec<Claim>> {
    articles.par_iter().enumerate().map(|(i, article)| claims_of(i, article)).collect()
}

/// The same of some of the articles; `progress(done)` hears how many of all are done, counted from the first.
///
/// # Errors
/// [`Error::Interrupted`] when `progress` answers `false`.
pub fn extract_some(
    articles: &[Article],
    some: Range<usize>,
    progress: &(dyn Fn(u64) -> bool + Sync),
) -> Result<Vec<Vec<Claim>>> {
    let (done, last) = (AtomicU64::new(some.start as u64), some.end as u64);
    let of = |i: usize| {
        let claims = claims_of(i, &articles[i]);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        let go_on = (done % 64 != 0 && done != last) || progress(done);
        if go_on { Ok(claims) } else { Err(Error::Interrupted) }
    };
    some.into_par_iter().map(of).collect()
}

fn claims_of(index: usize, article: &Article) -> Vec<Claim> {
    let body = &article.body;
    let sentences: Vec<Span> = article.kept.iter().flat_map(|&p| text::sentences(body, p)).collect();
    let attributions = text::attribute(body, &sentences);
    let mut seen = HashSet::new();
    let mut claims = Vec::new();
    for (span, attribution) in sentences.into_iter().zip(attributions) {
        let sentence = span.of(body);
        let words = text::words(sentence).len();
        let states_something =
            article.headline_only || (words >= MIN_WORDS && !is_question(sentence) && !is_heading(sentence));
        if !states_something || !seen.insert(normalised(sentence)) {
            continue;
        }
        let Attribution { voice, cue, speaker, quotes, scare } = attribution;
        let quantities: BTreeSet<_> = text::quantities(sentence).into_iter().map(Figure::from).collect();
        let entities: BTreeSet<String> = text::entities(sentence).into_iter().map(|e| e.name).collect();
        claims.push(Claim {
            article: index,
            span,
            position: claims.len() + 1,
            voice,
            cue,
            speaker,
            quotes: quotes.into(),
            scare: scare.into(),
            quantities: quantities.into_iter().collect(),
            entities: entities.into_iter().collect(),
            negated: text::negated(sentence),
            words,
        });
    }
    claims
}

/// Lower-case letters and digits, for finding repeated sentences.
fn normalised(sentence: &str) -> String {
    sentence.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn is_question(sentence: &str) -> bool {
    sentence.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '?' && c != '.' && c != '!').ends_with('?')
}

/// A line in capitals or one that announces what follows.
fn is_heading(sentence: &str) -> bool {
    let letters = || sentence.chars().filter(|c| c.is_alphabetic());
    sentence.ends_with(':') || (letters().any(char::is_uppercase) && !letters().any(char::is_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(body: &str) -> Article {
        Article {
            id: "a".into(),
            source: "s".into(),
            date: None,
            title: String::new(),
            url: String::new(),
            language: "en".into(),
            kept: text::paragraphs(body),
            body: body.into(),
            headline_only: false,
        }
    }

    #[test]
    fn questions_headings_fragments_and_repetitions_are_no_claims() {
        let a = article(
            "WHAT HAPPENED NEXT IN TOWN\n\nThe council closed the old bridge on Monday. Why did it wait so long?\n\nNot today.\n\nThe council closed the old bridge on Monday.",
        );
        let claims = &extract(std::slice::from_ref(&a))[0];
        assert_eq!(
            claims.iter().map(|c| c.text(&a)).collect::<Vec<_>>(),
            ["The council closed the old bridge on Monday."]
        );
        assert_eq!(claims[0].position, 1);
    }
}
