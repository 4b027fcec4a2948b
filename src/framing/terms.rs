//! Which words a source uses for the same facts: log-odds with an informative Dirichlet prior.
//!
//! The measure is that of Monroe, Colaresi and Quinn ("Fightin' Words", *Political Analysis* 16, 2008): the log-odds
//! of a term at the source less those at the other tellers, in standard errors (`z`), where a prior keeps rare words from
//! looking distinctive by chance. Three things are made to fit *same facts*:
//!
//! - **Counted is the fact, not the word.** A term counts once for each fact that a teller tells with it, in however many
//!   articles and sentences. Sentences that repeat each other are not independent, and a teller's updates and the reprints
//!   of a wire text would otherwise make their words distinctive.
//! - **Each fact weighs the same on both sides.** The others' uses in a fact that many of them tell weigh less each;
//!   otherwise the words of the facts that few tell would mark the source that is one of the few.
//! - **Each side's prior is in proportion to its words.** With one prior for both, a word that all use alike is drawn
//!   toward the background further on the smaller side, and marks every source as avoiding the topic.
//!
//! A z describes. Thousands of terms are looked at, and nothing is corrected for that.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::contrasts::Teller;
use super::input::Input;
use super::statement::{Parts, counted};
use crate::background::Background;
use crate::text;

/// What the prior weighs: so many words of the background, beside [`EVERY_TERM`]. That is some 40 times the words that a
/// source has in the shared facts of one story (median 115). Chosen by dealing the tellers of each fact anew: over the
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
    /// Tellings by other tellers of the facts that the source tells, with it.
    pub count_others: usize,
    /// Difference of the log-odds in standard errors. Positive: the source uses it more.
    pub z: f64,
    /// The source's claims that hold it.
    pub claims: Vec<usize>,
}

/// A shared fact in the terms of each teller. Terms are numbers of [`Words`]: there are as many as words in all shared
/// facts.
struct SharedFact {
    /// Sorted by teller: its terms, rising, each with a claim that holds it; one that several claims hold comes several
    /// times.
    tellers: Vec<(Teller, Numbered)>,
    /// How many tellers use each term: counted once, not for every source anew.
    users: Numbered,
}

/// Each with the number of a term.
type Numbered = Box<[(u32, u32)]>;

/// A shared fact as it was read, before its terms are numbered.
struct FactTerms {
    /// For each term of a teller, the claims that hold it.
    tellers: BTreeMap<Teller, BTreeMap<String, Vec<usize>>>,
    /// Each use of a term, as it is spelt there.
    spelt: Vec<(String, String)>,
}

/// The terms, numbered.
#[derive(Default)]
struct Words {
    numbers: HashMap<String, u32>,
    /// How often each is spelt in each way.
    spellings: Vec<BTreeMap<String, usize>>,
}

/// The terms in the order of the alphabet, which is that of their numbers.
struct Vocabulary {
    terms: Vec<String>,
    spellings: Vec<BTreeMap<String, usize>>,
}

/// Stories whose words are held as text at a time.
const READ_AT_A_TIME: usize = 64;

/// The terms of every source, over all stories and in each: ordered by story (all stories first), source, falling z.
pub(super) fn run<'p>(
    input: &Input<'_>,
    sources: &[String],
    parts: &(dyn Fn(usize) -> &'p Parts<'p> + Sync),
) -> Vec<Term> {
    let read = |claims: &[usize]| {
        read_terms(claims.iter().map(|&claim| {
            let teller = input.teller(sources, input.claims.claims[claim].article);
            let parts = parts(claim);
            (claim, teller, parts.own.as_deref().filter(|_| parts.has_wording()))
        }))
    };
    let mut words = Words::default();
    let mut stories: Vec<Vec<SharedFact>> = Vec::with_capacity(input.facts.len());
    for some in input.facts.chunks(READ_AT_A_TIME) {
        let read: Vec<Vec<FactTerms>> =
            some.par_iter().map(|facts| facts.iter().filter_map(|fact| read(&fact.claims)).collect()).collect();
        stories.extend(read.into_iter().map(|facts| facts.into_iter().map(|fact| words.number_terms(fact)).collect()));
    }
    let vocabulary = words.in_order(&mut stories);
    terms(&stories, &vocabulary, input.background)
}

/// Reads the terms of a fact's claims, each given with its teller and the outlet's own words; `None` unless at least two
/// tellers have some.
fn read_terms<'t>(claims: impl Iterator<Item = (usize, Teller, Option<&'t str>)>) -> Option<FactTerms> {
    let mut tellers: BTreeMap<Teller, BTreeMap<String, Vec<usize>>> = BTreeMap::new();
    let mut spelt = Vec::new();
    for (claim, teller, own) in claims {
        let Some(own) = own else { continue };
        let of_teller = tellers.entry(teller).or_default();
        for (term, form) in text::worded_terms(&counted(own)) {
            if term.chars().all(|c| c.is_ascii_digit() || c == '.') {
                continue;
            }
            let form = form.to_lowercase().replace('’', "'");
            spelt.push((term.clone(), form.strip_suffix("'s").unwrap_or(&form).to_owned()));
            let holding = of_teller.entry(term).or_default();
            if holding.last() != Some(&claim) {
                holding.push(claim);
            }
        }
    }
    (tellers.len() >= 2).then_some(FactTerms { tellers, spelt })
}

