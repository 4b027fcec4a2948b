//! The first sheet: what to look at, how to read it, what is where, how it was made.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::sheet::{lines_of, set_height, unmarked, write_text};
use super::style::Styles;
use super::{Book, Places, matrix};
use crate::report::csv::{clean, cut, starts_formula};
use crate::report::findings::{Findings, nothing_stands_out, of_articles, of_emphasis, of_outlet};
use crate::report::page::limits::LIMITS;
use crate::report::page::overview::{FINDINGS, deck, headline, measures};
use crate::report::page::words::{self, NAME as NAME_LENGTH, TITLE, counted, grouped, plain};
use crate::report::{ContrastRow, EmphasisRow, Row, Rows, RunManifest, SourceRow};

/// The sheet's name.
pub(crate) const NAME: &str = "overview";
/// Of its columns, in characters.
const WIDTHS: [usize; 2] = [36, 110];

impl Book<'_> {
    /// Fills the first sheet; the others must be there.
    pub(crate) fn overview(&mut self, rows: &Rows, run: &RunManifest) -> Result<(), XlsxError> {
        let mut page =
            Page { sheet: self.book.worksheet_from_index(0)?, styles: &self.styles, places: &self.places, row: 0 };
        page.sheet.set_column_width(0, WIDTHS[0] as f64)?.set_column_width(1, WIDTHS[1] as f64)?;
        page.line(&headline(rows), &page.styles.title)?;
        page.line(&deck(rows), page.styles.text.form(false, false))?;

        page.section("What to look at first")?;
        first_look(&mut page, rows, run)?;

        page.section("How to read it")?;
        for (name, meaning) in [
            (
                "difference",
                "The mean difference of a source from the others on the facts that both state; ci_low and ci_high are its 95 % interval. Blue: \
                 less than the others, orange: more; each measure has its own scale.",
            ),
            (
                "q_value",
                "Judge by it: the p value corrected for the number of rows. Below .05 about one row in twenty is chance.",
            ),
            ("insufficient", "Grey and italic: too few facts or stories to test, nothing may be concluded."),
            (
                "mde",
                "The smallest true difference that would have been found with power .8: what \"no difference found\" is worth.",
            ),
            (
                "Who states what",
                "own: the source states the fact in its own voice; attributed: it quotes or reports somebody who says so; unclear: a sentence \
                 comes near, not near enough to tell; not found: no sentence comes near, which is not \"absent\". Empty: the source has no \
                 article in the story.",
            ),
            (
                "Links",
                "Ids lead to their row: of stories to facts, of facts to claims, of claims to articles; url leads to the article. They name \
                 places: after sorting a sheet, links into it lead elsewhere. Point at a heading for unit and meaning.",
            ),
        ] {
            page.pair(name, meaning, None)?;
        }
        for (name, code, meaning) in measures() {
            page.pair(&format!("{name} ({code})"), meaning, None)?;
        }

        page.section("The sheets")?;
        for (table, info) in &self.tables {
            for part in &info.parts {
                let about = format!("{}. {}", counted(info.rows, "row", "rows"), unmarked(table.about));
                page.pair(part, &about, Some(format!("internal:'{part}'!A1")))?;
            }
            if table.file == crate::report::FactRow::FILE {
                let about = "Who states what: the facts of several sources, with a column for each source.";
                page.pair(matrix::NAME, about, Some(format!("internal:'{}'!A1", matrix::NAME)))?;
            }
        }
        page.pair("columns", "Type, unit and meaning of every column.", Some("internal:'columns'!A1".into()))?;

        page.section("What may not be concluded")?;
        for (limit, meaning) in LIMITS {
            page.pair(limit, meaning, None)?;
        }

        page.section("The run")?;
        page.pair("Program", &format!("Parallax {}", run.version), None)?;
        if let Some(model) = &run.model {
            page.pair("Model", &format!("{}, {} (SHA-256)", model.name, model.sha256), None)?;
        }
        page.pair("Engine", &format!("{}, precision {}", run.engine, run.precision), None)?;
        page.pair("Seed", &run.seed.to_string(), None)?;
        let recall = run.alignment_recall.as_ref().map(words::recall);
        let unknown = || "not measured on this corpus (parallax audit does)".to_owned();
        page.pair("Alignment recall", &recall.unwrap_or_else(unknown), None)?;
        let counts = |name: &str| run.counts.get(name).copied().unwrap_or_default() as usize;
        let counts = format!(
            "{}, {}, {}, {}, {} outside the dates asked for",
            counted(rows.articles.len(), "article", "articles"),
            counted(counts("claims"), "claim", "claims"),
            counted(rows.rejected.len(), "rejected record", "rejected records"),
            counted(counts("duplicates"), "duplicate", "duplicates"),
            counted(counts("filtered"), "record", "records"),
        );
        page.pair("Counts", &counts, None)?;
        let warnings: Vec<&String> = run.warnings.iter().chain(&self.notes).collect();
        if warnings.is_empty() {
            page.pair("Warnings", "none", None)?;
        }
        for (i, warning) in warnings.into_iter().enumerate() {
            page.pair(if i == 0 { "Warnings" } else { "" }, warning, None)?;
        }
        page.pair("More", "Settings, inputs and times are in run.json, the texts in texts.jsonl.", None)?;
        page.sheet.set_portrait().set_paper_size(9).set_print_fit_to_pages(1, 0).set_footer("&L&A&RPage &P of &N");
        page.sheet.set_screen_gridlines(false);
        Ok(())
    }
}

