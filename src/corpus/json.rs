//! JSON lines; also an array of objects, objects spread over several lines, or an object that holds the array.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

/// An object, or why there is none.
#[derive(Debug)]
pub(super) enum Row {
    Good { record: u64, line: Option<u64>, value: Value },
    Bad { record: u64, line: Option<u64>, reason: String },
}

/// Keys under which services put their list of articles.
const LISTS: [&str; 8] = ["articles", "stories", "items", "results", "data", "docs", "hits", "records"];

/// Whether a text looks like JSON.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Half characters (`\ud83d` alone, where somebody has cut an emoji in two) become the replacement character: Python and
/// JavaScript write them, and an article is not lost over them. The length stays.
fn whole_characters(text: &str) -> Cow<'_, str> {
    /// An escape: a pair of halves, a half, or any other.
    static ESCAPE: LazyLock<std::result::Result<Regex, regex::Error>> = LazyLock::new(|| {
        Regex::new(
            r"(?s)\\(?:u[dD][89abAB][[:xdigit:]]{2}\\u[dD][c-fC-F][[:xdigit:]]{2}|(u[dD][89a-fA-F][[:xdigit:]]{2})|.)",
        )
    });
    match &*ESCAPE {
        Ok(escape) if text.contains("\\ud") || text.contains("\\uD") => {
            escape.replace_all(text, |found: &Captures<'_>| match found.get(1) {
                Some(_) => "\\ufffd".to_owned(),
                None => found[0].to_owned(),
            })
        }
        _ => Cow::Borrowed(text),
    }
}

/// Reads every object until `each` has enough; `each` also gets the number of bytes read.
pub(super) fn read(text: &str, mut each: impl FnMut(Row, usize) -> ControlFlow<()>) {
    let _ = rows(text, &mut each);
}

fn rows(text: &str, each: &mut impl FnMut(Row, usize) -> ControlFlow<()>) -> ControlFlow<()> {
    let text = &*whole_characters(text);
    let first_line = text.trim_start().lines().next().unwrap_or_default();
    let is_list = text.trim_start().starts_with('[');
    if (is_list || serde_json::from_str::<Value>(first_line.trim()).is_err())
        && let Some(values) = whole(text)
    {
        for (index, value) in values.into_iter().enumerate() {
            each(object(index as u64 + 1, None, value), text.len())?;
        }
        return ControlFlow::Continue(());
    }
    let (mut record, mut at) = (0, 0);
    let single = !is_list && text.trim().lines().nth(1).is_none();
    for (index, raw) in text.split_inclusive('\n').enumerate() {
        at += raw.len();
        let mut line = raw.trim();
        if is_list {
            // A broken array with an object a line: save what can be saved.
            line = line.trim_start_matches('[').trim_end_matches(',').trim_end();
            line = if line.starts_with(']') || line.ends_with("]") && serde_json::from_str::<Value>(line).is_err() {
                line[..line.len() - 1].trim_end()
            } else {
                line
            };
        }
        if line.is_empty() {
            continue;
        }
        let number = Some(index as u64 + 1);
        match serde_json::from_str::<Value>(line) {
            Ok(Value::Object(mut map)) if single => match list_inside(&mut map) {
                Some(values) => {
                    for value in values {
                        record += 1;
                        each(object(record, number, value), at)?;
                    }
                }
                None => each(object(1, number, Value::Object(map)), at)?,
            },
            Ok(value) => {
                record += 1;
                each(object(record, number, value), at)?;
            }
            Err(error) => {
                record += 1;
                each(Row::Bad { record, line: number, reason: format!("not a JSON object: {}", cause(&error)) }, at)?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// The parser's words without its own line number (ours is in the row).
fn cause(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => format!("{} (column {})", &text[..at], error.column()),
        None => text,
    }
}

fn object(record: u64, line: Option<u64>, value: Value) -> Row {
    match value {
        Value::Object(_) => Row::Good { record, line, value },
        other => {
            let kind = match other {
                Value::Array(_) => "a list",
                Value::String(_) => "a string",
                Value::Null => "null",
                _ => "a number or truth value",
            };
            Row::Bad { record, line, reason: format!("{kind} where an object {{...}} is expected") }
        }
    }
}

/// The whole text as one list, or as objects in a row; `None` if any of it is not JSON.
fn whole(text: &str) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        values.push(value.ok()?);
    }
    if values.len() == 1 {
        match values.pop()? {
            Value::Array(list) => return Some(list),
            Value::Object(mut map) => values = list_inside(&mut map).unwrap_or_else(|| vec![Value::Object(map)]),
            other => values.push(other),
        }
    }
    Some(values)
}

fn list_inside(map: &mut serde_json::Map<String, Value>) -> Option<Vec<Value>> {
    let key = LISTS.into_iter().find(|key| {
        map.get(*key).and_then(Value::as_array).is_some_and(|list| list.first().is_some_and(Value::is_object))
    })?;
    match map.remove(key) {
        Some(Value::Array(list)) => Some(list),
        _ => None,
    }
}

/// The value at a dotted path (`source.name`, `authors.0.name`); a key that itself holds dots goes first.
pub(super) fn at_path<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if let Some(found) = value.get(path) {
        return Some(found);
    }
    match value {
        Value::Array(list) => {
            let (head, tail) = path.split_once('.')?;
            at_path(list.get(head.parse::<usize>().ok()?)?, tail)
        }
        // By the keys that there are, not by the dots of the path: a key may be of a million dots.
        Value::Object(map) => {
            map.iter().find_map(|(key, inner)| at_path(inner, path.strip_prefix(key.as_str())?.strip_prefix('.')?))
        }
        _ => None,
    }
}

