//! Text for the terminal: wrapped, in columns, with styles.

use std::ops::Range;

use anstyle::Style;
use textwrap::core::display_width;

/// Wordings side by side are at least so wide.
pub(crate) const COLUMN: usize = 34;
/// Blanks between them.
const GAP: usize = 3;

/// How headings look.
pub(crate) const BOLD: Style = Style::new().bold();
/// How remarks look.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// The terminal: how wide it is, and whether it shows colours.
pub(crate) struct Paper {
    pub width: usize,
    pub colour: bool,
}

impl Paper {
    pub(crate) fn paint(&self, text: &str, style: Style) -> String {
        if self.colour && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(crate) fn plain(&self, text: &str) -> String {
        self.lines(text, Style::new())
    }

    pub(crate) fn heading(&self, text: &str) -> String {
        self.lines(text, BOLD)
    }

    pub(crate) fn note(&self, text: &str) -> String {
        self.lines(text, FAINT)
    }

    fn lines(&self, text: &str, style: Style) -> String {
        textwrap::wrap(text, wrapping(self.width)).iter().map(|line| self.paint(line, style) + "\n").collect()
    }

    /// `first` and then `text`, wrapped beside it.
    pub(crate) fn beside(&self, first: &str, text: &str) -> String {
        let indent = " ".repeat(display_width(first));
        let options = wrapping(self.width).initial_indent(first).subsequent_indent(&indent);
        textwrap::fill(text, options).trim_end().to_owned() + "\n"
    }

    /// Blocks side by side, as many as fit, in rows.
    pub(crate) fn columns(&self, indent: usize, blocks: &[Vec<Words>]) -> String {
        let room = self.width - indent;
        let fit = ((room + GAP) / (COLUMN + GAP)).clamp(1, blocks.len().max(1));
        let column = (room - GAP * (fit - 1)) / fit;
        let mut out = String::new();
        for row in blocks.chunks(fit) {
            let cells: Vec<Vec<(String, usize)>> =
                row.iter().map(|block| block.iter().flat_map(|words| words.wrapped(column, self)).collect()).collect();
            for i in 0..cells.iter().map(Vec::len).max().unwrap_or_default() {
                let mut line = " ".repeat(indent);
                let mut blank = 0;
                for cell in &cells {
                    let (text, width) = cell.get(i).cloned().unwrap_or_default();
                    if width > 0 {
                        line += &" ".repeat(blank);
                        line += &text;
                        blank = 0;
                    }
                    blank += column - width.min(column) + GAP;
                }
                out += line.trim_end();
                out.push('\n');
            }
            out.push('\n');
        }
        out
    }
}

/// Lines end at blanks: dates and names with a hyphen stay whole.
pub(crate) fn wrapping<'a>(width: usize) -> textwrap::Options<'a> {
    textwrap::Options::new(width).word_splitter(textwrap::WordSplitter::NoHyphenation)
}

/// A text of which parts have a style.
#[derive(Default)]
pub(crate) struct Words {
    text: String,
    styled: Vec<(Range<usize>, Style)>,
}

impl Words {
    pub(crate) fn of(text: &str, style: Style) -> Self {
        let mut words = Words::default();
        words.push(text, style);
        words
    }

    pub(crate) fn push(&mut self, text: &str, style: Style) {
        let start = self.text.len();
        self.text += text;
        self.styled.push((start..self.text.len(), style));
    }

    /// Lines with their widths.
    fn wrapped(&self, width: usize, paper: &Paper) -> Vec<(String, usize)> {
        let mut at = 0;
        let line = |line: std::borrow::Cow<'_, str>| {
            // Lines are parts of the text, in order: only blanks between them are gone.
            let start = self.text[at..].find(&*line).map_or(at, |found| at + found);
            let end = start + line.len();
            at = end;
            let parts = self.styled.iter().filter(|(range, _)| range.start < end && start < range.end);
            let painted: String = parts
                .map(|(range, style)| paper.paint(&self.text[range.start.max(start)..range.end.min(end)], *style))
                .collect();
            (painted, display_width(&line))
        };
        textwrap::wrap(&self.text, wrapping(width)).into_iter().map(line).collect()
    }
}
