//! Null checks, coverage and power of the contrasts on simulated stories:
//! `cargo run --release --no-default-features --example calibration -- [TESTS]` (default 4,000 tests per row).
//!
//! A row of the first two tables fails when more than 5.5 % of true nulls are rejected at p < .05; the command then
//! exits with 1.

mod simulate;

use std::process::ExitCode;

use parallax::framing::contrasts::{
    Contrast, ContrastConfig, Estimate, FactValues, Status, StoryValues, Voice, VoiceValue, source_contrasts,
    story_contrasts,
};
use rayon::prelude::*;
use simulate::{Claims, Noise, Scenario};

const BASE: Scenario = Scenario {
    sources: 2,
    facts: 8,
    coverage: 1.0,
    noise: Noise::Normal,
    claims: Claims::One,
    story_effect: 0.0,
    shift: 0.0,
};

/// Counts over simulated tests.
#[derive(Default)]
struct Tally {
    tests: usize,
    rejections: usize,
    covered: usize,
    mde: f64,
}

impl Tally {
    fn of(estimates: &[Estimate], truth: f64) -> Self {
        let mut tally = Self::default();
        for e in estimates.iter().filter(|e| e.status == Status::Ok) {
            tally.tests += 1;
            tally.rejections += usize::from(e.p.is_some_and(|p| p < 0.05));
            tally.covered += usize::from(e.ci.is_some_and(|(low, high)| low <= truth && truth <= high));
            tally.mde += e.mde.unwrap_or(f64::NAN);
        }
        tally
    }

    fn rate(&self) -> f64 {
        self.rejections as f64 / self.tests as f64
    }

    fn print(&self, name: &str) {
        let coverage = self.covered as f64 / self.tests as f64;
        println!("| {name} | {} | {} | {:.4} | {coverage:.3} |", self.tests, self.rejections, self.rate());
    }
}

/// Source 0 within each of `n` stories.
fn within(scenario: Scenario, n: usize, seed: u64) -> Tally {
    let rows = story_contrasts(&scenario.stories(n, seed), &ContrastConfig { resamples: 2_000, ..Default::default() });
    let own: Vec<Estimate> = rows.iter().filter(|r: &&Contrast| r.source == 0).map(|r| r.estimate).collect();
    Tally::of(&own, scenario.shift)
}

/// Source 0 across the stories of each of `n` corpora.
fn across(scenario: Scenario, stories: usize, n: usize, seed: u64) -> Tally {
    let config = ContrastConfig { resamples: 2_000, ..Default::default() };
    let own: Vec<Estimate> = (0..n as u64)
        .into_par_iter()
        .filter_map(|i| {
            let corpus = scenario.corpus(stories, seed + i);
            source_contrasts(&corpus, &config).first().map(|r| r.estimate)
        })
        .collect();
    Tally::of(&own, scenario.shift)
}

fn main() -> ExitCode {
    let tests = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(4_000);
    let mut worst = 0.0f64;

    println!("## Within a story: true nulls\n\n| scenario | tests | p < .05 | rate | CI coverage |\n|---|---|---|---|---|");
    let noises = [Noise::Normal, Noise::Skewed, Noise::LogNormal, Noise::HeavyTailed, Noise::Binary];
    let mut seed = 1;
    for sources in 2..=6 {
        for noise in noises {
            for (facts, coverage, claims) in [(7, 1.0, Claims::One), (12, 0.5, Claims::Varying)] {
                let scenario = Scenario { sources, facts, coverage, claims, noise, ..BASE };
                seed += 1;
                let tally = within(scenario, tests, seed);
                tally.print(&format!("{sources} sources, {facts} facts, {noise:?}, {claims:?} claims"));
                worst = worst.max(tally.rate());
            }
        }
    }

    println!("\n## Within a story: unequal scatter (outside the null; limits)\n\n| scenario | tests | p < .05 | rate | CI coverage |\n|---|---|---|---|---|");
    for sources in [2, 4, 6] {
        for noise in [Noise::Normal, Noise::Skewed] {
            for claims in [Claims::Terse, Claims::Verbose] {
                seed += 1;
                let tally = within(Scenario { sources, facts: 12, claims, noise, ..BASE }, tests, seed);
                tally.print(&format!("{sources} sources, 12 facts, {noise:?}, {claims:?}"));
            }
        }
    }

    println!("\n## Across stories: true nulls\n\n| scenario | tests | p < .05 | rate | CI coverage |\n|---|---|---|---|---|");
    for stories in [6, 12, 30] {
        for sources in [2, 3, 6] {
            for noise in [Noise::Normal, Noise::Skewed, Noise::LogNormal, Noise::HeavyTailed] {
                let scenario =
                    Scenario { sources, facts: 3, coverage: 0.5, claims: Claims::Varying, noise, story_effect: 0.5, ..BASE };
                seed += 1;
                let tally = across(scenario, stories, tests, 1000 * seed * tests as u64);
                tally.print(&format!("{stories} stories, {sources} sources, {noise:?}"));
                worst = worst.max(tally.rate());
            }
        }
    }

    println!("\n## Power: a shift of 1 sd of the differences (two sources) or of the values\n\n| n facts | pairs, 1 sd of differences | 2 sources, 1 sd of values | 3 | 4 | 6 | power at mde, 2 sources | 4 |\n|---|---|---|---|---|---|---|---|");
    for facts in [6, 7, 8, 10, 12, 15, 20, 30, 50] {
        // Scales vary between facts from .5 to 2: root mean square sqrt(15 / (8 ln 4)) ...
        let rms = (3.75 / (2.0 * 4f64.ln())).sqrt();
        let power = |sources: u32, shift: f64, seed: u64| {
            within(Scenario { sources, facts, shift: shift * rms, ..BASE }, tests / 2, seed).rate()
        };
        let at_mde = |sources: u32, seed: u64| {
            let null = within(Scenario { sources, facts, ..BASE }, tests / 2, seed);
            power(sources, null.mde / null.tests as f64 / rms, seed + 1)
        };
        seed += 10;
        println!(
            "| {facts} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            power(2, std::f64::consts::SQRT_2, seed),
            power(2, 1.0, seed + 1),
            power(3, 1.0, seed + 2),
            power(4, 1.0, seed + 3),
            power(6, 1.0, seed + 4),
            at_mde(2, seed + 5),
            at_mde(4, seed + 7),
        );
    }
    println!("\nworst null rejection rate: {worst:.4}");
    if worst <= 0.055 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
