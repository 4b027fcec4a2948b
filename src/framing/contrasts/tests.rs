use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::simulate::{Claims, Noise, Scenario};
use super::*;
use crate::stats::permutation::{Settings, permutation_test};

const BASE: Scenario = Scenario {
    sources: 2,
    facts: 8,
    coverage: 1.0,
    noise: Noise::Skewed,
    claims: Claims::One,
    story_effect: 0.0,
    shift: 0.0,
};

fn quick() -> ContrastConfig {
    ContrastConfig { resamples: 1_000, max_exhaustive: 1 << 12, ..Default::default() }
}

/// A story from rows of values: one row per fact, one column per source, NaN where it is silent.
fn story(id: &str, rows: &[&[f64]]) -> StoryValues {
    let facts = rows.iter().enumerate().map(|(i, row)| FactValues {
        fact: format!("{id}-f{i:02}"),
        values: row
            .iter()
            .enumerate()
            .map(|(s, &value)| TellerValue { teller: Teller::Source(s as u32), value })
            .collect(),
    });
    StoryValues { story: id.into(), facts: facts.collect() }
}

/// The same stories with two sources renamed.
fn renamed(stories: &[StoryValues], a: u32, b: u32) -> Vec<StoryValues> {
    let mut stories = stories.to_vec();
    for fact in stories.iter_mut().flat_map(|s| &mut s.facts) {
        for v in &mut fact.values {
            match v.teller {
                Teller::Source(s) if s == a => v.teller = Teller::Source(b),
                Teller::Source(s) if s == b => v.teller = Teller::Source(a),
                _ => {}
            }
        }
        fact.values.reverse();
    }
    stories.reverse();
    stories
}

