//! From paths, globs, folders and `-` to the files to read.

use crate::{Error, Result};
use glob::{MatchOptions, Pattern, PatternError};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::FileType;
use std::io::Read;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// A file to read.
#[derive(Clone, Debug)]
pub(super) struct InputFile {
    /// As messages and `rejected.csv` name it.
    pub label: String,
    /// `None` is standard input.
    pub path: Option<PathBuf>,
    /// Folders between the input folder and the file.
    pub folders: Vec<String>,
    /// Named by the user, not found in a folder.
    pub named: bool,
    /// A pipe: its bytes come once, to the first that opens it.
    pub pipe: bool,
    /// Bytes on disk; 0 for a pipe.
    pub size: u64,
}

/// How a file's name says it is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Comma,
    Tab,
    Json,
    Text,
    Unknown,
}

/// What [`resolve`] found.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub files: Vec<InputFile>,
    /// Links and other things in folders that were passed over.
    pub skipped: Vec<String>,
}

/// The name without folders and without `.gz`, `.zst`.
fn bare_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    let packed = [".gz", ".gzip", ".zst", ".zstd"].into_iter().find(|end| lower.ends_with(end)).map_or(0, str::len);
    name[..name.len() - packed].to_owned()
}

impl InputFile {
    /// The layout that the name promises.
    pub fn layout(&self) -> Layout {
        let Some(path) = &self.path else { return Layout::Unknown };
        let name = bare_name(path).to_ascii_lowercase();
        match name.rsplit_once('.').map(|(_, end)| end) {
            Some("csv") => Layout::Comma,
            Some("tsv" | "tab") => Layout::Tab,
            Some("jsonl" | "ndjson" | "json" | "jl") => Layout::Json,
            Some("txt" | "md" | "text" | "markdown") => Layout::Text,
            _ => Layout::Unknown,
        }
    }

    /// The file name without its endings.
    pub fn stem(&self) -> String {
        let name = self.path.as_deref().map(bare_name).unwrap_or_default();
        match name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
            _ => name,
        }
    }

    /// Folders and stem, to tell files of one stem apart.
    pub fn long_stem(&self) -> String {
        self.folders.iter().cloned().chain([self.stem()]).collect::<Vec<_>>().join("/")
    }

    /// Folders and full name.
    pub fn long_name(&self) -> String {
        let name = self.path.as_deref().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
        self.folders.iter().cloned().chain(name).collect::<Vec<_>>().join("/")
    }

    /// The sub-folder that names the outlet: the first that is no date or number.
    pub fn sub_folder(&self) -> Option<&str> {
        self.folders.iter().map(String::as_str).find(|name| name.chars().any(char::is_alphabetic))
    }

    /// The file's bytes, at most `max_bytes`.
    pub fn bytes(&self, max_bytes: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = match &self.path {
            Some(path) => std::fs::File::open(path).and_then(|file| file.take(max_bytes + 1).read_to_end(&mut bytes)),
            None => std::io::stdin().lock().take(max_bytes + 1).read_to_end(&mut bytes),
        };
        read.map_err(|error| Error::io(&self.label, "read", error))?;
        if bytes.len() as u64 > max_bytes {
            return Err(too_large(&self.label, max_bytes));
        }
        Ok(bytes)
    }
}

fn too_large(label: &str, max_bytes: u64) -> Error {
    Error::input(
        label,
        format!("larger than the limit of {} MB for one file", max_bytes >> 20),
        "split it into several files and give them all",
    )
}

