//! Agreement of the facts that were found with gold mentions of events.

use std::collections::{BTreeMap, BTreeSet};

use super::{Figure, figure};

/// A sentence of an article that mentions an event, as a person labelled it; of several events it has several mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoldMention {
    pub article: String,
    /// The event, by a name that no other event of the file has.
    pub event: String,
    /// The sentence, verbatim.
    pub sentence: String,
}

/// How well found facts agree with gold ones, over pairs of sentences of different articles.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FactAgreement {
    /// Share of the judged pairs of one found fact that share a gold event; none where no pair could be judged.
    pub precision: Option<Figure>,
    /// Share of the pairs that share a gold event which are in one found fact; none where there is no such pair.
    pub recall: Option<Figure>,
    /// Pairs of claims in one found fact.
    pub found_pairs: usize,
    /// Those whose both claims have a gold event, so that they can be judged.
    pub judged: usize,
    /// Judged pairs that share an event.
    pub right: usize,
    /// Pairs of gold sentences that share an event.
    pub gold_pairs: usize,
    /// Those that are in one found fact.
    pub recovered: usize,
    /// Gold sentences, each counted once.
    pub sentences: usize,
    /// Those of them that are in any fact.
    pub in_facts: usize,
    /// Gold events.
    pub events: usize,
}

/// A claim that belongs to a fact.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FactClaim<'a> {
    pub article: &'a str,
    pub fact: &'a str,
    /// Its words.
    pub text: &'a str,
}

/// What is drawn anew for an interval: a gold story, or an article without one; a fact; an event.
type Unit<'a> = (u8, &'a str);
/// Successes and trials of each unit.
type Totals<'a> = BTreeMap<Unit<'a>, (f64, f64)>;

/// Compares facts with gold mentions.
///
/// A claim is a gold sentence when one holds the other, letters and digits compared only, and case ignored; of several
/// the first is taken. Intervals draw gold stories where `story_of` (article to story) is given, else found facts
/// (precision) and gold events (recall). A pair of two stories counts half for each, one of several events a part for
/// each.
pub(crate) fn fact_agreement(
    gold: &[GoldMention],
    claims: &[FactClaim<'_>],
    story_of: Option<&BTreeMap<String, String>>,
    seed: u64,
) -> FactAgreement {
    // Sentences in order of first appearance, mentions of the same one together.
    let mut sentences: Vec<(&str, String, BTreeSet<&str>)> = Vec::new();
    let mut known: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let mut of_article: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for mention in gold {
        let key = (mention.article.as_str(), bare(&mention.sentence));
        let index = *known.entry(key).or_insert_with_key(|(article, sentence)| {
            of_article.entry(article).or_default().push(sentences.len());
            sentences.push((article, sentence.clone(), BTreeSet::new()));
            sentences.len() - 1
        });
        sentences[index].2.insert(&mention.event);
    }
    let shares = |x: usize, y: usize| sentences[x].2.intersection(&sentences[y].2).copied();

    let mut facts_of: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); sentences.len()];
    let mut facts: BTreeMap<&str, Vec<(&str, Option<usize>)>> = BTreeMap::new();
    for claim in claims {
        let text = bare(claim.text);
        let mut candidates = of_article.get(claim.article).into_iter().flatten().copied();
        let is_sentence =
            |&s: &usize| !text.is_empty() && (sentences[s].1.contains(&text) || text.contains(&sentences[s].1));
        let hit = candidates.find(is_sentence);
        facts.entry(claim.fact).or_default().push((claim.article, hit));
        if let Some(hit) = hit {
            facts_of[hit].insert(claim.fact);
        }
    }

    let units = |x: &'_ str, y: &'_ str| -> Option<[Unit<'_>; 2]> {
        let story = |article| story_of?.get_key_value(article);
        let unit = |article| match story(article) {
            Some((_, story)) => (0, story.as_str()),
            None => (1, of_article.get_key_value(article).map_or("", |(a, _)| *a)),
        };
        story_of.map(|_| [unit(x), unit(y)])
    };
    let (mut found_pairs, mut judged, mut right) = (0, 0, 0);
    let mut precision = Totals::new();
    for (fact, members) in &facts {
        for (i, &(a, x)) in members.iter().enumerate() {
            for &(b, y) in members[..i].iter().filter(|(b, _)| *b != a) {
                found_pairs += 1;
                let (Some(x), Some(y)) = (x, y) else { continue };
                let is_right = shares(x, y).next().is_some();
                judged += 1;
                right += usize::from(is_right);
                match units(a, b) {
                    Some(stories) => stories.into_iter().for_each(|unit| count(&mut precision, unit, 0.5, is_right)),
                    None => count(&mut precision, (2, fact), 1.0, is_right),
                }
            }
        }
    }

    let mut of_event: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, (_, _, events)) in sentences.iter().enumerate() {
        events.iter().for_each(|event| of_event.entry(event).or_default().push(index));
    }
    let mut pairs: BTreeSet<(usize, usize)> = BTreeSet::new();
    for members in of_event.values() {
        for (i, &x) in members.iter().enumerate() {
            pairs.extend(members[..i].iter().filter(|&&y| sentences[x].0 != sentences[y].0).map(|&y| (y, x)));
        }
    }
    let mut recovered = 0;
    let mut recall = Totals::new();
    for &(x, y) in &pairs {
        let is_found = !facts_of[x].is_disjoint(&facts_of[y]);
        recovered += usize::from(is_found);
        match units(sentences[x].0, sentences[y].0) {
            Some(stories) => stories.into_iter().for_each(|unit| count(&mut recall, unit, 0.5, is_found)),
            None => {
                let events: Vec<&str> = shares(x, y).collect();
                let part = 1.0 / events.len() as f64;
                events.into_iter().for_each(|event| count(&mut recall, (3, event), part, is_found));
            }
        }
    }
    FactAgreement {
        precision: ratio(&precision, seed),
        recall: ratio(&recall, seed),
        found_pairs,
        judged,
        right,
        gold_pairs: pairs.len(),
        recovered,
        sentences: sentences.len(),
        in_facts: facts_of.iter().filter(|facts| !facts.is_empty()).count(),
        events: of_event.len(),
    }
}

