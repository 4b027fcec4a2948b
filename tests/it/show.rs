//! `show`: a story of a report in the terminal, from the report's files alone.

use std::collections::BTreeMap;
use std::path::Path;

use insta::assert_snapshot;
use parallax::facts::{Check, Coverage};
use parallax::framing::contrasts::Status;
use parallax::report::{
    ArticleRow, ClaimRow, ContrastRow, CoverageRow, CsvOptions, EvidenceRow, FactRow, Identity, RunManifest, StoryRow,
    StoryStatus, TextsWriter, write_table,
};
use parallax::text::Voice;
use textwrap::core::display_width;

use crate::common::Place;

/// Sources: one has an escape sequence and a mark of direction in its name, one wide letters.
const SOURCES: [&str; 3] = ["Daily \u{1B}[31mKlaxon\u{202E}", "日本新聞", "Wire"];
const SENTENCES: [[&str; 3]; 2] = [
    [
        "The \u{1B}]0;evil\u{7}disgraceful council shut the bridge over 21 cracks.\n",
        "議会は橋の閉鎖を発表し、技術者は橋脚に見つかった十九か所の亀裂を理由に挙げたと日本新聞が火曜日に伝えた。",
        "The council said on Tuesday that it closed the bridge because of 19 cracks \u{2067}in both of its piers.",
    ],
    [
        "Repairs will cost 4 million.",
        "The mayor Ann Teller put the cost at 4 million on the day-long meeting of 2026-03-05.",
        "Repairs cost 4 million, “and more”, she said.",
    ],
];

fn span(text: &str, words: &str) -> (usize, usize) {
    let start = text.find(words).unwrap();
    (start, start + words.len())
}

/// A report of one story; nothing in it depends on an engine.
fn report(dir: &Path, csv: CsvOptions) {
    std::fs::create_dir_all(dir).unwrap();
    let mut options = BTreeMap::new();
    options.insert("delimiter".to_owned(), char::from(csv.delimiter).to_string().into());
    options.insert("decimal".to_owned(), csv.decimal.to_string().into());
    let mut manifest = RunManifest::new(Identity::new("analyze", ["a.csv"], options));
    let (mut articles, mut claims, mut coverage, mut evidence) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut texts = TextsWriter::create(dir).unwrap();
    for (a, source) in SOURCES.iter().enumerate() {
        let (article_id, title) = (format!("a-{a}"), "Bridge\u{9B}31m closed\u{202E}");
        let body = SENTENCES.iter().map(|of| of[a]).collect::<Vec<_>>().join(" ");
        texts.push(&article_id, title, &body).unwrap();
        articles.push(ArticleRow {
            article_id: article_id.clone(),
            source: (*source).into(),
            title: title.into(),
            story_id: "sbridge".into(),
            ..ArticleRow::default()
        });
        for (f, of) in SENTENCES.iter().enumerate() {
            let (start, end) = span(&body, of[a]);
            let claim_id = format!("c{f}-{a}");
            let mut because = |measure: &str, words: &str, note: &str, contribution| {
                if let Some(at) = of[a].find(words) {
                    evidence.push(EvidenceRow {
                        article_id: article_id.clone(),
                        claim_id: claim_id.clone(),
                        measure: measure.into(),
                        start: start + at,
                        end: start + at + words.len(),
                        text: words.into(),
                        contribution,
                        note: note.into(),
                    });
                }
            };
            because("loaded_adj", "disgraceful", "lexicon: \u{1B}[5mjudgement", Some(0.5));
            because("own_voice", "said", "cue", None);
            because("own_voice", "The council", "speaker", None);
            because("tone:Ann Teller", "mayor Ann", "target", None);
            because("scare_quotes", "and more", "", None);
            // Overlaps the tone, and is not nested in it.
            because("loaded_adj", "Ann Teller put", "deleted", Some(0.25));
            let own = a < 2;
            claims.push(ClaimRow {
                claim_id: claim_id.clone(),
                fact_id: format!("fbridge{f}"),
                story_id: "sbridge".into(),
                article_id: article_id.clone(),
                source: (*source).into(),
                start,
                end,
                text: of[a].into(),
                voice: Some(if own { Voice::Own } else { Voice::Reported }),
                speaker: if own { "" } else { "The council" }.into(),
                position: f + 1,
                loaded_adj: Some(1.5 - a as f64),
                ..ClaimRow::default()
            });
            coverage.push(CoverageRow {
                story_id: "sbridge".into(),
                fact_id: format!("fbridge{f}"),
                source: (*source).into(),
                status: if own { Coverage::Own } else { Coverage::Attributed },
                claim_id,
                ..CoverageRow::default()
            });
        }
    }
    texts.finish().unwrap();
    let facts = SENTENCES.iter().enumerate().map(|(f, of)| FactRow {
        fact_id: format!("fbridge{f}"),
        story_id: "sbridge".into(),
        statement: of[2].into(),
        n_sources: 3,
        check: if f == 0 { vec![Check::Number] } else { Vec::new() },
        check_values: if f == 0 { "Wire: 19; Klaxon: \u{1B}[2J21".into() } else { String::new() },
        spread_loaded: Some(1.25),
        ..FactRow::default()
    });
    let contrast = |source: usize, q: Option<f64>| ContrastRow {
        story_id: "sbridge".into(),
        source: SOURCES[source].into(),
        measure: "loaded_adj".into(),
        n_facts: if q.is_some() { 8 } else { 2 },
        difference: Some(1.5 - source as f64),
        ci_low: q.map(|_| 0.25),
        ci_high: q.map(|_| 2.75),
        q_value: q,
        mde: q.map(|_| 0.9),
        status: if q.is_some() { Status::Ok } else { Status::Insufficient },
        ..ContrastRow::default()
    };
    let story = |id: &str, label: &str| StoryRow {
        story_id: id.into(),
        label: label.into(),
        n_articles: 3,
        n_sources: 3,
        n_facts: 2,
        n_shared_facts: 2,
        sources: SOURCES.map(str::to_owned).to_vec(),
        divergence_loaded: Some(0.5),
        status: StoryStatus::Ok,
        ..StoryRow::default()
    };
    let stories = [story("sbridge", "Bridge\u{1B}[31m closed"), story("sbrown", "Another one")];
    let contrasts = [contrast(0, Some(0.01)), contrast(1, Some(0.4)), contrast(2, None)];
    manifest.tables = vec![
        write_table(dir, stories, csv).unwrap(),
        write_table(dir, articles, csv).unwrap(),
        write_table(dir, facts, csv).unwrap(),
        write_table(dir, claims, csv).unwrap(),
        write_table(dir, coverage, csv).unwrap(),
        write_table(dir, contrasts, csv).unwrap(),
        write_table(dir, evidence, csv).unwrap(),
    ];
    manifest.files = vec!["texts.jsonl".into()];
    manifest.finish(dir).unwrap();
}

