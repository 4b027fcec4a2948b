//! The vector cache between processes: used by several at once, killed while writing, on a disk that is full.
#![cfg(unix)]

use std::fs::{File, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use parallax::embed::cache::{Space, Stored, Values, VectorCache};
use parallax::embed::{Fingerprint, Precision};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use redb::{DatabaseError, ReadOnlyDatabase};
use tempfile::{TempDir, tempdir};

const DIMENSION: usize = 48;
const LARGE: u64 = 1 << 30;
const SMALL: u64 = 1 << 20;
/// Set in a process that [`an_assistant`] is to play a part in: its part, the cache, its name.
const PART: &str = "PARALLAX_TEST_PART";

fn fingerprint() -> Fingerprint {
    Fingerprint {
        engine: "made-up".into(),
        engine_version: "1".into(),
        model: "m".into(),
        sha256: "0".into(),
        precision: Precision::F32,
        cpu_class: "any".into(),
    }
}

fn open(dir: &Path, max_bytes: u64) -> (VectorCache, Space) {
    let (cache, warning) = VectorCache::open(dir, max_bytes).unwrap();
    assert_eq!(warning, None);
    let space = cache.space(&fingerprint(), DIMENSION, Values::F32);
    (cache, space)
}

fn made_up(text: &str) -> Stored {
    let mut bytes = vec![0; 4 * DIMENSION];
    blake3::Hasher::new().update(text.as_bytes()).finalize_xof().fill(&mut bytes);
    let vector = bytes.chunks(4).map(|b| u32::from_le_bytes(b.try_into().unwrap()) as f32).collect();
    Stored { tokens: bytes[0].into(), truncated: bytes[1] & 1 == 1, vector }
}

fn text(name: &str, i: usize) -> String {
    format!("{name} {i}")
}

fn put(space: &Space, name: &str, numbers: std::ops::Range<usize>) {
    let items: Vec<(String, Stored)> =
        numbers.map(|i| text(name, i)).map(|text| (text.clone(), made_up(&text))).collect();
    space.put(items.iter().map(|(text, stored)| (text.as_str(), stored)));
}

/// Which of a process's texts are there; what is there must be right.
#[track_caller]
fn found(space: &Space, name: &str, n: usize) -> Vec<bool> {
    let texts: Vec<String> = (0..n).map(|i| text(name, i)).collect();
    let found = space.get(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    for (text, stored) in texts.iter().zip(&found) {
        assert!(stored.as_ref().is_none_or(|stored| *stored == made_up(text)), "{text}: a wrong vector");
    }
    found.iter().map(Option::is_some).collect()
}

fn count(found: &[bool]) -> usize {
    found.iter().filter(|found| **found).count()
}

fn milliseconds() -> u128 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()
}

fn bytes(dir: &Path) -> u64 {
    std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().metadata().unwrap().blocks() * 512).sum()
}

/// A process that plays a part; what it prints goes to a file, which outlives it.
struct Assistant {
    process: Child,
    log: PathBuf,
}

impl Assistant {
    fn start(place: &TempDir, part: &str, name: &str) -> Self {
        Self::start_by(Command::new(std::env::current_exe().unwrap()), place, part, name)
    }

    fn start_by(mut command: Command, place: &TempDir, part: &str, name: &str) -> Self {
        let log = place.path().join(format!("{name}.log"));
        let process = command
            .args(["cache::an_assistant", "--exact", "--nocapture", "--test-threads", "1"])
            .env(PART, format!("{part} {name} {}", place.path().join("cache").display()))
            .stdout(File::create(&log).unwrap())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        Assistant { process, log }
    }

    /// What it has noted: lines that begin with `@`.
    fn notes(&self) -> Vec<String> {
        let log = std::fs::read_to_string(&self.log).unwrap();
        // The last line may be cut off.
        let whole = log.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        whole.filter_map(|line| Some(line.split_once('@')?.1.to_owned())).collect()
    }

    /// Waits for its first note: a program that is linked to large libraries takes its time to start.
    fn at_work(&self) {
        let begun = Instant::now();
        while self.notes().is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(30), "it does not start");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        assert!(!self.process.wait().unwrap().success(), "it had ended by itself");
    }

    fn finish(mut self) -> Vec<String> {
        assert!(self.process.wait().unwrap().success(), "{:?}", self.notes());
        self.notes()
    }
}

