//! Scores, evidence and contrasts of a whole corpus.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use ndarray::{Array2, ArrayView1};
use rayon::prelude::*;

use super::baseline::baseline;
use super::contrasts::{
    self, Contrast, ContrastConfig, FactValues, PairContrast, SourceContrast, StoryValues, Voice as Speaker, VoiceValue,
};
use super::evidence::deletions;
use super::{
    Certainty, Evidence, Heads, Loaded, LoadedAdj, LoadedQuoted, Measure, Negativity, OwnVoice, Parts, Statement,
};
use super::{
    Emphasis, Frames, LexiconScores, PairRegister, Profile, Term, Tones, UserLexicon, Voices, emphasis, lexicon,
    loaded, profile, register, terms, tones, voices,
};
use crate::background::Background;
use crate::claims::LEAD_CLAIMS;
use crate::corpus::Article;
use crate::embed::Vectors;
use crate::facts::{ClaimTable, Fact};
use crate::stories::Story;
use crate::text::{self, Span, Voice};
use crate::{Error, Result};

/// Claims with at least this much loaded wording are flagged: their words are named.
const FLAGGED: f64 = 1.0;
/// Words of a flagged claim that are named beside the lexicon hits, at most.
const TOP_WORDS: usize = 5;
/// A word whose deletion changes the raw score by less is not named.
const MIN_CONTRIBUTION: f64 = 0.1;

/// What is to be scored.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The articles.
    pub articles: &'a [Article],
    /// Wire group of each article.
    pub wire: &'a [Option<u32>],
    /// Their claims.
    pub claims: &'a ClaimTable,
    /// The stories.
    pub stories: &'a [Story],
    /// The facts of each story.
    pub facts: &'a [Vec<Fact>],
    /// How common words are: what words distinguish a source is told against it.
    pub background: &'a Background,
    /// The topic frames whose emphasis is compared.
    pub frames: &'a Frames,
    /// Word lists of the user, each a measure more.
    pub lexicons: &'a [UserLexicon],
    /// Sources that the others are contrasted with, by name; empty: all.
    pub baseline: &'a [String],
}

/// Settings.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Seed of the permutations.
    pub seed: u64,
    /// At most so many variants of flagged claims are embedded to find the words behind a score.
    pub evidence_budget: usize,
}

/// Scores of one claim. `None`: nothing to score.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Scores {
    /// Raw loaded wording.
    pub loaded: Option<f64>,
    /// The same, length taken out.
    pub loaded_adj: Option<f64>,
    /// Inside quotation marks.
    pub loaded_quoted: Option<f64>,
    /// 1 own voice, 0 attributed.
    pub own_voice: Option<f64>,
    /// P(negative tone).
    pub negativity: Option<f64>,
    /// Boosters less hedges per 100 words.
    pub certainty: Option<f64>,
}

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

/// The outcome.
#[derive(Debug, Clone)]
pub struct Framing {
    /// The sources' names, sorted: contrasts name them by index.
    pub sources: Vec<String>,
    /// One per claim of the table. Of an article in no story, only the first [`LEAD_CLAIMS`] claims are scored.
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

/// A measure that sources are compared by, and the score of a claim.
type Compared<'a> = (&'a dyn Measure, Box<dyn Fn(usize) -> Option<f64> + 'a>);

/// The measures that need nothing but the statement.
struct Measures<'a> {
    loaded: Loaded<'a>,
    loaded_adj: LoadedAdj<'a>,
    loaded_quoted: LoadedQuoted<'a>,
    own_voice: OwnVoice,
    negativity: Negativity<'a>,
    certainty: Certainty,
}

impl<'a> Measures<'a> {
    fn new(heads: &'a Heads) -> Result<Self> {
        Ok(Measures {
            loaded: Loaded::new(heads)?,
            loaded_adj: LoadedAdj(Loaded::new(heads)?),
            loaded_quoted: LoadedQuoted(Loaded::new(heads)?),
            own_voice: OwnVoice { reference_sd: heads.reference_sd.own_voice },
            negativity: Negativity(heads),
            certainty: Certainty::new(heads.reference_sd.certainty)?,
        })
    }

