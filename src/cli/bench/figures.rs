//! The figures of a comparison: as a table to read, as CSV, as JSON.

use std::io;

use indicatif::BinaryBytes;
use serde::Serialize;

use crate::cli::machine;
use crate::cli::output::{aligned, counted, grouped};
use crate::embed::throughput::{Comparison, ratio};
use crate::embed::{Device, cpu_class};
use crate::stats::spread::Spread;

/// Runs of one configuration that differ by more of their median say that the machine did other things.
const BUSY: f64 = 0.1;
/// More dummy rows than this say that there were too few texts to judge a configuration by: a real job has below 0.01.
const TOO_FEW: f64 = 0.1;
/// Columns of the table that hold words, not numbers.
const WORDS: usize = 2;

/// A line of the table; its fields are the columns of the CSV file.
#[derive(Debug, Clone, Serialize)]
struct Row {
    /// `tokeniser` where no vector was computed.
    engine: String,
    engine_version: Option<String>,
    precision: Option<&'static str>,
    threads: usize,
    tokens_per_s: f64,
    tokens_per_s_min: f64,
    tokens_per_s_max: f64,
    tokens_per_s_mad: f64,
    sentences_per_s: f64,
    sentences_per_s_min: f64,
    sentences_per_s_max: f64,
    sentences_per_s_mad: f64,
    ratio: f64,
    ratio_min: f64,
    ratio_max: f64,
    padding_share: Option<f64>,
    dummy_share: Option<f64>,
    cosine_mean: Option<f64>,
    cosine_min: Option<f64>,
    load_s: Option<f64>,
    first_run_s: Option<f64>,
    /// Of each timed run; only JSON has room for it.
    #[serde(skip)]
    runs_s: Vec<f64>,
}

/// What holds for all rows.
#[derive(Debug, Clone, Serialize)]
struct Facts {
    runs: usize,
    input: String,
    texts: usize,
    tokens: u64,
    tokens_per_text: f64,
    texts_cut: usize,
    model: String,
    model_sha256: String,
    cosine_to: String,
    device: String,
    cpu: Option<String>,
    cpu_class: String,
    cores: usize,
    /// Of the process to its end, all configurations being loaded.
    peak_memory_of_all_bytes: Option<u64>,
    parallax_version: &'static str,
}

/// All that is told.
#[derive(Debug)]
pub(crate) struct Figures {
    facts: Facts,
    rows: Vec<Row>,
}

impl Figures {
    pub(crate) fn new(comparison: &Comparison, input: &str, device: Device) -> Self {
        let first = comparison.ways.first();
        let texts = first.map_or(0, |way| way.stats.distinct);
        let base = first.map_or(&[][..], |way| &way.seconds);
        let mut rows: Vec<Row> = Vec::new();
        for way in &comparison.ways {
            let computed = (way.stats.tokens + way.stats.padding + way.stats.dummies) as f64;
            let share = |tokens: u64| Some(tokens as f64 / computed);
            rows.extend(row(&way.seconds, base, way.tokens_per_second(), way.texts_per_second()).map(|row| Row {
                engine: way.fingerprint.engine.clone(),
                engine_version: Some(way.fingerprint.engine_version.clone()),
                precision: Some(way.fingerprint.precision.name()),
                threads: way.threads,
                padding_share: share(way.stats.padding),
                dummy_share: share(way.stats.dummies),
                cosine_mean: way.cosine.map(|c| c.mean),
                cosine_min: way.cosine.map(|c| c.min),
                load_s: Some(way.load_seconds),
                first_run_s: Some(way.first_seconds),
                ..row
            }));
        }
        for tokenising in &comparison.tokenising {
            let rate = |amount: f64| Spread::of(tokenising.seconds.iter().map(|s| amount / s));
            rows.extend(
                row(&tokenising.seconds, base, rate(comparison.tokens as f64), rate(texts as f64)).map(|row| Row {
                    engine: "tokeniser".into(),
                    threads: tokenising.threads,
                    ..row
                }),
            );
        }
        let reference = &comparison.reference;
        let facts = Facts {
            runs: base.len(),
            input: input.to_owned(),
            texts,
            tokens: comparison.tokens,
            tokens_per_text: comparison.tokens as f64 / texts.max(1) as f64,
            texts_cut: first.map_or(0, |way| way.stats.truncated),
            model: reference.model.clone(),
            model_sha256: reference.sha256.clone(),
            cosine_to: format!("{} {}", reference.engine, reference.precision.name()),
            device: device.to_string(),
            cpu: machine::cpu_name(),
            cpu_class: cpu_class(),
            cores: machine::cores(),
            peak_memory_of_all_bytes: machine::peak_memory(),
            parallax_version: env!("CARGO_PKG_VERSION"),
        };
        Figures { facts, rows }
    }

    /// A row for each configuration; what holds for all stands in each, so that files can be put together.
    pub(crate) fn csv(&self) -> io::Result<Vec<u8>> {
        let mut out = csv::Writer::from_writer(Vec::new());
        for row in &self.rows {
            out.serialize((row, &self.facts)).map_err(io::Error::other)?;
        }
        out.into_inner().map_err(|e| e.into_error())
    }

