//! Area under the ROC curve: how well a score tells two classes apart.
//!
//! It is the probability that a positive row has a higher score than a negative one, ties counting half: the statistic
//! of Mann and Whitney over the number of such pairs (Hanley & McNeil 1982, Radiology 143). .5 is no better than a coin,
//! below .5 lower scores go with the label. Within strata only pairs of one stratum count, each pair the same: so a
//! variable that the strata hold fixed cannot make the score look good.

/// Scores and labels of rows, sorted once: with other weights the area takes one pass.
#[derive(Debug, Clone)]
pub(crate) struct Ranked {
    /// Rows by stratum, then score.
    rows: Vec<u32>,
    /// Of each row in that order: whether it is positive, begins a stratum, begins a group of equal scores.
    marks: Vec<(bool, bool, bool)>,
}

impl Ranked {
    /// `scores` (finite), labels and strata of the rows `0..n`, at most `u32::MAX`; the slices have one length.
    pub(crate) fn new(scores: &[f64], positive: &[bool], strata: &[u32]) -> Self {
        let mut rows: Vec<u32> = (0..scores.len() as u32).collect();
        let key = |row: u32| (strata[row as usize], scores[row as usize]);
        rows.sort_by(|&a, &b| key(a).0.cmp(&key(b).0).then(key(a).1.total_cmp(&key(b).1)).then(a.cmp(&b)));
        let marks = rows
            .iter()
            .enumerate()
            .map(|(i, &row)| {
                let before = i.checked_sub(1).map(|before| key(rows[before]));
                let stratum = before.is_none_or(|before| before.0 != key(row).0);
                (positive[row as usize], stratum, stratum || before.is_none_or(|before| before.1 != key(row).1))
            })
            .collect();
        Ranked { rows, marks }
    }

    /// The area, 0 to 1, when each row counts as often as `weight` says; NaN where no stratum has rows of both classes.
    pub(crate) fn area(&self, weight: impl Fn(usize) -> f64) -> f64 {
        let (mut wins, mut pairs) = (0.0, 0.0);
        let (mut positive, mut below) = (0.0, 0.0); // of the stratum so far
        let (mut ties, mut level) = (0.0, 0.0); // positive and negative rows of the score in hand
        for (&row, &(is_positive, new_stratum, new_score)) in self.rows.iter().zip(&self.marks) {
            if new_score {
                wins += ties * (below + level / 2.0);
                (positive, below, ties, level) = (positive + ties, below + level, 0.0, 0.0);
            }
            if new_stratum {
                pairs += positive * below;
                (positive, below) = (0.0, 0.0);
            }
            *if is_positive { &mut ties } else { &mut level } += weight(row as usize);
        }
        wins += ties * (below + level / 2.0);
        pairs += (positive + ties) * (below + level);
        wins / pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::bootstrap::{self, Settings};
    use proptest::prelude::*;

    /// Hanley & McNeil 1982, table I: 58 normal and 51 abnormal images, rated 1 to 5.
    fn radiologist() -> (Vec<f64>, Vec<bool>) {
        let mut rows = Vec::new();
        for (rating, (normal, abnormal)) in [(33, 3), (6, 2), (6, 2), (11, 11), (2, 33)].into_iter().enumerate() {
            rows.extend(vec![(rating as f64, false); normal]);
            rows.extend(vec![(rating as f64, true); abnormal]);
        }
        rows.into_iter().unzip()
    }

    #[test]
    fn the_papers_own_example() {
        let (ratings, abnormal) = radiologist();
        let ranked = Ranked::new(&ratings, &abnormal, &vec![0; ratings.len()]);
        assert!((ranked.area(|_| 1.0) - 0.893).abs() < 5e-4);
        // Their standard error is .0320 (.0287 by the sample itself).
        let units = |label: bool| (0..109u32).filter(|&r| abnormal[r as usize] == label).map(|r| vec![r]).collect();
        let settings = Settings { resamples: 2000, alpha: 0.05, seed: 1 };
        let [interval] = bootstrap::reweighted(
            &[units(true), units(false)],
            109,
            |times| [ranked.area(|row| f64::from(times[row]))],
            &settings,
        );
        let (low, high) = interval.unwrap();
        assert!((low - (0.893 - 1.96 * 0.030)).abs() < 0.015 && (high - (0.893 + 1.96 * 0.030)).abs() < 0.015);
    }

    proptest! {
        #[test]
        fn it_is_the_share_of_pairs_in_order(
            rows in prop::collection::vec((0u8..6, any::<bool>(), 0u32..3, 0u32..3), 0..40)
        ) {
            let column = |f: fn(&(u8, bool, u32, u32)) -> f64| rows.iter().map(f).collect::<Vec<f64>>();
            let (scores, weights) = (column(|r| f64::from(r.0)), column(|r| f64::from(r.3)));
            let labels: Vec<bool> = rows.iter().map(|r| r.1).collect();
            let strata: Vec<u32> = rows.iter().map(|r| r.2).collect();
            let (mut wins, mut pairs) = (0.0, 0.0);
            for x in rows.iter().filter(|r| r.1) {
                for y in rows.iter().filter(|r| !r.1 && r.2 == x.2) {
                    let pair = f64::from(x.3 * y.3);
                    pairs += pair;
                    wins += pair * if x.0 > y.0 { 1.0 } else if x.0 == y.0 { 0.5 } else { 0.0 };
                }
            }
            let area = Ranked::new(&scores, &labels, &strata).area(|row| weights[row]);
            let right = if pairs > 0.0 { (area - wins / pairs).abs() < 1e-12 } else { area.is_nan() };
            prop_assert!(right, "{} {} {}", area, wins, pairs);
        }
    }
}
