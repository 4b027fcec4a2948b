//! The library's error: what failed, where (file, record, field), why, and what to do about it.

use std::path::{Path, PathBuf};

/// A result of this library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What failed. Layers are added on the way up ([`Error::source`](std::error::Error::source)), none is dropped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be opened, read or written.
    #[error("{path}: cannot {action}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: "read", "create", ...
        action: &'static str,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// An input as a whole cannot be used (a single bad record is *rejected*, not an error).
    #[error("{path}: {reason}", path = path.display())]
    Input {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it, with record and field where known.
        reason: String,
        /// What the user can do.
        hint: String,
    },
    /// An option or a combination of options that cannot work.
    #[error("{reason}")]
    Usage {
        /// What is wrong.
        reason: String,
        /// What the user can do.
        hint: String,
    },
    /// The model cannot be loaded or run.
    #[error("model {path}: {reason}", path = path.display())]
    Model {
        /// The model's folder or file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What the user can do.
        hint: String,
        /// The engine's own words, if any.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// A data file of our own (weights, lexicon, background statistics) is not what it must be.
    #[error("data file {name}: {reason}")]
    Data {
        /// Which resource.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The caller asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    /// An I/O error with its path.
    pub fn io(path: impl AsRef<Path>, action: &'static str, source: std::io::Error) -> Self {
        Error::Io { path: path.as_ref().to_path_buf(), action, source }
    }

    /// An unusable input.
    pub fn input(path: impl AsRef<Path>, reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::Input { path: path.as_ref().to_path_buf(), reason: reason.into(), hint: hint.into() }
    }

    /// A usage error.
    pub fn usage(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::Usage { reason: reason.into(), hint: hint.into() }
    }

    /// What the user can do about it, if we know.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Error::Input { hint, .. } | Error::Usage { hint, .. } | Error::Model { hint, .. } if !hint.is_empty() => {
                Some(hint)
            }
            Error::Io { action, source, .. } => advice(action, source.kind()),
            Error::Data { .. } => {
                Some("give a file made for this version, or leave the option out to use the shipped one")
            }
            _ => None,
        }
    }
}

/// What helps against the operating system's refusal.
fn advice(action: &str, kind: std::io::ErrorKind) -> Option<&'static str> {
    use std::io::ErrorKind as Kind;
    match (action, kind) {
        ("read", Kind::NotFound) => Some("check the path"),
        ("read", Kind::PermissionDenied) => Some("make it readable, or give another file"),
        ("read", _) => None,
        (_, Kind::StorageFull | Kind::QuotaExceeded) => Some("free space on that disk, or give another --out"),
        (_, Kind::FileTooLarge) => Some("raise the limit on the size of files (`ulimit -f`), or give another --out"),
        (_, Kind::AlreadyExists | Kind::NotADirectory) => {
            Some("a file is where a folder is needed: give another --out, or move that file away")
        }
        _ => Some("give another --out, in a folder where you may write"),
    }
}
