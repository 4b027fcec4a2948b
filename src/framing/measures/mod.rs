//! The registry of measures. A new measure is a file here and a place in [`MEASURES`]: the columns of the reports and of
//! `parallax measure`, the contrasts and the words on the page follow from what it declares.

mod certainty;
pub(super) mod loaded;
mod loaded_adj;
mod loaded_quoted;
mod negativity;
mod own_voice;

pub(crate) use certainty::certainties;

use super::heads::Heads;
use super::measure::{Comparison, Declaration, Measure};
use super::statement::Statement;
use crate::Result;

/// All measures of a statement, in the order of their columns. A new one comes last.
pub const MEASURES: &[Declaration] = &[
    loaded::MEASURE,
    loaded_adj::MEASURE,
    loaded_quoted::MEASURE,
    own_voice::MEASURE,
    negativity::MEASURE,
    certainty::MEASURE,
];

/// The measures that sources are compared by, in the order in which the reports name them.
pub(crate) fn compared() -> Vec<(&'static Declaration, &'static Comparison)> {
    let mut compared: Vec<_> = MEASURES.iter().filter_map(|m| Some((m, m.compared.as_ref()?))).collect();
    compared.sort_by_key(|(_, comparison)| comparison.rank);
    compared
}

/// How sources are compared by the measure of that name; `None` for any other name.
pub(crate) fn comparison(name: &str) -> Option<&'static Comparison> {
    MEASURES.iter().find(|m| m.name == name)?.compared.as_ref()
}

/// The scores of one statement by all [`MEASURES`]. `None`: there is nothing to score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores([Option<f64>; MEASURES.len()]);

impl Default for Scores {
    fn default() -> Self {
        Scores([None; MEASURES.len()])
    }
}

impl Scores {
    /// The score by the measure of that name; `None` too where no measure has it.
    pub(crate) fn of(&self, name: &str) -> Option<f64> {
        self.values().find(|(measure, _)| measure.name == name)?.1
    }

    /// Each measure and its score.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&'static Declaration, Option<f64>)> + '_ {
        MEASURES.iter().zip(self.0)
    }

    /// Takes away the scores of measures that need words of the outlet's own.
    pub(super) fn without_wording(&mut self) {
        for (score, _) in self.0.iter_mut().zip(MEASURES).filter(|(_, measure)| measure.needs_wording) {
            *score = None;
        }
    }
}

/// All [`MEASURES`], ready to score.
pub(super) struct Measures<'a>(Vec<Box<dyn Measure + 'a>>);

impl<'a> Measures<'a> {
    pub(super) fn new(heads: &'a Heads) -> Result<Self> {
        Ok(Measures(MEASURES.iter().map(|measure| (measure.make)(heads)).collect::<Result<_>>()?))
    }

    pub(super) fn scores(&self, statement: &Statement<'_>) -> Scores {
        let mut scores = Scores::default();
        for (score, measure) in scores.0.iter_mut().zip(&self.0) {
            *score = measure.score(statement);
        }
        scores
    }

    /// Each measure with what it declares, in the order of the registry.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static Declaration, &dyn Measure)> {
        MEASURES.iter().zip(self.0.iter().map(AsRef::as_ref))
    }

    pub(super) fn get(&self, name: &str) -> Option<&dyn Measure> {
        self.iter().find(|(declared, _)| declared.name == name).map(|(_, measure)| measure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registered_measure_is_named_once_and_says_what_it_means() {
        for (place, measure) in MEASURES.iter().enumerate() {
            assert!(MEASURES[..place].iter().all(|other| other.name != measure.name), "{}", measure.name);
            assert!(!measure.meaning.is_empty() && !measure.mean.is_empty() && !measure.unit.is_empty());
        }
        assert_eq!(comparison("negativity").map(|c| c.label), None);
        assert_eq!(compared().first().map(|(measure, _)| measure.name), Some("loaded_adj"));
    }
}
