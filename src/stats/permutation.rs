//! Label permutation within blocks: the exact test of "whose value it is does not matter", and its inversion.
//!
//! A *block* is a set of values that would be interchangeable if the label did not matter: the values of all voices
//! that state one fact, or one effect and its mirror image. One of them is the labelled source's own. With the label
//! on value `j` of a block with `k` values, the effect is `d_j = v_j - mean(the other k - 1 values)`, and the statistic
//! is the mean effect over blocks. Permuting all labels of a block puts each value under the label with probability
//! `1/k`, so the null distribution has as many arrangements as the product of the block sizes. Two values per block
//! make this the sign-flip test (Fisher 1935; Pitman 1937); for larger blocks plain sign flips are *not* valid, for a
//! skewed value does not become its mirror image by changing hands.
//!
//! **Inversion.** Under "the label adds `delta`", `delta` is subtracted from the own values before permuting. This moves
//! the observed statistic to `u = T - delta`, and the statistic of an arrangement to `C - B u`, where
//! `C = A + B T`, `A` is its statistic on the unshifted values and `B` its mean slope (`-1` for a block in which the
//! label stays, `1/(k-1)` where it moves). So `|C - B u| >= |u|` holds exactly on one interval around zero,
//! `[-|C|/(1 -+ B), |C|/(1 +- B)]`, and the share of arrangements at least as extreme falls monotonically on both sides.
//! The confidence interval (all `delta` not rejected) is therefore read off as two order statistics of these end points:
//! no search, no grid, the same arrangements for every `delta`, the estimate always inside, and `p < alpha` exactly when
//! zero is outside. For inverting randomization tests see Garthwaite (1996, Biometrics 52) and Ernst (2004, Stat. Sci. 19).

use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Values within this relative distance of each other are the same number computed along two paths.
const SAME: f64 = 1e-12;
/// An arrangement counts as extreme when it reaches the observed statistic up to this relative tolerance.
const TIE: f64 = 1e-9;

/// One set of exchangeable values, as the effects that each of them would give under the label.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    /// Effects `d_j`, ascending (so that random draws do not depend on the order of the voices); but for [`Block::dealt`]
    /// they sum to zero. All sources of a fact share them.
    effects: Arc<[f64]>,
    /// Which of them is observed.
    own: usize,
}

impl Block {
    /// The blocks of one fact, one for each of its `values` under the label, with the mean of the other values; none
    /// without two. Time and memory grow with the number of values, not with its square.
    pub(crate) fn of_each(values: &[f64]) -> Vec<(Self, f64)> {
        if values.len() < 2 {
            return Vec::new();
        }
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        // Sums of what stands above each value; what stands below is added up on the way.
        let mut above = vec![0.0; sorted.len()];
        (0..sorted.len() - 1).rev().for_each(|j| above[j] = above[j + 1] + sorted[j + 1]);
        let (mut below, rest) = (0.0, (sorted.len() - 1) as f64);
        let means: Vec<f64> = sorted
            .iter()
            .zip(above)
            .map(|(value, above)| {
                let mean = (below + above) / rest;
                below += value;
                mean
            })
            .collect();
        let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
        let same = high - low <= SAME * low.abs().max(high.abs());
        let effect = |(value, mean): (&f64, &f64)| if same { 0.0 } else { value - mean };
        let effects: Arc<[f64]> = sorted.iter().zip(&means).map(effect).collect();
        let of = |value: &f64| {
            let place = sorted.partition_point(|v| v.total_cmp(value).is_lt());
            (Self { effects: Arc::clone(&effects), own: if same { 0 } else { place } }, means[place])
        };
        values.iter().map(of).collect()
    }

    /// The block of the `own` effect of one unit and of those that it could as well have had, each measured by itself.
    pub(crate) fn dealt(own: f64, others: &[f64]) -> Self {
        let mut effects: Vec<f64> = others.iter().copied().chain([own]).collect();
        effects.sort_by(f64::total_cmp);
        let index = effects.iter().position(|v| v.total_cmp(&own).is_eq()).unwrap_or_default();
        Self { effects: effects.into(), own: index }
    }

    /// The block of one effect that under the null could as well have had the opposite sign.
    pub(crate) fn sign(effect: f64) -> Self {
        if effect == 0.0 {
            return Self { effects: [0.0, 0.0].into(), own: 0 };
        }
        Self { effects: [-effect.abs(), effect.abs()].into(), own: usize::from(effect > 0.0) }
    }

    /// The observed effect.
    pub(crate) fn effect(&self) -> f64 {
        self.effects[self.own]
    }

