//! `report.html`: the report as one page that needs nothing else, no network, no script.
//!
//! It is made of the same rows as the CSV files, and writes their numbers with the same function. What is read: first
//! the overview, then the stories, each with its matrix, facts and contrasts, then the sources, then the limits. Each
//! is a file of this folder; `style.css` and `script.js` become part of the page.
//!
//! **Foreign words.** [`maud`] escapes; `words` isolates direction, drops control characters, cuts. A content security
//! policy allows the page's own style and script by their hash and nothing else, should all that fail.
//!
//! **Size.** At most [`MAX_STORIES`] stories and [`MAX_BYTES`] of them, those that tell most. The rest is in the CSVs.

mod emphasis;
pub(crate) mod index;
pub(crate) mod limits;
pub(crate) mod marks;
pub(crate) mod overview;
mod signs;
mod sources;
mod stories;
mod story;
mod strips;
mod voices;
pub(crate) mod wordings;
pub(crate) mod words;

use std::cmp::Reverse;
use std::collections::HashSet;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::findings::stands_out as found;
use super::{AtomicFile, Rows, RunManifest, StoryRow, read_texts};
use crate::error::Result;
use index::Index;
pub(crate) use story::MAX_FACTS;

pub(crate) const PAGE_FILE: &str = "report.html";
/// So many stories are shown at most.
pub(crate) const MAX_STORIES: usize = 200;
/// So many bytes of stories are shown at most; a browser opens them in a second or two.
pub(crate) const MAX_BYTES: usize = 12_000_000;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Writes the page of `rows` into `dir`. `bodies`: id and stored text of the articles, into which the rows' spans
/// point. Of `run`, nothing is shown that differs between two runs of one job.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write_page<'a>(
    dir: &Path,
    rows: &'a Rows,
    bodies: impl IntoIterator<Item = (&'a str, &'a str)>,
    run: &RunManifest,
) -> Result<()> {
    let index = Index::new(rows, bodies);
    let candidates = candidates(rows);
    let scale = strips::Scales::new(rows);
    let sections: Vec<Markup> =
        candidates.par_iter().map(|&i| story::section(&index, &rows.stories[i], run, &scale)).collect();
    let mut room = MAX_BYTES;
    let mut shown: Vec<(usize, Markup)> = Vec::new();
    for (&i, section) in candidates.iter().zip(sections) {
        if section.0.len() > room && !shown.is_empty() {
            break;
        }
        room = room.saturating_sub(section.0.len());
        shown.push((i, section));
    }
    shown.sort_by_key(|(i, _)| *i);
    let stories: Vec<&StoryRow> = shown.iter().map(|(i, _)| &rows.stories[*i]).collect();

    let mut file = AtomicFile::create(dir.join(PAGE_FILE))?;
    let head = html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta http-equiv="Content-Security-Policy" content=(policy());
        meta name="generator" content={ "parallax " (run.version) };
        meta name="color-scheme" content="light dark";
        title { "Parallax report: " (words::counted(rows.articles.len(), "article", "articles")) }
        style { (PreEscaped(STYLE)) }
    };
    let top = html! {
        a.skip href="#main" { "Skip to the report" }
        (overview::masthead(&index))
        nav aria-label="Parts of the page" {
            a href="#first-look" { "First look" } a href="#stories" { "Stories" } a href="#sources" { "Sources" }
            a href="#limits" { "Limits" } a href="#run" { "The run" }
        }
    };
    let before = html! {
        (overview::baseline(run))
        (overview::first_look(&index, &stories))
        (overview::how_to_read())
        (stories::table(&index, &stories))
    };
    let after = html! {
        (sources::section(&index, &scale))
        (limits::section())
        (overview::run(&index, run))
    };
    // html, head, body and main are open while the stories pass: they are never in memory twice.
    file.put(DOCTYPE.0.as_bytes())?;
    file.put(b"<html lang=\"en\"><head>")?;
    file.put(head.0.as_bytes())?;
    file.put(b"</head><body>")?;
    file.put(top.0.as_bytes())?;
    file.put(b"<main id=\"main\">")?;
    file.put(before.0.as_bytes())?;
    for (_, section) in &shown {
        file.put(section.0.as_bytes())?;
    }
    file.put(after.0.as_bytes())?;
    let script = html! { script { (PreEscaped(SCRIPT)) } };
    file.put(b"</main>")?;
    file.put(script.0.as_bytes())?;
    file.put(b"</body></html>\n")?;
    file.commit()
}

/// Writes the page of the report in `dir` anew, from its tables: what `run` says has changed since.
///
/// # Errors
/// When a table or the texts cannot be read, or the page cannot be written.
pub fn renew_page(dir: &Path, run: &RunManifest) -> Result<()> {
    let rows = Rows::read(dir)?;
    let texts = read_texts(dir)?.collect::<Result<Vec<_>>>()?;
    write_page(dir, &rows, texts.iter().map(|t| (t.article_id.as_str(), t.body.as_str())), run)
}

/// Which stories the page may show, those that tell most first: with a contrast of q < .05, then by divergence of loaded
/// wording, then by shared facts. Ties as in stories.csv.
fn candidates(rows: &Rows) -> Vec<usize> {
    let standing_out: HashSet<&str> =
        rows.contrasts.iter().filter(|c| found(c.q_value)).map(|c| c.story_id.as_str()).collect();
    let mut order: Vec<usize> = (0..rows.stories.len()).collect();
    order.sort_by(|&a, &b| {
        let (x, y) = (&rows.stories[a], &rows.stories[b]);
        let stands_out = |s: &StoryRow| standing_out.contains(s.story_id.as_str());
        let divergence = |s: &StoryRow| s.divergence_loaded.map_or(-1.0, words::rounded);
        (stands_out(y).cmp(&stands_out(x)))
            .then_with(|| divergence(y).total_cmp(&divergence(x)))
            .then_with(|| Reverse(x.n_shared_facts).cmp(&Reverse(y.n_shared_facts)))
    });
    order.truncate(MAX_STORIES);
    order
}

/// The ids of the stories whose claims and evidence [`write_page`] reads: of the others it shows none.
pub(crate) fn page_stories(rows: &Rows) -> HashSet<&str> {
    candidates(rows).into_iter().map(|i| rows.stories[i].story_id.as_str()).collect()
}

/// Nothing is loaded from anywhere, and no other style or script runs than ours.
fn policy() -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

#[cfg(test)]
mod tests;
