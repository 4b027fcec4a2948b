//! Which words a source uses for the same facts: log-odds with an informative Dirichlet prior.
//!
//! The measure is that of Monroe, Colaresi and Quinn ("Fightin' Words", *Political Analysis* 16, 2008): the log-odds
//! of a term at the source less those at the other voices, in standard errors (`z`), where a prior keeps rare words from
//! looking distinctive by chance. Three things are made to fit *same facts*:
//!
//! - **Counted is the fact, not the word.** A term counts once for each fact that a voice tells with it, in however many
//!   articles and sentences. Sentences that repeat each other are not independent, and a voice's updates and the reprints
//!   of a wire text would otherwise make their words distinctive.
//! - **Each fact weighs the same on both sides.** The others' uses in a fact that many of them tell weigh less each;
//!   otherwise the words of the facts that few tell would mark the source that is one of the few.
//! - **Each side's prior is in proportion to its words.** With one prior for both, a word that all use alike is drawn
//!   toward the background further on the smaller side, and marks every source as avoiding the topic.
//!
//! A z describes. Thousands of terms are looked at, and nothing is corrected for that.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::Parts;
use super::contrasts::Voice as Speaker;
use super::run::{Input, voice_of};
use super::statement::counted;
use crate::background::Background;
use crate::text;

/// What the prior weighs: so many words of the background, beside [`EVERY_TERM`]. That is some 40 times the words that a
/// source has in the shared facts of one story (median 115). Chosen by dealing the voices of each fact anew: over the
/// 100 stories of BASIL, words enough for 80 rows stand against 9 by chance, with 500 for 99 against 20, with 20,000 for
/// 51 against 2.
const ALPHA_0: f64 = 5_000.0;
/// What the prior gives every term (Jeffreys' prior). The background alone would give a rare word next to nothing, and a
/// word that the others never use would have an error so large that no number of uses could distinguish it.
const EVERY_TERM: f64 = 0.5;
/// A term is told of from this z up, and from its negative down: the middle 95 % of a normal distribution is left out.
const MIN_Z: f64 = 1.96;
/// A source must tell so many facts with a term: a word used once is no habit.
const MIN_COUNT: usize = 2;
/// Terms that are told of, per story and source.
const MAX_TERMS: usize = 20;

/// A term that marks a source, or that it avoids.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Index of the story; `None`: over all stories.
    pub story: Option<usize>,
    /// Index of the source.
    pub source: u32,
    /// The word, as the aligned claims spell it most, in lower case.
    pub term: String,
    /// Facts that the source tells with it.
    pub count: usize,
    /// Tellings by other voices of the facts that the source tells, with it.
    pub count_others: usize,
    /// Difference of the log-odds in standard errors. Positive: the source uses it more.
    pub z: f64,
    /// The source's claims that hold it.
    pub claims: Vec<usize>,
}

/// A fact in the words of each voice.
struct Told {
    /// For each term of a voice, the claims that hold it.
    voices: BTreeMap<Speaker, BTreeMap<String, Vec<usize>>>,
    /// How many voices use each term: counted once, not for every source anew.
    tellers: BTreeMap<String, usize>,
}

/// How often each term is spelt in each way.
type Spellings = BTreeMap<String, BTreeMap<String, usize>>;

/// The terms of every source, over all stories and in each: ordered by story (all stories first), source, falling z.
pub(super) fn run<'p>(
    input: &Input<'_>,
    sources: &[String],
    parts: &(dyn Fn(usize) -> &'p Parts<'p> + Sync),
) -> Vec<Term> {
    let read: Vec<(Vec<Told>, Spellings)> = input
        .facts
        .par_iter()
        .map(|facts| {
            let mut spellings = Spellings::new();
            let tell = |claims: &[usize]| {
                let claims = claims.iter().map(|&claim| {
                    let voice = voice_of(input, sources, input.claims.claims[claim].article);
                    let parts = parts(claim);
                    (claim, voice, parts.own.as_deref().filter(|_| parts.has_wording()))
                });
                told(claims, &mut spellings)
            };
            (facts.iter().map(|fact| &*fact.claims).filter_map(tell).collect(), spellings)
        })
        .collect();
    let mut facts = Vec::with_capacity(read.len());
    let mut spellings = Spellings::new();
    for (of_story, spelt) in read {
        facts.push(of_story);
        for (term, forms) in spelt {
            let known = spellings.entry(term).or_default();
            forms.into_iter().for_each(|(form, n)| *known.entry(form).or_default() += n);
        }
    }
    terms(&facts, &spellings, input.background)
}