fn shown(place: &Place, columns: &str, arguments: &[&str]) -> String {
    let output = place.command(arguments).env("COLUMNS", columns).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_story_stands_side_by_side_and_without_colour_no_mark_is_lost() {
    let place = Place::new();
    report(&place.path("r"), CsvOptions::default());
    report(&place.path("continental"), CsvOptions { delimiter: b';', decimal: ',', bom: false });
    let story = shown(&place, "100", &["show", "sbri", "--report", "r"]);
    assert_snapshot!("a_story", story);
    assert_snapshot!("a_fact", shown(&place, "100", &["show", "--fact", "fbridge0", "--report", "r"]));
    assert_eq!(story, shown(&place, "100", &["show", "sbri", "--report", "continental"]));
    let of_one = shown(&place, "100", &["show", "sbri", "--report", "r", "--source", "wire"]);
    assert!(of_one.contains("Wire: -0.5 on 2 facts") && !of_one.contains("disgraceful"), "{of_one}");
}

#[test]
fn no_line_is_wider_than_the_terminal_and_nothing_of_the_input_commands_it() {
    let place = Place::new();
    report(&place.path("r"), CsvOptions::default());
    let commands: [&[&str]; 3] =
        [&["show", "-r", "r"], &["show", "sbridge", "-r", "r"], &["show", "--fact", "fbridge0", "-r", "r"]];
    let ours = regex::Regex::new("\u{1B}\\[[0-9;]*m").unwrap();
    for arguments in commands {
        for columns in ["40", "80", "133"] {
            let plain = shown(&place, columns, arguments);
            let width: usize = columns.parse().unwrap();
            assert!(plain.lines().all(|line| display_width(line) <= width), "{columns}\n{plain}");
            let turns = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
            assert!(!plain.contains(|c: char| c != '\n' && (c.is_control() || turns(c))), "{plain:?}");
        }
        // In colour there are our own sequences, no others, and the same words.
        let coloured = shown(&place, "80", &[arguments, &["--color", "always"]].concat());
        assert!(ours.is_match(&coloured));
        let words = ours.replace_all(&coloured, "");
        assert!(!words.contains(|c: char| c != '\n' && c.is_control()), "{words:?}");
        assert!(!ours.is_match(&shown(&place, "80", &[arguments, &["--color", "never"]].concat())));
    }
}

#[test]
fn what_cannot_be_shown_is_refused_with_a_remedy() {
    let place = Place::new();
    report(&place.path("r"), CsvOptions::default());
    std::fs::create_dir(place.path("empty")).unwrap();
    assert_snapshot!(place.transcripts(&[
        "show",
        "show --report nowhere",
        "show --report empty",
        "show --report r",
        "show sbr --report r",
        "show sbrigde --report r",
        "show zz --report r",
        "show sbrown --fact fbridge0 --report r",
        "show sbridge --fact fbrigde7 --report r",
        "show sbridge --source Gazette --report r",
        "show --source Wire --report r",
        "show sbridge --report r --color sometimes",
    ]));
}
