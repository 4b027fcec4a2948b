//! M3 `tone`: whether a sentence speaks well or badly of a target that it names.

use regex::RegexBuilder;
use serde::Deserialize;

use super::vader::{Sentiment, Vader, Valence};
use super::vectors::TextVectors;
use crate::text::{self, Span};
use crate::{Error, Result};

const FILE: &str = "models/heads/tone.json";
const SHIPPED: &str = include_str!("../../models/heads/tone.json");

/// Words on each side of the target that make up its window.
const WINDOW: usize = 8;
/// A clause with fewer words than this is taken together with its neighbours.
const CLAUSE_WORDS: usize = 5;
/// Words before which a clause ends.
const CLAUSE_STARTS: &[&str] = &[
    "although", "because", "but", "if", "since", "that", "though", "unless", "until", "when", "where", "whereas",
    "which", "while", "who", "whose",
];
/// What stands in for the target in its window.
const MASK: &str = "this person";

/// The texts whose vectors describe a mention, in the order of the head's coefficients.
pub(crate) const VIEWS: [&str; 2] = ["sentence", "masked_window"];
/// The numbers that describe a mention, in the order of the head's coefficients, after the vectors.
pub(crate) const NUMBERS: [&str; 15] = [
    "sentence_pos",
    "sentence_neg",
    "sentence_compound",
    "clause_pos",
    "clause_neg",
    "clause_compound",
    "window_pos",
    "window_neg",
    "window_compound",
    "before_compound",
    "after_compound",
    "position",
    "words_before",
    "words_after",
    "begins",
];

/// A sentence and the target that it names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TargetMention<'a> {
    sentence: &'a str,
    target: Span,
    window: Span,
    clause: Span,
    valences: Vec<Valence>,
    /// Words before the target, in it, after it.
    words: [usize; 3],
}

impl<'a> TargetMention<'a> {
    /// `target`: a span of `sentence`.
    ///
    /// # Errors
    /// [`Error::Data`] when the word list is damaged.
    pub(crate) fn new(sentence: &'a str, target: Span) -> Result<Self> {
        let words: Vec<Span> = text::words(sentence).into_iter().map(|w| w.span).collect();
        let first = words.partition_point(|w| w.end <= target.start);
        let after = words.partition_point(|w| w.start < target.end).max(first);
        let clause = clause(sentence, &words, first, after);
        let (from, to) = (first.saturating_sub(WINDOW), (after + WINDOW).min(words.len()));
        let around = |from: usize, to: usize| {
            let start = words.get(from).map_or(target.start, |w| w.start.min(target.start));
            let end = to.checked_sub(1).and_then(|i| words.get(i)).map_or(target.end, |w| w.end.max(target.end));
            Span::new(start, end)
        };
        // The name itself says nothing of how it is spoken of.
        let mut valences = Vader::shipped()?.valences(sentence);
        valences.iter_mut().filter(|v| v.span.intersection(target).is_some()).for_each(|v| v.value = 0.0);
        let words = [first, after - first, words.len() - after];
        let (window, clause) = (around(from, to), around(clause.0, clause.1));
        Ok(TargetMention { sentence, target, window, clause, valences, words })
    }

    /// The mention of a target in a sentence, where it comes first as whole words; in any case if not as it is written.
    pub(crate) fn find(sentence: &str, target: &str) -> Option<Span> {
        let target = target.trim();
        let whole = |at: usize, len: usize| {
            let before = sentence[..at].chars().next_back();
            let after = sentence[at + len..].chars().next();
            let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            !letter(before) && !letter(after)
        };
        if target.is_empty() {
            return None;
        }
        let exact = sentence.match_indices(target).find(|(at, found)| whole(*at, found.len()));
        let any = || {
            let pattern = RegexBuilder::new(&regex::escape(target)).case_insensitive(true).build().ok()?;
            pattern.find_iter(sentence).map(|m| (m.start(), m.as_str())).find(|(at, found)| whole(*at, found.len()))
        };
        exact.or_else(any).map(|(at, found)| Span::new(at, at + found.len()))
    }

    /// The texts of [`VIEWS`].
    pub(crate) fn views(&self) -> [String; VIEWS.len()] {
        let before = &self.sentence[self.window.start..self.target.start];
        let after = &self.sentence[self.target.end..self.window.end];
        [self.sentence.to_owned(), format!("{before}{MASK}{after}")]
    }

