//! Other people's words, numbers and addresses on their way into the page, the terminal and the summary.
//!
//! [`maud`] escapes what is interpolated. What it does not know is done here: control characters, marks that turn the
//! direction of text, cells of any length. Text of either direction is isolated by `bdi`.

use std::borrow::Cow;

use indicatif::HumanCount;
use maud::{Markup, Render, html};

use crate::facts::{Check, Coverage};
use crate::framing;
use crate::report::csv::{clean, write_number};
use crate::report::{AlignmentRecall, CsvOptions, Kind, RunManifest, StoryRow};

/// Characters of a title.
pub(crate) const TITLE: usize = 240;
/// Characters of the name of a source, a speaker or a target, of a term, of a measure.
pub(crate) const NAME: usize = 80;
/// Characters of a sentence.
pub(crate) const SENTENCE: usize = 1_500;

/// A cut goes back by so many bytes at most, to leave a word whole.
const WORD: usize = 24;

/// Words of somebody, isolated: whatever direction they have ends with them.
pub(crate) struct Said<'a>(pub &'a str, pub usize);

impl Render for Said<'_> {
    fn render_to(&self, out: &mut String) {
        let text = visible(self.0);
        let short = cut(&text, self.1);
        out.push_str("<bdi>");
        short.render_to(out);
        if short.len() < text.len() {
            out.push('…');
        }
        out.push_str("</bdi>");
    }
}

/// The name of a source, a speaker, a target, a term.
pub(crate) fn name(text: &str) -> Said<'_> {
    Said(text, NAME)
}

/// What of a fact is to be checked.
pub(crate) fn checks(checks: &[Check]) -> String {
    checks.iter().map(|check| check.name()).collect::<Vec<_>>().join(", ")
}

/// The text on one line, without control characters, and without those that turn the direction of what follows: left
/// open, an isolate would take the one around it along, and the page would go on in its direction.
pub(crate) fn visible(text: &str) -> String {
    let mut text = clean(text);
    text.retain(|c| !matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'));
    text
}

/// The first characters of a text, up to a space where one is near.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(limit) else { return text };
    let head = &text[..end];
    head.rfind(' ').filter(|at| end - at < WORD).map_or(head, |at| &head[..at])
}

/// Words for a tooltip, or amid a sentence of ours.
pub(crate) fn plain(text: &str, limit: usize) -> String {
    let text = visible(text);
    let short = cut(&text, limit);
    if short.len() < text.len() { format!("{short}…") } else { short.to_owned() }
}

/// A number as the CSV files write it in their usual dialect; empty where it is unknown.
pub(crate) fn number(value: Option<f64>) -> String {
    written(value, Kind::Number)
}

/// A p or q value as the CSV files write it.
pub(crate) fn probability(value: Option<f64>) -> String {
    written(value, Kind::Probability)
}

/// The number that is written: what is sorted or drawn by it is the same when the page is made from the tables.
pub(crate) fn rounded(value: f64) -> f64 {
    number(Some(value)).parse().unwrap_or(value)
}

fn written(value: Option<f64>, kind: Kind) -> String {
    let mut text = String::new();
    if let Some(value) = value {
        write_number(&mut text, value, kind.decimals(), CsvOptions::default().decimal);
    }
    text
}

/// 1,234,567
pub(crate) fn grouped(number: usize) -> String {
    HumanCount(number as u64).to_string()
}

/// "1 fact", "2 facts".
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// The address, if following it can only open a web page.
pub(crate) fn web_address(url: &str) -> Option<&str> {
    let url = url.trim();
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase())?;
    let clean = !url.chars().any(|c| c.is_control() || c.is_whitespace());
    (clean && url.len() <= 2_000 && matches!(scheme.as_str(), "http" | "https")).then_some(url)
}

/// The words as a link to `url` where that is a web address, else the words.
pub(crate) fn linked(words: &Said<'_>, url: &str) -> Markup {
    html! {
        @match web_address(url) {
            Some(url) => a href=(url) rel="noopener noreferrer" { (words) },
            None => (words),
        }
    }
}

/// A measure in words.
pub(crate) fn measure(name: &str) -> Cow<'_, str> {
    match (framing::comparison(name), name.strip_prefix("tone:")) {
        (Some(comparison), _) => comparison.label.into(),
        (None, Some(target)) => format!("tone toward {}", plain(target, NAME)).into(),
        (None, None) => plain(name, NAME).into(),
    }
}

