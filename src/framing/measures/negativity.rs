//! `negativity`: probability of a negative tone. It describes only: bad news reads negative in every outlet.

use crate::framing::heads::Heads;
use crate::framing::measure::{Declaration, Measure};
use crate::framing::statement::Statement;

pub(super) const MEASURE: Declaration = Declaration {
    name: "negativity",
    meaning: "Probability that the sentence has a negative tone, toward whatever. Descriptive.",
    mean: "Mean probability that a sentence has a negative tone. Descriptive: bad news reads negative in every outlet.",
    unit: "score 0 to 1",
    in_claims: true,
    needs_wording: false,
    compared: None,
    make: |heads| Ok(Box::new(Negativity(heads))),
};

struct Negativity<'a>(&'a Heads);

impl Measure for Negativity<'_> {
    fn score(&self, statement: &Statement<'_>) -> Option<f64> {
        statement.own.or(statement.quoted).map(|v| self.0.negative(v))
    }
}
