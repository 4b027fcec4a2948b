//! The sources over all stories: profiles and words.

use maud::{Markup, html};

use super::emphasis;
use super::index::Index;
use super::signs::caption;
use super::strips::{self, Scales, Strip};
use super::words::{self, counted, grouped, name, number, rounded};
use crate::framing;
use crate::framing::contrasts::Status;
use crate::report::{SourcePairRow, SourceRow, TermRow};

/// Sources that have a profile on the page: those with most rows of their own.
const MAX_SOURCES: usize = 100;
/// Words of a source.
const MAX_TERMS: usize = 12;
/// Pairs of sources: those farthest apart.
const MAX_PAIRS: usize = 20;

pub(crate) fn section(index: &Index<'_>, scales: &Scales) -> Markup {
    let rows = &index.rows.sources;
    let all = index.source_names();
    let mut measures: Vec<&str> = framing::compared().into_iter().map(|(declared, _)| declared.name).collect();
    for row in rows {
        if !measures.contains(&row.measure.as_str()) {
            measures.push(&row.measure);
        }
    }
    // In a crowd, those that share most with others.
    let mut shown = all.clone();
    if shown.len() > MAX_SOURCES {
        shown.sort_by_key(|s| std::cmp::Reverse(index.profile(s).iter().map(|r| r.n_facts).sum::<usize>()));
        shown.truncate(MAX_SOURCES);
        shown.sort_unstable();
    }
    let anchor = |source: &str| shown.binary_search(&source).ok().map(|i| format!("#source-{}", i + 1));
    html! {
        section #sources {
            h2 { "Sources over all stories" }
            p.note {
                "Each story counts the same. These rows, from six stories up, speak of the outlets, compared with the other sources of this input. \
                 Pairs of sources are in " code { "source_pairs.csv" } "."
            }
            @if rows.is_empty() { p.none { "No source shares facts with another one." } }
            @for measure in measures {
                @let strips: Vec<Strip<'_>> = rows
                    .iter()
                    .filter(|r| r.measure == measure)
                    .take(MAX_SOURCES)
                    .map(|r| Strip { link: anchor(&r.source), ..strip(r) })
                    .collect();
                @if !strips.is_empty() { (strips::table(&caption(measure), measure, "Source", scales, &strips)) }
            }
            (register(index))
            (emphasis::over_stories(index, &shown, scales))
            h3 { "One by one" }
            @if shown.len() < all.len() {
                p.note { "The " (shown.len()) " of " (grouped(all.len())) " sources that share most facts; all are in " code { "sources.csv" } "." }
            }
            div.profiles {
                @for (i, source) in shown.iter().enumerate() { (profile(index, source, i + 1)) }
            }
        }
    }
}

/// How differently pairs of sources talk.
fn register(index: &Index<'_>) -> Markup {
    let mut pairs: Vec<&SourcePairRow> =
        index.rows.source_pairs.iter().filter(|r| r.measure == "register" && r.difference.is_some()).collect();
    let distance = |r: &SourcePairRow| r.difference.map_or(0.0, rounded);
    pairs.sort_by(|a, b| distance(b).total_cmp(&distance(a)));
    let all = pairs.len();
    pairs.truncate(MAX_PAIRS);
    html! {
        @if !pairs.is_empty() {
            details.register {
                summary { "How differently they talk (" (counted(all, "pair", "pairs")) " of sources)" }
                p.note {
                    "Register: loaded wording, first and second person, words that raise certainty, over whole articles of the same stories. 0 is alike, \
                     about 2 is how far unrelated articles stand apart. A distance, without direction and without a test."
                }
                div.scroll tabindex="0" role="region" aria-label="Register of pairs of sources" {
                    table {
                        caption.hidden { "Pairs of sources, farthest apart first" }
                        thead { tr {
                            th scope="col" { "Source" } th scope="col" { "Source" } th.num scope="col" { "Distance" }
                            th.num scope="col" { "95 % interval" } th.num scope="col" { "Stories" }
                        } }
                        tbody {
                            @for row in &pairs {
                                tr.insufficient[row.status != Status::Ok] {
                                    th scope="row" { (name(&row.source_a)) }
                                    td { (name(&row.source_b)) }
                                    td.num { (number(row.difference)) }
                                    td.num {
                                        @if row.status == Status::Ok { (number(row.ci_low)) " to " (number(row.ci_high)) } @else { em { "insufficient" } }
                                    }
                                    td.num { (row.n_stories) }
                                }
                            }
                        }
                    }
                }
                @if all > pairs.len() { p.note { (grouped(all - pairs.len())) " more in " code { "source_pairs.csv" } "." } }
            }
        }
    }
}

fn strip(row: &SourceRow) -> Strip<'_> {
    Strip {
        name: row.source.as_str().into(),
        about: None,
        link: None,
        basis: format!("{}, {}", counted(row.n_stories, "story", "stories"), counted(row.n_facts, "fact", "facts")),
        difference: row.difference,
        interval: row.ci_low.zip(row.ci_high),
        q: row.q_value,
        mde: row.mde,
        tested: row.status == Status::Ok,
    }
}

fn profile(index: &Index<'_>, source: &str, number_of: usize) -> Markup {
    let articles = index.rows.articles.iter().filter(|a| a.source == source);
    let (all, told) = articles.fold((0, 0), |(all, told), a| (all + 1, told + usize::from(!a.story_id.is_empty())));
    let terms: Vec<&TermRow> = index.terms(source).iter().copied().filter(|t| t.story_id.is_empty()).collect();
    let side = |more: bool| -> Vec<&TermRow> {
        let mut side: Vec<&TermRow> =
            terms.iter().copied().filter(|t| (t.z.unwrap_or_default() > 0.0) == more).collect();
        side.sort_by(|a, b| b.z.unwrap_or_default().abs().total_cmp(&a.z.unwrap_or_default().abs()));
        side.truncate(MAX_TERMS);
        side
    };
    html! {
        article.profile id={ "source-" (number_of) } {
            h4 { (name(source)) }
            p.meta { (counted(all, "article", "articles")) ", " (grouped(told)) " in stories" }
            @let rows = index.profile(source);
            @if rows.is_empty() { p { "Shares no fact with another source." } }
            @else {
                ul {
                    @for row in rows {
                        li {
                            (words::measure(&row.measure)) ": " (number(row.difference))
                            @if row.ci_low.is_some() { " (" (number(row.ci_low)) " to " (number(row.ci_high)) "), q " (words::probability(row.q_value)) }
                            @else { ", " em { "insufficient" } }
                        }
                    }
                }
            }
            @if terms.is_empty() { p.note { "No word marks this source on shared facts." } }
            @for (more, heading) in [(true, "Uses more than the others for the same facts"), (false, "Uses less")] {
                @let side = side(more);
                @if !side.is_empty() {
                    p.terms {
                        (heading) ": "
                        @for (i, term) in side.iter().enumerate() {
                            @if i > 0 { ", " }
                            strong { (name(&term.term)) } " " small { "(" (term.count) " facts, others " (term.count_others) ", z " (number(term.z)) ")" }
                        }
                    }
                }
            }
        }
    }
}
