//! `parallax bench`: the embedding step on the user's texts, by engine, number format and threads.

mod figures;

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;

use self::figures::Figures;
use super::args::{self, DuplicateArg, InputArgs, LanguageArg};
use super::commands::{counted, read, read_options};
use super::progress::Progress;
use super::{Outcome, machine, print};
use crate::atomic::AtomicFile;
use crate::embed::{Device, EngineKind, Precision, Settings, throughput};
use crate::pipeline::{self, Observer};
use crate::{Error, Result, claims, corpus};

/// Read when no file is named.
const SAMPLE: &[u8] = include_bytes!("../../../data/sample/articles.csv");

pub fn run(args: &args::Bench, progress: &Progress, verbose: bool) -> Result<Outcome> {
    let out = args.out.as_deref().map(Output::create).transpose()?;
    let ways = ways(args)?;
    let texts = distinct(texts(args, progress)?, args.limit);
    if texts.is_empty() {
        return Err(Error::input(
            args.file.as_deref().unwrap_or_default(),
            "holds no text to embed",
            "name the column with the texts with --column",
        ));
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let dir = args.model.clone().unwrap_or_else(pipeline::default_model);
    progress.stage("timing", "tokens", None);
    let tell = |done, total| progress.progress(done, total);
    let comparison = throughput::compare(&dir, &ways, &texts, args.runs, &tell)?;
    progress.finish();

    let input = match args.file.as_deref() {
        Some("-") => "stdin",
        Some(file) => file,
        None => "the sample articles",
    };
    let figures = Figures::new(&comparison, input, args.device);
    if verbose {
        for line in figures.details(&comparison) {
            progress.note(&line);
        }
    }
    // Both are wanted: a reader of stdout who has left must not cost the file.
    if let Some(out) = out {
        out.write(&figures)?;
    }
    print(&figures.table())?;
    Ok(Outcome::Clean)
}

/// The file for the figures, begun before the work.
struct Output {
    file: AtomicFile,
    json: bool,
}

impl Output {
    fn create(path: &Path) -> Result<Self> {
        let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        let json = match ending.as_deref() {
            Some("csv") => false,
            Some("json") => true,
            _ => {
                let reason = format!("--out {}: the ending says neither CSV nor JSON", path.display());
                return Err(Error::usage(reason, "write e.g. --out bench.csv or --out bench.json"));
            }
        };
        Ok(Output { file: AtomicFile::create(path)?, json })
    }

    fn write(mut self, figures: &Figures) -> Result<()> {
        let path = self.file.goal().to_path_buf();
        let written = if self.json { figures.json() } else { figures.csv() };
        let bytes = written.map_err(|e| Error::io(&path, "write", e))?;
        self.file.write_all(&bytes).map_err(|e| Error::io(&path, "write", e))?;
        self.file.commit()
    }
}

/// What is asked for, checked: engines, of each its number formats, of each the numbers of threads.
fn ways(args: &args::Bench) -> Result<Vec<Settings>> {
    let cpu = args.device == Device::Cpu;
    let engines: Vec<EngineKind> = if args.engine.is_empty() {
        // The other engine has no CUDA.
        EngineKind::BUILT.iter().copied().filter(|&e| cpu || e == EngineKind::RustBert).collect()
    } else {
        args.engine.iter().map(|e| e.kind()).collect()
    };
    let threads = match (args.threads.as_slice(), cpu) {
        ([], true) => vec![1, machine::cores()],
        ([], false) => vec![1],
        (given, true) => given.iter().map(|&n| if n == 0 { machine::cores() } else { n }).collect(),
        (given, false) => given.to_vec(),
    };
    let mut ways: Vec<Settings> = Vec::new();
    for engine in engines {
        let settings = |precision| Settings { engine, precision, device: args.device, threads: 0 };
        for precision in precisions(args, engine, settings)? {
            for &threads in &threads {
                let way = Settings { threads, ..settings(Some(precision)) };
                if !ways.contains(&way) {
                    ways.push(way);
                }
            }
        }
    }
    for asked in args.precision.iter().filter_map(|p| p.chosen()) {
        if ways.iter().all(|way| way.precision != Some(asked)) {
            let reason = format!("no engine that is to be timed computes in {}", asked.name());
            return Err(Error::usage(reason, "bf16 needs --engine rust-bert, int8 --engine portable"));
        }
    }
    if ways.is_empty() {
        let reason =
            if EngineKind::BUILT.is_empty() { "this build has no engine" } else { "no engine runs on that device" };
        return Err(Error::usage(reason, "build one with `cargo build --release --features rust-bert` or `portable`"));
    }
    Ok(ways)
}

/// The number formats that `engine` is timed in.
fn precisions(
    args: &args::Bench,
    engine: EngineKind,
    settings: impl Fn(Option<Precision>) -> Settings,
) -> Result<Vec<Precision>> {
    if args.precision.is_empty() {
        // What the CPU emulates is slow and says nothing.
        return engine.in_hardware().into_iter().map(|p| settings(Some(p)).check()).collect();
    }
    let mut of_engine = Vec::new();
    for precision in args.precision.iter().map(|p| p.chosen()) {
        if precision.is_none_or(|p| engine.precisions().contains(&p)) {
            of_engine.push(settings(precision).check()?);
        }
    }
    if of_engine.is_empty() && !args.engine.is_empty() {
        // An engine that was named must not be left out silently.
        settings(args.precision[0].chosen()).check()?;
    }
    Ok(of_engine)
}

/// The texts of the input as they come.
fn texts(args: &args::Bench, progress: &Progress) -> Result<Vec<String>> {
    let Some(file) = &args.file else {
        let failed = |e| Error::io(std::env::temp_dir(), "write to", e);
        let dir = tempfile::tempdir().map_err(failed)?;
        let path = dir.path().join("articles.csv");
        std::fs::write(&path, SAMPLE).map_err(failed)?;
        return of_articles(path.display().to_string(), Vec::new(), progress);
    };
    match &args.column {
        Some(column) => {
            let table = corpus::read_table(file, &[column])?;
            Ok(table.rows.into_iter().flatten().collect())
        }
        None => of_articles(file.clone(), args.columns.clone(), progress),
    }
}

/// Claims and titles: what `analyze` embeds.
fn of_articles(file: String, columns: Vec<String>, progress: &Progress) -> Result<Vec<String>> {
    let options = read_options(&InputArgs {
        inputs: vec![file],
        columns,
        headlines: false,
        on_duplicate: DuplicateArg::Keep,
        language: LanguageArg::Flag,
        since: None,
        until: None,
    })?;
    let corpus = read(&options, corpus::size(&options)?, progress)?;
    if !corpus.rejected.is_empty() {
        let records = counted(corpus.rejected.len(), "record", "records");
        progress.note(&format!("warning: {records} rejected; `parallax analyze` says why"));
    }
    let claims = claims::extract(&corpus.articles);
    // Title by title, so that --limit takes some of both.
    let of_article = |(a, claims): (&corpus::Article, &Vec<claims::Claim>)| {
        let claims = claims.iter().map(|c| c.text(a).to_owned());
        std::iter::once(a.title.clone()).chain(claims).collect::<Vec<String>>()
    };
    Ok(corpus.articles.iter().zip(&claims).flat_map(of_article).collect())
}

/// Each text once, blank ones left out, the first `limit`.
fn distinct(texts: Vec<String>, limit: Option<usize>) -> Vec<String> {
    let mut seen = HashSet::new();
    let new = texts.into_iter().filter(|text| !text.trim().is_empty() && seen.insert(text.clone()));
    new.take(limit.unwrap_or(usize::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_and_blank_texts_are_left_out_before_the_limit() {
        let texts = ["b", "", "b", " \n", "a", "c"].map(str::to_owned).to_vec();
        assert_eq!(distinct(texts.clone(), Some(2)), ["b", "a"]);
        assert_eq!(distinct(texts, None), ["b", "a", "c"]);
    }
}
