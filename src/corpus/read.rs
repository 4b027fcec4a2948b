//! Files to records, records to articles, articles to the corpus.

use super::columns::{self, Field};
use super::date::{Reading, read_date};
use super::decode::{Content, decode};
use super::delimited::{Row, Rows};
use super::input::{self, InputFile, Layout};
use super::normalise::{self, Cells, content_hash};
use super::{Article, Corpus, LanguagePolicy, OnDuplicate, ReadOptions, Rejected, SourceFile, json, text_file};
use crate::{Error, Result};
use rayon::prelude::*;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// Records that are normalised together, in parallel: so many, or so many bytes.
const BATCH: usize = 2_000;
const BATCH_BYTES: usize = 64 << 20;
/// Records of a JSON file whose keys are named in messages.
const KEYS_FROM: usize = 100;

/// Bytes on disk that [`read`] will report; standard input counts 0.
///
/// # Errors
/// A missing or unreadable input.
pub fn size(options: &ReadOptions) -> Result<u64> {
    Ok(input::resolve(&options.inputs, options.max_bytes)?.files.iter().map(|file| file.size).sum())
}

/// Reads all inputs. `observer` gets the number of bytes (on disk) read so far.
///
/// # Errors
/// A missing or unreadable input, an input without a text column, or no record at all. A bad record is no error: it is
/// in [`Corpus::rejected`].
pub fn read(options: &ReadOptions, observer: &mut dyn FnMut(u64)) -> Result<Corpus> {
    let inputs = input::resolve(&options.inputs, options.max_bytes)?;
    let mut reader = Reader {
        options,
        text_ids: input::text_ids(&inputs.files),
        labels: inputs.files.iter().map(|file| file.label.clone()).collect(),
        pending: Vec::new(),
        pending_bytes: 0,
        found: Vec::new(),
        rejected: Vec::new(),
        filtered: 0,
        notes: Notes::default(),
    };
    for skipped in &inputs.skipped {
        reader.notes.add("passed over", skipped, 0, "");
    }
    let (mut done, mut empty, mut files) = (0, Vec::new(), Vec::new());
    for (index, file) in inputs.files.iter().enumerate() {
        let before = reader.records();
        let (bytes, blake3) =
            reader.file(index, file, &mut |share| observer(done + (file.size as f64 * share) as u64))?;
        done += file.size;
        observer(done);
        let records = reader.records() - before;
        if records == 0 {
            empty.push(file.label.as_str());
        }
        files.push(SourceFile { label: file.label.clone(), bytes, blake3, records: records as u64 });
    }
    reader.flush();
    if reader.records() == 0 {
        let mut hint = "give a file with a header and at least one record, or a folder of .txt files".to_owned();
        if let Some(note) = reader.notes.lines().first() {
            hint.push_str(&format!("; {note}"));
        }
        let label = empty.first().map_or_else(|| options.inputs.join(" "), |label| (*label).to_owned());
        return Err(Error::input(label, "holds no records", hint));
    }
    for label in empty {
        reader.notes.add("holds no records", label, 0, "");
    }
    Ok(Corpus { files, ..reader.finish() })
}

/// Warnings, gathered by what they say.
#[derive(Default)]
struct Notes(BTreeMap<String, Note>);

struct Note {
    count: u64,
    place: (String, u64),
    example: String,
}

impl Notes {
    fn add(&mut self, message: &str, file: &str, record: u64, example: &str) {
        let place = (file.to_owned(), record);
        let example: String = example.chars().take(60).collect();
        match self.0.get_mut(message) {
            Some(note) => {
                note.count += 1;
                if place < note.place {
                    (note.place, note.example) = (place, example);
                }
            }
            None => {
                self.0.insert(message.to_owned(), Note { count: 1, place, example });
            }
        }
    }

    fn lines(&self) -> Vec<String> {
        let line = |(message, note): (&String, &Note)| {
            let place = match &note.place {
                (file, 0) => file.clone(),
                (file, record) => format!("{file}, record {record}"),
            };
            let example = if note.example.is_empty() { String::new() } else { format!(": \"{}\"", note.example) };
            match note.count {
                1 => format!("{message} ({place}{example})"),
                count => format!("{message}, {count} times (first {place}{example})"),
            }
        };
        self.0.iter().map(line).collect()
    }
}

/// A record as the file has it.
struct Raw {
    file: usize,
    record: u64,
    line: Option<u64>,
    cells: Cells,
}

/// An article and where it came from.
struct Found {
    article: Article,
    content: [u8; 32],
    file: usize,
    record: u64,
    line: Option<u64>,
}

struct Reader<'o> {
    options: &'o ReadOptions,
    text_ids: BTreeMap<String, String>,
    labels: Vec<String>,
    pending: Vec<Raw>,
    pending_bytes: usize,
    found: Vec<Found>,
    rejected: Vec<Rejected>,
    filtered: usize,
    notes: Notes,
}