    /// The same, with the seconds of each run.
    pub(crate) fn json(&self) -> io::Result<Vec<u8>> {
        #[derive(Serialize)]
        struct All<'f> {
            #[serde(flatten)]
            facts: &'f Facts,
            configurations: Vec<WithRuns<'f>>,
        }
        #[derive(Serialize)]
        struct WithRuns<'f> {
            #[serde(flatten)]
            row: &'f Row,
            runs_s: &'f [f64],
        }
        let configurations = self.rows.iter().map(|row| WithRuns { row, runs_s: &row.runs_s }).collect();
        let mut json = serde_json::to_vec_pretty(&All { facts: &self.facts, configurations })?;
        json.push(b'\n');
        Ok(json)
    }

    /// For the terminal.
    pub(crate) fn table(&self) -> String {
        let header = [
            "engine",
            "precision",
            "threads",
            "tokens/s",
            "from–to",
            "sentences/s",
            "ratio",
            "from–to",
            "padding",
            "dummies",
            "cosine",
            "lowest",
            "load",
            "first run",
        ];
        let mut lines = vec![header.map(str::to_owned).to_vec()];
        lines.extend(self.rows.iter().map(Row::cells));
        let mut text = aligned(&lines, WORDS) + "\n";
        let Facts { texts, tokens, tokens_per_text, input, model, model_sha256, cosine_to, .. } = &self.facts;
        let mut say = |name: &str, value: String| text.push_str(&format!("{name:<9} {value}\n"));
        let (texts, tokens) = (grouped(*texts), grouped(*tokens as usize));
        say("texts", format!("{texts} different ones, {tokens} tokens, {tokens_per_text:.1} to a text: {input}"));
        let short = model_sha256.get(..12).unwrap_or(model_sha256);
        say("model", format!("{model}, sha256 {short}…, on {}", self.facts.device));
        let versions = |row: &Row| Some(format!("{} ({})", row.engine, row.engine_version.as_ref()?));
        let mut versions: Vec<String> = self.rows.iter().filter_map(versions).collect();
        versions.dedup();
        say("engines", versions.join(", "));
        let name = self.facts.cpu.as_ref().map(|name| format!("{name}, ")).unwrap_or_default();
        say("cpu", format!("{name}{}, {} cores", self.facts.cpu_class, self.facts.cores));
        if let Some(bytes) = self.facts.peak_memory_of_all_bytes {
            say("memory", format!("{} at most, with all configurations loaded", BinaryBytes(bytes)));
        }
        let runs = counted(self.facts.runs, "run", "runs");
        say("columns", format!("medians of {runs}; ratio: times as fast as the first line, in each round;"));
        say("", format!("padding, dummies: of all tokens computed; cosine: to the vectors of {cosine_to}"));
        for remark in [self.busy(), self.too_few()].into_iter().flatten() {
            text.push_str(&format!("\n{remark}\n"));
        }
        text
    }

    /// Says so when the runs of a configuration differ much.
    fn busy(&self) -> Option<String> {
        let ways = self.rows.iter().filter(|row| row.precision.is_some() && row.spread() > BUSY);
        let worst = ways.max_by(|a, b| a.spread().total_cmp(&b.spread()))?;
        Some(format!(
            "The machine was busy: runs of {} differ by up to {:.0} %. Trust the ratios more\n\
             than the speeds, ask for more --runs, or repeat when nothing else runs.",
            worst.name(),
            100.0 * worst.spread()
        ))
    }

    /// Says so when dummies were much of the work.
    fn too_few(&self) -> Option<String> {
        let share = |row: &Row| row.dummy_share.unwrap_or_default();
        let worst = self.rows.iter().max_by(|a, b| share(a).total_cmp(&share(b)))?;
        (share(worst) > TOO_FEW).then(|| {
            format!(
                "There were few texts: {:.0} % of what {} computed are dummies, which fill up its batches. With\n\
                 some thousand texts there are hardly any.",
                100.0 * share(worst),
                worst.engine
            )
        })
    }
}

/// A row of rates; the rest is filled in by whoever knows. `None` without a run.
fn row(seconds: &[f64], base: &[f64], tokens: Option<Spread>, sentences: Option<Spread>) -> Option<Row> {
    let (tokens, sentences, ratio) = (tokens?, sentences?, ratio(seconds, base)?);
    Some(Row {
        engine: String::new(),
        engine_version: None,
        precision: None,
        threads: 0,
        tokens_per_s: tokens.median,
        tokens_per_s_min: tokens.min,
        tokens_per_s_max: tokens.max,
        tokens_per_s_mad: tokens.mad,
        sentences_per_s: sentences.median,
        sentences_per_s_min: sentences.min,
        sentences_per_s_max: sentences.max,
        sentences_per_s_mad: sentences.mad,
        ratio: ratio.median,
        ratio_min: ratio.min,
        ratio_max: ratio.max,
        padding_share: None,
        dummy_share: None,
        cosine_mean: None,
        cosine_min: None,
        load_s: None,
        first_run_s: None,
        runs_s: seconds.to_vec(),
    })
}

