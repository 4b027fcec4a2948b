//! One table as a sheet, or as several when it is long.

use std::collections::BTreeMap;

use rust_xlsxwriter::{
    ConditionalFormat3ColorScale, ConditionalFormatFormula, ConditionalFormatType, ExcelDateTime, Format, IgnoreError,
    Note, Url, Worksheet, XlsxError,
};
use textwrap::core::display_width;

use super::{Book, Places, sheet_name, style};
use crate::framing::contrasts::Status;
use crate::report::csv::{clean, cut, starts_formula, write_number};
use crate::report::package::reference;
use crate::report::page::words;
use crate::report::{
    ArticleRow, Cell, ClaimRow, Column, CsvOptions, FactRow, Kind, Row, StoryRow, StoryStatus, Table, TableInfo,
};

/// Characters of the widest column of running text; longer text goes on in the next line of the cell.
const TEXT_WIDTH: usize = 60;
/// Of names, ids and addresses.
const NAME_WIDTH: usize = 36;
/// Height of a line in points, and of the highest row.
const LINE: f64 = 15.0;
const HIGHEST: f64 = 405.0;
/// Characters on a printed page, in landscape.
const PAGE: usize = 190;
/// States in which a row says too little to conclude anything from.
const INSUFFICIENT: [&str; 3] =
    [Status::Insufficient.name(), StoryStatus::OneSource.name(), StoryStatus::FewFacts.name()];

/// Where a cell leads.
#[derive(Clone, Copy)]
enum Target {
    Nowhere,
    Web,
    Row(&'static str),
    FirstFact,
    FirstClaim,
}

impl Target {
    fn of(table: &Table, column: &Column) -> Self {
        match (table.file, column.name) {
            (ArticleRow::FILE, "url") => Target::Web,
            (StoryRow::FILE, "story_id") => Target::FirstFact,
            (FactRow::FILE, "fact_id") => Target::FirstClaim,
            _ => reference(table, column).map_or(Target::Nowhere, |(target, _)| Target::Row(target.file)),
        }
    }

    fn link(self, places: &Places<'_>, text: &str) -> Option<String> {
        match self {
            Target::Nowhere => None,
            Target::Web => words::web_address(text).map(str::to_owned),
            Target::Row(file) => places.of(file, text),
            Target::FirstFact => places.facts.get(text).map(|&row| places.address(FactRow::FILE, row)),
            Target::FirstClaim => places.claims.get(text).map(|&row| places.address(ClaimRow::FILE, row)),
        }
    }
}

impl Book<'_> {
    /// Writes a table.
    pub(crate) fn table<R: Row>(&mut self, rows: &[R]) -> Result<(), XlsxError> {
        let table = R::table();
        let mut parts = Vec::new();
        let mut first = 0;
        loop {
            let part = &rows[first..rows.len().min(first + self.limits.rows)];
            let name = sheet_name(table.file, parts.len() + 1);
            self.part(&name, &table, part)?;
            parts.push(name);
            first += part.len();
            if first == rows.len() {
                break;
            }
        }
        self.tables.push((table, TableInfo { file: table.file.into(), rows: rows.len(), parts }));
        Ok(())
    }

