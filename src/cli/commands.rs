//! What each command does.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::CommandFactory;
use serde_json::{Value, json};

use super::args::{
    self, Args, CacheArgs, Command, DuplicateArg, EngineArg, InputArgs, LanguageArg, MemoryArgs, ModelArgs,
};
use super::measured::as_statement;
use super::progress::{Progress, grouped};
use super::{Outcome, audit, bench, cache, calibrate, embed, machine, measured, print, show, validate, why};
use crate::background::Background;
use crate::corpus::{self, Corpus, Field, LanguagePolicy, OnDuplicate, ReadOptions};
use crate::embed::cache::VectorCache;
use crate::embed::{Embedder, EngineKind, Settings, Vectors, cpu_class};
use crate::facts::{ClaimTerms, Keys, PairFeatures, Smoothed, Vocabulary};
use crate::framing::{self, Frames, TargetMention, UserLexicon};
use crate::memory::{Estimate, Limit, Sizes};
use crate::pipeline::{self, Analysis, Config, Observer, Weights};
use crate::report::{
    self, AtomicFile, CsvOptions, Findings, Identity, InputInfo, MemoryInfo, ModelInfo, OutputDir, Row, Rows,
    RunManifest, StageTime, TextsWriter,
};
use crate::stories::GivenStories;
use crate::text;
use crate::{Error, Result};

pub fn run(args: Args) -> Result<Outcome> {
    let progress = Progress::new(args.quiet);
    let outcome = match args.command {
        Command::Analyze(command) => analyze(&command, &progress, args.verbose),
        Command::Measure(command) => measured::run(&command, &progress),
        Command::Pairs(command) => pairs(&command, &progress),
        Command::Embed(command) => embed::run(&command, &progress),
        Command::Background(command) => background(&command, &progress),
        Command::Features(command) if command.articles => article_features(&command, &progress),
        Command::Features(command) => match (&command.stories, &command.target_column) {
            (Some(stories), _) => claim_features(&command, stories, &progress),
            (None, Some(target)) => mention_features(&command, target),
            (None, None) => features(&command),
        },
        Command::Doctor(command) => doctor(&command),
        Command::Cache(command) => cache::run(&command.command, &progress),
        Command::Validate(command) => validate::run(&command, &progress),
        Command::Calibrate(command) => calibrate::run(&command, &progress),
        Command::Show(command) => show::run(&command),
        Command::Why(command) => why::run(&command, &progress),
        Command::Audit(command) => audit::run(&command, &progress),
        Command::Bench(command) => bench::run(&command, &progress, args.verbose),
        Command::Completions(command) => completions(command.shell),
    };
    if let Err(Error::Interrupted) = outcome {
        progress.finish();
    }
    outcome
}

/// What an interruption leaves, and how to continue.
pub fn kept(command: &Command) -> String {
    let vectors = match command {
        Command::Analyze(args) => {
            let out = args.out.clone().unwrap_or_else(|| default_out(&args.input.inputs));
            let cached = if args.vectors.no_cache { "" } else { ", the vectors so far in the cache" };
            let found = format!("stories and facts, if they were found, are kept in {}", out.display());
            return format!("{found}{cached}; the same command continues from there");
        }
        Command::Measure(args) => Some(&args.vectors),
        Command::Pairs(args) => Some(&args.vectors),
        Command::Embed(args) => Some(&args.vectors),
        Command::Background(args) => Some(&args.vectors),
        Command::Features(args) => Some(&args.vectors),
        Command::Calibrate(args) => Some(&args.vectors),
        Command::Why(args) => Some(&args.vectors),
        _ => None,
    };
    match vectors {
        Some(vectors) if !vectors.no_cache => {
            "no file is left half written; the same command takes the vectors so far from the cache".into()
        }
        _ => "no file is left half written".into(),
    }
}

fn completions(shell: clap_complete::Shell) -> Result<Outcome> {
    // Into memory first: the crate panics when nobody reads.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "parallax", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Clean)
}

fn engine_settings(args: &ModelArgs) -> Settings {
    Settings {
        engine: args.engine.map_or_else(|| Settings::default().engine, EngineArg::kind),
        precision: args.precision().chosen(),
        device: args.device,
        threads: args.threads,
    }
}

/// What may be held: as the user says, else what the machine can give.
fn memory_limit(args: &MemoryArgs) -> Option<Limit> {
    let given = args.max_memory.map(|size| Limit { bytes: size.0, given: true });
    given.or_else(|| Some(Limit { bytes: machine::available_memory()?, given: false }))
}

