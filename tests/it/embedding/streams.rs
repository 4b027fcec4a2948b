//! How a stream goes and ends: in order, with an error, interrupted, with an engine that fails.
//!
//! Mostly with made engines, so that what is slow or fails is known.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::sleep;
use std::time::Duration;

use ndarray::{Array2, s};
use parallax::embed::{Batching, EmbedStats, Embedder, TokenBatch};
use parallax::{Error, Result};

use super::made::{self, failure, signature};
use super::{Way, bits, embed, filler, headlines, stretch_end};

const BATCHINGS: [Batching; 2] = [Batching::Fixed, Batching::Ragged];

/// The result of `work`, which must not hang.
#[track_caller]
fn ends<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, result) = mpsc::channel();
    let thread = std::thread::spawn(move || sender.send(work()));
    match result.recv_timeout(Duration::from_secs(30)) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => std::panic::resume_unwind(thread.join().unwrap_err()),
    }
}

/// A stream whose vectors nobody wants.
fn stream(embedder: &Embedder, texts: impl Iterator<Item = Result<String>> + Send) -> Result<EmbedStats> {
    embedder.stream(texts.map(|text| text.map(Cow::Owned)), None, &|_, _| true, &mut |_| Ok(()))
}

/// A first stretch, and then text after text, slowly, without end.
fn endless(taken: &AtomicUsize) -> impl Iterator<Item = Result<Cow<'static, str>>> + Send {
    let first = ["flood".to_owned(), stretch_end(0)].map(|text| Ok(Cow::Owned(text)));
    first.into_iter().chain(std::iter::repeat_with(|| {
        taken.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(5));
        Ok(Cow::Borrowed("slow"))
    }))
}

#[track_caller]
fn failed_as_asked<T>(result: Result<T>) {
    let error = result.err().map(|error| error.to_string());
    assert_eq!(error, Some(failure().to_string()));
}

#[test]
fn vectors_come_in_the_order_of_their_texts_through_many_stretches() {
    // 70,000 texts, a third of them again and again, near and far.
    let text = |i: usize| if i.is_multiple_of(3) { format!("storm {}", i % 1000) } else { format!("bridge {i}") };
    for batching in BATCHINGS {
        let embedder = made::embedder(batching, 2, signature);
        let mut at = 0;
        let mut stretches = 0;
        let stats = embedder
            .stream((0..70_000).map(|i| Ok(text(i).into())), None, &|_, _| true, &mut |chunk| {
                // A sample, in calls of their own.
                let few: Vec<usize> = (0..chunk.nrows()).step_by(997).chain([chunk.nrows() - 1]).collect();
                let (expected, _) = embed(&embedder, &few.iter().map(|i| text(at + i)).collect::<Vec<_>>());
                for (place, &i) in few.iter().enumerate() {
                    assert_eq!(bits(chunk.row(i)), bits(expected.of(place)), "text {}", at + i);
                }
                at += chunk.nrows();
                stretches += 1;
                Ok(())
            })
            .unwrap();
        assert_eq!((at, stats.texts), (70_000, 70_000));
        assert!(stretches > 2, "{stretches} stretches");
        assert!(stats.distinct < 50_000, "{} texts computed", stats.distinct);
    }
}

#[test]
fn an_empty_stream_has_no_vectors() {
    let embedder = made::embedder(Batching::Ragged, 2, signature);
    let stats = embedder.stream(std::iter::empty(), Some(0), &|_, _| panic!("progress"), &mut |_| panic!("vectors"));
    assert_eq!(EmbedStats { seconds: 0.0, ..stats.unwrap() }, EmbedStats::default());
}

#[test]
fn an_error_among_the_texts_comes_out() {
    for after in [0, 1, 40] {
        ends(move || {
            let embedder = made::embedder(Batching::Ragged, 2, signature);
            // The stretch before the error is computed meanwhile.
            let texts = ["flood".to_owned(), stretch_end(0)].into_iter().chain(filler(after, 1)).map(Ok);
            failed_as_asked(stream(&embedder, texts.chain([Err(failure()), Ok("after".into())])));
            assert_eq!(embed(&embedder, &["again"]).1.texts, 1, "the embedder can be used again");
        });
    }
}

