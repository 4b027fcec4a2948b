//! Vectors of earlier runs on disk: a text that was embedded once is not computed again.
//!
//! **What is stored.** Per text a hash (BLAKE3, 128 bits), its token count and its vector, in a *space* of its own for
//! each [`Fingerprint`], dimension and number format. No text is stored, and no file name or source.
//!
//! **Files.** The cache is a folder of immutable files (`segment.rs`), each complete under its name or not there at
//! all. Every commit adds a file; many small files are merged (`merge.rs`). Readers need no lock and writers never wait
//! for each other, so any number of processes may share a folder; a process that is killed loses what it had not
//! committed (about [`COMMIT_EVERY`]) and harms nothing. The keys of a space in use are held in memory: 16 bytes per
//! vector, one to two per cent of the cache.
//!
//! **Size.** When the folder would grow beyond its limit, files are removed until four fifths are left: damaged ones
//! first, then those longest unused. A file's last use is its modification time, which a hit renews once per hour at
//! most; a hit keeps the whole file, at most a thirty-second of the limit. The work is a listing and a few removals. Processes
//! that write at the same moment may pass the limit by what they are just committing.
//!
//! **Damage.** A cache must not stop a run, nor change its result. A file that is cut off or altered in its header or keys
//! is renamed to `*.damaged` and reported; a damaged record counts as missing; both are computed again. When the disk
//! is full or refuses writing, the run goes on without storing. See [`VectorCache::take_notes`].

mod folder;
mod merge;
mod segment;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use folder::{CacheStats, SpaceStats, default_dir};
use segment::{Key, Layout, Segment, Trouble, Writer, key_of};

use super::Fingerprint;
use crate::{Error, Result};

/// A cache may grow to this size unless told otherwise.
pub const DEFAULT_MAX_BYTES: u64 = 4 << 30;
/// [`Space::put`] commits when the oldest vector in memory is of this age.
pub const COMMIT_EVERY: Duration = Duration::from_secs(2);
/// It also commits at this size, or at a thirty-second of the limit.
const COMMIT_BYTES: u64 = 16 << 20;
/// More than a file has beside its records and keys.
const OVERHEAD: u64 = 4 << 10;
/// A file may vanish between listing and reading, because another process has merged it: then we look again.
const ATTEMPTS: usize = 3;

/// How the numbers of a vector are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Values {
    /// As they are.
    F32,
    /// In half the space, for engines that round their results to f16; other vectors are refused.
    F16,
}

impl Values {
    /// The name used in listings.
    pub fn name(self) -> &'static str {
        match self {
            Values::F32 => "f32",
            Values::F16 => "f16",
        }
    }

    /// Bytes of a number.
    fn width(self) -> usize {
        match self {
            Values::F32 => 4,
            Values::F16 => 2,
        }
    }
}

/// What is known of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its tokens, after truncation.
    pub tokens: u32,
    /// It was longer than the model's limit.
    pub truncated: bool,
    /// Its vector.
    pub vector: Vec<f32>,
}

/// A folder of vectors. Dropped, it commits what is left.
#[derive(Debug)]
pub struct VectorCache {
    shared: Arc<Shared>,
}

/// The vectors of one fingerprint: a cheap handle to the cache.
#[derive(Debug, Clone)]
pub struct Space {
    shared: Arc<Shared>,
    layout: Arc<Layout>,
    /// Index in [`State::shelves`].
    shelf: usize,
}

#[derive(Debug)]
struct Shared {
    dir: PathBuf,
    max_bytes: u64,
    state: Mutex<State>,
}

/// No parallel iterator may run while this is locked: its thread could be given a task that waits for the lock.
#[derive(Debug, Default)]
struct State {
    shelves: Vec<Shelf>,
    pending_bytes: u64,
    oldest_pending: Option<Instant>,
    /// Writing failed, or the folder is read-only.
    closed: bool,
    /// Files that cannot be used nor moved.
    passed_over: BTreeSet<PathBuf>,
    damaged_records: usize,
    refused: usize,
    notes: Vec<String>,
}

