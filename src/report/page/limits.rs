//! What may not be concluded.

use maud::{Markup, html};

/// Each limit in a few words, and what it means. The workbook says the same.
pub(crate) const LIMITS: [(&str, &str); 10] = [
    ("The lean of a source.", "Not left or right, not “slanted” or “neutral”: loaded wording has no direction."),
    (
        "Omission.",
        "“Not found” means that no sentence of the source came near the fact. The alignment sees words and vectors: a strongly reworded fact looks like another fact and is missed. Coverage is shown, not judged, and is not bias.",
    ),
    (
        "That there is no difference.",
        "What two sources word most differently is most often not recognised as the same fact and does not enter: differences are biased toward zero. Where a test finds nothing, read what it could have shown.",
    ),
    (
        "An outlet from one story.",
        "A contrast inside a story speaks of these articles. Only rows over at least six stories speak of outlets, and only compared with the other sources of this input.",
    ),
    (
        "Anything where it says “insufficient”.",
        "Fewer than six facts, or six stories: the dot describes, it tests nothing.",
    ),
    (
        "Truth.",
        "A fact here is what several articles state. Nobody checked it. A number or denial “to be checked” is a flag, never a verdict.",
    ),
    (
        "Harshness from a quotation.",
        "Quoted words are the speaker's. They are masked in loaded wording, and have a measure of their own.",
    ),
    (
        "What an outlet thinks of a person.",
        "The tone of one mention is right in about two of three cases, and bad news makes it negative in every outlet. Compare sources on the same story, never persons.",
    ),
    (
        "Bias from hedges, negativity or word lists.",
        "Certainty and negativity are in the tables as descriptions; they are not compared.",
    ),
    ("Probabilities from scores.", "Match and cohesion scores rank; they are calibrated to nothing."),
];

/// The limits, on the page: whoever reads a number reads what it is not.
pub(crate) fn section() -> Markup {
    html! {
        section #limits {
            h2 { "What may not be concluded" }
            ul.limits { @for (limit, meaning) in LIMITS { li { strong { (limit) " " } (meaning) } } }
        }
    }
}
