//! Parallax finds the claims that several news sources make, and scores how differently each frames the same facts.

pub mod embed;
pub mod error;
pub mod framing;
pub mod stats;
pub mod text;

pub use error::{Error, Result};
