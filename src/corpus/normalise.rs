//! One raw record to one article, or the reason why not.

use super::boilerplate::is_boilerplate;
use super::columns::Field;
use super::date::{Reading, read_date};
use super::mojibake::repair;
use super::{Article, html, language};
use crate::text::Span;
use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The cells of one record, by field.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells([Option<String>; Field::ALL.len()]);

impl Cells {
    pub fn set(&mut self, field: Field, value: String) {
        self.0[field as usize] = Some(value);
    }

    pub fn get(&self, field: Field) -> &str {
        self.0[field as usize].as_deref().unwrap_or_default()
    }

    pub fn has(&self, field: Field) -> bool {
        self.0[field as usize].is_some()
    }
}

/// Why a record is no article.
#[derive(Debug)]
pub(super) struct Refusal {
    pub field: Field,
    pub reason: String,
}

/// An article and what the user should know of it.
#[derive(Debug)]
pub(super) struct Normalised {
    pub article: Article,
    /// What the date cell said.
    pub date: Reading,
    /// Whether a text held characters that were broken, and are not any more.
    pub repaired: bool,
}

/// Stored text: no HTML, no UTF-8 that was read as Windows-1252, NFC, `\n` line breaks, no control characters, no white
/// space at its ends.
pub fn normalise_text(text: &str) -> String {
    stored(text).0
}

/// Stored text, and whether broken characters were repaired.
fn stored(text: &str) -> (String, bool) {
    let text = html::strip(text);
    // First, for control characters are part of what is broken.
    let repaired = repair(&text);
    let is_repaired = matches!(repaired, Cow::Owned(_));
    let text = if repaired.contains(is_changed) { Cow::Owned(clean(&repaired)) } else { repaired };
    let text = text.trim();
    (if is_nfc(text) { text.to_owned() } else { text.nfc().collect() }, is_repaired)
}

