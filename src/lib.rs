//! Parallax finds the claims that several news sources make, and scores how differently each frames the same facts.
//!
//! # Words
//!
//! A **source** (outlet) publishes an **article**; an article makes **claims** (a sentence with its byte span); claims
//! of different articles that state the same thing are aligned into a **fact**; articles that share facts form a
//! **story**; a **measure** is one framing score; a **contrast** is how far a source stands from the others on the same
//! facts.
//!
//! # The main types
//!
//! [`corpus::read`] turns files into a [`corpus::Corpus`]. An [`embed::Embedder`] turns texts into vectors.
//! [`pipeline::analyze`] runs all stages on both and gives a [`pipeline::Analysis`]; [`report::write`] writes it, and
//! [`report::read_table`] reads a table of a report.
//!
//! # Example
//!
//! Claims and voices need no model:
//!
//! ```
//! use parallax::corpus::{ReadOptions, read};
//! use parallax::text::Voice;
//!
//! let dir = tempfile::tempdir()?;
//! let file = dir.path().join("articles.jsonl");
//! std::fs::write(&file, r#"{"id":"1","source":"Gazette","title":"Bridge closed","body":"The council closed the old bridge on Monday. Repairs will cost $2 million, the mayor said."}"#)?;
//!
//! let options = ReadOptions { inputs: vec![file.display().to_string()], ..ReadOptions::default() };
//! let corpus = read(&options, &mut |_bytes| {})?;
//! let claims = &parallax::claims::extract(&corpus.articles)[0];
//! assert_eq!(claims[0].text(&corpus.articles[0]), "The council closed the old bridge on Monday.");
//! assert_eq!((claims[0].voice, claims[1].voice), (Voice::Own, Voice::Reported));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The whole pipe, with a model on disk:
//!
//! ```no_run
//! use parallax::embed::{Embedder, Settings};
//! use parallax::pipeline::{Config, Silent, analyze, default_model};
//! # let corpus = parallax::corpus::Corpus::default();
//!
//! let embedder = Embedder::open(&default_model(), Settings::default())?;
//! let analysis = analyze(corpus, &embedder, &Config::shipped()?, &Silent)?;
//! for story in &analysis.stories {
//!     println!("{} {} articles", story.id, story.articles.len());
//! }
//! # Ok::<(), parallax::Error>(())
//! ```

mod atomic;
pub mod background;
#[doc(hidden)]
pub mod checkpoint;
pub mod claims;
#[doc(hidden)] // for main.rs
pub mod cli;
pub mod corpus;
pub mod embed;
pub mod error;
#[doc(hidden)] // for tests
pub mod evaluate;
pub mod facts;
pub mod framing;
mod ids;
pub mod memory;
mod named;
pub mod pipeline;
pub mod report;
#[doc(hidden)] // for tests and benches
pub mod stats;
pub mod stories;
pub mod text;

pub use error::{Error, Result};
