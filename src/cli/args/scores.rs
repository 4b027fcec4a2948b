//! What claims and articles are compared with.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::background::Background;
use crate::pipeline::Weights;
use crate::{Error, Result};

/// What claims and articles are compared with.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Advanced")]
pub(crate) struct ScoreArgs {
    /// Use other weights of the pair and story scores (JSON, see models/weights.json)
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,

    /// Use other background statistics (made by `parallax background`)
    #[arg(long, value_name = "FILE")]
    pub background: Option<PathBuf>,
}

/// The weights of this file, or the shipped ones.
pub(crate) fn weights(file: Option<&Path>) -> Result<Weights> {
    file.map_or_else(Weights::shipped, Weights::open)
}

/// The background statistics of this file, or the shipped ones.
pub(crate) fn background(file: Option<&Path>) -> Result<Background> {
    let Some(path) = file else { return Background::shipped() };
    let file = std::fs::File::open(path).map_err(|e| Error::io(path, "read", e))?;
    Background::read(file, &path.display().to_string())
}
