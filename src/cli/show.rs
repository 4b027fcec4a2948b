//! `parallax show`: a story of a report in the terminal, by the words and marks of the page.
//!
//! Whatever is of the input passes through `words::visible`: no control character and no mark of direction reaches the
//! terminal.

use std::path::{Path, PathBuf};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use textwrap::core::display_width;

use super::output::{Outcome, aligned, counted, grouped, print, similar, width};
use super::paper::{BOLD, COLUMN, FAINT, Paper, Words, wrapping};
use crate::facts::Coverage;
use crate::framing::contrasts::Status;
use crate::report::index::Index;
use crate::report::marks::{Mark, Sentence};
use crate::report::wordings::{self, MAX_REASONS, MAX_WORDINGS, NEAREST, Quotes, Wording};
use crate::report::words::{self, NAME, SENTENCE, TITLE, number, plain, probability};
use crate::report::{
    self, ClaimRow, ContrastRow, FactRow, MAX_FACTS, Rows, RunManifest, StoryRow, StoryStatus, read_table, read_texts,
    stands_out,
};
use crate::text::Voice;
use crate::{Error, Result};

/// A narrower terminal has no room for columns of words.
const NARROWEST: usize = 40;
/// The statement of a fact beside the signs of the sources.
const STATEMENT: usize = 28;

/// Shows a story of a report in the terminal: who states what, the wordings side by side, the differences
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  parallax show --report reports/mine                  # the stories
  parallax show shxwdcb --report reports/mine          # one of them
  parallax show --fact fcbdhgk --report reports/mine   # a fact, with the reason for each mark
  parallax show shxwdcb --report reports/mine --source 'Daily Klaxon' --source Tinderbox
  parallax show shxwdcb --report reports/mine --color always | less -R

Marked are loaded words, those that attribute, and numbers and denials to be checked. Without colour
they stand in [ ], _ _ and { }; < > is the tone toward somebody, ~ ~ are scare quotes. The report's
report.html shows the same, and more, in a browser.")]
pub(crate) struct Show {
    /// The story_id of the report's stories.csv, or its beginning; none: the stories are listed
    #[arg(value_name = "STORY_ID")]
    story: Option<String>,

    /// Folder of a report, made by `parallax analyze`
    #[arg(short, long, value_name = "DIR")]
    report: PathBuf,

    /// Only this fact (fact_id of facts.csv, or its beginning), with the reason for every mark
    #[arg(long, value_name = "FACT_ID")]
    fact: Option<String>,

    /// Only this source. May be repeated
    #[arg(long, value_name = "NAME")]
    source: Vec<String>,

    /// When to colour; `auto`: on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
}

pub(crate) fn run(args: &Show) -> Result<Outcome> {
    let dir = args.report.as_path();
    let manifest = RunManifest::of_report(dir)?;
    let colour = match args.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never,
    };
    let paper = Paper { width: width(NARROWEST), colour };
    let stories: Vec<StoryRow> = read_table(dir)?;
    if args.story.is_none() && args.fact.is_none() {
        if !args.source.is_empty() {
            return Err(Error::usage("--source without a story", "name a story; without --source they are listed"));
        }
        print(&list(&stories, &paper))?;
        return Ok(Outcome::Clean);
    }
    let rows = Rows {
        stories,
        articles: read_table(dir)?,
        facts: read_table(dir)?,
        claims: read_table(dir)?,
        coverage: read_table(dir)?,
        contrasts: read_table(dir)?,
        evidence: read_table(dir)?,
        ..Rows::default()
    };
    let texts = read_texts(dir)?.collect::<Result<Vec<_>>>()?;
    let index = Index::new(&rows, texts.iter().map(|t| (t.article_id.as_str(), t.body.as_str())));
    let fact = args.fact.as_deref().map(|id| find("fact", id, &rows.facts, |f| &f.fact_id, dir)).transpose()?;
    let story = match (&args.story, fact) {
        (Some(id), _) => find("story", id, &rows.stories, |s| &s.story_id, dir)?,
        (None, Some(fact)) => find("story", &fact.story_id, &rows.stories, |s| &s.story_id, dir)?,
        // Without both, the stories were listed.
        (None, None) => return Ok(Outcome::Clean),
    };
    if let Some(fact) = fact.filter(|fact| fact.story_id != story.story_id) {
        let reason = format!("the fact {} is of the story {}, not {}", fact.fact_id, fact.story_id, story.story_id);
        return Err(Error::usage(reason, "leave out the story, or name its facts"));
    }
    let sources = chosen(story, &args.source)?;
    let view =
        View { index: &index, story, sources, run: &manifest, quotes: wordings::quotes(&index, &story.story_id) };
    print(&match fact {
        Some(fact) => view.one_fact(fact, &paper),
        None => view.whole(&paper),
    })?;
    Ok(Outcome::Clean)
}

