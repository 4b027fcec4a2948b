//! Paragraphs and sentences.
//!
//! A line is a paragraph. A sentence ends at `.`, `!`, `?` or an ellipsis, with the quotation marks and brackets that
//! close behind it, where what follows looks like a beginning and what precedes is no abbreviation. Every look to
//! either side is bounded, so the work is linear in the text whatever it holds.

use super::Span;

/// How far a look ahead or back may go, in characters.
const LOOK: usize = 48;

/// Abbreviations that stand before a name and so never end a sentence.
const BEFORE_NAME: &[&str] = &[
    "adm", "ald", "assemb", "asst", "atty", "brig", "capt", "cmdr", "col", "cpl", "cpt", "det", "dr", "drs", "fr",
    "ft", "gen", "gens", "gov", "govs", "hon", "insp", "lt", "maj", "messrs", "mme", "mlle", "mr", "mrs", "ms", "msgr",
    "mt", "ofc", "pfc", "prof", "pvt", "rep", "reps", "rev", "revs", "sen", "sens", "sgt", "spc", "supt", "v", "vs",
];

/// Abbreviations that are one only before a number.
const BEFORE_NUMBER: &[&str] =
    &["art", "ch", "fig", "figs", "no", "nos", "p", "pp", "para", "pg", "sec", "vol", "vols", "ext"];

/// Months cut short.
const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"];

/// Abbreviations that may end a sentence: then a word that often starts sentences follows.
const ANYWHERE: &[&str] = &[
    "a.m", "p.m", "am", "pm", "al", "ave", "assn", "blvd", "bros", "cf", "co", "corp", "dept", "dist", "div", "e.g",
    "est", "etc", "ed", "i.e", "inc", "int", "intl", "jr", "ltd", "natl", "ph.d", "pres", "rd", "sr", "st", "sts",
    "univ", "viz", "tel", "approx", "ala", "ariz", "ark", "calif", "colo", "conn", "del", "fla", "ga", "ill", "ind",
    "kan", "ky", "la", "mass", "md", "mich", "minn", "miss", "mo", "mont", "neb", "nev", "okla", "ore", "pa", "penn",
    "tenn", "tex", "va", "vt", "wash", "wis", "wyo",
];

/// Words that, capitalised after an abbreviation, start a sentence far more often than they continue one.
const STARTERS: &[&str] = &[
    "a",
    "about",
    "after",
    "all",
    "also",
    "although",
    "among",
    "an",
    "and",
    "another",
    "any",
    "as",
    "asked",
    "at",
    "because",
    "before",
    "both",
    "but",
    "by",
    "despite",
    "did",
    "do",
    "does",
    "during",
    "each",
    "earlier",
    "even",
    "every",
    "few",
    "finally",
    "for",
    "from",
    "had",
    "has",
    "have",
    "he",
    "her",
    "here",
    "his",
    "how",
    "however",
    "i",
    "if",
    "in",
    "indeed",
    "instead",
    "is",
    "it",
    "its",
    "it's",
    "just",
    "last",
    "later",
    "let",
    "like",
    "many",
    "meanwhile",
    "more",
    "moreover",
    "most",
    "my",
    "neither",
    "no",
    "nobody",
    "none",
    "nor",
    "not",
    "nothing",
    "now",
    "of",
    "on",
    "once",
    "one",
    "only",
    "or",
    "other",
    "others",
    "our",
    "over",
    "perhaps",
    "rather",
    "she",
    "since",
    "so",
    "some",
    "still",
    "such",
    "than",
    "that",
    "that's",
    "the",
    "their",
    "then",
    "there",
    "there's",
    "these",
    "they",
    "this",
    "those",
    "though",
    "through",
    "thus",
    "to",
    "today",
    "two",
    "under",
    "unless",
    "until",
    "was",
    "we",
    "we're",
    "were",
    "what",
    "when",
    "where",
    "whether",
    "which",
    "while",
    "who",
    "why",
    "will",
    "with",
    "without",
    "would",
    "yes",
    "yet",
    "you",
    "your",
    "i'm",
    "he's",
    "she's",
    "they're",
    "don't",
    "according",
    "asked",
    "officials",
    "police",
    "critics",
    "several",
    "under",
    "unlike",
    "within",
];