    fn scores(&self, s: &Statement<'_>) -> Scores {
        Scores {
            loaded: self.loaded.score(s),
            loaded_adj: self.loaded_adj.score(s),
            loaded_quoted: self.loaded_quoted.score(s),
            own_voice: self.own_voice.score(s),
            negativity: self.negativity.score(s),
            certainty: self.certainty.score(s),
        }
    }
}

/// Where the vector of a text is.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// In the table: that of a claim.
    Claim(usize),
    /// In a row beside it.
    New(usize),
}

/// Vectors of texts, most of which are claims that have theirs: these are not copied.
#[derive(Debug)]
pub struct TextVectors<'v> {
    /// The table that [`Place::Claim`] means.
    pub claims: Option<&'v ClaimTable>,
    /// The rows that [`Place::New`] means.
    pub rows: Array2<f32>,
    /// For each text asked for.
    pub places: Vec<Place>,
}

impl TextVectors<'_> {
    /// Length of a vector.
    pub(super) fn dimension(&self) -> usize {
        self.claims.map_or(self.rows.ncols(), ClaimTable::dimension)
    }

    /// The vector of the `i`-th text that was asked for.
    pub(super) fn of(&self, i: usize) -> ArrayView1<'_, f32> {
        match (self.places[i], self.claims) {
            (Place::Claim(claim), Some(table)) => table.vector(claim),
            (Place::Claim(row) | Place::New(row), _) => self.rows.row(row),
        }
    }
}

impl From<Vectors> for TextVectors<'_> {
    fn from(vectors: Vectors) -> Self {
        let places = vectors.index.into_iter().map(Place::New).collect();
        TextVectors { claims: None, rows: vectors.rows, places }
    }
}

/// Embeds texts, for a stage of that name.
pub type Embed<'e, 'v> = dyn FnMut(&[&str], &'static str) -> Result<TextVectors<'v>> + 'e;

/// A sentence to be scored that belongs to no article.
#[derive(Debug, Clone, Copy)]
pub struct Sentence<'a> {
    /// The text.
    pub text: &'a str,
    /// Attribution, spans in `text`.
    pub voice: Voice,
    /// Attributing words.
    pub cue: Option<Span>,
    /// Speaker.
    pub speaker: Option<Span>,
}

impl<'a> Sentence<'a> {
    /// What a measure scores that needs no vector.
    pub(crate) fn with(&self, parts: &'a Parts<'a>) -> Statement<'a> {
        let Sentence { text, voice, cue, speaker } = *self;
        Statement { text, parts, own: None, quoted: None, voice, cue, speaker }
    }
}

/// Embeds the parts of sentences and scores them: `(sentence, its parts)`.
///
/// # Errors
/// Those of `embed`; [`Error::Data`] when the heads do not fit the model.
pub fn score(heads: &Heads, sentences: &[(Sentence<'_>, Parts<'_>)], embed: &mut Embed<'_, '_>) -> Result<Vec<Scores>> {
    let vectors = part_vectors(sentences, embed)?;
    if vectors.rows.nrows() > 0 && vectors.rows.ncols() != heads.dimension() {
        let reason =
            format!("are for vectors of {} values, the model gives {}", heads.dimension(), vectors.rows.ncols());
        return Err(Error::Data { name: "heads".into(), reason });
    }
    let measures = Measures::new(heads)?;
    // The first text of each sentence among those embedded.
    let mut embedded = 0;
    let first = |(_, parts): &(Sentence<'_>, Parts<'_>)| {
        let first = embedded;
        embedded += usize::from(parts.own.is_some()) + usize::from(parts.quoted.is_some());
        first as u32
    };
    let firsts: Vec<u32> = sentences.iter().map(first).collect();
    let scores = |((s, parts), &first): (&(Sentence<'_>, Parts<'_>), &u32)| {
        let first = first as usize;
        let own = parts.own.is_some().then(|| vectors.of(first));
        let quoted = parts.quoted.is_some().then(|| vectors.of(first + usize::from(own.is_some())));
        measures.scores(&Statement { own, quoted, ..s.with(parts) })
    };
    Ok(sentences.par_iter().zip(&firsts).map(scores).collect())
}

