//! A sentence as the measures see it: what the outlet says, what it quotes.

use ndarray::ArrayView1;

use crate::text::{self, Span, Voice};

/// Fewer words are no wording to be scored.
const MIN_WORDS: usize = 3;

/// A sentence taken apart: the outlet's own words, and those inside quotation marks.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// Quoted content as an ellipsis between quotation marks: what stands outside is the outlet's wording. `None` when too little does.
    pub own: Option<String>,
    /// What stands inside quotation marks. `None` when too little does.
    pub quoted: Option<String>,
    /// Where the pieces of `own` come from: (byte in `own`, byte in the sentence, length).
    pieces: Vec<(usize, usize, usize)>,
}

impl Parts {
    /// `quotes`: sorted spans of `sentence`, the marks left out.
    pub fn new(sentence: &str, quotes: &[Span]) -> Self {
        let mut own = String::with_capacity(sentence.len());
        let mut pieces = Vec::new();
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
            outside(&mut own, at, quote.start);
            own.push('…');
            at = quote.end.max(at);
        }
        outside(&mut own, at, sentence.len());
        let quoted: String = quotes.iter().map(|q| q.of(sentence).trim()).collect::<Vec<_>>().join(" ");
        let enough = |s: String| (text::words(&s).len() >= MIN_WORDS).then_some(s);
        Parts { own: enough(own), quoted: enough(quoted), pieces }
    }

    /// The span of the sentence that a span of `own` comes from.
    pub fn in_sentence(&self, span: Span) -> Option<Span> {
        let &(own, sentence, length) = self.pieces.iter().rfind(|p| p.0 <= span.start)?;
        (span.end <= own + length).then(|| Span::new(span.start - own + sentence, span.end - own + sentence))
    }
}

/// What a measure scores.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// The sentence, verbatim.
    pub text: &'a str,
    /// Its parts.
    pub parts: &'a Parts,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_and_quoted_words_are_told_apart_and_traced_back() {
        let sentence = "The mayor called it “a cruel hoax” on Monday.";
        let start = sentence.find("a cruel").unwrap();
        let parts = Parts::new(sentence, &[Span::new(start, start + "a cruel hoax".len())]);
        assert_eq!(parts.own.as_deref(), Some("The mayor called it “…” on Monday."));
        assert_eq!(parts.quoted.as_deref(), Some("a cruel hoax"));
        let own = parts.own.as_deref().unwrap();
        let monday = own.find("Monday").unwrap();
        let back = parts.in_sentence(Span::new(monday, monday + 6)).unwrap();
        assert_eq!(back.of(sentence), "Monday");
    }

    #[test]
    fn a_sentence_that_is_all_quotation_has_no_own_wording() {
        let sentence = "“It was a cruel hoax,” he said.";
        let start = sentence.find("It").unwrap();
        let parts = Parts::new(sentence, &[Span::new(start, start + "It was a cruel hoax,".len())]);
        assert_eq!(parts.own, None);
    }
}
