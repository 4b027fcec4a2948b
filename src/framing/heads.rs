//! The fitted linear functions of a sentence vector that `loaded` and `negativity` are made of.

use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

use crate::facts::sigmoid;
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
    pub(crate) fn shipped() -> Result<Self> {
        serde_json::from_str(SHIPPED)
            .map_err(|e| Error::Data { name: "models/heads/loaded.json".into(), reason: e.to_string() })
    }

    /// Length of the vectors that the heads were fitted on.
    pub(crate) fn dimension(&self) -> usize {
        self.heads.ax.coefficients.len()
    }

    /// SHA-256 of the weights of the model that made these vectors.
    pub(crate) fn model_sha256(&self) -> &str {
        &self.encoder.sha256
    }

    /// P(negative tone), 0..1.
    pub(crate) fn negative(&self, vector: ArrayView1<'_, f32>) -> f64 {
        sigmoid(self.heads.neg.value(vector))
    }

    /// `z(ax) + .8 z(core) + .4 z(dist)`, every z clipped; `core` = hits / (words + 5).
    pub(super) fn loaded(&self, vector: ArrayView1<'_, f32>, hits: usize, words: usize) -> f64 {
        let z = |value: f64, m: &Moments| ((value - m.mean) / m.sd).clamp(-self.clip, self.clip);
        self.weights.ax * z(self.heads.ax.value(vector), &self.z.ax)
            + self.weights.core * z(core(hits, words), &self.z.core)
            + self.weights.dist * z(self.heads.dist.value(vector), &self.z.dist)
    }

    /// `loaded` without what length alone predicts, in residual standard deviations of the reference sentences.
    pub(super) fn adjusted(&self, loaded: f64, words: usize) -> f64 {
        let expected = self.length.intercept + self.length.slope * (words as f64 + 1.0).ln();
        (loaded - expected) / self.length.sd
    }

    /// What `hits` words of the list add to `loaded` in a text of that many words.
    pub(super) fn gain(&self, hits: usize, words: usize) -> f64 {
        self.weights.core * core(hits, words) / self.z.core.sd
    }
}

/// Share of words on the lexicon, damped for short texts.
pub(super) fn core(hits: usize, words: usize) -> f64 {
    hits as f64 / (words as f64 + 5.0)
}