/// Words, lexicon hits and `core` of any texts: what the heads are fitted with.
///
/// # Errors
/// [`Error::Data`] when the word list is damaged.
pub fn word_counts<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Vec<(usize, usize, f64)>> {
    let lexicon = lexicon::shipped(&lexicon::LOADED_WORDS)?;
    Ok(texts
        .map(|t| {
            let (words, hits) = (text::words(t).len(), lexicon.hits(t).len());
            (words, hits, loaded::core(hits, words))
        })
        .collect())
}

/// `certainty` of any texts.
///
/// # Errors
/// [`Error::Data`] when the word list is damaged.
pub fn certainties<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Vec<Option<f64>>> {
    let certainty = Certainty::new(1.0)?;
    Ok(texts.map(|t| certainty.of(t)).collect())
}

fn part_vectors<'v>(sentences: &[(Sentence<'_>, Parts<'_>)], embed: &mut Embed<'_, 'v>) -> Result<TextVectors<'v>> {
    let texts: Vec<&str> =
        sentences.iter().flat_map(|(_, p)| [p.own.as_deref(), p.quoted.as_deref()]).flatten().collect();
    embed(&texts, "own words")
}

/// The claims of stories as they were scored.
pub(super) struct Told<'a> {
    /// For each claim of the table, its place; `u32::MAX` if it is in no story.
    place: Vec<u32>,
    sentences: Vec<(Sentence<'a>, Parts<'a>)>,
}

impl<'a> Told<'a> {
    /// Keeps those that are in a story of the sentences of the claims `scored`.
    fn new(
        input: &Input<'_>,
        in_story: &[bool],
        scored: Vec<usize>,
        mut sentences: Vec<(Sentence<'a>, Parts<'a>)>,
    ) -> Self {
        let mut place = vec![u32::MAX; input.claims.claims.len()];
        let mut scored = scored.into_iter();
        let mut next = 0;
        sentences.retain(|_| {
            let told = scored.next().filter(|&claim| in_story[input.claims.claims[claim].article]);
            if let Some(claim) = told {
                place[claim] = next;
                next += 1;
            }
            told.is_some()
        });
        sentences.shrink_to_fit();
        Told { place, sentences }
    }

    /// A claim; `None` if it is in no story.
    pub(super) fn get(&self, claim: usize) -> Option<&(Sentence<'a>, Parts<'a>)> {
        self.sentences.get(self.place[claim] as usize)
    }
}

/// A claim of a story.
impl<'a> std::ops::Index<usize> for Told<'a> {
    type Output = (Sentence<'a>, Parts<'a>);

    fn index(&self, claim: usize) -> &Self::Output {
        &self.sentences[self.place[claim] as usize]
    }
}

/// How each article talks, in what was scored of it.
fn profiles(input: &Input<'_>, scored: &[usize], sentences: &[(Sentence<'_>, Parts<'_>)]) -> Result<Vec<Profile>> {
    let counter = profile::Counter::new()?;
    let article = |claim: usize| input.claims.claims[claim].article;
    // The claims of an article are neighbours.
    let articles: Vec<&[usize]> = scored.chunk_by(|&a, &b| article(a) == article(b)).collect();
    let mut starts = Vec::with_capacity(articles.len());
    articles.iter().fold(0, |start, claims| {
        starts.push(start);
        start + claims.len()
    });
    let of_article = |(claims, &start): (&&[usize], &usize)| {
        let mut profile = Profile::default();
        for (&c, (_, parts)) in claims.iter().zip(&sentences[start..]) {
            profile +=
                counter.count(parts, input.claims.claims[c].scare.len(), input.claims.terms[c].quantities().len());
        }
        (article(claims[0]), profile)
    };
    let counted: Vec<(usize, Profile)> = articles.par_iter().zip(&starts).map(of_article).collect();
    let mut profiles = vec![Profile::default(); input.articles.len()];
    counted.into_iter().for_each(|(article, profile)| profiles[article] = profile);
    Ok(profiles)
}

