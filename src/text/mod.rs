//! Text without a model: spans, sentences, words, quantities, entities, voice.
//!
//! Knows nothing of articles or corpora: every function takes a `&str` and returns byte [`Span`]s into it.

pub(crate) mod calendar;
mod entities;
mod figures;
mod marks;
mod quantities;
mod quotes;
mod sentences;
mod span;
mod speakers;
mod tokens;
mod voice;

pub use calendar::weekdays;
pub use entities::{Entity, dateline, entities};
pub(crate) use entities::{is_name_head, is_name_start, is_ordinary, is_title};
pub use figures::Figure;
pub use marks::{modal, negated, negated_terms, negations};
pub use quantities::{Quantity, QuantityKind, quantities};
pub use quotes::quotations;
pub use sentences::{full_stop, paragraphs, sentences};
pub use span::Span;
pub use speakers::{Described, SpeakerKind, described};
pub use tokens::{Word, is_stopword, stem, terms, worded_terms, words};
pub(crate) use voice::is_report_verb;
pub use voice::{Attribution, QUOTE_WORDS, Voice, attribute};
