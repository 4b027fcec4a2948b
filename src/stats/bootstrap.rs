//! Bootstrap intervals over independent units (Efron & Tibshirani 1993, chapters 13 and 14).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::power::{normal_cdf, normal_quantile};

/// How a bootstrap is run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Settings {
    /// Number of resamples.
    pub resamples: usize,
    /// The interval covers `1 - alpha`.
    pub alpha: f64,
    /// Seed of the resamples.
    pub seed: u64,
}

/// Percentile interval of `statistic` over `units`; `None` without units or when the statistic is not finite.
///
/// Undercovers in small samples; prefer [`bca`] for reported intervals.
pub(crate) fn percentile<T: Clone>(
    units: &[T],
    statistic: impl Fn(&[T]) -> f64,
    settings: &Settings,
) -> Option<(f64, f64)> {
    let draws = replicates(units, &statistic, settings)?;
    Some((quantile(&draws, settings.alpha / 2.0), quantile(&draws, 1.0 - settings.alpha / 2.0)))
}

/// Bias-corrected and accelerated interval (Efron 1987) of `statistic` over `units`.
///
/// Bias correction from the share of replicates below the estimate (ties count half), acceleration from the jackknife.
/// The estimate is always inside. `None` with fewer than two units or when the statistic is not finite.
pub(crate) fn bca<T: Clone>(units: &[T], statistic: impl Fn(&[T]) -> f64, settings: &Settings) -> Option<(f64, f64)> {
    if units.len() < 2 {
        return None;
    }
    let estimate = statistic(units);
    let draws = replicates(units, &statistic, settings)?;
    let below = draws.iter().filter(|&&d| d < estimate).count() as f64;
    let equal = draws.iter().filter(|&&d| d == estimate).count() as f64;
    let size = draws.len() as f64;
    // Kept off 0 and 1, where the correction would be infinite.
    let share = ((below + equal / 2.0) / size).clamp(0.5 / size, 1.0 - 0.5 / size);
    let bias = normal_quantile(share);
    let acceleration = acceleration(units, &statistic);
    let level = |z: f64| normal_cdf(bias + (bias + z) / (1.0 - acceleration * (bias + z)));
    let z = normal_quantile(1.0 - settings.alpha / 2.0);
    let (low, high) = (quantile(&draws, level(-z)), quantile(&draws, level(z)));
    (estimate.is_finite()).then(|| (low.min(high).min(estimate), high.max(low).max(estimate)))
}