#[test]
fn an_error_of_the_receiver_ends_the_work() {
    ends(|| {
        let embedder = made::embedder(Batching::Fixed, 2, signature);
        let taken = AtomicUsize::new(0);
        failed_as_asked(embedder.stream(endless(&taken), None, &|_, _| true, &mut |_| Err(failure())));
        assert!(taken.into_inner() < 1000, "no further stretch is filled");
        assert_eq!(embed(&embedder, &["again"]).1.texts, 1, "the embedder can be used again");
    });
}

#[test]
fn an_observer_stops_a_stream_that_never_ends() {
    ends(|| {
        let embedder = made::embedder(Batching::Ragged, 2, signature);
        let taken = AtomicUsize::new(0);
        let result = embedder.stream(endless(&taken), None, &|_, _| false, &mut |_| panic!("unfinished vectors"));
        assert!(matches!(result, Err(Error::Interrupted)), "{result:?}");
        assert!(taken.into_inner() < 1000, "no further stretch is filled");
    });
}

#[test]
fn an_observer_stops_the_work_of_every_engine() {
    let texts = headlines(300, 4);
    for way in Way::all() {
        let embedder = way.open(2);
        let calls = AtomicU64::new(0);
        let result = embedder.embed(&texts, &|_, _| {
            calls.fetch_add(1, Ordering::Relaxed);
            false
        });
        assert!(matches!(result, Err(Error::Interrupted)), "{way}: {result:?}");
        assert_eq!(calls.into_inner(), 1, "{way}: it is not asked again");
        assert_eq!(embed(&embedder, &texts[..3]).0.rows.nrows(), 3, "{way}: the embedder can be used again");
    }
}

#[test]
fn workers_end_with_the_batch_they_are_at() {
    for batching in BATCHINGS {
        let batches = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&batches);
        let embedder = made::embedder(batching, 3, move |batch| {
            count.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_millis(1));
            signature(batch)
        });
        let result = embedder.embed(&filler(1000, 5), &|_, _| false);
        assert!(matches!(result, Err(Error::Interrupted)), "{result:?}");
        let batches = batches.load(Ordering::Relaxed);
        assert!(batches <= 30, "{batches} batches of about 200 were computed for nobody");
    }
}

#[test]
fn an_engine_that_fails_on_one_batch_yields_its_error() {
    for threads in [1, 2, 5] {
        for batching in BATCHINGS {
            ends(move || {
                let embedder = made::embedder(batching, threads, |batch| {
                    if batch.texts.iter().any(|text| text.len() == 42) { Err(failure()) } else { signature(batch) }
                });
                let mut texts = filler(300, 6);
                failed_as_asked(embedder.embed(&texts, &|_, _| true));
                let lengths = embedder.count_tokens(&texts).unwrap();
                let mut lengths = lengths.into_iter();
                texts.retain(|_| lengths.next() != Some(42));
                assert_eq!(embed(&embedder, &texts).1.texts, texts.len(), "the embedder can be used again");
            });
        }
    }
}

#[test]
fn an_engine_that_panics_has_failed() {
    for threads in [1, 2, 5] {
        ends(move || {
            let embedder = made::embedder(Batching::Ragged, threads, |batch| {
                assert!(batch.texts.iter().all(|text| text.len() != 42), "asked for 42");
                signature(batch)
            });
            let error = embedder.embed(&filler(300, 7), &|_, _| true).unwrap_err();
            assert!(matches!(error, Error::Model { .. }), "{error:?}");
            let error = error.to_string();
            assert!(error.contains("panicked: asked for 42"), "{error}");
            assert_eq!(embed(&embedder, &["again"]).1.texts, 1, "the embedder can be used again");
        });
    }
}

#[test]
fn a_panic_beside_another_failure_is_an_error_too() {
    ends(|| {
        // Half of the batches fail, half of them panic; or the observer has had enough.
        for enough in [true, false] {
            let turn = Arc::new(AtomicUsize::new(0));
            let embedder = made::embedder(Batching::Ragged, 4, move |_| {
                sleep(Duration::from_millis(2));
                if turn.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) { panic!("in turn") } else { Err(failure()) }
            });
            for _ in 0..20 {
                embedder.embed(&filler(100, 8), &|_, _| enough).unwrap_err();
            }
        }
    });
}

