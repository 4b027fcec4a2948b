//! How well each measure predicts the user's own labels of sentences, and whether length alone would do.
//!
//! Longer sentences are called biased more often, and every sum over words grows with length: so each measure is also
//! judged on pairs of like length only, and beside the number of words as a measure of its own.

use std::collections::BTreeMap;

use super::{Figure, RESAMPLES};
use crate::named::named;
use crate::stats::auc::Ranked;
use crate::stats::bootstrap::{Settings, reweighted};

/// Rows of each class below which an interval would pretend to know something.
pub(crate) const FEWEST: usize = 10;
/// Strata of like length.
const STRATA: usize = 5;
/// Name of the number of words, in the place of a measure.
pub(crate) const LENGTH: &str = "words";

/// Sentences with the user's labels.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Labelled {
    /// Whether each has what the label says.
    pub positive: Vec<bool>,
    /// Their numbers of words.
    pub words: Vec<usize>,
    /// What each belongs to (an article, an outlet), where that is told: rows of one group are drawn together.
    pub groups: Option<Vec<String>>,
}

named! {
    /// What a measure is worth for these labels.
    pub(crate) enum Verdict {
        /// Higher values go with the label, also among sentences of like length.
        Predicts = "predicts",
        /// Lower values do.
        Inverse = "inverse",
        /// With length held fixed it separates the classes no longer, or no better than what is left of length.
        Length = "length",
        /// The interval holds .5.
        No = "no",
        /// Too few rows, or groups, of a class for an interval.
        TooFew = "too few",
        /// The number of words, which is to be beaten.
        Baseline = "baseline",
    }
}

/// How well one measure predicts the labels, over the rows that have a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Calibration {
    pub measure: String,
    /// Rows with a value.
    pub n: usize,
    /// The positive ones among them.
    pub n_positive: usize,
    /// Area under the ROC curve, 0 to 1; none without both classes.
    pub auc: Option<Figure>,
    /// The same over pairs of sentences of like length.
    pub like_length: Option<Figure>,
    /// The area of the number of words, on the same rows.
    pub length: Option<Figure>,
    /// What is left of that at like length, which is not quite equal length: .5 would be nothing.
    pub length_left: Option<f64>,
    /// What follows.
    pub verdict: Verdict,
}

/// The number of words, then each measure in the order given: `(name, a value for each row)`. Intervals (95 %) are
/// percentiles of a bootstrap: of rows within each class, or of whole groups where there are any.
pub(crate) fn calibrate(labelled: &Labelled, measures: &[(String, Vec<Option<f64>>)], seed: u64) -> Vec<Calibration> {
    let words: Vec<Option<f64>> = labelled.words.iter().map(|&n| Some(n as f64)).collect();
    let baseline = Calibration { verdict: Verdict::Baseline, ..of_measure(labelled, LENGTH, &words, seed) };
    let rest = measures.iter().map(|(name, values)| of_measure(labelled, name, values, seed));
    std::iter::once(baseline).chain(rest).collect()
}

fn of_measure(labelled: &Labelled, name: &str, values: &[Option<f64>], seed: u64) -> Calibration {
    let (rows, scores): (Vec<usize>, Vec<f64>) =
        values.iter().enumerate().filter_map(|(row, v)| Some((row, v.filter(|v| v.is_finite())?))).unzip();
    let positive: Vec<bool> = rows.iter().map(|&row| labelled.positive[row]).collect();
    let words: Vec<usize> = rows.iter().map(|&row| labelled.words[row]).collect();
    let n_positive = positive.iter().filter(|&&p| p).count();

    let one = vec![0; rows.len()];
    let lengths: Vec<f64> = words.iter().map(|&n| n as f64).collect();
    let strata = strata(&words);
    let ranked = [
        Ranked::new(&scores, &positive, &one),
        Ranked::new(&scores, &positive, &strata),
        Ranked::new(&lengths, &positive, &one),
    ];
    let left = Ranked::new(&lengths, &positive, &strata).area(|_| 1.0);
    let length_left = left.is_finite().then_some(left);
    let enough = n_positive.min(rows.len() - n_positive) >= FEWEST;
    let units = if enough { units(labelled, &rows, &positive) } else { Vec::new() };
    let settings = Settings { resamples: RESAMPLES, alpha: 0.05, seed };
    let areas = |times: &[u32]| ranked.each_ref().map(|r| r.area(|row| f64::from(times[row])));
    let intervals = reweighted(&units, rows.len(), areas, &settings);
    let [auc, like_length, length] = std::array::from_fn(|i| {
        let value = ranked[i].area(|_| 1.0);
        value.is_finite().then_some(Figure { value, interval: intervals[i] })
    });
    let verdict = verdict(auc, like_length, length_left);
    Calibration { measure: name.into(), n: rows.len(), n_positive, auc, like_length, length, length_left, verdict }
}

