//! Word lists of the user's own: `--lexicon name=file.csv`.
//!
//! The score of a claim is the sum of the weights of its hits per 100 words, over the outlet's own words. There is no
//! reference corpus for such a list (its texts cannot be shipped), and the run's own texts are none, for then adding
//! articles would move scores: differences stay in the unit of the list, and it has no divergence.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::evidence::Evidence;
use super::lexicon::plain;
use super::statement::Statement;
use crate::corpus::TableFile;
use crate::text::{self, Span};
use crate::{Error, Result};

/// Names of the column with the terms, best first.
const TERM: [&str; 5] = ["term", "word", "phrase", "entry", "text"]; // a text file has the column "text"
/// The column with the weights, if there is one.
const WEIGHT: &str = "weight";
/// Longest name of a list.
const MAX_NAME: usize = 32;
/// How a file must look, for messages.
const REMEDY: &str = "give a table (CSV, TSV or JSONL) with the columns term and weight; without weight each term counts 1; or a .txt file with a term on each line";

/// A list of terms with weights, as the user gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct UserLexicon {
    name: String,
    path: String,
    sha256: String,
    /// As written, with the weight.
    terms: Vec<(String, f64)>,
    /// Words of a term, joined by blanks -> its index.
    exact: HashMap<String, usize>,
    /// The same of terms that end in `*`, which is left out.
    beginnings: HashMap<String, usize>,
    /// Words of the longest term.
    longest: usize,
}

/// What a list finds in one claim.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LexiconScore {
    /// Weighted hits per 100 own words.
    pub value: f64,
    /// Hits.
    pub hits: usize,
}

/// What one list finds in all claims.
#[derive(Debug, Clone, PartialEq)]
pub struct LexiconScores {
    /// Name of the list.
    pub name: String,
    /// One per claim of the table; `None` where the outlet says too little itself, as for `loaded`.
    pub scores: Vec<Option<LexiconScore>>,
}

