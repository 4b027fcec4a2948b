//! Text out of HTML, by the WHATWG tokenizer (linear in the input; no tree is built).

use html5gum::{DefaultEmitter, Token, Tokenizer};
use std::borrow::Cow;

/// Elements that end the line before and after them.
const BLOCK: [&str; 40] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "tr",
    "ul",
    "summary",
    "details",
];
/// Inline elements that, with [`BLOCK`] and [`DROPPED`], make a text look like HTML.
const INLINE: [&str; 24] = [
    "a", "abbr", "b", "big", "cite", "code", "em", "font", "i", "img", "input", "label", "q", "s", "small", "span",
    "strong", "sub", "sup", "td", "th", "time", "u", "picture",
];
/// Elements whose content is not prose.
const DROPPED: [&str; 8] = ["script", "style", "title", "iframe", "noscript", "noembed", "noframes", "svg"];

/// Plain text: tags and entities resolved where the text looks like HTML, otherwise the text itself.
pub fn strip(text: &str) -> Cow<'_, str> {
    if looks_tagged(text) {
        Cow::Owned(without_tags(text))
    } else if has_entity(text) {
        // No tags here: a "<" is a less-than sign and must not open one.
        Cow::Owned(without_tags(&text.replace('<', "&lt;")))
    } else {
        Cow::Borrowed(text)
    }
}

fn looks_tagged(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().filter(|(_, b)| **b == b'<').any(|(at, _)| {
        let rest = &bytes[at + 1..];
        if rest.starts_with(b"!--") || rest.len() >= 8 && rest[..8].eq_ignore_ascii_case(b"!doctype") {
            return true;
        }
        let rest = rest.strip_prefix(b"/").unwrap_or(rest);
        let length = rest.iter().take(12).take_while(|b| b.is_ascii_alphanumeric()).count();
        let ends = rest.get(length).is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'));
        ends && [&BLOCK[..], &INLINE[..], &DROPPED[..]]
            .iter()
            .any(|names| names.iter().any(|name| rest[..length].eq_ignore_ascii_case(name.as_bytes())))
    })
}

/// Whether the text holds a complete character reference: `&amp;`, `&#39;`, `&#x2019;`.
fn has_entity(text: &str) -> bool {
    text.match_indices('&').any(|(at, _)| {
        let rest = &text.as_bytes()[at + 1..];
        let name = rest.strip_prefix(b"#").unwrap_or(rest);
        let length = name.iter().take(12).take_while(|b| b.is_ascii_alphanumeric()).count();
        length >= 2 && name.get(length) == Some(&b';')
    })
}

fn without_tags(html: &str) -> String {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut out = Writer { text: String::with_capacity(html.len()), lines_are_markup: has_block(html) };
    // The element whose content is left out, and where in `out` that content starts.
    let mut dropped: Option<(Vec<u8>, usize)> = None;
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let token = match token {
            Ok(token) => token,
            Err(never) => match never {},
        };
        match token {
            Token::StartTag(tag) => {
                let name = tag.name.as_slice();
                if dropped.is_none() && !tag.self_closing && is_any(&DROPPED, name) {
                    dropped = Some((name.to_vec(), out.text.len()));
                } else {
                    out.tag(name);
                }
            }
            Token::EndTag(tag) => {
                let name = tag.name.as_slice();
                match dropped.take() {
                    Some((open, start)) if open == name => out.text.truncate(start),
                    open => {
                        dropped = open;
                        out.tag(name);
                    }
                }
            }
            Token::String(string) => out.write(&String::from_utf8_lossy(&string)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    // Code and styles end with the document; other elements that nobody closed were prose after all.
    if let Some((name, start)) = dropped
        && is_any(&["script", "style"], &name)
    {
        out.text.truncate(start);
    }
    out.text
}

fn is_any(names: &[&str], name: &[u8]) -> bool {
    names.iter().any(|n| n.as_bytes() == name)
}

/// Whether line breaks come from tags, so that those in the source are mere white space.
fn has_block(html: &str) -> bool {
    html.match_indices('<').any(|(at, _)| {
        let rest = &html.as_bytes()[at + 1..];
        let length = rest.iter().take(12).take_while(|b| b.is_ascii_alphanumeric()).count();
        ["p", "br", "div", "li"].iter().any(|name| rest[..length].eq_ignore_ascii_case(name.as_bytes()))
    })
}

struct Writer {
    text: String,
    lines_are_markup: bool,
}

impl Writer {
    fn tag(&mut self, name: &[u8]) {
        if is_any(&BLOCK, name) {
            self.break_line();
        } else if is_any(&["td", "th"], name) {
            self.space();
        }
    }

    fn break_line(&mut self) {
        let kept = self.text.trim_end_matches(' ').len();
        self.text.truncate(kept);
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
            self.text.push(' ');
        }
    }

    fn write(&mut self, string: &str) {
        if !self.lines_are_markup {
            self.text.push_str(string);
            return;
        }
        for c in string.chars() {
            if matches!(c, ' ' | '\n' | '\r' | '\t') {
                self.space();
            } else {
                self.text.push(c);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::testing::{takes_linear_time, takes_linear_time_on};
    use proptest::prelude::*;

    #[test]
    fn plain_text_stays_as_it_is() {
        for text in ["A < B and C > D", "I <3 you", "AT&T & Co", "x<y>z", "R&D;", "", "“Quotes” — fine\n\nSecond"]
        {
            assert_eq!(strip(text), text);
            assert!(matches!(strip(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn block_tags_become_line_breaks_and_code_is_dropped() {
        assert_eq!(
            strip(
                "<html><head><title>T</title><style>p{}</style></head><body><p>One\n line.</p><script>if (a<b) {}</script><p>Two &amp; <b>three</b>.<br/>Four</p></body>"
            ),
            "One line.\nTwo & three.\nFour\n"
        );
        assert_eq!(strip("First <a href=\"x\">link</a>.\n\nSecond."), "First link.\n\nSecond.");
        assert_eq!(strip("<ul><li>a</li><li>b</li></ul>"), "a\nb\n");
    }

    #[test]
    fn entities_alone_are_resolved_without_eating_less_than_signs() {
        assert_eq!(strip("a <bc &lt; d &#8217; &amp; e"), "a <bc < d ’ & e");
    }

    #[test]
    fn an_element_that_is_never_closed_takes_no_prose_with_it() {
        assert_eq!(strip("<p>One</p><svg><p>Two</p>"), "One\nTwo\n");
        assert_eq!(strip("<p>One</p><script>var x;"), "One\n");
    }

    proptest! {
        #[test]
        fn no_markup_panics(text in "[<>/!a-c&;#\"' =\\n-]{0,80}") { strip(&text); }

        #[test]
        fn any_text_is_stripped(text in "\\PC{0,60}") { strip(&format!("<p>{text}<br>")); }
    }

    #[test]
    fn hostile_text_takes_linear_time() {
        for unit in [
            "<",
            "<p",
            "<p ",
            "<b>",
            "&",
            "&amp",
            "<!--",
            "</",
            "<a href=\"",
            "<a b=1 ",
            "<svg>",
            "<title>",
            "<p>",
            "<!doctype ",
        ] {
            takes_linear_time("<p>", unit, |text| drop(strip(text)));
        }
        // Distinct attributes in one tag.
        let tag = |bytes: usize| (0..bytes / 10).map(|i| format!(" a{i}=1")).collect::<String>();
        takes_linear_time_on(|bytes| format!("<p{}>x", tag(bytes)), |text| drop(strip(text)));
    }
}
