//! The cache's folder: which files are ours, what they hold, which of them have to go.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Values;
use super::segment::{self, FORMAT};
use crate::atomic::{is_abandoned, is_temporary};
use crate::{Error, Result};

/// Hexadecimal digits of a namespace.
pub(super) const NAMESPACE: usize = 32;
const EXTENSION: &str = ".vectors";
const DAMAGED: &str = ".damaged";
const LOCK: &str = ".parallax-cache.lock";
/// Eviction goes on until so much of the limit is left in use.
const KEEP: f64 = 0.8;

/// A name for a new file of a space, which no other process chooses.
pub(super) fn new_name(namespace: &str) -> String {
    // The standard library's source of random numbers that needs no crate.
    format!("{namespace}-{:016x}.v{FORMAT}{EXTENSION}", RandomState::new().hash_one(()))
}

/// The space that a file belongs to, by its name; none for a file of another format or of another program.
pub(super) fn namespace(path: &Path) -> Option<&str> {
    match kind(path.file_name()?.to_str()?)? {
        Kind::Segment(namespace) => Some(namespace),
        _ => None,
    }
}

/// What a file of ours is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind<'n> {
    Segment(&'n str),
    /// Of another version of the format.
    Foreign,
    Damaged,
    Unfinished,
    Lock,
}

/// Names decide what is ours: nothing else in the folder is ever touched.
fn kind(name: &str) -> Option<Kind<'_>> {
    if name == LOCK {
        return Some(Kind::Lock);
    }
    if is_temporary(name) && name.contains(EXTENSION) {
        return Some(Kind::Unfinished);
    }
    let (whole, damaged) = name.strip_suffix(DAMAGED).map_or((name, false), |whole| (whole, true));
    let (id, version) = whole.strip_suffix(EXTENSION)?.rsplit_once(".v")?;
    let (namespace, unique) = id.split_once('-')?;
    let hexadecimal = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let version: u32 = version.parse().ok()?;
    if namespace.len() != NAMESPACE || unique.len() != 16 || !hexadecimal(namespace) || !hexadecimal(unique) {
        return None;
    }
    Some(match version {
        _ if damaged => Kind::Damaged,
        FORMAT => Kind::Segment(namespace),
        _ => Kind::Foreign,
    })
}

/// The names of the folder that are ours, sorted.
fn names(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        if let Ok(name) = entry?.file_name().into_string()
            && kind(&name).is_some()
        {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The files of a space, or of all.
pub(super) fn segments(dir: &Path, of: Option<&str>) -> io::Result<Vec<PathBuf>> {
    let wanted = |name: &String| match kind(name) {
        Some(Kind::Segment(namespace)) => of.is_none_or(|of| of == namespace),
        _ => false,
    };
    Ok(names(dir)?.into_iter().filter(wanted).map(|name| dir.join(name)).collect())
}

/// Moves a damaged file out of the way; says what happened.
pub(super) fn set_aside(path: &Path, reason: &str) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = path.with_file_name(format!("{name}{DAMAGED}"));
    let outcome = match std::fs::rename(path, &aside) {
        Ok(()) => format!("it is now called {name}{DAMAGED}"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => "another process has moved it".into(),
        Err(error) => format!("it is passed over, and cannot be renamed ({error})"),
    };
    format!("cache file {}: {reason}; {outcome}, and its vectors are computed again", path.display())
}

/// One process at a time tidies a folder. It is a matter of economy, not of safety: on a file system without locks
/// two processes may merge the same files, which stores vectors twice until the next merge.
pub(super) fn lock(dir: &Path) -> Option<File> {
    let file = OpenOptions::new().create(true).append(true).open(dir.join(LOCK)).ok()?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => None,
        Ok(()) | Err(TryLockError::Error(_)) => Some(file),
    }
}

/// A file that may be evicted; they sort by the order of eviction.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    sound: bool,
    used: SystemTime,
    path: PathBuf,
    bytes: u64,
}

