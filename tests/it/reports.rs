//! The main job on the sample corpus: what the reports promise, whatever the scores are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use parallax::evaluate::{StoryAgreement, story_agreement};
use parallax::facts::Check;
use parallax::framing::contrasts::Status;
use parallax::report::{
    ArticleRow, ClaimRow, ContrastRow, CoverageRow, EdgeRow, EdgeStatus, EvidenceRow, FactRow, ReadRow, RunManifest,
    SourcePairRow, SourceRow, StoredText, StoryRow, TargetRow, TermRow, VoiceRow, read_table, read_texts, renew_page,
};
use parallax::text::{SpeakerKind, Voice};

use crate::common::{Place, cell, repository, rows};

/// A report in memory.
struct Report {
    stories: Vec<StoryRow>,
    articles: Vec<ArticleRow>,
    edges: Vec<EdgeRow>,
    facts: Vec<FactRow>,
    claims: Vec<ClaimRow>,
    coverage: Vec<CoverageRow>,
    contrasts: Vec<ContrastRow>,
    sources: Vec<SourceRow>,
    source_pairs: Vec<SourcePairRow>,
    targets: Vec<TargetRow>,
    terms: Vec<TermRow>,
    voices: Vec<VoiceRow>,
    evidence: Vec<EvidenceRow>,
    texts: BTreeMap<String, StoredText>,
    /// Every file but `run.json`, which holds times.
    files: BTreeMap<String, Vec<u8>>,
}

/// Analyses `inputs` of `place` with further `options`, which must end cleanly.
#[track_caller]
fn analyze(place: &Place, inputs: &[&str], options: &[&str]) -> Report {
    let mut line = vec!["analyze", "--out", "out", "--overwrite", "--quiet"];
    line.extend(inputs);
    line.extend(options);
    place.run(&line).clean();
    let dir = place.path("out");
    fn table<R: ReadRow>(dir: &std::path::Path) -> Vec<R> {
        read_table(dir).unwrap()
    }
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let names = std::fs::read_dir(&dir).unwrap().map(name).filter(|name| name != "run.json");
    Report {
        stories: table(&dir),
        articles: table(&dir),
        edges: table(&dir),
        facts: table(&dir),
        claims: table(&dir),
        coverage: table(&dir),
        contrasts: table(&dir),
        sources: table(&dir),
        source_pairs: table(&dir),
        targets: table(&dir),
        terms: table(&dir),
        voices: table(&dir),
        evidence: table(&dir),
        texts: read_texts(&dir)
            .unwrap()
            .map(|text| text.unwrap())
            .map(|text| (text.article_id.clone(), text))
            .collect(),
        files: names.map(|name| (name.clone(), std::fs::read(dir.join(&name)).unwrap())).collect(),
    }
}

type Record = BTreeMap<String, String>;

/// The articles of the sample corpus, by column.
fn sample_articles() -> Vec<Record> {
    let bytes = std::fs::read(repository("data/sample/articles.csv")).unwrap();
    rows(&bytes, b',').into_iter().map(|row| row.into_iter().collect()).collect()
}

/// Story letter of each article that belongs to one.
fn gold() -> BTreeMap<String, String> {
    let bytes = std::fs::read(repository("data/sample/stories.csv")).unwrap();
    rows(&bytes, b',').iter().map(|row| (cell(row, "id").to_owned(), cell(row, "story").to_owned())).collect()
}

