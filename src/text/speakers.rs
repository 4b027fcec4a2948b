//! Speakers without a name: what their noun says of them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;

use super::Span;
use super::tokens::{Word, words};

/// What a speaker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SpeakerKind {
    /// A person with a name.
    Named,
    /// Persons without a name: "officials", "critics", "a spokesman".
    Anonymous,
    /// An organisation or a state, with a name or without: "the Pentagon", "the company".
    Institution,
    /// Something written or shown: a report, a letter, a poll.
    Document,
}

impl SpeakerKind {
    /// The word used in the reports.
    pub fn name(self) -> &'static str {
        match self {
            SpeakerKind::Named => "named",
            SpeakerKind::Anonymous => "anonymous",
            SpeakerKind::Institution => "institution",
            SpeakerKind::Document => "document",
        }
    }
}

/// A noun of the list: what speaks by it, and whether the rules of attribution rely on it.
struct Noun {
    kind: SpeakerKind,
    cue: bool,
}

/// `data/text/speakers.csv`.
static NOUNS: LazyLock<BTreeMap<&'static str, Noun>> = LazyLock::new(|| {
    let lines = include_str!("../../data/text/speakers.csv").lines().skip(1);
    lines
        .filter_map(|line| {
            let mut fields = line.split(',');
            let (noun, kind) = (fields.next()?, fields.next()?);
            let kind = match kind {
                "institution" => SpeakerKind::Institution,
                "document" => SpeakerKind::Document,
                _ => SpeakerKind::Anonymous,
            };
            Some((noun, Noun { kind, cue: fields.next() == Some("yes") }))
        })
        .collect()
});

/// Whether this lower-cased noun, in just this form, can be trusted to be who speaks.
pub(super) fn is_source(lower: &str) -> bool {
    NOUNS.get(lower).is_some_and(|noun| noun.cue)
}

/// What speaks by a lower-cased noun, and whether it is one.
fn noun(lower: &str) -> Option<(SpeakerKind, Number)> {
    let listed = |form: &str| NOUNS.get(form).map(|noun| noun.kind);
    let singular = [("ies", "y"), ("es", ""), ("s", "")]
        .iter()
        .filter_map(|(ending, stem)| Some(format!("{}{stem}", lower.strip_suffix(ending)?)))
        .find_map(|form| listed(&form));
    if let Some(kind) = singular {
        return Some((kind, Number::Many));
    }
    if let Some(kind) = listed(lower) {
        let many = lower.ends_with('s') || MANY.contains(&lower) || lower.ends_with("men") || lower.ends_with("people");
        return Some((kind, if many { Number::Many } else { Number::One }));
    }
    // Who does something: "prosecutors", "survivalists", "retirees".
    let (stem, number) = lower.strip_suffix('s').map_or((lower, Number::One), |stem| (stem, Number::Many));
    let agent =
        stem.len() > 5 && ["ist", "ian", "eer", "ologist", "holder", "goer", "maker"].iter().any(|e| stem.ends_with(e));
    let plural =
        number == Number::Many && stem.len() > 4 && ["er", "or", "ee", "ant"].iter().any(|e| stem.ends_with(e));
    (agent || plural).then_some((SpeakerKind::Anonymous, number))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Number {
    One,
    Many,
}

/// Listed words of several persons that do not end in s.
const MANY: &[&str] = &[
    "children",
    "couple",
    "crowd",
    "dozens",
    "everybody",
    "everyone",
    "few",
    "folks",
    "handful",
    "majority",
    "many",
    "minority",
    "most",
    "police",
    "several",
    "some",
    "staff",
    "youth",
];

/// Words that stand before a noun and do not tell it from others.
const OPENERS: &[&str] = &[
    "a", "all", "an", "another", "any", "both", "each", "every", "few", "her", "his", "its", "many", "more", "most",
    "my", "no", "one", "other", "our", "own", "several", "some", "that", "the", "their", "these", "this", "those",
    "various", "your", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "dozen",
];

/// Words that end the noun of a phrase: what follows says more of it.
const CLOSERS: &[&str] = &[
    "about", "against", "among", "around", "as", "at", "behind", "by", "for", "from", "in", "inside", "into", "near",
    "of", "on", "outside", "over", "that", "to", "under", "which", "who", "whom", "whose", "with", "within",
];

/// A speaker that is a noun phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// What it is.
    pub kind: SpeakerKind,
    /// The phrase without articles and numbers: "law enforcement officials", "spokesman for the bank".
    pub phrase: Span,
    /// Its noun: "officials", "spokesman".
    pub noun: Span,
    /// One that is said to be known: "the mayor".
    pub definite: bool,
    /// Whether more is said behind the noun: "the mayor of Leeds".
    pub complement: bool,
}

