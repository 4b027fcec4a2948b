//! Texts to vectors with the real model. `models/reference` holds what the original Python library computes.

#![cfg(feature = "rust-bert")]
// clippy.toml allows these inside #[test] functions, not in their helpers.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

use ndarray::{Array2, ArrayView1};
use ndarray_npy::ReadNpyExt;
use parallax::embed::{Embedder, Precision, Vectors, bucket_length, bucket_rows};
use parallax::{Error, pipeline};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn open(precision: Precision, threads: usize) -> Embedder {
    Embedder::open(&pipeline::default_model(), precision, threads).unwrap()
}

/// One model for all tests that need no other settings.
fn shared() -> &'static Embedder {
    static EMBEDDER: OnceLock<Embedder> = OnceLock::new();
    EMBEDDER.get_or_init(|| open(Precision::F32, 1))
}

/// f32, and bf16 where the CPU multiplies it in hardware (elsewhere it is emulated, and slow).
fn precisions() -> Vec<Precision> {
    match Precision::fastest() {
        Precision::F32 => {
            println!("bf16 is not tested: this CPU has no AVX512_BF16");
            vec![Precision::F32]
        }
        Precision::Bf16 => vec![Precision::F32, Precision::Bf16],
    }
}

fn vectors<S: AsRef<str> + Sync>(embedder: &Embedder, texts: &[S]) -> Vectors {
    embedder.embed(texts, &|_, _| true).unwrap().0
}

fn bits(vector: ArrayView1<'_, f32>) -> Vec<u32> {
    vector.iter().map(|x| x.to_bits()).collect()
}

fn cosine(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f64 {
    a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
}

/// Texts of the reference: short, long, of many scripts, and hostile.
fn reference() -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Line {
        text: String,
    }
    let lines = include_str!("../models/reference/texts.jsonl").lines();
    lines.map(|line| serde_json::from_str::<Line>(line).unwrap().text).collect()
}

