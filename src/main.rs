//! The `parallax` command: parses, runs, turns the result into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    parallax::cli::main()
}