/// Inputs are held as the file has them and as articles; packed ones take more.
fn check_inputs(bytes: u64, limit: Option<Limit>) -> Result<()> {
    Estimate::new(Sizes { text: bytes / 3, ..Sizes::default() }).check(limit)
}

fn open(args: &ModelArgs) -> Result<Embedder> {
    let dir = args.model.clone().unwrap_or_else(pipeline::default_model);
    Embedder::open(&dir, engine_settings(args))
}

/// With the vectors of earlier runs.
pub(super) fn open_cached(args: &ModelArgs, vectors: &CacheArgs, progress: &Progress) -> Result<Embedder> {
    let cache = cache::open(vectors, progress)?;
    let embedder = open(args)?;
    Ok(match cache {
        Some(cache) => embedder.with_cache(cache),
        None => embedder,
    })
}

/// What the cache has to say after the work.
pub(super) fn cache_notes(embedder: &Embedder, progress: &Progress) {
    for note in embedder.cache().map(VectorCache::take_notes).unwrap_or_default() {
        progress.note(&format!("warning: {note}"));
    }
}

pub(super) fn read_options(args: &InputArgs) -> Result<ReadOptions> {
    let columns = args
        .columns
        .iter()
        .map(|pair| {
            let bad = |what: &str| {
                Error::usage(format!("--columns {pair}: {what}"), "write e.g. --columns source=outlet,body=text")
            };
            let (field, column) = pair.split_once('=').ok_or_else(|| bad("expected FIELD=COLUMN"))?;
            let field: Field = Field::ALL
                .into_iter()
                .find(|f| f.name() == field.trim())
                .ok_or_else(|| bad("the fields are id, source, title, body, date, url"))?;
            Ok((field, column.trim().to_owned()))
        })
        .collect::<Result<Vec<_>>>()?;
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since > until
    {
        return Err(Error::usage(format!("--since {since} is after --until {until}"), "no article can be left"));
    }
    Ok(ReadOptions {
        inputs: args.inputs.clone(),
        columns,
        headlines: args.headlines,
        on_duplicate: match args.on_duplicate {
            DuplicateArg::First => OnDuplicate::First,
            DuplicateArg::Newest => OnDuplicate::Newest,
            DuplicateArg::Keep => OnDuplicate::Keep,
        },
        language: match args.language {
            LanguageArg::Flag => LanguagePolicy::English,
            LanguageArg::English => LanguagePolicy::Only,
        },
        since: args.since,
        until: args.until,
        ..ReadOptions::default()
    })
}

pub(super) fn read(options: &ReadOptions, bytes: u64, progress: &Progress) -> Result<Corpus> {
    progress.stage("reading", "bytes", Some(bytes));
    let corpus = corpus::read(options, &mut |done| {
        progress.progress(done, bytes);
    })?;
    progress.check()?;
    if corpus.articles.is_empty() {
        let (path, why) = match corpus.rejected.first() {
            Some(r) => (
                r.file.clone(),
                format!(
                    "no usable article, {} rejected; the first ({}): {}",
                    counted(corpus.rejected.len(), "record", "records"),
                    place(r),
                    r.reason
                ),
            ),
            None if corpus.filtered > 0 => {
                (options.inputs.join(", "), format!("all {} articles lie outside --since and --until", corpus.filtered))
            }
            None => (options.inputs.join(", "), "there is no article in it".into()),
        };
        return Err(Error::input(path, why, "see `parallax analyze --help` for --columns and --headlines"));
    }
    Ok(corpus)
}

fn place(r: &corpus::Rejected) -> String {
    let line = r.line.map(|l| format!(", line {l}")).unwrap_or_default();
    let field = if r.field.is_empty() { String::new() } else { format!(", field {}", r.field) };
    if r.record == 0 { "the whole file".into() } else { format!("record {}{line}{field}", r.record) }
}

pub(super) fn load_background(path: Option<&Path>) -> Result<Background> {
    match path {
        Some(path) => {
            let file = std::fs::File::open(path).map_err(|e| Error::io(path, "read", e))?;
            Background::read(file, &path.display().to_string())
        }
        None => Background::shipped(),
    }
}

fn load_weights(path: Option<&Path>) -> Result<Weights> {
    path.map_or_else(Weights::shipped, Weights::open)
}

