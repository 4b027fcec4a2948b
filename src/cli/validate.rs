//! `parallax validate`: a report against gold labels.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::ArgGroup;

use super::output::{Outcome, aligned, check_out, counted, figures, grouped, print};
use super::progress::Progress;
use crate::evaluate::{
    Confusion, Confusions, FactAgreement, FactClaim, GoldMention, StoryAgreement, confusions, fact_agreement,
    read_gold_claims, story_agreement,
};
use crate::report::{ArticleRow, ClaimRow, RunManifest, StoryRow, read_table, write_rows};
use crate::stories::GivenStories;
use crate::{Error, Result};

/// Confusions that are shown without `--out`.
const SHOWN: usize = 5;
/// Ids that are named in one line.
const NAMED: usize = 10;

/// Compares a report with gold labels: agreement of stories and facts, what was joined or split wrongly
#[derive(Debug, clap::Args)]
#[command(
    group(ArgGroup::new("gold").required(true).multiple(true).args(["stories", "claims"])),
    after_help = "\
Examples:
  parallax validate reports/mine --stories gold.csv --out validation.csv
  parallax validate reports/mine --stories gold.csv --claims events.csv

What the figures mean is explained in docs/validation.md."
)]
pub(crate) struct Validate {
    /// Folder of a report, made by `parallax analyze`
    report: PathBuf,

    /// Table with the story of each article, columns article_id and story (or id, uuid; event, cluster, topic); an
    /// article without a story is of no gold story
    #[arg(long, value_name = "GOLD.csv")]
    stories: Option<String>,

    /// Table of sentences and the events (or facts) they state, columns id, event and sentence; of several events a
    /// sentence has several rows
    #[arg(long, value_name = "GOLD.csv")]
    claims: Option<String>,

    /// Write the list of wrong joins and splits to this file
    #[arg(short, long, value_name = "FILE.csv", requires = "stories")]
    out: Option<PathBuf>,

    /// Seed of the bootstrap intervals
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

pub(crate) fn run(args: &Validate, progress: &Progress) -> Result<Outcome> {
    let dir = args.report.as_path();
    let manifest = RunManifest::of_report(dir)?;
    if let Some(out) = &args.out {
        let inputs: Vec<&str> = args.stories.iter().chain(&args.claims).map(String::as_str).collect();
        check_out(out, dir, &inputs)?;
    }
    let gold = args.stories.as_deref().map(GivenStories::open).transpose()?.map(GivenStories::into_names);
    let mentions = args.claims.as_deref().map(read_gold_claims).transpose()?;
    let articles: Vec<ArticleRow> = read_table(dir)?;
    let claims: Vec<ClaimRow> = read_table(dir)?;
    let known: BTreeSet<&str> = articles.iter().map(|a| a.article_id.as_str()).collect();

    let mut text = String::new();
    if let (Some(path), Some(gold)) = (&args.stories, &gold) {
        let missing = missing(path, dir, gold.keys().map(String::as_str), &known)?;
        let stories: Vec<StoryRow> = read_table(dir)?;
        let agreement = of_stories(&articles, gold, &missing, args.seed)
            .ok_or_else(|| Error::input(path, "there is no labelled article in it", "give columns id and story"))?;
        let found = confusions(&articles, &stories, &claims, gold);
        text += &story_figures(&agreement, &missing);
        text.push('\n');
        text += &costliest(&found, args.out.as_deref());
        if let Some(out) = &args.out {
            write_rows(out, &found.rows, manifest.csv_options())?;
        }
    }
    if let (Some(path), Some(mentions)) = (&args.claims, &mentions) {
        let ids = mentions.iter().map(|m| m.article.as_str()).collect::<BTreeSet<_>>();
        let missing = missing(path, dir, ids.into_iter(), &known)?;
        let agreement = of_facts(&claims, mentions, gold.as_ref(), args.seed);
        if !text.is_empty() {
            text.push('\n');
        }
        text += &fact_figures(&agreement, &missing);
    }
    print(&text)?;
    if let Some(out) = args.out.as_ref().filter(|_| gold.is_some()) {
        progress.note(&format!("Confusions: {}", out.display()));
    }
    Ok(Outcome::Clean)
}

/// Those of the ids that the report does not have.
fn missing<'g>(
    path: &str,
    dir: &Path,
    ids: impl Iterator<Item = &'g str>,
    known: &BTreeSet<&str>,
) -> Result<Vec<&'g str>> {
    let ids: Vec<&str> = ids.collect();
    let missing: Vec<&str> = ids.iter().copied().filter(|id| !known.contains(id)).collect();
    if missing.len() < ids.len() {
        return Ok(missing);
    }
    let theirs = missing.first().copied().unwrap_or_default();
    let ours = known.first().map_or("none".to_owned(), |id| format!("for example {id}"));
    Err(Error::input(
        path,
        format!(
            "none of its {} is in the report {} (the first is {theirs}; the report has {ours})",
            counted(ids.len(), "article id", "article ids"),
            dir.display()
        ),
        "give the article_id of articles.csv, and the report of the same articles",
    ))
}

fn of_stories(
    articles: &[ArticleRow],
    gold: &BTreeMap<String, String>,
    missing: &[&str],
    seed: u64,
) -> Option<StoryAgreement> {
    let in_report = articles.iter().map(|a| (a.article_id.as_str(), Some(&a.story_id).filter(|s| !s.is_empty())));
    let (ids, found): (Vec<&str>, Vec<_>) = in_report.chain(missing.iter().map(|&id| (id, None))).unzip();
    let labels: Vec<Option<&String>> = ids.into_iter().map(|id| gold.get(id)).collect();
    story_agreement(&found, &labels, seed)
}

