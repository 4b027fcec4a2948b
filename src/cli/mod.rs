//! The command line: the only place that prints. This file knows all commands; none of them knows it.

mod analyze;
mod args;
mod audit;
mod background;
mod bench;
mod cache;
mod calibrate;
mod completions;
mod doctor;
mod embed;
mod features;
mod interrupt;
mod machine;
mod measure;
mod measured;
mod output;
mod pairs;
mod paper;
mod progress;
mod show;
mod validate;
mod why;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use self::output::{Outcome, say};
use self::progress::Progress;
use crate::{Error, Result};

/// Finds the claims that several news sources make and scores how differently each source frames the same facts.
#[derive(Debug, Parser)]
#[command(
    name = "parallax",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  parallax analyze articles.csv --out reports/mine
  parallax analyze crawl/*.jsonl.gz --columns source=outlet,body=text --out reports/tonight
  parallax doctor

Exit codes: 0 clean; 1 finished, but more records than --max-rejected were rejected; 2 failed;
130 interrupted (Ctrl-C), 143 ended by SIGTERM: the same command continues.
Reports are explained in docs/reports.md, what may be concluded from them in the README."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    // Last in every list, however many commands there are.
    /// Say nothing but errors
    #[arg(short, long, global = true, display_order = 900)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Analyze(Box<analyze::Analyze>),
    Measure(measure::Measure),
    Pairs(pairs::Pairs),
    Embed(embed::Embed),
    Background(background::Background),
    #[command(hide = true)]
    Features(features::Features),
    Validate(validate::Validate),
    Calibrate(calibrate::Calibrate),
    Show(show::Show),
    Why(why::Why),
    Audit(audit::Audit),
    Bench(bench::Bench),
    Doctor(doctor::Doctor),
    Cache(cache::Cache),
    Completions(completions::Completions),
}

impl Command {
    fn run(&self, progress: &Progress) -> Result<Outcome> {
        match self {
            Command::Analyze(args) => analyze::run(args, progress),
            Command::Measure(args) => measure::run(args, progress),
            Command::Pairs(args) => pairs::run(args, progress),
            Command::Embed(args) => embed::run(args, progress),
            Command::Background(args) => background::run(args, progress),
            Command::Features(args) => features::run(args, progress),
            Command::Validate(args) => validate::run(args, progress),
            Command::Calibrate(args) => calibrate::run(args, progress),
            Command::Show(args) => show::run(args),
            Command::Why(args) => why::run(args, progress),
            Command::Audit(args) => audit::run(args, progress),
            Command::Bench(args) => bench::run(args, progress),
            Command::Doctor(args) => doctor::run(args),
            Command::Cache(args) => cache::run(args, progress),
            Command::Completions(args) => completions::run(args, Cli::command()),
        }
    }

    /// What an interruption leaves, and how to continue.
    fn kept(&self) -> String {
        let vectors = match self {
            Command::Analyze(args) => return args.kept(),
            Command::Measure(args) => Some(&args.vectors),
            Command::Pairs(args) => Some(&args.vectors),
            Command::Embed(args) => Some(&args.vectors),
            Command::Background(args) => Some(&args.vectors),
            Command::Features(args) => Some(&args.vectors),
            Command::Calibrate(args) => Some(&args.vectors),
            Command::Why(args) => Some(&args.vectors),
            _ => None,
        };
        match vectors {
            Some(vectors) if !vectors.no_cache => {
                "no file is left half written; the same command takes the vectors so far from the cache".into()
            }
            _ => "no file is left half written".into(),
        }
    }
}

/// Parses the command line and runs it. Exit codes: 0 clean, 1 finished but too many records were rejected, 2 failed,
/// 128 + its number when a signal ended it (130 SIGINT, 143 SIGTERM).
pub fn main() -> ExitCode {
    let args = match Cli::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version go to stdout and are no failure; a usage error exits with 2.
            let failed = error.use_stderr();
            let _ = error.print();
            return ExitCode::from(if failed { 2 } else { 0 });
        }
    };
    let kept = args.command.kept();
    interrupt::watch(kept.clone());
    let progress = Progress::new(args.quiet);
    match args.command.run(&progress) {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Rejected) => ExitCode::from(1),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            if matches!(error, Error::Interrupted) {
                progress.finish();
                if let Some(code) = interrupt::end(&kept) {
                    return code;
                }
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
