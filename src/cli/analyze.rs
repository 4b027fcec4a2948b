//! `parallax analyze`: the main job.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use super::args::cache::CacheArgs;
use super::args::csv::CsvArgs;
use super::args::input::{InputArgs, read};
use super::args::lexicon::LexiconArgs;
use super::args::memory::{MemoryArgs, check_inputs};
use super::args::model::{ModelArgs, open_cached};
use super::args::scores::{self, ScoreArgs};
use super::args::word;
use super::machine;
use super::output::{Outcome, counted, grouped};
use super::progress::Progress;
use crate::framing::Frames;
use crate::pipeline::{self, Config};
use crate::report::{self, CsvOptions, Findings, Identity, Output, OutputDir, PAGE_FILE, WriteOptions, Written};
use crate::stories::GivenStories;
use crate::{Error, Result, corpus};

/// The main job: articles in, framing reports out
#[derive(Debug, clap::Args)]
pub(crate) struct Analyze {
    #[command(flatten)]
    input: InputArgs,

    /// Take the stories from this table in place of finding them: it has the columns article_id and story (or id,
    /// uuid; event, cluster, topic). Articles without a story are alone. The articles.csv of an earlier report will do
    #[arg(long, value_name = "FILE", conflicts_with = "story_threshold", help_heading = "Stories")]
    stories: Option<String>,

    /// Join articles while their mean story score is at least this; 0.6 is more precise and finds less
    #[arg(long, value_name = "0..1", help_heading = "Stories")]
    story_threshold: Option<f64>,

    /// Compare topic frames of yours, beside those of the Policy Frames Codebook. FILE is a table with the columns frame
    /// and sentence, and kind where you like: definition, seed (the default) or example (a sentence that people gave this
    /// label). Rows under the name of a shipped frame add to it
    #[arg(long, value_name = "FILE", help_heading = "Measures")]
    frames: Option<String>,

    #[command(flatten)]
    lexicons: LexiconArgs,

    /// Contrast each source with these sources, in place of all others; `@FILE`: with those that FILE names, one on a line.
    /// Facts that none of them states are left out; they themselves are contrasted with the rest of them
    #[arg(long, value_name = "SOURCE,...", help_heading = "Measures")]
    baseline: Option<String>,

    /// Folder for the reports [default: reports/ and the name of the first input]
    #[arg(short, long, value_name = "DIR", help_heading = "Output")]
    out: Option<PathBuf>,

    /// Replace the report of another job in that folder
    #[arg(long, help_heading = "Output")]
    overwrite: bool,

    /// Write report.xlsx as well: the tables as one workbook, with overview, filters, colours and links
    #[arg(long, help_heading = "Output")]
    xlsx: bool,

    #[command(flatten)]
    csv: CsvArgs,

    /// Exit with code 0 as long as no more records than this are rejected
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Limits")]
    max_rejected: usize,

    #[command(flatten)]
    memory: MemoryArgs,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    vectors: CacheArgs,

    #[command(flatten)]
    scores: ScoreArgs,

    /// Seed of the permutation tests
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Advanced")]
    seed: u64,

    /// Embed at most so many word deletions to find the words behind high scores
    #[arg(long, value_name = "N", default_value_t = pipeline::EVIDENCE_BUDGET, help_heading = "Advanced")]
    evidence_budget: usize,
}

pub(crate) fn run(args: &Analyze, progress: &Progress) -> Result<Outcome> {
    let started = Instant::now();
    let options = args.input.options()?;
    let csv = args.csv.options()?;
    let config = args.config()?;
    // Whatever can fail early fails now: inputs, output folder, model.
    let bytes = corpus::size(&options)?;
    let job = Identity::new("analyze", &args.input.inputs, args.job_options(&config, csv));
    let out = Output::open(args.out(), job, args.overwrite)?;
    if out.found() == OutputDir::Unfinished {
        let cached = if args.vectors.no_cache { "" } else { "; vectors that it computed are in the cache" };
        progress.note(&format!("continues the run into {} that did not finish{cached}", out.dir().display()));
    }
    check_inputs(bytes, config.max_memory)?;
    let embedder = open_cached(&args.model, &args.vectors, progress)?;
    let read_started = Instant::now();
    let corpus = read(&options, bytes, progress)?;
    let reading = read_started.elapsed().as_secs_f64();
    let analysis = pipeline::resume(corpus, &embedder, &config, progress, out.dir())?;
    let options = WriteOptions {
        csv,
        command: std::env::args().collect(),
        reading,
        peak_memory: machine::peak_memory,
        ..WriteOptions::new(&config, &embedder)
    };
    let written = report::write(analysis, &out, &options, progress)?;
    progress.finish();
    summary(&written, out.dir(), started, progress);
    let too_many = written.rows.rejected.len() > args.max_rejected;
    Ok(if too_many { Outcome::Rejected } else { Outcome::Clean })
}

impl Analyze {
    /// What an interruption leaves, and how to continue.
    pub(crate) fn kept(&self) -> String {
        let found = format!("stories and facts, if they were found, are kept in {}", self.out().display());
        let cached = if self.vectors.no_cache { "" } else { ", the vectors so far in the cache" };
        format!("{found}{cached}; the same command continues from there")
    }