/// The lines that hold something, without white space at their ends.
pub fn paragraphs(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut start = 0;
    let breaks = text.char_indices().filter(|(_, c)| is_line_break(*c)).map(|(at, c)| (at, at + c.len_utf8()));
    for (end, next) in breaks.chain([(text.len(), text.len())]) {
        let line = Span::new(start, end).trimmed(text);
        if !line.is_empty() {
            found.push(line);
        }
        start = next;
    }
    found
}

fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether the text ends as a sentence does, inside or outside of a quotation; a headline does not.
pub fn full_stop(text: &str) -> bool {
    let closing = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '”' | '’' | '»' | ')' | ']');
    text.trim_end_matches(closing).ends_with(['.', '?', '!', '…'])
}

/// The sentences of one paragraph, in order, without white space at their ends; together they hold all of its other
/// characters.
pub fn sentences(text: &str, paragraph: Span) -> Vec<Span> {
    let inner = paragraph.of(text);
    let mut found = Vec::new();
    let mut start = 0;
    let mut scan = Scan { text: inner, straight_open: false };
    let mut at = 0;
    while let Some(c) = inner[at..].chars().next() {
        if c == '"' {
            scan.straight_open = !scan.straight_open;
        }
        if !is_stop(c) {
            at += c.len_utf8();
            continue;
        }
        let stop = scan.stop_at(at);
        if stop.ends_sentence(inner, start) {
            push(&mut found, inner, start, stop.end, paragraph.start);
            start = stop.end;
        }
        at = stop.end;
    }
    push(&mut found, inner, start, inner.len(), paragraph.start);
    found
}

fn push(found: &mut Vec<Span>, inner: &str, start: usize, end: usize, offset: usize) {
    let span = Span::new(start, end).trimmed(inner);
    if !span.is_empty() {
        found.push(span.shifted(offset));
    }
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '‽')
}

struct Scan<'a> {
    text: &'a str,
    /// Whether an odd number of straight double quotes has passed.
    straight_open: bool,
}

/// A run of stops with what closes behind it.
struct Stop {
    start: usize,
    end: usize,
    exclaims: bool,
    ellipsis: bool,
    closes_quote: bool,
}

impl Scan<'_> {
    fn stop_at(&mut self, start: usize) -> Stop {
        let text = self.text;
        let mut stop = Stop { start, end: start, exclaims: false, ellipsis: false, closes_quote: false };
        let mut dots = 0;
        // The stops themselves: "?!", "...", ". . .".
        loop {
            let rest = &text[stop.end..];
            match rest.chars().next() {
                Some(c) if is_stop(c) => {
                    stop.exclaims |= matches!(c, '!' | '?' | '‽');
                    stop.ellipsis |= c == '…';
                    dots += usize::from(c == '.');
                    stop.end += c.len_utf8();
                }
                Some(' ')
                    if dots > 0
                        && rest[1..].starts_with('.')
                        && !rest[2..].starts_with(|c: char| c.is_alphanumeric()) =>
                {
                    stop.end += 1;
                }
                _ => break,
            }
        }
        stop.ellipsis |= dots > 1;
        // What closes behind them, also with a space before it where it cannot be an opening.
        loop {
            let rest = &text[stop.end..];
            let inner = rest.trim_start_matches(' ');
            let spaces = rest.len() - inner.len();
            let Some(c) = inner.chars().next() else { break };
            let after = inner[c.len_utf8()..].chars().next();
            let closer = match c {
                ')' | ']' | '}' | '”' | '»' | '›' => spaces <= 1 && !(c == '»' && spaces > 0),
                '’' => spaces == 0 || (spaces == 1 && after == Some('’')),
                '\'' if after == Some('\'') => spaces <= 1,
                '\'' => spaces == 0,
                '"' => {
                    let closes = if spaces == 0 {
                        self.straight_open || !after.is_some_and(char::is_alphanumeric)
                    } else {
                        spaces == 1 && self.straight_open && !after.is_some_and(char::is_alphanumeric)
                    };
                    if closes {
                        self.straight_open = false;
                    }
                    closes
                }
                _ => false,
            };
            if !closer {
                break;
            }
            stop.closes_quote |= !matches!(c, ')' | ']' | '}');
            stop.end += spaces + c.len_utf8();
            if c == '\'' && after == Some('\'') {
                stop.end += 1;
            }
        }
        stop
    }
}

