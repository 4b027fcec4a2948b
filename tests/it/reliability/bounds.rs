//! Memory: what would not fit is refused before it begins, and the estimate is one.

use crate::common::{Place, cell, repository, rows};

fn run_json(place: &Place, name: &str) -> serde_json::Value {
    serde_json::from_str(&place.read(&format!("{name}/run.json"))).unwrap()
}

#[test]
fn work_that_would_not_fit_is_refused_before_it_begins() {
    let place = Place::new();
    let sample = repository("data/sample/articles.csv").display().to_string();
    for command in ["analyze", "background"] {
        let run = place.run(&[command, &sample, "--out", command, "--max-memory", "50M"]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        for part in [
            "the job needs about",
            "--max-memory allows 50M",
            "program and model",
            "hint:",
            "--threads",
            "--since",
            "--max-memory ",
        ] {
            assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
        }
        assert!(!place.path(command).is_file(), "nothing was begun");
        assert!(!place.path(command).join("articles.csv").exists(), "nothing was begun");
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
fn the_estimate_is_near_the_peak() {
    let place = Place::new();
    let sample = repository("data/sample/articles.csv").display().to_string();
    place.run(&["analyze", &sample, "--out", "r", "--threads", "2", "--no-cache", "-q"]).clean();
    let memory = run_json(&place, "r")["memory"].clone();
    let (expected, peak) = (memory["estimated_bytes"].as_f64().unwrap(), memory["peak_bytes"].as_f64().unwrap());
    assert!(memory["limit_bytes"].is_u64(), "{memory}");
    // 1.0 to 1.5 where it was fitted; libraries and allocators of other machines take other amounts.
    assert!((0.7..3.0).contains(&(expected / peak)), "{memory}");
}

#[test]
fn a_story_of_more_articles_than_are_grouped_keeps_all_of_them_and_says_what_was_bounded() {
    let place = Place::new();
    let pick = |words: &[&'static str], n: usize| words[n % words.len()];
    // Too short to be reprints of one text.
    let mut csv = String::from("id,source,date,title,body\n");
    for i in 0..520 {
        let (shut, said) = (pick(&["closed", "shut", "sealed off"], i), pick(&["said", "claimed", "admitted"], i / 3));
        let who = pick(&["council", "mayor", "engineer", "town hall"], i / 9);
        csv.push_str(&format!(
            "a{i:03},Outlet {i},2026-03-05,Dunholm bridge {shut},\"The bridge in Dunholm was {shut} on Monday.\n\nRepairs will \
             cost $14 million, the {who} {said}.\"\n"
        ));
    }
    let given: String = (0..520).map(|i| format!("a{i:03},bridge\n")).collect();
    place.write("event.csv", csv).write("given.csv", format!("article_id,story\n{given}"));
    let options = ["--stories", "given.csv", "--evidence-budget", "0", "-q"];
    place.run(&[&["analyze", "event.csv", "--out", "r"], &options[..]].concat()).clean();
    let run = run_json(&place, "r");
    let warnings = run["warnings"].to_string();
    for part in [
        "source_pairs.csv says nothing of 1 story that more than 500 sources tell",
        "1 story of more than 500 articles",
    ] {
        assert!(warnings.contains(part), "{warnings}");
    }
    assert_eq!(run["counts"]["stories"], 1, "{}", place.read("r/stories.csv"));
    let read = |file: &str| rows(&std::fs::read(place.path("r").join(file)).unwrap(), b',');
    assert_eq!(read("source_pairs.csv").len(), 0);
    let facts = read("facts.csv");
    let most = facts.iter().map(|fact| cell(fact, "n_articles").parse::<usize>().unwrap()).max();
    assert!(most > Some(500), "claims of the other articles join: {most:?}");
    let claims = read("claims.csv");
    assert_eq!(claims.len(), 2 * 520);
    for fact in &facts {
        let members = claims.iter().filter(|claim| cell(claim, "fact_id") == cell(fact, "fact_id")).count();
        assert!(members >= cell(fact, "n_articles").parse().unwrap());
    }
}
