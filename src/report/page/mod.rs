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
mod tests {
    use super::*;
    use crate::facts::{Check, Coverage};
    use crate::framing::contrasts::Status;
    use crate::report::{
        ArticleRow, ClaimRow, ContrastRow, CoverageRow, EmphasisRow, EmphasisStatus, EvidenceRow, FactRow, LabelRow,
        RejectedRow, SourcePairRow, SourceRow, StoryStatus, TargetRow, TermRow, VoiceRow,
    };
    use crate::text::Voice;

    /// `n` stories of three sources and `facts` facts, every text of them `words`; the last story stands out.
    fn rows(n: usize, facts: usize, words: &str) -> (Rows, Vec<(String, String)>) {
        let (mut rows, mut bodies) = (Rows::default(), Vec::new());
        let sources: Vec<String> = (0..3).map(|i| format!("{words} {i}")).collect();
        for s in 0..n {
            let story_id = format!("story{s}");
            let sentence = format!("{words} said 12 people did not vote in the town of {s}.");
            for (a, source) in sources.iter().enumerate() {
                let article_id = format!("{words}{s}-{a}");
                rows.articles.push(ArticleRow {
                    article_id: article_id.clone(),
                    source: source.clone(),
                    title: words.into(),
                    url: if a == 0 { "https://a.example/?\"<".into() } else { words.into() },
                    story_id: story_id.clone(),
                    ..Default::default()
                });
                bodies.push((article_id.clone(), sentence.repeat(facts)));
                for f in 0..facts {
                    let (start, end) = (f * sentence.len(), (f + 1) * sentence.len());
                    let claim_id = format!("claim{s}-{a}-{f}");
                    rows.claims.push(ClaimRow {
                        claim_id: claim_id.clone(),
                        fact_id: format!("fact{s}-{f}"),
                        story_id: story_id.clone(),
                        article_id: article_id.clone(),
                        source: source.clone(),
                        start,
                        end,
                        text: sentence.clone(),
                        voice: Some(Voice::Reported),
                        speaker: words.into(),
                        cue: words.into(),
                        loaded_adj: Some(a as f64),
                        ..Default::default()
                    });
                    for (measure, note) in [("loaded_adj", words), ("own_voice", "speaker"), (words, words)] {
                        rows.evidence.push(EvidenceRow {
                            article_id: article_id.clone(),
                            claim_id: claim_id.clone(),
                            measure: measure.into(),
                            start,
                            end: start + words.len(),
                            text: words.into(),
                            contribution: Some(0.5),
                            note: note.into(),
                        });
                    }
                    rows.coverage.push(CoverageRow {
                        story_id: story_id.clone(),
                        fact_id: format!("fact{s}-{f}"),
                        source: source.clone(),
                        status: Coverage::Attributed,
                        claim_id,
                        best_score: Some(0.9),
                        rank: None,
                        word_share: None,
                    });
                }
                for measure in ["loaded_adj".into(), format!("tone:{words}"), words.to_owned()] {
                    let q = if s + 1 == n && a == 0 { 0.001 } else { 0.9 };
                    rows.contrasts.push(ContrastRow {
                        story_id: story_id.clone(),
                        source: source.clone(),
                        measure,
                        n_facts: facts,
                        difference: Some(0.5),
                        ci_low: Some(0.1),
                        ci_high: Some(0.9),
                        q_value: Some(q),
                        status: Status::Ok,
                        ..Default::default()
                    });
                }
                rows.voices.push(VoiceRow {
                    story_id: story_id.clone(),
                    source: source.clone(),
                    speaker: words.into(),
                    kind: None,
                    n_claims: a,
                    ..Default::default()
                });
                rows.labels.push(LabelRow {
                    story_id: story_id.clone(),
                    source: source.clone(),
                    target: words.into(),
                    label: words.into(),
                    example_claim_id: format!("claim{s}-{a}-0"),
                    ..Default::default()
                });
                rows.emphasis.push(EmphasisRow {
                    story_id: story_id.clone(),
                    source: source.clone(),
                    frame: words.into(),
                    difference: Some(1.0),
                    status: EmphasisStatus::Descriptive,
                    nearest_claim_ids: vec![format!("claim{s}-{a}-0")],
                    ..Default::default()
                });
                rows.targets.push(TargetRow {
                    story_id: story_id.clone(),
                    source: source.clone(),
                    target: words.into(),
                    status: Status::Insufficient,
                    ..Default::default()
                });
            }
            for f in 0..facts {
                rows.facts.push(FactRow {
                    fact_id: format!("fact{s}-{f}"),
                    story_id: story_id.clone(),
                    statement: sentence.clone(),
                    statement_source: words.into(),
                    n_sources: 3,
                    sources_stating: sources.clone(),
                    sources_not_found: vec![words.into()],
                    check: vec![Check::Number, Check::Negation],
                    check_values: words.into(),
                    ..Default::default()
                });
            }
            rows.stories.push(StoryRow {
                story_id,
                label: words.into(),
                n_articles: 3,
                n_sources: 3,
                n_shared_facts: facts,
                sources: sources.clone(),
                divergence_loaded: Some(s as f64 / n as f64 / 2.0),
                status: StoryStatus::Ok,
                given_story: words.into(),
                ..Default::default()
            });
        }
        for source in &sources {
            rows.sources.push(SourceRow {
                source: source.clone(),
                measure: words.into(),
                q_value: Some(0.01),
                status: Status::Ok,
                difference: Some(9.0),
                ..Default::default()
            });
            rows.emphasis.push(EmphasisRow {
                source: source.clone(),
                frame: words.into(),
                difference: Some(1.0),
                status: EmphasisStatus::Insufficient,
                ..Default::default()
            });
            rows.source_pairs.push(SourcePairRow {
                source_a: source.clone(),
                source_b: words.into(),
                measure: "register".into(),
                difference: Some(1.0),
                status: Status::Insufficient,
                ..Default::default()
            });
            rows.terms.push(TermRow { source: source.clone(), term: words.into(), z: Some(3.0), ..Default::default() });
        }
        rows.rejected.push(RejectedRow { file: words.into(), reason: words.into(), ..Default::default() });
        (rows, bodies)
    }

