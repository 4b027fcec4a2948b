//! Small pieces that several parts of the page share: signs of coverage, headings of measures, the recall.

use maud::{Markup, html};

use super::words::{self, measure};
use crate::facts::Coverage;
use crate::report::RunManifest;

/// The class of a state of coverage; the style sheet puts the sign before the word.
pub(crate) fn class(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::NotFound => "missing",
        stated => stated.name(),
    }
}

/// A state of coverage as sign and word.
pub(crate) fn sign(coverage: Coverage) -> Markup {
    html! { span.sign.(class(coverage)) { (words::coverage(coverage).1) } }
}

/// How much of what is shared the alignment finds, in the words that stand beside every matrix.
pub(crate) fn recall(run: &RunManifest) -> Markup {
    html! {
        @match &run.alignment_recall {
            Some(found) => (words::recall(found)),
            None => { "not measured on this corpus (" code { "parallax audit" } " does)" }
        }
    }
}

/// The heading of a measure's lines.
pub(crate) fn caption(name: &str) -> Markup {
    html! { strong { (measure(name)) } " " code { (words::plain(name, words::NAME)) } }
}
