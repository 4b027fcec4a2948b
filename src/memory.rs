//! How much memory a job takes, told before hours are spent on it.
//!
//! The estimate is made of few terms, whose constants were fitted to the peaks of real runs (`docs/reliability.md`): it should
//! lie between the peak and half as much again. Before stories are known, it counts the vectors of all claims as if every
//! article were in one; what the pairs of articles of a big story take is added when they are.

use crate::facts::MOST_GROUPED;
use crate::{Error, Result};

/// Of a byte of text: itself, its words as ids, weights and shingles.
const PER_TEXT_BYTE: f64 = 2.5;
/// Of a claim: spans, terms, names, scores.
const PER_CLAIM: f64 = 400.0;
/// Of a claim where a workbook is written: its cells and links, and those of what is told of it.
const PER_WORKBOOK_CLAIM: f64 = 10_000.0;
/// Of an article: its pairs with the nearest ones, what they are compared by.
const PER_ARTICLE: f64 = 12_000.0;
/// Vectors of an article beside those of its texts: its mean and its lead, and copies sorted by date.
const VECTORS_PER_ARTICLE: f64 = 3.0;
/// Of a text to be embedded, while it is: hashes, places.
const PER_TEXT: f64 = 100.0;
/// Of two articles of one story: their score.
const PER_PAIR: f64 = 50.0;
/// The same where all pairs are told: their row, and that of their sources.
const PER_TOLD_PAIR: f64 = 1_200.0;
/// Of an article in a story: what the reports say of it beside its claims, above all a row for each topic frame.
const PER_MEMBER: f64 = 25_000.0;
/// For a claim of an article in a story: its measures, and the evidence of these.
const PER_MEMBER_CLAIM: f64 = 500.0;
/// Of a claim and an article that it is compared with in grouping: some are aligned.
const PER_MATCH: f64 = 135.0;
/// Texts in work at a time, each with its vector and its tokens.
const IN_WORK: usize = 32_768;

/// As much as may be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Bytes of the whole process.
    pub bytes: u64,
    /// Whether the user has set it; else it is what the machine can give.
    pub given: bool,
}

/// What is known of a job; what is not known yet is 0, and the estimate a lower bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Articles.
    pub articles: usize,
    /// Bytes of their texts.
    pub text: u64,
    /// Their claims.
    pub claims: usize,
    /// Different texts that may need a vector.
    pub vectors: usize,
    /// Length of a vector.
    pub dimension: usize,
    /// Bytes that the program, the model and its workers take.
    pub base: u64,
    /// Whether a workbook will be written.
    pub workbook: bool,
}

