//! What must not matter: what else is in the corpus.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{Place, cell, repository, rows};

type Row = Vec<(String, String)>;

const COLUMNS: [&str; 6] = ["id", "source", "date", "title", "body", "url"];
const TABLES: [&str; 4] = ["articles.csv", "claims.csv", "contrasts.csv", "emphasis.csv"];

fn sample() -> Vec<Row> {
    rows(&std::fs::read(repository("data/sample/articles.csv")).unwrap(), b',')
}

fn write(place: &Place, name: &str, articles: &[Row]) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).unwrap();
    for article in articles {
        writer.write_record(COLUMNS.map(|column| cell(article, column))).unwrap();
    }
    place.write(name, writer.into_inner().unwrap());
}

/// The tables of the report on some articles.
fn report(place: &Place, name: &str, articles: &[Row]) -> BTreeMap<&'static str, Vec<Row>> {
    write(place, &format!("{name}.csv"), articles);
    place.run(&["analyze", &format!("{name}.csv"), "--out", name, "--evidence-budget", "300", "-q"]).clean();
    let read = |table| rows(&std::fs::read(place.path(name).join(table)).unwrap(), b',');
    TABLES.into_iter().map(|table| (table, read(table))).collect()
}

/// Articles about nothing that the sample tells of, each about something else.
fn unrelated() -> Vec<Row> {
    let things =
        ["beehive", "violin", "glacier", "orchard", "lighthouse", "telescope", "bakery", "quilt", "comet", "reef"];
    let places = ["Ollvik", "Tarmouth", "Bexholm", "Saint-Orne", "Quarrel Bay"];
    let article = |(i, (thing, place)): (usize, (&str, &str))| -> Row {
        let body = format!(
            "A {thing} in {place} drew {} visitors last weekend, more than in any month since {}.\n\n\
             Its keeper, Ingrid Valle{i}, has written {} pages about the {thing} and its history.\n\n\
             Children painted the {thing} in {} colours, and the oldest of them won a basket of pears.\n\n\
             The {thing} will be shown again in {place} when the nights are longer.",
            210 + 7 * i,
            1950 + i,
            30 + i,
            3 + i % 9,
        );
        let cells =
            [format!("u-{i:02}"), format!("Local {}", i % 6), "2026-03-0".to_owned() + &(1 + i % 9).to_string()];
        let [id, source, date] = cells;
        let values = [id, source, date, format!("The {thing} of {place}"), body, String::new()];
        COLUMNS.iter().map(|c| (*c).to_owned()).zip(values).collect()
    };
    let pairs = things.iter().flat_map(|thing| places.iter().map(move |place| (*thing, *place)));
    pairs.enumerate().map(article).collect()
}

#[test]
fn fifty_unrelated_articles_move_no_measure() {
    let place = Place::new();
    let articles = sample();
    let more: Vec<Row> = articles.iter().cloned().chain(unrelated()).collect();
    assert_eq!(more.len(), articles.len() + 50);
    let (alone, among) = (report(&place, "alone", &articles), report(&place, "among", &more));

    // Every claim keeps its scores, its voice and its place.
    let measured = ["claim_id", "text", "voice", "speaker", "cue", "position"];
    let scores = ["loaded", "loaded_adj", "loaded_quoted", "negativity", "certainty"];
    let of_claims = |report: &BTreeMap<&str, Vec<Row>>| -> BTreeMap<String, Vec<String>> {
        let values = |row: &Row| measured.iter().chain(&scores).map(|c| cell(row, c).to_owned()).collect();
        report["claims.csv"].iter().map(|row| (cell(row, "claim_id").to_owned(), values(row))).collect()
    };
    let (before, after) = (of_claims(&alone), of_claims(&among));
    assert!(before.iter().all(|(claim, values)| after.get(claim) == Some(values)));

    // The same stories, and the same facts but for those whose pair scores cross a threshold as words become rarer.
    let sets =
        |report: &BTreeMap<&str, Vec<Row>>, table: &str, group: &str, member: &str| -> BTreeSet<BTreeSet<String>> {
            let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for row in report[table].iter().filter(|row| !cell(row, group).is_empty()) {
                groups.entry(cell(row, group).to_owned()).or_default().insert(cell(row, member).to_owned());
            }
            groups.into_values().collect()
        };
    let stories = |report| sets(report, "articles.csv", "story_id", "article_id");
    assert!(stories(&alone).is_subset(&stories(&among)));
    let facts = |report| sets(report, "claims.csv", "fact_id", "claim_id");
    let lost = facts(&alone).difference(&facts(&among)).count();
    assert_eq!(lost, 0, "of {} facts, {lost} have other members", facts(&alone).len());

    // With the same facts, contrasts keep everything but q, which counts the tests of the run.
    let tested = |report: &BTreeMap<&str, Vec<Row>>| -> BTreeSet<Vec<String>> {
        let kept = |row: &Row| row.iter().filter(|(c, _)| c != "q_value").map(|(_, v)| v.clone()).collect();
        report["contrasts.csv"].iter().map(kept).collect()
    };
    let moved: Vec<_> = tested(&alone).difference(&tested(&among)).cloned().collect();
    assert!(moved.is_empty(), "{moved:#?}");
    // So do the frames, which are measured against fixed sentences.
    let frames = |report: &BTreeMap<&str, Vec<Row>>| -> BTreeSet<Vec<String>> {
        let told = report["emphasis.csv"].iter().filter(|row| !cell(row, "story_id").is_empty());
        told.map(|row| row.iter().map(|(_, v)| v.clone()).collect()).collect()
    };
    assert!(frames(&alone).is_subset(&frames(&among)));
}
