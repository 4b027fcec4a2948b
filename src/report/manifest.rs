//! `run.json`: what was run, on what, with what result.
//!
//! **Identity.** A folder holds the report of one job: its command, its inputs *as the user named them* (their order
//! does not matter), and the options that change results (the requested model and precision among them). Not part of
//! it: the content of the inputs, because the same nightly job on a grown corpus refreshes its report; threads,
//! caches and verbosity, which change no result; our version and the CPU, because an upgrade or another machine
//! continues the job. These are recorded all the same, in [`RunManifest`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::names::{RUN_FILE, names_in, owns, remove};
use super::{AtomicFile, ClaimRow, CsvOptions, Row, TableInfo, table_hash};
use crate::checkpoint::CHECKPOINT_FILE;
use crate::error::{Error, Result};

/// Marks a `run.json` as ours.
const TOOL: &str = "parallax";
/// Which job a folder belongs to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The command, `analyze`.
    pub command: String,
    /// The inputs as named by the user, sorted.
    pub inputs: Vec<String>,
    /// Options that change results, by name, with defaults filled in.
    pub options: BTreeMap<String, Value>,
}

impl Identity {
    /// The job `command` on `inputs` with the `options` that change results. `./a/` and `a` are one input.
    pub fn new<I: AsRef<str>>(
        command: &str,
        inputs: impl IntoIterator<Item = I>,
        options: BTreeMap<String, Value>,
    ) -> Self {
        let inputs: BTreeSet<String> = inputs.into_iter().map(|input| normal(input.as_ref())).collect();
        Identity { command: command.to_owned(), inputs: inputs.into_iter().collect(), options }
    }

    /// What is different in `other`, in words; empty when it is the same job.
    pub(super) fn differences(&self, other: &Identity) -> Vec<String> {
        let mut found = Vec::new();
        if self.command != other.command {
            found.push(format!("command {}, now {}", self.command, other.command));
        }
        if self.inputs != other.inputs {
            found.push(format!("inputs {}, now {}", self.inputs.join(" "), other.inputs.join(" ")));
        }
        let names: BTreeSet<&String> = self.options.keys().chain(other.options.keys()).collect();
        for name in names {
            // An option that an earlier version did not know is one that was not given.
            let set = |identity: &'_ Identity| identity.options.get(name).filter(|value| !value.is_null()).cloned();
            let (then, now) = (set(self), set(other));
            if then != now {
                let show = |value: Option<Value>| value.map_or("not set".to_owned(), |value| value.to_string());
                found.push(format!("{name} {}, now {}", show(then), show(now)));
            }
        }
        found
    }
}

/// A path as named, without what does not change its meaning.
fn normal(input: &str) -> String {
    if input == "-" {
        return input.to_owned();
    }
    let path: PathBuf = Path::new(input).components().collect();
    match path.strip_prefix(".") {
        Ok(rest) if !rest.as_os_str().is_empty() => rest.to_string_lossy().into_owned(),
        _ => path.to_string_lossy().into_owned(),
    }
}

/// How far a run came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Begun, not ended: the files of the folder need not belong together.
    #[default]
    Unfinished,
    /// All files belong together.
    Complete,
}

/// An input file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputInfo {
    /// The file as named, or as found in a named folder.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// BLAKE3 hash of its content.
    pub blake3: String,
    /// Records in it, rejected ones included.
    pub records: u64,
}

/// The model that made the vectors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Its name and version.
    pub name: String,
    /// SHA-256 of its weights.
    pub sha256: String,
}

/// What an audit found of the alignment, shares from 0 to 1 with 95 % intervals.
///
/// It belongs to the facts that were judged: a run that writes other claims drops it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AlignmentRecall {
    /// Share of the pairs that state the same which are aligned, estimated.
    pub recall: f64,
    /// The interval of `recall`.
    pub recall_interval: Option<(f64, f64)>,
    /// Share of the aligned pairs that state the same.
    pub precision: f64,
    /// The interval of `precision`.
    pub precision_interval: Option<(f64, f64)>,
    /// Pairs that were judged.
    pub judged: usize,
    /// BLAKE3 hash of the `claims.csv` that was audited.
    pub claims_blake3: String,
}

/// How long a stage took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StageTime {
    /// The stage.
    pub stage: String,
    /// Wall time in seconds.
    pub seconds: f64,
}

/// How much memory the run took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryInfo {
    /// What it was expected to take at most.
    pub estimated_bytes: u64,
    /// What it took at most; none where the system does not tell.
    pub peak_bytes: Option<u64>,
    /// What it was allowed; none where there was no limit.
    pub limit_bytes: Option<u64>,
}

