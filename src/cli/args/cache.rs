//! Vectors of earlier runs.

use std::path::PathBuf;

use clap::Args;

use super::size::Size;
use crate::cli::progress::Progress;
use crate::embed::cache::{VectorCache, default_dir};
use crate::{Error, Result};

/// Vectors of earlier runs.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Embedding")]
pub(crate) struct CacheArgs {
    /// Folder with vectors of earlier runs [default: $PARALLAX_CACHE, or `parallax` in the user's cache folder]
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    cache: Option<PathBuf>,

    /// Compute every vector anew: look none up and store none
    #[arg(long, help_heading = "Advanced")]
    pub no_cache: bool,

    /// Let the cache take so much of the disk, e.g. 500M or 20G; what was unused longest goes first
    #[arg(long, value_name = "SIZE", default_value = "4G", help_heading = "Advanced")]
    cache_size: Size,
}

impl CacheArgs {
    /// The cache to work with. What goes wrong with a folder that the user has named is an error, with the usual one a
    /// note.
    pub(crate) fn open(&self, progress: &Progress) -> Result<Option<VectorCache>> {
        if self.no_cache {
            return Ok(None);
        }
        match folder(&self.cache).and_then(|dir| VectorCache::open(&dir, self.cache_size.0)) {
            Ok((cache, warning)) => {
                if let Some(warning) = warning {
                    progress.note(&format!("warning: {warning}"));
                }
                Ok(Some(cache))
            }
            Err(error) if self.cache.is_some() => Err(error),
            Err(error) => {
                progress.note(&format!("warning: working without a cache: {error}"));
                Ok(None)
            }
        }
    }
}

/// The folder that the user has named, or the usual one.
pub(crate) fn folder(named: &Option<PathBuf>) -> Result<PathBuf> {
    let none = || Error::usage("this user has no folder for caches", "name one with --cache DIR or in PARALLAX_CACHE");
    named.clone().or_else(default_dir).ok_or_else(none)
}
