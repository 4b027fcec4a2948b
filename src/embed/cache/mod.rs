//! Vectors of earlier runs on disk: a text that was embedded once is not computed again.
//!
//! **What is stored.** Per text a hash (BLAKE3, 128 bits), its token count and its vector, in a *space* of its own for
//! each [`Fingerprint`], dimension and number format. No text is stored, and no file name or source.
//!
//! **File.** One database of the crate redb (`store.rs`), opened for each lookup and each commit and closed after it: so
//! any number of processes may share a folder. They read at the same time; one writes at a time, and who waits too long
//! computes the vectors, or commits later. A process that is killed loses what it had not committed (about
//! `COMMIT_EVERY`) and harms nothing.
//!
//! **Size.** When nine tenths of the limit are in use, blocks of vectors (128 KiB at most) are removed until three quarters
//! are left, those longest unused first, counted in days. What counts is what the file takes on disk; its length may be
//! twice that, because redb doubles a file that becomes too small and may use the end first. A file that is larger than
//! the limit in spite of that, or because the limit is a new one, is compacted. Within a commit the limit may be passed.
//!
//! **Damage.** A cache must not stop a run, nor change its result. A file that is no database, or a damaged one, is
//! renamed to `vectors.redb.damaged` and reported, and a new one begun; a damaged record counts as missing; both are
//! computed again. When the disk is full or refuses writing, the run goes on without storing. See
//! [`VectorCache::take_notes`].

mod record;
mod stats;
mod store;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use record::{Key, Layout};
pub use stats::{CacheStats, SpaceStats};
use store::{Changes, DAMAGED, Found, NAME, Store, Trouble, on_disk};

use super::Fingerprint;
use crate::named::named;
use crate::{Error, Result};

/// A cache may grow to this size unless told otherwise.
pub const DEFAULT_MAX_BYTES: u64 = 4 << 30;
/// [`Space::put`] commits when the oldest vector in memory is of this age.
pub(crate) const COMMIT_EVERY: Duration = Duration::from_secs(2);
/// It also commits at this size, or at a thirty-second of the limit.
const COMMIT_BYTES: u64 = 16 << 20;
/// What waits in memory at most while other processes have the database.
const WAITING_BYTES: u64 = 4 * COMMIT_BYTES;
/// Seconds; as fine as last use is known.
const DAY: u64 = 24 * 60 * 60;

named! {
    /// How the numbers of a vector are stored.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Values {
        /// As they are.
        F32 = "f32",
        /// In half the space, for engines that round their results to f16; other vectors are refused.
        F16 = "f16",
    }
}

impl Values {
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
    store: Store,
    state: Mutex<State>,
}

/// No parallel iterator may run while this is locked: its thread could be given a task that waits for the lock.
#[derive(Debug, Default)]
struct State {
    shelves: Vec<Shelf>,
    pending_bytes: u64,
    /// Of these, what other processes did not let us commit.
    postponed: u64,
    /// When the next commit is due.
    due: Option<Instant>,
    /// Writing failed, or the folder is read-only.
    closed: bool,
    /// Not even reading works.
    unusable: bool,
    damaged: BTreeSet<Key>,
    /// Blocks to be marked as used today.
    used: BTreeSet<u64>,
    damaged_records: usize,
    refused: usize,
    unstored: usize,
    waited: bool,
    notes: Vec<String>,
}

