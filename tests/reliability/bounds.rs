//! Memory: what would not fit is refused before it begins, and the estimate is one.

use crate::common::{Place, repository};

fn run_json(place: &Place, name: &str) -> serde_json::Value {
    serde_json::from_str(&place.read(&format!("{name}/run.json"))).unwrap()
}

#[test]
fn work_that_would_not_fit_is_refused_before_it_begins() {
    let place = Place::new();
    let sample = repository("data/sample/articles.csv").display().to_string();
    for command in ["analyze", "background"] {
        let run = place.run(&[command, &sample, "--out", "refused", "--max-memory", "50M"]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        for part in
            ["the job needs about", "--max-memory allows 50M", "program and model", "hint:", "--since", "--max-memory "]
        {
            assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
        }
        assert!(!place.path("refused").exists(), "nothing was begun");
    }
    // An input that alone is more is not even read: here it is no CSV at all.
    place.write("big.csv", vec![0u8; 64 << 20]);
    let run = place.run(&["analyze", "big.csv", "--max-memory", "50M"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("of the inputs alone"), "{}", run.stderr);
    // What the message advises is enough.
    let run = place.run(&["analyze", &sample, "--out", "r", "--max-memory", "50M"]);
    let advised = run.stderr.rsplit_once("--max-memory ").unwrap().1.split_whitespace().next().unwrap().to_owned();
    let mut advised = advised;
    for _ in 0..3 {
        let run = place.run(&["analyze", &sample, "--out", "r", "--evidence-budget", "0", "--max-memory", &advised]);
        if run.code == 0 {
            return;
        }
        // More is known after the claims are cut.
        advised = run.stderr.rsplit_once("--max-memory ").unwrap().1.split_whitespace().next().unwrap().to_owned();
    }
    panic!("{advised} was not enough");
}

#[cfg(target_os = "linux")]
#[test]
fn the_peak_stays_below_the_estimate_and_not_far_below() {
    let place = Place::new();
    let sample = repository("data/sample/articles.csv").display().to_string();
    place.run(&["analyze", &sample, "--out", "r", "--threads", "2", "--no-cache", "-q"]).clean();
    let memory = run_json(&place, "r")["memory"].clone();
    let (expected, peak) = (memory["estimated_bytes"].as_f64().unwrap(), memory["peak_bytes"].as_f64().unwrap());
    assert!(memory["limit_bytes"].is_u64(), "{memory}");
    assert!((1.0..2.0).contains(&(expected / peak)), "{memory}");
}