    fn part<R: Row>(&mut self, name: &str, table: &Table, rows: &[R]) -> Result<(), XlsxError> {
        let columns = table.columns;
        let targets: Vec<Target> = columns.iter().map(|column| Target::of(table, column)).collect();
        let mut widths = Widths::new(columns.iter().map(|c| c.name));
        let mut links = 0;
        let mut unlinked = None;
        let sheet = self.book.add_worksheet_with_low_memory()?;
        sheet.set_name(name)?;
        for (at, column) in (0..).zip(columns) {
            sheet.write_string_with_format(0, at, column.name, &self.styles.heading)?;
            sheet.insert_note(0, at, &note(column))?;
        }
        for (i, row) in (0..).zip(rows) {
            let mut lines = 1;
            for ((at, cell), (column, target)) in (0..).zip(row.cells()).zip(columns.iter().zip(&targets)) {
                let width = match cell {
                    Cell::Empty => continue,
                    Cell::Text(text) => {
                        let text = cut(clean(&text));
                        let link = target.link(&self.places, &text).filter(|_| {
                            let fits = links < self.limits.links;
                            if !fits {
                                unlinked.get_or_insert(i);
                            }
                            fits
                        });
                        let is_prose = column.kind == Kind::Text && column.name != "url";
                        let texts = if is_prose { &self.styles.wrapped } else { &self.styles.text };
                        links += usize::from(link.is_some());
                        let form = texts.form(link.is_some(), starts_formula(&text));
                        write_text(sheet, i + 1, at, &text, link, form)?;
                        if is_prose {
                            lines = lines.max(lines_of(&text, TEXT_WIDTH));
                            display_width(&text).min(TEXT_WIDTH)
                        } else {
                            display_width(&text).min(NAME_WIDTH)
                        }
                    }
                    Cell::Date(date) => {
                        // Spreadsheets know no day before 1900.
                        let day = u16::try_from(date.year()).ok().filter(|year| *year >= 1900);
                        match day.map(|year| ExcelDateTime::from_ymd(year, date.month() as u8, date.day() as u8)) {
                            Some(day) => sheet.write_datetime_with_format(i + 1, at, day?, &self.styles.date)?,
                            None => sheet.write_string_with_format(i + 1, at, date.to_string(), &self.styles.date)?,
                        };
                        10
                    }
                    Cell::Integer(number) => {
                        sheet.write_number_with_format(i + 1, at, number as f64, self.styles.of(column.kind))?;
                        7
                    }
                    Cell::Number(number) => {
                        let Some(number) = written(number, column.kind) else { continue };
                        sheet.write_number_with_format(i + 1, at, number, self.styles.of(column.kind))?;
                        8
                    }
                };
                widths.fit(at, width);
            }
            set_height(sheet, i + 1, lines)?;
        }
        let last = rows.len() as u32;
        finish(sheet, &widths, last, 0)?;
        if last > 0 {
            colours(sheet, columns, rows)?;
        }
        if let Some(row) = unlinked {
            let row = words::grouped(row as usize + 1);
            self.notes.push(format!(
                "Sheet {name}: links end in row {row}, a sheet has no more than {}.",
                words::grouped(self.limits.links)
            ));
        }
        Ok(())
    }

    /// The meaning of every column of every table.
    pub(crate) fn columns(&mut self) -> Result<(), XlsxError> {
        const MEANING_WIDTH: usize = 90;
        const HEADINGS: [&str; 6] = ["sheet", "column", "type", "unit", "meaning", "values"];
        let sheet = self.book.add_worksheet();
        sheet.set_name("columns")?;
        for (at, heading) in (0..).zip(HEADINGS) {
            sheet.write_string_with_format(0, at, heading, &self.styles.heading)?;
        }
        let mut widths = Widths::new(HEADINGS);
        let mut row = 0;
        for (table, info) in &self.tables {
            for (place, column) in (0u16..).zip(table.columns) {
                row += 1;
                let name = &info.parts[0];
                let link = format!("internal:'{name}'!{}1", rust_xlsxwriter::utility::column_number_to_name(place));
                let (meaning, values) = (unmarked(column.description), column.values.join(", "));
                let cells = [name.as_str(), column.name, column.kind.name(), column.unit, &meaning, &values];
                set_height(sheet, row, lines_of(&meaning, MEANING_WIDTH).max(lines_of(&values, NAME_WIDTH)))?;
                for (at, text) in (0..).zip(cells) {
                    let link = (at == 1).then(|| link.clone());
                    let form = self.styles.wrapped.form(link.is_some(), starts_formula(text));
                    write_text(sheet, row, at, text, link, form)?;
                    widths.fit(at, display_width(text).min(if at == 4 { MEANING_WIDTH } else { NAME_WIDTH }));
                }
            }
        }
        finish(sheet, &widths, row, 0)
    }
}

/// The number as the CSV files have it.
fn written(number: f64, kind: Kind) -> Option<f64> {
    let mut text = String::new();
    write_number(&mut text, number, kind.decimals(), CsvOptions::default().decimal);
    text.parse().ok()
}

