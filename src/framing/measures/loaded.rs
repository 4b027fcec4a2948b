//! M1 `loaded`: loaded wording (drama, insult, judgement, glorification) in the outlet's own words.

use ndarray::ArrayView1;

use crate::Result;
use crate::framing::evidence::Evidence;
use crate::framing::heads::Heads;
use crate::framing::lexicon::{LOADED_WORDS, Lexicon, shipped};
use crate::framing::measure::{Declaration, Measure};
use crate::framing::statement::{Statement, counted};
use crate::text;

pub(super) const MEASURE: Declaration = Declaration {
    name: "loaded",
    meaning: "Loaded wording, quoted words masked: drama, insult, judgement, praise. 0: usual in the reference news; \
              positive: more loaded. Grows with length: compare by `loaded_adj`. Empty: all is quoted.",
    mean: "Mean of `loaded` over the claims (this and the columns to come: over the first 20, if the article is in no \
           story). Speaks of all that the article says, so topics are in it; to compare sources use contrasts.csv.",
    unit: "reference sd",
    in_claims: true,
    needs_wording: true,
    compared: None,
    make: |heads| Ok(Box::new(Loaded::new(heads)?)),
};

/// Raw loaded wording, which grows with length.
#[derive(Debug)]
pub(in crate::framing) struct Loaded<'a> {
    heads: &'a Heads,
    words: &'static Lexicon,
}

impl<'a> Loaded<'a> {
    /// With the shipped word list.
    ///
    /// # Errors
    /// [`crate::Error::Data`] if the list is damaged.
    pub(in crate::framing) fn new(heads: &'a Heads) -> Result<Self> {
        Ok(Loaded { heads, words: shipped(&LOADED_WORDS)? })
    }

    /// The score of a (masked) sentence with its vector.
    pub(in crate::framing) fn of(&self, own: &str, vector: ArrayView1<'_, f32>) -> f64 {
        let counted = counted(own);
        self.heads.loaded(vector, self.words.hits(&counted).len(), text::words(&counted).len())
    }

    /// The same without the effect of length.
    pub(super) fn adjusted(&self, own: &str, vector: ArrayView1<'_, f32>) -> f64 {
        self.heads.adjusted(self.of(own, vector), text::words(&counted(own)).len())
    }

    /// The words of `text` that are on the list, as evidence of `measure`. The contribution is what a hit adds to the raw
    /// score while the vector stays the same.
    pub(super) fn hits(&self, measure: &'static str, text: &str) -> Vec<Evidence> {
        let hits = self.words.hits(text);
        let words = text::words(&counted(text)).len();
        let each = if hits.is_empty() { 0.0 } else { self.heads.gain(hits.len(), words) / hits.len() as f64 };
        hits.iter()
            .map(|hit| Evidence {
                measure: measure.into(),
                span: hit.span,
                contribution: Some(each),
                note: format!("lexicon: {} ({})", hit.term, hit.class.replace('_', " ")),
            })
            .collect()
    }

    /// Those of the outlet's own words, as spans of the sentence.
    pub(super) fn own_hits(&self, measure: &'static str, statement: &Statement<'_>) -> Vec<Evidence> {
        let Some(own) = statement.parts.own.as_deref() else { return Vec::new() };
        self.hits(measure, own)
            .into_iter()
            .filter_map(|e| statement.parts.in_sentence(e.span).map(|span| Evidence { span, ..e }))
            .collect()
    }
}

/// Its words are those of `loaded_adj`, which explains them.
impl Measure for Loaded<'_> {
    fn score(&self, statement: &Statement<'_>) -> Option<f64> {
        Some(self.of(statement.parts.own.as_deref()?, statement.own?))
    }
}