#[derive(Debug)]
struct Shelf {
    layout: Arc<Layout>,
    segments: BTreeMap<PathBuf, Arc<Segment>>,
    /// Not yet committed.
    pending: BTreeMap<Key, Box<[u8]>>,
}

impl VectorCache {
    /// Opens the cache in `dir`, which is made if it is not there. Beside the cache: what the user should know, for
    /// example that a damaged file was moved aside, or that the folder is read-only (then vectors are found, none are
    /// stored). `max_bytes` should be at least 1 MiB.
    ///
    /// # Errors
    /// [`Error::Usage`] when the folder can be neither used nor made.
    pub fn open(dir: &Path, max_bytes: u64) -> Result<(Self, Option<String>)> {
        let unusable = |what: &str, error: std::io::Error| {
            let reason = format!("the cache folder {} cannot be {what}: {error}", dir.display());
            Error::usage(reason, "give another folder with --cache DIR, or compute everything with --no-cache")
        };
        std::fs::create_dir_all(dir).map_err(|error| unusable("made", error))?;
        let files = folder::segments(dir, None).map_err(|error| unusable("read", error))?;
        let mut state = State::default();
        if let Err(error) = tempfile::tempfile_in(dir) {
            if files.is_empty() {
                return Err(unusable("written", error));
            }
            state.closed = true;
            state.notes.push(format!("cache {}: nothing can be stored in it ({error})", dir.display()));
        }
        for path in files {
            if let Err(trouble) = segment::summary(&path) {
                state.pass_over(&path, trouble);
            }
        }
        if !state.closed {
            folder::make_room(dir, max_bytes, 0).map_err(|error| unusable("read", error))?;
        }
        let warning = (!state.notes.is_empty()).then(|| std::mem::take(&mut state.notes).join("\n"));
        Ok((VectorCache { shared: Arc::new(Shared { dir: dir.to_owned(), max_bytes, state: state.into() }) }, warning))
    }

    /// The vectors of a fingerprint. `values` is part of the key, as the dimension is.
    pub fn space(&self, fingerprint: &Fingerprint, dimension: usize, values: Values) -> Space {
        let layout = Arc::new(Layout::new(fingerprint, dimension, values));
        let mut state = self.shared.state();
        let known = state.shelves.iter().position(|shelf| shelf.layout.namespace == layout.namespace);
        let shelf = known.unwrap_or_else(|| {
            state.shelves.push(Shelf { layout: layout.clone(), segments: BTreeMap::new(), pending: BTreeMap::new() });
            state.shelves.len() - 1
        });
        Space { shared: self.shared.clone(), layout: state.shelves[shelf].layout.clone(), shelf }
    }

    /// Commits what was put.
    pub fn flush(&self) {
        self.shared.commit(&mut self.shared.state());
    }

    /// What the user should know and has not been told: damaged files and records, writing that failed. For the end
    /// of a run, after [`VectorCache::flush`].
    pub fn take_notes(&self) -> Vec<String> {
        let mut state = self.shared.state();
        let mut notes = std::mem::take(&mut state.notes);
        let dir = self.shared.dir.display();
        match std::mem::take(&mut state.damaged_records) {
            0 => {}
            n => notes.push(format!("cache {dir}: {n} damaged vectors were found, and computed again")),
        }
        match std::mem::take(&mut state.refused) {
            0 => {}
            n => notes.push(format!("cache {dir}: {n} vectors were not stored: they would not come back as they were")),
        }
        notes
    }

    /// What it holds on disk.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be read.
    pub fn stats(&self) -> Result<CacheStats> {
        CacheStats::of(&self.shared.dir)
    }

    /// Removes the cache's files from `dir`, and nothing else; gives their number and size. The folder stays.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be read or a file not be removed.
    pub fn clear(dir: &Path) -> Result<(usize, u64)> {
        folder::clear(dir)
    }
}

