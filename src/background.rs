//! Statistics of a large corpus of news: how common each word is, and the mean article vector.

use std::collections::HashMap;
use std::io::{BufRead, Read, Write};

use serde::{Deserialize, Serialize};

use crate::embed::Fingerprint;
use crate::{Error, Result};

/// The statistics shipped with the program; `parallax background` makes others.
const SHIPPED: &[u8] = include_bytes!("../models/background.tsv.gz");

/// Document frequencies and mean vector of a background corpus.
#[derive(Debug, Clone)]
pub struct Background {
    /// Where they come from.
    pub header: Header,
    frequencies: HashMap<String, u32>,
    /// Sum of the frequencies.
    total: u64,
}

/// First line of the file, as JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Header {
    /// Number of articles counted.
    pub articles: u32,
    /// What the corpus was, for the reader of a report.
    pub corpus: String,
    /// Terms found in fewer articles than this are left out (and count as 0).
    pub min_document_frequency: u32,
    /// Name of the model whose mean vector this is.
    pub model: String,
    /// SHA-256 of its weights.
    pub sha256: String,
    /// Mean over the articles of the mean vector of title and first claims, six decimals.
    pub mean: Vec<f32>,
}

impl Background {
    /// From counted terms. `frequencies` are numbers of articles.
    pub(crate) fn new(
        corpus: &str,
        articles: u32,
        min_document_frequency: u32,
        frequencies: HashMap<String, u32>,
        mean: &[f64],
        fingerprint: &Fingerprint,
    ) -> Self {
        let mean = mean.iter().map(|&x| ((x * 1e6).round() / 1e6) as f32).collect();
        let frequencies: HashMap<String, u32> =
            frequencies.into_iter().filter(|&(_, n)| n >= min_document_frequency).collect();
        Background {
            total: total(&frequencies),
            header: Header {
                articles,
                corpus: corpus.into(),
                min_document_frequency,
                model: fingerprint.model.clone(),
                sha256: fingerprint.sha256.clone(),
                mean,
            },
            frequencies,
        }
    }

    /// No statistics: every word equally rare, no mean.
    pub fn none(dimension: usize) -> Self {
        Background {
            header: Header {
                articles: 0,
                corpus: "none".into(),
                min_document_frequency: 0,
                model: String::new(),
                sha256: String::new(),
                mean: vec![0.0; dimension],
            },
            frequencies: HashMap::new(),
            total: 0,
        }
    }

    /// The shipped statistics.
    ///
    /// # Errors
    /// [`Error::Data`] if the build was made with a damaged file.
    pub fn shipped() -> Result<Self> {
        Self::read(SHIPPED, "models/background.tsv.gz")
    }

    /// Reads the gzip-compressed file: a line of JSON, then `term<TAB>articles`.
    ///
    /// # Errors
    /// [`Error::Data`] naming the line.
    pub fn read(file: impl Read, name: &str) -> Result<Self> {
        let bad = |reason: String| Error::Data { name: name.into(), reason };
        let mut lines = std::io::BufReader::new(flate2::read::GzDecoder::new(file)).lines();
        let first = lines.next().ok_or_else(|| bad("is empty".into()))?.map_err(|e| bad(e.to_string()))?;
        let header: Header = serde_json::from_str(&first).map_err(|e| bad(format!("line 1: {e}")))?;
        let mut frequencies = HashMap::new();
        for (n, line) in lines.enumerate() {
            let line = line.map_err(|e| bad(e.to_string()))?;
            let (term, count) = line
                .split_once('\t')
                .and_then(|(t, c)| Some((t, c.parse().ok()?)))
                .ok_or_else(|| bad(format!("line {}: expected term, tab, count", n + 2)))?;
            frequencies.insert(term.to_owned(), count);
        }
        Ok(Background { header, total: total(&frequencies), frequencies })
    }

    /// Writes what [`Background::read`] reads; the same statistics give the same bytes.
    ///
    /// # Errors
    /// The writer's.
    pub(crate) fn write(&self, file: impl Write) -> std::io::Result<()> {
        let mut out = flate2::GzBuilder::new().mtime(0).write(file, flate2::Compression::best());
        self.write_plain(&mut out)?;
        out.finish()?.flush()
    }

    fn write_plain(&self, out: &mut impl Write) -> std::io::Result<()> {
        serde_json::to_writer(&mut *out, &self.header)?;
        out.write_all(b"\n")?;
        let mut terms: Vec<_> = self.frequencies.iter().collect();
        terms.sort_unstable();
        for (term, n) in terms {
            writeln!(out, "{term}\t{n}")?;
        }
        Ok(())
    }

    /// A hash of all of it.
    pub(crate) fn hash(&self) -> [u8; blake3::OUT_LEN] {
        let mut hasher = blake3::Hasher::new();
        // A hasher takes everything.
        let _ = self.write_plain(&mut hasher);
        *hasher.finalize().as_bytes()
    }

    /// Share of the background articles that hold the term, 0..1.
    pub(crate) fn share(&self, term: &str) -> f64 {
        match self.header.articles {
            0 => 0.0,
            n => f64::from(self.frequencies.get(term).copied().unwrap_or(0)) / f64::from(n),
        }
    }

    /// Share of the term among all terms, each counted once in every article that holds it, 0..1.
    pub(crate) fn frequency(&self, term: &str) -> f64 {
        match self.total {
            0 => 0.0,
            total => f64::from(self.frequencies.get(term).copied().unwrap_or(0)) / total as f64,
        }
    }

    /// Number of terms kept.
    pub(crate) fn terms(&self) -> usize {
        self.frequencies.len()
    }
}

fn total(frequencies: &HashMap<String, u32>) -> u64 {
    frequencies.values().copied().map(u64::from).sum()
}
