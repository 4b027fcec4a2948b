//! Contrasts: how a source's value on the same facts differs from that of the others.
//!
//! For one measure, fact `c` and source `o`: `d(o,c) = f(o,c) - mean over the other tellers stating c` (with a
//! [`Baseline`]: over its tellers that state `c`). The effect in a
//! story is the mean over facts, the effect over the corpus the mean over stories. Within a story the labels are
//! permuted *within each fact* (`permutation`); across stories the story effects change sign. Only
//! the latter speaks of outlets; the former speaks of these articles.
//!
//! Nothing here depends on a source's name, index or position: values are ordered by value, facts by id, and random
//! streams are seeded from fact ids. Renaming two sources swaps their rows and changes nothing else.
//!
//! **Limits** (simulated by `cargo run --release --no-default-features --example calibration`). The test within a story
//! is exact when a fact's values are exchangeable between its tellers, whatever their distribution, the facts' own
//! levels and scales, and the number of facts each source states. It is not a test of means alone. A source that has one
//! claim per fact where all others average four *scatters* more than they do, and is flagged too often with three or more
//! tellers (.11 to .20 instead of .05), one that scatters less too rarely; with two, only where scores are skewed (.07 to
//! .09). Numbers of claims that differ between sources without system cost little (.05 to .06). The sign flip across
//! stories needs story effects that are symmetric around their mean; against five others and with skewed scores they are
//! not quite (.055 at 30 stories).

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;

use crate::named::named;
use crate::stats::permutation::{self, Block};
use crate::stats::{bootstrap, multiple, power};

/// Who states a fact in words of its own: a source, or the wire text that several sources printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Teller {
    /// An outlet, in its own wording (index of the source). One that only reprinted wire copy is no teller.
    Source(u32),
    /// A group of reprints of one text: one teller among "the others", without a contrast of its own.
    Wire(u32),
}

impl Teller {
    /// The outlet's index, if it is one.
    fn source(self) -> Option<u32> {
        match self {
            Teller::Source(source) => Some(source),
            Teller::Wire(_) => None,
        }
    }
}

/// One teller's mean value on one fact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TellerValue {
    /// Who.
    pub teller: Teller,
    /// The measure's mean over the teller's claims of this fact. Values that are not finite are left out.
    pub value: f64,
}

/// All tellers on one fact. Facts stated by fewer than two tellers are skipped.
#[derive(Debug, Clone, PartialEq)]
pub struct FactValues {
    /// The fact's id: orders the facts, seeds the random streams.
    pub fact: String,
    /// One value per teller; should a teller come twice, its values are averaged.
    pub values: Vec<TellerValue>,
}

/// The facts of one story.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryValues {
    /// The story's id.
    pub story: String,
    /// Its facts.
    pub facts: Vec<FactValues>,
}

named! {
    /// Whether there was enough to test.
    #[derive(Default, Hash, Serialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Status {
        /// Tested.
        Ok = "ok",
        /// Too few facts (or stories) that differ: no p.
        #[default]
        Insufficient = "insufficient",
    }
}

/// Chosen sources that each source is contrasted with, in place of all others.
///
/// The labels of a fact are then dealt anew among the source and those of the chosen ones that state it, and no others:
/// under the null these values are exchangeable, whatever the sources outside do. A text that a wire service and a
/// chosen source share is a teller of the baseline, but not against the only chosen source that printed it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Baseline {
    sources: BTreeSet<u32>,
    /// Wire group -> the chosen sources that printed it.
    printed: BTreeMap<u32, BTreeSet<u32>>,
}

impl Baseline {
    /// `sources`: indices; `printed`: who printed which wire group, pairs of (group, source), others are passed over.
    pub fn new(sources: impl IntoIterator<Item = u32>, printed: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut baseline = Baseline { sources: sources.into_iter().collect(), printed: BTreeMap::new() };
        for (group, source) in printed.into_iter().filter(|(_, source)| baseline.sources.contains(source)) {
            baseline.printed.entry(group).or_default().insert(source);
        }
        baseline
    }

    /// Whether `teller` is one of those that `source` is contrasted with.
    pub(crate) fn faces(&self, teller: Teller, source: u32) -> bool {
        match teller {
            Teller::Source(other) => other != source && self.sources.contains(&other),
            Teller::Wire(group) => {
                self.printed.get(&group).is_some_and(|printed| printed.iter().any(|&other| other != source))
            }
        }
    }
}