#[derive(Debug)]
struct Shelf {
    layout: Arc<Layout>,
    /// Not yet committed.
    pending: BTreeMap<Key, Vec<u8>>,
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
        let store = Store { path: dir.join(NAME), max_bytes };
        let mut state = State::default();
        if let Err(error) = tempfile::tempfile_in(dir) {
            if !store.path.exists() {
                return Err(unusable("written", error));
            }
            state.closed = true;
            state.notes.push(format!("cache {}: nothing can be stored in it ({error})", dir.display()));
        }
        let shared = Shared { dir: dir.to_owned(), store, state: Mutex::default() };
        let checked = match shared.store.check() {
            Ok(()) if !state.closed => shared.store.shrink(),
            checked => checked,
        };
        if let Err(trouble) = checked {
            shared.pass_over(&mut state, trouble);
        }
        let warning = (!state.notes.is_empty()).then(|| std::mem::take(&mut state.notes).join("\n"));
        *shared.state() = state;
        Ok((VectorCache { shared: Arc::new(shared) }, warning))
    }

    /// The vectors of a fingerprint. `values` is part of the key, as the dimension is.
    pub fn space(&self, fingerprint: &Fingerprint, dimension: usize, values: Values) -> Space {
        let layout = Arc::new(Layout::new(fingerprint, dimension, values));
        let mut state = self.shared.state();
        let known = state.shelves.iter().position(|shelf| shelf.layout.namespace == layout.namespace);
        let shelf = known.unwrap_or_else(|| {
            state.shelves.push(Shelf { layout: layout.clone(), pending: BTreeMap::new() });
            state.shelves.len() - 1
        });
        Space { shared: self.shared.clone(), layout, shelf }
    }

    /// Commits what was put.
    pub fn flush(&self) {
        let mut state = self.shared.state();
        self.shared.commit(&mut state);
        // Other processes did not let us: this was the last attempt.
        state.unstored += state.forget();
    }

    /// What the user should know and has not been told: damaged files and records, writing that failed. For the end
    /// of a run, after [`VectorCache::flush`].
    pub fn take_notes(&self) -> Vec<String> {
        let mut state = self.shared.state();
        let mut notes = std::mem::take(&mut state.notes);
        let dir = self.shared.dir.display();
        if std::mem::take(&mut state.waited) {
            notes.push(format!("cache {dir}: other processes used it all the time; some vectors were computed again"));
        }
        let counted = [
            (std::mem::take(&mut state.damaged_records), "damaged vectors were found, and computed again"),
            (std::mem::take(&mut state.refused), "vectors were not stored: they would not come back as they were"),
            (std::mem::take(&mut state.unstored), "vectors were not stored: other processes used it all the time"),
        ];
        let counted = counted.iter().filter(|(n, _)| *n > 0);
        notes.extend(counted.map(|(n, what)| format!("cache {dir}: {n} {what}")));
        notes
    }

    /// Removes the cache's files from `dir`, and nothing else; gives their number and size. The folder stays.
    ///
    /// # Errors
    /// [`Error::Io`] when a file cannot be removed.
    pub(crate) fn clear(dir: &Path) -> Result<(usize, u64)> {
        let (mut files, mut bytes) = (0, 0);
        for path in [NAME, DAMAGED].map(|name| dir.join(name)) {
            let size = on_disk(&path);
            match std::fs::remove_file(&path) {
                Ok(()) => (files, bytes) = (files + 1, bytes + size),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
                    return Err(Error::io(dir, "read", error));
                }
                Err(error) => return Err(Error::io(&path, "remove", error)),
            }
        }
        Ok((files, bytes))
    }
}

impl Space {
    /// What is stored of each text.
    pub fn get(&self, texts: &[&str]) -> Vec<Option<Stored>> {
        let keys: Vec<Key> = texts.par_iter().map(|text| self.layout.key(text)).collect();
        let mut wanted: Vec<(Key, usize)> = keys.iter().copied().zip(0..).collect();
        wanted.par_sort_unstable();
        let mut records: Vec<Option<Vec<u8>>> = {
            let mut state = self.shared.state();
            let pending = &state.shelves[self.shelf].pending;
            let mut records: Vec<_> = keys.iter().map(|key| pending.get(key).cloned()).collect();
            wanted.retain(|&(_, i)| records[i].is_none());
            let found = self.shared.find(&mut state, &self.layout, &wanted);
            found.records.into_iter().for_each(|(i, record)| records[i] = Some(record));
            records
        };
        let decode = |(key, record): (&Key, &Option<Vec<u8>>)| self.layout.decode(*key, record.as_ref()?);
        let stored: Vec<Option<Stored>> = keys.par_iter().zip(&records).map(decode).collect();
        records.iter_mut().zip(&stored).filter(|(_, stored)| stored.is_some()).for_each(|(record, _)| *record = None);
        let damaged: Vec<Key> = keys.iter().zip(records).filter_map(|(key, record)| record.map(|_| *key)).collect();
        if !damaged.is_empty() {
            let mut state = self.shared.state();
            state.damaged_records += damaged.len();
            state.damaged.extend(damaged);
        }
        stored
    }

