//! Many small files to few larger ones.
//!
//! Every commit makes a file. Files of one space are sorted into classes of size, each eight times the one before;
//! when a class has eight members, they and all smaller files become one. So a vector is rewritten about once per
//! class, and a space has some twenty small files at most. Full files are left alone.

use std::path::Path;
use std::sync::Arc;

use super::segment::{Key, Segment, Trouble, Writer};
use crate::{Error, Result};

/// So many files of a class are merged, and a class is so many times larger than the one before.
const FANOUT: usize = 8;
/// Files of the first class are smaller than eight times this.
const SMALLEST: u64 = 64 << 10;

/// From this size on a file is left alone: a sixty-fourth of the cache, so that eviction, which takes whole files, is
/// fine-grained, and no merge takes long.
fn full(max_bytes: u64) -> u64 {
    (max_bytes / 64).clamp(SMALLEST, 64 << 20)
}

/// The files that are worth a merge now.
pub(super) fn worthwhile<'s>(segments: impl Iterator<Item = &'s Arc<Segment>>, max_bytes: u64) -> Vec<Arc<Segment>> {
    let full = full(max_bytes);
    let class = |segment: &Segment| (segment.bytes() / SMALLEST).max(1).ilog(FANOUT as u64);
    let mut small: Vec<_> = segments.filter(|segment| segment.bytes() < full).cloned().collect();
    small.sort_by(|a, b| (a.bytes(), a.path()).cmp(&(b.bytes(), b.path())));
    let crowded = small.chunk_by(|a, b| class(a) == class(b)).rfind(|members| members.len() >= FANOUT);
    let Some(highest) = crowded.map(|members| class(&members[0])) else { return Vec::new() };
    let mut total = 0;
    small.retain(|segment| {
        let taken = class(segment) <= highest && total < full;
        total += segment.bytes();
        taken
    });
    small
}

/// Why a merge failed; the inputs are as they were.
#[derive(Debug)]
pub(super) enum Failure {
    /// One of the inputs cannot be read.
    Input(usize, Trouble),
    /// The new file cannot be written.
    Output(Error),
}

/// Writes one file with every sound record of `inputs`, each once, then removes these. A crash in between leaves
/// records twice, which a later merge mends.
pub(super) fn merge(dir: &Path, inputs: &[Arc<Segment>]) -> Result<Segment, Failure> {
    let layout = inputs[0].layout();
    let mut readers = Vec::with_capacity(inputs.len());
    for (i, input) in inputs.iter().enumerate() {
        readers.push(input.records().map_err(|trouble| Failure::Input(i, trouble))?);
    }
    let mut order: Vec<(Key, usize)> =
        inputs.iter().enumerate().flat_map(|(i, input)| input.keys().iter().map(move |&key| (key, i))).collect();
    order.sort_unstable();
    let mut writer = Writer::create(dir, layout).map_err(Failure::Output)?;
    let mut last = None;
    for (key, i) in order {
        // Each file's records are in the order of its keys: its next one is this key's.
        let Some(record) = readers[i].next() else { continue };
        let record = record.map_err(|error| Failure::Input(i, error.into()))?;
        if last != Some(key) && layout.decode(&key, &record).is_some() {
            writer.put(key, &record).map_err(Failure::Output)?;
            last = Some(key);
        }
    }
    let merged = writer.finish().map_err(Failure::Output)?;
    for input in inputs {
        let _ = std::fs::remove_file(input.path());
    }
    Ok(merged)
}
