//! Faults: each gives a message with file, record, field and remedy and the right exit code, and keeps what was good.

use std::sync::LazyLock;

use insta::assert_snapshot;

use crate::common::{Place, Run, cell, repository, rows};

const HEADER: &str = "id,source,title,body\n";

fn body(town: &str) -> String {
    format!(
        "The council of {town} voted on Monday to close the old bridge. Engineers had warned of cracks in two of its \
         pillars. Repairs will cost 4 million dollars, the mayor said."
    )
}

fn good_csv() -> String {
    format!("{HEADER}g1,Alpha,Bridge,\"{}\"\ng2,Beta,Bridge,\"{}\"\n", body("Aldwyke"), body("Brannick"))
}

/// One run over a good file and many with faults.
struct Messy {
    run: Run,
    articles: Vec<Vec<(String, String)>>,
    rejected: Vec<Vec<(String, String)>>,
    texts: String,
}

static MESSY: LazyLock<Messy> = LazyLock::new(|| {
    let place = Place::new();
    let text = body("Corrow");
    let paragraph = format!("{text} ");
    place
        .write("good.csv", good_csv())
        .write(
            "unclosed.csv",
            format!("{HEADER}u1,Alpha,One,\"{text}\"\nu2,Alpha,Two,\"It opens here.\nu3,Alpha,Three,\"{text}\"\n"),
        )
        .write("columns.csv", format!("{HEADER}c1,Alpha,One,\"{text}\"\nc2,Alpha\nc3,Alpha,Three,\"{text}\"\n"))
        .write(
            "latin.csv",
            [HEADER.as_bytes(), b"l1,G\xE4mma,\xDCber,\"The caf\xE9 in K\xF6rblin is closed now.\"\n"].concat(),
        )
        .write("nul.csv", format!("{HEADER}n1,Alpha,Nul,\"{}\"\n", text.replace("pillars", "pil\0lars")))
        .write("empty.csv", format!("{HEADER}e1,Alpha,None,\"\"\ne2,Alpha,Some,\"{text}\"\ne3,,None,\"{text}\"\n"))
        .write("blank.csv", "")
        .write(
            "double.csv",
            format!(
                "{HEADER}d1,Alpha,One,\"{text}\"\nd1,Alpha,Two,\"{0}\"\nd2,Beta,Same,\"{0}\"\nd2,Beta,Same,\"{0}\"\n",
                body("Hexley")
            ),
        )
        .write(
            "broken.jsonl",
            format!("{{\"id\":\"j1\",\"source\":\"Alpha\",\"body\":\"{text}\"}}\n{{\"id\":\"j2\",\n"),
        )
        // Ten megabytes as paragraphs, and one sentence without an end.
        .write(
            "big.csv",
            format!(
                "{HEADER}b1,Alpha,Big,\"{}\"\nb2,Alpha,Long,\"{}\"\n",
                paragraph.repeat(10_000_000 / paragraph.len()),
                "word and ".repeat(100_000)
            ),
        );
    let mut line = vec!["analyze"];
    let files =
        ["good", "unclosed", "columns", "latin", "nul", "empty", "blank", "double", "big"].map(|f| format!("{f}.csv"));
    line.extend(files.iter().map(String::as_str));
    line.extend(["broken.jsonl", "--out", "out", "--evidence-budget", "0"]);
    let run = place.run(&line);
    let table = |name: &str| match std::fs::read(place.path(&format!("out/{name}"))) {
        Ok(bytes) => rows(&bytes, b','),
        Err(error) => panic!("{name}: {error}\n{}", run.stderr),
    };
    let (articles, rejected) = (table("articles.csv"), table("rejected.csv"));
    Messy { articles, rejected, texts: place.read("out/texts.jsonl"), run }
});

#[test]
fn bad_records_are_rejected_with_file_record_line_field_and_reason() {
    let columns = ["file", "record", "line", "field", "reason"];
    let lines: Vec<String> =
        MESSY.rejected.iter().map(|row| columns.map(|column| cell(row, column)).join(" | ")).collect();
    assert_snapshot!(lines.join("\n"));
    assert_eq!(MESSY.run.code, 1, "{}", MESSY.run.stderr);
}

#[test]
fn what_was_good_is_kept() {
    let ids: Vec<&str> = MESSY.articles.iter().map(|row| cell(row, "article_id")).collect();
    assert_eq!(
        ids,
        ["b1", "b2", "c1", "c3", "d1", "d2", "e2", "g1", "g2", "j1", "l1", "n1", "u1", "u3"],
        "{}",
        MESSY.run.stderr
    );
}

