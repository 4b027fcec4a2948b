//! Tables as CSV that any spreadsheet opens rightly and none executes.
//!
//! UTF-8 with BOM, RFC 4180 (records end with CRLF, a field is quoted where it must be), dates ISO 8601, numbers plain.
//!
//! **Formulas.** A text whose first visible character starts a formula gets a leading `'`. Passed over in looking for
//! it: white space, quotation marks, the BOM and other invisible characters. A formula is started by `=`, `+`, `-`,
//! `@`, and whatever Unicode holds compatible with them (full-width, small, superscript), by the minus sign U+2212,
//! and by a leading tab or line break. The same guard stands *inside* a text after a `;` (in comma files; after a `,`
//! in semicolon files, after both in other files): a spreadsheet set to the other separator splits the field there.
//! [`read_table`] takes all guards off again, exactly.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::{AtomicFile, Cell, Kind, ReadRow, Row};
use crate::error::{Error, Result};

/// Rows of a sheet in Excel and LibreOffice, heading included.
pub(crate) const MAX_ROWS: usize = 1_048_576;
/// Characters of a cell in Excel, counted in UTF-16 units.
pub(crate) const MAX_CELL: usize = 32_767;
/// What the fields of a spreadsheet's CSV may be separated by, depending on its language.
const SEPARATORS: [char; 2] = [',', ';'];
const GUARD: char = '\'';
const BOM: &str = "\u{FEFF}";

/// The dialect of the CSV files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvOptions {
    /// What separates fields.
    pub delimiter: u8,
    /// The decimal mark.
    pub decimal: char,
    /// Whether files begin with a byte order mark, by which Excel recognises UTF-8.
    pub bom: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        CsvOptions { delimiter: b',', decimal: '.', bom: true }
    }
}

impl CsvOptions {
    /// The options, if files in this dialect can be read again.
    pub(crate) fn checked(self) -> Result<Self> {
        if !matches!(self.delimiter, b',' | b';' | b'\t' | b'|') {
            return Err(Error::usage(
                format!("--delimiter: got {:?}", char::from(self.delimiter)),
                "use ',', ';', '|' or a tab",
            ));
        }
        if !matches!(self.decimal, '.' | ',') {
            return Err(Error::usage(format!("--decimal: got {:?}", self.decimal), "use '.' or ','"));
        }
        if u32::from(self.delimiter) == u32::from(self.decimal) {
            return Err(Error::usage(
                "--delimiter and --decimal are both ','",
                "continental spreadsheets expect --delimiter ';' --decimal ','",
            ));
        }
        Ok(self)
    }
}

/// A table that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableInfo {
    /// Name of the first file.
    pub file: String,
    /// Rows in all files, without headings.
    pub rows: usize,
    /// Names of all files, the first included.
    pub parts: Vec<String>,
}

impl TableInfo {
    /// What the user must know about a table of several files.
    pub(crate) fn warning(&self) -> Option<String> {
        let last = self.parts.last().filter(|_| self.parts.len() > 1)?;
        let (file, rows) = (&self.file, self.rows);
        Some(format!("{file}: {rows} rows are more than a spreadsheet holds; the table continues up to {last}"))
    }
}

/// Writes `rows` as the table of their type in `dir`, replacing a former one when complete.
pub fn write_table<R: Row>(dir: &Path, rows: impl IntoIterator<Item = R>, options: CsvOptions) -> Result<TableInfo> {
    let mut writer = TableWriter::create(dir, options)?;
    for row in rows {
        writer.push(&row)?;
    }
    writer.finish()
}

/// Writes `rows` to a file of any name, whatever their number.
pub(crate) fn write_rows<R: Row>(path: &Path, rows: impl IntoIterator<Item = R>, options: CsvOptions) -> Result<()> {
    let options = options.checked()?;
    let mut writer = open_file::<R>(path.to_owned(), options)?;
    let mut cell = String::new();
    for row in rows {
        write_row(&mut writer, &mut cell, &row, options)?;
    }
    close_part(writer)?.commit()
}

