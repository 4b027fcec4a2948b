//! How fast texts become vectors: several ways of running a model, compared on the same texts.
//!
//! All are loaded and run once before any is timed. Then each round runs each of them once and begins with another one,
//! so that whatever else the machine does hits all alike, and ratios are taken within rounds.

use std::path::Path;
use std::time::Instant;

use ndarray::Array2;
use rayon::ThreadPoolBuilder;

use super::{EmbedStats, Embedder, Fingerprint, Precision, Settings};
use crate::stats::spread::Spread;
use crate::{Error, Result};

/// How one way of running the model did.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    /// What computed.
    pub fingerprint: Fingerprint,
    /// Worker threads.
    pub threads: usize,
    /// Opening the model, its checksum included.
    pub load_seconds: f64,
    /// The first run over all texts; further workers load the model in it.
    pub first_seconds: f64,
    /// What one run does.
    pub stats: EmbedStats,
    /// How near its vectors are to those of [`Comparison::reference`]; `None` for that one itself.
    pub cosine: Option<Cosine>,
    /// Of the run in each round.
    pub seconds: Vec<f64>,
}

impl Way {
    /// Tokens per second over the rounds; padding and dummies do not count. `None` without a round.
    pub(crate) fn tokens_per_second(&self) -> Option<Spread> {
        Spread::of(self.seconds.iter().map(|s| self.stats.tokens as f64 / s))
    }

    /// Texts per second over the rounds.
    pub(crate) fn texts_per_second(&self) -> Option<Spread> {
        Spread::of(self.seconds.iter().map(|s| self.stats.distinct as f64 / s))
    }
}

/// How many times faster than `other` something was, round by round.
pub(crate) fn ratio(seconds: &[f64], other: &[f64]) -> Option<Spread> {
    Spread::of(seconds.iter().zip(other).map(|(mine, other)| other / mine))
}

/// Cosines of two sets of vectors, text by text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cosine {
    /// Over all texts.
    pub mean: f64,
    /// Of the text that differs most.
    pub min: f64,
}

impl Cosine {
    fn of(a: &Array2<f32>, b: &Array2<f32>) -> Self {
        // In f64, and not trusting the lengths: vectors of 16 bits are a little off 1.
        let cosines = a.rows().into_iter().zip(b.rows()).map(|(a, b)| {
            let dot = |x: ndarray::ArrayView1<'_, f32>, y: ndarray::ArrayView1<'_, f32>| -> f64 {
                x.iter().zip(y).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
            };
            dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
        });
        let (sum, min) = cosines.fold((0.0, 1.0f64), |(sum, min), cosine| (sum + cosine, min.min(cosine)));
        Cosine { mean: sum / a.nrows().max(1) as f64, min }
    }
}

/// Tokenising alone.
#[derive(Debug, Clone)]
pub(crate) struct Tokenising {
    /// Threads.
    pub threads: usize,
    /// Of the run in each round.
    pub seconds: Vec<f64>,
}

/// What [`compare`] found.
#[derive(Debug, Clone)]
pub(crate) struct Comparison {
    /// In the order in which they were asked for.
    pub ways: Vec<Way>,
    /// For each number of threads among them.
    pub tokenising: Vec<Tokenising>,
    /// Tokens of the texts, special ones included.
    pub tokens: u64,
    /// What computed the vectors that the others are held against: the first way in f32; none of them was, one that
    /// was not timed.
    pub reference: Fingerprint,
}

