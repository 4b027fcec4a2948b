//! Numbers, sums and dates compared by value.

use super::quantities::{Quantity, QuantityKind};

/// Counts and sums below this agree only when they are equal: three dead are not four.
const SMALLEST_ROUNDED: f64 = 10.0;
/// Ratio of two values (as the difference of their logarithms) from which they no longer agree at all.
const TOLERANCE: f64 = 0.05;

/// What a text states as a number, a sum or a date, without its place in the text.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What it measures.
    pub kind: QuantityKind,
    /// The same for all spellings, as in [`Quantity::key`].
    pub key: String,
    /// Its value in units of one, where it has one; follows from the key.
    pub value: Option<f64>,
}

impl From<Quantity> for Figure {
    fn from(quantity: Quantity) -> Self {
        Figure { kind: quantity.kind, key: quantity.key, value: quantity.value }
    }
}

/// By kind and key.
impl Ord for Figure {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.kind, &self.key).cmp(&(other.kind, &other.key))
    }
}

impl PartialOrd for Figure {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Figure {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Figure {}

impl std::hash::Hash for Figure {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.kind, &self.key).hash(state);
    }
}

impl Figure {
    /// How far the two state the same: 1 for the same value, falling to 0 at 5 % difference ("about 1,200", "1,213");
    /// `None` where they cannot be compared (a date with a sum, "thousands" with anything). A plain number may be a sum
    /// whose currency is left out.
    pub fn agreement(&self, other: &Self) -> Option<f64> {
        if self == other {
            return Some(1.0);
        }
        let sums = self.kind == QuantityKind::Money && other.kind == QuantityKind::Money;
        if self.subject() != other.subject() || (sums && !self.currency().eq(other.currency())) {
            return None;
        }
        match (self.kind, self.value.zip(other.value)) {
            // Days with days, years with years.
            (QuantityKind::Date, _) => (self.key.len() == other.key.len()).then_some(0.0),
            (QuantityKind::Time, _) => Some(0.0),
            (_, None) => None,
            (_, Some((x, y))) if x == y => Some(1.0),
            (_, Some((x, y))) if x.min(y) <= 0.0 || x.max(y) < SMALLEST_ROUNDED => Some(0.0),
            // The same bits both ways.
            (_, Some((x, y))) => Some((1.0 - (x.max(y) / x.min(y)).ln() / TOLERANCE).max(0.0)),
        }
    }

    /// Whether one is the other, or the other rounded to two digits or more: "1,200" and "1,213", not "60" and "63".
    /// `None` where they cannot be compared.
    pub fn same_rounded(&self, other: &Self) -> Option<bool> {
        let agreement = self.agreement(other)?;
        let rounded = |value: f64, to: &Self| {
            let digits = to.significant_digits();
            digits >= 2
                && to
                    .value
                    .is_some_and(|round| format!("{:.*e}", digits - 1, value) == format!("{:.*e}", digits - 1, round))
        };
        let values = self.value.zip(other.value);
        Some(agreement == 1.0 || values.is_some_and(|(x, y)| rounded(x, other) || rounded(y, self)))
    }

    /// Of its value: 2 for 1200 and for 0.12, 0 without a value.
    fn significant_digits(&self) -> usize {
        let value = self.value.map(|v| v.abs().to_string()).unwrap_or_default();
        let digits: String = value.chars().filter(char::is_ascii_digit).collect();
        digits.trim_matches('0').len()
    }

    /// What only figures of the same can be compared by.
    fn subject(&self) -> QuantityKind {
        match self.kind {
            QuantityKind::Money => QuantityKind::Number,
            kind => kind,
        }
    }

    /// What is left of a sum's key without its digits.
    fn currency(&self) -> impl Iterator<Item = char> {
        self.key.chars().filter(|c| !c.is_ascii_digit() && !matches!(c, '.' | ' '))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::quantities;

    fn figure(text: &str) -> Figure {
        quantities(text).into_iter().map(Figure::from).next().unwrap()
    }

    fn agreement(a: &str, b: &str) -> Option<f64> {
        assert_eq!(figure(a).agreement(&figure(b)), figure(b).agreement(&figure(a)));
        figure(a).agreement(&figure(b))
    }

    #[test]
    fn rounded_numbers_agree_and_small_counts_only_when_they_are_equal() {
        assert_eq!(agreement("two dozen people", "24 people"), Some(1.0));
        assert!(agreement("about 1,200 people", "1,213 people").unwrap() > 0.7);
        assert_eq!(agreement("1,200 people", "1,300 people"), Some(0.0));
        assert_eq!(agreement("three people", "4 people"), Some(0.0));
    }

    #[test]
    fn a_sum_may_lack_its_currency_but_not_have_another() {
        assert_eq!(agreement("$60 million", "60 million dollars"), Some(1.0));
        assert_eq!(agreement("$60 million", "a 60 million deal"), Some(1.0));
        assert_eq!(agreement("$60 million", "60 million euros"), None);
    }

    #[test]
    fn what_measures_different_things_is_not_compared() {
        assert_eq!(agreement("12 per cent", "12 people"), None);
        assert_eq!(agreement("12 February", "in 2016"), None);
        assert_eq!(agreement("12 February", "March 3"), Some(0.0));
        assert_eq!(agreement("thousands of people", "3,000 people"), None);
    }

    #[test]
    fn a_value_and_its_rounding_are_the_same_but_not_with_a_single_digit() {
        let same = |a, b| figure(a).same_rounded(&figure(b));
        assert_eq!(same("about 1,200 people", "1,213 people"), Some(true));
        assert_eq!(same("1.5 million people", "1.47 million people"), Some(true));
        assert_eq!(same("60 people", "63 people"), Some(false));
        assert_eq!(same("1,210 people", "1,213 people"), Some(true));
        assert_eq!(same("1,250 people", "1,213 people"), Some(false));
    }
}
