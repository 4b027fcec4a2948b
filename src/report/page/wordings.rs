//! The facts of a story, each opening to the sources' wordings side by side.

use std::collections::HashMap;

use maud::{Markup, html};

use super::index::Index;
use super::marks::{self, Mark, Marked, Sentence};
use super::signs::sign;
use super::words::{self, Said, counted, grouped, name, number};
use crate::facts::Coverage;
use crate::report::{ClaimRow, FactRow, StoryRow};
use crate::text::Voice;
use crate::text::{self, Span};

/// Wordings of a fact.
pub(crate) const MAX_WORDINGS: usize = 24;
/// Characters of a sentence that is near, but not near enough.
pub(crate) const NEAREST: usize = 300;
/// Reasons listed below a wording: the strongest.
pub(crate) const MAX_REASONS: usize = 8;

/// What is quoted in each article of a story. The whole article says it: quotations run over sentences.
pub(crate) type Quotes<'a> = HashMap<&'a str, Vec<Span>>;

pub(crate) fn quotes<'a>(index: &Index<'a>, story: &str) -> Quotes<'a> {
    let articles = index.by_date(story);
    articles.iter().map(|a| (a.article_id.as_str(), text::quotations(index.body(&a.article_id)))).collect()
}

/// A claim of a fact with its marked words.
pub(crate) struct Wording<'a> {
    pub claim: &'a ClaimRow,
    /// The marked words of its article's body.
    pub marks: Vec<Marked>,
}

impl Wording<'_> {
    /// The claim in its article's body.
    pub(crate) fn span(&self) -> Span {
        span(self.claim)
    }

    /// The marks that have a reason of their own to be told.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = &Marked> {
        self.marks.iter().filter(|m| !matches!(m.mark, Mark::Cue | Mark::Speaker | Mark::Quote))
    }
}

/// The wordings of a fact, the most loaded first.
pub(crate) fn of_fact<'a>(index: &Index<'a>, fact: &FactRow, quotes: &Quotes<'_>) -> Vec<Wording<'a>> {
    let mut claims = index.wordings(&fact.fact_id).to_vec();
    claims.sort_by(|a, b| {
        let loaded = |c: &ClaimRow| c.loaded_adj.map_or(f64::NEG_INFINITY, words::rounded);
        loaded(b).total_cmp(&loaded(a)).then_with(|| a.source.cmp(&b.source))
    });
    let texts: Vec<(&str, &str)> =
        claims.iter().map(|c| (c.article_id.as_str(), span(c).of(index.body(&c.article_id)))).collect();
    let conflicts = marks::conflicts(&texts, &fact.check);
    let marked = |claim: &'a ClaimRow, conflict: Vec<(Span, String)>| {
        let span = span(claim);
        let of_conflict = conflict.into_iter().map(|(at, why)| Marked {
            span: at.shifted(span.start),
            mark: Mark::Conflict,
            reason: format!("{}: {why}", Mark::Conflict.label()),
        });
        let quoted = quotes.get(claim.article_id.as_str()).map_or(&[][..], Vec::as_slice).iter();
        let quoted = quoted.filter(|q| q.intersection(span).is_some()).map(|q| Marked {
            span: *q,
            mark: Mark::Quote,
            reason: String::new(),
        });
        let reasons = marks::of_evidence(index.evidence(&claim.claim_id));
        Wording { claim, marks: reasons.into_iter().chain(of_conflict).chain(quoted).collect() }
    };
    claims.into_iter().zip(conflicts).map(|(claim, conflict)| marked(claim, conflict)).collect()
}

/// The claims that come near a fact, not near enough.
pub(crate) fn unclear<'a>(index: &Index<'a>, fact: &FactRow) -> Vec<&'a ClaimRow> {
    let near = index.coverage(&fact.fact_id).iter().filter(|c| c.status == Coverage::Unclear);
    near.filter_map(|c| index.claim(&c.claim_id)).collect()
}

pub(crate) fn list(index: &Index<'_>, story: &StoryRow, facts: &[&FactRow]) -> Markup {
    let quotes = quotes(index, &story.story_id);
    html! {
        h3 { "The wordings" }
        p.note { "Open a fact to read its wordings side by side, the most loaded first." }
        p.note.unprinted { "This browser prints only the facts that are open." }
        ol.fact-list {
            @for fact in facts { li { (entry(index, fact, &quotes)) } }
        }
    }
}