impl UserLexicon {
    /// Reads a list. `name`: 1 to 32 of `a-z`, `0-9`, `_`, `-`. The file has a column `term` and, if weights differ,
    /// `weight` (any finite number; an empty cell is 1). A term is one word or several; a `*` at its end stands for any
    /// further letters. Case does not matter.
    ///
    /// # Errors
    /// [`Error::Usage`] for the name; [`Error::Io`] or [`Error::Input`], naming record and field, for the file: no
    /// column or row, a term without letters or with a `*` elsewhere, a weight that is no number, two weights of a term.
    pub fn open(name: &str, path: &str) -> Result<Self> {
        let is_fit = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-');
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_fit) {
            return Err(Error::usage(
                format!("--lexicon {name}={path}: \"{name}\" cannot be the name of a list"),
                format!("use 1 to {MAX_NAME} of the characters a-z, 0-9, _ and -, e.g. --lexicon fear=fear.csv"),
            ));
        }
        // What is hashed is what is read: a pipe would be empty the second time.
        let is_pipe = || std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
        if path == "-" || is_pipe() {
            let reason = format!("--lexicon {name}={path}: a list cannot come from standard input or a pipe");
            return Err(Error::usage(reason, "give a file"));
        }
        let bytes = std::fs::read(path).map_err(|e| Error::io(path, "read", e))?;
        let file = TableFile::open(path)?;
        let term = file.column_of(&TERM, "term", REMEDY)?;
        let weighted = file.rows(&[&term, WEIGHT]).is_ok();
        let rows = if weighted { file.rows(&[&term, WEIGHT])? } else { file.rows(&[&term])? };
        let mut lexicon = UserLexicon {
            name: name.into(),
            path: path.into(),
            sha256: Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
            terms: Vec::new(),
            exact: HashMap::new(),
            beginnings: HashMap::new(),
            longest: 0,
        };
        let mut records: Vec<u64> = Vec::new();
        for (record, row) in (1..).zip(rows) {
            let row = row?;
            let (written, weight) = (row[0].trim(), row.get(1).map_or("", |w| w.trim()));
            if written.is_empty() && weight.is_empty() {
                continue;
            }
            let bad = |field: &str, reason: String, remedy: &str| {
                Error::input(path, format!("record {record}, field {field}: {reason}"), remedy)
            };
            let weight: f64 = match weight {
                "" => 1.0,
                _ => weight.parse().ok().filter(|w: &f64| w.is_finite()).ok_or_else(|| {
                    let reason = format!("\"{weight}\" is not a number");
                    bad(WEIGHT, reason, "write the weight with a point, e.g. 1.5, or nothing for 1")
                })?,
            };
            let (key, is_beginning) = parse(written).ok_or_else(|| {
                bad(
                    &term,
                    format!("\"{written}\" is not a term"),
                    "write a word or several, with a * at most at the end of the last word, e.g. terror*",
                )
            })?;
            let forms = if is_beginning { &mut lexicon.beginnings } else { &mut lexicon.exact };
            match forms.get(&key) {
                Some(&other) if lexicon.terms[other].1 != weight => {
                    let reason = format!(
                        "\"{written}\" has the weight {weight}, but {} in record {}",
                        lexicon.terms[other].1, records[other]
                    );
                    return Err(bad(WEIGHT, reason, "keep one of the two rows"));
                }
                Some(_) => {}
                None => {
                    lexicon.longest = lexicon.longest.max(key.split(' ').count());
                    forms.insert(key, lexicon.terms.len());
                    lexicon.terms.push((written.to_lowercase(), weight));
                    records.push(record);
                }
            }
        }
        if lexicon.terms.is_empty() {
            return Err(Error::input(path, "there is no term in it", REMEDY));
        }
        Ok(lexicon)
    }

    /// The name that the user gave.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The file, as named.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// SHA-256 of the file.
    pub(crate) fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The name of the measure: `lexicon:<name>`.
    pub(crate) fn measure(&self) -> String {
        format!("lexicon:{}", self.name)
    }

    /// Score and number of hits; `None` without own words.
    pub(crate) fn scored(&self, statement: &Statement<'_>) -> Option<LexiconScore> {
        let words = statement.parts.own_words;
        let hits = self.hits(statement);
        // Not the sum of an empty iterator, which is -0.
        let sum = hits.iter().fold(0.0, |sum, &(_, term)| sum + self.terms[term].1);
        (words > 0).then(|| LexiconScore { value: 100.0 * sum / words as f64, hits: hits.len() })
    }

    /// The hits as evidence; each contributes its weight per 100 own words.
    pub(super) fn explain(&self, statement: &Statement<'_>) -> Vec<Evidence> {
        let words = statement.parts.own_words.max(1) as f64;
        self.hits(statement)
            .into_iter()
            .map(|(span, term)| {
                let (term, weight) = &self.terms[term];
                let note = format!("lexicon: {term} (weight {weight})");
                Evidence { measure: self.measure().into(), span, contribution: Some(100.0 * weight / words), note }
            })
            .collect()
    }

    /// The hits in the outlet's own words: (span of the sentence, index of the term). They do not overlap; from the left,
    /// the longest is taken, and of one length a whole term before one with `*`. As in the shipped lists a part of a
    /// hyphenated word counts as the word.
    fn hits(&self, statement: &Statement<'_>) -> Vec<(Span, usize)> {
        let mut hits = Vec::new();
        for piece in statement.parts.own_pieces() {
            let words: Vec<(Span, String)> = text::words(piece.of(statement.text))
                .into_iter()
                .map(|word| (word.span.shifted(piece.start), plain(word.text)))
                .collect();
            let mut i = 0;
            while i < words.len() {
                let phrase = (1..=self.longest.min(words.len() - i)).rev().find_map(|n| {
                    let key = words[i..i + n].iter().map(|w| w.1.as_str()).collect::<Vec<_>>().join(" ");
                    self.term(&key, words[i + n - 1].1.len()).map(|term| (n, term))
                });
                let part = || {
                    let word = &words[i].1;
                    word.contains('-').then(|| word.split('-').find_map(|part| self.term(part, part.len())))?
                };
                let found = phrase.or_else(|| part().map(|term| (1, term)));
                if let Some((n, term)) = found {
                    hits.push((Span::new(words[i].0.start, words[i + n - 1].0.end), term));
                }
                i += found.map_or(1, |(n, _)| n);
            }
        }
        hits
    }

    /// The term that these words are, the last of which has `last` bytes: with its possessive, then without.
    fn term(&self, words: &str, last: usize) -> Option<usize> {
        let bare = words.strip_suffix("'s").unwrap_or(words);
        let whole = self.exact.get(words).or_else(|| self.exact.get(bare));
        let first = words.len() - last;
        let beginning = || {
            let ends = words.char_indices().map(|(at, c)| at + c.len_utf8()).filter(|&end| end > first);
            ends.rev().find_map(|end| self.beginnings.get(&words[..end]))
        };
        whole.or_else(beginning).copied()
    }
}

