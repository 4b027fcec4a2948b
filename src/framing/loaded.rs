//! M1 `loaded`: loaded wording — drama, insult, judgement, glorification — in the outlet's own words.

use std::borrow::Cow;

use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

use super::lexicon::{LOADED_WORDS, Lexicon, shipped};
use super::statement::counted;
use super::{Evidence, Measure, Statement};
use crate::facts::sigmoid;
use crate::text;
use crate::{Error, Result};

const SHIPPED: &str = include_str!("../../models/heads/loaded.json");

/// A linear function of a sentence vector.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Head {
    intercept: f64,
    coefficients: Vec<f64>,
}

impl Head {
    fn value(&self, vector: ArrayView1<'_, f32>) -> f64 {
        self.intercept + self.coefficients.iter().zip(vector).map(|(w, &x)| w * f64::from(x)).sum::<f64>()
    }
}

/// One value for each component of `loaded`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Components<T> {
    ax: T,
    core: T,
    dist: T,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct LinearHeads {
    ax: Head,
    neg: Head,
    dist: Head,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Moments {
    mean: f64,
    sd: f64,
}

/// `loaded` regressed on `ln(words + 1)`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Length {
    intercept: f64,
    slope: f64,
    sd: f64,
}

/// The model that made the vectors.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct EncoderInfo {
    sha256: String,
}

/// Standard deviations of the measures over the reference sentences.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ReferenceSd {
    /// Of `loaded`.
    pub loaded: f64,
    /// Of `own_voice`.
    pub own_voice: f64,
    /// Of `certainty`.
    pub certainty: f64,
}

/// The fitted part of `loaded`: linear heads on sentence vectors and the reference values of every component.
/// Made by `models/fit/fit_heads.py`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Heads {
    encoder: EncoderInfo,
    heads: LinearHeads,
    /// Mean and standard deviation of each component over the reference sentences.
    z: Components<Moments>,
    weights: Components<f64>,
    clip: f64,
    length: Length,
    /// Units of effect sizes.
    pub reference_sd: ReferenceSd,
}

impl Heads {
    /// Those shipped with the program.
    ///
    /// # Errors
    /// [`Error::Data`] if the build was made with a damaged file.
    pub fn shipped() -> Result<Self> {
        serde_json::from_str(SHIPPED)
            .map_err(|e| Error::Data { name: "models/heads/loaded.json".into(), reason: e.to_string() })
    }

    /// Length of the vectors that the heads were fitted on.
    pub fn dimension(&self) -> usize {
        self.heads.ax.coefficients.len()
    }

    /// SHA-256 of the weights of the model that made these vectors.
    pub fn model_sha256(&self) -> &str {
        &self.encoder.sha256
    }

    /// P(negative tone), 0..1.
    pub fn negative(&self, vector: ArrayView1<'_, f32>) -> f64 {
        sigmoid(self.heads.neg.value(vector))
    }

    /// `z(ax) + .8 z(core) + .4 z(dist)`, every z clipped; `core` = hits / (words + 5).
    fn loaded(&self, vector: ArrayView1<'_, f32>, hits: usize, words: usize) -> f64 {
        let z = |value: f64, m: &Moments| ((value - m.mean) / m.sd).clamp(-self.clip, self.clip);
        self.weights.ax * z(self.heads.ax.value(vector), &self.z.ax)
            + self.weights.core * z(core(hits, words), &self.z.core)
            + self.weights.dist * z(self.heads.dist.value(vector), &self.z.dist)
    }

    /// `loaded` without what length alone predicts, in residual standard deviations of the reference sentences.
    fn adjusted(&self, loaded: f64, words: usize) -> f64 {
        let expected = self.length.intercept + self.length.slope * (words as f64 + 1.0).ln();
        (loaded - expected) / self.length.sd
    }
}

/// Share of words on the lexicon, damped for short texts.
pub(super) fn core(hits: usize, words: usize) -> f64 {
    hits as f64 / (words as f64 + 5.0)
}

/// Raw loaded wording; grows with length.
#[derive(Debug)]
pub struct Loaded<'a> {
    heads: &'a Heads,
    words: &'static Lexicon,
}

