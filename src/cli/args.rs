//! The command line's words.

use std::path::PathBuf;

use clap::{ArgGroup, Args as ClapArgs, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

use crate::embed::{Device, EngineKind, Precision};

/// Finds the claims that several news sources make and scores how differently each source frames the same facts.
#[derive(Debug, Parser)]
#[command(
    name = "parallax",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  parallax analyze articles.csv --out reports/mine
  parallax analyze crawl/*.jsonl.gz --columns source=outlet,body=text --out reports/tonight
  parallax doctor

Exit codes: 0 clean; 1 finished, but more records than --max-rejected were rejected; 2 failed;
130 interrupted (Ctrl-C), 143 ended by SIGTERM: the same command continues.
Reports are explained in docs/reports.md, what may be concluded from them in the README."
)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,

    // Last in every list, however many commands there are.
    /// Say nothing but errors
    #[arg(short, long, global = true, display_order = 900)]
    pub quiet: bool,

    /// Say more: settings and details of every stage
    #[arg(short, long, global = true, display_order = 901)]
    pub verbose: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// The main job: articles in, framing reports out
    Analyze(Box<Analyze>),
    /// Scores sentences: a row of measures on stdout for each row of FILE
    Measure(Measure),
    /// Scores sentence pairs: features and pair score on stdout for each row of FILE
    Pairs(Pairs),
    /// Embeds a column of texts into a NumPy file (float32, one row per text), in bounded memory
    Embed(Embed),
    /// Computes background statistics (document frequencies, mean vector) from a large corpus
    Background(Background),
    /// Exports what the measures' heads are fitted with: words and lexicon hits of each text
    Features(Features),
    /// Compares a report with gold labels: agreement of stories and facts, what was joined or split wrongly
    Validate(Validate),
    /// Holds the measures against your own labels of sentences: which predict them, and is it more than length
    Calibrate(Calibrate),
    /// Shows a story of a report in the terminal: who states what, the wordings side by side, the differences
    Show(Show),
    /// Says why two articles of a report are, or are not, in one story
    Why(Why),
    /// Draws claim pairs of a report for a person to judge; from the judgements, precision and recall of the alignment
    Audit(Audit),
    /// Times the embedding step on your texts, by engine, number format and threads
    Bench(Bench),
    /// Checks libtorch, the model, the CPU, the output of a test sentence
    Doctor(ModelArgs),
    /// Tells what is kept of earlier runs, or removes it
    Cache(Cache),
    /// Prints a script that completes this command's words in a shell
    Completions(Completions),
}

/// Where vectors come from.
#[derive(Debug, Clone, ClapArgs)]
pub struct ModelArgs {
    /// Folder of the sentence-transformer [default: the one that `make setup` fetched]
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,

    /// What runs the model [default: rust-bert, where the build has it]
    #[arg(long, value_enum)]
    pub engine: Option<EngineArg>,

    // Always given, but for commands that take it from elsewhere.
    /// Number format of the matrix products
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: Option<PrecisionArg>,

    /// `cpu`, or `cuda:0` for the first CUDA device (engine rust-bert, with a libtorch that has CUDA)
    #[arg(long, value_name = "DEVICE", default_value_t = Device::Cpu)]
    pub device: Device,

    /// Worker threads; 0: one per core. Changes no result
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub threads: usize,
}

impl ModelArgs {
    pub fn precision(&self) -> PrecisionArg {
        self.precision.unwrap_or(PrecisionArg::F32)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineArg {
    /// libtorch: f32, bf16
    RustBert,
    /// Pure Rust: f32, int8
    Portable,
}

impl EngineArg {
    pub fn kind(self) -> EngineKind {
        match self {
            EngineArg::RustBert => EngineKind::RustBert,
            EngineArg::Portable => EngineKind::Portable,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrecisionArg {
    /// The reference
    F32,
    /// Engine rust-bert; fast where the CPU has AVX512_BF16
    Bf16,
    /// Engine portable; fast where the CPU has VNNI
    Int8,
    /// bf16 where the engine has it and the CPU is fast at it, else f32
    Auto,
}

impl PrecisionArg {
    /// `None`: whatever is fastest.
    pub fn chosen(self) -> Option<Precision> {
        match self {
            PrecisionArg::F32 => Some(Precision::F32),
            PrecisionArg::Bf16 => Some(Precision::Bf16),
            PrecisionArg::Int8 => Some(Precision::Int8),
            PrecisionArg::Auto => None,
        }
    }
}

/// Vectors of earlier runs.
#[derive(Debug, Clone, ClapArgs)]
pub struct CacheArgs {
    /// Folder with vectors of earlier runs [default: $PARALLAX_CACHE, or `parallax` in the user's cache folder]
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    pub cache: Option<PathBuf>,

    /// Compute every vector anew; look none up, store none
    #[arg(long)]
    pub no_cache: bool,

    /// The cache may take so much of the disk, e.g. 500M or 20G; what was unused longest goes first
    #[arg(long, value_name = "SIZE", default_value = "4G")]
    pub cache_size: Size,
}

/// How much memory may be held.
#[derive(Debug, Clone, Copy, ClapArgs)]
pub struct MemoryArgs {
    /// Refuse work that would take more memory, e.g. 800M or 4G, before it begins [default: what the machine can give]
    #[arg(long, value_name = "SIZE")]
    pub max_memory: Option<Size>,
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u64);

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let power = match unit.trim().to_ascii_uppercase().as_str() {
            "M" | "MB" | "MIB" => Some(20),
            "G" | "GB" | "GIB" => Some(30),
            "T" | "TB" | "TIB" => Some(40),
            _ => None,
        };
        let size = power.zip(number.parse::<f64>().ok()).map(|(power, number)| number * f64::from(power).exp2());
        match size {
            Some(bytes) if (1048576.0..1e18).contains(&bytes) => Ok(Size(bytes as u64)),
            _ => Err("write a size from 1M upwards with its unit, e.g. 500M, 4G or 1.5T".into()),
        }
    }
}

/// Word lists of the user.
#[derive(Debug, Clone, ClapArgs)]
pub struct LexiconArgs {
    /// A word list of yours as a further measure `lexicon:NAME`, the sum of its weights per 100 of the outlet's own words: a
    /// table with the columns term and weight (without weight each term counts 1). Several words, and a * at the end, may be
    /// in a term. May be repeated
    #[arg(long, value_name = "NAME=FILE")]
    pub lexicon: Vec<String>,
}

#[derive(Debug, Clone, ClapArgs)]
pub struct InputArgs {
    /// CSV, TSV or JSONL files (also .gz, .zst), folders of text files, globs, or `-` for stdin
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<String>,

    /// Which column holds what, e.g. source=outlet,body=text (fields: id, source, title, body, date, url)
    #[arg(long, value_name = "FIELD=COLUMN,...", value_delimiter = ',')]
    pub columns: Vec<String>,

    /// Analyse titles alone, for inputs without texts
    #[arg(long)]
    pub headlines: bool,

    /// Which record stays when an id comes twice with different content
    #[arg(long, value_enum, default_value_t = DuplicateArg::First)]
    pub on_duplicate: DuplicateArg,

    /// What happens to texts in other languages than English, for which the measures are made
    #[arg(long, value_enum, default_value_t = LanguageArg::Flag)]
    pub language: LanguageArg,

    /// Leave out articles before this day (YYYY-MM-DD); undated ones stay
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub since: Option<Date>,

    /// Leave out articles after this day (YYYY-MM-DD); undated ones stay
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub until: Option<Date>,
}

/// A day, written one way.
fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "write the day as YYYY-MM-DD, e.g. 2026-03-05".into())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DuplicateArg {
    /// The earliest by date stays, the others are rejected
    First,
    /// The latest by date stays, the others are rejected
    Newest,
    /// All stay, with a suffix to the id
    Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LanguageArg {
    /// They are analysed, and named in a warning
    Flag,
    /// They are rejected
    English,
}

#[derive(Debug, ClapArgs)]
pub struct Analyze {
    #[command(flatten)]
    pub input: InputArgs,

    /// Folder for the reports [default: reports/<name of the first input>]
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Replace the report of another job in that folder
    #[arg(long)]
    pub overwrite: bool,

    /// So many rejected records are no failure (exit code 0)
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub max_rejected: usize,

    #[command(flatten)]
    pub model: ModelArgs,

    #[command(flatten)]
    pub vectors: CacheArgs,

    #[command(flatten)]
    pub memory: MemoryArgs,

    /// Articles are joined while their mean story score is at least this; 0.6 is more precise, finds less
    #[arg(long, value_name = "0..1")]
    pub story_threshold: Option<f64>,

    /// Stories as you give them, in place of finding them: a table with the columns article_id and story (or event,
    /// cluster, topic). Articles without a story are alone. Takes the articles.csv of an earlier report
    #[arg(long, value_name = "FILE", conflicts_with = "story_threshold")]
    pub stories: Option<String>,

    /// Topic frames of yours, beside those of the Policy Frames Codebook: a table with the columns frame and sentence, and
    /// kind where you like: definition, seed (the default) or example (a sentence that people gave this label). Rows under
    /// the name of a shipped frame add to it
    #[arg(long, value_name = "FILE")]
    pub frames: Option<String>,

    #[command(flatten)]
    pub lexicons: LexiconArgs,

    /// Contrast each source with these sources, in place of all others; `@FILE`: with those that FILE names, one on a line.
    /// Facts that none of them states are left out; they themselves are contrasted with the rest of them
    #[arg(long, value_name = "SOURCE,...")]
    pub baseline: Option<String>,

    /// Other weights of the pair and story scores (JSON, see models/weights.json)
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,

    /// Other background statistics (made by `parallax background`)
    #[arg(long, value_name = "FILE")]
    pub background: Option<PathBuf>,

    /// Seed of the permutation tests
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,

    /// How many word deletions may be embedded to find the words behind high scores
    #[arg(long, value_name = "N", default_value_t = crate::pipeline::EVIDENCE_BUDGET)]
    pub evidence_budget: usize,

    #[command(flatten)]
    pub csv: CsvArgs,

    /// Write report.xlsx as well: the tables as one workbook, with overview, filters, colours and links
    #[arg(long)]
    pub xlsx: bool,
}

#[derive(Debug, Clone, Copy, ClapArgs)]
pub struct CsvArgs {
    /// Separator of the CSV reports: `,` `;` `|` or `tab`
    #[arg(long, value_name = "CHAR", default_value = ",")]
    pub delimiter: Delimiter,

    /// Decimal mark of the CSV reports: `.` or `,`
    #[arg(long, value_name = "CHAR", default_value_t = '.')]
    pub decimal: char,

    /// No byte order mark at the start of the CSV reports (Excel needs it to recognise UTF-8)
    #[arg(long)]
    pub no_bom: bool,
}

/// One ASCII character.
#[derive(Debug, Clone, Copy)]
pub struct Delimiter(pub u8);

impl std::str::FromStr for Delimiter {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        match s {
            "tab" | "\\t" => Ok(Delimiter(b'\t')),
            _ if s.len() == 1 => Ok(Delimiter(s.as_bytes()[0])),
            _ => Err("give one of , ; | or the word tab".into()),
        }
    }
}

#[derive(Debug, ClapArgs)]
pub struct Measure {
    /// CSV, TSV or JSONL file, or `-` for stdin
    pub file: String,

    /// Column with the sentences
    #[arg(long, default_value = "text")]
    pub column: String,

    /// Column with a name that the sentence mentions: adds the column `tone`, how well or badly the outlet's own words
    /// speak of it (-1 to 1; empty where they do not name it)
    #[arg(long, value_name = "COLUMN")]
    pub target_column: Option<String>,

    #[command(flatten)]
    pub lexicons: LexiconArgs,

    #[command(flatten)]
    pub model: ModelArgs,

    #[command(flatten)]
    pub vectors: CacheArgs,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
The score is that of two claims while stories are being found, with one difference: the vectors of a file's sentences are drawn \
toward their nearest neighbours in the file (cos_smoothed; the more, the more sentences there are), because what is said in \
several ways is told better from what merely sounds alike. So a score depends on the other sentences, not on their order. \
With --alone it does not: cos takes the place of cos_smoothed.")]
pub struct Pairs {
    /// CSV, TSV or JSONL file, or `-` for stdin
    pub file: String,

    /// The two columns with the sentences
    #[arg(long, value_name = "A,B", default_value = "a,b", value_delimiter = ',')]
    pub columns: Vec<String>,

    /// Score each row by itself, whatever else is in the file
    #[arg(long)]
    pub alone: bool,

    /// Other weights of the pair score (JSON, see models/weights.json)
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,

    /// Other background statistics (made by `parallax background`)
    #[arg(long, value_name = "FILE")]
    pub background: Option<PathBuf>,

    #[command(flatten)]
    pub model: ModelArgs,

    #[command(flatten)]
    pub vectors: CacheArgs,
}

#[derive(Debug, ClapArgs)]
pub struct Embed {
    /// CSV, TSV or JSONL file, or `-` for stdin
    pub file: String,

    /// Column with the texts
    #[arg(long, default_value = "text")]
    pub column: String,

    /// The NumPy file to write
    #[arg(short, long, value_name = "FILE.npy")]
    pub out: PathBuf,

    #[command(flatten)]
    pub model: ModelArgs,

    #[command(flatten)]
    pub vectors: CacheArgs,
}

#[derive(Debug, ClapArgs)]
pub struct Background {
    #[command(flatten)]
    pub input: InputArgs,

    /// The file to write
    #[arg(short, long, value_name = "FILE.tsv.gz")]
    pub out: PathBuf,

    /// What the corpus is: recorded in the file
    #[arg(long, default_value = "unnamed corpus")]
    pub name: String,

    /// Leave out terms found in fewer articles
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub min_articles: u32,

    #[command(flatten)]
    pub model: ModelArgs,

    #[command(flatten)]
    pub vectors: CacheArgs,

    #[command(flatten)]
    pub memory: MemoryArgs,
}

#[derive(Debug, ClapArgs)]
pub struct Features {
    /// CSV, TSV or JSONL file, or `-` for stdin
    pub file: String,

    /// Column with the sentences
    #[arg(long, default_value = "text")]
    pub column: String,

    /// Column with a target named in each sentence: what the head of `tone` is fitted with
    #[arg(long, value_name = "COLUMN", conflicts_with = "articles")]
    pub target_column: Option<String>,

    /// FILE has articles: a row for each pair of articles that is compared when stories are found
    #[arg(long, conflicts_with = "column")]
    pub articles: bool,

    /// FILE has articles: a row for each pair of claims of different articles of one of these stories (a table with the
    /// columns article_id and story)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["column", "articles"])]
    pub stories: Option<String>,

    /// Other weights of the pair and story scores (JSON, see models/weights.json)
    #[arg(long, value_name = "FILE", conflicts_with = "column")]
    pub weights: Option<PathBuf>,

    #[command(flatten)]
    pub model: ModelArgs,

    #[command(flatten)]
    pub vectors: CacheArgs,
}

#[derive(Debug, ClapArgs)]
pub struct Cache {
    #[command(subcommand)]
    pub command: CacheCommand,
}

#[derive(Debug, Subcommand)]
pub enum CacheCommand {
    /// Lists what is stored, by model, engine and number format
    Stats(CacheFolder),
    /// Removes all vectors; other files in the folder stay
    Clear(CacheFolder),
}

#[derive(Debug, ClapArgs)]
pub struct CacheFolder {
    /// Folder of the cache [default: $PARALLAX_CACHE, or `parallax` in the user's cache folder]
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
#[command(
    group(ArgGroup::new("gold").required(true).multiple(true).args(["stories", "claims"])),
    after_help = "\
Examples:
  parallax validate reports/mine --stories gold.csv --out validation.csv
  parallax validate reports/mine --stories gold.csv --claims events.csv

What the figures mean is explained in docs/validation.md."
)]
pub struct Validate {
    /// Folder of a report, made by `parallax analyze`
    pub report: PathBuf,

    /// Table with the story of each article, columns id and story; an article that is not in it is of no gold story
    #[arg(long, value_name = "GOLD.csv")]
    pub stories: Option<String>,

    /// Table of sentences and the events (or facts) they state, columns id, event and sentence; of several events a
    /// sentence has several rows
    #[arg(long, value_name = "GOLD.csv")]
    pub claims: Option<String>,

    /// Write the list of wrong joins and splits to this file
    #[arg(short, long, value_name = "FILE.csv", requires = "stories")]
    pub out: Option<PathBuf>,

    /// Seed of the bootstrap intervals
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  parallax calibrate labelled.csv
  parallax calibrate coded.csv --label-column code --positive slanted --group-column article

A table on stdout, what follows from it on stderr. Both are explained in docs/validation.md.")]
pub struct Calibrate {
    /// CSV, TSV or JSONL file with a row per sentence, or `-` for stdin
    #[arg(value_name = "LABELLED.csv")]
    pub file: String,

    /// Column with the sentences [default: text, else sentence, claim, content]
    #[arg(long)]
    pub column: Option<String>,

    /// Column with your labels: 1 or 0, yes or no, biased or unbiased; a row with an empty cell is left out [default:
    /// label, else biased, bias, label_bias, class, gold]
    #[arg(long, value_name = "COLUMN")]
    pub label_column: Option<String>,

    /// The label that is to be predicted; every other one is its opposite
    #[arg(long, value_name = "VALUE")]
    pub positive: Option<String>,

    /// Column with the article or source of each sentence: sentences of one belong together, and the intervals allow
    /// for it
    #[arg(long, value_name = "COLUMN")]
    pub group_column: Option<String>,

    /// Column with a name that the sentence mentions: adds `tone`
    #[arg(long, value_name = "COLUMN")]
    pub target_column: Option<String>,

    #[command(flatten)]
    pub lexicons: LexiconArgs,

    /// Seed of the bootstrap intervals
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,

    #[command(flatten)]
    pub model: ModelArgs,

    #[command(flatten)]
    pub vectors: CacheArgs,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  parallax show --report reports/mine                  # the stories
  parallax show shxwdcb --report reports/mine          # one of them
  parallax show --fact fcbdhgk --report reports/mine   # a fact, with the reason for each mark
  parallax show shxwdcb --report reports/mine --source 'Daily Klaxon' --source Tinderbox
  parallax show shxwdcb --report reports/mine --color always | less -R

Marked are loaded words, those that attribute, and numbers and denials to be checked. Without colour
they stand in [ ], _ _ and { }; < > is the tone toward somebody, ~ ~ are scare quotes. The report's
report.html shows the same, and more, in a browser.")]
pub struct Show {
    /// The story_id of the report's stories.csv, or its beginning; none: the stories are listed
    #[arg(value_name = "STORY_ID")]
    pub story: Option<String>,

    /// Folder of a report, made by `parallax analyze`
    #[arg(short, long, value_name = "DIR")]
    pub report: PathBuf,

    /// Only this fact (fact_id of facts.csv, or its beginning), with the reason for every mark
    #[arg(long, value_name = "FACT_ID")]
    pub fact: Option<String>,

    /// Only this source. May be repeated
    #[arg(long, value_name = "NAME")]
    pub source: Vec<String>,

    /// When to colour; `auto`: on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", default_value_t = clap::ColorChoice::Auto)]
    pub color: clap::ColorChoice,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  parallax completions bash > ~/.local/share/bash-completion/completions/parallax
  parallax completions zsh > ~/.zfunc/_parallax              # a folder of $fpath
  parallax completions fish > ~/.config/fish/completions/parallax.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

// The score is to be the run's: so are model, engine and precision.
#[derive(Debug, ClapArgs)]
#[command(
    mut_arg("model", |arg| arg.help("Folder of the sentence-transformer [default: that of the run]")),
    mut_arg("engine", |arg| arg.help("What runs the model [default: that of the run]")),
    mut_arg("precision", |arg| {
        arg.default_value(None::<&str>).help("Number format of the matrix products [default: that of the run]")
    }),
    after_help = "\
Examples:
  parallax why chr-01 gaz-03 --report reports/mine

All pairs that are, or could have been, in one story are listed in the report's edges.csv."
)]
pub struct Why {
    /// An article_id of the report's articles.csv
    #[arg(value_name = "ARTICLE_A")]
    pub a: String,

    /// Another one
    #[arg(value_name = "ARTICLE_B")]
    pub b: String,

    /// Folder of a report, made by `parallax analyze`
    #[arg(short, long, value_name = "DIR")]
    pub report: PathBuf,

    #[command(flatten)]
    pub model: ModelArgs,

    #[command(flatten)]
    pub vectors: CacheArgs,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  parallax audit reports/mine --sample 100 --out audit.csv
  parallax audit reports/mine --judged audit.csv

Fill the column \"same\": 1 or yes if the two claims state the same thing, 0 or no if not.
The result is stored in the report's run.json. How to judge is explained in docs/validation.md.")]
pub struct Audit {
    /// Folder of a report, made by `parallax analyze`
    pub report: PathBuf,

    /// How many pairs to draw
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = at_least_twenty, conflicts_with = "judged")]
    pub sample: usize,

    /// Write the pairs to this file
    #[arg(short, long, value_name = "FILE.csv", required_unless_present = "judged", conflicts_with = "judged")]
    pub out: Option<PathBuf>,

    /// The file with the pairs, judged
    #[arg(long, value_name = "FILE.csv")]
    pub judged: Option<String>,

    /// Seed of the sample, or of the bootstrap intervals
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  parallax bench
  parallax bench articles.csv --limit 2000 --runs 9 --out bench.csv
  parallax bench sentences.csv --column text --engine portable --precision f32,int8 --threads 1

Columns are explained in docs/benchmarking.md.")]
pub struct Bench {
    /// Articles (CSV, TSV, JSONL), of which titles and claims are embedded, or with --column a table of texts; `-` for
    /// stdin [default: the sample articles]
    pub file: Option<String>,

    /// FILE is a table, and this column holds the texts
    #[arg(long, requires = "file")]
    pub column: Option<String>,

    /// Which column of the articles holds what, e.g. source=outlet,body=text
    #[arg(long, value_name = "FIELD=COLUMN,...", value_delimiter = ',', requires = "file", conflicts_with = "column")]
    pub columns: Vec<String>,

    /// Engines to compare [default: all that this build has]
    #[arg(long, value_enum, value_name = "ENGINE,...", value_delimiter = ',')]
    pub engine: Vec<EngineArg>,

    /// Number formats to compare [default: f32, and bf16 and int8 where the CPU has them]
    #[arg(long, value_enum, value_name = "PRECISION,...", value_delimiter = ',')]
    pub precision: Vec<PrecisionArg>,

    /// Numbers of worker threads to compare; 0: one per core [default: 1 and one per core]
    #[arg(long, value_name = "N,...", value_delimiter = ',')]
    pub threads: Vec<usize>,

    /// Timed runs of each configuration, after one that is not
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = at_least_one)]
    pub runs: usize,

    /// Only the first N different texts
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub limit: Option<usize>,

    /// Also write all figures to this file, as CSV or JSON by its ending
    #[arg(short, long, value_name = "FILE.csv|FILE.json")]
    pub out: Option<PathBuf>,

    /// Folder of the sentence-transformer [default: the one that `make setup` fetched]
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,

    /// `cpu`, or `cuda:0` for the first CUDA device (engine rust-bert, with a libtorch that has CUDA)
    #[arg(long, value_name = "DEVICE", default_value_t = Device::Cpu)]
    pub device: Device,
}

/// Fewer judgements give intervals that say nothing.
fn at_least_twenty(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&n| n >= 20).ok_or_else(|| "write a whole number, at least 20".into())
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&n| n > 0).ok_or_else(|| "write a whole number, at least 1".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_unit() {
        for (text, bytes) in
            [("1M", 1 << 20), ("4G", 4 << 30), ("1.5GiB", 3 << 29), ("2tb", 2 << 40), ("500 MB", 500 << 20)]
        {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
        for text in ["", "4", "G", "0G", "1000000", "12K", "-1G", "4GG", "4 G G", "1e3G", "9999999T", "NaNG", "1.2.3G"]
        {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
