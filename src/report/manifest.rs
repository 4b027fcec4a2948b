//! `run.json`: what was run, on what, with what result; and the check that an output folder is ours to fill.
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

use super::{
    AtomicFile, ClaimRow, CsvOptions, PACKAGE_FILE, PAGE_FILE, Row, TEXTS_FILE, TableInfo, WORKBOOK_FILE, table_hash,
    tables,
};
use crate::atomic::{is_abandoned, is_temporary};
use crate::checkpoint::CHECKPOINT_FILE;
use crate::error::{Error, Result};

/// The manifest's file name.
pub const RUN_FILE: &str = "run.json";
/// Marks a `run.json` as ours.
const TOOL: &str = "parallax";
/// Reports besides the tables that a run may write.
const OTHER_FILES: [&str; 5] = [TEXTS_FILE, RUN_FILE, PACKAGE_FILE, PAGE_FILE, WORKBOOK_FILE];
/// Tables that are not written yet, or not by every run.
const FURTHER_TABLES: [&str; 4] = ["targets.csv", "voices.csv", "terms.csv", "emphasis.csv"];

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
    fn differences(&self, other: &Identity) -> Vec<String> {
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
    pub fn of_report(dir: &Path) -> Result<Self> {
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
    pub fn csv_options(&self) -> CsvOptions {
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
    pub fn store_audit(mut self, dir: &Path, found: AlignmentRecall) -> Result<()> {
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

    fn write(&self, dir: &Path) -> Result<()> {
        let path = dir.join(RUN_FILE);
        let mut text = serde_json::to_string_pretty(self).map_err(|error| Error::io(&path, "write", error.into()))?;
        text.push('\n');
        AtomicFile::write_whole(path, text.as_bytes())
    }
}

/// Whether a file of this name in a report folder is one of ours: `claims.csv`, `claims-2.csv`, `run.json`, ...
pub fn owns(name: &str) -> bool {
    OTHER_FILES.contains(&name) || is_table(name)
}

/// Whether a file of this name is no report and nobody's own: what a run needs while it is unfinished.
fn is_beside(name: &str) -> bool {
    is_temporary(name) || name == CHECKPOINT_FILE
}

fn is_table(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".csv") else { return false };
    let stem = match stem.rsplit_once('-') {
        Some((stem, part)) if part.parse::<u32>().is_ok_and(|number| number > 1 && number.to_string() == part) => stem,
        _ => stem,
    };
    let of_stem = |file: &str| file.strip_suffix(".csv") == Some(stem);
    tables().iter().any(|table| of_stem(table.file)) || FURTHER_TABLES.iter().any(|file| of_stem(file))
}

/// What an output folder is to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputDir {
    /// New or empty.
    Fresh,
    /// Holds a report of the same job, to be refreshed.
    Same,
    /// Holds what an interrupted run of the same job has left, to be continued.
    Unfinished,
    /// Holds something else, which the user allowed to replace.
    Replaced,
}

/// Checks, *before* the work starts, that the reports of `identity` can and may be written to `dir`; makes the folder
/// where it is missing, and leaves a `run.json` in a new one, by which an interrupted run can be continued.
///
/// Without `overwrite`, a folder with the report of another job is refused, and one with other files and no report.
/// In any case refused: a folder that cannot be written to, one where a report would replace an input or a folder,
/// and one with files of our names but no `run.json` of ours. Foreign files are never removed.
pub fn check_output_dir(dir: &Path, identity: &Identity, overwrite: bool) -> Result<OutputDir> {
    std::fs::create_dir_all(dir).map_err(|source| Error::io(dir, "create", source))?;
    check_inputs_are_safe(dir, identity)?;
    let names = names_in(dir)?;
    let found = if names.contains(RUN_FILE) {
        let manifest = RunManifest::read(dir)?;
        let differences = manifest.identity.differences(identity);
        // A run that failed before its first report leaves nothing worth protecting: mending an option must not
        // need --overwrite.
        let is_bare = names.iter().all(|name| name == RUN_FILE || is_beside(name));
        match (differences.is_empty(), overwrite) {
            (true, _) if manifest.state == State::Unfinished => OutputDir::Unfinished,
            (true, _) => OutputDir::Same,
            (false, _) if manifest.state == State::Unfinished && is_bare => OutputDir::Fresh,
            (false, true) => OutputDir::Replaced,
            (false, false) => {
                let reason = format!("holds the report of another job ({})", differences.join("; "));
                return Err(Error::input(dir, reason, "give another --out, or --overwrite to replace that report"));
            }
        }
    } else if names.iter().all(|name| is_beside(name)) {
        OutputDir::Fresh
    } else if let Some(name) = names.iter().find(|name| owns(name)) {
        // `articles.csv` or `sources.csv` may well be somebody's own file; without a manifest nobody can tell.
        let reason = format!("holds {name}, and no {RUN_FILE} to say that it is a report of parallax");
        return Err(Error::input(dir, reason, "give another --out, or move that file away"));
    } else if overwrite {
        OutputDir::Replaced
    } else {
        let some: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
        let reason = format!("is not empty and holds no report of parallax (but {}, ...)", some.join(", "));
        let hint = "give another --out, or --overwrite to write reports beside these files";
        return Err(Error::input(dir, reason, hint));
    };
    if let Some(name) = names.iter().find(|name| owns(name) && dir.join(name).is_dir()) {
        return Err(Error::input(dir.join(name), "is a folder where a report is to be written", "move it away"));
    }
    // Whether we may write is known only by writing.
    drop(AtomicFile::create(dir.join(RUN_FILE))?);
    for name in names.iter().filter(|name| is_temporary(name)) {
        if is_abandoned(&dir.join(name)) {
            remove(&dir.join(name))?;
        }
    }
    if found == OutputDir::Fresh {
        begin_output(dir, identity)?;
    }
    Ok(found)
}

/// Declares the folder unfinished; to be called before the first report is replaced. Until then an earlier report
/// stays whole, and its manifest true.
pub fn begin_output(dir: &Path, identity: &Identity) -> Result<()> {
    // Whether the audit still holds is known when the claims are written.
    let alignment_recall = former_audit(dir);
    RunManifest { alignment_recall, ..RunManifest::new(identity.clone()) }.write(dir)
}

fn former_audit(dir: &Path) -> Option<AlignmentRecall> {
    RunManifest::read(dir).ok()?.alignment_recall
}

/// What an audit found of the claims that `dir` holds; none where they have changed since.
pub fn kept_audit(dir: &Path) -> Option<AlignmentRecall> {
    former_audit(dir).filter(|former| table_hash(dir, ClaimRow::FILE).is_ok_and(|hash| hash == former.claims_blake3))
}

/// No report may replace a file from which it is made.
fn check_inputs_are_safe(dir: &Path, identity: &Identity) -> Result<()> {
    let Ok(dir) = dir.canonicalize() else { return Ok(()) };
    // The story file may well be the report that is to be refreshed, a word list its terms.csv.
    let given = identity.options.get("stories_file").and_then(Value::as_str);
    let lists = identity.options.get("lexicons").and_then(Value::as_array).into_iter().flatten();
    let lists = lists.filter_map(|list| list.get("file").and_then(Value::as_str));
    for input in identity.inputs.iter().map(String::as_str).chain(given).chain(lists) {
        let Ok(path) = Path::new(input).canonicalize() else { continue };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path == dir || (path.parent() == Some(&dir) && owns(&name)) {
            let reason = format!("reports would be written over the input {input}");
            return Err(Error::input(dir, reason, "give another --out"));
        }
    }
    Ok(())
}

fn names_in(dir: &Path) -> Result<BTreeSet<String>> {
    let failed = |source| Error::io(dir, "read", source);
    std::fs::read_dir(dir)
        .map_err(failed)?
        .map(|entry| Ok(entry.map_err(failed)?.file_name().to_string_lossy().into_owned()))
        .collect()
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(path, "remove", error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{CsvOptions, RejectedRow, write_table};
    use serde_json::json;

    fn job(input: &str, threshold: f64) -> Identity {
        Identity::new("analyze", [input], BTreeMap::from([("story-threshold".to_owned(), json!(threshold))]))
    }

    fn names(dir: &Path) -> Vec<String> {
        names_in(dir).unwrap().into_iter().collect()
    }

    #[test]
    fn a_new_folder_is_made_and_an_interrupted_run_can_be_continued() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("a/b");
        assert_eq!(check_output_dir(&dir, &job("in.csv", 0.5), false).unwrap(), OutputDir::Fresh);
        assert_eq!(RunManifest::read(&dir).unwrap().state, State::Unfinished);
        std::fs::write(dir.join(CHECKPOINT_FILE), "").unwrap();
        assert_eq!(check_output_dir(&dir, &job("in.csv", 0.5), false).unwrap(), OutputDir::Unfinished);
        RunManifest::new(job("in.csv", 0.5)).finish(&dir).unwrap();
        assert_eq!(names(&dir), [RUN_FILE], "a finished run needs no checkpoint");
        assert_eq!(check_output_dir(&dir, &job("in.csv", 0.5), false).unwrap(), OutputDir::Same);
    }

    #[test]
    fn another_job_is_refused_with_the_difference_unless_overwrite() {
        let folder = tempfile::tempdir().unwrap();
        RunManifest::new(job("in.csv", 0.5)).finish(folder.path()).unwrap();
        let before = std::fs::read(folder.path().join(RUN_FILE)).unwrap();
        let error = check_output_dir(folder.path(), &job("other.csv", 0.6), false).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("inputs in.csv, now other.csv; story-threshold 0.5, now 0.6"), "{text}");
        assert!(error.hint().unwrap().contains("--overwrite"));
        assert_eq!(check_output_dir(folder.path(), &job("other.csv", 0.6), true).unwrap(), OutputDir::Replaced);
        assert_eq!(std::fs::read(folder.path().join(RUN_FILE)).unwrap(), before, "checking replaces nothing");
    }

    #[test]
    fn after_a_run_that_failed_before_its_first_report_the_options_may_be_mended() {
        let folder = tempfile::tempdir().unwrap();
        check_output_dir(folder.path(), &job("in.csv", 0.5), false).unwrap();
        std::fs::write(folder.path().join(CHECKPOINT_FILE), "").unwrap();
        assert_eq!(check_output_dir(folder.path(), &job("in.csv", 0.6), false).unwrap(), OutputDir::Fresh);
        assert_eq!(RunManifest::read(folder.path()).unwrap().identity, job("in.csv", 0.6));
        std::fs::write(folder.path().join("stories.csv"), "").unwrap();
        let error = check_output_dir(folder.path(), &job("in.csv", 0.7), false).unwrap_err().to_string();
        assert!(error.contains("report of another job"), "{error}");
    }

    #[test]
    fn the_same_inputs_in_other_words_are_the_same_job() {
        let identity = |inputs: &[&str]| Identity::new("analyze", inputs, BTreeMap::new());
        assert_eq!(identity(&["b.csv", "./a/"]), identity(&["a", "b.csv", "a"]));
        assert_eq!(identity(&["-"]).inputs, ["-"]);
        assert_eq!(identity(&["."]).inputs, ["."]);
        assert_ne!(identity(&["a/x.csv"]), identity(&["x.csv"]));
    }

    #[test]
    fn foreign_files_are_refused_and_survive_overwrite() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        std::fs::write(dir.join("thesis.docx"), "mine").unwrap();
        std::fs::write(dir.join("claims-x.csv"), "mine").unwrap();
        let error = check_output_dir(dir, &job("in.csv", 0.5), false).unwrap_err().to_string();
        assert!(error.contains("claims-x.csv"), "{error}");
        assert_eq!(check_output_dir(dir, &job("in.csv", 0.5), true).unwrap(), OutputDir::Replaced);
        RunManifest::new(job("in.csv", 0.5)).finish(dir).unwrap();
        assert_eq!(names(dir), ["claims-x.csv", RUN_FILE, "thesis.docx"]);
    }

    #[test]
    fn a_file_with_one_of_our_names_but_no_manifest_is_never_touched() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("articles.csv"), "mine").unwrap();
        let error = check_output_dir(folder.path(), &job("in.csv", 0.5), true).unwrap_err().to_string();
        assert!(error.contains("holds articles.csv"), "{error}");
    }

    #[test]
    fn a_folder_in_the_place_of_a_report_is_noticed_before_the_work() {
        let folder = tempfile::tempdir().unwrap();
        begin_output(folder.path(), &job("in.csv", 0.5)).unwrap();
        std::fs::create_dir(folder.path().join("stories.csv")).unwrap();
        let error = check_output_dir(folder.path(), &job("in.csv", 0.5), true).unwrap_err().to_string();
        assert!(error.contains("stories.csv: is a folder"), "{error}");
    }

    #[test]
    fn a_finished_run_leaves_no_report_of_an_earlier_one() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        begin_output(dir, &job("in.csv", 0.5)).unwrap();
        for stale in ["claims-2.csv", "report.xlsx", "notes.txt"] {
            std::fs::write(dir.join(stale), "").unwrap();
        }
        let mut manifest = RunManifest::new(job("in.csv", 0.5));
        manifest.tables = vec![write_table(dir, [] as [RejectedRow; 0], CsvOptions::default()).unwrap()];
        manifest.finish(dir).unwrap();
        assert_eq!(names(dir), ["notes.txt", "rejected.csv", RUN_FILE]);
        assert_eq!(RunManifest::read(dir).unwrap().state, State::Complete);
    }

    #[test]
    fn a_manifest_of_another_program_is_never_replaced() {
        for text in ["{\"name\": \"x\"}", "not json"] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(RUN_FILE), text).unwrap();
            let error = check_output_dir(folder.path(), &job("in.csv", 0.5), true).unwrap_err();
            assert!(error.to_string().contains("not a manifest of parallax"), "{error}");
        }
    }

    #[test]
    fn reports_never_replace_their_input() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("articles.csv");
        std::fs::write(&input, "title,text\n").unwrap();
        for input in [input.as_path(), folder.path()] {
            let error = check_output_dir(folder.path(), &job(&input.to_string_lossy(), 0.5), true).unwrap_err();
            assert!(error.to_string().contains("over the input"), "{error}");
        }
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        for dir in [file.clone(), file.join("below")] {
            let error = check_output_dir(&dir, &job("in.csv", 0.5), true).unwrap_err().to_string();
            assert!(error.contains("cannot create"), "{error}");
        }
    }

    #[test]
    fn an_audit_stays_while_the_claims_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let run = |text: &str| {
            begin_output(dir, &job("in.csv", 0.5)).unwrap();
            let mut manifest = RunManifest::new(job("in.csv", 0.5));
            let claim = ClaimRow { claim_id: "c".into(), text: text.into(), ..ClaimRow::default() };
            manifest.tables = vec![write_table(dir, [claim], CsvOptions::default()).unwrap()];
            manifest.finish(dir).unwrap();
            RunManifest::of_report(dir).unwrap()
        };
        let claims_blake3 = || table_hash(dir, ClaimRow::FILE).unwrap();
        let audit = AlignmentRecall {
            recall: 0.4,
            claims_blake3: {
                run("one");
                claims_blake3()
            },
            ..Default::default()
        };
        run("one").store_audit(dir, audit.clone()).unwrap();
        assert_eq!(run("one").alignment_recall, Some(audit.clone()), "the same claims");
        begin_output(dir, &job("in.csv", 0.5)).unwrap();
        assert!(RunManifest::of_report(dir).unwrap_err().to_string().contains("unfinished"));
        assert_eq!(run("one").alignment_recall, Some(audit), "a run was killed, the next one ended");
        assert_eq!(run("two").alignment_recall, None, "other claims");
    }

    #[test]
    fn a_manifest_comes_back_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut manifest = RunManifest::new(job("in.csv", 0.5));
        manifest.counts.insert("articles".into(), 40);
        manifest.seconds.push(StageTime { stage: "embed".into(), seconds: 1.25 });
        manifest.model = Some(ModelInfo { name: "all-MiniLM-L6-v2".into(), sha256: "00".into() });
        manifest.clone().finish(folder.path()).unwrap();
        let read = RunManifest::read(folder.path()).unwrap();
        assert_eq!(read, RunManifest { state: State::Complete, ..manifest });
    }
}
