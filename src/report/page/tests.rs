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
    assert!(page(&few, &bodies, &RunManifest::default()) == html, "it reads claims of stories that it does not show");
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
