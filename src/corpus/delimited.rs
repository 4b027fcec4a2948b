//! Comma, tab, semicolon or bar separated rows, read so that one broken row costs no other.
//!
//! This is RFC 4180 with two additions that the `csv` crate (which reads any bytes as *some* rows) cannot offer: a row
//! knows whether its quotes are well formed, and after a malformed row reading goes on at the first line inside it that
//! begins a well-formed one. An unclosed quote therefore costs its own row, not the rest of the file.

use std::borrow::Cow;

/// The cells of a row.
pub(super) type Cells<'a> = Vec<Cow<'a, str>>;

/// A row, or why it is none.
#[derive(Debug)]
pub(super) enum Row<'a> {
    Good {
        /// 1-based number of the data record.
        record: u64,
        /// 1-based line on which the row begins.
        line: u64,
        cells: Cells<'a>,
        /// Accepted although its quotes are not doubled.
        sloppy: bool,
    },
    Bad {
        record: u64,
        line: u64,
        /// Number of the cell in which it went wrong.
        cell: usize,
        reason: String,
    },
}

/// A well-formed field with at least this many lines, most of which are rows themselves, is an unclosed quote.
const SWALLOWED_LINES: usize = 5;

/// Whether cells recovered from inside a malformed row look like a row of this table.
pub(super) type Plausible<'p> = Box<dyn Fn(&[Cow<'_, str>]) -> bool + Send + 'p>;

/// The rows of a text.
pub(super) struct Rows<'a, 'p> {
    text: &'a str,
    format: Format,
    /// The header's cells.
    pub header: Vec<String>,
    plausible: Plausible<'p>,
    at: usize,
    line: u64,
    record: u64,
}

#[derive(Clone, Copy)]
struct Format {
    delimiter: u8,
    /// `\r` only in texts that have no `\n` at all.
    end_of_line: u8,
}

/// How a row was written.
struct Shape {
    /// Where the next row begins.
    end: usize,
    /// The last quoted field was closed.
    closed: bool,
    /// A quote inside a quoted field was not doubled.
    stray: bool,
}

impl<'a, 'p> Rows<'a, 'p> {
    /// Reads the header. The delimiter is `delimiter`, or the one that gives the header most cells for which `known`
    /// holds (then most cells, then the first of `preferred`, comma, tab, semicolon, bar).
    pub fn new(text: &'a str, delimiter: Option<u8>, preferred: u8, known: impl Fn(&str) -> bool) -> Self {
        let end_of_line = if text.as_bytes().contains(&b'\n') { b'\n' } else { b'\r' };
        let mut rows = Rows {
            text,
            format: Format { delimiter: delimiter.unwrap_or(preferred), end_of_line },
            header: Vec::new(),
            plausible: Box::new(|_| true),
            at: 0,
            line: 1,
            record: 0,
        };
        rows.skip_blank();
        // "sep=;" is Excel's own hint.
        let mut hinted = None;
        if let Some(hint) = text[rows.at..].strip_prefix("sep=")
            && let [sign, b'\r' | b'\n', ..] = hint.as_bytes()
        {
            hinted = Some(*sign).filter(u8::is_ascii);
            rows.advance(rows.format.next_line(text, rows.at));
            rows.skip_blank();
        }
        let mut best = (0, 0);
        let choices = [preferred, b',', b'\t', b';', b'|'];
        let fixed = delimiter.or(hinted).map(|d| [d]);
        for &delimiter in fixed.as_ref().map_or(&choices[..], |f| &f[..]) {
            let format = Format { delimiter, end_of_line };
            let mut cells = Vec::new();
            format.row(text, rows.at, usize::MAX, &mut cells, |_| false);
            let score = (cells.iter().filter(|cell| known(cell.trim())).count(), cells.len());
            if score > best {
                best = score;
                rows.format = format;
            }
        }
        let mut cells = Vec::new();
        let shape = rows.format.row(text, rows.at, usize::MAX, &mut cells, |_| false);
        rows.header = cells.into_iter().map(|cell| cell.trim().to_owned()).collect();
        rows.advance(shape.end);
        rows
    }

    /// Sets the test that a row recovered from inside a malformed one has to pass.
    pub fn with_plausible(mut self, plausible: Plausible<'p>) -> Self {
        self.plausible = plausible;
        self
    }

