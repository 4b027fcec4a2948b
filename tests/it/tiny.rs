//! A BERT of a few kilobytes with weights drawn at random: sizes that the real model has not, and folders to break.

use std::collections::BTreeMap;
use std::path::Path;

use half::f16;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// The words that the model knows.
pub const WORDS: [&str; 16] = [
    "council",
    "voted",
    "the",
    "bridge",
    "minister",
    "7,412",
    "denied",
    "storm",
    "Zürich",
    "again",
    "harbour",
    "of",
    "workers’",
    "tax",
    "yesterday",
    "unprecedented",
];

pub struct Tiny {
    pub hidden: usize,
    pub heads: usize,
    pub intermediate: usize,
    pub layers: usize,
    pub activation: &'static str,
    /// Numbers of 16 bits.
    pub half: bool,
    /// A tensor that is missing.
    pub without: &'static str,
    /// A tensor that has this shape instead of its own.
    pub other: (&'static str, &'static [usize]),
}

impl Default for Tiny {
    fn default() -> Self {
        Tiny {
            hidden: 64,
            heads: 2,
            intermediate: 96,
            layers: 2,
            activation: "gelu",
            half: false,
            without: "",
            other: ("", &[]),
        }
    }
}

/// Positions, and so the limit of a text.
pub const POSITIONS: usize = 320;
const TYPES: usize = 2;

impl Tiny {
    pub fn write(&self, dir: &Path) {
        let vocabulary = vocabulary();
        let file = |name: &str, content: Value| std::fs::write(dir.join(name), content.to_string()).unwrap();
        file("config.json", self.config(vocabulary.len()));
        file("tokenizer.json", tokenizer(&vocabulary));
        std::fs::write(dir.join("model.safetensors"), self.weights(vocabulary.len())).unwrap();
    }

    fn config(&self, vocabulary: usize) -> Value {
        json!({
            "model_type": "bert",
            "hidden_act": self.activation,
            "hidden_size": self.hidden,
            "num_attention_heads": self.heads,
            "num_hidden_layers": self.layers,
            "intermediate_size": self.intermediate,
            "max_position_embeddings": POSITIONS,
            "type_vocab_size": TYPES,
            "vocab_size": vocabulary,
            "layer_norm_eps": 1e-12,
            "attention_probs_dropout_prob": 0.1,
            "hidden_dropout_prob": 0.1,
            "initializer_range": 0.02,
        })
    }

    /// In the format of safetensors: the header's length, the header, the numbers.
    fn weights(&self, vocabulary: usize) -> Vec<u8> {
        let (h, wide) = (self.hidden, self.intermediate);
        let mut tensors: Vec<(String, Vec<usize>)> = vec![
            ("embeddings.word_embeddings.weight".into(), vec![vocabulary, h]),
            ("embeddings.position_embeddings.weight".into(), vec![POSITIONS, h]),
            ("embeddings.token_type_embeddings.weight".into(), vec![TYPES, h]),
        ];
        let mut pair = |name: String, shape: Vec<usize>| {
            tensors.push((format!("{name}.bias"), shape[..1].to_vec()));
            tensors.push((format!("{name}.weight"), shape));
        };
        pair("embeddings.LayerNorm".into(), vec![h]);
        for layer in 0..self.layers {
            for (name, shape) in [
                ("attention.self.query", vec![h, h]),
                ("attention.self.key", vec![h, h]),
                ("attention.self.value", vec![h, h]),
                ("attention.output.dense", vec![h, h]),
                ("attention.output.LayerNorm", vec![h]),
                ("intermediate.dense", vec![wide, h]),
                ("output.dense", vec![h, wide]),
                ("output.LayerNorm", vec![h]),
            ] {
                pair(format!("encoder.layer.{layer}.{name}"), shape);
            }
        }
        pair("pooler.dense".into(), vec![h, h]);
        tensors.retain(|(name, _)| name != self.without);

        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let (mut header, mut numbers) = (BTreeMap::new(), Vec::new());
        for (name, shape) in &tensors {
            let shape = if name == self.other.0 { self.other.1 } else { shape };
            let start = numbers.len();
            for _ in 0..shape.iter().product() {
                let centre = if name.ends_with("LayerNorm.weight") { 1.0 } else { 0.0 };
                let number = centre + rng.random_range(-0.2f32..0.2);
                match self.half {
                    true => numbers.extend(f16::from_f32(number).to_le_bytes()),
                    false => numbers.extend(number.to_le_bytes()),
                }
            }
            let dtype = if self.half { "F16" } else { "F32" };
            header.insert(name, json!({ "dtype": dtype, "shape": shape, "data_offsets": [start, numbers.len()] }));
        }
        let header = serde_json::to_vec(&header).unwrap();
        [&(header.len() as u64).to_le_bytes(), &header[..], &numbers].concat()
    }
}

fn vocabulary() -> BTreeMap<String, usize> {
    let letters = ('a'..='z').flat_map(|c| [c.to_string(), format!("##{c}")]);
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(str::to_owned);
    let words = WORDS.map(str::to_lowercase);
    special.into_iter().chain(letters).chain(words).enumerate().map(|(id, token)| (token, id)).collect()
}

fn tokenizer(vocabulary: &BTreeMap<String, usize>) -> Value {
    let special = ["[CLS]", "[SEP]"].map(|token| (token, vocabulary[token]));
    json!({
        "version": "1.0",
        "normalizer": { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{ "SpecialToken": { "id": "[CLS]", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } },
                { "SpecialToken": { "id": "[SEP]", "type_id": 0 } }],
            "pair": [],
            "special_tokens": special.iter().map(|(token, id)| (token.to_string(),
                json!({ "id": token, "ids": [id], "tokens": [token] }))).collect::<BTreeMap<_, _>>(),
        },
        "model": { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary },
    })
}
