//! M5, profile columns: how an article talks, in counts per 100 words. Descriptive only: alone, they tell sentences that
//! people marked as biased from others at AUC .50-.54.
//!
//! Counted are the outlet's own words; what it quotes is left out.

use std::collections::HashSet;
use std::ops::AddAssign;
use std::sync::LazyLock;

use super::lexicon::{CERTAINTY_WORDS, Lexicon, shipped};
use super::statement::{Parts, counted};
use crate::Result;
use crate::text;

/// Past participles that do not end in -ed (provenance: `data/framing/README.md`).
pub(super) static IRREGULAR_PARTICIPLES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../data/framing/participles.csv").lines().skip(1).collect());
/// Words in -ed that are no participles.
const NO_PARTICIPLES: [&str; 8] = ["indeed", "need", "hundred", "speed", "weed", "seed", "bed", "red"];
/// Words that may stand between a form of *be* and its participle, beside those in -ly.
const BETWEEN: [&str; 10] = ["not", "also", "been", "being", "never", "often", "still", "then", "already", "since"];
/// So many words behind a participle, *by* still names who acted.
const AGENT_WITHIN: usize = 4;

/// Counts over the own words of some sentences.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Profile {
    /// Own words.
    pub words: usize,
    /// First and second person: I, we, you and their forms.
    pub persons: usize,
    /// Words that raise certainty (`certainly`, `always`).
    pub boosters: usize,
    /// Words that lower it (`perhaps`, `roughly`).
    pub hedges: usize,
    /// Verbs that doubt or contest what they report (`allege`, `dispute`).
    pub doubts: usize,
    /// Modal verbs.
    pub modals: usize,
    /// Scare quotes.
    pub scare_quotes: usize,
    /// Passives that name who acted (`was hit by`).
    pub passives_agent: usize,
    /// Passives that do not.
    pub passives_no_agent: usize,
    /// Different numbers, amounts and dates of each sentence; quoted ones are counted here.
    pub numbers: usize,
}

impl AddAssign for Profile {
    fn add_assign(&mut self, other: Self) {
        self.words += other.words;
        self.persons += other.persons;
        self.boosters += other.boosters;
        self.hedges += other.hedges;
        self.doubts += other.doubts;
        self.modals += other.modals;
        self.scare_quotes += other.scare_quotes;
        self.passives_agent += other.passives_agent;
        self.passives_no_agent += other.passives_no_agent;
        self.numbers += other.numbers;
    }
}

impl Profile {
    /// A count per 100 words; `None` without words.
    pub(crate) fn per_100(&self, count: impl Fn(&Self) -> usize) -> Option<f64> {
        (self.words > 0).then(|| 100.0 * count(self) as f64 / self.words as f64)
    }
}

/// Counts what profiles count.
#[derive(Debug)]
pub(super) struct Counter {
    words: &'static Lexicon,
}

impl Counter {
    /// With the shipped word lists.
    pub(super) fn new() -> Result<Self> {
        Ok(Counter { words: shipped(&CERTAINTY_WORDS)? })
    }

    /// The profile of one sentence with so many scare quotes and numbers.
    pub(super) fn count(&self, parts: &Parts<'_>, scare_quotes: usize, numbers: usize) -> Profile {
        let own = counted(parts.own.as_deref().unwrap_or_default());
        let words: Vec<&str> = text::words(&own).into_iter().map(|w| w.text).collect();
        let lower: Vec<String> = words.iter().map(|w| w.to_lowercase().replace('’', "'")).collect();
        let mut profile = Profile { words: words.len(), scare_quotes, numbers, ..Profile::default() };
        profile.persons = words.iter().zip(&lower).filter(|(word, lower)| is_person(word, lower)).count();
        for hit in self.words.hits(&own) {
            match hit.class {
                "booster" => profile.boosters += 1,
                "hedge" => profile.hedges += 1,
                "doubt" => profile.doubts += 1,
                "modal" => profile.modals += 1,
                _ => {}
            }
        }
        for agent in passives(&lower) {
            if agent {
                profile.passives_agent += 1;
            } else {
                profile.passives_no_agent += 1;
            }
        }
        profile
    }
}

