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

#[doc(hidden)] // for tests
pub use crate::atomic::AtomicFile;
pub(crate) use build::{claim_rows, evidence_rows, rows};
pub use csv::{CsvOptions, TableInfo, read_table, write_table};
pub(crate) use csv::{MAX_ROWS, table_hash, write_rows};
pub(crate) use findings::{Findings, none_in_story, nothing_stands_out, stands_out};
pub(crate) use folder::{OutputDir, begin_output, check_output_dir};
pub(crate) use lock::{OutputLock, lock_output};
pub(crate) use manifest::kept_audit;
pub use manifest::{AlignmentRecall, Identity, InputInfo, MemoryInfo, ModelInfo, RunManifest, StageTime, State};
pub use measures::{MeasureValues, OfArticle, OfClaim, OfMeasures};
pub(crate) use names::RUN_FILE;
#[doc(hidden)] // for tests
pub use names::owns;
pub(crate) use package::{PACKAGE_FILE, write_package};
#[doc(hidden)] // for tests
pub use page::renew_page;
pub(crate) use page::{MAX_FACTS, PAGE_FILE, index, marks, page_stories, wordings, words, write_page};
pub(crate) use results::Results;
pub use results::Rows;
pub use rows::{
    ArticleRow, ClaimRow, ContrastRow, CoverageRow, EdgeRow, EmphasisRow, EvidenceRow, FactRow, LabelRow, LexiconRow,
    RejectedRow, SourcePairRow, SourceRow, StoryRow, TargetRow, TermRow, VoiceRow, tables,
};
pub(crate) use schema::row;

pub use schema::{Cell, Column, Kind, ReadRow, Row, Table};
pub(crate) use schema::{Field, FieldGroup};
pub use status::{EdgeStatus, EmphasisStatus, StoryStatus};
pub(crate) use texts::TEXTS_FILE;
pub use texts::{StoredText, TextsWriter, read_texts};
pub(crate) use workbook::{WORKBOOK_FILE, renew_workbook, write_workbook};
pub use write::{Output, WriteOptions, Written, job_options, write};
