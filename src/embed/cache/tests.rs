//! What the cache promises within one process; `tests/cache.rs` has the promises between processes.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use half::f16;
use redb::{Database, ReadableDatabase, ReadableTable};
use tempfile::{TempDir, tempdir};

use super::store::{ABOUT, BLOCKS, today};
use super::*;
use crate::embed::Precision;

const MIB: u64 = 1 << 20;

fn fingerprint(model: &str) -> Fingerprint {
    Fingerprint {
        engine: "made-up".into(),
        engine_version: "1".into(),
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

fn names(dir: &Path) -> Vec<String> {
    let all = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = all.collect();
    names.sort();
    names
}

fn size(dir: &Path) -> u64 {
    on_disk(&dir.join(NAME))
}

/// Lets days pass.
fn age(dir: &Path, days: u32) {
    let database = Database::open(dir.join(NAME)).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let mut about = transaction.open_table(ABOUT).unwrap();
        let rows: Vec<_> = about.iter().unwrap().map(|row| row.unwrap()).map(|(k, v)| (k.value(), v.value())).collect();
        for (id, (namespace, records, bytes, day)) in rows {
            about.insert(id, (namespace, records, bytes, day - days)).unwrap();
        }
    }
    transaction.commit().unwrap();
}

/// When the blocks were used last, in days before today.
fn ages(dir: &Path) -> Vec<u32> {
    let database = Database::open(dir.join(NAME)).unwrap();
    let about = database.begin_read().unwrap().open_table(ABOUT).unwrap();
    about.iter().unwrap().map(|row| today() - row.unwrap().1.value().3).collect()
}

/// A cache of five vectors of four numbers.
fn small() -> (TempDir, PathBuf, Vec<String>) {
    let dir = tempdir().unwrap();
    let texts = texts("small", 5);
    put(&space_of(&opened(dir.path(), MIB), 4), &texts, 4);
    let path = dir.path().join(NAME);
    (dir, path, texts)
}

/// What the cache holds on disk.
fn stats(cache: &VectorCache) -> CacheStats {
    CacheStats::of(&cache.shared.dir).unwrap()
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
    assert_eq!(stats(&cache).spaces[0].bytes, 2 * n as u64 + 16 + 8 + 4 + 1);
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
fn many_small_commits_end_in_few_blocks_without_repetitions() {
    let dir = tempdir().unwrap();
    let cache = opened(dir.path(), 64 * MIB);
    let space = space_of(&cache, 4);
    let texts = texts("t", 500);
    for part in texts.chunks(10) {
        put(&space, part, 4);
        put(&space, &texts[..1], 4); // once in each of 50 commits
        cache.flush();
    }
    assert_eq!(hits(&space, &texts, 4), 500);
    let reader = opened(dir.path(), 64 * MIB);
    assert_eq!(hits(&space_of(&reader, 4), &texts, 4), 500);
    let stats = stats(&reader);
    assert_eq!((stats.entries, stats.spaces[0].entries, ages(dir.path()).len()), (500, 500, 1));
    assert!(size(dir.path()) < 300_000, "{}", size(dir.path()));
}

#[test]
fn the_size_stays_below_the_limit_and_what_is_used_stays() {
    let dir = tempdir().unwrap();
    let cache = opened(dir.path(), MIB);
    let space = space_of(&cache, 64);
    let hot = texts("hot", 100);
    put(&space, &hot, 64);
    for day in 0..40 {
        put(&space, &texts(&format!("day {day}"), 300), 64);
        cache.flush();
        assert!(size(dir.path()) <= MIB, "day {day}: {}", size(dir.path()));
        // A day passes; then only the hot texts are asked for.
        age(dir.path(), 1);
        let reader = opened(dir.path(), MIB);
        assert_eq!(hits(&space_of(&reader, 64), &hot, 64), 100, "day {day}");
    }
    let kept: Vec<usize> = (0..40).map(|day| hits(&space, &texts(&format!("day {day}"), 300), 64)).collect();
    assert_eq!((kept[39], kept[5]), (300, 0), "{kept:?}");
    assert!(stats(&cache).spaces[0].bytes > MIB / 2, "evicted more than needed: {kept:?}");
}

#[test]
fn a_smaller_limit_takes_effect_when_the_cache_is_opened() {
    let dir = tempdir().unwrap();
    let texts = texts("t", 4000);
    put(&space_of(&opened(dir.path(), 2 * MIB), 64), &texts, 64);
    assert!(size(dir.path()) > MIB);
    let cache = opened(dir.path(), MIB);
    assert!((MIB / 2..=MIB * 85 / 100).contains(&size(dir.path())), "{}", size(dir.path()));
    assert!(hits(&space_of(&cache, 64), &texts, 64) > 1500);
}

#[test]
fn a_hit_renews_the_day_of_last_use_with_the_next_commit() {
    let (dir, path, texts) = small();
    let lookup = |texts: &[String]| hits(&space_of(&opened(dir.path(), MIB), 4), texts, 4);
    age(dir.path(), 3);
    assert_eq!((lookup(&["never seen".to_owned()]), ages(dir.path())), (0, vec![3]), "no hit, no use");
    assert_eq!((lookup(&texts), ages(dir.path())), (5, vec![0]));
    let before = std::fs::read(&path).unwrap();
    assert_eq!(lookup(&texts), 5);
    assert!(std::fs::read(&path).unwrap() == before, "used on this day: no write");
}

#[test]
fn no_flipped_bit_gives_a_wrong_vector_or_stops_anything() {
    let (dir, path, texts) = small();
    let sound = std::fs::read(&path).unwrap();
    let (mut aside, mut records, mut silent, mut later) = (0, 0, 0, 0);
    // Most of the file is empty pages.
    for at in (0..sound.len()).filter(|&at| at < 400 || sound[at] != 0).step_by(37) {
        let mut bytes = sound.clone();
        bytes[at] ^= 1 << (at % 8);
        std::fs::write(&path, bytes).unwrap();
        // A run computes what is missing and the next one finds it, unless the damage shows then: redb checks pages
        // only after a crash.
        for run in 0.. {
            let (cache, warning) = VectorCache::open(dir.path(), 16 * MIB).unwrap();
            let space = space_of(&cache, 4);
            let found = hits(&space, &texts, 4);
            put(&space, &texts, 4);
            cache.flush();
            let notes = [warning.into_iter().collect(), cache.take_notes()].concat();
            match &notes[..] {
                [note] if note.contains("damaged, and its vectors are computed again") => aside += 1,
                [note] if note.contains("damaged vectors were found") => records += 1,
                [] if found == 5 && run > 0 => break,
                [] => silent += usize::from(found < 5),
                notes => panic!("byte {at}: {notes:?}"),
            }
            later += usize::from(run > 0);
            assert!(run < 4, "byte {at}: {notes:?}");
        }
        VectorCache::clear(dir.path()).unwrap();
    }
    assert!(records > 3 && aside > 20 && silent + later < aside, "{records} {aside} {silent} {later}");
}

#[test]
fn a_damaged_record_is_found_stored_again_and_leaves_the_others_alone() {
    let (dir, _, texts) = small();
    let record = 16 + 8 + 4 + 1 + 16;
    for at in 0..5 * record {
        let damage = |database: Database| {
            let transaction = database.begin_write().unwrap();
            {
                let mut blocks = transaction.open_table(BLOCKS).unwrap();
                let (id, mut block) = blocks.first().unwrap().map(|(k, v)| (k.value(), v.value().to_vec())).unwrap();
                block[at] ^= 1 << (at % 8);
                blocks.insert(id, block.as_slice()).unwrap();
            }
            transaction.commit().unwrap();
        };
        damage(Database::open(dir.path().join(NAME)).unwrap());
        let cache = opened(dir.path(), MIB);
        let space = space_of(&cache, 4);
        assert_eq!(hits(&space, &texts, 4), 4, "byte {at}");
        let notes = cache.take_notes();
        assert!(notes.len() == 1 && notes[0].contains("1 damaged vectors were found"), "{notes:?}");
        put(&space, &texts, 4);
        cache.flush();
        assert_eq!(hits(&space_of(&opened(dir.path(), MIB), 4), &texts, 4), 5, "byte {at}");
        VectorCache::clear(dir.path()).unwrap();
        put(&space, &texts, 4);
        cache.flush();
    }
}

#[test]
fn a_file_that_is_cut_off_or_no_database_is_moved_aside() {
    let (dir, path, texts) = small();
    let sound = std::fs::read(&path).unwrap();
    let mut newer = sound.clone();
    newer[64] = 77; // version of the format
    newer[192] = 77;
    let garbage = b"no file of ours".repeat(50);
    let cut = (0..8).map(|i| sound[..sound.len() * i / 8 + 20].to_vec());
    for bytes in cut.chain([newer, garbage, [sound.clone(), vec![0; 100]].concat()]) {
        std::fs::write(&path, &bytes).unwrap();
        let (cache, warning) = VectorCache::open(dir.path(), 16 * MIB).unwrap();
        let warning = warning.unwrap_or_else(|| panic!("{} of {} bytes", bytes.len(), sound.len()));
        assert!(warning.contains("it is now called vectors.redb.damaged"), "{warning}");
        assert_eq!(std::fs::read(dir.path().join(DAMAGED)).unwrap(), bytes);
        put(&space_of(&cache, 4), &texts, 4);
        drop(cache);
        let cache = opened(dir.path(), 16 * MIB);
        assert_eq!((hits(&space_of(&cache, 4), &texts, 4), stats(&cache).damaged), (5, 1));
    }
}

#[test]
fn a_file_whose_maker_was_killed_is_replaced_without_a_word() {
    let (dir, path, texts) = small();
    for bytes in [Vec::new(), vec![0; 1 << 20]] {
        std::fs::write(&path, &bytes).unwrap();
        let cache = opened(dir.path(), MIB);
        put(&space_of(&cache, 4), &texts, 4);
        cache.flush();
        assert_eq!((hits(&space_of(&cache, 4), &texts, 4), cache.take_notes()), (5, Vec::new()));
    }
}

#[test]
fn a_file_cut_off_while_it_is_in_use_is_moved_aside() {
    let (dir, path, texts) = small();
    let cache = opened(dir.path(), MIB);
    let space = space_of(&cache, 4);
    assert_eq!(hits(&space, &texts, 4), 5);
    OpenOptions::new().write(true).open(&path).unwrap().set_len(5000).unwrap();
    assert_eq!(hits(&space, &texts, 4), 0);
    put(&space, &texts, 4);
    cache.flush();
    assert_eq!(hits(&space, &texts, 4), 5);
    let notes = cache.take_notes();
    assert!(notes.len() == 1 && notes[0].contains(DAMAGED), "{notes:?}");
    assert_eq!(names(dir.path()), [NAME, DAMAGED]);
}

#[test]
fn a_damaged_file_goes_when_the_space_is_needed() {
    let dir = tempdir().unwrap();
    std::fs::write(dir.path().join(DAMAGED), vec![7; 600_000]).unwrap();
    let cache = opened(dir.path(), MIB);
    put(&space_of(&cache, 64), &texts("few", 20), 64);
    cache.flush();
    assert_eq!(names(dir.path()), [NAME, DAMAGED]);
    put(&space_of(&cache, 64), &texts("more", 2000), 64);
    cache.flush();
    assert_eq!(names(dir.path()), [NAME]);
}

#[test]
fn clearing_removes_our_files_and_no_others() {
    let (dir, _, _) = small();
    std::fs::write(dir.path().join(DAMAGED), "x").unwrap();
    let others = ["notes.txt", "vectors", "vectors.redb.old", "x.damaged", "x.redb"];
    for name in others {
        std::fs::write(dir.path().join(name), "mine").unwrap();
    }
    let bytes = size(dir.path()) + on_disk(&dir.path().join(DAMAGED));
    assert_eq!(VectorCache::clear(dir.path()).unwrap(), (2, bytes));
    assert_eq!(names(dir.path()), others);
    assert_eq!(VectorCache::clear(dir.path()).unwrap(), (0, 0));
    assert_eq!(VectorCache::clear(&dir.path().join("gone")).unwrap(), (0, 0));
}

#[test]
fn figures_name_what_computed_the_vectors() {
    let dir = tempdir().unwrap();
    let cache = opened(dir.path(), MIB);
    put(&cache.space(&fingerprint("small"), 4, Values::F32), &texts("t", 7), 4);
    put(&cache.space(&fingerprint("large"), 8, Values::F16), &texts("t", 9), 8);
    cache.flush();
    let stats = stats(&cache);
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
fn vectors_put_while_another_process_keeps_the_database_wait_in_memory() {
    let (dir, path, texts) = small();
    let cache = opened(dir.path(), MIB);
    let space = space_of(&cache, 4);
    let other = Database::open(path).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            put(&space, &self::texts("late", 5), 4);
            cache.flush();
            hits(&space, &texts, 4)
        });
        std::thread::sleep(Duration::from_millis(300));
        drop(other);
        assert_eq!(waiting.join().unwrap(), 5);
    });
    assert_eq!((hits(&space, &self::texts("late", 5), 4), cache.take_notes()), (5, Vec::new()));
}
