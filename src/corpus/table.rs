//! Plain tables of sentences: every row, in order, cells untouched.

use super::columns;
use super::decode::{Content, decode};
use super::delimited::{Row, Rows};
use super::input::{self, InputFile, Layout};
use super::{ReadOptions, json};
use crate::{Error, Result};
use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::OnceLock;

/// A table in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The names of the columns that were asked for, all if none was.
    pub columns: Vec<String>,
    /// The rows in the order of the file, one cell for each of `columns`.
    pub rows: Vec<Vec<String>>,
}

/// Reads a CSV, TSV or JSONL file, or the lines of a text file; `-` is standard input. `.gz` and `.zst` are unpacked.
///
/// # Errors
/// A missing file or column (the error names those that exist), or a row that cannot be read.
pub fn read_table(path: &str, columns: &[&str]) -> Result<Table> {
    let file = TableFile::open(path)?;
    let rows = file.rows(columns)?;
    Ok(Table { columns: rows.columns().to_vec(), rows: rows.collect::<Result<_>>()? })
}

/// A file of rows, unpacked and decoded.
#[derive(Debug)]
pub struct TableFile {
    label: String,
    layout: Layout,
    text: String,
    warnings: Vec<String>,
    columns: OnceLock<Vec<String>>,
}

impl TableFile {
    /// Opens a file; `-` is standard input.
    ///
    /// # Errors
    /// A file that is missing, empty, binary or damaged.
    pub fn open(path: &str) -> Result<Self> {
        let max_bytes = ReadOptions::default().max_bytes;
        let mut inputs = input::resolve(&[path.to_owned()], max_bytes)?.files;
        let file: InputFile = match (inputs.pop(), inputs.is_empty()) {
            (Some(file), true) => file,
            _ => return Err(Error::input(path, "not one file", "name a single CSV, TSV, JSONL or text file, or -")),
        };
        let unusable = |reason: String| {
            Error::input(&file.label, reason, "give an undamaged UTF-8 file: CSV, TSV, JSONL or text lines")
        };
        let Content { text, notes, damage } = decode(file.bytes(max_bytes)?, max_bytes).map_err(unusable)?;
        if let Some(damage) = damage {
            return Err(unusable(damage));
        }
        if text.is_empty() {
            return Err(Error::input(
                &file.label,
                "the file is empty",
                "give a file with a header and at least one row",
            ));
        }
        let layout = match file.layout() {
            Layout::Unknown if json::is_json(&text) => Layout::Json,
            Layout::Unknown => Layout::Comma,
            layout => layout,
        };
        let warnings = notes.iter().map(|note| format!("{note} ({})", file.label)).collect();
        Ok(TableFile { label: file.label, layout, text, warnings, columns: OnceLock::new() })
    }

    /// The file as messages name it.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The column that has the first of some usual names, as the file spells it; case and `_-. ` do not matter.
    ///
    /// # Errors
    /// There is none; the error says `what` is missing and gives the `remedy`.
    pub fn column_of(&self, names: &[&str], what: &str, remedy: &str) -> Result<String> {
        let found = self.columns();
        match names.iter().find_map(|name| columns::position(found, name)) {
            Some(position) => Ok(found[position].clone()),
            None => {
                let reason = format!("no {what} column (columns found: {})", columns::listed(found));
                Err(Error::input(&self.label, reason, remedy))
            }
        }
    }

    /// The columns that there are; in JSON those of the first good row.
    fn columns(&self) -> &[String] {
        self.columns.get_or_init(|| match self.layout {
            Layout::Text => vec!["text".into()],
            Layout::Json => {
                let mut columns = Vec::new();
                json::read(&self.text, |row, _| match row {
                    json::Row::Good { value, .. } => {
                        columns = json::columns(&value);
                        ControlFlow::Break(())
                    }
                    json::Row::Bad { .. } => ControlFlow::Continue(()),
                });
                columns
            }
            Layout::Comma | Layout::Tab | Layout::Unknown => self.delimited(|_| false).header,
        })
    }