/// The user's lists `name=file`, by name.
pub(super) fn lexicons(given: &[String]) -> Result<Vec<UserLexicon>> {
    let mut lists: BTreeMap<String, UserLexicon> = BTreeMap::new();
    for option in given {
        let (name, path) = option.split_once('=').ok_or_else(|| {
            Error::usage(format!("--lexicon {option}: expected NAME=FILE"), "write e.g. --lexicon fear=fear.csv")
        })?;
        let list = UserLexicon::open(name.trim(), path.trim())?;
        if let Some(other) = lists.insert(list.name().into(), list) {
            let reason = format!("--lexicon {option}: {} is also called \"{}\"", other.path(), other.name());
            return Err(Error::usage(reason, "give each list a name of its own"));
        }
    }
    Ok(lists.into_values().collect())
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

/// `reports/<name of the first input>`, without endings.
fn default_out(inputs: &[String]) -> PathBuf {
    let first = inputs.first().map(String::as_str).unwrap_or("-");
    let name = Path::new(first).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let stem: String = name.split('.').next().unwrap_or_default().chars().filter(|c| !"*?[]".contains(*c)).collect();
    Path::new("reports").join(if stem.is_empty() || stem == "-" { "stdin" } else { &stem })
}

fn analyze(args: &args::Analyze, progress: &Progress, verbose: bool) -> Result<Outcome> {
    let started = Instant::now();
    let options = read_options(&args.input)?;
    let csv =
        CsvOptions { delimiter: args.csv.delimiter.0, decimal: args.csv.decimal, bom: !args.csv.no_bom }.checked()?;
    let weights = load_weights(args.weights.as_deref())?;
    let story_threshold = args.story_threshold.unwrap_or(weights.story.threshold);
    if !(0.0..=1.0).contains(&story_threshold) {
        return Err(Error::usage(format!("--story-threshold {story_threshold}"), "it lies between 0 and 1"));
    }
    let config = Config {
        background: load_background(args.background.as_deref())?,
        weights,
        story_threshold,
        given_stories: args.stories.as_deref().map(GivenStories::open).transpose()?,
        frames: match &args.frames {
            Some(path) => Frames::shipped()?.with_file(path)?,
            None => Frames::shipped()?,
        },
        lexicons: lexicons(&args.lexicons.lexicon)?,
        baseline: args.baseline.as_deref().map(baseline).transpose()?.unwrap_or_default(),
        seed: args.seed,
        evidence_budget: args.evidence_budget,
        max_memory: memory_limit(&args.memory),
        workbook: args.xlsx,
    };
    let out = args.out.clone().unwrap_or_else(|| default_out(&args.input.inputs));
    let settings = settings(args, story_threshold, &config);
    let identity = Identity::new("analyze", &args.input.inputs, settings.clone());
    // Whatever can fail early fails now: inputs, output folder, model.
    let bytes = corpus::size(&options)?;
    let _lock = report::lock_output(&out)?;
    if report::check_output_dir(&out, &identity, args.overwrite)? == OutputDir::Unfinished {
        let cached = if args.vectors.no_cache { "" } else { "; vectors that it computed are in the cache" };
        progress.note(&format!("continues the run into {} that did not finish{cached}", out.display()));
    }
    check_inputs(bytes, config.max_memory)?;
    let embedder = open_cached(&args.model, &args.vectors, progress)?;
    if verbose {
        let f = embedder.fingerprint();
        progress.note(&format!(
            "engine {} {}, {}, {} threads, {}",
            f.engine,
            f.engine_version,
            f.precision.name(),
            embedder.threads(),
            f.cpu_class
        ));
    }
    let read_started = Instant::now();
    let corpus = read(&options, bytes, progress)?;
    let reading = read_started.elapsed().as_secs_f64();
    let mut analysis = pipeline::resume(corpus, &embedder, &config, progress, &out)?;

    progress.stage("reports", "rows", None);
    let writing = Instant::now();
    let mut rows = report::rows(&results(&analysis, &config));
    analysis.claims.shed();
    progress.check()?;
    report::begin_output(&out, &identity)?;
    let mut manifest = RunManifest::new(identity);
    manifest.tables = write_tables(&out, &mut rows, &results(&analysis, &config), args.xlsx, csv, progress)?;
    report::write_package(&out, &manifest.tables, csv)?;
    progress.check()?;
    let mut texts = TextsWriter::create(&out)?;
    for article in &analysis.corpus.articles {
        texts.push(&article.id, &article.title, &article.body)?;
    }
    texts.finish()?;
    let fingerprint = embedder.fingerprint();
    manifest.files = vec![report::TEXTS_FILE.into(), report::PACKAGE_FILE.into(), report::PAGE_FILE.into()];
    manifest.command = std::env::args().collect();
    manifest.config = settings;
    manifest.config.insert("weights".into(), json!(config.weights));
    manifest.config.insert(
        "background".into(),
        json!({
            "corpus": config.background.header.corpus, "articles": config.background.header.articles,
        }),
    );
    manifest.model = Some(ModelInfo { name: fingerprint.model, sha256: fingerprint.sha256 });
    manifest.engine = fingerprint.engine;
    manifest.engine_version = fingerprint.engine_version;
    manifest.precision = fingerprint.precision.name().into();
    manifest.cpu_class = fingerprint.cpu_class;
    manifest.threads = embedder.threads();
    manifest.seed = args.seed;
    manifest.inputs = analysis
        .corpus
        .files
        .iter()
        .map(|f| InputInfo { path: f.label.clone(), bytes: f.bytes, blake3: f.blake3.clone(), records: f.records })
        .collect();
    manifest.truncated_texts = analysis.embedding.truncated as u64;
    let shared = rows.facts.iter().filter(|f| f.n_sources > 1).count();
    let sources = analysis.framing.sources.len();
    for (name, n) in [
        ("articles", rows.articles.len()),
        ("sources", sources),
        ("stories", rows.stories.len()),
        ("claims", analysis.claims.claims.len()),
        ("facts", rows.facts.len()),
        ("shared_facts", shared),
        ("rejected", rows.rejected.len()),
        ("duplicates", analysis.corpus.duplicates),
        ("filtered", analysis.corpus.filtered),
        ("texts_embedded", analysis.embedding.distinct),
        ("texts_from_cache", analysis.embedding.cached),
        ("tokens_computed", analysis.embedding.tokens as usize),
        ("padding_tokens", analysis.embedding.padding as usize),
        ("dummy_tokens", analysis.embedding.dummies as usize),
    ] {
        manifest.counts.insert(name.into(), n as u64);
    }
    manifest.tokens_per_second = analysis.embedding.tokens_per_second().map(f64::round);
    manifest.warnings = analysis.warnings.clone();
    manifest.warnings.extend(left_out(&analysis.corpus));
    manifest.warnings.extend(manifest.tables.iter().filter_map(|t| t.warning()));
    manifest.alignment_recall = report::kept_audit(&out);
    progress.check()?;
    let bodies = analysis.corpus.articles.iter().map(|a| (a.id.as_str(), a.body.as_str()));
    let (page, workbook) = rayon::join(
        || report::write_page(&out, &rows, bodies, &manifest),
        || if args.xlsx { report::write_workbook(&out, &rows, &manifest) } else { Ok(()) },
    );
    page.and(workbook)?;
    progress.check()?;
    if args.xlsx {
        manifest.files.push(report::WORKBOOK_FILE.into());
    }
    manifest.warnings.extend(analysis.notes);
    manifest.seconds = std::iter::once(("reading", reading))
        .chain(analysis.seconds.iter().copied())
        .chain([("reports", writing.elapsed().as_secs_f64())])
        .map(|(stage, seconds)| StageTime { stage: stage.into(), seconds: (seconds * 1000.0).round() / 1000.0 })
        .collect();
    let warnings = manifest.warnings.clone();
    manifest.memory = MemoryInfo {
        estimated_bytes: analysis.memory,
        peak_bytes: machine::peak_memory(),
        limit_bytes: config.max_memory.map(|limit| limit.bytes),
    };
    manifest.finish(&out)?;
    progress.finish();
    summary(&rows, sources, shared, &warnings, &out, started, progress);
    Ok(if rows.rejected.len() > args.max_rejected { Outcome::Rejected } else { Outcome::Clean })
}

/// Records that are neither analysed nor rejected.
fn left_out(corpus: &Corpus) -> Vec<String> {
    [(corpus.duplicates, "repeats of an article, same id and content"), (corpus.filtered, "by --since and --until")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("records left out: {} ({why})", grouped(count as u64)))
        .collect()
}

/// The options that change results, by name.
fn settings(args: &args::Analyze, story_threshold: f64, config: &Config) -> BTreeMap<String, Value> {
    let input = &args.input;
    let path = |p: &Option<PathBuf>| p.as_ref().map(|p| p.display().to_string());
    // Not given is null, as in reports of versions that did not know it.
    let list = |l: &UserLexicon| json!({ "name": l.name(), "file": l.path(), "sha256": l.sha256() });
    let lists = match config.lexicons.as_slice() {
        [] => Value::Null,
        lists => lists.iter().map(list).collect(),
    };
    [
        ("columns", json!(input.columns)),
        ("headlines", json!(input.headlines)),
        ("on_duplicate", json!(format!("{:?}", input.on_duplicate).to_lowercase())),
        ("language", json!(format!("{:?}", input.language).to_lowercase())),
        ("since", json!(input.since.map(|d| d.to_string()))),
        ("until", json!(input.until.map(|d| d.to_string()))),
        ("model", json!(path(&args.model.model))),
        ("engine", json!(engine_settings(&args.model).engine.name())),
        ("precision", json!(format!("{:?}", args.model.precision()).to_lowercase())),
        ("device", json!(args.model.device.to_string())),
        ("story_threshold", json!(story_threshold)),
        ("stories_file", json!(args.stories)),
        ("frames", json!(config.frames.own().map(|(file, sha256)| json!({ "file": file, "sha256": sha256 })))),
        ("lexicons", lists),
        ("baseline", if config.baseline.is_empty() { Value::Null } else { json!(config.baseline) }),
        ("weights_file", json!(path(&args.weights))),
        ("background_file", json!(path(&args.background))),
        ("seed", json!(args.seed)),
        ("evidence_budget", json!(args.evidence_budget)),
        ("delimiter", json!(char::from(args.csv.delimiter.0).to_string())),
        ("decimal", json!(args.csv.decimal.to_string())),
        ("bom", json!(!args.csv.no_bom)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn results<'a>(analysis: &'a Analysis, config: &'a Config) -> report::Results<'a> {
    report::Results {
        articles: &analysis.corpus.articles,
        rejected: &analysis.corpus.rejected,
        wire: &analysis.wire,
        claims: &analysis.claims,
        stories: &analysis.stories,
        crowds: &analysis.crowds,
        edges: &analysis.edges,
        facts: &analysis.facts,
        framing: &analysis.framing,
        in_story: &config.weights.in_story,
    }
}

/// Writes all tables. Of the long ones, claims and evidence, `rows` gets what the page shows, or all for a workbook.
fn write_tables(
    dir: &Path,
    rows: &mut Rows,
    results: &report::Results<'_>,
    workbook: bool,
    csv: CsvOptions,
    progress: &Progress,
) -> Result<Vec<report::TableInfo>> {
    type To<'a> = (&'a Path, CsvOptions, &'a Progress);
    fn write<R: Row>((dir, csv, progress): To<'_>, rows: impl IntoIterator<Item = R>) -> Result<report::TableInfo> {
        progress.check()?;
        report::write_table(dir, rows, csv)
    }
    fn keep<R: Clone>(kept: &mut Vec<R>, row: &R, wanted: bool) {
        if wanted {
            kept.push(row.clone());
        }
    }
    let to = (dir, csv, progress);
    let shown = report::page_stories(rows);
    let mut kept_claims = Vec::new();
    let claims = report::claim_rows(results)
        .inspect(|row| keep(&mut kept_claims, row, workbook || shown.contains(row.story_id.as_str())));
    let claims = write(to, claims)?;
    let told: HashSet<&str> = kept_claims.iter().map(|c| c.claim_id.as_str()).collect();
    let mut kept_evidence = Vec::new();
    let evidence = report::evidence_rows(results)
        .inspect(|row| keep(&mut kept_evidence, row, told.contains(row.claim_id.as_str())));
    let evidence = write(to, evidence)?;
    drop((shown, told));
    (rows.claims, rows.evidence) = (kept_claims, kept_evidence);
    let mut tables = vec![
        write(to, &rows.stories)?,
        write(to, &rows.articles)?,
        write(to, &rows.edges)?,
        write(to, &rows.facts)?,
        claims,
        write(to, &rows.coverage)?,
        write(to, &rows.contrasts)?,
        write(to, &rows.sources)?,
        write(to, &rows.source_pairs)?,
        write(to, &rows.targets)?,
        write(to, &rows.terms)?,
        write(to, &rows.labels)?,
        write(to, &rows.emphasis)?,
        write(to, &rows.voices)?,
        evidence,
        write(to, &rows.rejected)?,
    ];
    if let Some(lexicons) = &rows.lexicons {
        tables.push(write(to, lexicons)?);
    }
    Ok(tables)
}

/// "1 record", "2 records".
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count as u64), if count == 1 { one } else { many })
}

/// How many of what, what deserves attention, which file to open first.
fn summary(
    rows: &Rows,
    sources: usize,
    shared: usize,
    warnings: &[String],
    out: &Path,
    started: Instant,
    progress: &Progress,
) {
    let mut lines = vec![format!(
        "{} of {}: {}, {} ({} stated by several sources); {} rejected; {:.1} s",
        counted(rows.articles.len(), "article", "articles"),
        counted(sources, "source", "sources"),
        counted(rows.stories.len(), "story", "stories"),
        counted(rows.facts.len(), "fact", "facts"),
        grouped(shared as u64),
        counted(rows.rejected.len(), "record", "records"),
        started.elapsed().as_secs_f64()
    )];
    lines.extend(warnings.iter().map(|w| format!("warning: {w}")));
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
    lines.push(format!("Reports: {}  (open {} first)", out.display(), out.join(report::PAGE_FILE).display()));
    for line in lines {
        // There are words of the input in them.
        progress.note(&report::words::visible(&line));
    }
}

/// A CSV writer on stdout that flushes at the end.
pub(super) fn print_csv(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<()> {
    let mut out = csv::Writer::from_writer(std::io::stdout().lock());
    // Converted as a whole, the error would no longer say that the pipe was closed.
    let failed = |e: csv::Error| match e.into_kind() {
        csv::ErrorKind::Io(source) => super::stdout_error(source),
        other => super::stdout_error(std::io::Error::other(format!("{other:?}"))),
    };
    out.write_record(header).map_err(failed)?;
    for row in rows {
        out.write_record(row).map_err(failed)?;
    }
    out.flush().map_err(super::stdout_error)
}

/// Six decimals at most, empty for what is unknown.
pub(super) fn number(value: Option<f64>) -> String {
    match value {
        Some(v) if v.is_finite() => {
            let text = format!("{v:.6}");
            let short = text.trim_end_matches('0').trim_end_matches('.');
            if short == "-0" { "0".into() } else { short.to_owned() }
        }
        _ => String::new(),
    }
}

/// One column of a table, every row kept.
fn column(file: &str, name: &str) -> Result<Vec<String>> {
    let table = corpus::read_table(file, &[name])?;
    Ok(table.rows.into_iter().map(|mut row| std::mem::take(&mut row[0])).collect())
}

fn pairs(args: &args::Pairs, progress: &Progress) -> Result<Outcome> {
    let [a, b] = args.columns.as_slice() else {
        return Err(Error::usage("--columns needs two names", "e.g. --columns a,b"));
    };
    let table = corpus::read_table(&args.file, &[a, b])?;
    let weights = load_weights(args.weights.as_deref())?;
    let background = load_background(args.background.as_deref())?;
    let embedder = open_cached(&args.model, &args.vectors, progress)?;
    let texts: Vec<&str> = table.rows.iter().flat_map(|row| row.iter().map(String::as_str)).collect();
    // Words weigh by the background alone: a file is no corpus of articles.
    let vocabulary = Vocabulary::of_background(texts.iter().flat_map(|t| text::terms(t)), &background);
    progress.stage("embedding", "tokens", None);
    let (vectors, _) = embedder.embed(&texts, &|done, total| progress.progress(done, total))?;
    let smoothed = if args.alone { None } else { Some(smoothed(&vectors, &texts, progress)?) };
    progress.finish();
    let mut keys = Keys::default();
    let claim = |i: usize, keys: &mut Keys| {
        let (quantities, entities) = (text::quantities(texts[i]), text::entities(texts[i]));
        let quantities = keys.quantities(quantities.into_iter().map(text::Figure::from));
        let entities = keys.entities(entities.iter().map(|e| e.name.as_str()));
        ClaimTerms::new(texts[i], &quantities, &entities, &vocabulary)
    };
    let header = ["row", "cos", "cont", "num", "num_conf", "ent_conf", "headline", "score", "cos_smoothed"];
    print_csv(
        &header,
        (0..table.rows.len()).map(|row| {
            let (x, y) = (2 * row, 2 * row + 1);
            let cos = f64::from(vectors.of(x).dot(&vectors.of(y)));
            let (a, b) = (claim(x, &mut keys), claim(y, &mut keys));
            let f = PairFeatures::new(&a, &b, cos, &vocabulary, &keys);
            let near = smoothed.as_ref().map(|all| all.cosine(vectors.index[x], vectors.index[y]));
            let score = weights.pair.score(&PairFeatures { cos: near.unwrap_or(cos), ..f });
            let mut cells = vec![(row + 1).to_string()];
            cells.extend([f.cos, f.cont, f.num, f.num_conf, f.ent_conf, f.headline, score].map(|v| number(Some(v))));
            cells.push(number(near));
            cells
        }),
    )?;
    Ok(Outcome::Clean)
}

/// The vectors of a file's texts among each other.
fn smoothed<'v>(vectors: &'v Vectors, texts: &[&str], progress: &Progress) -> Result<Smoothed<'v>> {
    let n = vectors.rows.nrows();
    let mut of_row = vec![""; n];
    vectors.index.iter().zip(texts).for_each(|(&row, text)| of_row[row] = text);
    progress.stage("nearest texts", "texts", Some(n as u64));
    Smoothed::new(vectors.rows.view(), &of_row, |done| progress.progress(done as u64, n as u64))
}