fn csv_of(articles: &[&Record]) -> String {
    let columns = ["id", "source", "date", "title", "body", "url"];
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns).unwrap();
    for article in articles {
        writer.write_record(columns.map(|column| &article[column])).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

static SAMPLE: LazyLock<Report> = LazyLock::new(|| {
    let place = Place::new();
    let path = repository("data/sample/articles.csv");
    analyze(&place, &[path.to_str().unwrap()], &["--threads", "2"])
});

impl Report {
    /// The letter of each story of the sample.
    fn letters(&self) -> BTreeMap<&str, String> {
        let gold = gold();
        let of = |a: &ArticleRow| gold.get(&a.article_id).cloned().unwrap_or_default();
        self.articles.iter().filter(|a| !a.story_id.is_empty()).map(|a| (a.story_id.as_str(), of(a))).collect()
    }

    /// The contrasts of a story by letter, source and measure.
    fn difference(&self, letter: &str, source: &str, measure: &str) -> f64 {
        let letters = self.letters();
        let row = self
            .contrasts
            .iter()
            .find(|c| letters[c.story_id.as_str()] == letter && c.source == source && c.measure == measure);
        row.and_then(|c| c.difference).unwrap_or_else(|| panic!("{letter}, {source}: no contrast of {measure}"))
    }
}

// Stories, facts, copies.

/// How well labels agree that nobody left out.
fn agreement(found: &[String], gold: &[String]) -> StoryAgreement {
    let some = |labels: &[String]| labels.iter().cloned().map(Some).collect::<Vec<_>>();
    story_agreement(&some(found), &some(gold), 0).unwrap()
}

#[test]
fn the_stories_are_those_of_the_gold_labels() {
    let gold = gold();
    let own = |a: &ArticleRow| format!("alone: {}", a.article_id);
    let expected: Vec<String> =
        SAMPLE.articles.iter().map(|a| gold.get(&a.article_id).cloned().unwrap_or_else(|| own(a))).collect();
    let found: Vec<String> =
        SAMPLE.articles.iter().map(|a| if a.story_id.is_empty() { own(a) } else { a.story_id.clone() }).collect();
    assert_eq!(SAMPLE.articles.len(), 41);
    let scores = agreement(&found, &expected);
    assert_eq!(scores.f1.value, 1.0, "{:#?}", found.iter().zip(&expected).collect::<Vec<_>>());
    assert_eq!(SAMPLE.stories.len(), 8, "among them G and H, two strikes two days apart");
}

#[test]
fn the_reprints_form_the_only_wire_group() {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for a in SAMPLE.articles.iter().filter(|a| !a.wire_group.is_empty()) {
        groups.entry(&a.wire_group).or_default().push(&a.article_id);
    }
    assert_eq!(groups.into_values().collect::<Vec<_>>(), [vec!["chr-09", "gaz-05", "hal-05"]]);
}

#[test]
fn conflicting_numbers_are_flagged_with_both_values() {
    let flagged: Vec<&FactRow> = SAMPLE.facts.iter().filter(|f| f.check.contains(&Check::Number)).collect();
    let has = |f: &&FactRow| f.check_values.contains("2300") && f.check_values.contains("3900");
    assert!(flagged.iter().any(has), "{flagged:#?}");
}

#[test]
fn a_number_that_differs_beside_one_that_agrees_is_flagged() {
    let place = Place::new();
    let body = |number: &str, last: &str| {
        format!(
            "The ferry struck the breakwater of Pellan Bay on Monday evening. {number} people were injured, five of \
             them seriously, the coast guard said. {last}"
        )
    };
    let (one, other) = (body("Sixty-three", "The captain was tested."), body("71", "Divers will look at the hull."));
    place.write("a.csv", format!("id,source,title,body\n1,A,Ferry,\"{one}\"\n2,B,Ferry hit,\"{other}\"\n"));
    let report = analyze(&place, &["a.csv"], &["--evidence-budget", "0", "--story-threshold", "0.1"]);
    let flagged: Vec<&FactRow> = report.facts.iter().filter(|f| f.check.contains(&Check::Number)).collect();
    assert!(flagged.len() == 1 && flagged[0].check_values.contains("63"), "{:#?}", report.facts);
    assert!(flagged[0].check_values.contains("71"), "{flagged:#?}");
}

#[test]
fn the_gold_facts_are_mostly_found_and_seldom_mixed() {
    let bytes = std::fs::read(repository("data/sample/facts.csv")).unwrap();
    // The claim that a gold sentence became, by place in the article.
    let mut labels: Vec<(String, String)> = Vec::new();
    for row in rows(&bytes, b',') {
        let text = &SAMPLE.texts[cell(&row, "article_id")].body;
        let Some(at) = text.find(cell(&row, "sentence")) else { continue };
        let inside = |c: &&ClaimRow| c.article_id == cell(&row, "article_id") && c.start <= at && at < c.end;
        if let Some(claim) = SAMPLE.claims.iter().find(inside) {
            let alone = || format!("alone: {}", claim.claim_id);
            let found = if claim.fact_id.is_empty() { alone() } else { claim.fact_id.clone() };
            labels.push((found, format!("{} {}", cell(&row, "story"), cell(&row, "fact"))));
        }
    }
    assert!(labels.len() > 250, "only {} gold sentences are claims", labels.len());
    let (found, gold): (Vec<String>, Vec<String>) = labels.into_iter().unzip();
    let scores = agreement(&found, &gold);
    assert!(scores.precision.value > 0.8 && scores.recall.value > 0.6, "{scores:?}");
}

// What the tables promise about one another.

#[test]
fn ids_are_unique_and_references_lead_somewhere() {
    fn unique<'a>(what: &str, ids: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let mut seen = BTreeSet::new();
        for id in ids {
            assert!(!id.is_empty() && seen.insert(id), "{what}: {id:?} empty or twice");
        }
        seen
    }
    let r = &*SAMPLE;
    let stories = unique("story", r.stories.iter().map(|s| s.story_id.as_str()));
    let facts = unique("fact", r.facts.iter().map(|f| f.fact_id.as_str()));
    let claims = unique("claim", r.claims.iter().map(|c| c.claim_id.as_str()));
    let articles = unique("article", r.articles.iter().map(|a| a.article_id.as_str()));
    assert!(r.facts.iter().all(|f| stories.contains(f.story_id.as_str())));
    for c in &r.claims {
        assert!(stories.contains(c.story_id.as_str()) && articles.contains(c.article_id.as_str()), "{c:?}");
        assert!(c.fact_id.is_empty() || facts.contains(c.fact_id.as_str()), "{c:?}");
    }
    for row in &r.coverage {
        assert!(facts.contains(row.fact_id.as_str()) && claims.contains(row.claim_id.as_str()), "{row:?}");
    }
    assert!(r.evidence.iter().all(|e| articles.contains(e.article_id.as_str())));
    assert_eq!(r.texts.keys().map(String::as_str).collect::<BTreeSet<_>>(), articles);
}

#[test]
fn spans_give_the_text() {
    // A cell shows line breaks and tabs as one space.
    let cell = |text: &str| text.replace("\r\n", " ").replace(['\n', '\r', '\t'], " ");
    let mut spans = BTreeMap::new();
    for c in &SAMPLE.claims {
        assert_eq!(c.text, cell(&SAMPLE.texts[&c.article_id].body[c.start..c.end]), "{c:?}");
        assert_eq!(c.text, c.text.trim(), "{c:?}");
        spans.insert(c.claim_id.as_str(), c);
    }
    for e in &SAMPLE.evidence {
        assert_eq!(e.text, cell(&SAMPLE.texts[&e.article_id].body[e.start..e.end]), "{e:?}");
        if let Some(c) = spans.get(e.claim_id.as_str()) {
            assert_eq!(c.article_id, e.article_id);
            assert!(c.start <= e.start && e.start < e.end && e.end <= c.end, "{e:?} outside of {c:?}");
        }
    }
}

#[test]
fn flagged_claims_show_their_words() {
    let shown: BTreeSet<(&str, &str)> =
        SAMPLE.evidence.iter().map(|e| (e.claim_id.as_str(), e.measure.as_str())).collect();
    for c in &SAMPLE.claims {
        if c.loaded_adj.is_some_and(|x| x >= 1.0) {
            assert!(
                shown.contains(&(c.claim_id.as_str(), "loaded_adj"))
                    || shown.contains(&(c.claim_id.as_str(), "loaded")),
                "{c:?}"
            );
        }
        if !c.cue.is_empty() {
            assert!(shown.contains(&(c.claim_id.as_str(), "own_voice")), "{c:?}");
        }
    }
}

