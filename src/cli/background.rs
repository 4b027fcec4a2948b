//! `parallax background`: how often words occur in a large corpus.

use std::path::PathBuf;

use super::args::cache::CacheArgs;
use super::args::input::{InputArgs, read};
use super::args::memory::{MemoryArgs, check_inputs};
use super::args::model::{ModelArgs, open_cached};
use super::output::{Outcome, grouped};
use super::progress::Progress;
use crate::atomic::AtomicFile;
use crate::{Error, Result, corpus, pipeline};

/// Computes background statistics (document frequencies, mean vector) from a large corpus
#[derive(Debug, clap::Args)]
pub(crate) struct Background {
    #[command(flatten)]
    input: InputArgs,

    /// The file to write
    #[arg(short, long, value_name = "FILE.tsv.gz")]
    out: PathBuf,

    /// What the corpus is: recorded in the file
    #[arg(long, default_value = "unnamed corpus")]
    name: String,

    /// Leave out terms found in fewer articles
    #[arg(long, value_name = "N", default_value_t = 3)]
    min_articles: u32,

    #[command(flatten)]
    memory: MemoryArgs,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    pub vectors: CacheArgs,
}

pub(crate) fn run(args: &Background, progress: &Progress) -> Result<Outcome> {
    let options = args.input.options()?;
    let bytes = corpus::size(&options)?;
    let limit = args.memory.limit();
    check_inputs(bytes, limit)?;
    let mut file = AtomicFile::create(&args.out)?;
    let embedder = open_cached(&args.model, &args.vectors, progress)?;
    let corpus = read(&options, bytes, progress)?;
    let statistics = pipeline::background(&corpus, &args.name, args.min_articles, &embedder, limit, progress)?;
    let mut bytes = Vec::new();
    statistics.write(&mut bytes).map_err(|e| Error::io(&args.out, "write", e))?;
    file.put(&bytes)?;
    file.commit()?;
    progress.note(&format!(
        "{} articles, {} terms: {}",
        grouped(corpus.articles.len()),
        grouped(statistics.terms()),
        args.out.display()
    ));
    Ok(Outcome::Clean)
}
