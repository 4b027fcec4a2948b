//! Parallax finds the claims that several news sources make, and scores how differently each frames the same facts.

pub mod corpus;
pub mod error;
pub mod facts;
pub mod framing;
pub mod ids;
pub mod pipeline;
pub mod report;
pub mod stats;
pub mod stories;
pub mod text;

pub use error::{Error, Result};
