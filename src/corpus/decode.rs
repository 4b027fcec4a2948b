//! Bytes to text: decompression by magic bytes, encoding detection, binary files told from text.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::Read;

/// The text of an input and what was done to get it.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub text: String,
    /// What the user should know ("read as windows-1252").
    pub notes: Vec<String>,
    /// Why the text ends early, if it does.
    pub damage: Option<String>,
}

/// A compressed file of text never shrinks this much; what does is a decompression bomb.
const MOST_COMPRESSED: usize = 100;
/// Small files may (a few repeated lines).
const ALWAYS_ALLOWED: usize = 64 << 20;
/// More control characters than this (in a thousand) make a file binary.
const MOST_CONTROL: usize = 30;
const MOST_NUL: usize = 100;
/// How much of a text the encoding detector sees.
const DETECT: usize = 4 << 20;

/// Decompresses and decodes `raw`; `Err` says why it is not text.
pub(super) fn decode(raw: Vec<u8>, max_bytes: u64) -> Result<Content, String> {
    let limit = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    let (bytes, damage) = match raw.as_slice() {
        [0x1f, 0x8b, ..] => inflate(flate2::read::MultiGzDecoder::new(raw.as_slice()), raw.len(), limit),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => unzstd(&raw, limit),
        _ => (raw, None),
    };
    if let (true, Some(damage)) = (bytes.is_empty(), &damage) {
        return Err(damage.clone());
    }
    let mut content = to_text(bytes)?;
    content.damage = damage;
    Ok(content)
}

fn inflate(mut reader: impl Read, packed: usize, limit: usize) -> (Vec<u8>, Option<String>) {
    let mut out = Vec::new();
    let damage = drain(&mut reader, &mut out, packed, limit);
    (out, damage)
}

/// Every frame of a Zstandard file.
fn unzstd(raw: &[u8], limit: usize) -> (Vec<u8>, Option<String>) {
    let (mut rest, mut out) = (raw, Vec::new());
    while !rest.is_empty() {
        let mut decoder = match ruzstd::decoding::StreamingDecoder::new(&mut rest) {
            Ok(decoder) => decoder,
            Err(error) => return (out, Some(format!("the Zstandard data is damaged ({error})"))),
        };
        if let Some(damage) = drain(&mut decoder, &mut out, raw.len(), limit) {
            return (out, Some(damage));
        }
    }
    (out, None)
}

/// Reads all there is; says why if that is not everything.
fn drain(reader: &mut impl Read, out: &mut Vec<u8>, packed: usize, limit: usize) -> Option<String> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return None,
            Ok(n) => out.extend_from_slice(&buffer[..n]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                return Some(format!(
                    "the compressed data is truncated or damaged after {} bytes of text ({error})",
                    out.len()
                ));
            }
        }
        if out.len() > limit || (out.len() > ALWAYS_ALLOWED && out.len() / MOST_COMPRESSED > packed) {
            return Some(format!("the compressed data unpacks to more than {} bytes, which is refused", out.len()));
        }
    }
}

fn to_text(bytes: Vec<u8>) -> Result<Content, String> {
    if bytes.get(257..262) == Some(b"ustar") && bytes[..257].contains(&0) {
        return Err("this is a tar archive: unpack it and give the folder, or its files".into());
    }
    for (magic, name) in [
        (&b"PK\x03\x04"[..], "a zip archive or an Excel workbook: save it as CSV (UTF-8)"),
        (b"%PDF-", "a PDF: extract its text first"),
        (b"PAR1", "a Parquet file: export it as CSV or JSON lines"),
        (b"\xd0\xcf\x11\xe0", "an old Office file: save it as CSV (UTF-8)"),
        (b"\xfd7zXZ\0", "an xz archive: unpack it or use gzip or zstd"),
        (b"BZh", "a bzip2 archive: unpack it or use gzip or zstd"),
        (b"SQLite format 3", "an SQLite database: export the table as CSV"),
    ] {
        // A text may begin with "BZh" or "PAR1": its other bytes tell. A zip archive may hold its texts as they are.
        let certain = magic[0] == b'%' || magic.iter().any(u8::is_ascii_control);
        if bytes.starts_with(magic) && (certain || is_binary(&bytes)) {
            return Err(format!("this is {name}"));
        }
    }
    let mut notes = Vec::new();
    let mut text = if let Some((encoding, length)) = Encoding::for_bom(&bytes) {
        if encoding == encoding_rs::UTF_8 {
            utf8_or_detected(bytes[length..].to_vec(), &mut notes)?
        } else {
            notes.push(format!("text is not UTF-8; read as {}", encoding.name()));
            encoding.decode_without_bom_handling(&bytes[length..]).0.into_owned()
        }
    } else if let Some(encoding) = utf16_without_bom(&bytes) {
        notes.push(format!("text is not UTF-8; read as {}", encoding.name()));
        encoding.decode_without_bom_handling(&bytes).0.into_owned()
    } else {
        utf8_or_detected(bytes, &mut notes)?
    };
    if text.contains('\0') {
        text.retain(|c| c != '\0');
        notes.push("NUL bytes removed".into());
    }
    Ok(Content { text, notes, damage: None })
}

fn is_binary(bytes: &[u8]) -> bool {
    let nul = bytes.iter().filter(|b| **b == 0).count();
    let control = bytes.iter().filter(|b| matches!(b, 1..=8 | 11 | 14..=26 | 28..=31 | 127)).count();
    nul > bytes.len() / 1000 * MOST_NUL + 16 || control > bytes.len() / 1000 * MOST_CONTROL + 16
}

