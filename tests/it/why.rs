//! `why`: the score that story finding used, made again from a report.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use parallax::report::{ArticleRow, EdgeRow, EdgeStatus, read_table};

use crate::common::{Place, cell, repository, rows};

/// What four decimals of the columns, and of the weights' products with them, can change.
const ROUNDING: f64 = 1e-3;

/// The sample, with a change to the cells of each record.
fn sample(change: impl Fn(usize, &str, &mut String)) -> String {
    let bytes = std::fs::read(repository("data/sample/articles.csv")).unwrap();
    let mut out = csv::Writer::from_writer(Vec::new());
    for (n, mut row) in rows(&bytes, b',').into_iter().enumerate() {
        if n == 0 {
            out.write_record(row.iter().map(|(name, _)| name)).unwrap();
        }
        row.iter_mut().for_each(|(name, value)| change(n, name, value));
        out.write_record(row.iter().map(|(_, value)| value)).unwrap();
    }
    String::from_utf8(out.into_inner().unwrap()).unwrap()
}

/// One of the articles with lines that are no prose: they must be left out of a stored text again.
fn corpus() -> String {
    sample(|n, name, value| {
        if n == 0 && name == "body" {
            *value = format!("By Jane Smith\n{value}\nRead also: Council of 12 votes on 900 budgets\nADVERTISEMENT");
        }
    })
}

fn score_of(stdout: &str) -> f64 {
    let text = stdout.split("Score of the pair: ").nth(1).unwrap();
    text.split(',').next().unwrap().parse().unwrap()
}

#[test]
fn the_score_is_the_one_that_story_finding_used() {
    let place = Place::new();
    place.write("a.csv", corpus());
    place.run(&["analyze", "a.csv", "--out", "r", "--evidence-budget", "0", "-q"]).clean();
    let articles: Vec<ArticleRow> = read_table(&place.path("r")).unwrap();
    let edges: Vec<EdgeRow> = read_table(&place.path("r")).unwrap();
    let compared = place.run(&["features", "a.csv", "--articles", "-q"]).clean().rows();
    let scores: BTreeMap<(&str, &str), f64> =
        compared.iter().map(|row| ((cell(row, "a"), cell(row, "b")), cell(row, "score").parse().unwrap())).collect();
    for e in &edges {
        let score = scores[&(e.article_a.as_str(), e.article_b.as_str())];
        assert!((score - e.score.unwrap()).abs() < 1e-4, "{e:?}");
    }
    assert!(scores.values().filter(|s| **s >= 0.5).count() <= edges.len());

    // The one with the lines; a pair of one story, of two, two that are alone; and those that are apart in spite.
    let alone: Vec<&str> =
        articles.iter().filter(|a| a.story_id.is_empty()).map(|a| a.article_id.as_str()).take(2).collect();
    let joined = &edges[edges.len() / 2];
    let mut pairs = vec![("chr-01", "tin-01"), ("chr-01", "chr-02"), (joined.article_a.as_str(), &joined.article_b)];
    pairs.extend(
        edges.iter().filter(|e| e.status == EdgeStatus::Apart).map(|e| (e.article_a.as_str(), e.article_b.as_str())),
    );
    if let [a, b] = alone[..] {
        pairs.push((a, b));
    }
    for (a, b) in pairs {
        let Some(expected) = scores.get(&(a, b)) else { panic!("{a}, {b}: not compared") };
        for (a, b) in [(a, b), (b, a)] {
            let run = place.run(&["why", a, b, "--report", "r", "-q"]).clean();
            assert!((score_of(&run.stdout) - expected).abs() < ROUNDING, "{expected}\n{}", run.stdout);
            let of = |id: &str| articles.iter().find(|row| row.article_id == id).unwrap().story_id.as_str();
            let one = !of(a).is_empty() && of(a) == of(b);
            assert_eq!(run.stdout.contains("\nOne story: "), one, "{}", run.stdout);
            let disagree = run.stdout.contains("and yet the articles are");
            assert_eq!(disagree, (*expected >= 0.5) != one, "{}", run.stdout);
            assert!(run.stdout.lines().all(|line| line.chars().count() <= 100), "{}", run.stdout);
        }
    }
}

