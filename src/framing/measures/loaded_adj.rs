//! `loaded_adj`: loaded wording without the effect of length, the measure that sources are compared by.

use super::loaded::Loaded;
use crate::framing::evidence::Evidence;
use crate::framing::measure::{Comparison, Declaration, FLAGGED, Measure};
use crate::framing::statement::Statement;

pub(super) const MEASURE: Declaration = Declaration {
    name: "loaded_adj",
    meaning: "`loaded` without the effect of sentence length, the measure that is compared between sources. From 1 up its \
              words are in evidence.csv.",
    mean: "Mean of `loaded_adj` over the claims: the same without the effect of sentence length. 0: usual in the reference \
           news; positive: more loaded.",
    unit: "reference sd",
    in_claims: true,
    needs_wording: true,
    compared: Some(Comparison {
        rank: 0,
        label: "loaded wording",
        note: "Drama, insult, judgement and praise in the outlet's own words, quotations masked, sentence length taken out. \
               0 is usual in reference news, 1 is one standard deviation more.",
        ends: ["less loaded", "more loaded"],
        says: ["words the same facts less loaded than the others", "words the same facts more loaded than the others"],
    }),
    make: |heads| Ok(Box::new(LoadedAdj(Loaded::new(heads)?))),
};

struct LoadedAdj<'a>(Loaded<'a>);

impl Measure for LoadedAdj<'_> {
    fn score(&self, statement: &Statement<'_>) -> Option<f64> {
        Some(self.0.adjusted(statement.parts.own.as_deref()?, statement.own?))
    }

    fn explain(&self, statement: &Statement<'_>, score: f64) -> Vec<Evidence> {
        if score >= FLAGGED { self.0.own_hits(MEASURE.name, statement) } else { Vec::new() }
    }

    fn reference_sd(&self) -> Option<f64> {
        Some(1.0)
    }
}