    /// The values of [`NUMBERS`].
    pub(crate) fn numbers(&self) -> [f64; NUMBERS.len()] {
        self.numbers_of(&self.valences)
    }

    /// What each word of the list adds to the log odds of a positive against a negative tone, the vectors being the same.
    pub(super) fn contributions(&self, head: &ToneHead) -> Vec<(Span, f64)> {
        let odds = |valences: &[Valence]| {
            let numbers = self.numbers_of(valences);
            head.positive.of_numbers(&numbers) - head.negative.of_numbers(&numbers)
        };
        let all = odds(&self.valences);
        let listed = (0..self.valences.len()).filter(|&i| self.valences[i].value != 0.0);
        listed
            .map(|i| {
                let mut without = self.valences.clone();
                without[i].value = 0.0;
                (self.valences[i].span, all - odds(&without))
            })
            .collect()
    }

    fn numbers_of(&self, valences: &[Valence]) -> [f64; NUMBERS.len()] {
        let of = |span: Span| Sentiment::of(valences, span);
        let [sentence, clause, window] = [Span::new(0, self.sentence.len()), self.clause, self.window].map(of);
        let before = of(Span::new(self.window.start, self.target.start)).compound;
        let after = of(Span::new(self.target.end, self.window.end)).compound;
        let [n_before, _, n_after] = self.words.map(|n| n as f64);
        [
            sentence.pos,
            sentence.neg,
            sentence.compound,
            clause.pos,
            clause.neg,
            clause.compound,
            window.pos,
            window.neg,
            window.compound,
            before,
            after,
            n_before / (n_before + n_after).max(1.0),
            (n_before + 1.0).ln(),
            (n_after + 1.0).ln(),
            f64::from(u8::from(self.words[0] < 2)),
        ]
    }
}

/// Log odds of a class against neutral: linear in the vectors of [`VIEWS`] and in [`NUMBERS`].
#[derive(Debug, Clone, Deserialize)]
struct Class {
    intercept: f64,
    vectors: [Vec<f64>; VIEWS.len()],
    numbers: [f64; NUMBERS.len()],
}

impl Class {
    fn of_numbers(&self, numbers: &[f64; NUMBERS.len()]) -> f64 {
        self.numbers.iter().zip(numbers).map(|(w, x)| w * x).sum()
    }
}

/// The classifier behind `tone`: a logistic regression with the classes negative, neutral, positive. Made by
/// `models/fit/fit_tone.py`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ToneHead {
    views: [String; VIEWS.len()],
    numbers: [String; NUMBERS.len()],
    /// Standard deviation of the tone over the reference mentions.
    reference_sd: f64,
    negative: Class,
    positive: Class,
}

impl ToneHead {
    /// The one shipped with the program.
    ///
    /// # Errors
    /// [`Error::Data`] if the build was made with a damaged file, or with one of other features.
    pub(crate) fn shipped() -> Result<Self> {
        let damaged = |reason: String| Error::Data { name: FILE.into(), reason };
        let head: Self = serde_json::from_str(SHIPPED).map_err(|e| damaged(e.to_string()))?;
        let lengths: Vec<usize> =
            [&head.negative, &head.positive].iter().flat_map(|c| &c.vectors).map(Vec::len).collect();
        if head.views != VIEWS || head.numbers != NUMBERS || lengths.iter().any(|&n| n != lengths[0]) {
            return Err(damaged("was fitted with other features: run models/fit/fit_tone.py again".into()));
        }
        Ok(head)
    }

    /// Standard deviation of the tone over the reference mentions: the unit of effect sizes.
    pub(crate) fn reference_sd(&self) -> f64 {
        self.reference_sd
    }

    /// # Errors
    /// [`Error::Data`] when the vectors are of another model.
    pub(super) fn fits(&self, vectors: &TextVectors<'_>) -> Result<()> {
        let (wanted, given) = (self.negative.vectors[0].len(), vectors.rows.ncols());
        if vectors.rows.nrows() > 0 && wanted != given {
            let reason = format!("is for vectors of {wanted} values, the model gives {given}");
            return Err(Error::Data { name: FILE.into(), reason });
        }
        Ok(())
    }

