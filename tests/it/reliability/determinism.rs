//! The same articles give the same bytes, however they are read, computed and kept.

use rand::seq::SliceRandom;

use super::runs::{COMMAND, Files, Record, assert_same, csv_of, few, files, place, random, tries};
use crate::common::Place;

/// Runs in a place with some environment; the workbook is written too.
fn report(place: &Place, further: &[&str], environment: &[(&str, &str)]) -> Files {
    let arguments = [&COMMAND[..], &["--xlsx"], further].concat();
    let output = place.command(&arguments).envs(environment.iter().copied()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let files = files(&place.path("out"));
    assert!(files.contains_key("report.xlsx") && files.contains_key("report.html"));
    files
}

#[test]
fn threads_caches_locale_and_time_zone_change_no_byte() {
    let one = place();
    let expected = report(&one, &["--threads", "1"], &[]);
    assert_same(&expected, &report(&one, &["--threads", "2"], &[]), "2 threads, all vectors cached");
    assert_same(&expected, &report(&place(), &["--threads", "8", "--no-cache"], &[]), "8 threads, no cache");

    // The cache of a run on some of the articles.
    let part = Place::new();
    part.write("in.csv", csv_of(few().iter().skip(4)));
    report(&part, &[], &[]);
    part.write("in.csv", csv_of(&few()));
    assert_same(&expected, &report(&part, &["--threads", "2"], &[]), "part of the vectors cached");

    let turkish = [("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8"), ("TZ", "Pacific/Kiritimati")];
    assert_same(&expected, &report(&one, &[], &turkish), "Turkish, UTC+14");
    let german = [("LC_ALL", "de_DE.UTF-8"), ("LC_NUMERIC", "de_DE.UTF-8"), ("TZ", "Pacific/Niue")];
    assert_same(&expected, &report(&one, &[], &german), "German, UTC-11");
}

#[test]
fn articles_in_any_order_and_any_files_give_the_same_bytes() {
    let json = |a: &Record| serde_json::to_string(a).unwrap() + "\n";
    // The inputs are named in the manifest.
    let without_names = |mut files: Files| {
        assert!(files.remove("run.json").is_some());
        files
    };
    let (mut random, place) = (random(7), place());
    place.run(&COMMAND).clean();
    let fast = without_names(files(&place.path("out")));
    // The default engine in its reference format.
    let default = ["analyze", "in.csv", "--out", "f32", "--evidence-budget", "200"];
    place.run(&[&default[..], &["--threads", "1"]].concat()).clean();
    let default_expected = without_names(files(&place.path("f32")));
    for i in 0..tries(3) {
        let place = Place::new();
        let mut articles = few();
        articles.shuffle(&mut random);
        let (some, others) = articles.split_at(1 + i * 5 % (articles.len() - 1));
        let (first, second) = if i % 2 == 0 { ("in.csv", "other.jsonl") } else { ("z.csv", "a.jsonl") };
        place.write(first, csv_of(some)).write(second, others.iter().map(json).collect::<String>());
        let (command, expected) = match i % 3 {
            0 => (&default[..], &default_expected),
            _ => (&COMMAND[..], &fast),
        };
        let mut arguments = command.to_vec();
        arguments.splice(1..2, if i % 2 == 0 { [first, second] } else { [second, first] });
        place.run(&arguments).clean();
        assert_same(expected, &without_names(files(&place.path(command[3]))), &format!("try {i}"));
    }
}