/// Settings of all contrasts of one measure.
#[derive(Debug, Clone, PartialEq)]
pub struct ContrastConfig {
    /// The run's seed.
    pub seed: u64,
    /// Enumerate all arrangements up to this many.
    pub max_exhaustive: u64,
    /// Random arrangements, or bootstrap samples, otherwise.
    pub resamples: usize,
    /// Facts with differing values needed for a test within a story.
    pub min_facts: usize,
    /// Stories with a non-zero effect needed for a test across stories.
    pub min_stories: usize,
    /// Number of stories from which an interval across stories is a BCa bootstrap; `None`: always by inversion.
    ///
    /// `None` is the default because the bootstrap falls short: of 95 % intervals, BCa covered .86 to .89 at 12 stories
    /// and .87 to .93 at 30, inversion .94 to .95 (`examples/calibration`), and only the inverted interval agrees
    /// with p.
    pub bootstrap_stories: Option<usize>,
    /// Standard deviation of the measure on the reference corpus, > 0: the unit of `mde` and of `divergence`.
    pub reference_sd: f64,
    /// Level of the tests behind the intervals (1 - `alpha`) and `mde`.
    pub alpha: f64,
    /// Power behind `mde`.
    pub power: f64,
    /// Contrast each source with these sources only, within and across stories; none: with all other tellers, wire groups
    /// included.
    pub baseline: Option<Baseline>,
}

impl Default for ContrastConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            max_exhaustive: 1 << 16,
            resamples: 10_000,
            min_facts: 6,
            min_stories: 6,
            bootstrap_stories: None,
            reference_sd: 1.0,
            alpha: 0.05,
            power: 0.8,
            baseline: None,
        }
    }
}

/// The part that all contrasts share: an estimate and what is known about its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// Mean difference, in units of the measure.
    pub difference: f64,
    /// Its standard error; `None` when nothing is left to estimate it from.
    pub standard_error: Option<f64>,
    /// Interval at 1 - alpha; contains `difference`.
    pub ci: Option<(f64, f64)>,
    /// Two-sided permutation p, in (0, 1].
    pub p: Option<f64>,
    /// Benjamini–Hochberg q within the measure's family, in [p, 1].
    pub q: Option<f64>,
    /// Smallest shift found with the configured power, in reference standard deviations.
    pub mde: Option<f64>,
    /// Whether it was tested. `Insufficient` goes with no interval, p, q, mde.
    pub status: Status,
}

/// A source against the others, within one story. Speaks of these articles, not of the outlet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contrast {
    /// Story id.
    pub story: String,
    /// Index of the source.
    pub source: u32,
    /// Facts that the source and at least one other teller state.
    pub n_facts: usize,
    /// Those among them whose values are not identical; `min_facts` counts these.
    pub n_varying: usize,
    /// Mean over facts of the source's value.
    pub value: f64,
    /// Mean over facts of the others' mean value.
    pub others: f64,
    /// `value - others`, and how sure.
    #[serde(flatten)]
    pub estimate: Estimate,
}

/// A source against the others, across stories.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceContrast {
    /// Index of the source.
    pub source: u32,
    /// Stories in which it shares a fact.
    pub n_stories: usize,
    /// Facts behind them.
    pub n_facts: usize,
    /// Mean over stories of the story effects, and how sure.
    #[serde(flatten)]
    pub estimate: Estimate,
}

/// Two sources, across stories, over the facts that both state.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairContrast {
    /// Index of the first source, the smaller one.
    pub source_a: u32,
    /// Index of the second.
    pub source_b: u32,
    /// Stories in which both state a fact.
    pub n_stories: usize,
    /// Facts behind them.
    pub n_facts: usize,
    /// Mean over stories of `a - b`, and how sure.
    #[serde(flatten)]
    pub estimate: Estimate,
}

