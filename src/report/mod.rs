//! What a run leaves behind: tables, texts and the manifest.
//!
//! A row type *is* the schema of its file: [`Row::columns`] names, types and explains every column, and the CSV
//! writer, the reader and `docs/reports.md` are all made from it. Files appear complete or not at all
//! ([`AtomicFile`]); no text of an article can become a formula in a spreadsheet ([`write_table`]).

mod build;
mod compared;
mod csv;
#[cfg(test)]
mod docs;
mod findings;
mod folder;
mod lock;
mod manifest;
mod measures;
mod names;
mod package;
mod page;
mod results;
mod rows;
mod schema;
mod status;
mod texts;
mod workbook;
mod write;

pub use crate::atomic::AtomicFile;
pub use build::{MIN_FACTS, claim_rows, evidence_rows, rows};
pub use csv::{
    CsvOptions, MAX_CELL, MAX_ROWS, TableInfo, TableWriter, read_table, table_hash, write_rows, write_table,
};
pub use findings::nothing_stands_out;
pub(crate) use findings::{Findings, none_in_story, stands_out};
pub use folder::{OutputDir, begin_output, check_output_dir};
pub use lock::{OutputLock, lock_output};
pub use manifest::{
    AlignmentRecall, Identity, InputInfo, MemoryInfo, ModelInfo, RunManifest, StageTime, State, kept_audit,
};
pub use measures::{MeasureValues, OfArticle, OfClaim, OfMeasures};
pub use names::{RUN_FILE, owns};
pub use package::{PACKAGE_FILE, write_package};
pub use page::{MAX_BYTES, MAX_STORIES, PAGE_FILE, page_stories, renew_page, write_page};
pub(crate) use page::{MAX_FACTS, index, marks, wordings, words};
pub use results::{Results, Rows};
pub use rows::{
    ArticleRow, ClaimRow, ContrastRow, CoverageRow, EdgeRow, EmphasisRow, EvidenceRow, FactRow, LabelRow, LexiconRow,
    RejectedRow, SourcePairRow, SourceRow, StoryRow, TargetRow, TermRow, VoiceRow, tables,
};
pub(crate) use schema::row;

pub use schema::{Cell, Column, Field, FieldGroup, Kind, ReadRow, Row, Table};
pub use status::{EdgeStatus, EmphasisStatus, StoryStatus};
pub use texts::{StoredText, TEXTS_FILE, TextsWriter, read_texts};
pub use workbook::{WORKBOOK_FILE, renew_workbook, write_workbook};
pub use write::{Output, WriteOptions, Written, job_options, write};
