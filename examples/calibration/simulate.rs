//! Simulated stories in which we know whether a source differs. Shared by the example and the library's own tests.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{FactValues, StoryValues, Teller, TellerValue};

/// The shape of a claim's score around its fact's own value; mean 0.
#[derive(Debug, Clone, Copy)]
pub enum Noise {
    /// Standard normal.
    Normal,
    /// Exponential: skewness 2.
    Skewed,
    /// Log-normal (sigma 1): skewness 6, heavy right tail.
    LogNormal,
    /// Student's t with 2 degrees of freedom: infinite variance.
    HeavyTailed,
    /// Yes or no (share .2), as `own_voice`: many ties, many facts on which all agree.
    Binary,
}

/// How many claims of a source state a fact; its value is their mean.
#[derive(Debug, Clone, Copy)]
pub enum Claims {
    /// One.
    One,
    /// One to four, drawn anew for each source and fact.
    Varying,
    /// One to four, drawn once for each source of a story: scatter differs between sources, but not systematically.
    PerSource,
    /// The tested source one, the others four each: *not* exchangeable, its values scatter twice as much.
    Terse,
    /// The tested source four, the others one each.
    Verbose,
}

/// A story generator. The tested source is number 0.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Number of sources, at least 2.
    pub sources: u32,
    /// Facts that the tested source states.
    pub facts: usize,
    /// Source `s` states a fact with probability `coverage ^ s` (one of the others always does).
    pub coverage: f64,
    /// Shape of the scores.
    pub noise: Noise,
    /// Claims per source and fact.
    pub claims: Claims,
    /// Standard deviation of a source's own effect in a story (0 within a story, where it would be a real difference).
    pub story_effect: f64,
    /// Added to the tested source's values.
    pub shift: f64,
}

impl Scenario {
    /// One simulated story. Facts have effects of their own (sd 2) and scales of their own (.5 to 2).
    pub fn story(&self, id: usize, rng: &mut ChaCha8Rng) -> StoryValues {
        let tendencies: Vec<f64> = (0..self.sources).map(|_| self.story_effect * score(Noise::Skewed, rng)).collect();
        let per_source: Vec<u32> = (0..self.sources).map(|_| rng.random_range(1..=4)).collect();
        let facts = (0..self.facts)
            .map(|i| {
                let effect = 2.0 * score(Noise::Normal, rng);
                let scale =
                    if matches!(self.noise, Noise::Binary) { 1.0 } else { 4f64.powf(rng.random::<f64>() - 0.5) };
                let sure = rng.random_range(1..self.sources);
                let values = (0..self.sources)
                    .filter_map(|s| {
                        let states = s == 0 || s == sure || rng.random_bool(self.coverage.powi(s as i32));
                        states.then(|| {
                            let claims = match (self.claims, s) {
                                (Claims::One, _) | (Claims::Terse, 0) | (Claims::Verbose, 1..) => 1,
                                (Claims::PerSource, s) => per_source[s as usize],
                                (Claims::Varying, _) => rng.random_range(1..=4),
                                (Claims::Terse, _) | (Claims::Verbose, 0) => 4,
                            };
                            let sum: f64 = (0..claims).map(|_| score(self.noise, rng)).sum();
                            let shift = if s == 0 { self.shift } else { 0.0 };
                            let own = tendencies[s as usize] + shift;
                            // As wire groups the others count the same, and cost no contrasts of their own.
                            let teller = if s == 0 { Teller::Source(0) } else { Teller::Wire(s) };
                            TellerValue { teller, value: effect + scale * (sum / claims as f64) + own }
                        })
                    })
                    .collect();
                FactValues { fact: format!("f{id}-{i}"), values }
            })
            .collect();
        StoryValues { story: format!("s{id:06}"), facts }
    }

    /// `n` simulated stories.
    pub fn stories(&self, n: usize, seed: u64) -> Vec<StoryValues> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..n).map(|i| self.story(i, &mut rng)).collect()
    }

    /// A corpus of `n` stories whose numbers of facts vary from 1 to `2 facts - 1`.
    pub fn corpus(&self, n: usize, seed: u64) -> Vec<StoryValues> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..n)
            .map(|i| {
                let facts = rng.random_range(1..2 * self.facts);
                Scenario { facts, ..*self }.story(i, &mut rng)
            })
            .collect()
    }
}

/// The same stories where the sources `1..=chosen` are a baseline: they have names, and all further ones are far from
/// everybody, which must not matter.
pub fn with_outsiders(mut stories: Vec<StoryValues>, chosen: u32) -> Vec<StoryValues> {
    for value in stories.iter_mut().flat_map(|story| &mut story.facts).flat_map(|fact| &mut fact.values) {
        match value.teller {
            Teller::Wire(s) if s <= chosen => value.teller = Teller::Source(s),
            Teller::Wire(_) => value.value += 5.0,
            Teller::Source(_) => {}
        }
    }
    stories
}

/// One claim's score.
pub fn score(noise: Noise, rng: &mut ChaCha8Rng) -> f64 {
    match noise {
        Noise::Normal => {
            let radius = (-2.0 * open(rng).ln()).sqrt();
            radius * (std::f64::consts::TAU * open(rng)).cos()
        }
        Noise::Skewed => -open(rng).ln() - 1.0,
        Noise::LogNormal => score(Noise::Normal, rng).exp() - 0.5f64.exp(),
        Noise::HeavyTailed => score(Noise::Normal, rng) / (-open(rng).ln()).sqrt(),
        Noise::Binary => f64::from(u8::from(rng.random_bool(0.2))),
    }
}

/// Uniform in (0, 1].
fn open(rng: &mut ChaCha8Rng) -> f64 {
    1.0 - rng.random::<f64>()
}
