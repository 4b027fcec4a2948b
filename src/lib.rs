//! Parallax finds the claims that several news sources make, and scores how differently each frames the same facts.

pub mod background;
pub mod claims;
pub mod cli;
pub mod corpus;
pub mod embed;
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