impl Reader<'_> {
    /// Records seen so far.
    fn records(&self) -> usize {
        self.pending.len() + self.found.len() + self.rejected.len() + self.filtered
    }

    /// The field that is analysed.
    fn needed(&self) -> Field {
        if self.options.headlines { Field::Title } else { Field::Body }
    }

    fn reject(&mut self, file: usize, record: u64, line: Option<u64>, field: &str, reason: impl Into<String>) {
        let (file, field, reason) = (self.labels[file].clone(), field.to_owned(), reason.into());
        self.rejected.push(Rejected { file, record, line, field, reason });
    }

    fn push(&mut self, raw: Raw) {
        self.pending_bytes += raw.cells.get(Field::Body).len();
        self.pending.push(raw);
        if self.pending.len() >= BATCH || self.pending_bytes >= BATCH_BYTES {
            self.flush();
        }
    }

    /// Reads a file. Answers the number and the hash of the bytes that were read: by now others may stand there.
    fn file(&mut self, index: usize, file: &InputFile, progress: &mut dyn FnMut(f64)) -> Result<(u64, String)> {
        let bytes = match file.bytes(self.options.max_bytes) {
            Ok(bytes) => bytes,
            // Somewhere in a folder: the rest is worth having.
            Err(Error::Io { source, .. }) if !file.named => {
                self.reject(index, 0, None, "", format!("cannot be read: {source}"));
                return Ok((0, String::new()));
            }
            Err(error) => return Err(error),
        };
        let read = match file.path {
            Some(_) => (bytes.len() as u64, blake3::hash(&bytes).to_hex().to_string()),
            None => (0, String::new()),
        };
        self.content(index, file, bytes, progress)?;
        Ok(read)
    }

    fn content(&mut self, index: usize, file: &InputFile, bytes: Vec<u8>, progress: &mut dyn FnMut(f64)) -> Result<()> {
        let content = match decode(bytes, self.options.max_bytes) {
            Ok(content) => content,
            Err(reason) => {
                self.reject(index, 0, None, "", reason);
                return Ok(());
            }
        };
        for note in &content.notes {
            self.notes.add(note, &file.label, 0, "");
        }
        if content.text.trim().is_empty() && content.damage.is_none() {
            return Ok(());
        }
        let before = self.records();
        let last = match self.layout(file, &content.text) {
            Layout::Json => self.json(index, file, &content, progress)?,
            Layout::Text => self.text(index, file, &content),
            _ => self.delimited(index, file, &content, progress)?,
        };
        if let Some(damage) = content.damage {
            let kept = self.records() - before;
            self.reject(
                index,
                last + 1,
                None,
                "",
                format!("{damage}: {kept} records before it were kept, the rest is lost"),
            );
        }
        Ok(())
    }

    /// The layout by name, by content where the name says nothing.
    fn layout(&self, file: &InputFile, text: &str) -> Layout {
        let is_table = || {
            let rows = Rows::new(text, self.options.delimiter, b',', |name| self.field_of(name).is_some());
            rows.header.len() > 1 && rows.header.iter().any(|name| self.field_of(name) == Some(self.needed()))
        };
        match file.layout() {
            Layout::Unknown if json::is_json(text) => Layout::Json,
            Layout::Unknown if file.path.is_none() || is_table() => Layout::Comma,
            Layout::Unknown => Layout::Text,
            Layout::Text if file.named && is_table() => Layout::Comma,
            layout => layout,
        }
    }

    /// The field of a column, by the user's word or its usual name.
    fn field_of(&self, name: &str) -> Option<Field> {
        let named = self.options.columns.iter().find(|(_, column)| columns::simple(column) == columns::simple(name));
        named.map(|(field, _)| *field).or_else(|| Field::of(name))
    }

    fn no_column(&self, file: &InputFile, field: Field, found: &[String]) -> Error {
        let listed = columns::listed(found);
        match field {
            Field::Body => Error::input(
                &file.label,
                format!("no text column (columns found: {listed})"),
                "name it with --columns body=COLUMN; if the file holds only titles and addresses (a Media Cloud export \
                 does), add the text of each article as a column \"body\", or analyse the titles alone with --headlines",
            ),
            Field::Source => Error::input(
                &file.label,
                format!("no source column, and no address column to take the outlet from (columns found: {listed})"),
                "name it with --columns source=COLUMN, or add a column \"source\"",
            ),
            _ => Error::input(
                &file.label,
                format!("no {field} column (columns found: {listed})"),
                format!("name it with --columns {field}=COLUMN"),
            ),
        }
    }

    fn no_such_column(file: &InputFile, name: &str, found: &[String]) -> Error {
        let listed = columns::listed(found);
        Error::input(&file.label, format!("no column \"{name}\""), format!("the columns found are: {listed}"))
    }

    /// Reads rows; returns the number of the last.
    fn delimited(
        &mut self,
        index: usize,
        file: &InputFile,
        content: &Content,
        progress: &mut dyn FnMut(f64),
    ) -> Result<u64> {
        let preferred = if file.layout() == Layout::Tab { b'\t' } else { b',' };
        let rows = Rows::new(&content.text, self.options.delimiter, preferred, |name| self.field_of(name).is_some());
        let header = rows.header.clone();
        let simple: Vec<String> = header.iter().map(|name| columns::simple(name)).collect();
        let mut map = [None; Field::ALL.len()];
        for field in Field::ALL {
            map[field as usize] = match self.options.columns.iter().find(|(named, _)| *named == field) {
                None => field.find(&simple),
                Some((_, name)) => match columns::position(&header, name) {
                    Some(position) => Some(position),
                    None if file.named => return Err(Self::no_such_column(file, name, &header)),
                    None => None,
                },
            };
        }
        let needed = self.needed();
        let missing = if map[needed as usize].is_none() {
            Some(needed)
        } else {
            (map[Field::Source as usize].is_none() && map[Field::Url as usize].is_none()).then_some(Field::Source)
        };
        if let Some(field) = missing {
            let error = self.no_column(file, field, &header);
            if file.named {
                return Err(error);
            }
            self.notes.add(&format!("no {field} column, file passed over"), &file.label, 0, "");
            return Ok(0);
        }
        let mut rows = rows.with_plausible(Box::new(move |cells| is_plausible(cells, &map, needed)));
        let (mut last, total) = (0, content.text.len().max(1) as f64);
        let cut = content.damage.is_some() && !content.text.ends_with(['\n', '\r']);
        while let Some(row) = rows.next() {
            let at_end = rows.position() >= content.text.len();
            match row {
                Row::Good { record, line, .. } if cut && at_end => {
                    last = record;
                    self.reject(index, record, Some(line), "", "the file was cut off inside this record");
                }
                Row::Good { record, line, cells: row, sloppy } => {
                    last = record;
                    if sloppy {
                        self.notes.add(
                            "quotes inside a quoted field are not doubled, read as they stand",
                            &file.label,
                            record,
                            "",
                        );
                    }
                    let mut cells = Cells::default();
                    let mut row: Vec<Option<Cow<'_, str>>> = row.into_iter().map(Some).collect();
                    for field in Field::ALL {
                        let Some(column) = map[field as usize] else { continue };
                        let shared = map.iter().filter(|other| **other == Some(column)).count() > 1;
                        let value = if shared { row[column].clone() } else { row[column].take() };
                        cells.set(field, value.map(Cow::into_owned).unwrap_or_default());
                    }
                    self.push(Raw { file: index, record, line: Some(line), cells });
                }
                Row::Bad { record, line, cell, reason } => {
                    last = record;
                    let field = header.get(cell).cloned().unwrap_or_default();
                    self.reject(index, record, Some(line), &field, reason);
                }
            }
            if last % 256 == 0 {
                progress(rows.position() as f64 / total);
            }
        }
        Ok(last)
    }

    /// Reads objects; returns the number of the last.
    fn json(
        &mut self,
        index: usize,
        file: &InputFile,
        content: &Content,
        progress: &mut dyn FnMut(f64),
    ) -> Result<u64> {
        let (mut raws, mut bad, mut last) = (Vec::new(), Vec::new(), 0);
        let (mut keys, mut named) = (BTreeSet::<String>::new(), BTreeSet::new());
        let (mut has_needed, total) = (false, content.text.len().max(1) as f64);
        let needed = self.needed();
        let mut each = |row, position: usize| match row {
            json::Row::Bad { record, line, reason } => {
                last = record;
                bad.push((record, line, reason));
            }
            json::Row::Good { record, line, value } => {
                last = record;
                let own = json::keys(&value);
                let simple: Vec<String> = own.iter().map(|key| columns::simple(key)).collect();
                let mut cells = Cells::default();
                for field in Field::ALL {
                    let found = match self.options.columns.iter().find(|(named, _)| *named == field) {
                        Some((_, name)) => {
                            let found = json::at_path(&value, name)
                                .or_else(|| json::at_path(&value, &own[columns::position(&own, name)?]));
                            if found.is_some() {
                                named.insert(field);
                            }
                            found
                        }
                        None => field.find(&simple).and_then(|position| json::at_path(&value, &own[position])),
                    };
                    if let Some(found) = found {
                        has_needed |= field == needed;
                        cells.set(field, json::as_text(found));
                    }
                }
                if raws.len() < KEYS_FROM {
                    keys.extend(own);
                }
                raws.push(Raw { file: index, record, line, cells });
                if record % 256 == 0 {
                    progress(position as f64 / total);
                }
            }
        };
        json::read(&content.text, |row, position| {
            each(row, position);
            ControlFlow::Continue(())
        });
        if !raws.is_empty() {
            let keys: Vec<String> = keys.into_iter().collect();
            let unknown = self.options.columns.iter().find(|(field, _)| !named.contains(field));
            let error = match unknown {
                Some((_, name)) => Some(Self::no_such_column(file, name, &keys)),
                None if !has_needed => Some(self.no_column(file, needed, &keys)),
                None => None,
            };
            match error {
                Some(error) if file.named => return Err(error),
                Some(_) if !has_needed => {
                    self.notes.add(&format!("no {needed} field, file passed over"), &file.label, 0, "");
                    return Ok(0);
                }
                _ => {}
            }
        }
        for (record, line, reason) in bad {
            self.reject(index, record, line, "", reason);
        }
        raws.into_iter().for_each(|raw| self.push(raw));
        Ok(last)
    }

    /// Reads a text file, which is one record.
    fn text(&mut self, index: usize, file: &InputFile, content: &Content) -> u64 {
        let name = file.label.to_ascii_lowercase();
        let mut cells = text_file::read(&content.text, name.contains(".md") || name.contains(".markdown"));
        if cells.get(Field::Id).is_empty() {
            cells.set(Field::Id, self.text_ids.get(&file.label).cloned().unwrap_or_default());
        }
        if cells.get(Field::Source).is_empty() {
            cells.set(Field::Source, file.sub_folder().map_or_else(|| file.stem(), str::to_owned));
        }
        self.push(Raw { file: index, record: 1, line: None, cells });
        1
    }

    /// Turns pending records into articles.
    fn flush(&mut self) {
        let headlines = self.options.headlines;
        let mut raws = std::mem::take(&mut self.pending);
        self.pending_bytes = 0;
        // First of all: a faulty record of another year must not be rejected night after night.
        let (since, until) = (self.options.since, self.options.until);
        if since.is_some() || until.is_some() {
            let all = raws.len();
            raws.retain(|raw| {
                let date = read_date(raw.cells.get(Field::Date)).date();
                date.is_none_or(|date| {
                    since.is_none_or(|since| since <= date) && until.is_none_or(|until| date <= until)
                })
            });
            self.filtered += all - raws.len();
        }
        let done: Vec<_> = raws
            .into_par_iter()
            .map(|raw| {
                let normal = normalise::article(&raw.cells, headlines);
                let content = normal.as_ref().map_or([0; 32], |normal| {
                    content_hash(&normal.article.source, &normal.article.title, &normal.article.body)
                });
                (raw, normal, content)
            })
            .collect();
        for (raw, normal, content) in done {
            let Raw { file, record, line, cells } = raw;
            let normal = match normal {
                Ok(normal) => normal,
                Err(refusal) => {
                    self.reject(file, record, line, refusal.field.name(), refusal.reason);
                    continue;
                }
            };
            let article = normal.article;
            let label = &self.labels[file];
            let given = cells.get(Field::Date).trim();
            match normal.date {
                Reading::Invalid => self.notes.add("a date was not understood and is left empty", label, record, given),
                Reading::Ambiguous => {
                    let message =
                        "a date's day, month and year may stand in several orders: left empty (write 2026-03-05)";
                    self.notes.add(message, label, record, given);
                }
                Reading::Known(_) | Reading::Empty => {}
            }
            if normal.repaired {
                let message = "a text held UTF-8 that had been read as Windows-1252 (â€™ for ’) and was repaired";
                self.notes.add(message, label, record, "");
            }
            if !matches!(article.language.as_str(), "en" | "") {
                if self.options.language == LanguagePolicy::Only {
                    let reason = format!("the text is not in English ({})", article.language);
                    self.reject(file, record, line, "language", reason);
                    continue;
                }
                self.notes.add(&format!("an article is not in English ({})", article.language), label, record, "");
            }
            if article.date.is_none() && (self.options.since.is_some() || self.options.until.is_some()) {
                let message = "an article without a date is kept in spite of --since or --until";
                self.notes.add(message, label, record, "");
            }
            self.found.push(Found { article, content, file, record, line });
        }
    }

    /// Settles duplicate ids, by content and date, and sorts.
    fn finish(mut self) -> Corpus {
        let newest = self.options.on_duplicate == OnDuplicate::Newest;
        let mut found = std::mem::take(&mut self.found);
        found.par_sort_by(|a, b| {
            // An article without a date comes last in both orders.
            let rank = |f: &Found| {
                let date = f.article.date;
                let (early, late) = if newest { (None, date) } else { (date, None) };
                (date.is_none(), early, Reverse(late), f.content)
            };
            (&a.article.id, rank(a), &a.article.url, &self.labels[a.file], a.record).cmp(&(
                &b.article.id,
                rank(b),
                &b.article.url,
                &self.labels[b.file],
                b.record,
            ))
        });
        let mut taken: BTreeSet<String> = found.iter().map(|found| found.article.id.clone()).collect();
        let mut articles: Vec<Article> = Vec::with_capacity(found.len());
        let mut duplicates = 0;
        let (mut contents, mut first) = (BTreeSet::<[u8; 32]>::new(), None::<(String, String)>);
        // Behind the id that stands for several texts.
        let mut number = 0;
        for mut one in found {
            let place = match one.line {
                Some(line) => format!("{}, line {line}", self.labels[one.file]),
                None => self.labels[one.file].clone(),
            };
            let same_id = first.as_ref().filter(|(id, _)| *id == one.article.id).map(|(_, place)| place.clone());
            let Some(kept_place) = same_id else {
                contents.clear();
                contents.insert(one.content);
                number = 0;
                first = Some((one.article.id.clone(), place));
                articles.push(one.article);
                continue;
            };
            if !contents.insert(one.content) {
                duplicates += 1;
            } else if self.options.on_duplicate == OnDuplicate::Keep {
                number = contents.len().max(number);
                let fresh = loop {
                    let fresh = format!("{}-{number}", one.article.id);
                    if taken.insert(fresh.clone()) {
                        break fresh;
                    }
                    number += 1;
                };
                self.notes.add(
                    "an id stands for several texts; the later ones got -2, -3, ...",
                    &self.labels[one.file],
                    one.record,
                    &one.article.id,
                );
                one.article.id = fresh;
                articles.push(one.article);
            } else {
                let reason = format!(
                    "id \"{}\" already stands for another text ({kept_place}): give each article its own id, or use --on-duplicate keep",
                    one.article.id
                );
                self.reject(one.file, one.record, one.line, "id", reason);
            }
        }
        articles.par_sort_by(|a, b| a.id.cmp(&b.id));
        self.rejected.sort();
        Corpus {
            articles,
            rejected: self.rejected,
            warnings: self.notes.lines(),
            duplicates,
            filtered: self.filtered,
            files: Vec::new(),
        }
    }
}