/// Stories of `sources` sources that all have rows, unlike those of [`simulate`].
fn full(stories: usize, sources: usize, facts: usize, seed: u64) -> Vec<StoryValues> {
    use rand::{Rng, SeedableRng};
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    (0..stories)
        .map(|i| {
            let rows: Vec<Vec<f64>> = (0..facts)
                .map(|_| {
                    (0..sources)
                        .map(
                            |_| if rng.random_bool(0.8) { (rng.random::<f64>() * 8.0).floor() / 4.0 } else { f64::NAN },
                        )
                        .collect()
                })
                .collect();
            story(&format!("s{i}"), &rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
        })
        .collect()
}

#[test]
fn six_facts_that_all_point_one_way_are_significant_and_five_are_insufficient() {
    let six = story("s", &[&[1.0, 0.0], &[2.0, 0.5], &[0.5, 0.0], &[1.5, 1.0], &[3.0, 1.0], &[1.0, 0.2]]);
    let rows = story_contrasts(std::slice::from_ref(&six), &ContrastConfig::default());
    assert_eq!(rows.len(), 2);
    let e = rows[0].estimate;
    assert_eq!((e.status, e.p, e.q), (Status::Ok, Some(2.0 / 64.0), Some(2.0 / 64.0)));
    assert!((e.difference - 6.3 / 6.0).abs() < 1e-12 && (rows[0].value - rows[0].others - e.difference).abs() < 1e-12);
    let (low, high) = e.ci.unwrap();
    // Only unanimity is significant at n = 6, so zero is just outside ...
    assert!(low > 0.0 && low < e.difference && high > e.difference);
    // ... and the mirrored row is the mirror image, one hypothesis.
    let m = rows[1].estimate;
    assert_eq!((m.difference, m.ci, m.p, m.q, m.mde), (-e.difference, Some((-high, -low)), e.p, e.q, e.mde));

    let mut five = six;
    five.facts[5].values[0].value = 0.2; // both say the same: six facts, five that vary
    let row = &story_contrasts(&[five], &ContrastConfig::default())[0];
    assert_eq!((row.n_facts, row.n_varying, row.estimate.status), (6, 5, Status::Insufficient));
    assert_eq!((row.estimate.p, row.estimate.q, row.estimate.ci, row.estimate.mde), (None, None, None, None));
}

#[test]
fn a_wire_group_is_one_of_the_others_and_has_no_row() {
    let mut s = story("s", &[[1.0, 0.0].as_slice(); 7]);
    for fact in &mut s.facts {
        fact.values.push(TellerValue { teller: Teller::Wire(4), value: 0.5 });
    }
    let rows = story_contrasts(&[s], &ContrastConfig::default());
    assert_eq!(rows.iter().map(|r| r.source).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(rows[0].others, 0.25);
    assert_eq!(rows[0].estimate.difference, 0.75);
}

#[test]
fn a_baseline_replaces_the_others() {
    let s = story("s", &[[1.0, 0.0, 5.0].as_slice(); 7]);
    let differences = |s: &StoryValues, baseline: Baseline| {
        let config = ContrastConfig { baseline: Some(baseline), ..Default::default() };
        let rows = story_contrasts(std::slice::from_ref(s), &config);
        rows.iter().map(|r| (r.source, r.n_facts, r.estimate.difference)).collect::<Vec<_>>()
    };
    assert_eq!(differences(&s, Baseline::new([1], [])), [(0, 7, 1.0), (2, 7, 5.0)]);
    // Its own sources are compared with the rest of them; facts that none of it states are left out.
    let mut s = story("s", &[[1.0, 0.0, 5.0, 2.0].as_slice(); 7]);
    s.facts[0].values.retain(|v| v.teller != Teller::Source(1) && v.teller != Teller::Source(3));
    assert_eq!(differences(&s, Baseline::new([1, 3], [])), [(0, 6, 0.0), (1, 6, -2.0), (2, 6, 4.0), (3, 6, 2.0)]);
    // A wire text is a teller of the baseline when one of its sources printed it, but not against that source alone.
    for fact in &mut s.facts {
        fact.values.retain(|v| v.teller != Teller::Source(3));
        fact.values.push(TellerValue { teller: Teller::Wire(9), value: 7.0 });
    }
    assert_eq!(differences(&s, Baseline::new([1], [(9, 1), (9, 2)])), [(0, 7, -3.0), (2, 7, 1.0)]);
    assert_eq!(differences(&s, Baseline::new([1], [(9, 2)])), [(0, 6, 1.0), (2, 6, 5.0)]);
}

#[test]
fn with_a_baseline_true_nulls_are_rejected_at_most_as_often_as_promised_whatever_others_do() {
    for (chosen, noise) in [(1, Noise::LogNormal), (2, Noise::Skewed), (3, Noise::HeavyTailed)] {
        let scenario = Scenario { sources: 5, facts: 10, coverage: 0.8, claims: Claims::Varying, noise, ..BASE };
        let config = ContrastConfig { baseline: Some(Baseline::new(1..=chosen, [])), ..quick() };
        let rows =
            story_contrasts(&simulate::with_outsiders(scenario.stories(700, 70 + u64::from(chosen)), chosen), &config);
        let p: Vec<f64> = rows.iter().filter(|r| r.source == 0).filter_map(|r| r.estimate.p).collect();
        let rejected = p.iter().filter(|&&p| p < 0.05).count() as f64;
        let n = p.len() as f64;
        assert!(n >= 600.0, "{chosen} chosen: {n} tests");
        assert!(rejected <= 0.055 * n + 2.0 * (0.055 * 0.945 * n).sqrt(), "{chosen} chosen: {rejected} of {n}");
    }
}

#[test]
fn mirrored_rows_count_once_in_the_family() {
    let stories = full(4, 2, 20, 3);
    let rows = story_contrasts(&stories, &ContrastConfig::default());
    let family: Vec<f64> = rows.iter().filter(|r| r.source == 0).filter_map(|r| r.estimate.p).collect();
    let q = multiple::benjamini_hochberg(&family);
    assert_eq!(family.len(), 4);
    for (pair, q) in rows.chunks(2).zip(q) {
        assert_eq!(pair[0].estimate.p, pair[1].estimate.p);
        assert_eq!((pair[0].estimate.q, pair[1].estimate.q), (Some(q), Some(q)));
    }
}

#[test]
fn swapping_two_names_swaps_their_rows_and_changes_nothing_else() {
    // Many ties, agreements, enumerated and sampled tests.
    for (sources, facts) in [(2, 25), (3, 8), (4, 30)] {
        let stories = full(8, sources, facts, 11);
        let swapped = renamed(&stories, 0, 1);
        let other = |s: u32| match s {
            0 => 1,
            1 => 0,
            s => s,
        };
        let (a, b) = (story_contrasts(&stories, &quick()), story_contrasts(&swapped, &quick()));
        assert_eq!(a.len(), b.len());
        for x in &a {
            let y = b.iter().find(|y| y.story == x.story && y.source == other(x.source)).unwrap();
            assert_eq!(x.estimate, y.estimate);
            assert_eq!((x.value, x.others, x.n_facts, x.n_varying), (y.value, y.others, y.n_facts, y.n_varying));
        }
        let (a, b) = (source_contrasts(&stories, &quick()), source_contrasts(&swapped, &quick()));
        for x in &a {
            let y = b.iter().find(|y| y.source == other(x.source)).unwrap();
            assert_eq!(x.estimate, y.estimate);
        }
        let (a, b) = (pair_contrasts(&stories, &quick()), pair_contrasts(&swapped, &quick()));
        for (x, y) in a.iter().zip(&b).take(1) {
            assert_eq!((x.source_a, x.source_b, x.estimate.difference), (0, 1, -y.estimate.difference));
            assert_eq!((x.estimate.p, x.estimate.mde), (y.estimate.p, y.estimate.mde));
        }
    }
}

#[test]
fn across_stories_needs_six_of_them() {
    let s: Vec<StoryValues> =
        (0..6).map(|i| story(&format!("s{i}"), &[&[1.0 + 0.1 * f64::from(i), 0.0], &[0.5, 0.0]])).collect();
    let rows = source_contrasts(&s, &ContrastConfig::default());
    assert_eq!((rows[0].n_stories, rows[0].n_facts, rows[0].estimate.p), (6, 12, Some(2.0 / 64.0)));
    let pairs = pair_contrasts(&s, &ContrastConfig::default());
    assert_eq!(pairs.len(), 1);
    assert_eq!(pairs[0].estimate, rows[0].estimate);
    assert_eq!(source_contrasts(&s[..5], &ContrastConfig::default())[0].estimate.status, Status::Insufficient);
}

#[test]
fn divergence_is_the_shift_without_the_noise() {
    let shifted = Scenario { shift: 2.0, facts: 30, noise: Noise::Normal, ..BASE };
    let config = ContrastConfig { reference_sd: 2.0, ..quick() };
    let rows = story_contrasts(&shifted.stories(40, 5), &config);
    let d = divergence(rows.iter().map(|r| &r.estimate), config.reference_sd).unwrap();
    assert!((d - 1.0).abs() < 0.1, "{d}");
    let rows = story_contrasts(&Scenario { shift: 0.0, ..shifted }.stories(40, 6), &config);
    let d = divergence(rows.iter().map(|r| &r.estimate), config.reference_sd).unwrap();
    assert!(d < 0.1, "{d}");
    assert_eq!(divergence([], 1.0), None);
}

#[test]
fn rows_are_ordered_by_status_then_strength() {
    let mut rows = story_contrasts(&full(6, 3, 9, 8), &quick());
    rows.sort_by(|a, b| by_strength(&a.estimate, &b.estimate));
    for pair in rows.windows(2) {
        let (a, b) = (&pair[0].estimate, &pair[1].estimate);
        assert!(a.status < b.status || (a.status == b.status && a.strength() >= b.strength()));
    }
}

/// 700 tests per scenario: a procedure that rejects 8.5 % of true nulls fails here nine times out of ten.
#[test]
fn true_nulls_are_rejected_at_most_as_often_as_promised() {
    let scenarios = [
        Scenario { sources: 2, facts: 9, noise: Noise::LogNormal, ..BASE },
        Scenario { sources: 3, facts: 7, noise: Noise::HeavyTailed, ..BASE },
        Scenario { sources: 4, facts: 12, coverage: 0.7, claims: Claims::Varying, ..BASE },
        Scenario { sources: 6, facts: 8, noise: Noise::LogNormal, coverage: 0.7, ..BASE },
        Scenario { sources: 5, facts: 24, noise: Noise::Binary, ..BASE },
    ];
    for (i, scenario) in scenarios.iter().enumerate() {
        let rows = story_contrasts(&scenario.stories(700, 40 + i as u64), &quick());
        let p: Vec<f64> = rows.iter().filter_map(|r| r.estimate.p).collect();
        let rejected = p.iter().filter(|&&p| p < 0.05).count() as f64;
        let n = p.len() as f64;
        assert!(n >= 600.0, "{scenario:?}: {n} tests");
        assert!(rejected <= 0.055 * n + 2.0 * (0.055 * 0.945 * n).sqrt(), "{scenario:?}: {rejected} of {n}");
    }
}

#[test]
fn across_stories_true_nulls_are_rejected_at_most_as_often_as_promised() {
    for (sources, noise) in [(2, Noise::LogNormal), (4, Noise::Skewed)] {
        let scenario = Scenario { sources, facts: 3, coverage: 0.7, noise, story_effect: 0.5, ..BASE };
        let p: Vec<f64> = (0..600)
            .filter_map(|i| source_contrasts(&scenario.corpus(10, 9_000 + i), &quick())[0].estimate.p)
            .collect();
        let rejected = p.iter().filter(|&&p| p < 0.05).count() as f64;
        let n = p.len() as f64;
        assert!(rejected <= 0.055 * n + 2.0 * (0.055 * 0.945 * n).sqrt(), "{scenario:?}: {rejected} of {n}");
    }
}

#[test]
fn one_loud_outlet_in_each_story_makes_no_finding_of_any() {
    // Whose turn it is to be loud is drawn in each story: nobody is louder than the others.
    let corpus = |i: u64| -> Vec<StoryValues> {
        let mut rng = ChaCha8Rng::seed_from_u64(i);
        (0..20)
            .map(|story| {
                let loud = rng.random_range(0..3u32);
                let value = |source: u32| 0.2 * rng.random::<f64>() + if source == loud { 3.0 } else { 0.0 };
                let values: Vec<f64> = (0..3).map(value).collect();
                let values =
                    values.into_iter().zip(0..).map(|(value, s)| TellerValue { teller: Teller::Source(s), value });
                let fact = FactValues { fact: format!("f{story}"), values: values.collect() };
                StoryValues { story: format!("s{story}"), facts: vec![fact] }
            })
            .collect()
    };
    let (mut tests, mut found, mut found_by_flips) = (0.0, 0.0, 0.0);
    for stories in (0..300).map(corpus) {
        for row in source_contrasts(&stories, &quick()) {
            let flips: Vec<Block> = stories
                .iter()
                .map(|story| {
                    let of = |source| story.facts[0].values[source as usize].value;
                    let others: f64 = (0..3).filter(|s| *s != row.source).map(of).sum();
                    Block::sign(of(row.source) - others / 2.0)
                })
                .collect();
            let settings = Settings { max_exhaustive: 1 << 16, resamples: 1_000, alpha: 0.05, seed: 1 };
            tests += 1.0;
            found += f64::from(row.estimate.p.is_some_and(|p| p < 0.05));
            found_by_flips += f64::from(permutation_test(&flips, &settings).unwrap().p < 0.05);
        }
    }
    assert!(found / tests <= 0.055, "{found} of {tests}");
    assert!(found_by_flips / tests > 0.055, "{found_by_flips} of {tests}: flips alone would do");
}

#[test]
fn a_shift_of_the_minimum_detectable_size_is_found_with_about_the_stated_power() {
    for (sources, facts) in [(2, 6), (2, 10), (4, 8)] {
        let null = Scenario { sources, facts, noise: Noise::Normal, ..BASE };
        let mde: f64 =
            story_contrasts(&null.stories(400, 1), &quick()).iter().filter_map(|r| r.estimate.mde).sum::<f64>() / 400.0;
        let rows = story_contrasts(&Scenario { shift: mde, ..null }.stories(400, 2), &quick());
        let found = rows.iter().filter(|r| r.estimate.p.is_some_and(|p| p < 0.05)).count() as f64 / 400.0;
        assert!((0.65..0.9).contains(&found), "{sources} sources, {facts} facts: mde {mde:.2} found in {found:.2}");
    }
}

prop_compose! {
    /// Facts of two to four tellers with values on a grid (ties and agreements happen).
    fn facts()(rows in prop::collection::vec(prop::collection::vec(-6i8..6, 2..5), 6..9)) -> Vec<Vec<f64>> {
        rows.into_iter().map(|r| r.into_iter().map(|v| f64::from(v) / 4.0).collect()).collect()
    }
}

/// The block of a fact of which a source has the value `own`.
fn labels(own: f64, others: &[f64]) -> Block {
    let values: Vec<f64> = std::iter::once(own).chain(others.iter().copied()).collect();
    Block::of_each(&values).swap_remove(0).0
}

fn p_at(rows: &[Vec<f64>], delta: f64, settings: &Settings) -> f64 {
    let blocks: Vec<Block> = rows.iter().map(|r| labels(r[0] - delta, &r[1..])).collect();
    permutation_test(&blocks, settings).unwrap().p
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_interval_is_the_set_of_shifts_that_are_not_rejected(rows in facts()) {
        let settings = Settings { max_exhaustive: 1 << 20, resamples: 0, alpha: 0.05, seed: 0 };
        let blocks: Vec<Block> = rows.iter().map(|r| labels(r[0], &r[1..])).collect();
        let test = permutation_test(&blocks, &settings).unwrap();
        let (low, high) = test.interval.unwrap();
        prop_assert!(low <= test.statistic && test.statistic <= high);
        // A hair inside the ends is not rejected, a hair outside is.
        let hair = 1e-7;
        for inside in [low + hair, high - hair, (low + high) / 2.0] {
            prop_assert!(p_at(&rows, inside, &settings) >= 0.05, "{inside} of {low}..{high}");
        }
        for outside in [low - hair, high + hair, low - 1.0, high + 1.0] {
            prop_assert!(p_at(&rows, outside, &settings) < 0.05, "{outside} of {low}..{high}");
        }
    }

    #[test]
    fn p_and_interval_agree_and_a_facts_own_level_does_not_matter(
        rows in facts(), levels in prop::collection::vec(-9i8..9, 9), exhaustive in prop::bool::ANY
    ) {
        let config = ContrastConfig {
            max_exhaustive: if exhaustive { 1 << 16 } else { 8 }, resamples: 500, ..Default::default()
        };
        let run = |rows: &[Vec<f64>]| {
            let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
            story_contrasts(&[story("s", &rows)], &config)
        };
        let plain = run(&rows);
        for row in &plain {
            let e = row.estimate;
            let Some(p) = e.p else { prop_assert_eq!(e.status, Status::Insufficient); continue };
            prop_assert!(p > 0.0 && p <= 1.0 && e.q.unwrap() >= p && e.q.unwrap() <= 1.0);
            let (low, high) = e.ci.unwrap();
            prop_assert!(low <= e.difference && e.difference <= high);
            prop_assert_eq!(p < 0.05, low > 0.0 || high < 0.0, "p {} in {}..{}", p, low, high);
        }
        let moved: Vec<Vec<f64>> = rows.iter().zip(&levels)
            .map(|(r, &l)| r.iter().map(|v| v + f64::from(l)).collect()).collect();
        for (a, b) in plain.iter().zip(run(&moved)) {
            prop_assert_eq!((a.estimate.p, a.estimate.q, a.n_varying), (b.estimate.p, b.estimate.q, b.n_varying));
            prop_assert!((a.estimate.difference - b.estimate.difference).abs() < 1e-9);
            if let (Some(x), Some(y)) = (a.estimate.ci, b.estimate.ci) {
                prop_assert!((x.0 - y.0).abs() < 1e-9 && (x.1 - y.1).abs() < 1e-9);
            }
        }
    }
}

#[test]
fn a_story_of_thousands_of_sources_is_contrasted_in_seconds_and_has_no_pairs() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut rows = |sources: usize| -> Vec<Vec<f64>> {
        (0..8).map(|_| (0..sources).map(|_| random.random::<f64>()).collect()).collect()
    };
    let stories = |rows: &[Vec<f64>]| [story("s", &rows.iter().map(Vec::as_slice).collect::<Vec<_>>())];
    let config = ContrastConfig { resamples: 100, ..Default::default() };
    // With the sums made anew for every value, this was 10^11 additions.
    let many = rows(3_000);
    let found = story_contrasts(&stories(&many), &config);
    assert_eq!(found.len(), 3_000);
    for contrast in &found[..3] {
        let own = contrast.source as usize;
        let others = |row: &Vec<f64>| (row.iter().sum::<f64>() - row[own]) / 2_999.0;
        let naive = many.iter().map(|row| row[own] - others(row)).sum::<f64>() / 8.0;
        assert!((contrast.estimate.difference - naive).abs() < 1e-9, "{contrast:?}");
    }
    assert_eq!(pair_contrasts(&stories(&rows(MOST_PAIRED)), &config).len(), MOST_PAIRED * (MOST_PAIRED - 1) / 2);
    assert_eq!(pair_contrasts(&stories(&rows(MOST_PAIRED + 1)), &config), []);
}
