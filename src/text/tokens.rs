//! Words, and the terms that stand for them in counts.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};

use super::Span;

/// A word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// Where it stands.
    pub span: Span,
    /// Its letters.
    pub text: &'a str,
}

/// Function words, sorted. (Our own list of the usual closed classes: articles, pronouns, prepositions, conjunctions,
/// auxiliaries, and the adverbs that carry no topic.)
const STOPWORDS: &[&str] = &[
    "a",
    "about",
    "above",
    "after",
    "again",
    "against",
    "ain't",
    "all",
    "also",
    "am",
    "an",
    "and",
    "any",
    "are",
    "aren't",
    "as",
    "at",
    "be",
    "because",
    "been",
    "before",
    "being",
    "below",
    "between",
    "both",
    "but",
    "by",
    "can",
    "can't",
    "cannot",
    "could",
    "couldn't",
    "did",
    "didn't",
    "do",
    "does",
    "doesn't",
    "doing",
    "don't",
    "down",
    "during",
    "each",
    "either",
    "else",
    "ever",
    "few",
    "for",
    "from",
    "further",
    "had",
    "hadn't",
    "has",
    "hasn't",
    "have",
    "haven't",
    "having",
    "he",
    "he'd",
    "he'll",
    "he's",
    "her",
    "here",
    "here's",
    "hers",
    "herself",
    "him",
    "himself",
    "his",
    "how",
    "how's",
    "however",
    "i",
    "i'd",
    "i'll",
    "i'm",
    "i've",
    "if",
    "in",
    "into",
    "is",
    "isn't",
    "it",
    "it'd",
    "it'll",
    "it's",
    "its",
    "itself",
    "just",
    "let",
    "let's",
    "may",
    "me",
    "might",
    "more",
    "most",
    "must",
    "mustn't",
    "my",
    "myself",
    "neither",
    "no",
    "nor",
    "not",
    "of",
    "off",
    "on",
    "once",
    "only",
    "onto",
    "or",
    "other",
    "ought",
    "our",
    "ours",
    "ourselves",
    "out",
    "over",
    "own",
    "per",
    "same",
    "shall",
    "shan't",
    "she",
    "she'd",
    "she'll",
    "she's",
    "should",
    "shouldn't",
    "since",
    "so",
    "some",
    "such",
    "than",
    "that",
    "that'll",
    "that's",
    "the",
    "their",
    "theirs",
    "them",
    "themselves",
    "then",
    "there",
    "there's",
    "these",
    "they",
    "they'd",
    "they'll",
    "they're",
    "they've",
    "this",
    "those",
    "though",
    "through",
    "to",
    "too",
    "under",
    "until",
    "up",
    "upon",
    "us",
    "very",
    "was",
    "wasn't",
    "we",
    "we'd",
    "we'll",
    "we're",
    "we've",
    "were",
    "weren't",
    "what",
    "what's",
    "when",
    "when's",
    "where",
    "where's",
    "whether",
    "which",
    "while",
    "who",
    "who's",
    "whom",
    "whose",
    "why",
    "will",
    "with",
    "within",
    "without",
    "won't",
    "would",
    "wouldn't",
    "yet",
    "you",
    "you'd",
    "you'll",
    "you're",
    "you've",
    "your",
    "yours",
    "yourself",
    "yourselves",
];

static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));

/// Stems that each thread remembers at most: news repeats its words, and the stemmer takes most of the time of [`terms`].
const MOST_STEMS: usize = 65_536;

thread_local! {
    static STEMS: RefCell<HashMap<Box<str>, Box<str>>> = RefCell::default();
}

/// The words of a text: runs of letters and digits with inner apostrophes and hyphens, with `.` and `,` inside numbers
/// ("1,200.5") and with the inner stops of acronyms ("U.S" of "U.S.").
pub fn words(text: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if !c.is_alphanumeric() {
            at += c.len_utf8();
            continue;
        }
        let end = word_end(text, at);
        found.push(Word { span: Span::new(at, end), text: &text[at..end] });
        at = end;
    }
    found
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn word_end(text: &str, start: usize) -> usize {
    let mut end = start;
    let mut previous = ' ';
    let mut run = 0; // letters since the last stop or hyphen
    let mut letters = text[start..].chars().peekable();
    while let Some(c) = letters.next() {
        let joins = |next: Option<char>| next.is_some_and(char::is_alphanumeric);
        let inside = if c.is_alphanumeric() || is_mark(c) {
            run += 1;
            true
        } else {
            let next = letters.peek().copied();
            let kept = match c {
                '\'' | '’' => joins(next),
                '-' | '\u{2010}' | '\u{2011}' => joins(next),
                ',' => previous.is_ascii_digit() && three_digits(&text[end + 1..]),
                '.' if previous.is_ascii_digit() => next.is_some_and(|n| n.is_ascii_digit()),
                '.' => run == 1 && previous.is_alphabetic() && single_letter(&text[end + 1..]),
                _ => false,
            };
            run = 0;
            kept
        };
        if !inside {
            break;
        }
        previous = c;
        end += c.len_utf8();
    }
    end
}

