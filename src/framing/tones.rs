//! Tone toward the targets of every story: scores, contrasts, the words behind them.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::contrasts::{
    self, Baseline, Contrast, ContrastConfig, FactValues, Status, StoryValues, Teller, TellerValue,
};
use super::evidence::Evidence;
use super::input::Input;
use super::labels::{self, Label};
use super::statement::Parts;
use super::story_claims::StoryClaims;
use super::targets::{Named, Outlets, Target, names, targets};
use super::tone::{TargetMention, ToneHead};
use super::vectors::Embed;
use crate::Result;

use crate::text::Span;

/// A claim that speaks so well or badly of a target has rows in the evidence.
const FLAGGED: f64 = 0.5;
/// A word that changes the log odds by less is not named.
const MIN_CONTRIBUTION: f64 = 0.1;
/// Mentions whose texts are held and embedded at a time.
const CHUNK: usize = 16_384;

/// How a source speaks of a target in one story.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetTone {
    /// The story's id.
    pub story: String,
    /// Index of the source.
    pub source: u32,
    /// The target's name.
    pub target: String,
    /// The source's claims that name it in the outlet's own words.
    pub n_mentions: usize,
    /// P(positive) - P(negative), -1..1: mean over the source's articles, each drawn toward 0 by n / (n + 1).
    pub tone: f64,
    /// Mean of the other tellers, or of the baseline's; `None` where none of it names the target.
    pub others: Option<f64>,
    /// Whether the contrast on the same facts could be tested.
    pub status: Status,
}

/// A source's tone toward a target against that of the others on the same facts.
#[derive(Debug, Clone, PartialEq)]
pub struct ToneContrast {
    /// The target's name.
    pub target: String,
    /// The contrast; q over all targets of all stories.
    pub contrast: Contrast,
}

/// Tones of a whole corpus.
#[derive(Debug, Clone, Default)]
pub struct Tones {
    /// Ordered by story, target, source.
    pub targets: Vec<TargetTone>,
    /// Within stories, on facts of which several tellers name the target.
    pub contrasts: Vec<ToneContrast>,
    /// What sources call the targets: ordered by story, target, source, label.
    pub labels: Vec<Label>,
}

/// The tone of each mention: (own words of a sentence, the target in it).
///
/// # Errors
/// Those of `embed`; [`Error::Data`](crate::Error::Data) when the head does not fit the model.
pub(crate) fn tones(head: &ToneHead, mentions: &[(&str, Span)], embed: &mut Embed<'_, '_>) -> Result<Vec<f64>> {
    let mut found = Vec::with_capacity(mentions.len());
    for chunk in mentions.chunks(CHUNK) {
        let chunk: Vec<TargetMention<'_>> =
            chunk.par_iter().map(|&(s, t)| TargetMention::new(s, t)).collect::<Result<_>>()?;
        let texts: Vec<_> = chunk.par_iter().map(TargetMention::views).collect();
        let flat: Vec<&str> = texts.iter().flatten().map(AsRef::as_ref).collect();
        let vectors = embed(&flat, "tone")?;
        head.fits(&vectors)?;
        found.extend(chunk.iter().enumerate().map(|(i, mention)| head.tone(&vectors, i, &mention.numbers())));
    }
    Ok(found)
}