impl Stop {
    fn ends_sentence(&self, text: &str, start: usize) -> bool {
        let rest = &text[self.end..];
        let next = rest.trim_start();
        let Some(first) = next.chars().next() else { return true };
        let spaced = next.len() < rest.len();
        let opening = matches!(first, '“' | '‘' | '«' | '`' | '"' | '\'' | '(' | '[' | '„');
        if !spaced {
            // No space: only a typographic opening or a run-on of two plain words ("ended.The") begins anew.
            return matches!(first, '“' | '‘' | '„') || self.runs_on(text, first);
        }
        let begins = next.trim_start_matches(['“', '‘', '«', '`', '"', '\'', '(', '[', '„', '¿', '¡', ' ']);
        let word = leading_word(begins);
        let Some(initial) = begins.chars().next() else { return !opening || self.closes_quote };
        if initial.is_lowercase() && !(word.chars().nth(1).is_some_and(char::is_uppercase)) {
            return false;
        }
        if matches!(first, ',' | ';' | ':' | '-' | '–' | '—' | '/' | '&') && !next.starts_with("- ") {
            // A dash after a stop still goes on, unless it sets off a new speaker.
            return matches!(first, '—' | '–' | '-')
                && !self.is_abbreviation(text, start, word)
                && initial_of_dash(next);
        }
        if is_stop(first) || matches!(first, ')' | ']' | '}') {
            return false;
        }
        if self.exclaims {
            let asked = self.closes_quote && names_speaker(next);
            return !asked && !self.is_brand(text);
        }
        if self.closes_quote && names_speaker(next) && self.ellipsis {
            return false;
        }
        if self.ellipsis {
            return true;
        }
        if self.closes_quote {
            return true;
        }
        !self.is_abbreviation(text, start, word) && !(self.numbers_a_list(text, start))
    }

    /// "ended.The": lower-case letters, one full stop, a capitalised word.
    fn runs_on(&self, text: &str, first: char) -> bool {
        let before = word_before(text, self.start);
        let after = leading_word(&text[self.end..]);
        let plain = before.chars().count() > 2 && before.chars().all(|c| c.is_lowercase());
        let mut letters = after.chars().skip(1);
        let capitalised = first.is_uppercase()
            && letters.next().is_none_or(|c| c.is_lowercase() || c == '\'' || c == '’')
            && letters.all(|c| !c.is_uppercase());
        let tail = &text[(self.end + after.len()).min(text.len())..];
        let closed = tail.starts_with([' ', ',', '\'', '’']);
        plain
            && capitalised
            && closed
            && !self.ellipsis
            && self.end > self.start
            && (after.len() > 1 || after == "A" || after == "I")
    }

    /// "Yahoo! Inc", "Jeopardy! host".
    fn is_brand(&self, text: &str) -> bool {
        !self.closes_quote && matches!(word_before(text, self.start), "Yahoo" | "Jeopardy" | "Yum" | "Joomla")
    }

    /// A number alone before the stop: "1. Do this".
    fn numbers_a_list(&self, text: &str, start: usize) -> bool {
        let head = text[start..self.start].trim();
        !head.is_empty() && head.len() <= 3 && head.chars().all(|c| c.is_ascii_digit())
    }

    fn is_abbreviation(&self, text: &str, start: usize, next: &str) -> bool {
        if self.exclaims || self.ellipsis || self.closes_quote {
            return false;
        }
        let before = word_before(text, self.start);
        if before.is_empty() {
            return false;
        }
        // "$2. 5 million" of text with spaces around stops.
        let number = next.starts_with(|c: char| c.is_ascii_digit());
        if number && before.bytes().all(|b| b.is_ascii_digit()) && text[..self.start - before.len()].ends_with('$') {
            return true;
        }
        let lower = before.to_lowercase();
        let lower = lower.as_str();
        let next_lower = next.to_lowercase().replace('’', "'");
        let starter = STARTERS.contains(&next_lower.as_str()) && next.chars().skip(1).all(|c| !c.is_uppercase());
        let last = lower.rsplit('-').next().unwrap_or(lower); // "R-Ariz"
        let capitalised = before.chars().next().is_some_and(char::is_uppercase);
        if BEFORE_NAME.contains(&last) && (capitalised || before.contains('-') || matches!(lower, "vs" | "v")) {
            return true;
        }
        if BEFORE_NUMBER.contains(&lower) && before != "P" {
            return number;
        }
        if MONTHS.contains(&lower) && capitalised {
            return number || !starter;
        }
        let single = {
            let mut letters = last.chars();
            letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
        };
        if single {
            // An initial; "Plan B. The", "and I. But".
            let goes_on = !starter || next_is_initial(text, self.end);
            let numbers = start + before.len() == self.start; // "A. The first item"
            return (capitalised && goes_on && before != "I") || (starter && numbers);
        }
        let dotted = last.contains('.') && last.split('.').all(|part| (1..=2).contains(&part.chars().count()));
        let known = ANYWHERE.contains(&last)
            && (capitalised || matches!(last, "a.m" | "p.m" | "e.g" | "i.e" | "etc" | "cf" | "al" | "approx" | "est"));
        if dotted || known {
            return !starter;
        }
        false
    }
}

