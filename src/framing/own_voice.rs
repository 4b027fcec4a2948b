//! M2 `own_voice`: does the outlet say it, or somebody whom it quotes or reports?

use std::borrow::Cow;

use super::{Evidence, Measure, Statement};
use crate::text::Voice;

/// 1 in the outlet's own voice, 0 attributed.
#[derive(Debug, Clone, Copy)]
pub struct OwnVoice {
    /// Standard deviation over the reference sentences.
    pub reference_sd: f64,
}

impl Measure for OwnVoice {
    fn name(&self) -> Cow<'static, str> {
        "own_voice".into()
    }

    fn score(&self, statement: &Statement<'_>) -> Option<f64> {
        Some(if statement.voice == Voice::Own { 1.0 } else { 0.0 })
    }

    fn explain(&self, statement: &Statement<'_>) -> Vec<Evidence> {
        let row = |span, note: &str| Evidence { measure: self.name(), span, contribution: None, note: note.into() };
        let cue = statement.cue.map(|s| row(s, "attribution cue"));
        let speaker = statement.speaker.map(|s| row(s, "speaker"));
        cue.into_iter().chain(speaker).collect()
    }

    fn reference_sd(&self) -> Option<f64> {
        Some(self.reference_sd)
    }
}