fn of_facts(
    claims: &[ClaimRow],
    mentions: &[GoldMention],
    gold: Option<&BTreeMap<String, String>>,
    seed: u64,
) -> FactAgreement {
    let in_facts = claims.iter().filter(|c| !c.fact_id.is_empty());
    let claims: Vec<FactClaim<'_>> =
        in_facts.map(|c| FactClaim { article: &c.article_id, fact: &c.fact_id, text: &c.text }).collect();
    fact_agreement(mentions, &claims, gold, seed)
}

fn story_figures(a: &StoryAgreement, missing: &[&str]) -> String {
    let rows = [
        ("B-cubed precision", Some(a.precision)),
        ("B-cubed recall", Some(a.recall)),
        ("B-cubed F1", Some(a.f1)),
        ("adjusted Rand index", Some(a.adjusted_rand)),
    ];
    let n = grouped;
    let lines = [
        ["gold articles".into(), format!("{} in {}", n(a.gold_articles), counted(a.gold_stories, "story", "stories"))],
        ["  in the report".into(), format!("{}, in {}", n(a.gold_articles - missing.len()), found(a, missing))],
        ["  missing".into(), named(missing)],
        [
            "without gold story".into(),
            format!(
                "{}, {} of them in a story with gold articles; each counts as a story of its own",
                n(a.noise),
                n(a.absorbed)
            ),
        ],
        [
            "largest story".into(),
            format!(
                "{} in the report, {} in the gold",
                counted(a.largest_found, "article", "articles"),
                n(a.largest_gold)
            ),
        ],
    ];
    figures("stories", &rows) + "\n" + &aligned(&lines.map(Vec::from), 2)
}

/// Missing articles stand for stories of their own in the figures, but there is nothing to count.
fn found(a: &StoryAgreement, missing: &[&str]) -> String {
    counted(a.found_stories - missing.len(), "story (or alone)", "stories (one that is alone counts as one)")
}

/// How many and which, the first of them.
fn named(ids: &[&str]) -> String {
    let more = ids.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {} more", grouped(more)) } else { String::new() };
    match ids {
        [] => "0".into(),
        _ => format!(
            "{} (rejected, see rejected.csv, or not in the input): {}{more}",
            grouped(ids.len()),
            ids[..ids.len().min(NAMED)].join(", ")
        ),
    }
}

fn fact_figures(a: &FactAgreement, missing: &[&str]) -> String {
    let n = grouped;
    let share = if a.found_pairs > 0 { 100.0 * a.judged as f64 / a.found_pairs as f64 } else { 0.0 };
    let lines = [
        ["pairs in one fact".into(), format!("{}, claims of two articles", n(a.found_pairs))],
        [
            "  judged".into(),
            format!("{} ({share:.0} %): both claims are gold sentences; {} right", n(a.judged), n(a.right)),
        ],
        [
            "gold pairs".into(),
            format!(
                "{}, of {} and {}",
                n(a.gold_pairs),
                counted(a.sentences, "sentence", "sentences"),
                counted(a.events, "event", "events")
            ),
        ],
        [
            "  found".into(),
            format!("{} in one fact; {} of the sentences are in any fact", n(a.recovered), n(a.in_facts)),
        ],
        ["articles missing".into(), named(missing)],
    ];
    let rows = [("pairwise precision", a.precision), ("pairwise recall", a.recall)];
    figures("facts", &rows) + "\n" + &aligned(&lines.map(Vec::from), 2)
}

/// The confusions in short.
fn costliest(found: &Confusions, out: Option<&Path>) -> String {
    let of = |kind: Confusion| {
        let pairs = found.rows.iter().filter(|r| r.kind == kind).map(|r| r.n_pairs);
        (pairs.clone().count(), pairs.sum::<usize>())
    };
    let ((joins, joined), (splits, split)) = (of(Confusion::Joined), of(Confusion::Split));
    if found.rows.is_empty() {
        return "No article is wrongly joined or parted.\n".into();
    }
    let pairs = |n| counted(n, "pair of articles", "pairs of articles");
    let mut text = format!(
        "{} ({}), {} ({})",
        counted(joins, "wrong join", "wrong joins"),
        pairs(joined),
        counted(splits, "wrong split", "wrong splits"),
        pairs(split)
    );
    if found.pairs_left_out > 0 {
        text += &format!(", and {} of small parts of stories that fell into many", pairs(found.pairs_left_out));
    }
    text += match out {
        None if found.rows.len() > SHOWN => "; the costliest (all: --out FILE.csv):\n",
        _ if found.rows.len() > SHOWN => "; the costliest:\n",
        _ => ":\n",
    };
    for row in found.rows.iter().take(SHOWN) {
        let gold = match (row.kind, row.gold_story_b.as_str()) {
            (Confusion::Split, _) => row.gold_story_a.clone(),
            (_, "") => format!("{} + an article without gold story", row.gold_story_a),
            (_, b) => format!("{} + {b}", row.gold_story_a),
        };
        text += &format!("  {:<6}  {}: {gold}\n", row.kind, counted(row.n_pairs, "pair", "pairs"));
        for (id, date, title) in
            [(&row.article_a, row.date_a, &row.title_a), (&row.article_b, row.date_b, &row.title_b)]
        {
            let date = date.map_or("no date".to_owned(), |d| d.to_string());
            text += &format!("          {}\n", format!("{id} ({date}) {title}").trim_end());
        }
        text += &format!("          {}\n", row.why);
    }
    text
}
