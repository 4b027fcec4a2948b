//! How differently sources frame the same facts.

pub mod contrasts;
