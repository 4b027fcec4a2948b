//! The names of the files in a report folder: which are ours, and which are not.

use std::collections::BTreeSet;
use std::path::Path;

use super::{PACKAGE_FILE, PAGE_FILE, TEXTS_FILE, WORKBOOK_FILE, tables};
use crate::atomic::is_temporary;
use crate::checkpoint::CHECKPOINT_FILE;
use crate::error::{Error, Result};

/// The manifest's file name.
pub(crate) const RUN_FILE: &str = "run.json";
/// Reports besides the tables that a run may write.
const OTHER_FILES: [&str; 5] = [TEXTS_FILE, RUN_FILE, PACKAGE_FILE, PAGE_FILE, WORKBOOK_FILE];

/// Whether a file of this name in a report folder is one of ours: `claims.csv`, `claims-2.csv`, `run.json`, ...
pub fn owns(name: &str) -> bool {
    OTHER_FILES.contains(&name) || is_table(name)
}

/// Whether a file of this name is no report and nobody's own: what a run needs while it is unfinished.
pub(super) fn is_beside(name: &str) -> bool {
    is_temporary(name) || name == CHECKPOINT_FILE
}

fn is_table(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".csv") else { return false };
    let stem = match stem.rsplit_once('-') {
        Some((stem, part)) if part.parse::<u32>().is_ok_and(|number| number > 1 && number.to_string() == part) => stem,
        _ => stem,
    };
    let of_stem = |file: &str| file.strip_suffix(".csv") == Some(stem);
    tables().iter().any(|table| of_stem(table.file))
}

/// The names of the files in a folder.
pub(super) fn names_in(dir: &Path) -> Result<BTreeSet<String>> {
    let failed = |source| Error::io(dir, "read", source);
    std::fs::read_dir(dir)
        .map_err(failed)?
        .map(|entry| Ok(entry.map_err(failed)?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// Removes a file; that it is not there is no error.
pub(super) fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(path, "remove", error)),
        _ => Ok(()),
    }
}