/// BLAKE3 hash of a table of ours in `dir`, over all its files: says whether it is still the same.
pub(crate) fn table_hash(dir: &Path, file: &str) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    for part in 1.. {
        let path = dir.join(part_name(file, part));
        match File::open(&path) {
            Ok(file) => drop(hasher.update_reader(file).map_err(|error| Error::io(&path, "read", error))?),
            Err(error) if part > 1 && error.kind() == std::io::ErrorKind::NotFound => break,
            Err(error) => return Err(Error::io(path, "read", error)),
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// Writes a table row by row; nothing is seen of it before [`TableWriter::finish`].
#[derive(Debug)]
pub(crate) struct TableWriter<R> {
    dir: PathBuf,
    options: CsvOptions,
    rows_per_file: usize,
    current: csv::Writer<AtomicFile>,
    in_current: usize,
    complete: Vec<AtomicFile>,
    rows: usize,
    cell: String,
    row: PhantomData<fn(R)>,
}

impl<R: Row> TableWriter<R> {
    /// Starts the table in `dir`.
    pub(crate) fn create(dir: &Path, options: CsvOptions) -> Result<Self> {
        Self::with_rows_per_file(dir, options, MAX_ROWS - 1)
    }

    fn with_rows_per_file(dir: &Path, options: CsvOptions, rows_per_file: usize) -> Result<Self> {
        let options = options.checked()?;
        Ok(TableWriter {
            dir: dir.to_owned(),
            options,
            rows_per_file,
            current: open_part::<R>(dir, 1, options)?,
            in_current: 0,
            complete: Vec::new(),
            rows: 0,
            cell: String::new(),
            row: PhantomData,
        })
    }

    /// Writes one row.
    pub(crate) fn push(&mut self, row: &R) -> Result<()> {
        if self.in_current == self.rows_per_file {
            let next = open_part::<R>(&self.dir, self.complete.len() + 2, self.options)?;
            self.complete.push(close_part(std::mem::replace(&mut self.current, next))?);
            self.in_current = 0;
        }
        write_row(&mut self.current, &mut self.cell, row, self.options)?;
        self.in_current += 1;
        self.rows += 1;
        Ok(())
    }

    /// Lets all files of the table appear, and removes further ones that an earlier, longer table left.
    pub(crate) fn finish(mut self) -> Result<TableInfo> {
        self.complete.push(close_part(self.current)?);
        let parts: Vec<String> = (1..=self.complete.len()).map(|part| part_name(R::FILE, part)).collect();
        for file in self.complete {
            file.commit()?;
        }
        for part in parts.len() + 1.. {
            let stale = self.dir.join(part_name(R::FILE, part));
            match std::fs::remove_file(&stale) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
                Err(error) => return Err(Error::io(stale, "remove", error)),
            }
        }
        Ok(TableInfo { file: R::FILE.to_owned(), rows: self.rows, parts })
    }
}

/// `claims.csv`, `claims-2.csv`, ...
pub(super) fn part_name(file: &str, part: usize) -> String {
    match file.rsplit_once('.') {
        Some((stem, extension)) if part > 1 => format!("{stem}-{part}.{extension}"),
        _ => file.to_owned(),
    }
}

fn open_part<R: Row>(dir: &Path, part: usize, options: CsvOptions) -> Result<csv::Writer<AtomicFile>> {
    open_file::<R>(dir.join(part_name(R::FILE, part)), options)
}

fn open_file<R: Row>(path: PathBuf, options: CsvOptions) -> Result<csv::Writer<AtomicFile>> {
    let mut file = AtomicFile::create(path)?;
    if options.bom {
        file.put(BOM.as_bytes())?;
    }
    let mut writer =
        csv::WriterBuilder::new().delimiter(options.delimiter).terminator(csv::Terminator::CRLF).from_writer(file);
    writer
        .write_record(R::columns().iter().map(|column| column.name))
        .map_err(|error| failed(writer.get_ref(), error))?;
    Ok(writer)
}

/// `buffer` holds one cell at a time.
fn write_row<R: Row>(
    writer: &mut csv::Writer<AtomicFile>,
    buffer: &mut String,
    row: &R,
    options: CsvOptions,
) -> Result<()> {
    for (column, cell) in R::columns().iter().zip(row.cells()) {
        buffer.clear();
        write_cell(buffer, column.kind, &cell, options);
        writer.write_field(&*buffer).map_err(|error| failed(writer.get_ref(), error))?;
    }
    writer.write_record(None::<&[u8]>).map_err(|error| failed(writer.get_ref(), error))
}

fn close_part(writer: csv::Writer<AtomicFile>) -> Result<AtomicFile> {
    let goal = writer.get_ref().goal().to_owned();
    writer.into_inner().map_err(|error| {
        let source = std::io::Error::new(error.error().kind(), error.error().to_string());
        Error::io(goal, "write", source)
    })
}

fn failed(file: &AtomicFile, error: csv::Error) -> Error {
    let source = match error.into_kind() {
        csv::ErrorKind::Io(source) => source,
        other => std::io::Error::other(format!("{other:?}")),
    };
    Error::io(file.goal(), "write", source)
}

/// Appends `cell` as it stands in the file, before quoting.
pub(super) fn write_cell(out: &mut String, kind: Kind, cell: &Cell<'_>, options: CsvOptions) {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => out.push_str(&guarded(text, char::from(options.delimiter))),
        // Writing to a String cannot fail.
        Cell::Date(date) => drop(write!(out, "{date}")),
        Cell::Integer(number) => drop(write!(out, "{number}")),
        Cell::Number(number) => write_number(out, *number, kind.decimals(), options.decimal),
    }
}

