//! The third stage: sources are compared by each measure, within stories and over all of them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::contrasts::{
    self, Baseline, Contrast, ContrastConfig, FactValues, MOST_PAIRED, PairContrast, SourceContrast, StoryValues,
    Teller, TellerValue,
};
use super::heads::Heads;
use super::input::Input;
use super::measure::Measure;
use super::measures::{Measures, Scores, compared};
use super::user_lexicon::LexiconScores;
use crate::Result;

/// All contrasts by one measure.
#[derive(Debug, Clone)]
pub struct MeasureContrasts {
    /// The measure.
    pub measure: Cow<'static, str>,
    /// Within stories.
    pub stories: Vec<Contrast>,
    /// Sources over stories.
    pub sources: Vec<SourceContrast>,
    /// Pairs of sources over stories.
    pub pairs: Vec<PairContrast>,
    /// Divergence of each story that could be tested, by its id; empty for a measure without a reference.
    pub divergence: BTreeMap<String, f64>,
}

/// What sources are compared by.
#[derive(Clone, Copy)]
pub(super) struct Measured<'a> {
    pub(super) heads: &'a Heads,
    /// One per claim of the table.
    pub(super) scores: &'a [Scores],
    /// One per list of the user.
    pub(super) lexicons: &'a [LexiconScores],
}

/// A measure that sources are compared by: its name, its standard deviation over the reference sentences, the score of a
/// claim.
type Compared<'a> = (Cow<'static, str>, Option<f64>, Box<dyn Fn(usize) -> Option<f64> + 'a>);

/// The contrasts by each measure that is compared, and by each list of the user. `step` is called after each.
///
/// # Errors
/// Those of `step`; [`crate::Error::Data`] when a shipped resource is damaged.
pub(super) fn by_measure(
    input: &Input<'_>,
    sources: &[String],
    baseline: Option<&Baseline>,
    seed: u64,
    measured: &Measured<'_>,
    step: &mut dyn FnMut() -> Result<()>,
) -> Result<Vec<MeasureContrasts>> {
    let Measured { heads, scores, lexicons } = *measured;
    let measures = Measures::new(heads)?;
    let registered = compared().into_iter().map(|(declared, _)| -> Compared<'_> {
        let sd = measures.get(declared.name).and_then(Measure::reference_sd);
        (declared.name.into(), sd, Box::new(|claim| scores[claim].of(declared.name)))
    });
    let of_user = input.lexicons.iter().zip(lexicons).map(|(lexicon, found)| -> Compared<'_> {
        (lexicon.measure().into(), None, Box::new(|claim| found.scores[claim].map(|s| s.value)))
    });
    registered
        .chain(of_user)
        .map(|(measure, sd, value)| {
            let values = story_values(input, sources, &value);
            let all = ContrastConfig { seed, reference_sd: sd.unwrap_or(1.0), ..Default::default() };
            let config = ContrastConfig { baseline: baseline.cloned(), ..all.clone() };
            let stories = contrasts::story_contrasts(&values, &config);
            // How far apart the sources of a story are is asked of all of them.
            let everyone = baseline.map(|_| contrasts::story_contrasts(&values, &all));
            let divergence = everyone
                .as_ref()
                .unwrap_or(&stories)
                .chunk_by(|a, b| a.story == b.story)
                .filter_map(|rows| {
                    let divergence = contrasts::divergence(rows.iter().map(|c| &c.estimate), sd?)?;
                    Some((rows[0].story.clone(), divergence))
                })
                .collect();
            let sources = contrasts::source_contrasts(&values, &config);
            let pairs = contrasts::pair_contrasts(&values, &all);
            step()?;
            Ok(MeasureContrasts { measure, stories, sources, pairs, divergence })
        })
        .collect()
}

/// For each story, what each teller's claims of each fact score on average.
fn story_values(input: &Input<'_>, sources: &[String], value: &dyn Fn(usize) -> Option<f64>) -> Vec<StoryValues> {
    input
        .stories
        .iter()
        .zip(input.facts)
        .map(|(story, facts)| StoryValues {
            story: story.id.clone(),
            facts: facts
                .iter()
                .map(|fact| {
                    let mut tellers: BTreeMap<Teller, (f64, f64)> = BTreeMap::new();
                    for &claim in &fact.claims {
                        let article = input.claims.claims[claim].article;
                        let teller = input.teller(sources, article);
                        if let Some(v) = value(claim) {
                            let (sum, n) = tellers.entry(teller).or_default();
                            *sum += v;
                            *n += 1.0;
                        }
                    }
                    let values =
                        tellers.into_iter().map(|(teller, (sum, n))| TellerValue { teller, value: sum / n }).collect();
                    FactValues { fact: fact.id.clone(), values }
                })
                .collect(),
        })
        .collect()
}

/// Says so if stories have too many sources for all pairs of them to be compared.
pub(super) fn crowd_warning(input: &Input<'_>) -> Option<String> {
    let is_crowded = |articles: &[usize]| {
        let sources: BTreeSet<&str> = articles.iter().map(|&a| input.articles[a].source.as_str()).collect();
        sources.len() > MOST_PAIRED
    };
    let crowded = input.stories.iter().filter(|story| is_crowded(&story.articles)).count();
    (crowded > 0).then(|| {
        format!(
            "source_pairs.csv says nothing of {crowded} {} that more than {MOST_PAIRED} sources tell: pairs would be too many",
            if crowded == 1 { "story" } else { "stories" },
        )
    })
}
