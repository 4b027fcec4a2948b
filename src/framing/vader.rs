//! How pleasant or unpleasant the words of a text are, by the word list and rules of VADER (Hutto & Gilbert 2014).
//!
//! The published rules without those on capitals, exclamation marks, emoticons and idioms. Not a measure of bias: alone
//! it finds the tone toward a target hardly better than chance. It is one input of [`super::tone`].

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::text::{self, Span};
use crate::{Error, Result};

const FILE: &str = "data/framing/vader_words.csv";
const WORDS: &str = include_str!("../../data/framing/vader_words.csv");
static SHIPPED: LazyLock<Result<Vader>> = LazyLock::new(|| Vader::parse(WORDS));

/// What a negation before a word does to its valence.
const NEGATED: f64 = -0.74;
/// What is left of a booster's effect one, two and three words before.
const REACH: [f64; 3] = [1.0, 0.95, 0.9];
/// Weights of what stands before and behind the first "but".
const BUT: [f64; 2] = [0.5, 1.5];
/// Sums of this size squared are half way to the ends of the scale.
const ALPHA: f64 = 15.0;

/// The word list.
#[derive(Debug, Default)]
pub(crate) struct Vader {
    valences: HashMap<String, f64>,
    boosters: HashMap<String, f64>,
    negations: HashSet<String>,
}

#[derive(Deserialize)]
struct Line {
    term: String,
    class: String,
    value: Option<f64>,
}

/// A word with its valence, booster and negation before it taken into account: mostly -4..4.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Valence {
    /// The word.
    pub span: Span,
    /// Its valence; 0 for words not on the list.
    pub value: f64,
}

/// VADER's scores of some words.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Sentiment {
    /// Share of pleasant words, weighted by valence, 0..1.
    pub pos: f64,
    /// Share of unpleasant words, 0..1.
    pub neg: f64,
    /// Sum of all valences, brought to -1..1.
    pub compound: f64,
}

impl Vader {
    /// The list that ships with the program.
    ///
    /// # Errors
    /// [`Error::Data`] if the build was made with a damaged file.
    pub(crate) fn shipped() -> Result<&'static Self> {
        SHIPPED.as_ref().map_err(|e| Error::Data { name: FILE.into(), reason: e.to_string() })
    }

    fn parse(csv: &str) -> Result<Self> {
        let mut vader = Vader::default();
        for line in csv::Reader::from_reader(csv.as_bytes()).deserialize::<Line>() {
            let Line { term, class, value } =
                line.map_err(|e| Error::Data { name: FILE.into(), reason: e.to_string() })?;
            match (class.as_str(), value) {
                ("valence", Some(v)) => drop(vader.valences.insert(term, v)),
                ("booster", Some(v)) => drop(vader.boosters.insert(term, v)),
                ("negation", None) => drop(vader.negations.insert(term)),
                _ => {
                    let reason = format!("{term}: class {class} with value {value:?}");
                    return Err(Error::Data { name: FILE.into(), reason });
                }
            }
        }
        Ok(vader)
    }

    /// The valence of every word of a text, in order.
    ///
    /// Capitalised words inside the text count as names and have none: "United States", "Justice Department".
    pub(crate) fn valences(&self, text: &str) -> Vec<Valence> {
        let words: Vec<(Span, String)> = text::words(text)
            .into_iter()
            .enumerate()
            .map(|(i, w)| {
                let name = i > 0 && w.text.starts_with(char::is_uppercase);
                (w.span, if name { String::new() } else { w.text.to_lowercase().replace('’', "'") })
            })
            .collect();
        let at = |i: usize| words[i].1.as_str();
        let but = words.iter().position(|w| w.1 == "but");
        (0..words.len())
            .map(|i| {
                let mut value = self.valence(&words, i);
                if let Some(but) = but
                    && i != but
                {
                    value *= BUT[usize::from(i > but)];
                }
                let kind_of = at(i) == "kind" && i + 1 < words.len() && at(i + 1) == "of";
                Valence { span: words[i].0, value: if kind_of { 0.0 } else { value } }
            })
            .collect()
    }

    fn valence(&self, words: &[(Span, String)], i: usize) -> f64 {
        let at = |i: usize| words[i].1.as_str();
        let listed = |i: usize| self.valences.contains_key(at(i));
        let Some(&base) = self.valences.get(at(i)).filter(|_| !self.boosters.contains_key(at(i))) else { return 0.0 };
        // "no problem": no valence of its own, it turns that of the next.
        let mut value = if at(i) == "no" && i + 1 < words.len() && listed(i + 1) { 0.0 } else { base };
        let no = |back: usize| i >= back && at(i - back) == "no";
        if no(1) || no(2) || (no(3) && matches!(at(i - 1), "or" | "nor")) {
            value = base * NEGATED;
        }
        for (back, reach) in (1..=3).zip(REACH) {
            if back > i || listed(i - back) {
                continue;
            }
            let before = at(i - back);
            value += self.boosters.get(before).copied().unwrap_or(0.0) * value.signum() * reach;
            if back > 1 && at(i - back) == "never" && matches!(at(i - back + 1), "so" | "this") {
                value *= 1.25;
            } else if back > 1 && before == "without" && at(i - back + 1) == "doubt" {
            } else if self.negations.contains(before) || before.contains("n't") {
                value *= NEGATED;
            }
        }
        if i > 0 && at(i - 1) == "least" && !(i > 1 && matches!(at(i - 2), "at" | "very")) {
            value *= NEGATED;
        }
        value
    }
}

impl Sentiment {
    /// The scores of the words inside `part`.
    pub(crate) fn of(valences: &[Valence], part: Span) -> Self {
        let (mut sum, mut pos, mut neg, mut neutral) = (0.0, 0.0, 0.0, 0.0);
        for v in valences.iter().filter(|v| part.contains(v.span)) {
            sum += v.value;
            match v.value {
                v if v > 0.0 => pos += v + 1.0,
                v if v < 0.0 => neg += 1.0 - v,
                _ => neutral += 1.0,
            }
        }
        let total = pos + neg + neutral;
        let share = |x: f64| if total > 0.0 { x / total } else { 0.0 };
        Sentiment { pos: share(pos), neg: share(neg), compound: sum / f64::sqrt(sum * sum + ALPHA) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compound(text: &str) -> f64 {
        let whole = Span::new(0, text.len());
        Sentiment::of(&Vader::shipped().unwrap().valences(text), whole).compound
    }

    /// Expected: Python's vaderSentiment 3.3.2.
    #[test]
    fn plain_sentences_score_as_in_the_original() {
        for (text, expected) in [
            ("The plan was a terrible failure.", -0.7506),
            ("The plan was not a failure.", 0.4023),
            ("It was a very good result, but the mayor is corrupt.", 0.2724),
            ("The hardly convincing winner was no friend of the angry crowd.", 0.0002),
            ("Nobody doubts that the least popular minister is extremely clever, without doubt a success.", 0.7036),
        ] {
            assert!((compound(text) - expected).abs() < 1e-4, "{text} {}", compound(text));
        }
    }

    #[test]
    fn names_have_no_valence() {
        assert_eq!(compound("He met the United States Secretary of the Treasury and Justice Hope."), 0.0);
    }
}
