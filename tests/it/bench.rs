//! `parallax bench`: what it prints, what it writes, what it refuses. Speeds are not judged here.
#![cfg(any(feature = "rust-bert", feature = "portable"))]

use insta::assert_snapshot;
use parallax::embed::{EngineKind, Precision};

use crate::common::{Place, cell, rows};

/// The first engine of the build that needs no bf16, or computes it in hardware: emulated, it takes minutes.
fn engine() -> EngineKind {
    let quick = |engine: &&EngineKind| {
        !engine.precisions().contains(&Precision::Bf16) || engine.in_hardware().contains(&Precision::Bf16)
    };
    *EngineKind::BUILT.iter().find(quick).unwrap_or(&EngineKind::BUILT[0])
}

/// One thread is all that each machine has.
fn arguments<'a>(precisions: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut line = vec!["bench", "--engine", engine().name(), "--precision", precisions];
    line.extend(["--threads", "1", "--runs", "2", "--limit", "20"]);
    line.extend(more);
    line
}

fn both() -> String {
    engine().precisions().map(Precision::name).join(",")
}

fn number(row: &[(String, String)], name: &str) -> f64 {
    cell(row, name).parse().unwrap_or_else(|_| panic!("{name}: {row:?}"))
}

#[test]
fn the_sample_is_timed_when_no_file_is_named_and_the_table_is_readable() {
    let run = Place::new().run(&arguments(&both(), &[])).clean();
    let lines: Vec<&str> = run.stdout.lines().collect();
    let words: Vec<&str> = lines[0].split_whitespace().collect();
    assert_eq!(words[..5], ["engine", "precision", "threads", "tokens/s", "from–to"]);
    let [f32, other] = engine().precisions().map(Precision::name);
    for (line, precision) in lines[1..].iter().zip([f32, other, "-"]) {
        assert_eq!(line.split_whitespace().nth(1), Some(precision), "{}", run.stdout);
    }
    assert!(lines[3].starts_with("tokeniser"), "{}", run.stdout);
    let ends: Vec<usize> = lines[..3].iter().map(|line| line.chars().count()).collect();
    assert!(ends.iter().all(|&end| end == ends[0]), "columns are aligned: {}", run.stdout);
    for part in ["20 different ones", "the sample articles", "sha256", "cores", "medians of 2 runs"] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    assert!(run.stderr.contains("timing"), "progress is told: {}", run.stderr);
}

#[test]
fn the_csv_file_has_all_figures_and_the_vectors_are_right() {
    let place = Place::new();
    let run = place.run(&arguments(&both(), &["--out", "b.csv", "--quiet"])).clean();
    assert_eq!(run.stderr, "");
    assert!(!place.path("cache").exists(), "a cache would be timed in place of the engine");
    let rows = rows(place.read("b.csv").as_bytes(), b',');
    assert_eq!(rows.len(), 3, "two number formats and the tokeniser");
    let positive = [
        "threads",
        "tokens_per_s",
        "tokens_per_s_min",
        "tokens_per_s_max",
        "sentences_per_s",
        "ratio",
        "ratio_min",
        "ratio_max",
        "runs",
        "texts",
        "tokens",
        "tokens_per_text",
        "cores",
    ];
    for row in &rows {
        for name in positive {
            assert!(number(row, name) > 0.0, "{name}: {row:?}");
        }
        assert!(number(row, "tokens_per_s_min") <= number(row, "tokens_per_s"));
        assert!(number(row, "tokens_per_s") <= number(row, "tokens_per_s_max"));
        assert!(number(row, "tokens_per_s_mad") >= 0.0);
        assert_eq!((cell(row, "runs"), cell(row, "texts")), ("2", "20"));
        assert_eq!(cell(row, "model_sha256").len(), 64);
    }
    for row in &rows[..2] {
        assert!(number(row, "load_s") > 0.0 && number(row, "first_run_s") > 0.0);
        let wasted = number(row, "padding_share") + number(row, "dummy_share");
        assert!((0.0..0.9).contains(&wasted), "{row:?}");
        assert!(!cell(row, "engine_version").is_empty());
    }
    assert_eq!((number(&rows[0], "ratio"), cell(&rows[0], "cosine_mean")), (1.0, ""), "the first is the reference");
    assert!(number(&rows[1], "cosine_mean") > 0.99 && number(&rows[1], "cosine_min") > 0.95, "{:?}", rows[1]);
    assert!(number(&rows[1], "cosine_min") <= number(&rows[1], "cosine_mean"));
    assert_eq!((cell(&rows[2], "engine"), cell(&rows[2], "precision")), ("tokeniser", ""));
    assert!(number(&rows[2], "ratio") > 1.0, "tokenising is no bottleneck");
}