#[test]
fn targets_are_named_by_several_sources_and_told_apart_by_tone() {
    let r = &*SAMPLE;
    let mut voices: BTreeMap<(&str, &str), Vec<&TargetRow>> = BTreeMap::new();
    for t in &r.targets {
        assert!(t.n_mentions > 0 && t.tone.unwrap().abs() < 1.0, "{t:?}");
        let sources = &r.stories.iter().find(|s| s.story_id == t.story_id).unwrap().sources;
        assert!(sources.contains(&t.source) && !sources.contains(&t.target), "{t:?}");
        voices.entry((&t.story_id, &t.target)).or_default().push(t);
        let tested = r.contrasts.iter().any(|c| {
            let name = format!("tone:{}", t.target);
            c.story_id == t.story_id && c.source == t.source && c.measure == name && c.status == Status::Ok
        });
        assert_eq!(tested, t.status == Status::Ok, "{t:?}");
    }
    // data/sample/README.md: whom an outlet takes sides for.
    let tone = |target: &str, source: &str| {
        let of = r.targets.iter().find(|t| t.target == target && t.source == source);
        of.unwrap_or_else(|| panic!("{source} names {target}")).tone.unwrap()
    };
    for target in ["KesterWater", "Lorna Pryde"] {
        assert!(
            tone(target, "Counting House") > tone(target, "Daily Klaxon").max(tone(target, "Tinderbox")),
            "{target}"
        );
    }
    for e in r.evidence.iter().filter(|e| e.note.starts_with("target")) {
        assert!(voices.keys().any(|(_, target)| e.measure == format!("tone:{target}")), "{e:?}");
    }
}

#[test]
fn a_word_that_marks_a_source_stands_in_its_claims_of_shared_facts() {
    let r = &*SAMPLE;
    for t in &r.terms {
        let holds = |c: &&ClaimRow| parallax::text::terms(&c.text).contains(&parallax::text::terms(&t.term)[0]);
        let of_source = r.claims.iter().filter(|c| c.source == t.source);
        let here = of_source.filter(|c| t.story_id.is_empty() || c.story_id == t.story_id).filter(holds);
        let shared = |id: &str| r.facts.iter().any(|f| f.fact_id == id && f.n_sources > 1);
        let claims: Vec<&ClaimRow> = here.filter(|c| shared(&c.fact_id)).collect();
        // Not counted, and here: quoted words, and reprints.
        let facts: BTreeSet<&str> = claims.iter().map(|c| c.fact_id.as_str()).collect();
        assert!(t.count >= 2 && t.count <= facts.len(), "{t:?}");
        assert!(claims.iter().any(|c| c.claim_id == t.example_claim_id), "{t:?}");
    }
    // data/sample/README.md: a wire says who said it, a tabloid is against bosses.
    for (source, term) in [("Halyard Wire", "said"), ("Daily Klaxon", "boss")] {
        assert!(r.terms.iter().any(|t| t.source == source && t.term == term && t.z.unwrap() > 0.0), "{term}");
    }
}

#[test]
fn the_voices_are_those_of_the_claims_reprints_aside() {
    let r = &*SAMPLE;
    let reprints: BTreeSet<&str> =
        r.articles.iter().filter(|a| !a.wire_group.is_empty()).map(|a| a.article_id.as_str()).collect();
    let of = |c: &&ClaimRow, v: &VoiceRow| c.story_id == v.story_id && c.source == v.source;
    for v in &r.voices {
        let own = r.claims.iter().filter(|c| of(c, v) && !reprints.contains(c.article_id.as_str()));
        let claims: Vec<&ClaimRow> = own.collect();
        let spoken: Vec<&&ClaimRow> = claims.iter().filter(|c| c.speaker_name == v.speaker).collect();
        assert_eq!(v.n_claims, spoken.len(), "{v:?}");
        assert!(spoken.iter().all(|c| c.voice != Some(Voice::Own) && c.speaker_kind == v.kind), "{v:?}");
        assert!((v.share.unwrap() - spoken.len() as f64 / claims.len() as f64).abs() < 1e-4, "{v:?}");
        assert_eq!(v.example_claim_id, spoken.first().map_or("", |c| &c.claim_id), "{v:?}");
        if v.n_claims == 0 {
            assert!(
                v.n_sources_with >= 2 && matches!(v.kind, Some(SpeakerKind::Named | SpeakerKind::Institution)),
                "{v:?}"
            );
            assert!(!r.claims.iter().any(|c| of(&c, v) && c.speaker_name == v.speaker), "{v:?}");
        }
    }
    // One person is one speaker, however the sources call her; and who leaves her out is told.
    let (with, without): (Vec<&VoiceRow>, Vec<&VoiceRow>) =
        r.voices.iter().filter(|v| v.speaker == "Tomas Verhelle").partition(|v| v.n_claims > 0);
    assert!(with.len() >= 4 && !without.is_empty());
    assert!(!r.voices.iter().any(|v| v.speaker == "Verhelle"));
}

