//! The measures against the user's labels.

use insta::assert_snapshot;

use crate::common::{Place, cell};

const LIST: &str = "term,weight\nshameless*,2\ndisgrac*,1\nreckless gamble,1\n";

/// Twelve loaded and twelve sober sentences of nine words, one without a label, one without words.
fn labelled(yes: &str, no: &str) -> String {
    let mut text = String::from("article,Sentence,label\n");
    for i in 0..12 {
        let place = ["harbour", "bridge", "school", "clinic"][i % 4];
        text.push_str(&format!("a{i},The shameless mayor made a disgraceful mess of {place}.,{yes}\n"));
        text.push_str(&format!("a{i},The mayor sent a report on costs of {place}.,{no}\n"));
    }
    text + "b,The council met on Monday evening.,\nb,…,1\n"
}

#[test]
fn each_measure_is_held_against_the_labels_and_against_length() {
    let place = Place::new();
    place.write("l.csv", labelled("yes", "No")).write("list.csv", LIST);
    let run = place.run(&["calibrate", "l.csv", "--lexicon", "mine=list.csv"]).clean();
    let rows = run.rows();
    let names: Vec<&str> = rows.iter().map(|row| cell(row, "measure")).collect();
    let measures = ["words", "loaded", "loaded_adj", "loaded_quoted", "own_voice", "negativity", "certainty"];
    assert_eq!(names, [&measures[..], &["lexicon:mine"]].concat());
    let list = rows.last().unwrap();
    let found = ["n", "n_positive", "auc", "auc_low", "like_length", "words", "verdict"].map(|name| cell(list, name));
    assert_eq!(found, ["24", "12", "1", "1", "1", "0.5", "predicts"]);
    let of = |measure: &str| rows.iter().find(|row| cell(row, "measure") == measure).unwrap();
    assert_eq!(cell(of("loaded"), "verdict"), "predicts", "{rows:?}");
    assert_eq!(cell(of("own_voice"), "verdict"), "no", "all is in own voice: {rows:?}");
    assert_eq!(["n", "auc", "verdict"].map(|name| cell(of("loaded_quoted"), name)), ["0", "", "too few"]);
    for part in [
        "24 labelled rows, 12 of them positive; left out: 1 without a label, 1 without words",
        "lexicon:mine: AUC 1.00 [1.00, 1.00]; not explained by length",
        "own_voice: AUC .50 [.50, .50]: does not predict your labels: do not use it with this codebook",
        "loaded_quoted: 0 rows, 0 positive: too few to tell",
    ] {
        assert!(run.stderr.contains(part), "{part}\n{}", run.stderr);
    }

    // The same with labels of one's own, and the other way round.
    place.write("coded.csv", labelled("Slanted", "plain"));
    let coded = place.run(&["calibrate", "coded.csv", "--lexicon", "mine=list.csv", "--positive", "slanted", "-q"]);
    assert_eq!(coded.clean().stdout, run.stdout);
    let inverse = place.run(&["calibrate", "coded.csv", "--lexicon", "mine=list.csv", "--positive", "plain", "-q"]);
    assert_eq!(cell(inverse.clean().rows().last().unwrap(), "verdict"), "inverse");
}

#[test]
fn labels_and_lists_that_cannot_be_used_are_refused_with_a_remedy() {
    let place = Place::new();
    place
        .write("l.csv", labelled("1", "0"))
        .write("odd.csv", labelled("biased", "No agreement"))
        .write("one.csv", labelled("1", "1"))
        .write("none.csv", "text,label\nThe council met.,\n")
        .write("bare.csv", "text,topic\nThe council met.,a\n")
        .write("lost.csv", "text,label,source\nThe council met.,1,A\nThe mayor spoke.,0,\n")
        .write("list.csv", LIST)
        .write("wrong.csv", "term,weight\nslam,high\n");
    assert_snapshot!(place.transcripts(&[
        "calibrate bare.csv",
        "calibrate l.csv --label-column code",
        "calibrate l.csv --column body",
        "calibrate odd.csv",
        "calibrate odd.csv --positive slanted",
        "calibrate one.csv",
        "calibrate none.csv",
        "calibrate lost.csv --group-column source",
        "calibrate l.csv --lexicon list.csv",
        "calibrate l.csv --lexicon My=list.csv",
        "calibrate l.csv --lexicon a=list.csv --lexicon a=list.csv",
        "measure l.csv --column sentence --lexicon a=wrong.csv",
        "measure l.csv --column sentence --lexicon a=nowhere.csv",
    ]));
}
