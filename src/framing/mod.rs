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
pub mod lexicon;
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

pub use baseline::check_baseline;
pub use compare::MeasureContrasts;
pub use emphasis::Emphasis;
pub use evidence::Evidence;
pub use frames::{Directions, Frames};
pub use heads::Heads;
pub use input::Input;
pub use labels::Label;
pub use measure::{Comparison, Declaration, Measure};
pub use measures::{MEASURES, Scores, certainties, compared, comparison};
pub use profile::Profile;
pub use register::{PairRegister, Yardstick};
pub use run::{Framing, Options, run};
pub use score::{mean_score, score, word_counts};
pub use statement::{Parts, Sentence, Statement};
pub use terms::Term;
pub use tone::{NUMBERS, TargetMention, ToneHead, VIEWS};
pub use tones::{TargetTone, ToneContrast, Tones, tones};
pub use user_lexicon::{LexiconScore, LexiconScores, UserLexicon};
pub use vectors::{Embed, Place, TextVectors};
pub use voices::{QuotedSpeaker, Speaking, Voices};
