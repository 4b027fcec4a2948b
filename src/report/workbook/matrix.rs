//! Facts and sources: who states what, at one glance.

use std::cmp::Reverse;
use std::collections::HashMap;

use rust_xlsxwriter::XlsxError;
use textwrap::core::display_width;

use super::Book;
use super::sheet::{Widths, finish, lines_of, set_height, states, write_text};
use crate::facts::Coverage;
use crate::report::csv::{clean, cut, starts_formula};
use crate::report::page::words::{coverage as coverage_word, grouped};
use crate::report::{CoverageRow, FactRow, Row, Rows, StoryRow};

/// The sheet's name.
pub(crate) const NAME: &str = "facts x sources";
/// Sources that have a column: those that state most facts.
const MAX_SOURCES: usize = 200;
const STATEMENT_WIDTH: usize = 50;
const LEFT: [&str; 4] = ["fact_id", "story_id", "statement", "n_sources"];

impl Book<'_> {
    /// A row for each fact that several sources state, a column for each source; empty where a source has no article
    /// in the story.
    pub(crate) fn matrix(&mut self, rows: &Rows) -> Result<(), XlsxError> {
        let mut stated: HashMap<&str, usize> = HashMap::new();
        let mut coverage: HashMap<&str, Vec<&CoverageRow>> = HashMap::new();
        for row in &rows.coverage {
            *stated.entry(&row.source).or_default() += usize::from(row.status.is_stated());
            coverage.entry(&row.fact_id).or_default().push(row);
        }
        let mut sources: Vec<(Reverse<usize>, &str)> = Vec::new();
        for article in &rows.articles {
            sources.extend(stated.remove_entry(article.source.as_str()).map(|(source, n)| (Reverse(n), source)));
        }
        sources.sort_unstable();
        let all = sources.len();
        sources.truncate(MAX_SOURCES);
        let columns: HashMap<&str, u16> =
            (LEFT.len() as u16..).zip(&sources).map(|(at, (_, name))| (*name, at)).collect();
        let facts: Vec<&FactRow> = rows.facts.iter().filter(|f| f.n_sources > 1).take(self.limits.rows).collect();

        let names: Vec<String> = sources.iter().map(|(_, name)| cut(clean(name))).collect();
        let mut widths = Widths::new(LEFT.into_iter().chain(names.iter().map(|_| "not found")));
        let sheet = self.book.add_worksheet_with_low_memory()?;
        sheet.set_name(NAME)?;
        for (at, heading) in (0..).zip(LEFT.into_iter().chain(names.iter().map(String::as_str))) {
            sheet.write_string_with_format(0, at, heading, &self.styles.heading)?;
        }
        let lines = names.iter().map(|name| lines_of(name, "not found".len())).max();
        set_height(sheet, 0, lines.unwrap_or(1).min(6))?;
        let mut links = 0;
        for (row, fact) in (1..).zip(&facts) {
            let statement = cut(clean(&fact.statement));
            let texts = [
                (fact.fact_id.as_str(), self.places.of(FactRow::FILE, &fact.fact_id)),
                (&fact.story_id, self.places.of(StoryRow::FILE, &fact.story_id)),
                (&statement, None),
            ];
            for (at, (text, link)) in (0..).zip(texts) {
                let link = link.filter(|_| links < self.limits.links);
                links += usize::from(link.is_some());
                let form = self.styles.wrapped.form(link.is_some(), starts_formula(text));
                write_text(sheet, row, at, text, link, form)?;
                widths.fit(at, display_width(text).min(STATEMENT_WIDTH));
            }
            set_height(sheet, row, lines_of(&statement, STATEMENT_WIDTH))?;
            sheet.write_number_with_format(row, 3, fact.n_sources as f64, &self.styles.integer)?;
            let mut cells: Vec<(u16, Coverage)> = coverage
                .get(fact.fact_id.as_str())
                .map_or(&[][..], Vec::as_slice)
                .iter()
                .filter_map(|c| Some((*columns.get(c.source.as_str())?, c.status)))
                .collect();
            cells.sort_unstable();
            for (at, status) in cells {
                sheet.write_string_with_format(
                    row,
                    at,
                    coverage_word(status).1,
                    self.styles.text.form(false, false),
                )?;
            }
        }
        let last = facts.len() as u32;
        if last > 0 && !sources.is_empty() {
            states(sheet, (1, LEFT.len() as u16), (last, (LEFT.len() + sources.len()) as u16 - 1))?;
        }
        finish(sheet, &widths, last, 3)?;
        if all > sources.len() {
            let note = format!(
                "Sheet {NAME}: the {MAX_SOURCES} sources that state most; all {} are in coverage.",
                grouped(all)
            );
            self.notes.push(note);
        }
        if links == self.limits.links {
            self.notes.push(format!(
                "Sheet {NAME}: a sheet has no more than {} links; rows further down have none.",
                grouped(links)
            ));
        }
        if facts.len() == self.limits.rows {
            self.notes
                .push(format!("Sheet {NAME}: the first {} facts, more than a sheet holds.", grouped(facts.len())));
        }
        Ok(())
    }
}