/// Appends a number: at most `decimals` decimals, no trailing zeros, no exponent, no sign on zero; nothing where it
/// is not finite.
pub(super) fn write_number(out: &mut String, number: f64, decimals: usize, mark: char) {
    if !number.is_finite() {
        return;
    }
    let text = format!("{number:.decimals$}");
    let text = if decimals > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    match text {
        "-0" => out.push('0'),
        _ if mark == '.' => out.push_str(text),
        _ => out.extend(text.chars().map(|digit| if digit == '.' { mark } else { digit })),
    }
}

/// The text as a cell holds it: on one line, without control characters, guarded, at most [`MAX_CELL`] long.
fn guarded(text: &str, delimiter: char) -> String {
    let clean = clean(text);
    let mut out = String::with_capacity(clean.len() + 1);
    if needs_guard(&clean) || begins_with_break(text) {
        out.push(GUARD);
    }
    let mut rest = clean.as_str();
    while let Some(at) = rest.find(|c| is_foreign_separator(c, delimiter)) {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        if starts_formula(after) {
            out.push(GUARD);
        }
        rest = after;
    }
    out.push_str(rest);
    cut(out)
}

/// Undoes [`guarded`], but for what was cleaned away or cut off.
fn unguarded(cell: &str, delimiter: char) -> String {
    let mut rest = cell.strip_prefix(GUARD).filter(|rest| starts_formula(rest) || begins_blank(rest)).unwrap_or(cell);
    let mut out = String::with_capacity(rest.len());
    while let Some(at) = rest.find(|c| is_foreign_separator(c, delimiter)) {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        rest = after.strip_prefix(GUARD).filter(|rest| starts_formula(rest)).unwrap_or(after);
    }
    out.push_str(rest);
    out
}

/// Line breaks and tabs become one space, what XML and spreadsheets cannot hold goes.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            _ if is_break(character) => out.push(' '),
            _ if character.is_control() || is_noncharacter(character) => {}
            _ => out.push(character),
        }
    }
    out
}

fn is_break(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\u{B}' | '\u{C}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_noncharacter(character: char) -> bool {
    let code = u32::from(character);
    code & 0xFFFE == 0xFFFE || (0xFDD0..=0xFDEF).contains(&code)
}

fn is_foreign_separator(character: char, delimiter: char) -> bool {
    character != delimiter && SEPARATORS.contains(&character)
}

/// Whether the clean text must be guarded: it would start a formula, or it looks like a guarded text and could not be
/// told from one when read back.
fn needs_guard(text: &str) -> bool {
    starts_formula(text) || text.strip_prefix(GUARD).is_some_and(begins_blank)
}

/// Whether a tab or line break stands before the first visible character.
fn begins_with_break(text: &str) -> bool {
    text.chars().take_while(|&c| is_passed_over(c) || c.is_control() || is_noncharacter(c)).any(is_break)
}

/// Whether white space stands before the first visible character: what [`begins_with_break`] leaves in a clean text.
fn begins_blank(text: &str) -> bool {
    text.chars().take_while(|&c| is_passed_over(c)).any(char::is_whitespace)
}

/// Whether the first visible character starts a formula.
pub(super) fn starts_formula(text: &str) -> bool {
    text.chars().find(|&c| !is_passed_over(c)).is_some_and(is_formula_start)
}

fn is_formula_start(character: char) -> bool {
    match character {
        '=' | '+' | '-' | '@' | '\u{2212}' => true,
        _ if character.is_ascii() => false,
        _ => character.nfkc().next().is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '\u{2212}')),
    }
}

