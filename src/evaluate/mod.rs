//! How well a report agrees with people: with gold labels of stories and facts, with a judge of claim pairs, and
//! with labels of sentences.
//!
//! Pure functions of labels and of a report's rows; files are read and written by the command line.

mod audit;
mod calibrate;
mod confusions;
mod facts;
mod gold;
mod stories;

use crate::stats::bootstrap::{Settings, bca, percentile};

pub(crate) use audit::{Estimate, Population, Stratum};
pub(crate) use calibrate::{Calibration, FEWEST, LENGTH, Labelled, Verdict, calibrate};
pub(crate) use confusions::{Confusion, Confusions, confusions};
pub use facts::GoldMention;
pub(crate) use facts::{FactAgreement, FactClaim, fact_agreement};
pub(crate) use gold::answer;
pub use gold::read_gold_claims;
pub use stories::{StoryAgreement, story_agreement};

/// Resamples behind an interval.
const RESAMPLES: usize = 2000;
/// With more units the corrected interval costs a minute, and the percentile interval says the same.
const MOST_CORRECTED: usize = 2000;

/// A figure in [0, 1] (the adjusted Rand index: from -0.5), with its 95 % bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// The figure.
    pub value: f64,
    /// Its interval; none where there are fewer than two units to draw from.
    pub interval: Option<(f64, f64)>,
}

/// The figure that `statistic` gives over independent `units`; `None` where it is not defined.
fn figure<T: Clone>(units: &[T], statistic: impl Fn(&[T]) -> f64, seed: u64) -> Option<Figure> {
    let value = statistic(units);
    let settings = Settings { resamples: RESAMPLES, alpha: 0.05, seed };
    let interval = match units.len() {
        0 | 1 => None,
        2..=MOST_CORRECTED => bca(units, &statistic, &settings),
        _ => percentile(units, &statistic, &settings),
    };
    value.is_finite().then_some(Figure { value, interval })
}
