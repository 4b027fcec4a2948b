//! The second stage: which words made the scores of the claims of stories.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::evidence::Evidence;
use super::heads::Heads;
use super::input::Input;
use super::measure::FLAGGED;
use super::measures::loaded::Loaded;
use super::measures::{Measures, Scores};
use super::story_claims::StoryClaims;
use super::vectors::Embed;
use crate::Result;
use crate::text::{self, Span};

/// The measure whose words are also found by deleting them: its value on the rest is known from the rest's vector.
const DELETED: &str = "loaded_adj";
/// Words of a flagged claim that are named beside the lexicon hits, at most.
const TOP_WORDS: usize = 5;
/// A word whose deletion changes the raw score by less is not named.
const MIN_CONTRIBUTION: f64 = 0.1;
/// Content words that are deleted in turn, per statement.
const MAX_WORDS: usize = 25;

/// Evidence for the claims of stories: the words that each measure names, scare quotes, and for flagged claims the words
/// whose deletion lowers the score most. A contribution is what the raw score loses when the word is deleted (note
/// `deleted`), or what a lexicon hit alone adds where `budget`, the number of shortened statements that are embedded, did
/// not allow that; `warnings` then say so.
///
/// # Errors
/// Those of `embed`; [`crate::Error::Data`] when a shipped resource is damaged.
pub(super) fn evidence(
    input: &Input<'_>,
    budget: usize,
    heads: &Heads,
    sentences: &StoryClaims<'_>,
    scores: &[Scores],
    embed: &mut Embed<'_, '_>,
    warnings: &mut Vec<String>,
) -> Result<Vec<(usize, Evidence)>> {
    let articles = input.stories.iter().flat_map(|s| &s.articles);
    let claims: Vec<usize> = articles.flat_map(|&a| input.claims.by_article[a].clone()).collect();
    let measures = Measures::new(heads)?;
    let mut rows = Vec::new();
    let mut words: BTreeMap<(usize, Span), Evidence> = BTreeMap::new();
    for &claim in &claims {
        rows.extend(scare_quotes(input, claim));
        let (sentence, parts) = &sentences[claim];
        let statement = sentence.with(parts);
        for (measure, (declared, score)) in measures.iter().map(|m| m.1).zip(scores[claim].values()) {
            let found = score.map(|score| measure.explain(&statement, score)).unwrap_or_default();
            if declared.name == DELETED {
                words.extend(found.into_iter().map(|e| ((claim, e.span), e)));
            } else {
                rows.extend(found.into_iter().map(|e| (claim, e)));
            }
        }
    }
    let flagged = most_loaded(&claims, scores);
    let variants = variants(&flagged, sentences, budget, warnings);
    let texts: Vec<&str> = variants.iter().map(|v| v.2.as_str()).collect();
    let vectors = embed(&texts, "evidence")?;
    let loaded = Loaded::new(heads)?;
    let drops = variants.iter().enumerate().filter_map(|(i, (claim, span, rest))| {
        let drop = scores[*claim].of("loaded")? - loaded.of(rest, vectors.of(i));
        Some((*claim, sentences[*claim].1.in_sentence(*span)?, drop))
    });
    add_deleted(&mut words, drops.collect());
    rows.extend(words.into_iter().map(|((claim, _), e)| (claim, e)));
    Ok(rows)
}

/// The scare quotes of a claim.
fn scare_quotes(input: &Input<'_>, claim: usize) -> impl Iterator<Item = (usize, Evidence)> {
    let of_claim = &input.claims.claims[claim];
    of_claim.scare.iter().map(move |span| {
        let span = span.unshifted(of_claim.span.start);
        let (measure, note) = ("scare_quotes".into(), "quotation marks".into());
        (claim, Evidence { measure, span, contribution: None, note })
    })
}

/// The flagged ones among the claims, the most loaded first.
fn most_loaded(claims: &[usize], scores: &[Scores]) -> Vec<usize> {
    let score = |claim: usize| scores[claim].of(DELETED);
    let mut flagged: Vec<usize> =
        claims.iter().copied().filter(|&claim| score(claim).is_some_and(|score| score >= FLAGGED)).collect();
    flagged.sort_by(|&a, &b| score(b).partial_cmp(&score(a)).unwrap_or(Ordering::Equal).then(a.cmp(&b)));
    flagged
}

/// Of each flagged claim its own words without each of its content words in turn: (claim, the word's span in the own
/// words, the rest). A claim that does not fit in the budget any more has none.
fn variants(
    flagged: &[usize],
    sentences: &StoryClaims<'_>,
    budget: usize,
    warnings: &mut Vec<String>,
) -> Vec<(usize, Span, String)> {
    let mut variants = Vec::new();
    let mut without = 0;
    for &claim in flagged {
        let Some(own) = sentences[claim].1.own.as_deref() else { continue };
        let deletions = deletions(own);
        if variants.len() + deletions.len() > budget {
            without += 1;
        } else {
            variants.extend(deletions.into_iter().map(|(span, rest)| (claim, span, rest)));
        }
    }
    if without > 0 {
        warnings.push(format!(
            "{without} flagged claims have only lexicon hits as evidence: the budget of {budget} word deletions is spent (--evidence-budget)"
        ));
    }
    variants
}

/// The statement without each of its content words in turn (the first 25): (the word's span, the rest).
fn deletions(own: &str) -> Vec<(Span, String)> {
    text::words(own)
        .into_iter()
        .filter(|w| !text::is_stopword(&w.text.to_lowercase()) && w.text.chars().any(char::is_alphabetic))
        .take(MAX_WORDS)
        .map(|w| {
            let (before, after) = (&own[..w.span.start], &own[w.span.end..]);
            (w.span, format!("{}{}", before, after.strip_prefix(' ').unwrap_or(after)))
        })
        .collect()
}

/// Adds to the lexicon hits what the score drops by when a word is deleted, and the words that matter most: `drops` are
/// (claim, the word's span in the sentence, the drop).
fn add_deleted(words: &mut BTreeMap<(usize, Span), Evidence>, mut drops: Vec<(usize, Span, f64)>) {
    drops.sort_by(|a, b| a.0.cmp(&b.0).then(b.2.total_cmp(&a.2)).then(a.1.cmp(&b.1)));
    for of_claim in drops.chunk_by(|a, b| a.0 == b.0) {
        for (rank, &(claim, span, drop)) in of_claim.iter().enumerate() {
            if let Some(hit) = words.get_mut(&(claim, span)) {
                hit.contribution = Some(drop);
                hit.note.push_str("; deleted");
            } else if rank < TOP_WORDS && drop >= MIN_CONTRIBUTION {
                let (measure, note) = (DELETED.into(), "deleted".into());
                words.insert((claim, span), Evidence { measure, span, contribution: Some(drop), note });
            }
        }
    }
}
