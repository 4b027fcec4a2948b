//! Text without a model: spans, sentences, words, quantities, entities, voice.
//!
//! Knows nothing of articles or corpora: every function takes a `&str` and returns byte [`Span`]s into it.

mod span;

pub use span::Span;
