//! What an unfinished run has found, kept beside its report: an interrupted run continues there.
//!
//! Vectors are in the cache; kept here is what is made of them and takes long: the stories, then the facts. The file is
//! bound to all that decides them, so that it is taken or not taken, and never wrong. Numbers come back bit by
//! bit.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::atomic::AtomicFile;
use crate::corpus::Article;
use crate::embed::Fingerprint;
use crate::facts::Fact;
use crate::stories::Found;
use crate::{Error, Result};

/// Its name in the output folder.
pub(crate) const CHECKPOINT_FILE: &str = ".parallax-checkpoint";
/// Its first bytes.
const MAGIC: &[u8; 24] = b"parallax checkpoint 1\n\0\0";
/// Bytes of a hash.
const HASH: usize = blake3::OUT_LEN;

/// All that decides stories and facts, as one hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key([u8; HASH]);

impl Key {
    /// `settings`: those that stories and facts depend on, and those alone: a word list that was mended after an
    /// interruption costs nothing.
    ///
    /// # Errors
    /// None that is known; serialising may fail.
    pub(crate) fn new(articles: &[Article], fingerprint: &Fingerprint, settings: &impl Serialize) -> Result<Self> {
        let mut hasher = blake3::Hasher::new();
        let mut field = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        field(&program());
        field(&packed(fingerprint)?);
        field(&packed(settings)?);
        for article in articles {
            let Article { id, source, date, title, url: _, language, body, kept, headline_only } = article;
            for text in [id, source, title, language, body] {
                field(text.as_bytes());
            }
            field(date.map(|date| date.to_string()).unwrap_or_default().as_bytes());
            kept.iter().for_each(|span| field(&[span.start.to_le_bytes(), span.end.to_le_bytes()].concat()));
            field(&[u8::from(*headline_only)]);
        }
        Ok(Key(*hasher.finalize().as_bytes()))
    }
}

/// The program that computes: its version, and its bytes where they can be read, for a version may be built twice.
fn program() -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    if let Ok(file) = std::env::current_exe().and_then(std::fs::File::open) {
        let _ = hasher.update_reader(file);
    }
    hasher.finalize().as_bytes().to_vec()
}

fn packed(value: &impl Serialize) -> Result<Vec<u8>> {
    postcard::to_allocvec(value)
        .map_err(|error| Error::Data { name: CHECKPOINT_FILE.into(), reason: error.to_string() })
}

/// What was found so far.
#[derive(Debug, Deserialize)]
pub(crate) struct Saved {
    /// The stories and what they were made of.
    pub found: Found,
    /// The facts of each, once all are known.
    pub facts: Option<Vec<Vec<Fact>>>,
}

/// The same, to be written.
#[derive(Serialize)]
struct Kept<'a> {
    found: &'a Found,
    facts: Option<&'a [Vec<Fact>]>,
}

/// A place for what was found so far.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    path: PathBuf,
    key: Key,
}

impl Checkpoint {
    /// In the output folder `dir`.
    pub(crate) fn new(dir: &Path, key: Key) -> Self {
        Checkpoint { path: dir.join(CHECKPOINT_FILE), key }
    }

