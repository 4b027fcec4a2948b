//! What a measure is: what it declares about itself, how it scores a statement and explains the score.

use super::evidence::Evidence;
use super::heads::Heads;
use super::statement::Statement;
use crate::Result;

/// Claims from this score up, in reference standard deviations, have the words behind it in the evidence.
pub(super) const FLAGGED: f64 = 1.0;

/// A framing score of one statement.
pub trait Measure: Sync {
    /// The score; `None` where the statement has nothing to score (all of it is quoted, or nothing is).
    fn score(&self, statement: &Statement<'_>) -> Option<f64>;

    /// The words that made this score, as spans of the statement's text: the rows of evidence.csv. A measure without such
    /// words has none.
    fn explain(&self, _statement: &Statement<'_>, _score: f64) -> Vec<Evidence> {
        Vec::new()
    }

    /// Standard deviation over the reference sentences (NewsMTSC train), the unit of effect sizes. `None`: it is unknown,
    /// and effect sizes are in the unit of the measure.
    fn reference_sd(&self) -> Option<f64> {
        None
    }
}

/// What a measure declares about itself. The columns, contrasts and labels of the reports are made from it.
#[derive(Debug, Clone, Copy)]
pub struct Declaration {
    /// Name in columns and rows.
    pub name: &'static str,
    /// What the score of one claim means: scale, direction, what an empty cell says.
    pub meaning: &'static str,
    /// What the mean over an article's claims means.
    pub mean: &'static str,
    /// Unit; its range if it has one, as in "score 0 to 1".
    pub unit: &'static str,
    /// Whether claims.csv has a column of it.
    pub in_claims: bool,
    /// Whether a claim of an article must have some words of the outlet's own, beside what it quotes, to be scored.
    pub needs_wording: bool,
    /// How sources are compared by it; `None`: the scores describe, and are not compared.
    pub compared: Option<Comparison>,
    /// Makes the measure from the fitted heads.
    pub make: fn(&Heads) -> Result<Box<dyn Measure + '_>>,
}

/// How sources are compared by a measure, in words for the reports.
#[derive(Debug, Clone, Copy)]
pub struct Comparison {
    /// Place among the measures that are compared; of equals the one that is registered first.
    pub rank: u8,
    /// What the measure is called in a sentence.
    pub label: &'static str,
    /// What is measured, in a sentence for the page.
    pub note: &'static str,
    /// The ends of the axis, below and above 0.
    pub ends: [&'static str; 2],
    /// What a difference below and above 0 says of a source, after its name.
    pub says: [&'static str; 2],
}
