//! M8, labels: the common nouns that sources put beside the name of a target ("the Assad *regime*", "*strongman* Assad",
//! "Assad, the *ousted dictator*,").
//!
//! Three constructions are read, by rule: what stands between a determiner and the name; a noun behind a name with a
//! determiner; and what is set between commas behind the name. Of bare words before the name only titles and the labels of
//! the word list count, since any verb may stand there. What is found is counted and shown, never judged.

use std::collections::{BTreeMap, BTreeSet};

use super::contrasts::Teller;
use super::lexicon::{LOADED_WORDS, Lexicon, shipped};
use super::profile::IRREGULAR_PARTICIPLES;
use super::targets::Target;
use crate::text::{self, Span, Word};
use crate::{Error, Result};

/// Longest label, in words.
const MAX_WORDS: usize = 4;

/// A label that a source gives a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Index of the story.
    pub story: usize,
    /// The target's name.
    pub target: String,
    /// Index of the source.
    pub source: u32,
    /// The words, in lower case.
    pub label: String,
    /// Claims of the source that give it.
    pub claims: Vec<usize>,
    /// Claims of the story's other tellers that give it.
    pub count_others: usize,
    /// Claims of the source that give the target any label.
    pub n_labelled: usize,
    /// Claims of the others that do.
    pub n_labelled_others: usize,
}

/// Reads labels.
pub(super) struct Reader {
    words: &'static Lexicon,
}

impl Reader {
    /// # Errors
    /// [`Error::Data`] if the build was made with a damaged word list.
    pub(super) fn new() -> Result<Self, Error> {
        Ok(Reader { words: shipped(&LOADED_WORDS)? })
    }

    /// The labels beside a name in a sentence, in lower case.
    pub(super) fn labels(&self, sentence: &str, name: Span) -> Vec<String> {
        let words = text::words(sentence);
        let Some(first) = words.iter().position(|w| w.span.end > name.start) else { return Vec::new() };
        let next = words.iter().position(|w| w.span.start >= name.end).unwrap_or(words.len());
        let at = Around { sentence, words: &words, first, next };
        let mut found = Vec::new();
        match at.determined() {
            // "the Assad regime": the determiner belongs to the noun behind the name.
            Some("") => found.extend(at.noun_behind().map(str::to_lowercase)),
            Some(before) => found.push(before.to_lowercase()),
            None => found.extend(at.bare(self.words).map(str::to_lowercase)),
        }
        found.extend(at.apposition().map(str::to_lowercase));
        found
    }
}

/// A name among the words of its sentence: `words[first..next]`.
struct Around<'a> {
    sentence: &'a str,
    words: &'a [Word<'a>],
    first: usize,
    next: usize,
}

impl<'a> Around<'a> {
    /// Whether nothing but a space lies between two neighbouring words.
    fn joined(&self, left: usize) -> bool {
        let (Some(a), Some(b)) = (self.words.get(left), self.words.get(left + 1)) else { return false };
        self.sentence.get(a.span.end..b.span.start) == Some(" ")
    }

