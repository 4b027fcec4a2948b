//! `datapackage.json`: the tables described for programs, in the words of the Data Package standard (frictionlessdata.io).
//!
//! Made from the row types alone and from what was written, so the same report has the same bytes.

use std::path::Path;

use serde::Serialize;

use super::{AtomicFile, Column, CsvOptions, Kind, Row, Table, TableInfo, rows, tables};
use crate::error::{Error, Result};

/// The description's file name.
pub(crate) const PACKAGE_FILE: &str = "datapackage.json";
const PROFILE: &str = "https://datapackage.org/profiles/2.0/";

/// Keys in which a column may be empty: over all stories. A primary key may not.
const KEYS_WITH_GAPS: [&str; 2] = [rows::TermRow::FILE, rows::EmphasisRow::FILE];

/// Columns whose every value, but the empty one, is the name of a row elsewhere. Not among them: the claims of
/// evidence.csv, which may be of an article in no story, and claims.csv has those of stories only.
const REFERENCES: [(&str, &str); 6] = [
    ("story_id", rows::StoryRow::FILE),
    ("fact_id", rows::FactRow::FILE),
    ("claim_id", rows::ClaimRow::FILE),
    ("article_id", rows::ArticleRow::FILE),
    ("article_a", rows::ArticleRow::FILE),
    ("article_b", rows::ArticleRow::FILE),
];

/// The table that a column's values are names of, and its column there.
pub(super) fn reference(table: &Table, column: &Column) -> Option<(Table, &'static str)> {
    let is_example = column.name == "example_claim_id";
    let (_, file) = REFERENCES.iter().find(|(name, _)| *name == column.name || (is_example && *name == "claim_id"))?;
    let target = tables().into_iter().find(|target| target.file == *file)?;
    let [key] = target.key else { return None };
    (target.file != table.file || *key != column.name).then_some((target, key))
}

/// Whether every value of the column is found where [`reference`] says.
fn is_complete(table: &Table, column: &Column) -> bool {
    !(table.file == rows::EvidenceRow::FILE && column.name == "claim_id")
}

#[derive(Serialize)]
struct Package {
    #[serde(rename = "$schema")]
    schema: String,
    name: &'static str,
    title: &'static str,
    description: &'static str,
    /// What wrote it; not of the standard, which allows it.
    generator: String,
    resources: Vec<Resource>,
}

