//! What the cache holds.

use std::collections::btree_map::{BTreeMap, Entry};
use std::path::Path;
use std::time::{Duration, SystemTime};

use redb::{ReadableTable, ReadableTableMetadata};

use super::record::{Header, Key};
use super::store::{ABOUT, DAMAGED, INDEX, NAME, SPACES, Store, Trouble, existing, on_disk};
use super::{DAY, Values};
use crate::{Error, Result};

/// What a cache holds.
#[derive(Debug, Clone, Default)]
pub struct CacheStats {
    /// What its files take on disk.
    pub bytes: u64,
    /// Vectors in it.
    pub entries: u64,
    /// Files that were found damaged and are kept aside.
    pub damaged: usize,
    /// What computed the vectors.
    pub spaces: Vec<SpaceStats>,
}

/// The vectors of one fingerprint.
#[derive(Debug, Clone)]
pub struct SpaceStats {
    /// The model's name.
    pub model: String,
    /// The inference engine.
    pub engine: String,
    /// The number format of the products.
    pub precision: String,
    /// Architecture and vector extensions.
    pub cpu_class: String,
    /// Length of a vector.
    pub dimension: usize,
    /// The number format of the stored values.
    pub values: Values,
    /// Vectors.
    pub entries: u64,
    /// Their size, without what the database adds.
    pub bytes: u64,
    /// The day on which the vectors longest unused were used last.
    pub oldest_use: SystemTime,
    /// The day on which any was used last.
    pub newest_use: SystemTime,
}

impl SpaceStats {
    fn new(header: &[u8], day: SystemTime) -> Option<Self> {
        let header: Header<serde_json::Value> = serde_json::from_slice(header).ok()?;
        let text = |field: &str| header.fingerprint[field].as_str().unwrap_or_default().to_owned();
        Some(SpaceStats {
            model: text("model"),
            engine: text("engine"),
            precision: text("precision"),
            cpu_class: text("cpu_class"),
            dimension: header.dimension,
            values: header.values,
            entries: 0,
            bytes: 0,
            oldest_use: day,
            newest_use: day,
        })
    }

    fn described(&self) -> impl Ord {
        (&self.model, &self.engine, &self.precision, &self.cpu_class, self.dimension, self.values.name())
    }
}

impl CacheStats {
    /// What the cache in `dir` holds; a missing folder is an empty cache.
    ///
    /// # Errors
    /// [`Error::Io`] when the database cannot be read.
    pub fn of(dir: &Path) -> Result<Self> {
        let mut stats = CacheStats::default();
        let path = dir.join(NAME);
        if let Err(error) = std::fs::metadata(&path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(Error::io(dir, "read", error));
        }
        let aside = dir.join(DAMAGED);
        stats.damaged = usize::from(aside.exists());
        stats.bytes = on_disk(&path) + on_disk(&aside);
        let mut spaces: BTreeMap<Key, SpaceStats> = BTreeMap::new();
        let store = Store { path, max_bytes: u64::MAX };
        let read = store.read(|transaction| {
            let Some(index) = existing(transaction.open_table(INDEX))? else { return Ok(()) };
            stats.entries = index.len()?;
            let headers = transaction.open_table(SPACES)?;
            for row in transaction.open_table(ABOUT)?.iter()? {
                let (namespace, entries, bytes, day) = row?.1.value();
                let day = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(day) * DAY);
                let space = match spaces.entry(namespace) {
                    Entry::Occupied(space) => space.into_mut(),
                    Entry::Vacant(place) => {
                        let header = headers.get(namespace)?;
                        let space = header.and_then(|header| SpaceStats::new(header.value(), day));
                        let Some(space) = space else { continue };
                        place.insert(space)
                    }
                };
                space.entries += u64::from(entries);
                space.bytes += bytes;
                space.oldest_use = space.oldest_use.min(day);
                space.newest_use = space.newest_use.max(day);
            }
            Ok(())
        });
        match read {
            Ok(()) | Err(Trouble::Missing) => {}
            Err(trouble) => return Err(Error::io(&store.path, "read", std::io::Error::other(trouble))),
        }
        stats.spaces = spaces.into_values().collect();
        stats.spaces.sort_by(|a, b| a.described().cmp(&b.described()));
        Ok(stats)
    }
}
