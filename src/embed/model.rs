//! A model's folder: configuration, tokenizer, manifest.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokenizers::{Tokenizer, TruncationParams};

use super::batch::Specials;
use crate::{Error, Result};

/// The committed list of models that are known, with their checksums.
#[derive(Debug, Deserialize)]
pub struct Manifest {
    /// The models.
    pub models: Vec<KnownModel>,
}

/// A model that is known.
#[derive(Debug, Deserialize)]
pub struct KnownModel {
    /// Name, e.g. `all-MiniLM-L6-v2`: that of its folder.
    pub name: String,
    /// The files and their SHA-256.
    pub files: Vec<ManifestFile>,
}

/// A file of a known model.
#[derive(Debug, Deserialize)]
pub struct ManifestFile {
    /// Path inside the model's folder.
    pub path: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// The one in this repository.
    ///
    /// # Errors
    /// [`Error::Data`] if the build was made with a damaged file.
    pub fn shipped() -> Result<Self> {
        serde_json::from_str(include_str!("../../models/manifest.json"))
            .map_err(|e| Error::Data { name: "models/manifest.json".into(), reason: e.to_string() })
    }

    /// The checksum that a file of the model of this name must have; `None` for models that are not known.
    fn sha256(&self, model: &str, file: &str) -> Option<&str> {
        let model = self.models.iter().find(|known| known.name == model)?;
        model.files.iter().find(|known| known.path == file).map(|known| known.sha256.as_str())
    }
}

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
    tokenizer: Tokenizer,
}

const FETCH: &str = "run `make setup` to fetch the model, or name a folder that holds it with --model DIR";

/// What we need of `config.json`.
#[derive(Deserialize)]
struct Config {
    hidden_size: usize,
    model_type: String,
    vocab_size: usize,
    max_position_embeddings: usize,
}

/// `sentence_bert_config.json`.
#[derive(Deserialize)]
struct SentenceConfig {
    max_seq_length: usize,
}

impl Model {
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
        let name = dir.file_name().map_or_else(|| "model".into(), |n| n.to_string_lossy().into_owned());
        let weights = "model.safetensors";
        let sha256 =
            sha256(&dir.join(weights)).map_err(|e| fail(weights, "cannot be read".into(), Some(Box::new(e))))?;
        let manifest = Manifest::shipped()?;
        if let Some(known) = manifest.sha256(&name, weights).filter(|known| *known != sha256) {
            // A flipped bit loads and computes; only the checksum can tell.
            return Err(Error::Model {
                path: dir.join(weights),
                reason: format!("is damaged or another model's: its SHA-256 is {sha256}, that of {name} {known}"),
                hint: "delete the folder and run `make setup`, or rename it if the model is yours".into(),
                source: None,
            });
        }
        let config: Config = serde_json::from_str(&text("config.json")?)
            .map_err(|e| fail("config.json", "is not a BERT configuration".into(), Some(Box::new(e))))?;
        if config.model_type != "bert" {
            let reason = format!("is of type `{}`, only `bert` models can be run", config.model_type);
            return Err(fail("config.json", reason, None));
        }
        let limit = match fs::read_to_string(dir.join("sentence_bert_config.json")) {
            Ok(json) => {
                serde_json::from_str::<SentenceConfig>(&json)
                    .map_err(|e| fail("sentence_bert_config.json", "is not valid".into(), Some(Box::new(e))))?
                    .max_seq_length
            }
            Err(_) => config.max_position_embeddings,
        };
        let max_tokens = limit.min(config.max_position_embeddings).max(2);
        let mut tokenizer = Tokenizer::from_file(dir.join("tokenizer.json"))
            .map_err(|e| fail("tokenizer.json", "is not a tokenizer".into(), Some(e)))?;
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(Some(TruncationParams { max_length: max_tokens, ..Default::default() }))
            .map_err(|e| fail("tokenizer.json", "cannot truncate".into(), Some(e)))?;
        if tokenizer.get_vocab_size(true) > config.vocab_size {
            let reason =
                format!("has {} tokens, the model {}", tokenizer.get_vocab_size(true), config.vocab_size);
            return Err(fail("tokenizer.json", reason, None));
        }
        let special = |token: &str| {
            tokenizer
                .token_to_id(token)
                .ok_or_else(|| fail("tokenizer.json", format!("has no token {token}"), None))
        };
        let specials = Specials { cls: special("[CLS]")?, sep: special("[SEP]")?, pad: special("[PAD]")? };
        let model = Model {
            dir: dir.to_path_buf(),
            name,
            sha256,
            dimension: config.hidden_size,
            max_tokens,
            specials,
            tokenizer,
        };
        Ok(model)
    }

    /// Token ids with the special tokens, and whether the text was cut.
    pub(super) fn encode(&self, text: &str) -> Result<(Vec<u32>, bool)> {
        // WordPiece makes at least one token of each 100 characters of a word, and words are separated: a text far
        // beyond the limit is cut before tokenising, or one 10 MB sentence would take minutes.
        let enough = self.max_tokens * 256;
        let cut = text.char_indices().nth(enough).map_or(text.len(), |(at, _)| at);
        let encoding = self
            .tokenizer
            .encode_fast(&text[..cut], true)
            .map_err(|e| self.failure("the tokenizer failed", Some(e)))?;
        let truncated = cut < text.len() || !encoding.get_overflowing().is_empty();
        Ok((encoding.get_ids().to_vec(), truncated))
    }

    pub(super) fn failure(
        &self,
        reason: &str,
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        Error::Model { path: self.dir.clone(), reason: reason.into(), hint: String::new(), source }
    }
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