/// Contrasts of one measure within each story; q over all of them. Ordered by story, then source.
pub fn story_contrasts(stories: &[StoryValues], config: &ContrastConfig) -> Vec<Contrast> {
    let sides = sides(stories, config);
    let tested: Vec<_> = sides
        .par_iter()
        .map(|side| {
            let blocks: Vec<Block> = side.facts.iter().map(|f| f.block.clone()).collect();
            let varying = blocks.iter().filter(|b| b.varies()).count();
            let ids = side.facts.iter().map(|f| f.id);
            (varying, estimate(&blocks, varying >= config.min_facts, seed(ids, config.seed), config))
        })
        .collect();
    let mut rows: Vec<Contrast> = sides
        .iter()
        .zip(tested)
        .map(|(side, (n_varying, estimate))| {
            let n = side.facts.len() as f64;
            Contrast {
                story: side.story.to_string(),
                source: side.source,
                n_facts: side.facts.len(),
                n_varying,
                value: side.facts.iter().map(|f| f.own).sum::<f64>() / n,
                others: side.facts.iter().map(|f| f.others).sum::<f64>() / n,
                estimate,
            }
        })
        .collect();
    let mirrors: BTreeMap<(&str, u32), u32> =
        sides.iter().filter_map(|s| Some(((s.story, s.source), opponent(s.facts.iter())?))).collect();
    let repeats: Vec<bool> = sides
        .iter()
        .map(|s| {
            let other = mirrors.get(&(s.story, s.source)).copied();
            other.is_some_and(|o| o < s.source && mirrors.get(&(s.story, o)) == Some(&s.source))
        })
        .collect();
    adjust(rows.iter_mut().map(|r| &mut r.estimate).collect(), &repeats);
    rows
}

/// Contrasts of one measure across stories; q over all of them. Ordered by source.
pub fn source_contrasts(stories: &[StoryValues], config: &ContrastConfig) -> Vec<SourceContrast> {
    let sides = sides(stories, config);
    let mut by_source: BTreeMap<u32, Vec<&Side<'_>>> = BTreeMap::new();
    let mut means: BTreeMap<&str, Vec<(u32, f64)>> = BTreeMap::new();
    for side in &sides {
        by_source.entry(side.source).or_default().push(side);
        means.entry(side.story).or_default().push((side.source, side.mean()));
    }
    let mirrors: BTreeMap<u32, u32> = by_source
        .iter()
        .filter_map(|(&source, sides)| Some((source, opponent(sides.iter().flat_map(|s| &s.facts))?)))
        .collect();
    let repeats: Vec<bool> =
        by_source.keys().map(|s| mirrors.get(s).is_some_and(|o| o < s && mirrors.get(o) == Some(s))).collect();
    let by_source: Vec<(u32, Vec<&Side<'_>>)> = by_source.into_iter().collect();
    // What a source differs by in all of its stories.
    let standing: BTreeMap<u32, f64> = by_source
        .iter()
        .map(|(source, sides)| (*source, sides.iter().map(|s| s.mean()).sum::<f64>() / sides.len() as f64))
        .collect();
    let standing = |source: &u32| standing[source];
    let mut rows: Vec<SourceContrast> = by_source
        .par_iter()
        .map(|(source, sides)| {
            let effects = sides.iter().map(|side| {
                let others: Vec<&(u32, f64)> = means[side.story].iter().filter(|(p, _)| p != source).collect();
                // If this source differs by nothing, the others differ by that much more.
                let share = standing(source) / others.len().max(1) as f64;
                let others = others.into_iter().map(|(p, mean)| mean - (standing(p) + share)).collect();
                Effect { ids: side.facts.iter().map(|f| f.id).collect(), mean: side.mean(), others }
            });
            let (n_stories, n_facts, estimate) = across(effects.collect(), config);
            SourceContrast { source: *source, n_stories, n_facts, estimate }
        })
        .collect();
    adjust(rows.iter_mut().map(|r| &mut r.estimate).collect(), &repeats);
    rows
}

/// A story that more sources tell says nothing of pairs of sources: there would be a hundred thousand, of which few meet in
/// enough stories to be tested.
pub(crate) const MOST_PAIRED: usize = 500;

/// Contrasts of one measure between each two sources, across stories, over the facts both state (other tellers do not
/// enter, nor does a baseline); q over all of them. Ordered by the two sources. Stories of more than `MOST_PAIRED` sources
/// are left out.
pub fn pair_contrasts(stories: &[StoryValues], config: &ContrastConfig) -> Vec<PairContrast> {
    let mut pairs: BTreeMap<(u32, u32), Vec<Effect<'_>>> = BTreeMap::new();
    for story in stories {
        let facts = merged(story);
        let tellers: BTreeSet<u32> = facts.iter().flat_map(|(_, v)| v.iter().filter_map(|(v, _)| v.source())).collect();
        if tellers.len() > MOST_PAIRED {
            continue;
        }
        let mut here: BTreeMap<(u32, u32), (Vec<&str>, f64)> = BTreeMap::new();
        for (id, values) in facts {
            for (i, &(teller, a)) in values.iter().enumerate() {
                for &(other, b) in &values[i + 1..] {
                    let (Teller::Source(x), Teller::Source(y)) = (teller, other) else { continue };
                    let (ids, sum) = here.entry((x, y)).or_default();
                    ids.push(id);
                    *sum += a - b;
                }
            }
        }
        for (pair, (ids, sum)) in here {
            let mean = sum / ids.len() as f64;
            pairs.entry(pair).or_default().push(Effect { ids, mean, others: Vec::new() });
        }
    }
    let pairs: Vec<_> = pairs.into_iter().collect();
    let mut rows: Vec<PairContrast> = pairs
        .into_par_iter()
        .map(|((source_a, source_b), effects)| {
            let (n_stories, n_facts, estimate) = across(effects, config);
            PairContrast { source_a, source_b, n_stories, n_facts, estimate }
        })
        .collect();
    let repeats = vec![false; rows.len()];
    adjust(rows.iter_mut().map(|r| &mut r.estimate).collect(), &repeats);
    rows
}

/// How far apart sources are: root mean square of their differences in reference standard deviations, after subtracting
/// the mean square that noise alone would give (the squared standard errors), floored at 0.
///
/// Takes the contrasts of one measure that belong together (those of one story; or one pair). Insufficient ones are
/// left out; `None` when nothing remains.
pub(crate) fn divergence<'a>(estimates: impl IntoIterator<Item = &'a Estimate>, reference_sd: f64) -> Option<f64> {
    let excess: Vec<f64> = estimates
        .into_iter()
        .filter(|e| e.status == Status::Ok)
        .filter_map(|e| Some(e.difference.powi(2) - e.standard_error?.powi(2)))
        .collect();
    let mean = excess.iter().sum::<f64>() / excess.len() as f64;
    (!excess.is_empty()).then(|| mean.max(0.0).sqrt() / reference_sd)
}

