//! `parallax doctor`: whether everything is there that the other commands need.

use std::time::Instant;

use super::args::model::ModelArgs;
use super::machine;
use super::output::{Outcome, print};
use crate::background::Background;
use crate::embed::{EngineKind, cpu_class};
use crate::framing;
use crate::{Error, Result};

/// Checks libtorch, the model, the CPU and the vectors of a test sentence
#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    model: ModelArgs,
}

/// Prints what was looked at and what was found, a line for each.
pub(crate) fn run(args: &Doctor) -> Result<Outcome> {
    let engines: Vec<String> =
        EngineKind::BUILT.iter().map(|e| format!("{} (`auto` takes {})", e.name(), e.auto().name())).collect();
    let mut lines = vec![
        format!("parallax     {}", env!("CARGO_PKG_VERSION")),
        format!("cpu          {}, {} cores", cpu_class(), machine::cores()),
        format!("engines      {}", engines.join(", ")),
    ];
    let dir = args.model.folder();
    lines.push(format!("model        {}", dir.display()));
    let background = Background::shipped()?;
    lines.push(format!(
        "background   {} articles, {} terms ({})",
        background.header.articles,
        background.terms(),
        background.header.corpus
    ));
    let heads = framing::Heads::shipped()?;
    print(&(lines.join("\n") + "\n"))?;
    let started = Instant::now();
    let embedder = args.model.open()?;
    let loaded = started.elapsed().as_secs_f64();
    let f = embedder.fingerprint();
    let (vectors, _) =
        embedder.embed(&["The council closed the bridge.", "The bridge was shut by the council."], &|_, _| true)?;
    let cos = vectors.of(0).dot(&vectors.of(1));
    let mut lines = vec![
        format!(
            "engine       {} {}, {}, {} threads, loaded in {loaded:.2} s",
            f.engine,
            f.engine_version,
            f.precision.name(),
            embedder.threads()
        ),
        format!("weights      {} {} (sha256)", f.model, f.sha256),
    ];
    for (what, sha256) in [("background", background.header.sha256.as_str()), ("heads", heads.model_sha256())] {
        if sha256 != f.sha256 {
            lines.push(format!(
                "warning      the shipped {what} belong to another model ({sha256}): figures will be off"
            ));
        }
    }
    lines.push(format!("test         two wordings of one sentence have cosine {cos:.4}"));
    let good = (0.5..1.0).contains(&cos);
    lines.push(if good { "All is well.".into() } else { "The vectors are not what they should be.".to_owned() });
    print(&(lines.join("\n") + "\n"))?;
    if good {
        Ok(Outcome::Clean)
    } else {
        Err(Error::Model {
            path: dir,
            reason: "the test sentence fails".into(),
            hint: "fetch the model again: `make setup`".into(),
            source: None,
        })
    }
}
