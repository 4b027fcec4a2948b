//! The check that an output folder is ours to fill, before the work starts.

use std::path::Path;

use serde_json::Value;

use super::AtomicFile;
use super::manifest::{Identity, RunManifest, State, former_audit};
use super::names::{RUN_FILE, is_beside, names_in, owns, remove};
use crate::atomic::{is_abandoned, is_temporary};
use crate::error::{Error, Result};

/// What an output folder is to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutputDir {
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
pub(crate) fn check_output_dir(dir: &Path, identity: &Identity, overwrite: bool) -> Result<OutputDir> {
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
pub(crate) fn begin_output(dir: &Path, identity: &Identity) -> Result<()> {
    // Whether the audit still holds is known when the claims are written.
    let alignment_recall = former_audit(dir);
    RunManifest { alignment_recall, ..RunManifest::new(identity.clone()) }.write(dir)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::checkpoint::CHECKPOINT_FILE;
    use crate::report::{
        AlignmentRecall, ClaimRow, CsvOptions, ModelInfo, RejectedRow, Row, StageTime, table_hash, write_table,
    };
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
