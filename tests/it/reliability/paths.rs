//! What is read lies where the user says, what is written where the user says, with the permissions that the user gives.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

use parallax::corpus::{self, Corpus, ReadOptions};
use parallax::report::{AtomicFile, owns};

use super::readers::Watched;
use crate::common::Place;

/// Everything below a folder with its mode.
fn tree(root: &Path) -> BTreeMap<String, u32> {
    let entries = walkdir::WalkDir::new(root).min_depth(1).into_iter().map(|entry| entry.unwrap());
    let mode = |entry: &walkdir::DirEntry| entry.metadata().unwrap().permissions().mode() & 0o777;
    entries.map(|e| (e.path().strip_prefix(root).unwrap().display().to_string(), mode(&e))).collect()
}

#[test]
fn no_id_or_source_leads_out_of_the_output_folder_and_the_umask_holds() {
    let names = [
        "../../x",
        "../x.csv",
        "/etc/passwd",
        "a/b",
        "CON",
        "nul.txt",
        "..",
        "~/x",
        "$(touch x)",
        "`touch x`",
        "%2e%2e%2fx",
        "file:///tmp/x",
        "x\ny",
        "x\0y",
        "C:\\x",
        "-rf",
        "",
        "run.json",
    ];
    let place = Place::new();
    let lines: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let body = format!(
                "The council of Aldwyke closed the old bridge on Monday. Engineers had found {i} cracks in its pillars. \
                 Repairs will cost 4 million dollars, the mayor said."
            );
            let value = serde_json::json!({"id": name, "source": format!("{name}{}", i % 3), "date": "2026-03-05",
                "title": name, "url": format!("https://a.example/../../{name}"), "body": body});
            value.to_string()
        })
        .collect();
    place.write("in/a.jsonl", lines.join("\n"));
    std::fs::create_dir(place.path("tmp")).unwrap();
    let before = tree(&place.path(""));
    let arguments = ["analyze", "in/a.jsonl", "--out", "deep/out", "--xlsx", "--evidence-budget", "50", "-q"];
    let engine = ["--engine", "portable", "--precision", "int8"];
    let plain = place.command(&[]);
    let output = Command::new("sh")
        .args(["-c", "umask 027 && exec \"$0\" \"$@\""])
        .arg(plain.get_program())
        .args(arguments)
        .args(engine)
        .current_dir(place.path(""))
        .env("PARALLAX_CACHE", "cache")
        .env("TMPDIR", place.path("tmp"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let after = tree(&place.path(""));
    let new: BTreeMap<&str, u32> =
        after.iter().filter(|(path, _)| !before.contains_key(*path)).map(|(p, m)| (p.as_str(), *m)).collect();
    for (path, mode) in &new {
        let ours = match path.strip_prefix("deep/out/") {
            Some(name) => owns(name),
            None => ["deep", "deep/out", "cache"].contains(path) || path.starts_with("cache/"),
        };
        assert!(ours, "{path} was written");
        let wanted = if place.path(path).is_dir() { 0o750 } else { 0o640 };
        assert_eq!(*mode, wanted, "{path} has the mode {mode:o}");
    }
    assert!(new.contains_key("deep/out/report.xlsx") && new.keys().any(|path| path.starts_with("cache/")), "{new:?}");
    assert_eq!(before, after.into_iter().filter(|(path, _)| before.contains_key(path)).collect());
}

#[test]
fn a_link_in_the_output_folder_is_replaced_not_followed() {
    let place = Place::new();
    place.write("mine.csv", "precious");
    symlink(place.path("mine.csv"), place.path("claims.csv")).unwrap();
    AtomicFile::write_whole(place.path("claims.csv"), b"claims").unwrap();
    assert_eq!((place.read("mine.csv").as_str(), place.read("claims.csv").as_str()), ("precious", "claims"));
}

fn read(input: &Path) -> parallax::Result<Corpus> {
    let watched = Watched::new(&input.display().to_string());
    let options = ReadOptions { inputs: vec![input.display().to_string()], ..ReadOptions::default() };
    let corpus = corpus::read(&options, &mut |_| {});
    drop(watched);
    corpus
}

fn ids(corpus: &Corpus) -> Vec<&str> {
    corpus.articles.iter().map(|article| article.id.as_str()).collect()
}

const ROWS: &str = "id,source,body\n1,Gazette,The council closed the old bridge on Monday.\n";

fn pipe(place: &Place, name: &str) {
    assert!(Command::new("mkfifo").arg(place.path(name)).status().unwrap().success());
}

#[test]
fn pipes_sockets_links_and_archives_in_a_folder_are_passed_over_with_a_word() {
    let (place, outside) = (Place::new(), Place::new());
    outside.write("secret.csv", ROWS.replace("1,", "secret,"));
    place.write("in/a.csv", ROWS).write("in/b.zip", zip(ROWS)).write("in/c.tar.gz", tar(ROWS));
    pipe(&place, "in/pipe.csv");
    let _socket = UnixListener::bind(place.path("in/socket.csv")).unwrap();
    symlink(outside.path("secret.csv"), place.path("in/link.csv")).unwrap();
    symlink(outside.path(""), place.path("in/far")).unwrap();
    // Two ways up: whoever follows them never comes to an end.
    symlink(".", place.path("in/loop")).unwrap();
    symlink("..", place.path("in/again")).unwrap();
    for input in ["in", "in/**/*.csv"] {
        let corpus = read(&place.path(input)).unwrap();
        assert_eq!((ids(&corpus), corpus.files.len(), corpus.rejected.len()), (vec!["1"], 1, 0), "{input}");
        assert!(corpus.warnings[0].starts_with("passed over, "), "{:?}", corpus.warnings);
    }
    // What the user names is read.
    let corpus = read(&place.path("in/link.csv")).unwrap();
    assert_eq!(ids(&corpus), ["secret"]);
}

#[test]
fn a_named_pipe_is_read_once_and_an_endless_device_not_at_all() {
    let place = Place::new();
    pipe(&place, "pipe");
    let path = place.path("pipe");
    let writer = std::thread::spawn(move || std::fs::write(path, ROWS));
    let corpus = read(&place.path("pipe")).unwrap();
    assert_eq!(ids(&corpus), ["1"]);
    assert_eq!(corpus.files[0].blake3, blake3::hash(ROWS.as_bytes()).to_hex().to_string(), "of what was read");
    writer.join().unwrap().unwrap();
    let error = read(Path::new("/dev/zero")).unwrap_err();
    assert!(error.to_string().contains("is a device or a socket") && error.hint().is_some(), "{error}");
}

fn tar(content: &str) -> Vec<u8> {
    let mut bytes = vec![0; 512];
    bytes[..5].copy_from_slice(b"a.csv");
    bytes[257..263].copy_from_slice(b"ustar\0");
    // Little padding for much text: counting NULs would let it pass.
    bytes.extend(content.repeat(200).bytes());
    bytes
}

/// A member stored as it is.
fn zip(content: &str) -> Vec<u8> {
    [b"PK\x03\x04\x0a\0\0\0\0\0aaaaaaaaaaaa\x05\0\0\0a.csv".as_slice(), content.repeat(200).as_bytes()].concat()
}

#[test]
fn archives_are_refused_by_name_not_read_as_text() {
    let place = Place::new();
    for (name, bytes, word) in [
        ("a.csv", tar(ROWS), "a tar archive"),
        ("a", tar(ROWS), "a tar archive"),
        ("a.csv", zip(ROWS), "a zip archive"),
    ] {
        place.write(name, bytes);
        let corpus = read(&place.path(name)).unwrap();
        assert_eq!((corpus.articles.len(), corpus.rejected.len()), (0, 1));
        assert!(corpus.rejected[0].reason.contains(word), "{:?}", corpus.rejected);
    }
}
