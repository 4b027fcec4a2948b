//! M5 `certainty`: boosters less hedges. It describes only: alone such words tell biased sentences from others at AUC
//! .50 to .54.

use crate::Result;
use crate::framing::lexicon::{CERTAINTY_WORDS, Lexicon, shipped};
use crate::framing::measure::{Declaration, Measure};
use crate::framing::statement::Statement;
use crate::text;

pub(super) const MEASURE: Declaration = Declaration {
    name: "certainty",
    meaning: "Boosters less hedges. Higher: more certain. Descriptive.",
    mean: "Boosters less hedges (certainly, clearly; perhaps, reportedly). Higher: more certain. Descriptive: says nothing \
           of bias.",
    unit: "per 100 words",
    in_claims: true,
    needs_wording: false,
    compared: None,
    make: |heads| {
        Ok(Box::new(Certainty { words: shipped(&CERTAINTY_WORDS)?, reference_sd: Some(heads.reference_sd.certainty) }))
    },
};

/// (boosters - hedges, doubt verbs and modals) per 100 words.
struct Certainty {
    words: &'static Lexicon,
    reference_sd: Option<f64>,
}

impl Certainty {
    /// The score of any words; `None` without any.
    fn of(&self, text: &str) -> Option<f64> {
        let words = text::words(text).len();
        let sum: f64 = self.words.hits(text).iter().map(|hit| if hit.class == "booster" { 1.0 } else { -1.0 }).sum();
        (words > 0).then(|| 100.0 * sum / words as f64)
    }
}

impl Measure for Certainty {
    fn score(&self, statement: &Statement<'_>) -> Option<f64> {
        self.of(statement.text)
    }

    fn reference_sd(&self) -> Option<f64> {
        self.reference_sd
    }
}

/// The certainty of each text, before any heads are fitted: what their reference values are fitted from.
///
/// # Errors
/// [`crate::Error::Data`] when the word list is damaged.
pub(crate) fn certainties<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Vec<Option<f64>>> {
    let certainty = Certainty { words: shipped(&CERTAINTY_WORDS)?, reference_sd: None };
    Ok(texts.map(|t| certainty.of(t)).collect())
}
