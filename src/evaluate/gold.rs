//! Gold labels of claims from the user's files. The reader of stories is [`crate::stories::GivenStories`].

use super::facts::{GoldMention, bare};
use crate::corpus::{TableFile, normalise_id};
use crate::{Error, Result};

/// Usual names of the columns with the article's id, the event or fact, and the sentence; best first.
const COLUMNS: [&[&str]; 3] =
    [&["id", "article_id", "uuid"], &["event", "event_id", "fact", "fact_id"], &["sentence", "text"]];

/// Reads the mentions in a table with columns `id`, `event` and `sentence` (or `article_id`; `fact`; `text`).
///
/// # Errors
/// [`Error::Io`] or [`Error::Input`]: a file or column that is not there, a row without a value, no row at all.
pub fn read_gold_claims(path: &str) -> Result<Vec<GoldMention>> {
    let file = TableFile::open(path)?;
    let mut mentions = Vec::new();
    for (row, record) in file.rows_by(&COLUMNS)?.zip(1..) {
        let mut row = row?.into_iter();
        let cells = COLUMNS.map(|_| row.next().unwrap_or_default().trim().to_owned());
        if let Some(empty) = cells.iter().position(String::is_empty) {
            let reason = format!("record {record}: column \"{}\" is empty", COLUMNS[empty][0]);
            let remedy = "fill it, or remove the row: what has no label counts as unlabelled";
            return Err(Error::input(path, reason, remedy));
        }
        let [id, event, sentence] = cells;
        if bare(&sentence).is_empty() {
            let reason = format!("record {record}: the sentence has no letter or digit: {sentence}");
            return Err(Error::input(path, reason, "remove the row, or give the sentence as it stands in the article"));
        }
        mentions.push(GoldMention { article: normalise_id(&id), event, sentence });
    }
    if mentions.is_empty() {
        return Err(Error::input(path, "there is no row in it", "give a row for each labelled sentence"));
    }
    Ok(mentions)
}

/// A person's yes or no: `Some(None)` for an empty cell, `None` for one that cannot be understood.
pub(crate) fn answer(cell: &str) -> Option<Option<bool>> {
    match cell.trim().to_lowercase().as_str() {
        "" => Some(None),
        "1" | "1.0" | "1,0" | "yes" | "y" | "true" => Some(Some(true)),
        "0" | "0.0" | "0,0" | "no" | "n" | "false" => Some(Some(false)),
        _ => None,
    }
}
