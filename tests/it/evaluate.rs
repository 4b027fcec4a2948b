//! `validate` and `audit`, on a small report made by hand.

use insta::assert_snapshot;
use parallax::facts::Coverage;
use parallax::report::{
    ArticleRow, ClaimRow, CoverageRow, CsvOptions, Identity, RejectedRow, RunManifest, StoryRow, StoryStatus,
    write_table,
};
use parallax::text::Voice;

use crate::common::{Place, cell, repository, rows};

const MILL: &str = "smill";
const STRIKE: &str = "sstrike";

/// Two stories. In one, a claim of an article is in a fact with the same claim of the others where `found`.
fn write_report(place: &Place, found: &[(&str, usize)]) {
    let dir = place.path("report");
    std::fs::create_dir_all(&dir).unwrap();
    let article = |id: &str, story: &str, day: i8| ArticleRow {
        article_id: id.into(),
        source: id[..1].to_uppercase(),
        title: format!("=Title of {id}"),
        date: (day > 0).then(|| jiff::civil::date(2026, 3, day)),
        story_id: story.into(),
        story_score: (!story.is_empty()).then_some(0.75),
        ..ArticleRow::default()
    };
    let articles = [
        article("a1", MILL, 1),
        article("b1", MILL, 1),
        article("c1", MILL, 9),
        article("a2", STRIKE, 3),
        article("b2", STRIKE, 4),
        article("n2", STRIKE, 0),
        article("c2", "", 4),
    ];
    let things = ["furnace", "inspector", "bridge", "widow"];
    let claims = ["a1", "b1", "c1"].into_iter().flat_map(|id| {
        things.iter().enumerate().map(move |(i, thing)| ClaimRow {
            claim_id: format!("c{id}x{i}"),
            fact_id: if found.contains(&(id, i)) { format!("f{i}") } else { String::new() },
            story_id: MILL.into(),
            article_id: id.into(),
            source: id[..1].to_uppercase(),
            text: format!("The {thing} was mentioned, {id} says."),
            voice: Some(Voice::Own),
            ..ClaimRow::default()
        })
    });
    let story = |id: &str| StoryRow {
        story_id: id.into(),
        n_articles: 3,
        cohesion: Some(0.75),
        status: StoryStatus::Ok,
        ..StoryRow::default()
    };
    let unclear = CoverageRow {
        story_id: MILL.into(),
        fact_id: "f0".into(),
        source: "C".into(),
        status: Coverage::Unclear,
        claim_id: "cc1x0".into(),
        best_score: Some(0.5),
        rank: None,
        word_share: None,
    };
    let options = CsvOptions::default();
    let mut manifest = RunManifest::new(Identity::new("analyze", ["in.csv"], Default::default()));
    manifest.tables = vec![
        write_table(&dir, articles, options).unwrap(),
        write_table(&dir, [story(MILL), story(STRIKE)], options).unwrap(),
        write_table(&dir, claims, options).unwrap(),
        write_table(&dir, [unclear], options).unwrap(),
        write_table(&dir, [] as [RejectedRow; 0], options).unwrap(),
    ];
    manifest.finish(&dir).unwrap();
}

const FOUND: [(&str, usize); 4] = [("a1", 0), ("b1", 0), ("b1", 1), ("c1", 1)];

#[test]
fn a_report_is_compared_with_gold_labels() {
    let place = Place::new();
    write_report(&place, &FOUND);
    place.write(
        "gold.csv",
        "Article-ID;story_id\na1;mill\nb1;mill\nc1;bridge\na2;strike\nb2;strike\nc2;strike\nz9;strike\n",
    );
    place.write(
        "events.csv",
        "id,event,sentence\na1,furnace,\"The furnace was mentioned, a1 says.\"\nb1,furnace,The furnace was mentioned\n\
         c1,furnace,The furnace was mentioned\nb1,inspector,\"The inspector was mentioned, b1 says\"\n\
         c1,widow,The inspector was mentioned.\n",
    );
    assert_snapshot!(place.transcripts(&[
        "validate report --stories gold.csv --claims events.csv --out list.csv",
        "validate report --claims events.csv --quiet",
    ]));
    let list = rows(place.read("list.csv").as_bytes(), b',');
    let pairs: usize = list.iter().map(|row| cell(row, "n_pairs").parse::<usize>().unwrap()).sum();
    assert_eq!(pairs, 2 + 2 + 5, "mill with bridge, strike with n2, strike in three parts");
    assert_eq!(cell(&list[0], "title_a"), "'=Title of a2", "no formula reaches a spreadsheet");
}

