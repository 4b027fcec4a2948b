//! How much memory may be held.

use clap::Args;

use super::size::Size;
use crate::Result;
use crate::cli::machine;
use crate::memory::{Estimate, Limit, Sizes};

/// How much memory may be held.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct MemoryArgs {
    /// Refuse work that would take more memory than this, e.g. 800M or 4G, before it begins [default: what the machine can
    /// give]
    #[arg(long, value_name = "SIZE")]
    max_memory: Option<Size>,
}

impl MemoryArgs {
    /// What the user says, else what the machine can give.
    pub(crate) fn limit(&self) -> Option<Limit> {
        let given = self.max_memory.map(|size| Limit { bytes: size.0, given: true });
        given.or_else(|| Some(Limit { bytes: machine::available_memory()?, given: false }))
    }
}

/// Fails if inputs of so many bytes cannot be held, as the file has them and as articles; packed ones take more.
pub(crate) fn check_inputs(bytes: u64, limit: Option<Limit>) -> Result<()> {
    Estimate::new(Sizes { text: bytes / 3, ..Sizes::default() }).check(limit)
}