/// `word` as it stands: US is a country.
fn is_person(word: &str, lower: &str) -> bool {
    let stem = lower.split('\'').next().unwrap_or_default();
    word != "US"
        && matches!(
            stem,
            "i" | "me"
                | "my"
                | "myself"
                | "we"
                | "us"
                | "our"
                | "ours"
                | "ourselves"
                | "you"
                | "your"
                | "yours"
                | "yourself"
                | "yourselves"
        )
}

/// For each passive of a sentence, whether it names who acted: a form of *be* or *get*, adverbs, a past participle, and
/// *by* soon after, unless what follows is a deed or a time (`by voting`, `by Friday`).
fn passives(lower: &[String]) -> Vec<bool> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < lower.len() {
        at += 1;
        if !is_auxiliary(&lower[at - 1]) {
            continue;
        }
        let between = lower[at..].iter().take_while(|w| BETWEEN.contains(&w.as_str()) || w.ends_with("ly")).count();
        let verb = at + between;
        if lower.get(verb).is_some_and(|w| is_participle(w)) {
            let behind = &lower[verb + 1..lower.len().min(verb + 2 + AGENT_WITHIN)];
            let by = behind.iter().position(|w| w == "by");
            found.push(by.and_then(|by| behind.get(by + 1)).is_some_and(|next| is_agent(next)));
            at = verb + 1;
        }
    }
    found
}

fn is_auxiliary(word: &str) -> bool {
    matches!(word, "is" | "are" | "was" | "were" | "be" | "been" | "being" | "get" | "gets" | "got" | "getting")
}

fn is_participle(word: &str) -> bool {
    IRREGULAR_PARTICIPLES.contains(word) || (word.len() > 3 && word.ends_with("ed") && !NO_PARTICIPLES.contains(&word))
}

fn is_agent(next: &str) -> bool {
    let day = ["day", "week", "month", "year", "noon", "night", "tomorrow"];
    !next.ends_with("ing") && !next.starts_with(|c: char| c.is_ascii_digit()) && !day.iter().any(|d| next.ends_with(d))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;

    fn profile(sentence: &str) -> Profile {
        Counter::new().unwrap().count(&Parts::new(sentence, &[]), 0, 0)
    }

    #[test]
    fn passives_with_and_without_an_agent_are_told_apart() {
        for (sentence, agent, no_agent) in [
            ("The bridge was closed by the city council.", 1, 0),
            ("The bridge was quickly shut, and two roads were not repaired.", 0, 2),
            ("He has been struck on the head by a falling branch.", 1, 0),
            ("The work is to be finished by Friday.", 0, 1),
            ("The money was saved by closing two schools.", 0, 1),
            ("The council closed the bridge; it was red and old.", 0, 0),
        ] {
            let found = profile(sentence);
            assert_eq!((found.passives_agent, found.passives_no_agent), (agent, no_agent), "{sentence}");
        }
    }

    #[test]
    fn persons_are_not_countries() {
        assert_eq!(profile("We told the US that you and I’ll pay for our bridge.").persons, 4);
    }

    #[test]
    fn quoted_words_are_not_the_outlets() {
        let sentence = "The mayor said “we will certainly win this for you” and left.";
        let quote = "we will certainly win this for you";
        let start = sentence.find(quote).unwrap();
        let parts = Parts::new(sentence, &[Span::new(start, start + quote.len())]);
        let found = Counter::new().unwrap().count(&parts, 0, 0);
        assert_eq!((found.words, found.persons, found.boosters, found.modals), (5, 0, 0, 0));
    }

    #[test]
    fn rates_are_per_100_words() {
        let mut sum = profile("Perhaps they might certainly allege it.");
        sum += profile("The council met on the bridge at noon yesterday, then left.");
        assert_eq!((sum.hedges, sum.modals, sum.boosters, sum.doubts), (1, 1, 1, 1));
        assert!((sum.per_100(|p| p.hedges).unwrap() - 100.0 / sum.words as f64).abs() < 1e-9);
        assert_eq!(Profile::default().per_100(|p| p.hedges), None);
    }
}
