//! `parallax calibrate`: the measures against the user's own labels.

use std::collections::{BTreeMap, BTreeSet};

use super::args::cache::CacheArgs;
use super::args::lexicon::LexiconArgs;
use super::args::model::ModelArgs;
use super::measured::Measured;
use super::output::{Outcome, counted, grouped, number, print_csv};
use super::progress::Progress;
use crate::corpus::TableFile;
use crate::evaluate::{Calibration, FEWEST, Figure, LENGTH, Labelled, Verdict, answer, calibrate};
use crate::text;
use crate::{Error, Result};

/// Names of the column with the sentences, best first.
const TEXT: [&str; 4] = ["text", "sentence", "claim", "content"];
/// Names of the column with the labels, best first.
const LABEL: [&str; 6] = ["label", "biased", "bias", "label_bias", "class", "gold"];
/// Values that are named where one cannot be understood.
const NAMED: usize = 8;
/// With fewer groups the interval is a hint.
const FEW_GROUPS: usize = 20;
/// An area so near .5 is of little use, however certain.
const WEAK: f64 = 0.1;

/// Holds the measures against your own labels of sentences: which predict them, and is it more than length
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  parallax calibrate labelled.csv
  parallax calibrate coded.csv --label-column code --positive slanted --group-column article

A table on stdout, what follows from it on stderr. Both are explained in docs/validation.md.")]
pub(crate) struct Calibrate {
    /// CSV, TSV or JSONL file with a row per sentence, or `-` for stdin
    #[arg(value_name = "LABELLED.csv")]
    file: String,

    /// Column with the sentences [default: text, else sentence, claim, content]
    #[arg(long)]
    column: Option<String>,

    /// Column with your labels: 1 or 0, yes or no, biased or unbiased; a row with an empty cell is left out [default:
    /// label, else biased, bias, label_bias, class, gold]
    #[arg(long, value_name = "COLUMN")]
    label_column: Option<String>,

    /// The label that is to be predicted; every other one is its opposite
    #[arg(long, value_name = "VALUE")]
    positive: Option<String>,

    /// Column with the article or source of each sentence: sentences of one belong together, and the intervals allow
    /// for it
    #[arg(long, value_name = "COLUMN")]
    group_column: Option<String>,

    /// Column with a name that the sentence mentions: adds `tone`
    #[arg(long, value_name = "COLUMN")]
    target_column: Option<String>,

    #[command(flatten)]
    lexicons: LexiconArgs,

    /// Seed of the bootstrap intervals
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    pub vectors: CacheArgs,
}

pub(crate) fn run(args: &Calibrate, progress: &Progress) -> Result<Outcome> {
    // What can be wrong with the labels is said before the model works.
    let lexicons = args.lexicons.open()?;
    let rows = Rows::read(args)?;
    let texts: Vec<&str> = rows.texts.iter().map(String::as_str).collect();
    let targets: Option<Vec<&str>> = rows.targets.as_ref().map(|t| t.iter().map(String::as_str).collect());
    let measured = Measured::of(&texts, targets.as_deref(), &lexicons, &args.model, &args.vectors, progress)?;
    let found = calibrate(&rows.labelled, &measured.columns(), args.seed);
    print_csv(
        &[
            "measure",
            "n",
            "n_positive",
            "auc",
            "auc_low",
            "auc_high",
            "like_length",
            "like_length_low",
            "like_length_high",
            "words",
            "words_low",
            "words_high",
            "words_like_length",
            "verdict",
        ],
        found.iter().map(|c| {
            let mut cells = vec![c.measure.clone(), c.n.to_string(), c.n_positive.to_string()];
            for figure in [c.auc, c.like_length, c.length] {
                let interval = figure.and_then(|f| f.interval);
                cells.extend([figure.map(|f| f.value), interval.map(|i| i.0), interval.map(|i| i.1)].map(number));
            }
            cells.extend([number(c.length_left), c.verdict.name().into()]);
            cells
        }),
    )?;
    for line in rows.notes.iter().cloned().chain(found.iter().map(said)) {
        progress.note(&line);
    }
    Ok(Outcome::Clean)
}

