//! The dialect of the CSV reports.

use clap::Args;

use crate::Result;
use crate::report::CsvOptions;

/// The dialect of the CSV reports.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct CsvArgs {
    /// Separator of the CSV reports: `,` `;` `|` or `tab`
    #[arg(long, value_name = "CHAR", default_value = ",", value_parser = delimiter)]
    delimiter: u8,

    /// Decimal mark of the CSV reports: `.` or `,`
    #[arg(long, value_name = "CHAR", default_value_t = '.')]
    decimal: char,

    /// Write no byte order mark at the start of the CSV reports (Excel needs it to recognise UTF-8)
    #[arg(long)]
    no_bom: bool,
}

impl CsvArgs {
    /// The dialect, checked.
    pub(crate) fn options(&self) -> Result<CsvOptions> {
        CsvOptions { delimiter: self.delimiter, decimal: self.decimal, bom: !self.no_bom }.checked()
    }
}

/// Reads one ASCII character.
fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\\t" => Ok(b'\t'),
        _ if text.len() == 1 => Ok(text.as_bytes()[0]),
        _ => Err("give one of , ; | or the word tab".into()),
    }
}