/// The row that has this id, or alone begins with it.
fn find<'a, R>(what: &str, id: &str, rows: &'a [R], id_of: impl Fn(&R) -> &String, dir: &Path) -> Result<&'a R> {
    let file = dir.join(if what == "story" { "stories.csv" } else { "facts.csv" });
    if let Some(row) = rows.iter().find(|row| id_of(row) == id) {
        return Ok(row);
    }
    let beginning: Vec<&R> = rows.iter().filter(|row| !id.is_empty() && id_of(row).starts_with(id)).collect();
    let (reason, near) = match beginning.as_slice() {
        [row] => return Ok(row),
        [] => {
            let near = similar(id, rows.iter().map(|row| id_of(row).as_str()));
            (format!("has no {what} {id}"), format!("similar ids: {}", near.join(", ")))
        }
        several => {
            let ids: Vec<&str> = several.iter().take(5).map(|row| id_of(row).as_str()).collect();
            let more = if several.len() > ids.len() { ", ..." } else { "" };
            let reason = format!("has {} ids of a {what} that begin with {id}", several.len());
            (reason, format!("name one of {}{more}", ids.join(", ")))
        }
    };
    let hint = match near.strip_suffix(": ") {
        Some(_) => format!("the ids are in {}", file.display()),
        None => format!("{near}; all are in {}", file.display()),
    };
    Err(Error::input(dir, reason, hint))
}

/// The sources that are asked for, in the order of the story; all, if none is.
fn chosen<'a>(story: &'a StoryRow, asked: &[String]) -> Result<Vec<&'a str>> {
    let is = |source: &str, name: &str| source.to_lowercase() == name.trim().to_lowercase();
    if let Some(unknown) = asked.iter().find(|name| !story.sources.iter().any(|source| is(source, name))) {
        let sources: Vec<String> = story.sources.iter().map(|s| plain(s, NAME)).collect();
        return Err(Error::usage(
            format!("--source {unknown}: the story {} has no article of it", story.story_id),
            format!("its sources are {}", sources.join("; ")),
        ));
    }
    let wanted = |source: &&str| asked.is_empty() || asked.iter().any(|name| is(source, name));
    Ok(story.sources.iter().map(String::as_str).filter(wanted).collect())
}

/// All stories, in the order of stories.csv.
fn list(stories: &[StoryRow], paper: &Paper) -> String {
    if stories.is_empty() {
        return "No two articles of the report tell of the same event. Each is in articles.csv.\n".into();
    }
    let mut table = vec![["story", "articles", "sources", "shared facts", "divergence"].map(str::to_owned).to_vec()];
    for s in stories {
        let divergence = if s.status == StoryStatus::Ok { number(s.divergence_loaded) } else { s.status.to_string() };
        table.push(vec![
            s.story_id.clone(),
            grouped(s.n_articles),
            grouped(s.n_sources),
            grouped(s.n_shared_facts),
            divergence,
        ]);
    }
    let lines = aligned(&table, 1);
    let widest = lines.lines().map(display_width).max().unwrap_or_default();
    let mut out = String::new();
    // Where a label would get a few letters per line, the numbers go below it.
    if paper.width < widest + 2 + COLUMN {
        for (s, row) in stories.iter().zip(&table[1..]) {
            out += &paper.heading(&plain(&s.label, TITLE));
            out += &paper.note(&format!(
                "{} · {} of {} · {} · divergence {}",
                s.story_id,
                counted(s.n_articles, "article", "articles"),
                counted(s.n_sources, "source", "sources"),
                counted(s.n_shared_facts, "shared fact", "shared facts"),
                row[4]
            ));
        }
    } else {
        let labels = std::iter::once("label".to_owned()).chain(stories.iter().map(|s| plain(&s.label, TITLE)));
        for (line, label) in lines.lines().zip(labels) {
            let padding = " ".repeat(widest - display_width(line));
            out += &paper.beside(&format!("{line}{padding}  "), &label);
        }
    }
    out + "\n"
        + &paper.note("Divergence of loaded wording: 0 is no more than chance. `parallax show STORY_ID` shows one.")
}

