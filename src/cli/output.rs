//! What all commands print with: text and tables for stdout, lines for stderr.

use std::io::{IsTerminal, Write};
use std::path::Path;

use textwrap::core::display_width;

use crate::evaluate::Figure;
use crate::report;
pub(crate) use crate::report::words::{counted, grouped};
use crate::{Error, Result};

/// How a command that ran to its end went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything was taken.
    Clean,
    /// More records were rejected than `--max-rejected` allows.
    Rejected,
}

/// Writes a line to stderr; nobody may be listening.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

fn stdout_error(error: std::io::Error) -> Error {
    Error::io("stdout", "write", error)
}

/// Whether somebody watches.
pub(crate) fn on_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Writes to stdout.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(stdout_error)
}

/// Writes a CSV table to stdout.
pub(crate) fn print_csv(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<()> {
    let mut out = csv::Writer::from_writer(std::io::stdout().lock());
    // Converted as a whole, the error would no longer say that the pipe was closed.
    let failed = |e: csv::Error| match e.into_kind() {
        csv::ErrorKind::Io(source) => stdout_error(source),
        other => stdout_error(std::io::Error::other(format!("{other:?}"))),
    };
    out.write_record(header).map_err(failed)?;
    for row in rows {
        out.write_record(row).map_err(failed)?;
    }
    out.flush().map_err(stdout_error)
}

/// A number with six decimals at most; empty for what is unknown.
pub(crate) fn number(value: Option<f64>) -> String {
    match value {
        Some(v) if v.is_finite() => {
            let text = format!("{v:.6}");
            let short = text.trim_end_matches('0').trim_end_matches('.');
            if short == "-0" { "0".into() } else { short.to_owned() }
        }
        _ => String::new(),
    }
}

/// Lines get no longer, however wide the terminal: nobody reads them.
const WIDEST: usize = 140;

/// The width of the terminal, or what COLUMNS says, but not below `narrowest`.
pub(crate) fn width(narrowest: usize) -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    asked.unwrap_or_else(textwrap::termwidth).clamp(narrowest, WIDEST)
}

/// Ids that resemble an unknown one, at most three.
pub(crate) fn similar<'a>(id: &str, ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut near: Vec<(f64, &str)> =
        ids.map(|known| (strsim::jaro_winkler(known, id), known)).filter(|(score, _)| *score >= 0.7).collect();
    near.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(y.1)));
    near.into_iter().take(3).map(|(_, known)| known).collect()
}

/// Sets columns two blanks apart: the first `words` columns to the left, numbers to the right.
pub(crate) fn aligned(lines: &[Vec<String>], words: usize) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |c: usize| lines.iter().map(|line| display_width(&line[c])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |cells: &Vec<String>| {
        let cells = cells.iter().zip(&widths).enumerate().map(|(c, (cell, &width))| {
            let padding = " ".repeat(width - display_width(cell));
            if c < words { cell.clone() + &padding } else { padding + cell }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    lines.iter().map(line).collect()
}

/// Lines of name, value and interval, under a heading.
pub(crate) fn figures(heading: &str, rows: &[(&str, Option<Figure>)]) -> String {
    let mut lines = vec![[heading, "value", "95 % interval"].map(str::to_owned).to_vec()];
    lines.extend(rows.iter().map(|(name, figure)| {
        let value = figure.map_or("-".to_owned(), |f| format!("{:.4}", f.value));
        let interval = figure.and_then(|f| f.interval);
        let interval = interval.map_or("-".to_owned(), |(low, high)| format!("{low:.4} to {high:.4}"));
        vec![(*name).to_owned(), value, interval]
    }));
    aligned(&lines, 1)
}

/// Fails if an output would replace a file of the report, or what it is made from.
pub(crate) fn check_out(out: &Path, report: &Path, inputs: &[&str]) -> Result<()> {
    const HINT: &str = "give another --out";
    let name = out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.canonicalize().ok() == report.canonicalize().ok() && report::owns(&name) {
        return Err(Error::input(out, "is a file of the report", HINT));
    }
    if let Ok(path) = out.canonicalize()
        && inputs.iter().any(|input| Path::new(input).canonicalize().is_ok_and(|input| input == path))
    {
        return Err(Error::input(out, "is the file with the gold labels", HINT));
    }
    Ok(())
}