impl Space {
    /// What is stored of each text.
    pub fn get(&self, texts: &[&str]) -> Vec<Option<Stored>> {
        let keys: Vec<Key> = texts.par_iter().map(|text| key_of(text)).collect();
        let mut found = self.pending(&keys);
        let mut wanted: Vec<usize> = (0..keys.len()).filter(|&i| found[i].is_none()).collect();
        wanted.par_sort_unstable_by_key(|&i| keys[i]);
        for _ in 0..ATTEMPTS {
            if wanted.is_empty() {
                break;
            }
            let segments = {
                let mut state = self.shared.state();
                self.shared.refresh(&mut state, self.shelf);
                state.shelves[self.shelf].segments.values().cloned().collect::<Vec<_>>()
            };
            if !self.search(&segments, &keys, &wanted, &mut found) {
                break;
            }
            wanted.retain(|&i| found[i].is_none());
        }
        found
    }

    /// Stores vectors: in memory first, on disk within about [`COMMIT_EVERY`] while further ones come, else with
    /// [`VectorCache::flush`]. A vector that would not come back exactly as it is (not finite, of another dimension, with
    /// digits that f16 does not hold) is not stored.
    pub fn put<'a>(&self, items: impl IntoIterator<Item = (&'a str, &'a Stored)>) {
        let encoded = items.into_iter().map(|(text, stored)| {
            let key = key_of(text);
            (key, self.layout.encode(&key, stored))
        });
        let enough = COMMIT_BYTES.min(self.shared.max_bytes / 32);
        let mut state = self.shared.state();
        for (key, record) in encoded {
            if state.closed {
                return;
            }
            let Some(record) = record else {
                state.refused += 1;
                continue;
            };
            state.pending_bytes += (size_of::<Key>() + record.len()) as u64;
            state.oldest_pending.get_or_insert_with(Instant::now);
            state.shelves[self.shelf].pending.insert(key, record);
            if state.pending_bytes >= enough {
                self.shared.commit(&mut state);
            }
        }
        if state.oldest_pending.is_some_and(|time| time.elapsed() >= COMMIT_EVERY) {
            self.shared.commit(&mut state);
        }
    }

    /// What waits to be committed.
    fn pending(&self, keys: &[Key]) -> Vec<Option<Stored>> {
        let state = self.shared.state();
        let pending = &state.shelves[self.shelf].pending;
        if pending.is_empty() {
            return vec![None; keys.len()];
        }
        keys.iter().map(|key| pending.get(key).and_then(|record| self.layout.decode(key, record))).collect()
    }

    /// Fills `found` where it is wanted (indices in the order of their keys). True: a file has vanished meanwhile.
    fn search(&self, segments: &[Arc<Segment>], keys: &[Key], wanted: &[usize], found: &mut [Option<Stored>]) -> bool {
        let hits: Vec<Vec<(usize, usize)>> = segments
            .par_iter()
            .map(|segment| wanted.iter().filter_map(|&i| Some((segment.find(&keys[i])?, i))).collect())
            .collect();
        let (mut damaged, mut vanished) = (0, false);
        for (segment, mut hits) in segments.iter().zip(hits) {
            hits.retain(|&(_, i)| found[i].is_none());
            if hits.is_empty() {
                continue;
            }
            match segment.read(&hits.iter().map(|&(place, _)| place).collect::<Vec<_>>()) {
                Ok(records) => {
                    for ((_, i), record) in hits.into_iter().zip(records) {
                        damaged += usize::from(record.is_none());
                        found[i] = record;
                    }
                    segment.touch();
                }
                Err(Trouble::Gone) => vanished = true,
                Err(trouble) => {
                    let mut state = self.shared.state();
                    state.shelves[self.shelf].segments.remove(segment.path());
                    state.pass_over(segment.path(), trouble);
                }
            }
        }
        if damaged > 0 {
            self.shared.state().damaged_records += damaged;
        }
        vanished
    }
}

impl State {
    /// Notes why a file is not used, and moves it aside if it is damaged.
    fn pass_over(&mut self, path: &Path, trouble: Trouble) {
        match trouble {
            Trouble::Gone => return,
            Trouble::Damaged(reason) => self.notes.push(folder::set_aside(path, reason)),
            Trouble::Refused(error) => {
                self.notes.push(format!("cache file {} cannot be read: {error}", path.display()))
            }
        }
        self.passed_over.insert(path.to_owned());
    }