    /// Number of values, at least 2.
    pub(crate) fn size(&self) -> usize {
        self.effects.len()
    }

    /// Whether the values differ, so that the label can matter.
    pub(crate) fn varies(&self) -> bool {
        self.effects.iter().any(|&d| d != 0.0)
    }
}

/// How a permutation test is run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Settings {
    /// All arrangements of the varying blocks are enumerated when there are at most this many.
    pub max_exhaustive: u64,
    /// Random arrangements otherwise.
    pub resamples: usize,
    /// The interval covers `1 - alpha`.
    pub alpha: f64,
    /// Seed of the random arrangements.
    pub seed: u64,
}

/// The result of a permutation test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Outcome {
    /// Mean observed effect over the blocks.
    pub statistic: f64,
    /// Two-sided p: the share of arrangements with `|T*| >= |T|`; sampled: `(1 + #) / (1 + resamples)`
    /// (Phipson & Smyth 2010). In (0, 1].
    pub p: f64,
    /// All shifts not rejected at `alpha`; `None` when there are too few blocks to reject any.
    pub interval: Option<(f64, f64)>,
    /// Whether `p` comes from all arrangements.
    pub exhaustive: bool,
}

/// Number of label arrangements over the varying blocks (saturating).
pub(crate) fn arrangements(blocks: &[Block]) -> u64 {
    count(blocks.iter().filter(|b| b.varies()))
}

fn count<'a>(blocks: impl Iterator<Item = &'a Block>) -> u64 {
    blocks.fold(1u64, |n, b| n.saturating_mul(b.size() as u64))
}

/// Permutes the label within each block. `blocks` in a fixed order; `None` when there are none.
///
/// Blocks whose values are identical say nothing about "no difference", but they do speak against every other shift:
/// they enter the interval and not `p`.
pub(crate) fn permutation_test(blocks: &[Block], settings: &Settings) -> Option<Outcome> {
    if blocks.is_empty() {
        return None;
    }
    let n = blocks.len() as f64;
    let (varying, constant): (Vec<&Block>, Vec<&Block>) = blocks.iter().partition(|b| b.varies());
    let total: f64 = varying.iter().map(|b| b.effect()).sum();
    let exhaustive = count(varying.iter().copied()) <= settings.max_exhaustive;
    let rows = if !exhaustive {
        sampled(&varying, &constant, settings)
    } else if count(blocks.iter()) <= settings.max_exhaustive {
        let all: Vec<&Block> = varying.iter().chain(&constant).copied().collect();
        enumerated(&all)
    } else {
        completed(enumerated(&varying), &varying, &constant, settings)
    };
    // Relative to the statistic for ties with it, and to the effects for a statistic that is 0 but for rounding.
    let scale: f64 = varying.iter().flat_map(|b| b.effects.last()).sum();
    let reached = total.abs() * (1.0 - TIE) - SAME * scale;
    let extreme = rows.iter().filter(|r| r.sum.abs() >= reached).count();
    Some(Outcome {
        statistic: total / n,
        p: extreme as f64 / rows.len() as f64,
        interval: invert(&rows, total / n, n, settings.alpha),
        exhaustive,
    })
}

/// One arrangement: the sum of its effects, and the sum of its slopes in the shift.
#[derive(Debug, Clone, Copy)]
struct Row {
    sum: f64,
    slope: f64,
}

impl Row {
    const EMPTY: Row = Row { sum: 0.0, slope: 0.0 };

    /// This arrangement with value `j` of one more block under the label.
    fn with(self, block: &Block, j: usize, own: usize) -> Row {
        Row { sum: self.sum + block.effects[j], slope: self.slope + slope(block.size(), j == own) }
    }
}

fn slope(size: usize, stays: bool) -> f64 {
    if stays { -1.0 } else { 1.0 / (size - 1) as f64 }
}

/// Every arrangement of `blocks`.
fn enumerated(blocks: &[&Block]) -> Vec<Row> {
    blocks.iter().fold(vec![Row::EMPTY], |rows, b| {
        rows.iter().flat_map(|row| (0..b.size()).map(move |j| row.with(b, j, b.own))).collect()
    })
}

