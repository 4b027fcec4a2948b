//! What needs the real model: tokenising, embedding, and the whole job.

#![allow(clippy::unwrap_used)] // a bench may stop

#[path = "../common/mod.rs"]
mod common;
mod embed;
mod pipeline;

use criterion::{criterion_group, criterion_main};

criterion_group!(benches, embed::tokenise, embed::embed, pipeline::analyze);
criterion_main!(benches);
