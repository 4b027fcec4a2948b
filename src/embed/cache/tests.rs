//! What the cache promises within one process; `tests/cache.rs` has the promises between processes.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use half::f16;
use tempfile::{TempDir, tempdir};

use super::segment::{Key, key_of};
use super::*;
use crate::embed::Precision;

const MIB: u64 = 1 << 20;

fn fingerprint(model: &str) -> Fingerprint {
    Fingerprint {
        engine: "made-up".into(),
        model: model.into(),
        sha256: blake3::hash(model.as_bytes()).to_string(),
        precision: Precision::F32,
        cpu_class: "any".into(),
    }
}

fn opened(dir: &Path, max_bytes: u64) -> VectorCache {
    let (cache, warning) = VectorCache::open(dir, max_bytes).unwrap();
    assert_eq!(warning, None);
    cache
}

fn space_of(cache: &VectorCache, dimension: usize) -> Space {
    cache.space(&fingerprint("m"), dimension, Values::F32)
}

/// A vector that depends on the text alone; its numbers are exact in f16.
fn made_up(text: &str, dimension: usize) -> Stored {
    let mut bytes = vec![0; 2 * dimension];
    blake3::Hasher::new().update(text.as_bytes()).finalize_xof().fill(&mut bytes);
    let vector = bytes.chunks(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1] & 3]))).collect();
    Stored { tokens: bytes[0].into(), truncated: bytes[1] & 1 == 1, vector }
}

fn texts(name: &str, n: usize) -> Vec<String> {
    (0..n).map(|i| format!("{name} {i}")).collect()
}

fn put(space: &Space, texts: &[String], dimension: usize) {
    let stored: Vec<Stored> = texts.iter().map(|text| made_up(text, dimension)).collect();
    space.put(texts.iter().map(String::as_str).zip(&stored));
}

/// How many of the texts are there; what is there must be right.
#[track_caller]
fn hits(space: &Space, texts: &[String], dimension: usize) -> usize {
    let asked: Vec<&str> = texts.iter().map(String::as_str).collect();
    let found = space.get(&asked);
    assert_eq!(found.len(), asked.len());
    for (text, found) in asked.iter().zip(&found) {
        if let Some(found) = found {
            assert_eq!(found, &made_up(text, dimension), "{text}");
        }
    }
    found.iter().flatten().count()
}

fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let all = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = all.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    files.sort();
    files
}

fn size(dir: &Path) -> u64 {
    files(dir, "").iter().map(|path| std::fs::metadata(path).unwrap().len()).sum()
}

fn set_age(path: &Path, hours: u64) {
    let time = SystemTime::now() - Duration::from_secs(hours * 3600);
    OpenOptions::new().append(true).open(path).unwrap().set_modified(time).unwrap();
}

/// A cache of one file with five vectors of four numbers.
fn small() -> (TempDir, PathBuf, Vec<String>) {
    let dir = tempdir().unwrap();
    let texts = texts("small", 5);
    put(&space_of(&opened(dir.path(), MIB), 4), &texts, 4);
    let path = files(dir.path(), ".vectors").remove(0);
    (dir, path, texts)
}

#[test]
fn f32_vectors_come_back_bit_by_bit() {
    let dir = tempdir().unwrap();
    let vector = vec![0.1, -0.0, f32::MIN_POSITIVE / 8.0, f32::MAX, f32::MIN, f32::EPSILON, 1.0 / 3.0];
    let long = Stored { tokens: u32::MAX, truncated: true, vector: vector.clone() };
    let none = Stored { tokens: 0, truncated: false, vector: vector.iter().rev().copied().collect() };
    let pairs = [("a long text", &long), ("", &none)];
    space_of(&opened(dir.path(), MIB), 7).put(pairs);
    let found = space_of(&opened(dir.path(), MIB), 7).get(&["", "a long text", "never seen", ""]);
    assert_eq!(found, [Some(none.clone()), Some(long.clone()), None, Some(none)]);
    let bits = |v: &[f32]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&found[1].as_ref().unwrap().vector), bits(&vector));
}

