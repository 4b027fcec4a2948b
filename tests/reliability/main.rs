//! What must hold when inputs are bad, machines fail, or there is too much of everything. `docs/reliability.md` tells what was
//! tried beyond these tests.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bounds;
#[path = "../common/mod.rs"]
mod common;
