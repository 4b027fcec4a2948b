//! `parallax cache`, and the cache that `--cache`, `--no-cache` and `--cache-size` ask for.

use std::time::SystemTime;

use super::args::{CacheArgs, CacheCommand};
use super::progress::{Progress, grouped};
use super::{Outcome, aligned, print};
use crate::embed::cache::{CacheStats, VectorCache, default_dir};
use crate::{Error, Result};

pub fn run(command: &CacheCommand, progress: &Progress) -> Result<Outcome> {
    let (CacheCommand::Stats(folder) | CacheCommand::Clear(folder)) = command;
    let dir = folder.cache.clone().or_else(default_dir).ok_or_else(no_folder)?;
    match command {
        CacheCommand::Stats(_) => print(&listing(&dir.display().to_string(), &CacheStats::of(&dir)?))?,
        CacheCommand::Clear(_) => {
            let (files, bytes) = VectorCache::clear(&dir)?;
            let files = if files == 1 { "1 file".into() } else { format!("{} files", grouped(files as u64)) };
            progress.note(&format!("{files} removed, {}: {}", size(bytes), dir.display()));
        }
    }
    Ok(Outcome::Clean)
}

/// The cache a command works with. What goes wrong with a folder that the user has named is an error, with the usual
/// one a note.
pub fn open(args: &CacheArgs, progress: &Progress) -> Result<Option<VectorCache>> {
    if args.no_cache {
        return Ok(None);
    }
    let opened = match args.cache.clone().or_else(default_dir) {
        Some(dir) => VectorCache::open(&dir, args.cache_size.0),
        None => Err(no_folder()),
    };
    match opened {
        Ok((cache, warning)) => {
            if let Some(warning) = warning {
                progress.note(&format!("warning: {warning}"));
            }
            Ok(Some(cache))
        }
        Err(error) if args.cache.is_some() => Err(error),
        Err(error) => {
            progress.note(&format!("warning: working without a cache: {error}"));
            Ok(None)
        }
    }
}

fn no_folder() -> Error {
    Error::usage("this user has no folder for caches", "name one with --cache DIR or in PARALLAX_CACHE")
}

/// Totals, then a line per fingerprint.
fn listing(dir: &str, stats: &CacheStats) -> String {
    let mut text = format!("{dir}: {} vectors, {}\n", grouped(stats.entries), size(stats.bytes));
    if stats.damaged > 0 {
        text.push_str(&format!("damaged files kept aside until the space is needed: {}\n", stats.damaged));
    }
    let mut rows =
        vec![["model", "engine", "precision", "cpu", "values", "vectors", "size", "used"].map(str::to_owned).to_vec()];
    rows.extend(stats.spaces.iter().map(|space| {
        let (first, last) = (day(space.oldest_use), day(space.newest_use));
        vec![
            space.model.clone(),
            space.engine.clone(),
            space.precision.clone(),
            space.cpu_class.clone(),
            format!("{} x {}", space.dimension, space.values.name()),
            grouped(space.entries),
            size(space.bytes),
            if first == last { last } else { format!("{first} to {last}") },
        ]
    }));
    if rows.len() > 1 {
        text.push('\n');
        text.push_str(&aligned(&rows, usize::MAX));
    }
    text
}

/// A size as people read it.
fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    }
}

/// The day in UTC.
fn day(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map_or_else(|_| "?".into(), |time| time.strftime("%F").to_string())
}