/// Two strikes of the sample, two sources of three in both, kept apart by their low scores. The report is changed so that
/// all pairs reach the threshold: only the rule of outlets can keep them apart then.
#[test]
fn what_keeps_apart_two_events_told_by_the_same_sources_is_named() {
    let place = Place::new();
    let undated = sample(|_, name, value| {
        if name == "date" {
            value.clear();
        }
    });
    place.write("a.csv", undated);
    let arguments = ["analyze", "a.csv", "--out", "r", "--evidence-budget", "0", "--story-threshold", "0.2", "-q"];
    place.run(&arguments).clean();
    let strikes = [["chr-05", "hal-06", "tin-05"], ["chr-06", "hal-07", "klx-07"]];
    let edges: Vec<EdgeRow> = read_table(&place.path("r")).unwrap();
    let within = |ids: &[&str]| -> f64 {
        let inside = |e: &&EdgeRow| [&e.article_a, &e.article_b].iter().all(|id| ids.contains(&id.as_str()));
        let scores: Vec<f64> = edges.iter().filter(inside).map(|e| e.score.unwrap()).collect();
        assert_eq!(scores.len(), 3, "{ids:?} are a story of their own");
        scores.iter().sum::<f64>() / 3.0
    };
    let wanted = 0.75 * within(&strikes[0]).min(within(&strikes[1]));

    let table = std::fs::read_to_string(place.path("r/edges.csv")).unwrap();
    let line = table.lines().find(|line| line.starts_with(",hal-06,hal-07,")).expect("a pair that is apart");
    let others = strikes[0].iter().flat_map(|a| strikes[1].iter().map(move |b| format!(",{a},{b},")));
    let others = others.filter(|ids| ids != ",hal-06,hal-07,");
    let added: String = others.map(|ids| format!("{}\r\n", line.replacen(",hal-06,hal-07,", &ids, 1))).collect();
    std::fs::write(place.path("r/edges.csv"), table + &added).unwrap();

    let run = place.run(&["why", "hal-06", "hal-07", "--report", "r", "-q"]).clean();
    let told = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let rule = format!("has to reach 0.75 of the mean score within the looser side, which is {wanted:.2}.");
    assert!(told.contains(&rule) && told.contains("9 of 9 pairs do (100 %)"), "{rule}\n{}", run.stdout);
}

#[test]
fn what_cannot_be_explained_is_refused_with_a_remedy() {
    let place = Place::new();
    let body = "The council voted on Monday to close the old bridge. Engineers had warned of cracks in two pillars.";
    let title = "\u{1B}[31mT\u{202E}";
    place.write(
        "a.csv",
        format!("id,source,title,body\nbridge-1,Alpha,{title},{body}\nbridge-2,Beta\u{202E},T,{body}\n"),
    );
    let background = repository("models/background.tsv.gz");
    place.write("bg.tsv.gz", std::fs::read(background).unwrap());
    place.run(&["analyze", "a.csv", "--out", "r", "--background", "bg.tsv.gz", "-q"]).clean();
    let told = place.run(&["why", "bridge-1", "bridge-2", "--report", "r", "-q"]).clean().stdout;
    assert!(told.contains("[31mT\n"), "{told}");
    assert!(!told.contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202E}')), "{told:?}");
    std::fs::remove_file(place.path("bg.tsv.gz")).unwrap();
    place.run(&["analyze", "a.csv", "--out", "s", "-q"]).clean();
    let manifest = place.read("s/run.json");
    let start = manifest.find("\"sha256\": \"").unwrap() + 11;
    let sha256 = &manifest[start..start + 64];
    place.write("s/run.json", manifest.replace(sha256, &"0".repeat(64)));
    let transcripts = place.transcripts(&[
        "why bridge-1 bridge-2",
        "why bridge-1 bridge-2 --report .",
        "why bridge-1 bridge-2 --report nowhere",
        "why bridge-1 bridge-2 --report r",
        "why bridge-1 bridge_2 --report s",
        "why bridge-1 9 --report s",
        "why bridge-1 bridge-1 --report s",
        "why bridge-1 bridge-2 --report s -q",
    ]);
    assert_snapshot!(transcripts.replace(sha256, "SHA256"));
}