/// The order of rows in reports: tested ones first, then by |difference / standard error|, largest first; estimates
/// without a standard error last. Break ties by (story, source).
pub(crate) fn by_strength(a: &Estimate, b: &Estimate) -> Ordering {
    a.status.cmp(&b.status).then_with(|| b.strength().total_cmp(&a.strength()))
}

impl Estimate {
    /// |difference / standard error|: infinite when the error is 0 and the difference is not, -1 when it is unknown.
    pub(crate) fn strength(&self) -> f64 {
        match self.standard_error {
            None => -1.0,
            Some(_) if self.difference == 0.0 => 0.0,
            Some(error) => (self.difference / error).abs(),
        }
    }
}

/// A source's facts in one story.
struct Side<'a> {
    story: &'a str,
    source: u32,
    facts: Vec<SideFact<'a>>,
}

impl Side<'_> {
    /// The mean effect over its facts.
    fn mean(&self) -> f64 {
        self.facts.iter().map(|f| f.block.effect()).sum::<f64>() / self.facts.len() as f64
    }
}

struct SideFact<'a> {
    id: &'a str,
    block: Block,
    own: f64,
    others: f64,
    /// The other source, when it is the only other teller.
    opponent: Option<u32>,
}

/// Every (story, source) with at least one shared fact, ordered; facts ordered by id.
fn sides<'a>(stories: &'a [StoryValues], config: &ContrastConfig) -> Vec<Side<'a>> {
    let mut sides: Vec<Side<'a>> = stories
        .par_iter()
        .flat_map_iter(|story| {
            let mut here: BTreeMap<u32, Vec<SideFact<'a>>> = BTreeMap::new();
            for (id, values) in merged(story) {
                let Some(baseline) = &config.baseline else {
                    let numbers: Vec<f64> = values.iter().map(|&(_, v)| v).collect();
                    for (n, (block, others)) in Block::of_each(&numbers).into_iter().enumerate() {
                        let (Teller::Source(source), own) = values[n] else { continue };
                        let opponent = match values[..] {
                            [x, y] => (if n == 0 { y } else { x }).0.source(),
                            _ => None,
                        };
                        here.entry(source).or_default().push(SideFact { id, block, own, others, opponent });
                    }
                    continue;
                };
                for &(teller, own) in &values {
                    let Teller::Source(source) = teller else { continue };
                    let others: Vec<(Teller, f64)> =
                        values.iter().copied().filter(|&(v, _)| v != teller && baseline.faces(v, source)).collect();
                    if let Some(fact) = SideFact::new(id, own, &others) {
                        here.entry(source).or_default().push(fact);
                    }
                }
            }
            here.into_iter().map(|(source, facts)| Side { story: &story.story, source, facts })
        })
        .collect();
    sides.sort_by(|a, b| a.story.cmp(b.story).then(a.source.cmp(&b.source)));
    sides
}

