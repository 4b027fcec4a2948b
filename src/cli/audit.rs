//! `parallax audit`: pairs of claims for a person to judge, and what the judgements say of the alignment.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::output::{Outcome, aligned, check_out, counted, figures, grouped, print};
use super::progress::Progress;
use crate::corpus;
use crate::evaluate::{Estimate, Figure, Population, Stratum, answer};
use crate::ids;
use crate::report::{
    AlignmentRecall, ArticleRow, ClaimRow, CoverageRow, PAGE_FILE, RUN_FILE, Row, RunManifest, WORKBOOK_FILE,
    lock_output, read_table, renew_page, renew_workbook, table_hash, write_rows,
};
use crate::{Error, Result};

/// A stratum needs so many judged pairs, or all that it has, before it can stand for the rest.
const FEWEST: u64 = 2;

/// Draws claim pairs of a report for a person to judge; from the judgements, precision and recall of the alignment
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  parallax audit reports/mine --sample 100 --out audit.csv
  parallax audit reports/mine --judged audit.csv

Fill the column \"same\": 1 or yes if the two claims state the same thing, 0 or no if not.
The result is stored in the report's run.json. How to judge is explained in docs/validation.md.")]
pub(crate) struct Audit {
    /// Folder of a report, made by `parallax analyze`
    report: PathBuf,

    /// How many pairs to draw
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = at_least_twenty, conflicts_with = "judged")]
    sample: usize,

    /// Write the pairs to this file
    #[arg(short, long, value_name = "FILE.csv", required_unless_present = "judged", conflicts_with = "judged")]
    out: Option<PathBuf>,

    /// The file with the pairs, judged
    #[arg(long, value_name = "FILE.csv")]
    judged: Option<String>,

    /// Seed of the sample, or of the bootstrap intervals
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// Fewer judgements give intervals that say nothing.
fn at_least_twenty(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&n| n >= 20).ok_or_else(|| "write a whole number, at least 20".into())
}

pub(crate) fn run(args: &Audit, progress: &Progress) -> Result<Outcome> {
    let dir = args.report.as_path();
    RunManifest::of_report(dir)?;
    // The judgements are stored in the report.
    let _lock = args.judged.as_ref().map(|_| lock_output(dir)).transpose()?;
    let manifest = RunManifest::of_report(dir)?;
    let claims: Vec<ClaimRow> = read_table(dir)?;
    let coverage: Vec<CoverageRow> = read_table(dir)?;
    let articles: Vec<ArticleRow> = read_table(dir)?;
    let all = Population::new(&claims, &coverage, &articles);
    if all.size(Stratum::Aligned) == 0 {
        let reason = "no fact of the report is stated by two articles: there is no alignment to judge";
        return Err(Error::input(dir, reason, "analyze articles of several sources about the same events"));
    }
    let state = State::of(dir)?;
    match (&args.judged, &args.out) {
        (Some(judged), _) => judge(judged, dir, manifest, &all, &state, args.seed, progress),
        (None, Some(out)) => draw(out, args, &manifest, &all, &state, progress),
        (None, None) => Err(Error::usage("neither --out nor --judged", "give --out FILE.csv to draw a sample")),
    }
}

/// What the pairs and their strata follow from.
struct State {
    claims: String,
    coverage: String,
}

impl State {
    fn of(dir: &Path) -> Result<Self> {
        Ok(State { claims: table_hash(dir, ClaimRow::FILE)?, coverage: table_hash(dir, CoverageRow::FILE)? })
    }

    /// The name of a pair, whichever claim comes first. Made of the report's bytes: a judgement is not taken for one of
    /// other facts, and no key has to be kept beside the sample.
    fn name(&self, a: &str, b: &str) -> String {
        ids::mint("p", &[&self.claims, &self.coverage, a.min(b), a.max(b)])
    }
}

fn draw(
    out: &Path,
    args: &Audit,
    manifest: &RunManifest,
    all: &Population<'_>,
    state: &State,
    progress: &Progress,
) -> Result<Outcome> {
    check_out(out, &args.report, &[])?;
    if out.exists() {
        return Err(Error::input(out, "exists, and may hold answers", "give another --out, or remove that file"));
    }
    let rows = all.sample(args.sample, args.seed, |a, b| state.name(a, b));
    write_rows(out, &rows, manifest.csv_options())?;
    let stories: BTreeSet<&str> = rows.iter().map(|r| r.story_id.as_str()).collect();
    let all_there_are = if rows.len() < args.sample { " (the report has no more)" } else { "" };
    progress.note(&format!(
        "{}{all_there_are} of {}: {}",
        counted(rows.len(), "pair", "pairs"),
        counted(stories.len(), "story", "stories"),
        out.display()
    ));
    progress.note("Do the two claims state the same thing? Write 1 or 0 into the column \"same\" of each row; then");
    progress.note(&format!("parallax audit {} --judged {}", args.report.display(), out.display()));
    Ok(Outcome::Clean)
}