/// A fact as its voices tell it; `None` unless at least two do. Takes each claim with its voice and own words.
fn told<'t>(
    claims: impl Iterator<Item = (usize, Speaker, Option<&'t str>)>,
    spellings: &mut Spellings,
) -> Option<Told> {
    let mut voices: BTreeMap<Speaker, BTreeMap<String, Vec<usize>>> = BTreeMap::new();
    let mut spelt = Vec::new();
    for (claim, voice, own) in claims {
        let Some(own) = own else { continue };
        let of_voice = voices.entry(voice).or_default();
        for (term, form) in text::worded_terms(&counted(own)) {
            if term.chars().all(|c| c.is_ascii_digit() || c == '.') {
                continue;
            }
            let form = form.to_lowercase().replace('’', "'");
            spelt.push((term.clone(), form.strip_suffix("'s").unwrap_or(&form).to_owned()));
            let holding = of_voice.entry(term).or_default();
            if holding.last() != Some(&claim) {
                holding.push(claim);
            }
        }
    }
    if voices.len() < 2 {
        return None;
    }
    let mut tellers: BTreeMap<String, usize> = BTreeMap::new();
    for term in voices.values().flat_map(BTreeMap::keys) {
        match tellers.get_mut(term) {
            Some(n) => *n += 1,
            None => drop(tellers.insert(term.clone(), 1)),
        }
    }
    for (term, form) in spelt {
        *spellings.entry(term).or_default().entry(form).or_default() += 1;
    }
    Some(Told { voices, tellers })
}

/// `stories`: the shared facts of each.
fn terms(stories: &[Vec<Told>], spellings: &Spellings, background: &Background) -> Vec<Term> {
    let prior: HashMap<&str, f64> =
        spellings.keys().map(|t| (t.as_str(), EVERY_TERM + ALPHA_0 * background.frequency(t))).collect();
    let of = |story: Option<usize>, source: u32, facts: &[&Told]| {
        let mut terms: Vec<Term> = compare(source, facts, &prior)
            .into_iter()
            .filter(|(_, word)| word.count >= MIN_COUNT && word.z.abs() >= MIN_Z)
            .map(|(term, word)| Term {
                story,
                source,
                term: spelling(term, spellings),
                count: word.count,
                count_others: word.count_others,
                z: word.z,
                claims: word.claims,
            })
            .collect();
        terms.sort_by(|a, b| b.z.total_cmp(&a.z).then_with(|| a.term.cmp(&b.term)));
        terms.truncate(MAX_TERMS);
        terms
    };
    let over_all: Vec<(u32, Vec<&Told>)> = by_source(stories.iter().flatten()).into_iter().collect();
    let mut found: Vec<Term> = over_all.par_iter().flat_map_iter(|(source, facts)| of(None, *source, facts)).collect();
    found.par_extend(stories.par_iter().enumerate().flat_map_iter(|(story, facts)| {
        let sources = by_source(facts.iter()).into_iter();
        sources.flat_map(|(source, facts)| of(Some(story), source, &facts)).collect::<Vec<_>>()
    }));
    found
}

/// The facts that each source tells.
fn by_source<'f>(facts: impl Iterator<Item = &'f Told>) -> BTreeMap<u32, Vec<&'f Told>> {
    let mut told: BTreeMap<u32, Vec<&Told>> = BTreeMap::new();
    for fact in facts {
        for voice in fact.voices.keys() {
            if let Speaker::Source(source) = voice {
                told.entry(*source).or_default().push(fact);
            }
        }
    }
    told
}

/// The spelling that is used most; of several, the first in the alphabet.
fn spelling(term: &str, spellings: &Spellings) -> String {
    // "US" in lower case would be a pronoun.
    if term.contains('.') {
        return term.to_owned();
    }
    let forms = spellings.get(term).into_iter().flatten();
    forms.rev().max_by_key(|(_, n)| **n).map_or_else(|| term.to_owned(), |(form, _)| form.clone())
}

/// One term of a source against the others.
#[derive(Debug, Default)]
struct Word {
    count: usize,
    count_others: usize,
    /// The others' uses, weighted.
    others: f64,
    claims: Vec<usize>,
    z: f64,
}

