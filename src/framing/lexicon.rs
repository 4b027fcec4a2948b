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
pub(crate) static LOADED_WORDS: LazyLock<Result<Lexicon>> =
    LazyLock::new(|| Lexicon::parse(LOADED, "data/framing/loaded_lexicon.csv"));
/// Hedges, boosters, doubt verbs, modals.
pub(crate) static CERTAINTY_WORDS: LazyLock<Result<Lexicon>> =
    LazyLock::new(|| Lexicon::parse(CERTAINTY, "data/framing/hedges.csv"));

/// A shipped list, or the error that its file deserves.
pub(crate) fn shipped(list: &'static LazyLock<Result<Lexicon>>) -> Result<&'static Lexicon> {
    list.as_ref().map_err(|e| Error::Data { name: "lexicon".into(), reason: e.to_string() })
}

/// A word as lists have it: lower case, plain apostrophes and hyphens.
pub(super) fn plain(word: &str) -> String {
    word.to_lowercase().replace(['’', 'ʼ'], "'").replace(['‐', '‑'], "-")
}

/// All forms of a word list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lexicon {
    /// Form -> index of its entry. Forms of several words are looked up by all their words.
    forms: HashMap<String, usize>,
    entries: Vec<(String, String)>,
    longest: usize,
}

/// A word or phrase of a text that is on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit<'a> {
    /// Where.
    pub span: Span,
    /// The base form on the list.
    pub term: &'a str,
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
    /// Reads `term,class[,pos]`; pos `v` and `n` are inflected by rule (verbs of doubt as well), others stand as they
    /// are.
    ///
    /// # Errors
    /// [`Error::Data`] naming the row.
    pub(crate) fn parse(csv: &str, name: &str) -> Result<Self> {
        let mut lexicon = Lexicon::default();
        for line in csv::Reader::from_reader(csv.as_bytes()).deserialize::<Line>() {
            let line = line.map_err(|e| Error::Data { name: name.into(), reason: e.to_string() })?;
            let entry = lexicon.entries.len();
            let pos = if line.class == "doubt" { "v" } else { &line.pos };
            for form in inflect(&line.term, pos) {
                lexicon.longest = lexicon.longest.max(form.split(' ').count());
                lexicon.forms.entry(form).or_insert(entry);
            }
            lexicon.entries.push((line.term, line.class));
        }
        Ok(lexicon)
    }

    /// The words and phrases of `text` that are on the list, in order, not overlapping, the longest first. A part of a
    /// hyphenated word counts as the word.
    pub(crate) fn hits(&self, text: &str) -> Vec<Hit<'_>> {
        let words: Vec<(Span, String)> = text::words(text)
            .into_iter()
            .map(|w| {
                let lower = plain(w.text);
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
}

/// The verbs of the lists that double their last consonant.
const DOUBLING: &[&str] = &["brag", "hobnob", "rebut", "rip", "scam", "sidestep", "slam", "snub", "stun"];

/// The forms of a base form: `v` verbs, `n` nouns; anything else stands as it is. Irregular forms are rows of their
/// own.
fn inflect(term: &str, pos: &str) -> Vec<String> {
    let mut forms = vec![term.to_owned()];
    match pos {
        "v" => {
            forms.extend(verb_forms(term));
            if let Some(stem) = term.strip_suffix("ize") {
                let british = format!("{stem}ise");
                forms.extend(verb_forms(&british));
                forms.push(british);
            }
        }
        "n" => forms.push(match consonant_y(term) {
            Some(stem) => format!("{stem}ies"),
            None if ends(term, &["s", "x", "z", "ch", "sh"]) => format!("{term}es"),
            None => format!("{term}s"),
        }),
        _ => {}
    }
    forms
}

fn verb_forms(term: &str) -> [String; 3] {
    if let Some(stem) = consonant_y(term) {
        [format!("{stem}ies"), format!("{stem}ied"), format!("{term}ing")]
    } else if let Some(stem) = term.strip_suffix("ie") {
        [format!("{term}s"), format!("{term}d"), format!("{stem}ying")]
    } else if ends(term, &["ee", "oe", "ye"]) {
        [format!("{term}s"), format!("{term}d"), format!("{term}ing")]
    } else if let Some(stem) = term.strip_suffix('e') {
        [format!("{term}s"), format!("{term}d"), format!("{stem}ing")]
    } else {
        let third = if ends(term, &["s", "x", "z", "ch", "sh", "o"]) { "es" } else { "s" };
        let last = term.chars().next_back().filter(|_| DOUBLING.contains(&term));
        let stem = format!("{term}{}", last.map(String::from).unwrap_or_default());
        [format!("{term}{third}"), format!("{stem}ed"), format!("{stem}ing")]
    }
}

fn ends(term: &str, endings: &[&str]) -> bool {
    endings.iter().any(|e| term.ends_with(e))
}

/// "vilify" -> "vilif", "betray" -> none.
fn consonant_y(term: &str) -> Option<&str> {
    term.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']))
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
        let found: Vec<_> = words
            .hits("He slammed the tragedies’ vile-minded authors; the slamming went on.")
            .iter()
            .map(|h| h.term)
            .collect();
        assert_eq!(found, ["slam", "tragedy", "vile", "slam"]);
        assert!(words.hits("A reviled slamdunk").is_empty());
    }

    #[test]
    fn forms_are_those_that_the_heads_were_fitted_with() {
        let cases = csv::Reader::from_reader(include_str!("../../models/fit/inflection_cases.csv").as_bytes())
            .into_deserialize::<(String, String, String)>()
            .collect::<Result<Vec<_>, _>>()
            .unwrap();
        assert!(cases.len() > 30);
        for (term, pos, forms) in cases {
            let mut made = inflect(&term, &pos);
            let mut expected: Vec<&str> = forms.split(' ').collect();
            made.sort_unstable();
            expected.sort_unstable();
            assert_eq!(made, expected, "{term}");
        }
    }

    #[test]
    fn a_malformed_list_names_its_row() {
        let error = Lexicon::parse("term,category,pos\nslam\n", "mine.csv").unwrap_err().to_string();
        assert!(error.contains("mine.csv") && error.contains("line: 2"), "{error}");
    }
}
