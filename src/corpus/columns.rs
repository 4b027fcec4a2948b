//! Which column is which.

use std::fmt;

/// A property of an article that a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The user's identifier.
    Id,
    /// The outlet.
    Source,
    /// Date of publication.
    Date,
    /// The headline.
    Title,
    /// The address.
    Url,
    /// The text.
    Body,
}

impl Field {
    /// All fields.
    pub const ALL: [Field; 6] = [Field::Id, Field::Source, Field::Date, Field::Title, Field::Url, Field::Body];

    /// The names by which the field is found, best first, in [`simple`] form.
    fn names(self) -> &'static [&'static str] {
        match self {
            Field::Id => &["id", "uuid", "articleid"],
            Field::Source => {
                &["source", "sourcename", "outlet", "publisher", "medianame", "sourcedomain", "domain", "site"]
            }
            Field::Date => {
                &["date", "published", "publishdate", "publishedat", "datepublish", "datepublished", "pubdate"]
            }
            Field::Title => &["title", "headline"],
            Field::Url => &["url", "link"],
            Field::Body => &["body", "text", "content", "contentoriginal", "article", "articlebody", "maintext"],
        }
    }

    /// The name in messages and in `--columns`.
    pub fn name(self) -> &'static str {
        match self {
            Field::Id => "id",
            Field::Source => "source",
            Field::Date => "date",
            Field::Title => "title",
            Field::Url => "url",
            Field::Body => "body",
        }
    }

    /// The field that a column of this name holds.
    ///
    /// ```
    /// use parallax::corpus::Field;
    /// assert_eq!(Field::of("Media-Name"), Some(Field::Source));
    /// ```
    pub fn of(name: &str) -> Option<Field> {
        let simple = simple(name);
        Field::ALL.into_iter().find(|field| field.names().contains(&simple.as_str()))
    }

    /// The best of several columns for this field: its index.
    pub(super) fn find(self, simple_names: &[String]) -> Option<usize> {
        self.names().iter().find_map(|name| simple_names.iter().position(|column| column == name))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A column name without case and `_-. `.
pub(super) fn simple(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | '.' | ' ' | '\u{feff}')).flat_map(char::to_lowercase).collect()
}

/// The index of the column called `name`: exactly, else in simple form.
pub(super) fn position(columns: &[String], name: &str) -> Option<usize> {
    columns
        .iter()
        .position(|column| column == name)
        .or_else(|| columns.iter().position(|column| simple(column) == simple(name)))
}

/// A short list of column names for messages.
pub(super) fn listed(columns: &[String]) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> = columns.iter().take(MOST).map(|c| c.chars().take(40).collect()).collect();
    let rest = columns.len().saturating_sub(MOST);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    if shown.is_empty() { "none".into() } else { format!("{}{more}", shown.join(", ")) }
}