/// How marked words look in colour.
fn style(kinds: &[Mark]) -> Style {
    kinds.iter().fold(Style::new(), |style, kind| match kind {
        Mark::Loaded => style.bold().fg_color(Some(AnsiColor::Yellow.into())),
        Mark::Cue | Mark::Speaker => style.underline(),
        Mark::Quote => style.italic(),
        Mark::Scare => style.fg_color(Some(AnsiColor::Magenta.into())),
        Mark::Tone => style.fg_color(Some(AnsiColor::Cyan.into())),
        Mark::Conflict => style.fg_color(Some(AnsiColor::Red.into())).underline(),
    })
}

/// What stands around them without colour. Quotations have marks of their own.
fn signs(kind: Mark) -> Option<(char, char)> {
    match kind {
        Mark::Loaded => Some(('[', ']')),
        Mark::Cue | Mark::Speaker => Some(('_', '_')),
        Mark::Scare => Some(('~', '~')),
        Mark::Tone => Some(('<', '>')),
        Mark::Conflict => Some(('{', '}')),
        Mark::Quote => None,
    }
}

/// A sentence with its marks, by colour or by signs.
fn marked(sentence: &Sentence<'_>, paper: &Paper) -> Words {
    let mut words = Words::default();
    let mut open: Vec<(char, char)> = Vec::new();
    let close = |words: &mut Words, open: &mut Vec<(char, char)>, wanted: &[(char, char)]| {
        for i in (0..open.len()).rev() {
            if !wanted.contains(&open[i]) {
                words.push(&open.remove(i).1.to_string(), Style::new());
            }
        }
    };
    for piece in sentence.pieces() {
        if paper.colour {
            words.push(&piece.words, style(&piece.kinds));
            continue;
        }
        let wanted: Vec<(char, char)> = piece.kinds.iter().filter_map(|kind| signs(*kind)).collect();
        close(&mut words, &mut open, &wanted);
        for sign in wanted {
            if !open.contains(&sign) {
                words.push(&sign.0.to_string(), Style::new());
                open.push(sign);
            }
        }
        words.push(&piece.words, Style::new());
    }
    close(&mut words, &mut open, &[]);
    if sentence.is_cut() {
        words.push("…", Style::new());
    }
    words
}

/// A, B, ..., Z, AA, ...
fn letter(mut i: usize) -> String {
    let mut out = String::new();
    loop {
        out.insert(0, char::from(b'A' + (i % 26) as u8));
        if i < 26 {
            return out;
        }
        i = i / 26 - 1;
    }
}

/// What is shown of a story.
struct View<'a> {
    index: &'a Index<'a>,
    story: &'a StoryRow,
    /// Those that were asked for.
    sources: Vec<&'a str>,
    run: &'a RunManifest,
    quotes: Quotes<'a>,
}

