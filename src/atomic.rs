//! Files that are there completely or not at all.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tempfile::TempPath;

use crate::error::{Error, Result};

/// Leading part of the name of an unfinished file.
const TEMPORARY_PREFIX: &str = ".parallax-";
/// Last part of the name of an unfinished file.
const TEMPORARY_SUFFIX: &str = ".tmp";
/// An unfinished file of this age was left by a run that died.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether an unfinished file is called so.
pub(crate) fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY_PREFIX) && name.ends_with(TEMPORARY_SUFFIX)
}

/// The name under which an unfinished file was to appear.
pub(crate) fn goal_of(name: &str) -> Option<&str> {
    let inner = name.strip_prefix(TEMPORARY_PREFIX)?.strip_suffix(TEMPORARY_SUFFIX)?;
    inner.rsplit_once('-').map(|(goal, _)| goal)
}

/// Whether nobody works on this unfinished file any more.
pub(crate) fn is_abandoned(path: &Path) -> bool {
    let modified = std::fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|time| SystemTime::now().duration_since(time).is_ok_and(|age| age > ABANDONED))
}

/// The unfinished files of this process.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what this process has not finished: to be called when it ends without dropping its values.
pub(crate) fn remove_unfinished() {
    for path in unfinished().iter() {
        // It may have got its name, or be gone, this very moment.
        let _ = std::fs::remove_file(path);
    }
}

/// An unfinished file is known as such for as long as this lives.
#[derive(Debug)]
struct Known(PathBuf);

impl Known {
    fn new(path: &Path) -> Self {
        unfinished().insert(path.to_owned());
        Known(path.to_owned())
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        unfinished().remove(&self.0);
    }
}

/// A file that appears under its name when it is [committed](AtomicFile::commit): until then whoever reads the name
/// finds the former file or none. Dropped without commit, it leaves no trace.
///
/// It is written beside its goal (a rename works within one file system only), brought to the disk before the rename,
/// and has the permissions that the user's umask gives to any new file.
#[derive(Debug)]
pub struct AtomicFile {
    goal: PathBuf,
    file: BufWriter<File>,
    unfinished: TempPath,
    known: Known,
}

impl AtomicFile {
    /// Opens an unfinished file beside `goal`.
    ///
    /// # Errors
    /// [`Error::Input`] when something else than a file has that name: a folder could not be replaced once the work is
    /// done, a device (`/dev/null`) must not be; [`Error::Io`].
    pub fn create(goal: impl Into<PathBuf>) -> Result<Self> {
        let goal = goal.into();
        if std::fs::metadata(&goal).is_ok_and(|found| !found.is_file()) {
            return Err(Error::input(goal, "is not a file", "give the name of a file to be written"));
        }
        let folder = match goal.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let name = goal.file_name().unwrap_or_default().to_string_lossy();
        let prefix = format!("{TEMPORARY_PREFIX}{name}-");
        // Opened by ourselves: tempfile's 0600 would hide the report from colleagues.
        let (file, unfinished) = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(TEMPORARY_SUFFIX)
            .make_in(folder, |path| OpenOptions::new().write(true).create_new(true).open(path))
            .map_err(|source| Error::io(&goal, "create", source))?
            .into_parts();
        let known = Known::new(&unfinished);
        Ok(AtomicFile { goal, file: BufWriter::with_capacity(1 << 16, file), unfinished, known })
    }

    /// Writes `bytes` as the whole content of `goal`.
    pub fn write_whole(goal: impl Into<PathBuf>, bytes: &[u8]) -> Result<()> {
        let mut file = AtomicFile::create(goal)?;
        file.put(bytes)?;
        file.commit()
    }

    /// The name under which the file will appear.
    pub fn goal(&self) -> &Path {
        &self.goal
    }

    /// Writes `bytes`; the error names the file.
    pub fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|source| Error::io(&self.goal, "write", source))
    }

    /// Brings the content to the disk, then lets the file appear.
    pub fn commit(mut self) -> Result<()> {
        self.file
            .flush()
            .and_then(|()| self.file.get_ref().sync_all())
            .map_err(|source| Error::io(&self.goal, "write", source))?;
        let AtomicFile { goal, file, unfinished, known } = self;
        drop(file); // Windows renames closed files only
        unfinished.persist(&goal).map_err(|error| Error::io(&goal, "replace", error.error))?;
        drop(known);
        sync_folder(&goal);
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for AtomicFile {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}

/// Makes the rename itself durable where the system can; the content already is.
fn sync_folder(goal: &Path) {
    #[cfg(unix)]
    if let Some(folder) = goal.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        if let Ok(folder) = File::open(folder) {
            // Some network file systems refuse this; the file is complete all the same.
            let _ = folder.sync_all();
        }
    }
    #[cfg(not(unix))]
    let _ = goal;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_sees_the_former_file_until_the_new_one_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let goal = folder.path().join("stories.csv");
        std::fs::write(&goal, "old").unwrap();
        let mut file = AtomicFile::create(&goal).unwrap();
        file.put(b"new").unwrap();
        file.flush().unwrap();
        assert_eq!(std::fs::read_to_string(&goal).unwrap(), "old");
        file.commit().unwrap();
        assert_eq!(std::fs::read_to_string(&goal).unwrap(), "new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_given_up_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = AtomicFile::create(folder.path().join("stories.csv")).unwrap();
        file.put(b"half").unwrap();
        drop(file);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_no_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let mut goals = vec![folder.path()];
        if cfg!(unix) {
            goals.push(Path::new("/dev/null"));
        }
        for goal in goals {
            assert!(AtomicFile::create(goal).unwrap_err().to_string().ends_with("is not a file"));
        }
    }

    #[test]
    fn unfinished_files_are_known_until_they_are_finished() {
        let folder = tempfile::tempdir().unwrap();
        let file = AtomicFile::create(folder.path().join("a")).unwrap();
        let path = file.unfinished.to_path_buf();
        assert!(unfinished().contains(&path));
        assert_eq!(goal_of(&path.file_name().unwrap().to_string_lossy()), Some("a"));
        file.commit().unwrap();
        drop(AtomicFile::create(folder.path().join("b")).unwrap());
        assert!(!unfinished().iter().any(|path| path.starts_with(folder.path())));
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_any_new_file_of_the_user() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
        AtomicFile::write_whole(&ours, b"x").unwrap();
        std::fs::write(&plain, "x").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }

    #[test]
    fn a_missing_folder_is_an_error_that_names_the_file_and_no_temporary_name() {
        let folder = tempfile::tempdir().unwrap();
        let goal = folder.path().join("gone").join("stories.csv");
        let error = AtomicFile::create(&goal).unwrap_err();
        let text = format!("{error}: {}", std::error::Error::source(&error).unwrap());
        assert!(text.contains("stories.csv: cannot create"), "{text}");
        assert!(!text.contains(TEMPORARY_PREFIX), "{text}");
    }
}