/// Whether cells found inside a malformed row are a record of this table, not a paragraph with as many commas.
fn is_plausible(cells: &[Cow<'_, str>], map: &[Option<usize>; Field::ALL.len()], needed: Field) -> bool {
    const LONGEST_NAME: usize = 120;
    let cell = |field: Field| map[field as usize].and_then(|column| cells.get(column)).map(|cell| cell.trim());
    let date = cell(Field::Date).is_none_or(|date| !matches!(read_date(date), Reading::Invalid));
    let url = cell(Field::Url).is_none_or(|url| url.is_empty() || (url.contains(['.', '/']) && !url.contains(' ')));
    let short = |field| cell(field).is_none_or(|text| text.len() <= LONGEST_NAME);
    let id = cell(Field::Id).is_none_or(|id| id.split_whitespace().nth(2).is_none());
    date && url && id && short(Field::Id) && short(Field::Source) && cell(needed).is_some_and(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;
    use std::io::Write;
    use std::path::Path;

    const TEXT: &str = "The council voted on Tuesday to close the old bridge after engineers found cracks.";

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Folder(tempfile::tempdir().unwrap())
        }

        fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
            let path = self.0.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, content).unwrap();
            path.display().to_string()
        }

        fn path(&self) -> String {
            self.0.path().display().to_string()
        }
    }

    fn options(inputs: &[&str]) -> ReadOptions {
        ReadOptions { inputs: inputs.iter().map(|input| (*input).to_owned()).collect(), ..ReadOptions::default() }
    }

    fn corpus(options: &ReadOptions) -> Corpus {
        read(options, &mut |_| {}).unwrap()
    }

    fn of(name: &str, content: impl AsRef<[u8]>) -> Result<Corpus> {
        let folder = Folder::new();
        read(&options(&[&folder.file(name, content)]), &mut |_| {})
    }

    fn ids(corpus: &Corpus) -> Vec<&str> {
        corpus.articles.iter().map(|article| article.id.as_str()).collect()
    }

    fn gz(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn columns_are_found_by_their_usual_names_in_every_format() {
        let wanted = Article {
            id: "7".into(),
            source: "The Paper".into(),
            date: Some(date(2026, 3, 5)),
            title: "Vote".into(),
            url: "https://x.org/1".into(),
            language: "en".into(),
            body: TEXT.into(),
            kept: vec![crate::text::Span::new(0, TEXT.len())],
            headline_only: false,
        };
        let csv = format!(
            "Article_ID,Media Name,Publish-Date,Headline,Link,articleBody\n7,The Paper,2026-03-05,Vote,https://x.org/1,{TEXT}\n"
        );
        let json = format!(
            r#"{{"id":7,"source":{{"id":null,"name":"The Paper"}},"publishedAt":"2026-03-05T10:00:00Z","title":"Vote","url":"https://x.org/1","content":"{TEXT}"}}"#
        );
        for (name, content) in [
            ("a.csv", csv.clone().into_bytes()),
            ("a.tsv", csv.replace(',', "\t").into_bytes()),
            ("a.dat", csv.replace(',', ";").into_bytes()),
            ("a.csv.gz", gz(&csv)),
            ("a.csv", gz(&csv)),
            ("a.jsonl", json.clone().into_bytes()),
            ("a.json", format!("[{json}]").into_bytes()),
            ("a", format!("{{\"articles\":[{json}]}}").into_bytes()),
            ("a.txt", csv.clone().into_bytes()),
        ] {
            let corpus = of(name, content).unwrap();
            assert_eq!(corpus.articles, std::slice::from_ref(&wanted), "{name} {corpus:?}");
            assert!(corpus.rejected.is_empty() && corpus.warnings.is_empty(), "{name} {corpus:?}");
        }
    }

    #[test]
    fn columns_can_be_named() {
        let folder = Folder::new();
        let csv = folder.file("a.csv", format!("nr,paper,words\n1,The Paper,{TEXT}\n"));
        let json = folder.file("a.jsonl", format!(r#"{{"nr":1,"paper":"The Paper","meta":{{"words":"{TEXT}"}}}}"#));
        for (path, body) in [(&csv, "words"), (&json, "meta.words")] {
            let mut options = options(&[path]);
            options.columns =
                vec![(Field::Id, "NR".into()), (Field::Source, "paper".into()), (Field::Body, body.into())];
            let read = corpus(&options);
            assert_eq!((ids(&read), read.articles[0].body.as_str()), (vec!["1"], TEXT));
            options.columns = vec![(Field::Body, "nope".into())];
            let error = super::read(&options, &mut |_| {}).unwrap_err();
            assert!(
                error.to_string().contains("no column \"nope\"") && error.hint().unwrap().contains("paper"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_missing_text_column_says_how_to_add_one() {
        for (name, text) in [
            ("a.csv", "id,title,url\n1,A vote,https://x.org\n"),
            ("a.jsonl", r#"{"id":1,"title":"A vote","url":"https://x.org"}"#),
        ] {
            let folder = Folder::new();
            let mut options = options(&[&folder.file(name, text)]);
            let error = read(&options, &mut |_| {}).unwrap_err();
            assert!(error.to_string().contains("no text column (columns found: id, title, url)"), "{error}");
            assert!(error.hint().unwrap().contains("--columns body=") && error.hint().unwrap().contains("--headlines"));
            options.headlines = true;
            let read = corpus(&options);
            assert_eq!((read.articles[0].body.as_str(), read.articles[0].source.as_str()), ("A vote", "x.org"));
            assert!(read.articles[0].headline_only);
        }
        assert!(of("a.csv", format!("id,body\n1,{TEXT}\n")).unwrap_err().to_string().contains("no source column"));
    }

    #[test]
    fn a_missing_or_empty_input_fails_with_a_hint() {
        let folder = Folder::new();
        let good = folder.file("articles.csv", format!("id,source,body\n1,a,{TEXT}\n"));
        let missing = good.replace("articles.csv", "article.csv");
        let error = read(&options(&[&good, &missing]), &mut |_| {}).unwrap_err();
        assert!(
            error.to_string().contains("no such file") && error.hint().unwrap().contains("articles.csv"),
            "{error} {:?}",
            error.hint()
        );
        assert!(read(&options(&[]), &mut |_| {}).is_err());
        assert!(read(&options(&[&format!("{}/*.nothing", folder.path())]), &mut |_| {}).is_err());
        for content in ["", "\n\n", "id,source,body\n", "\u{feff}"] {
            let empty = folder.file("empty.csv", content);
            let error = read(&options(&[&empty]), &mut |_| {}).unwrap_err();
            assert!(error.to_string().contains("empty.csv: holds no records"), "{error}");
            let both = corpus(&options(&[&good, &empty]));
            assert_eq!((both.articles.len(), both.warnings.len()), (1, 1), "{both:?}");
        }
        assert!(read(&options(&[&Folder::new().path()]), &mut |_| {}).is_err());
    }

    #[test]
    fn a_folder_of_text_files_needs_no_options() {
        let folder = Folder::new();
        folder.file("daily.txt", format!("A vote\n\n{TEXT}\n"));
        folder.file("cnn/1.txt", format!("A vote\ndate: 2026-03-05\n\n{TEXT}\n"));
        folder.file("fox/2026/1.md", format!("# A vote\n\n{TEXT}\n"));
        folder.file("fox/2.txt", format!("A vote\nsource: Fox News\nid: own\n\n{TEXT}\n"));
        folder.file(".hidden.txt", "x");
        folder.file("notes.pdf", "x");
        let read = corpus(&options(&[&folder.path()]));
        let found: Vec<(&str, &str)> = read.articles.iter().map(|a| (a.id.as_str(), a.source.as_str())).collect();
        assert_eq!(found, [("cnn/1", "cnn"), ("daily", "daily"), ("fox/2026/1", "fox"), ("own", "Fox News")]);
        assert!(read.articles.iter().all(|article| article.title == "A vote" && article.body == TEXT));
        assert_eq!(read.warnings.len(), 1, "{:?}", read.warnings);
        // The same files by a glob, and by a shell that expanded it.
        let glob = corpus(&options(&[&format!("{}/**/*.txt", folder.path())]));
        assert_eq!(glob.articles.iter().map(|a| a.source.as_str()).collect::<Vec<_>>(), ["cnn", "daily", "Fox News"]);
        let named =
            corpus(&options(&[&folder.file("cnn/1.txt", TEXT.repeat(5)), &folder.file("fox/2.txt", TEXT.repeat(6))]));
        assert_eq!(named.articles.iter().map(|a| a.source.as_str()).collect::<Vec<_>>(), ["cnn", "fox"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_nowhere() {
        let (folder, outside) = (Folder::new(), Folder::new());
        folder.file("a.txt", format!("A vote\n\n{TEXT}"));
        outside.file("secret.txt", format!("A secret\n\n{TEXT}"));
        std::os::unix::fs::symlink(outside.0.path(), folder.0.path().join("link")).unwrap();
        std::os::unix::fs::symlink(outside.0.path().join("secret.txt"), folder.0.path().join("b.txt")).unwrap();
        std::os::unix::fs::symlink(folder.0.path(), folder.0.path().join("loop")).unwrap();
        let read = corpus(&options(&[&folder.path()]));
        assert_eq!(ids(&read), ["a"]);
        assert!(
            read.warnings[0].contains("not followed") || read.warnings[0].contains("3 times"),
            "{:?}",
            read.warnings
        );
    }

    #[test]
    fn every_bad_record_is_listed_with_its_place() {
        let read = of("a.csv", format!("id,source,url,body\n1,a,,{TEXT}\n2,a,,\n3,,,{TEXT}\n4,a\n5,a,,\"open\n6,a,,{TEXT}\n7,,https://www.b.co.uk/x,{TEXT}\n")).unwrap();
        assert_eq!(ids(&read), ["1", "6", "7"]);
        assert_eq!(read.articles[2].source, "b.co.uk");
        let places: Vec<(u64, Option<u64>, &str)> =
            read.rejected.iter().map(|r| (r.record, r.line, r.field.as_str())).collect();
        assert_eq!(
            places,
            [(2, Some(3), "body"), (3, Some(4), "source"), (4, Some(5), "source"), (5, Some(6), "body")]
        );
        let read = of(
            "a.jsonl",
            format!(
                "{{\"source\":\"a\",\"body\":\"{TEXT}\"}}\n{{\"source\":\"a\",\"body\":\"\\u12 {TEXT}\"}}\nnonsense\n"
            ),
        )
        .unwrap();
        assert_eq!((read.articles.len(), read.rejected.len(), read.rejected[0].line), (1, 2, Some(2)), "{read:?}");
    }

    #[test]
    fn a_damaged_archive_keeps_what_was_read() {
        let rows: String = (0..3_000).map(|i| format!("{i},a,{TEXT} Number {} of many.\n", i * 7919)).collect();
        let packed = gz(&format!("id,source,body\n{rows}"));
        let read = of("a.csv.gz", &packed[..packed.len() / 2]).unwrap();
        assert!(read.articles.len() > 500 && read.articles.len() < 3_000);
        assert!(!read.rejected.is_empty() && read.rejected.len() <= 2, "{:?}", read.rejected);
        assert!(read.rejected.iter().any(|r| r.reason.contains("the rest is lost")));
        assert!(read.articles.iter().all(|article| article.body.ends_with("of many.")));
    }

    #[test]
    fn a_binary_file_is_rejected_as_a_whole() {
        let noise: Vec<u8> = (0..9_999u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let read = of("a.csv", noise).unwrap();
        assert_eq!((read.articles.len(), read.rejected[0].record), (0, 0));
    }

    #[test]
    fn a_large_article_is_one_article() {
        let body = "The council voted on Tuesday to close the bridge.\n".repeat(200_000);
        let read = of("a.csv", format!("id,source,body\n1,a,\"{body}\"\n")).unwrap();
        assert_eq!((read.articles.len(), read.articles[0].body.len()), (1, body.len() - 1));
        assert_eq!(read.articles[0].kept.len(), 200_000);
    }

    #[test]
    fn duplicates_are_settled_by_content_and_date() {
        let folder = Folder::new();
        let one = folder
            .file("1.csv", format!("id,source,date,body\nx,a,2026-01-02,{TEXT}\ny,a,,{TEXT}\nx,a,2026-01-02,{TEXT}\n"));
        let two = folder.file(
            "2.csv",
            format!("id,source,date,body\nx,a,2026-01-01,{TEXT} Early.\nx,a,,{TEXT} Undated.\nx-2,a,,{TEXT} Other.\n"),
        );
        let run = |inputs: &[&str], on_duplicate| corpus(&ReadOptions { on_duplicate, ..options(inputs) });
        for inputs in [[one.as_str(), two.as_str()], [two.as_str(), one.as_str()]] {
            let first = run(&inputs, OnDuplicate::First);
            assert_eq!((ids(&first), first.duplicates, first.rejected.len()), (vec!["x", "x-2", "y"], 1, 2));
            assert!(first.articles[0].body.ends_with("Early."));
            assert!(
                first.rejected[0].reason.contains("2.csv, line 2") && first.rejected[0].field == "id",
                "{:?}",
                first.rejected
            );
            let newest = run(&inputs, OnDuplicate::Newest);
            assert_eq!(newest.articles[0].date, Some(date(2026, 1, 2)));
            let keep = run(&inputs, OnDuplicate::Keep);
            assert_eq!((ids(&keep), keep.rejected.len(), keep.duplicates), (vec!["x", "x-2", "x-3", "x-4", "y"], 0, 1));
            assert!(keep.articles.iter().find(|a| a.id == "x-4").unwrap().body.ends_with("Undated."), "{keep:?}");
        }
    }

    #[test]
    fn without_ids_equal_texts_of_one_source_are_one_article() {
        let read =
            of("a.csv", format!("source,date,body\na,2026-01-02,{TEXT}\na,2026-01-01,{TEXT}\nb,,{TEXT}\n")).unwrap();
        assert_eq!((read.articles.len(), read.duplicates), (2, 1));
        assert!(read.articles.iter().any(|a| a.date == Some(date(2026, 1, 1))));
    }

    #[test]
    fn dates_languages_and_encodings_are_warned_of() {
        let german = "Der Stadtrat beschloss am Dienstag, die Brücke nach dem Fund von Rissen zu schließen.";
        let text =
            format!("id,source,date,body\n1,a,05/03/2026,{TEXT}\n2,a,someday,{TEXT}\n3,a,2026-03-05,\"{german}\"\n");
        let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        let folder = Folder::new();
        let path = folder.file("a.csv", latin);
        let read = corpus(&options(&[&path]));
        assert_eq!(read.articles[2].body, german);
        assert_eq!((read.articles[0].date, read.articles[2].language.as_str()), (None, "de"));
        let all = read.warnings.join("\n");
        for word in ["05/03/2026", "someday", "not in English (de)", "windows-1252"] {
            assert!(all.contains(word), "{word}: {all}");
        }
        let only = corpus(&ReadOptions { language: LanguagePolicy::Only, ..options(&[&path]) });
        assert_eq!((only.articles.len(), only.rejected[0].field.as_str()), (2, "language"));
    }

    #[test]
    fn utf8_that_was_read_as_windows_1252_is_repaired_and_warned_of() {
        let broken = "The minister said: â€œIt wonâ€™t happen,â€\u{9d} and left.";
        let read =
            of("a.csv", format!("id,source,title,body\n1,El PaÃ­s,Itâ€™s &acirc;,{TEXT}\n2,b,,\"{broken}\"\n")).unwrap();
        assert_eq!((read.articles[0].source.as_str(), read.articles[0].title.as_str()), ("El País", "It’s â"));
        assert_eq!(read.articles[1].body, "The minister said: “It won’t happen,” and left.");
        assert!(read.warnings[0].contains("repaired") && read.warnings[0].contains("2 times"), "{:?}", read.warnings);
    }

    #[test]
    fn articles_outside_the_dates_are_left_out_and_counted() {
        let folder = Folder::new();
        let path = folder.file("a.csv", format!("id,source,date,body\n1,a,2026-01-01,{TEXT}\n2,a,2026-01-05,{TEXT}\n3,a,,{TEXT}\n4,a,2026-02-01,{TEXT}\n5,a,2026-02-02,\n"));
        let read =
            corpus(&ReadOptions { since: Some(date(2026, 1, 2)), until: Some(date(2026, 1, 31)), ..options(&[&path]) });
        assert_eq!((ids(&read), read.filtered, read.warnings.len()), (vec!["2", "3"], 3, 1));
        assert_eq!(read.rejected, [], "what is wrong with other days does not matter");
    }

    #[test]
    fn progress_reaches_the_size() {
        let folder = Folder::new();
        let rows: String = (0..5_000).map(|i| format!("{i},a,{TEXT}\n")).collect();
        let options = options(&[&folder.file("a.csv", format!("id,source,body\n{rows}"))]);
        let mut seen = Vec::new();
        read(&options, &mut |bytes| seen.push(bytes)).unwrap();
        assert!(seen.is_sorted() && seen.len() > 5);
        assert_eq!(seen.last().copied(), Some(size(&options).unwrap()));
    }

    #[test]
    fn tables_keep_every_row_in_order() {
        let folder = Folder::new();
        let csv = folder.file("a.csv", "a,b\n\"x, y\",1\n,2\n");
        let table = super::super::read_table(&csv, &["b", "A"]).unwrap();
        assert_eq!(
            (table.columns, table.rows),
            (
                vec!["b".to_owned(), "a".into()],
                vec![vec!["1".to_owned(), "x, y".into()], vec!["2".into(), String::new()]]
            )
        );
        let error = super::super::read_table(&csv, &["c"]).unwrap_err();
        assert!(error.to_string().contains("no column \"c\"") && error.hint().unwrap().contains("a, b"));
        let json = folder.file("a.jsonl", "{\"a\":{\"b\":\"x\"},\"c\":1}\n{\"c\":2}\n");
        assert_eq!(super::super::read_table(&json, &["a.b", "c"]).unwrap().rows, [["x", "1"], ["", "2"]]);
        let lines = folder.file("a.txt", "One.\n\nThree.\n");
        assert_eq!(super::super::read_table(&lines, &["text"]).unwrap().rows, [["One."], [""], ["Three."]]);
        let bad = folder.file("bad.csv", "a,b\n1,2\n3\n");
        assert!(super::super::read_table(&bad, &["a"]).unwrap_err().to_string().contains("line 3"));
        assert!(super::super::read_table(&folder.file("e.csv", ""), &[]).is_err());
        assert!(super::super::read_table("/no/such/file.csv", &[]).is_err());
    }

    fn write_rows(path: &Path, rows: &[Vec<String>]) {
        let mut writer = csv::Writer::from_path(path).unwrap();
        writer.write_record(["id", "source", "date", "body"]).unwrap();
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.flush().unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_order_of_rows_and_files_changes_nothing(
            rows in proptest::collection::vec(("[ab]?", "[xy]", "(2026-01-0[1-3])?", "(One|Two) word", 0u8..2), 1..12),
            shuffle in proptest::collection::vec(any::<u32>(), 12), mode in 0usize..3,
        ) {
            let on_duplicate = [OnDuplicate::First, OnDuplicate::Newest, OnDuplicate::Keep][mode];
            let row = |(id, source, date, body, _): &(String, String, String, String, u8)| vec![id.clone(), source.clone(), date.clone(), body.clone()];
            let folder = Folder::new();
            let (a, b) = (folder.0.path().join("a.csv"), folder.0.path().join("b.csv"));
            write_rows(&a, &rows.iter().map(row).collect::<Vec<_>>());
            let whole = corpus(&ReadOptions { on_duplicate, ..options(&[a.to_str().unwrap()]) });
            prop_assert_eq!(whole.articles.len() + whole.rejected.len() + whole.duplicates, rows.len());
            let mut order: Vec<usize> = (0..rows.len()).collect();
            order.sort_by_key(|index| shuffle[*index]);
            let half = |which: u8| order.iter().filter(|i| rows[**i].4 == which).map(|i| row(&rows[*i])).collect::<Vec<_>>();
            write_rows(&a, &half(0));
            write_rows(&b, &half(1));
            let parts = corpus(&ReadOptions { on_duplicate, ..options(&[b.to_str().unwrap(), a.to_str().unwrap()]) });
            prop_assert_eq!(parts.articles, whole.articles);
            prop_assert_eq!(parts.duplicates, whole.duplicates);
            prop_assert_eq!(parts.rejected.len(), whole.rejected.len());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "(id|source|body|[,;\t\n\"{}:]|a|é){0,40}") {
            for name in ["a.csv", "a.tsv", "a.jsonl", "a.txt", "a"] {
                for content in [bytes.clone(), [b"id,source,body\n".to_vec(), bytes.clone()].concat(), text.clone().into_bytes()] {
                    if let Ok(read) = of(name, content) {
                        for article in &read.articles {
                            prop_assert!(article.kept.iter().all(|span| article.body.get(span.start..span.end).is_some()));
                        }
                    }
                }
            }
        }
    }
}