fn is_changed(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            c if is_changed(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// The same of a title.
fn one_line(text: &str) -> (String, bool) {
    let (text, repaired) = stored(text);
    let text = if text.contains(['\n', '\t']) { text.split_whitespace().collect::<Vec<_>>().join(" ") } else { text };
    (text, repaired)
}

/// Without what is not seen, and what no cell of a table can hold.
fn seen(text: &str) -> String {
    let unseen = |c: &char| {
        let code = u32::from(*c);
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
            || code & 0xfffe == 0xfffe
            || (0xfdd0..=0xfdef).contains(&code)
    };
    clean(text).chars().filter(|c| !unseen(c)).collect()
}

/// A source. Names that look the same in the reports are one.
fn name(text: &str) -> String {
    seen(&repair(text)).nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An article's id as it stands, so that reports can be joined with the user's own tables; only what is not seen is left
/// out, and a line break or tab is a space.
pub fn normalise_id(text: &str) -> String {
    seen(text).trim().replace(['\n', '\t'], " ")
}

/// The lines of `body` that are prose, as spans without white space at their ends.
pub fn prose_lines(body: &str) -> Vec<Span> {
    let mut kept = Vec::new();
    let mut start = 0;
    for line in body.split_inclusive('\n') {
        let span = Span::new(start, start + line.len()).trimmed(body);
        start += line.len();
        if !span.is_empty() && !is_boilerplate(span.of(body)) {
            kept.push(span);
        }
    }
    kept
}

/// The article of a record.
pub(super) fn article(cells: &Cells, headlines: bool) -> Result<Normalised, Refusal> {
    let refuse = |field, reason: &str| Err(Refusal { field, reason: reason.to_owned() });
    let (title, title_repaired) = one_line(cells.get(Field::Title));
    let (body, body_repaired) =
        if headlines { (title.clone(), title_repaired) } else { stored(cells.get(Field::Body)) };
    if body.is_empty() {
        return if headlines {
            refuse(Field::Title, "the title is empty")
        } else if !cells.has(Field::Body) {
            refuse(Field::Body, "this record has no text field")
        } else if cells.get(Field::Body).trim().is_empty() {
            refuse(Field::Body, "the text is empty")
        } else {
            refuse(Field::Body, "the text holds no words, only markup or control characters")
        };
    }
    let kept = if headlines { vec![Span::new(0, body.len())] } else { prose_lines(&body) };
    if kept.is_empty() {
        return refuse(Field::Body, "the text holds only lines such as subscribe or cookie notices");
    }
    if !kept.iter().any(|span| span.of(&body).chars().any(char::is_alphanumeric)) {
        return refuse(Field::Body, "the text holds no words");
    }
    let url = cells.get(Field::Url).trim().to_owned();
    let source = match name(cells.get(Field::Source)) {
        source if source.is_empty() => registrable_domain(&url).unwrap_or_default(),
        source => source,
    };
    if source.is_empty() {
        return refuse(Field::Source, "no source, and no address to take its domain from");
    }
    let date = read_date(cells.get(Field::Date));
    let start = kept.first().map_or(0, |span| span.start);
    let language = language::detect(&body[start..]).to_owned();
    let id = match normalise_id(cells.get(Field::Id)) {
        id if id.is_empty() => content_id(&source, &title, &body),
        id => id,
    };
    let article = Article { id, source, date: date.date(), title, url, language, body, kept, headline_only: headlines };
    Ok(Normalised { article, date, repaired: title_repaired || body_repaired })
}

/// What makes two records the same article, whatever their id, date and address.
pub(super) fn content_hash(source: &str, title: &str, body: &str) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for part in [source, title, body] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// An id that no spreadsheet takes for a number or a date: "a" and twelve letters of a–p.
fn content_id(source: &str, title: &str, body: &str) -> String {
    let hash = content_hash(source, title, body);
    let letters = hash.iter().take(6).flat_map(|byte| [byte >> 4, byte & 15]).map(|nibble| char::from(b'a' + nibble));
    std::iter::once('a').chain(letters).collect()
}

/// "example.co.uk" of `https://www.example.co.uk/a?b`; the host itself where it has no public suffix.
pub fn registrable_domain(url: &str) -> Option<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host).trim().trim_end_matches('.').to_lowercase();
    if !host.contains('.') || host.contains(char::is_whitespace) || host.len() > 253 {
        return None;
    }
    let domain = psl::domain_str(&host).map(str::to_owned);
    Some(if host.bytes().all(|b| b.is_ascii_digit() || b == b'.') { host } else { domain.unwrap_or(host) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::testing::takes_linear_time;
    use proptest::prelude::*;

    fn cells(pairs: &[(Field, &str)]) -> Cells {
        let mut cells = Cells::default();
        pairs.iter().for_each(|(field, value)| cells.set(*field, (*value).to_owned()));
        cells
    }

    #[test]
    fn stored_text_is_nfc_with_plain_line_breaks_and_its_own_quotes() {
        assert_eq!(normalise_text("  Cafe\u{301}\r\n“Yes”\u{2028}it’s\u{0} so\u{ad}on \r"), "Café\n“Yes”\nit’s soon");
        assert_eq!(normalise_text("<p>One</p><p>Two &amp; three</p>"), "One\nTwo & three");
    }

    #[test]
    fn boilerplate_stays_in_the_body_but_not_in_the_kept_lines() {
        let body = "By Jane Smith\n\nThe council voted.\nRead also: Other news\n  It will vote again. \nSubscribe now";
        let kept: Vec<&str> = prose_lines(body).into_iter().map(|span| span.of(body)).collect();
        assert_eq!(kept, ["The council voted.", "It will vote again."]);
    }

    #[test]
    fn a_record_without_text_or_source_is_refused_with_its_field() {
        let refusal = |pairs: &[(Field, &str)]| article(&cells(pairs), false).unwrap_err();
        assert_eq!(refusal(&[(Field::Source, "a"), (Field::Body, " \n")]).field, Field::Body);
        assert_eq!(refusal(&[(Field::Source, "a"), (Field::Body, "<p></p>")]).field, Field::Body);
        assert_eq!(refusal(&[(Field::Source, "a"), (Field::Body, "Subscribe now\nAdvertisement")]).field, Field::Body);
        assert_eq!(refusal(&[(Field::Source, "a"), (Field::Body, "— *** —")]).field, Field::Body);
        assert_eq!(refusal(&[(Field::Body, "Some text.")]).field, Field::Source);
        assert!(refusal(&[(Field::Source, "a")]).reason.contains("no text field"));
    }

    #[test]
    fn the_source_falls_back_to_the_registrable_domain() {
        let domain = |url| registrable_domain(url);
        assert_eq!(domain("https://www.bbc.co.uk/news/1?x=a.b").as_deref(), Some("bbc.co.uk"));
        assert_eq!(domain("edition.cnn.com/2026/03").as_deref(), Some("cnn.com"));
        assert_eq!(domain("http://user:pw@News.Example.ORG:8080/").as_deref(), Some("example.org"));
        assert_eq!(domain("http://127.0.0.1/x").as_deref(), Some("127.0.0.1"));
        assert_eq!(domain("not an address"), None);
        assert_eq!(domain(""), None);
    }

    #[test]
    fn sources_and_ids_that_look_the_same_are_one() {
        // Two sources of one name were told apart by a byte that no table shows.
        let made = |source, id| {
            article(&cells(&[(Field::Source, source), (Field::Id, id), (Field::Body, "The council voted.")]), false)
                .unwrap()
        };
        let plain = made("Kester Gazette", "g 1").article;
        for (source, id) in
            [("Kester\u{0} Gazette", "g\u{1} 1"), ("\u{feff}Kester\u{a0}\n Gazette\u{202e}", "g\t1\u{ffff}")]
        {
            let article = made(source, id).article;
            assert_eq!((article.source.as_str(), article.id.as_str()), (plain.source.as_str(), plain.id.as_str()));
        }
    }

    #[test]
    fn an_id_stays_as_it_is() {
        for id in ["A  7", "cafe\u{301}-1", "x\u{a0}y", "=1+1", "007"] {
            assert_eq!(normalise_id(&format!(" {id}\r\n")), id);
        }
    }

    #[test]
    fn a_missing_id_is_made_of_the_content() {
        let made = |date| {
            let record = [(Field::Source, "a"), (Field::Body, "Some text."), (Field::Date, date)];
            article(&cells(&record), false).unwrap().article.id
        };
        let id = made("2026-01-01");
        assert_eq!(id, made("2026-01-02"));
        assert_eq!(id.len(), 13);
        assert!(id.bytes().all(|b| matches!(b, b'a'..=b'p')), "{id}");
    }

    #[test]
    fn a_headline_is_its_own_text() {
        let normal =
            article(&cells(&[(Field::Source, "a"), (Field::Title, "Read more: a &amp; b")]), true).unwrap().article;
        assert_eq!((normal.body.as_str(), normal.headline_only), ("Read more: a & b", true));
        assert_eq!(normal.kept, [Span::new(0, normal.body.len())]);
    }

    proptest! {
        #[test]
        fn kept_spans_lie_on_character_boundaries_inside_the_body(text in "(\\PC|[\n\r\t <>&;]|Read more|Photo: ){0,80}") {
            let body = normalise_text(&text);
            let mut end = 0;
            for span in prose_lines(&body) {
                prop_assert!(span.start >= end && span.start < span.end && span.end <= body.len());
                prop_assert!(body.is_char_boundary(span.start) && body.is_char_boundary(span.end));
                prop_assert_eq!(span.of(&body).trim(), span.of(&body));
                end = span.end;
            }
        }

        #[test]
        fn normalising_twice_changes_nothing_in_plain_text(text in "[a-z éÉe\u{301}\u{323}\n\r\u{200b}“”]{0,60}") {
            let once = normalise_text(&text);
            prop_assert_eq!(normalise_text(&once), once);
        }
    }

    #[test]
    fn hostile_text_takes_linear_time() {
        for unit in
            ["a", "\n", "e\u{301}", "\u{301}", "\u{301}\u{323}", "\r", "Photo: ", "By ", "\u{1F600}", "a\n", "(", "한"]
        {
            takes_linear_time("", unit, |text| {
                drop(article(&cells(&[(Field::Source, "a"), (Field::Body, text)]), false));
            });
        }
    }
}
