//! Parallax in the comparison in this folder.
//!
//! `parallax_embed MODEL_DIR ENGINE PRECISION THREADS TEXTS`: `TEXTS` holds one JSON string per line. For every line on
//! stdin all texts are embedded once and `{"seconds": ..., "tokens": ..., "padding": ...}` is printed. A line that is
//! not empty names a file for the vectors: little-endian f32, row after row.

#![allow(clippy::print_stdout)] // its output is its purpose

use std::error::Error;
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

use parallax::embed::{Embedder, Precision};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [dir, engine, precision, threads, texts] = &args[..] else {
        return Err("usage: parallax_embed MODEL_DIR ENGINE PRECISION THREADS TEXTS".into());
    };
    let precision = match precision.as_str() {
        "f32" => Precision::F32,
        "bf16" => Precision::Bf16,
        "auto" => Precision::fastest(),
        other => return Err(format!("no such precision: {other}").into()),
    };
    if engine != "rust-bert" {
        return Err(format!("no such engine: {engine}").into());
    }
    let texts: Vec<String> =
        std::fs::read_to_string(texts)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let embedder = Embedder::open(Path::new(dir), precision, threads.parse()?)?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let started = Instant::now();
        let (vectors, stats) = embedder.embed(&texts, &|_, _| true)?;
        let seconds = started.elapsed().as_secs_f64();
        if !line.is_empty() {
            let rows = vectors.index.iter().flat_map(|&row| vectors.rows.row(row).to_vec());
            std::fs::write(line, rows.flat_map(f32::to_le_bytes).collect::<Vec<_>>())?;
        }
        println!("{}", serde_json::json!({ "seconds": seconds, "tokens": stats.tokens, "padding": stats.padding }));
    }
    Ok(())
}