/// Percentile interval of `statistic` over samples of several strata, each drawn anew from itself; `None` without units
/// or when the statistic is not finite.
pub(crate) fn stratified<T: Clone>(
    strata: &[Vec<T>],
    statistic: impl Fn(&[Vec<T>]) -> f64,
    settings: &Settings,
) -> Option<(f64, f64)> {
    if strata.iter().all(Vec::is_empty) || settings.resamples == 0 {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let mut sample = strata.to_vec();
    let mut draws: Vec<f64> = (0..settings.resamples)
        .map(|_| {
            sample.iter_mut().zip(strata).for_each(|(sample, units)| redraw(sample, units, &mut rng));
            statistic(&sample)
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    let level = settings.alpha / 2.0;
    draws.iter().all(|d| d.is_finite()).then(|| (quantile(&draws, level), quantile(&draws, 1.0 - level)))
}

/// Draws in which a statistic may be undefined: the interval speaks of the others.
const MOST_UNDEFINED: f64 = 0.01;

/// Percentile intervals of several statistics of the rows `0..rows`, of which whole units are drawn: `strata` holds units,
/// each a list of rows, and every stratum is drawn anew from itself. The statistics are told how often each row was drawn,
/// which is cheaper than a sample where they have sorted the rows before.
///
/// `None` for a statistic that is not finite in more than 1 % of the draws (a class is in so few units that many draws are
/// without it), and for all without units.
pub(crate) fn reweighted<const N: usize>(
    strata: &[Vec<Vec<u32>>],
    rows: usize,
    statistics: impl Fn(&[u32]) -> [f64; N] + Sync,
    settings: &Settings,
) -> [Option<(f64, f64)>; N] {
    if strata.iter().all(Vec::is_empty) || settings.resamples == 0 {
        return [None; N];
    }
    // A stream per draw: the same draws on any number of threads.
    let draws: Vec<[f64; N]> = (0..settings.resamples as u64)
        .into_par_iter()
        .map_init(
            || vec![0u32; rows],
            |times, draw| {
                let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
                rng.set_stream(draw);
                times.fill(0);
                for units in strata.iter().filter(|units| !units.is_empty()) {
                    for _ in 0..units.len() {
                        let drawn = &units[rng.random_range(0..units.len() as u32) as usize];
                        drawn.iter().for_each(|&row| times[row as usize] += 1);
                    }
                }
                statistics(times)
            },
        )
        .collect();
    std::array::from_fn(|i| {
        let mut values: Vec<f64> = draws.iter().map(|draw| draw[i]).filter(|v| v.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let undefined = 1.0 - values.len() as f64 / draws.len() as f64;
        let level = settings.alpha / 2.0;
        (undefined <= MOST_UNDEFINED).then(|| (quantile(&values, level), quantile(&values, 1.0 - level)))
    })
}

/// Fills `sample` with draws from `units`, of which there are as many.
fn redraw<T: Clone>(sample: &mut [T], units: &[T], rng: &mut ChaCha8Rng) {
    for slot in sample {
        slot.clone_from(&units[rng.random_range(0..units.len() as u32) as usize]);
    }
}

/// Sorted statistics of the resamples.
fn replicates<T: Clone>(units: &[T], statistic: impl Fn(&[T]) -> f64, settings: &Settings) -> Option<Vec<f64>> {
    if units.is_empty() || settings.resamples == 0 {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let mut sample = units.to_vec();
    let mut draws: Vec<f64> = (0..settings.resamples)
        .map(|_| {
            redraw(&mut sample, units, &mut rng);
            statistic(&sample)
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    draws.iter().all(|d| d.is_finite()).then_some(draws)
}

/// A sixth of the skewness of the jackknife values; 0 where they do not vary.
fn acceleration<T: Clone>(units: &[T], statistic: impl Fn(&[T]) -> f64) -> f64 {
    let left_out: Vec<f64> = (0..units.len())
        .map(|i| {
            let rest: Vec<T> = units.iter().enumerate().filter(|&(j, _)| j != i).map(|(_, u)| u.clone()).collect();
            statistic(&rest)
        })
        .collect();
    let mean = left_out.iter().sum::<f64>() / left_out.len() as f64;
    let (squares, cubes) =
        left_out.iter().fold((0.0, 0.0), |(s, c), v| (s + (mean - v).powi(2), c + (mean - v).powi(3)));
    let a: f64 = cubes / (6.0 * squares.powf(1.5));
    if a.is_finite() { a } else { 0.0 }
}

/// Linear interpolation between order statistics (type 7 of Hyndman & Fan 1996). `sorted` is not empty.
fn quantile(sorted: &[f64], level: f64) -> f64 {
    let at = level.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(x: &[f64]) -> f64 {
        x.iter().sum::<f64>() / x.len() as f64
    }

    const SETTINGS: Settings = Settings { resamples: 4000, alpha: 0.1, seed: 7 };

    #[test]
    fn bca_of_a_variance_matches_the_textbook() {
        // Efron & Tibshirani 1993, section 14.2, spatial test data A: theta = 171.5 (plug-in variance),
        // 90 % percentile interval (100.8, 233.9), BCa interval (115.8, 259.6) with 2,000 replicates.
        let a = [
            48., 36., 20., 29., 42., 42., 20., 42., 22., 41., 45., 14., 6., 0., 33., 28., 34., 4., 32., 24., 47., 41.,
            24., 26., 30., 41.,
        ];
        let variance = |x: &[f64]| x.iter().map(|v| (v - mean(x)).powi(2)).sum::<f64>() / x.len() as f64;
        assert!((variance(&a) - 171.5).abs() < 0.1);
        let (low, high) = percentile(&a, variance, &SETTINGS).unwrap();
        assert!((low - 100.8).abs() < 5.0 && (high - 233.9).abs() < 5.0, "{low} {high}");
        let (low, high) = bca(&a, variance, &SETTINGS).unwrap();
        assert!((low - 115.8).abs() < 5.0 && (high - 259.6).abs() < 8.0, "{low} {high}");
    }

    #[test]
    fn same_seed_same_interval_and_degenerate_data_do_not_panic() {
        let x = [1.0, 2.0, 4.0, 9.0, 3.0];
        assert_eq!(bca(&x, mean, &SETTINGS), bca(&x, mean, &SETTINGS));
        assert_eq!(bca(&[2.0, 2.0, 2.0], mean, &SETTINGS), Some((2.0, 2.0)));
        assert_eq!(bca(&[2.0], mean, &SETTINGS), None);
        assert_eq!(percentile(&[], mean, &SETTINGS), None);
    }
}