#[test]
fn counts_agree_between_the_tables() {
    let r = &*SAMPLE;
    for f in &r.facts {
        let members: Vec<&ClaimRow> = r.claims.iter().filter(|c| c.fact_id == f.fact_id).collect();
        let articles: BTreeSet<&str> = members.iter().map(|c| c.article_id.as_str()).collect();
        let sources: BTreeSet<&str> = members.iter().map(|c| c.source.as_str()).collect();
        assert!(articles.len() >= 2, "{f:?}");
        assert_eq!((f.n_articles, f.n_sources), (articles.len(), sources.len()), "{f:?}");
        assert!(members.iter().all(|c| c.story_id == f.story_id));
        assert!(members.iter().any(|c| c.text == f.statement && c.source == f.statement_source), "{f:?}");
        assert_eq!(f.sources_stating.iter().map(String::as_str).collect::<BTreeSet<_>>(), sources);
        let story = r.stories.iter().find(|s| s.story_id == f.story_id).unwrap();
        let mut all: Vec<&String> =
            f.sources_stating.iter().chain(&f.sources_not_found).chain(&f.sources_unclear).collect();
        all.sort();
        assert_eq!(all, story.sources.iter().collect::<Vec<_>>(), "each source of the story has one status: {f:?}");
        // Coverage: each shared fact x each source of the story, once.
        let mut covered: Vec<&CoverageRow> = r.coverage.iter().filter(|c| c.fact_id == f.fact_id).collect();
        covered.sort_by_key(|c| &c.source);
        let expected: Vec<&String> = if f.n_sources >= 2 { story.sources.iter().collect() } else { Vec::new() };
        assert_eq!(covered.iter().map(|c| &c.source).collect::<Vec<_>>(), expected, "{f:?}");
        for c in covered {
            let stated = sources.contains(c.source.as_str());
            assert_eq!(c.status.is_stated(), stated, "{c:?}");
        }
    }
    for s in &r.stories {
        let articles: Vec<&ArticleRow> = r.articles.iter().filter(|a| a.story_id == s.story_id).collect();
        assert_eq!(s.n_articles, articles.len());
        assert_eq!(s.n_sources, s.sources.len());
        assert!(articles.iter().any(|a| a.title == s.label));
        let facts: Vec<&FactRow> = r.facts.iter().filter(|f| f.story_id == s.story_id).collect();
        assert_eq!(s.n_facts, facts.len());
        assert_eq!(s.n_shared_facts, facts.iter().filter(|f| f.n_sources >= 2).count());
        assert!(articles.iter().all(|a| s.first_date <= a.date && a.date <= s.last_date));
    }
}

#[test]
fn the_edges_of_a_story_make_its_cohesion() {
    let mut at = 0;
    for story in &SAMPLE.stories {
        let n = story.n_articles;
        let edges = &SAMPLE.edges[at..at + n * (n - 1) / 2];
        at += edges.len();
        assert!(edges.iter().all(|e| e.story_id == story.story_id && e.status == EdgeStatus::Joined), "{edges:?}");
        assert!(edges.is_sorted_by(|x, y| x.score >= y.score), "{edges:?}");
        let mean = |edges: &[&EdgeRow]| edges.iter().filter_map(|e| e.score).sum::<f64>() / edges.len() as f64;
        assert!((mean(&edges.iter().collect::<Vec<_>>()) - story.cohesion.unwrap()).abs() < 1e-4, "{story:?}");
        for a in SAMPLE.articles.iter().filter(|a| a.story_id == story.story_id) {
            let own: Vec<&EdgeRow> =
                edges.iter().filter(|e| [&e.article_a, &e.article_b].contains(&&a.article_id)).collect();
            assert_eq!(own.len(), n - 1);
            assert!((mean(&own) - a.story_score.unwrap()).abs() < 1e-4, "{a:?}");
        }
    }
    let apart = &SAMPLE.edges[at..];
    assert!(
        apart.iter().all(|e| e.story_id.is_empty() && e.status == EdgeStatus::Apart && e.score >= Some(0.5)),
        "{apart:?}"
    );
}

#[test]
fn statistics_lie_in_their_ranges() {
    let unit = |x: Option<f64>| x.is_none_or(|x| (0.0..=1.0).contains(&x));
    let r = &*SAMPLE;
    for c in &r.claims {
        assert!(unit(c.match_score) && unit(c.negativity) && c.position >= 1, "{c:?}");
        assert_eq!(c.match_score.is_some(), !c.fact_id.is_empty(), "{c:?}");
    }
    assert!(r.articles.iter().all(|a| unit(a.story_score) && unit(a.own_voice) && unit(a.negativity)));
    assert!(r.facts.iter().all(|f| unit(f.score) && f.spread_loaded.is_none_or(|x| x >= 0.0)));
    assert!(r.coverage.iter().all(|c| unit(c.best_score)));
    assert!(r.stories.iter().all(|s| unit(s.cohesion) && s.divergence_loaded.is_none_or(|x| x >= 0.0)));
    type Estimate = (Option<f64>, Option<f64>, Option<f64>, Option<f64>, Option<f64>, Status);
    let stories = r.contrasts.iter().map(|c| (c.difference, c.ci_low, c.ci_high, c.p_value, c.q_value, c.status));
    let sources = r.sources.iter().map(|c| (c.difference, c.ci_low, c.ci_high, c.p_value, c.q_value, c.status));
    let pairs = r.source_pairs.iter().map(|c| (c.difference, c.ci_low, c.ci_high, c.p_value, c.q_value, c.status));
    let all: Vec<Estimate> = stories.chain(sources).chain(pairs).collect();
    assert!(all.len() > 50);
    for (difference, low, high, p, q, status) in all {
        let difference = difference.unwrap();
        match status {
            Status::Ok => {
                let (low, high, p, q) = (low.unwrap(), high.unwrap(), p.unwrap(), q.unwrap());
                assert!(low <= high && (low..=high).contains(&difference), "{low} {difference} {high}");
                assert!(p > 0.0 && p <= q + 1e-6 && q <= 1.0, "p {p}, q {q}");
            }
            Status::Insufficient => assert!(low.is_none() && high.is_none() && p.is_none() && q.is_none()),
        }
    }
    for c in &r.contrasts {
        assert!((c.value.unwrap() - c.others.unwrap() - c.difference.unwrap()).abs() < 2e-4, "{c:?}");
        assert!(c.status == Status::Insufficient || c.n_facts >= 6, "{c:?}");
    }
}

// The differences of framing that were written into the sample.

