//! A sentence as the measures see it: what the outlet says, what it quotes.

use std::borrow::Cow;

use ndarray::ArrayView1;

use crate::text::{self, Span, Voice};

/// A quotation of so many words, or of half of the sentence, is somebody else's wording; shorter ones (scare quotes,
/// names of things) are the outlet's choice.
const QUOTE_WORDS: usize = 4;
/// What stands in for a quotation, so that the rest reads as a sentence: "He said “a statement”". Of 18 placeholders
/// the one that disturbed the score of the rest least (`data/framing/README.md`).
const PLACEHOLDER: &str = "“a statement”";
/// With fewer own words there is no wording to compare.
const MIN_OWN_WORDS: usize = 4;
/// Opening and closing marks.
const MARKS: &[char] = &['"', '“', '”', '„', '‟', '«', '»', '‘', '’', '\'', '`'];

/// A sentence taken apart: the outlet's own words, and those that it quotes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parts<'s> {
    /// The sentence with a placeholder for each quotation. `None` when nothing but quotation is there.
    pub own: Option<Cow<'s, str>>,
    /// The words quoted. `None` when nothing is.
    pub quoted: Option<String>,
    /// How many words are the outlet's.
    pub own_words: usize,
    /// Where the pieces of `own` come from: (byte in `own`, byte in the sentence, length).
    pieces: Vec<(usize, usize, usize)>,
}

impl<'s> Parts<'s> {
    /// `quotes`: sorted spans of `sentence`, the marks left out.
    pub(crate) fn new(sentence: &'s str, quotes: &[Span]) -> Self {
        let words = text::words(sentence).len();
        let (mut own, mut quoted) = (String::new(), Vec::new());
        let mut pieces = Vec::with_capacity(1);
        let mut at = 0;
        let mut outside = |own: &mut String, from: usize, to: usize| {
            if let Some(piece) = sentence.get(from..to)
                && !piece.is_empty()
            {
                pieces.push((own.len(), from, piece.len()));
                own.push_str(piece);
            }
        };
        for quote in quotes {
            let content = quote.of(sentence);
            let n = text::words(content).len();
            if n == 0 || (n < QUOTE_WORDS && 2 * n < words) || quote.start < at {
                continue;
            }
            let before = sentence.get(..quote.start).unwrap_or_default();
            let after = sentence.get(quote.end..).unwrap_or_default();
            let opening = before.len() - before.trim_end_matches(MARKS).len();
            let closing = after.len() - after.trim_start_matches(MARKS).len();
            outside(&mut own, at, quote.start - opening);
            own.push_str(PLACEHOLDER);
            quoted.push(content.trim());
            at = quote.end + closing;
        }
        outside(&mut own, at, sentence.len());
        // Most sentences quote nothing, and are lent.
        let own: Cow<'s, str> = if quoted.is_empty() { sentence.into() } else { own.into() };
        let own_words = text::words(&counted(&own)).len();
        let quoted = quoted.join(" ");
        Parts { own: (own_words > 0).then_some(own), quoted: (!quoted.is_empty()).then_some(quoted), own_words, pieces }
    }

    /// Whether the outlet says enough itself for its wording to be compared.
    pub(crate) fn has_wording(&self) -> bool {
        self.own_words >= MIN_OWN_WORDS
    }

    /// The spans of the sentence that are the outlet's own words, in order.
    pub(super) fn own_pieces(&self) -> impl Iterator<Item = Span> {
        self.pieces.iter().map(|&(_, start, length)| Span::new(start, start + length))
    }

    /// The span of the sentence that a span of `own` comes from; `None` inside a placeholder.
    pub(crate) fn in_sentence(&self, span: Span) -> Option<Span> {
        let &(own, sentence, length) = self.pieces.iter().rfind(|p| p.0 <= span.start)?;
        (span.end <= own + length).then(|| Span::new(span.start - own + sentence, span.end - own + sentence))
    }
}

/// The words of a masked sentence that count: placeholders are none.
pub(super) fn counted(own: &str) -> Cow<'_, str> {
    if own.contains(PLACEHOLDER) { own.replace(PLACEHOLDER, " ").into() } else { own.into() }
}

/// What a measure scores.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// The sentence, verbatim.
    pub text: &'a str,
    /// Its parts.
    pub parts: &'a Parts<'a>,
    /// Vector of [`Parts::own`], L2 norm 1.
    pub own: Option<ArrayView1<'a, f32>>,
    /// Vector of [`Parts::quoted`], L2 norm 1.
    pub quoted: Option<ArrayView1<'a, f32>>,
    /// Who speaks.
    pub voice: Voice,
    /// The words that attribute it, in `text`.
    pub cue: Option<Span>,
    /// Whom it is attributed to, in `text`.
    pub speaker: Option<Span>,
}

/// A sentence to be scored that belongs to no article.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sentence<'a> {
    pub text: &'a str,
    /// Attribution, spans in `text`.
    pub voice: Voice,
    /// Attributing words.
    pub cue: Option<Span>,
    pub speaker: Option<Span>,
}

impl<'a> Sentence<'a> {
    /// What a measure scores that needs no vector.
    pub(crate) fn with(&self, parts: &'a Parts<'a>) -> Statement<'a> {
        let Sentence { text, voice, cue, speaker } = *self;
        Statement { text, parts, own: None, quoted: None, voice, cue, speaker }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts<'s>(sentence: &'s str, quote: &str) -> Parts<'s> {
        let start = sentence.find(quote).unwrap();
        Parts::new(sentence, &[Span::new(start, start + quote.len())])
    }

    #[test]
    fn own_and_quoted_words_are_told_apart_and_traced_back() {
        let sentence = "The mayor called it “a cruel and reckless hoax” on Monday.";
        let parts = parts(sentence, "a cruel and reckless hoax");
        assert_eq!(parts.own.as_deref(), Some("The mayor called it “a statement” on Monday."));
        assert_eq!(parts.quoted.as_deref(), Some("a cruel and reckless hoax"));
        assert_eq!(parts.own_words, 6);
        let own = parts.own.as_deref().unwrap();
        let monday = own.find("Monday").unwrap();
        assert_eq!(parts.in_sentence(Span::new(monday, monday + 6)).unwrap().of(sentence), "Monday");
        let inside = own.find("statement").unwrap();
        assert_eq!(parts.in_sentence(Span::new(inside, inside + 9)), None);
    }

    #[test]
    fn scare_quotes_are_the_outlets_wording() {
        let sentence = "The so-called “experts” met again in the town hall on Monday evening.";
        assert_eq!(parts(sentence, "experts").own.as_deref(), Some(sentence));
    }

    #[test]
    fn a_sentence_that_is_all_quotation_has_no_own_wording() {
        let parts = parts("“It was a cruel hoax,” he said.", "It was a cruel hoax,");
        assert_eq!((parts.own_words, parts.has_wording()), (2, false));
    }
}