impl<'a> SideFact<'a> {
    fn new(id: &'a str, own: f64, others: &[(Teller, f64)]) -> Option<Self> {
        let values: Vec<f64> = [own].into_iter().chain(others.iter().map(|&(_, v)| v)).collect();
        let (block, mean) = Block::of_each(&values).into_iter().next()?;
        let opponent = match others {
            [(teller, _)] => teller.source(),
            _ => None,
        };
        Some(Self { id, block, own, others: mean, opponent })
    }
}

/// A story's facts by id, each with one finite value per teller, ordered by teller.
fn merged(story: &StoryValues) -> Vec<(&str, Vec<(Teller, f64)>)> {
    let mut facts: Vec<_> = story
        .facts
        .iter()
        .map(|fact| {
            let mut tellers: BTreeMap<Teller, (f64, usize)> = BTreeMap::new();
            for v in fact.values.iter().filter(|v| v.value.is_finite()) {
                let (sum, n) = tellers.entry(v.teller).or_default();
                *sum += v.value;
                *n += 1;
            }
            let values = tellers.into_iter().map(|(teller, (sum, n))| (teller, sum / n as f64)).collect();
            (fact.fact.as_str(), values)
        })
        .collect();
    facts.sort_by(|a: &(&str, Vec<_>), b| a.0.cmp(b.0));
    facts
}

/// The one source that is the only other teller in all of these facts.
fn opponent<'a, 'b: 'a>(facts: impl Iterator<Item = &'a SideFact<'b>>) -> Option<u32> {
    let mut found = None;
    for fact in facts {
        let other = fact.opponent?;
        if *found.get_or_insert(other) != other {
            return None;
        }
    }
    found
}

/// One story's mean difference, and the facts behind it.
struct Effect<'a> {
    ids: Vec<&'a str>,
    mean: f64,
    /// The effects of the story's other sources, each less what it differs by over all stories if this one differs by
    /// nothing: what chance could have given this one.
    others: Vec<f64>,
}

/// Mean over stories: sign flip of the story effects. Returns (stories, facts, estimate).
///
/// Where three or more sources tell a story, chance need not be symmetric: one article far above the others puts each of
/// them a little below. There the sources' effects of each story, less what each source differs by everywhere, are dealt anew as
/// well. That is right for skew and not for unequal scatter, the flips the other way round: the larger p counts, and the union
/// of the intervals.
fn across(mut effects: Vec<Effect<'_>>, config: &ContrastConfig) -> (usize, usize, Estimate) {
    effects.sort_by(|a, b| a.ids.iter().min().cmp(&b.ids.iter().min()));
    let blocks: Vec<Block> = effects.iter().map(|e| Block::sign(e.mean)).collect();
    let enough = blocks.iter().filter(|b| b.varies()).count() >= config.min_stories;
    let seed = seed(effects.iter().flat_map(|e| e.ids.iter().copied()), config.seed);
    let mut estimate = estimate(&blocks, enough, seed, config);
    if estimate.status == Status::Ok && config.baseline.is_none() && effects.iter().any(|e| e.others.len() > 1) {
        let dealt = effects.iter().zip(&blocks);
        let dealt: Vec<Block> = dealt
            .map(|(e, flipped)| if e.others.len() > 1 { Block::dealt(e.mean, &e.others) } else { flipped.clone() })
            .collect();
        if let Some(test) = permutation::permutation_test(&dealt, &permutation_settings(seed, config)) {
            estimate.p = estimate.p.map(|p| p.max(test.p));
            let union = |(low, high): (f64, f64)| test.interval.map(|(l, h)| (low.min(l), high.max(h)));
            estimate.ci = estimate.ci.and_then(union);
        }
    }
    if enough && config.bootstrap_stories.is_some_and(|n| blocks.len() >= n) {
        let means: Vec<f64> = effects.iter().map(|e| e.mean).collect();
        let settings = bootstrap::Settings { resamples: config.resamples, alpha: config.alpha, seed };
        estimate.ci = bootstrap::bca(&means, |x| x.iter().sum::<f64>() / x.len() as f64, &settings);
    }
    (effects.len(), effects.iter().map(|e| e.ids.len()).sum(), estimate)
}