    fn page(rows: &Rows, bodies: &[(String, String)], run: &RunManifest) -> String {
        let folder = tempfile::tempdir().unwrap();
        let bodies = bodies.iter().map(|(id, body)| (id.as_str(), body.as_str()));
        write_page(folder.path(), rows, bodies, run).unwrap();
        std::fs::read_to_string(folder.path().join(PAGE_FILE)).unwrap()
    }

    /// Names and attributes of the tags, in order.
    fn tags(html: &str) -> Vec<(String, Vec<(String, String)>)> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        html5gum::Tokenizer::new(html)
            .filter_map(|token| match token {
                Ok(html5gum::Token::StartTag(tag)) => {
                    let attributes = tag.attributes.iter().map(|(name, value)| (text(name), text(value)));
                    Some((text(&tag.name), attributes.collect()))
                }
                _ => None,
            })
            .collect()
    }

    #[test]
    fn hostile_words_change_no_tag_of_the_page() {
        const HOSTILE: &str =
            "</title></script></bdi>\"'><script>x</script><img src=x onerror=y>&lt;\u{202E}\u{2067}\u{0}=1+1";
        let run = |words: &str| RunManifest {
            warnings: vec![words.into()],
            model: Some(crate::report::ModelInfo { name: words.into(), sha256: "0".into() }),
            ..RunManifest::default()
        };
        let of = |words: &str| {
            let (rows, bodies) = rows(2, 3, words);
            page(&rows, &bodies, &run(words))
        };
        let (hostile, harmless) = (of(HOSTILE), of("harmless"));
        // But for marks: there are quotation marks among the words.
        let shape = |html: &str| {
            let tags = tags(html).into_iter().filter(|(name, _)| name != "mark");
            tags.map(|(name, attributes)| (name, attributes.into_iter().map(|(name, _)| name).collect::<Vec<_>>()))
                .collect::<Vec<_>>()
        };
        let (one, other) = (shape(&hostile), shape(&harmless));
        let differs = one.iter().zip(&other).position(|(x, y)| x != y);
        assert_eq!(differs.map(|at| (&one[at - 3..=at], &other[at - 3..=at])), None);
        assert_eq!(one.len(), other.len());
        assert!(!hostile.contains(['\u{202E}', '\u{2067}', '\u{0}']));
        let links: Vec<String> = tags(&hostile)
            .into_iter()
            .flat_map(|(_, attributes)| attributes)
            .filter(|(name, value)| name == "href" && !value.starts_with('#'))
            .map(|(_, value)| value)
            .collect();
        assert_eq!(links, ["https://a.example/?\"<"; 2]);
    }

    #[test]
    fn a_large_run_shows_the_stories_that_tell_most() {
        let (rows, bodies) = rows(1_000, 12, "The mayor of Marrow and the council of the county");
        let html = page(&rows, &bodies, &RunManifest::default());
        assert!(html.len() < 20_000_000, "{}", html.len());
        let shown: Vec<&str> = html.split("<section class=\"story\" id=\"story").skip(1).collect();
        assert!(shown.len() <= MAX_STORIES && shown.len() > 100, "{}", shown.len());
        // The one that stands out, then those that diverge most; in the order of the file.
        assert!(shown.last().unwrap().starts_with("999\""));
        assert!(shown[0].starts_with(&format!("{}\"", 1_000 - shown.len())), "{}", &shown[0][..20]);
        assert!(html.contains(&format!("Shown are the {} most telling of 1,000 stories", shown.len())));

        let mut few = rows.clone();
        let told = page_stories(&rows);
        few.claims.retain(|c| told.contains(c.story_id.as_str()));
        let claims: HashSet<&str> = few.claims.iter().map(|c| c.claim_id.as_str()).collect();
        few.evidence.retain(|e| claims.contains(e.claim_id.as_str()));
        assert!(few.claims.len() < rows.claims.len() && few.evidence.len() < rows.evidence.len());
        assert!(
            page(&few, &bodies, &RunManifest::default()) == html,
            "it reads claims of stories that it does not show"
        );
    }

    #[test]
    fn without_a_finding_the_page_says_so_and_why() {
        let html = page(&Rows::default(), &[], &RunManifest::default());
        assert!(html.contains("Nothing stands out"), "{html}");
        assert!(html.contains("no story has articles of several sources"), "{html}");
        let (mut rows, bodies) = rows(1, 3, "words");
        rows.sources.clear();
        rows.contrasts.iter_mut().for_each(|c| c.q_value = Some(0.05));
        let html = page(&rows, &bodies, &RunManifest::default());
        assert!(html.contains("none of 9 tested contrasts inside stories has q &lt; .05; too few stories"));
    }
}