fn entry(index: &Index<'_>, fact: &FactRow, quotes: &Quotes<'_>) -> Markup {
    let wordings = of_fact(index, fact, quotes);
    let unclear = unclear(index, fact);
    html! {
        details.fact {
            summary {
                span.statement { (Said(&fact.statement, words::SENTENCE)) } " "
                small {
                    (counted(fact.n_sources, "source", "sources"))
                    @if fact.spread_loaded.is_some() { " · spread " (number(fact.spread_loaded)) }
                    @if !fact.check.is_empty() { " · " span.flag { "check " (words::checks(&fact.check)) } }
                }
            }
            div.wordings id=(fact.fact_id) {
                p.facts-line {
                    code { (fact.fact_id) } " · match score " (number(fact.score)) " · heading in the words of " (name(&fact.statement_source))
                }
                @if !fact.check.is_empty() {
                    p.check { strong { "Look before you cite: " } (Said(&fact.check_values, words::SENTENCE)) }
                }
                div.cards {
                    @for wording in wordings.iter().take(MAX_WORDINGS) { (card(index, wording)) }
                    @for claim in unclear.iter().take(MAX_WORDINGS) {
                        article.card.unclear {
                            h4 { (name(&claim.source)) }
                            p.meta { (sign(Coverage::Unclear)) ": the nearest sentence" }
                            p.wording { (Said(&claim.text, NEAREST)) }
                        }
                    }
                }
                @if wordings.len() > MAX_WORDINGS {
                    p.note { (grouped(wordings.len() - MAX_WORDINGS)) " more wordings in " code { "claims.csv" } "." }
                }
                @if unclear.len() > MAX_WORDINGS {
                    p.note { (grouped(unclear.len() - MAX_WORDINGS)) " more unclear sources in " code { "coverage.csv" } "." }
                }
                @if !fact.sources_not_found.is_empty() {
                    p.note {
                        "Not found (which is not “absent”) in: "
                        @for (i, source) in fact.sources_not_found.iter().take(MAX_WORDINGS).enumerate() {
                            @if i > 0 { ", " } (name(source))
                        }
                        @if fact.sources_not_found.len() > MAX_WORDINGS { ", …" }
                        "."
                    }
                }
            }
        }
    }
}

fn span(claim: &ClaimRow) -> Span {
    Span::new(claim.start.min(claim.end), claim.end)
}

fn card(index: &Index<'_>, wording: &Wording<'_>) -> Markup {
    let (claim, span) = (wording.claim, wording.span());
    let body = index.body(&claim.article_id);
    let sentence = Sentence { body, span, marks: &wording.marks, limit: words::SENTENCE };
    html! {
        article.card data-claim=(claim.claim_id) {
            h4 { (name(&claim.source)) }
            p.meta { (voice(claim)) " · sentence " (claim.position) }
            p.wording { (sentence) }
            @if span.len() > words::SENTENCE {
                p.note { "Cut: the whole text is in " code { "claims.csv" } ", " code { (claim.claim_id) } "." }
            }
            p.scores {
                "loaded wording " strong { @if claim.loaded_adj.is_some() { (number(claim.loaded_adj)) } @else { "none (all is quoted)" } }
                @if claim.loaded_quoted.is_some() { " · in quotations " strong { (number(claim.loaded_quoted)) } }
                @if claim.match_score.is_some() { " · match " (number(claim.match_score)) }
            }
            (why(body, wording))
        }
    }
}

fn voice(claim: &ClaimRow) -> Markup {
    html! {
        @match claim.voice {
            None | Some(Voice::Own) => (sign(Coverage::Own)),
            Some(voice) => {
                (sign(Coverage::Attributed)) ", " (voice.name())
                @if !claim.speaker.is_empty() { ": " (name(&claim.speaker)) }
                @if !claim.cue.is_empty() { " (" (name(&claim.cue)) ")" }
            }
        }
    }
}

/// The reasons of the marks as a list: the same as on hover, for everybody else.
fn why(body: &str, wording: &Wording<'_>) -> Markup {
    let listed: Vec<&Marked> = wording.reasons().collect();
    html! {
        @if !listed.is_empty() {
            ul.why {
                @for m in listed.iter().take(MAX_REASONS) { li { "“" (Said(m.span.of(body), words::NAME)) "”: " (m.reason) } }
                @if listed.len() > MAX_REASONS { li { (listed.len() - MAX_REASONS) " more in " code { "evidence.csv" } } }
            }
        }
    }
}