/// The labelled rows of the file.
struct Rows {
    texts: Vec<String>,
    targets: Option<Vec<String>>,
    labelled: Labelled,
    /// How many there are, and what was left out.
    notes: Vec<String>,
}

impl Rows {
    fn read(args: &Calibrate) -> Result<Self> {
        let file = TableFile::open(&args.file)?;
        let named = |option: &Option<String>, usual: &[&str], what: &str, remedy: &str| match option {
            Some(name) => Ok(name.clone()),
            None => file.column_of(usual, what, remedy),
        };
        let text = named(&args.column, &TEXT, "text", "name the column with the sentences: --column COLUMN")?;
        let label =
            named(&args.label_column, &LABEL, "label", "name the column with your labels: --label-column COLUMN")?;
        let further = [&args.target_column, &args.group_column];
        let wanted: Vec<&str> =
            [&text, &label].into_iter().chain(further.into_iter().flatten()).map(String::as_str).collect();
        let rows: Vec<Vec<String>> = file.rows(&wanted)?.collect::<Result<_>>()?;
        let values = Values::of(&rows);

        let (mut texts, mut targets) = (Vec::new(), args.target_column.as_ref().map(|_| Vec::new()));
        let mut labelled = Labelled { groups: args.group_column.as_ref().map(|_| Vec::new()), ..Labelled::default() };
        let (mut unlabelled, mut wordless) = (0, 0);
        for (record, row) in (1..).zip(&rows) {
            let bad = |field: &str, reason: String, remedy: String| {
                Error::input(file.label(), format!("record {record}, field {field}: {reason}"), remedy)
            };
            let positive = match label_of(&row[1], args.positive.as_deref()) {
                Some(Some(positive)) => positive,
                Some(None) => {
                    unlabelled += 1;
                    continue;
                }
                None => {
                    let reason = format!("\"{}\" is not understood as a label", row[1].trim());
                    let remedy = format!(
                        "write 1 or 0, yes or no, true or false, biased or unbiased, or nothing to leave the row out; or \
                         say which value is meant, all others being its opposite: --positive VALUE (found: {values})"
                    );
                    return Err(bad(&label, reason, remedy));
                }
            };
            let n = text::words(&row[0]).len();
            if n == 0 {
                wordless += 1;
                continue;
            }
            let mut cells = row[2..].iter();
            if let (Some(targets), Some(cell)) = (&mut targets, args.target_column.as_ref().and_then(|_| cells.next()))
            {
                targets.push(cell.clone());
            }
            if let (Some(groups), Some(field), Some(cell)) = (&mut labelled.groups, &args.group_column, cells.next()) {
                if cell.trim().is_empty() {
                    let remedy = "write the group of every labelled row, or leave out --group-column".into();
                    return Err(bad(field, "the row has no group".into(), remedy));
                }
                groups.push(cell.trim().to_owned());
            }
            texts.push(row[0].clone());
            labelled.positive.push(positive);
            labelled.words.push(n);
        }
        let n_positive = labelled.positive.iter().filter(|&&p| p).count();
        if n_positive == 0 || n_positive == texts.len() {
            let which = args.positive.as_ref().map_or("positive".to_owned(), |value| format!("\"{value}\""));
            let reason = match (texts.len(), n_positive) {
                (0, _) => format!("no row has a text and a label (field {label})"),
                (n, 0) => format!("only one class: none of {} is {which}", counted(n, "label", "labels")),
                (n, _) => format!("only one class: all {} are {which}", counted(n, "label", "labels")),
            };
            let remedy = format!("give rows of both kinds; values of {label}: {values}");
            return Err(Error::input(file.label(), reason, remedy));
        }
        let mut notes: Vec<String> = file.warnings().iter().map(|w| format!("warning: {w}")).collect();
        notes.push(format!(
            "{}, {} of them positive; left out: {} without a label, {} without words",
            counted(texts.len(), "labelled row", "labelled rows"),
            grouped(n_positive),
            grouped(unlabelled),
            grouped(wordless)
        ));
        if let (Some(groups), Some(field)) = (&labelled.groups, &args.group_column) {
            let n = groups.iter().collect::<BTreeSet<_>>().len();
            let hint = if n < FEW_GROUPS { ": so few that the intervals are a hint" } else { "" };
            notes.push(format!("intervals draw whole groups by {field}, of which there are {}{hint}", grouped(n)));
        }
        Ok(Rows { texts, targets, labelled, notes })
    }
}

