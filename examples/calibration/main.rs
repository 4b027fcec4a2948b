//! Null checks, coverage and power of the contrasts on simulated stories:
//! `cargo run --release --no-default-features --example calibration -- [TESTS] [baseline]` (default 10,000 tests per row;
//! `baseline`: only the tables of contrasts with chosen sources).
//!
//! Exits with 1 when more than 5.5 % of true nulls are rejected at p < .05: over all rows of a table, or in one row by
//! more than chance.

#![allow(clippy::print_stdout)] // its output is its purpose

mod simulate;

use std::process::ExitCode;

use parallax::framing::contrasts::{
    Baseline, Contrast, ContrastConfig, Estimate, FactValues, Status, StoryValues, Teller, TellerValue,
    source_contrasts, story_contrasts,
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
fn across(scenario: Scenario, stories: usize, n: usize, seed: u64, bootstrap_stories: Option<usize>) -> Tally {
    let config = ContrastConfig { resamples: 2_000, bootstrap_stories, ..Default::default() };
    let own: Vec<Estimate> = (0..n as u64)
        .into_par_iter()
        .filter_map(|i| {
            let corpus = scenario.corpus(stories, seed + i);
            source_contrasts(&corpus, &config).first().map(|r| r.estimate)
        })
        .collect();
    Tally::of(&own, scenario.shift)
}

/// A source within each of `n` stories, against the chosen ones among `1..=chosen`.
fn within_baseline(scenario: Scenario, chosen: u32, source: u32, n: usize, seed: u64) -> Tally {
    let baseline = Some(Baseline::new(1..=chosen, []));
    let config = ContrastConfig { resamples: 2_000, baseline, ..Default::default() };
    let rows = story_contrasts(&simulate::with_outsiders(scenario.stories(n, seed), chosen), &config);
    let own: Vec<Estimate> = rows.iter().filter(|r: &&Contrast| r.source == source).map(|r| r.estimate).collect();
    Tally::of(&own, 0.0)
}

/// Source 0 across the stories of each of `n` corpora, against the sources `1..=chosen`.
fn across_baseline(scenario: Scenario, chosen: u32, stories: usize, n: usize, seed: u64) -> Tally {
    let baseline = Some(Baseline::new(1..=chosen, []));
    let config = ContrastConfig { resamples: 2_000, baseline, ..Default::default() };
    let own: Vec<Estimate> = (0..n as u64)
        .into_par_iter()
        .filter_map(|i| {
            let corpus = simulate::with_outsiders(scenario.corpus(stories, seed + i), chosen);
            source_contrasts(&corpus, &config).first().filter(|r| r.source == 0).map(|r| r.estimate)
        })
        .collect();
    Tally::of(&own, 0.0)
}

/// The null checks of one kind: rows and their sum.
#[derive(Default)]
struct Nulls {
    tests: usize,
    rejections: usize,
    failed: Vec<String>,
}

impl Nulls {
    /// A row fails when its rate is above .055 by more than chance (one-sided .05).
    fn add(&mut self, name: String, tally: &Tally) {
        self.tests += tally.tests;
        self.rejections += tally.rejections;
        let n = tally.tests as f64;
        if tally.rejections as f64 > 0.055 * n + 1.645 * (0.055 * 0.945 * n).sqrt() {
            self.failed.push(name);
        }
    }

    fn holds(&self, what: &str) -> bool {
        let rate = self.rejections as f64 / self.tests as f64;
        println!(
            "\n{what}: {} of {} true nulls rejected ({rate:.4}); above .055: {:?}",
            self.rejections, self.tests, self.failed
        );
        rate <= 0.055 && self.failed.is_empty()
    }
}

const HEAD: &str = "| scenario | tests | p < .05 | rate | CI coverage |\n|---|---|---|---|---|";

/// Contrasts with chosen sources, where further ones that are far from all of them state the same facts.
fn baselines(tests: usize) -> bool {
    let (mut inside, mut outside) = (Nulls::default(), Nulls::default());
    let mut seed = 500;
    println!("## Within a story, against a baseline: true nulls\n\n{HEAD}");
    for chosen in [1, 2, 4] {
        for noise in [Noise::Normal, Noise::Skewed, Noise::LogNormal, Noise::HeavyTailed, Noise::Binary] {
            // Yes-or-no scores agree on most facts: more facts, so that enough of them vary.
            let facts = if matches!(noise, Noise::Binary) { 24 } else { 12 };
            let scenario = Scenario { sources: 6, facts, coverage: 0.85, claims: Claims::Varying, noise, ..BASE };
            for source in [0, 1].into_iter().take(chosen.min(2) as usize) {
                seed += 1;
                let tally = within_baseline(scenario, chosen, source, tests, seed);
                let who = if source == 0 { "a source" } else { "one of them" };
                let name = format!("{who} against {chosen} of 6, {facts} facts, {noise:?}");
                tally.print(&name);
                inside.add(name, &tally);
            }
        }
    }
    println!("\n## Across stories, against a baseline: true nulls\n\n{HEAD}");
    for stories in [6, 12, 30] {
        for chosen in [1, 2, 4] {
            for noise in [Noise::Normal, Noise::LogNormal] {
                let scenario = Scenario {
                    sources: 6,
                    facts: 4,
                    coverage: 0.85,
                    claims: Claims::Varying,
                    noise,
                    story_effect: 0.5,
                    ..BASE
                };
                seed += 1;
                let tally = across_baseline(scenario, chosen, stories, tests, 1_000_000 * seed);
                let name = format!("{stories} stories, against {chosen} of 6, {noise:?}");
                tally.print(&name);
                outside.add(name, &tally);
            }
        }
    }
    let inside = inside.holds("within stories, against a baseline");
    outside.holds("across stories, against a baseline") && inside
}

fn main() -> ExitCode {
    let tests: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let baselines = baselines(tests);
    if std::env::args().nth(2).is_some_and(|tables| tables == "baseline") {
        return if baselines { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let mut seed = 1;
    println!();

    println!("## Within a story: true nulls\n\n{HEAD}");
    let mut inside = Nulls::default();
    for sources in 2..=6 {
        for noise in [Noise::Normal, Noise::Skewed, Noise::LogNormal, Noise::HeavyTailed, Noise::Binary] {
            for (facts, coverage, claims) in [(8, 1.0, Claims::One), (12, 0.7, Claims::Varying)] {
                // Yes-or-no scores agree on most facts: more facts, so that enough of them vary.
                let facts = if matches!(noise, Noise::Binary) { 2 * facts } else { facts };
                seed += 1;
                let tally = within(Scenario { sources, facts, coverage, claims, noise, ..BASE }, tests, seed);
                let name = format!("{sources} sources, {facts} facts, {noise:?}, {claims:?}");
                tally.print(&name);
                inside.add(name, &tally);
            }
        }
    }

    println!("\n## Within a story: unequal scatter between sources (limits of the test)\n\n{HEAD}");
    for sources in [2, 3, 4, 6] {
        for noise in [Noise::Normal, Noise::Skewed, Noise::LogNormal] {
            for claims in [Claims::PerSource, Claims::Terse, Claims::Verbose] {
                seed += 1;
                let tally = within(Scenario { sources, facts: 12, claims, noise, ..BASE }, tests, seed);
                tally.print(&format!("{sources} sources, 12 facts, {noise:?}, {claims:?}"));
            }
        }
    }

    println!(
        "\n## Across stories: true nulls\n\n{}",
        HEAD.replace("CI coverage |\n", "CI coverage | BCa coverage |\n|---")
    );
    let mut outside = Nulls::default();
    for stories in [6, 12, 30] {
        for sources in [2, 3, 6] {
            for noise in [Noise::Normal, Noise::Skewed, Noise::LogNormal, Noise::HeavyTailed] {
                let scenario = Scenario {
                    sources,
                    facts: 3,
                    coverage: 0.7,
                    claims: Claims::Varying,
                    noise,
                    story_effect: 0.5,
                    ..BASE
                };
                seed += 1;
                let first = 1_000_000 * seed;
                let tally = across(scenario, stories, tests, first, None);
                let bca = across(scenario, stories, tests / 4, first, Some(10));
                let name = format!("{stories} stories, {sources} sources, {noise:?}");
                let share = |t: &Tally| t.covered as f64 / t.tests as f64;
                let (inverted, bca) =
                    (share(&tally), if stories < 10 { "".into() } else { format!("{:.3}", share(&bca)) });
                println!(
                    "| {name} | {} | {} | {:.4} | {inverted:.3} | {bca} |",
                    tally.tests,
                    tally.rejections,
                    tally.rate()
                );
                outside.add(name, &tally);
            }
        }
    }

    println!(
        "\n## Power: a shift of 1 sd of the differences (two sources) or of the values\n\n| n facts | pairs, 1 sd of differences | 2 sources, 1 sd of values | 3 | 4 | 6 | at the mean mde, 2 sources | 4 |\n|---|---|---|---|---|---|---|---|"
    );
    let tests = tests.min(4_000);
    for facts in [6, 7, 8, 10, 12, 15, 20, 30, 50] {
        // Root mean square of the facts' scales, 4^(U - .5): the sd of a value around its fact.
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
    let (inside, outside) = (inside.holds("within stories"), outside.holds("across stories"));
    if inside && outside && baselines { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
