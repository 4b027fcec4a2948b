//! `parallax why`: why two articles are, or are not, in one story.
//!
//! Whatever is of the input passes through `words::visible`, as in `show`.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use clap::{Arg, ValueEnum};
use serde::de::DeserializeOwned;

use super::args::cache::CacheArgs;
use super::args::model::{ModelArgs, PrecisionChoice, cache_notes, open_cached};
use super::args::scores;
use super::output::{Outcome, aligned, counted, print, similar, width};
use super::paper::Paper;
use super::progress::Progress;
use crate::corpus::{Article, prose_lines};
use crate::embed::{Embedder, EngineKind};
use crate::facts::Alignment;
use crate::framing::Frames;
use crate::pipeline::{self, Config, Explained, Observer, Weights};
use crate::report::words::visible;
use crate::report::{
    ArticleRow, EdgeRow, RUN_FILE, RunManifest, StoredText, StoryRow, TEXTS_FILE, read_table, read_texts,
};
use crate::stories::{Around, Contribution, Crowd, TOLD_APART, told_by_the_same};
use crate::text::Span;
use crate::{Error, Result};

const AGAIN: &str = "run `parallax analyze` again to renew the report";
/// The best matches that are shown when no claim is aligned.
const NEAREST: usize = 3;
const NARROWEST: usize = 60;
/// Columns of the reports have four decimals; a score that is farther off than they explain was not made of them.
const TOLERANCE: f64 = 0.01;

// The score is to be the run's: so are model, engine and precision.
/// Says why two articles of a report are, or are not, in one story
#[derive(Debug, clap::Args)]
#[command(
    mut_args(as_in_the_run),
    after_help = "\
Examples:
  parallax why chr-01 gaz-03 --report reports/mine

All pairs that are, or could have been, in one story are listed in the report's edges.csv."
)]
pub(crate) struct Why {
    /// An article_id of the report's articles.csv
    #[arg(value_name = "ARTICLE_A")]
    a: String,

    /// Another one
    #[arg(value_name = "ARTICLE_B")]
    b: String,

    /// Folder of a report, made by `parallax analyze`
    #[arg(short, long, value_name = "DIR")]
    report: PathBuf,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    pub vectors: CacheArgs,
}

/// The defaults are those of the run. (`mut_arg` would move an argument, and its heading, to the end of the help.)
fn as_in_the_run(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "model" => arg.help("Folder of the sentence-transformer [default: that of the run]"),
        "engine" => arg.help("What runs the model [default: that of the run]"),
        "precision" => {
            arg.default_value(None::<&str>).help("Number format of the matrix products [default: that of the run]")
        }
        _ => arg,
    }
}

pub(crate) fn run(args: &Why, progress: &Progress) -> Result<Outcome> {
    let dir = args.report.as_path();
    let manifest = RunManifest::of_report(dir)?;
    let config = config_of(&manifest, dir)?;
    progress.stage("reading", "articles", None);
    let rows: Vec<ArticleRow> = read_table(dir)?;
    let articles = articles(dir, &rows, setting(&manifest, dir, "headlines")?)?;
    let pair = [find(&args.a, &articles, dir)?, find(&args.b, &articles, dir)?];
    if pair[0] == pair[1] {
        return Err(Error::usage(format!("{} is named twice", args.a), "name two different articles"));
    }
    let stories: Vec<StoryRow> = read_table(dir)?;
    let edges: Vec<EdgeRow> = read_table(dir)?;
    let [a, b] = pair.map(|i| crowd(&rows[i], dir));
    let around = Around { articles: [a?, b?] };
    let embedder = open_as_run(args, &manifest, dir, progress)?;
    let explained = pipeline::explain_pair(&articles, (pair[0], pair[1]), &around, &embedder, &config, progress)?;
    progress.finish();
    cache_notes(&embedder, progress);

    let case = Case {
        articles: pair.map(|i| &articles[i]),
        rows: pair.map(|i| &rows[i]),
        all: &rows,
        stories: &stories,
        edges: &edges,
        around,
        explained: &explained,
        config: &config,
        paper: Paper { width: width(NARROWEST), colour: false },
    };
    print(&case.told())?;
    if let Some(recorded) = case.edge().and_then(|edge| edge.score)
        && (recorded - explained.score).abs() > TOLERANCE
    {
        progress.note(&format!(
            "warning: edges.csv has the score {recorded:.4} for this pair: another engine, precision, CPU or version \
             made it ({}, {}, parallax {})",
            manifest.engine, manifest.precision, manifest.version
        ));
    }
    Ok(Outcome::Clean)
}

