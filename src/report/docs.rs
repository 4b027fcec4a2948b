//! The column tables of `docs/reports.md` are those of the row types.

use std::fmt::Write;
use std::path::Path;

use super::{Table, tables};

/// The columns of a table in Markdown, as they stand in `docs/reports.md`.
fn columns_markdown(table: &Table) -> String {
    let mut out = String::from("| column | type | unit | meaning |\n|---|---|---|---|\n");
    for column in table.columns {
        let meaning = column.description.replace('|', "\\|");
        // Writing to a String cannot fail.
        let _ = writeln!(out, "| `{}` | {} | {} | {meaning} |", column.name, column.kind.name(), column.unit);
    }
    if !table.key.is_empty() {
        let key: Vec<String> = table.key.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(out, "\nA row is named by {}.", key.join(", "));
    }
    out
}

/// `PARALLAX_WRITE_DOCS=1 cargo test report::docs` renews the tables instead of comparing them.
#[test]
fn the_documentation_holds_the_columns_of_every_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reports.md");
    let found = std::fs::read_to_string(&path).unwrap();
    let mut expected = found.clone();
    for table in tables() {
        let begin = format!("<!-- columns of {} -->\n", table.file);
        let start = expected.find(&begin).unwrap_or_else(|| panic!("no '{begin}'")) + begin.len();
        let end = start + expected[start..].find("<!-- end -->").unwrap();
        expected.replace_range(start..end, &columns_markdown(&table));
    }
    if std::env::var_os("PARALLAX_WRITE_DOCS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    } else {
        let other = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
        assert!(found == expected, "renew with PARALLAX_WRITE_DOCS=1 cargo test report::docs: {other:?}");
    }
}