/// `run.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunManifest {
    /// Always `parallax`.
    pub tool: String,
    /// The version that ran.
    pub version: String,
    /// Whether the run came to its end.
    pub state: State,
    /// The job.
    pub identity: Identity,
    /// The command line, word by word.
    pub command: Vec<String>,
    /// Every setting in force, defaults included.
    pub config: BTreeMap<String, Value>,
    /// The files that were read.
    pub inputs: Vec<InputInfo>,
    /// The model; none where vectors were given.
    pub model: Option<ModelInfo>,
    /// The engine that ran it.
    pub engine: String,
    /// Its version, and that of the library under it.
    pub engine_version: String,
    /// `f32`, `bf16` or `int8`, as used.
    pub precision: String,
    /// What of the CPU can change the last bits of a vector.
    pub cpu_class: String,
    /// Worker threads.
    pub threads: usize,
    /// Seed of all random streams.
    pub seed: u64,
    /// Articles, stories, facts, ...
    pub counts: BTreeMap<String, u64>,
    /// What the user was warned of.
    pub warnings: Vec<String>,
    /// What an audit found of the alignment; none: not measured on these facts.
    pub alignment_recall: Option<AlignmentRecall>,
    /// Texts that were longer than the model reads and were cut.
    pub truncated_texts: u64,
    /// Speed of the embedding stage; none where all vectors were cached.
    pub tokens_per_second: Option<f64>,
    /// Wall time of every stage, in order.
    pub seconds: Vec<StageTime>,
    /// Memory, expected and taken.
    pub memory: MemoryInfo,
    /// The tables of the report.
    pub tables: Vec<TableInfo>,
    /// Its other files.
    pub files: Vec<String>,
}

impl RunManifest {
    /// A manifest of this version for a job, to be filled.
    pub fn new(identity: Identity) -> Self {
        RunManifest {
            tool: TOOL.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            identity,
            ..RunManifest::default()
        }
    }

    /// Reads the manifest of the report in `dir`.
    pub fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(RUN_FILE);
        let bytes = std::fs::read(&path).map_err(|source| Error::io(&path, "read", source))?;
        let foreign = |why: String| {
            let hint = "choose another folder, or remove the file if it is of no use";
            Error::input(&path, format!("not a manifest of parallax: {why}"), hint)
        };
        let manifest: RunManifest = serde_json::from_slice(&bytes).map_err(|error| foreign(error.to_string()))?;
        if manifest.tool == TOOL { Ok(manifest) } else { Err(foreign("\"tool\" is not \"parallax\"".to_owned())) }
    }

    /// The manifest of a report that is to be read.
    ///
    /// # Errors
    /// A folder that is not there, that holds no report, or one that is not complete.
    pub(crate) fn of_report(dir: &Path) -> Result<Self> {
        const HINT: &str = "name a folder that `parallax analyze --out` has filled";
        if !dir.join(RUN_FILE).exists() {
            let reason = match std::fs::metadata(dir) {
                Ok(found) if found.is_dir() => format!("is no report: there is no {RUN_FILE} in it"),
                Ok(_) => "is a file, not the folder of a report".to_owned(),
                Err(error) => return Err(Error::input(dir, format!("no such report: {error}"), HINT)),
            };
            return Err(Error::input(dir, reason, HINT));
        }
        let manifest = Self::read(dir)?;
        match manifest.state {
            State::Complete => Ok(manifest),
            State::Unfinished => Err(Error::input(dir, "the report is unfinished", "run `parallax analyze` again")),
        }
    }

    /// The dialect in which its tables are written.
    pub(crate) fn csv_options(&self) -> CsvOptions {
        let option = |name: &str| self.identity.options.get(name);
        let sign = |name: &str| option(name).and_then(Value::as_str).and_then(|text| text.chars().next());
        let usual = CsvOptions::default();
        CsvOptions {
            delimiter: sign("delimiter").and_then(|c| u8::try_from(c).ok()).unwrap_or(usual.delimiter),
            decimal: sign("decimal").unwrap_or(usual.decimal),
            bom: option("bom").and_then(Value::as_bool).unwrap_or(usual.bom),
        }
    }

    /// Stores what an audit of the report in `dir` found.
    pub(crate) fn store_audit(mut self, dir: &Path, found: AlignmentRecall) -> Result<()> {
        self.alignment_recall = Some(found);
        self.write(dir)
    }

    /// Ends the run: removes reports of earlier runs that this one did not write (an `.xlsx` without `--xlsx`, parts
    /// of a longer table), then writes the manifest as complete. To be called after every other file is written.
    pub fn finish(mut self, dir: &Path) -> Result<()> {
        self.state = State::Complete;
        self.alignment_recall = kept_audit(dir);
        let written: BTreeSet<&str> = self
            .tables
            .iter()
            .flat_map(|table| &table.parts)
            .chain(&self.files)
            .map(String::as_str)
            .chain([RUN_FILE])
            .collect();
        for name in names_in(dir)? {
            if owns(&name) && !written.contains(name.as_str()) {
                remove(&dir.join(name))?;
            }
        }
        self.write(dir)?;
        remove(&dir.join(CHECKPOINT_FILE))
    }

    pub(super) fn write(&self, dir: &Path) -> Result<()> {
        let path = dir.join(RUN_FILE);
        let mut text = serde_json::to_string_pretty(self).map_err(|error| Error::io(&path, "write", error.into()))?;
        text.push('\n');
        AtomicFile::write_whole(path, text.as_bytes())
    }
}

/// What an audit found of an earlier report in `dir`, whether or not its claims are the same.
pub(super) fn former_audit(dir: &Path) -> Option<AlignmentRecall> {
    RunManifest::read(dir).ok()?.alignment_recall
}

/// What an audit found of the claims that `dir` holds; none where they have changed since.
pub(crate) fn kept_audit(dir: &Path) -> Option<AlignmentRecall> {
    former_audit(dir).filter(|former| table_hash(dir, ClaimRow::FILE).is_ok_and(|hash| hash == former.claims_blake3))
}