/// Texts of 1 to 300 words; the first 60 of every length from 1 word up.
fn filler(n: usize, seed: u64) -> Vec<String> {
    const WORDS: [&str; 16] = [
        "council",
        "voted",
        "the",
        "bridge",
        "minister",
        "7,412",
        "denied",
        "storm",
        "Zürich",
        "again",
        "harbour",
        "of",
        "workers’",
        "tax",
        "yesterday",
        "unprecedented",
    ];
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n)
        .map(|i| {
            let words = if i < 60 { i + 1 } else { rng.random_range(1..=if i % 10 == 0 { 300 } else { 60 }) };
            (0..words).map(|_| WORDS[rng.random_range(0..WORDS.len())]).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn vectors_are_those_of_the_original_library() {
    let expected = Array2::<f32>::read_npy(&include_bytes!("../models/reference/vectors.npy")[..]).unwrap();
    let texts = reference();
    assert_eq!(expected.nrows(), texts.len());
    // bf16 keeps 8 bits of each product's factors: near, but no reference.
    for (precision, tolerance) in precisions().into_iter().zip([1e-4, 5e-3]) {
        let got = vectors(&open(precision, 2), &texts);
        let mut worst = (0.0, 0);
        for (i, text) in texts.iter().enumerate() {
            let distance = 1.0 - cosine(got.of(i), expected.row(i));
            assert!(distance.abs() < tolerance, "{}: distance {distance:e} for {text:?}", precision.name());
            if distance.abs() > worst.0 {
                worst = (distance.abs(), i);
            }
        }
        println!("{}: largest cosine distance {:.1e} ({:?})", precision.name(), worst.0, texts[worst.1]);
    }
}

#[test]
fn a_vector_depends_on_its_text_alone() {
    let mut texts = reference();
    texts.extend(filler(70, 1));
    for precision in precisions() {
        let embedder = open(precision, 1);
        let alone: Vec<Vec<u32>> = texts.iter().map(|t| bits(vectors(&embedder, &[t]).of(0))).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for threads in [1, 2, 3] {
            let embedder = open(precision, threads);
            // Another order, so other neighbours and rows; fewer of the texts, and others beside them.
            let mut order: Vec<usize> = (0..texts.len()).collect();
            order.shuffle(&mut rng);
            order.truncate(texts.len() / threads);
            let mut crowd: Vec<&str> = order.iter().map(|&i| texts[i].as_str()).collect();
            let others = filler(40 * threads, 100 + threads as u64);
            crowd.extend(others.iter().map(String::as_str));
            let got = vectors(&embedder, &crowd);
            for (place, &i) in order.iter().enumerate() {
                let name = precision.name();
                assert_eq!(bits(got.of(place)), alone[i], "{name}, {threads} threads, {:.60?}", texts[i]);
            }
        }
    }
}

#[test]
fn a_text_has_the_same_bits_in_every_row_of_its_batch() {
    // One length after another, as many texts as fill a batch and begin the next, each moved on by some rows.
    for precision in precisions() {
        let embedder = open(precision, 1);
        for words in [1, 13, 30, 61, 253] {
            let rows = bucket_rows(bucket_length(words + 3)) + 1;
            let texts: Vec<String> = (0..rows).map(|i| "again ".repeat(words) + &i.to_string()).collect();
            let first = vectors(&embedder, &texts);
            for shift in [1, 7] {
                let moved: Vec<&String> = texts.iter().cycle().skip(shift % rows).take(rows).collect();
                let got = vectors(&embedder, &moved);
                for i in 0..rows {
                    let place = (i + rows - shift % rows) % rows;
                    assert_eq!(bits(first.of(i)), bits(got.of(place)), "{} {words} words, row {i}", precision.name());
                }
            }
        }
    }
}

#[test]
fn calling_again_gives_the_same_bytes() {
    let texts = filler(20, 3);
    for precision in precisions() {
        let embedder = open(precision, 2);
        let first = vectors(&embedder, &texts);
        assert_eq!(first.rows, vectors(&embedder, &texts).rows);
        assert_eq!(first.rows, vectors(&open(precision, 2), &texts).rows, "another copy of the model");
    }
}

#[test]
fn nothing_to_embed_is_no_error() {
    let (vectors, stats) = shared().embed(&[""; 0], &|_, _| panic!("there is no progress to report")).unwrap();
    assert_eq!(vectors.rows.dim(), (0, 384));
    assert!(vectors.index.is_empty());
    assert_eq!((stats.texts, stats.distinct, stats.tokens, stats.padding), (0, 0, 0, 0));
}

#[test]
fn any_text_has_a_vector_of_length_one() {
    let hostile =
        ["", " ", "\0", "\u{1}\u{2}", "\u{202e}gnorw\u{202c}", "\u{feff}", "🔥", "العهد", "e\u{301}", "x", "[PAD]"];
    let got = vectors(shared(), &hostile);
    for (i, text) in hostile.iter().enumerate() {
        let norm = cosine(got.of(i), got.of(i)).sqrt();
        assert!((norm - 1.0).abs() < 1e-5, "norm {norm} for {text:?}");
    }
}

#[test]
fn a_repeated_text_is_computed_once() {
    let (vectors, stats) = shared().embed(&vec!["Storm kills nine"; 10_000], &|_, _| true).unwrap();
    assert_eq!((stats.texts, stats.distinct, vectors.rows.nrows()), (10_000, 1, 1));
    assert_eq!(vectors.index, vec![0; 10_000]);
    assert_eq!(stats.tokens, 5, "three words, [CLS], [SEP]");
}

#[test]
fn what_is_longer_than_the_model_reads_is_cut_and_counted() {
    let long = "flood ".repeat(100_000 / 6 + 1);
    let (vectors, stats) =
        shared().embed(&["short", long.as_str(), &long[..6 * 254], &long[..6 * 255]], &|_, _| true).unwrap();
    assert_eq!(stats.truncated, 2, "254 words and two special tokens still fit");
    assert_eq!(bits(vectors.of(1)), bits(vectors.of(2)), "what lies behind the limit has no say");
    let (_, stats) = shared().embed(&["x".repeat(100_000)], &|_, _| true).unwrap();
    assert_eq!(stats.distinct, 1, "one word of 100,000 letters");
}

#[test]
fn an_observer_stops_the_work() {
    let texts = filler(100, 4);
    let embedder = open(Precision::F32, 2);
    let calls = AtomicU64::new(0);
    let result = embedder.embed(&texts, &|_, _| {
        calls.fetch_add(1, Ordering::Relaxed);
        false
    });
    assert!(matches!(result, Err(Error::Interrupted)), "{result:?}");
    assert!(calls.into_inner() <= 2, "each worker ends after the batch it is at");
    assert_eq!(vectors(&embedder, &texts[..3]).rows.nrows(), 3, "the embedder can be used again");
}

#[test]
fn progress_counts_every_token_once() {
    let seen = Mutex::new(Vec::new());
    let (_, stats) = open(Precision::F32, 2)
        .embed(&filler(60, 5), &|done, total| {
            seen.lock().unwrap().push((done, total));
            true
        })
        .unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.is_sorted() && seen.iter().all(|&(_, total)| total == stats.tokens));
    assert_eq!(seen.last(), Some(&(stats.tokens, stats.tokens)));
}

#[test]
fn what_means_the_same_is_nearer_than_what_shares_words() {
    let got = vectors(
        shared(),
        &[
            "The council agreed to shut the harbour bridge for repairs.",
            "City leaders voted to close the bridge at the port while it is being fixed.",
            "The council agreed to shut the public library for good.",
            "The striker scored twice in the final.",
        ],
    );
    let to_first: Vec<f64> = (1..4).map(|i| cosine(got.of(0), got.of(i))).collect();
    assert!(to_first[0] > to_first[1] && to_first[1] > to_first[2], "{to_first:?}");
}

/// Folders of broken models.
mod broken {
    use super::*;

    const FILES: [&str; 4] = ["model.safetensors", "config.json", "tokenizer.json", "sentence_bert_config.json"];

    /// A copy of the model as links, in a folder of that name, except what `change` does to it.
    fn model(name: &str, change: impl FnOnce(&Path)) -> Error {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join(name);
        std::fs::create_dir(&dir).unwrap();
        for file in FILES {
            std::os::unix::fs::symlink(pipeline::default_model().canonicalize().unwrap().join(file), dir.join(file))
                .unwrap();
        }
        change(&dir);
        Embedder::open(&dir, Precision::F32, 1).unwrap_err()
    }

    fn replace(dir: &Path, file: &str, content: impl AsRef<[u8]>) {
        std::fs::remove_file(dir.join(file)).unwrap();
        std::fs::write(dir.join(file), content).unwrap();
    }

    fn config(dir: &Path, from: &str, to: &str) {
        let json = std::fs::read_to_string(dir.join("config.json")).unwrap();
        assert!(json.contains(from), "{from} in {json}");
        replace(dir, "config.json", json.replace(from, to));
    }

    /// The error names the file, says what is wrong and what to do.
    fn says(error: &Error, file: &str, words: &[&str]) {
        let Error::Model { path, reason, hint, .. } = error else { panic!("{error:?}") };
        assert!(path.ends_with(file), "{error}");
        for word in words {
            assert!(reason.contains(word), "{word:?} in {reason:?}");
        }
        assert!(hint.contains("make setup"), "{hint:?}");
    }

    #[test]
    fn missing_folder() {
        let error = Embedder::open(Path::new("/nowhere/model"), Precision::F32, 1).unwrap_err();
        says(&error, "model", &["no such folder"]);
    }

    #[test]
    fn missing_files() {
        for file in &FILES[..3] {
            let error = model("own", |dir| std::fs::remove_file(dir.join(file)).unwrap());
            says(&error, file, &["cannot be read"]);
        }
    }

    #[test]
    fn weights_cut_off() {
        let weights = std::fs::read(pipeline::default_model().join("model.safetensors")).unwrap();
        for size in [0, 5, 1000, weights.len() / 2, weights.len() - 1] {
            let error = model("own", |dir| replace(dir, "model.safetensors", &weights[..size]));
            says(&error, "model.safetensors", if size < 5000 { &["no safetensors file"] } else { &["cut off"] });
        }
    }

    #[test]
    fn weights_that_are_none() {
        for bytes in [&b"version https://git-lfs.github.com/spec/v1\noid sha256:53aa51172d142c89\n"[..], &[255; 100]] {
            says(&model("own", |dir| replace(dir, "model.safetensors", bytes)), "model.safetensors", &["safetensors"]);
        }
    }

    #[test]
    fn weights_of_other_dimensions() {
        for (from, to) in [
            ("\"hidden_size\": 384", "\"hidden_size\": 768"),
            ("\"vocab_size\": 30522", "\"vocab_size\": 99999999999999"),
            ("\"max_position_embeddings\": 512", "\"max_position_embeddings\": 1024"),
            ("\"intermediate_size\": 1536", "\"intermediate_size\": 1"),
            ("\"num_hidden_layers\": 6", "\"num_hidden_layers\": 12"),
        ] {
            says(&model("own", |dir| config(dir, from, to)), "model.safetensors", &["where config.json says"]);
        }
        for heads in ["0", "7"] {
            let to = format!("\"num_attention_heads\": {heads}");
            let error = model("own", |dir| config(dir, "\"num_attention_heads\": 12", &to));
            says(&error, "config.json", &["attention heads"]);
        }
    }

    #[test]
    fn configuration_of_another_kind() {
        let error = model("own", |dir| config(dir, "\"bert\"", "\"roberta\""));
        says(&error, "config.json", &["`roberta`", "only `bert`"]);
        says(&model("own", |dir| replace(dir, "config.json", "{}")), "config.json", &["not a BERT configuration"]);
        says(&model("own", |dir| replace(dir, "config.json", "no JSON")), "config.json", &["not a BERT configuration"]);
        // Fields that only the engine reads.
        let error = model("own", |dir| config(dir, "\"gelu\"", "\"gelu_of_the_future\""));
        says(&error, "config.json", &["not a BERT configuration"]);
        let error = model("own", |dir| {
            std::fs::create_dir(dir.join("1_Pooling")).unwrap();
            std::fs::write(dir.join("1_Pooling/config.json"), "{\"pooling_mode_mean_tokens\": false}").unwrap();
        });
        says(&error, "1_Pooling/config.json", &["pooling"]);
    }

    #[test]
    fn broken_tokenizer() {
        for content in ["", "{}", "{\"version\": \"1.0\", \"model\": {\"type\": \"WordPiece\"}}"] {
            says(&model("own", |dir| replace(dir, "tokenizer.json", content)), "tokenizer.json", &["not a tokenizer"]);
        }
    }

    #[test]
    fn known_model_with_other_bytes() {
        let name = "all-MiniLM-L6-v2";
        let error = model(name, |dir| config(dir, "\"gelu\"", "\"relu\""));
        says(&error, "config.json", &["is damaged: sha256", "expected 953f9c0d"]);
        let error = model(name, |dir| replace(dir, "model.safetensors", "short"));
        says(&error, "model.safetensors", &["is damaged: sha256", "expected 53aa5117"]);
    }
}