/// Runs each way once, then `rounds` times in turn with the others, on distinct texts. No cache has a part in it.
/// `progress(done, total)` hears tokens, and stops the work by returning `false`.
///
/// # Errors
/// As [`Embedder::open`] and [`Embedder::embed`]; [`Error::Usage`] when no way is given.
pub(crate) fn compare(
    dir: &Path,
    ways: &[Settings],
    texts: &[&str],
    rounds: usize,
    progress: &(dyn Fn(u64, u64) -> bool + Sync),
) -> Result<Comparison> {
    let mut loaded: Vec<(Embedder, Way)> = ways.iter().map(|&way| load(dir, way)).collect::<Result<_>>()?;
    let Some((first, _)) = loaded.first() else {
        return Err(Error::usage("there is nothing to compare", "name an engine and a precision"));
    };
    let tokens = first.count_tokens(texts)?.iter().map(|&n| n as u64).sum::<u64>();
    let total = tokens * (loaded.len() * (rounds + 1)) as u64;
    let mut done = 0;
    let mut run = |embedder: &Embedder| {
        let outcome = embedder.embed(texts, &|now, _| progress(done + now, total));
        done += tokens;
        outcome
    };

    let exact = loaded.iter().position(|(_, way)| way.fingerprint.precision == Precision::F32);
    let (reference, vectors) = match exact {
        Some(i) => (loaded[i].1.fingerprint.clone(), first_run(&mut loaded[i], &mut run)?),
        None => {
            let embedder = Embedder::open(dir, Settings { precision: Some(Precision::F32), ..ways[0] })?;
            (embedder.fingerprint(), embedder.embed(texts, &|_, _| progress(0, total))?.0.rows)
        }
    };
    for (i, way) in loaded.iter_mut().enumerate() {
        if Some(i) != exact {
            let rows = first_run(way, &mut run)?;
            way.1.cosine = Some(Cosine::of(&vectors, &rows));
        }
    }
    drop(vectors);

    let mut tokenising: Vec<Tokenising> = Vec::new();
    for (_, way) in &loaded {
        if tokenising.iter().all(|t| t.threads != way.threads) {
            tokenising.push(Tokenising { threads: way.threads, seconds: Vec::new() });
        }
    }
    for round in 0..rounds {
        for turn in 0..loaded.len() {
            let at = (round + turn) % loaded.len();
            let (embedder, way) = &mut loaded[at];
            way.seconds.push(positive(run(embedder)?.1.seconds));
        }
        for tokenising in &mut tokenising {
            tokenising.seconds.push(tokenise(&loaded[0].0, texts, tokenising.threads)?);
        }
    }
    Ok(Comparison { ways: loaded.into_iter().map(|(_, way)| way).collect(), tokenising, tokens, reference })
}

fn load(dir: &Path, settings: Settings) -> Result<(Embedder, Way)> {
    let started = Instant::now();
    let embedder = Embedder::open(dir, settings)?;
    let way = Way {
        fingerprint: embedder.fingerprint(),
        threads: embedder.threads(),
        load_seconds: started.elapsed().as_secs_f64(),
        first_seconds: 0.0,
        stats: EmbedStats::default(),
        cosine: None,
        seconds: Vec::new(),
    };
    Ok((embedder, way))
}

/// The vectors of the run that is not timed against the others.
fn first_run(
    (embedder, way): &mut (Embedder, Way),
    run: &mut dyn FnMut(&Embedder) -> Result<(super::Vectors, EmbedStats)>,
) -> Result<Array2<f32>> {
    let (vectors, stats) = run(embedder)?;
    way.first_seconds = stats.seconds;
    way.stats = stats;
    Ok(vectors.rows)
}

/// Seconds of one run of the tokenizer over all texts.
fn tokenise(embedder: &Embedder, texts: &[&str], threads: usize) -> Result<f64> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|e| Error::usage(format!("{threads} threads cannot be started: {e}"), "ask for fewer"))?;
    let started = Instant::now();
    pool.install(|| embedder.count_tokens(texts))?;
    Ok(positive(started.elapsed().as_secs_f64()))
}

/// Rates are divided by it.
fn positive(seconds: f64) -> f64 {
    seconds.max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn cosines_do_not_depend_on_lengths() {
        let cosine = Cosine::of(&array![[1.0, 0.0], [0.0, 2.0]], &array![[3.0, 0.0], [1.0, 1.0]]);
        assert_eq!(cosine.min, 1.0 / 2f64.sqrt());
        assert!((cosine.mean - (1.0 + 0.5f64.sqrt()) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn rates_are_of_the_runs_and_not_of_their_mean_time() {
        let stats = EmbedStats { tokens: 100, distinct: 10, ..EmbedStats::default() };
        let fingerprint = Fingerprint {
            engine: String::new(),
            engine_version: String::new(),
            model: String::new(),
            sha256: String::new(),
            precision: Precision::F32,
            cpu_class: String::new(),
        };
        let seconds = vec![1.0, 4.0, 2.0];
        let way = Way { fingerprint, threads: 1, load_seconds: 0.0, first_seconds: 0.0, stats, cosine: None, seconds };
        assert_eq!(way.tokens_per_second(), Some(Spread { median: 50.0, min: 25.0, max: 100.0, mad: 25.0 }));
        assert_eq!(way.texts_per_second().map(|s| s.median), Some(5.0));
        // A busy machine slows both in one round.
        let other = [2.0, 8.0, 4.0];
        assert_eq!(ratio(&way.seconds, &other), Some(Spread { median: 2.0, min: 2.0, max: 2.0, mad: 0.0 }));
    }
}
