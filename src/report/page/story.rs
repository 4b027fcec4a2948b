//! One story: its articles, who states what, the wordings, how the sources differ.

use std::collections::{BTreeMap, HashMap};

use maud::{Markup, html};

use super::found;
use super::index::Index;
use super::signs::{caption, class, recall};
use super::strips::{self, Scales, Strip};
use super::words::{self, Said, TITLE, counted, grouped, name, number};
use super::{emphasis, stories, voices, wordings};
use crate::framing;
use crate::framing::contrasts::Status;
use crate::report::findings::none_in_story;
use crate::report::{ContrastRow, CoverageRow, FactRow, RunManifest, StoryRow, TargetRow};

/// Facts of a story that are shown; facts.csv has them in the same order.
pub(crate) const MAX_FACTS: usize = 60;
/// Sources in a matrix.
const MAX_SOURCES: usize = 24;
/// Articles in a list.
const MAX_ARTICLES: usize = 60;
/// Targets in a table of tones.
const MAX_TARGETS: usize = 8;
/// Contrasts of tone that are shown even if none is tested.
const MAX_TONES: usize = 4;
/// Sources of a story whose difference in a measure, or tone toward a target, is shown: the tested and greatest first.
const MAX_LINES: usize = 60;

pub(crate) fn section(index: &Index<'_>, story: &StoryRow, run: &RunManifest, scales: &Scales) -> Markup {
    let facts: Vec<&FactRow> = index.facts(&story.story_id).iter().copied().filter(|f| f.n_sources > 1).collect();
    let shown = &facts[..facts.len().min(MAX_FACTS)];
    html! {
        section.story id=(story.story_id) aria-labelledby={ "title-" (story.story_id) } {
            header {
                p.kicker {
                    "Story · " (stories::days(story)) " · " (counted(story.n_articles, "article", "articles")) " of "
                    (counted(story.n_sources, "source", "sources"))
                }
                h2 id={ "title-" (story.story_id) } { (Said(&story.label, TITLE)) }
                p.deck { (standing(index, story)) }
                p.facts-line {
                    code { (story.story_id) }
                    @if !story.given_story.is_empty() { " · your story " (name(&story.given_story)) }
                    " · cohesion " (number(story.cohesion))
                    @if story.divergence_loaded.is_some() { " · divergence of loaded wording " (number(story.divergence_loaded)) }
                    @if story.divergence_voice.is_some() { " · of own voice " (number(story.divergence_voice)) }
                }
            }
            (articles(index, story))
            @if shown.is_empty() {
                p.none { "No fact was found that two sources state." }
            } @else {
                (matrix(index, story, shown, facts.len(), run))
                (wordings::list(index, story, shown))
            }
            (contrasts(index, story, scales))
            (tones(index, story))
            (voices::heard(index, story))
            (voices::labels(index, story))
            (emphasis::of_story(index, story))
        }
    }
}

/// What of the story stands out, in a sentence.
fn standing(index: &Index<'_>, story: &StoryRow) -> Markup {
    let contrasts = index.contrasts(&story.story_id);
    let standing: Vec<&&ContrastRow> = contrasts.iter().filter(|c| found(c.q_value)).collect();
    html! {
        @match none_in_story(story, contrasts) {
            Some(none) => (none),
            None => @for (i, row) in standing.iter().take(3).enumerate() {
                @if i > 0 { " " }
                strong { (name(&row.source)) } " " (words::direction(&row.measure, row.difference.unwrap_or_default())) "."
            },
        }
    }
}

fn articles(index: &Index<'_>, story: &StoryRow) -> Markup {
    let articles = index.by_date(&story.story_id);
    html! {
        h3 { "Articles" }
        ul.articles {
            @for article in articles.iter().take(MAX_ARTICLES) {
                li {
                    span.source { (name(&article.source)) } " "
                    @if article.title.trim().is_empty() { (words::linked(&Said("(without a title)", TITLE), &article.url)) }
                    @else { (words::linked(&Said(&article.title, TITLE), &article.url)) }
                    " " small {
                        @if let Some(date) = article.date { time { (date) } ", " }
                        (counted(article.words, "word", "words"))
                        @if !article.wire_group.is_empty() { ", copy of a wire text " code { (article.wire_group) } " (counts once)" }
                    }
                }
            }
        }
        @if articles.len() > MAX_ARTICLES {
            p.note { (grouped(articles.len() - MAX_ARTICLES)) " more in " code { "articles.csv" } "." }
        }
    }
}

