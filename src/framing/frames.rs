//! Topic frames: their names, the sentences that stand for each, and their directions among sentence vectors.
//!
//! The shipped frames are the dimensions of the Policy Frames Codebook (Boydstun, Gross, Resnik and Smith, "Identifying
//! Media Frames and Frame Dynamics Within and Across Policy Issues", 2013), each with a definition and seed sentences of
//! our own. A frame is the direction of the mean of its definition, its seeds and its labelled examples, equal parts of
//! those that it has. A sentence's score is its cosine with the frame, in standard deviations from the mean over the
//! reference sentences (never over the run's own articles: others that are added must not move it).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ndarray::{Array1, Array2, ArrayView1};
use sha2::{Digest, Sha256};

use super::vectors::Embed;
use crate::corpus::TableFile;
use crate::{Error, Result};

const SHIPPED: &str = include_str!("../../data/framing/frames.csv");
const REFERENCE: &[u8] = include_bytes!("../../models/heads/reference.f32");
/// Longest name of a frame, in characters.
const MAX_NAME: usize = 64;
/// How a user's file must look.
const REMEDY: &str =
    "give a table with the columns frame and sentence, and if you like kind: definition, seed or example";

/// What a sentence says of its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Definition,
    Seed,
    Example,
}

impl Kind {
    fn read(name: &str) -> Option<Self> {
        match name.trim().to_lowercase().as_str() {
            "" | "seed" => Some(Kind::Seed),
            "definition" => Some(Kind::Definition),
            "example" => Some(Kind::Example),
            _ => None,
        }
    }
}

/// Topic frames: names, and the sentences that stand for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frames {
    names: Vec<String>,
    /// Of each name, its index.
    places: BTreeMap<String, usize>,
    /// How many of the names are those that ship.
    shipped: usize,
    /// (index of the frame, kind, sentence).
    sentences: Vec<(usize, Kind, String)>,
    /// The user's file and the SHA-256 of its rows.
    own: Option<(String, String)>,
}

impl Frames {
    /// Those of the Policy Frames Codebook.
    ///
    /// # Errors
    /// [`Error::Data`] if the build was made with a damaged file.
    pub fn shipped() -> Result<Self> {
        let damaged = |reason: String| Error::Data { name: "data/framing/frames.csv".into(), reason };
        let mut frames =
            Frames { names: Vec::new(), places: BTreeMap::new(), shipped: 0, sentences: Vec::new(), own: None };
        let mut reader = csv::Reader::from_reader(SHIPPED.as_bytes());
        for row in reader.deserialize::<(String, String, String)>() {
            let (frame, kind, sentence) = row.map_err(|e| damaged(e.to_string()))?;
            let kind = Kind::read(&kind).ok_or_else(|| damaged(format!("kind \"{kind}\"")))?;
            frames.add(&frame, kind, &sentence);
        }
        frames.shipped = frames.names.len();
        Ok(frames)
    }

