//! Bad input, faults, load: nothing good is lost, nothing bad is silent. docs/reliability.md holds what was tried.

// clippy.toml allows these inside #[test] functions, not in their helpers.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a test that cannot go on fails")]

#[path = "../common/mod.rs"]
mod common;
mod offline;
mod paths;
mod readers;
