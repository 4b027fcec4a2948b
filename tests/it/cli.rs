//! What the command says, and where: help, exit codes, stdout for data, stderr for talk.

use std::io::{Read, Write};
use std::process::Stdio;

use insta::assert_snapshot;
use parallax::embed::cache::{Stored, Values, VectorCache};
use parallax::embed::{Fingerprint, Precision};

use crate::common::{Place, cell, rows};
use crate::npy;

const COMMANDS: [&str; 15] = [
    "analyze",
    "measure",
    "pairs",
    "embed",
    "background",
    "features",
    "validate",
    "calibrate",
    "show",
    "why",
    "audit",
    "bench",
    "doctor",
    "cache",
    "completions",
];

/// Sentences in an order that sorting by length or by alphabet would change; one twice, one empty.
const SENTENCES: [&str; 6] = [
    "The reckless minister shamelessly betrayed thousands of desperate families.",
    "The council met.",
    "",
    "The committee published its report on the flood on Tuesday morning, the chairwoman said.",
    "The council met.",
    "“We are ruined, and they know it,” the owner said.",
];

fn sentences_csv() -> String {
    let mut text = String::from("id,text\n");
    for (i, sentence) in SENTENCES.iter().enumerate() {
        text.push_str(&format!("s{i},\"{sentence}\"\n"));
    }
    text
}

