//! Contrasts on simulated facts: stories per second.

#[path = "../../examples/calibration/simulate.rs"]
#[allow(dead_code)] // the example draws more scenarios
mod simulate;

use criterion::{Criterion, Throughput};
use parallax::framing::contrasts::{
    ContrastConfig, FactValues, StoryValues, Teller, TellerValue, pair_contrasts, source_contrasts, story_contrasts,
};
use simulate::{Claims, Noise, Scenario};

/// The simulation tests one source against wire groups; here every teller is a source.
fn sources(mut stories: Vec<StoryValues>) -> Vec<StoryValues> {
    for value in stories.iter_mut().flat_map(|s| &mut s.facts).flat_map(|f| &mut f.values) {
        if let Teller::Wire(n) = value.teller {
            value.teller = Teller::Source(n);
        }
    }
    stories
}

pub fn framing(c: &mut Criterion) {
    let scenario = Scenario {
        sources: 6,
        facts: 12,
        coverage: 0.9,
        noise: Noise::Skewed,
        claims: Claims::Varying,
        story_effect: 0.5,
        shift: 0.0,
    };
    let config = ContrastConfig::default();
    let mut group = c.benchmark_group("framing");
    group.sample_size(10);
    for n in [10, 50] {
        let stories = sources(scenario.corpus(n, 1));
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(format!("story_contrasts/{n}_stories"), |b| b.iter(|| story_contrasts(&stories, &config)));
        group.bench_function(format!("source_contrasts/{n}_stories"), |b| {
            b.iter(|| source_contrasts(&stories, &config))
        });
        group.bench_function(format!("pair_contrasts/{n}_stories"), |b| b.iter(|| pair_contrasts(&stories, &config)));
    }
    group.finish();
}