    /// What an interrupted run has left; `Err` says, in a sentence, why what is there is not used.
    pub(crate) fn load(&self) -> Result<Option<Saved>, String> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{} cannot be read and is not used: {error}", self.path.display())),
        };
        let damaged = || format!("{} is damaged and is not used", self.path.display());
        let content = bytes.strip_prefix(MAGIC).ok_or_else(damaged)?;
        let (hash, content) = content.split_at_checked(HASH).ok_or_else(damaged)?;
        if blake3::hash(content).as_bytes() != hash {
            return Err(damaged());
        }
        let (key, content) = content.split_at_checked(HASH).ok_or_else(damaged)?;
        if key != self.key.0 {
            let what = "other articles or settings, another model or another program";
            return Err(format!("{} is of {what}, and is not used", self.path.display()));
        }
        postcard::from_bytes(content).map(Some).map_err(|_| damaged())
    }

    /// Keeps what was found, in place of what was there.
    ///
    /// # Errors
    /// [`Error::Io`]. The work need not end for it.
    pub(crate) fn keep(&self, found: &Found, facts: Option<&[Vec<Fact>]>) -> Result<()> {
        let content = [&self.key.0[..], &packed(&Kept { found, facts })?].concat();
        let mut file = AtomicFile::create(&self.path)?;
        file.put(MAGIC)?;
        file.put(blake3::hash(&content).as_bytes())?;
        file.put(&content)?;
        file.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stories::Story;

    fn key(name: &str) -> Key {
        Key(*blake3::hash(name.as_bytes()).as_bytes())
    }

    fn found() -> Found {
        let story = Story {
            id: "s".into(),
            articles: vec![0, 300],
            scores: vec![0.1 + 0.2, f64::MIN_POSITIVE],
            cohesion: 1.0 / 3.0,
            central: 300,
            given: String::new(),
        };
        Found { stories: vec![story], crowds: Vec::new(), edges: Vec::new() }
    }

    #[test]
    fn what_was_kept_comes_back_bit_by_bit_to_the_same_job_alone() {
        let dir = tempfile::tempdir().unwrap();
        let checkpoint = Checkpoint::new(dir.path(), key("mine"));
        assert!(checkpoint.load().unwrap().is_none());
        checkpoint.keep(&found(), None).unwrap();
        let saved = checkpoint.load().unwrap().unwrap();
        assert_eq!((saved.found, saved.facts), (found(), None));
        checkpoint.keep(&found(), Some(&[Vec::new()])).unwrap();
        assert_eq!(checkpoint.load().unwrap().unwrap().facts, Some(vec![Vec::new()]));
        let other = Checkpoint::new(dir.path(), key("other")).load().unwrap_err();
        assert!(other.contains("other articles or settings"), "{other}");
    }

    #[test]
    fn whatever_happens_to_the_file_it_is_as_kept_or_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let checkpoint = Checkpoint::new(dir.path(), key("mine"));
        checkpoint.keep(&found(), None).unwrap();
        let bytes = std::fs::read(&checkpoint.path).unwrap();
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            for damaged in [&flipped[..], &bytes[..at]] {
                std::fs::write(&checkpoint.path, damaged).unwrap();
                assert!(checkpoint.load().unwrap_err().contains("is not used"), "byte {at}");
            }
        }
    }

    #[test]
    fn every_field_of_an_article_that_decides_is_in_the_key() {
        let fingerprint = Fingerprint {
            engine: "e".into(),
            engine_version: "1".into(),
            model: "m".into(),
            sha256: "0".into(),
            precision: crate::embed::Precision::F32,
            cpu_class: "any".into(),
        };
        let key = |articles: &[Article], setting: f64| Key::new(articles, &fingerprint, &setting).unwrap();
        let article = crate::corpus::Article {
            id: "1".into(),
            source: "A".into(),
            date: None,
            title: "T".into(),
            url: String::new(),
            language: "en".into(),
            body: "Body.".into(),
            kept: vec![crate::text::Span::new(0, 5)],
            headline_only: false,
        };
        let one = key(std::slice::from_ref(&article), 0.5);
        assert_eq!(one, key(std::slice::from_ref(&article), 0.5));
        let changed = |change: fn(&mut Article)| {
            let mut other = article.clone();
            change(&mut other);
            key(&[other], 0.5)
        };
        for other in [
            key(std::slice::from_ref(&article), 0.6),
            key(&[article.clone(), article.clone()], 0.5),
            changed(|a| a.source = "B".into()),
            changed(|a| a.date = Some(jiff::civil::date(2026, 3, 1))),
            changed(|a| (a.title, a.language) = ("Te".into(), "n".into())),
            changed(|a| a.kept[0].end = 4),
            changed(|a| a.headline_only = true),
        ] {
            assert_ne!(one, other);
        }
    }
}