/// Writes a text, as a link where one is given and the address can be one.
pub(super) fn write_text(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
    link: Option<String>,
    form: &Format,
) -> Result<(), XlsxError> {
    if text.is_empty() {
        return Ok(());
    }
    let url = link.map(|link| Url::new(link).set_text(text));
    match url.map(|url| sheet.write_url_with_format(row, column, url, form).map(drop)) {
        Some(Ok(())) => {}
        // An address too long or too strange for a spreadsheet is shown, and does not lead anywhere.
        Some(Err(XlsxError::MaxUrlLengthExceeded | XlsxError::UnknownUrlType(_) | XlsxError::ParameterError(_)))
        | None => {
            sheet.write_string_with_format(row, column, text, form)?;
        }
        Some(Err(error)) => return Err(error),
    }
    Ok(())
}

/// A description without the marks of Markdown.
pub(super) fn unmarked(text: &str) -> String {
    text.replace('`', "")
}

/// How many lines a text takes in a column of `width` characters.
pub(super) fn lines_of(text: &str, width: usize) -> usize {
    if text.len() <= width { 1 } else { textwrap::wrap(text, width).len() }
}

/// Makes room for the lines of a row: Excel would by itself, LibreOffice does not.
pub(super) fn set_height(sheet: &mut Worksheet, row: u32, lines: usize) -> Result<(), XlsxError> {
    if lines > 1 {
        sheet.set_row_height(row, (LINE * lines as f64).min(HIGHEST))?;
    }
    Ok(())
}

/// Widths of columns, in characters.
pub(super) struct Widths(Vec<usize>);

impl Widths {
    /// The filter's button stands beside the heading.
    pub(crate) fn new<'h>(headings: impl IntoIterator<Item = &'h str>) -> Self {
        Widths(headings.into_iter().map(|heading| display_width(heading) + 4).collect())
    }

    pub(crate) fn fit(&mut self, column: u16, width: usize) {
        let wide = &mut self.0[usize::from(column)];
        *wide = (*wide).max(width + 2);
    }
}

/// Widths, heading that stays, filters, and how it is printed. `last`: the last row; `names`: columns that stay as well.
pub(super) fn finish(sheet: &mut Worksheet, widths: &Widths, last: u32, names: u16) -> Result<(), XlsxError> {
    for (at, &width) in (0..).zip(&widths.0) {
        sheet.set_column_width(at, width as f64)?;
    }
    let columns = widths.0.len() as u16 - 1;
    sheet.set_freeze_panes(1, names)?;
    sheet.autofilter(0, 0, last, columns)?;
    // Ids of the user's such as 007 are texts, and meant so.
    sheet.ignore_error_range(0, 0, last, columns, IgnoreError::NumberStoredAsText)?;
    let pages = widths.0.iter().sum::<usize>().div_ceil(PAGE) as u16;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(pages, 0).set_repeat_rows(0, 0)?;
    sheet.set_footer("&L&A&RPage &P of &N");
    Ok(())
}

/// Unit and meaning, shown when the heading is pointed at.
fn note(column: &Column) -> Note {
    let unit = if column.unit.is_empty() { String::new() } else { format!("Unit: {}\n", column.unit) };
    let text = format!("{unit}{}", unmarked(column.description));
    let lines = text.lines().map(|line| line.len() / 50 + 1).sum::<usize>() as u32;
    Note::new(text).add_author_prefix(false).set_width(340).set_height(18 * lines + 14)
}