/// The sources of a story that are columns: all, or those that state most of the facts.
fn columns<'a>(index: &Index<'a>, story: &'a StoryRow, facts: &[&FactRow]) -> Vec<&'a str> {
    let mut sources: Vec<&str> = story.sources.iter().map(String::as_str).collect();
    if sources.len() > MAX_SOURCES {
        let mut stated: HashMap<&str, usize> = HashMap::new();
        for row in facts.iter().flat_map(|f| index.coverage(&f.fact_id)) {
            if row.status.is_stated() {
                *stated.entry(&row.source).or_default() += 1;
            }
        }
        sources.sort_by_key(|s| std::cmp::Reverse(stated.get(s).copied().unwrap_or_default()));
        sources.truncate(MAX_SOURCES);
        sources.sort_unstable();
    }
    sources
}

fn matrix(index: &Index<'_>, story: &StoryRow, facts: &[&FactRow], all: usize, run: &RunManifest) -> Markup {
    let sources = columns(index, story, facts);
    html! {
        h3 { "Who states what" }
        p.note {
            "“Not found” is not “absent”: reworded facts are missed. Alignment recall: " (recall(run)) "."
            @if facts.len() < all {
                " Shown are the " (facts.len()) " facts of most sources; all " (grouped(all)) " are in " code { "facts.csv" } "."
            }
            @if sources.len() < story.sources.len() {
                " Shown are the " (sources.len()) " sources that state most of them; all " (story.sources.len()) " are in " code { "coverage.csv" } "."
            }
        }
        div.scroll tabindex="0" role="region" aria-label="Facts and sources" {
            table.matrix {
                caption.hidden { "Facts of the story, and whether each source states them" }
                thead { tr {
                    th scope="col" { "Fact" }
                    @for source in &sources { th scope="col" { (name(source)) } }
                } }
                tbody {
                    @for (i, fact) in facts.iter().enumerate() {
                        @let coverage = index.coverage(&fact.fact_id);
                        tr {
                            th scope="row" {
                                a href={ "#" (fact.fact_id) } { (i + 1) ". " (Said(&fact.statement, 110)) }
                            }
                            @for source in &sources { (cell(coverage.iter().find(|c| c.source == *source))) }
                        }
                    }
                }
            }
        }
    }
}

fn cell(coverage: Option<&&CoverageRow>) -> Markup {
    html! {
        @match coverage {
            Some(row) => td.sign.(class(row.status)) title={ "match " (number(row.best_score)) } { (words::coverage(row.status).1) },
            None => td {},
        }
    }
}