    /// How many bytes were read.
    pub fn position(&self) -> usize {
        self.at
    }

    fn skip_blank(&mut self) {
        loop {
            let next = self.format.next_line(self.text, self.at);
            if next == self.at || !self.text[self.at..next].bytes().all(|b| matches!(b, b'\r' | b'\n')) {
                return;
            }
            self.advance(next);
        }
    }

    fn advance(&mut self, to: usize) {
        let eol = self.format.end_of_line;
        self.line += self.text.as_bytes()[self.at..to].iter().filter(|b| **b == eol).count() as u64;
        self.at = to;
    }

    /// The first line from `from` on that begins a well-formed row before `end`; `from` moves on.
    fn recovery(&self, from: &mut usize, end: usize) -> Option<usize> {
        while *from < end {
            if self.is_row(self.text, *from) {
                return Some(*from);
            }
            *from = self.format.next_line(self.text, *from);
        }
        None
    }

    fn is_row(&self, text: &str, start: usize) -> bool {
        let mut cells = Vec::new();
        let shape = self.format.row(text, start, self.header.len(), &mut cells, |_| true);
        shape.closed && !shape.stray && cells.len() == self.header.len() && (self.plausible)(&cells)
    }

    /// Whether a row with well-formed quotes has swallowed others: most of the lines inside are rows.
    fn swallows(&self, end: usize) -> bool {
        if self.header.len() < 3 {
            return false;
        }
        let text = &self.text[..end];
        let (mut rows, mut lines) = (0, 0);
        let mut start = self.format.next_line(text, self.at);
        while start < end {
            let next = self.format.next_line(text, start);
            if !text[start..next].trim().is_empty() {
                lines += 1;
                rows += usize::from(self.is_row(text, start));
            }
            start = next;
        }
        lines >= SWALLOWED_LINES && rows * 3 >= lines * 2
    }
}

impl<'a> Iterator for Rows<'a, '_> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        self.skip_blank();
        if self.at >= self.text.len() {
            return None;
        }
        self.record += 1;
        let (record, line, width) = (self.record, self.line, self.header.len());
        let line_end = self.format.next_line(self.text, self.at);
        let plain = || -> Option<Cells<'a>> {
            // Most tab-separated files know no quoting at all.
            let whole = self.text[self.at..line_end].trim_end_matches(['\r', '\n']);
            let cells: Cells<'a> = whole.split('\t').map(Cow::Borrowed).collect();
            (self.format.delimiter == b'\t' && cells.len() == width).then_some(cells)
        };
        let mut cells = Vec::new();
        let (mut recovered, mut searched) = (None, line_end);
        // At a stray quote on a later line the row is cut as soon as it can be, or every such row would be read to the
        // end of the file.
        let shape = self.format.row(self.text, self.at, usize::MAX, &mut cells, |at| {
            if at >= line_end {
                recovered = self.recovery(&mut searched, at);
            }
            recovered.is_some() || (at >= line_end && plain().is_some())
        });
        // A row given up at a stray quote ends before the cell in which that quote opens.
        let faulty = if recovered.is_some() { cells.len() } else { cells.len().saturating_sub(1) };
        let fits = cells.len() == width;
        let sound = shape.closed && !shape.stray;
        if sound && fits && (shape.end <= line_end || !self.swallows(shape.end)) {
            self.advance(shape.end);
            return Some(Row::Good { record, line, cells, sloppy: false });
        }
        if let (false, Some(cells)) = (sound, plain()) {
            self.advance(line_end);
            return Some(Row::Good { record, line, cells, sloppy: false });
        }
        let recovered = recovered.or_else(|| self.recovery(&mut searched, shape.end));
        if recovered.is_none() && shape.closed && fits {
            self.advance(shape.end);
            return Some(Row::Good { record, line, cells, sloppy: true });
        }
        let (found, cell) = (cells.len(), faulty.min(width.saturating_sub(1)));
        self.advance(recovered.unwrap_or(shape.end));
        let spans = if self.line > line + 1 { format!(" (up to line {})", self.line - 1) } else { String::new() };
        let reason = if !shape.closed || (recovered.is_some() && (!sound || fits)) {
            format!(
                "a quote that opens in this row is not closed{spans}: close it, or double the quotes inside quoted fields"
            )
        } else {
            format!(
                "{found} fields where the header has {width}{spans}: quote fields that hold the delimiter, a quote or a line break"
            )
        };
        Some(Row::Bad { record, line, cell, reason })
    }
}

