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

use parallax::embed::{Device, Embedder, EngineKind, Settings};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [dir, engine, precision, threads, texts] = &args[..] else {
        return Err("usage: parallax_embed MODEL_DIR ENGINE PRECISION THREADS TEXTS".into());
    };
    let engine = EngineKind::BUILT.iter().find(|e| e.name() == engine);
    let engine = *engine.ok_or("this build has no such engine")?;
    let precision = match precision.as_str() {
        "auto" => engine.auto(),
        name => *engine.precisions().iter().find(|p| p.name() == name).ok_or("the engine has no such precision")?,
    };
    let texts: Vec<String> =
        std::fs::read_to_string(texts)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let settings = Settings { engine, precision: Some(precision), device: Device::Cpu, threads: threads.parse()? };
    let embedder = Embedder::open(Path::new(dir), settings)?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let started = Instant::now();
        let (vectors, stats) = embedder.embed(&texts, &|_, _| true)?;
        let seconds = started.elapsed().as_secs_f64();
        if !line.is_empty() {
            let rows = vectors.index.iter().flat_map(|&row| vectors.rows.row(row).to_vec());
            std::fs::write(line, rows.flat_map(f32::to_le_bytes).collect::<Vec<_>>())?;
        }
        println!(
            "{}",
            serde_json::json!({ "seconds": seconds, "tokens": stats.tokens, "padding": stats.padding + stats.dummies })
        );
    }
    Ok(())
}