#[test]
fn the_tabloid_is_more_loaded_than_the_others_on_the_same_facts() {
    for letter in ["A", "B", "C", "D", "E", "F", "H"] {
        let difference = SAMPLE.difference(letter, "Daily Klaxon", "loaded_adj");
        assert!(difference > 0.3, "{letter}: {difference}");
    }
    assert!(SAMPLE.difference("G", "Tinderbox", "loaded_adj") > 0.3, "where the tabloid is absent, the magazine is");
    assert!(SAMPLE.difference("F", "Counting House", "loaded_adj") > 0.0, "the sober business daily, for once");
}

#[test]
fn the_agency_is_sober_and_attributes() {
    for letter in ["A", "B", "C", "D", "G", "H"] {
        let difference = SAMPLE.difference(letter, "Halyard Wire", "loaded_adj");
        assert!(difference < 0.0, "{letter}: {difference}");
    }
    let over_stories = |measure: &str| {
        let row = SAMPLE.sources.iter().find(|s| s.source == "Halyard Wire" && s.measure == measure).unwrap();
        row.difference.unwrap()
    };
    assert!(over_stories("loaded_adj") < 0.0 && over_stories("own_voice") < 0.0);
}

#[test]
fn most_of_a_wire_text_counts_once() {
    // The reprinting outlets have no contrast of their own in E.
    let letters = SAMPLE.letters();
    let in_e: BTreeSet<&str> =
        SAMPLE.contrasts.iter().filter(|c| letters[c.story_id.as_str()] == "E").map(|c| c.source.as_str()).collect();
    assert_eq!(in_e, BTreeSet::from(["Daily Klaxon", "Tinderbox"]));
}

// Laws: the same articles give the same report (further ones in tests/reliability).

/// Two stories, one with wire copies, and three articles that stand alone.
fn few(articles: &[Record]) -> Vec<&Record> {
    let gold = gold();
    let belongs = |a: &&Record| match gold.get(&a["id"]) {
        Some(story) => story == "E" || story == "F",
        None => ["hal-08", "tin-06", "gaz-04"].contains(&a["id"].as_str()),
    };
    articles.iter().filter(belongs).collect()
}

static FEW: LazyLock<Report> = LazyLock::new(|| {
    let place = Place::new();
    place.write("few.csv", csv_of(&few(&sample_articles())));
    analyze(&place, &["few.csv"], &["--threads", "1"])
});

#[track_caller]
fn assert_same_files(a: &Report, b: &Report) {
    assert_eq!(a.files.keys().collect::<Vec<_>>(), b.files.keys().collect::<Vec<_>>());
    for (name, bytes) in &a.files {
        let (one, other) = (String::from_utf8_lossy(bytes), String::from_utf8_lossy(&b.files[name]));
        if let Some((n, (one, other))) = one.lines().zip(other.lines()).enumerate().find(|(_, (x, y))| x != y) {
            panic!("{name}, line {}:\n{one}\n{other}", n + 1);
        }
        assert_eq!(one.len(), other.len(), "{name}");
    }
}

#[test]
fn swapping_two_names_swaps_rows_and_changes_nothing_else() {
    let (one, other) = ("Daily Klaxon", "Tinderbox");
    let swap = |name: &str| match name {
        _ if name == one => other.to_owned(),
        _ if name == other => one.to_owned(),
        _ => name.to_owned(),
    };
    let mut articles = sample_articles();
    for article in &mut articles {
        let source = article.get_mut("source").unwrap();
        *source = swap(source);
    }
    let place = Place::new();
    place.write("few.csv", csv_of(&few(&articles)));
    let swapped = analyze(&place, &["few.csv"], &[]);

    // The rows of a file as a set, names swapped back where `back`, lists of names sorted.
    let normal = |report: &Report, file: &str, back: bool| -> BTreeSet<Vec<String>> {
        let map = |text: &str| if back { swap(text) } else { text.to_owned() };
        let normal_cell = |column: &str, value: &str| match column {
            "sources" | "sources_stating" | "sources_not_found" | "sources_unclear" => {
                let mut names: Vec<String> = value.split("; ").map(map).collect();
                names.sort();
                names.join("; ")
            }
            "check_values" => {
                let value_of = |part: &str| match part.split_once(": ") {
                    Some((name, value)) => format!("{}: {value}", map(name)),
                    None => part.to_owned(),
                };
                let mut parts: Vec<String> = value.split("; ").map(value_of).collect();
                parts.sort();
                parts.join("; ")
            }
            _ => map(value),
        };
        rows(&report.files[file], b',')
            .iter()
            .map(|row| {
                let mut cells: BTreeMap<&str, String> =
                    row.iter().map(|(column, value)| (column.as_str(), normal_cell(column, value))).collect();
                // A pair is written in the order of its names: the other way round, the sign turns, but for a distance.
                let distance = cells.get("measure").is_some_and(|m| m == "register");
                if file == "source_pairs.csv" && cells["source_a"] > cells["source_b"] {
                    let turned = |text: &str| match text {
                        "" | "0" => text.to_owned(),
                        _ if distance => text.to_owned(),
                        _ => text.strip_prefix('-').map_or_else(|| format!("-{text}"), str::to_owned),
                    };
                    let (a, b) = (cells["source_a"].clone(), cells["source_b"].clone());
                    let (mut low, mut high) = (turned(&cells["ci_low"]), turned(&cells["ci_high"]));
                    if distance {
                        (low, high) = (high, low);
                    }
                    let difference = turned(&cells["difference"]);
                    cells.extend([("source_a", b), ("source_b", a), ("ci_low", high), ("ci_high", low)]);
                    cells.insert("difference", difference);
                }
                cells.into_iter().map(|(column, value)| format!("{column}={value}")).collect()
            })
            .collect()
    };
    for file in FEW.files.keys().filter(|file| file.ends_with(".csv")) {
        let (expected, found) = (normal(&FEW, file, false), normal(&swapped, file, true));
        let only = |x: &BTreeSet<Vec<String>>, y: &BTreeSet<Vec<String>>| x.difference(y).next().cloned();
        assert_eq!(only(&expected, &found), only(&found, &expected), "{file}");
    }
    assert_eq!(FEW.files["texts.jsonl"], swapped.files["texts.jsonl"]);
}

