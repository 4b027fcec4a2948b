//! The database, which is open only while a lookup or a commit lasts.
//!
//! A `blocks` value holds many records of one space: redb gives a value of its own so many pages as a power of two, and
//! single records in a tree with random keys would waste half of the space. `index` tells in which block a record is.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use redb::{
    Builder, Database, DatabaseError, ReadTransaction, ReadableDatabase, ReadableTable, Table, TableDefinition,
    TableError, WriteTransaction,
};

use super::super::quiet::quietly;
use super::record::{Key, Layout, key_of};

pub(super) const NAME: &str = "vectors.redb";
pub(super) const DAMAGED: &str = "vectors.redb.damaged";
/// Block and place of each record.
pub(super) const INDEX: TableDefinition<'_, Key, (u64, u32)> = TableDefinition::new("index");
/// Records of one space, one after another.
pub(super) const BLOCKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("blocks");
/// Of each block: namespace, number of records, bytes, day of last use.
pub(super) const ABOUT: TableDefinition<'_, u64, About> = TableDefinition::new("about");
/// Headers by namespace.
pub(super) const SPACES: TableDefinition<'_, Key, &[u8]> = TableDefinition::new("spaces");
pub(super) type About = (Key, u32, u64, u32);

/// Pages of a full block; one of a small cache has fewer, so that eviction need not take much at once.
const BLOCK: u64 = 128 << 10;
/// More than redb adds to a value in its pages.
const LEAF: u64 = 64;
/// An entry of `index`, whose pages are two thirds full.
const ENTRY: u64 = 48;
/// Fixed parts of a database.
const FIXED: u64 = 64 << 10;
/// Of the limit, what may be in use; and what eviction leaves. The rest is for pages that redb has freed and not yet
/// used again.
const FULL: f64 = 0.9;
const KEEP: f64 = 0.75;
/// For redb's own copies of pages.
const MEMORY: usize = 64 << 20;
/// How long to wait for another process.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("there is no such file")]
    Missing,
    #[error("other processes used it all the time")]
    Busy,
    /// It is not what was written.
    #[error("{0}")]
    Damaged(String),
    /// The system refuses it.
    #[error("{0}")]
    Refused(String),
}

impl From<redb::Error> for Trouble {
    fn from(error: redb::Error) -> Self {
        use redb::Error::{DatabaseAlreadyOpen, Io, PreviousIo, RepairAborted};
        match &error {
            DatabaseAlreadyOpen => Trouble::Busy,
            Io(cause) => match cause.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory => Trouble::Missing,
                ErrorKind::InvalidData | ErrorKind::UnexpectedEof => Trouble::Damaged(cause.to_string()),
                _ => Trouble::Refused(cause.to_string()),
            },
            PreviousIo | RepairAborted => Trouble::Refused(error.to_string()),
            _ => Trouble::Damaged(error.to_string()),
        }
    }
}

#[derive(Debug)]
pub(super) struct Store {
    pub path: PathBuf,
    pub max_bytes: u64,
}

/// What a commit is to write.
pub(super) struct Changes<'c> {
    pub records: Vec<(&'c Layout, &'c BTreeMap<Key, Vec<u8>>)>,
    /// Keys whose stored record is damaged.
    pub damaged: &'c BTreeSet<Key>,
    /// Blocks used today.
    pub used: &'c BTreeSet<u64>,
}

/// What a lookup has read.
#[derive(Default)]
pub(super) struct Found {
    /// A place in the list of keys, and the record; nothing in it if the block or the place does not exist.
    pub records: Vec<(usize, Vec<u8>)>,
    /// Blocks that were last used on another day.
    pub used: Vec<u64>,
}