/// The memory that a job will take at most, in bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    sizes: Sizes,
    parts: [(&'static str, f64); 5],
}

impl Estimate {
    /// From what is known.
    pub(crate) fn new(sizes: Sizes) -> Self {
        let vector = 4.0 * sizes.dimension as f64;
        let (articles, vectors) = (sizes.articles as f64, sizes.vectors as f64);
        let in_work = sizes.vectors.min(IN_WORK) as f64;
        let per_claim = PER_CLAIM + if sizes.workbook { PER_WORKBOOK_CLAIM } else { 0.0 };
        Estimate {
            sizes,
            parts: [
                ("program and model", sizes.base as f64),
                ("texts", PER_TEXT_BYTE * sizes.text as f64),
                (
                    "claims and articles",
                    per_claim * sizes.claims as f64 + (PER_ARTICLE + VECTORS_PER_ARTICLE * vector) * articles,
                ),
                ("vectors", (vector + PER_TEXT) * vectors + vector * in_work),
                ("stories", 0.0),
            ],
        }
    }

    /// The same when the stories are known, of which each has so many articles and claims: big ones have many pairs.
    pub(crate) fn with_stories(mut self, stories: impl Iterator<Item = (usize, usize)>) -> Self {
        let pairs = |m: f64| m * (m - 1.0) / 2.0;
        let of_story = |(articles, claims): (usize, usize)| {
            let told = pairs(articles.min(MOST_GROUPED) as f64);
            let per_article = claims as f64 / articles as f64;
            PER_MEMBER * articles as f64
                + PER_MEMBER_CLAIM * claims as f64
                + PER_PAIR * pairs(articles as f64)
                + (PER_TOLD_PAIR + PER_MATCH * per_article) * told
        };
        self.parts[4].1 = stories.map(of_story).sum();
        self
    }

    /// All of it.
    pub(crate) fn bytes(&self) -> u64 {
        self.parts.iter().map(|(_, bytes)| bytes).sum::<f64>() as u64
    }

    /// Refuses work that would not fit.
    ///
    /// # Errors
    /// [`Error::Usage`] with what the estimate is made of and what helps.
    pub(crate) fn check(&self, limit: Option<Limit>) -> Result<()> {
        let Some(limit) = limit.filter(|limit| self.bytes() > limit.bytes) else { return Ok(()) };
        let parts: Vec<String> = self
            .parts
            .iter()
            .filter(|(_, bytes)| *bytes >= 0.01 * self.bytes() as f64)
            .map(|(name, bytes)| format!("{name} {}", told(*bytes as u64)))
            .collect();
        let Sizes { articles, claims, vectors, .. } = self.sizes;
        let known = match (articles, claims) {
            (0, _) => "the inputs alone".to_owned(),
            (_, 0) => format!("{articles} articles, before their claims are cut"),
            _ => format!("{articles} articles, {claims} claims, {vectors} different texts"),
        };
        let threads = if self.sizes.base > limit.bytes { "ask for fewer --threads, " } else { "" };
        let whose = if limit.given { "--max-memory allows" } else { "this machine can give" };
        Err(Error::usage(
            format!(
                "the job needs about {} of memory, {whose} {}\n  of {known}: {}",
                told(self.bytes()),
                told(limit.bytes),
                parts.join(", ")
            ),
            format!(
                "{threads}analyse fewer articles at a time (--since and --until keep a window of days), or allow more \
                 with --max-memory {} where there is as much",
                told(self.bytes() + self.bytes() / 20)
            ),
        ))
    }
}

/// As `--max-memory` takes it, rounded up: 812M, 3.4G.
pub(crate) fn told(bytes: u64) -> String {
    let mebibytes = bytes as f64 / (1 << 20) as f64;
    if mebibytes < 1000.0 {
        format!("{:.0}M", mebibytes.ceil())
    } else {
        format!("{:.1}G", (mebibytes / 102.4).ceil() / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_its_parts_and_what_helps() {
        let sizes = Sizes {
            articles: 1000,
            text: 6_000_000,
            claims: 40_000,
            vectors: 30_000,
            dimension: 384,
            base: 100 << 20,
            workbook: false,
        };
        let estimate = Estimate::new(sizes);
        assert!(estimate.check(None).is_ok());
        assert!(estimate.check(Some(Limit { bytes: estimate.bytes(), given: true })).is_ok());
        let error = estimate.check(Some(Limit { bytes: estimate.bytes() - 1, given: true })).unwrap_err();
        let text = format!("{error}\n{}", error.hint().unwrap_or_default());
        for part in [
            "--max-memory allows",
            "1000 articles, 40000 claims, 30000 different texts",
            "program and model 100M",
            "--since",
        ] {
            assert!(text.contains(part), "{text}");
        }
        let error = estimate.check(Some(Limit { bytes: sizes.base - 1, given: true })).unwrap_err();
        assert!(error.hint().unwrap_or_default().contains("--threads"), "{error}");
        // Less known, less asked for: an early check never refuses what a later one takes.
        let early = [
            Sizes { claims: 0, vectors: 0, ..sizes },
            Sizes { text: sizes.text, base: sizes.base, ..Sizes::default() },
        ];
        assert!(early.iter().all(|sizes| Estimate::new(*sizes).bytes() < estimate.bytes()));
        assert_eq!([told(1), told(999 << 20), told(1000 << 20), told(5 << 30)], ["1M", "999M", "1.0G", "5.0G"]);
    }
}
