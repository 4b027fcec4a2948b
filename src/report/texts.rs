//! `texts.jsonl`: the stored bodies, into which every `start, end` of the tables points.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::AtomicFile;
use crate::error::{Error, Result};

pub(crate) const TEXTS_FILE: &str = "texts.jsonl";

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredText {
    /// The article's id, without the spreadsheet guard.
    pub article_id: String,
    /// The title.
    pub title: String,
    /// The normalised body; spans are byte ranges of it (UTF-8).
    pub body: String,
}

/// Writes the file line by line; nothing is seen of it before [`TextsWriter::finish`].
#[derive(Debug)]
pub struct TextsWriter {
    file: AtomicFile,
    lines: usize,
}

impl TextsWriter {
    /// Starts the file in `dir`.
    pub fn create(dir: &Path) -> Result<Self> {
        Ok(TextsWriter { file: AtomicFile::create(dir.join(TEXTS_FILE))?, lines: 0 })
    }

    /// Writes one article.
    pub fn push(&mut self, article_id: &str, title: &str, body: &str) -> Result<()> {
        #[derive(Serialize)]
        struct Line<'a> {
            article_id: &'a str,
            title: &'a str,
            body: &'a str,
        }
        serde_json::to_writer(&mut self.file, &Line { article_id, title, body })
            .map_err(|error| Error::io(self.file.goal(), "write", error.into()))?;
        self.lines += 1;
        self.file.put(b"\n")
    }

    /// Lets the file appear; returns the number of its lines.
    pub fn finish(self) -> Result<usize> {
        self.file.commit()?;
        Ok(self.lines)
    }
}

/// Reads the file of the report in `dir`, in its order.
pub fn read_texts(dir: &Path) -> Result<impl Iterator<Item = Result<StoredText>>> {
    let path = dir.join(TEXTS_FILE);
    let file = File::open(&path).map_err(|source| Error::io(&path, "read", source))?;
    Ok(BufReader::new(file).lines().enumerate().map(move |(index, line)| {
        let line = line.map_err(|source| Error::io(&path, "read", source))?;
        serde_json::from_str(&line).map_err(|error| {
            Error::input(&path, format!("line {}: {error}", index + 1), "run the analysis again to renew the report")
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = TextsWriter::create(folder.path()).unwrap();
        let body = "=1+1\r\n\"Über\"\u{2028}\u{0}\u{1F600}";
        writer.push("a,1", "T\tx", body).unwrap();
        writer.push("b", "", "").unwrap();
        assert!(!folder.path().join(TEXTS_FILE).exists());
        assert_eq!(writer.finish().unwrap(), 2);
        let texts: Vec<_> = read_texts(folder.path()).unwrap().collect::<Result<_>>().unwrap();
        assert_eq!(texts[0], StoredText { article_id: "a,1".into(), title: "T\tx".into(), body: body.into() });
        assert_eq!(texts.len(), 2);
    }
}
