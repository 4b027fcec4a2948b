//! One file of vectors: it appears whole or not at all ([`AtomicFile`]) and is never changed.
//!
//! ```text
//! magic | length of header u32 | header: JSON | records | their keys, sorted | number of records u64 | checksum
//! record: checksum | tokens u32 | truncated u8 | values of the vector
//! ```
//!
//! Numbers are little endian, all records of a file equally long. The file's checksum covers header, keys and number;
//! records have their own, so that a lookup need not read the whole file to trust what it found.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use half::f16;
use half::slice::HalfFloatSliceExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::folder;
use super::{Stored, Values};
use crate::Result;
use crate::atomic::AtomicFile;
use crate::embed::Fingerprint;

/// The version is part of the file names: another version's files are neither read nor taken for damaged.
pub(super) const FORMAT: u32 = 1;
const MAGIC: &[u8; 8] = b"PLXVEC1\n";
/// A header of this length is none of ours.
const MAX_HEADER: u32 = 1 << 16;
const KEY: usize = size_of::<Key>();
const SUM: usize = size_of::<Sum>();
/// Checksum, tokens, truncated.
const RECORD_HEAD: usize = SUM + 4 + 1;
const TRAILER: usize = 8 + SUM;
/// Records this close are read with what lies between them.
const GAP: u64 = 1 << 16;
/// Read at once at most.
const RUN: u64 = 4 << 20;
/// The file's time is its last use, as fine as this.
const REFRESH_AFTER: Duration = Duration::from_secs(60 * 60);

/// The first half of a text's BLAKE3 hash.
pub(super) type Key = [u8; 16];
type Sum = [u8; 8];

pub(super) fn key_of(text: &str) -> Key {
    leading(&blake3::hash(text.as_bytes()))
}

/// The first bytes of a hash.
fn leading<const N: usize>(hash: &blake3::Hash) -> [u8; N] {
    std::array::from_fn(|i| hash.as_bytes()[i])
}

fn sum_of(parts: &[&[u8]]) -> Sum {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    leading(&hasher.finalize())
}

/// What the vectors of a file have in common, as its header tells.
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
    /// Hash of the header: no two spaces share a file.
    pub namespace: String,
    header: Vec<u8>,
    dimension: usize,
    values: Values,
}

impl Layout {
    pub fn new(fingerprint: &Fingerprint, dimension: usize, values: Values) -> Self {
        let header = serde_json::to_vec(&Header { format: FORMAT, fingerprint, dimension, values })
            .expect("strings and numbers are JSON");
        Layout { namespace: namespace_of(&header), header, dimension, values }
    }

    /// The stored form; none for a vector that would not come back exactly as it is.
    pub fn encode(&self, key: &Key, stored: &Stored) -> Option<Box<[u8]>> {
        let vector = stored.vector.as_slice();
        if vector.len() != self.dimension || vector.iter().any(|v| !v.is_finite()) {
            return None;
        }
        let mut record = Vec::with_capacity(record_len(self.dimension, self.values));
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
        let sum = sum_of(&[key, &record[SUM..]]);
        record[..SUM].copy_from_slice(&sum);
        Some(record.into())
    }

