//! `parallax cache`: the vectors that are kept of earlier runs.

use std::path::PathBuf;
use std::time::SystemTime;

use indicatif::{BinaryBytes, HumanCount};

use super::args::cache::folder;
use super::output::{Outcome, aligned, counted, print};
use super::progress::Progress;
use crate::Result;
use crate::embed::cache::{CacheStats, VectorCache};

/// Tells what is kept of earlier runs, or removes it
#[derive(Debug, clap::Args)]
pub(crate) struct Cache {
    #[command(subcommand)]
    command: CacheCommand,
}

#[derive(Debug, clap::Subcommand)]
enum CacheCommand {
    /// Lists what is stored, by model, engine and number format
    Stats(CacheFolder),
    /// Removes all vectors; other files in the folder stay
    Clear(CacheFolder),
}

#[derive(Debug, clap::Args)]
struct CacheFolder {
    /// Folder of the cache [default: $PARALLAX_CACHE, or `parallax` in the user's cache folder]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
}

pub(crate) fn run(args: &Cache, progress: &Progress) -> Result<Outcome> {
    let (CacheCommand::Stats(of) | CacheCommand::Clear(of)) = &args.command;
    let dir = folder(&of.cache)?;
    match args.command {
        CacheCommand::Stats(_) => print(&listing(&dir.display().to_string(), &CacheStats::of(&dir)?))?,
        CacheCommand::Clear(_) => {
            let (files, bytes) = VectorCache::clear(&dir)?;
            let files = counted(files, "file", "files");
            progress.note(&format!("{files} removed, {}: {}", BinaryBytes(bytes), dir.display()));
        }
    }
    Ok(Outcome::Clean)
}

/// Totals, then a line per fingerprint.
fn listing(dir: &str, stats: &CacheStats) -> String {
    let mut text = format!("{dir}: {} vectors, {}\n", HumanCount(stats.entries), BinaryBytes(stats.bytes));
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
            HumanCount(space.entries).to_string(),
            BinaryBytes(space.bytes).to_string(),
            if first == last { last } else { format!("{first} to {last}") },
        ]
    }));
    if rows.len() > 1 {
        text.push('\n');
        text.push_str(&aligned(&rows, usize::MAX));
    }
    text
}

/// The day in UTC.
fn day(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map_or_else(|_| "?".into(), |time| time.strftime("%F").to_string())
}
