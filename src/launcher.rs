//! `parallax`: looks for libtorch, then becomes `parallax-engine`.
//!
//! The engine is linked to libtorch, and the system's loader ends a program whose library is missing before it can say
//! what to do. This one links nothing, so it can.

#![allow(clippy::print_stderr, reason = "a program of its own")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// libtorch's folder when this was built; empty for builds that need none.
const BUILT_WITH: &str = env!("PARALLAX_LIBTORCH");
/// The library, on the systems that have it.
const NAMES: [&str; 2] = ["libtorch_cpu.so", "libtorch_cpu.dylib"];

fn main() -> ExitCode {
    if !libtorch_is_there() {
        eprintln!(
            "error: libtorch is not where it was when parallax was built: {BUILT_WITH}/libtorch_cpu.so is missing\n\
             hint: run `make setup && make build` in the checkout, or set LD_LIBRARY_PATH to the lib folder of libtorch 2.4.0"
        );
        return ExitCode::from(2);
    }
    let engine = match std::env::current_exe().and_then(std::fs::canonicalize) {
        Ok(me) => me.with_file_name(format!("parallax-engine{}", std::env::consts::EXE_SUFFIX)),
        Err(_) => PathBuf::from("parallax-engine"),
    };
    let error = run(Command::new(&engine).args(std::env::args_os().skip(1)));
    match error {
        Ok(code) => code,
        Err(error) => {
            eprintln!(
                "error: cannot start {}: {error}\nhint: it belongs beside `parallax`: run `make build`",
                engine.display()
            );
            ExitCode::from(2)
        }
    }
}

fn libtorch_is_there() -> bool {
    let beside = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let system = ["/usr/lib", "/usr/local/lib", "/lib"].map(PathBuf::from);
    let has = |dir: &Path| NAMES.iter().any(|name| dir.join(name).exists());
    BUILT_WITH.is_empty() || has(Path::new(BUILT_WITH)) || std::env::split_paths(&beside).chain(system).any(|d| has(&d))
}

/// Replaces this process, so that signals, pipes and exit codes are the engine's.
#[cfg(unix)]
fn run(command: &mut Command) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.arg0("parallax").exec())
}

#[cfg(not(unix))]
fn run(command: &mut Command) -> std::io::Result<ExitCode> {
    let status = command.status()?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(2)))
}
