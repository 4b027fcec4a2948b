//! `report.xlsx`: the tables as one workbook, for people who work in spreadsheets.
//!
//! A sheet per table, made of the same rows as the CSV files; numbers pass through the function that writes those, so they
//! are the same. First the overview: what to look at, how to read it. Of our own: the matrix of facts and sources, and the
//! meaning of every column.
//!
//! **Foreign words** are written as strings, never as formulas, without the `'` that guards CSV files; a text that would
//! become a formula when somebody edits its cell is marked as text. Only `http` and `https` addresses become links.
//!
//! **Limits of spreadsheets.** Rows beyond 1,048,576 continue on a further sheet, links beyond 65,530 of a sheet are left out,
//! and the overview says so. Rows pass through a temporary file: in memory are the distinct texts and the links.
//!
//! **[bytes]** The date of creation is a constant; nothing else depends on the run.

mod matrix;
mod overview;
mod sheet;
mod style;

use std::collections::HashMap;
use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::package::stem;
use super::{
    ArticleRow, AtomicFile, ClaimRow, FactRow, MAX_ROWS, Row, Rows, RunManifest, StoryRow, TableInfo, csv::part_name,
};
use crate::error::{Error, Result};
use style::Styles;

pub(crate) const WORKBOOK_FILE: &str = "report.xlsx";
/// What a sheet holds at most.
#[derive(Clone, Copy)]
struct Limits {
    /// Rows without the heading.
    rows: usize,
    /// Links, in Excel.
    links: usize,
}

const LIMITS: Limits = Limits { rows: MAX_ROWS - 1, links: 65_530 };

/// Writes the workbook of `rows` into `dir`. Of `run`, nothing is shown that differs between two runs of one job.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write_workbook(dir: &Path, rows: &Rows, run: &RunManifest) -> Result<()> {
    let path = dir.join(WORKBOOK_FILE);
    let mut file = AtomicFile::create(&path)?;
    let written = workbook(dir, rows, run, LIMITS).and_then(|mut book| book.save_to_writer(&mut file));
    written.map_err(|error| match error {
        XlsxError::IoError(source) => Error::io(&path, "write", source),
        other => Error::io(&path, "write", std::io::Error::other(other.to_string())),
    })?;
    file.commit()
}

/// Writes the workbook of the report in `dir` anew, from its tables: what `run` says has changed since.
///
/// # Errors
/// When a table cannot be read, or the workbook cannot be written.
pub(crate) fn renew_workbook(dir: &Path, run: &RunManifest) -> Result<()> {
    write_workbook(dir, &Rows::read(dir)?, run)
}

fn workbook(dir: &Path, rows: &Rows, run: &RunManifest, limits: Limits) -> Result<Workbook, XlsxError> {
    let mut book = Book {
        book: Workbook::new(),
        styles: Styles::new(),
        places: Places::new(rows, limits),
        limits,
        tables: Vec::new(),
        notes: Vec::new(),
    };
    let creation = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let program = format!("Parallax {}", run.version);
    let properties = DocProperties::new().set_title("Parallax report").set_author(program);
    book.book.set_properties(&properties.set_creation_datetime(&creation));
    // Unnamed files where the report is: the system's folder for such may be small.
    book.book.set_tempdir(dir)?;
    book.book.add_worksheet().set_name(overview::NAME)?;
    book.table(&rows.stories)?;
    book.table(&rows.facts)?;
    book.matrix(rows)?;
    book.table(&rows.claims)?;
    book.table(&rows.coverage)?;
    book.table(&rows.contrasts)?;
    book.table(&rows.sources)?;
    book.table(&rows.source_pairs)?;
    book.table(&rows.targets)?;
    book.table(&rows.terms)?;
    book.table(&rows.labels)?;
    book.table(&rows.emphasis)?;
    book.table(&rows.voices)?;
    if let Some(lexicons) = &rows.lexicons {
        book.table(lexicons)?;
    }
    book.table(&rows.articles)?;
    book.table(&rows.edges)?;
    book.table(&rows.evidence)?;
    book.table(&rows.rejected)?;
    book.columns()?;
    book.overview(rows, run)?;
    Ok(book.book)
}

/// A workbook that is being written.
struct Book<'a> {
    book: Workbook,
    styles: Styles,
    places: Places<'a>,
    limits: Limits,
    /// The tables that are in it, each with what a row is; `parts` are names of sheets.
    tables: Vec<(super::Table, TableInfo)>,
    /// What a reader must know of what is left out.
    notes: Vec<String>,
}

/// Where the rows are that others refer to.
struct Places<'a> {
    limits: Limits,
    /// By file and id.
    rows: HashMap<(&'static str, &'a str), usize>,
    /// The first fact of a story.
    facts: HashMap<&'a str, usize>,
    /// The first claim of a fact.
    claims: HashMap<&'a str, usize>,
}

impl<'a> Places<'a> {
    fn new(rows: &'a Rows, limits: Limits) -> Self {
        let mut places = Places { limits, rows: HashMap::new(), facts: HashMap::new(), claims: HashMap::new() };
        places.rows.extend(rows.stories.iter().enumerate().map(|(i, s)| ((StoryRow::FILE, s.story_id.as_str()), i)));
        places.rows.extend(rows.facts.iter().enumerate().map(|(i, f)| ((FactRow::FILE, f.fact_id.as_str()), i)));
        places.rows.extend(rows.claims.iter().enumerate().map(|(i, c)| ((ClaimRow::FILE, c.claim_id.as_str()), i)));
        places
            .rows
            .extend(rows.articles.iter().enumerate().map(|(i, a)| ((ArticleRow::FILE, a.article_id.as_str()), i)));
        for (i, fact) in rows.facts.iter().enumerate() {
            places.facts.entry(&fact.story_id).or_insert(i);
        }
        for (i, claim) in rows.claims.iter().enumerate().filter(|(_, c)| !c.fact_id.is_empty()) {
            places.claims.entry(&claim.fact_id).or_insert(i);
        }
        places
    }

    /// The address of the row with that name.
    fn of(&self, file: &'static str, id: &str) -> Option<String> {
        self.rows.get(&(file, id)).map(|&row| self.address(file, row))
    }

    /// A link to a row of a table, counted from 0.
    fn address(&self, file: &str, row: usize) -> String {
        let rows = self.limits.rows;
        format!("internal:'{}'!A{}", sheet_name(file, row / rows + 1), row % rows + 2)
    }
}

/// `claims`, `claims-2`, ...: sheets are called like the files.
fn sheet_name(file: &str, part: usize) -> String {
    stem(&part_name(file, part)).to_owned()
}

#[cfg(test)]
mod tests;
