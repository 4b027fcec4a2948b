//! `parallax measure`: the scores of sentences.

use super::args::cache::CacheArgs;
use super::args::lexicon::LexiconArgs;
use super::args::model::ModelArgs;
use super::measured::Measured;
use super::output::{Outcome, number, print_csv};
use super::progress::Progress;
use crate::{Result, corpus, text};

/// Scores sentences: a row of measures on stdout for each row of FILE
#[derive(Debug, clap::Args)]
pub(crate) struct Measure {
    /// CSV, TSV or JSONL file, or `-` for stdin
    file: String,

    /// Column with the sentences
    #[arg(long, default_value = "text")]
    column: String,

    /// Column with a name that the sentence mentions: adds the column `tone`, how well or badly the outlet's own words
    /// speak of it (-1 to 1; empty where they do not name it)
    #[arg(long, value_name = "COLUMN")]
    target_column: Option<String>,

    #[command(flatten)]
    lexicons: LexiconArgs,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    pub vectors: CacheArgs,
}

pub(crate) fn run(args: &Measure, progress: &Progress) -> Result<Outcome> {
    let wanted: Vec<&str> =
        [Some(&args.column), args.target_column.as_ref()].into_iter().flatten().map(String::as_str).collect();
    let lexicons = args.lexicons.open()?;
    let rows = corpus::read_table(&args.file, &wanted)?.rows;
    let texts: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    let targets: Option<Vec<&str>> =
        args.target_column.as_ref().map(|_| rows.iter().map(|row| row[1].as_str()).collect());
    let measured = Measured::of(&texts, targets.as_deref(), &lexicons, &args.model, &args.vectors, progress)?;
    let columns = measured.columns();
    let header: Vec<&str> =
        ["row"].into_iter().chain(columns.iter().map(|c| c.0.as_str())).chain(["voice", "speaker", "cue"]).collect();
    print_csv(
        &header,
        measured.statements.iter().enumerate().map(|(i, (sentence, _))| {
            let words = |span: Option<text::Span>| span.map(|s| s.of(sentence.text).to_owned()).unwrap_or_default();
            let mut cells = vec![(i + 1).to_string()];
            cells.extend(columns.iter().map(|c| number(c.1[i])));
            cells.extend([sentence.voice.name().into(), words(sentence.speaker), words(sentence.cue)]);
            cells
        }),
    )?;
    Ok(Outcome::Clean)
}
