//! Direct quotations: what stands between quotation marks.

use super::Span;
use super::sentences::paragraphs;

/// The parts of a text inside direct quotation marks, without the marks, in order.
///
/// Marks are “ ”, straight ", the pairs `` '' of telegraphic text, « », and single ‘ ’ and ' where they are no
/// apostrophes. A quotation that is not closed runs to its paragraph's end, as in quotations of several paragraphs,
/// where the next one opens anew. Quotations inside quotations are part of the outer one.
///
/// A closing mark without an opening one closes what began at its paragraph's start, or in a paragraph left
/// open before, at most two paragraphs without marks in between.
pub fn quotations(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    // Paragraphs without marks since one whose quotation was left open.
    let mut carried: Option<Vec<Span>> = None;
    for paragraph in paragraphs(text) {
        let ends = quoted_in(text, paragraph, &mut found, |found| {
            for between in carried.iter().flatten() {
                found.push(*between);
            }
        });
        match ends {
            Ends::Open => carried = Some(Vec::new()),
            Ends::Closed => carried = None,
            Ends::Unmarked => {
                carried = carried.filter(|c| c.len() < CARRIED);
                if let Some(carried) = &mut carried {
                    carried.push(paragraph);
                }
            }
        }
    }
    found
}

/// So many paragraphs without marks may stand inside a quotation.
const CARRIED: usize = 2;

/// How a paragraph leaves its quotations.
enum Ends {
    Open,
    Closed,
    Unmarked,
}

/// A quotation mark.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Open,
    Close,
    /// A straight double quote, which is either.
    Either,
    /// An opening single quote whose closing one is at that byte.
    Single(usize),
}

fn quoted_in(text: &str, paragraph: Span, found: &mut Vec<Span>, before: impl FnOnce(&mut Vec<Span>)) -> Ends {
    let inner = paragraph.of(text);
    let offset = paragraph.start;
    let closings = single_closings(inner);
    let mut open: Option<usize> = None;
    let mut at = 0;
    let mut previous = ' ';
    let mut before = Some(before);
    while let Some(c) = inner[at..].chars().next() {
        let rest = &inner[at + c.len_utf8()..];
        let next = rest.chars().next().unwrap_or(' ');
        let mut len = c.len_utf8();
        let mark = match c {
            '“' | '„' | '«' => Some(Mark::Open),
            '”' | '»' => Some(Mark::Close),
            '"' if rest.is_empty() => Some(Mark::Close),
            '"' => Some(direction(previous, next, open.is_some())),
            '`' if next == '`' => {
                len = 2;
                Some(Mark::Open)
            }
            '\'' if next == '\'' => {
                len = 2;
                Some(if open.is_some() {
                    Mark::Close
                } else {
                    direction(previous, rest[1..].chars().next().unwrap_or(' '), false)
                })
            }
            '‘' | '\'' if open.is_none() && opens_single(c, previous, next) => {
                closing_of(&closings, at, c).map(Mark::Single)
            }
            _ => None,
        };
        let mut end = at + len;
        match (mark, open) {
            (Some(Mark::Open | Mark::Either), None) => open = Some(end),
            (Some(Mark::Open), Some(start)) if !matches!(c, '„' | '«') && (c != '“' || previous != '‘') => {
                // The one before was never closed; the new one begins.
                add(found, text, offset, start, at);
                open = Some(end);
            }
            (Some(Mark::Close | Mark::Either), Some(start)) => {
                add(found, text, offset, start, at);
                open = None;
            }
            (Some(Mark::Close), None) if before.is_some() && at > 0 && !previous.is_ascii_digit() => {
                if let Some(fill) = before.take() {
                    fill(found);
                }
                add(found, text, offset, 0, at);
            }
            (Some(Mark::Single(close)), None) => {
                add(found, text, offset, end, close);
                end = close + inner[close..].chars().next().map_or(1, char::len_utf8);
            }
            _ => {}
        }
        if mark.is_some() {
            before = None;
        }
        previous = inner[..end].chars().next_back().unwrap_or(c);
        at = end;
    }
    match open {
        Some(start) => {
            add(found, text, offset, start, inner.len());
            Ends::Open
        }
        None if before.is_some() => Ends::Unmarked,
        None => Ends::Closed,
    }
}

fn add(found: &mut Vec<Span>, text: &str, offset: usize, start: usize, end: usize) {
    let span = Span::new(start, end.max(start)).shifted(offset).trimmed(text);
    if !span.is_empty() {
        found.push(span);
    }
}

