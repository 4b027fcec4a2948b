//! Writing a whole report: tables, texts, page, workbook and manifest.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use super::words::grouped;
use super::{
    CsvOptions, Identity, InputInfo, MemoryInfo, ModelInfo, OutputDir, OutputLock, PACKAGE_FILE, PAGE_FILE, Results,
    Row, Rows, RunManifest, StageTime, TEXTS_FILE, TableInfo, TextsWriter, WORKBOOK_FILE, begin_output,
    check_output_dir, claim_rows, evidence_rows, kept_audit, lock_output, page_stories, rows, tables, write_package,
    write_page, write_table, write_workbook,
};
use crate::corpus::Corpus;
use crate::embed::Embedder;
use crate::framing::UserLexicon;
use crate::pipeline::{Analysis, Config, Observer};
use crate::{Error, Result};

/// Files of a report besides its tables: package, texts, page or workbook, manifest.
const OTHER_FILES: usize = 4;

/// A folder that is locked and checked, so that the report of one job may be written into it.
#[derive(Debug)]
pub struct Output {
    dir: PathBuf,
    identity: Identity,
    found: OutputDir,
    _lock: OutputLock,
}

impl Output {
    /// Makes the folder where it is missing, locks it, and checks that the report of this job may be written there.
    /// With `overwrite` it may replace the report of another job.
    ///
    /// # Errors
    /// [`Error::Input`] when another run fills the folder or it holds something else; [`Error::Io`] when it cannot be
    /// written.
    pub fn open(dir: impl Into<PathBuf>, identity: Identity, overwrite: bool) -> Result<Self> {
        let dir = dir.into();
        let lock = lock_output(&dir)?;
        let found = check_output_dir(&dir, &identity, overwrite)?;
        Ok(Output { dir, identity, found, _lock: lock })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the folder was to the job when it was opened.
    pub(crate) fn found(&self) -> OutputDir {
        self.found
    }
}

/// How a report is written, and what it tells of the run that made it.
#[derive(Debug, Clone)]
pub struct WriteOptions<'a> {
    /// The settings with which the analysis was made. Its `workbook` says whether `report.xlsx` is written as well.
    pub config: &'a Config,
    /// What embedded the texts of the analysis.
    pub embedder: &'a Embedder,
    /// The dialect of the CSV files.
    pub csv: CsvOptions,
    /// The command line, word by word.
    pub command: Vec<String>,
    /// How many seconds it took to read the articles.
    pub reading: f64,
    /// Tells the most memory, in bytes, that the process has held so far. It is asked when everything is written.
    pub peak_memory: fn() -> Option<u64>,
}

impl<'a> WriteOptions<'a> {
    /// The usual CSV files, and a run of which nothing more is known.
    pub fn new(config: &'a Config, embedder: &'a Embedder) -> Self {
        WriteOptions {
            config,
            embedder,
            csv: CsvOptions::default(),
            command: Vec::new(),
            reading: 0.0,
            peak_memory: || None,
        }
    }
}