    fn text(&self, from: usize, to: usize) -> &'a str {
        match (self.words.get(from), to.checked_sub(1).and_then(|last| self.words.get(last))) {
            (Some(a), Some(b)) if from < to => self.sentence.get(a.span.start..b.span.end).unwrap_or_default(),
            _ => "",
        }
    }

    /// The words between a determiner and the name, none where it stands right before it; `None` without a determiner.
    fn determined(&self) -> Option<&'a str> {
        let mut from = self.first;
        while from > 0 && self.joined(from - 1) {
            let word = self.words[from - 1].text;
            if is_determiner(word) {
                // "the army beat Orlik": between subject and object stands a verb.
                let verb = from < self.first && is_verb(self.words[self.first - 1].text);
                return (!verb).then(|| self.text(from, self.first));
            }
            if self.first - from == MAX_WORDS || !describes(word) {
                return None;
            }
            from -= 1;
        }
        None
    }

    /// "strongman Assad".
    fn bare(&self, words: &Lexicon) -> Option<&'a str> {
        let before = self.first.checked_sub(1).filter(|&at| self.joined(at))?;
        let word = self.words[before].text;
        let known = || words.hits(word).iter().any(|hit| hit.class == "label");
        (starts_lower(word) && (text::is_title(&word.to_lowercase()) || known())).then_some(word)
    }

    /// "(the) Assad regime"; in "the Pentagon plans the" stands a verb.
    fn noun_behind(&self) -> Option<&'a str> {
        let last = self.next.checked_sub(1).filter(|&last| self.joined(last))?;
        let word = self.words[self.next].text;
        let object = self.joined(last + 1)
            && self
                .words
                .get(last + 2)
                .is_some_and(|w| is_determiner(w.text) || matches!(w.text, "to" | "that" | "it"));
        (describes(word) && starts_lower(word) && !is_past(word) && !object).then_some(word)
    }

    /// "Assad, the ousted dictator," up to a comma, the sentence's end, or "of", "who".
    fn apposition(&self) -> Option<&'a str> {
        let last = self.words.get(self.next.checked_sub(1)?)?;
        let determiner = self.words.get(self.next)?;
        let comma = self.sentence.get(last.span.end..determiner.span.start) == Some(", ");
        if !comma || !is_determiner(determiner.text) {
            return None;
        }
        let from = self.next + 1;
        let mut to = from;
        while to < self.words.len() && self.joined(to - 1) && describes(self.words[to].text) && to - from < MAX_WORDS {
            to += 1;
        }
        let behind = self.words.get(to - 1).map(|w| &self.sentence[w.span.end..])?;
        let closes = behind.starts_with(',') || behind.trim_matches(['.', ' ', '”', '"']).is_empty();
        let goes_on = self.words.get(to).is_some_and(|w| matches!(w.text, "of" | "who" | "whose" | "that" | "which"));
        (from < to && (closes || (goes_on && self.joined(to - 1)))).then(|| self.text(from, to))
    }
}

/// Past tenses that are no participles either.
const PASTS: [&str; 20] = [
    "beat", "became", "began", "bit", "broke", "chose", "drew", "drove", "forgave", "gave", "hid", "knew", "saw",
    "shook", "spoke", "stole", "threw", "took", "went", "wrote",
];

/// A past tense, a participle, an adverb, or a form of a verb that reports.
fn is_past(word: &str) -> bool {
    ["ed", "ing", "ly"].iter().any(|end| word.ends_with(end))
        || PASTS.contains(&word)
        || IRREGULAR_PARTICIPLES.contains(word)
        || text::is_report_verb(word)
}

/// The same, or what ends like a verb of the third person: before a name, a plural is no label.
fn is_verb(word: &str) -> bool {
    is_past(word) || (word.ends_with('s') && !word.ends_with("ss"))
}

fn starts_lower(word: &str) -> bool {
    word.starts_with(char::is_lowercase)
}

fn is_determiner(word: &str) -> bool {
    ["the", "a", "an", "this", "that", "its", "their", "his", "her", "our", "my"]
        .contains(&word.to_lowercase().as_str())
        || word.ends_with("'s")
        || word.ends_with("’s")
}

/// Whether a word can be part of a label: no function word, no number.
fn describes(word: &str) -> bool {
    word.chars().all(|c| c.is_alphabetic() || c == '-' || c == '’' || c == '\'')
        && !text::is_stopword(&word.to_lowercase())
}

/// A claim that names a target: (claim, who tells it, its own words, where the name stands).
pub(super) type NamedIn<'a> = (usize, Teller, &'a str, Span);