#[test]
fn every_finite_f16_comes_back_and_takes_half_the_space() {
    let numbers: Vec<f32> = (0..=u16::MAX).map(f16::from_bits).filter(|x| x.is_finite()).map(f32::from).collect();
    let n = numbers.len();
    let stored = Stored { tokens: 3, truncated: false, vector: numbers };
    let dir = tempdir().unwrap();
    opened(dir.path(), 1 << 30).space(&fingerprint("m"), n, Values::F16).put([("all", &stored)]);
    let cache = opened(dir.path(), 1 << 30);
    let found = cache.space(&fingerprint("m"), n, Values::F16).get(&["all"]).remove(0).unwrap();
    assert!(found.vector.iter().zip(&stored.vector).all(|(a, b)| a.to_bits() == b.to_bits()));
    assert!(size(dir.path()) < 2 * n as u64 + 1000);
}

#[test]
fn what_would_not_come_back_as_it_was_is_not_stored() {
    let dir = tempdir().unwrap();
    let cache = opened(dir.path(), MIB);
    let space = cache.space(&fingerprint("m"), 2, Values::F16);
    let of = |vector: &[f32]| Stored { tokens: 1, truncated: false, vector: vector.into() };
    let (good, fine, nan, long, large) =
        (of(&[0.5, 1.0]), of(&[0.1, 1.0]), of(&[f32::NAN, 1.0]), of(&[1.0; 3]), of(&[1e6, 1.0]));
    space.put([("good", &good), ("fine", &fine), ("nan", &nan), ("long", &long), ("large", &large)]);
    cache.flush();
    assert_eq!(space.get(&["good", "fine", "nan", "long", "large"]), [Some(good), None, None, None, None]);
    let notes = cache.take_notes();
    assert!(notes.len() == 1 && notes[0].contains("4 vectors were not stored"), "{notes:?}");
    assert_eq!(cache.take_notes(), [""; 0]);
}

#[test]
fn another_fingerprint_dimension_or_number_format_is_another_space() {
    let dir = tempdir().unwrap();
    let cache = opened(dir.path(), MIB);
    let base = fingerprint("m");
    let texts = texts("t", 10);
    put(&cache.space(&base, 4, Values::F32), &texts, 4);
    cache.flush();
    let changed = [
        Fingerprint { engine: "other".into(), ..base.clone() },
        Fingerprint { model: "other".into(), ..base.clone() },
        Fingerprint { sha256: "other".into(), ..base.clone() },
        Fingerprint { precision: Precision::Bf16, ..base.clone() },
        Fingerprint { cpu_class: "other".into(), ..base.clone() },
    ];
    for other in &changed {
        assert_eq!(hits(&cache.space(other, 4, Values::F32), &texts, 4), 0, "{other:?}");
    }
    assert_eq!(hits(&cache.space(&base, 5, Values::F32), &texts, 5), 0);
    assert_eq!(hits(&cache.space(&base, 4, Values::F16), &texts, 4), 0);
    assert_eq!(hits(&cache.space(&base, 4, Values::F32), &texts, 4), 10);
}

#[test]
fn vectors_are_found_before_the_commit_by_their_process_and_after_it_by_others() {
    let dir = tempdir().unwrap();
    let (one, other) = (opened(dir.path(), MIB), opened(dir.path(), MIB));
    let (mine, theirs) = (space_of(&one, 4), space_of(&other, 4));
    let texts = texts("t", 10);
    put(&mine, &texts, 4);
    assert_eq!((hits(&mine, &texts, 4), hits(&theirs, &texts, 4)), (10, 0));
    one.flush();
    assert_eq!((hits(&mine, &texts, 4), hits(&theirs, &texts, 4)), (10, 10));
}

#[test]
fn many_commits_end_in_few_files_without_repetitions() {
    let dir = tempdir().unwrap();
    let cache = opened(dir.path(), 64 * MIB);
    let space = space_of(&cache, 4);
    let texts = texts("t", 500);
    for part in texts.chunks(4) {
        put(&space, part, 4);
        put(&space, &texts[..1], 4); // once in each of 125 commits
        cache.flush();
    }
    assert_eq!(hits(&space, &texts, 4), 500);
    let reader = opened(dir.path(), 64 * MIB);
    assert_eq!(hits(&space_of(&reader, 4), &texts, 4), 500);
    let (found, stats) = (files(dir.path(), ".vectors").len(), reader.stats().unwrap());
    assert!(found <= 8, "{found} files");
    assert!((500..508).contains(&stats.entries), "{stats:?}");
    assert!(files(dir.path(), ".tmp").is_empty());
}

