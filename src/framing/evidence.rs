//! Which words caused a score.

use std::borrow::Cow;

use crate::text::Span;

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