/// A setting that `analyze` left in `run.json`.
fn setting<T: DeserializeOwned>(manifest: &RunManifest, dir: &Path, name: &str) -> Result<T> {
    let value = manifest.config.get(name).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|why| {
        Error::input(dir.join(RUN_FILE), format!("the setting {name} is of another version: {why}"), AGAIN)
    })
}

/// The run's weights, threshold and background. The weights are in `run.json` as a whole, the background is not.
fn config_of(manifest: &RunManifest, dir: &Path) -> Result<Config> {
    #[derive(serde::Deserialize)]
    struct Known {
        corpus: String,
        articles: u32,
    }
    let weights: Weights = setting(manifest, dir, "weights")?;
    let path: Option<PathBuf> = setting(manifest, dir, "background_file")?;
    let background = scores::background(path.as_deref()).map_err(|error| match (error, &path) {
        (Error::Io { source, .. }, Some(path)) => Error::input(
            path,
            format!("cannot be read ({source}); the report {} was made with this background", dir.display()),
            "put it back (a relative path counts from the current folder), or run `parallax analyze` again",
        ),
        (other, _) => other,
    })?;
    let known: Known = setting(manifest, dir, "background")?;
    if (known.corpus.as_str(), known.articles) != (background.header.corpus.as_str(), background.header.articles) {
        let reason = format!(
            "was made with the background \"{}\" ({} articles), now there is \"{}\" ({})",
            known.corpus, known.articles, background.header.corpus, background.header.articles
        );
        return Err(Error::input(dir, reason, AGAIN));
    }
    Ok(Config {
        weights,
        background,
        story_threshold: setting(manifest, dir, "story_threshold")?,
        seed: manifest.seed,
        evidence_budget: 0,
        max_memory: None,
        workbook: false,
        given_stories: None,
        frames: Frames::shipped()?,
        lexicons: Vec::new(),
        baseline: Vec::new(),
    })
}

/// The articles as they were analysed: what was kept of a body follows from the stored body.
fn articles(dir: &Path, rows: &[ArticleRow], headlines: bool) -> Result<Vec<Article>> {
    let texts: Vec<StoredText> = read_texts(dir)?.collect::<Result<_>>()?;
    if texts.len() != rows.len() {
        let reason = format!("has {} articles, articles.csv {}", texts.len(), rows.len());
        return Err(Error::input(dir.join(TEXTS_FILE), reason, AGAIN));
    }
    let article = |(text, row): (StoredText, &ArticleRow)| Article {
        kept: if headlines { vec![Span::new(0, text.body.len())] } else { prose_lines(&text.body) },
        id: text.article_id,
        source: row.source.clone(),
        date: row.date,
        title: text.title,
        url: row.url.clone(),
        language: row.language.clone(),
        body: text.body,
        headline_only: headlines,
    };
    // Both files have the order of the corpus; an id may look different in a spreadsheet.
    Ok(texts.into_iter().zip(rows).map(article).collect())
}

fn find(id: &str, articles: &[Article], dir: &Path) -> Result<usize> {
    if let Some(found) = articles.iter().position(|a| a.id == id) {
        return Ok(found);
    }
    let near = similar(id, articles.iter().map(|a| a.id.as_str()));
    let list = dir.join("articles.csv");
    let hint = match near.as_slice() {
        [] => format!("the ids are in {}", list.display()),
        near => format!("similar ids: {}; all are in {}", near.join(", "), list.display()),
    };
    Err(Error::input(dir, format!("has no article {id}"), hint))
}

fn crowd(row: &ArticleRow, dir: &Path) -> Result<Crowd> {
    match (row.crowd_density, row.crowd_unknown, row.best_tf) {
        (Some(density), Some(unknown), Some(best)) => Ok(Crowd { density, unknown, best }),
        _ => {
            let reason = format!("article {}: crowd_density, crowd_unknown or best_tf is empty", row.article_id);
            Err(Error::input(dir.join("articles.csv"), reason, AGAIN))
        }
    }
}