impl Store {
    /// Several processes may read at once. After a crash the first one repairs.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>) -> Result<T, Trouble> {
        let open = || -> Result<Box<dyn ReadableDatabase>, DatabaseError> {
            match builder().open_read_only(&self.path) {
                Err(DatabaseError::RepairAborted) => Ok(Box::new(builder().open(&self.path)?)),
                opened => Ok(Box::new(opened?)),
            }
        };
        if std::fs::metadata(&self.path).is_ok_and(|file| file.len() == 0) {
            return Err(Trouble::Missing);
        }
        lease(open, |database| work(&database.begin_read()?))
    }

    fn write<T>(&self, work: impl FnOnce(&mut Database) -> Result<T, redb::Error>) -> Result<T, Trouble> {
        lease(|| builder().create(&self.path), work)
    }

    /// Opens everything once.
    pub(crate) fn check(&self) -> Result<(), Trouble> {
        self.read(|transaction| {
            if existing(transaction.open_table(INDEX))?.is_some() {
                transaction.open_table(BLOCKS)?;
                transaction.open_table(ABOUT)?;
                transaction.open_table(SPACES)?;
            }
            Ok(())
        })
    }

    /// The records of sorted keys.
    pub(crate) fn find(&self, layout: &Layout, keys: &[(Key, usize)]) -> Result<Found, Trouble> {
        self.read(|transaction| {
            let mut found = Found::default();
            let Some(index) = existing(transaction.open_table(INDEX))? else { return Ok(found) };
            let (blocks, about) = (transaction.open_table(BLOCKS)?, transaction.open_table(ABOUT)?);
            let mut hits: Vec<(u64, u32, usize)> = Vec::new();
            for &(key, i) in keys {
                if let Some(place) = index.get(key)? {
                    let (block, slot) = place.value();
                    hits.push((block, slot, i));
                }
            }
            hits.sort_unstable();
            for hits in hits.chunk_by(|a, b| a.0 == b.0) {
                let value = blocks.get(hits[0].0)?;
                let bytes = value.as_ref().map_or(&[][..], |value| value.value());
                let records: Vec<&[u8]> = bytes.chunks_exact(layout.record()).collect();
                for &(_, slot, i) in hits {
                    found.records.push((i, records.get(slot as usize).map_or_else(Vec::new, |record| record.to_vec())));
                }
                if about.get(hits[0].0)?.is_some_and(|about| about.value().3 != today()) {
                    found.used.push(hits[0].0);
                }
            }
            Ok(found)
        })
    }

    pub(crate) fn commit(&self, changes: &Changes<'_>) -> Result<(), Trouble> {
        self.write(|database| {
            let mut transaction = database.begin_write()?;
            transaction.set_quick_repair(true);
            Tables::open(&transaction)?.apply(changes, self.max_bytes)?;
            Ok(transaction.commit()?)
        })?;
        match self.shrink() {
            Err(Trouble::Busy) => Ok(()), // the next commit will
            shrunk => shrunk,
        }
    }

    /// Removes what is longest unused, if the file is larger than it may be.
    pub(crate) fn shrink(&self) -> Result<(), Trouble> {
        let aside = self.path.with_file_name(DAMAGED);
        if on_disk(&self.path) + on_disk(&aside) > self.max_bytes {
            let _ = std::fs::remove_file(aside);
        }
        if on_disk(&self.path) <= self.max_bytes {
            return Ok(());
        }
        self.write(|database| {
            let mut transaction = database.begin_write()?;
            transaction.set_quick_repair(true);
            let mut tables = Tables::open(&transaction)?;
            let known = tables.known()?;
            tables.evict(known, share(self.max_bytes, KEEP))?;
            drop(tables);
            transaction.commit()?;
            database.compact()?;
            Ok(())
        })
    }

    /// Moves the damaged database out of the way; says what happened, if it is worth saying.
    pub(crate) fn set_aside(&self, reason: &str) -> Result<Option<String>, String> {
        let path = self.path.display();
        match std::fs::rename(&self.path, self.path.with_file_name(DAMAGED)) {
            Ok(()) if self.unfinished() => Ok(None),
            Ok(()) => Ok(Some(format!(
                "cache file {path}: {reason}; it is now called {DAMAGED}, and its vectors are computed again"
            ))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None), // another process has done it
            Err(error) => {
                Err(format!("cache file {path}: {reason}; it is passed over, and cannot be renamed ({error})"))
            }
        }
    }

    /// redb writes its mark last when it makes a file: this one's maker was killed.
    fn unfinished(&self) -> bool {
        let mut mark = [1; 9];
        std::fs::File::open(self.path.with_file_name(DAMAGED))
            .and_then(|mut file| file.read_exact(&mut mark))
            .is_ok_and(|()| mark == [0; 9])
    }
}

/// What a file takes on disk. redb doubles a file that becomes too small, and may use the end first: where the file
/// system stores no empty pages, only the length doubles.
pub(super) fn on_disk(path: &Path) -> u64 {
    let Ok(file) = std::fs::metadata(path) else { return 0 };
    #[cfg(unix)]
    return file.len().min(std::os::unix::fs::MetadataExt::blocks(&file) * 512);
    #[cfg(not(unix))]
    file.len()
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(MEMORY);
    builder
}

/// Opens the database, works and closes it. redb locks the file against other processes meanwhile. It has panicked on
/// damaged files.
fn lease<D, T>(
    open: impl Fn() -> Result<D, DatabaseError>,
    work: impl FnOnce(&mut D) -> Result<T, redb::Error>,
) -> Result<T, Trouble> {
    let worked = quietly(|| {
        let (begun, mut pause) = (Instant::now(), Duration::from_millis(2));
        loop {
            match open() {
                Ok(mut database) => return work(&mut database),
                Err(DatabaseError::DatabaseAlreadyOpen) if begun.elapsed() < PATIENCE => {
                    std::thread::sleep(pause);
                    pause = (pause * 3 / 2).min(Duration::from_millis(100));
                }
                Err(error) => return Err(error.into()),
            }
        }
    });
    worked.ok_or_else(|| Trouble::Damaged("its pages are damaged".into()))?.map_err(Trouble::from)
}

/// A table, if anything was ever committed.
pub(super) fn existing<T>(opened: Result<T, TableError>) -> Result<Option<T>, TableError> {
    match opened {
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        opened => opened.map(Some),
    }
}