#[derive(Serialize)]
struct Resource {
    #[serde(rename = "$schema")]
    kind: String,
    name: String,
    #[serde(rename = "type")]
    type_: &'static str,
    path: Paths,
    title: String,
    description: &'static str,
    format: &'static str,
    mediatype: &'static str,
    encoding: &'static str,
    dialect: Dialect,
    schema: Schema,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Paths {
    One(String),
    /// Parts, each with the heading.
    Many(Vec<String>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dialect {
    header: bool,
    delimiter: char,
    line_terminator: &'static str,
    quote_char: char,
    double_quote: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Schema {
    fields: Vec<Field>,
    missing_values: [&'static str; 1],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    primary_key: &'static [&'static str],
    /// What names a row where a part of the name may be empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unique_keys: Vec<&'static [&'static str]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    foreign_keys: Vec<ForeignKey>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Field {
    name: &'static str,
    title: String,
    #[serde(rename = "type")]
    type_: &'static str,
    /// Not of the standard, which allows it.
    #[serde(skip_serializing_if = "str::is_empty")]
    unit: &'static str,
    description: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimal_char: Option<char>,
    #[serde(skip_serializing_if = "Constraints::is_empty")]
    constraints: Constraints,
}

#[derive(Default, PartialEq, Serialize)]
struct Constraints {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<i32>,
    #[serde(rename = "enum", skip_serializing_if = "<[_]>::is_empty")]
    values: &'static [&'static str],
}

impl Constraints {
    fn is_empty(&self) -> bool {
        *self == Constraints::default()
    }
}

#[derive(Serialize)]
struct ForeignKey {
    fields: [&'static str; 1],
    reference: Reference,
}

#[derive(Serialize)]
struct Reference {
    resource: String,
    fields: [&'static str; 1],
}

/// Writes the description of the `written` tables into `dir`.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write_package(dir: &Path, written: &[TableInfo], options: CsvOptions) -> Result<()> {
    let described =
        |info: &TableInfo| Some((tables().into_iter().find(|table| table.file == info.file)?, info.clone()));
    let mut known: Vec<(Table, TableInfo)> = written.iter().filter_map(described).collect();
    // The order in which they are explained.
    known.sort_by_key(|(table, _)| tables().iter().position(|t| t.file == table.file));
    let package = Package {
        schema: format!("{PROFILE}datapackage.json"),
        name: "parallax-report",
        title: "Parallax report",
        description: "How differently news sources frame the same facts: stories, facts, claims, who states what, and \
                      contrasts. Byte offsets point into texts.jsonl; run.json says how it was made.",
        generator: format!("parallax {}", env!("CARGO_PKG_VERSION")),
        resources: known.iter().map(|(table, info)| resource(table, info, options)).collect(),
    };
    let path = dir.join(PACKAGE_FILE);
    let mut text = serde_json::to_string_pretty(&package).map_err(|error| Error::io(&path, "write", error.into()))?;
    text.push('\n');
    AtomicFile::write_whole(path, text.as_bytes())
}

/// `source_pairs` of `source_pairs.csv`.
pub(super) fn stem(file: &str) -> &str {
    file.strip_suffix(".csv").unwrap_or(file)
}

/// The name of a column or table in plain letters: `n_facts` is "number of facts".
fn title(name: &str) -> String {
    let name = name.strip_prefix("n_").map_or(name.to_owned(), |what| format!("number of {what}"));
    name.replace('_', " ")
}

fn resource(table: &Table, info: &TableInfo, options: CsvOptions) -> Resource {
    let gaps = KEYS_WITH_GAPS.contains(&table.file);
    Resource {
        kind: format!("{PROFILE}dataresource.json"),
        name: stem(table.file).to_owned(),
        type_: "table",
        path: match info.parts.as_slice() {
            [one] => Paths::One(one.clone()),
            parts => Paths::Many(parts.to_vec()),
        },
        title: title(stem(table.file)),
        description: table.about,
        format: "csv",
        mediatype: "text/csv",
        encoding: "utf-8",
        dialect: Dialect {
            header: true,
            delimiter: options.delimiter.into(),
            line_terminator: "\r\n",
            quote_char: '"',
            double_quote: true,
        },
        schema: Schema {
            fields: table.columns.iter().map(|column| field(column, options)).collect(),
            missing_values: [""],
            primary_key: if gaps { &[] } else { table.key },
            unique_keys: if gaps { vec![table.key] } else { Vec::new() },
            foreign_keys: table.columns.iter().filter_map(|column| foreign_key(table, column)).collect(),
        },
    }
}

fn foreign_key(table: &Table, column: &Column) -> Option<ForeignKey> {
    let (target, key) = reference(table, column).filter(|_| is_complete(table, column))?;
    let reference = Reference { resource: stem(target.file).to_owned(), fields: [key] };
    Some(ForeignKey { fields: [column.name], reference })
}

fn field(column: &Column, options: CsvOptions) -> Field {
    let type_ = match column.kind {
        Kind::Text | Kind::Id => "string",
        Kind::Date => "date",
        Kind::Integer => "integer",
        Kind::Number | Kind::Probability => "number",
    };
    let (minimum, maximum) = bounds(column);
    Field {
        name: column.name,
        title: title(column.name),
        type_,
        unit: column.unit,
        description: column.description,
        decimal_char: (type_ == "number" && options.decimal != '.').then_some(options.decimal),
        constraints: Constraints { required: column.required, minimum, maximum, values: column.values },
    }
}

/// Lowest and highest value that can occur, where the unit says so: counts and offsets are not negative, ranks begin
/// at 1, "score 0 to 1" is what it says. A difference of two scores may be twice as far.
fn bounds(column: &Column) -> (Option<i32>, Option<i32>) {
    match column.kind {
        Kind::Integer if ["rank", "claim", "line"].contains(&column.unit) => (Some(1), None),
        Kind::Integer => (Some(0), None),
        Kind::Number | Kind::Probability if column.name != "difference" => {
            let range = column.unit.rsplit_once(" to ").and_then(|(before, high)| {
                let low = before.rsplit(' ').next()?;
                Some((low.parse().ok()?, high.parse().ok()?))
            });
            range.unzip()
        }
        _ => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn written(options: CsvOptions) -> Value {
        let dir = tempfile::tempdir().unwrap();
        let info = |table: &Table| {
            let second = (table.file == "claims.csv").then(|| "claims-2.csv".to_owned());
            let parts = std::iter::once(table.file.to_owned()).chain(second).collect();
            TableInfo { file: table.file.into(), rows: 0, parts }
        };
        write_package(dir.path(), &tables().iter().map(info).collect::<Vec<_>>(), options).unwrap();
        serde_json::from_slice(&std::fs::read(dir.path().join(PACKAGE_FILE)).unwrap()).unwrap()
    }

    #[test]
    fn a_program_learns_types_units_ranges_and_how_tables_belong_together() {
        let package = written(CsvOptions { delimiter: b';', decimal: ',', bom: true });
        let resources = package["resources"].as_array().unwrap();
        assert_eq!(resources.len(), tables().len());
        let find = |name: &str| resources.iter().find(|r| r["name"] == name).unwrap();
        let claims = find("claims");
        assert_eq!(claims["path"], json!(["claims.csv", "claims-2.csv"]));
        assert_eq!(claims["dialect"]["delimiter"], ";");
        let field = |table: &str, name: &str| {
            let fields = find(table)["schema"]["fields"].as_array().unwrap();
            fields.iter().find(|f| f["name"] == name).unwrap().clone()
        };
        let score = field("claims", "match_score");
        assert_eq!((&score["type"], &score["decimalChar"]), (&json!("number"), &json!(",")));
        assert_eq!(score["constraints"], json!({ "minimum": 0, "maximum": 1 }));
        assert_eq!(field("claims", "voice")["constraints"], json!({ "enum": ["own", "quoted", "reported"] }));
        assert_eq!(field("claims", "position")["constraints"], json!({ "required": true, "minimum": 1 }));
        assert_eq!(field("targets", "difference").get("constraints"), None);
        assert_eq!(field("articles", "date")["type"], "date");

        let keys = |table: &str| find(table)["schema"]["foreignKeys"].to_string();
        assert!(
            keys("claims").contains(r#"{"fields":["fact_id"],"reference":{"resource":"facts","fields":["fact_id"]}}"#)
                || keys("claims")
                    .contains(r#"{"fields":["fact_id"],"reference":{"fields":["fact_id"],"resource":"facts"}}"#)
        );
        assert!(keys("evidence").contains("articles") && !keys("evidence").contains("claims"));
        assert!(!keys("stories").contains("stories"));
        assert_eq!(find("contrasts")["schema"]["primaryKey"], json!(["story_id", "source", "measure"]));
        assert_eq!(find("terms")["schema"]["uniqueKeys"], json!([["story_id", "source", "term"]]));
        assert_eq!(find("terms")["schema"].get("primaryKey"), None, "the story may be empty");
    }
}
