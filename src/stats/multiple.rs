//! Many tests at once.

/// Benjamini–Hochberg (1995) q-values: for each p the smallest false discovery rate at which it would be rejected.
///
/// `p`: any number of values in [0, 1]. Returns one q per p in the same order, in [0, 1], with `q >= p`, and never
/// decreasing with p. Controls the false discovery rate under independence and positive dependence
/// (Benjamini & Yekutieli 2001).
pub(crate) fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut q = vec![0.0; p.len()];
    let mut smallest = 1.0f64;
    for (rank, &i) in order.iter().enumerate().rev() {
        // The last rank's factor is exactly 1, so rounding cannot bring q below p.
        smallest = smallest.min((p[i] * p.len() as f64 / (rank + 1) as f64).max(p[i]));
        q[i] = smallest;
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_papers_own_example() {
        // Benjamini & Hochberg 1995, section 3.2: fifteen p-values, four rejected at .05.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0,
        ];
        let q = benjamini_hochberg(&p);
        assert_eq!(q.iter().filter(|&&q| q <= 0.05).count(), 4);
        assert!((q[0] - 0.0015).abs() < 1e-12 && (q[3] - 0.0095 * 15.0 / 4.0).abs() < 1e-12);
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn q_is_at_least_p_and_grows_with_it(p in prop::collection::vec(0.0f64..=1.0, 0..40)) {
            let q = benjamini_hochberg(&p);
            for i in 0..p.len() {
                prop_assert!(q[i] >= p[i] && q[i] <= 1.0);
                for j in 0..p.len() {
                    if p[i] <= p[j] { prop_assert!(q[i] <= q[j]); }
                }
            }
        }
    }
}
