//! A model's folder: configuration, tokenizer, checksums. Whatever the engine would abort on is found here first.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokenizers::{Tokenizer, TruncationParams};

use super::batch::{Specials, Tokens};
use super::quiet::quietly;
use crate::{Error, Result};

/// A model on disk: checked files, tokenizer, dimensions.
#[derive(Debug)]
pub struct Model {
    /// The folder.
    pub dir: PathBuf,
    /// Its name: that of the folder.
    pub name: String,
    /// SHA-256 of `model.safetensors`.
    pub sha256: String,
    /// Length of a sentence vector.
    pub dimension: usize,
    /// Longer texts are cut to this many tokens, special ones included.
    pub max_tokens: usize,
    pub(super) specials: Specials,
    #[cfg_attr(not(any(feature = "rust-bert", feature = "portable")), allow(dead_code, reason = "engines read it"))]
    pub(super) shape: Shape,
    tokenizer: Tokenizer,
}

const FETCH: &str = "run `make setup` to fetch the model, or name a folder that holds it with --model DIR";

/// What we need of `config.json`.
#[derive(Deserialize)]
struct Config {
    model_type: String,
    #[serde(flatten)]
    shape: Shape,
}

/// Sizes of a BERT model, under their names in `config.json`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(not(feature = "portable"), allow(dead_code, reason = "libtorch's engine reads config.json"))]
pub(super) struct Shape {
    #[serde(rename = "hidden_size")]
    pub hidden: usize,
    #[serde(rename = "vocab_size")]
    pub vocabulary: usize,
    #[serde(rename = "max_position_embeddings")]
    pub positions: usize,
    #[serde(rename = "type_vocab_size")]
    pub token_types: usize,
    #[serde(rename = "intermediate_size")]
    pub intermediate: usize,
    #[serde(rename = "num_attention_heads")]
    pub heads: usize,
    #[serde(rename = "num_hidden_layers")]
    pub layers: usize,
    #[serde(rename = "hidden_act", default = "gelu")]
    pub activation: String,
    #[serde(rename = "layer_norm_eps", default = "epsilon")]
    pub epsilon: f32,
}

fn gelu() -> String {
    "gelu".into()
}

fn epsilon() -> f32 {
    1e-12
}

/// `sentence_bert_config.json`.
#[derive(Deserialize)]
struct SentenceConfig {
    max_seq_length: Option<usize>,
}

/// `1_Pooling/config.json`.
#[derive(Deserialize)]
struct PoolingConfig {
    pooling_mode_mean_tokens: bool,
}

/// `models/manifest.json`: the models that we know. `tools/setup.sh` checks downloads against the same file.
const KNOWN: &str = include_str!("../../models/manifest.json");

#[derive(Deserialize)]
struct Known {
    models: Vec<KnownModel>,
}

#[derive(Deserialize)]
struct KnownModel {
    name: String,
    files: Vec<KnownFile>,
}

#[derive(Deserialize)]
struct KnownFile {
    path: String,
    sha256: String,
}

impl Model {
    /// Number of weights.
    pub(super) fn parameters(&self) -> u64 {
        let Shape { hidden, vocabulary, positions, token_types, intermediate, layers, .. } = self.shape;
        let layer = 4 * hidden * hidden + 2 * hidden * intermediate;
        ((vocabulary + positions + token_types) * hidden + layers * layer) as u64
    }

