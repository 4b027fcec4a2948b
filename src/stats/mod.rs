//! Statistics primitives: they know nothing of news.

pub mod linkage;