impl View<'_> {
    fn whole(&self, paper: &Paper) -> String {
        let facts = self.facts();
        let shown = &facts[..facts.len().min(MAX_FACTS)];
        let mut parts = vec![self.head(paper), self.articles(paper)];
        if shown.is_empty() {
            parts.push(paper.note("No fact was found that two sources state."));
        } else {
            parts.push(self.matrix(shown, facts.len(), paper));
            let wordings: String = shown.iter().enumerate().map(|(i, f)| self.fact(i + 1, f, false, paper)).collect();
            parts.push(paper.heading("The wordings") + &legend(paper) + "\n" + wordings.trim_end() + "\n");
        }
        parts.push(self.contrasts(paper));
        parts.retain(|part| !part.is_empty());
        parts.join("\n")
    }

    fn one_fact(&self, fact: &FactRow, paper: &Paper) -> String {
        let place = self.facts().iter().position(|f| f.fact_id == fact.fact_id).map_or(0, |i| i + 1);
        self.head(paper) + "\n" + &legend(paper) + "\n" + self.fact(place, fact, true, paper).trim_end() + "\n"
    }

    /// The facts that several sources state, of those that were asked for at least one.
    fn facts(&self) -> Vec<&FactRow> {
        let told = |fact: &FactRow| {
            self.index.wordings(&fact.fact_id).iter().any(|c| self.sources.contains(&c.source.as_str()))
        };
        let facts = self.index.facts(&self.story.story_id).iter().copied();
        facts.filter(|f| f.n_sources > 1 && told(f)).collect()
    }

    fn head(&self, paper: &Paper) -> String {
        let story = self.story;
        let mut line = format!(
            "{} · {} · {} of {} · {}",
            story.story_id,
            words::days(story),
            counted(story.n_articles, "article", "articles"),
            counted(story.n_sources, "source", "sources"),
            counted(story.n_shared_facts, "shared fact", "shared facts")
        );
        if !story.given_story.is_empty() {
            line += &format!(" · your story {}", plain(&story.given_story, NAME));
        }
        for (what, value) in
            [("divergence of loaded wording", story.divergence_loaded), ("of own voice", story.divergence_voice)]
        {
            if value.is_some() {
                line += &format!(" · {what} {}", number(value));
            }
        }
        let contrasts = self.index.contrasts(&story.story_id);
        let standing = report::none_in_story(story, contrasts).unwrap_or_else(|| {
            let rows = contrasts.iter().filter(|c| stands_out(c.q_value)).take(3);
            let sentence = |c: &&ContrastRow| {
                let direction = words::direction(&c.measure, c.difference.unwrap_or_default());
                format!("{} {direction}.", plain(&c.source, NAME))
            };
            rows.map(sentence).collect::<Vec<_>>().join(" ")
        });
        paper.heading(&plain(&story.label, TITLE)) + &paper.note(&line) + &paper.beside("", &standing)
    }

    /// Each source has a letter, by which the matrix names it.
    fn articles(&self, paper: &Paper) -> String {
        let articles = self.index.by_date(&self.story.story_id);
        let mut out = paper.heading("Sources");
        for (i, source) in self.sources.iter().enumerate() {
            let of_source = articles.iter().filter(|a| a.source == *source);
            for (n, article) in of_source.enumerate() {
                let name = if n == 0 { format!("{}: ", plain(source, NAME)) } else { String::new() };
                let first = if n == 0 { format!("{:>3}  ", letter(i)) } else { "     ".into() };
                let title = if article.title.trim().is_empty() {
                    "(without a title)".into()
                } else {
                    plain(&article.title, TITLE)
                };
                let date = article.date.map_or_else(String::new, |date| format!(", {date}"));
                let wire = if article.wire_group.is_empty() { "" } else { ", copy of a wire text (counts once)" };
                let id = plain(&article.article_id, NAME);
                out += &paper.beside(&first, &format!("{name}{title} ({id}{date}{wire})"));
            }
        }
        out
    }

    fn matrix(&self, facts: &[&FactRow], all: usize, paper: &Paper) -> String {
        let letters: Vec<String> = (0..self.sources.len()).map(letter).collect();
        let cell = letters.last().map_or(1, String::len) + 2;
        let fit = paper.width.saturating_sub(STATEMENT + 5) / cell;
        let sources = &self.sources[..self.sources.len().min(fit)];
        let statement = (paper.width - 5 - cell * sources.len()).max(STATEMENT);
        let mut out = paper.heading("Who states what");
        let recall = match &self.run.alignment_recall {
            Some(found) => words::recall(found),
            None => "not measured on this corpus (`parallax audit` does)".into(),
        };
        let legend = [Coverage::Own, Coverage::Attributed, Coverage::Unclear, Coverage::NotFound];
        let legend = legend.map(|coverage| state(coverage, ""));
        out += &paper.note(&format!(
            "{}. “Not found” is not “absent”: reworded facts are missed. Alignment recall: {recall}.",
            legend.join(", ")
        ));
        if facts.len() < all {
            out += &paper.note(&format!(
                "The {} facts of most sources; all {} are in facts.csv.",
                facts.len(),
                grouped(all)
            ));
        }
        if sources.len() < self.sources.len() {
            let more = self.sources.len() - sources.len();
            out +=
                &paper.note(&format!("{more} more sources have no room in this width: see coverage.csv, or --source."));
        }
        let line = |first: &str, text: &str, cells: &[String]| {
            let padding = " ".repeat(statement.saturating_sub(display_width(text)));
            let cells: String =
                cells.iter().map(|sign| format!("{}{sign}", " ".repeat(cell - display_width(sign)))).collect();
            format!("{first:>3}  {text}{padding}{cells}").trim_end().to_owned() + "\n"
        };
        out += &line("", "", &letters[..sources.len()]);
        for (i, fact) in facts.iter().enumerate() {
            let coverage = self.index.coverage(&fact.fact_id);
            let sign = |source: &&str| {
                let row = coverage.iter().find(|c| c.source == *source);
                row.map_or_else(String::new, |row| words::coverage(row.status).0.to_string())
            };
            let signs: Vec<String> = sources.iter().map(sign).collect();
            let text = words::visible(&fact.statement);
            out += &line(&(i + 1).to_string(), &cut_to(&text, statement), &signs);
        }
        out
    }

    fn fact(&self, place: usize, fact: &FactRow, reasons: bool, paper: &Paper) -> String {
        let mut line = format!("{} · {}", fact.fact_id, counted(fact.n_sources, "source", "sources"));
        if fact.spread_loaded.is_some() {
            line += &format!(" · spread of loaded wording {}", number(fact.spread_loaded));
        }
        let first = if place == 0 { String::new() } else { format!("{place}. ") };
        let statement = format!("{first}{}", plain(&fact.statement, SENTENCE));
        let mut out = paper.heading(&statement) + &paper.note(&line);
        if !fact.check.is_empty() {
            let check = format!(
                "Look before you cite ({}): {}",
                words::checks(&fact.check),
                plain(&fact.check_values, SENTENCE)
            );
            out += &paper.beside("", &check);
        }
        let asked = |source: &str| self.sources.contains(&source);
        let wordings: Vec<Wording<'_>> = wordings::of_fact(self.index, fact, &self.quotes)
            .into_iter()
            .filter(|wording| asked(&wording.claim.source))
            .collect();
        let mut blocks: Vec<Vec<Words>> =
            wordings.iter().take(MAX_WORDINGS).map(|wording| self.wording(wording, reasons, paper)).collect();
        for claim in wordings::unclear(self.index, fact).into_iter().filter(|claim| asked(&claim.source)) {
            blocks.push(vec![
                Words::of(&plain(&claim.source, NAME), BOLD),
                Words::of(&state(Coverage::Unclear, ": the nearest sentence"), FAINT),
                Words::of(&plain(&claim.text, NEAREST), FAINT),
            ]);
        }
        out += &paper.columns(3, &blocks);
        if wordings.len() > MAX_WORDINGS {
            let more = wordings.len() - MAX_WORDINGS;
            out += &paper.note(&format!("   {more} more wordings in claims.csv."));
        }
        let missing: Vec<String> =
            fact.sources_not_found.iter().filter(|s| asked(s)).take(MAX_WORDINGS).map(|s| plain(s, NAME)).collect();
        if reasons && !missing.is_empty() {
            out += &paper.note(&format!("Not found (which is not “absent”) in: {}.", missing.join(", ")));
        }
        out
    }

    fn wording(&self, wording: &Wording<'_>, reasons: bool, paper: &Paper) -> Vec<Words> {
        let (claim, body) = (wording.claim, self.index.body(&wording.claim.article_id));
        let sentence = Sentence { body, span: wording.span(), marks: &wording.marks, limit: SENTENCE };
        let mut block = vec![
            Words::of(&plain(&claim.source, NAME), BOLD),
            Words::of(&format!("{} · {}", voice(claim), loaded(claim)), FAINT),
            marked(&sentence, paper),
        ];
        if reasons {
            let listed: Vec<_> = wording.reasons().collect();
            for mark in listed.iter().take(MAX_REASONS) {
                block.push(Words::of(&format!("- “{}”: {}", plain(mark.span.of(body), NAME), mark.reason), FAINT));
            }
            if listed.len() > MAX_REASONS {
                block.push(Words::of(&format!("- {} more in evidence.csv", listed.len() - MAX_REASONS), FAINT));
            }
            let place =
                format!("{}, sentence {} of {}", claim.claim_id, claim.position, plain(&claim.article_id, NAME));
            block.push(Words::of(&place, FAINT));
        }
        block
    }

    fn contrasts(&self, paper: &Paper) -> String {
        let rows: Vec<&ContrastRow> = self
            .index
            .contrasts(&self.story.story_id)
            .iter()
            .copied()
            .filter(|row| self.sources.contains(&row.source.as_str()))
            .collect();
        if rows.is_empty() {
            return String::new();
        }
        let mut out = paper.heading("How differently they word the same facts");
        out += &paper.note(
            "Each source against the others on the facts that both state. Speaks of these articles, never of the outlets. Judge by q.",
        );
        let chosen: Vec<String> = words::baseline(self.run).iter().map(|source| plain(source, NAME)).collect();
        if !chosen.is_empty() {
            out += &paper.note(&format!("“The others” are the chosen ones (--baseline): {}.", chosen.join(", ")));
        }
        let mut measures: Vec<&str> = Vec::new();
        for row in rows.iter().filter(|r| !r.measure.starts_with("tone:")) {
            if !measures.contains(&row.measure.as_str()) {
                measures.push(&row.measure);
            }
        }
        for measure in measures {
            let of: Vec<&ContrastRow> = rows.iter().copied().filter(|r| r.measure == measure).collect();
            out += &format!(
                "\n{}\n",
                paper.paint(&format!("{} ({})", words::measure(measure), plain(measure, NAME)), BOLD)
            );
            for row in of {
                out += &contrast(row, &plain(&row.source, NAME), paper);
            }
        }
        let tones: Vec<&ContrastRow> = rows.iter().copied().filter(|r| r.measure.starts_with("tone:")).collect();
        let tested: Vec<&ContrastRow> = tones.iter().copied().filter(|r| r.status == Status::Ok).collect();
        if !tones.is_empty() {
            let head =
                format!("tone on the same facts ({} of {} differences tested)", tested.len(), grouped(tones.len()));
            out += &format!("\n{}\n", paper.paint(&head, BOLD));
            for row in &tested {
                let about = words::measure(&row.measure);
                out += &contrast(row, &format!("{}, {about}", plain(&row.source, NAME)), paper);
            }
            if tested.len() < tones.len() {
                out += &paper.note(
                    "  The others are insufficient: fewer than six facts whose values differ. See contrasts.csv.",
                );
            }
        }
        out
    }
}

