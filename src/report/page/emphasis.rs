//! Topic frames: which side of an event a source tells more of.

use maud::{Markup, html};

use super::found;
use super::index::Index;
use super::strips::{self, FRAMES, Scales, Strip};
use super::words::{self, Said, counted, grouped, name, number, rounded};
use crate::report::{EmphasisRow, EmphasisStatus, StoryRow};

/// Frames of a story: those with the largest differences.
const MAX_ROWS: usize = 5;
/// Sentences quoted for one of them.
const MAX_NEAREST: usize = 2;
/// Characters of such a sentence.
const SENTENCE: usize = 220;
/// Frames of a source over all stories that are shown even if none is tested.
const MAX_FRAMES: usize = 6;
/// What is about no frame: it says nothing that could be read.
const RESIDUAL: &str = "other";

/// The few largest differences of a story. Those of sources that dwell less have no sentence to show.
pub(crate) fn of_story(index: &Index<'_>, story: &StoryRow) -> Markup {
    let mut rows: Vec<&EmphasisRow> = index.emphasis(&story.story_id).to_vec();
    rows.retain(|r| r.frame != RESIDUAL && r.difference.is_some_and(|d| rounded(d) != 0.0));
    let all = rows.len();
    let size = |r: &EmphasisRow| r.difference.map_or(0.0, |d| rounded(d).abs());
    rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
    rows.truncate(MAX_ROWS);
    html! {
        @if !rows.is_empty() {
            h3 { "Topic frames" }
            p.note {
                "Which side of the event a source tells more of than the others, in standard deviations of reference sentences. Describes these \
                 articles, tests nothing; no side is the right one. The largest of " (grouped(all)) " differences; all are in " code { "emphasis.csv" } "."
            }
            ul.frames {
                @for row in rows {
                    @let difference = row.difference.unwrap_or_default();
                    li {
                        strong { (name(&row.source)) } " " (words::dwells(&row.frame, difference)) ", difference " (number(row.difference)) "."
                        @let nearest: Vec<&str> = row
                            .nearest_claim_ids
                            .iter()
                            .filter_map(|id| index.claim(id))
                            .map(|claim| claim.text.as_str())
                            .take(if difference > 0.0 { MAX_NEAREST } else { 0 })
                            .collect();
                        @if !nearest.is_empty() {
                            " " small { "Its nearest sentences:" }
                            ul { @for text in nearest { li.example { (Said(text, SENTENCE)) } } }
                        }
                    }
                }
            }
        }
    }
}

/// Of the sources `shown`, over all stories.
pub(crate) fn over_stories(index: &Index<'_>, shown: &[&str], scales: &Scales) -> Markup {
    let over = index.emphasis("");
    let rows_of = |source: &str| -> Vec<&EmphasisRow> {
        over.iter().copied().filter(|r| r.source == source && r.frame != RESIDUAL).collect()
    };
    html! {
        @if !over.is_empty() {
            h3 #frames { "Topic frames over all stories" }
            p.note {
                "How much more or less than the other sources of the same stories each source dwells on a frame, the clearest differences first. \
                 All frames are in " code { "emphasis.csv" } "."
            }
            @for source in shown {
                @let rows = rows_of(source);
                @let tested = rows.iter().filter(|r| r.status == EmphasisStatus::Ok).count();
                @let lines: Vec<Strip<'_>> = rows.iter().take(tested.max(MAX_FRAMES)).map(|row| strip(row)).collect();
                @if !rows.is_empty() {
                    @let standing = rows.iter().filter(|r| found(r.q_value)).count();
                    details.frames open[standing > 0] {
                        summary {
                            (name(source)) " "
                            small {
                                @if tested == 0 { "(insufficient: fewer than six stories)" }
                                @else { "(" (standing) " of " (tested) " differences stand out)" }
                            }
                        }
                        (strips::table(&html! { strong { "topic frames" } " " code { (FRAMES) } }, FRAMES, "Frame", scales, &lines))
                        @if rows.len() > lines.len() {
                            p.note { (rows.len() - lines.len()) " more, all insufficient, in " code { "emphasis.csv" } "." }
                        }
                    }
                }
            }
        }
    }
}

fn strip(row: &EmphasisRow) -> Strip<'_> {
    Strip {
        name: words::frame(&row.frame).into(),
        about: None,
        link: None,
        basis: counted(row.n_stories, "story", "stories"),
        difference: row.difference,
        interval: row.ci_low.zip(row.ci_high),
        q: row.q_value,
        mde: None,
        tested: row.status == EmphasisStatus::Ok,
    }
}
