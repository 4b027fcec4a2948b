//! `negativity`: probability of a negative tone. Descriptive: bad news reads negative in every outlet.

use std::borrow::Cow;

use super::{Evidence, Heads, Measure, Statement};

/// P(negative) of the sentence by the `neg` head.
#[derive(Debug, Clone, Copy)]
pub struct Negativity<'a>(pub &'a Heads);

impl Measure for Negativity<'_> {
    fn name(&self) -> Cow<'static, str> {
        "negativity".into()
    }

    fn score(&self, statement: &Statement<'_>) -> Option<f64> {
        statement.own.or(statement.quoted).map(|v| self.0.negative(v))
    }

    fn explain(&self, _: &Statement<'_>) -> Vec<Evidence> {
        Vec::new()
    }

    fn reference_sd(&self) -> Option<f64> {
        Some(1.0)
    }
}