fn direction(previous: char, next: char, open: bool) -> Mark {
    let opening = (previous.is_whitespace() || matches!(previous, '(' | '[' | '-' | '—' | '–'))
        && !next.is_whitespace()
        && !matches!(next, ',' | '.' | ';' | ')');
    let closing = !previous.is_whitespace()
        && (next.is_whitespace() || matches!(next, ',' | '.' | ';' | ':' | ')' | '?' | '!' | '-' | '—' | '–' | '\''));
    match (opening, closing) {
        (true, false) if open && matches!(previous, '-' | '—' | '–') => Mark::Close,
        (true, false) => Mark::Open,
        (false, true) if !open => Mark::Close, // stray: ignored
        (false, true) => Mark::Close,
        _ => Mark::Either,
    }
}

fn opens_single(c: char, previous: char, next: char) -> bool {
    let outside = previous.is_whitespace() || matches!(previous, '(' | '[' | '—' | '–' | '"' | '“');
    outside && (next.is_alphanumeric() || matches!(next, '[' | '…' | '.' | ' ' if c == '‘')) && !next.is_ascii_digit()
}

/// For each byte that is a single closing mark: (place, mark). An apostrophe inside a word is none.
fn single_closings(inner: &str) -> Vec<(usize, char)> {
    let mut found = Vec::new();
    let mut previous = ' ';
    let mut letters = inner.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        let next = letters.peek().map_or(' ', |(_, n)| *n);
        if matches!(c, '’' | '\'')
            && !previous.is_whitespace()
            && previous != '\''
            && next != '\''
            && !next.is_alphanumeric()
        {
            // The possessive of a plural ("workers’ rights") is no closing mark unless nothing better comes.
            let possessive = previous == 's' && next == ' ';
            if !possessive {
                found.push((at, c));
            }
        }
        previous = c;
    }
    found
}

/// The closing mark of the single quote at `at`, at most 600 bytes on.
fn closing_of(closings: &[(usize, char)], at: usize, mark: char) -> Option<usize> {
    let wanted = if mark == '‘' { '’' } else { '\'' };
    let first = closings.partition_point(|(place, _)| *place <= at);
    closings[first..]
        .iter()
        .take_while(|(place, _)| *place < at + 600)
        .take(16)
        .find(|(_, c)| *c == wanted)
        .map(|(place, _)| *place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quoted(text: &str) -> Vec<&str> {
        quotations(text).into_iter().map(|s| s.of(text)).collect()
    }

    #[test]
    fn all_kinds_of_marks_quote() {
        assert_eq!(quoted("“We won,” he said. \"Did we?\" `` Yes ,'' she said."), ["We won,", "Did we?", "Yes ,"]);
        assert_eq!(quoted("He called it ‘a new day’ for the workers’ party."), ["a new day"]);
        assert_eq!(quoted("Senators Slam 'Inaccurate' Comments of the '90s"), ["Inaccurate"]);
        assert_eq!(quoted("The boys' and girls' teams don't play."), Vec::<&str>::new());
    }

    #[test]
    fn an_unclosed_quotation_runs_to_its_paragraphs_end_and_the_next_reopens() {
        assert_eq!(quoted("“First part.\n“Second part,” he said."), ["First part.", "Second part,"]);
        assert_eq!(quoted("\"First part.\nHe left."), ["First part."]);
        assert_eq!(quoted("`` One .\nTwo .\nThree .'' He left .\nFive ."), ["One .", "Two .", "Three ."]);
        assert_eq!(quoted("We never did that . \""), ["We never did that ."]);
        assert_eq!(quoted("We never did that,\" he said. It is 5' 6\" high."), ["We never did that,"]);
    }

    #[test]
    fn quotations_inside_quotations_belong_to_the_outer_one() {
        assert_eq!(quoted("“He said ‘no’ to me,” she said."), ["He said ‘no’ to me,"]);
    }

    proptest! {
        #[test]
        fn quotations_lie_in_order_inside_any_text(text in r#"([a-z]{1,5}|[ "'“”‘’`,.\n«»—-]|\PC){0,60}"#) {
            let mut last = 0;
            for span in quotations(&text) {
                prop_assert!(span.start >= last && !span.of(&text).is_empty());
                last = span.end;
            }
        }
    }
}
