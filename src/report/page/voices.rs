//! Whose voices a story brings, and what its sources call whom.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::index::Index;
use super::words::{Said, counted, grouped, name};
use crate::report::{LabelRow, StoryRow, VoiceRow};
use crate::text::SpeakerKind;

/// Speakers of a story; voices.csv has them in the same order.
const MAX_SPEAKERS: usize = 14;
/// Sources in the table of speakers: those that bring most.
const MAX_SOURCES: usize = 16;
/// Targets whose labels are shown.
const MAX_TARGETS: usize = 6;
/// Labels of a target.
const MAX_LABELS: usize = 12;
/// Characters of an example.
const EXAMPLE: usize = 160;

/// What kinds of speakers are called, in the order in which they are shown.
const KINDS: [(SpeakerKind, &str, &str); 4] = [
    (SpeakerKind::Named, "person", "All persons with a name"),
    (SpeakerKind::Anonymous, "without a name", "All persons without a name"),
    (SpeakerKind::Institution, "institution", "All institutions"),
    (SpeakerKind::Document, "document", "All documents"),
];

fn kind(row: &VoiceRow) -> &'static str {
    KINDS.iter().find(|(kind, ..)| Some(*kind) == row.kind).map_or("", |(_, word, _)| word)
}

/// Who is heard: speakers by source.
pub(crate) fn heard(index: &Index<'_>, story: &StoryRow) -> Markup {
    let rows = index.voices(&story.story_id);
    let mut speakers: Vec<(&str, Vec<&VoiceRow>)> = Vec::new();
    let mut sources: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *sources.entry(&row.source).or_default() += row.n_claims;
        // Rows of one speaker stand together.
        match speakers.last_mut().filter(|(speaker, of)| *speaker == row.speaker && of[0].kind == row.kind) {
            Some((_, of)) => of.push(row),
            None => speakers.push((&row.speaker, vec![row])),
        }
    }
    let all = (speakers.len(), sources.len());
    speakers.truncate(MAX_SPEAKERS);
    let mut columns: Vec<(&str, usize)> = sources.into_iter().collect();
    columns.sort_by_key(|(_, claims)| std::cmp::Reverse(*claims));
    columns.truncate(MAX_SOURCES);
    columns.sort_unstable();
    let of_kind = |kind: SpeakerKind, source: &str| -> usize {
        rows.iter().filter(|r| r.kind == Some(kind) && r.source == source).map(|r| r.n_claims).sum()
    };
    html! {
        @if !rows.is_empty() {
            h3 { "Who is heard" }
            p.note {
                "Sentences that each source attributes to a speaker. 0: it does not bring a person or institution that at least two others \
                 bring. That is coverage, never bias: who is not asked is not heard, and who does not answer neither."
                @if speakers.len() < all.0 { " Shown are " (speakers.len()) " of " (grouped(all.0)) " speakers; all are in " code { "voices.csv" } "." }
                @if columns.len() < all.1 { " Shown are the " (columns.len()) " of " (all.1) " sources that attribute most." }
            }
            div.scroll tabindex="0" role="region" aria-label="Speakers and sources" {
                table.heard {
                    caption.hidden { "Speakers of the story, and how many sentences each source attributes to them" }
                    thead { tr {
                        th scope="col" { "Speaker" }
                        @for (source, _) in &columns { th.num scope="col" { (name(source)) } }
                    } }
                    tbody {
                        @for (speaker, rows) in &speakers {
                            tr {
                                th scope="row" { (name(speaker)) " " small { (name(kind(rows[0]))) } }
                                @for (source, _) in &columns {
                                    @match rows.iter().find(|r| r.source == *source) {
                                        Some(row) if row.n_claims == 0 => td.num.none-of { "0" },
                                        Some(row) => td.num { (row.n_claims) },
                                        None => td.num {},
                                    }
                                }
                            }
                        }
                    }
                    tbody.sums {
                        @for (kind, _, sum) in KINDS {
                            @if rows.iter().any(|r| r.kind == Some(kind)) {
                                tr {
                                    th scope="row" { (sum) }
                                    @for (source, _) in &columns { td.num { (of_kind(kind, source)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A label of a target: who gives it.
type Label<'a> = (&'a str, Vec<&'a LabelRow>);

/// What the sources call a target, where they call it different names.
pub(crate) fn labels(index: &Index<'_>, story: &StoryRow) -> Markup {
    let mut targets: Vec<(&str, Vec<Label<'_>>)> = Vec::new();
    for &row in index.labels(&story.story_id) {
        let at = targets.iter().position(|(target, _)| *target == row.target).unwrap_or_else(|| {
            targets.push((&row.target, Vec::new()));
            targets.len() - 1
        });
        let labels = &mut targets[at].1;
        match labels.iter_mut().find(|(label, _)| *label == row.label) {
            Some((_, of)) => of.push(row),
            None => labels.push((&row.label, vec![row])),
        }
    }
    let all = targets.len();
    targets.truncate(MAX_TARGETS);
    for (_, labels) in &mut targets {
        labels.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.iter().map(|r| r.count).sum::<usize>()));
    }
    html! {
        @if !targets.is_empty() {
            h3 { "What they call them" }
            p.note {
                "Nouns beside a name, in the outlet's own words, where two sources choose differently; “2 of 3”: in two of three sentences that \
                 label the name. Found by rule: read the example."
            }
            div.scroll tabindex="0" role="region" aria-label="Labels" {
                table.labels {
                    caption.hidden { "Labels of persons and institutions, and the sources that give them" }
                    thead { tr {
                        th scope="col" { "Whom" } th scope="col" { "Label" } th scope="col" { "Sources" } th scope="col" { "Example" }
                    } }
                    @for (target, labels) in &targets {
                        @let shown = &labels[..labels.len().min(MAX_LABELS)];
                        tbody {
                            @for (i, (label, rows)) in shown.iter().enumerate() {
                                tr {
                                    @if i == 0 { th scope="rowgroup" rowspan=(shown.len()) { (name(target)) } }
                                    td { strong { (name(label)) } }
                                    td {
                                        @for (i, row) in rows.iter().take(MAX_SOURCES).enumerate() {
                                            @if i > 0 { ", " }
                                            (name(&row.source)) " " small { "(" (row.count) " of " (row.n_labelled) ")" }
                                        }
                                        @if rows.len() > MAX_SOURCES { ", …" }
                                    }
                                    td.example { @if let Some(claim) = index.claim(&rows[0].example_claim_id) { (Said(&claim.text, EXAMPLE)) } }
                                }
                            }
                        }
                    }
                }
            }
            @if all > targets.len() || targets.iter().any(|(_, labels)| labels.len() > MAX_LABELS) {
                p.note { "Labels of " (counted(all, "target", "targets")) ", all of them, are in " code { "labels.csv" } "." }
            }
        }
    }
}