fn sentences_jsonl() -> String {
    let line = |s: &&str| serde_json::json!({ "text": s }).to_string() + "\n";
    SENTENCES.iter().map(line).collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_command_explains_itself() {
    let place = Place::new();
    assert_snapshot!("help", place.run(&["--help"]).clean().stdout);
    for command in COMMANDS {
        assert_snapshot!(format!("help_{command}"), place.run(&[command, "--help"]).clean().stdout);
    }
    for command in ["stats", "clear"] {
        assert_snapshot!(format!("help_cache_{command}"), place.run(&["cache", command, "--help"]).clean().stdout);
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_eq!(Place::new().run(&["--version"]).clean().stdout, concat!("parallax ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn wrong_options_say_what_would_be_right() {
    let place = Place::new();
    place.write("good.csv", "id,source,title,body\n1,A,T,The council met on Monday evening.\n");
    assert_snapshot!(place.transcripts(&[
        "",
        "analyse good.csv",
        "analyze",
        "analyze good.csv --threshold 0.6",
        "analyze good.csv --story-threshold 7",
        "analyze good.csv --columns outlet",
        "analyze good.csv --columns author=writer",
        "analyze good.csv --columns body=writer",
        "analyze good.csv --since yesterday",
        "analyze good.csv --since 2026-02-01 --until 2026-01-01",
        "analyze good.csv --baseline Alpha",
        "analyze good.csv --baseline ,",
        "analyze good.csv --baseline @nowhere.txt",
        "analyze good.csv --delimiter , --decimal ,",
        "analyze good.csv --delimiter §",
        "pairs good.csv --columns title",
        "measure good.csv --column text",
        "measure good.csv --column body --target-column name",
    ]));
}

#[test]
fn the_cache_is_listed_and_cleared_without_touching_other_files() {
    let place = Place::new();
    let stored = Stored { tokens: 3, truncated: false, vector: vec![0.5; 384] };
    let of = |model: &str, precision| Fingerprint {
        engine: "made-up".into(),
        engine_version: "1".into(),
        model: model.into(),
        sha256: "0".into(),
        precision,
        cpu_class: "any".into(),
    };
    for dir in ["cache", "elsewhere"] {
        let (cache, _) = VectorCache::open(&place.path(dir), 1 << 30).unwrap();
        cache.space(&of("small", Precision::F32), 384, Values::F32).put([("a", &stored), ("b", &stored)]);
        cache.space(&of("larger", Precision::Bf16), 384, Values::F16).put([("a", &stored)]);
    }
    place.write("cache/notes.txt", "mine");
    let transcripts = place.transcripts(&[
        "cache stats",
        "cache clear",
        "cache stats",
        "cache stats --cache elsewhere",
        "cache clear --cache elsewhere --quiet",
        "cache clear --cache elsewhere",
        "cache stats --cache nowhere",
        "cache clear --cache cache/notes.txt",
        "cache",
    ]);
    let days = regex::Regex::new(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").unwrap();
    let transcripts = days.replace_all(&transcripts, "DAY");
    // The database's size is not ours to promise.
    let sizes = regex::Regex::new(r"[0-9.]+ [KM]iB").unwrap();
    assert_snapshot!(sizes.replace_all(&transcripts, "SIZE"));
    assert_eq!(place.read("cache/notes.txt"), "mine");
}

#[test]
fn measures_come_on_stdout_one_row_for_each_row_in_the_same_order() {
    let place = Place::new();
    place.write("s.csv", sentences_csv());
    let run = place.run(&["measure", "s.csv", "--threads", "1"]).clean();
    assert_eq!(
        run.stdout.lines().next().unwrap(),
        "row,loaded,loaded_adj,loaded_quoted,own_voice,negativity,certainty,voice,speaker,cue"
    );
    let rows = run.rows();
    let numbers: Vec<&str> = rows.iter().map(|row| cell(row, "row")).collect();
    assert_eq!(numbers, ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(rows[1][1..], rows[4][1..], "the same sentence scores the same");
    let loaded = |i: usize| cell(&rows[i], "loaded_adj").parse::<f64>().unwrap();
    assert!(loaded(0) > loaded(3), "insult is more loaded than a report's date: {rows:?}");
    let voices: Vec<&str> = [0, 3, 5].map(|i| cell(&rows[i], "voice")).to_vec();
    assert_eq!(voices, ["own", "reported", "quoted"]);
    for row in &rows {
        for (name, value) in &row[1..7] {
            assert!(value.is_empty() || value.parse::<f64>().is_ok_and(f64::is_finite), "{name} {value}");
        }
    }
    assert!(!cell(&rows[5], "loaded_quoted").is_empty() && cell(&rows[0], "loaded_quoted").is_empty());
}

#[test]
fn tone_is_toward_the_target_that_the_row_names() {
    let place = Place::new();
    let sentence = "The corrupt mayor Ann Teller betrayed the town, while the beloved Dora Quist was honoured as its brave saviour.";
    let quoted =
        "“Ann Teller is a corrupt liar and a disgrace to this town,” the rival told a crowd of two hundred people.";
    let csv = format!(
        "text,name\n\"{sentence}\",Ann Teller\n\"{sentence}\",Dora Quist\n\"{quoted}\",Ann Teller\n\"{sentence}\",Holtby\n"
    );
    place.write("s.csv", csv);
    let run = place.run(&["measure", "s.csv", "--target-column", "name"]).clean();
    let tones: Vec<Option<f64>> = run.rows().iter().map(|row| cell(row, "tone").parse().ok()).collect();
    let (blamed, praised) = (tones[0].unwrap(), tones[1].unwrap());
    assert!(-1.0 <= blamed && blamed < praised && praised <= 1.0, "{tones:?}");
    assert_eq!(tones[2..], [None, None], "what a speaker says of her, and a name that is not there, has no tone");
}

#[test]
fn a_table_reads_the_same_from_csv_jsonl_gz_and_stdin() {
    let place = Place::new();
    let (csv, jsonl) = (sentences_csv(), sentences_jsonl());
    place.write("s.csv", &csv).write("s.jsonl", &jsonl).write("s.csv.gz", gzip(&csv)).write("s.jsonl.gz", gzip(&jsonl));
    let expected = place.run(&["features", "s.csv"]).clean();
    assert_eq!(expected.stderr, "");
    assert_eq!(expected.rows().len(), SENTENCES.len());
    for file in ["s.jsonl", "s.csv.gz", "s.jsonl.gz"] {
        assert_eq!(place.run(&["features", file]).clean().stdout, expected.stdout, "{file}");
    }
    for input in [csv.as_bytes(), jsonl.as_bytes(), &gzip(&csv)] {
        assert_eq!(place.run_with(&["features", "-"], input).clean().stdout, expected.stdout);
    }
}

#[test]
fn pairs_keep_their_order_and_score_both_ways_alike() {
    let place = Place::new();
    let (x, y) = ("Nine people died in the flood.", "The flood killed nine people.");
    let z = "The bank cut its key rate by half a point.";
    place.write("p.csv", format!("left,right\n{x},{y}\n{y},{x}\n{x},{z}\n{x},{x}\n"));
    let run = place.run(&["pairs", "p.csv", "--columns", "left,right", "--threads", "1", "-q"]).clean();
    assert_eq!(run.stdout.lines().next().unwrap(), "row,cos,cont,num,num_conf,ent_conf,headline,score,cos_smoothed");
    assert_eq!(run.stderr, "");
    let rows = run.rows();
    assert_eq!(rows.iter().map(|row| cell(row, "row")).collect::<Vec<_>>(), ["1", "2", "3", "4"]);
    assert_eq!(rows[0][1..], rows[1][1..], "a pair has no direction");
    let score = |i: usize| cell(&rows[i], "score").parse::<f64>().unwrap();
    assert!(score(3) >= score(0) && score(0) > score(2), "{rows:?}");
    assert!((0..4).all(|i| (0.0..=1.0).contains(&score(i))));
}

#[test]
fn a_pair_scored_alone_is_scored_as_in_any_file() {
    let place = Place::new();
    let pair = "Nine people died in the flood.,The flood killed nine people.\n";
    let others: String =
        (0..60).map(|i| format!("The flood of {i} took nine lives.,Nine were lost in flood {i}.\n")).collect();
    place.write("one.csv", format!("a,b\n{pair}"));
    place.write("many.csv", format!("a,b\n{pair}{others}"));
    let first = |file: &str, more: &[&str]| {
        let run = place.run(&[&["pairs", file, "--threads", "1", "-q"], more].concat()).clean();
        run.rows()[0].iter().map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    let (one, many) = (first("one.csv", &["--alone"]), first("many.csv", &["--alone"]));
    assert_eq!(one, many);
    assert_eq!(one.last().unwrap(), "", "nothing is smoothed");
    let (one, many) = (first("one.csv", &[]), first("many.csv", &[]));
    assert_eq!(one[..7], many[..7], "features are those of the pair");
    assert!(one[7] != many[7] && one[8] != many[8], "the file has its say: {one:?} {many:?}");
}

#[test]
fn embeddings_have_a_row_for_each_text_and_length_one() {
    let place = Place::new();
    place.write("s.jsonl", sentences_jsonl());
    let run = place.run(&["embed", "s.jsonl", "--out", "v.npy", "--threads", "1"]).clean();
    assert_eq!(run.stdout, "", "data goes to the file, talk to stderr");
    assert!(run.stderr.contains("6 texts (5 computed, 0 from the cache"), "{}", run.stderr);
    let vectors = npy::read(&std::fs::read(place.path("v.npy")).unwrap());
    assert_eq!(vectors.dim(), (SENTENCES.len(), 384));
    assert_eq!(vectors.row(1), vectors.row(4));
    for row in vectors.rows() {
        assert!((row.dot(&row) - 1.0).abs() < 1e-5);
    }
}

#[test]
fn the_doctor_names_what_it_found() {
    let run = Place::new().run(&["doctor", "--threads", "1"]).clean();
    for word in ["parallax", "cpu", "model", "engine", "weights", "All is well."] {
        assert!(run.stdout.contains(word), "{word}: {}", run.stdout);
    }
}

#[test]
fn the_summary_counts_and_names_the_file_to_open_first() {
    let place = Place::new();
    let body = "The council voted on Monday to close the old bridge. Engineers had warned of cracks in two pillars.";
    place.write(
        "a.csv",
        format!("id,source,title,body\n1,Alpha,T,{body}\n2,Beta,T,{body}\n2,Beta,T,{body}\n3,,T,{body}\n"),
    );
    let run = place.run(&["analyze", "a.csv", "--threads", "1"]);
    assert_eq!(run.code, 1, "a rejected record is no clean end");
    assert_eq!(run.stdout, "");
    for part in [
        "2 articles of 2 sources: 1 story, 2 facts (2 stated by several sources); 1 record rejected;",
        "records left out: 1 (repeats of an article, same id and content)",
        "rejected: a.csv, record 4, line 5, field source: no source",
        "Nothing stands out: too few shared facts (no source shares six with others inside one story); too few stories to \
         speak of outlets (a source needs 6 that share facts, the most is 1).",
        "Reports: reports/a  (open reports/a/report.html first)",
    ] {
        assert!(run.stderr.contains(part), "{part}\n{}", run.stderr);
    }
    // The same job again refreshes its folder; it may be told to expect the rejection, and to be quiet.
    let again = place.run(&["analyze", "a.csv", "--threads", "1", "--max-rejected", "1", "--quiet"]);
    assert_eq!((again.code, again.stdout.as_str(), again.stderr.as_str()), (0, "", ""));
    assert_eq!(rows(place.read("reports/a/rejected.csv").as_bytes(), b',').len(), 1);
}

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    let place = Place::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = place.run(&["completions", shell]).clean().stdout;
        assert!(
            COMMANDS.iter().all(|command| script.contains(command)) && script.contains("story-threshold"),
            "{shell}"
        );
    }
}

#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let place = Place::new();
    let many: String = (0..20_000).map(|i| format!("The council met {i} times.\n")).collect();
    place.write("many.csv", format!("text\n{many}"));
    let mut child = place
        .command(&["features", "many.csv"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(&first[..4], b"row,");
}