/// Finds the targets of every story and scores the claims that name them.
///
/// # Errors
/// As [`tones`].
pub(super) fn run(
    input: &Input<'_>,
    sources: &[String],
    baseline: Option<&Baseline>,
    seed: u64,
    sentences: &StoryClaims<'_>,
    embed: &mut Embed<'_, '_>,
) -> Result<(Tones, Vec<(usize, Evidence)>)> {
    let head = ToneHead::shipped()?;
    let outlets = Outlets::new(sources);
    // Where the outlet says next to nothing itself, it says nothing of the target.
    let own = |claim: usize| {
        let parts = &sentences[claim].1;
        parts.own.as_deref().filter(|_| parts.has_wording())
    };
    let found: Vec<Vec<Target>> = input
        .stories
        .par_iter()
        .map(|story| {
            let mut named = Vec::new();
            let mut places: BTreeSet<String> = BTreeSet::new();
            for claim in story.articles.iter().flat_map(|&a| input.claims.by_article[a].clone()) {
                let Some(own) = own(claim) else { continue };
                let article = input.claims.claims[claim].article;
                let (entities, dateline) = names(own, input.claims.claims[claim].position == 1);
                places.extend(dateline);
                let teller = input.teller(sources, article);
                named.extend(entities.into_iter().map(|e| Named {
                    claim,
                    article,
                    teller,
                    name: e.name,
                    span: e.span,
                }));
            }
            targets(&named, &|name| places.contains(name) || outlets.has(name))
        })
        .collect();
    let mentions: Vec<(usize, Span)> = found.iter().flatten().flat_map(|t| &t.mentions).copied().collect();
    let texts: Vec<(&str, Span)> = mentions.iter().filter_map(|&(claim, span)| Some((own(claim)?, span))).collect();
    let scores = tones(&head, &texts, embed)?;

    let reader = labels::Reader::new()?;
    let named: Vec<(usize, &Target)> =
        found.iter().enumerate().flat_map(|(s, targets)| targets.iter().map(move |t| (s, t))).collect();
    let labels: Vec<Label> = named
        .par_iter()
        .flat_map_iter(|&(story, target)| {
            let mention = |&(claim, span): &(usize, Span)| {
                Some((claim, input.teller(sources, input.claims.claims[claim].article), own(claim)?, span))
            };
            let mentions: Vec<labels::NamedIn<'_>> = target.mentions.iter().filter_map(mention).collect();
            labels::of_target(&reader, story, target, &mentions)
        })
        .collect();

    let mut evidence = Vec::new();
    let mut values: Vec<StoryValues> = Vec::new();
    let mut rows: Vec<TargetTone> = Vec::new();
    let mut next = scores.iter().copied();
    for (s, of_story) in found.iter().enumerate() {
        for target in of_story {
            let scored: BTreeMap<usize, f64> = target.mentions.iter().map(|m| m.0).zip(next.by_ref()).collect();
            rows.extend(rows_of(input, sources, baseline, s, target, &scored));
            values.push(StoryValues {
                story: key(&input.stories[s].id, &target.name),
                facts: input.facts[s]
                    .iter()
                    .map(|fact| FactValues {
                        fact: fact.id.clone(),
                        values: fact
                            .claims
                            .iter()
                            .filter_map(|c| {
                                let teller = input.teller(sources, input.claims.claims[*c].article);
                                Some(TellerValue { teller, value: *scored.get(c)? })
                            })
                            .collect(),
                    })
                    .collect(),
            });
            for &(claim, span) in &target.mentions {
                let (tone, parts) = (scored[&claim], &sentences[claim].1);
                if let Some(own) = own(claim).filter(|_| tone.abs() >= FLAGGED) {
                    evidence
                        .extend(explain(&head, &target.name, own, span, tone, parts)?.into_iter().map(|e| (claim, e)));
                }
            }
        }
    }
    let baseline = baseline.cloned();
    let config = ContrastConfig { seed, reference_sd: head.reference_sd(), baseline, ..Default::default() };
    let contrasts: Vec<ToneContrast> = contrasts::story_contrasts(&values, &config)
        .into_iter()
        .filter_map(|contrast| {
            let (story, target) = contrast.story.split_once(SEPARATOR).map(|(s, t)| (s.to_owned(), t.to_owned()))?;
            Some(ToneContrast { target, contrast: Contrast { story, ..contrast } })
        })
        .collect();
    let tested: BTreeSet<(&str, &str, u32)> = contrasts
        .iter()
        .filter(|c| c.contrast.estimate.status == Status::Ok)
        .map(|c| (c.contrast.story.as_str(), c.target.as_str(), c.contrast.source))
        .collect();
    for row in &mut rows {
        if tested.contains(&(row.story.as_str(), row.target.as_str(), row.source)) {
            row.status = Status::Ok;
        }
    }
    Ok((Tones { targets: rows, contrasts, labels }, evidence))
}

/// Stands between story and target where both name a contrast: no id and no name holds it.
const SEPARATOR: char = '\u{1f}';

fn key(story: &str, target: &str) -> String {
    format!("{story}{SEPARATOR}{target}")
}

/// A row per source that names the target. Reprints of one text are one teller among the others.
fn rows_of(
    input: &Input<'_>,
    sources: &[String],
    baseline: Option<&Baseline>,
    story: usize,
    target: &Target,
    scored: &BTreeMap<usize, f64>,
) -> Vec<TargetTone> {
    let mut articles: BTreeMap<Teller, BTreeMap<usize, (f64, usize)>> = BTreeMap::new();
    for (&claim, tone) in scored {
        let article = input.claims.claims[claim].article;
        let of_teller = articles.entry(input.teller(sources, article)).or_default();
        let (sum, n) = of_teller.entry(article).or_default();
        (*sum, *n) = (*sum + tone, *n + 1);
    }
    let tellers: Vec<(Teller, usize, f64)> = articles
        .into_iter()
        .map(|(teller, articles)| {
            // Sum / n, drawn toward 0: one mention is half of the evidence that many are.
            let tone = articles.values().map(|&(sum, n)| sum / (n as f64 + 1.0)).sum::<f64>() / articles.len() as f64;
            (teller, articles.values().map(|a| a.1).sum(), tone)
        })
        .collect();
    let rows = tellers.iter().filter_map(|&(teller, n_mentions, tone)| {
        let Teller::Source(source) = teller else { return None };
        let is_other = |other: Teller| other != teller && baseline.is_none_or(|b| b.faces(other, source));
        let others: Vec<f64> = tellers.iter().filter(|v| is_other(v.0)).map(|v| v.2).collect();
        Some(TargetTone {
            story: input.stories[story].id.clone(),
            source,
            target: target.name.clone(),
            n_mentions,
            tone,
            others: (!others.is_empty()).then(|| others.iter().sum::<f64>() / others.len() as f64),
            status: Status::Insufficient,
        })
    });
    rows.collect()
}

/// The mention, and the words of the list around it that pull the tone to where it is.
fn explain(
    head: &ToneHead,
    target: &str,
    own: &str,
    span: Span,
    tone: f64,
    parts: &Parts<'_>,
) -> Result<Vec<Evidence>> {
    let row = |span: Span, contribution, note| {
        Some(Evidence { measure: format!("tone:{target}").into(), span: parts.in_sentence(span)?, contribution, note })
    };
    let words = TargetMention::new(own, span)?.contributions(head);
    let words = words.into_iter().filter(|w| w.1 * tone.signum() >= MIN_CONTRIBUTION);
    let named = row(span, None, format!("target; tone {tone:.2}"));
    Ok(named
        .into_iter()
        .chain(words.filter_map(|(span, gain)| row(span, Some(gain), "lexicon: VADER".into())))
        .collect())
}