    /// These and those of a table: `frame` (or `label`, `category`), `sentence` (or `text`), and `kind`: `definition`, `seed`
    /// (also when empty or missing) or `example`, a sentence that people have given this label. Sentences under the name
    /// of a shipped frame are added to it.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Input`] when a column is missing, a row cannot be read, or a cell is empty or unknown.
    pub fn with_file(mut self, path: &str) -> Result<Self> {
        let table = TableFile::open(path)?;
        let frame = table.column_of(&["frame", "label", "category"], "frame", REMEDY)?;
        let sentence = table.column_of(&["sentence", "text"], "sentence", REMEDY)?;
        let kind = table.column_of(&["kind"], "kind", REMEDY).ok();
        let columns: Vec<&str> = [&frame, &sentence].into_iter().chain(&kind).map(String::as_str).collect();
        let mut rows = 0;
        let mut hasher = Sha256::new();
        for (row, record) in table.rows(&columns)?.zip(1u64..) {
            let row = row?;
            let bad = |field: &str, what: String, remedy: &str| {
                Err(Error::input(table.label(), format!("record {record}, field {field}: {what}"), remedy))
            };
            let (name, text) = (row[0].trim(), row[1].trim());
            if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
                return bad(
                    &frame,
                    format!("\"{name}\" is no name"),
                    "name the frame with 1 to 64 printable characters",
                );
            }
            if text.is_empty() {
                return bad(
                    &sentence,
                    format!("frame \"{name}\" has an empty sentence"),
                    "write it, or remove this row",
                );
            }
            let Some(kind) = row.get(2).map_or(Some(Kind::Seed), |k| Kind::read(k)) else {
                let what = format!("\"{}\" is unknown", row[2].trim());
                return bad("kind", what, "write definition, seed or example");
            };
            self.add(name, kind, text);
            hasher.update(format!("{name}\n{kind:?}\n{text}\n"));
            rows += 1;
        }
        if rows == 0 {
            return Err(Error::input(table.label(), "has no row", REMEDY));
        }
        self.own = Some((path.into(), hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()));
        Ok(self)
    }

    fn add(&mut self, name: &str, kind: Kind, sentence: &str) {
        let frame = *self.places.entry(name.to_owned()).or_insert(self.names.len());
        if frame == self.names.len() {
            self.names.push(name.to_owned());
        }
        self.sentences.push((frame, kind, sentence.to_owned()));
    }

    /// The user's file and the SHA-256 of its rows, if there is one.
    pub(crate) fn own(&self) -> Option<(&str, &str)> {
        self.own.as_ref().map(|(file, sha256)| (file.as_str(), sha256.as_str()))
    }

    /// Their names; frames of the user come last.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Their directions, with what is needed to score any sentence.
    ///
    /// # Errors
    /// Those of `embed`; [`Error::Data`] when the reference is of another dimension than the model.
    pub(crate) fn directions(&self, embed: &mut Embed<'_, '_>) -> Result<Directions> {
        let texts: Vec<&str> = self.sentences.iter().map(|s| s.2.as_str()).collect();
        let vectors = embed(&texts, "frames")?;
        let dimension = vectors.dimension();
        let reference = REFERENCE_MOMENTS.as_ref().map_err(|reason| damaged(reason.clone()))?;
        if dimension != reference.mean.len() {
            let reason = format!("is of vectors of {} values, the model gives {dimension}", reference.mean.len());
            return Err(damaged(reason));
        }
        let mut directions = Array2::<f64>::zeros((self.names.len(), dimension));
        for (frame, mut direction) in directions.rows_mut().into_iter().enumerate() {
            for kind in [Kind::Definition, Kind::Seed, Kind::Example] {
                let mut part = Array1::<f64>::zeros(dimension);
                let members = self.sentences.iter().enumerate().filter(|(_, s)| (s.0, s.1) == (frame, kind));
                members.for_each(|(i, _)| part += &vectors.of(i).mapv(f64::from));
                direction += &normalised(part);
            }
            let unit = normalised(direction.to_owned());
            direction.assign(&unit);
        }
        let mean = directions.dot(&reference.mean);
        let sd = directions.rows().into_iter().map(|d| d.dot(&reference.covariance.dot(&d)).sqrt()).collect();
        Ok(Directions { directions, mean, sd, shipped: self.shipped })
    }
}

/// Length 1; zero stays zero.
fn normalised(vector: Array1<f64>) -> Array1<f64> {
    let norm = vector.dot(&vector).sqrt();
    if norm > 0.0 { vector / norm } else { vector }
}

/// Moments of the vectors of the reference sentences.
struct Moments {
    mean: Array1<f64>,
    covariance: Array2<f64>,
}

static REFERENCE_MOMENTS: LazyLock<std::result::Result<Moments, String>> = LazyLock::new(|| {
    let values: Vec<f64> =
        REFERENCE.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]))).collect();
    // n values of the mean and n (n + 1) / 2 of the lower triangle.
    let n = (((9.0 + 8.0 * values.len() as f64).sqrt() - 3.0) / 2.0) as usize;
    if values.len() != n + n * (n + 1) / 2 {
        return Err(format!("has {} values, which is no mean and triangle", values.len()));
    }
    let at = |i: usize, j: usize| values[n + i.max(j) * (i.max(j) + 1) / 2 + i.min(j)];
    let covariance = Array2::from_shape_fn((n, n), |(i, j)| at(i, j));
    Ok(Moments { mean: Array1::from_vec(values[..n].to_vec()), covariance })
});