/// The findings that stand after correction, or why there are none; as on the page.
fn first_look(page: &mut Page<'_>, rows: &Rows, run: &RunManifest) -> Result<(), XlsxError> {
    let findings = Findings::of(rows);
    if findings.is_empty() {
        page.pair("", &format!("Nothing stands out: {}.", nothing_stands_out(rows)), None)?;
    }
    let chosen = words::baseline(run);
    if !chosen.is_empty() {
        let names: Vec<String> = chosen.iter().map(|source| plain(source, NAME_LENGTH)).collect();
        let said = format!("The others are the chosen ones (--baseline): {}.", names.join(", "));
        page.pair("", &said, None)?;
    }
    if !findings.outlets.is_empty() || !findings.emphasis.is_empty() {
        page.pair("", "Over all stories: these speak of the outlets", None)?;
    }
    for row in findings.outlets.iter().copied().take(FINDINGS) {
        let said = format!("{} {}.", plain(&row.source, NAME_LENGTH), of_outlet(row));
        let at = rows.sources.iter().position(|r| std::ptr::eq(r, row)).unwrap_or_default();
        page.finding(SourceRow::FILE, at, &said)?;
    }
    further(page, findings.outlets.len(), "sources")?;
    for row in findings.emphasis.iter().copied().take(FINDINGS) {
        let said = format!("{} {}.", plain(&row.source, NAME_LENGTH), of_emphasis(row));
        let at = rows.emphasis.iter().position(|r| std::ptr::eq(r, row)).unwrap_or_default();
        page.finding(EmphasisRow::FILE, at, &said)?;
    }
    further(page, findings.emphasis.len(), "emphasis")?;
    if !findings.articles.is_empty() {
        page.pair("", "Inside stories: these speak of the articles, not of the outlets", None)?;
    }
    for row in findings.articles.iter().copied().take(FINDINGS) {
        let label = rows.stories.iter().find(|s| s.story_id == row.story_id).map_or("", |s| &s.label);
        let said = format!("{} {} of {}.", plain(&row.source, NAME_LENGTH), of_articles(row), plain(label, TITLE));
        let at = rows.contrasts.iter().position(|r| std::ptr::eq(r, row)).unwrap_or_default();
        page.finding(ContrastRow::FILE, at, &said)?;
    }
    further(page, findings.articles.len(), "contrasts")
}

fn further(page: &mut Page<'_>, found: usize, sheet: &str) -> Result<(), XlsxError> {
    match found.checked_sub(FINDINGS) {
        None | Some(0) => Ok(()),
        Some(more) => page.pair("", &format!("{} more with q below .05 in {sheet}.", grouped(more)), None),
    }
}

/// A sheet of lines, written downwards.
struct Page<'p> {
    sheet: &'p mut Worksheet,
    styles: &'p Styles,
    places: &'p Places<'p>,
    row: u32,
}

impl Page<'_> {
    fn line(&mut self, text: &str, form: &Format) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.row, 0, text, form)?;
        self.row += 1;
        Ok(())
    }

    fn section(&mut self, heading: &str) -> Result<(), XlsxError> {
        self.row += 1;
        self.sheet.write_string_with_format(self.row, 0, heading, &self.styles.section)?;
        self.sheet.write_blank(self.row, 1, &self.styles.section)?;
        self.row += 1;
        Ok(())
    }

    /// What a row says, with a link to it.
    fn finding(&mut self, file: &'static str, row: usize, said: &str) -> Result<(), XlsxError> {
        let link = self.places.address(file, row);
        let name = link.trim_start_matches("internal:").replace('\'', "").replace("!A", ", row ");
        self.pair(&name, said, Some(link))
    }

    /// A word and what is to be said of it; the word may lead somewhere.
    fn pair(&mut self, word: &str, text: &str, link: Option<String>) -> Result<(), XlsxError> {
        let text = cut(clean(text));
        let form = if link.is_some() { self.styles.wrapped.form(true, false) } else { &self.styles.strong };
        let lines = lines_of(word, WIDTHS[0] - 4).max(lines_of(&text, WIDTHS[1] - 2));
        set_height(self.sheet, self.row, lines)?;
        write_text(self.sheet, self.row, 0, word, link, form)?;
        write_text(self.sheet, self.row, 1, &text, None, self.styles.wrapped.form(false, starts_formula(&text)))?;
        self.row += 1;
        Ok(())
    }
}
