//! A text file that is one article: title, optional head, body.

use super::columns::Field;
use super::normalise::Cells;

/// A longer first line is a paragraph, not a title.
const LONGEST_TITLE: usize = 300;

/// The cells of the article: the first line is the title, `key: value` lines before the first blank line (also between
/// `---` fences) are its head, the rest is the body.
pub(super) fn read(text: &str, markdown: bool) -> Cells {
    let mut cells = Cells::default();
    let text = text.trim_start_matches(['\n', '\r', ' ', '\t']);
    let mut lines = Lines { text, at: 0 };
    let (mut title, mut head) = (None, Vec::new());
    let mut after_head = 0;
    let fenced = lines.peek() == Some("---");
    if fenced {
        lines.next();
    }
    // The block before the first blank line is a head if all of it is, but perhaps its first line.
    let mut first = true;
    while let Some(line) = lines.peek() {
        if line.trim().is_empty() || (fenced && line == "---") {
            lines.next();
            break;
        }
        match head_line(line) {
            Some(pair) => head.push(pair),
            None if first && !fenced => title = Some(line),
            // A fenced head may hold keys that are not ours.
            None if fenced => {}
            None => {
                head.clear();
                break;
            }
        }
        first = false;
        lines.next();
        after_head = lines.at;
    }
    // "Source: Minister to resign" alone is a headline.
    if let ([(key, _)], None, false) = (&head[..], title, fenced)
        && text.starts_with(|c: char| c.is_uppercase())
        && *key != Field::Title
    {
        head.clear();
    }
    let mut rest = if head.is_empty() && !fenced { text } else { &text[lines.at.max(after_head)..] };
    let headed_title = head.iter().find(|(key, _)| *key == Field::Title).map(|(_, value)| *value);
    if head.is_empty() {
        title = None;
    }
    let title = headed_title.or(title).or_else(|| {
        rest = rest.trim_start_matches(['\n', '\r', ' ', '\t']);
        let mut lines = Lines { text: rest, at: 0 };
        let line = lines.next().unwrap_or_default();
        if line.chars().nth(LONGEST_TITLE).is_some() {
            return None;
        }
        rest = &rest[lines.at..];
        Some(line)
    });
    let title = title.unwrap_or_default().trim();
    let title = if markdown { title.trim_start_matches('#').trim_start() } else { title };
    for (field, value) in head {
        cells.set(field, value.to_owned());
    }
    cells.set(Field::Title, title.to_owned());
    cells.set(Field::Body, rest.to_owned());
    cells
}

struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    fn peek(&self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        (!rest.is_empty()).then(|| {
            let line = rest.find(['\n', '\r']).map_or(rest, |end| &rest[..end]);
            line.trim_end()
        })
    }

    fn next(&mut self) -> Option<&'a str> {
        let line = self.peek()?;
        let rest = &self.text[self.at..];
        let end =
            rest.find(['\n', '\r']).map_or(rest.len(), |end| end + if rest[end..].starts_with("\r\n") { 2 } else { 1 });
        self.at += end;
        Some(line)
    }
}

/// `source: The Paper`.
fn head_line(line: &str) -> Option<(Field, &str)> {
    let (key, value) = line.split_once(':')?;
    if key.len() > 20 {
        return None;
    }
    let field = Field::of(key.trim()).filter(|field| *field != Field::Body)?;
    Some((field, value.trim().trim_matches('"')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(text: &str) -> [String; 4] {
        let cells = read(text, true);
        [Field::Title, Field::Source, Field::Date, Field::Body].map(|field| cells.get(field).trim().to_owned())
    }

    #[test]
    fn the_first_line_is_the_title() {
        assert_eq!(
            fields("Council votes\n\nThe council voted.\nAgain."),
            ["Council votes", "", "", "The council voted.\nAgain."]
        );
        assert_eq!(fields("Council votes\nThe council voted."), ["Council votes", "", "", "The council voted."]);
        assert_eq!(fields("\r\n# Council votes\r\n\r\nText"), ["Council votes", "", "", "Text"]);
        assert_eq!(fields("Only a title"), ["Only a title", "", "", ""]);
        let long = "word ".repeat(100);
        assert_eq!(fields(&long), ["", "", "", long.trim()]);
    }

    #[test]
    fn a_head_names_source_and_date() {
        let wanted = ["Council votes", "The Paper", "2026-03-05", "Text: more"];
        assert_eq!(fields("Council votes\nsource: The Paper\ndate: 2026-03-05\n\nText: more"), wanted);
        assert_eq!(fields("source: The Paper\ndate: 2026-03-05\n\nCouncil votes\nText: more"), wanted);
        assert_eq!(fields("title: Council votes\nOutlet: The Paper\nPublished: 2026-03-05\n\nText: more"), wanted);
        assert_eq!(
            fields("---\ntitle: \"Council votes\"\nauthor: J\nsource: The Paper\ndate: 2026-03-05\n---\nText: more"),
            wanted
        );
    }

    #[test]
    fn a_headline_with_a_colon_is_no_head() {
        assert_eq!(fields("Source: Minister to resign\n\nText.")[0], "Source: Minister to resign");
        assert_eq!(
            fields("Council votes\nDate: unknown, officials say\nMore text\n\nText.")[3],
            "Date: unknown, officials say\nMore text\n\nText."
        );
        assert_eq!(fields("source: The Paper\n\nCouncil votes\nText")[1], "The Paper");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(source: a|title: b|---|[\n\ra :é]){0,12}") { read(&text, true); }
    }
}