/// Exactly three digits: the group behind a thousands separator.
fn three_digits(text: &str) -> bool {
    let digits = text.bytes().take(4).take_while(u8::is_ascii_digit).count();
    digits == 3
}

/// One letter that is no longer word's beginning: the next letter of an acronym.
fn single_letter(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(char::is_alphabetic) && !letters.next().is_some_and(char::is_alphanumeric)
}

/// Whether a lower-cased word (straight or typographic apostrophe) is a function word.
pub fn is_stopword(lower: &str) -> bool {
    if lower.contains('’') {
        return STOPWORDS.binary_search(&lower.replace('’', "'").as_str()).is_ok();
    }
    STOPWORDS.binary_search(&lower).is_ok()
}

/// Longer words, in bytes, are no words: they are left as they stand, for the stemmer takes quadratic time.
const LONGEST_STEMMED: usize = 100;

/// The stem of a lower-cased word: possessive and apostrophes removed, then the English Snowball stemmer.
pub fn stem(lower: &str) -> String {
    if lower.len() > LONGEST_STEMMED {
        return stemmed(lower);
    }
    STEMS.with_borrow_mut(|known| {
        if let Some(stem) = known.get(lower) {
            return stem.as_ref().to_owned();
        }
        let stem = stemmed(lower);
        if known.len() == MOST_STEMS {
            known.clear();
        }
        known.insert(lower.into(), stem.as_str().into());
        stem
    })
}

fn stemmed(lower: &str) -> String {
    let straight = lower.replace('’', "'");
    let bare = straight.strip_suffix("'s").unwrap_or(&straight).replace('\'', "");
    if bare.len() > LONGEST_STEMMED {
        return bare;
    }
    STEMMER.stem(&bare).into_owned()
}

/// The words that carry a text's topic, in order: lower-cased, stemmed, without function words. A hyphenated word gives
/// its parts, a number its digits without thousands separators, an acronym its letters without stops; "US" and "U.S."
/// give `u.s`, which no stopword hides.
pub fn terms(text: &str) -> Vec<String> {
    worded_terms(text).into_iter().map(|(term, _)| term).collect()
}

/// The [`terms`] of a text, each with the word, or part of a hyphenated one, that it stands for.
pub fn worded_terms(text: &str) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    for word in words(text) {
        for part in word.text.split(['-', '\u{2010}', '\u{2011}']) {
            if let Some(term) = term(part) {
                found.push((term, part));
            }
        }
    }
    found
}

fn term(part: &str) -> Option<String> {
    if part.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(part.replace(',', "").to_lowercase());
    }
    let bare = part.strip_suffix("'s").or_else(|| part.strip_suffix("’s")).unwrap_or(part);
    if matches!(bare, "US" | "U.S") {
        return Some("u.s".to_owned());
    }
    let lower = part.to_lowercase().replace('’', "'");
    if is_stopword(&lower) {
        return None;
    }
    let letters = if bare.contains('.') { lower.replace('.', "") } else { lower };
    let stem = stem(&letters);
    (!stem.is_empty() && !is_stopword(&stem)).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(text: &str) -> Vec<&str> {
        words(text).into_iter().map(|w| w.text).collect()
    }

    #[test]
    fn words_keep_inner_apostrophes_hyphens_and_number_marks() {
        assert_eq!(
            texts("Obama’s so-called 1,200.5-page plan didn't cost $3.5 million, U.S. officials said."),
            [
                "Obama’s",
                "so-called",
                "1,200.5-page",
                "plan",
                "didn't",
                "cost",
                "3.5",
                "million",
                "U.S",
                "officials",
                "said"
            ]
        );
        assert_eq!(texts("in 2010, 300 came; 'twas -- odd."), ["in", "2010", "300", "came", "twas", "odd"]);
    }

    #[test]
    fn terms_are_stemmed_words_without_function_words() {
        assert_eq!(terms("The senators’ and the Senator's votes"), ["senat", "senat", "vote"]);
        assert_eq!(terms("a well-known 1,200-page report"), ["well", "known", "1200", "page", "report"]);
        assert_eq!(terms("US and U.S. troops left us"), ["u.s", "u.s", "troop", "left"]);
        assert_eq!(terms("The F.B.I. and FBI"), ["fbi", "fbi"]);
        assert_eq!(terms("It isn’t that she’s not here"), Vec::<String>::new());
    }

    #[test]
    fn the_stopword_list_is_sorted() {
        assert!(STOPWORDS.is_sorted());
    }

    proptest! {
        #[test]
        fn words_lie_in_order_inside_any_text(text in any::<String>()) {
            let mut last = 0;
            for word in words(&text) {
                prop_assert!(word.span.start >= last && word.span.of(&text) == word.text && !word.text.is_empty());
                last = word.span.end;
            }
            let _ = terms(&text);
        }
    }
}