/// The mean over stories of what cannot be negative, with its interval: a test against 0 would say nothing. Without a
/// standard error, which puts it last in [`by_strength`].
pub(super) fn mean_over_stories(stories: &[(&str, f64)], config: &ContrastConfig) -> Estimate {
    let effects = stories.iter().map(|&(id, mean)| Effect { ids: vec![id], mean, others: Vec::new() }).collect();
    Estimate { p: None, mde: None, standard_error: None, ..across(effects, config).2 }
}

fn permutation_settings(seed: u64, config: &ContrastConfig) -> permutation::Settings {
    permutation::Settings {
        max_exhaustive: config.max_exhaustive,
        resamples: config.resamples,
        alpha: config.alpha,
        seed,
    }
}

/// Tests the blocks if there are `enough` of them; q is left for [`adjust`].
fn estimate(blocks: &[Block], enough: bool, seed: u64, config: &ContrastConfig) -> Estimate {
    let error = permutation::standard_error(blocks);
    let mut estimate = Estimate {
        difference: blocks.iter().map(Block::effect).sum::<f64>() / blocks.len() as f64,
        standard_error: error.map(|(se, _)| se),
        ci: None,
        p: None,
        q: None,
        mde: None,
        status: Status::Insufficient,
    };
    let settings = permutation_settings(seed, config);
    if let Some(test) = enough.then(|| permutation::permutation_test(blocks, &settings)).flatten() {
        estimate.status = Status::Ok;
        estimate.p = Some(test.p);
        estimate.ci = test.interval;
        estimate.mde = error.and_then(|(se, df)| detectable(blocks, se, df, config));
    }
    estimate
}

/// The smallest shift found with the configured power, in reference standard deviations.
fn detectable(blocks: &[Block], se: f64, df: f64, config: &ContrastConfig) -> Option<f64> {
    let varying = blocks.iter().filter(|b| b.varies()).count();
    let pairs_only = blocks.iter().filter(|b| b.varies()).all(|b| b.size() == 2);
    let step = if pairs_only { 2 } else { 1 };
    let arrangements = permutation::arrangements(blocks);
    let level = power::attained_level(config.alpha, arrangements, step);
    let shift = if pairs_only && level * arrangements as f64 == 2.0 {
        // Rejected only when all effects agree in sign (six pairs).
        power::minimum_unanimous(se * (blocks.len() as f64).sqrt(), varying, config.power)
    } else {
        power::minimum_detectable(se, df, level, config.power)
    };
    Some(shift? / config.reference_sd)
}

/// q-values over the tested estimates; those marked as repeats of an earlier hypothesis take its q.
fn adjust(estimates: Vec<&mut Estimate>, repeats: &[bool]) {
    let family: Vec<f64> =
        estimates.iter().zip(repeats).filter(|&(_, &repeat)| !repeat).filter_map(|(e, _)| e.p).collect();
    // Equal p, equal q: a repeat has the very p of the row it mirrors. Positive floats order as their bits.
    let q: BTreeMap<u64, f64> = family.iter().map(|p| p.to_bits()).zip(multiple::benjamini_hochberg(&family)).collect();
    for estimate in estimates {
        estimate.q = estimate.p.and_then(|p| q.get(&p.to_bits()).copied());
    }
}

/// A stream for these facts, the same for every measure and whatever the sources are called.
fn seed<'a>(facts: impl Iterator<Item = &'a str>, seed: u64) -> u64 {
    let mut ids: Vec<&str> = facts.collect();
    ids.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"parallax contrasts 1");
    hasher.update(&seed.to_le_bytes());
    for id in ids {
        hasher.update(&(id.len() as u64).to_le_bytes());
        hasher.update(id.as_bytes());
    }
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
#[path = "../../examples/calibration/simulate.rs"]
#[allow(dead_code)] // the example draws more scenarios than the tests
mod simulate;

#[cfg(test)]
mod tests;
