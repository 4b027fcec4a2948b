//! The first stage: claims are taken as statements and scored by all measures.

use rayon::prelude::*;

use super::evidence::Evidence;
use super::heads::{Heads, core};
use super::input::Input;
use super::lexicon;
use super::measures::{Measures, Scores};
use super::profile::{Counter, Profile};
use super::statement::{Parts, Sentence, Statement};
use super::story_claims::StoryClaims;
use super::user_lexicon::{LexiconScores, UserLexicon};
use super::vectors::{Embed, TextVectors};
use crate::claims::LEAD_CLAIMS;
use crate::text::{self, Span};
use crate::{Error, Result};

/// Embeds the parts of sentences and scores them: `(sentence, its parts)`.
///
/// # Errors
/// Those of `embed`; [`Error::Data`] when the heads do not fit the model.
pub(crate) fn score(
    heads: &Heads,
    sentences: &[(Sentence<'_>, Parts<'_>)],
    embed: &mut Embed<'_, '_>,
) -> Result<Vec<Scores>> {
    let vectors = part_vectors(sentences, embed)?;
    if vectors.rows.nrows() > 0 && vectors.rows.ncols() != heads.dimension() {
        let reason =
            format!("are for vectors of {} values, the model gives {}", heads.dimension(), vectors.rows.ncols());
        return Err(Error::Data { name: "heads".into(), reason });
    }
    let measures = Measures::new(heads)?;
    // The first text of each sentence among those embedded.
    let mut embedded = 0;
    let first = |(_, parts): &(Sentence<'_>, Parts<'_>)| {
        let first = embedded;
        embedded += usize::from(parts.own.is_some()) + usize::from(parts.quoted.is_some());
        first as u32
    };
    let firsts: Vec<u32> = sentences.iter().map(first).collect();
    let scores = |((s, parts), &first): (&(Sentence<'_>, Parts<'_>), &u32)| {
        let first = first as usize;
        let own = parts.own.is_some().then(|| vectors.of(first));
        let quoted = parts.quoted.is_some().then(|| vectors.of(first + usize::from(own.is_some())));
        measures.scores(&Statement { own, quoted, ..s.with(parts) })
    };
    Ok(sentences.par_iter().zip(&firsts).map(scores).collect())
}

/// Words, lexicon hits and `core` of any texts: what the heads are fitted with.
///
/// # Errors
/// [`Error::Data`] when the word list is damaged.
pub(crate) fn word_counts<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Vec<(usize, usize, f64)>> {
    let lexicon = lexicon::shipped(&lexicon::LOADED_WORDS)?;
    Ok(texts
        .map(|t| {
            let (words, hits) = (text::words(t).len(), lexicon.hits(t).len());
            (words, hits, core(hits, words))
        })
        .collect())
}

fn part_vectors<'v>(sentences: &[(Sentence<'_>, Parts<'_>)], embed: &mut Embed<'_, 'v>) -> Result<TextVectors<'v>> {
    let texts: Vec<&str> =
        sentences.iter().flat_map(|(_, p)| [p.own.as_deref(), p.quoted.as_deref()]).flatten().collect();
    embed(&texts, "own words")
}

/// The claims that are scored, article by article: all claims of the articles in stories, the first [`LEAD_CLAIMS`] of
/// the others.
pub(super) fn scored_claims(input: &Input<'_>, in_story: &[bool]) -> Vec<usize> {
    let limit = |a: usize| if in_story[a] { usize::MAX } else { LEAD_CLAIMS };
    (0..input.articles.len()).flat_map(|a| input.claims.lead(a, limit(a))).collect()
}

/// A claim as the measures see it.
pub(super) fn statement_of<'a>(input: &Input<'a>, claim: usize) -> (Sentence<'a>, Parts<'a>) {
    let claim = &input.claims.claims[claim];
    let text = claim.text(&input.articles[claim.article]);
    let inside = |s: Span| s.intersection(claim.span).map(|s| s.unshifted(claim.span.start));
    let quotes: Vec<Span> = claim.quotes.iter().filter_map(|&q| inside(q)).collect();
    let sentence =
        Sentence { text, voice: claim.voice, cue: claim.cue.and_then(inside), speaker: claim.speaker.and_then(inside) };
    (sentence, Parts::new(text, &quotes))
}

