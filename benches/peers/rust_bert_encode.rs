//! A peer of the comparison in this folder: rust-bert's own `SentenceEmbeddingsModel::encode`, f32.
//!
//! `rust_bert_encode MODEL_DIR THREADS TEXTS`: `TEXTS` holds one JSON string per line. For every line on stdin all
//! texts are embedded once, 64 at a time in the order given, and `{"seconds": ...}` is printed. A line that is not
//! empty names a file for the vectors: little-endian f32, row after row.

#![allow(clippy::print_stdout)] // its output is its purpose

use std::error::Error;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rust_bert::pipelines::common::ModelType;
use rust_bert::pipelines::sentence_embeddings::{SentenceEmbeddingsConfig, SentenceEmbeddingsModel};

/// `encode` computes all it is given as one batch.
const BATCH: usize = 64;

/// The modules of the original model; not every set-up has the file.
const MODULES: &str = r#"[
  {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
  {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
  {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}
]"#;

/// `SentenceEmbeddingsBuilder::local` wants `rust_model.ot`; the configuration takes the weights as they are.
fn load(dir: &Path) -> Result<SentenceEmbeddingsModel, Box<dyn Error>> {
    let temp = tempfile::tempdir()?;
    let modules = temp.path().join("modules.json");
    std::fs::write(&modules, MODULES)?;
    let file = |name: &str| -> PathBuf { dir.join(name) };
    Ok(SentenceEmbeddingsModel::new(SentenceEmbeddingsConfig {
        modules_config_resource: modules.into(),
        transformer_type: ModelType::Bert,
        transformer_config_resource: file("config.json").into(),
        transformer_weights_resource: file("model.safetensors").into(),
        pooling_config_resource: file("1_Pooling/config.json").into(),
        dense_config_resource: None,
        dense_weights_resource: None,
        sentence_bert_config_resource: file("sentence_bert_config.json").into(),
        tokenizer_config_resource: file("tokenizer_config.json").into(),
        tokenizer_vocab_resource: file("vocab.txt").into(),
        tokenizer_merges_resource: None,
        device: tch::Device::Cpu,
        kind: None,
    })?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [dir, threads, texts] = &args[..] else { return Err("usage: rust_bert_encode MODEL_DIR THREADS TEXTS".into()) };
    let texts: Vec<String> =
        std::fs::read_to_string(texts)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    tch::set_num_threads(threads.parse()?);
    let model = load(Path::new(dir))?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let started = Instant::now();
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(BATCH) {
            vectors.extend(model.encode(batch)?);
        }
        let seconds = started.elapsed().as_secs_f64();
        if !line.is_empty() {
            std::fs::write(line, vectors.iter().flatten().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>())?;
        }
        println!("{}", serde_json::json!({ "seconds": seconds }));
    }
    Ok(())
}
