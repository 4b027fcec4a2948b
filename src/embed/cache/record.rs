//! How a vector is stored, and under which key.
//!
//! ```text
//! record: key | checksum of all the rest | tokens u32 | truncated u8 | values of the vector
//! ```
//!
//! Numbers are little endian, all records of a space equally long.

use half::f16;
use half::slice::HalfFloatSliceExt;
use serde::{Deserialize, Serialize};

use super::{Stored, Values};
use crate::embed::Fingerprint;

/// A change of the record makes another space.
const FORMAT: u32 = 2;
const KEY: usize = size_of::<Key>();
const SUM: usize = 8;

/// Leading bytes of a BLAKE3 hash.
pub(super) type Key = u128;

/// What the vectors of a space have in common.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Header<F> {
    format: u32,
    /// A [`Fingerprint`] when written; whatever an older or newer version knew of it when read.
    pub fingerprint: F,
    pub dimension: usize,
    pub values: Values,
}

/// A space's header, and what follows from it.
#[derive(Debug)]
pub(super) struct Layout {
    /// Hash of the header, and part of every key.
    pub namespace: Key,
    pub header: Vec<u8>,
    dimension: usize,
    values: Values,
}

impl Layout {
    pub(crate) fn new(fingerprint: &Fingerprint, dimension: usize, values: Values) -> Self {
        let header = serde_json::to_vec(&Header { format: FORMAT, fingerprint, dimension, values })
            .expect("strings and numbers are JSON");
        Layout { namespace: Key::from_be_bytes(hash(&[&header])), header, dimension, values }
    }

    pub(crate) fn key(&self, text: &str) -> Key {
        Key::from_be_bytes(hash(&[&self.namespace.to_be_bytes(), text.as_bytes()]))
    }

    /// Bytes of a record.
    pub(crate) fn record(&self) -> usize {
        KEY + SUM + 4 + 1 + self.dimension * self.values.width()
    }

    /// The stored form; none for a vector that would not come back exactly as it is.
    pub(crate) fn encode(&self, key: Key, stored: &Stored) -> Option<Vec<u8>> {
        let vector = stored.vector.as_slice();
        if vector.len() != self.dimension || vector.iter().any(|v| !v.is_finite()) {
            return None;
        }
        let mut record = Vec::with_capacity(self.record());
        record.extend(key.to_be_bytes());
        record.extend([0; SUM]);
        record.extend(stored.tokens.to_le_bytes());
        record.push(stored.truncated.into());
        match self.values {
            Values::F32 => record.extend(vector.iter().flat_map(|v| v.to_le_bytes())),
            Values::F16 => {
                let mut rounded = vec![f16::ZERO; vector.len()];
                rounded.convert_from_f32_slice(vector);
                if rounded.iter().zip(vector).any(|(r, v)| r.to_f32().to_bits() != v.to_bits()) {
                    return None;
                }
                record.extend(rounded.iter().flat_map(|v| v.to_le_bytes()));
            }
        }
        let sum: [u8; SUM] = hash(&[&record[..KEY], &record[KEY + SUM..]]);
        record[KEY..KEY + SUM].copy_from_slice(&sum);
        Some(record)
    }

    /// What was stored; none if it is damaged or another text's.
    pub(crate) fn decode(&self, key: Key, record: &[u8]) -> Option<Stored> {
        let (stored_key, rest) = record.split_first_chunk::<KEY>()?;
        let (sum, body) = rest.split_first_chunk::<SUM>()?;
        if record.len() != self.record() || *stored_key != key.to_be_bytes() || *sum != hash(&[stored_key, body]) {
            return None;
        }
        let (tokens, body) = body.split_first_chunk()?;
        let (truncated, values) = body.split_first()?;
        let vector = match self.values {
            Values::F32 => values.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            Values::F16 => {
                let rounded: Vec<f16> = values.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b)).collect();
                rounded.to_f32_vec()
            }
        };
        Some(Stored { tokens: u32::from_le_bytes(*tokens), truncated: *truncated != 0, vector })
    }
}

/// The key that a record begins with.
pub(super) fn key_of(record: &[u8]) -> Option<Key> {
    record.first_chunk().map(|key| Key::from_be_bytes(*key))
}

fn hash<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    let hash = hasher.finalize();
    std::array::from_fn(|i| hash.as_bytes()[i])
}