fn damaged(reason: String) -> Error {
    Error::Data { name: "models/heads/reference.f32".into(), reason }
}

/// Frames as directions in the space of sentence vectors.
#[derive(Debug, Clone)]
pub(crate) struct Directions {
    /// One row of length 1 per frame.
    pub(super) directions: Array2<f64>,
    /// Mean of the cosine with each, over the reference sentences.
    pub(super) mean: Array1<f64>,
    /// Its standard deviation.
    pub(super) sd: Array1<f64>,
    /// How many of the frames, the first, are those that ship.
    pub(super) shipped: usize,
}

impl Directions {
    /// The cosine of a sentence with each frame, in standard deviations from the mean of the reference sentences.
    pub(crate) fn scores(&self, vector: ArrayView1<'_, f32>) -> Array1<f64> {
        (self.directions.dot(&vector.mapv(f64::from)) - &self.mean) / &self.sd
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(content: &str) -> Result<Frames> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("frames.csv");
        std::fs::write(&path, content).unwrap();
        Frames::shipped().unwrap().with_file(&path.display().to_string())
    }

    #[test]
    fn the_codebooks_fifteen_dimensions_have_a_definition_and_seeds() {
        let frames = Frames::shipped().unwrap();
        assert_eq!(frames.names.len(), 15);
        for frame in 0..15 {
            let of_kind = |kind| frames.sentences.iter().filter(|s| (s.0, s.1) == (frame, kind)).count();
            assert_eq!(of_kind(Kind::Definition), 1, "{}", frames.names[frame]);
            assert!((4..=6).contains(&of_kind(Kind::Seed)), "{}", frames.names[frame]);
        }
    }

    #[test]
    fn a_users_frames_are_added_to_the_shipped_ones() {
        let own = with(
            "Frame;Sentence;Kind\nclimate;Warming of the planet.;definition\nclimate;Seas rise.;\neconomic;Prices rose.;example\n",
        );
        let own = own.unwrap();
        assert_eq!(own.names.last().map(String::as_str), Some("climate"));
        assert_eq!((own.names.len(), own.shipped), (16, 15));
        assert!(own.sentences.contains(&(0, Kind::Example, "Prices rose.".into())));
    }

    #[test]
    fn a_row_that_cannot_be_used_is_named() {
        for (content, named) in [
            ("name,sentence\na,b\n", "no frame column"),
            ("frame,sentence\na,b\n ,c\n", "record 2, field frame"),
            ("frame,sentence\na,\n", "record 1, field sentence"),
            ("frame,sentence,kind\na,b,negative\n", "record 1, field kind: \"negative\" is unknown"),
            ("frame,sentence\n", "has no row"),
        ] {
            let error = with(content).unwrap_err().to_string();
            assert!(error.contains(named), "{content:?}: {error}");
        }
    }

    #[test]
    fn a_cosine_is_told_in_deviations_of_the_reference() {
        // A frame along one axis has the mean and variance of that component.
        let reference = REFERENCE_MOMENTS.as_ref().unwrap();
        let n = reference.mean.len();
        let frames = Frames {
            names: vec!["one".into()],
            places: BTreeMap::new(),
            shipped: 1,
            sentences: vec![(0, Kind::Seed, "x".into())],
            own: None,
        };
        let mut axis = Array2::<f32>::zeros((1, n));
        axis[(0, 7)] = 2.0;
        let mut embed = |_: &[&str], _: &'static str| {
            let vectors = crate::embed::Vectors { rows: axis.clone(), index: vec![0] };
            Ok(super::super::vectors::TextVectors::from(vectors))
        };
        let directions = frames.directions(&mut embed).unwrap();
        let expected = (1.0 - reference.mean[7]) / reference.covariance[(7, 7)].sqrt();
        let mut sentence = Array1::<f32>::zeros(n);
        sentence[7] = 1.0;
        assert!((directions.scores(sentence.view())[0] - expected).abs() < 1e-9);
    }
}
