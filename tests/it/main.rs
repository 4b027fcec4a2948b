//! What a user sees: the command in a folder of its own, the reports, the readers and engines behind them.
//!
//! All integration tests are modules of one program, because each program of its own would be linked to the library and
//! to libtorch once more. `cargo test --test it cli::` runs those of one module.

// clippy.toml allows these inside #[test] functions, not in their helpers.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "a test that cannot go on fails")]

mod bad_input;
mod bench;
mod cache;
mod calibrate;
mod cli;
mod common;
mod embedding;
mod evaluate;
mod invariance;
mod nightly;
mod npy;
mod properties;
mod reliability;
mod reports;
mod sample;
mod show;
mod tiny;
mod why;