#[test]
fn an_engine_that_gives_other_than_the_vectors_has_failed() {
    for batching in BATCHINGS {
        let nan = |batch: &TokenBatch<'_>| {
            let mut vectors = signature(batch)?;
            vectors[[0, 7]] = f32::NAN;
            Ok(vectors)
        };
        let one_less = |batch: &TokenBatch<'_>| Ok(signature(batch)?.slice(s![1.., ..]).to_owned());
        let narrow = |batch: &TokenBatch<'_>| Ok(signature(batch)?.slice(s![.., ..200]).to_owned());
        let texts = filler(20, 9);
        for result in [
            made::embedder(batching, 1, nan).embed(&texts, &|_, _| true),
            made::embedder(batching, 2, one_less).embed(&texts, &|_, _| true),
            made::embedder(batching, 3, narrow).embed(&texts, &|_, _| true),
        ] {
            let error = result.unwrap_err().to_string();
            assert!(error.contains("the engine gives"), "{error}");
        }
    }
}

#[test]
fn more_threads_than_batches_do_no_harm() {
    for way in Way::all() {
        let embedder = way.open(4);
        assert_eq!(embedder.threads(), 4);
        for texts in [1, 2, 3] {
            let texts = headlines(texts, 10);
            assert_eq!(embed(&embedder, &texts).0.rows, embed(way.shared(), &texts).0.rows, "{way}");
        }
    }
}

#[test]
fn progress_counts_every_token_once() {
    let mut texts = headlines(60, 5);
    texts.insert(30, stretch_end(0));
    let bytes: usize = texts.iter().map(String::len).sum();
    for way in Way::all() {
        for bytes in [Some(bytes as u64), None] {
            let seen = Mutex::new(Vec::new());
            let source = texts.iter().map(|text| Ok(Cow::Borrowed(text.as_str())));
            let hear = |done, total| {
                seen.lock().unwrap().push((done, total));
                true
            };
            let stats = way.open(2).stream(source, bytes, &hear, &mut |_| Ok(())).unwrap();
            let seen = seen.into_inner().unwrap();
            assert!(seen.is_sorted_by_key(|&(done, _)| done), "{way}: {seen:?}");
            match bytes {
                Some(_) => {
                    assert!(seen.iter().all(|&(done, total)| done <= total), "{way}: {seen:?}");
                    assert_eq!(seen.last(), Some(&(stats.tokens, stats.tokens)), "{way}");
                }
                None => {
                    assert!(seen.iter().all(|&(_, total)| total == 0), "{way}: nobody knows the total");
                    assert_eq!(seen.last(), Some(&(stats.tokens, 0)), "{way}");
                }
            }
        }
    }
}

#[test]
fn the_total_is_known_when_all_texts_are() {
    for way in Way::all() {
        let seen = Mutex::new(Vec::new());
        let hear = |_, total| {
            seen.lock().unwrap().push(total);
            true
        };
        let (_, stats) = way.shared().embed(&headlines(60, 5), &hear).unwrap();
        assert!(seen.into_inner().unwrap().iter().all(|&total| total == stats.tokens), "{way}");
    }
}

#[test]
fn no_stretch_is_computed_before_the_last_one_is_received() {
    // Or vectors would gather in memory before a slow receiver.
    let computed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&computed);
    let embedder = made::embedder(Batching::Ragged, 2, move |batch| {
        count.fetch_add(batch.texts.len(), Ordering::Relaxed);
        Ok(Array2::zeros((batch.texts.len(), 384)))
    });
    let mut received = 0;
    let texts = (0..100_000).map(|i| Ok(Cow::Owned(i.to_string())));
    embedder
        .stream(texts, None, &|_, _| true, &mut |chunk| {
            received += chunk.nrows();
            assert_eq!(computed.load(Ordering::Relaxed), received);
            Ok(())
        })
        .unwrap();
    assert_eq!(received, 100_000);
}