/// The model, engine and precision of the run, where no other is asked for.
fn open_as_run(args: &Why, manifest: &RunManifest, dir: &Path, progress: &Progress) -> Result<Embedder> {
    let mut model: ModelArgs = args.model.clone();
    if model.model.is_none() {
        model.model = setting(manifest, dir, "model")?;
    }
    let run = EngineKind::BUILT.iter().copied().find(|engine| engine.name() == manifest.engine);
    if model.engine.is_none() {
        if run.is_none() {
            progress.note(&format!(
                "note: this build has no engine {}, with which the report was made: scores may differ a little",
                manifest.engine
            ));
        }
        model.engine = run;
    }
    // A precision belongs to its engine.
    if model.precision.is_none() && model.engine == run {
        model.precision = PrecisionChoice::from_str(&manifest.precision, false).ok();
    }
    let embedder = open_cached(&model, &args.vectors, progress)?;
    let found = embedder.fingerprint();
    if let Some(made) = manifest.model.as_ref().filter(|made| made.sha256 != found.sha256) {
        let reason = format!(
            "was made with the model {} (sha256 {}), not with {} ({})",
            made.name, made.sha256, found.model, found.sha256
        );
        return Err(Error::input(dir, reason, "name that model with --model, or run `parallax analyze` again"));
    }
    Ok(embedder)
}

