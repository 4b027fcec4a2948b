//! Disks that are full, files that change or are damaged, runs that meet, readers that leave.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::Duration;

use parallax::corpus::{self, ReadOptions};
use parallax::embed::{Device, Embedder, EngineKind, Precision, Settings};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::runs::{COMMAND, UNDISTURBED, assert_same, csv_of, few, files, place, random, tries};
use crate::common::Place;
use crate::tiny::{Tiny, WORDS};

/// Runs a script in which `$0 $@` is the command, and `$mounted` where a file system of its own may be mounted.
fn script(place: &Place, script: &str, arguments: &[&str], namespace: bool) -> (i32, String) {
    let parallax = place.command(arguments);
    let mut command = Command::new(if namespace { "unshare" } else { "sh" });
    if namespace {
        command.args(["--user", "--map-root-user", "--mount", "sh"]);
    }
    command.args(["-c", script]).arg(parallax.get_program()).args(parallax.get_args());
    command.current_dir(place.path("")).env("PARALLAX_CACHE", "cache");
    let output = command.output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Whether this user may mount file systems in a namespace.
static MAY_MOUNT: LazyLock<bool> = LazyLock::new(|| {
    let place = Place::new();
    std::fs::create_dir(place.path("m")).unwrap();
    let can = script(&place, "mount -t tmpfs -o size=64k none m", &[], true).0 == 0;
    if !can {
        eprintln!("not tested with a small file system: this user may not mount one");
    }
    can
});

#[test]
fn on_a_full_disk_a_run_says_so_and_the_same_command_makes_up_for_it() {
    let mut random = random(4);
    // The largest file of the report does not fit; then none of some does.
    let largest = UNDISTURBED.values().map(Vec::len).max().unwrap();
    for i in 0..tries(2) {
        let place = place();
        // In units of 512 bytes. run.json must fit, else nothing begins.
        let limit = random.random_range(4..largest / 512);
        let limited = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" \"$@\"");
        let (code, stderr) = script(&place, &limited, &[&COMMAND[..], &["--no-cache"]].concat(), false);
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains("error: out/") && stderr.contains(": cannot write"), "{stderr}");
        assert!(stderr.contains("hint: raise the limit"), "{stderr}");
        place.run(&COMMAND).clean();
        assert_same(&UNDISTURBED, &files(&place.path("out")), &format!("try {i}, limit {limit}"));
    }
    if !*MAY_MOUNT {
        return;
    }
    let whole: usize = UNDISTURBED.values().map(|bytes| bytes.len().next_multiple_of(4096)).sum();
    for i in 0..tries(2) {
        let place = place();
        std::fs::create_dir(place.path("out")).unwrap();
        let size = random.random_range(12 << 10..whole) >> 10;
        let full = format!(
            "mount -t tmpfs -o size={size}k none out; \"$0\" \"$@\"; code=$?; mount -o remount,size=64m out; \
             \"$0\" \"$@\" 2> again || exit 99; cp -r out saved; exit $code"
        );
        let (code, stderr) = script(&place, &full, &COMMAND, true);
        assert_eq!(code, 2, "{size}k: {stderr}");
        assert!(stderr.contains("error: out/") && stderr.contains("hint: free space on that disk"), "{stderr}");
        assert!(place.read("again").contains("continues"), "{}", place.read("again"));
        assert_same(&UNDISTURBED, &files(&place.path("saved")), &format!("try {i}, {size}k"));
    }
}

#[test]
fn a_file_system_that_is_read_only_is_named_before_the_work() {
    if !*MAY_MOUNT {
        return;
    }
    let place = place();
    std::fs::create_dir(place.path("out")).unwrap();
    let (code, stderr) = script(&place, "mount -t tmpfs -o ro none out; exec \"$0\" \"$@\"", &COMMAND, true);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.starts_with("error: out/run.json: cannot create\n"), "{stderr}");
    assert!(stderr.contains("hint: give another --out"), "{stderr}");
}

#[test]
fn an_input_that_may_not_be_read_is_named() {
    let place = place();
    std::fs::set_permissions(place.path("in.csv"), Permissions::from_mode(0o000)).unwrap();
    let mut command = place.command(&COMMAND);
    if std::fs::File::open(place.path("in.csv")).is_ok() {
        // Permissions do not bind root: as somebody else.
        std::fs::set_permissions(place.path(""), Permissions::from_mode(0o777)).unwrap();
        command.uid(65534);
    }
    let Ok(output) = command.output() else {
        eprintln!("not tested: the program cannot be run as another user");
        return;
    };
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.starts_with("error: in.csv: cannot read\n  because: Permission denied"), "{stderr}");
    assert!(stderr.contains("hint: make it readable"), "{stderr}");
}