/// Every file that the inputs name, each once, in sorted order. Fails if one is missing, before anything is read.
pub(super) fn resolve(inputs: &[String], max_bytes: u64) -> Result<Inputs> {
    let mut found = Inputs::default();
    if inputs.is_empty() {
        return Err(Error::usage(
            "no input is given",
            "name a CSV, TSV or JSONL file, a folder of text files, or - for standard input",
        ));
    }
    let named: Vec<PathBuf> = inputs.iter().map(PathBuf::from).filter(|path| path.is_file()).collect();
    let common = common_folder(&named);
    for input in inputs {
        let path = Path::new(input);
        if input == "-" {
            let (label, folders) = ("stdin".into(), vec![]);
            found.files.push(InputFile { label, path: None, folders, named: true, pipe: true, size: 0 });
        } else if path.is_dir() {
            walk(path, &mut found)?;
        } else if path.exists() {
            found.files.push(file(path, &common, true)?);
        } else if input.contains(['*', '?', '[']) {
            expand(input, &mut found)?;
        } else {
            let error = std::io::Error::new(std::io::ErrorKind::NotFound, missing_hint(path));
            return Err(match path.symlink_metadata() {
                Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Error::io(path, "read", error),
                _ => Error::input(path, "no such file or folder", error.to_string()),
            });
        }
    }
    let mut seen = BTreeSet::new();
    found.files.retain(|file| match &file.path {
        Some(path) => seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())),
        None => seen.insert(PathBuf::from("-")),
    });
    found.files.sort_by(|a, b| a.label.cmp(&b.label));
    found.skipped.sort();
    for file in &found.files {
        if file.size > max_bytes {
            return Err(too_large(&file.label, max_bytes));
        }
        if let (true, false, Some(path)) = (file.named, file.pipe, &file.path) {
            std::fs::File::open(path).map_err(|error| Error::io(path, "read", error))?;
        }
    }
    Ok(found)
}

/// What may have been meant.
fn missing_hint(path: &Path) -> String {
    /// Shorter names are in too many others.
    const MIN_ALIKE: usize = 3;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return format!("the folder {} does not exist either; check the path", folder.display());
    }
    let wanted = path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    let mut near: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| {
            let lower = name.to_lowercase();
            let stem = lower.split('.').next().unwrap_or_default();
            wanted.len() >= MIN_ALIKE && (lower.contains(&wanted) || (stem.len() >= MIN_ALIKE && wanted.contains(stem)))
        })
        .collect();
    near.sort();
    match near.first() {
        Some(name) => format!("did you mean {}?", folder.join(name).display()),
        None => "check the path; quote a glob so that the shell leaves it alone".into(),
    }
}

fn file(path: &Path, base: &Path, named: bool) -> Result<InputFile> {
    let metadata = std::fs::metadata(path).map_err(|error| Error::io(path, "read", error))?;
    let pipe = is_pipe(metadata.file_type());
    if !pipe && !metadata.is_file() {
        // A device may be endless.
        let hint = "give a file, a folder, a pipe, or - for standard input";
        return Err(Error::input(path, "is a device or a socket, not a file", hint));
    }
    let inner = path.strip_prefix(base).ok().and_then(Path::parent);
    let folders =
        inner.into_iter().flat_map(Path::components).map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    let (label, size) = (path.display().to_string(), if pipe { 0 } else { metadata.len() });
    Ok(InputFile { label, path: Some(path.to_path_buf()), folders, named, pipe, size })
}

#[cfg(unix)]
fn is_pipe(kind: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&kind)
}

#[cfg(not(unix))]
fn is_pipe(_: FileType) -> bool {
    false
}

/// The deepest folder that holds all of the named files, so that `a/cnn/1.txt a/fox/2.txt` (a glob that the shell
/// expanded) names its sources as the folder `a` would.
fn common_folder(paths: &[PathBuf]) -> PathBuf {
    let mut folders = paths.iter().map(|path| path.parent().unwrap_or(Path::new("")).to_path_buf());
    let Some(mut common) = folders.next() else { return PathBuf::new() };
    for folder in folders {
        while !folder.starts_with(&common) && common.pop() {}
    }
    common
}