impl Row {
    fn name(&self) -> String {
        let precision = self.precision.map(|p| format!(" {p}")).unwrap_or_default();
        let threads = if self.threads == 1 { "thread" } else { "threads" };
        format!("{}{precision} with {} {threads}", self.engine, self.threads)
    }

    /// From the slowest to the fastest run, as a share of the median.
    fn spread(&self) -> f64 {
        (self.tokens_per_s_max - self.tokens_per_s_min) / self.tokens_per_s
    }

    fn cells(&self) -> Vec<String> {
        let whole = |x: f64| grouped(x.round() as usize).to_string();
        let times = |x: f64| if x < 100.0 { format!("{x:.2}") } else { whole(x) };
        let share = |x: Option<f64>| x.map_or_else(|| "-".into(), |x| format!("{:.1} %", 100.0 * x));
        // Of vectors that agree to the last digits, 1.00000 and not 0.99999.
        let cosine = |x: Option<f64>| x.map_or_else(|| "-".into(), |x| format!("{x:.5}"));
        let seconds = |x: Option<f64>| x.map_or_else(|| "-".into(), |x| format!("{x:.2} s"));
        vec![
            self.engine.clone(),
            self.precision.unwrap_or("-").into(),
            self.threads.to_string(),
            whole(self.tokens_per_s),
            format!("{}–{}", whole(self.tokens_per_s_min), whole(self.tokens_per_s_max)),
            if self.sentences_per_s < 100.0 {
                format!("{:.1}", self.sentences_per_s)
            } else {
                whole(self.sentences_per_s)
            },
            times(self.ratio),
            format!("{}–{}", times(self.ratio_min), times(self.ratio_max)),
            share(self.padding_share),
            share(self.dummy_share),
            cosine(self.cosine_mean),
            cosine(self.cosine_min),
            seconds(self.load_s),
            seconds(self.first_run_s),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::throughput::{Cosine, Tokenising, Way};
    use crate::embed::{EmbedStats, Fingerprint, Precision};

    fn figures(busy: f64) -> Figures {
        figures_with(busy, 10)
    }

    /// Two ways over three rounds; the second round was disturbed by `busy`.
    fn figures_with(busy: f64, dummies: u64) -> Figures {
        let way = |precision, seconds: f64, cosine| Way {
            fingerprint: Fingerprint {
                engine: "portable".into(),
                engine_version: "rten-gemm 0.27".into(),
                model: "small".into(),
                sha256: "0123456789abcdef".into(),
                precision,
                cpu_class: "x".into(),
            },
            threads: 1,
            load_seconds: 0.5,
            first_seconds: 3.0,
            stats: EmbedStats { texts: 10, distinct: 10, tokens: 900, padding: 90, dummies, ..Default::default() },
            cosine,
            seconds: vec![seconds, seconds * busy, seconds],
        };
        let exact = way(Precision::F32, 2.0, None);
        let comparison = Comparison {
            reference: exact.fingerprint.clone(),
            ways: vec![exact, way(Precision::Int8, 0.5, Some(Cosine { mean: 0.998, min: 0.99 }))],
            tokenising: vec![Tokenising { threads: 1, seconds: vec![0.001; 3] }],
            tokens: 900,
        };
        Figures::new(&comparison, "mine.csv", Device::Cpu)
    }

    #[test]
    fn ratios_are_taken_within_rounds() {
        let rows = figures(3.0).rows;
        assert_eq!((rows[0].tokens_per_s, rows[0].tokens_per_s_min), (450.0, 150.0));
        assert_eq!((rows[1].ratio, rows[1].ratio_min, rows[1].ratio_max), (4.0, 4.0, 4.0), "noise hit both");
        assert_eq!((rows[0].padding_share, rows[0].dummy_share), (Some(0.09), Some(0.01)));
    }

    #[test]
    fn only_a_busy_machine_is_complained_of() {
        assert!(!figures(1.05).table().contains("busy"));
        let table = figures(1.5).table();
        assert!(table.contains("busy: runs of portable int8 with 1 thread differ by up to 33 %"), "{table}");
    }

    #[test]
    fn too_few_texts_to_fill_the_batches_are_told() {
        assert!(!figures(1.0).table().contains("few texts"));
        let table = figures_with(1.0, 9010).table();
        assert!(table.contains("There were few texts: 90 % of what portable computed are dummies"), "{table}");
    }

    #[test]
    fn lines_of_a_table_have_their_columns_under_each_other() {
        let table = figures(1.0).table();
        let lines: Vec<&str> = table.lines().take(4).collect();
        let ends: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
        assert!(ends.windows(2).all(|w| w[0] == w[1] || w[1] < w[0]), "{table}");
        assert!(lines[2].starts_with("portable   int8 "), "{table}");
        assert!(lines[3].starts_with("tokeniser  - "), "{table}");
    }
}