fn count<'a>(totals: &mut Totals<'a>, unit: Unit<'a>, weight: f64, is_success: bool) {
    let (successes, trials) = totals.entry(unit).or_default();
    *successes += if is_success { weight } else { 0.0 };
    *trials += weight;
}

fn ratio(totals: &Totals<'_>, seed: u64) -> Option<Figure> {
    let units: Vec<(f64, f64)> = totals.values().copied().collect();
    let sum = |units: &[(f64, f64)]| units.iter().fold((0.0, 0.0), |(s, t), u| (s + u.0, t + u.1));
    figure(
        &units,
        |units| {
            let (successes, trials) = sum(units);
            successes / trials
        },
        seed,
    )
}

/// Letters and digits in lower case: what is left of a sentence whatever happened to its spaces and quotes.
pub(super) fn bare(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mentions(rows: &[(&str, &str, &str)]) -> Vec<GoldMention> {
        let owned = |&(article, event, sentence): &(&str, &str, &str)| GoldMention {
            article: article.into(),
            event: event.into(),
            sentence: sentence.into(),
        };
        rows.iter().map(owned).collect()
    }

    #[test]
    fn pairs_of_a_table_worked_by_hand() {
        let gold = mentions(&[
            ("a", "fire", "The “old” mill burnt down."),
            ("a", "arrest", "The \"old\" mill burnt down."),
            ("b", "fire", "A mill burnt."),
            ("c", "fire", "Fire took the mill."),
            ("c", "arrest", "A man was held."),
            ("a", "arrest", "A man was held by police, and he denies it."),
        ]);
        let claim = |article, fact, text| FactClaim { article, fact, text };
        let claims = [
            // a and b share the fire: right. d has no gold: not judged. Twice of article a: no pair.
            claim("a", "f1", "The 'old' mill burnt down"),
            claim("b", "f1", "A mill burnt."),
            claim("d", "f1", "A mill burnt."),
            // b's fire with c's arrest: wrong.
            claim("b", "f2", "a MILL burnt"),
            claim("c", "f2", "A man was held."),
            // A clause of a's sentence with c's: right.
            claim("a", "f3", "A man was held by police,"),
            claim("c", "f3", "A man was held."),
        ];
        let found = fact_agreement(&gold, &claims, None, 0);
        assert_eq!((found.sentences, found.events, found.in_facts), (5, 2, 4));
        assert_eq!((found.found_pairs, found.judged, found.right), (5, 3, 2));
        // Fire: ab ac bc; arrest: a1-c2, a2-c2.
        assert_eq!((found.gold_pairs, found.recovered), (5, 2));
        let figures = [found.precision, found.recall].map(|f| f.unwrap().value);
        assert!((figures[0] - 2.0 / 3.0).abs() < 1e-12 && (figures[1] - 0.4).abs() < 1e-12, "{figures:?}");

        // With stories the same figures, drawn otherwise: one story alone gives no interval.
        let story_of = ["a", "b", "c"].map(|a| (a.to_owned(), "mill".to_owned())).into();
        let by_story = fact_agreement(&gold, &claims, Some(&story_of), 0);
        assert_eq!(by_story.recall, Some(Figure { value: 0.4, interval: None }));
    }

    #[test]
    fn nothing_to_judge_is_no_figure() {
        let found = fact_agreement(&mentions(&[("a", "e", "One.")]), &[], None, 0);
        assert_eq!((found.precision, found.recall, found.gold_pairs), (None, None, 0));
    }
}