/// Removes what runs that died have left; then, if the folder with `coming` bytes more would be larger than
/// `max_bytes`, the files longest unused (damaged ones first) until they and the newcomer fill four fifths of it.
/// Gives the bytes in use.
pub(super) fn make_room(dir: &Path, max_bytes: u64, coming: u64) -> io::Result<u64> {
    let (mut total, mut candidates) = (0, Vec::new());
    for name in names(dir)? {
        let path = dir.join(&name);
        let kind = kind(&name);
        if kind == Some(Kind::Unfinished) && is_abandoned(&path) {
            let _ = std::fs::remove_file(&path);
        }
        let Ok(metadata) = std::fs::metadata(&path) else { continue };
        total += metadata.len();
        if !matches!(kind, Some(Kind::Lock | Kind::Unfinished)) {
            let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            candidates.push(Candidate { sound: kind != Some(Kind::Damaged), used, path, bytes: metadata.len() });
        }
    }
    if total + coming > max_bytes {
        let goal = (max_bytes as f64 * KEEP) as u64;
        candidates.sort_unstable();
        for file in candidates {
            if total + coming <= goal {
                break;
            }
            match std::fs::remove_file(&file.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {}
                _ => total -= file.bytes,
            }
        }
    }
    Ok(total)
}

/// What a cache holds.
#[derive(Debug, Clone, Default)]
pub struct CacheStats {
    /// Size of all its files.
    pub bytes: u64,
    /// Vectors in them; one that two processes stored at the same time counts twice until a merge.
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
    /// Size of their files.
    pub bytes: u64,
    /// When the file longest unused was used last (to the hour).
    pub oldest_use: SystemTime,
    /// When any was used last (to the hour).
    pub newest_use: SystemTime,
}

impl SpaceStats {
    fn described(&self) -> impl Ord {
        (&self.model, &self.engine, &self.precision, &self.cpu_class, self.dimension, self.values.name())
    }
}

impl CacheStats {
    /// What the cache in `dir` holds; a missing folder is an empty cache.
    ///
    /// # Errors
    /// [`Error::Io`] when the folder cannot be read.
    pub fn of(dir: &Path) -> Result<Self> {
        let mut stats = CacheStats::default();
        let mut spaces: BTreeMap<String, SpaceStats> = BTreeMap::new();
        for name in present(dir)? {
            let path = dir.join(&name);
            let Ok(metadata) = std::fs::metadata(&path) else { continue };
            stats.bytes += metadata.len();
            stats.damaged += usize::from(kind(&name) == Some(Kind::Damaged));
            let Some(Kind::Segment(namespace)) = kind(&name) else { continue };
            let Ok(summary) = segment::summary(&path) else { continue };
            let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            let text = |field: &str| summary.header.fingerprint[field].as_str().unwrap_or_default().to_owned();
            let space = spaces.entry(namespace.to_owned()).or_insert_with(|| SpaceStats {
                model: text("model"),
                engine: text("engine"),
                precision: text("precision"),
                cpu_class: text("cpu_class"),
                dimension: summary.header.dimension,
                values: summary.header.values,
                entries: 0,
                bytes: 0,
                oldest_use: used,
                newest_use: used,
            });
            stats.entries += summary.entries;
            space.entries += summary.entries;
            space.bytes += metadata.len();
            space.oldest_use = space.oldest_use.min(used);
            space.newest_use = space.newest_use.max(used);
        }
        stats.spaces = spaces.into_values().collect();
        stats.spaces.sort_by(|a, b| a.described().cmp(&b.described()));
        Ok(stats)
    }
}

/// Removes the cache's files from `dir`, and nothing else; gives their number and size. The folder stays.
///
/// # Errors
/// [`Error::Io`] when the folder cannot be read or a file not be removed.
pub(super) fn clear(dir: &Path) -> Result<(usize, u64)> {
    let (mut files, mut bytes) = (0, 0);
    for name in present(dir)? {
        let path = dir.join(&name);
        let size = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
        match std::fs::remove_file(&path) {
            Ok(()) => {
                files += usize::from(kind(&name) != Some(Kind::Lock));
                bytes += size;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io(&path, "remove", error)),
        }
    }
    Ok((files, bytes))
}

fn present(dir: &Path) -> Result<Vec<String>> {
    match names(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        found => found.map_err(|error| Error::io(dir, "read", error)),
    }
}

/// `PARALLAX_CACHE`, else `parallax` in the user's folder for caches; none if there is no such folder.
pub fn default_dir() -> Option<PathBuf> {
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
