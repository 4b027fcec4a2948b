//! Articles: readers (CSV, JSON lines, folders of text files), normalising, duplicates, wire copies.
//!
//! [`read`] turns files into a [`Corpus`]: every record is an article, a counted duplicate, or in
//! [`Corpus::rejected`] with file, record, line, field and reason. The result does not depend on the order of inputs
//! or rows. [`read_table`] is the plain reader for files of sentences.

mod boilerplate;
mod columns;
pub mod date;
mod decode;
mod delimited;
mod html;
mod input;
mod json;
mod language;
mod mojibake;
mod normalise;
mod read;
mod table;
#[cfg(test)]
pub(crate) mod testing;
mod text_file;
pub mod wire;

pub use boilerplate::is_boilerplate;
pub use columns::Field;
pub use normalise::{normalise_id, normalise_text, prose_lines, registrable_domain};
pub use read::{read, size};
pub use table::{Table, TableFile, TableRows, read_table};

use crate::text::Span;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// One article as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// The user's id, verbatim; without one "a" and twelve letters made of the content.
    pub id: String,
    /// The outlet.
    pub source: String,
    /// Publication date, if it could be read.
    pub date: Option<Date>,
    /// The headline, "" if there is none.
    pub title: String,
    /// The address, "" if there is none.
    pub url: String,
    /// ISO 639-1, "" if unknown.
    pub language: String,
    /// The stored text: NFC, no HTML, line breaks `\n`. All spans point into it.
    pub body: String,
    /// The lines of the body that are prose.
    pub kept: Vec<Span>,
    /// Only the title is analysed: `body` is the title.
    pub headline_only: bool,
}

/// A number for the source of each article: the same source, the same number.
pub fn outlets(articles: &[Article]) -> Vec<u32> {
    let mut numbers = BTreeMap::<&str, u32>::new();
    let mut outlets = Vec::with_capacity(articles.len());
    for article in articles {
        let next = numbers.len() as u32;
        outlets.push(*numbers.entry(&article.source).or_insert(next));
    }
    outlets
}

/// A record that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rejected {
    /// The input file as named, "stdin" for standard input.
    pub file: String,
    /// 1-based number of the data record (the header does not count); 0: the file as a whole.
    pub record: u64,
    /// 1-based line on which the record begins, where lines mean something.
    pub line: Option<u64>,
    /// The field at fault, "" for the record as a whole.
    pub field: String,
    /// What is wrong.
    pub reason: String,
}

/// A file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFile {
    /// As messages and `rejected.csv` name it.
    pub label: String,
    /// Bytes on disk; 0 for standard input.
    pub bytes: u64,
    /// BLAKE3 hash of them in hexadecimal; empty for standard input.
    pub blake3: String,
    /// Records found, rejected ones included.
    pub records: u64,
}

/// Everything that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corpus {
    /// Sorted by id.
    pub articles: Vec<Article>,
    /// Sorted by file and record.
    pub rejected: Vec<Rejected>,
    /// What the user should know, one sentence each, sorted.
    pub warnings: Vec<String>,
    /// Records left out because an article of the same id and content is there.
    pub duplicates: usize,
    /// Articles left out by `since` and `until`.
    pub filtered: usize,
    /// The files, in the order in which they were read.
    pub files: Vec<SourceFile>,
}

/// What to do with several contents under one id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum OnDuplicate {
    /// The earliest date stays, the others are rejected.
    #[default]
    First,
    /// The latest date stays, the others are rejected.
    Newest,
    /// All stay; the later ones get `-2`, `-3` behind their id.
    Keep,
}

/// What to do with articles that are not in English.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LanguagePolicy {
    /// They stay, with a warning.
    #[default]
    #[value(name = "flag")]
    English,
    /// They are rejected.
    #[value(name = "english")]
    Only,
}

/// What to read and how.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Paths, globs, folders, `-` for standard input.
    pub inputs: Vec<String>,
    /// Columns named by the user; the others are found by their usual names.
    pub columns: Vec<(Field, String)>,
    /// Analyse titles alone.
    pub headlines: bool,
    /// Several contents under one id.
    pub on_duplicate: OnDuplicate,
    /// Articles that are not in English.
    pub language: LanguagePolicy,
    /// Leave out articles dated before.
    pub since: Option<Date>,
    /// Leave out articles dated after.
    pub until: Option<Date>,
    /// The delimiter; found by itself if not given.
    pub delimiter: Option<u8>,
    /// The largest file, after unpacking, that is read.
    pub max_bytes: u64,
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions {
            inputs: Vec::new(),
            columns: Vec::new(),
            headlines: false,
            on_duplicate: OnDuplicate::default(),
            language: LanguagePolicy::default(),
            since: None,
            until: None,
            delimiter: None,
            max_bytes: 4 << 30,
        }
    }
}
