//! `loaded_quoted`: loaded wording inside quotation marks, without the effect of length: whom one lets speak, and how.

use super::loaded::Loaded;
use crate::framing::evidence::Evidence;
use crate::framing::measure::{Comparison, Declaration, FLAGGED, Measure};
use crate::framing::statement::Statement;

pub(super) const MEASURE: Declaration = Declaration {
    name: "loaded_quoted",
    meaning: "Loaded wording inside the quotation marks: the speaker's, not the outlet's. Empty: nothing is quoted.",
    mean: "Mean of `loaded` of the quoted words, over the claims that quote. High: the article lets loaded voices speak. \
           Empty: nothing is quoted.",
    unit: "reference sd",
    in_claims: true,
    needs_wording: false,
    compared: Some(Comparison {
        rank: 2,
        label: "loaded words in quotations",
        note: "Whom one lets speak, and how.",
        ends: ["less loaded", "more loaded"],
        says: ["quotes less loaded words on the same facts", "quotes more loaded words on the same facts"],
    }),
    make: |heads| Ok(Box::new(LoadedQuoted(Loaded::new(heads)?))),
};

struct LoadedQuoted<'a>(Loaded<'a>);

impl Measure for LoadedQuoted<'_> {
    fn score(&self, statement: &Statement<'_>) -> Option<f64> {
        Some(self.0.adjusted(statement.parts.quoted.as_deref()?, statement.quoted?))
    }

    fn explain(&self, statement: &Statement<'_>, score: f64) -> Vec<Evidence> {
        if score < FLAGGED {
            return Vec::new();
        }
        // Of the hits in the sentence, those that lie in no own words.
        let own = self.0.own_hits(MEASURE.name, statement);
        let hits = self.0.hits(MEASURE.name, statement.text);
        hits.into_iter().filter(|h| !own.iter().any(|o| o.span == h.span)).collect()
    }

    fn reference_sd(&self) -> Option<f64> {
        Some(1.0)
    }
}