/// The labels of one target in one story, for sources in words of their own: kept when two tellers label it and two
/// different labels are given.
pub(super) fn of_target(reader: &Reader, story: usize, target: &Target, mentions: &[NamedIn<'_>]) -> Vec<Label> {
    let mut given: BTreeMap<Teller, BTreeMap<String, BTreeSet<usize>>> = BTreeMap::new();
    for &(claim, teller, own, span) in mentions {
        for label in reader.labels(own, span) {
            given.entry(teller).or_default().entry(label).or_default().insert(claim);
        }
    }
    let different: BTreeSet<&String> = given.values().flat_map(BTreeMap::keys).collect();
    if given.len() < 2 || different.len() < 2 {
        return Vec::new();
    }
    let labelled = |teller: &Teller| given[teller].values().flatten().collect::<BTreeSet<_>>().len();
    let mut found = Vec::new();
    for (teller, labels) in &given {
        let Teller::Source(source) = *teller else { continue };
        let others = || given.iter().filter(|(other, _)| *other != teller);
        for (label, claims) in labels {
            found.push(Label {
                story,
                target: target.name.clone(),
                source,
                label: label.clone(),
                claims: claims.iter().copied().collect(),
                count_others: others().filter_map(|(_, labels)| Some(labels.get(label)?.len())).sum(),
                n_labelled: labelled(teller),
                n_labelled_others: others().map(|(teller, _)| labelled(teller)).sum(),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(sentence: &str, name: &str) -> Vec<String> {
        let start = sentence.find(name).unwrap();
        Reader::new().unwrap().labels(sentence, Span::new(start, start + name.len()))
    }

    #[test]
    fn common_nouns_beside_a_name_are_labels() {
        for (sentence, name, expected) in [
            ("Troops of the Varno regime left the town.", "Varno", vec!["regime"]),
            (
                "On Monday the disgraced former minister Jan Orlik resigned.",
                "Jan Orlik",
                vec!["disgraced former minister"],
            ),
            ("It was Orlik, the ousted strongman, who signed it.", "Orlik", vec!["ousted strongman"]),
            ("They met Orlik, a critic of the king.", "Orlik", vec!["critic"]),
            ("Reporters found thug Orlik at home.", "Orlik", vec!["thug"]),
        ] {
            assert_eq!(labels(sentence, name), expected, "{sentence}");
        }
    }

    #[test]
    fn verbs_and_clauses_are_none() {
        for (sentence, name) in [
            ("The Tribunal plans the next hearing for May.", "Tribunal"),
            ("The Tribunal said on Monday that it would wait.", "Tribunal"),
            ("Critics attacked Orlik on Monday.", "Orlik"),
            ("The army beat Orlik, and the president met Orlik.", "Orlik"),
            ("The party backs Orlik.", "Orlik"),
            ("After meeting Orlik, the army withdrew from the town and went north.", "Orlik"),
            ("The Tribunal wants to wait.", "Tribunal"),
        ] {
            assert_eq!(labels(sentence, name), [""; 0], "{sentence}");
        }
    }

    #[test]
    fn a_target_is_told_of_when_voices_label_it_differently() {
        let target = Target { name: "Varno".into(), mentions: Vec::new() };
        let sentence = |noun: &str| format!("Troops of the Varno {noun} left.");
        let (regime, government) = (sentence("regime"), sentence("government"));
        let span = Span::new(14, 19);
        let reader = Reader::new().unwrap();
        let mentions = [
            (0, Teller::Source(0), regime.as_str(), span),
            (1, Teller::Source(0), government.as_str(), span),
            (2, Teller::Source(1), government.as_str(), span),
            (3, Teller::Wire(0), government.as_str(), span),
        ];
        let found = of_target(&reader, 0, &target, &mentions);
        let told: Vec<_> =
            found.iter().map(|l| (l.source, l.label.as_str(), l.claims.len(), l.count_others, l.n_labelled)).collect();
        assert_eq!(told, [(0, "government", 1, 2, 2), (0, "regime", 1, 0, 2), (1, "government", 1, 2, 1)]);
        assert!(of_target(&reader, 0, &target, &mentions[1..]).is_empty());
    }
}