/// What a difference of a measure says, after "Daily Klaxon".
pub(crate) fn direction(measure: &str, difference: f64) -> String {
    let more = difference > 0.0;
    match (framing::comparison(measure), measure.strip_prefix("tone:")) {
        (Some(comparison), _) => comparison.says[usize::from(more)].into(),
        (None, Some(target)) => {
            let target = plain(target, NAME);
            format!("speaks {} favourably of {target} on the same facts", if more { "more" } else { "less" })
        }
        (None, None) => {
            let more = if more { "higher" } else { "lower" };
            format!("is {more} in {} than the others on the same facts", plain(measure, NAME))
        }
    }
}

/// Which side of an event a source tells more of, after "Daily Klaxon".
pub(crate) fn dwells(frame: &str, difference: f64) -> String {
    format!(
        "dwells {} than the others on the frame {}",
        if difference > 0.0 { "more" } else { "less" },
        self::frame(frame)
    )
}

/// The name of a topic frame in words.
pub(crate) fn frame(name: &str) -> String {
    plain(&name.replace('_', " "), NAME)
}

/// Difference, interval and q in words.
pub(crate) fn figures(difference: Option<f64>, low: Option<f64>, high: Option<f64>, q: Option<f64>) -> String {
    let mut text = format!("difference {}", number(difference));
    if let (Some(_), Some(_)) = (low, high) {
        text += &format!(" (95 % interval {} to {})", number(low), number(high));
    }
    if q.is_some() {
        text += &format!(", q {}", probability(q));
    }
    text
}

/// How much of what is shared the alignment finds.
pub(crate) fn recall(found: &AlignmentRecall) -> String {
    let interval = found.recall_interval.map_or_else(String::new, |(low, high)| {
        format!(" (95 % interval {} to {})", number(Some(low)), number(Some(high)))
    });
    format!("{}{interval}, by {}", number(Some(found.recall)), counted(found.judged, "judged pair", "judged pairs"))
}

/// The sources that the user has chosen as "the others"; none: all others.
pub(crate) fn baseline(run: &RunManifest) -> Vec<&str> {
    let chosen = run.identity.options.get("baseline").and_then(serde_json::Value::as_array);
    chosen.into_iter().flatten().filter_map(serde_json::Value::as_str).collect()
}

/// First and last day.
pub(crate) fn days(story: &StoryRow) -> String {
    match (story.first_date, story.last_date) {
        (Some(first), Some(last)) if first == last => first.to_string(),
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => "undated".into(),
    }
}

/// Sign and word of a state of coverage: the sign before the word, so that colour is never alone.
pub(crate) fn coverage(coverage: Coverage) -> (char, &'static str) {
    match coverage {
        Coverage::Own => ('●', "own"),
        Coverage::Attributed => ('◐', "attributed"),
        Coverage::Unclear => ('?', "unclear"),
        Coverage::NotFound => ('–', "not found"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_can_neither_close_a_tag_nor_turn_the_page_around() {
        let hostile = "<script>alert(1)</script>\u{202E}\u{2067}\"'&\u{0}\u{1B}[31m\r\nnext\u{2028}line";
        let html = Said(hostile, TITLE).render().into_string();
        assert_eq!(html, "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;&quot;'&amp;[31m next line</bdi>");
        assert_eq!(plain("a\u{202E}b\u{2066}c\n", NAME), "abc ");
        let long = "é".repeat(50_000);
        assert_eq!(Said(&long, TITLE).render().into_string().chars().filter(|c| *c == 'é').count(), TITLE);
        assert!(plain(&long, NAME).ends_with('…'));
    }

    #[test]
    fn only_web_addresses_become_links() {
        for url in ["http://a.example/x?y=1&z=\"2\"", "HTTPS://a.example"] {
            assert_eq!(web_address(url), Some(url));
        }
        for url in [
            "javascript:alert(1)",
            "javascript://a.example/%0Aalert(1)",
            "data:text/html,x",
            "a.example",
            "",
            "https://a.example/\njavascript:alert(1)",
            "file:///etc/passwd",
        ] {
            assert_eq!(web_address(url), None, "{url}");
        }
        let link = linked(&Said("T", TITLE), "http://a.example/\"onclick=\"x").into_string();
        assert!(link.contains("href=\"http://a.example/&quot;onclick=&quot;x\""), "{link}");
    }

    #[test]
    fn numbers_are_those_of_the_csv_files() {
        assert_eq!(number(Some(-0.00001)), "0");
        assert_eq!(number(Some(1.59594)), "1.5959");
        assert_eq!(probability(Some(0.00127)), "0.00127");
        assert_eq!(number(None) + &number(Some(f64::NAN)), "");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
