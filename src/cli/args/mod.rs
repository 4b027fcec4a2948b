//! Arguments that several commands have, and what they stand for.

pub(crate) mod cache;
pub(crate) mod csv;
pub(crate) mod input;
pub(crate) mod lexicon;
pub(crate) mod memory;
pub(crate) mod model;
pub(crate) mod scores;
pub(crate) mod size;

use clap::ValueEnum;

/// The word by which the command line names a choice.
pub(crate) fn word(choice: impl ValueEnum) -> String {
    choice.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Reads a whole number that is not 0.
pub(crate) fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&n| n > 0).ok_or_else(|| "write a whole number, at least 1".into())
}