/// The observed arrangement, then `resamples` random ones.
fn sampled(varying: &[&Block], constant: &[&Block], settings: &Settings) -> Vec<Row> {
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let mirrored = mirrored(varying);
    let observed = varying.iter().fold(Row::EMPTY, |row, b| row.with(b, b.own, b.own));
    let mut rows = Vec::with_capacity(settings.resamples + 1);
    rows.push(Row { slope: observed.slope - constant.len() as f64, ..observed });
    for _ in 0..settings.resamples {
        let row = varying.iter().fold(Row::EMPTY, |row, b| row.with(b, draw(&mut rng, b), b.own));
        rows.push(complete(row, constant, mirrored, &mut rng));
    }
    rows
}

/// All arrangements of the varying blocks, each with the same number of random arrangements of the constant ones
/// (these move slopes only, so `p` stays exact). The first completion of the observed arrangement is the observed one.
fn completed(rows: Vec<Row>, varying: &[&Block], constant: &[&Block], settings: &Settings) -> Vec<Row> {
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let mirrored = mirrored(varying);
    let times = settings.resamples.div_ceil(rows.len()).max(1);
    let stays = -(varying.len() as f64);
    rows.into_iter()
        .flat_map(|row| (0..times).map(move |i| (i, row)))
        .map(|(i, row)| {
            let random = complete(row, constant, mirrored, &mut rng);
            let observed = i == 0 && row.slope == stays;
            if observed { Row { slope: stays - constant.len() as f64, ..row } } else { random }
        })
        .collect()
}

fn complete(row: Row, constant: &[&Block], mirrored: bool, rng: &mut ChaCha8Rng) -> Row {
    constant.iter().fold(row, |row, b| row.with(b, draw(rng, b), usize::from(mirrored && b.size() == 2)))
}

/// Which of two equal values is the source's own cannot be told from the values. It follows the sign of the first
/// effect, so that two sources that only have each other get exactly mirrored intervals under either name.
fn mirrored(varying: &[&Block]) -> bool {
    varying.first().is_some_and(|b| b.effect() < 0.0)
}

fn draw(rng: &mut ChaCha8Rng, block: &Block) -> usize {
    rng.random_range(0..block.size() as u32) as usize
}

/// The shifts not rejected at `alpha`, from the end points described at the top of this file.
fn invert(rows: &[Row], statistic: f64, n: f64, alpha: f64) -> Option<(f64, f64)> {
    let needed = smallest_share(rows.len(), alpha);
    let mut above = Vec::with_capacity(rows.len());
    let mut below = Vec::with_capacity(rows.len());
    for row in rows {
        // -1: the observed arrangement; 1: its mirror image (blocks of two only). Both are as extreme at every shift.
        if row.slope.abs() >= n {
            above.push(f64::INFINITY);
            below.push(f64::INFINITY);
            continue;
        }
        let slope = row.slope / n;
        let c = row.sum / n + slope * statistic;
        let slope = if c < 0.0 { -slope } else { slope };
        above.push(c.abs() / (1.0 - TIE + slope));
        below.push(c.abs() / (1.0 - TIE - slope));
    }
    let kth = |ends: &mut Vec<f64>| *ends.select_nth_unstable_by(needed - 1, |a, b| b.total_cmp(a)).1;
    let (up, down) = (kth(&mut above), kth(&mut below));
    (up.is_finite() && down.is_finite()).then_some((statistic - up, statistic + down))
}

/// The smallest `m` with `m / n >= alpha`, at least 1.
fn smallest_share(n: usize, alpha: f64) -> usize {
    let mut m = ((alpha * n as f64) as usize).saturating_sub(1).clamp(1, n);
    while m < n && (m as f64 / n as f64) < alpha {
        m += 1;
    }
    m
}

/// Standard error of the mean effect and its degrees of freedom, with the estimated shift taken out.
///
/// The variance of the permutation distribution at `delta = T`, times `(df + 1) / df` for having estimated `T`;
/// `df` = sum of (block size - 1) - 1. For blocks of two this is the standard error of a paired mean, `s / sqrt(n)`.
/// `None` when nothing is left to estimate it from.
pub(crate) fn standard_error(blocks: &[Block]) -> Option<(f64, f64)> {
    let n = blocks.len() as f64;
    let df = blocks.iter().map(|b| b.size() - 1).sum::<usize>().checked_sub(1).filter(|&df| df > 0)? as f64;
    let statistic = blocks.iter().map(Block::effect).sum::<f64>() / n;
    let variance: f64 = blocks
        .iter()
        .map(|b| {
            let squares: f64 =
                (0..b.size()).map(|j| (b.effects[j] + slope(b.size(), j == b.own) * statistic).powi(2)).sum();
            squares / b.size() as f64
        })
        .sum::<f64>()
        / (n * n);
    Some(((variance * (df + 1.0) / df).sqrt(), df))
}