impl Words {
    /// The number of a term, a new one where it comes first.
    fn number(&mut self, term: String) -> u32 {
        let next = self.spellings.len() as u32;
        let number = *self.numbers.entry(term).or_insert(next);
        if number == next {
            self.spellings.push(BTreeMap::new());
        }
        number
    }

    /// Numbers the terms of a fact and counts their spellings.
    fn number_terms(&mut self, fact: FactTerms) -> SharedFact {
        for (term, form) in fact.spelt {
            let number = self.number(term) as usize;
            *self.spellings[number].entry(form).or_default() += 1;
        }
        let mut users: BTreeMap<u32, u32> = BTreeMap::new();
        let tellers = fact.tellers.into_iter().map(|(teller, terms)| {
            let mut of_teller = Vec::with_capacity(terms.len());
            for (term, claims) in terms {
                let number = self.number(term);
                *users.entry(number).or_default() += 1;
                of_teller.extend(claims.into_iter().map(|claim| (number, claim as u32)));
            }
            (teller, of_teller.into_boxed_slice())
        });
        let tellers = tellers.collect();
        SharedFact { tellers, users: users.into_iter().collect() }
    }

    /// Numbers everything anew: sums over terms go by the alphabet, whatever the order in which the terms came.
    fn in_order(self, stories: &mut [Vec<SharedFact>]) -> Vocabulary {
        let mut sorted: Vec<(String, u32)> = self.numbers.into_iter().collect();
        sorted.sort_unstable();
        let mut new = vec![0; sorted.len()];
        for (number, (_, old)) in (0..).zip(&sorted) {
            new[*old as usize] = number;
        }
        stories.par_iter_mut().flatten().for_each(|fact| {
            for terms in fact.tellers.iter_mut().map(|(_, terms)| terms).chain([&mut fact.users]) {
                terms.iter_mut().for_each(|(term, _)| *term = new[*term as usize]);
                // Stable: the claims of a term stay in their order.
                terms.sort_by_key(|(term, _)| *term);
            }
        });
        let mut spellings = self.spellings;
        let spellings = sorted.iter().map(|(_, old)| std::mem::take(&mut spellings[*old as usize])).collect();
        Vocabulary { terms: sorted.into_iter().map(|(term, _)| term).collect(), spellings }
    }
}

impl SharedFact {
    /// The terms of a teller that tells the fact, each with a claim that holds it.
    fn by(&self, teller: Teller) -> &[(u32, u32)] {
        self.tellers.binary_search_by_key(&teller, |(of, _)| *of).map_or(&[], |at| &self.tellers[at].1)
    }
}

/// `stories`: the shared facts of each.
fn terms(stories: &[Vec<SharedFact>], vocabulary: &Vocabulary, background: &Background) -> Vec<Term> {
    let prior: Vec<f64> = vocabulary.terms.iter().map(|t| EVERY_TERM + ALPHA_0 * background.frequency(t)).collect();
    let of = |story: Option<usize>, source: u32, facts: &[&SharedFact]| {
        let mut marked: Vec<(u32, Word)> = compare(source, facts, &prior)
            .into_iter()
            .filter(|(_, word)| word.count >= MIN_COUNT && word.z.abs() >= MIN_Z)
            .collect();
        marked.sort_by(|(t, a), (u, b)| b.z.total_cmp(&a.z).then_with(|| t.cmp(u)));
        marked.truncate(MAX_TERMS);
        let mut claims: HashMap<u32, Vec<usize>> = marked.iter().map(|(term, _)| (*term, Vec::new())).collect();
        for &(term, claim) in facts.iter().flat_map(|fact| fact.by(Teller::Source(source))) {
            if let Some(claims) = claims.get_mut(&term) {
                claims.push(claim as usize);
            }
        }
        let described = marked.into_iter().map(|(term, word)| Term {
            story,
            source,
            term: vocabulary.spelling(term),
            count: word.count,
            count_others: word.count_others,
            z: word.z,
            claims: claims.remove(&term).unwrap_or_default(),
        });
        described.collect::<Vec<_>>()
    };
    let over_all: Vec<(u32, Vec<&SharedFact>)> = by_source(stories.iter().flatten()).into_iter().collect();
    let mut found: Vec<Term> = over_all.par_iter().flat_map_iter(|(source, facts)| of(None, *source, facts)).collect();
    found.par_extend(stories.par_iter().enumerate().flat_map_iter(|(story, facts)| {
        let sources = by_source(facts.iter()).into_iter();
        sources.flat_map(|(source, facts)| of(Some(story), source, &facts)).collect::<Vec<_>>()
    }));
    found
}

