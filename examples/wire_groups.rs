//! The wire groups of some articles, without a model: `cargo run --release --no-default-features --example wire_groups
//! -- INPUT...` writes `article_id,wire_group` (a number, empty for no copy) to stdout and the seconds to stderr.
//! `models/fit/wire_copies.py` judges them.

#![allow(clippy::print_stderr)]

use std::time::Instant;

use parallax::corpus::{self, ReadOptions, wire};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = ReadOptions { inputs: std::env::args().skip(1).collect(), ..ReadOptions::default() };
    let articles = corpus::read(&options, &mut |_| {})?.articles;
    let started = Instant::now();
    let groups = wire::wire_groups(&articles);
    eprintln!("{} articles, {:.2} s", articles.len(), started.elapsed().as_secs_f64());
    let mut out = csv::Writer::from_writer(std::io::stdout().lock());
    out.write_record(["article_id", "wire_group"])?;
    for (article, group) in articles.iter().zip(&groups) {
        out.write_record([article.id.as_str(), &group.map(|g| g.to_string()).unwrap_or_default()])?;
    }
    Ok(out.flush()?)
}
