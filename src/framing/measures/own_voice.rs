//! M2 `own_voice`: does the outlet say it, or somebody whom it quotes or reports?

use crate::framing::evidence::Evidence;
use crate::framing::measure::{Comparison, Declaration, Measure};
use crate::framing::statement::Statement;
use crate::text::Voice;

pub(super) const MEASURE: Declaration = Declaration {
    name: "own_voice",
    meaning: "1: the outlet says it in its own voice; 0: it attributes it.",
    mean: "Share of the claims stated in the outlet's own voice. 1: nothing is attributed; 0: everything.",
    unit: "share 0 to 1",
    // The column `voice` says more.
    in_claims: false,
    needs_wording: false,
    compared: Some(Comparison {
        rank: 1,
        label: "own voice",
        note: "1: the outlet says it; 0: it attributes it.",
        ends: ["attributes more", "own voice more"],
        says: [
            "attributes the same facts more than the others",
            "states the same facts more in its own voice than the others",
        ],
    }),
    make: |heads| Ok(Box::new(OwnVoice { reference_sd: heads.reference_sd.own_voice })),
};

struct OwnVoice {
    reference_sd: f64,
}

impl Measure for OwnVoice {
    fn score(&self, statement: &Statement<'_>) -> Option<f64> {
        Some(if statement.voice == Voice::Own { 1.0 } else { 0.0 })
    }

    fn explain(&self, statement: &Statement<'_>, _score: f64) -> Vec<Evidence> {
        if statement.voice == Voice::Own {
            return Vec::new();
        }
        let row =
            |span, note: &str| Evidence { measure: MEASURE.name.into(), span, contribution: None, note: note.into() };
        let cue = statement.cue.map(|s| row(s, "attribution cue"));
        let speaker = statement.speaker.map(|s| row(s, "speaker"));
        cue.into_iter().chain(speaker).collect()
    }

    fn reference_sd(&self) -> Option<f64> {
        Some(self.reference_sd)
    }
}