fn utf8_or_detected(bytes: Vec<u8>, notes: &mut Vec<String>) -> Result<String, String> {
    if is_binary(&bytes) {
        return Err("this is a binary file, not text".into());
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error.into_bytes(),
    };
    let (mut valid, mut invalid) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().bytes().filter(|b| *b >= 0xc0).count();
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    if valid > invalid {
        // UTF-8 with a few foreign bytes, as when rows of several origins were pasted together.
        notes.push("some bytes are not UTF-8; these were read as windows-1252".into());
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
        }
        return Ok(text);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let start = bytes.iter().position(|b| !b.is_ascii()).unwrap_or(0).saturating_sub(1_000);
    let end = bytes.len().min(start + DETECT);
    detector.feed(&bytes[start..end], true);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    notes.push(format!("text is not UTF-8; read as {}", encoding.name()));
    Ok(encoding.decode_without_bom_handling(&bytes).0.into_owned())
}

/// UTF-16 of a mostly Latin text shows as a NUL in every other byte.
fn utf16_without_bom(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(4096) / 2 * 2];
    let pairs = head.len() / 2;
    if pairs < 4 {
        return None;
    }
    let first = head.iter().step_by(2).filter(|b| **b == 0).count();
    let second = head.iter().skip(1).step_by(2).filter(|b| **b == 0).count();
    if second * 10 > pairs * 6 && first * 20 < pairs {
        Some(UTF_16LE)
    } else if first * 10 > pairs * 6 && second * 20 < pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn decoded(bytes: &[u8]) -> Content {
        decode(bytes.to_vec(), 1 << 30).unwrap()
    }

    fn gz(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn encodings_are_found_and_named() {
        assert_eq!(decoded("\u{feff}Grüße".as_bytes()).text, "Grüße");
        let latin = decoded(b"id,body\n1,Das M\xe4dchen ging f\xfcr Gr\xfc\xdfe \xfcber die Br\xfccke.\n");
        assert!(latin.text.contains("Mädchen ging für Grüße"), "{latin:?}");
        assert_eq!(latin.notes, ["text is not UTF-8; read as windows-1252"]);
        let mixed = decoded(
            "Grüße aus Köln, caf".as_bytes().iter().chain(b"\xe9 noir").copied().collect::<Vec<u8>>().as_slice(),
        );
        assert_eq!(mixed.text, "Grüße aus Köln, café noir");
        for big in [false, true] {
            for bom in ["", "\u{feff}"] {
                let units = format!("{bom}id,body\n1,Hello Köln").encode_utf16().collect::<Vec<u16>>();
                let bytes: Vec<u8> =
                    units.iter().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect();
                let content = decoded(&bytes);
                assert_eq!(content.text, "id,body\n1,Hello Köln");
                assert!(content.notes[0].contains("UTF-16"), "{content:?}");
            }
        }
    }

    #[test]
    fn stray_nuls_go_and_binary_files_are_refused() {
        let content = decoded(b"id,body\n1,He\0llo there\n");
        assert_eq!(content.text, "id,body\n1,Hello there\n");
        assert_eq!(content.notes, ["NUL bytes removed"]);
        let noise: Vec<u8> = (0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert!(decode(noise, 1 << 30).unwrap_err().contains("binary"));
        assert!(decode(b"%PDF-1.4 ...".to_vec(), 1 << 30).unwrap_err().contains("PDF"));
    }

    #[test]
    fn compressed_files_are_known_by_their_first_bytes() {
        assert_eq!(decoded(&gz(b"hello")).text, "hello");
        let two: Vec<u8> = [gz(b"one "), gz(b"two")].concat();
        assert_eq!(decoded(&two).text, "one two");
        let zst = ruzstd::encoding::compress_to_vec(&b"hello zst"[..], ruzstd::encoding::CompressionLevel::Fastest);
        assert_eq!(decoded(&zst).text, "hello zst");
        assert_eq!(decoded(&[zst.clone(), zst].concat()).text, "hello zsthello zst");
    }

    #[test]
    fn a_truncated_archive_keeps_what_was_read() {
        let text: String = (0..20_000).map(|i| format!("line {i} {}\n", i * 7919 % 10_007)).collect();
        let packed = gz(text.as_bytes());
        let content = decoded(&packed[..packed.len() / 2]);
        assert!(content.text.len() > 10_000 && text.starts_with(&content.text));
        assert!(content.damage.unwrap().contains("truncated"));
        assert!(decode(packed[..9].to_vec(), 1 << 30).is_err());
    }

    #[test]
    fn a_bomb_is_stopped() {
        let packed = gz(&vec![b'a'; 200 << 20]);
        let content = decoded(&packed);
        assert!(content.text.len() < 80 << 20 && content.damage.unwrap().contains("refused"));
    }

    #[test]
    fn any_bytes_behind_a_magic_number_are_survived() {
        for magic in [
            &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0][..],
            &[0x28, 0xb5, 0x2f, 0xfd],
            b"PK\x03\x04",
            &[0xff, 0xfe],
            &[0xef, 0xbb, 0xbf],
        ] {
            for seed in 0..200u32 {
                let noise = (0..300u32).map(|i| ((i + seed * 977).wrapping_mul(2_654_435_761) >> 11) as u8);
                let _ = decode(magic.iter().copied().chain(noise).collect(), 1 << 24);
            }
        }
    }
}
