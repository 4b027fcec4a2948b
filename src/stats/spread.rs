//! Repeated measurements of one thing.

/// Middle and extent of some values.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Spread {
    /// Half of the values lie on either side.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Median distance from the median: unlike the extremes, one outlier does not move it.
    pub mad: f64,
}

impl Spread {
    /// Of any finite values; `None` for none.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (&min, &max) = (values.first()?, values.last()?);
        let median = middle(&values);
        let mut distances: Vec<f64> = values.iter().map(|v| (v - median).abs()).collect();
        distances.sort_by(f64::total_cmp);
        Some(Spread { median, min, max, mad: middle(&distances) })
    }
}

/// The median of sorted values, at least one; the mean of the two in the middle where their number is even.
fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { f64::midpoint(sorted[half - 1], sorted[half]) } else { sorted[half] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_outlier_moves_the_extremes_alone() {
        let spread = Spread::of([4.0, 2.0, 100.0, 3.0, 1.0]).unwrap();
        assert_eq!(spread, Spread { median: 3.0, min: 1.0, max: 100.0, mad: 1.0 });
    }

    #[test]
    fn between_two_values_lies_their_mean() {
        assert_eq!(Spread::of([1.0, 4.0]), Some(Spread { median: 2.5, min: 1.0, max: 4.0, mad: 1.5 }));
        assert_eq!(Spread::of([7.0]), Some(Spread { median: 7.0, min: 7.0, max: 7.0, mad: 0.0 }));
        assert_eq!(Spread::of([]), None);
    }

    proptest! {
        #[test]
        fn half_of_the_values_lie_on_either_side(values in prop::collection::vec(-1e6f64..1e6, 1..30)) {
            let spread = Spread::of(values.iter().copied()).unwrap();
            prop_assert!(spread.min <= spread.median && spread.median <= spread.max && spread.mad >= 0.0);
            prop_assert!(2 * values.iter().filter(|&&v| v <= spread.median).count() >= values.len());
            prop_assert!(2 * values.iter().filter(|&&v| v >= spread.median).count() >= values.len());
        }
    }
}
