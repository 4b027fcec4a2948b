//! M5 `certainty`: boosters less hedges. Descriptive: alone such words tell biased sentences from others at AUC .50-.54.

use std::borrow::Cow;

use super::lexicon::{CERTAINTY_WORDS, Lexicon, shipped};
use super::{Evidence, Measure, Statement};
use crate::Result;
use crate::text;

/// (boosters - hedges, doubt verbs and modals) per 100 words.
#[derive(Debug)]
pub struct Certainty {
    words: &'static Lexicon,
    /// Standard deviation over the reference sentences.
    pub reference_sd: f64,
}

impl Certainty {
    /// With the shipped word list.
    ///
    /// # Errors
    /// [`crate::Error::Data`] if the list is damaged.
    pub fn new(reference_sd: f64) -> Result<Self> {
        Ok(Certainty { words: shipped(&CERTAINTY_WORDS)?, reference_sd })
    }

    /// The score of any words; `None` without any.
    pub fn of(&self, text: &str) -> Option<f64> {
        let words = text::words(text).len();
        let sum: f64 = self.words.hits(text).iter().map(|hit| sign(hit.class)).sum();
        (words > 0).then(|| 100.0 * sum / words as f64)
    }
}

fn sign(class: &str) -> f64 {
    if class == "booster" { 1.0 } else { -1.0 }
}

impl Measure for Certainty {
    fn name(&self) -> Cow<'static, str> {
        "certainty".into()
    }

    fn score(&self, statement: &Statement<'_>) -> Option<f64> {
        self.of(statement.text)
    }

    fn explain(&self, statement: &Statement<'_>) -> Vec<Evidence> {
        let words = text::words(statement.text).len().max(1) as f64;
        self.words
            .hits(statement.text)
            .iter()
            .map(|hit| Evidence {
                measure: self.name(),
                span: hit.span,
                contribution: Some(100.0 * sign(hit.class) / words),
                note: hit.class.into(),
            })
            .collect()
    }

    fn reference_sd(&self) -> Option<f64> {
        Some(self.reference_sd)
    }
}
