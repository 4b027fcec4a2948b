//! How differently sources frame the same facts.
//!
//! A [`Measure`] scores one statement and can say which words caused the score; [`MEASURES`] lists them. [`contrasts`]
//! compares sources on the facts that they share. What may and may not be concluded stands in the README.

mod baseline;
mod compare;
pub mod contrasts;
mod emphasis;
mod evidence;
mod explain;
mod frames;
mod heads;
mod input;
mod labels;
pub(crate) mod lexicon;
mod measure;
mod measures;
mod profile;
mod register;
mod run;
mod score;
mod statement;
mod story_claims;
mod targets;
mod terms;
mod tone;
mod tones;
mod user_lexicon;
mod vader;
mod vectors;
mod voices;

pub(crate) use baseline::check_baseline;
pub use compare::MeasureContrasts;
pub use emphasis::Emphasis;
pub use evidence::Evidence;
pub use frames::Frames;
pub use heads::{Heads, ReferenceSd};
pub(crate) use input::Input;
pub use labels::Label;
pub use measure::{Comparison, Declaration, Measure};
pub use measures::{MEASURES, Scores};
pub(crate) use measures::{certainties, compared, comparison};
pub use profile::Profile;
pub use register::PairRegister;
pub use run::Framing;
pub(crate) use run::{Options, run};
pub(crate) use score::{score, word_counts};
pub(crate) use statement::Sentence;
pub use statement::{Parts, Statement};
pub use terms::Term;
pub(crate) use tone::{NUMBERS, TargetMention, ToneHead, VIEWS};
pub(crate) use tones::tones;
pub use tones::{TargetTone, ToneContrast, Tones};
pub use user_lexicon::{LexiconScore, LexiconScores, UserLexicon};
pub(crate) use vectors::{Place, TextVectors};
pub use voices::{QuotedSpeaker, Speaking, Voices};
