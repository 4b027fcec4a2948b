//! The command itself, started by `parallax` (src/launcher.rs): parses, runs, turns the result into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax::cli::main()
}
