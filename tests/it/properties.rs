//! Laws that hold across modules, on any input.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use ndarray::Array2;
use parallax::facts::{PairFeatures, align};
use parallax::pipeline::Weights;
use parallax::stats::linkage::{CrossPair, average_linkage};
use proptest::prelude::*;

/// A matrix of scores; few different values, so that many are equal.
fn scores() -> impl Strategy<Value = Array2<f64>> {
    (0usize..7, 0usize..7).prop_flat_map(|(rows, columns)| {
        prop::collection::vec((0u8..=10).prop_map(|x| f64::from(x) / 10.0), rows * columns)
            .prop_map(move |cells| Array2::from_shape_vec((rows, columns), cells).unwrap())
    })
}

/// Items with a score for each pair, and an order to rename them by. Means of such scores are never equal: ties go to
/// the smaller item, and the pipeline sorts its items by id.
fn items() -> impl Strategy<Value = (Vec<f64>, Vec<usize>)> {
    (2usize..9).prop_flat_map(|n| {
        let scores = prop::collection::vec(0.0..1.0f64, n * (n - 1) / 2);
        (scores, Just((0..n).collect::<Vec<_>>()).prop_shuffle())
    })
}

proptest! {
    #[test]
    fn alignment_has_no_direction(scores in scores(), threshold in 0.0..1.0f64) {
        let there: BTreeSet<(usize, usize)> = align(&scores, threshold).iter().map(|p| (p.a, p.b)).collect();
        let transposed = scores.t().to_owned();
        let back: BTreeSet<(usize, usize)> = align(&transposed, threshold).iter().map(|p| (p.b, p.a)).collect();
        prop_assert_eq!(&there, &back);
        let (left, right): (BTreeSet<_>, BTreeSet<_>) = there.iter().copied().unzip();
        prop_assert!(left.len() == there.len() && right.len() == there.len(), "each claim at most once");
    }

    #[test]
    fn grouping_does_not_depend_on_the_order_of_the_items((scores, order) in items(), threshold in 0.0..1.0f64) {
        let n = order.len();
        let mut table = BTreeMap::new();
        let pairs = (0..n).flat_map(|x| (x + 1..n).map(move |y| (x, y)));
        for ((x, y), &score) in pairs.clone().zip(&scores) {
            table.insert((x, y), score);
        }
        let of = |x: usize, y: usize| table[&(x.min(y), x.max(y))];
        // `name[i]`: the item that stands at place `i`.
        let cluster = |name: &[usize]| -> BTreeSet<BTreeSet<usize>> {
            let edges: Vec<(usize, usize)> =
                pairs.clone().filter(|&(i, j)| of(name[i], name[j]) >= threshold).collect();
            let cross = |&(i, j): &(usize, usize)| {
                let score = of(name[i], name[j]);
                Some(CrossPair { score, matched: score >= threshold, copies: false })
            };
            let answer = |pairs: &[(usize, usize)]| Ok::<_, Infallible>(pairs.iter().map(cross).collect());
            let Ok(clusters) = average_linkage(n, &edges, threshold, answer, |_| true);
            clusters.into_iter().map(|c| c.into_iter().map(|i| name[i]).collect()).collect()
        };
        let plain = cluster(&(0..n).collect::<Vec<_>>());
        prop_assert_eq!(plain.iter().map(BTreeSet::len).sum::<usize>(), n);
        prop_assert_eq!(plain, cluster(&order));
    }

    #[test]
    fn a_pair_score_lies_between_0_and_1_and_grows_with_what_is_shared(
        cos in -1.0..1.0f64, cont in 0.0..1.0f64, num in 0.0..1.0f64, num_conf in 0..2u8, ent_conf in 0..2u8,
        headline in 0..2u8,
    ) {
        let weights = Weights::shipped().unwrap().pair;
        let f = PairFeatures { cos, cont, num, num_conf: num_conf.into(), ent_conf: ent_conf.into(), headline: headline.into() };
        let score = weights.score(&f);
        prop_assert!((0.0..=1.0).contains(&score));
        let closer = [
            PairFeatures { cos: 1.0, ..f },
            PairFeatures { cont: 1.0, ..f },
            PairFeatures { num: 1.0, ..f },
            PairFeatures { num_conf: 0.0, ent_conf: 0.0, ..f },
        ];
        for other in closer {
            prop_assert!(weights.score(&other) >= score, "{:?} below {:?}", other, f);
        }
    }
}