#[test]
fn a_merge_leaves_damaged_records_behind() {
    let dir = tempdir().unwrap();
    let cache = opened(dir.path(), 64 * MIB);
    let space = space_of(&cache, 4);
    let texts = texts("t", 80);
    for (i, part) in texts.chunks(10).enumerate() {
        put(&space, part, 4);
        if i == 4 {
            let path = files(dir.path(), ".vectors").remove(2);
            let mut bytes = std::fs::read(&path).unwrap();
            let middle = bytes.len() / 2; // in a record
            bytes[middle] ^= 1;
            std::fs::write(&path, bytes).unwrap();
        }
        cache.flush();
    }
    assert_eq!(files(dir.path(), ".vectors").len(), 1);
    assert_eq!((cache.stats().unwrap().entries, hits(&space, &texts, 4)), (79, 79));
    assert_eq!(cache.take_notes(), [""; 0]);
}

#[test]
fn the_size_stays_below_the_limit_and_what_is_used_stays() {
    let dir = tempdir().unwrap();
    let cache = opened(dir.path(), MIB);
    let space = space_of(&cache, 64);
    let (hot, mut removed) = (texts("hot", 100), false);
    put(&space, &hot, 64);
    for day in 0..40 {
        put(&space, &texts(&format!("day {day}"), 300), 64);
        cache.flush();
        assert!(size(dir.path()) <= MIB, "day {day}: {}", size(dir.path()));
        removed |= size(dir.path()) < MIB * 85 / 100 && day > 10;
        // A day passes; then only the hot texts are asked for.
        for path in files(dir.path(), ".vectors") {
            let age = SystemTime::now().duration_since(std::fs::metadata(&path).unwrap().modified().unwrap()).unwrap();
            set_age(&path, age.as_secs() / 3600 + 24);
        }
        let reader = opened(dir.path(), MIB);
        assert_eq!(hits(&space_of(&reader, 64), &hot, 64), 100, "day {day}");
    }
    assert!(removed, "the limit was never reached");
    let kept = |day: usize| hits(&space, &texts(&format!("day {day}"), 300), 64);
    let unused: usize = (0..25).map(kept).sum();
    assert_eq!(kept(39), 300);
    assert!(unused < 500, "of 7,500 only those go on that share a file with hot ones: {unused}");
    assert!(size(dir.path()) > MIB / 2, "evicted more than needed: {}", size(dir.path()));
}

#[test]
fn a_smaller_limit_takes_effect_when_the_cache_is_opened() {
    let dir = tempdir().unwrap();
    let texts = texts("t", 4000);
    put(&space_of(&opened(dir.path(), 2 * MIB), 64), &texts, 64);
    assert!(size(dir.path()) > MIB);
    opened(dir.path(), MIB);
    assert!((MIB / 2..=MIB * 8 / 10).contains(&size(dir.path())), "{}", size(dir.path()));
}

#[test]
fn a_hit_renews_the_time_of_last_use_once_per_hour() {
    let (dir, path, texts) = small();
    let age = || SystemTime::now().duration_since(std::fs::metadata(&path).unwrap().modified().unwrap()).unwrap();
    let lookup = |texts: &[String]| hits(&space_of(&opened(dir.path(), MIB), 4), texts, 4);
    set_age(&path, 30);
    assert_eq!(lookup(&["never seen".to_owned()]), 0);
    assert!(age() > Duration::from_secs(29 * 3600), "no hit, no use");
    assert_eq!(lookup(&texts), 5);
    assert!(age() < Duration::from_secs(60));
    OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap()
        .set_modified(SystemTime::now() - Duration::from_secs(1800))
        .unwrap();
    assert_eq!(lookup(&texts), 5);
    assert!(age() > Duration::from_secs(1700), "used within the hour: no write");
}

#[test]
fn no_flipped_bit_gives_a_wrong_vector_or_stops_anything() {
    let (dir, path, texts) = small();
    let sound = std::fs::read(&path).unwrap();
    let (mut aside, mut records) = (0, 0);
    for at in 0..sound.len() {
        let mut bytes = sound.clone();
        bytes[at] ^= 1 << (at % 8);
        std::fs::write(&path, bytes).unwrap();
        let (cache, warning) = VectorCache::open(dir.path(), MIB).unwrap();
        let space = space_of(&cache, 4);
        let found = hits(&space, &texts, 4);
        let notes = [warning.into_iter().collect(), cache.take_notes()].concat();
        assert_eq!(notes.len(), 1, "byte {at}: {notes:?}");
        match files(dir.path(), ".damaged").pop() {
            Some(damaged) => {
                assert!(found == 0 && notes[0].contains(".damaged, and its vectors are computed again"), "{notes:?}");
                std::fs::remove_file(damaged).unwrap();
                aside += 1;
            }
            None => {
                assert!(found == 4 && notes[0].contains("1 damaged vectors"), "byte {at}: {found}, {notes:?}");
                records += 1;
            }
        }
        // The run computes what is missing, and the next one finds it.
        put(&space, &texts, 4);
        cache.flush();
        assert_eq!(hits(&space_of(&opened(dir.path(), MIB), 4), &texts, 4), 5, "byte {at}");
        VectorCache::clear(dir.path()).unwrap();
    }
    assert_eq!((records, aside), (5 * (8 + 4 + 1 + 16), sound.len() - 5 * (8 + 4 + 1 + 16)));
}