/// What was written.
#[derive(Debug)]
pub struct Written {
    /// The rows of the tables; of claims and evidence those that the page or the workbook shows.
    pub rows: Rows,
    /// How many sources there are.
    pub n_sources: usize,
    /// How many facts are stated by several sources.
    pub n_shared_facts: usize,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// The options of a job that change its results, by name, as far as they follow from these settings. They belong into
/// its [`Identity`].
pub fn job_options(config: &Config, csv: CsvOptions) -> BTreeMap<String, Value> {
    let list = |l: &UserLexicon| json!({ "name": l.name(), "file": l.path(), "sha256": l.sha256() });
    // Not given is null, as in reports of versions that did not know it.
    let lexicons = match config.lexicons.as_slice() {
        [] => Value::Null,
        lists => lists.iter().map(list).collect(),
    };
    [
        ("story_threshold", json!(config.story_threshold)),
        ("frames", json!(config.frames.own().map(|(file, sha256)| json!({ "file": file, "sha256": sha256 })))),
        ("lexicons", lexicons),
        ("baseline", if config.baseline.is_empty() { Value::Null } else { json!(config.baseline) }),
        ("seed", json!(config.seed)),
        ("evidence_budget", json!(config.evidence_budget)),
        ("delimiter", json!(char::from(csv.delimiter).to_string())),
        ("decimal", json!(csv.decimal.to_string())),
        ("bom", json!(csv.bom)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// Writes the report of an analysis into a folder.
///
/// ```no_run
/// use parallax::embed::{Embedder, Settings};
/// use parallax::pipeline::{Config, Silent, analyze, default_model};
/// use parallax::report::{CsvOptions, Identity, Output, WriteOptions, job_options, write};
/// # let corpus = parallax::corpus::Corpus::default();
///
/// let config = Config::shipped()?;
/// let job = Identity::new("analyze", ["articles.csv"], job_options(&config, CsvOptions::default()));
/// let out = Output::open("reports/mine", job, false)?;
/// let embedder = Embedder::open(&default_model(), Settings::default())?;
/// let analysis = analyze(corpus, &embedder, &config, &Silent)?;
/// write(analysis, &out, &WriteOptions::new(&config, &embedder), &Silent)?;
/// # Ok::<(), parallax::Error>(())
/// ```
///
/// # Errors
/// [`Error::Io`] when a file cannot be written, [`Error::Interrupted`] when the observer says so. The folder is then
/// marked as unfinished.
pub fn write(
    mut analysis: Analysis,
    out: &Output,
    options: &WriteOptions<'_>,
    observer: &dyn Observer,
) -> Result<Written> {
    let WriteOptions { config, csv, .. } = *options;
    let dir = out.dir();
    let mut files = Files::new(dir, csv, observer);
    let started = Instant::now();
    let mut rows = rows(&results(&analysis, config));
    analysis.claims.shed();
    files.check()?;
    begin_output(dir, &out.identity)?;
    let mut manifest = RunManifest::new(out.identity.clone());
    manifest.tables = write_tables(&mut files, &mut rows, &results(&analysis, config), config.workbook)?;
    write_package(dir, &manifest.tables, csv)?;
    files.written()?;
    let mut texts = TextsWriter::create(dir)?;
    for article in &analysis.corpus.articles {
        texts.push(&article.id, &article.title, &article.body)?;
    }
    texts.finish()?;
    manifest.files = vec![TEXTS_FILE.into(), PACKAGE_FILE.into(), PAGE_FILE.into()];
    describe_run(&mut manifest, options);
    describe_results(&mut manifest, &analysis, &rows);
    manifest.alignment_recall = kept_audit(dir);
    files.written()?;
    let bodies = analysis.corpus.articles.iter().map(|a| (a.id.as_str(), a.body.as_str()));
    let (page, workbook) = rayon::join(
        || write_page(dir, &rows, bodies, &manifest),
        || if config.workbook { write_workbook(dir, &rows, &manifest) } else { Ok(()) },
    );
    page.and(workbook)?;
    files.written()?;
    if config.workbook {
        manifest.files.push(WORKBOOK_FILE.into());
    }
    manifest.warnings.extend(analysis.notes);
    manifest.seconds = std::iter::once(("reading", options.reading))
        .chain(analysis.seconds.iter().copied())
        .chain([("reports", started.elapsed().as_secs_f64())])
        .map(|(stage, seconds)| StageTime { stage: stage.into(), seconds: (seconds * 1000.0).round() / 1000.0 })
        .collect();
    manifest.memory = MemoryInfo {
        estimated_bytes: analysis.memory,
        peak_bytes: (options.peak_memory)(),
        limit_bytes: config.max_memory.map(|limit| limit.bytes),
    };
    let written = Written {
        n_sources: analysis.framing.sources.len(),
        n_shared_facts: shared_facts(&rows),
        warnings: manifest.warnings.clone(),
        rows,
    };
    manifest.finish(dir)?;
    Ok(written)
}

/// The files of a report as they are written one by one.
struct Files<'a> {
    dir: &'a Path,
    csv: CsvOptions,
    observer: &'a dyn Observer,
    n_written: u64,
}

impl<'a> Files<'a> {
    fn new(dir: &'a Path, csv: CsvOptions, observer: &'a dyn Observer) -> Self {
        let files = Files { dir, csv, observer, n_written: 0 };
        observer.stage("reports", "files", Some(files.total()));
        files
    }

    fn total(&self) -> u64 {
        (tables().len() + OTHER_FILES) as u64
    }

    /// Fails when the observer wants the work to stop.
    fn check(&self) -> Result<()> {
        if self.observer.progress(self.n_written, self.total()) { Ok(()) } else { Err(Error::Interrupted) }
    }

    /// Counts a file that was written.
    fn written(&mut self) -> Result<()> {
        self.n_written += 1;
        self.check()
    }

    fn table<R: Row>(&mut self, rows: impl IntoIterator<Item = R>) -> Result<TableInfo> {
        self.check()?;
        let table = write_table(self.dir, rows, self.csv)?;
        self.n_written += 1;
        Ok(table)
    }
}

fn results<'a>(analysis: &'a Analysis, config: &'a Config) -> Results<'a> {
    Results {
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
    files: &mut Files<'_>,
    rows: &mut Rows,
    results: &Results<'_>,
    workbook: bool,
) -> Result<Vec<TableInfo>> {
    fn keep<R: Clone>(kept: &mut Vec<R>, row: &R, wanted: bool) {
        if wanted {
            kept.push(row.clone());
        }
    }
    let shown = page_stories(rows);
    let mut kept_claims = Vec::new();
    let claims = claim_rows(results)
        .inspect(|row| keep(&mut kept_claims, row, workbook || shown.contains(row.story_id.as_str())));
    let claims = files.table(claims)?;
    let told: HashSet<&str> = kept_claims.iter().map(|c| c.claim_id.as_str()).collect();
    let mut kept_evidence = Vec::new();
    let evidence =
        evidence_rows(results).inspect(|row| keep(&mut kept_evidence, row, told.contains(row.claim_id.as_str())));
    let evidence = files.table(evidence)?;
    drop((shown, told));
    (rows.claims, rows.evidence) = (kept_claims, kept_evidence);
    let mut tables = vec![
        files.table(&rows.stories)?,
        files.table(&rows.articles)?,
        files.table(&rows.edges)?,
        files.table(&rows.facts)?,
        claims,
        files.table(&rows.coverage)?,
        files.table(&rows.contrasts)?,
        files.table(&rows.sources)?,
        files.table(&rows.source_pairs)?,
        files.table(&rows.targets)?,
        files.table(&rows.terms)?,
        files.table(&rows.labels)?,
        files.table(&rows.emphasis)?,
        files.table(&rows.voices)?,
        evidence,
        files.table(&rows.rejected)?,
    ];
    if let Some(lexicons) = &rows.lexicons {
        tables.push(files.table(lexicons)?);
    }
    Ok(tables)
}

/// Records the settings, the model and the engine.
fn describe_run(manifest: &mut RunManifest, options: &WriteOptions<'_>) {
    let WriteOptions { config, embedder, .. } = options;
    let background = &config.background.header;
    manifest.command = options.command.clone();
    manifest.config = manifest.identity.options.clone();
    manifest.config.insert("weights".into(), json!(config.weights));
    manifest
        .config
        .insert("background".into(), json!({ "corpus": background.corpus, "articles": background.articles }));
    let fingerprint = embedder.fingerprint();
    manifest.model = Some(ModelInfo { name: fingerprint.model, sha256: fingerprint.sha256 });
    manifest.engine = fingerprint.engine;
    manifest.engine_version = fingerprint.engine_version;
    manifest.precision = fingerprint.precision.name().into();
    manifest.cpu_class = fingerprint.cpu_class;
    manifest.threads = embedder.threads();
    manifest.seed = config.seed;
}

/// Records the inputs, the counts, and what the user should know.
fn describe_results(manifest: &mut RunManifest, analysis: &Analysis, rows: &Rows) {
    let (corpus, embedding) = (&analysis.corpus, &analysis.embedding);
    manifest.inputs = corpus
        .files
        .iter()
        .map(|f| InputInfo { path: f.label.clone(), bytes: f.bytes, blake3: f.blake3.clone(), records: f.records })
        .collect();
    manifest.truncated_texts = embedding.truncated as u64;
    manifest.counts = [
        ("articles", rows.articles.len()),
        ("sources", analysis.framing.sources.len()),
        ("stories", rows.stories.len()),
        ("claims", analysis.claims.claims.len()),
        ("facts", rows.facts.len()),
        ("shared_facts", shared_facts(rows)),
        ("rejected", rows.rejected.len()),
        ("duplicates", corpus.duplicates),
        ("filtered", corpus.filtered),
        ("texts_embedded", embedding.distinct),
        ("texts_from_cache", embedding.cached),
        ("tokens_computed", embedding.tokens as usize),
        ("padding_tokens", embedding.padding as usize),
        ("dummy_tokens", embedding.dummies as usize),
    ]
    .into_iter()
    .map(|(name, n)| (name.to_owned(), n as u64))
    .collect();
    manifest.tokens_per_second = embedding.tokens_per_second().map(f64::round);
    manifest.warnings = analysis.warnings.clone();
    manifest.warnings.extend(left_out(corpus));
    manifest.warnings.extend(manifest.tables.iter().filter_map(|t| t.warning()));
}

fn shared_facts(rows: &Rows) -> usize {
    rows.facts.iter().filter(|f| f.n_sources > 1).count()
}

/// Names the records that are neither analysed nor rejected.
fn left_out(corpus: &Corpus) -> Vec<String> {
    [(corpus.duplicates, "repeats of an article, same id and content"), (corpus.filtered, "by --since and --until")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("records left out: {} ({why})", grouped(count)))
        .collect()
}
