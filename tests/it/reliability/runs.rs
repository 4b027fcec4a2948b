//! Small runs of the main job, and what two of them must have in common.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::common::{Place, cell, repository, rows};

/// Tries of a test with random moments or places: as many as it says, or as `PARALLAX_TRIES` says for a longer run by hand.
pub fn tries(usual: usize) -> usize {
    std::env::var("PARALLAX_TRIES").ok().and_then(|tries| tries.parse().ok()).unwrap_or(usual)
}

/// Random numbers, the same in every run but for those by hand.
pub fn random(seed: u64) -> ChaCha8Rng {
    let by_hand = std::env::var("PARALLAX_SEED").ok().and_then(|seed| seed.parse().ok());
    ChaCha8Rng::seed_from_u64(by_hand.unwrap_or(0) + seed)
}

/// A column of the sample corpus by name.
pub type Record = BTreeMap<String, String>;
/// Its columns.
pub const COLUMNS: [&str; 6] = ["id", "source", "date", "title", "body", "url"];

/// Two stories of the sample corpus, one with wire copies, and three articles that stand alone.
pub fn few() -> Vec<Record> {
    let read = |path: &str| rows(&std::fs::read(repository(path)).unwrap(), b',');
    let stories = read("data/sample/stories.csv");
    let of = |id: &str| stories.iter().find(|row| cell(row, "id") == id).map(|row| cell(row, "story"));
    read("data/sample/articles.csv")
        .into_iter()
        .filter(|row| match (cell(row, "id"), of(cell(row, "id"))) {
            (_, Some(story)) => story == "E" || story == "F",
            (id, None) => ["hal-08", "tin-06", "gaz-04"].contains(&id),
        })
        .map(|row| row.into_iter().collect())
        .collect()
}

pub fn csv_of<'r>(articles: impl IntoIterator<Item = &'r Record>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).unwrap();
    for article in articles {
        writer.write_record(COLUMNS.map(|column| &article[column])).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// A run of about a second.
pub const COMMAND: [&str; 10] =
    ["analyze", "in.csv", "--out", "out", "--engine", "portable", "--precision", "int8", "--evidence-budget", "200"];

/// A place with the input of [`COMMAND`].
pub fn place() -> Place {
    let place = Place::new();
    place.write("in.csv", csv_of(&few()));
    place
}

/// What a run leaves: all files of its folder, hidden ones too, and `run.json` without what belongs to the run alone.
pub type Files = BTreeMap<String, Vec<u8>>;

pub fn files(dir: &Path) -> Files {
    let names = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let content = |name: &str| {
        let bytes = std::fs::read(dir.join(name)).unwrap();
        if name == "run.json" { of_all_runs(&bytes) } else { bytes }
    };
    names.map(|name| (name.clone(), content(&name))).collect()
}

fn of_all_runs(manifest: &[u8]) -> Vec<u8> {
    let mut manifest: Value = serde_json::from_slice(manifest).unwrap();
    let fields = manifest.as_object_mut().unwrap();
    for name in ["command", "threads", "seconds", "tokens_per_second", "memory"] {
        assert!(fields.remove(name).is_some(), "{name}");
    }
    let counts = fields["counts"].as_object_mut().unwrap();
    for name in ["texts_from_cache", "tokens_computed", "padding_tokens", "dummy_tokens"] {
        assert!(counts.remove(name).is_some(), "{name}");
    }
    serde_json::to_vec_pretty(&manifest).unwrap()
}

/// Fails with the first line that differs.
#[track_caller]
pub fn assert_same(expected: &Files, found: &Files, what: &str) {
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>(), "{what}");
    for (name, bytes) in expected {
        let (one, other) = (String::from_utf8_lossy(bytes), String::from_utf8_lossy(&found[name]));
        if let Some((n, (one, other))) = one.lines().zip(other.lines()).enumerate().find(|(_, (x, y))| x != y) {
            panic!("{what}: {name}, line {}:\n{one}\n{other}", n + 1);
        }
        assert!(*bytes == found[name], "{what}: {name}");
    }
}

/// What [`COMMAND`] leaves when nothing disturbs it.
pub static UNDISTURBED: LazyLock<Files> = LazyLock::new(|| {
    let place = place();
    place.run(&COMMAND).clean();
    assert!(place.read("out/stories.csv").lines().count() > 2, "no test without stories");
    files(&place.path("out"))
});