    /// P(positive) - P(negative) of the `i`-th mention, -1..1; `vectors`: those of [`VIEWS`] of each mention in turn.
    pub(super) fn tone(&self, vectors: &TextVectors<'_>, i: usize, numbers: &[f64; NUMBERS.len()]) -> f64 {
        let odds = |class: &Class| {
            let vectors = class.vectors.iter().enumerate().map(|(view, weights)| {
                let vector = vectors.of(i * VIEWS.len() + view);
                weights.iter().zip(vector).map(|(w, &x)| w * f64::from(x)).sum::<f64>()
            });
            (class.intercept + vectors.sum::<f64>() + class.of_numbers(numbers)).exp()
        };
        let (negative, positive) = (odds(&self.negative), odds(&self.positive));
        (positive - negative) / (1.0 + positive + negative)
    }
}

/// First word and one past the last word of the clause around the words `first..after`.
fn clause(sentence: &str, words: &[Span], first: usize, after: usize) -> (usize, usize) {
    // Whether a clause ends between the words i - 1 and i.
    let divides = |i: usize| {
        let gap = &sentence[words[i - 1].end..words[i].start];
        gap.contains([',', ';', ':', '—', '–', '(', ')', '“', '”', '"'])
            || gap.contains("--")
            || gap.contains(" - ")
            || CLAUSE_STARTS.contains(&words[i].of(sentence).to_lowercase().as_str())
    };
    let (mut from, mut to) = (first, after);
    let back = |mut from: usize| {
        while from > 0 && !divides(from) {
            from -= 1;
        }
        from
    };
    let on = |mut to: usize| {
        while to > 0 && to < words.len() && !divides(to) {
            to += 1;
        }
        to
    };
    (from, to) = (back(from), on(to));
    // "Ms. Ortega, the mayor, lied": what is said of a name mostly follows it.
    while to - from < CLAUSE_WORDS && (to < words.len() || from > 0) {
        if to < words.len() {
            to = on(to + 1);
        } else {
            from = back(from - 1);
        }
    }
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENTENCE: &str = "While the council praised Ms. Ortega for her courage, the mayor, Ann Teller, was called a corrupt and reckless bully in the crowded hall on Monday evening.";

    fn mention(target: &str) -> TargetMention<'static> {
        TargetMention::new(SENTENCE, TargetMention::find(SENTENCE, target).unwrap()).unwrap()
    }

    #[test]
    fn a_target_is_found_as_whole_words() {
        let at = |sentence, target| TargetMention::find(sentence, target).map(|s: Span| s.start);
        assert_eq!(at("Mayfair and May met.", "May"), Some(12));
        assert_eq!(at("The EU met.", "eu"), Some(4));
        assert_eq!(at("Élise saw the U.S. again.", "U.S."), Some("Élise saw the ".len()));
        assert_eq!(at("Mayfair met.", "May"), None);
        assert_eq!(at("May met.", "  "), None);
    }

    #[test]
    fn what_surrounds_a_target_differs_by_target() {
        let [sentence, window] = mention("Ortega").views();
        assert_eq!(sentence, SENTENCE);
        assert_eq!(window, "While the council praised Ms. this person for her courage, the mayor, Ann Teller, was");
        assert_eq!(mention("Ortega").clause.of(SENTENCE), "While the council praised Ms. Ortega for her courage");
        assert_eq!(
            mention("Ann Teller").clause.of(SENTENCE),
            "Ann Teller, was called a corrupt and reckless bully in the crowded hall on Monday evening"
        );
    }

    #[test]
    fn words_of_the_list_count_where_they_stand_and_a_name_for_nothing() {
        let number =
            |target: &str, name: &str| mention(target).numbers()[NUMBERS.iter().position(|n| *n == name).unwrap()];
        assert!(number("Ortega", "clause_compound") > 0.5 && number("Ann Teller", "clause_compound") < -0.5);
        assert_eq!(number("Ortega", "sentence_neg"), number("Ann Teller", "sentence_neg"));
        let alone = "Hope left.";
        assert_eq!(TargetMention::new(alone, Span::new(0, 4)).unwrap().numbers()[2], 0.0);
    }

    #[test]
    fn the_shipped_head_is_fitted_on_these_features() {
        assert!((0.1..1.0).contains(&ToneHead::shipped().unwrap().reference_sd()));
    }
}