    /// What was stored; none if it is damaged or another text's.
    pub fn decode(&self, key: &Key, record: &[u8]) -> Option<Stored> {
        let (sum, body) = record.split_first_chunk::<SUM>()?;
        if *sum != sum_of(&[key, body]) {
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

fn namespace_of(header: &[u8]) -> String {
    blake3::hash(header).to_hex()[..folder::NAMESPACE].to_owned()
}

fn record_len(dimension: usize, values: Values) -> usize {
    RECORD_HEAD + dimension * values.width()
}

/// Why a file cannot be used.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Another process merged or evicted it: nothing is wrong.
    Gone,
    /// It is not what was written.
    Damaged(&'static str),
    /// The system refuses it.
    Refused(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Trouble::Gone,
            io::ErrorKind::UnexpectedEof => Trouble::Damaged("it is cut off"),
            _ => Trouble::Refused(error),
        }
    }
}

/// What a file says of itself, without its keys.
#[derive(Debug)]
pub(super) struct Summary {
    pub header: Header<serde_json::Value>,
    pub entries: u64,
    head: Vec<u8>,
    records_at: u64,
    keys_at: u64,
}

/// Reads the header and checks that the file is as long as it must be.
pub(super) fn summary(path: &Path) -> Result<Summary, Trouble> {
    summary_of(&mut File::open(path)?, path)
}

fn summary_of(file: &mut File, path: &Path) -> Result<Summary, Trouble> {
    let length = file.metadata()?.len();
    let mut start = [0; MAGIC.len() + 4];
    file.read_exact(&mut start)?;
    let (magic, head_len) = start.split_at(MAGIC.len());
    let head_len = u32::from_le_bytes(std::array::from_fn(|i| head_len[i]));
    if magic != MAGIC || head_len > MAX_HEADER {
        return Err(Trouble::Damaged("it does not begin as a file of vectors"));
    }
    let mut head = vec![0; head_len as usize];
    file.read_exact(&mut head)?;
    // The name holds the header's hash.
    if folder::namespace(path) != Some(&namespace_of(&head)) {
        return Err(Trouble::Damaged("its header is not the one it was written with"));
    }
    let header: Header<serde_json::Value> =
        serde_json::from_slice(&head).map_err(|_| Trouble::Damaged("its header cannot be read"))?;
    let records_at = (start.len() + head.len()) as u64;
    let record = record_len(header.dimension, header.values) as u64;
    let body = length.checked_sub(records_at + TRAILER as u64).ok_or(Trouble::Damaged("it is cut off"))?;
    file.seek(SeekFrom::End(-(TRAILER as i64)))?;
    let mut entries = [0; 8];
    file.read_exact(&mut entries)?;
    let entries = u64::from_le_bytes(entries);
    if entries.checked_mul(record + KEY as u64) != Some(body) {
        return Err(Trouble::Damaged("it is cut off, or longer than it was"));
    }
    Ok(Summary { header, entries, head, records_at, keys_at: records_at + entries * record })
}

/// A file of vectors with its keys in memory.
#[derive(Debug)]
pub(super) struct Segment {
    path: PathBuf,
    layout: Arc<Layout>,
    keys: Vec<Key>,
    records_at: u64,
    bytes: u64,
    /// Seconds since 1970.
    used: AtomicU64,
}

impl Segment {
    /// Reads and checks the keys.
    pub fn open(path: &Path, layout: &Arc<Layout>) -> Result<Self, Trouble> {
        let mut file = File::open(path)?;
        let summary = summary_of(&mut file, path)?;
        file.seek(SeekFrom::Start(summary.keys_at))?;
        let mut bytes = vec![0; summary.entries as usize * KEY + TRAILER];
        file.read_exact(&mut bytes)?;
        let (covered, sum) = bytes.split_at(bytes.len() - SUM);
        if sum != sum_of(&[&summary.head, covered]) {
            return Err(Trouble::Damaged("its list of keys has changed"));
        }
        let metadata = file.metadata()?;
        Ok(Segment {
            path: path.to_owned(),
            layout: layout.clone(),
            keys: covered.as_chunks().0[..summary.entries as usize].to_vec(),
            records_at: summary.records_at,
            bytes: metadata.len(),
            used: seconds(metadata.modified()?).into(),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// Where the key's record is.
    pub fn find(&self, key: &Key) -> Option<usize> {
        // Hashes are spread evenly, which tells the place within a few standard deviations (at most sqrt(n) / 2 each).
        let n = self.keys.len();
        let leading = u64::from_be_bytes(std::array::from_fn(|i| key[i]));
        let guess = ((u128::from(leading) * n as u128) >> 64) as usize;
        let slack = 2 * n.isqrt() + 1;
        let (start, end) = (guess.saturating_sub(slack), n.min(guess + slack));
        match self.keys[start..end].binary_search(key) {
            Ok(at) => Some(start + at),
            Err(at) if (at == 0 && start > 0) || (at == end - start && end < n) => self.keys.binary_search(key).ok(),
            Err(_) => None,
        }
    }

    fn record_len(&self) -> u64 {
        record_len(self.layout.dimension, self.layout.values) as u64
    }

    /// The records at ascending places; none for a damaged one.
    pub fn read(&self, places: &[usize]) -> Result<Vec<Option<Stored>>, Trouble> {
        let record = self.record_len();
        let mut file = File::open(&self.path)?;
        let mut stored = Vec::with_capacity(places.len());
        let mut rest = places;
        let mut buffer = Vec::new();
        while let Some(&first) = rest.first() {
            let from = first as u64 * record;
            let mut to = from + record;
            let close = rest.iter().take_while(|&&place| {
                let at = place as u64 * record;
                let near = at <= to + GAP && at + record - from <= RUN.max(record);
                if near {
                    to = at + record;
                }
                near
            });
            let run = close.count();
            buffer.resize((to - from) as usize, 0);
            file.seek(SeekFrom::Start(self.records_at + from))?;
            file.read_exact(&mut buffer)?;
            let slot = |place: usize| (place - first) * record as usize;
            stored.par_extend(rest[..run].par_iter().map(|&place| {
                let at = slot(place);
                self.layout.decode(&self.keys[place], &buffer[at..at + record as usize])
            }));
            rest = &rest[run..];
        }
        Ok(stored)
    }

    /// The stored form of every record in turn, unchecked.
    pub fn records(&self) -> Result<impl Iterator<Item = io::Result<Vec<u8>>>, Trouble> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.records_at))?;
        let mut reader = io::BufReader::with_capacity(1 << 18, file);
        let record = self.record_len() as usize;
        Ok((0..self.keys.len()).map(move |_| {
            let mut bytes = vec![0; record];
            reader.read_exact(&mut bytes).map(|()| bytes)
        }))
    }

    /// Notes a use in the file's time, if the last one noted is old: for [`folder::make_room`].
    pub fn touch(&self) {
        let now = SystemTime::now();
        if seconds(now) >= self.used.load(Ordering::Relaxed) + REFRESH_AFTER.as_secs() {
            self.used.store(seconds(now), Ordering::Relaxed);
            // Another user's file keeps its time: it is evicted earlier, that is all.
            let _ = OpenOptions::new().append(true).open(&self.path).and_then(|file| file.set_modified(now));
        }
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Writes a segment, record by record in the order of their keys.
pub(super) struct Writer {
    file: AtomicFile,
    layout: Arc<Layout>,
    keys: Vec<Key>,
}

impl Writer {
    pub fn create(dir: &Path, layout: &Arc<Layout>) -> Result<Self> {
        let mut file = AtomicFile::create(dir.join(folder::new_name(&layout.namespace)))?;
        file.put(MAGIC)?;
        file.put(&(layout.header.len() as u32).to_le_bytes())?;
        file.put(&layout.header)?;
        Ok(Writer { file, layout: layout.clone(), keys: Vec::new() })
    }

    pub fn put(&mut self, key: Key, record: &[u8]) -> Result<()> {
        debug_assert!(self.keys.last().is_none_or(|last| *last < key), "keys come in order, each once");
        self.keys.push(key);
        self.file.put(record)
    }

    /// Lets the file appear.
    pub fn finish(mut self) -> Result<Segment> {
        let (layout, keys) = (self.layout, self.keys);
        let entries = (keys.len() as u64).to_le_bytes();
        self.file.put(keys.as_flattened())?;
        self.file.put(&entries)?;
        self.file.put(&sum_of(&[&layout.header, keys.as_flattened(), &entries]))?;
        let path = self.file.goal().to_owned();
        self.file.commit()?;
        // From here on another process may have merged it: the file is not looked at any more.
        let records_at = (MAGIC.len() + 4 + layout.header.len()) as u64;
        let record = record_len(layout.dimension, layout.values) + KEY;
        Ok(Segment {
            records_at,
            bytes: records_at + (keys.len() * record + TRAILER) as u64,
            used: seconds(SystemTime::now()).into(),
            path,
            layout,
            keys,
        })
    }
}