/// Scores all claims, explains the flagged ones, contrasts the sources. `contrasted(done, total)` hears how many of the last
/// steps are done, none at first: the tests, which embed nothing.
///
/// # Errors
/// Those of `embed` and `contrasted`; [`Error::Data`] when a shipped resource is damaged or does not fit the model.
pub fn run(
    input: &Input<'_>,
    options: &Options,
    embed: &mut Embed<'_, '_>,
    contrasted: &dyn Fn(u64, u64) -> Result<()>,
) -> Result<Framing> {
    let heads = Heads::shipped()?;
    let mut in_story = vec![false; input.articles.len()];
    input.stories.iter().flat_map(|s| &s.articles).for_each(|&a| in_story[a] = true);
    let limit = |a: usize| if in_story[a] { usize::MAX } else { LEAD_CLAIMS };
    let scored: Vec<usize> = (0..input.articles.len()).flat_map(|a| input.claims.lead(a, limit(a))).collect();
    let sentences: Vec<(Sentence<'_>, Parts<'_>)> = scored
        .par_iter()
        .map(|&claim| {
            let claim = &input.claims.claims[claim];
            let text = claim.text(&input.articles[claim.article]);
            let inside = |s: Span| s.intersection(claim.span).map(|s| s.unshifted(claim.span.start));
            let quotes: Vec<Span> = claim.quotes.iter().filter_map(|&q| inside(q)).collect();
            let sentence = Sentence {
                text,
                voice: claim.voice,
                cue: claim.cue.and_then(inside),
                speaker: claim.speaker.and_then(inside),
            };
            (sentence, Parts::new(text, &quotes))
        })
        .collect();
    let mut scores = vec![Scores::default(); input.claims.claims.len()];
    for ((&claim, mut score), (_, parts)) in scored.iter().zip(score(&heads, &sentences, embed)?).zip(&sentences) {
        // Two or three own words beside a quotation are no wording: who quotes more would look less loaded.
        if !parts.has_wording() {
            (score.loaded, score.loaded_adj) = (None, None);
        }
        scores[claim] = score;
    }
    let profiles = profiles(input, &scored, &sentences)?;
    // Evidence is given for stories alone.
    let sentences = Told::new(input, &in_story, scored, sentences);
    let mut warnings = Vec::new();
    let mut evidence = explain(input, options, &heads, &sentences, &scores, embed, &mut warnings)?;

    let mut sources: Vec<String> = input.articles.iter().map(|a| a.source.clone()).collect();
    sources.sort_unstable();
    sources.dedup();
    let baseline = baseline(input.baseline, &sources, input.articles, input.wire);
    let (tones, of_tones) = tones::run(input, &sources, baseline.as_ref(), options.seed, &sentences, embed)?;
    evidence.extend(of_tones);
    let lexicons = lexicon_scores(input, &sentences, &mut evidence);
    evidence.sort_by(|(a, x), (b, y)| (a, &x.measure, x.span, &x.note).cmp(&(b, &y.measure, y.span, &y.note)));
    let terms = terms::run(input, &sources, &|claim| &sentences[claim].1);
    let emphasis = emphasis::run(input, &sources, options.seed, embed)?;
    // Pairs of sources, speakers, then each measure.
    let (mut done, steps) = (0, 5 + input.lexicons.len() as u64);
    let mut step = || {
        done += 1;
        contrasted(done, steps)
    };
    contrasted(0, steps)?;
    let loaded = |article: usize| {
        let of_claims = input.claims.by_article[article].clone().filter_map(|c| scores[c].loaded);
        let (sum, n) = of_claims.fold((0.0, 0.0), |(sum, n), v| (sum + v, n + 1.0));
        (n > 0.0).then_some(sum / n)
    };
    let registers = register::run(input, &sources, options.seed, &loaded, &profiles)?;
    step()?;
    let voices = voices::run(input, &sources);
    step()?;
    let measures = Measures::new(&heads)?;
    let crowded = |story: &&Story| {
        let tellers: BTreeSet<&str> = story.articles.iter().map(|&a| input.articles[a].source.as_str()).collect();
        tellers.len() > contrasts::MOST_PAIRED
    };
    let crowded = input.stories.iter().filter(crowded).count();
    if crowded > 0 {
        warnings.push(format!(
            "source_pairs.csv says nothing of {crowded} {} that more than {} sources tell: pairs would be too many",
            if crowded == 1 { "story" } else { "stories" },
            contrasts::MOST_PAIRED
        ));
    }
    let mut compared: Vec<Compared<'_>> = vec![
        (&measures.loaded_adj, Box::new(|claim| scores[claim].loaded_adj)),
        (&measures.own_voice, Box::new(|claim| scores[claim].own_voice)),
        (&measures.loaded_quoted, Box::new(|claim| scores[claim].loaded_quoted)),
    ];
    for (lexicon, found) in input.lexicons.iter().zip(&lexicons) {
        compared.push((lexicon, Box::new(|claim| found.scores[claim].map(|s| s.value))));
    }
    let contrasts = compared
        .iter()
        .map(|(measure, value)| {
            let values = story_values(input, &sources, &value);
            let sd = measure.reference_sd();
            let all = ContrastConfig { seed: options.seed, reference_sd: sd.unwrap_or(1.0), ..Default::default() };
            let config = ContrastConfig { baseline: baseline.clone(), ..all.clone() };
            let stories = contrasts::story_contrasts(&values, &config);
            // How far apart the sources of a story are is asked of all of them.
            let everyone = baseline.as_ref().map(|_| contrasts::story_contrasts(&values, &all));
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
            Ok(MeasureContrasts { measure: measure.name(), stories, sources, pairs, divergence })
        })
        .collect::<Result<_>>()?;
    drop(compared);
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