impl Drop for Assistant {
    /// A failed test leaves no process behind.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn note(text: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("@{text}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// No test, but the other processes: this file's program, started again with [`PART`] set.
#[test]
fn an_assistant() {
    let Ok(task) = std::env::var(PART) else { return };
    let [part, name, dir] = task.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{task}") };
    let dir = Path::new(dir);
    let begun = Instant::now();
    let in_time = || assert!(begun.elapsed() < Duration::from_secs(30), "nobody has ended it");
    match part {
        // Puts without end and leaves commits to the cache; notes number and time of each put.
        "put" => {
            let (_cache, space) = open(dir, LARGE);
            for i in 0.. {
                in_time();
                put(&space, name, i..i + 1);
                note(format!("{i} {}", milliseconds()));
                std::thread::sleep(Duration::from_millis(4));
            }
        }
        // Does nothing but commit; notes each commit.
        "commit" => {
            let (cache, space) = open(dir, LARGE);
            for i in 0.. {
                in_time();
                put(&space, name, i..i + 1);
                cache.flush();
                note(i);
            }
        }
        // Writes its own texts and some of everybody's until it has found 300 of each other's.
        "exchange" => {
            let (cache, space) = open(dir, LARGE);
            for round in 0.. {
                in_time(); // else the others' vectors do not arrive
                put(&space, name, 10 * round..10 * round + 10);
                put(&space, "shared", 5 * round..5 * round + 5);
                cache.flush();
                // Commits of the others do not hide what is there.
                assert_eq!(count(&found(&space, name, 10 * round + 10)), 10 * round + 10);
                let met = ["a", "b", "c"].iter().all(|other| count(&found(&space, other, 400)) >= 300);
                if met && round >= 40 {
                    note(round);
                    break;
                }
            }
            assert_eq!(cache.take_notes(), [""; 0]);
        }
        // Fills a small cache over and over, while others do the same.
        "churn" => {
            let (cache, space) = open(dir, SMALL);
            let mut hits = 0;
            for round in 0..40 {
                put(&space, name, 100 * round..100 * round + 100);
                cache.flush();
                hits += ["a", "b", "c"].map(|other| count(&found(&space, other, 4000))).iter().sum::<usize>();
            }
            assert_eq!(cache.take_notes(), [""; 0]);
            note(hits);
        }
        // Finds what is there, puts more than can be written, still finds what is there.
        "full" => {
            let (cache, space) = open(dir, LARGE);
            assert_eq!(count(&found(&space, "before", 20)), 20);
            put(&space, name, 0..9000);
            cache.flush();
            assert_eq!(count(&found(&space, "before", 20)), 20);
            assert_eq!(count(&found(&space, name, 9000)), 0);
            put(&space, name, 0..10);
            cache.flush();
            cache.take_notes().iter().for_each(note);
        }
        _ => panic!("{part}"),
    }
}

#[test]
fn a_killed_process_loses_at_most_what_it_put_in_the_last_three_seconds() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    // All at once, because each needs its seconds.
    let mut writers: Vec<(Duration, TempDir, Assistant)> = (0..24)
        .map(|_| {
            let place = tempdir().unwrap();
            let writer = Assistant::start(&place, "put", "w");
            (Duration::from_millis(random.random_range(200..6500)), place, writer)
        })
        .collect();
    writers.sort_by_key(|(at, ..)| *at);
    writers.iter().for_each(|(_, _, writer)| writer.at_work());
    let begun = Instant::now();
    let (mut promised, mut lost) = (0, 0);
    for (at, place, mut writer) in writers {
        std::thread::sleep(at.saturating_sub(begun.elapsed()));
        let killed = milliseconds();
        writer.kill();
        let puts: Vec<u128> = writer
            .notes()
            .iter()
            .enumerate()
            .map(|(i, line)| {
                let (number, time) = line.split_once(' ').unwrap();
                assert_eq!(number.parse(), Ok(i));
                time.parse().unwrap()
            })
            .collect();
        let (cache, space) = open(&place.path().join("cache"), LARGE);
        let found = found(&space, "w", puts.len() + 1);
        let safe = puts.iter().take_while(|&&put| put + 3000 < killed).count();
        assert_eq!(count(&found[..safe]), safe, "killed after {at:?}");
        promised += safe;
        lost += puts.len() - count(&found[..puts.len()]);
        // The cache is as good as new.
        put(&space, "w", 0..puts.len());
        cache.flush();
        assert_eq!(count(&self::found(&space, "w", puts.len())), puts.len());
        assert_eq!(cache.take_notes(), [""; 0]);
    }
    assert!(promised > 200 && lost > 200, "no proof: {promised} had to be there, {lost} were lost");
}

