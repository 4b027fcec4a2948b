//! Scores, evidence and contrasts of a whole corpus.

use rayon::prelude::*;

use super::baseline::baseline;
use super::compare::{self, MeasureContrasts};
use super::emphasis::{self, Emphasis};
use super::evidence::Evidence;
use super::explain;
use super::heads::Heads;
use super::input::Input;
use super::measures::{Scores, compared};
use super::profile::Profile;
use super::register::{self, PairRegister};
use super::score;
use super::story_claims::StoryClaims;
use super::terms::{self, Term};
use super::tones::{self, Tones};
use super::user_lexicon::LexiconScores;
use super::vectors::Embed;
use super::voices::{self, Voices};
use crate::Result;

/// Settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// Seed of the permutations.
    pub seed: u64,
    /// At most so many variants of flagged claims are embedded to find the words behind a score.
    pub evidence_budget: usize,
}

/// The outcome.
#[derive(Debug, Clone)]
pub struct Framing {
    /// The sources' names, sorted: contrasts name them by index.
    pub sources: Vec<String>,
    /// One per claim of the table. Of an article in no story, only the first [`LEAD_CLAIMS`](crate::claims::LEAD_CLAIMS)
    /// claims are scored.
    pub scores: Vec<Scores>,
    /// The same for each list of the user.
    pub lexicons: Vec<LexiconScores>,
    /// (claim, evidence); spans count from the claim's start. Claims of stories only.
    pub evidence: Vec<(usize, Evidence)>,
    /// One per measure that is compared.
    pub contrasts: Vec<MeasureContrasts>,
    /// Tone toward the targets of the stories.
    pub tones: Tones,
    /// The words that mark a source: over all stories, then in each.
    pub terms: Vec<Term>,
    /// One per article: how it talks.
    pub profiles: Vec<Profile>,
    /// How differently each pair of sources talks.
    pub registers: Vec<PairRegister>,
    /// The names of the topic frames: emphasis names them by index.
    pub frames: Vec<String>,
    /// How much sources dwell on topic frames: over all stories, then in each.
    pub emphasis: Vec<Emphasis>,
    /// Who speaks, and whom each source lets speak.
    pub voices: Voices,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Scores all claims, explains the flagged ones, contrasts the sources. `contrasted(done, total)` is told how many of the
/// last steps are done, none at first: these are the tests, which embed nothing.
///
/// # Errors
/// Those of `embed` and `contrasted`; [`crate::Error::Data`] when a shipped resource is damaged or does not fit the model.
pub(crate) fn run(
    input: &Input<'_>,
    options: &Options,
    embed: &mut Embed<'_, '_>,
    contrasted: &dyn Fn(u64, u64) -> Result<()>,
) -> Result<Framing> {
    let heads = Heads::shipped()?;
    let sources = input.sources();
    let baseline = baseline(input.baseline, &sources, input.articles, input.wire);

    let mut in_story = vec![false; input.articles.len()];
    input.stories.iter().flat_map(|s| &s.articles).for_each(|&a| in_story[a] = true);
    let scored = score::scored_claims(input, &in_story);
    let sentences: Vec<_> = scored.par_iter().map(|&claim| score::statement_of(input, claim)).collect();
    let scores = score::of_claims(input, &heads, &scored, &sentences, embed)?;
    let profiles = score::profiles(input, &scored, &sentences)?;

    // Evidence is given for stories alone.
    let sentences = StoryClaims::new(input, &in_story, scored, sentences);
    let mut warnings = Vec::new();
    let mut evidence =
        explain::evidence(input, options.evidence_budget, &heads, &sentences, &scores, embed, &mut warnings)?;
    let (tones, of_tones) = tones::run(input, &sources, baseline.as_ref(), options.seed, &sentences, embed)?;
    evidence.extend(of_tones);
    let lexicons = score::lexicon_scores(input, &sentences, &mut evidence);
    evidence.sort_by(|(a, x), (b, y)| (a, &x.measure, x.span, &x.note).cmp(&(b, &y.measure, y.span, &y.note)));

    let terms = terms::run(input, &sources, &|claim| &sentences[claim].1);
    let emphasis = emphasis::run(input, &sources, options.seed, embed)?;

    // Pairs of sources, speakers, then each measure.
    let (mut done, steps) = (0, (2 + compared().len() + input.lexicons.len()) as u64);
    let mut step = || {
        done += 1;
        contrasted(done, steps)
    };
    contrasted(0, steps)?;
    let loaded = |article: usize| score::mean_score(input.claims.by_article[article].clone(), &scores, "loaded");
    let registers = register::run(input, &sources, options.seed, &loaded, &profiles)?;
    step()?;
    let voices = voices::run(input, &sources);
    step()?;
    warnings.extend(compare::crowd_warning(input));
    let compared = compare::Measured { heads: &heads, scores: &scores, lexicons: &lexicons };
    let contrasts = compare::by_measure(input, &sources, baseline.as_ref(), options.seed, &compared, &mut step)?;

    Ok(Framing {
        sources,
        scores,
        lexicons,
        evidence,
        contrasts,
        tones,
        terms,
        profiles,
        registers,
        frames: input.frames.names().to_vec(),
        emphasis,
        voices,
        warnings,
    })
}
