//! The command line: the only place that prints.

mod args;
mod audit;
mod bench;
mod cache;
mod calibrate;
mod commands;
mod embed;
mod interrupt;
mod machine;
mod measured;
mod progress;
mod show;
mod validate;
mod why;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use textwrap::core::display_width;

use crate::{Error, Result};

/// How a command that ran to its end went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was taken.
    Clean,
    /// More records were rejected than `--max-rejected` allows.
    Rejected,
}

/// Parses the command line and runs it. Exit codes: 0 clean, 1 finished but too many records were rejected, 2 failed,
/// 128 + its number when a signal ended it (130 SIGINT, 143 SIGTERM).
pub fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version go to stdout and are no failure; a usage error exits with 2.
            let failed = error.use_stderr();
            let _ = error.print();
            return ExitCode::from(if failed { 2 } else { 0 });
        }
    };
    let kept = commands::kept(&args.command);
    interrupt::watch(kept.clone());
    match commands::run(args) {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Rejected) => ExitCode::from(1),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            if matches!(error, Error::Interrupted)
                && let Some(code) = interrupt::end(&kept)
            {
                return code;
            }
            complain(&error);
            ExitCode::from(2)
        }
    }
}

/// The reader of our output has seen enough.
fn is_broken_pipe(error: &Error) -> bool {
    matches!(error, Error::Io { source, .. } if source.kind() == std::io::ErrorKind::BrokenPipe)
}

/// The error with all its causes, and what to do.
fn complain(error: &Error) {
    let mut text = format!("error: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        // Engines add stack traces; the first line says what happened.
        let line = inner_text.lines().next().unwrap_or_default();
        if !text.contains(line) {
            text.push_str("\n  because: ");
            text.push_str(line);
        }
        cause = inner.source();
    }
    if let Some(hint) = error.hint() {
        text.push_str("\nhint: ");
        text.push_str(hint);
    }
    say(&text);
}

/// A line on stderr; nobody may be listening.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

fn stdout_error(error: std::io::Error) -> Error {
    Error::io("stdout", "write", error)
}

/// Whether somebody watches.
fn on_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Writes to stdout.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(stdout_error)
}

/// Lines get no longer, however wide the terminal: nobody reads them.
const WIDEST: usize = 140;

/// That of the terminal, or what COLUMNS says, but not below `narrowest`.
fn width(narrowest: usize) -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    asked.unwrap_or_else(textwrap::termwidth).clamp(narrowest, WIDEST)
}

/// Ids that resemble an unknown one, at most three.
fn similar<'a>(id: &str, ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut near: Vec<(f64, &str)> =
        ids.map(|known| (strsim::jaro_winkler(known, id), known)).filter(|(score, _)| *score >= 0.7).collect();
    near.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(y.1)));
    near.into_iter().take(3).map(|(_, known)| known).collect()
}

/// Columns two blanks apart: the first `words` columns to the left, numbers to the right.
fn aligned(lines: &[Vec<String>], words: usize) -> String {
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
