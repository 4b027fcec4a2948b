//! Files to records, records to articles, articles to the corpus.

use super::columns::{self, Field};
use super::date::{Reading, read_date};
use super::decode::{Content, decode};
use super::delimited::{Row, Rows};
use super::input::{self, InputFile, Layout};
use super::normalise::{self, Cells, content_hash};
use super::{Article, Corpus, LanguagePolicy, OnDuplicate, ReadOptions, Rejected, json, text_file};
use crate::{Error, Result};
use rayon::prelude::*;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

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
    let (mut done, mut empty) = (0, Vec::new());
    for (index, file) in inputs.files.iter().enumerate() {
        let before = reader.records();
        reader.file(index, file, &mut |share| observer(done + (file.size as f64 * share) as u64))?;
        done += file.size;
        observer(done);
        if reader.records() == before {
            empty.push(file.label.as_str());
        }
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
    Ok(reader.finish())
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

    fn file(&mut self, index: usize, file: &InputFile, progress: &mut dyn FnMut(f64)) -> Result<()> {
        let bytes = match file.bytes(self.options.max_bytes) {
            Ok(bytes) => bytes,
            // Somewhere in a folder: the rest is worth having.
            Err(Error::Io { source, .. }) if !file.named => {
                self.reject(index, 0, None, "", format!("cannot be read: {source}"));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
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
            self.reject(index, last + 1, None, "", format!("{damage}: {kept} records before it were kept, the rest is lost"));
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
    fn delimited(&mut self, index: usize, file: &InputFile, content: &Content, progress: &mut dyn FnMut(f64)) -> Result<u64> {
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
                        self.notes.add("quotes inside a quoted field are not doubled, read as they stand", &file.label, record, "");
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
    fn json(&mut self, index: usize, file: &InputFile, content: &Content, progress: &mut dyn FnMut(f64)) -> Result<u64> {
        let (mut raws, mut bad, mut last) = (Vec::new(), Vec::new(), 0);
        let (mut keys, mut named) = (Vec::<String>::new(), BTreeSet::new());
        let (mut has_needed, total) = (false, content.text.len().max(1) as f64);
        let needed = self.needed();
        json::read(&content.text, |row, position| match row {
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
                    for key in own {
                        if !keys.contains(&key) {
                            keys.push(key);
                        }
                    }
                }
                raws.push(Raw { file: index, record, line, cells });
                if record % 256 == 0 {
                    progress(position as f64 / total);
                }
            }
        });
        if !raws.is_empty() {
            keys.sort();
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
        let raws = std::mem::take(&mut self.pending);
        self.pending_bytes = 0;
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
                    let message = "a date may be day/month or month/day and is left empty (write 2026-03-05)";
                    self.notes.add(message, label, record, given);
                }
                Reading::Known(_) | Reading::Empty => {}
            }
            if !matches!(article.language.as_str(), "en" | "") {
                if self.options.language == LanguagePolicy::Only {
                    let reason = format!("the text is not in English ({})", article.language);
                    self.reject(file, record, line, "language", reason);
                    continue;
                }
                self.notes.add(&format!("an article is not in English ({})", article.language), label, record, "");
            }
            let (since, until) = (self.options.since, self.options.until);
            match article.date {
                Some(date) if since.is_some_and(|since| date < since) || until.is_some_and(|until| date > until) => {
                    self.filtered += 1;
                    continue;
                }
                None if since.is_some() || until.is_some() => {
                    self.notes.add("an article without a date is kept in spite of --since or --until", label, record, "");
                }
                _ => {}
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
        let (mut contents, mut first) = (Vec::<[u8; 32]>::new(), None::<(String, String)>);
        for mut one in found {
            let place = match one.line {
                Some(line) => format!("{}, line {line}", self.labels[one.file]),
                None => self.labels[one.file].clone(),
            };
            let same_id = first.as_ref().filter(|(id, _)| *id == one.article.id).map(|(_, place)| place.clone());
            let Some(kept_place) = same_id else {
                contents.clear();
                contents.push(one.content);
                first = Some((one.article.id.clone(), place));
                articles.push(one.article);
                continue;
            };
            if contents.contains(&one.content) {
                duplicates += 1;
            } else if self.options.on_duplicate == OnDuplicate::Keep {
                contents.push(one.content);
                let mut number = contents.len();
                let fresh = loop {
                    let fresh = format!("{}-{number}", one.article.id);
                    if taken.insert(fresh.clone()) {
                        break fresh;
                    }
                    number += 1;
                };
                self.notes.add("an id stands for several texts; the later ones got -2, -3, ...", &self.labels[one.file], one.record, &one.article.id);
                one.article.id = fresh;
                articles.push(one.article);
            } else {
                contents.push(one.content);
                let reason = format!(
                    "id \"{}\" already stands for another text ({kept_place}): give each article its own id, or use --on-duplicate keep",
                    one.article.id
                );
                self.reject(one.file, one.record, one.line, "id", reason);
            }
        }
        articles.par_sort_by(|a, b| a.id.cmp(&b.id));
        self.rejected.sort();
        Corpus { articles, rejected: self.rejected, warnings: self.notes.lines(), duplicates, filtered: self.filtered }
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