/// The files below a folder, sorted. Links are not followed; they and what is no file (a pipe would be waited for) are
/// noted in `found`.
fn files_below(root: &Path, enter: impl Fn(&DirEntry) -> bool, found: &mut Inputs) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(root).follow_links(false).sort_by_file_name().into_iter().filter_entry(enter) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.depth() == 0 => return Err(Error::io(root, "read", error.into())),
            Err(error) => {
                found.skipped.push(error.to_string());
                continue;
            }
        };
        if entry.path_is_symlink() && entry.depth() > 0 {
            found.skipped.push(format!("{}: a link, not followed", entry.path().display()));
        } else if entry.file_type().is_file() {
            files.push(entry.into_path());
        } else if !entry.path().is_dir() {
            found.skipped.push(no_file(entry.path()));
        }
    }
    Ok(files)
}

fn no_file(path: &Path) -> String {
    format!("{}: a pipe, socket or device in a folder", path.display())
}

/// The readable files below a folder.
fn walk(root: &Path, found: &mut Inputs) -> Result<()> {
    let enter = |entry: &DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
    for path in files_below(root, enter, found)? {
        let file = match file(&path, root, false) {
            Ok(file) => file,
            // It was there a moment ago: a crawler at work.
            Err(error) => {
                found.skipped.push(error.to_string());
                continue;
            }
        };
        if file.layout() == Layout::Unknown {
            found.skipped.push(format!("{}: not .csv, .tsv, .jsonl, .json, .txt or .md", file.label));
        } else {
            found.files.push(file);
        }
    }
    Ok(())
}

/// The files that a pattern matches.
fn expand(pattern: &str, found: &mut Inputs) -> Result<()> {
    const WILD: [char; 3] = ['*', '?', '['];
    let invalid = |error: PatternError| {
        Error::usage(format!("{pattern}: not a pattern ({error})"), "use *, ? and [abc], or ** for any folders")
    };
    let base: PathBuf =
        Path::new(pattern).components().take_while(|part| !part.as_os_str().to_string_lossy().contains(WILD)).collect();
    let mut any = false;
    if pattern.contains("**") {
        // As in a folder: the crate's own walk follows links, and never ends where two of them lead upwards.
        let wild = pattern.find(WILD).unwrap_or(0);
        let root = &pattern[..pattern[..wild].rfind('/').map_or(0, |slash| slash + 1)];
        let wanted = Pattern::new(pattern).map_err(invalid)?;
        let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
        let start = Path::new(if root.is_empty() { "." } else { root });
        let files = if start.is_dir() { files_below(start, |_| true, found)? } else { Vec::new() };
        for path in files {
            let path = if root.is_empty() { path.strip_prefix(".").unwrap_or(&path) } else { &path };
            if wanted.matches_path_with(path, options) {
                any = true;
                found.files.push(file(path, &base, true)?);
            }
        }
    } else {
        for path in glob::glob(pattern).map_err(invalid)? {
            let path =
                path.map_err(|error| Error::io(error.path(), "read", std::io::Error::other(error.to_string())))?;
            any = true;
            if path.is_file() {
                found.files.push(file(&path, &base, true)?);
            } else if !path.is_dir() {
                found.skipped.push(no_file(&path));
            }
        }
    }
    if any { Ok(()) } else { Err(Error::input(pattern, "no file matches this pattern", "check the path")) }
}

/// Ids for text files: the stem, with its folders where two files share it, with the full name where that is not enough.
pub(super) fn text_ids(files: &[InputFile]) -> BTreeMap<String, String> {
    let texts: Vec<&InputFile> = files.iter().filter(|file| file.path.is_some()).collect();
    let count = |name: fn(&InputFile) -> String| {
        let mut counts = BTreeMap::<String, usize>::new();
        texts.iter().for_each(|file| *counts.entry(name(file)).or_default() += 1);
        counts
    };
    let (stems, long_stems) = (count(InputFile::stem), count(InputFile::long_stem));
    texts
        .iter()
        .map(|file| {
            let (stem, long_stem) = (file.stem(), file.long_stem());
            let id = if stems[&stem] == 1 {
                stem
            } else if long_stems[&long_stem] == 1 {
                long_stem
            } else {
                file.long_name()
            };
            (file.label.clone(), id)
        })
        .collect()
}