/// A row of contrasts.csv in words.
fn contrast(row: &ContrastRow, name: &str, paper: &Paper) -> String {
    let facts = counted(row.n_facts, "fact", "facts");
    let text = if row.status == Status::Ok {
        let verdict = match (stands_out(row.q_value), row.mde) {
            (true, _) => "; stands out".to_owned(),
            (false, Some(mde)) => format!("; does not stand out (could show {})", number(Some(mde))),
            (false, None) => "; does not stand out".to_owned(),
        };
        let interval = match row.ci_low.zip(row.ci_high) {
            Some((low, high)) => format!(" (95 % interval {} to {})", number(Some(low)), number(Some(high))),
            None => String::new(),
        };
        let q = probability(row.q_value);
        format!("{}{interval}, q {q}, on {facts}{verdict}", number(row.difference))
    } else {
        format!(
            "{} on {facts}: insufficient, fewer than six facts whose values differ; nothing may be concluded",
            number(row.difference)
        )
    };
    let style = match (row.status, stands_out(row.q_value)) {
        (Status::Ok, true) => BOLD,
        (Status::Ok, false) => Style::new(),
        _ => FAINT,
    };
    let options = wrapping(paper.width).initial_indent("  ").subsequent_indent("    ");
    let text = format!("{name}: {text}");
    let lines = textwrap::wrap(&text, options);
    lines.iter().map(|line| paper.paint(line, style) + "\n").collect()
}

