//! The top of the page (what there is, what to look at first, how to read it) and its end (how it was made).

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::index::Index;
use super::marks::Mark;
use super::signs::{recall, sign};
use super::words::{self, Said, counted, grouped, name};
use crate::facts::Coverage;
use crate::framing;
use crate::framing::contrasts::Status;
use crate::report::findings::{Findings, nothing_stands_out, of_articles, of_emphasis, of_outlet};
use crate::report::{Rows, RunManifest, StoryRow};

/// Findings named at the top, of each kind.
pub(crate) const FINDINGS: usize = 6;

/// Tones and frames are compared too, and are no measures of a statement alone.
const FURTHER: [(&str, &str, &str); 2] = [
    ("tone toward a target", "tone", "How well (1) or badly (-1) the outlet's own words speak of somebody."),
    (
        "topic frames",
        "emphasis",
        "How near the five nearest sentences of each article are to a frame of the Policy Frames Codebook, against the other sources of the \
         story, in standard deviations of reference sentences.",
    ),
];

/// What is compared: in words, its name in the tables, what it says.
pub(crate) fn measures() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let registered = framing::compared().into_iter().map(|(declared, words)| (words.label, declared.name, words.note));
    registered.chain(FURTHER)
}

/// What the report is about.
pub(crate) fn headline(rows: &Rows) -> String {
    let sources: BTreeSet<&str> = rows.articles.iter().map(|a| a.source.as_str()).collect();
    format!("How {} the same facts", counted(sources.len(), "source tells", "sources tell"))
}

/// How many articles of which days, stories, facts.
pub(crate) fn deck(rows: &Rows) -> String {
    let shared = rows.facts.iter().filter(|f| f.n_sources > 1).count();
    let days = || rows.articles.iter().filter_map(|a| a.date);
    let period = match (days().min(), days().max()) {
        (Some(first), Some(last)) if first == last => format!(" of {first}"),
        (Some(first), Some(last)) => format!(" from {first} to {last}"),
        _ => String::new(),
    };
    let counts = format!(
        "{}{period}, {}, {}",
        counted(rows.articles.len(), "article", "articles"),
        counted(rows.stories.len(), "story", "stories"),
        counted(rows.facts.len(), "fact", "facts")
    );
    if shared > 0 && shared == rows.facts.len() {
        format!("{counts}, each stated by several sources.")
    } else {
        format!("{counts}, {} of them stated by several sources.", grouped(shared))
    }
}

/// Title and counts.
pub(crate) fn masthead(index: &Index<'_>) -> Markup {
    html! {
        header.masthead {
            p.kicker { "Parallax report" }
            h1 { (headline(index.rows)) }
            p.deck { (deck(index.rows)) }
        }
    }
}

/// The findings that stand after correction, or why there are none.
pub(crate) fn first_look(index: &Index<'_>, shown: &[&StoryRow]) -> Markup {
    let findings = Findings::of(index.rows);
    let (outlets, emphasis, within) = (&findings.outlets, &findings.emphasis, &findings.articles);
    let title = |id: &str| index.rows.stories.iter().find(|s| s.story_id == id).map_or("", |s| &s.label);
    html! {
        section #first-look {
            h2 { "What to look at first" }
            @if findings.is_empty() {
                p.none { strong { "Nothing stands out: " } (nothing_stands_out(index.rows)) "." }
                @if !index.rows.stories.is_empty() {
                    p {
                        @if index.rows.contrasts.iter().any(|r| r.status == Status::Ok) {
                            "The dots below describe these articles; differences of their size come about by chance. "
                        }
                        "What this report has to offer are the wordings side by side: open the facts of a story."
                    }
                }
            }
            @if !outlets.is_empty() || !emphasis.is_empty() {
                h3 { "Over all stories: these speak of the outlets" }
                ol.findings {
                    @for row in outlets.iter().take(FINDINGS) {
                        li { strong { (name(&row.source)) } " " (of_outlet(row)) ". " a href="#sources" { "All sources" } }
                    }
                    @for row in emphasis.iter().take(FINDINGS) {
                        li { strong { (name(&row.source)) } " " (of_emphasis(row)) ". " a href="#frames" { "All frames" } }
                    }
                }
                (further(outlets.len(), "sources.csv"))
                (further(emphasis.len(), "emphasis.csv"))
            }
            @if !within.is_empty() {
                h3 { "Inside stories: these speak of the articles, not of the outlets" }
                ol.findings {
                    @for row in within.iter().take(FINDINGS) {
                        li {
                            strong { (name(&row.source)) } " " (of_articles(row)) " of "
                            @let label = Said(title(&row.story_id), words::TITLE);
                            @if shown.iter().any(|s| s.story_id == row.story_id) { a href={ "#" (row.story_id) } { (label) } }
                            @else { (label) }
                            "."
                        }
                    }
                }
                (further(within.len(), "contrasts.csv"))
            }
        }
    }
}