/// The scores of every claim of the table, none for those that are not in `scored`.
///
/// # Errors
/// As [`score`].
pub(super) fn of_claims(
    input: &Input<'_>,
    heads: &Heads,
    scored: &[usize],
    sentences: &[(Sentence<'_>, Parts<'_>)],
    embed: &mut Embed<'_, '_>,
) -> Result<Vec<Scores>> {
    let mut scores = vec![Scores::default(); input.claims.claims.len()];
    for ((&claim, mut score), (_, parts)) in scored.iter().zip(score(heads, sentences, embed)?).zip(sentences) {
        // Two or three own words beside a quotation are no wording: who quotes more would look less loaded.
        if !parts.has_wording() {
            score.without_wording();
        }
        scores[claim] = score;
    }
    Ok(scores)
}

/// How each article talks, in what was scored of it.
pub(super) fn profiles(
    input: &Input<'_>,
    scored: &[usize],
    sentences: &[(Sentence<'_>, Parts<'_>)],
) -> Result<Vec<Profile>> {
    let counter = Counter::new()?;
    let article = |claim: usize| input.claims.claims[claim].article;
    // The claims of an article are neighbours.
    let articles: Vec<&[usize]> = scored.chunk_by(|&a, &b| article(a) == article(b)).collect();
    let mut starts = Vec::with_capacity(articles.len());
    articles.iter().fold(0, |start, claims| {
        starts.push(start);
        start + claims.len()
    });
    let of_article = |(claims, &start): (&&[usize], &usize)| {
        let mut profile = Profile::default();
        for (&c, (_, parts)) in claims.iter().zip(&sentences[start..]) {
            profile +=
                counter.count(parts, input.claims.claims[c].scare.len(), input.claims.terms[c].quantities().len());
        }
        (article(claims[0]), profile)
    };
    let counted: Vec<(usize, Profile)> = articles.par_iter().zip(&starts).map(of_article).collect();
    let mut profiles = vec![Profile::default(); input.articles.len()];
    counted.into_iter().for_each(|(article, profile)| profiles[article] = profile);
    Ok(profiles)
}

/// What the user's lists find in the claims of stories; every hit is evidence.
pub(super) fn lexicon_scores(
    input: &Input<'_>,
    sentences: &StoryClaims<'_>,
    evidence: &mut Vec<(usize, Evidence)>,
) -> Vec<LexiconScores> {
    let claims = 0..input.claims.claims.len();
    let of_list = |lexicon: &UserLexicon| {
        let (scores, hits): (Vec<_>, Vec<_>) = claims
            .clone()
            .into_par_iter()
            .map(|claim| match sentences.get(claim) {
                // As for `loaded`: two or three words beside a quotation are no wording.
                Some((s, parts)) if parts.has_wording() => {
                    let statement = s.with(parts);
                    let hits: Vec<_> = lexicon.explain(&statement).into_iter().map(|e| (claim, e)).collect();
                    (lexicon.scored(&statement), hits)
                }
                _ => (None, Vec::new()),
            })
            .unzip();
        evidence.extend(hits.into_iter().flatten());
        LexiconScores { name: lexicon.name().into(), scores }
    };
    input.lexicons.iter().map(of_list).collect()
}

/// The mean score of claims by the measure of that name; `None` where none of them has a score.
pub(crate) fn mean_score(claims: impl Iterator<Item = usize>, scores: &[Scores], measure: &str) -> Option<f64> {
    let (sum, n) = claims.filter_map(|c| scores[c].of(measure)).fold((0.0, 0.0), |(sum, n), v| (sum + v, n + 1.0));
    (n > 0.0).then_some(sum / n)
}
