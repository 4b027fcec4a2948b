//! Agreement of two partitions of the same items.

use std::collections::BTreeMap;

/// Precision, recall and their harmonic mean, each in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Scores {
    /// Share of what was put together that belongs together.
    pub precision: f64,
    /// Share of what belongs together that was put together.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
}

/// B-cubed scores (Bagga & Baldwin 1998) of a clustering against a gold one.
///
/// `predicted` and `gold` hold one label per item, in the same order. For each item, precision is the share of its
/// predicted cluster that has its gold label, recall the share of its gold cluster that is in its predicted cluster;
/// both are averaged over items. `None` for no items or different lengths.
pub fn b_cubed<P: Ord, G: Ord>(predicted: &[P], gold: &[G]) -> Option<Scores> {
    let table = Table::new(predicted, gold)?;
    let (mut precision, mut recall) = (0.0, 0.0);
    for (&(p, g), &n) in &table.cells {
        let n = n as f64;
        precision += n * n / table.rows[p] as f64;
        recall += n * n / table.columns[g] as f64;
    }
    let items = predicted.len() as f64;
    let (precision, recall) = (precision / items, recall / items);
    Some(Scores { precision, recall, f1: 2.0 * precision * recall / (precision + recall) })
}

/// Adjusted Rand index (Hubert & Arabie 1985): agreement over pairs of items, 0 expected by chance, 1 for equal
/// partitions, at least -0.5.
///
/// Same arguments as [`b_cubed`]. Two partitions that are both trivial in the same way (all alone, or all together)
/// agree: 1. `None` for no items or different lengths.
pub fn adjusted_rand<P: Ord, G: Ord>(predicted: &[P], gold: &[G]) -> Option<f64> {
    let table = Table::new(predicted, gold)?;
    let pairs = |n: usize| (n as f64) * (n as f64 - 1.0) / 2.0;
    let both: f64 = table.cells.values().map(|&n| pairs(n)).sum();
    let rows: f64 = table.rows.iter().map(|&n| pairs(n)).sum();
    let columns: f64 = table.columns.iter().map(|&n| pairs(n)).sum();
    let all = pairs(predicted.len());
    if rows == columns && (rows == 0.0 || rows == all) {
        return Some(1.0);
    }
    let expected = rows * columns / all;
    Some((both - expected) / ((rows + columns) / 2.0 - expected))
}

/// How often each pair of labels meets.
struct Table {
    cells: BTreeMap<(usize, usize), usize>,
    rows: Vec<usize>,
    columns: Vec<usize>,
}

impl Table {
    fn new<P: Ord, G: Ord>(predicted: &[P], gold: &[G]) -> Option<Self> {
        if predicted.is_empty() || predicted.len() != gold.len() {
            return None;
        }
        let (p, rows) = dense(predicted);
        let (g, columns) = dense(gold);
        let mut cells = BTreeMap::new();
        for cell in p.into_iter().zip(g) {
            *cells.entry(cell).or_insert(0) += 1;
        }
        Some(Self { cells, rows, columns })
    }
}

/// Labels as 0, 1, ... in order of first appearance, and how often each occurs.
fn dense<L: Ord>(labels: &[L]) -> (Vec<usize>, Vec<usize>) {
    let mut seen = BTreeMap::new();
    let mut counts = Vec::new();
    let ids = labels
        .iter()
        .map(|label| {
            let id = *seen.entry(label).or_insert(counts.len());
            if id == counts.len() {
                counts.push(0);
            }
            counts[id] += 1;
            id
        })
        .collect();
    (ids, counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn b_cubed_of_the_papers_example() {
        // Bagga & Baldwin 1998, figures 1-3: truth {1-5} {6,7} {8-12}.
        let gold = [1, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3];
        let first = b_cubed(&[1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2], &gold).unwrap();
        assert!((first.precision - 0.76).abs() < 0.005 && first.recall == 1.0);
        let second = b_cubed(&[1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1], &gold).unwrap();
        assert!((second.precision - 7.0 / 12.0).abs() < 1e-12);
    }

    #[test]
    fn adjusted_rand_of_known_tables() {
        // scikit-learn's documented values.
        assert!((adjusted_rand(&[0, 0, 1, 2], &[0, 0, 1, 1]).unwrap() - 0.571_428_57).abs() < 1e-6);
        assert_eq!(adjusted_rand(&[0, 0, 0, 0], &[0, 1, 2, 3]), Some(0.0));
        assert!((adjusted_rand(&[0, 0, 1, 1], &[0, 1, 0, 1]).unwrap() + 0.5).abs() < 1e-12);
        assert_eq!(adjusted_rand(&[1], &["a"]), Some(1.0));
        assert_eq!(adjusted_rand::<u8, u8>(&[], &[]), None);
        assert_eq!(b_cubed(&[1], &[1, 2]), None);
    }

    proptest! {
        #[test]
        fn renaming_clusters_changes_nothing_and_equal_partitions_score_one(
            labels in prop::collection::vec((0u8..5, 0u8..5), 1..40)
        ) {
            let (a, b): (Vec<u8>, Vec<u8>) = labels.into_iter().unzip();
            let renamed: Vec<u8> = a.iter().map(|x| (x * 2 + 3) % 5).collect();
            let (x, y) = (adjusted_rand(&a, &b).unwrap(), adjusted_rand(&renamed, &b).unwrap());
            prop_assert!((x - y).abs() < 1e-12 && (-0.5 - 1e-9..=1.0 + 1e-9).contains(&x));
            prop_assert!((adjusted_rand(&a, &renamed).unwrap() - 1.0).abs() < 1e-12);
            let (s, t) = (b_cubed(&a, &b).unwrap(), b_cubed(&b, &a).unwrap());
            prop_assert!((s.precision - t.recall).abs() < 1e-12);
            prop_assert!(s.f1 > 0.0 && s.f1 <= 1.0 + 1e-12);
        }
    }
}