#[test]
fn what_is_told_of_an_input_is_told_of_the_bytes_that_were_read() {
    let (one, other) = (csv_of(&few()), "id,source,title,body\n1,A,Other,Something else stands here now.\n");
    type Change = fn(&Path, &str);
    let replace: Change = |path, other| {
        let new = path.with_extension("new");
        std::fs::write(&new, other).unwrap();
        std::fs::rename(new, path).unwrap();
    };
    let truncate: Change = |path, _| std::fs::File::create(path).map(drop).unwrap();
    let remove: Change = |path, _| std::fs::remove_file(path).unwrap();
    for (name, change) in [("replaced", replace), ("truncated", truncate), ("removed", remove)] {
        let place = Place::new();
        place.write("a.csv", &one).write("b.csv", other);
        let path = place.path("a.csv");
        let options = ReadOptions { inputs: vec![path.display().to_string()], ..Default::default() };
        let mut changed = false;
        let corpus = corpus::read(&options, &mut |_| {
            if !std::mem::replace(&mut changed, true) {
                change(&path, other);
            }
        })
        .unwrap();
        assert!(changed);
        assert_eq!(corpus.articles.len(), few().len(), "{name}");
        assert_eq!(corpus.files[0].blake3, blake3::hash(one.as_bytes()).to_hex().as_str(), "{name}");
        assert_eq!(corpus.files[0].bytes, one.len() as u64, "{name}");
    }
}

#[test]
fn a_file_that_goes_while_its_folder_is_read_is_rejected_and_the_others_are_kept() {
    let place = Place::new();
    place.write("in/a.csv", csv_of(&few())).write("in/b.csv", csv_of(&few()));
    let options = ReadOptions { inputs: vec![place.path("in").display().to_string()], ..Default::default() };
    let gone = place.path("in/b.csv");
    let corpus = corpus::read(&options, &mut |_| drop(std::fs::remove_file(&gone))).unwrap();
    assert_eq!(corpus.articles.len(), few().len());
    assert_eq!(corpus.rejected.len(), 1);
    assert!(corpus.rejected[0].reason.starts_with("cannot be read: No such file"), "{:?}", corpus.rejected);
}

/// Flips bits, cuts off, or overwrites a stretch.
fn damage(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) -> String {
    let at = random.random_range(0..bytes.len());
    match random.random_range(0..3) {
        0 => {
            bytes[at] ^= 1 << random.random_range(0..8);
            format!("a bit of byte {at} flipped")
        }
        1 => {
            bytes.truncate(at);
            format!("cut off at byte {at}")
        }
        _ => {
            let end = bytes.len().min(at + random.random_range(1..5000));
            random.fill(&mut bytes[at..end]);
            format!("bytes {at} to {end} overwritten")
        }
    }
}

#[test]
fn a_damaged_cache_or_checkpoint_changes_no_byte_of_a_report() {
    let place = place();
    place.run(&COMMAND).clean();
    let cache = place.path("cache/vectors.redb");
    let whole = std::fs::read(&cache).unwrap();
    // A checkpoint to be damaged: of a run that cannot write its reports.
    let limited = "trap '' XFSZ; ulimit -f 20; exec \"$0\" \"$@\"";
    let checkpoint = place.path("out/.parallax-checkpoint");
    assert_eq!(script(&place, limited, &COMMAND, false).0, 2);
    let kept = std::fs::read(&checkpoint).ok();
    let mut random = random(5);
    for i in 0..tries(4) {
        let mut bytes = whole.clone();
        let mut what = damage(&mut bytes, &mut random);
        std::fs::write(&cache, bytes).unwrap();
        if let Some(kept) = &kept {
            let mut bytes = kept.clone();
            what += &format!(", and the checkpoint: {}", damage(&mut bytes, &mut random));
            std::fs::write(&checkpoint, bytes).unwrap();
        }
        let run = place.run(&COMMAND).clean();
        assert!(
            kept.is_none() || run.stderr.contains("checkpoint is damaged and is not used"),
            "{what}: {}",
            run.stderr
        );
        let mut found = files(&place.path("out"));
        let mut expected = UNDISTURBED.clone();
        // That the cache was moved aside is a warning of this run.
        if run.stderr.contains("warning: cache ") {
            assert!(found.remove("run.json").is_some() && expected.remove("run.json").is_some());
        }
        assert_same(&expected, &found, &format!("try {i}: {what}"));
    }
    assert!(kept.is_some(), "no checkpoint was there to be damaged");
}