fn judge(
    path: &str,
    dir: &Path,
    manifest: RunManifest,
    all: &Population<'_>,
    state: &State,
    seed: u64,
    progress: &Progress,
) -> Result<Outcome> {
    let table = corpus::read_table(path, &["pair", "claim_a", "claim_b", "same"])?;
    let mut judged: [Vec<bool>; 4] = Default::default();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut open = 0;
    for (index, row) in table.rows.iter().enumerate() {
        let [pair, a, b, same] = row.as_slice() else { continue };
        let bad = |reason: &str, hint: String| {
            Error::input(path, format!("record {} (pair {pair}): {reason}", index + 1), hint)
        };
        let stratum = match all.stratum(a.trim(), b.trim()) {
            Some(stratum) if state.name(a.trim(), b.trim()) == pair.trim() => stratum,
            _ => {
                return Err(bad(
                    &format!(
                        "not a pair of {} as it is now: its claims have changed since, or the row was edited",
                        dir.display()
                    ),
                    format!("draw a new sample: `parallax audit {} --out FILE.csv`", dir.display()),
                ));
            }
        };
        if !seen.insert(pair.trim()) {
            return Err(bad("the pair comes twice", "keep one of the two rows".into()));
        }
        match answer(same) {
            Some(Some(same)) => judged[stratum as usize].push(same),
            Some(None) => open += 1,
            None => {
                return Err(bad(
                    &format!("column same: \"{}\"", same.trim()),
                    "write 1 or yes, 0 or no, or leave it empty".into(),
                ));
            }
        }
    }
    let answers: usize = judged.iter().map(Vec::len).sum();
    let is_short = |s: &Stratum| (judged[*s as usize].len() as u64) < all.size(*s).min(FEWEST);
    if Stratum::ALL.iter().any(is_short) {
        let total = counted(table.rows.len(), "pair", "pairs");
        return Err(Error::input(
            path,
            format!("{} of {total} judged, and of some kinds of pairs too few to say anything", grouped(answers)),
            "judge more rows, from the top down: they are in random order",
        ));
    }
    let estimate = all.estimate(&judged, seed);
    print(&shown(&estimate, answers, open))?;
    if let (Some(recall), Some(precision)) = (estimate.recall, estimate.precision) {
        let found = AlignmentRecall {
            recall: rounded(recall.value),
            recall_interval: recall.interval.map(interval),
            precision: rounded(precision.value),
            precision_interval: precision.interval.map(interval),
            judged: answers,
            claims_blake3: state.claims.clone(),
        };
        let has = |name: &str| manifest.files.iter().any(|file| file == name);
        let (has_page, has_workbook) = (has(PAGE_FILE), has(WORKBOOK_FILE));
        manifest.store_audit(dir, found)?;
        // Page and workbook show the recall beside what was found.
        if has_page {
            renew_page(dir, &RunManifest::read(dir)?)?;
        }
        if has_workbook {
            renew_workbook(dir, &RunManifest::read(dir)?)?;
        }
        progress.note(&format!("Stored as alignment_recall in {}", dir.join(RUN_FILE).display()));
    } else {
        progress.note("warning: no judged pair is the same, so there is no recall to store");
    }
    Ok(Outcome::Clean)
}

/// Four decimals, as the CSV files have.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

fn interval((low, high): (f64, f64)) -> (f64, f64) {
    (rounded(low), rounded(high))
}

fn shown(estimate: &Estimate, answers: usize, open: usize) -> String {
    let whole = |x: f64| grouped(x.round() as usize).to_string();
    let mut lines =
        vec![["pairs of claims", "in the report", "judged", "same", "same, estimated"].map(str::to_owned).to_vec()];
    lines.extend(estimate.shares.iter().map(|s| {
        let (judged, same) = (grouped(s.judged), grouped(s.same));
        vec![s.stratum.name().into(), whole(s.pairs), judged, same, whole(s.estimated)]
    }));
    let mut text = format!("{} judged, {} not yet\n\n", counted(answers, "pair", "pairs"), grouped(open));
    text += &aligned(&lines, 1);
    text.push('\n');
    let rows: [(&str, Option<Figure>); 2] = [("precision", estimate.precision), ("recall", estimate.recall)];
    text += &figures("alignment", &rows);
    if estimate.stretched {
        text += "\nOf one kind of rejected pairs none that was judged is the same. So few cannot rule such pairs out: the interval\n\
                 of the recall reaches down to the most that they may be (95 %). More judged pairs narrow it.\n";
    }
    text
}
