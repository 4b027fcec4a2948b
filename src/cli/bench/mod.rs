//! `parallax bench`: the embedding step on the user's texts, by engine, number format and threads.

mod figures;

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use self::figures::Figures;
use super::args::at_least_one;
use super::args::input::{self, read};
use super::args::model::PrecisionChoice;
use super::machine;
use super::output::{Outcome, counted, print};
use super::progress::Progress;
use crate::atomic::AtomicFile;
use crate::corpus::{self, OnDuplicate, ReadOptions};
use crate::embed::{Device, EngineKind, Precision, Settings, throughput};
use crate::pipeline::{self, Observer};
use crate::{Error, Result, claims};

/// Read when no file is named.
const SAMPLE: &[u8] = include_bytes!("../../../data/sample/articles.csv");

/// Times the embedding step on your texts, by engine, number format and threads
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  parallax bench
  parallax bench articles.csv --limit 2000 --runs 9 --out bench.csv
  parallax bench sentences.csv --column text --engine portable --precision f32,int8 --threads 1

Columns are explained in docs/benchmarking.md.")]
pub(crate) struct Bench {
    /// Articles (CSV, TSV, JSONL), of which titles and claims are embedded, or with --column a table of texts; `-` for
    /// stdin [default: the sample articles]
    file: Option<String>,

    /// FILE is a table, and this column holds the texts
    #[arg(long, requires = "file")]
    column: Option<String>,

    /// Which column of the articles holds what, e.g. source=outlet,body=text
    #[arg(long, value_name = "FIELD=COLUMN,...", value_delimiter = ',', requires = "file", conflicts_with = "column")]
    columns: Vec<String>,

    /// Engines to compare [default: all that this build has]
    #[arg(long, value_enum, value_name = "ENGINE,...", value_delimiter = ',')]
    engine: Vec<EngineKind>,

    /// Number formats to compare [default: f32, and bf16 and int8 where the CPU has them]
    #[arg(long, value_enum, value_name = "PRECISION,...", value_delimiter = ',')]
    precision: Vec<PrecisionChoice>,

    /// Numbers of worker threads to compare; 0: one per core [default: 1 and one per core]
    #[arg(long, value_name = "N,...", value_delimiter = ',')]
    threads: Vec<usize>,

    /// Timed runs of each configuration, after one that is not
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = at_least_one)]
    runs: usize,

    /// Only the first N different texts
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    limit: Option<usize>,

    /// Also write all figures to this file, as CSV or JSON by its ending
    #[arg(short, long, value_name = "FILE.csv|FILE.json")]
    out: Option<PathBuf>,

    /// Folder of the sentence-transformer [default: the one that `make setup` fetched]
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,

    /// `cpu`, or `cuda:0` for the first CUDA device (engine rust-bert, with a libtorch that has CUDA)
    #[arg(long, value_name = "DEVICE", default_value_t = Device::Cpu)]
    device: Device,
}

pub(crate) fn run(args: &Bench, progress: &Progress) -> Result<Outcome> {
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
fn ways(args: &Bench) -> Result<Vec<Settings>> {
    let cpu = args.device == Device::Cpu;
    let engines: Vec<EngineKind> = if args.engine.is_empty() {
        // The other engine has no CUDA.
        EngineKind::BUILT.iter().copied().filter(|&e| cpu || e == EngineKind::RustBert).collect()
    } else {
        args.engine.clone()
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
    for asked in args.precision.iter().filter_map(|p| p.0) {
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
    args: &Bench,
    engine: EngineKind,
    settings: impl Fn(Option<Precision>) -> Settings,
) -> Result<Vec<Precision>> {
    if args.precision.is_empty() {
        // What the CPU emulates is slow and says nothing.
        return engine.in_hardware().into_iter().map(|p| settings(Some(p)).check()).collect();
    }
    let mut of_engine = Vec::new();
    for precision in args.precision.iter().map(|p| p.0) {
        if precision.is_none_or(|p| engine.precisions().contains(&p)) {
            of_engine.push(settings(precision).check()?);
        }
    }
    if of_engine.is_empty() && !args.engine.is_empty() {
        // An engine that was named must not be left out silently.
        settings(args.precision[0].0).check()?;
    }
    Ok(of_engine)
}

/// The texts of the input as they come.
fn texts(args: &Bench, progress: &Progress) -> Result<Vec<String>> {
    let Some(file) = &args.file else {
        let failed = |e| Error::io(std::env::temp_dir(), "write to", e);
        let dir = tempfile::tempdir().map_err(failed)?;
        let path = dir.path().join("articles.csv");
        std::fs::write(&path, SAMPLE).map_err(failed)?;
        return of_articles(path.display().to_string(), &[], progress);
    };
    match &args.column {
        Some(column) => {
            let table = corpus::read_table(file, &[column])?;
            Ok(table.rows.into_iter().flatten().collect())
        }
        None => of_articles(file.clone(), &args.columns, progress),
    }
}

/// Claims and titles: what `analyze` embeds.
fn of_articles(file: String, columns: &[String], progress: &Progress) -> Result<Vec<String>> {
    let options = ReadOptions {
        inputs: vec![file],
        columns: input::columns(columns)?,
        on_duplicate: OnDuplicate::Keep,
        ..ReadOptions::default()
    };
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
