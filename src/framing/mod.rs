//! How differently sources frame the same facts.
//!
//! A [`Measure`] scores one statement and can say which words caused the score. [`contrasts`] compares sources on the
//! facts that they share. What may and may not be concluded stands in the README.

use std::borrow::Cow;

mod baseline;
mod certainty;
pub mod contrasts;
mod emphasis;
mod evidence;
mod labels;
pub mod lexicon;
mod loaded;
mod negativity;
mod own_voice;
mod profile;
mod register;
mod run;
mod statement;
mod targets;
mod terms;
mod tone;
mod tones;
mod user_lexicon;
mod vader;
mod voices;

pub use baseline::check_baseline;
pub use certainty::Certainty;
pub use emphasis::{Directions, Emphasis, Frames};
pub use evidence::Evidence;
pub use labels::Label;
pub use loaded::{Heads, Loaded, LoadedAdj, LoadedQuoted};
pub use negativity::Negativity;
pub use own_voice::OwnVoice;
pub use profile::Profile;
pub use register::{PairRegister, Yardstick};
pub use run::{
    Embed, Framing, Input, MeasureContrasts, Options, Place, Scores, Sentence, TextVectors, certainties, run, score,
    word_counts,
};
pub use statement::{Parts, Statement};
pub use terms::Term;
pub use tone::{Mention, NUMBERS, ToneHead, VIEWS};
pub use tones::{TargetTone, ToneContrast, Tones, tones};
pub use user_lexicon::{LexiconScore, LexiconScores, UserLexicon};
pub use voices::{Heard, Speaking, Voices};

/// A framing score of one statement.
pub trait Measure: Sync {
    /// Its name in columns and rows.
    fn name(&self) -> Cow<'static, str>;

    /// The score; `None` where the statement has nothing to score (all of it is quoted, or nothing is).
    fn score(&self, statement: &Statement<'_>) -> Option<f64>;

    /// The words that raise the score, as spans of the statement's text, with their contribution.
    fn explain(&self, statement: &Statement<'_>) -> Vec<Evidence>;

    /// Standard deviation over the reference sentences (NewsMTSC train): the unit of effect sizes. `None`: unknown, and
    /// effect sizes are in the unit of the measure.
    fn reference_sd(&self) -> Option<f64>;
}