#[test]
fn the_json_file_has_the_seconds_of_each_run_too() {
    let place = Place::new();
    // Without f32 among the timed ones, the vectors are still held against it.
    let other = engine().precisions()[1].name();
    place.run(&arguments(other, &["--out", "b.JSON"])).clean();
    let json: serde_json::Value = serde_json::from_str(&place.read("b.JSON")).unwrap();
    let first = &json["configurations"][0];
    assert_eq!(json["cosine_to"], format!("{} f32", engine().name()));
    assert_eq!(first["precision"], other);
    assert!(first["cosine_mean"].as_f64().unwrap() > 0.99);
    let runs: Vec<f64> = first["runs_s"].as_array().unwrap().iter().map(|s| s.as_f64().unwrap()).collect();
    assert!(runs.len() == 2 && runs.iter().all(|&s| s > 0.0));
    let tokens = json["tokens"].as_f64().unwrap();
    let fastest = first["tokens_per_s_max"].as_f64().unwrap();
    assert!((tokens / runs[0].min(runs[1]) / fastest - 1.0).abs() < 1e-6);
}

#[test]
fn texts_come_from_a_column_or_from_articles() {
    let place = Place::new();
    place.write("s.csv", "id,sentence\n1,The council met.\n2,The council met.\n3,\n4,The bridge is closed.\n");
    let run = place.run(&arguments("f32", &["s.csv", "--column", "sentence"])).clean();
    assert!(run.stdout.contains("2 different ones"), "{}", run.stdout);
    let body = "The council voted on Monday to close the old bridge. Why so late? Engineers had warned of cracks.";
    place.write("a.csv", format!("id,outlet,headline,words\n1,Alpha,Bridge closed,{body}\n"));
    let columns = "source=outlet,title=headline,body=words";
    let run = place.run(&arguments("f32", &["a.csv", "--columns", columns])).clean();
    assert!(run.stdout.contains("3 different ones"), "two claims and a title: {}", run.stdout);
}

#[test]
fn what_cannot_be_timed_is_refused_with_a_remedy() {
    let place = Place::new();
    place.write("s.csv", "id,text,note\n1,The council met.,\n2,It rained.,\n");
    assert_snapshot!(place.transcripts(&[
        "bench missing.csv",
        "bench s.csv --column words",
        "bench s.csv --column note",
        "bench --column text",
        "bench s.csv --column text --columns body=text",
        "bench --out bench.xlsx",
        "bench --out bench",
        "bench --out nowhere/bench.csv",
        "bench --runs 0",
        "bench --limit some",
        "bench --engine torch",
        "bench --engine portable --precision bf16",
        "bench --model nowhere --limit 1",
    ]));
}

#[cfg(feature = "portable")]
#[test]
fn an_engine_that_does_not_run_on_the_device_is_named() {
    let run = Place::new().run(&["bench", "--engine", "portable", "--device", "cuda:0", "--limit", "1"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("the engine portable does not run on cuda:0\nhint: "), "{}", run.stderr);
}

#[test]
fn an_engine_that_was_not_built_is_named() {
    for engine in [EngineKind::RustBert, EngineKind::Portable] {
        if !EngineKind::BUILT.contains(&engine) {
            let run = Place::new().run(&["bench", "--engine", engine.name()]);
            assert_eq!((run.code, run.stdout.as_str()), (2, ""));
            assert!(run.stderr.contains(&format!("this build has no engine {}", engine.name())), "{}", run.stderr);
            assert!(run.stderr.contains("hint: build it with"), "{}", run.stderr);
        }
    }
}