fn further(found: usize, file: &str) -> Markup {
    html! { @if found > FINDINGS { p.note { (grouped(found - FINDINGS)) " more with q below .05 in " code { (file) } "." } } }
}

/// Who "the others" are, where the user has chosen them.
pub(crate) fn baseline(run: &RunManifest) -> Markup {
    let chosen = words::baseline(run);
    html! {
        @if !chosen.is_empty() {
            p.note {
                "Wherever sources are compared with “the others”, these are the chosen ones (" code { "--baseline" } "): "
                @for (i, source) in chosen.iter().enumerate() { @if i > 0 { ", " } (name(source)) }
                ". Facts that none of them states are left out."
            }
        }
    }
}

/// Signs, marks and measures.
pub(crate) fn how_to_read() -> Markup {
    html! {
        details #how-to-read {
            summary { "How to read this page" }
            div.columns {
                div {
                    h3 { "Signs" }
                    dl.legend {
                        @for (coverage, meaning) in [
                            (Coverage::Own, "the source states the fact in its own voice"),
                            (Coverage::Attributed, "it quotes or reports somebody who says so"),
                            (Coverage::Unclear, "a sentence comes near, not near enough to tell"),
                            (Coverage::NotFound, "no sentence comes near; that is not “absent”"),
                        ] {
                            dt { (sign(coverage)) } dd { (meaning) }
                        }
                    }
                    h3 { "Marked words" }
                    dl.legend {
                        @for (mark, meaning) in [
                            (Mark::Loaded, "make the sentence loaded: drama, insult, judgement, praise"),
                            (Mark::Quote, "inside quotation marks: the speaker's words, not the outlet's"),
                            (Mark::Cue, "attribute it"),
                            (Mark::Speaker, "name who speaks"),
                            (Mark::Scare, "quotation marks that keep a distance"),
                            (Mark::Tone, "speak well or badly of a person or institution"),
                            (Mark::Conflict, "a number or denial that other sources do not share: look before you cite"),
                        ] {
                            dt { span.mark.(mark.class()) { (mark.label()) } } dd { (meaning) }
                        }
                    }
                    p.note { "Point at marked words, tap them or reach them with the Tab key to see why; the same reasons stand below each sentence." }
                }
                div {
                    h3 { "Measures" }
                    dl {
                        @for (measure, code, meaning) in measures() { dt { (measure) " " code { (code) } } dd { (meaning) } }
                    }
                    h3 { "Differences" }
                    p { "A dot is the mean difference of a source from the others on the facts that both state; the line is its 95 % interval. Judge by q, \
                         the p value corrected for the number of rows. A hollow, grey dot is " em { "insufficient" } ": too few to test, nothing \
                         may be concluded. “Could show” is the smallest true difference that would have been found with power .8." }
                    p { "Divergence: how far the sources of a story differ on the same facts, chance taken out; 0 is no more than chance." }
                }
            }
        }
    }
}

/// How the report was made. Nothing here differs between two runs of one job: times are in run.json.
pub(crate) fn run(index: &Index<'_>, run: &RunManifest) -> Markup {
    let counts = |name: &str| run.counts.get(name).copied().unwrap_or_default() as usize;
    html! {
        section #run {
            h2 { "The run" }
            dl.run {
                dt { "Program" } dd { "Parallax " (run.version) }
                @if let Some(model) = &run.model {
                    dt { "Model" } dd { (name(&model.name)) ", " code { (model.sha256) } " (SHA-256)" }
                }
                dt { "Engine" } dd { (run.engine) " " (run.engine_version) ", precision " (run.precision) }
                dt { "Seed" } dd { (run.seed) }
                dt { "Alignment recall" } dd { (recall(run)) }
                dt { "Counts" }
                dd {
                    (counted(index.rows.articles.len(), "article", "articles")) ", " (counted(counts("claims"), "claim", "claims")) ", "
                    (counted(index.rows.rejected.len(), "rejected record", "rejected records"))
                    @if !index.rows.rejected.is_empty() { " (rejected.csv)" }
                    ", " (counted(counts("duplicates"), "duplicate", "duplicates")) ", "
                    (counted(counts("filtered"), "record", "records")) " outside the dates asked for"
                }
                dt { "Warnings" }
                dd {
                    @if run.warnings.is_empty() { "none" }
                    @else { ul { @for warning in &run.warnings { li { (Said(warning, words::SENTENCE)) } } } }
                }
            }
            p.note {
                "This page shows what is in the tables beside it, with the same numbers: " code { "stories.csv" } ", " code { "facts.csv" } ", "
                code { "claims.csv" } ", " code { "contrasts.csv" } " and so on. Settings, inputs and times are in " code { "run.json" } "."
            }
        }
    }
}
