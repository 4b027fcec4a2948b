//! Null checks on real facts: the values of a report with their sources drawn anew.
//! `cargo run --release --no-default-features --example null_report -- REPORT [ROUNDS]` (default 200 rounds within stories, ten
//! times as many across, where a round has fewer tests).
//!
//! *Within stories* the sources of each fact are drawn anew, which makes true what the test within a story assumes to be
//! untrue; *across stories* the outlets of each whole story change their names. No difference is left, and at p < .05 at most
//! 5.5 % may be found. Exits with 1 when more are, by more than chance (one-sided .05).
//!
//! Across stories, effects are assumed to be symmetric. One outlet that is far from all others makes those of the others
//! skewed where three or more tell a story; then a few per cent more are rejected, as on the sample, which has one.

#![allow(clippy::print_stdout)] // its output is its purpose

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use parallax::Result;
use parallax::framing::contrasts::{
    ContrastConfig, Estimate, FactValues, Status, StoryValues, Teller, TellerValue, source_contrasts, story_contrasts,
};
use parallax::report::{ArticleRow, ClaimRow, read_table};
use parallax::text::Voice;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// A measure's name and where a claim has its value.
type Measure = (&'static str, fn(&ClaimRow) -> Option<f64>);

/// (sum, number) of the values of each teller.
type Means = BTreeMap<Teller, (f64, f64)>;

const MEASURES: [Measure; 3] = [
    ("loaded_adj", |c| c.loaded_adj),
    ("own_voice", |c| Some(if c.voice == Some(Voice::Own) { 1.0 } else { 0.0 })),
    ("loaded_quoted", |c| c.loaded_quoted),
];

/// The mean of each teller on each fact of each story, as an analysis contrasts them.
fn values(claims: &[ClaimRow], wire: &BTreeMap<&str, &str>, value: fn(&ClaimRow) -> Option<f64>) -> Vec<StoryValues> {
    let sources: BTreeSet<&str> = claims.iter().map(|c| c.source.as_str()).collect();
    let groups: BTreeSet<&str> = wire.values().copied().collect();
    let index = |set: &BTreeSet<&str>, name: &str| set.iter().position(|n| *n == name).unwrap_or_default() as u32;
    let mut means: BTreeMap<&str, BTreeMap<&str, Means>> = BTreeMap::new();
    for claim in claims.iter().filter(|c| !c.fact_id.is_empty()) {
        let Some(score) = value(claim) else { continue };
        let teller = match wire.get(claim.article_id.as_str()) {
            Some(group) => Teller::Wire(index(&groups, group)),
            None => Teller::Source(index(&sources, &claim.source)),
        };
        let of_fact = means.entry(&claim.story_id).or_default().entry(&claim.fact_id).or_default();
        let (sum, n) = of_fact.entry(teller).or_default();
        (*sum, *n) = (*sum + score, *n + 1.0);
    }
    let fact = |(id, tellers): (&str, Means)| FactValues {
        fact: id.into(),
        values: tellers.into_iter().map(|(teller, (sum, n))| TellerValue { teller, value: sum / n }).collect(),
    };
    means
        .into_iter()
        .map(|(story, facts)| StoryValues { story: story.into(), facts: facts.into_iter().map(fact).collect() })
        .collect()
}

/// The sources of each fact drawn anew.
fn within(mut stories: Vec<StoryValues>, rng: &mut ChaCha8Rng) -> Vec<StoryValues> {
    for fact in stories.iter_mut().flat_map(|s| &mut s.facts) {
        let mut tellers: Vec<Teller> = fact.values.iter().map(|v| v.teller).collect();
        tellers.shuffle(rng);
        fact.values.iter_mut().zip(tellers).for_each(|(value, teller)| value.teller = teller);
    }
    stories
}

/// The outlets of each story change their names.
fn across(mut stories: Vec<StoryValues>, rng: &mut ChaCha8Rng) -> Vec<StoryValues> {
    for story in &mut stories {
        let sources = || story.facts.iter().flat_map(|f| &f.values).map(|v| v.teller);
        let names: BTreeSet<Teller> = sources().filter(|v| matches!(v, Teller::Source(_))).collect();
        let mut drawn: Vec<Teller> = names.iter().copied().collect();
        drawn.shuffle(rng);
        let renamed: BTreeMap<Teller, Teller> = names.into_iter().zip(drawn).collect();
        for value in story.facts.iter_mut().flat_map(|f| &mut f.values) {
            value.teller = renamed.get(&value.teller).copied().unwrap_or(value.teller);
        }
    }
    stories
}

/// (tests, rejections at p < .05).
fn tally<'a>(estimates: impl Iterator<Item = &'a Estimate>) -> (usize, usize) {
    let tested = estimates.filter(|e| e.status == Status::Ok);
    tested.fold((0, 0), |(n, hits), e| (n + 1, hits + usize::from(e.p.is_some_and(|p| p < 0.05))))
}

fn run(report: &Path, rounds: u64) -> Result<bool> {
    let claims: Vec<ClaimRow> = read_table(report)?;
    let articles: Vec<ArticleRow> = read_table(report)?;
    let reprints = articles.iter().filter(|a| !a.wire_group.is_empty());
    let wire: BTreeMap<&str, &str> = reprints.map(|a| (a.article_id.as_str(), a.wire_group.as_str())).collect();
    println!("| nulls | measure | tests | p < .05 | rate |\n|---|---|---|---|---|");
    let mut passed = true;
    for (measure, value) in MEASURES {
        let stories = values(&claims, &wire, value);
        let draw = |round: u64, of_stories: bool| {
            let mut rng = ChaCha8Rng::seed_from_u64(round);
            let config = ContrastConfig { seed: round, resamples: 2_000, ..Default::default() };
            if of_stories {
                tally(source_contrasts(&across(stories.clone(), &mut rng), &config).iter().map(|c| &c.estimate))
            } else {
                tally(story_contrasts(&within(stories.clone(), &mut rng), &config).iter().map(|c| &c.estimate))
            }
        };
        for (name, of_stories) in [("within stories", false), ("across stories", true)] {
            let drawn: Vec<(usize, usize)> = (0..if of_stories { 10 * rounds } else { rounds })
                .into_par_iter()
                .map(|round| draw(round, of_stories))
                .collect();
            let (tests, hits) = drawn.iter().fold((0, 0), |(n, hits), d| (n + d.0, hits + d.1));
            if tests == 0 {
                println!("| {name} | `{measure}` | 0 | | |");
                continue;
            }
            let rate = hits as f64 / tests as f64;
            println!("| {name} | `{measure}` | {tests} | {hits} | {rate:.4} |");
            passed &= rate <= 0.055 + 1.645 * (0.055f64 * 0.945 / tests as f64).sqrt();
        }
    }
    Ok(passed)
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let report = arguments.next().unwrap_or_else(|| "reports/sample".into());
    let rounds = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(200);
    match run(Path::new(&report), rounds) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            println!("more than 5.5 % of true nulls are rejected");
            ExitCode::FAILURE
        }
        Err(e) => {
            println!("{e}");
            ExitCode::FAILURE
        }
    }
}