/// Which words are marked how.
fn legend(paper: &Paper) -> String {
    let marks = [Mark::Loaded, Mark::Cue, Mark::Conflict, Mark::Tone, Mark::Scare];
    let named = marks.iter().map(|mark| match (paper.colour, signs(*mark)) {
        (false, Some((open, close))) => format!("{open}{}{close}", mark.label()),
        _ => paper.paint(mark.label(), style(&[*mark])),
    });
    let text = format!("Marked: {}.", named.collect::<Vec<_>>().join(", "));
    textwrap::fill(&text, wrapping(paper.width)) + "\n"
}

fn state(coverage: Coverage, more: &str) -> String {
    let (sign, word) = words::coverage(coverage);
    format!("{sign} {word}{more}")
}

fn voice(claim: &ClaimRow) -> String {
    let Some(voice) = claim.voice.filter(|voice| *voice != Voice::Own) else { return state(Coverage::Own, "") };
    let mut text = state(Coverage::Attributed, &format!(", {}", voice.name()));
    if !claim.speaker.is_empty() {
        text += &format!(": {}", plain(&claim.speaker, NAME));
    }
    text
}

fn loaded(claim: &ClaimRow) -> String {
    let mut text = match claim.loaded_adj {
        Some(_) => format!("loaded {}", number(claim.loaded_adj)),
        None => "all quoted".into(),
    };
    if claim.loaded_quoted.is_some() {
        text += &format!(" · in quotations {}", number(claim.loaded_quoted));
    }
    text
}

/// The text in at most so many columns of the terminal.
fn cut_to(text: &str, width: usize) -> String {
    if display_width(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        out.push(c);
        if display_width(&out) >= width {
            out.pop();
            break;
        }
    }
    out.trim_end().to_owned() + "…"
}