impl<'a> Loaded<'a> {
    /// With the shipped word list.
    ///
    /// # Errors
    /// [`Error::Data`] if the list is damaged.
    pub fn new(heads: &'a Heads) -> Result<Self> {
        Ok(Loaded { heads, words: shipped(&LOADED_WORDS)? })
    }

    /// The score of a (masked) sentence with its vector.
    pub(super) fn of(&self, own: &str, vector: ArrayView1<'_, f32>) -> f64 {
        let counted = counted(own);
        self.heads.loaded(vector, self.words.hits(&counted).len(), text::words(&counted).len())
    }

    /// The same without the effect of length.
    fn adjusted_of(&self, own: &str, vector: ArrayView1<'_, f32>) -> f64 {
        self.heads.adjusted(self.of(own, vector), text::words(&counted(own)).len())
    }

    /// The rows of `text` that are on the word list; contribution: what the raw score gains by the hit, the vector
    /// being the same.
    fn hits(&self, measure: Cow<'static, str>, text: &str) -> Vec<Evidence> {
        let hits = self.words.hits(text);
        let words = text::words(&counted(text)).len();
        let gain = |n: usize| self.heads.weights.core * core(n, words) / self.heads.z.core.sd;
        let each = if hits.is_empty() { 0.0 } else { gain(hits.len()) / hits.len() as f64 };
        hits.iter()
            .map(|hit| Evidence {
                measure: measure.clone(),
                span: hit.span,
                contribution: Some(each),
                note: format!("lexicon: {} ({})", hit.term, hit.class.replace('_', " ")),
            })
            .collect()
    }
}

impl Measure for Loaded<'_> {
    fn name(&self) -> Cow<'static, str> {
        "loaded".into()
    }

    fn score(&self, statement: &Statement<'_>) -> Option<f64> {
        Some(self.of(statement.parts.own.as_deref()?, statement.own?))
    }

    fn explain(&self, statement: &Statement<'_>) -> Vec<Evidence> {
        let Some(own) = statement.parts.own.as_deref() else { return Vec::new() };
        self.hits(self.name(), own)
            .into_iter()
            .filter_map(|e| statement.parts.in_sentence(e.span).map(|span| Evidence { span, ..e }))
            .collect()
    }

    fn reference_sd(&self) -> Option<f64> {
        Some(self.heads.reference_sd.loaded)
    }
}

/// Loaded wording with the effect of length taken out: the one that sources are compared by.
#[derive(Debug)]
pub struct LoadedAdj<'a>(pub Loaded<'a>);

impl Measure for LoadedAdj<'_> {
    fn name(&self) -> Cow<'static, str> {
        "loaded_adj".into()
    }

    fn score(&self, statement: &Statement<'_>) -> Option<f64> {
        Some(self.0.adjusted_of(statement.parts.own.as_deref()?, statement.own?))
    }

    fn explain(&self, statement: &Statement<'_>) -> Vec<Evidence> {
        self.0.explain(statement).into_iter().map(|e| Evidence { measure: self.name(), ..e }).collect()
    }

    fn reference_sd(&self) -> Option<f64> {
        Some(1.0)
    }
}

/// Loaded wording inside quotation marks, length taken out: whom one lets speak, and how.
#[derive(Debug)]
pub struct LoadedQuoted<'a>(pub Loaded<'a>);

impl Measure for LoadedQuoted<'_> {
    fn name(&self) -> Cow<'static, str> {
        "loaded_quoted".into()
    }

    fn score(&self, statement: &Statement<'_>) -> Option<f64> {
        Some(self.0.adjusted_of(statement.parts.quoted.as_deref()?, statement.quoted?))
    }

    fn explain(&self, statement: &Statement<'_>) -> Vec<Evidence> {
        // On the sentence, keeping the hits that lie in no own words.
        let own = self.0.explain(statement);
        let hits = self.0.hits(self.name(), statement.text);
        hits.into_iter().filter(|h| !own.iter().any(|o| o.span == h.span)).collect()
    }

    fn reference_sd(&self) -> Option<f64> {
        Some(1.0)
    }
}
