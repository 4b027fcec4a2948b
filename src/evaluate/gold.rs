//! Gold labels from the user's files.

use std::collections::BTreeMap;

use super::facts::bare;
use crate::corpus::{TableFile, normalise_id};
use crate::{Error, Result};

/// Names of the column with the article's id, best first.
const ID: &[&str] = &["id", "article_id", "uuid"];
/// Names of the column with the story.
const STORY: &[&str] = &["story", "story_id"];
/// Names of the column with the event or fact.
const EVENT: &[&str] = &["event", "event_id", "fact", "fact_id"];
/// Names of the column with the sentence.
const SENTENCE: &[&str] = &["sentence", "text"];

/// A sentence that mentions an event; of several events it has several mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The article's id.
    pub article: String,
    /// The event, by a name that no other event of the file has.
    pub event: String,
    /// The sentence, verbatim.
    pub sentence: String,
}

/// The story of each article in a table with columns `id` and `story` (or `article_id`, `story_id`).
///
/// # Errors
/// [`Error::Io`] or [`Error::Input`]: a file or column that is not there, a row without a value, an article in two
/// stories, no row at all.
pub fn read_gold_stories(path: &str) -> Result<BTreeMap<String, String>> {
    let mut stories: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for (index, row) in rows(path, [ID, STORY])?.into_iter().enumerate() {
        let [id, story] = row;
        match stories.get(&id) {
            Some((other, before)) if *other != story => {
                return Err(Error::input(
                    path,
                    format!(
                        "record {}: article {id} is in story {story}, and in record {before} in {other}",
                        index + 1
                    ),
                    "an article belongs to one story: keep one of the two rows",
                ));
            }
            Some(_) => {}
            None => drop(stories.insert(id, (story, index + 1))),
        }
    }
    Ok(stories.into_iter().map(|(id, (story, _))| (id, story)).collect())
}

/// The mentions in a table with columns `id`, `event` and `sentence` (or `article_id`; `fact`; `text`).
///
/// # Errors
/// [`Error::Io`] or [`Error::Input`]: a file or column that is not there, a row without a value, no row at all.
pub fn read_gold_claims(path: &str) -> Result<Vec<Mention>> {
    let mut mentions = Vec::new();
    for (index, [article, event, sentence]) in rows(path, [ID, EVENT, SENTENCE])?.into_iter().enumerate() {
        if bare(&sentence).is_empty() {
            let reason = format!("record {}: the sentence has no letter or digit: {sentence}", index + 1);
            return Err(Error::input(path, reason, "remove the row, or give the sentence as it stands in the article"));
        }
        mentions.push(Mention { article, event, sentence });
    }
    Ok(mentions)
}

/// The cells of the columns that go by one of the names, none of them empty. The first is an article's id.
fn rows<const N: usize>(path: &str, columns: [&[&str]; N]) -> Result<Vec<[String; N]>> {
    let file = TableFile::open(path)?;
    let mut found = Vec::new();
    for (index, row) in file.rows_by(&columns)?.enumerate() {
        let mut row = row?.into_iter();
        let mut cells = columns.map(|_| row.next().unwrap_or_default().trim().to_owned());
        cells[0] = normalise_id(&cells[0]);
        if let Some(empty) = cells.iter().position(String::is_empty) {
            let reason = format!("record {}: column \"{}\" is empty", index + 1, columns[empty][0]);
            return Err(Error::input(
                path,
                reason,
                "fill it, or remove the row: what has no label counts as unlabelled",
            ));
        }
        found.push(cells);
    }
    if found.is_empty() {
        return Err(Error::input(path, "there is no row in it", format!("give a row for each {}", what(N))));
    }
    Ok(found)
}

/// A person's yes or no: `Some(None)` for an empty cell, `None` for one that cannot be understood.
pub fn answer(cell: &str) -> Option<Option<bool>> {
    match cell.trim().to_lowercase().as_str() {
        "" => Some(None),
        "1" | "1.0" | "1,0" | "yes" | "y" | "true" => Some(Some(true)),
        "0" | "0.0" | "0,0" | "no" | "n" | "false" => Some(Some(false)),
        _ => None,
    }
}

fn what(columns: usize) -> &'static str {
    if columns == 2 { "labelled article" } else { "labelled sentence" }
}