/// The z of every term of these facts, which the source and others tell.
fn compare<'f>(source: u32, facts: &[&'f Told], prior: &HashMap<&str, f64>) -> Vec<(&'f str, Word)> {
    // Each fact weighs the same. With the harmonic mean, the weighted counts scatter as counts do, by their own size.
    let share = |fact: &Told| 1.0 / (fact.voices.len() - 1) as f64;
    let harmonic = facts.len() as f64 / facts.iter().map(|fact| share(fact)).sum::<f64>();
    let mut words: BTreeMap<&str, Word> = BTreeMap::new();
    for &fact in facts {
        let weight = harmonic * share(fact);
        let own = fact.voices.get(&Speaker::Source(source));
        for (term, tellers) in &fact.tellers {
            let word = words.entry(term).or_default();
            let claims = own.and_then(|own| own.get(term));
            let others = tellers - usize::from(claims.is_some());
            word.count += usize::from(claims.is_some());
            word.claims.extend(claims.into_iter().flatten());
            word.count_others += others;
            word.others += weight * others as f64;
        }
    }
    let n = words.values().map(|w| w.count).sum::<usize>() as f64;
    let n_others = words.values().map(|w| w.others).sum::<f64>();
    let alpha = |term: &str| prior.get(term).copied().unwrap_or(EVERY_TERM);
    let alpha_0: f64 = words.keys().map(|term| alpha(term)).sum();
    // Equal sides have the prior as it is.
    let (own_part, other_part) = (2.0 * n / (n + n_others), 2.0 * n_others / (n + n_others));
    for (term, word) in &mut words {
        let own =
            Side { count: word.count as f64, total: n, prior: own_part * alpha(term), priors: own_part * alpha_0 };
        let others =
            Side { count: word.others, total: n_others, prior: other_part * alpha(term), priors: other_part * alpha_0 };
        word.z = z(own, others);
    }
    // Without words on one side nothing is finite.
    words.into_iter().filter(|(_, word)| word.z.is_finite()).collect()
}

/// What one side knows of a term.
#[derive(Debug, Clone, Copy)]
struct Side {
    /// Uses of the term, of `total` uses of all terms.
    count: f64,
    total: f64,
    /// Prior of the term, of `priors` over all terms.
    prior: f64,
    priors: f64,
}

