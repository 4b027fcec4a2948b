//! What a test could have found: the minimum detectable effect.

use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::erf;

/// The standard normal distribution function.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    0.5 * erf::erfc(-z / std::f64::consts::SQRT_2)
}

/// The standard normal quantile; infinite at 0 and 1.
pub(crate) fn normal_quantile(level: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erf::erfc_inv(2.0 * level)
}

/// The quantile of Student's t with `df > 0` degrees of freedom; NaN for other `df`.
pub(crate) fn t_quantile(level: f64, df: f64) -> f64 {
    StudentsT::new(0.0, 1.0, df).map_or(f64::NAN, |t| t.inverse_cdf(level))
}

/// The level at which a test with this many equally likely arrangements really works when it rejects at `p < alpha`.
///
/// `step`: how many arrangements share one |statistic| at least (2 when every arrangement has a mirror image).
pub(crate) fn attained_level(alpha: f64, arrangements: u64, step: u64) -> f64 {
    let total = arrangements as f64;
    let whole = (alpha * total / step as f64).ceil() as u64;
    // p < alpha strictly: the largest multiple of step below alpha * arrangements
    let count = whole.saturating_sub(1) * step;
    count as f64 / total
}

/// The smallest shift that a two-sided test finds with probability `power`: `se (t[1 - alpha/2] + t[power])`, both
/// quantiles with `df` degrees of freedom (Bloom 1995, Evaluation Review 19). `None` when `se` is 0 or unknown.
///
/// Permutation tests of a mean have asymptotically the power of the t test (Hoeffding 1952); with few arrangements pass
/// the [attained level](attained_level) as `alpha`.
pub(crate) fn minimum_detectable(se: f64, df: f64, alpha: f64, power: f64) -> Option<f64> {
    let shift = se * (t_quantile(1.0 - alpha / 2.0, df) + t_quantile(power, df));
    (se > 0.0 && shift.is_finite()).then_some(shift)
}

/// The smallest shift at which `n` independent normal effects of standard deviation `sd` all have its sign with
/// probability `power`: what a sign-flip test needs when only unanimity is significant (n = 6 at .05).
/// `None` when `sd` is 0 or unknown.
pub(crate) fn minimum_unanimous(sd: f64, n: usize, power: f64) -> Option<f64> {
    let shift = sd * normal_quantile(power.powf(1.0 / n as f64));
    (sd > 0.0 && shift.is_finite()).then_some(shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_match_the_tables() {
        assert!((normal_quantile(0.975) - 1.959_964).abs() < 1e-6);
        assert!((normal_cdf(-1.0) - 0.158_655_3).abs() < 1e-7);
        assert!((t_quantile(0.975, 7.0) - 2.364_624).abs() < 1e-5);
        assert!((t_quantile(0.8, 5.0) - 0.919_544).abs() < 1e-5);
    }

    #[test]
    fn levels_are_attained_from_below() {
        assert_eq!(attained_level(0.05, 64, 2), 2.0 / 64.0);
        assert_eq!(attained_level(0.05, 128, 2), 6.0 / 128.0);
        assert_eq!(attained_level(0.05, 32, 2), 0.0);
        assert_eq!(attained_level(0.05, 100, 1), 0.04);
    }

    #[test]
    fn a_paired_design_of_eight_needs_a_shift_of_1_15_sd() {
        // Exact noncentral t (G*Power 3.1, two-sided .05, power .8, n = 8): dz = 1.155.
        let shift = minimum_detectable(1.0 / 8f64.sqrt(), 7.0, 0.05, 0.8).unwrap();
        assert!((shift - 1.155).abs() < 0.01, "{shift}");
        assert_eq!(minimum_detectable(0.0, 7.0, 0.05, 0.8), None);
    }
}
