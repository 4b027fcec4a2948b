//! Which articles are read, and how.

use clap::Args;
use jiff::civil::Date;

use crate::cli::output::counted;
use crate::cli::progress::Progress;
use crate::corpus::{self, Corpus, Field, LanguagePolicy, OnDuplicate, ReadOptions, Rejected};
use crate::pipeline::Observer;
use crate::{Error, Result};

/// Which articles are read, and how.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct InputArgs {
    /// CSV, TSV or JSONL files (also .gz, .zst), folders of text files, globs, or `-` for stdin
    #[arg(required = true, value_name = "INPUT", help_heading = None::<&str>)]
    pub inputs: Vec<String>,

    /// Which column holds what, e.g. source=outlet,body=text (fields: id, source, title, body, date, url)
    #[arg(long, value_name = "FIELD=COLUMN,...", value_delimiter = ',')]
    pub columns: Vec<String>,

    /// Analyse titles alone, for inputs without texts
    #[arg(long)]
    pub headlines: bool,

    /// Which record stays when an id comes twice with different content
    #[arg(long, value_enum, default_value_t)]
    pub on_duplicate: OnDuplicate,

    /// What happens to texts in other languages than English, for which the measures are made
    #[arg(long, value_enum, default_value_t)]
    pub language: LanguagePolicy,

    /// Leave out articles before this day (YYYY-MM-DD); undated ones stay
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub since: Option<Date>,

    /// Leave out articles after this day (YYYY-MM-DD); undated ones stay
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub until: Option<Date>,
}

impl InputArgs {
    /// The same for the reader, checked.
    pub(crate) fn options(&self) -> Result<ReadOptions> {
        let columns = columns(&self.columns)?;
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since > until
        {
            return Err(Error::usage(format!("--since {since} is after --until {until}"), "no article can be left"));
        }
        Ok(ReadOptions {
            inputs: self.inputs.clone(),
            columns,
            headlines: self.headlines,
            on_duplicate: self.on_duplicate,
            language: self.language,
            since: self.since,
            until: self.until,
            ..ReadOptions::default()
        })
    }
}

/// Reads a day, which is written in one way only.
fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "write the day as YYYY-MM-DD, e.g. 2026-03-05".into())
}

/// Reads what `--columns` says.
pub(crate) fn columns(pairs: &[String]) -> Result<Vec<(Field, String)>> {
    let column = |pair: &String| {
        let bad = |what: &str| {
            Error::usage(format!("--columns {pair}: {what}"), "write e.g. --columns source=outlet,body=text")
        };
        let (field, column) = pair.split_once('=').ok_or_else(|| bad("expected FIELD=COLUMN"))?;
        let field: Field = Field::ALL
            .into_iter()
            .find(|f| f.name() == field.trim())
            .ok_or_else(|| bad("the fields are id, source, title, body, date, url"))?;
        Ok((field, column.trim().to_owned()))
    };
    pairs.iter().map(column).collect()
}

/// Reads the articles, of `bytes` in all. Having none is an error.
pub(crate) fn read(options: &ReadOptions, bytes: u64, progress: &Progress) -> Result<Corpus> {
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

fn place(r: &Rejected) -> String {
    let line = r.line.map(|l| format!(", line {l}")).unwrap_or_default();
    let field = if r.field.is_empty() { String::new() } else { format!(", field {}", r.field) };
    if r.record == 0 { "the whole file".into() } else { format!("record {}{line}{field}", r.record) }
}