/// Who speaks in an article. Reprints of one text are one voice.
pub(super) fn voice_of(input: &Input<'_>, sources: &[String], article: usize) -> Speaker {
    match input.wire[article] {
        Some(group) => Speaker::Wire(group),
        None => Speaker::Source(sources.partition_point(|s| *s < input.articles[article].source) as u32),
    }
}

/// For each story, what each voice's claims of each fact score on average. Reprints of one text are one voice.
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
                    let mut voices: BTreeMap<Speaker, (f64, f64)> = BTreeMap::new();
                    for &claim in &fact.claims {
                        let article = input.claims.claims[claim].article;
                        let speaker = voice_of(input, sources, article);
                        if let Some(v) = value(claim) {
                            let (sum, n) = voices.entry(speaker).or_default();
                            *sum += v;
                            *n += 1.0;
                        }
                    }
                    let values =
                        voices.into_iter().map(|(voice, (sum, n))| VoiceValue { voice, value: sum / n }).collect();
                    FactValues { fact: fact.id.clone(), values }
                })
                .collect(),
        })
        .collect()
}

/// What the user's lists find in the claims of stories; every hit is evidence.
fn lexicon_scores(
    input: &Input<'_>,
    sentences: &Told<'_>,
    evidence: &mut Vec<(usize, Evidence)>,
) -> Vec<LexiconScores> {
    let claims = 0..input.claims.claims.len();
    let of_list = |lexicon: &UserLexicon| {
        let (scores, hits): (Vec<_>, Vec<_>) = claims
            .clone()
            .into_par_iter()
            .map(|claim| match sentences.get(claim) {
                // As for `loaded`: two or three words beside a quotation are no wording.
                Some((s, parts)) if parts.has_wording() => {
                    let statement = s.with(parts);
                    let hits: Vec<_> = lexicon.explain(&statement).into_iter().map(|e| (claim, e)).collect();
                    (lexicon.scored(&statement), hits)
                }
                _ => (None, Vec::new()),
            })
            .unzip();
        evidence.extend(hits.into_iter().flatten());
        LexiconScores { name: lexicon.name().into(), scores }
    };
    input.lexicons.iter().map(of_list).collect()
}