    /// Opens a folder with `model.safetensors`, `config.json` and `tokenizer.json` (a sentence-transformers BERT).
    ///
    /// # Errors
    /// [`Error::Model`] naming the file that is missing or not what it must be.
    pub fn open(dir: &Path) -> Result<Self> {
        let fail = |file: &str, reason: String, source| Error::Model {
            path: dir.join(file),
            reason,
            hint: FETCH.into(),
            source,
        };
        if !dir.is_dir() {
            return Err(fail("", "there is no such folder".into(), None));
        }
        let text = |file: &str| {
            fs::read_to_string(dir.join(file)).map_err(|e| fail(file, "cannot be read".into(), Some(Box::new(e))))
        };
        let weights = "model.safetensors";
        let sha256 =
            sha256(&dir.join(weights)).map_err(|e| fail(weights, "cannot be read".into(), Some(Box::new(e))))?;
        let name = dir.file_name().map_or_else(|| "model".into(), |n| n.to_string_lossy().into_owned());
        verify(dir, &name, weights, &sha256)?;
        let config: Config = serde_json::from_str(&text("config.json")?)
            .map_err(|e| fail("config.json", "is not a BERT configuration".into(), Some(Box::new(e))))?;
        if config.model_type != "bert" {
            let reason = format!("is of type `{}`, only `bert` models can be run", config.model_type);
            return Err(fail("config.json", reason, None));
        }
        let shape = config.shape;
        if shape.heads == 0 || !shape.hidden.is_multiple_of(shape.heads) {
            let reason = format!("{} attention heads cannot share vectors of {}", shape.heads, shape.hidden);
            return Err(fail("config.json", reason, None));
        }
        check_weights(&dir.join(weights), &shape).map_err(|reason| fail(weights, reason, None))?;
        if let Ok(json) = fs::read_to_string(dir.join("1_Pooling/config.json")) {
            let file = "1_Pooling/config.json";
            let pooling: PoolingConfig =
                serde_json::from_str(&json).map_err(|e| fail(file, "is not valid".into(), Some(Box::new(e))))?;
            if !pooling.pooling_mode_mean_tokens {
                return Err(fail(file, "asks for another pooling than the mean, the only one we have".into(), None));
            }
        }
        let limit = match fs::read_to_string(dir.join("sentence_bert_config.json")) {
            Ok(json) => serde_json::from_str::<SentenceConfig>(&json)
                .map_err(|e| fail("sentence_bert_config.json", "is not valid".into(), Some(Box::new(e))))?
                .max_seq_length
                .unwrap_or(shape.positions),
            Err(_) => shape.positions,
        };
        let max_tokens = limit.min(shape.positions).max(2);
        let json = text("tokenizer.json")?;
        let mut tokenizer = quietly(|| Tokenizer::from_bytes(json))
            .unwrap_or_else(|| Err("the library panicked".into()))
            .map_err(|e| fail("tokenizer.json", "is not a tokenizer".into(), Some(e)))?;
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(Some(TruncationParams { max_length: max_tokens, ..Default::default() }))
            .map_err(|e| fail("tokenizer.json", "cannot truncate".into(), Some(e)))?;
        if tokenizer.get_vocab_size(true) > shape.vocabulary {
            let reason = format!("has {} tokens, the model {}", tokenizer.get_vocab_size(true), shape.vocabulary);
            return Err(fail("tokenizer.json", reason, None));
        }
        let special = |token: &str| {
            tokenizer.token_to_id(token).ok_or_else(|| fail("tokenizer.json", format!("has no token {token}"), None))
        };
        let specials = Specials { cls: special("[CLS]")?, sep: special("[SEP]")?, pad: special("[PAD]")? };
        let model = Model {
            dir: dir.to_path_buf(),
            name,
            sha256,
            dimension: shape.hidden,
            max_tokens,
            specials,
            shape,
            tokenizer,
        };
        match model.encode("Some damage is seen only at work.") {
            Err(Error::Model { reason, source, .. }) => Err(fail("tokenizer.json", reason, source)),
            _ => Ok(model),
        }
    }

    /// Token ids with the special tokens, and whether the text was cut.
    pub(super) fn encode(&self, text: &str) -> Result<Tokens> {
        // WordPiece makes at least one token of each 100 characters of a word, and words are separated: a text far
        // beyond the limit is cut before tokenising, or one 10 MB sentence would take minutes.
        let enough = self.max_tokens * 256;
        let cut = text.char_indices().nth(enough).map_or(text.len(), |(at, _)| at);
        let encoding = quietly(|| self.tokenizer.encode_fast(&text[..cut], true))
            .unwrap_or_else(|| Err("the library panicked".into()))
            .map_err(|e| self.failure("the tokenizer failed", Some(e)))?;
        let truncated = cut < text.len() || !encoding.get_overflowing().is_empty();
        Ok(Tokens { ids: encoding.get_ids().to_vec(), truncated })
    }

    pub(super) fn failure(&self, reason: &str, source: Option<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        let hint = "run `make setup` again if the model is damaged, or name another with --model DIR".into();
        Error::Model { path: self.dir.clone(), reason: reason.into(), hint, source }
    }
}