fn initial_of_dash(next: &str) -> bool {
    next.trim_start_matches(['—', '–', '-'])
        .trim_start()
        .chars()
        .next()
        .is_some_and(|c| c.is_uppercase() || matches!(c, '“' | '"'))
}

fn next_is_initial(text: &str, end: usize) -> bool {
    let next = text[end..].trim_start();
    let mut letters = next.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next() == Some('.')
}

/// The letters, digits, inner stops, hyphens and apostrophes right before `end`.
fn word_before(text: &str, end: usize) -> &str {
    let start = text[..end]
        .char_indices()
        .rev()
        .take(LOOK)
        .take_while(|(_, c)| c.is_alphanumeric() || matches!(c, '.' | '-' | '\'' | '’'))
        .last()
        .map_or(end, |(at, _)| at);
    text[start..end].trim_start_matches(['.', '-', '\'', '’'])
}

/// The word at the start of `text`, not longer than [`LOOK`].
fn leading_word(text: &str) -> &str {
    let end = text
        .char_indices()
        .take(LOOK)
        .take_while(|(_, c)| c.is_alphanumeric() || matches!(c, '\'' | '’'))
        .last()
        .map_or(0, |(at, c)| at + c.len_utf8());
    &text[..end]
}

/// Whether a sentence goes on after `"Why?"` with who asks: "Smith asked", "Senator Jo Poe, R-Ky., asked".
fn names_speaker(next: &str) -> bool {
    const SPEECH: &[&str] = &[
        "said",
        "says",
        "asked",
        "asks",
        "wrote",
        "writes",
        "shouted",
        "yelled",
        "wondered",
        "tweeted",
        "exclaimed",
        "cried",
        "replied",
        "screamed",
        "quipped",
        "joked",
        "declared",
        "chanted",
        "recalled",
    ];
    if next.starts_with(['“', '"', '‘', '`']) {
        return false;
    }
    let end = next.char_indices().nth(2 * LOOK).map_or(next.len(), |(at, _)| at);
    for (i, word) in next[..end].split(' ').take(10).enumerate() {
        let bare = word.trim_end_matches([',', '.', ':', ';', '?', '!']);
        if SPEECH.contains(&bare) {
            return i > 0;
        }
        let small = matches!(bare, "the" | "of" | "a" | "an" | "then") || (i == 1 && bare.ends_with("man"));
        let capitalised = bare.starts_with(|c: char| c.is_uppercase() || c == '(');
        let title = BEFORE_NAME.contains(&bare.to_lowercase().as_str()) || bare.len() == 1 || bare.contains('-');
        let ends = word.ends_with(['.', ':', ';', '?', '!']) && !title;
        // "The reporter asked": an article may bring one plain noun.
        let noun = i == 1 && next.starts_with("The ");
        if ends || !(capitalised || small || noun) {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(text: &str) -> Vec<&str> {
        paragraphs(text).into_iter().flat_map(|p| sentences(text, p)).map(|s| s.of(text)).collect()
    }

    #[test]
    fn a_line_is_a_paragraph_whether_or_not_a_blank_line_follows() {
        assert_eq!(split("First item\nSecond item\r\n\r\n  Third one.  "), ["First item", "Second item", "Third one."]);
    }

    #[test]
    fn titles_initials_and_months_do_not_end_a_sentence() {
        let one = "Sen. Jim DeMint, R-S.C., met George W. Bush and Dr. J. K. Ross on Feb. 12 at No. 10 in St. Louis, Mo., at 5 p.m. Monday.";
        assert_eq!(split(one), [one]);
        assert_eq!(split("He met Mr. Smith. Then he left."), ["He met Mr. Smith.", "Then he left."]);
    }

    #[test]
    fn an_abbreviation_ends_a_sentence_before_a_word_that_starts_sentences() {
        assert_eq!(
            split("He left the U.S. The next day he was back."),
            ["He left the U.S.", "The next day he was back."]
        );
        assert_eq!(split("It opens at 9 a.m. It shuts at noon."), ["It opens at 9 a.m.", "It shuts at noon."]);
        assert_eq!(split("The U.S. Senate met in Washington, D.C. on Monday.").len(), 1);
        assert_eq!(split("Acme Inc. Chairman Jo Poe resigned.").len(), 1);
    }

    #[test]
    fn decimals_addresses_and_ellipses_inside_do_not_split() {
        assert_eq!(split("It rose 3.5 points, see www.example.com/a.b?c=d for more.").len(), 1);
        assert_eq!(split("He said it was ... difficult.").len(), 1);
        assert_eq!(split("He waited… and waited.").len(), 1);
        assert_eq!(split("It is over. ... And we won."), ["It is over. ...", "And we won."]);
    }

    #[test]
    fn closing_marks_stay_with_their_sentence() {
        assert_eq!(split("“We won.” She left."), ["“We won.”", "She left."]);
        assert_eq!(split("\"We won.\" \"Did we?\" she asked."), ["\"We won.\"", "\"Did we?\" she asked."]);
        assert_eq!(split("`` We won.'' He left ."), ["`` We won.''", "He left ."]);
        assert_eq!(split("(It rained.) Then it stopped."), ["(It rained.)", "Then it stopped."]);
        assert_eq!(split("He said “ it ended . ” Then he left ."), ["He said “ it ended . ”", "Then he left ."]);
        assert_eq!(split("\" It ended . \" Then he left ."), ["\" It ended . \"", "Then he left ."]);
    }

    #[test]
    fn a_question_in_quotes_goes_on_with_its_speaker() {
        assert_eq!(split("“Why now?” Mr. Smith asked. “Who knows?!” Nobody did.").len(), 3);
        assert_eq!(split("“Get out!” he shouted.").len(), 1);
    }

    #[test]
    fn a_missing_space_between_two_sentences_still_splits_them() {
        assert_eq!(split("The talks ended.The parties left."), ["The talks ended.", "The parties left."]);
        assert_eq!(split("He works for Example.Com and Node.Js now.").len(), 1);
    }

    #[test]
    fn numbered_lines_keep_their_number() {
        assert_eq!(split("1. Vote early. 2. Vote often."), ["1. Vote early.", "2. Vote often."]);
    }

    #[test]
    fn hostile_text_takes_linear_time() {
        for unit in [". ", "\"", "...\" ", "A.", "a.B", "?!)", " .", "' ' ", "“.”", "Mr. ", "\" .", ". . "] {
            let text = unit.repeat(1_000_000 / unit.len());
            let start = std::time::Instant::now();
            let _ = split(&text);
            assert!(start.elapsed().as_secs() < 5, "{unit:?}");
        }
    }

    proptest! {
        #[test]
        fn sentences_rebuild_every_paragraph(text in r#"([a-zA-Z0-9éß]{1,4}|[ .!?…"'“”’`(){}\n-]|U\.S\.|Mr\.){0,60}"#) {
            let mut all = String::new();
            for paragraph in paragraphs(&text) {
                let mut last = paragraph.start;
                for sentence in sentences(&text, paragraph) {
                    prop_assert!(paragraph.contains(sentence) && last <= sentence.start && !sentence.is_empty());
                    prop_assert_eq!(sentence.of(&text).trim(), sentence.of(&text));
                    prop_assert!(!sentence.of(&text).is_empty());
                    prop_assert!(text[last..sentence.start].trim().is_empty());
                    last = sentence.end;
                    all.push_str(sentence.of(&text));
                }
                prop_assert!(text[last..paragraph.end].trim().is_empty());
            }
            let bare = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(bare(&all), bare(&text));
        }

        #[test]
        fn no_text_makes_the_splitter_fail(text in any::<String>()) {
            for paragraph in paragraphs(&text) {
                for sentence in sentences(&text, paragraph) {
                    prop_assert!(!sentence.of(&text).is_empty());
                }
            }
        }
    }
}
