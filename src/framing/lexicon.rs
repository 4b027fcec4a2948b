//! Word lists: base forms with a class, inflected by rule.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::text::{self, Span};
use crate::{Error, Result};

/// Lists that ship with the program (provenance: `data/framing/README.md`).
const LOADED: &str = include_str!("../../data/framing/loaded_lexicon.csv");
const CERTAINTY: &str = include_str!("../../data/framing/hedges.csv");

/// The word list behind `core`: attack verbs, judgements, labels, drama, praise.
pub static LOADED_WORDS: LazyLock<Result<Lexicon>> =
    LazyLock::new(|| Lexicon::parse(LOADED, "data/framing/loaded_lexicon.csv"));
/// Hedges, boosters, doubt verbs, modals.
pub static CERTAINTY_WORDS: LazyLock<Result<Lexicon>> =
    LazyLock::new(|| Lexicon::parse(CERTAINTY, "data/framing/hedges.csv"));

/// A shipped list, or the error that its file deserves.
pub fn shipped(list: &'static LazyLock<Result<Lexicon>>) -> Result<&'static Lexicon> {
    list.as_ref().map_err(|e| Error::Data { name: "lexicon".into(), reason: e.to_string() })
}

/// All forms of a word list.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    /// Form -> index of its entry. Forms of several words are looked up by all their words.
    forms: HashMap<String, usize>,
    entries: Vec<(String, String)>,
    longest: usize,
}

/// A word or phrase of a text that is on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit<'a> {
    /// Where.
    pub span: Span,
    /// The base form on the list.
    pub term: &'a str,
    /// Its class.
    pub class: &'a str,
}

#[derive(Deserialize)]
struct Line {
    term: String,
    #[serde(alias = "category")]
    class: String,
    #[serde(default)]
    pos: String,
}

impl Lexicon {
    /// Reads `term,class[,pos]`; pos `v` and `n` are inflected by rule, others stand as they are.
    ///
    /// # Errors
    /// [`Error::Data`] naming the row.
    pub fn parse(csv: &str, name: &str) -> Result<Self> {
        let mut lexicon = Lexicon::default();
        for line in csv::Reader::from_reader(csv.as_bytes()).deserialize::<Line>() {
            let line = line.map_err(|e| Error::Data { name: name.into(), reason: e.to_string() })?;
            let entry = lexicon.entries.len();
            for form in inflect(&line.term, &line.pos) {
                lexicon.longest = lexicon.longest.max(form.split(' ').count());
                lexicon.forms.entry(form).or_insert(entry);
            }
            lexicon.entries.push((line.term, line.class));
        }
        Ok(lexicon)
    }

    /// The words and phrases of `text` that are on the list, in order, not overlapping, the longest first. A part of a
    /// hyphenated word counts as the word.
    pub fn hits(&self, text: &str) -> Vec<Hit<'_>> {
        let words: Vec<(Span, String)> = text::words(text)
            .into_iter()
            .map(|w| {
                let lower = w.text.to_lowercase().replace(['’', 'ʼ'], "'").replace(['‐', '‑'], "-");
                let bare = lower.strip_suffix("'s").unwrap_or(lower.trim_end_matches('\'')).to_owned();
                (w.span, bare)
            })
            .collect();
        let mut hits = Vec::new();
        let mut i = 0;
        while i < words.len() {
            let phrase = (1..=self.longest.min(words.len() - i)).rev().find_map(|n| {
                let key = words[i..i + n].iter().map(|w| w.1.as_str()).collect::<Vec<_>>().join(" ");
                self.forms.get(&key).map(|&entry| (n, entry))
            });
            let part = || {
                let word = &words[i].1;
                word.contains('-').then(|| word.split('-').find_map(|p| self.forms.get(p)).map(|&entry| (1, entry)))?
            };
            match phrase.or_else(part) {
                Some((n, entry)) => {
                    let (term, class) = &self.entries[entry];
                    hits.push(Hit { span: Span::new(words[i].0.start, words[i + n - 1].0.end), term, class });
                    i += n;
                }
                None => i += 1,
            }
        }
        hits
    }

    /// Number of base forms.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Verbs that double their last consonant although they end like ones that do not.
const DOUBLING: &[&str] = &[
    "ban", "bag", "bar", "bat", "con", "cram", "dog", "drag", "drop", "dub", "flip", "flop", "grab", "gut", "jab", "mar",
    "nag", "pan", "plot", "ram", "rap", "rig", "rip", "rob", "scam", "shred", "slam", "slap", "snub", "sob", "spar",
    "spin", "stab", "strut", "stun", "tar", "trot", "whip",
];

/// The forms of a base form. Irregular ones are entries of their own.
fn inflect(term: &str, pos: &str) -> Vec<String> {
    let mut forms = vec![term.to_owned()];
    let consonant_y = term.ends_with('y') && !term.ends_with(['a', 'e', 'i', 'o', 'u']) && {
        let before = term.chars().rev().nth(1);
        before.is_some_and(|c| !"aeiou".contains(c))
    };
    let sibilant = ["s", "x", "z", "ch", "sh"].iter().any(|end| term.ends_with(end));
    let cut = |n: usize| &term[..term.len() - n];
    match pos {
        "v" => {
            let third = if sibilant || term.ends_with('o') { format!("{term}es") } else { format!("{term}s") };
            let (third, past, ing) = if consonant_y {
                (format!("{}ies", cut(1)), format!("{}ied", cut(1)), format!("{term}ing"))
            } else if term.ends_with("ie") {
                (third, format!("{term}d"), format!("{}ying", cut(2)))
            } else if ["ee", "oe", "ye"].iter().any(|end| term.ends_with(end)) {
                (third, format!("{term}d"), format!("{term}ing"))
            } else if term.ends_with('e') {
                (third, format!("{term}d"), format!("{}ing", cut(1)))
            } else if DOUBLING.contains(&term) {
                let last = &term[term.len() - 1..];
                (third, format!("{term}{last}ed"), format!("{term}{last}ing"))
            } else {
                (third, format!("{term}ed"), format!("{term}ing"))
            };
            forms.extend([third, past, ing]);
        }
        "n" if consonant_y => forms.push(format!("{}ies", cut(1))),
        "n" => forms.push(format!("{term}{}", if sibilant { "es" } else { "s" })),
        _ => {}
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(csv: &str) -> Lexicon {
        Lexicon::parse(&format!("term,category,pos\n{csv}"), "test").unwrap()
    }

    #[test]
    fn inflected_forms_possessives_and_parts_of_compounds_are_found() {
        let words = list("slam,attack_verb,v\ntragedy,drama_noun,n\nvile,judgement_adjective,a\n");
        let found: Vec<_> =
            words.hits("He slammed the tragedies’ vile-minded authors; the slamming went on.").iter().map(|h| h.term).collect();
        assert_eq!(found, ["slam", "tragedy", "vile", "slam"]);
        assert!(words.hits("A reviled slamdunk").is_empty());
    }

    #[test]
    fn a_malformed_list_names_its_row() {
        let error = Lexicon::parse("term,category,pos\nslam\n", "mine.csv").unwrap_err().to_string();
        assert!(error.contains("mine.csv") && error.contains("line: 2"), "{error}");
    }
}