fn background(args: &args::Background, progress: &Progress) -> Result<Outcome> {
    let options = read_options(&args.input)?;
    let bytes = corpus::size(&options)?;
    let limit = memory_limit(&args.memory);
    check_inputs(bytes, limit)?;
    let mut file = AtomicFile::create(&args.out)?;
    let embedder = open_cached(&args.model, &args.vectors, progress)?;
    let corpus = read(&options, bytes, progress)?;
    let statistics = pipeline::background(&corpus, &args.name, args.min_articles, &embedder, limit, progress)?;
    let mut bytes = Vec::new();
    statistics.write(&mut bytes).map_err(|e| Error::io(&args.out, "write", e))?;
    file.put(&bytes)?;
    file.commit()?;
    progress.note(&format!(
        "{} articles, {} terms: {}",
        grouped(corpus.articles.len() as u64),
        grouped(statistics.terms() as u64),
        args.out.display()
    ));
    Ok(Outcome::Clean)
}

fn features(args: &args::Features) -> Result<Outcome> {
    let texts = column(&args.file, &args.column)?;
    let rows = framing::word_counts(texts.iter().map(String::as_str))?;
    let certainty = framing::certainties(texts.iter().map(String::as_str))?;
    let header = ["row", "tokens", "hits", "core", "own_voice", "certainty", "own_words"];
    print_csv(
        &header,
        texts.iter().enumerate().map(|(i, text)| {
            let (words, hits, core) = rows[i];
            let (sentence, parts) = as_statement(text);
            let own = if sentence.voice == text::Voice::Own { "1" } else { "0" };
            vec![
                (i + 1).to_string(),
                words.to_string(),
                hits.to_string(),
                number(Some(core)),
                own.into(),
                number(certainty[i]),
                parts.own.unwrap_or_default().into_owned(),
            ]
        }),
    )?;
    Ok(Outcome::Clean)
}