/// What is drawn: rows of each class, or groups.
fn units(labelled: &Labelled, rows: &[usize], positive: &[bool]) -> Vec<Vec<Vec<u32>>> {
    let Some(groups) = &labelled.groups else {
        let of = |class: bool| (0..rows.len()).filter(|&i| positive[i] == class).map(|i| vec![i as u32]).collect();
        return vec![of(true), of(false)];
    };
    let mut of_group: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (i, &row) in rows.iter().enumerate() {
        of_group.entry(&groups[row]).or_default().push(i as u32);
    }
    // One group drawn again and again is no variation.
    if of_group.len() < 2 { Vec::new() } else { vec![of_group.into_values().collect()] }
}

/// Fifths by the number of words; equal numbers stay together.
fn strata(words: &[usize]) -> Vec<u32> {
    let mut sorted = words.to_vec();
    sorted.sort_unstable();
    let cut = |k: usize| sorted.get((sorted.len() * k).div_ceil(STRATA).saturating_sub(1)).copied();
    let cuts: Vec<usize> = (1..STRATA).filter_map(cut).collect();
    words.iter().map(|n| cuts.iter().filter(|&cut| cut < n).count() as u32).collect()
}

fn verdict(auc: Option<Figure>, like_length: Option<Figure>, length_left: Option<f64>) -> Verdict {
    /// 1 above .5, -1 below, 0 where the interval holds it.
    fn side((low, high): (f64, f64)) -> i8 {
        i8::from(low > 0.5) - i8::from(high < 0.5)
    }
    let Some(interval) = auc.and_then(|f| f.interval) else { return Verdict::TooFew };
    let within = like_length.and_then(|f| f.interval).map_or(0, side);
    let beyond = |f: Figure| (f.value - 0.5).abs() > length_left.map_or(0.0, |left| (left - 0.5).abs());
    match side(interval) {
        0 => Verdict::No,
        s if s != within || !like_length.is_some_and(beyond) => Verdict::Length,
        1 => Verdict::Predicts,
        _ => Verdict::Inverse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Sentences of 5 to 44 words in groups of ten; the longer, the likelier they have the label.
    fn sentences(n: usize) -> (Labelled, Vec<f64>) {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let words: Vec<usize> = (0..n).map(|_| rng.random_range(5..45)).collect();
        let positive = words.iter().map(|&w| rng.random_bool(w as f64 / 50.0)).collect();
        let groups = Some((0..n).map(|i| (i / 10).to_string()).collect());
        (Labelled { positive, words, groups }, (0..n).map(|_| rng.random::<f64>()).collect())
    }

    fn verdict_of(labelled: &Labelled, value: impl Fn(usize) -> f64) -> Verdict {
        let values = (0..labelled.words.len()).map(|i| Some(value(i))).collect();
        let found = calibrate(labelled, &[("m".into(), values)], 1);
        assert_eq!((found[0].measure.as_str(), found[0].verdict), (LENGTH, Verdict::Baseline));
        found[1].verdict
    }

    #[test]
    fn a_measure_of_length_is_found_out_and_a_real_one_is_not() {
        let (labelled, noise) = sentences(2_000);
        let label = |i: usize| f64::from(u8::from(labelled.positive[i]));
        let length = |i: usize| (labelled.words[i] / 8) as f64;
        assert_eq!(verdict_of(&labelled, |i| noise[i]), Verdict::No);
        assert_eq!(verdict_of(&labelled, |i| length(i) + 3.0 * noise[i]), Verdict::Length);
        assert_eq!(verdict_of(&labelled, |i| label(i) + 3.0 * noise[i]), Verdict::Predicts);
        assert_eq!(verdict_of(&labelled, |i| -label(i) + length(i) / 9.0 + noise[i]), Verdict::Inverse);
        let few = Labelled { positive: (0..30).map(|i| i < 9).collect(), words: vec![9; 30], groups: None };
        assert_eq!(verdict_of(&few, |i| -(i as f64)), Verdict::TooFew, "nine of a class, however clear");
    }

    #[test]
    fn rows_that_repeat_each_other_widen_the_interval_when_they_are_told_to_be_one_group() {
        let (mut labelled, noise) = sentences(400);
        // Every group says one thing ten times.
        for i in 0..400 {
            labelled.positive[i] = (i / 10) % 2 == 0;
        }
        let values = (0..400).map(|i| Some(noise[i / 10])).collect();
        let measures = [("m".to_owned(), values)];
        let width = |labelled: &Labelled| {
            let (low, high) = calibrate(labelled, &measures, 1)[1].auc.unwrap().interval.unwrap();
            high - low
        };
        let together = width(&labelled);
        labelled.groups = None;
        let apart = width(&labelled);
        assert!(together > 2.5 * apart, "{together} {apart}: about the root of ten");
    }

    #[test]
    fn fifths_keep_like_lengths_together() {
        assert_eq!(strata(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
        assert_eq!(strata(&[7, 7, 7, 7]), [0; 4]);
        assert!(strata(&[]).is_empty());
    }
}
