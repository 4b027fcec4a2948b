//! Texts and what the measures say of them: what `measure` prints and `calibrate` holds against labels.

use super::args::cache::CacheArgs;
use super::args::model::{ModelArgs, open_cached};
use super::progress::Progress;
use crate::framing::{self, MEASURES, Parts, Scores, Sentence, TargetMention, UserLexicon};
use crate::pipeline::Observer;
use crate::{Result, text};

/// Texts and what the measures say of them.
pub(crate) struct Measured<'t> {
    pub statements: Vec<(Sentence<'t>, Parts<'t>)>,
    scores: Vec<Scores>,
    /// Where targets were named.
    tones: Option<Vec<Option<f64>>>,
    /// What the user's lists find, by name of the measure.
    lexicons: Vec<(String, Vec<Option<f64>>)>,
}

/// Takes each text as one statement: attribution and parts.
pub(crate) fn as_statement(text: &str) -> (Sentence<'_>, Parts<'_>) {
    let whole = [text::Span::new(0, text.len()).trimmed(text)];
    let attribution = text::attribute(text, &whole).into_iter().next();
    let quotes = attribution.as_ref().map(|a| a.quotes.clone()).unwrap_or_default();
    let sentence = Sentence {
        text,
        voice: attribution.as_ref().map_or(text::Voice::Own, |a| a.voice),
        cue: attribution.as_ref().and_then(|a| a.cue),
        speaker: attribution.as_ref().and_then(|a| a.speaker),
    };
    (sentence, Parts::new(text, &quotes))
}

impl<'t> Measured<'t> {
    /// Scores texts; `targets` names somebody in each of them.
    pub(crate) fn of(
        texts: &[&'t str],
        targets: Option<&[&str]>,
        lexicons: &[UserLexicon],
        model: &ModelArgs,
        vectors: &CacheArgs,
        progress: &Progress,
    ) -> Result<Self> {
        let embedder = open_cached(model, vectors, progress)?;
        let statements: Vec<_> = texts.iter().map(|text| as_statement(text)).collect();
        let mut embed = |texts: &[&str], stage: &'static str| -> Result<framing::TextVectors<'static>> {
            progress.stage(stage, "tokens", None);
            Ok(embedder.embed(texts, &|done, total| progress.progress(done, total))?.0.into())
        };
        let scores = framing::score(&framing::Heads::shipped()?, &statements, &mut embed)?;
        let tones = match targets {
            Some(targets) => {
                let mut tones = vec![None; texts.len()];
                // Only what the outlet says itself; a target that stands in a quotation has no tone.
                let own = |i: usize| statements[i].1.own.as_deref().filter(|_| statements[i].1.has_wording());
                let named =
                    (0..texts.len()).filter_map(|i| Some((i, own(i)?, TargetMention::find(own(i)?, targets[i])?)));
                let (at, mentions): (Vec<usize>, Vec<_>) = named.map(|(i, own, span)| (i, (own, span))).unzip();
                let found = framing::tones(&framing::ToneHead::shipped()?, &mentions, &mut embed)?;
                at.into_iter().zip(found).for_each(|(i, tone)| tones[i] = Some(tone));
                Some(tones)
            }
            None => None,
        };
        progress.finish();
        let found = |list: &UserLexicon| {
            let scores =
                statements.iter().map(|(sentence, parts)| list.scored(&sentence.with(parts)).map(|found| found.value));
            (list.measure(), scores.collect())
        };
        let lexicons = lexicons.iter().map(found).collect();
        Ok(Measured { statements, scores, tones, lexicons })
    }

    /// Each measure with a value for every text.
    pub(crate) fn columns(&self) -> Vec<(String, Vec<Option<f64>>)> {
        let scored = MEASURES.iter().map(|measure| {
            (measure.name.to_owned(), self.scores.iter().map(|scores| scores.of(measure.name)).collect())
        });
        let tone = self.tones.clone().map(|tones| ("tone".to_owned(), tones));
        scored.chain(tone).chain(self.lexicons.iter().cloned()).collect()
    }
}
