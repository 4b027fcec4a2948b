//! `parallax features`: what the scripts in models/fit fit weights and heads with. Users have no need of it, so it is not in
//! the list of commands.

use std::path::PathBuf;

use super::args::cache::CacheArgs;
use super::args::input::read;
use super::args::model::{ModelArgs, open_cached};
use super::args::scores;
use super::measured::as_statement;
use super::output::{Outcome, number, print_csv};
use super::progress::Progress;
use crate::corpus::{self, Corpus, ReadOptions};
use crate::embed::Embedder;
use crate::framing::{self, TargetMention};
use crate::pipeline::{self, Config};
use crate::stories::GivenStories;
use crate::{Result, text};

/// Exports what the measures' heads are fitted with: words and lexicon hits of each text
#[derive(Debug, clap::Args)]
pub(crate) struct Features {
    /// CSV, TSV or JSONL file, or `-` for stdin
    file: String,

    /// Column with the sentences
    #[arg(long, default_value = "text")]
    column: String,

    /// Column with a target named in each sentence: what the head of `tone` is fitted with
    #[arg(long, value_name = "COLUMN", conflicts_with = "articles")]
    target_column: Option<String>,

    /// FILE has articles: a row for each pair of articles that is compared when stories are found
    #[arg(long, conflicts_with = "column")]
    articles: bool,

    /// FILE has articles: a row for each pair of claims of different articles of one of these stories (a table with the
    /// columns article_id and story)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["column", "articles"])]
    stories: Option<String>,

    /// Other weights of the pair and story scores (JSON, see models/weights.json)
    #[arg(long, value_name = "FILE", conflicts_with = "column")]
    weights: Option<PathBuf>,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    pub vectors: CacheArgs,
}

pub(crate) fn run(args: &Features, progress: &Progress) -> Result<Outcome> {
    match (&args.stories, &args.target_column) {
        _ if args.articles => of_articles(args, progress),
        (Some(stories), _) => of_claims(args, stories, progress),
        (None, Some(target)) => of_mentions(args, target),
        (None, None) => of_texts(args),
    }
}

/// What the heads of `loaded` and others are fitted on.
fn of_texts(args: &Features) -> Result<Outcome> {
    let rows = corpus::read_table(&args.file, &[&args.column])?.rows;
    let texts: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    let counts = framing::word_counts(texts.iter().copied())?;
    let certainty = framing::certainties(texts.iter().copied())?;
    let header = ["row", "tokens", "hits", "core", "own_voice", "certainty", "own_words"];
    print_csv(
        &header,
        texts.iter().enumerate().map(|(i, text)| {
            let (words, hits, core) = counts[i];
            let (sentence, parts) = as_statement(text);
            let own = if sentence.voice == text::Voice::Own { "1" } else { "0" };
            vec![
                (i + 1).to_string(),
                words.to_string(),
                hits.to_string(),
                number(Some(core)),
                own.into(),
                number(certainty[i]),
                parts.own.unwrap_or_default().into_owned(),
            ]
        }),
    )?;
    Ok(Outcome::Clean)
}

/// What the head of `tone` is fitted on: numbers, and the texts whose vectors it reads. Quotations are not masked.
fn of_mentions(args: &Features, target: &str) -> Result<Outcome> {
    let table = corpus::read_table(&args.file, &[args.column.as_str(), target])?;
    let mut rows = Vec::with_capacity(table.rows.len());
    for (i, row) in table.rows.iter().enumerate() {
        let mut cells = vec![(i + 1).to_string()];
        match TargetMention::find(&row[0], &row[1]) {
            Some(span) => {
                let mention = TargetMention::new(&row[0], span)?;
                cells.extend(mention.numbers().map(precise));
                cells.extend(mention.views());
            }
            None => cells.resize(1 + framing::NUMBERS.len() + framing::VIEWS.len(), String::new()),
        }
        rows.push(cells);
    }
    let header: Vec<&str> = ["row"].into_iter().chain(framing::NUMBERS).chain(framing::VIEWS).collect();
    print_csv(&header, rows.into_iter())?;
    Ok(Outcome::Clean)
}

/// The articles that features are wanted of, and what computes them.
fn fit_input(args: &Features, progress: &Progress) -> Result<(Corpus, Embedder, Config)> {
    let options = ReadOptions { inputs: vec![args.file.clone()], ..ReadOptions::default() };
    let bytes = corpus::size(&options)?;
    let embedder = open_cached(&args.model, &args.vectors, progress)?;
    let corpus = read(&options, bytes, progress)?;
    let weights = scores::weights(args.weights.as_deref())?;
    let config = Config { weights, ..Config::shipped()? };
    Ok((corpus, embedder, config))
}

/// What the weights of the story score are fitted on.
fn of_articles(args: &Features, progress: &Progress) -> Result<Outcome> {
    let (corpus, embedder, config) = fit_input(args, progress)?;
    let pairs = pipeline::compared_pairs(&corpus, &embedder, &config, progress)?;
    progress.finish();
    let header = [
        "a",
        "b",
        "tf",
        "names",
        "numbers",
        "lead",
        "lead_tf",
        "cover_min",
        "cover_max",
        "unaligned",
        "weekdays",
        "days",
        "density_a",
        "unknown_a",
        "best_a",
        "density_b",
        "unknown_b",
        "best_b",
        "score",
    ];
    print_csv(
        &header,
        pairs.iter().map(|pair| {
            let (f, [a, b]) = (&pair.features, pair.around.articles);
            let (x, y) = pair.articles;
            let mut cells = vec![corpus.articles[x].id.clone(), corpus.articles[y].id.clone()];
            cells.extend([f.tf, f.names, f.numbers, f.lead, f.lead_tf, f.cover_min, f.cover_max].map(precise));
            cells.push(u8::from(f.unaligned).to_string());
            cells.push(f.weekdays.to_string());
            cells.push(f.days.map_or(String::new(), |days| days.to_string()));
            cells.extend([a.density, a.unknown, a.best, b.density, b.unknown, b.best, pair.score].map(precise));
            cells
        }),
    )?;
    Ok(Outcome::Clean)
}

/// What the weights of the score inside stories are fitted on.
fn of_claims(args: &Features, stories: &str, progress: &Progress) -> Result<Outcome> {
    let given = GivenStories::open(stories)?;
    let (corpus, embedder, config) = fit_input(args, progress)?;
    let rows = pipeline::claim_pairs(&corpus, &given, &embedder, &config, progress)?;
    progress.finish();
    let header = ["a", "b", "text_a", "text_b", "cos", "overlap", "num", "score"];
    print_csv(
        &header,
        rows.iter().map(|pair| {
            let article = |side: (usize, text::Span)| &corpus.articles[side.0];
            let mut cells = vec![article(pair.a).id.clone(), article(pair.b).id.clone()];
            cells.extend([pair.a, pair.b].map(|side| side.1.of(&article(side).body).to_owned()));
            let f = &pair.features;
            cells.extend([f.cos, f.overlap, f.num, pair.score].map(precise));
            cells
        }),
    )?;
    Ok(Outcome::Clean)
}

/// More decimals than in reports: fits read it.
fn precise(value: f64) -> String {
    format!("{value:.6}")
}