/// The words of a term, joined by blanks, and whether a `*` followed; `None` for what is no term.
fn parse(written: &str) -> Option<(String, bool)> {
    let (body, is_beginning) = match written.strip_suffix('*') {
        Some(body) => (body, true),
        None => (written, false),
    };
    let words: Vec<String> = text::words(body).into_iter().map(|w| plain(w.text)).collect();
    // "illegal *" would be any word after "illegal": too much to be meant.
    let is_cut = !is_beginning || body.ends_with(char::is_alphanumeric);
    (!words.is_empty() && !body.contains('*') && is_cut).then(|| (words.join(" "), is_beginning))
}

#[cfg(test)]
mod tests {
    use super::super::statement::Parts;
    use super::*;
    use crate::text::Voice;

    fn open(name: &str, file: &str, content: &str) -> Result<UserLexicon> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file);
        std::fs::write(&path, content).unwrap();
        UserLexicon::open(name, &path.display().to_string())
    }

    /// The words hit, with their terms, and the score.
    fn found(lexicon: &UserLexicon, sentence: &str, quote: &str) -> (Vec<String>, Option<f64>) {
        let quotes: Vec<Span> = sentence.find(quote).map(|at| Span::new(at, at + quote.len())).into_iter().collect();
        let parts = Parts::new(sentence, if quote.is_empty() { &[] } else { &quotes });
        let statement = Statement {
            text: sentence,
            parts: &parts,
            own: None,
            quoted: None,
            voice: Voice::Own,
            cue: None,
            speaker: None,
        };
        let hits = lexicon.hits(&statement);
        let hits = hits.iter().map(|&(span, term)| format!("{}={}", span.of(sentence), lexicon.terms[term].0));
        (hits.collect(), lexicon.scored(&statement).map(|s| s.value))
    }

    #[test]
    fn phrases_beginnings_and_weights_count_per_100_own_words() {
        let list = "term,weight\nillegal alien*,2\nalien,-1\nTerror*,\n“so-called” experts,0.5\nterrorist,3\n";
        let list = open("x", "l.csv", list).unwrap();
        // Ten words: the longest term first, a whole one before a beginning.
        let (hits, score) =
            found(&list, "ILLEGAL aliens and an alien’s terrorist met terror-stricken SO‑CALLED experts.", "");
        let expected = [
            "ILLEGAL aliens=illegal alien*",
            "alien’s=alien",
            "terrorist=terrorist",
            "terror-stricken=terror*",
            "SO‑CALLED experts=“so-called” experts",
        ];
        assert_eq!(hits, expected);
        assert_eq!(score, Some(100.0 * (2.0 - 1.0 + 3.0 + 1.0 + 0.5) / 10.0));
        assert_eq!(found(&list, "The aliens left town today.", ""), (vec![], Some(0.0)), "no * no ending");
    }

    #[test]
    fn quoted_words_are_the_speakers_and_no_phrase_runs_across_a_quotation() {
        let list = open("x", "l.txt", "terror*\nstatement\nsaid on\n").unwrap();
        let sentence = "The mayor said “the terror of these four nights” on Monday in terror.";
        let (hits, score) = found(&list, sentence, "the terror of these four nights");
        assert_eq!((hits, score), (vec!["terror=terror*".to_owned()], Some(100.0 / 7.0)));
    }

    #[test]
    fn what_is_wrong_with_a_list_is_named_with_record_and_field() {
        let refused = |name: &str, content: &str| {
            let error = open(name, "l.csv", content).unwrap_err();
            format!("{error} | {}", error.hint().unwrap_or_default())
        };
        for (content, part) in [
            ("term,weight\nslam,1\nblast,heavy\n", "record 2, field weight: \"heavy\" is not a number"),
            ("term,weight\nslam,inf\n", "record 1, field weight: \"inf\" is not a number"),
            ("term\nsl*m\n", "record 1, field term: \"sl*m\" is not a term"),
            ("word\nillegal *\n", "record 1, field word: \"illegal *\" is not a term"),
            ("term\n…\n", "record 1, field term: \"…\" is not a term"),
            ("term,weight\nslam,1\nSlam,2\n", "record 2, field weight: \"Slam\" has the weight 2, but 1 in record 1"),
            ("term,weight\n", "there is no term in it"),
            ("slam,1\nblast,2\n", "no term column (columns found: slam, 1)"),
        ] {
            let text = refused("x", content);
            assert!(text.contains(part) && !text.ends_with("| "), "{text}");
        }
        for name in ["", "Fear", "a b", "x".repeat(33).as_str()] {
            assert!(refused(name, "term\nslam\n").contains("cannot be the name of a list"), "{name}");
        }
    }
}