#[test]
fn a_file_of_any_other_length_is_moved_aside() {
    let (dir, path, texts) = small();
    let sound = std::fs::read(&path).unwrap();
    let longer = [sound.clone(), vec![0]].concat();
    let (nothing, garbage) = (Vec::new(), b"no file of ours".repeat(50));
    for bytes in (0..sound.len()).step_by(7).map(|n| sound[..n].to_vec()).chain([longer, nothing, garbage]) {
        std::fs::write(&path, &bytes).unwrap();
        let (cache, warning) = VectorCache::open(dir.path(), MIB).unwrap();
        assert!(warning.unwrap().contains(".damaged"));
        assert_eq!(files(dir.path(), ".damaged").len(), 1);
        put(&space_of(&cache, 4), &texts, 4);
        drop(cache);
        assert_eq!(hits(&space_of(&opened(dir.path(), MIB), 4), &texts, 4), 5);
        VectorCache::clear(dir.path()).unwrap();
    }
}

#[test]
fn a_file_under_the_name_of_another_space_is_moved_aside() {
    let (dir, path, texts) = small();
    let other = fingerprint("other");
    let namespace = Layout::new(&other, 4, Values::F32).namespace;
    let name = path.file_name().unwrap().to_string_lossy();
    std::fs::rename(&path, path.with_file_name(format!("{namespace}{}", &name[namespace.len()..]))).unwrap();
    let (cache, warning) = VectorCache::open(dir.path(), MIB).unwrap();
    assert!(warning.unwrap().contains("its header is not the one"));
    assert_eq!(hits(&cache.space(&other, 4, Values::F32), &texts, 4), 0);
}

#[test]
fn a_file_cut_off_while_it_is_in_use_is_moved_aside() {
    let (dir, path, texts) = small();
    let cache = opened(dir.path(), MIB);
    let space = space_of(&cache, 4);
    assert_eq!(hits(&space, &texts, 4), 5);
    OpenOptions::new().write(true).open(&path).unwrap().set_len(200).unwrap();
    assert!(hits(&space, &texts, 4) < 5);
    assert!(cache.take_notes()[0].contains("cut off"));
    assert_eq!((files(dir.path(), ".damaged").len(), hits(&space, &texts, 4)), (1, 0));
}

#[test]
fn another_versions_files_are_left_alone_but_evicted_in_their_turn() {
    let (dir, path, texts) = small();
    let name = path.to_string_lossy().replace(".v1.", ".v2.");
    std::fs::write(&name, vec![7; 600_000]).unwrap();
    set_age(Path::new(&name), 1);
    let cache = opened(dir.path(), MIB);
    assert_eq!(hits(&space_of(&cache, 4), &texts, 4), 5);
    assert!(Path::new(&name).exists() && cache.take_notes().is_empty());
    put(&space_of(&cache, 64), &self::texts("more", 2000), 64);
    cache.flush();
    assert!(!Path::new(&name).exists());
}

#[test]
fn what_a_killed_run_has_begun_goes_after_a_day() {
    let (dir, path, _) = small();
    let name = path.file_name().unwrap().to_string_lossy();
    let unfinished = |ending: &str| dir.path().join(format!(".parallax-{name}-{ending}.tmp"));
    for (ending, hours) in [("old", 30), ("new", 1)] {
        std::fs::write(unfinished(ending), "half").unwrap();
        set_age(&unfinished(ending), hours);
    }
    opened(dir.path(), MIB);
    assert_eq!((unfinished("old").exists(), unfinished("new").exists()), (false, true));
}

