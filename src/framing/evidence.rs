//! Which words caused a score.

use std::borrow::Cow;

use crate::text::{self, Span};

/// A span that caused a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The measure.
    pub measure: Cow<'static, str>,
    /// The words, in the statement's text.
    pub span: Span,
    /// How much of the score they make up; `None` for marks that are there or not.
    pub contribution: Option<f64>,
    /// How they were found.
    pub note: String,
}

/// Content words that are deleted in turn, per statement.
const MAX_WORDS: usize = 25;

/// The statement without each of its content words in turn (the first 25): (the word's span, the rest).
pub(super) fn deletions(own: &str) -> Vec<(Span, String)> {
    text::words(own)
        .into_iter()
        .filter(|w| !text::is_stopword(&w.text.to_lowercase()) && w.text.chars().any(char::is_alphabetic))
        .take(MAX_WORDS)
        .map(|w| {
            let (before, after) = (&own[..w.span.start], &own[w.span.end..]);
            (w.span, format!("{}{}", before, after.strip_prefix(' ').unwrap_or(after)))
        })
        .collect()
}
