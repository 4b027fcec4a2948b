//! One run at a time fills an output folder.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::owns;
use crate::atomic::goal_of;
use crate::checkpoint::CHECKPOINT_FILE;
use crate::error::{Error, Result};

/// Keeps other runs out of an output folder while it lives. The system releases it with the process, however that ends.
#[derive(Debug)]
pub(crate) struct OutputLock {
    _folder: Option<File>,
}

/// Makes the folder where it is missing and locks it; then removes unfinished files of our names, which a run left that
/// died.
///
/// The folder itself is locked, so that no file is left behind or can be out of date. Where the system cannot do that
/// (Windows, some network file systems) nothing is locked.
///
/// # Errors
/// [`Error::Input`] when another run holds the lock; [`Error::Io`] when the folder cannot be made.
pub(crate) fn lock_output(dir: &Path) -> Result<OutputLock> {
    std::fs::create_dir_all(dir).map_err(|source| Error::io(dir, "create", source))?;
    // What else is wrong with the folder is found, and said, when it is filled.
    let Ok(folder) = File::open(dir) else { return Ok(OutputLock { _folder: None }) };
    match folder.try_lock() {
        Ok(()) => {
            let names = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.file_name());
            for name in names.filter(|name| goal_of(&name.to_string_lossy()).is_some_and(is_ours)) {
                let _ = std::fs::remove_file(dir.join(name));
            }
            Ok(OutputLock { _folder: Some(folder) })
        }
        Err(TryLockError::WouldBlock) => {
            let hint = "wait until it has ended, or give another --out";
            Err(Error::input(dir, "another run of parallax is filling this folder", hint))
        }
        Err(TryLockError::Error(_)) => Ok(OutputLock { _folder: None }),
    }
}

fn is_ours(name: &str) -> bool {
    owns(name) || name == CHECKPOINT_FILE
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_filled_by_one_run_at_a_time_which_removes_what_dead_ones_left() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("new/report");
        let first = lock_output(&out).unwrap();
        for name in [".parallax-claims.csv-AbC123.tmp", ".parallax-mine.csv-AbC123.tmp", ".parallax-notes"] {
            std::fs::write(out.join(name), "").unwrap();
        }
        assert!(lock_output(&out).unwrap_err().to_string().contains("another run of parallax"));
        drop(first);
        drop(lock_output(&out).unwrap());
        let mut left: Vec<_> = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".parallax-mine.csv-AbC123.tmp", ".parallax-notes"], "others' files are not ours to remove");
    }
}