/// Evidence for the claims of stories: attribution marks, scare quotes, and for flagged claims the words behind the
/// score: lexicon hits, and the words whose deletion lowers it most. A contribution is what the raw score loses when the
/// word is deleted (note `deleted`), or what a lexicon hit alone adds where the budget did not allow that.
fn explain(
    input: &Input<'_>,
    options: &Options,
    heads: &Heads,
    sentences: &Told<'_>,
    scores: &[Scores],
    embed: &mut Embed<'_, '_>,
    warnings: &mut Vec<String>,
) -> Result<Vec<(usize, Evidence)>> {
    let measures = Measures::new(heads)?;
    let mut rows: Vec<(usize, Evidence)> = Vec::new();
    let in_stories: Vec<usize> = {
        let articles = input.stories.iter().flat_map(|s| &s.articles);
        articles.flat_map(|&a| input.claims.by_article[a].clone()).collect()
    };
    let statement = |claim: usize| {
        let (s, parts) = &sentences[claim];
        s.with(parts)
    };
    let flagged_score = |claim: usize| scores[claim].loaded_adj.filter(|&s| s >= FLAGGED);
    for &claim in &in_stories {
        let s = statement(claim);
        if s.voice != Voice::Own {
            rows.extend(measures.own_voice.explain(&s).into_iter().map(|e| (claim, e)));
        }
        let start = input.claims.claims[claim].span.start;
        rows.extend(input.claims.claims[claim].scare.iter().map(|span| {
            let span = span.unshifted(start);
            (
                claim,
                Evidence { measure: "scare_quotes".into(), span, contribution: None, note: "quotation marks".into() },
            )
        }));
        if scores[claim].loaded_quoted.is_some_and(|s| s >= FLAGGED) {
            rows.extend(measures.loaded_quoted.explain(&s).into_iter().map(|e| (claim, e)));
        }
    }
    // The most loaded claims first, until the budget is spent.
    let mut flagged: Vec<usize> = in_stories.iter().copied().filter(|&c| flagged_score(c).is_some()).collect();
    flagged.sort_by(|&a, &b| {
        scores[b].loaded_adj.partial_cmp(&scores[a].loaded_adj).unwrap_or(std::cmp::Ordering::Equal).then(a.cmp(&b))
    });
    let mut words: BTreeMap<(usize, Span), Evidence> = BTreeMap::new();
    let mut variants: Vec<(usize, Span, String)> = Vec::new();
    let mut without = 0;
    for &claim in &flagged {
        let Some(own) = sentences[claim].1.own.as_deref() else { continue };
        let deletions = deletions(own);
        if variants.len() + deletions.len() > options.evidence_budget {
            without += 1;
        } else {
            variants.extend(deletions.into_iter().map(|(span, rest)| (claim, span, rest)));
        }
        words.extend(measures.loaded_adj.explain(&statement(claim)).into_iter().map(|e| ((claim, e.span), e)));
    }
    if without > 0 {
        warnings.push(format!(
            "{without} flagged claims have only lexicon hits as evidence: the budget of {} word deletions is spent (--evidence-budget)",
            options.evidence_budget
        ));
    }
    let texts: Vec<&str> = variants.iter().map(|v| v.2.as_str()).collect();
    let vectors = embed(&texts, "evidence")?;
    let mut drops: Vec<(usize, Span, f64)> = variants
        .iter()
        .enumerate()
        .filter_map(|(i, (claim, span, rest))| {
            let drop = scores[*claim].loaded? - measures.loaded.of(rest, vectors.of(i));
            Some((*claim, sentences[*claim].1.in_sentence(*span)?, drop))
        })
        .collect();
    drops.sort_by(|a, b| a.0.cmp(&b.0).then(b.2.total_cmp(&a.2)).then(a.1.cmp(&b.1)));
    for of_claim in drops.chunk_by(|a, b| a.0 == b.0) {
        for (rank, &(claim, span, drop)) in of_claim.iter().enumerate() {
            if let Some(hit) = words.get_mut(&(claim, span)) {
                hit.contribution = Some(drop);
                hit.note.push_str("; deleted");
            } else if rank < TOP_WORDS && drop >= MIN_CONTRIBUTION {
                let (measure, note) = (measures.loaded_adj.name(), "deleted".into());
                words.insert((claim, span), Evidence { measure, span, contribution: Some(drop), note });
            }
        }
    }
    rows.extend(words.into_iter().map(|((claim, _), e)| (claim, e)));
    Ok(rows)
}