/// What the head of `tone` is fitted on: numbers, and the texts whose vectors it reads. Quotations are not masked.
fn mention_features(args: &args::Features, target: &str) -> Result<Outcome> {
    let table = corpus::read_table(&args.file, &[args.column.as_str(), target])?;
    let mut rows = Vec::with_capacity(table.rows.len());
    for (i, row) in table.rows.iter().enumerate() {
        let mut cells = vec![(i + 1).to_string()];
        match TargetMention::find(&row[0], &row[1]) {
            Some(span) => {
                let mention = TargetMention::new(&row[0], span)?;
                cells.extend(mention.numbers().map(precise));
                cells.extend(mention.views());
            }
            None => cells.resize(1 + framing::NUMBERS.len() + framing::VIEWS.len(), String::new()),
        }
        rows.push(cells);
    }
    let header: Vec<&str> = ["row"].into_iter().chain(framing::NUMBERS).chain(framing::VIEWS).collect();
    print_csv(&header, rows.into_iter())?;
    Ok(Outcome::Clean)
}

/// The articles that features are wanted of, and what computes them.
fn fit_input(args: &args::Features, progress: &Progress) -> Result<(Corpus, Embedder, Config)> {
    let options = ReadOptions { inputs: vec![args.file.clone()], ..ReadOptions::default() };
    let bytes = corpus::size(&options)?;
    let embedder = open_cached(&args.model, &args.vectors, progress)?;
    let corpus = read(&options, bytes, progress)?;
    let weights = load_weights(args.weights.as_deref())?;
    let config = pipeline::Config { weights, ..pipeline::Config::shipped()? };
    Ok((corpus, embedder, config))
}

