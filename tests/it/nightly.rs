//! A window of days over an archive that grows, as docs/nightly.md runs it.

use std::collections::BTreeMap;

use parallax::embed::cache::CacheStats;
use parallax::report::RunManifest;

use crate::common::{Place, cell, repository, rows};

/// Places the sample's articles of these days into a file of the archive.
fn deliver(place: &Place, days: std::ops::RangeInclusive<&str>) {
    let bytes = std::fs::read(repository("data/sample/articles.csv")).unwrap();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let columns = ["id", "source", "date", "title", "body"];
    writer.write_record(columns).unwrap();
    for row in rows(&bytes, b',').iter().filter(|row| days.contains(&cell(row, "date"))) {
        writer.write_record(columns.map(|column| cell(row, column))).unwrap();
    }
    place.write(&format!("archive/{}.csv", days.end()), writer.into_inner().unwrap());
}

/// The words of the nightly command.
fn command<'a>(since: &'a str, until: &'a str, out: &'a str, cache: &'a str) -> Vec<&'a str> {
    let options =
        ["--since", since, "--until", until, "--out", out, "--cache", cache, "--evidence-budget", "300", "-q"];
    [&["analyze", "archive/*.csv"], &options[..]].concat()
}

/// Every file but `run.json`, and the counts of that.
fn report(place: &Place, out: &str) -> (BTreeMap<String, Vec<u8>>, BTreeMap<String, u64>) {
    let dir = place.path(out);
    let names = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files = names.filter(|n| n != "run.json").map(|n| (n.clone(), std::fs::read(dir.join(&n)).unwrap())).collect();
    (files, RunManifest::read(&dir).unwrap().counts)
}

#[test]
fn the_next_night_embeds_what_is_new_and_reports_what_a_fresh_run_would() {
    let place = Place::new();
    let stored = || CacheStats::of(&place.path("cache")).unwrap().entries;
    let computed = |counts: &BTreeMap<String, u64>| counts["texts_embedded"] - counts["texts_from_cache"];

    deliver(&place, "2026-03-03"..="2026-03-08");
    place.run(&command("2026-03-03", "2026-03-09", "nightly/09", "cache")).clean();
    let (_, first) = report(&place, "nightly/09");
    let before = stored();
    assert_eq!(computed(&first), before);

    // The archive grows and the window moves, each night into its own folder.
    deliver(&place, "2026-03-10"..="2026-03-10");
    place.run(&command("2026-03-04", "2026-03-10", "nightly/10", "cache")).clean();
    let (files, second) = report(&place, "nightly/10");
    assert!(second["filtered"] > 0 && second["articles"] > 0, "{second:?}");
    assert_eq!(computed(&second), stored() - before, "nothing that was stored is computed again");
    assert!(second["texts_from_cache"] > computed(&second), "{second:?}");
    place.run(&command("2026-03-04", "2026-03-10", "fresh", "empty")).clean();
    let (fresh, counts) = report(&place, "fresh");
    // A text that two stages ask for is found there the second time.
    assert_eq!(computed(&counts), CacheStats::of(&place.path("empty")).unwrap().entries);
    assert!(files == fresh, "a report depends on what was stored");

    // A day that was late: the same command refreshes its folder.
    deliver(&place, "2026-03-09"..="2026-03-09");
    place.run(&command("2026-03-04", "2026-03-10", "nightly/10", "cache")).clean();
    let (_, third) = report(&place, "nightly/10");
    assert_eq!(third["articles"], second["articles"] + 1);

    // Another window is another job, and a report is not lost to it by accident.
    let refused = place.run(&command("2026-03-05", "2026-03-11", "nightly/10", "cache"));
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("since \"2026-03-04\", now \"2026-03-05\""), "{}", refused.stderr);
}