/// White space, quotation marks, and characters that are not seen.
fn is_passed_over(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '"' | '\'' | '`' | '\u{B4}' | '\u{AB}' | '\u{BB}' | '\u{2018}'..='\u{201F}' | '\u{2039}' | '\u{203A}'
            | '\u{2032}' | '\u{2033}' | '\u{2035}' | '\u{300C}'..='\u{300F}' | '\u{301D}'..='\u{301F}'
            | '\u{FF02}' | '\u{FF07}' | '\u{FF40}'
            // default-ignorable and blank characters
            | '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFC}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// At most [`MAX_CELL`] UTF-16 units, the last one `…` where something was cut off.
pub(super) fn cut(mut text: String) -> String {
    if text.len() <= MAX_CELL {
        return text;
    }
    let (mut units, mut end) = (0, 0);
    for (at, character) in text.char_indices() {
        units += character.len_utf16();
        if units < MAX_CELL {
            end = at + character.len_utf8();
        }
        if units > MAX_CELL {
            text.truncate(end);
            text.push('…');
            return text;
        }
    }
    text
}

/// Reads a table of ours back from `dir`, all its files, whatever its dialect: BOM, delimiter and decimal mark are
/// recognised, guards are taken off, unknown further columns are passed over.
pub fn read_table<R: ReadRow>(dir: &Path) -> Result<Vec<R>> {
    let mut rows = Vec::new();
    for part in 1.. {
        let path = dir.join(part_name(R::FILE, part));
        match File::open(&path) {
            Ok(file) => read_part(&path, file, &mut rows)?,
            Err(error) if part > 1 && error.kind() == std::io::ErrorKind::NotFound => break,
            Err(error) => return Err(Error::io(path, "read", error)),
        }
    }
    Ok(rows)
}

fn read_part<R: ReadRow>(path: &Path, file: File, rows: &mut Vec<R>) -> Result<()> {
    let mut file = BufReader::new(file);
    let start = file.fill_buf().map_err(|error| Error::io(path, "read", error))?;
    let bom = start.starts_with(BOM.as_bytes());
    let delimiter = delimiter_of(&start[if bom { BOM.len() } else { 0 }..]);
    if bom {
        file.consume(BOM.len());
    }
    let unreadable = |what: String| Error::input(path, what, "give the folder of a report that parallax wrote");
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(file);
    let heading = reader.headers().map_err(|error| unreadable(error.to_string()))?.clone();
    let places: Vec<usize> = R::columns()
        .iter()
        .map(|column| {
            let place = heading.iter().position(|name| name == column.name);
            place.ok_or_else(|| {
                let hint = "give the folder of a report; run `parallax analyze` again if an earlier version wrote it";
                Error::input(path, format!("there is no column '{}'", column.name), hint)
            })
        })
        .collect::<Result<_>>()?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| unreadable(error.to_string()))? {
        let cells: Vec<String> = R::columns()
            .iter()
            .zip(&places)
            .map(|(column, &place)| match record.get(place).unwrap_or_default() {
                text if column.kind.is_textual() => unguarded(text, char::from(delimiter)),
                other => other.to_owned(),
            })
            .collect();
        let row = R::from_cells(&cells).map_err(|(column, why)| {
            let line = record.position().map_or(0, csv::Position::line);
            unreadable(format!("line {line}, column {column}: {why}"))
        })?;
        rows.push(row);
    }
    Ok(())
}

/// The character after the first column's name, which is plain letters in all our tables.
fn delimiter_of(heading: &[u8]) -> u8 {
    let end = |byte: &&u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'"'));
    heading.iter().find(end).copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(b',')
}

#[cfg(test)]
mod tests;
