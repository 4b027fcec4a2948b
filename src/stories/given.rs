//! Stories that the user gives: in place of those that would be found, or to compare a report with.

use std::collections::BTreeMap;

use crate::corpus::{Article, TableFile, normalise_id};
use crate::{Error, Result};

/// Names of the column with the article's id, best first.
const ARTICLE: [&str; 3] = ["article_id", "id", "uuid"];
/// Names of the column with the story.
const STORY: [&str; 5] = ["story", "story_id", "event", "cluster", "topic"];
/// How a file must look, for messages.
const REMEDY: &str = "give a table (CSV, TSV or JSONL) with the columns article_id and story";

/// The story of each article, as a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenStories {
    label: String,
    notes: Vec<String>,
    /// Article id -> the user's name of its story and the number of the record that says so. Empty names are left out.
    story_of: BTreeMap<String, (String, u64)>,
}

/// A story as given: its name and its articles (indices, sorted; at least two).
pub(crate) type GivenGroup = (String, Vec<usize>);

impl GivenStories {
    /// Reads a table with a column `article_id`, `id` or `uuid`, and one `story`, `story_id`, `event`, `cluster` or `topic`; case
    /// and `_-. ` do not matter, other columns are passed over. An article without a story stands alone, as one that is
    /// not listed. `articles.csv` of a report is such a table.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Input`] when a column is missing, a row cannot be read, an article has two stories, or no
    /// article has one.
    pub fn open(path: &str) -> Result<Self> {
        let table = TableFile::open(path)?;
        let article = table.column_of(&ARTICLE, "article id", REMEDY)?;
        let story = table.column_of(&STORY, "story", REMEDY)?;
        let mut story_of = BTreeMap::<String, (String, u64)>::new();
        for (row, record) in table.rows(&[article.as_str(), story.as_str()])?.zip(1..) {
            let row = row?;
            let (id, name) = (normalise_id(&row[0]), row[1].trim());
            if id.is_empty() && !name.is_empty() {
                let reason = format!("record {record}, field {article}: story \"{name}\" has an article without an id");
                return Err(Error::input(table.label(), reason, "write the id, or remove this row"));
            }
            if name.is_empty() {
                continue;
            }
            match story_of.get(&id) {
                Some((first, earlier)) if first != name => {
                    let reason = format!(
                        "record {record}, field {story}: article \"{id}\" is in story \"{name}\", but in story \"{first}\" \
                         in record {earlier}"
                    );
                    return Err(Error::input(
                        table.label(),
                        reason,
                        "an article has one story: remove one of the rows",
                    ));
                }
                Some(_) => {}
                None => {
                    story_of.insert(id, (name.to_owned(), record));
                }
            }
        }
        if story_of.is_empty() {
            return Err(Error::input(table.label(), "gives no article a story", REMEDY));
        }
        Ok(GivenStories { label: table.label().to_owned(), notes: table.warnings().to_vec(), story_of })
    }

    /// The user's name of the story of each article, by article id.
    pub(crate) fn into_names(self) -> BTreeMap<String, String> {
        self.story_of.into_iter().map(|(id, (story, _))| (id, story)).collect()
    }

    /// The given stories of these articles (sorted by id), by name, and what the user should know: listed articles that
    /// are not there, and stories of which fewer than two are.
    ///
    /// # Errors
    /// [`Error::Input`] when none of the listed articles is there: the ids are those of something else.
    pub(crate) fn groups(&self, articles: &[Article]) -> Result<(Vec<GivenGroup>, Vec<String>)> {
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut missing = Vec::new();
        for (id, (story, record)) in &self.story_of {
            let members = groups.entry(story).or_default();
            match articles.binary_search_by(|article| article.id.as_str().cmp(id)) {
                Ok(index) => members.push(index),
                Err(_) => missing.push((*record, id)),
            }
        }
        let listed = self.story_of.len();
        if missing.len() == listed {
            let example = articles.first().map(|a| a.id.as_str()).unwrap_or_default();
            let first = missing.iter().min().map(|(_, id)| id.as_str()).unwrap_or_default();
            return Err(Error::input(
                &self.label,
                format!(
                    "none of its {listed} articles (\"{first}\", ...) is among those analysed (\"{example}\", ...)"
                ),
                "write the ids of the input; where it has none, they are in articles.csv of a report",
            ));
        }
        let mut warnings = self.notes.clone();
        if let Some((record, id)) = missing.iter().min() {
            warnings.push(format!(
                "{}: {} of {listed} listed articles are not among those analysed (first record {record}: \"{id}\")",
                self.label,
                missing.len()
            ));
        }
        let few: Vec<&str> = groups.iter().filter(|(_, members)| members.len() < 2).map(|(name, _)| *name).collect();
        if let Some(first) = few.first() {
            warnings.push(format!(
                "{}: {} of {} stories have fewer than two of the articles and are left out (first \"{first}\")",
                self.label,
                few.len(),
                groups.len()
            ));
        }
        let groups = groups.into_iter().filter(|(_, members)| members.len() > 1);
        Ok((groups.map(|(name, members)| (name.to_owned(), members)).collect(), warnings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;

    fn given(name: &str, content: &str) -> Result<GivenStories> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        GivenStories::open(&path.display().to_string())
    }

    fn articles(ids: &[&str]) -> Vec<Article> {
        let article = |id: &&str| Article {
            id: (*id).to_owned(),
            source: "Gazette".into(),
            date: None,
            title: String::new(),
            url: String::new(),
            language: String::new(),
            body: "Text.".into(),
            kept: vec![Span::new(0, 5)],
            headline_only: false,
        };
        ids.iter().map(article).collect()
    }

    #[test]
    fn columns_are_found_by_their_usual_names_in_every_format() {
        let here = articles(&["a", "b", "c", "d"]);
        let expected = vec![("Flood".to_owned(), vec![0, 2])];
        for (name, content) in [
            ("g.csv", "\u{feff}Article-ID;title;Story ID\r\na;x;Flood\r\nc;y;Flood\r\nb;z;\r\n"),
            ("g.tsv", "event\tid\nFlood\ta\nFlood\tc\nFlood\ta\n"),
            ("g.jsonl", "{\"id\":\"a\",\"topic\":\"Flood\"}\n{\"id\":\"c\",\"topic\":\"Flood\"}\n"),
        ] {
            let (groups, warnings) = given(name, content).unwrap().groups(&here).unwrap();
            assert_eq!((groups, warnings), (expected.clone(), vec![]), "{name}");
        }
    }

    #[test]
    fn what_is_not_there_is_counted_and_named() {
        let given = given("g.csv", "id,story\nz,Flood\na,Flood\nb,Vote\ny,Vote\nc,Flood\n").unwrap();
        let (groups, warnings) = given.groups(&articles(&["a", "b", "c"])).unwrap();
        assert_eq!(groups, [("Flood".to_owned(), vec![0, 2])]);
        assert!(
            warnings[0].contains("2 of 5 listed articles") && warnings[0].contains("record 1: \"z\""),
            "{warnings:?}"
        );
        assert!(warnings[1].contains("1 of 2 stories") && warnings[1].contains("\"Vote\""), "{warnings:?}");
        let error = given.groups(&articles(&["x1"])).unwrap_err().to_string();
        assert!(error.contains("none of its 5 articles (\"z\", ...)") && error.contains("\"x1\""), "{error}");
    }
}