#[test]
fn a_damaged_model_is_refused_or_works_and_nothing_else() {
    let place = Place::new();
    let dir = place.path("tiny");
    std::fs::create_dir(&dir).unwrap();
    Tiny::default().write(&dir);
    let texts = ["The council voted.", "storm harbour again", ""];
    let settings =
        Settings { engine: EngineKind::Portable, precision: Some(Precision::F32), device: Device::Cpu, threads: 1 };
    let mut random = random(6);
    let mut refused = 0;
    let tries = tries(150);
    for i in 0..tries {
        let path = dir.join(["model.safetensors", "tokenizer.json", "config.json"][i % 3]);
        let whole = std::fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        // The header of the weights is what is read; the numbers are numbers.
        let header = if i % 6 == 0 { bytes.len().min(4000) } else { bytes.len() };
        let rest = bytes.split_off(header);
        let what = format!("{}: {}", path.display(), damage(&mut bytes, &mut random));
        bytes.extend(rest);
        std::fs::write(&path, &bytes).unwrap();
        match Embedder::open(&dir, settings).and_then(|embedder| embedder.embed(&texts, &|_, _| true)) {
            Ok((vectors, _)) => assert!(vectors.rows.iter().all(|x| x.is_finite()), "{what}"),
            Err(error) => {
                refused += 1;
                assert!(error.to_string().starts_with("model "), "{what}: {error}");
                assert!(error.hint().is_some(), "{what}: {error}");
            }
        }
        std::fs::write(&path, whole).unwrap();
    }
    assert!(refused * 4 > tries, "no proof: {refused} of {tries} refused");
    assert!(WORDS.contains(&"storm"));
}

#[test]
fn a_model_of_other_dimensions_is_refused_before_the_work() {
    let place = place();
    std::fs::create_dir(place.path("tiny")).unwrap();
    Tiny::default().write(&place.path("tiny"));
    let run = place.run(&["analyze", "in.csv", "--out", "out", "--engine", "portable", "--model", "tiny"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("the mean vector has 384 values, the model 64"), "{}", run.stderr);
    assert!(!run.stderr.contains("embedding"), "{}", run.stderr);
}

#[test]
fn of_two_runs_into_one_folder_the_second_is_refused() {
    let place = place();
    let mut arguments = COMMAND;
    arguments[1] = "-";
    let mut first =
        place.command(&arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while !place.path("out/run.json").exists() {
        assert!(first.try_wait().unwrap().is_none());
        sleep(Duration::from_millis(5));
    }
    for arguments in [&COMMAND[..], &[&COMMAND[..], &["--overwrite"]].concat()] {
        let second = place.run(arguments);
        assert_eq!(second.code, 2);
        assert!(second.stderr.contains("out: another run of parallax is filling this folder"), "{}", second.stderr);
        assert!(second.stderr.contains("hint: wait until it has ended"), "{}", second.stderr);
    }
    first.stdin.take().unwrap().write_all(csv_of(&few()).as_bytes()).unwrap();
    let output = first.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut expected, mut found) = (UNDISTURBED.clone(), files(&place.path("out")));
    // It names the input.
    assert!(expected.remove("run.json").is_some() && found.remove("run.json").is_some());
    assert_same(&expected, &found, "the first run");
}

#[test]
fn a_reader_who_leaves_is_no_error_and_a_full_disk_behind_stdout_is_one() {
    let place = place();
    place.run(&COMMAND).clean();
    place.write("s.csv", "text,label\nThe council voted.,1\nA storm came again.,0\n");
    place.write("gold.csv", "id,story\nhal-05,E\nchr-09,E\n");
    place.run(&["audit", "out", "--sample", "40", "--out", "audit.csv", "-q"]).clean();
    let judged = place.read("audit.csv");
    let mut lines = judged.lines();
    let header = lines.next().unwrap();
    // The last column is the answer.
    let answers: String = lines.map(|line| format!("{line}1\n")).collect();
    assert!(header.trim_end().ends_with("same"), "{header}");
    place.write("judged.csv", format!("{header}\n{answers}"));
    let model = ["--engine", "portable", "--precision", "int8"];
    let with = |arguments: &[&'static str]| [arguments, &model[..]].concat();
    let commands: Vec<Vec<&str>> = vec![
        with(&["measure", "s.csv", "--column", "text"]),
        with(&["pairs", "s.csv", "--columns", "text,label"]),
        with(&["calibrate", "s.csv"]),
        with(&["doctor"]),
        with(&["features", "in.csv", "--articles"]),
        vec!["features", "s.csv"],
        vec!["validate", "out", "--stories", "gold.csv"],
        vec!["show", "--report", "out"],
        vec!["why", "hal-05", "chr-09", "--report", "out"],
        vec!["audit", "out", "--judged", "judged.csv"],
        vec!["bench", "s.csv", "--column", "text", "--runs", "1", "--engine", "portable", "--precision", "int8"],
        vec!["cache", "stats"],
        vec!["completions", "bash"],
        vec!["--help"],
        vec!["show", "--help"],
        vec!["--version"],
    ];
    for arguments in commands {
        let mut child = place
            .command(&arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("error") && !stderr.contains("panicked"), "{arguments:?}: {stderr}");

        if !Path::new("/dev/full").exists()
            || arguments.iter().any(|a| a.starts_with("--help") || a.starts_with("--version"))
        {
            continue;
        }
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = place.command(&arguments).stdin(Stdio::null()).stdout(full).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains("error: stdout: cannot write\n  because: No space left"), "{arguments:?}: {stderr}");
    }
    // A file that is none: a device is not replaced.
    for out in ["/dev/full", "out"] {
        let run = place.run(&with(&["embed", "s.csv", "--column", "text", "--out", out]));
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains(&format!("{out}: is not a file")), "{}", run.stderr);
    }
}