#[test]
fn clearing_removes_our_files_and_no_others() {
    let (dir, path, _) = small();
    let aside = folder::set_aside(&path, "test");
    put(&space_of(&opened(dir.path(), MIB), 4), &texts("t", 9), 4);
    let own = files(dir.path(), "").len();
    let name = path.file_name().unwrap().to_string_lossy();
    File::create(dir.path().join(format!(".parallax-{name}-x.tmp"))).unwrap();
    let others = ["notes.txt", "a.vectors", "a-b.v1.vectors", "x.damaged", ".parallax-stories.csv-x.tmp", "vectors"];
    for name in others {
        std::fs::write(dir.path().join(name), "mine").unwrap();
    }
    let (removed, bytes) = VectorCache::clear(dir.path()).unwrap();
    assert_eq!((removed, own), (3, 2), "{aside}");
    assert!(bytes > 500);
    let left = files(dir.path(), "");
    assert_eq!(left.len(), others.len(), "{left:?}");
    assert_eq!(VectorCache::clear(&dir.path().join("gone")).unwrap(), (0, 0));
}

#[test]
fn figures_name_what_computed_the_vectors() {
    let dir = tempdir().unwrap();
    let cache = opened(dir.path(), MIB);
    put(&cache.space(&fingerprint("small"), 4, Values::F32), &texts("t", 7), 4);
    put(&cache.space(&fingerprint("large"), 8, Values::F16), &texts("t", 9), 8);
    cache.flush();
    let stats = cache.stats().unwrap();
    assert_eq!((stats.entries, stats.bytes, stats.damaged), (16, size(dir.path()), 0));
    let spaces: Vec<_> = stats
        .spaces
        .iter()
        .map(|s| (s.model.as_str(), s.precision.as_str(), s.dimension, s.values, s.entries))
        .collect();
    assert_eq!(spaces, [("large", "f32", 8, Values::F16, 9), ("small", "f32", 4, Values::F32, 7)]);
    assert_eq!(CacheStats::of(&dir.path().join("gone")).unwrap().entries, 0);
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_with_a_remedy() {
    let dir = tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    for path in ["file", "file/below"] {
        let error = VectorCache::open(&dir.path().join(path), MIB).unwrap_err();
        assert!(error.to_string().contains(path), "{error}");
        assert!(error.hint().unwrap().contains("--no-cache"));
    }
}

#[test]
fn when_the_folder_breaks_the_run_goes_on() {
    let parent = tempdir().unwrap();
    let dir = parent.path().join("cache");
    let cache = opened(&dir, MIB);
    let space = space_of(&cache, 4);
    put(&space, &texts("before", 3), 4);
    cache.flush();
    // The user clears it: it is made again.
    std::fs::remove_dir_all(&dir).unwrap();
    assert_eq!(hits(&space, &texts("before", 3), 4), 0);
    put(&space, &texts("between", 3), 4);
    cache.flush();
    assert_eq!((hits(&space, &texts("between", 3), 4), cache.take_notes()), (3, Vec::new()));
    // Something else takes its place.
    std::fs::remove_dir_all(&dir).unwrap();
    std::fs::write(&dir, "").unwrap();
    put(&space, &texts("after", 3), 4);
    cache.flush();
    put(&space, &texts("after", 3), 4);
    cache.flush();
    assert_eq!(hits(&space, &texts("after", 3), 4), 0);
    let notes = cache.take_notes();
    assert!(notes.len() == 1 && notes[0].contains("nothing more is stored in this run"), "{notes:?}");
}

#[test]
fn keys_are_found_wherever_they_lie() {
    let dir = tempdir().unwrap();
    let layout = Arc::new(Layout::new(&fingerprint("m"), 1, Values::F32));
    let sorted = |mut keys: Vec<Key>| {
        keys.sort_unstable();
        keys
    };
    let hashes = sorted((0..20_000).map(|i| key_of(&i.to_string())).collect());
    // No hash function gives these: the guess is far off.
    let uneven = (0..20_000_u128).map(|i| (i * i).to_be_bytes()).collect();
    for keys in [Vec::new(), hashes[..1].to_vec(), hashes, uneven] {
        let mut writer = Writer::create(dir.path(), &layout).unwrap();
        for key in &keys {
            writer.put(*key, &[0; 17]).unwrap();
        }
        let segment = writer.finish().unwrap();
        assert_eq!(segment.bytes(), std::fs::metadata(segment.path()).unwrap().len());
        assert!(keys.iter().enumerate().all(|(i, key)| segment.find(key) == Some(i)));
        for key in [[0xff; 16], 2_u128.to_be_bytes(), key_of("none")] {
            assert_eq!(segment.find(&key), None);
        }
    }
}