#[test]
fn other_encodings_and_nul_bytes_are_read_and_named() {
    let latin = MESSY.articles.iter().find(|row| cell(row, "article_id") == "l1").unwrap();
    assert_eq!((cell(latin, "source"), cell(latin, "title")), ("Gämma", "Über"));
    assert!(MESSY.texts.contains("The café in Körblin is closed now."));
    assert!(!MESSY.texts.contains("\\u0000"));
    for warning in ["not UTF-8; read as windows-1252 (latin.csv)", "NUL bytes removed (nul.csv)", "(blank.csv)"] {
        assert!(MESSY.run.stderr.contains(warning), "{warning}\n{}", MESSY.run.stderr);
    }
}

#[test]
fn a_huge_article_is_read_to_its_end() {
    let big = MESSY.articles.iter().find(|row| cell(row, "article_id") == "b1").unwrap();
    let words: usize = cell(big, "words").parse().unwrap();
    assert!(words > 1_000_000, "{words}");
    assert!(MESSY.run.stderr.contains("longer than the model's"), "the cut sentence is counted: {}", MESSY.run.stderr);
}

#[test]
fn inputs_that_cannot_be_used_at_all_fail_with_a_remedy() {
    let place = Place::new();
    place
        .write("articles.csv", good_csv())
        .write("empty.csv", "")
        .write("header.csv", HEADER)
        .write("nothing.csv", format!("{HEADER}1,Alpha,T,\n2,Beta,T,\n"))
        .write("anonymous.csv", "id,title,body\n1,T,The council met on Monday.\n")
        .write("binary.csv", (0..2000u32).map(|i| (i * 97 % 251) as u8).collect::<Vec<_>>())
        .write("dated.csv", format!("id,source,date,title,body\n1,Alpha,2026-03-05,T,\"{}\"\n", body("Fenn")))
        .write("folder/readme.pdf", "x")
        .write(
            "media_cloud.csv",
            "stories_id,publish_date,title,url,language,media_name\n\
             1,2026-03-03,Council closes the bridge in Aldwyke,https://alpha.example/1,en,Alpha\n\
             2,2026-03-03,Bridge in Aldwyke closed by council,https://beta.example/1,en,Beta\n",
        );
    assert_snapshot!(place.transcripts(&[
        "analyze article.csv",
        "analyze nowhere/articles.csv",
        "analyze *.tsv",
        "analyze empty.csv",
        "analyze header.csv",
        "analyze nothing.csv -q",
        "analyze anonymous.csv",
        "analyze binary.csv -q",
        "analyze dated.csv --until 2026-03-01 -q",
        "analyze folder",
        "analyze media_cloud.csv",
        "measure empty.csv",
        "pairs articles.csv",
    ]));
    // The remedy works, in the same folder: nothing was written that would have to be overwritten.
    let run = place.run(&["analyze", "media_cloud.csv", "--headlines", "-q"]).clean();
    assert_eq!(run.stderr, "");
    let articles = rows(place.read("reports/media_cloud/articles.csv").as_bytes(), b',');
    assert_eq!(articles.iter().map(|row| cell(row, "n_claims")).collect::<Vec<_>>(), ["1", "1"]);
}

#[test]
fn story_files_that_cannot_be_used_fail_with_a_remedy() {
    let place = Place::new();
    place
        .write("a.csv", good_csv())
        .write("columns.csv", "article,story\ng1,A\n")
        .write("twice.csv", "id,story\ng1,A\ng2,A\ng1,B\n")
        .write("nameless.csv", "id,story\n,A\n")
        .write("alone.csv", "id,story\ng1,\ng2,\n")
        .write("others.csv", "id,story\nx1,A\nx2,A\n");
    place.run(&["analyze", "a.csv", "--out", "report", "-q", "--threads", "1"]).clean();
    assert_snapshot!(place.transcripts(&[
        "analyze a.csv -q --stories nowhere.csv",
        "analyze a.csv -q --stories columns.csv",
        "analyze a.csv -q --stories twice.csv",
        "analyze a.csv -q --stories nameless.csv",
        "analyze a.csv -q --stories alone.csv",
        "analyze a.csv -q --stories others.csv",
        "analyze a.csv -q --stories twice.csv --story-threshold 0.6",
    ]));
    let run =
        place.run(&["analyze", "a.csv", "-q", "--stories", "report/articles.csv", "--out", "report", "--overwrite"]);
    assert!(run.code == 2 && run.stderr.contains("written over the input report/articles.csv"), "{}", run.stderr);
}

