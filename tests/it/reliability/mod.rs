//! What a newsroom relies on that runs the tool unattended: bad input, faults, load. docs/reliability.md holds the figures.

mod bounds;
mod determinism;
#[cfg(unix)]
mod faults;
#[cfg(unix)]
mod interrupts;
mod offline;
mod paths;
mod readers;
mod runs;