#[test]
fn further_articles_move_no_measure_of_the_others() {
    let place = Place::new();
    let articles = sample_articles();
    let mut more = few(&articles);
    let further = ["klx-08", "chr-07", "chr-08", "cou-05", "gaz-03", "hal-06", "klx-07", "cou-02"];
    more.extend(articles.iter().filter(|a| further.contains(&a["id"].as_str())));
    assert_eq!(more.len(), few(&articles).len() + 8);
    place.write("more.csv", csv_of(&more));
    let more = analyze(&place, &["more.csv"], &[]);
    let of_claim = |c: &ClaimRow| (c.loaded, c.loaded_adj, c.loaded_quoted, c.negativity, c.certainty, c.voice);
    let found: BTreeMap<&str, &ClaimRow> = more.claims.iter().map(|c| (c.claim_id.as_str(), c)).collect();
    for c in &FEW.claims {
        assert_eq!(of_claim(c), of_claim(found[c.claim_id.as_str()]), "{c:?}");
    }
    let of_article = |a: &ArticleRow| {
        (
            a.story_id.clone(),
            a.n_claims,
            a.loaded,
            a.loaded_adj,
            a.loaded_quoted,
            a.own_voice,
            a.negativity,
            a.certainty,
        )
    };
    for a in &FEW.articles {
        let same = more.articles.iter().find(|b| b.article_id == a.article_id).unwrap();
        assert_eq!(of_article(a), of_article(same), "{}", a.article_id);
    }
}

// Stories that the user gives.

#[test]
fn stories_that_were_found_and_are_given_back_make_the_same_report() {
    let place = Place::new();
    place.write("few.csv", csv_of(&few(&sample_articles()))).write("found.csv", &FEW.files["articles.csv"]);
    let mut given = analyze(&place, &["few.csv"], &["--stories", "found.csv"]);
    assert!(given.stories.iter().all(|s| s.given_story == s.story_id), "{:?}", given.stories);
    let nameless = given.stories.into_iter().map(|s| StoryRow { given_story: String::new(), ..s });
    assert_eq!(nameless.collect::<Vec<_>>(), FEW.stories);
    given.files.insert("stories.csv".into(), FEW.files["stories.csv"].clone());
    let name = regex::Regex::new(" · your story <bdi>[^<]*</bdi>").unwrap();
    let page = String::from_utf8(given.files["report.html"].clone()).unwrap();
    given.files.insert("report.html".into(), name.replace_all(&page, "").as_bytes().to_vec());
    let given = Report { stories: Vec::new(), ..given };
    assert_same_files(&FEW, &given);
}

