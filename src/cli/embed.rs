//! `parallax embed`: a column of texts to a NumPy file.

use std::borrow::Cow;
use std::path::PathBuf;

use ndarray::ArrayView2;

use super::args::cache::CacheArgs;
use super::args::model::{ModelArgs, cache_notes, open_cached};
use super::output::{Outcome, grouped};
use super::progress::Progress;
use crate::atomic::AtomicFile;
use crate::corpus::TableFile;
use crate::pipeline::Observer;
use crate::{Error, Result};

/// Embeds a column of texts into a NumPy file (float32, one row per text), in bounded memory
#[derive(Debug, clap::Args)]
pub(crate) struct Embed {
    /// CSV, TSV or JSONL file, or `-` for stdin
    file: String,

    /// Column with the texts
    #[arg(long, default_value = "text")]
    column: String,

    /// The NumPy file to write
    #[arg(short, long, value_name = "FILE.npy")]
    out: PathBuf,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    pub vectors: CacheArgs,
}

pub(crate) fn run(args: &Embed, progress: &Progress) -> Result<Outcome> {
    let table = TableFile::open(&args.file)?;
    let column = [args.column.as_str()];
    let texts = || Ok::<_, Error>(table.rows(&column)?.map(|row| Ok(row?.into_iter().next().unwrap_or_default())));
    // Read twice: a row that cannot be read is found before any work is done, and the file's header needs the count.
    let (mut count, mut bytes) = (0, 0);
    for text in texts()? {
        count += 1;
        bytes += text?.len() as u64;
    }
    let mut file = AtomicFile::create(&args.out)?;
    let embedder = open_cached(&args.model, &args.vectors, progress)?;
    file.put(&npy_header(count, embedder.dimension()))?;
    progress.stage("embedding", "tokens", None);
    let stats = embedder.stream(
        texts()?.map(|text| text.map(Cow::Owned)),
        Some(bytes),
        &|done, total| progress.progress(done, total),
        &mut |vectors| file.put(&little_endian(vectors)),
    )?;
    file.commit()?;
    cache_notes(&embedder, progress);
    let speed = stats.tokens_per_second().map(|s| format!(", {} tokens/s", grouped(s as usize))).unwrap_or_default();
    progress.note(&format!(
        "{} texts ({} computed, {} from the cache, {} cut to {} tokens), {} tokens computed{speed}: {}",
        grouped(stats.texts),
        grouped(stats.distinct - stats.cached),
        grouped(stats.cached),
        stats.truncated,
        embedder.max_tokens(),
        grouped(stats.tokens as usize),
        args.out.display()
    ));
    Ok(Outcome::Clean)
}

/// The start of a NumPy file of `rows x columns` numbers of type float32 (NEP 1, version 1.0). By hand, for
/// the crates that know the format write whole arrays only, or need a C compiler.
fn npy_header(rows: usize, columns: usize) -> Vec<u8> {
    let fields = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    // Magic, version and length take 10 bytes, the line break at the end one; the whole is a multiple of 64.
    let length = (10 + fields.len() + 1).next_multiple_of(64) - 10;
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend((length as u16).to_le_bytes());
    header.extend(format!("{fields:width$}\n", width = length - 1).bytes());
    header
}

fn little_endian(vectors: ArrayView2<'_, f32>) -> Vec<u8> {
    vectors.iter().flat_map(|x| x.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_that_of_a_numpy_file() {
        let header = npy_header(3, 384);
        assert_eq!(header.len(), 128);
        assert_eq!(&header[..10], b"\x93NUMPY\x01\x00\x76\x00", "118 bytes follow");
        let fields = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 384), }";
        assert_eq!(header[10..], format!("{fields:117}\n").into_bytes());
        for rows in [0, 1, 1234, 10_000_000_000] {
            assert_eq!(npy_header(rows, 384).len() % 64, 0);
        }
    }
}