impl Format {
    fn next_line(self, text: &str, at: usize) -> usize {
        let rest = &text.as_bytes()[at..];
        rest.iter().position(|b| *b == self.end_of_line).map_or(text.len(), |n| at + n + 1)
    }

    fn ends_field(self, bytes: &[u8], at: usize) -> bool {
        match bytes.get(at) {
            None => true,
            Some(b'\r') => bytes.get(at + 1).is_none_or(|b| *b == b'\n') || self.end_of_line == b'\r',
            Some(b) => *b == self.delimiter || *b == self.end_of_line,
        }
    }

    /// Reads one row, or gives up: when there are more than `most` cells, or at a stray quote (its place is given) if
    /// `stop` says so.
    fn row<'a>(
        self,
        text: &'a str,
        start: usize,
        most: usize,
        cells: &mut Cells<'a>,
        mut stop: impl FnMut(usize) -> bool,
    ) -> Shape {
        let bytes = text.as_bytes();
        let mut shape = Shape { end: start, closed: true, stray: false };
        let mut at = start;
        loop {
            if bytes.get(at) == Some(&b'"') {
                let (mut from, mut owned) = (at + 1, None::<String>);
                at = from;
                loop {
                    let Some(quote) = text[at..].find('"').map(|n| at + n) else {
                        shape.closed = false;
                        at = bytes.len();
                        break;
                    };
                    if bytes.get(quote + 1) == Some(&b'"') {
                        owned.get_or_insert_default().push_str(&text[from..=quote]);
                        at = quote + 2;
                        from = at;
                    } else if self.ends_field(bytes, quote + 1) {
                        at = quote;
                        break;
                    } else {
                        shape.stray = true;
                        at = quote + 1;
                        if stop(quote) {
                            shape.end = at;
                            return shape;
                        }
                    }
                }
                let last = &text[from..at];
                cells.push(match owned {
                    Some(text) => Cow::Owned(text + last),
                    None => Cow::Borrowed(last),
                });
                at = (at + 1).min(bytes.len());
                if bytes.get(at) == Some(&b'\r') && self.end_of_line == b'\n' {
                    at += 1;
                }
            } else {
                let length =
                    bytes[at..].iter().take_while(|b| **b != self.delimiter && **b != self.end_of_line).count();
                let mut cell = &text[at..at + length];
                at += length;
                if bytes.get(at) != Some(&self.delimiter) {
                    cell = cell.strip_suffix('\r').unwrap_or(cell);
                }
                cells.push(Cow::Borrowed(cell));
            }
            if bytes.get(at) == Some(&self.delimiter) && cells.len() <= most {
                at += 1;
                continue;
            }
            shape.end = (at + 1).min(bytes.len());
            return shape;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::testing::takes_linear_time;
    use proptest::prelude::*;

    fn known(cell: &str) -> bool {
        ["id", "source", "body", "title"].contains(&cell)
    }

    /// Record, line and reason.
    type Bad = (u64, u64, String);

    fn read(text: &str) -> (Vec<Vec<String>>, Vec<Bad>) {
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for row in Rows::new(text, None, b',', known) {
            match row {
                Row::Good { cells, .. } => good.push(cells.into_iter().map(Cow::into_owned).collect()),
                Row::Bad { record, line, reason, .. } => bad.push((record, line, reason)),
            }
        }
        (good, bad)
    }

    #[test]
    fn quoted_fields_hold_delimiters_quotes_and_line_breaks() {
        let (good, bad) =
            read("id,source,body\r\n1,a,\"x, \"\"y\"\"\r\n\r\nz\"\r\n\r\n2,b,plain \"word\" here\r\n3,,\"\"\r\n");
        assert_eq!(good, [["1", "a", "x, \"y\"\r\n\r\nz"], ["2", "b", "plain \"word\" here"], ["3", "", ""]]);
        assert!(bad.is_empty(), "{bad:?}");
    }

    #[test]
    fn delimiters_are_sniffed() {
        for sign in [",", "\t", ";", "|"] {
            let (good, bad) = read(&["id", "source", "body\n1", "a", "\"x, y; z\"\n"].join(sign));
            assert_eq!(good, [["1", "a", "x, y; z"]], "{sign}");
            assert!(bad.is_empty());
        }
        assert_eq!(read("sep=;\nid;body\n1;x\n").0, [["1", "x"]]);
        assert_eq!(read("id,body\r1,x\r2,y").0, [["1", "x"], ["2", "y"]]);
    }

    #[test]
    fn an_unclosed_quote_costs_its_own_row_only() {
        let (good, bad) = read("id,source,body\n1,a,good\n2,b,\"open\n3,c,good\n4,d,\"also\ngood\"\n");
        assert_eq!(good, [["1", "a", "good"], ["3", "c", "good"], ["4", "d", "also\ngood"]]);
        assert_eq!((bad.len(), bad[0].0, bad[0].1), (1, 2, 3));
        assert!(bad[0].2.contains("not closed"), "{bad:?}");
        // In a field before the last.
        let (good, bad) = read("id,title,body\n1,\"open,text\n2,\"closed\",text\n3,t,text\n");
        assert_eq!(good, [["2", "closed", "text"], ["3", "t", "text"]]);
        assert_eq!(bad.len(), 1);
        // At the very end.
        let (good, bad) = read("id,body\n1,x\n2,\"y\n");
        assert_eq!((good.len(), bad.len()), (1, 1));
    }

    #[test]
    fn a_field_that_swallowed_rows_is_found_even_when_its_quotes_match() {
        let rows: String = (3..40).map(|i| format!("{i},s,text\n")).collect();
        let (good, bad) = read(&format!("id,source,body\n1,a,x\n2,b,\"open\n{rows}40,s,text\"\n41,s,y\n"));
        assert_eq!(good.len(), 1 + 37 + 2);
        assert_eq!(bad.len(), 1);
    }

    #[test]
    fn a_long_body_with_commas_is_no_swallowed_row() {
        let body = "He came, he saw, he left.\n".repeat(3) + &"Nothing more was said.\n".repeat(10);
        let (good, bad) = read(&format!("id,source,body\n1,a,\"{body}\"\n"));
        assert_eq!((good.len(), bad.len()), (1, 0));
    }

    #[test]
    fn rows_of_other_widths_are_reported() {
        let (good, bad) = read("id,source,body\n1,a,x\n2,b\n3,c,y,z\n4,d,w\n");
        assert_eq!(good.len(), 2);
        assert_eq!(bad.iter().map(|(record, line, _)| (*record, *line)).collect::<Vec<_>>(), [(2, 3), (3, 4)]);
        assert!(bad[0].2.starts_with("2 fields where the header has 3"));
    }

    #[test]
    fn undoubled_quotes_are_read_as_meant() {
        let (good, bad) = read("id,body\n1,\"He said \"no\" to me\"\n");
        assert_eq!(good, [["1", "He said \"no\" to me"]]);
        assert!(bad.is_empty());
        let (good, _) = read("id\tbody\n1\t\"No\" he said\n2\ty\n");
        assert_eq!(good, [["1", "\"No\" he said"], ["2", "y"]]);
    }

    proptest! {
        #[test]
        fn what_a_writer_quotes_comes_back(table in proptest::collection::vec(proptest::collection::vec("[a,\"\n\r;é ]{0,8}", 3), 1..6)) {
            let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            writer.write_record(["id", "source", "body"]).unwrap();
            for row in &table { writer.write_record(row).unwrap(); }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let (good, bad) = read(&text);
            prop_assert!(bad.is_empty());
            prop_assert_eq!(good, table);
        }

        #[test]
        fn any_text_is_read_to_its_end(text in "[a,\"\n\r\té;]{0,60}") { read(&format!("id,source,body\n{text}")); read(&text); }
    }

    #[test]
    fn hostile_text_takes_linear_time() {
        for unit in [
            "\"",
            "\"\n",
            ",\"\n",
            "a,\"\n",
            "\"\"\n",
            "\"\"\"\n",
            "\"a\"\"\n",
            ",",
            "\n",
            "\r",
            "a,b,c\n\"",
            "a,b,\"\"\"\n",
            "\"\"\"\"\"\n",
            "\"a\n\n\n\n\n\n",
            "a,b,c\n",
            "a,b,\"c\nd,e,f\n",
        ] {
            for head in ["id,source,body\n", "id,source,body\n1,a,\"", ""] {
                takes_linear_time(head, unit, |text| drop(read(text)));
            }
        }
    }
}