    fn delimited<'f>(&'f self, is_wanted: impl Fn(&str) -> bool) -> Rows<'f, 'f> {
        let preferred = if self.layout == Layout::Tab { b'\t' } else { b',' };
        Rows::new(&self.text, None, preferred, is_wanted)
    }

    /// What the user should know ("read as windows-1252").
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The rows, with a column for each list of names: the first of them that there is.
    ///
    /// # Errors
    /// A list of which there is none; the error says the first name, and the columns found.
    pub fn rows_by(&self, names: &[&[&str]]) -> Result<TableRows<'_>> {
        let missing = |names: &[&str], found: &[String]| {
            Error::input(
                &self.label,
                format!("no column \"{}\"", names.first().copied().unwrap_or_default()),
                format!("the columns found are: {}", columns::listed(found)),
            )
        };
        match self.layout {
            Layout::Text => {
                // One column, by whatever name.
                if let [_, second, ..] = names {
                    return Err(missing(second, &["text".into()]));
                }
                let columns =
                    vec![names.first().and_then(|names| names.first()).map_or("text", |name| *name).to_owned()];
                Ok(TableRows { label: &self.label, columns, inner: Inner::Lines(self.text.lines()) })
            }
            Layout::Json => {
                let found = |value: &serde_json::Value| -> Result<Vec<String>> {
                    if names.is_empty() {
                        return Ok(json::columns(value));
                    }
                    let keys = json::keys(value);
                    let find = |name: &&str| match json::at_path(value, name) {
                        Some(_) => Some((*name).to_owned()),
                        None => columns::position(&keys, name).map(|at| keys[at].clone()),
                    };
                    let column = |names: &&[&str]| names.iter().find_map(find).ok_or_else(|| missing(names, &keys));
                    names.iter().map(column).collect()
                };
                // Columns are those of the first good row. Of each row only their cells are kept.
                let (mut rows, mut columns) = (Vec::new(), None);
                json::read(&self.text, |row, _| {
                    match row {
                        json::Row::Good { value, .. } => match columns.get_or_insert_with(|| found(&value)) {
                            Ok(columns) => {
                                let cell = |name: &String| json::at_path(&value, name).map(json::as_text);
                                rows.push(Ok(columns.iter().map(|name| cell(name).unwrap_or_default()).collect()));
                            }
                            Err(_) => return ControlFlow::Break(()),
                        },
                        json::Row::Bad { record, line, reason } => rows.push(Err(BadRow { record, line, reason })),
                    }
                    ControlFlow::Continue(())
                });
                let columns = match columns {
                    Some(columns) => columns?,
                    None => names.iter().filter_map(|names| names.first()).map(|name| (*name).to_owned()).collect(),
                };
                Ok(TableRows { label: &self.label, columns, inner: Inner::Json(rows.into_iter()) })
            }
            Layout::Comma | Layout::Tab | Layout::Unknown => {
                let is_wanted = |cell: &str| {
                    names.iter().copied().flatten().any(|name| columns::simple(name) == columns::simple(cell))
                };
                let rows = self.delimited(is_wanted);
                let found = &rows.header;
                let column = |names: &&[&str]| {
                    names.iter().find_map(|name| columns::position(found, name)).ok_or_else(|| missing(names, found))
                };
                let picked: Vec<usize> = match names {
                    [] => (0..found.len()).collect(),
                    names => names.iter().map(column).collect::<Result<_>>()?,
                };
                Ok(TableRows {
                    label: &self.label,
                    columns: picked.iter().map(|&index| found[index].clone()).collect(),
                    inner: Inner::Cells(Box::new(rows), picked),
                })
            }
        }
    }

    /// The rows, with the named columns in the given order; with none named, all columns.
    ///
    /// # Errors
    /// A column that does not exist; the error names those that do.
    pub fn rows(&self, wanted: &[&str]) -> Result<TableRows<'_>> {
        let names: Vec<&[&str]> = wanted.chunks(1).collect();
        self.rows_by(&names)
    }
}

/// The rows of a [`TableFile`], in order.
pub struct TableRows<'f> {
    label: &'f str,
    columns: Vec<String>,
    inner: Inner<'f>,
}

/// A row that cannot be read.
struct BadRow {
    record: u64,
    line: Option<u64>,
    reason: String,
}

enum Inner<'f> {
    Lines(std::str::Lines<'f>),
    Json(std::vec::IntoIter<std::result::Result<Vec<String>, BadRow>>),
    Cells(Box<Rows<'f, 'f>>, Vec<usize>),
}

impl TableRows<'_> {
    /// The names of the columns, as the file spells them.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    fn bad(&self, line: Option<u64>, record: u64, reason: &str) -> Error {
        let place = line.map_or_else(|| format!("record {record}"), |line| format!("line {line}"));
        Error::input(self.label, format!("{place}: {reason}"), "mend or remove this row; every row is needed, in order")
    }
}

impl Iterator for TableRows<'_> {
    type Item = Result<Vec<String>>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(match &mut self.inner {
            Inner::Lines(lines) => Ok(vec![lines.next()?.to_owned()]),
            Inner::Json(rows) => match rows.next()? {
                Ok(cells) => Ok(cells),
                Err(BadRow { record, line, reason }) => Err(self.bad(line, record, &reason)),
            },
            Inner::Cells(rows, picked) => match rows.next()? {
                Row::Good { cells, .. } => {
                    Ok(picked.iter().map(|index| cells[*index].clone()).map(Cow::into_owned).collect())
                }
                Row::Bad { record, line, reason, .. } => Err(self.bad(Some(line), record, &reason)),
            },
        })
    }
}
