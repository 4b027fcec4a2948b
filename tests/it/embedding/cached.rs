//! Vectors of earlier runs: the same bits as computed ones.

use std::path::Path;

use parallax::Error;
use parallax::embed::Embedder;
use parallax::embed::cache::VectorCache;

use super::{Way, bits, embed, headlines};

fn cached(way: Way, dir: &Path) -> Embedder {
    let (cache, warning) = VectorCache::open(dir, 1 << 30).unwrap();
    assert_eq!(warning, None);
    way.open(2).with_cache(cache)
}

#[test]
fn a_known_text_has_the_bits_that_it_would_be_given() {
    let dir = tempfile::tempdir().unwrap();
    let long = "flood ".repeat(300);
    let mut texts = headlines(50, 1);
    texts.push(long);
    // All ways share the folder: none may take the vectors of another.
    for way in Way::all() {
        let (expected, plain) = embed(way.shared(), &texts);
        let (first, stats) = embed(&cached(way, dir.path()), &texts[20..]);
        assert_eq!((stats.distinct, stats.cached, stats.truncated), (31, 0, 1), "{way}");
        assert_eq!(bits(first.of(0)), bits(expected.of(20)), "{way}");
        let embedder = cached(way, dir.path());
        let (second, stats) = embed(&embedder, &texts);
        assert_eq!((stats.distinct, stats.cached, stats.truncated), (51, 31, 1), "{way}");
        assert_eq!(second.rows, expected.rows, "{way}");
        assert!(stats.tokens < plain.tokens);
        let (third, stats) = embed(&embedder, &texts);
        assert_eq!((stats.cached, stats.tokens, stats.padding, stats.dummies), (51, 0, 0, 0), "{way}");
        assert_eq!(third.rows, expected.rows, "{way}");
        assert!(embedder.cache().unwrap().take_notes().is_empty(), "{way}");
    }
}

#[test]
fn what_was_computed_before_an_interruption_is_known_afterwards() {
    for way in Way::all() {
        let dir = tempfile::tempdir().unwrap();
        let texts = headlines(150, 2);
        let result = cached(way, dir.path()).embed(&texts, &|_, _| false);
        assert!(matches!(result, Err(Error::Interrupted)), "{way}: {result:?}");
        let (vectors, stats) = embed(&cached(way, dir.path()), &texts);
        assert!(stats.cached > 0 && stats.cached < 150, "{way}: {} known", stats.cached);
        assert_eq!(vectors.rows, embed(way.shared(), &texts).0.rows, "{way}");
    }
}

#[test]
fn a_stream_of_known_texts_can_be_stopped() {
    for way in Way::all() {
        let dir = tempfile::tempdir().unwrap();
        let embedder = cached(way, dir.path());
        embed(&embedder, &["storm", "flood"]);
        let result = embedder.embed(&["storm", "flood"], &|_, _| false);
        assert!(matches!(result, Err(Error::Interrupted)), "{way}: {result:?}");
    }
}