/// Greys rows from which nothing may be concluded, and colours differences around 0.
fn colours<R: Row>(sheet: &mut Worksheet, columns: &[Column], rows: &[R]) -> Result<(), XlsxError> {
    let last = (rows.len() as u32, columns.len() as u16 - 1);
    let place = |name: &str| columns.iter().position(|column| column.name == name).map(|at| at as u16);
    let letter = rust_xlsxwriter::utility::column_number_to_name;
    let grey = place("status").filter(|&at| INSUFFICIENT.iter().any(|s| columns[usize::from(at)].values.contains(s)));
    if let Some(status) = grey {
        let cell = format!("${}2", letter(status));
        let states: Vec<String> = INSUFFICIENT.iter().map(|state| format!("{cell}=\"{state}\"")).collect();
        let rule = format!("=OR({})", states.join(","));
        let faint = Format::new().set_font_color(style::FAINT).set_italic();
        let rule = ConditionalFormatFormula::new().set_rule(rule.as_str()).set_format(faint).set_stop_if_true(true);
        sheet.add_conditional_format(1, 0, last.0, last.1, &rule)?;
    }
    if R::FILE == crate::report::CoverageRow::FILE
        && let Some(status) = place("status")
    {
        return states(sheet, (1, status), (last.0, status));
    }
    let measure = place("measure");
    for at in ["difference", "z"].into_iter().filter_map(place) {
        // Measures have units of their own, and so their own scale; it is that of the tested rows.
        let mut farthest: BTreeMap<String, f64> = BTreeMap::new();
        for row in rows {
            let cells = row.cells();
            let status = grey.map(|at| &cells[usize::from(at)]);
            if measure.is_some() && matches!(status, Some(Cell::Text(s)) if INSUFFICIENT.contains(&s.as_ref())) {
                continue;
            }
            let family = match measure.map(|at| &cells[usize::from(at)]) {
                Some(Cell::Text(name)) => family(name),
                _ => String::new(),
            };
            if let Cell::Number(number) = cells[usize::from(at)]
                && let Some(number) = written(number, Kind::Number)
            {
                let far = farthest.entry(family).or_default();
                *far = far.max(number.abs());
            }
        }
        for (family, far) in farthest.into_iter().filter(|(_, far)| *far > 0.0) {
            match measure {
                None => {
                    let scale = ConditionalFormat3ColorScale::new()
                        .set_minimum(ConditionalFormatType::Number, -far)
                        .set_midpoint(ConditionalFormatType::Number, 0)
                        .set_maximum(ConditionalFormatType::Number, far)
                        .set_minimum_color(style::LESS)
                        .set_midpoint_color(style::NEITHER)
                        .set_maximum_color(style::MORE);
                    sheet.add_conditional_format(1, at, last.0, at, &scale)?;
                }
                // A scale has no condition: steps of colour by formula, which stay right when the sheet is sorted.
                Some(measure) if family != "register" && family.len() < 200 => {
                    let (name, value) = (format!("${}2", letter(measure)), format!("${}2", letter(at)));
                    let is =
                        format!("LEFT({name},{})=\"{}\"", family.encode_utf16().count(), family.replace('"', "\"\""));
                    for (sign, share, colour) in [
                        (">=", 0.5, style::MORE),
                        (">=", 0.15, style::SLIGHTLY_MORE),
                        ("<=", -0.5, style::LESS),
                        ("<=", -0.15, style::SLIGHTLY_LESS),
                    ] {
                        let rule = format!("=AND({is},{value}{sign}{:.4})", share * far);
                        let format = Format::new().set_background_color(colour);
                        let rule = ConditionalFormatFormula::new().set_rule(rule.as_str()).set_format(format);
                        sheet.add_conditional_format(1, at, last.0, at, &rule.set_stop_if_true(true))?;
                    }
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// Measures of one unit: the tones toward all targets are one.
fn family(measure: &str) -> String {
    if measure.starts_with("tone:") { "tone:".into() } else { measure.to_owned() }
}

/// Colours of who states what; the words stand in the cells, so no colour is needed to read them.
pub(super) fn states(sheet: &mut Worksheet, first: (u32, u16), last: (u32, u16)) -> Result<(), XlsxError> {
    let cell = format!("{}{}", rust_xlsxwriter::utility::column_number_to_name(first.1), first.0 + 1);
    for (state, format) in [
        ("own", Format::new().set_background_color(0x9E_C5_E8)),
        ("attributed", Format::new().set_background_color(0xD6_E7_F5)),
        ("unclear", Format::new().set_background_color(0xF2_EC_DC)),
        ("not", Format::new().set_font_color(style::FAINT)),
    ] {
        let rule = format!("=LEFT({cell},{})=\"{state}\"", state.len());
        let rule = ConditionalFormatFormula::new().set_rule(rule.as_str()).set_format(format);
        sheet.add_conditional_format(first.0, first.1, last.0, last.1, &rule)?;
    }
    Ok(())
}