/// How the sources differ on the same facts, measure by measure.
fn contrasts(index: &Index<'_>, story: &StoryRow, scales: &Scales) -> Markup {
    let rows = index.contrasts(&story.story_id);
    let of =
        |measure: &str| -> Vec<Strip<'_>> { rows.iter().filter(|r| r.measure == measure).map(|r| strip(r)).collect() };
    // Further measures after the usual ones, tones apart.
    let mut measures: Vec<&str> = framing::compared().into_iter().map(|(declared, _)| declared.name).collect();
    for row in rows.iter().filter(|r| !r.measure.starts_with("tone:")) {
        if !measures.contains(&row.measure.as_str()) {
            measures.push(&row.measure);
        }
    }
    let tones: Vec<&&ContrastRow> = rows.iter().filter(|r| r.measure.starts_with("tone:")).collect();
    html! {
        @if !rows.is_empty() {
            h3 { "How differently they word the same facts" }
            p.note {
                "Each source against the others on the facts that both state. Speaks of these articles, never of the outlets."
            }
            @for measure in measures {
                @let all = of(measure);
                @let strips = &all[..all.len().min(MAX_LINES)];
                @if !strips.is_empty() { (strips::table(&caption(measure), measure, "Source", scales, strips)) }
                @if all.len() > MAX_LINES { p.note { (grouped(all.len() - MAX_LINES)) " more in " code { "contrasts.csv" } "." } }
            }
            @if !tones.is_empty() {
                @let tested = tones.iter().filter(|r| r.status == Status::Ok).count();
                @let lines: Vec<Strip<'_>> = tones.iter().take(tested.max(MAX_TONES)).map(|r| {
                    Strip { about: r.measure.strip_prefix("tone:").map(name), ..strip(r) }
                }).collect();
                details.tones open[tones.iter().any(|r| found(r.q_value))] {
                    summary {
                        "Tone toward persons and institutions on the same facts (" (grouped(tested)) " of " (grouped(tones.len()))
                        " differences tested)"
                    }
                    (strips::table(&caption("tone"), "tone:", "Source", scales, &lines))
                    @if tones.len() > lines.len() {
                        p.note { (grouped(tones.len() - lines.len())) " more, all insufficient, in " code { "contrasts.csv" } "." }
                    }
                }
            }
        }
    }
}

fn strip(row: &ContrastRow) -> Strip<'_> {
    Strip {
        name: row.source.as_str().into(),
        about: None,
        link: None,
        basis: counted(row.n_facts, "fact", "facts"),
        difference: row.difference,
        interval: row.ci_low.zip(row.ci_high),
        q: row.q_value,
        mde: row.mde,
        tested: row.status == Status::Ok,
    }
}

/// The tone of each source toward those whom the story names.
fn tones(index: &Index<'_>, story: &StoryRow) -> Markup {
    let rows = index.targets(&story.story_id);
    let mut named: BTreeMap<&str, (usize, Vec<&TargetRow>)> = BTreeMap::new();
    for row in rows {
        let entry = named.entry(&row.target).or_default();
        entry.0 += row.n_mentions;
        entry.1.push(row);
    }
    let mut targets: Vec<(&str, (usize, Vec<&TargetRow>))> = named.into_iter().collect();
    targets.sort_by_key(|(_, (mentions, _))| std::cmp::Reverse(*mentions));
    let all = targets.len();
    targets.truncate(MAX_TARGETS);
    html! {
        @if !targets.is_empty() {
            details.targets {
                summary { "Tone toward " (counted(all, "person or institution", "persons and institutions")) " over all their mentions" }
                p.note {
                    "From -1 (unfavourable) to 1, in the outlet's own words, not on the same facts: who reports worse deeds speaks worse. \
                     Descriptive; bad news makes every outlet negative."
                }
                div.scroll tabindex="0" role="region" aria-label="Tone toward targets" {
                    table {
                        thead { tr {
                            th scope="col" { "Target" } th scope="col" { "Source" } th.num scope="col" { "Mentions" }
                            th.num scope="col" { "Tone" } th.num scope="col" { "Others" } th.num scope="col" { "Difference" }
                            th scope="col" { "Test on the same facts" }
                        } }
                        @for (target, (_, rows)) in &targets {
                            tbody {
                                @for (i, row) in rows.iter().take(MAX_LINES).enumerate() {
                                    tr {
                                        @if i == 0 { th scope="rowgroup" rowspan=(rows.len().min(MAX_LINES)) { (name(target)) } }
                                        td { (name(&row.source)) }
                                        td.num { (row.n_mentions) }
                                        td.num { (number(row.tone)) }
                                        td.num { (number(row.tone_others)) }
                                        td.num { (number(row.difference)) }
                                        td { @if row.status == Status::Ok { "see above" } @else { em { "insufficient" } } }
                                    }
                                }
                            }
                        }
                    }
                }
                @if targets.iter().any(|(_, (_, rows))| rows.len() > MAX_LINES) {
                    p.note { "Shown are " (MAX_LINES) " sources of each; all are in " code { "targets.csv" } "." }
                }
                @if all > targets.len() { p.note { (grouped(all - targets.len())) " more in " code { "targets.csv" } "." } }
            }
        }
    }
}