    /// Stores vectors: in memory first, on disk within about `COMMIT_EVERY` while further ones come, else with
    /// [`VectorCache::flush`]. A vector that would not come back exactly as it is (not finite, of another dimension, with
    /// digits that f16 does not hold) is not stored.
    pub fn put<'a>(&self, items: impl IntoIterator<Item = (&'a str, &'a Stored)>) {
        let encoded = items.into_iter().map(|(text, stored)| {
            let key = self.layout.key(text);
            (key, self.layout.encode(key, stored))
        });
        let enough = COMMIT_BYTES.min(self.shared.store.max_bytes / 32);
        let mut state = self.shared.state();
        for (key, record) in encoded {
            if state.closed {
                return;
            }
            let Some(record) = record else {
                state.refused += 1;
                continue;
            };
            if state.pending_bytes >= WAITING_BYTES {
                state.unstored += 1;
                continue;
            }
            state.pending_bytes += record.len() as u64;
            state.due.get_or_insert_with(|| Instant::now() + COMMIT_EVERY);
            state.shelves[self.shelf].pending.insert(key, record);
            if state.pending_bytes >= state.postponed + enough {
                self.shared.commit(&mut state);
            }
        }
        if state.due.is_some_and(|due| due <= Instant::now()) {
            self.shared.commit(&mut state);
        }
    }
}

impl State {
    fn changes(&self) -> Changes<'_> {
        let shelves = self.shelves.iter().filter(|shelf| !shelf.pending.is_empty());
        let records = shelves.map(|shelf| (&*shelf.layout, &shelf.pending)).collect();
        Changes { records, damaged: &self.damaged, used: &self.used }
    }

    /// Drops what waits to be committed; gives its number.
    fn forget(&mut self) -> usize {
        (self.pending_bytes, self.postponed, self.due) = (0, 0, None);
        self.used.clear();
        self.shelves.iter_mut().map(|shelf| std::mem::take(&mut shelf.pending).len()).sum()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes why the database was not used, and moves it aside if it is damaged.
    fn pass_over(&self, state: &mut State, trouble: Trouble) {
        match trouble {
            Trouble::Missing => {}
            Trouble::Busy => state.waited = true,
            Trouble::Damaged(reason) => match self.store.set_aside(&reason) {
                Ok(note) => state.notes.extend(note),
                Err(note) => {
                    state.notes.push(note);
                    (state.closed, state.unusable) = (true, true);
                }
            },
            Trouble::Refused(reason) => {
                state.notes.push(format!("cache {}: it cannot be read: {reason}", self.dir.display()));
                state.unusable = true;
            }
        }
    }

    fn find(&self, state: &mut State, layout: &Layout, wanted: &[(Key, usize)]) -> Found {
        if wanted.is_empty() || state.unusable {
            return Found::default();
        }
        match self.store.find(layout, wanted) {
            Ok(mut found) => {
                state.used.extend(std::mem::take(&mut found.used));
                found
            }
            Err(trouble) => {
                self.pass_over(state, trouble);
                Found::default()
            }
        }
    }

    fn commit(&self, state: &mut State) {
        let changes = state.changes();
        let nothing = changes.records.is_empty() && changes.used.is_empty();
        if !state.closed && !nothing {
            // The folder may have been removed since it was opened. If it cannot be made, the database will say so.
            let _ = std::fs::create_dir_all(&self.dir);
            let mut outcome = self.store.commit(&changes);
            if let Err(trouble @ Trouble::Damaged(_)) = outcome {
                self.pass_over(state, trouble);
                state.used.clear();
                outcome = self.store.commit(&state.changes());
            }
            match outcome {
                Ok(()) => state.damaged.clear(),
                Err(Trouble::Busy) => {
                    state.due = Some(Instant::now() + COMMIT_EVERY);
                    state.postponed = state.pending_bytes;
                    return;
                }
                Err(_) if state.closed => {} // and told
                Err(trouble) => {
                    let dir = self.dir.display();
                    state.notes.push(format!("cache {dir}: nothing more is stored in this run: {trouble}"));
                    state.closed = true;
                }
            }
        }
        state.forget();
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.commit(&mut self.state());
    }
}

/// `PARALLAX_CACHE`, else `parallax` in the user's folder for caches; none if there is no such folder.
pub(crate) fn default_dir() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    variable("PARALLAX_CACHE").or_else(|| {
        let caches = if cfg!(windows) {
            variable("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            home().map(|home| home.join("Library/Caches"))
        } else {
            // The XDG rules: a relative path does not count.
            variable("XDG_CACHE_HOME")
                .filter(|dir| dir.is_absolute())
                .or_else(|| home().map(|home| home.join(".cache")))
        };
        caches.map(|caches| caches.join("parallax"))
    })
}