#[test]
fn a_process_killed_while_it_commits_loses_nothing_that_was_committed() {
    let mut random = ChaCha8Rng::seed_from_u64(12);
    let (mut committed, mut interrupted) = (0, 0);
    for i in 0..24 {
        let place = tempdir().unwrap();
        let mut writer = Assistant::start(&place, "commit", "w");
        // Some are killed while the cache is being made.
        if i % 4 > 0 {
            writer.at_work();
        }
        std::thread::sleep(Duration::from_millis(random.random_range(0..250)));
        writer.kill();
        let dir = place.path().join("cache");
        std::fs::create_dir_all(&dir).unwrap(); // it may not have come so far
        let closed = ReadOnlyDatabase::open(dir.join("vectors.redb"));
        interrupted += usize::from(matches!(closed, Err(DatabaseError::RepairAborted)));
        drop(closed);
        let n = writer.notes().len();
        let (cache, space) = open(&dir, LARGE);
        assert_eq!(count(&found(&space, "w", n)), n);
        assert_eq!(cache.take_notes(), [""; 0]);
        committed += n;
    }
    assert!(committed > 100 && interrupted > 2, "no proof: {committed} commits, {interrupted} interrupted");
}

#[test]
fn processes_share_a_cache_while_all_of_them_write() {
    let place = tempdir().unwrap();
    let all = ["a", "b", "c"].map(|name| Assistant::start(&place, "exchange", name));
    let rounds: usize = all.map(|process| process.finish()[0].parse().unwrap()).into_iter().min().unwrap();
    let (cache, space) = open(&place.path().join("cache"), LARGE);
    for (name, n) in [("a", 10), ("b", 10), ("c", 10), ("shared", 5)] {
        assert_eq!(count(&found(&space, name, n * rounds)), n * rounds, "{name}");
    }
    cache.flush();
    assert_eq!(cache.take_notes(), [""; 0]);
}

#[test]
fn processes_that_overfill_a_cache_evict_each_others_vectors_and_nothing_breaks() {
    let place = tempdir().unwrap();
    let all = ["a", "b", "c"].map(|name| Assistant::start(&place, "churn", name));
    for process in all {
        assert!(process.finish()[0].parse::<usize>().unwrap() > 4000);
    }
    let dir = place.path().join("cache");
    // Each may have added one commit of 22 kB after the others had looked.
    assert!((SMALL / 2..SMALL + (1 << 17)).contains(&bytes(&dir)), "{}", bytes(&dir));
    let (_cache, space) = open(&dir, SMALL);
    let left: usize = ["a", "b", "c"].map(|name| count(&found(&space, name, 4000))).iter().sum();
    assert!((1500..5000).contains(&left), "{left}");
}

#[test]
fn when_the_disk_refuses_the_run_goes_on_without_storing() {
    let place = tempdir().unwrap();
    let (_, space) = open(&place.path().join("cache"), LARGE);
    put(&space, "before", 0..20);
    drop(space);
    // The file may grow by a few pages (the shell counts in 512 bytes).
    let length = std::fs::metadata(place.path().join("cache/vectors.redb")).unwrap().len();
    let limit = length / 512 + 64;
    let mut limited = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" \"$@\"");
    limited.args(["-c", &script]).arg(std::env::current_exe().unwrap());
    let notes = Assistant::start_by(limited, &place, "full", "w").finish();
    assert!(notes.len() == 1 && notes[0].contains("nothing more is stored in this run"), "{notes:?}");
    let (_, space) = open(&place.path().join("cache"), LARGE);
    assert_eq!(count(&found(&space, "before", 20)), 20);
    put(&space, "after", 0..2000);
    assert_eq!(count(&found(&space, "after", 2000)), 2000);
}

#[test]
fn a_read_only_cache_gives_what_it_has() {
    let place = tempdir().unwrap();
    let dir = place.path().join("cache");
    let (_, space) = open(&dir, LARGE);
    put(&space, "before", 0..20);
    drop(space);
    std::fs::set_permissions(&dir, Permissions::from_mode(0o555)).unwrap();
    if tempfile::tempfile_in(&dir).is_ok() {
        eprintln!("not tested: permissions do not bind this user");
        return;
    }
    let (cache, warning) = VectorCache::open(&dir, LARGE).unwrap();
    assert!(warning.unwrap().contains("nothing can be stored"));
    let space = cache.space(&fingerprint(), DIMENSION, Values::F32);
    assert_eq!(count(&found(&space, "before", 20)), 20);
    put(&space, "after", 0..20);
    cache.flush();
    assert_eq!((count(&found(&space, "after", 20)), cache.take_notes()), (0, Vec::new()));
    std::fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
}