/// Compares the files of a known model with their checksums. A file that is not there is left to whoever needs it.
fn verify(dir: &Path, name: &str, weights: &str, weights_sha256: &str) -> Result<()> {
    let known: Known = serde_json::from_str(KNOWN)
        .map_err(|e| Error::Data { name: "models/manifest.json".into(), reason: e.to_string() })?;
    for file in known.models.iter().filter(|m| m.name == name).flat_map(|m| &m.files) {
        let path = dir.join(&file.path);
        if !path.exists() {
            continue;
        }
        let found = if file.path == weights {
            weights_sha256.into()
        } else {
            sha256(&path).map_err(|e| Error::io(&path, "read", e))?
        };
        if found != file.sha256 {
            return Err(Error::Model {
                path,
                reason: format!("is damaged: sha256 {found}, expected {}", file.sha256),
                hint: format!(
                    "delete the folder {} and run `make setup`; a model of your own needs a folder of another name",
                    dir.display()
                ),
                source: None,
            });
        }
    }
    Ok(())
}

/// A tensor in the header of a safetensors file.
#[derive(Deserialize)]
struct TensorInfo {
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

/// Whether the weights are complete and of the shapes that the configuration says: libtorch would allocate whatever
/// it says, and spread a tensor of length 1 over any shape.
fn check_weights(path: &Path, shape: &Shape) -> Result<(), String> {
    let read = || -> std::io::Result<(u64, u64, Vec<u8>)> {
        let mut file = fs::File::open(path)?;
        let (bytes, mut size) = (file.metadata()?.len(), [0; 8]);
        file.read_exact(&mut size)?;
        let size = u64::from_le_bytes(size);
        let mut header = Vec::new();
        file.take(size.min(bytes)).read_to_end(&mut header)?;
        Ok((bytes, size, header))
    };
    let (bytes, size, header) = read().map_err(|e| format!("is no safetensors file: {e}"))?;
    let mut header: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&header).map_err(|e| format!("is no safetensors file, or is cut off: {e}"))?;
    header.remove("__metadata__");
    let tensors: BTreeMap<String, TensorInfo> = header
        .into_iter()
        .map(|(name, info)| Ok((name, serde_json::from_value(info)?)))
        .collect::<Result<_, serde_json::Error>>()
        .map_err(|e| format!("is no safetensors file: {e}"))?;
    let end = tensors.values().map(|t| t.data_offsets.1).max().unwrap_or(0).saturating_add(size.saturating_add(8));
    if end != bytes {
        return Err(format!("has {bytes} bytes where its header says {end}: it is cut off or damaged"));
    }
    let layers = tensors.keys().filter(|name| name.ends_with(".intermediate.dense.weight")).count();
    if layers != shape.layers {
        return Err(format!("has {layers} layers where config.json says {}", shape.layers));
    }
    let (hidden, wide) = (shape.hidden, shape.intermediate);
    let mut expected = vec![
        ("embeddings.word_embeddings.weight".into(), vec![shape.vocabulary, hidden]),
        ("embeddings.position_embeddings.weight".into(), vec![shape.positions, hidden]),
        ("embeddings.token_type_embeddings.weight".into(), vec![shape.token_types, hidden]),
    ];
    let mut biased = |name: String, shape: Vec<usize>| {
        expected.push((format!("{name}.bias"), vec![shape[0]]));
        expected.push((format!("{name}.weight"), shape));
    };
    biased("embeddings.LayerNorm".into(), vec![hidden]);
    for layer in 0..layers {
        for (part, shape) in [
            ("attention.self.query", vec![hidden, hidden]),
            ("attention.self.key", vec![hidden, hidden]),
            ("attention.self.value", vec![hidden, hidden]),
            ("attention.output.dense", vec![hidden, hidden]),
            ("attention.output.LayerNorm", vec![hidden]),
            ("intermediate.dense", vec![wide, hidden]),
            ("output.dense", vec![hidden, wide]),
            ("output.LayerNorm", vec![hidden]),
        ] {
            biased(format!("encoder.layer.{layer}.{part}"), shape);
        }
    }
    for (name, expected) in expected {
        match tensors.get(&name) {
            None => return Err(format!("has no tensor {name}: it holds no plain BERT encoder")),
            Some(t) if t.shape != expected => {
                return Err(format!("has {name} of shape {:?} where config.json says {expected:?}", t.shape));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// SHA-256 of a file in hexadecimal.
pub(crate) fn sha256(path: &Path) -> std::io::Result<String> {
    let (mut file, mut hasher) = (fs::File::open(path)?, Sha256::new());
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
}