/// The log-odds ratio of Monroe, Colaresi and Quinn (2008) by its standard error, the latter in their approximation.
fn z(a: Side, b: Side) -> f64 {
    let log_odds = |s: Side| ((s.count + s.prior) / (s.total + s.priors - s.count - s.prior)).ln();
    let variance = 1.0 / (a.count + a.prior) + 1.0 / (b.count + b.prior);
    (log_odds(a) - log_odds(b)) / variance.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Speaker = Speaker::Source(0);
    const B: Speaker = Speaker::Source(1);
    const WIRE: Speaker = Speaker::Wire(0);

    /// The rows of stories in which each fact is told in these words.
    fn rows(stories: &[Vec<Vec<(Speaker, &str)>>]) -> Vec<Term> {
        let mut spellings = Spellings::new();
        let mut next = 0..;
        let stories: Vec<Vec<Told>> = stories
            .iter()
            .map(|facts| {
                let tell = |fact: &Vec<(Speaker, &str)>| {
                    told(fact.iter().map(|&(voice, own)| (next.next().unwrap(), voice, Some(own))), &mut spellings)
                };
                facts.iter().filter_map(tell).collect()
            })
            .collect();
        terms(&stories, &spellings, &Background::none(0))
    }

    /// What matters of the rows over all stories: source, term, count, count of the others, z.
    fn over_all(rows: &[Term]) -> Vec<(u32, &str, usize, usize, f64)> {
        let rows = rows.iter().filter(|t| t.story.is_none());
        rows.map(|t| (t.source, t.term.as_str(), t.count, t.count_others, t.z)).collect()
    }

    const BOSS: &str = "The boss of the mill resigned.";
    const DIRECTOR: &str = "The director of the mill resigned.";

    #[test]
    fn z_is_the_log_odds_ratio_in_standard_errors() {
        let mut spellings = Spellings::new();
        let fact = |spellings: &mut Spellings| {
            told([(0, A, Some("boss mill")), (1, B, Some("director mill"))].into_iter(), spellings).unwrap()
        };
        let facts = [fact(&mut spellings), fact(&mut spellings)];
        let found = compare(0, &facts.iter().collect::<Vec<_>>(), &HashMap::from([("boss", 1.5), ("mill", 1.0)]));
        // Both sides use 4 words, beside 1.5 + 1 + 0.5 of the prior: boss 2 and 0 times.
        let ratio = (3.5f64 / 3.5).ln() - (1.5f64 / 5.5).ln();
        let error = (1.0f64 / 3.5 + 1.0 / 1.5).sqrt();
        let (term, boss) = &found[0];
        assert_eq!((*term, boss.count, boss.count_others), ("boss", 2, 0));
        assert!((boss.z - ratio / error).abs() < 1e-12 && (boss.z - 1.3314).abs() < 1e-4, "{}", boss.z);
    }

    #[test]
    fn a_word_marks_who_uses_it_and_swapped_sources_swap_their_rows() {
        let story = |x, y| vec![vec![vec![(x, BOSS), (y, DIRECTOR)]; 12]];
        let (found, swapped) = (rows(&story(A, B)), rows(&story(B, A)));
        let told = over_all(&found);
        assert_eq!(
            told.iter().map(|t| (t.0, t.1, t.2, t.3)).collect::<Vec<_>>(),
            [(0, "boss", 12, 0), (1, "director", 12, 0)]
        );
        assert!(told[0].4 > MIN_Z && (told[0].4 - told[1].4).abs() < 1e-12);
        let back = |t: &Term| Term { source: 1 - t.source, claims: Vec::new(), ..t.clone() };
        let mut swapped: Vec<Term> = swapped.iter().map(back).collect();
        swapped.sort_by_key(|t| (t.story, t.source));
        assert_eq!(found.iter().map(|t| Term { claims: Vec::new(), ..t.clone() }).collect::<Vec<_>>(), swapped);
    }

    #[test]
    fn a_word_that_all_use_alike_has_no_row_however_many_tell_the_fact() {
        let few = vec![(A, "The council raised fares."), (B, "Fares were raised by the council.")];
        let many = (0..9).map(|s| (Speaker::Source(s), "A judge freed the sailors.")).collect();
        let story: Vec<_> = [vec![few; 40], vec![many; 40]].concat();
        assert_eq!(rows(&[story]), []);
    }

    #[test]
    fn only_shared_facts_count() {
        let shared = vec![vec![(A, BOSS), (B, DIRECTOR)]; 12];
        let alone = vec![vec![(A, "A cruel storm."), (A, "The storm was cruel.")]; 50];
        assert_eq!(rows(&[[shared.clone(), alone].concat()]), rows(&[[shared, vec![]].concat()]));
    }

    #[test]
    fn reprints_and_repetitions_count_once_for_each_fact_and_a_wire_text_has_no_row() {
        let fact = vec![(A, DIRECTOR), (A, DIRECTOR), (WIRE, BOSS), (WIRE, BOSS), (WIRE, BOSS)];
        let found = rows(&[vec![fact; 12]]);
        let told = over_all(&found);
        assert_eq!(told.iter().map(|t| (t.0, t.1, t.2, t.3)).collect::<Vec<_>>(), [(0, "director", 12, 0)]);
        assert_eq!(found[0].claims.len(), 24, "all of them are examples");
    }

    #[test]
    fn names_are_told_of_and_numbers_are_not_in_the_spelling_that_is_used_most() {
        let odd = vec![(A, "Brask protested 1,200 times in the US."), (B, "Many workers marched peacefully.")];
        let usual = vec![(A, "Brask's protests in U.S. towns: 6.2, 2019."), (B, "Many workers marched peacefully.")];
        let found = rows(&[[vec![odd; 4], vec![usual; 12]].concat()]);
        let terms: Vec<&str> = over_all(&found).iter().filter(|t| t.0 == 0).map(|t| t.1).collect();
        assert_eq!(terms, ["brask", "protests", "u.s", "towns"]);
    }

    #[test]
    fn at_most_twenty_words_per_source_highest_z_first() {
        let own = "amber birch cedar daisy elder fern grape hazel iris jasmine kelp lemon maple nettle olive pine \
                   quince rose sage tulip umber violet willow";
        let other = "ash bear cat dog eel frog goat hare ibis jay kite lion mole newt owl pig quail rat seal toad \
                     urchin vole wolf";
        let story = vec![vec![(A, own), (B, other)]; 40];
        let found = rows(&[story]);
        let of_a: Vec<f64> = over_all(&found).iter().filter(|t| t.0 == 0).map(|t| t.4).collect();
        assert_eq!(of_a.len(), MAX_TERMS);
        assert!(of_a.is_sorted_by(|x, y| x >= y));
    }
}