/// `Some(None)` for an empty cell, `None` for one that cannot be understood.
fn label_of(cell: &str, positive: Option<&str>) -> Option<Option<bool>> {
    let cell = cell.trim();
    if let Some(positive) = positive {
        let positive = positive.trim();
        // 2 is 2.0.
        let same_number = || cell.parse::<f64>().is_ok_and(|x| positive.parse() == Ok(x));
        return Some((!cell.is_empty()).then(|| cell.to_lowercase() == positive.to_lowercase() || same_number()));
    }
    answer(cell).or_else(|| {
        let bare: String = cell.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect();
        match bare.as_str() {
            "biased" | "loaded" | "slanted" => Some(Some(true)),
            "unbiased" | "nonbiased" | "notbiased" | "neutral" | "notloaded" => Some(Some(false)),
            _ => None,
        }
    })
}

/// The different labels, most frequent first, for messages.
struct Values(Vec<(String, usize)>);

impl Values {
    fn of(rows: &[Vec<String>]) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for value in rows.iter().map(|row| row[1].trim()).filter(|value| !value.is_empty()) {
            *counts.entry(value.chars().take(40).collect()).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Values(counts)
    }
}

impl std::fmt::Display for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        let shown: Vec<String> =
            self.0.iter().take(NAMED).map(|(value, n)| format!("{value} ({})", grouped(*n))).collect();
        f.write_str(&shown.join(", "))?;
        let more = self.0.len().saturating_sub(NAMED);
        if more > 0 { write!(f, " and {} more", grouped(more)) } else { Ok(()) }
    }
}

fn short(x: f64) -> String {
    format!("{x:.2}").trim_start_matches('0').to_owned()
}

/// "AUC .72 [.69, .75]", as papers write it.
fn area(figure: Option<Figure>) -> String {
    match figure {
        Some(Figure { value, interval: Some((low, high)) }) => {
            format!("{} [{}, {}]", short(value), short(low), short(high))
        }
        Some(Figure { value, .. }) => short(value),
        None => "unknown".into(),
    }
}

/// What follows for one measure, in a line.
fn said(c: &Calibration) -> String {
    let (name, auc, equal) = (&c.measure, area(c.auc), area(c.like_length));
    let strength = |f: Option<Figure>| f.map_or(0.0, |f| (f.value - 0.5).abs());
    let weak = if strength(c.auc) < WEAK { "; weak" } else { "" };
    let beaten = if strength(c.auc) <= strength(c.length) {
        format!("; but the number of words alone does no worse: {}", area(c.length))
    } else {
        String::new()
    };
    match c.verdict {
        Verdict::Baseline => {
            format!("{LENGTH}: AUC {auc}: what the length of the sentences alone gives, to be beaten")
        }
        Verdict::Predicts => {
            format!("{name}: AUC {auc}{weak}; not explained by length ({equal} at like length){beaten}")
        }
        Verdict::Inverse => format!(
            "{name}: AUC {auc}{weak}: lower values go with your label; not explained by length ({equal} at like length)\
             {beaten}"
        ),
        Verdict::Length => format!(
            "{name}: AUC {auc}, but {equal} at like length, where the number of words still has {}: explained by length",
            c.length_left.map_or("none".into(), short)
        ),
        Verdict::No => {
            format!("{name}: AUC {auc}: does not predict your labels: do not use it with this codebook")
        }
        Verdict::TooFew => format!(
            "{name}: {}, {} positive: too few to tell (at least {FEWEST} of each label{})",
            counted(c.n, "row", "rows"),
            grouped(c.n_positive),
            if c.n_positive.min(c.n - c.n_positive) >= FEWEST { ", in more groups" } else { "" }
        ),
    }
}
