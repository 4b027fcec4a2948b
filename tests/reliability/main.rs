//! What a newsroom relies on that runs the tool unattended: bad input, faults, load. docs/reliability.md holds the figures.

// clippy.toml allows these inside #[test] functions, not in their helpers.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a test that cannot go on fails")]

mod bounds;
#[path = "../common/mod.rs"]
mod common;
mod determinism;
#[cfg(unix)]
mod faults;
#[cfg(unix)]
mod interrupts;
mod offline;
mod paths;
mod readers;
mod runs;
#[path = "../embedding/tiny.rs"]
mod tiny;

/// The words that the tiny model knows.
const WORDS: [&str; 8] = ["council", "voted", "the", "bridge", "storm", "harbour", "again", "tax"];
