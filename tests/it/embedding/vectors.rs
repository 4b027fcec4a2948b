//! Which vector a text has, and that nothing but the text decides it.

use std::borrow::Cow;

use half::f16;
use parallax::embed::{Embedder, EngineKind, Precision, bucket_length, bucket_rows};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{Way, bits, distance, embed, filler, headlines, reference, stretch_end};
use crate::npy;
use crate::tiny::Tiny;

/// Largest cosine distance from the reference. bf16 and int8 keep 8 bits of each product's factors: near, but no
/// reference.
fn tolerance(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => 1e-8,
        Precision::Bf16 => 1e-3,
        Precision::Int8 => 2e-2,
    }
}

#[test]
fn vectors_are_those_of_the_original_library() {
    let expected = npy::read(include_bytes!("../../../models/reference/vectors.npy"));
    let texts = reference();
    assert_eq!(expected.nrows(), texts.len());
    for way in Way::all() {
        let (got, _) = embed(way.shared(), &texts);
        let mut worst = (0.0, 0);
        let mut sum = 0.0;
        for (i, text) in texts.iter().enumerate() {
            let distance = distance(got.of(i), expected.row(i)).abs();
            assert!(distance < tolerance(way.precision), "{way}: distance {distance:e} for {text:?}");
            sum += distance;
            if distance > worst.0 {
                worst = (distance, i);
            }
        }
        let mean = sum / texts.len() as f64;
        println!("{way}: cosine distance {mean:.1e}, at most {:.1e} ({:.60?})", worst.0, texts[worst.1]);
        // Of int8, .0041 where the CPU multiplies bytes without VNNI, which leaves weights seven bits.
        assert!(mean < tolerance(way.precision) / 4.0, "{way}: distance {mean:e} on average");
    }
}

#[test]
fn engines_agree_on_texts_that_no_reference_has() {
    let texts = filler(75, 11);
    let all: Vec<_> = Way::all().into_iter().map(|way| (way, embed(way.shared(), &texts).0)).collect();
    for (way, vectors) in &all {
        for (i, text) in texts.iter().enumerate() {
            let distance = distance(vectors.of(i), all[0].1.of(i));
            assert!(distance.abs() < tolerance(way.precision), "{way}, {}: {distance:e}, {text:.60?}", all[0].0);
        }
    }
}

#[test]
fn engines_agree_on_a_model_of_other_sizes() {
    let dir = tempfile::tempdir().unwrap();
    Tiny { hidden: 96, heads: 3, intermediate: 160, layers: 3, ..Tiny::default() }.write(dir.path());
    let texts = filler(80, 12);
    let ways = Way::all();
    let all: Vec<_> = ways.iter().map(|way| (way, embed(&way.open_in(dir.path()).unwrap(), &texts).0)).collect();
    for (way, vectors) in &all {
        assert_eq!(vectors.rows.dim(), (80, 96));
        for (i, text) in texts.iter().enumerate() {
            let distance = distance(vectors.of(i), all[0].1.of(i));
            assert!(distance.abs() < tolerance(way.precision), "{way}, {}: {distance:e}, {text:.60?}", all[0].0);
        }
    }
}

#[test]
fn a_vector_depends_on_its_text_alone() {
    let mut texts = reference();
    texts.extend(filler(75, 1).into_iter().step_by(4));
    for way in Way::all() {
        let alone: Vec<Vec<u32>> = texts.iter().map(|t| bits(embed(way.shared(), &[t]).0.of(0))).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for threads in [1, 2, 3] {
            let opened = (threads > 1).then(|| way.open(threads));
            let embedder = opened.as_ref().unwrap_or(way.shared());
            // Another order, so other neighbours and rows; fewer of the texts, and others beside them.
            let mut order: Vec<usize> = (0..texts.len()).collect();
            order.shuffle(&mut rng);
            order.truncate(texts.len() / threads);
            let mut crowd: Vec<&str> = order.iter().map(|&i| texts[i].as_str()).collect();
            let others = headlines(20 * threads, 100 + threads as u64);
            crowd.extend(others.iter().map(String::as_str));
            let (got, _) = embed(embedder, &crowd);
            for (place, &i) in order.iter().enumerate() {
                assert_eq!(bits(got.of(place)), alone[i], "{way}, {threads} threads, {:.60?}", texts[i]);
            }
        }
    }
}

#[test]
fn a_text_has_the_same_bits_in_every_row_of_its_batch() {
    // One length after another, as many texts as fill a batch and begin the next, each moved on by some rows.
    for way in Way::all() {
        let embedder = way.shared();
        for words in [1, 13, 30, 61, 253] {
            let rows = bucket_rows(bucket_length(words + 3)) + 1;
            let texts: Vec<String> = (0..rows).map(|i| "again ".repeat(words) + &i.to_string()).collect();
            let (first, _) = embed(embedder, &texts);
            for shift in [1, 7] {
                let moved: Vec<&String> = texts.iter().cycle().skip(shift % rows).take(rows).collect();
                let (got, _) = embed(embedder, &moved);
                for i in 0..rows {
                    let place = (i + rows - shift % rows) % rows;
                    assert_eq!(bits(first.of(i)), bits(got.of(place)), "{way}, {words} words, row {i}");
                }
            }
        }
    }
}