struct Tables<'t> {
    index: Table<'t, Key, (u64, u32)>,
    blocks: Table<'t, u64, &'static [u8]>,
    about: Table<'t, u64, About>,
    spaces: Table<'t, Key, &'static [u8]>,
}

impl<'t> Tables<'t> {
    fn open(transaction: &'t WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Tables {
            index: transaction.open_table(INDEX)?,
            blocks: transaction.open_table(BLOCKS)?,
            about: transaction.open_table(ABOUT)?,
            spaces: transaction.open_table(SPACES)?,
        })
    }

    fn known(&self) -> Result<BTreeMap<u64, About>, redb::Error> {
        self.about.iter()?.map(|row| row.map(|(id, about)| (id.value(), about.value())).map_err(Into::into)).collect()
    }

    fn apply(&mut self, changes: &Changes<'_>, max_bytes: u64) -> Result<(), redb::Error> {
        for &id in changes.used {
            let about = self.about.get(id)?.map(|about| about.value());
            if let Some((namespace, records, bytes, _)) = about {
                self.about.insert(id, (namespace, records, bytes, today()))?;
            }
        }
        let mut known = self.known()?;
        let mut next = known.keys().next_back().map_or(0, |last| last + 1);
        let coming: u64 = changes.records.iter().map(|(layout, new)| (layout.record() * new.len()) as u64).sum();
        if self.size(&known) + coming > share(max_bytes, FULL) {
            known = self.evict(known, share(max_bytes, KEEP).saturating_sub(coming))?;
        }
        let block = (BLOCK.min(max_bytes / 32).max(8 << 10) + 1).next_power_of_two() / 2 - LEAF;
        for (layout, new) in &changes.records {
            let mut fresh: BTreeMap<Key, &[u8]> = BTreeMap::new();
            for (key, record) in *new {
                if changes.damaged.contains(key) || self.index.get(key)?.is_none() {
                    fresh.insert(*key, record);
                }
            }
            if fresh.is_empty() {
                continue;
            }
            // A small block of today is filled up.
            let last = known.iter().rev().find(|(_, about)| about.0 == layout.namespace);
            let joined = match last {
                Some((&id, &(_, _, bytes, day))) if day == today() && bytes + layout.record() as u64 <= block => {
                    self.remove(id)?
                }
                _ => Vec::new(),
            };
            let kept = joined.iter().map(Vec::as_slice).filter(|record| {
                record.len() == layout.record() && !key_of(record).is_some_and(|key| fresh.contains_key(&key))
            });
            let records: Vec<&[u8]> = kept.chain(fresh.values().copied()).collect();
            for records in records.chunks((block as usize / layout.record()).max(1)) {
                let bytes = records.concat();
                for (slot, key) in (0..).zip(records.iter().filter_map(|record| key_of(record))) {
                    self.index.insert(key, (next, slot))?;
                }
                self.about.insert(next, (layout.namespace, records.len() as u32, bytes.len() as u64, today()))?;
                self.blocks.insert(next, bytes.as_slice())?;
                next += 1;
            }
            self.spaces.insert(layout.namespace, layout.header.as_slice())?;
        }
        Ok(())
    }

    /// What the blocks, with all that belongs to them, take on disk.
    fn size(&self, known: &BTreeMap<u64, About>) -> u64 {
        FIXED + known.values().map(size_of_block).sum::<u64>()
    }

    /// Removes blocks, those longest unused first, until so many bytes are left.
    fn evict(&mut self, mut known: BTreeMap<u64, About>, goal: u64) -> Result<BTreeMap<u64, About>, redb::Error> {
        let mut size = self.size(&known);
        let mut order: Vec<(u32, u64)> = known.iter().map(|(&id, about)| (about.3, id)).collect();
        order.sort_unstable();
        for (_, id) in order {
            if size <= goal {
                break;
            }
            size -= known.remove(&id).as_ref().map_or(0, size_of_block);
            self.remove(id)?;
        }
        Ok(known)
    }

    /// Removes a block; gives the records that were in use.
    fn remove(&mut self, id: u64) -> Result<Vec<Vec<u8>>, redb::Error> {
        let records = self.about.remove(id)?.map_or(0, |about| about.value().1) as usize;
        let bytes = self.blocks.remove(id)?.map_or_else(Vec::new, |block| block.value().to_vec());
        let mut in_use = Vec::new();
        for record in bytes.chunks(bytes.len().div_ceil(records.max(1)).max(1)) {
            let Some(key) = key_of(record) else { continue };
            if self.index.get(key)?.is_some_and(|place| place.value().0 == id) {
                self.index.remove(key)?;
                in_use.push(record.to_vec());
            }
        }
        Ok(in_use)
    }
}

fn size_of_block((_, records, bytes, _): &About) -> u64 {
    (bytes + LEAF).next_power_of_two().max(4 << 10) + u64::from(*records) * ENTRY
}

fn share(max_bytes: u64, of: f64) -> u64 {
    (max_bytes as f64 * of) as u64
}

/// Days since 1970.
pub(super) fn today() -> u32 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    (since.as_secs() / super::DAY) as u32
}