/// What the weights of the story score are fitted on.
fn article_features(args: &args::Features, progress: &Progress) -> Result<Outcome> {
    let (corpus, embedder, config) = fit_input(args, progress)?;
    let pairs = pipeline::compared_pairs(&corpus, &embedder, &config, progress)?;
    progress.finish();
    let header = [
        "a",
        "b",
        "tf",
        "names",
        "numbers",
        "lead",
        "lead_tf",
        "cover_min",
        "cover_max",
        "unaligned",
        "weekdays",
        "days",
        "density_a",
        "unknown_a",
        "best_a",
        "density_b",
        "unknown_b",
        "best_b",
        "score",
    ];
    print_csv(
        &header,
        pairs.iter().map(|pair| {
            let (f, [a, b]) = (&pair.features, pair.around.articles);
            let (x, y) = pair.articles;
            let mut cells = vec![corpus.articles[x].id.clone(), corpus.articles[y].id.clone()];
            cells.extend([f.tf, f.names, f.numbers, f.lead, f.lead_tf, f.cover_min, f.cover_max].map(precise));
            cells.push(u8::from(f.unaligned).to_string());
            cells.push(f.weekdays.to_string());
            cells.push(f.days.map_or(String::new(), |days| days.to_string()));
            cells.extend([a.density, a.unknown, a.best, b.density, b.unknown, b.best, pair.score].map(precise));
            cells
        }),
    )?;
    Ok(Outcome::Clean)
}

