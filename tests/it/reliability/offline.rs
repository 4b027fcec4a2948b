//! Nothing leaves the machine.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::process::Command;

use crate::common::{Place, repository};

/// Every file but `run.json`.
fn report(place: &Place, out: &str) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(place.path(out)).unwrap().map(|entry| entry.unwrap());
    let named = files.map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap()));
    named.filter(|(name, _)| name != "run.json").collect()
}

/// In a namespace of its own, where there is no interface that is up, not even the loopback one.
#[test]
fn a_run_without_any_network_gives_the_same_bytes() {
    let probe = Command::new("unshare").args(["-rn", "cat", "/proc/net/dev"]).output();
    let interfaces = match probe {
        Ok(probe) if probe.status.success() => String::from_utf8(probe.stdout).unwrap(),
        refused => {
            println!("not tested: this system gives no network namespace ({refused:?})");
            return;
        }
    };
    assert!(interfaces.lines().skip(2).all(|line| line.trim_start().starts_with("lo:")), "{interfaces}");
    let place = Place::new();
    let sample = repository("data/sample/articles.csv").display().to_string();
    let words = |out: &'static str| {
        let options = ["--engine", "portable", "--precision", "int8", "--evidence-budget", "200", "--xlsx", "-q"];
        [&["analyze", &sample, "--no-cache", "--out", out], &options[..]].concat()
    };
    place.run(&words("connected")).clean();
    let alone = place.command(&[]);
    let alone = Command::new("unshare")
        .arg("-rn")
        .arg(alone.get_program())
        .args(words("alone"))
        .current_dir(place.path(""))
        .output()
        .unwrap();
    assert!(alone.status.success(), "{}", String::from_utf8_lossy(&alone.stderr));
    let (connected, alone) = (report(&place, "connected"), report(&place, "alone"));
    assert!(connected.contains_key("report.xlsx") && connected.keys().eq(alone.keys()), "{:?}", alone.keys());
    let differ: Vec<&String> = connected.keys().filter(|name| connected[*name] != alone[*name]).collect();
    assert!(differ.is_empty(), "{differ:?} differ");
}
