//! The table of stories.

use maud::{Markup, html};

use super::found;
use super::index::Index;
use super::words::{Said, TITLE, grouped, number};
use crate::framing::contrasts::Status;
use crate::report::{StoryRow, StoryStatus};

/// The stories that are shown, in the order of stories.csv: largest first, then by date.
pub(crate) fn table(index: &Index<'_>, shown: &[&StoryRow]) -> Markup {
    let all = index.rows.stories.len();
    html! {
        section #stories {
            h2 { "Stories" }
            @if all == 0 {
                p.none { "No two articles tell of the same event. Each article, with its scores, is in " code { "articles.csv" } "." }
            }
            @if shown.len() < all {
                p.note {
                    "Shown are the " (grouped(shown.len())) " most telling of " (grouped(all)) " stories: first those where a difference stands \
                     out, then those whose sources differ most in loaded wording, then those with most shared facts. All are in "
                    code { "stories.csv" } ", with " code { "facts.csv" } ", " code { "claims.csv" } " and " code { "contrasts.csv" } "."
                }
            }
            @if !shown.is_empty() {
                div.scroll tabindex="0" role="region" aria-label="Stories" {
                    table.sortable #story-table {
                        caption.hidden { "Stories, largest first" }
                        thead { tr {
                            th scope="col" { "Story" } th scope="col" { "Days" }
                            th.num scope="col" { "Articles" } th.num scope="col" { "Sources" } th.num scope="col" { "Shared facts" }
                            th.num scope="col" { "Divergence," br; "loaded wording" } th.num scope="col" { "Divergence," br; "own voice" }
                            th.num scope="col" { "Differences" br; "that stand out" }
                        } }
                        tbody { @for story in shown { (row(index, story)) } }
                    }
                }
            }
        }
    }
}

fn row(index: &Index<'_>, story: &StoryRow) -> Markup {
    let contrasts = index.contrasts(&story.story_id);
    html! {
        tr {
            th scope="row" {
                a href={ "#" (story.story_id) } { (Said(&story.label, TITLE)) }
                @if story.status != StoryStatus::Ok { " " small { "(" (story.status) ")" } }
            }
            td.days { (days(story)) }
            td.num { (story.n_articles) }
            td.num { (story.n_sources) }
            td.num { (story.n_shared_facts) }
            td.num { (number(story.divergence_loaded)) }
            td.num { (number(story.divergence_voice)) }
            td.num {
                @if contrasts.iter().any(|c| c.status == Status::Ok) { (contrasts.iter().filter(|c| found(c.q_value)).count()) }
                @else { small { "not tested" } }
            }
        }
    }
}

/// First and last day.
pub(crate) fn days(story: &StoryRow) -> Markup {
    html! {
        @match (story.first_date, story.last_date) {
            (Some(first), Some(last)) if first == last => time { (first) },
            (Some(first), Some(last)) => { time { (first) } " to " time { (last) } }
            _ => "undated",
        }
    }
}