/// The facts that each source tells.
fn by_source<'f>(facts: impl Iterator<Item = &'f SharedFact>) -> BTreeMap<u32, Vec<&'f SharedFact>> {
    let mut told: BTreeMap<u32, Vec<&SharedFact>> = BTreeMap::new();
    for fact in facts {
        for (teller, _) in &fact.tellers {
            if let Teller::Source(source) = teller {
                told.entry(*source).or_default().push(fact);
            }
        }
    }
    told
}

impl Vocabulary {
    /// The spelling that is used most; of several, the first in the alphabet.
    fn spelling(&self, term: u32) -> String {
        let (term, forms) = (&self.terms[term as usize], &self.spellings[term as usize]);
        // "US" in lower case would be a pronoun.
        if term.contains('.') {
            return term.clone();
        }
        forms.iter().rev().max_by_key(|(_, n)| **n).map_or_else(|| term.clone(), |(form, _)| form.clone())
    }
}

/// One term of a source against the others.
#[derive(Debug, Default)]
struct Word {
    count: usize,
    count_others: usize,
    /// The others' uses, weighted.
    others: f64,
    z: f64,
}

/// The z of every term of these facts, which the source and others tell. `prior`: of each term.
fn compare(source: u32, facts: &[&SharedFact], prior: &[f64]) -> Vec<(u32, Word)> {
    // Each fact weighs the same. With the harmonic mean, the weighted counts scatter as counts do, by their own size.
    let share = |fact: &SharedFact| 1.0 / (fact.tellers.len() - 1) as f64;
    let harmonic = facts.len() as f64 / facts.iter().map(|fact| share(fact)).sum::<f64>();
    let mut words: BTreeMap<u32, Word> = BTreeMap::new();
    for &fact in facts {
        let weight = harmonic * share(fact);
        let own = fact.by(Teller::Source(source));
        for &(term, users) in &fact.users {
            let word = words.entry(term).or_default();
            let tells = own.binary_search_by_key(&term, |(term, _)| *term).is_ok();
            let others = users as usize - usize::from(tells);
            word.count += usize::from(tells);
            word.count_others += others;
            word.others += weight * others as f64;
        }
    }
    let n = words.values().map(|w| w.count).sum::<usize>() as f64;
    let n_others = words.values().map(|w| w.others).sum::<f64>();
    let alpha = |term: u32| prior[term as usize];
    let alpha_0: f64 = words.keys().map(|&term| alpha(term)).sum();
    // Equal sides have the prior as it is.
    let (own_part, other_part) = (2.0 * n / (n + n_others), 2.0 * n_others / (n + n_others));
    for (&term, word) in &mut words {
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

    const A: Teller = Teller::Source(0);
    const B: Teller = Teller::Source(1);
    const WIRE: Teller = Teller::Wire(0);

    /// The rows of stories in which each fact is told in these words.
    fn rows(stories: &[Vec<Vec<(Teller, &str)>>]) -> Vec<Term> {
        let mut words = Words::default();
        let mut next = 0..;
        let mut stories: Vec<Vec<SharedFact>> = stories
            .iter()
            .map(|facts| {
                let read = |fact: &Vec<(Teller, &str)>| {
                    read_terms(fact.iter().map(|&(teller, own)| (next.next().unwrap(), teller, Some(own))))
                };
                facts.iter().filter_map(read).map(|fact| words.number_terms(fact)).collect()
            })
            .collect();
        let vocabulary = words.in_order(&mut stories);
        terms(&stories, &vocabulary, &Background::none(0))
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
        let mut words = Words::default();
        let mut fact = || {
            words.number_terms(
                read_terms([(0, A, Some("boss mill")), (1, B, Some("director mill"))].into_iter()).unwrap(),
            )
        };
        let mut stories = [vec![fact(), fact()]];
        assert_eq!(words.in_order(&mut stories).terms, ["boss", "director", "mill"]);
        let found = compare(0, &stories[0].iter().collect::<Vec<_>>(), &[1.5, EVERY_TERM, 1.0]);
        // Both sides use 4 words, beside 1.5 + 1 + 0.5 of the prior: boss 2 and 0 times.
        let ratio = (3.5f64 / 3.5).ln() - (1.5f64 / 5.5).ln();
        let error = (1.0f64 / 3.5 + 1.0 / 1.5).sqrt();
        let (term, boss) = &found[0];
        assert_eq!((*term, boss.count, boss.count_others), (0, 2, 0));
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
        let many = (0..9).map(|s| (Teller::Source(s), "A judge freed the sailors.")).collect();
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