/// A value as the text of a cell: lists are paragraphs, an object speaks through its name or text.
pub(super) fn as_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(list) => list.iter().map(as_text).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n"),
        Value::Object(map) => ["name", "title", "text", "value", "#text", "rendered", "id", "@id"]
            .iter()
            .find_map(|key| map.get(*key))
            .map(as_text)
            .unwrap_or_default(),
    }
}

/// The keys of an object, with one level of inner keys in dotted form.
pub(super) fn keys(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (key, inner) in value.as_object().into_iter().flatten() {
        found.push(key.clone());
        found.extend(inner.as_object().into_iter().flatten().map(|(name, _)| format!("{key}.{name}")));
    }
    found
}

/// The keys of an object that are columns of a table: without those inside, and those that would look like them.
pub(super) fn columns(value: &Value) -> Vec<String> {
    value.as_object().into_iter().flatten().map(|(key, _)| key).filter(|key| !key.contains('.')).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::testing::takes_linear_time;
    use proptest::prelude::*;

    /// Record, line and reason.
    type Bad = (u64, Option<u64>, String);

    fn rows(text: &str) -> (Vec<String>, Vec<Bad>) {
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        read(text, |row, _| {
            match row {
                Row::Good { value, .. } => good.push(at_path(&value, "a").map(as_text).unwrap_or_default()),
                Row::Bad { record, line, reason } => bad.push((record, line, reason)),
            }
            ControlFlow::Continue(())
        });
        (good, bad)
    }

    #[test]
    fn every_layout_of_objects_is_read() {
        for text in [
            "{\"a\":\"x\"}\n{\"a\":\"y\"}\n",
            "[{\"a\":\"x\"},{\"a\":\"y\"}]",
            "[\n{\"a\":\"x\"},\n{\"a\":\"y\"}\n]\n",
            "{\n \"a\": \"x\"\n}\n{\n \"a\": \"y\"\n}\n",
            "{\"status\":\"ok\",\"articles\":[{\"a\":\"x\"},{\"a\":\"y\"}]}",
            "{\n\"articles\": [{\"a\":\"x\"},\n{\"a\":\"y\"}]}",
            "\n{\"a\":\"x\"}\r\n\r\n{\"a\":\"y\"}",
        ] {
            let (good, bad) = rows(text);
            assert_eq!(good, ["x", "y"], "{text}");
            assert!(bad.is_empty(), "{text} {bad:?}");
        }
    }

    #[test]
    fn a_bad_line_costs_itself_only() {
        let (good, bad) = rows("{\"a\":\"x\"}\n{\"a\":\n{\"a\":\"\\u12\"}\n[1]\n{\"a\":\"y\"}\n");
        assert_eq!(good, ["x", "y"]);
        assert_eq!(bad.iter().map(|b| (b.0, b.1)).collect::<Vec<_>>(), [(2, Some(2)), (3, Some(3)), (4, Some(4))]);
        assert!(bad[1].2.contains("escape"), "{bad:?}");
        let (good, bad) = rows("[\n{\"a\":\"x\"},\n{\"a\":},\n{\"a\":\"y\"}\n]");
        assert_eq!((good.len(), bad.len()), (2, 1), "{bad:?}");
    }

    #[test]
    fn half_a_character_costs_no_record() {
        for (json, text) in [
            (r"cut \ud83d", "cut \u{fffd}"),
            (r"\uDFFF\uD83C\uDF09 bridge", "\u{fffd}\u{1f309} bridge"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\ud83d\ud83c\udf09", "\u{fffd}\u{1f309}"),
            (r"a path: \\ud800", r"a path: \ud800"),
        ] {
            let (good, bad) = rows(&format!("{{\"a\":\"{json}\"}}\n"));
            assert_eq!((good, bad.len()), (vec![text.to_owned()], 0), "{json}");
        }
    }

    #[test]
    fn cells_come_from_dotted_paths_lists_and_objects() {
        let value: Value =
            serde_json::from_str(r#"{"s":{"name":"CNN","x":[{"y":1}]},"p.q":2,"l":["a","b"],"n":null}"#).unwrap();
        let text = |path| at_path(&value, path).map(as_text);
        assert_eq!(text("s.name").as_deref(), Some("CNN"));
        assert_eq!(text("s").as_deref(), Some("CNN"));
        assert_eq!(text("s.x.0.y").as_deref(), Some("1"));
        assert_eq!(text("p.q").as_deref(), Some("2"));
        assert_eq!(text("l").as_deref(), Some("a\n\nb"));
        assert_eq!(text("n").as_deref(), Some(""));
        assert_eq!(text("nope.x"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[\\[\\]{}\":,a1\n\\\\ud8]{0,60}") { rows(&text); }
    }

    #[test]
    fn hostile_text_takes_linear_time() {
        for unit in ["[", "{\"a\":", "{", "[\n", "{\n", "{}\n", "\"", "]\n", "{\"a\":1}", "[{}]\n", "{\"a\":\"\\u00"] {
            takes_linear_time("", unit, |text| drop(rows(text)));
        }
    }
}