    /// The folder for the reports: as given, else `reports/<name of the first input>`, without endings.
    fn out(&self) -> PathBuf {
        if let Some(out) = &self.out {
            return out.clone();
        }
        let first = self.input.inputs.first().map(String::as_str).unwrap_or("-");
        let name = Path::new(first).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        let stem: String = stem.chars().filter(|c| !"*?[]".contains(*c)).collect();
        Path::new("reports").join(if stem.is_empty() || stem == "-" { "stdin" } else { &stem })
    }

    /// The settings, checked.
    fn config(&self) -> Result<Config> {
        let weights = scores::weights(self.scores.weights.as_deref())?;
        let story_threshold = self.story_threshold.unwrap_or(weights.story.threshold);
        if !(0.0..=1.0).contains(&story_threshold) {
            return Err(Error::usage(format!("--story-threshold {story_threshold}"), "it lies between 0 and 1"));
        }
        Ok(Config {
            background: scores::background(self.scores.background.as_deref())?,
            weights,
            story_threshold,
            given_stories: self.stories.as_deref().map(GivenStories::open).transpose()?,
            frames: match &self.frames {
                Some(path) => Frames::shipped()?.with_file(path)?,
                None => Frames::shipped()?,
            },
            lexicons: self.lexicons.open()?,
            baseline: self.baseline.as_deref().map(baseline).transpose()?.unwrap_or_default(),
            seed: self.seed,
            evidence_budget: self.evidence_budget,
            max_memory: self.memory.limit(),
            workbook: self.xlsx,
        })
    }

    /// The options that change results, by name.
    fn job_options(&self, config: &Config, csv: CsvOptions) -> BTreeMap<String, Value> {
        let (input, model) = (&self.input, &self.model);
        let path = |p: &Option<PathBuf>| json!(p.as_ref().map(|p| p.display().to_string()));
        let mut options = report::job_options(config, csv);
        let own = [
            ("columns", json!(input.columns)),
            ("headlines", json!(input.headlines)),
            ("on_duplicate", json!(word(input.on_duplicate))),
            ("language", json!(word(input.language))),
            ("since", json!(input.since.map(|d| d.to_string()))),
            ("until", json!(input.until.map(|d| d.to_string()))),
            ("model", path(&model.model)),
            ("engine", json!(model.settings().engine.name())),
            ("precision", json!(word(model.precision()))),
            ("device", json!(model.device.to_string())),
            ("stories_file", json!(self.stories)),
            ("weights_file", path(&self.scores.weights)),
            ("background_file", path(&self.scores.background)),
        ];
        options.extend(own.map(|(name, value)| (name.to_owned(), value)));
        options
    }
}

/// The sources named, or listed in a file, sorted.
fn baseline(given: &str) -> Result<Vec<String>> {
    let hint = "write e.g. --baseline \"Halyard Wire,The Chronicle\", or --baseline @FILE with a source on each line";
    let names: BTreeSet<String> = match given.trim().strip_prefix('@') {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, "read", e))?;
            text.trim_start_matches('\u{feff}').lines().map(|line| line.trim().to_owned()).collect()
        }
        None => given.split(',').map(|name| name.trim().to_owned()).collect(),
    };
    let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Err(Error::usage(format!("--baseline {given}: no source is named"), hint));
    }
    Ok(names)
}

/// Tells how many of what were found, what deserves attention, and which file to open first.
fn summary(written: &Written, out: &Path, started: Instant, progress: &Progress) {
    let rows = &written.rows;
    let mut lines = vec![format!(
        "{} of {}: {}, {} ({} stated by several sources); {} rejected; {:.1} s",
        counted(rows.articles.len(), "article", "articles"),
        counted(written.n_sources, "source", "sources"),
        counted(rows.stories.len(), "story", "stories"),
        counted(rows.facts.len(), "fact", "facts"),
        grouped(written.n_shared_facts),
        counted(rows.rejected.len(), "record", "records"),
        started.elapsed().as_secs_f64()
    )];
    lines.extend(written.warnings.iter().map(|w| format!("warning: {w}")));
    if let Some(r) = rows.rejected.first() {
        let line = r.line.map(|l| format!(", line {l}")).unwrap_or_default();
        let record = r.record.map(|n| format!(", record {n}")).unwrap_or_default();
        let field = if r.field.is_empty() { String::new() } else { format!(", field {}", r.field) };
        lines.push(format!("rejected: {}{record}{line}{field}: {}", r.file, r.reason));
        if rows.rejected.len() > 1 {
            lines.push(format!("          and {} more, see rejected.csv", rows.rejected.len() - 1));
        }
    }
    let findings = Findings::of(rows);
    lines.push(match findings.first(rows) {
        Some(first) => format!("Look at first: {first}"),
        None => format!("Nothing stands out: {}.", report::nothing_stands_out(rows)),
    });
    lines.push(format!("Reports: {}  (open {} first)", out.display(), out.join(PAGE_FILE).display()));
    for line in lines {
        // There are words of the input in them.
        progress.note(&report::words::visible(&line));
    }
}