/// What a noun phrase says of the speaker; `None` where its noun is not one that speaks ("the weekend").
pub fn described(phrase: &str) -> Option<Described> {
    let all = words(phrase);
    let lower: Vec<String> = all.iter().map(|w| w.text.to_lowercase()).collect();
    let number = |word: &Word<'_>| word.text.starts_with(|c: char| c.is_ascii_digit());
    let opens = |i: usize| OPENERS.contains(&lower[i].as_str()) || number(&all[i]);
    let closes = |i: usize| CLOSERS.contains(&lower[i].as_str());
    let mut first = (0..all.len()).find(|&i| !opens(i)).unwrap_or(all.len());
    // "two of its engineers"
    if first > 0 && first < all.len() && lower[first] == "of" {
        first = (first + 1..all.len()).find(|&i| !opens(i)).unwrap_or(all.len());
    }
    // "some in the party", "many": the number speaks.
    if first > 0 && (first == all.len() || closes(first)) {
        first -= 1;
    }
    let broken =
        |i: usize| phrase.get(all[i - 1].span.end..all[i].span.start).is_none_or(|gap| gap.contains([',', '(']));
    let end = (first + 1..all.len()).find(|&i| closes(i) || broken(i)).unwrap_or(all.len());
    let (at, (kind, number)) = (first..end).rev().find_map(|i| Some((i, noun(&lower[i])?)))?;
    Some(Described {
        kind,
        phrase: Span::new(all[first].span.start, all.last()?.span.end),
        noun: all[at].span,
        definite: number == Number::One && first > 0 && lower[first - 1] == "the",
        complement: end < all.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noun_of_a_phrase_says_who_speaks() {
        for (text, kind, phrase, noun) in [
            ("two law enforcement officials", SpeakerKind::Anonymous, "law enforcement officials", "officials"),
            ("A spokesman for the bank", SpeakerKind::Anonymous, "spokesman for the bank", "spokesman"),
            ("people familiar with the talks", SpeakerKind::Anonymous, "people familiar with the talks", "people"),
            ("some in the party", SpeakerKind::Anonymous, "some in the party", "some"),
            ("the company", SpeakerKind::Institution, "company", "company"),
            ("two of its engineers", SpeakerKind::Anonymous, "engineers", "engineers"),
            ("its agencies", SpeakerKind::Institution, "agencies", "agencies"),
            ("the inspector's report", SpeakerKind::Document, "inspector's report", "report"),
            ("beekeepers", SpeakerKind::Anonymous, "beekeepers", "beekeepers"),
        ] {
            let found = described(text).unwrap();
            assert_eq!((found.kind, found.phrase.of(text), found.noun.of(text)), (kind, phrase, noun), "{text}");
        }
        assert!(described("the mayor").is_some_and(|d| d.definite && !d.complement));
        assert!(described("the mayor of Leeds").is_some_and(|d| d.definite && d.complement));
        assert!(!described("a mayor").is_some_and(|d| d.definite) && !described("the mayors").unwrap().definite);
        assert_eq!((described("the weekend"), described("a flurry of reactions"), described("")), (None, None, None));
    }

    #[test]
    fn the_list_holds_each_noun_once() {
        let list = include_str!("../../data/text/speakers.csv");
        assert_eq!(NOUNS.len(), list.lines().count() - 1);
        let kind =
            |line: &str| ["anonymous", "institution", "document"].contains(&line.split(',').nth(1).unwrap_or(""));
        assert!(list.lines().skip(1).all(kind));
    }
}