    /// Writing does not work: the run goes on without.
    fn close(&mut self, dir: &Path, error: &Error) {
        let cause = std::error::Error::source(error).map(|cause| format!(" ({cause})")).unwrap_or_default();
        self.notes.push(format!("cache {}: nothing more is stored in this run: {error}{cause}", dir.display()));
        self.closed = true;
    }
}

impl Shelf {
    fn keep(&mut self, segment: Segment) {
        self.segments.insert(segment.path().to_owned(), segment.into());
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes notice of the files that other processes have added and removed.
    fn refresh(&self, state: &mut State, shelf: usize) {
        let layout = state.shelves[shelf].layout.clone();
        let mut known = std::mem::take(&mut state.shelves[shelf].segments);
        // A folder that cannot be listed is an empty one; commits will say so.
        for path in folder::segments(&self.dir, Some(&layout.namespace)).unwrap_or_default() {
            let segment = match known.remove(&path) {
                Some(segment) => segment,
                None if state.passed_over.contains(&path) => continue,
                None => match Segment::open(&path, &layout) {
                    Ok(segment) => segment.into(),
                    Err(trouble) => {
                        state.pass_over(&path, trouble);
                        continue;
                    }
                },
            };
            state.shelves[shelf].segments.insert(path, segment);
        }
    }

    fn commit(&self, state: &mut State) {
        let bytes = std::mem::take(&mut state.pending_bytes);
        state.oldest_pending = None;
        for shelf in 0..state.shelves.len() {
            let pending = std::mem::take(&mut state.shelves[shelf].pending);
            if pending.is_empty() || state.closed {
                continue;
            }
            let layout = state.shelves[shelf].layout.clone();
            match self.store(&layout, &pending, bytes + OVERHEAD) {
                Ok(segment) => state.shelves[shelf].keep(segment),
                Err(error) => state.close(&self.dir, &error),
            }
            self.merge(state, shelf);
        }
    }

    /// Writes a file of vectors.
    fn store(&self, layout: &Arc<Layout>, pending: &BTreeMap<Key, Box<[u8]>>, bytes: u64) -> Result<Segment> {
        // The folder may have been removed since it was opened.
        std::fs::create_dir_all(&self.dir).map_err(|error| Error::io(&self.dir, "create", error))?;
        folder::make_room(&self.dir, self.max_bytes, bytes).map_err(|error| Error::io(&self.dir, "read", error))?;
        let mut writer = Writer::create(&self.dir, layout)?;
        for (key, record) in pending {
            writer.put(*key, record)?;
        }
        writer.finish()
    }

    /// Merges small files, if there are many and no other process is at it.
    fn merge(&self, state: &mut State, shelf: usize) {
        self.refresh(state, shelf);
        if state.closed || merge::worthwhile(state.shelves[shelf].segments.values(), self.max_bytes).is_empty() {
            return;
        }
        let Some(_lock) = folder::lock(&self.dir) else { return };
        self.refresh(state, shelf); // another process may have done it
        let inputs = merge::worthwhile(state.shelves[shelf].segments.values(), self.max_bytes);
        let needed: u64 = inputs.iter().map(|segment| segment.bytes()).sum();
        let in_use = folder::make_room(&self.dir, self.max_bytes, 0);
        // For a moment both old and new are there; eviction makes room for that sooner or later.
        if inputs.is_empty() || !in_use.is_ok_and(|in_use| in_use + needed <= self.max_bytes) {
            return;
        }
        let outdated = match merge::merge(&self.dir, &inputs) {
            Ok(merged) => {
                state.shelves[shelf].keep(merged);
                &inputs[..]
            }
            Err(merge::Failure::Input(i, trouble)) => {
                state.pass_over(inputs[i].path(), trouble);
                &inputs[i..=i]
            }
            Err(merge::Failure::Output(error)) => return state.close(&self.dir, &error),
        };
        for input in outdated {
            state.shelves[shelf].segments.remove(input.path());
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.commit(&mut self.state());
    }
}
