//! Word lists of the user.

use std::collections::BTreeMap;

use clap::Args;

use crate::framing::UserLexicon;
use crate::{Error, Result};

/// Word lists of the user.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Measures")]
pub(crate) struct LexiconArgs {
    /// Add a word list of yours as the measure `lexicon:NAME`: the sum of its weights per 100 of the outlet's own words.
    /// FILE is a table with the columns term and weight; without weight each term counts 1. A term may have several words
    /// and a * at its end. May be repeated
    #[arg(long, value_name = "NAME=FILE")]
    lexicon: Vec<String>,
}

impl LexiconArgs {
    /// The lists, sorted by name.
    pub(crate) fn open(&self) -> Result<Vec<UserLexicon>> {
        let mut lists: BTreeMap<String, UserLexicon> = BTreeMap::new();
        for option in &self.lexicon {
            let (name, path) = option.split_once('=').ok_or_else(|| {
                Error::usage(format!("--lexicon {option}: expected NAME=FILE"), "write e.g. --lexicon fear=fear.csv")
            })?;
            let list = UserLexicon::open(name.trim(), path.trim())?;
            if let Some(other) = lists.insert(list.name().into(), list) {
                let reason = format!("--lexicon {option}: {} is also called \"{}\"", other.path(), other.name());
                return Err(Error::usage(reason, "give each list a name of its own"));
            }
        }
        Ok(lists.into_values().collect())
    }
}
