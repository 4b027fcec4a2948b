//! `parallax pairs`: the features and the score of sentence pairs.

use super::args::cache::CacheArgs;
use super::args::model::{ModelArgs, open_cached};
use super::args::scores::{self, ScoreArgs};
use super::output::{Outcome, number, print_csv};
use super::progress::Progress;
use crate::embed::Vectors;
use crate::facts::{ClaimTerms, Keys, PairFeatures, Smoothed, Vocabulary};
use crate::pipeline::Observer;
use crate::{Error, Result, corpus, text};

/// Scores sentence pairs: features and pair score on stdout for each row of FILE
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The score is that of two claims while stories are being found, with one difference: the vectors of a file's sentences are drawn \
toward their nearest neighbours in the file (cos_smoothed; the more, the more sentences there are), because what is said in \
several ways is told better from what merely sounds alike. So a score depends on the other sentences, not on their order. \
With --alone it does not: cos takes the place of cos_smoothed.")]
pub(crate) struct Pairs {
    /// CSV, TSV or JSONL file, or `-` for stdin
    file: String,

    /// The two columns with the sentences
    #[arg(long, value_name = "A,B", default_value = "a,b", value_delimiter = ',')]
    columns: Vec<String>,

    /// Score each row by itself, whatever else is in the file
    #[arg(long)]
    alone: bool,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    pub vectors: CacheArgs,

    #[command(flatten)]
    scores: ScoreArgs,
}

pub(crate) fn run(args: &Pairs, progress: &Progress) -> Result<Outcome> {
    let [a, b] = args.columns.as_slice() else {
        return Err(Error::usage("--columns needs two names", "e.g. --columns a,b"));
    };
    let table = corpus::read_table(&args.file, &[a, b])?;
    let weights = scores::weights(args.scores.weights.as_deref())?;
    let background = scores::background(args.scores.background.as_deref())?;
    let embedder = open_cached(&args.model, &args.vectors, progress)?;
    let texts: Vec<&str> = table.rows.iter().flat_map(|row| row.iter().map(String::as_str)).collect();
    // Words weigh by the background alone: a file is no corpus of articles.
    let vocabulary = Vocabulary::of_background(texts.iter().flat_map(|t| text::terms(t)), &background);
    progress.stage("embedding", "tokens", None);
    let (vectors, _) = embedder.embed(&texts, &|done, total| progress.progress(done, total))?;
    let smoothed = if args.alone { None } else { Some(smoothed(&vectors, &texts, progress)?) };
    progress.finish();
    let mut keys = Keys::default();
    let claim = |i: usize, keys: &mut Keys| {
        let (quantities, entities) = (text::quantities(texts[i]), text::entities(texts[i]));
        let quantities = keys.quantities(quantities.into_iter().map(text::Figure::from));
        let entities = keys.entities(entities.iter().map(|e| e.name.as_str()));
        ClaimTerms::new(texts[i], &quantities, &entities, &vocabulary)
    };
    let header = ["row", "cos", "cont", "num", "num_conf", "ent_conf", "headline", "score", "cos_smoothed"];
    print_csv(
        &header,
        (0..table.rows.len()).map(|row| {
            let (x, y) = (2 * row, 2 * row + 1);
            let cos = f64::from(vectors.of(x).dot(&vectors.of(y)));
            let (a, b) = (claim(x, &mut keys), claim(y, &mut keys));
            let f = PairFeatures::new(&a, &b, cos, &vocabulary, &keys);
            let near = smoothed.as_ref().map(|all| all.cosine(vectors.index[x], vectors.index[y]));
            let score = weights.pair.score(&PairFeatures { cos: near.unwrap_or(cos), ..f });
            let mut cells = vec![(row + 1).to_string()];
            cells.extend([f.cos, f.cont, f.num, f.num_conf, f.ent_conf, f.headline, score].map(|v| number(Some(v))));
            cells.push(number(near));
            cells
        }),
    )?;
    Ok(Outcome::Clean)
}

/// Draws the vectors of a file's texts toward their nearest neighbours.
fn smoothed<'v>(vectors: &'v Vectors, texts: &[&str], progress: &Progress) -> Result<Smoothed<'v>> {
    let n = vectors.rows.nrows();
    let mut of_row = vec![""; n];
    vectors.index.iter().zip(texts).for_each(|(&row, text)| of_row[row] = text);
    progress.stage("nearest texts", "texts", Some(n as u64));
    Smoothed::new(vectors.rows.view(), &of_row, |done| progress.progress(done as u64, n as u64))
}