/// What the weights of the score inside stories are fitted on.
fn claim_features(args: &args::Features, stories: &str, progress: &Progress) -> Result<Outcome> {
    let given = GivenStories::open(stories)?;
    let (corpus, embedder, config) = fit_input(args, progress)?;
    let rows = pipeline::claim_pairs(&corpus, &given, &embedder, &config, progress)?;
    progress.finish();
    let header = ["a", "b", "text_a", "text_b", "cos", "overlap", "num", "score"];
    print_csv(
        &header,
        rows.iter().map(|pair| {
            let article = |side: (usize, text::Span)| &corpus.articles[side.0];
            let mut cells = vec![article(pair.a).id.clone(), article(pair.b).id.clone()];
            cells.extend([pair.a, pair.b].map(|side| side.1.of(&article(side).body).to_owned()));
            let f = &pair.features;
            cells.extend([f.cos, f.overlap, f.num, pair.score].map(precise));
            cells
        }),
    )?;
    Ok(Outcome::Clean)
}

/// More decimals than in reports: fits read it.
fn precise(value: f64) -> String {
    format!("{value:.6}")
}

/// Each line: what was looked at, what was found.
fn doctor(args: &ModelArgs) -> Result<Outcome> {
    let engines: Vec<String> =
        EngineKind::BUILT.iter().map(|e| format!("{} (`auto` takes {})", e.name(), e.auto().name())).collect();
    let mut lines = vec![
        format!("parallax     {}", env!("CARGO_PKG_VERSION")),
        format!("cpu          {}, {} cores", cpu_class(), std::thread::available_parallelism().map_or(1, usize::from)),
        format!("engines      {}", engines.join(", ")),
    ];
    let dir = args.model.clone().unwrap_or_else(pipeline::default_model);
    lines.push(format!("model        {}", dir.display()));
    let background = Background::shipped()?;
    lines.push(format!(
        "background   {} articles, {} terms ({})",
        background.header.articles,
        background.terms(),
        background.header.corpus
    ));
    let heads = framing::Heads::shipped()?;
    print(&(lines.join("\n") + "\n"))?;
    let started = Instant::now();
    let embedder = open(args)?;
    let loaded = started.elapsed().as_secs_f64();
    let f = embedder.fingerprint();
    let (vectors, _) =
        embedder.embed(&["The council closed the bridge.", "The bridge was shut by the council."], &|_, _| true)?;
    let cos = vectors.of(0).dot(&vectors.of(1));
    let mut lines = vec![
        format!(
            "engine       {} {}, {}, {} threads, loaded in {loaded:.2} s",
            f.engine,
            f.engine_version,
            f.precision.name(),
            embedder.threads()
        ),
        format!("weights      {} {} (sha256)", f.model, f.sha256),
    ];
    for (what, sha256) in [("background", background.header.sha256.as_str()), ("heads", heads.model_sha256())] {
        if sha256 != f.sha256 {
            lines.push(format!(
                "warning      the shipped {what} belong to another model ({sha256}): figures will be off"
            ));
        }
    }
    lines.push(format!("test         two wordings of one sentence have cosine {cos:.4}"));
    let good = (0.5..1.0).contains(&cos);
    lines.push(if good { "All is well.".into() } else { "The vectors are not what they should be.".to_owned() });
    print(&(lines.join("\n") + "\n"))?;
    if good {
        Ok(Outcome::Clean)
    } else {
        Err(Error::Model {
            path: dir,
            reason: "the test sentence fails".into(),
            hint: "fetch the model again: `make setup`".into(),
            source: None,
        })
    }
}