#[test]
fn given_stories_hold_the_listed_articles_and_no_others() {
    let place = Place::new();
    let articles = sample_articles();
    // One story of two events, one that lacks an article, one of which the input has a single one.
    let of = |letter: &str| {
        few(&articles)
            .iter()
            .map(|a| a["id"].clone())
            .filter(|id| gold().get(id).is_some_and(|s| s == letter))
            .collect::<Vec<_>>()
    };
    let (e, f) = (of("E"), of("F"));
    let mixed = [&e[..1], &f[..]].concat();
    let mut lines = String::from("story;article_id\n");
    mixed.iter().for_each(|id| lines.push_str(&format!("mixed;{id}\n")));
    lines.push_str(&format!("short;{}\nshort;{}\nsingle;hal-08\nsingle;gone-01\n", e[1], e[2]));
    place.write("few.csv", csv_of(&few(&articles))).write("given.csv", lines);
    let report = analyze(&place, &["few.csv"], &["--stories", "given.csv", "--evidence-budget", "0"]);
    let members = |name: &str| {
        let story = report.stories.iter().find(|s| s.given_story == name).unwrap_or_else(|| panic!("no story {name}"));
        assert!(story.cohesion.is_some_and(|c| (0.0..=1.0).contains(&c)), "{story:?}");
        report
            .articles
            .iter()
            .filter(|a| a.story_id == story.story_id)
            .map(|a| a.article_id.clone())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(members("mixed"), mixed.into_iter().collect());
    assert_eq!(members("short"), e[1..3].iter().cloned().collect());
    assert_eq!(report.stories.len(), 2);
    assert_eq!(report.articles.iter().filter(|a| a.story_id.is_empty()).count(), few(&articles).len() - 3 - f.len());
    let run = place.read("out/run.json");
    assert!(
        run.contains("1 of ") && run.contains("gone-01") && run.contains("\"stories_file\": \"given.csv\""),
        "{run}"
    );
}

// Other inputs, other dialects.

#[test]
fn a_folder_of_text_files_needs_no_options() {
    let place = Place::new();
    for a in sample_articles().iter().filter(|a| ["F", "G"].contains(&gold().get(&a["id"]).map_or("", String::as_str)))
    {
        place.write(&format!("news/{}.txt", a["id"]), format!("{}\n\n{}\n", a["title"], a["body"]));
    }
    let report = analyze(&place, &["news"], &["--evidence-budget", "0"]);
    let found: BTreeMap<&str, &str> =
        report.articles.iter().map(|a| (a.article_id.as_str(), a.story_id.as_str())).collect();
    assert_eq!(found.len(), 6);
    assert_eq!(report.stories.len(), 2, "{found:?}");
    for a in &report.articles {
        assert_eq!(a.source, a.article_id, "file name = id and source");
        assert!(!a.title.is_empty() && a.date.is_none());
    }
    assert_eq!(found["chr-04"], found["cou-04"]);
    assert_ne!(found["chr-04"], found["chr-05"]);
}

const HOSTILE: [&str; 8] = [
    "=HYPERLINK(\"http://x.example\";\"click\")",
    "+1 for the council",
    "-1 for the council",
    "@SUM(A1:A9) of the council",
    "\tTabbed council",
    " =1+1 council",
    "＝１＋１ council",
    "\"=1+1\" council",
];

fn hostile_corpus() -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["id", "source", "title", "body"]).unwrap();
    for (i, title) in HOSTILE.iter().enumerate() {
        let body = format!(
            "{title} voted to close the old bridge in Körblin; engineers saw cracks.\n\n=cmd|' /C calc'!A0 is what the \
             mayor wrote on the wall. Repairs will cost {}.5 million dollars, “and more”, she said.",
            4 + i
        );
        writer.write_record([&format!("={i}"), &format!("{title} {i}"), *title, &body]).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn no_cell_is_a_formula() {
    let place = Place::new();
    place.write("hostile.csv", hostile_corpus());
    let report = analyze(&place, &["hostile.csv"], &["--evidence-budget", "100"]);
    assert_eq!(report.articles.len(), HOSTILE.len());
    let textual = |column: &str| !column.starts_with("n_") && !is_number_column(column);
    let mut seen = 0;
    for (file, bytes) in report.files.iter().filter(|(file, _)| file.ends_with(".csv")) {
        assert!(bytes.starts_with("\u{FEFF}".as_bytes()), "{file} has no BOM");
        for row in rows(bytes, b',') {
            for (column, value) in row.iter().filter(|(column, _)| textual(column)) {
                let inner = value.trim_start_matches(|c: char| c.is_whitespace() || "\"“”\u{FEFF}".contains(c));
                assert!(!inner.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{file}, {column}: {value}");
                assert!(!value.contains(['\n', '\r', '\t']), "{file}, {column}: {value}");
                seen += usize::from(value.starts_with('\''));
            }
        }
    }
    assert!(seen >= 3 * HOSTILE.len(), "ids, sources and titles are guarded: {seen}");
    // The guard is for spreadsheets only: what is read back is what came in.
    assert!(report.articles.iter().any(|a| a.title.starts_with("=HYPERLINK")));
    assert!(report.texts.contains_key("=0"));
    // So the page can be made again from the tables, as an audit does.
    let dir = place.path("out");
    renew_page(&dir, &RunManifest::read(&dir).unwrap()).unwrap();
    assert_eq!(place.read("out/report.html"), String::from_utf8_lossy(&report.files["report.html"]));
}

/// Columns that hold numbers, where a minus sign is one.
fn is_number_column(column: &str) -> bool {
    let kinds = parallax::report::tables();
    kinds.iter().flat_map(|t| t.columns).any(|c| c.name == column && !c.kind.is_textual())
}

#[test]
fn continental_spreadsheets_get_their_dialect() {
    let place = Place::new();
    place.write("a.csv", hostile_corpus());
    let report =
        analyze(&place, &["a.csv"], &["--delimiter", ";", "--decimal", ",", "--no-bom", "--evidence-budget", "0"]);
    let bytes = &report.files["articles.csv"];
    assert!(bytes.starts_with(b"article_id;source;"));
    let mut decimals = 0;
    for row in rows(bytes, b';') {
        for (_, value) in row.iter().filter(|(column, _)| is_number_column(column)) {
            assert!(value.chars().all(|c| c.is_ascii_digit() || c == '-' || c == ','), "{value}");
            decimals += usize::from(value.contains(','));
        }
        for (_, value) in row.iter().filter(|(column, _)| !is_number_column(column)) {
            // A program that splits at commas as well must find no formula either.
            assert!(!value.contains(";="), "{value}");
        }
    }
    assert!(decimals > HOSTILE.len());
}

// The workbook.

#[test]
fn the_workbook_has_the_rows_of_the_tables_and_their_very_numbers() {
    use calamine::{Data, Reader, Xlsx, open_workbook};
    let place = Place::new();
    place.write("few.csv", csv_of(&few(&sample_articles()))).write("tight.csv", "term\nthe\n");
    let options = ["--lexicon", "tight=tight.csv"];
    let report = analyze(&place, &["few.csv"], &[&options[..], &["--xlsx"]].concat());
    let mut book: Xlsx<_> = open_workbook(place.path("out/report.xlsx")).unwrap();
    let mut numbers = 0;
    for table in parallax::report::tables() {
        let sheet = book.worksheet_range(table.file.strip_suffix(".csv").unwrap()).unwrap();
        let csv = rows(&report.files[table.file], b',');
        assert_eq!((sheet.height(), sheet.width()), (csv.len() + 1, table.columns.len()), "{}", table.file);
        for (row, cells) in csv.iter().zip(sheet.rows().skip(1)) {
            for (((name, text), cell), column) in row.iter().zip(cells).zip(table.columns) {
                let same = match cell {
                    Data::Float(number) => {
                        numbers += 1;
                        !column.kind.is_textual() && text.parse() == Ok(*number)
                    }
                    Data::DateTime(day) => day.to_ymd_hms_milli().0.to_string() == text[..4],
                    Data::Empty => text.is_empty(),
                    // The guard is for CSV files only.
                    other => *other == text.strip_prefix('\'').unwrap_or(text),
                };
                assert!(same, "{}, {name}: {text} is {cell:?}", table.file);
            }
        }
    }
    assert!(numbers > 1_000);
    let overview = book.worksheet_range("overview").unwrap();
    let first: Vec<String> = overview.rows().take(2).map(|row| row[0].to_string()).collect();
    // The page says the same.
    let page = place.read("out/report.html");
    assert!(first.iter().all(|text| page.contains(text.as_str())), "{first:?}");

    // Asked for or not, it is the same job; without the option, no former workbook stays beside newer tables.
    let again = analyze(&place, &["few.csv"], &options);
    assert!(again.files.contains_key("datapackage.json") && !again.files.contains_key("report.xlsx"));
    let bytes = |report: &Report, file: &str| report.files[file].clone();
    assert!(bytes(&report, "datapackage.json") == bytes(&again, "datapackage.json"));
}

// Word lists of the user.

#[test]
fn a_list_of_the_user_is_a_measure_with_contrasts_and_the_words_behind_it() {
    let place = Place::new();
    place
        .write("few.csv", csv_of(&few(&sample_articles())))
        .write("tight.csv", "term,weight\nthe,1\nof the,3\ns*,-.5\n");
    let report = analyze(&place, &["few.csv"], &["--lexicon", "tight=tight.csv"]);
    let found = rows(&report.files["lexicons.csv"], b',');
    assert!(found.len() > 30 && found.iter().all(|row| cell(row, "name") == "tight"));
    let mut hits: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for e in report.evidence.iter().filter(|e| e.measure == "lexicon:tight") {
        hits.entry(&e.claim_id).or_default().push(e.contribution.unwrap());
        let term =
            if e.text.to_lowercase() == "the" { "the " } else { if e.text.contains(' ') { "of the " } else { "s* " } };
        assert!(e.note.starts_with(&format!("lexicon: {term}(weight ")), "{e:?}");
    }
    for row in &found {
        let hits = hits.remove(cell(row, "claim_id")).unwrap_or_default();
        assert_eq!(cell(row, "hits"), hits.len().to_string());
        let value: f64 = cell(row, "value").parse().unwrap();
        assert!((value - hits.iter().sum::<f64>()).abs() < 1e-3 * (1.0 + hits.len() as f64), "{row:?} {hits:?}");
    }
    assert!(hits.is_empty(), "evidence without a score: {hits:?}");
    let of_list = |measure: &str| measure == "lexicon:tight";
    let tested: Vec<&ContrastRow> =
        report.contrasts.iter().filter(|c| of_list(&c.measure) && c.status == Status::Ok).collect();
    assert!(!tested.is_empty() && tested.iter().all(|c| c.q_value >= c.p_value && c.mde.is_some_and(|mde| mde > 0.0)));
    assert!(report.sources.iter().any(|s| of_list(&s.measure)));
    assert!(report.source_pairs.iter().any(|s| of_list(&s.measure)));

    // It moves nothing else, and the report is of this list.
    let others = |r: &Report| r.contrasts.iter().filter(|c| !of_list(&c.measure)).cloned().collect::<Vec<_>>();
    assert_eq!(others(&report), others(&FEW));
    let again = |options: &[&str]| place.run(&[&["analyze", "few.csv", "--out", "out", "-q"], options].concat());
    again(&["--lexicon", "tight=tight.csv"]).clean();
    place.write("tight.csv", "term\nthe\n");
    let refused = again(&["--lexicon", "tight=tight.csv"]);
    assert!(refused.code == 2 && refused.stderr.contains("another job (lexicons [{"), "{}", refused.stderr);
    again(&["--overwrite"]).clean();
    assert!(!place.path("out/lexicons.csv").exists(), "of an earlier run");
}

// Sources chosen to compare with.

#[test]
fn a_baseline_replaces_all_others() {
    let place = Place::new();
    place.write("few.csv", csv_of(&few(&sample_articles()))).write("chosen.txt", "Daily Klaxon\n\nHalyard Wire\n");
    let options = ["--baseline", "Halyard Wire, Daily Klaxon"];
    let report = analyze(&place, &["few.csv"], &options);
    // The difference in stories without wire copies, made again from the claims.
    let copies = report.articles.iter().filter(|a| !a.wire_group.is_empty());
    let wire: BTreeSet<&str> = copies.map(|a| a.story_id.as_str()).collect();
    let mut compared = 0;
    let is_made_again = |c: &&ContrastRow| ["loaded_adj", "own_voice"].contains(&c.measure.as_str());
    for row in report.contrasts.iter().filter(is_made_again).filter(|c| !wire.contains(c.story_id.as_str())) {
        let mut facts: BTreeMap<&str, BTreeMap<&str, Vec<f64>>> = BTreeMap::new();
        let claims = report.claims.iter().filter(|c| c.story_id == row.story_id && !c.fact_id.is_empty());
        let score = |c: &ClaimRow| match row.measure.as_str() {
            "own_voice" => Some(f64::from(u8::from(c.voice == Some(Voice::Own)))),
            _ => c.loaded_adj,
        };
        for (claim, score) in claims.filter_map(|c| Some((c, score(c)?))) {
            facts.entry(&claim.fact_id).or_default().entry(&claim.source).or_default().push(score);
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let differences: Vec<f64> = facts
            .values()
            .filter_map(|voices| {
                let chosen =
                    voices.iter().filter(|(s, _)| ["Daily Klaxon", "Halyard Wire"].contains(s) && **s != row.source);
                let others: Vec<f64> = chosen.map(|(_, scores)| mean(scores)).collect();
                let own = mean(voices.get(row.source.as_str())?);
                (!others.is_empty()).then(|| own - mean(&others))
            })
            .collect();
        assert_eq!(row.n_facts, differences.len(), "{row:?}");
        assert!((row.difference.unwrap() - mean(&differences)).abs() < 1e-3, "{row:?} {differences:?}");
        compared += 1;
    }
    assert!(compared >= 4, "{compared}");
    for file in ["source_pairs.csv", "stories.csv", "claims.csv", "terms.csv"] {
        assert_eq!(report.files[file], FEW.files[file], "{file}");
    }
    assert_ne!(report.files["contrasts.csv"], FEW.files["contrasts.csv"]);

    // A file that names them is the same job; all others at once are another.
    let again = |options: &[&str]| place.run(&[&["analyze", "few.csv", "--out", "out", "-q"], options].concat());
    again(&["--baseline", "@chosen.txt"]).clean();
    let refused = again(&[]);
    assert!(
        refused.code == 2 && refused.stderr.contains("another job (baseline [\"Daily Klaxon\""),
        "{}",
        refused.stderr
    );
    let unknown = again(&["--overwrite", "--baseline", "daily klaxxon"]);
    let said = "error: --baseline: there is no source \"daily klaxxon\" in the input\nhint: did you mean: Daily Klaxon";
    assert!(unknown.code == 2 && unknown.stderr.contains(said), "{}", unknown.stderr);
}
