//! The committed sample report is what the program makes of the sample corpus today.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use parallax::report::{Kind, Table, tables};

/// CPUs differ in the last bits of a vector; scores built on it may differ by this much.
const TOLERANCE: f64 = 0.01;

/// Rows by their key, each a map from column to cell. Tables without a key are keyed by all their text.
fn rows(dir: &Path, table: &Table) -> BTreeMap<Vec<String>, BTreeMap<String, String>> {
    let bytes = std::fs::read(dir.join(table.file)).unwrap_or_else(|e| panic!("{}: {e}", table.file));
    let text = String::from_utf8(bytes).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
    let expected: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
    assert_eq!(header, expected, "{}", table.file);
    let key: Vec<&str> = match table.key {
        [] => table.columns.iter().filter(|c| !matches!(c.kind, Kind::Number)).map(|c| c.name).collect(),
        key => key.to_vec(),
    };
    reader
        .records()
        .map(|record| {
            let row: BTreeMap<String, String> =
                header.iter().cloned().zip(record.unwrap().iter().map(String::from)).collect();
            (key.iter().map(|k| row[*k].clone()).collect(), row)
        })
        .collect()
}

fn differ(table: &Table, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<String> {
    table
        .columns
        .iter()
        .filter(|column| {
            let (a, b) = (&old[column.name], &new[column.name]);
            match (column.kind, a.parse::<f64>(), b.parse::<f64>()) {
                (Kind::Number | Kind::Probability, Ok(a), Ok(b)) => (a - b).abs() > TOLERANCE,
                _ => a != b,
            }
        })
        .map(|c| format!("{}: {:?} was {:?}", c.name, new[c.name], old[c.name]))
        .collect()
}

#[test]
fn the_committed_sample_report_is_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fresh = tempfile::tempdir().unwrap();
    let out = fresh.path().join("sample");
    let status = Command::new(env!("CARGO_BIN_EXE_parallax"))
        .current_dir(root)
        .args(["--quiet", "analyze", "data/sample/articles.csv", "--out"])
        .arg(&out)
        .status()
        .unwrap();
    assert!(status.success());
    let mut wrong = Vec::new();
    // Lists of the user are no part of the sample.
    for table in tables().into_iter().filter(|table| table.file != "lexicons.csv") {
        let (old, new) = (rows(&root.join("reports/sample"), &table), rows(&out, &table));
        // Whether a deleted word is named depends on a threshold that a last bit can cross.
        let may_flip = |row: &BTreeMap<String, String>| row.get("note").is_some_and(|n| n.ends_with("deleted"));
        let mut flipped = 0;
        for (key, row) in old.iter().chain(&new) {
            match (old.get(key), new.get(key)) {
                (Some(a), Some(b)) => wrong.extend(differ(&table, a, b).iter().map(|d| format!("{key:?} {d}"))),
                _ if may_flip(row) => flipped += 1,
                (a, _) => {
                    let what = if a.is_some() { "is gone" } else { "is new" };
                    wrong.push(format!("{} {key:?} {what}", table.file));
                }
            }
        }
        assert!(flipped * 50 <= old.len(), "{}: {flipped} of {} rows differ", table.file, old.len());
    }
    let texts = |dir: &Path| std::fs::read_to_string(dir.join("texts.jsonl")).unwrap();
    assert_eq!(texts(&root.join("reports/sample")), texts(&out));
    wrong.truncate(20);
    assert!(wrong.is_empty(), "remake it with `make sample`:\n{}", wrong.join("\n"));
}