#[test]
fn the_worked_example_is_what_the_command_prints() {
    let path = |name: &str| repository(name).display().to_string();
    let (report, stories, facts) =
        (path("reports/sample"), path("data/sample/stories.csv"), path("data/sample/facts.csv"));
    let run = Place::new().run(&["validate", &report, "--stories", &stories, "--claims", &facts]).clean();
    let docs = std::fs::read_to_string(repository("docs/validation.md")).unwrap();
    let start = docs.split_once("<!-- validate sample -->\n```\n").unwrap().1;
    assert_eq!(start.split_once("\n```").unwrap().0, run.stdout.trim_end(), "renew docs/validation.md");
}

#[test]
fn what_cannot_be_validated_is_refused_with_a_remedy() {
    let place = Place::new();
    write_report(&place, &FOUND);
    place
        .write("gold.csv", "id,story\na1,mill\n")
        .write("twice.csv", "id,story\na1,mill\nb1,mill\na1,bridge\n")
        .write("hole.csv", "id,story\na1,\nb1,\n")
        .write("other.csv", "id,story\nx1,mill\nx2,mill\n")
        .write("subjects.csv", "id,subject\na1,mill\n")
        .write("header.csv", "id,story\n")
        .write("dots.csv", "id,event,sentence\na1,fire,...\n")
        .write("folder/notes.txt", "mine")
        .write("unfinished/run.json", "{\"tool\": \"parallax\"}");
    assert_snapshot!(place.transcripts(&[
        "validate report",
        "validate report --stories twice.csv",
        "validate report --stories hole.csv",
        "validate report --stories other.csv",
        "validate report --stories subjects.csv",
        "validate report --stories header.csv",
        "validate report --claims dots.csv",
        "validate folder --stories gold.csv",
        "validate gold.csv --stories gold.csv",
        "validate nowhere --stories gold.csv",
        "validate unfinished --stories gold.csv",
        "validate report --stories gold.csv --out gold.csv",
        "validate report --stories gold.csv --out report/claims.csv",
    ]));
}

/// The sample with answers: `same` by the things that both claims speak of.
fn judged(sample: &str, answer: impl Fn(usize, bool) -> &'static str) -> String {
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    writer.write_record(["claim_a", "claim_b", "pair", "same"]).unwrap();
    for (i, row) in rows(sample.as_bytes(), b',').iter().enumerate() {
        let thing = |column| cell(row, column).split(' ').nth(1).unwrap().to_owned();
        let same = answer(i, thing("text_a") == thing("text_b"));
        writer.write_record([cell(row, "claim_a"), cell(row, "claim_b"), cell(row, "pair"), same]).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn a_judged_sample_gives_precision_and_recall_and_is_kept_with_the_report() {
    let place = Place::new();
    write_report(&place, &FOUND);
    let run = place.run(&["audit", "report", "--sample", "48", "--out", "audit.csv"]).clean();
    let sample = place.read("audit.csv");
    assert!(run.stderr.contains("48 pairs of 1 story"), "{}", run.stderr);
    let yes_no = |same| if same { "Yes" } else { "0" };
    place.write("all.csv", judged(&sample, |_, same| yes_no(same)));
    place.write("most.csv", judged(&sample, |i, same| if i == 7 { " " } else { yes_no(same) }));
    place.write("none.csv", judged(&sample, |_, _| ""));
    place.write("odd.csv", judged(&sample, |i, same| if i == 7 { "maybe" } else { yes_no(same) }));
    place.write("twice.csv", place.read("all.csv") + place.read("all.csv").lines().nth(1).unwrap());
    let names = regex::Regex::new(r"p[a-z]{13}\b").unwrap();
    let shown = place.transcripts(&[
        "audit report --judged all.csv",
        "audit report --judged none.csv",
        "audit report --judged odd.csv",
        "audit report --judged twice.csv",
        "audit report --judged topics.csv",
        "audit report --sample 48 --out audit.csv",
        "audit report --sample 48 --out report/facts.csv",
        "audit report",
    ]);
    assert_snapshot!(names.replace_all(&shown, "PAIR"));
    // Of twelve pairs that are the same two are aligned, and none that is not.
    let stored = || RunManifest::read(&place.path("report")).unwrap().alignment_recall;
    let recall = stored().unwrap();
    assert_eq!((recall.recall, recall.precision, recall.judged), (0.1667, 1.0, 48));
    assert!(
        place.run(&["audit", "report", "--judged", "most.csv"]).clean().stdout.contains("47 pairs judged, 1 not yet")
    );

    // The same analysis again keeps it; other facts do not, nor can they be judged by this sample.
    write_report(&place, &FOUND);
    assert_eq!(stored().unwrap().judged, 47);
    write_report(&place, &FOUND[..2]);
    assert_eq!(stored(), None);
    let error = place.run(&["audit", "report", "--judged", "all.csv"]);
    assert!(error.code == 2 && error.stderr.contains("have changed since"), "{}", error.stderr);
    write_report(&place, &[]);
    let error = place.run(&["audit", "report", "--out", "new.csv"]);
    assert!(error.code == 2 && error.stderr.contains("no alignment to judge"), "{}", error.stderr);
}