#[test]
fn calling_again_gives_the_same_bytes() {
    let texts = headlines(20, 3);
    for way in Way::all() {
        let (first, _) = embed(way.shared(), &texts);
        assert_eq!(first.rows, embed(way.shared(), &texts).0.rows, "{way}");
        assert_eq!(first.rows, embed(&way.open(2), &texts).0.rows, "{way}: another copy of the model");
    }
}

#[test]
fn a_stream_gives_the_same_bits_whatever_stretch_a_text_is_in() {
    let mut texts = headlines(70, 6);
    // Stretches of 25, 1, 30 and 17 texts; the same texts again across the borders.
    texts.insert(24, stretch_end(1));
    texts.insert(25, stretch_end(2));
    texts.insert(55, stretch_end(3));
    texts[60] = texts[3].clone();
    texts[61] = texts[56].clone();
    for way in Way::all() {
        let (expected, _) = embed(way.shared(), &texts);
        let (mut at, mut stretches) = (0, Vec::new());
        let source = texts.iter().map(|text| Ok(Cow::Borrowed(text.as_str())));
        let stats = way.open(3).stream(source, None, &|_, _| true, &mut |chunk| {
            for vector in chunk.rows() {
                assert_eq!(bits(vector), bits(expected.of(at)), "{way}: text {at}");
                at += 1;
            }
            stretches.push(chunk.nrows());
            Ok(())
        });
        assert_eq!(stretches, [25, 1, 30, 17]);
        let stats = stats.unwrap();
        assert_eq!((stats.texts, stats.distinct, stats.truncated), (73, 72, 3), "{way}: one repeated in its stretch");
    }
}

#[test]
fn coarse_formats_give_vectors_that_fit_in_16_bits() {
    for way in Way::all() {
        let (vectors, _) = embed(way.shared(), &headlines(30, 7));
        let fit = vectors.rows.iter().all(|&x| f16::from_f32(x).to_f32() == x);
        assert_eq!(fit, way.precision != Precision::F32, "{way}");
    }
}

#[test]
fn what_is_computed_beside_the_texts_is_counted() {
    let mut texts = filler(20, 8);
    texts.extend(headlines(80, 8));
    for way in Way::all() {
        let embedder = way.shared();
        let (_, stats) = embed(embedder, &texts);
        let lengths = embedder.count_tokens(&texts).unwrap();
        let tokens: usize = lengths.iter().sum();
        assert_eq!((stats.texts, stats.distinct, stats.tokens), (100, 100, tokens as u64), "{way}");
        match way.engine {
            EngineKind::Portable => assert_eq!((stats.padding, stats.dummies), (0, 0), "{way}"),
            EngineKind::RustBert => {
                let padding: usize = lengths.iter().map(|&tokens| bucket_length(tokens) - tokens).sum();
                assert_eq!(stats.padding, padding as u64, "{way}");
                assert!(stats.dummies > 0, "{way}: so few texts fill no batch");
            }
        }
    }
}

#[test]
fn what_means_the_same_is_nearer_than_what_shares_words() {
    for way in Way::all() {
        let (got, _) = embed(
            way.shared(),
            &[
                "The council agreed to shut the harbour bridge for repairs.",
                "City leaders voted to close the bridge at the port while it is being fixed.",
                "The council agreed to shut the public library for good.",
                "The striker scored twice in the final.",
            ],
        );
        let to_first: Vec<f64> = (1..4).map(|i| distance(got.of(0), got.of(i))).collect();
        assert!(to_first.is_sorted(), "{way}: {to_first:?}");
    }
}

#[test]
fn the_fingerprint_says_what_computed_a_vector() {
    let fingerprints: Vec<_> = Way::all().into_iter().map(|way| (way, way.shared().fingerprint())).collect();
    for (i, (way, fingerprint)) in fingerprints.iter().enumerate() {
        assert_eq!((fingerprint.engine.as_str(), fingerprint.precision), (way.engine.name(), way.precision));
        assert_eq!(fingerprint.model, "all-MiniLM-L6-v2");
        assert!(
            fingerprint.sha256.starts_with("53aa5117") && fingerprint.cpu_class.starts_with(std::env::consts::ARCH)
        );
        assert!(fingerprints[..i].iter().all(|(_, other)| other != fingerprint), "{way} is like another");
    }
}

#[test]
fn an_embedder_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Embedder>();
    let texts = headlines(40, 9);
    for way in Way::all() {
        let (expected, _) = embed(way.shared(), &texts);
        let embedder = way.open(2);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| assert_eq!(embed(&embedder, &texts).0.rows, expected.rows, "{way}"));
            }
        });
    }
}
