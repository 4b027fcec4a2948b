//! The parts that need no model: sentences, the vector cache, facts, stories, contrasts.

#![allow(clippy::unwrap_used)] // a bench may stop

mod cache;
#[path = "../common/mod.rs"]
mod common;
mod facts;
mod framing;
mod segment;
mod stories;

use criterion::{criterion_group, criterion_main};

criterion_group!(
    benches,
    segment::segment,
    cache::cache,
    facts::facts,
    facts::tables,
    stories::stories,
    stories::event,
    framing::framing,
);
criterion_main!(benches);