#[test]
fn output_folders_that_cannot_be_filled_fail_before_the_work() {
    let place = Place::new();
    place.write("a.csv", good_csv()).write("b.csv", good_csv()).write("file", "mine").write("mine/notes.txt", "mine");
    place.run(&["analyze", "a.csv", "--out", "report", "-q", "--threads", "1"]).clean();
    let before = place.read("report/run.json");
    assert_snapshot!(place.transcripts(&[
        "analyze a.csv --out file",
        "analyze a.csv --out file/below",
        "analyze a.csv --out mine",
        "analyze b.csv --out report",
        "analyze a.csv --out report --story-threshold 0.6",
        "embed a.csv --column body --out nowhere/v.npy",
    ]));
    assert_eq!(
        (place.read("report/run.json"), place.read("file"), place.read("mine/notes.txt")),
        (before, "mine".into(), "mine".into())
    );
    place.run(&["analyze", "b.csv", "--out", "report", "-q", "--threads", "1", "--overwrite"]).clean();
}

/// Root may write everywhere but here.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_nobody_may_write_to_is_named_with_a_remedy() {
    let place = Place::new();
    place.write("a.csv", good_csv());
    let run = place.run(&["analyze", "a.csv", "--out", "/proc/parallax"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.starts_with("error: /proc/parallax: cannot create\n  because: "), "{}", run.stderr);
    assert!(run.stderr.contains("hint: give another --out"), "{}", run.stderr);
}

/// Links every file of the model but one into `folder`, which gets that one with `content`, or not at all.
#[cfg(unix)]
fn damaged_model(place: &Place, folder: &str, damaged: &str, content: Option<&[u8]>) {
    std::fs::create_dir_all(place.path(folder)).unwrap();
    for entry in std::fs::read_dir(repository("models/all-MiniLM-L6-v2")).unwrap() {
        let entry = entry.unwrap();
        let goal = place.path(folder).join(entry.file_name());
        match content {
            _ if entry.file_name() != damaged => std::os::unix::fs::symlink(entry.path(), goal).unwrap(),
            Some(content) => std::fs::write(goal, content).unwrap(),
            None => {}
        }
    }
}

#[cfg(unix)]
#[test]
fn a_missing_or_damaged_model_is_named_with_a_remedy() {
    let place = Place::new();
    place.write("a.csv", good_csv());
    let weights = std::fs::read(repository("models/all-MiniLM-L6-v2/model.safetensors")).unwrap();
    damaged_model(&place, "no-weights", "model.safetensors", None);
    damaged_model(&place, "short-weights", "model.safetensors", Some(&weights[..weights.len() / 2]));
    damaged_model(&place, "no-tokenizer", "tokenizer.json", None);
    damaged_model(&place, "bad-tokenizer", "tokenizer.json", Some(b"{}"));
    damaged_model(&place, "bad-config", "config.json", Some(b"{\"model_type\": \"gpt2\"}"));
    std::fs::create_dir(place.path("empty")).unwrap();
    assert_snapshot!(place.transcripts(&[
        "analyze a.csv --model nowhere",
        "analyze a.csv --model a.csv",
        "analyze a.csv --model empty",
        "analyze a.csv --model no-weights",
        "analyze a.csv --model short-weights",
        "analyze a.csv --model no-tokenizer",
        "analyze a.csv --model bad-tokenizer",
        "analyze a.csv --model bad-config",
        "measure a.csv --column body --model short-weights",
    ]));
    // A flipped bit loads and computes, so only the checksum can tell.
    let mut flipped = weights;
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x40;
    damaged_model(&place, "all-MiniLM-L6-v2", "model.safetensors", Some(&flipped));
    let run = place.run(&["doctor", "--model", "all-MiniLM-L6-v2", "--threads", "1"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("model.safetensors: is damaged"), "{}", run.stderr);
    assert!(run.stderr.contains("`make setup`"), "{}", run.stderr);
}

#[test]
fn damaged_weights_and_background_files_are_named() {
    let place = Place::new();
    place.write("a.csv", good_csv()).write("bad.json", "{\"pair\": 1}").write("bad.tsv.gz", "not gzip");
    assert_snapshot!(place.transcripts(&[
        "analyze a.csv --weights nowhere.json",
        "analyze a.csv --weights bad.json",
        "analyze a.csv --background nowhere.tsv.gz",
        "analyze a.csv --background bad.tsv.gz",
    ]));
}