/// Everything that is told of a pair.
struct Case<'a> {
    articles: [&'a Article; 2],
    rows: [&'a ArticleRow; 2],
    all: &'a [ArticleRow],
    stories: &'a [StoryRow],
    edges: &'a [EdgeRow],
    around: Around,
    explained: &'a Explained,
    config: &'a Config,
    paper: Paper,
}

/// A score as it stands in a text.
fn short(score: f64) -> String {
    format!("{score:.2}")
}

impl Case<'_> {
    fn told(&self) -> String {
        let parts = [
            self.both(),
            self.verdict(),
            self.score(),
            self.reason().unwrap_or_default(),
            self.surroundings(),
            self.claims(),
        ];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn paragraph(&self, text: &str) -> String {
        self.paper.plain(&visible(text))
    }

    /// `first` and then `text`, wrapped beside it.
    fn beside(&self, first: &str, text: &str) -> String {
        self.paper.beside(first, &visible(text))
    }

    fn edge(&self) -> Option<&EdgeRow> {
        let [a, b] = self.rows.map(|row| &row.article_id);
        self.edges.iter().find(|e| (&e.article_a, &e.article_b) == (a, b) || (&e.article_a, &e.article_b) == (b, a))
    }

    fn together(&self) -> bool {
        !self.rows[0].story_id.is_empty() && self.rows[0].story_id == self.rows[1].story_id
    }

    fn threshold(&self) -> f64 {
        self.config.story_threshold
    }

    fn both(&self) -> String {
        let heads: Vec<Vec<String>> = ["A", "B"]
            .iter()
            .zip(self.rows)
            .map(|(name, row)| {
                let date = row.date.map_or("undated".to_owned(), |date| date.to_string());
                vec![(*name).to_owned(), visible(&row.article_id), visible(&row.source), date]
            })
            .collect();
        let heads = aligned(&heads, 4);
        let lines = heads.lines().zip(self.articles).map(|(head, article)| {
            let title = if article.title.trim().is_empty() { "(no title)" } else { &article.title };
            format!("{head}\n{}", self.beside("   ", title))
        });
        lines.collect()
    }

    fn verdict(&self) -> String {
        let named = |row: &ArticleRow| match self.stories.iter().find(|s| s.story_id == row.story_id) {
            Some(s) => format!(
                "{} \"{}\" ({}, cohesion {})",
                s.story_id,
                s.label,
                counted(s.n_articles, "article", "articles"),
                s.cohesion.map_or("unknown".into(), short)
            ),
            None => row.story_id.clone(),
        };
        let [a, b] = self.rows;
        let mut text = match (a.story_id.is_empty(), b.story_id.is_empty()) {
            (false, false) if self.together() => format!("One story: {}.", named(a)),
            (false, false) => format!("Two stories. A is in {}, B in {}.", named(a), named(b)),
            (false, true) => format!("Not in one story. A is in {}; B is alone.", named(a)),
            (true, false) => format!("Not in one story. A is alone; B is in {}.", named(b)),
            (true, true) => "Not in one story: both are alone.".to_owned(),
        };
        if !a.wire_group.is_empty() && a.wire_group == b.wire_group {
            text += &format!(" Both are in the wire group {}: they share most of their text.", a.wire_group);
        }
        self.paragraph(&text)
    }

    fn score(&self) -> String {
        let (score, threshold) = (self.explained.score, self.threshold());
        let side = if score >= threshold { "reaches" } else { "is below" };
        let head = format!("Score of the pair: {score:.4}, which {side} the threshold of {threshold}.");
        let mut contributions = self.explained.contributions.to_vec();
        contributions.sort_by(|x, y| y.log_odds.abs().total_cmp(&x.log_odds.abs()));
        let intercept = self.config.weights.story.intercept;
        let sum = intercept + contributions.iter().map(|c| c.log_odds).sum::<f64>();
        let mut table = vec![["", "value", "log odds"].map(str::to_owned).to_vec()];
        let mut meanings = vec![String::new()];
        for c in &contributions {
            table.push(vec![c.feature.to_owned(), value(c), signed(c.log_odds)]);
            meanings.push(self.meaning(c));
        }
        table.push(vec!["start".into(), String::new(), signed(intercept)]);
        meanings.push("what every pair starts with".into());
        table.push(vec!["sum".into(), String::new(), signed(sum)]);
        meanings.push(format!("as a score: 1 / (1 + e^-({sum:.2})) = {}", short(score)));
        let lines = aligned(&table, 1);
        let widest = lines.lines().map(textwrap::core::display_width).max().unwrap_or_default();
        let rows = lines.lines().zip(&meanings).map(|(line, meaning)| {
            let padding = widest.saturating_sub(textwrap::core::display_width(line));
            self.beside(&format!("  {line}{}  ", " ".repeat(padding)), meaning)
        });
        self.paragraph(&head) + &rows.collect::<String>()
    }

    fn meaning(&self, c: &Contribution) -> String {
        let Some(value) = c.value else { return "not both are dated: no say".into() };
        let level = |some: f64, many: f64| match value {
            v if v <= 0.0 => "no",
            v if v < some => "few",
            v if v < many => "some",
            _ => "many",
        };
        let covered = |which: &str| {
            let how = match value {
                v if v < 0.3 => "few",
                v if v < 0.55 => "some",
                _ => "most",
            };
            format!("{how} claims of the {which} covered article have a like one in the other")
        };
        match c.feature {
            "names" => format!("share {} names", level(0.15, 0.45)),
            "numbers" => format!("share {} numbers and dates", level(0.1, 0.35)),
            "lead" => {
                let what = match value {
                    v if v < 0.3 => "something else",
                    v if v < 0.6 => "something related",
                    _ => "much the same",
                };
                format!("title and first sentences say {what} (by vectors)")
            }
            "lead_tf" => format!("title and first sentences share {} words", level(0.1, 0.3)),
            "cover_min" => covered("less"),
            "cover_max" => covered("better"),
            "density" if value > self.config.weights.story.density_floor => {
                "like articles around both, so being alike tells less".into()
            }
            "density" => "hardly any like articles around both (the least that is charged)".into(),
            "relative" => match value {
                v if v > -0.25 => "of all articles, they are about the nearest to each other (by words)".into(),
                v if v > -1.0 => "other articles are nearer to them (by words)".into(),
                _ => "other articles are much nearer to them (by words)".into(),
            },
            "unaligned" => match self.explained.features.n_aligned as usize {
                0 if value > 0.0 => "both have many claims, and none is aligned".into(),
                0 => "no claim is aligned, but one has few: no say".into(),
                n => format!("{} aligned: nothing is charged", counted(n, "claim is", "claims are")),
            },
            "weekdays" => match value {
                v if v > 0.0 => "title and first claims name a common weekday".into(),
                v if v < 0.0 => "title and first claims name different weekdays".into(),
                _ => "one of the two names no weekday: no say".into(),
            },
            "date" => match value as usize {
                0 => "the same day".into(),
                days => format!("{} apart", counted(days, "day", "days")),
            },
            other => other.into(),
        }
    }

    /// Why the verdict is another than the pair's own score suggests.
    fn reason(&self) -> Option<String> {
        let high = self.explained.score >= self.threshold();
        let given = self.stories.iter().any(|story| !story.given_story.is_empty());
        let text = match (high, self.together()) {
            (true, true) | (false, false) => return None,
            _ if given => {
                "The stories of this report were given (--stories), not found: the score decided nothing.".into()
            }
            (true, false) => self.apart(),
            (false, true) => self.joined(),
        };
        Some(self.paragraph(&text))
    }

    fn members(&self, row: &ArticleRow) -> Vec<String> {
        let in_story = |other: &&ArticleRow| !row.story_id.is_empty() && other.story_id == row.story_id;
        let ids: Vec<String> = self.all.iter().filter(in_story).map(|row| row.article_id.clone()).collect();
        if ids.is_empty() { vec![row.article_id.clone()] } else { ids }
    }

    /// A high score, and no story.
    fn apart(&self) -> String {
        let rule = format!(
            "Stories merge as wholes: the mean score of all pairs between them has to reach {}, and at least half of \
             these pairs have to reach it, too.",
            self.threshold()
        );
        if self.edge().is_none() {
            return format!(
                "The score is high enough, and yet the articles are apart: the pair is not in edges.csv, so it was not \
                 compared, or its score was a rounding below the threshold. Only articles that are among the nearest \
                 of one another by words or vectors, and at most 30 days apart, are compared. {rule}"
            );
        }
        let [a, b] = self.rows.map(|row| self.members(row));
        let between = |e: &&EdgeRow| {
            let has = |ids: &[String], id: &String| ids.contains(id);
            (has(&a, &e.article_a) && has(&b, &e.article_b)) || (has(&b, &e.article_a) && has(&a, &e.article_b))
        };
        let scores: Vec<f64> = self.edges.iter().filter(between).filter_map(|e| e.score).collect();
        let (n, matched, sum) = (a.len() * b.len(), scores.len(), scores.iter().sum::<f64>());
        let quorum = 2 * matched >= n;
        let told_apart = self.told_apart(&a, &b);
        // Of the other pairs it is known that they are below the threshold; of the mean, when nothing else hindered.
        let low = sum / n as f64;
        let high = (sum + (n - matched) as f64 * self.threshold()) / n as f64;
        let wanted = told_apart.unwrap_or_default().max(self.threshold());
        let high = if quorum { high.min(wanted) } else { high };
        let mean = if matched == n {
            format!("the mean is {}", short(low))
        } else {
            let (low, high) = (short(low), short(high));
            format!("the mean lies between {low} and {high} (pairs below the threshold are not in the report)")
        };
        let why = if quorum {
            format!("that is a quorum, so it was the mean that was too low: {mean}")
        } else {
            format!("that is no quorum; {mean}")
        };
        let share = 100.0 * matched as f64 / n as f64;
        let rule = match told_apart {
            Some(wanted) => format!(
                "{rule} And since most of the smaller side's articles have one of the same source on the other side, it \
                 has to reach {TOLD_APART} of the mean score within the looser side, which is {}.",
                short(wanted)
            ),
            None => rule,
        };
        format!(
            "The score is high enough, and yet the articles are apart. {rule} Between {} of A and {} of B, {} of {} \
             do ({share:.0} %): {why}.",
            counted(a.len(), "article", "articles"),
            counted(b.len(), "article", "articles"),
            matched,
            counted(n, "pair", "pairs"),
        )
    }

    /// What the mean across has to reach where the same sources tell of both sides.
    fn told_apart(&self, a: &[String], b: &[String]) -> Option<f64> {
        let rows = |ids: &[String]| -> Vec<&ArticleRow> {
            self.all.iter().filter(|row| ids.contains(&row.article_id)).collect()
        };
        let (a, b) = (rows(a), rows(b));
        let sources = |rows: &[&ArticleRow]| rows.iter().map(|row| row.source.clone()).collect::<Vec<_>>();
        let within = |rows: &[&ArticleRow]| {
            let find = |id: &str| rows.iter().find(|row| row.article_id == id);
            let pair = |e: &EdgeRow| {
                let (x, y) = (find(&e.article_a)?, find(&e.article_b)?);
                let copies = !x.wire_group.is_empty() && x.wire_group == y.wire_group;
                e.score.filter(|_| !copies)
            };
            let scores: Vec<f64> = self.edges.iter().filter_map(pair).collect();
            (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
        };
        let looser = within(&a)?.min(within(&b)?);
        told_by_the_same(&sources(&a), &sources(&b)).then_some(TOLD_APART * looser)
    }

    /// A low score, and one story all the same.
    fn joined(&self) -> String {
        let threshold = self.threshold();
        let matched = |e: &&EdgeRow| e.score.is_some_and(|score| score >= threshold);
        let edges: Vec<&EdgeRow> = self.edges.iter().filter(|e| e.story_id == self.rows[0].story_id).collect();
        let of = |row: &ArticleRow| {
            let own: Vec<&EdgeRow> = edges
                .iter()
                .copied()
                .filter(|e| e.article_a == row.article_id || e.article_b == row.article_id)
                .collect();
            let mean = row.story_score.map_or("unknown".into(), short);
            format!("with {} of {} (mean {mean})", own.iter().copied().filter(matched).count(), own.len())
        };
        let all = edges.iter().copied().filter(matched).count();
        let cohesion = self.stories.iter().find(|s| s.story_id == self.rows[0].story_id).and_then(|s| s.cohesion);
        format!(
            "The score is too low, and yet the articles are in one story: the others of the story join them. Stories \
             merge while the mean score of the pairs between them, and at least half of these pairs, reach {threshold}. \
             Of the story's other articles, A reaches it {}, B {}; of all its pairs {all} of {} do, their mean is {}.",
            of(self.rows[0]),
            of(self.rows[1]),
            edges.len(),
            cohesion.map_or("unknown".into(), short),
        )
    }

    fn surroundings(&self) -> String {
        let mut lines = vec![["around", "density", "empty ranks", "nearest"].map(str::to_owned).to_vec()];
        for (name, crowd) in ["A", "B"].iter().zip(self.around.articles) {
            let empty = format!("{:.0} %", 100.0 * crowd.unknown);
            lines.push(vec![(*name).to_owned(), format!("{:.4}", crowd.density), empty, format!("{:.4}", crowd.best)]);
        }
        let note = format!(
            "density: cover by the neighbours at ranks 5 to 20, to which each rank that nobody takes adds {}; nearest: \
             the highest tf with any article of the input.",
            self.config.weights.story.density_prior
        );
        aligned(&lines, 1) + &self.paragraph(&note)
    }

    /// Both texts side by side.
    fn claims(&self) -> String {
        let threshold = self.config.weights.pair.aligned;
        let (aligned, other): (Vec<&Alignment>, Vec<&Alignment>) =
            self.explained.matches.iter().partition(|m| m.score >= threshold);
        let [a, b] = &self.explained.claims;
        let (head, shown) = match (aligned.is_empty(), other.is_empty()) {
            (true, true) => return self.paragraph("No claims to align: an article has none."),
            (true, false) => (
                format!("No claim is aligned (mutual best matches with a score of at least {threshold}). The nearest:"),
                other.into_iter().take(NEAREST).collect(),
            ),
            (false, _) => (
                format!(
                    "{} aligned (mutual best matches with a score of at least {threshold}), of the first {} of A and {} of B:",
                    counted(aligned.len(), "claim is", "claims are"),
                    a.len(),
                    b.len()
                ),
                aligned,
            ),
        };
        let column = (self.paper.width - "  0.00  ".len() - 3) / 2;
        let line = |score: &str, a: &str, b: &str| {
            let padding = " ".repeat(column.saturating_sub(textwrap::core::display_width(a)));
            format!("  {score:<4}  {a}{padding}   {b}").trim_end().to_owned() + "\n"
        };
        let mut text = self.paragraph(&head) + &line("", "A", "B");
        for m in shown {
            let [of_a, of_b] = [&a[m.a], &b[m.b]].map(|claim| {
                let claim = visible(claim);
                textwrap::wrap(&claim, column).into_iter().map(Cow::into_owned).collect::<Vec<_>>()
            });
            for i in 0..of_a.len().max(of_b.len()) {
                let score = if i == 0 { short(m.score) } else { String::new() };
                let cell = |lines: &[String]| lines.get(i).cloned().unwrap_or_default();
                text += &line(&score, &cell(&of_a), &cell(&of_b));
            }
        }
        text
    }
}

/// With its sign, but for nothing.
fn signed(log_odds: f64) -> String {
    let text = format!("{log_odds:+.2}");
    if text == "-0.00" || text == "+0.00" { "0.00".into() } else { text }
}

/// Yes or no, days, or a number.
fn value(c: &Contribution) -> String {
    match (c.feature, c.value) {
        (_, None) => "-".into(),
        ("unaligned", Some(v)) => if v > 0.0 { "yes" } else { "no" }.into(),
        ("date", Some(v)) => format!("{v:.0}"),
        (_, Some(v)) => format!("{v:.4}"),
    }
}
