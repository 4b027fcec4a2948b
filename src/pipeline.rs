//! The stages wired together.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use ndarray::ArrayView1;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::background::Background;
use crate::checkpoint::{Checkpoint, Key, Saved};
use crate::claims::{self, LEAD_CLAIMS};
use crate::corpus::{self, Corpus};
use crate::embed::{EmbedStats, Embedder, Vectors};
use crate::facts::{
    self, Alignment, ClaimTable, Fact, InStory, InStoryFeatures, InStoryWeights, KeyedClaims, PairWeights, TermId,
    Vocabulary,
};
use crate::framing::{self, Frames, Framing, Place, TextVectors, UserLexicon};
use crate::memory::{Estimate, Limit, Sizes};
use crate::stories::{
    self, Around, ArticleTable, CONTRIBUTIONS, Contribution, Crowd, Edge, Found, GivenStories, QuantityFrequencies,
    Story, StoryConfig, StoryFeatures, StoryWeights,
};
use crate::text::{self, Span};
use crate::{Error, Result};

/// Hears how the work goes. The library prints nothing.
pub trait Observer: Sync {
    /// A stage begins; its amount of work in `unit`, if it is known.
    fn stage(&self, name: &'static str, unit: &'static str, total: Option<u64>);
    /// So much of the stage is done. Returns whether to go on.
    fn progress(&self, done: u64, total: u64) -> bool;
    /// Something that the user should hear now, in a sentence.
    fn note(&self, text: &str) {
        let _ = text;
    }
}

/// Hears nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {
    fn stage(&self, _: &'static str, _: &'static str, _: Option<u64>) {}
    fn progress(&self, _: u64, _: u64) -> bool {
        true
    }
}

/// Weights of pairs and stories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Where they come from.
    pub provenance: String,
    /// Of claim pairs.
    pub pair: PairWeights,
    /// Of claim pairs inside a story.
    pub in_story: InStoryWeights,
    /// Of article pairs.
    pub story: StoryWeights,
}

impl Weights {
    /// Those shipped with the program.
    ///
    /// # Errors
    /// [`Error::Data`] if the build was made with a damaged file.
    pub fn shipped() -> Result<Self> {
        Self::parse(include_str!("../models/weights.json"), "models/weights.json")
    }

    /// Those of a file.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Data`].
    pub fn open(path: &Path) -> Result<Self> {
        let json = std::fs::read_to_string(path).map_err(|e| Error::io(path, "read", e))?;
        Self::parse(&json, &path.display().to_string())
    }

    fn parse(json: &str, name: &str) -> Result<Self> {
        serde_json::from_str(json).map_err(|e| Error::Data { name: name.into(), reason: e.to_string() })
    }
}

/// What the main job does, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Weights of pairs and stories.
    pub weights: Weights,
    /// Background statistics.
    pub background: Background,
    /// Merge threshold of stories, 0..1.
    pub story_threshold: f64,
    /// Stories that replace those which would be found.
    pub given_stories: Option<GivenStories>,
    /// Topic frames whose emphasis is compared.
    pub frames: Frames,
    /// Word lists of the user, by name.
    pub lexicons: Vec<UserLexicon>,
    /// Sources that the others are contrasted with; empty: each with all others.
    pub baseline: Vec<String>,
    /// Seed of all random streams.
    pub seed: u64,
    /// Word-deletion evidence is computed for at most this many variants of claims.
    pub evidence_budget: usize,
    /// Work that would take more memory is refused before it begins; `None`: no limit.
    pub max_memory: Option<Limit>,
    /// Whether a workbook will be written: the estimate counts it.
    pub workbook: bool,
}

impl Config {
    /// The shipped weights and statistics, with the defaults of the command line.
    ///
    /// # Errors
    /// [`Error::Data`] if the build was made with a damaged file.
    pub fn shipped() -> Result<Self> {
        let weights = Weights::shipped()?;
        Ok(Config {
            background: Background::shipped()?,
            story_threshold: weights.story.threshold,
            weights,
            given_stories: None,
            frames: Frames::shipped()?,
            lexicons: Vec::new(),
            baseline: Vec::new(),
            seed: 0,
            evidence_budget: EVIDENCE_BUDGET,
            max_memory: None,
            workbook: false,
        })
    }
}

/// Word deletions that are embedded at most to find the words behind high scores: a few minutes of work.
pub const EVIDENCE_BUDGET: usize = 50_000;

/// Everything that the reports are made of.
#[derive(Debug)]
pub struct Analysis {
    /// The articles and what was rejected.
    pub corpus: Corpus,
    /// Wire group of each article.
    pub wire: Vec<Option<u32>>,
    /// The claims of all articles.
    pub claims: ClaimTable,
    /// The stories, biggest first.
    pub stories: Vec<Story>,
    /// How crowded it is around each article.
    pub crowds: Vec<Crowd>,
    /// What holds the stories together.
    pub edges: Vec<Edge>,
    /// The facts of each story.
    pub facts: Vec<Vec<Fact>>,
    /// Measures, contrasts, evidence.
    pub framing: Framing,
    /// What the embedding did.
    pub embedding: EmbedStats,
    /// The memory that it was expected to take at most, in bytes.
    pub memory: u64,
    /// Seconds per stage, in order.
    pub seconds: Vec<(&'static str, f64)>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// What the vector cache had to say: of this run, not of what came out.
    pub notes: Vec<String>,
}

/// Runs all stages on a corpus.
///
/// # Errors
/// [`Error::Data`] when the background belongs to a model of another dimension, [`Error::Input`] when the given stories are
/// of other articles, [`Error::Usage`] when a source of the baseline is not there or the work would take more memory than allowed, [`Error::Model`] when the engine fails, [`Error::Interrupted`] when the observer says so.
pub fn analyze(corpus: Corpus, embedder: &Embedder, config: &Config, observer: &dyn Observer) -> Result<Analysis> {
    analyze_by(corpus, embedder, config, observer, None, LEAD_CLAIMS)
}

/// The same, with a [checkpoint](crate::checkpoint) in the output folder `dir`: what an interrupted run of the same job has
/// found is taken from there, and what this one finds is kept there. `RunManifest::finish` removes it.
///
/// # Errors
/// As [`analyze`]. A checkpoint that cannot be read or written is none: the observer hears a note.
pub fn resume(
    corpus: Corpus,
    embedder: &Embedder,
    config: &Config,
    observer: &dyn Observer,
    dir: &Path,
) -> Result<Analysis> {
    analyze_by(corpus, embedder, config, observer, Some(dir), LEAD_CLAIMS)
}

/// `first`: claims of each article that are embedded before stories are known, at least [`LEAD_CLAIMS`]. It changes how
/// much is embedded, and no result.
fn analyze_by(
    corpus: Corpus,
    embedder: &Embedder,
    config: &Config,
    observer: &dyn Observer,
    dir: Option<&Path>,
    first: usize,
) -> Result<Analysis> {
    let mut clock = Clock::new();
    let articles = &corpus.articles;
    framing::check_baseline(&config.baseline, articles)?;
    let mut warnings = corpus.warnings.clone();
    let given = match config.given_stories.as_ref().map(|given| given.groups(articles)).transpose()? {
        Some((groups, notes)) => {
            warnings.extend(notes);
            Some(groups)
        }
        None => None,
    };
    let checkpoint =
        dir.map(|dir| Ok::<_, Error>(Checkpoint::new(dir, key(articles, embedder, config, &given)?))).transpose()?;
    let mut saved = checkpoint.as_ref().and_then(|checkpoint| saved(checkpoint, observer));
    let keep = |found: &Found, facts: Option<&[Vec<Fact>]>| {
        if let Some(Err(error)) = checkpoint.as_ref().map(|checkpoint| checkpoint.keep(found, facts)) {
            observer.note(&format!("warning: should this run be interrupted, the next one begins anew: {error}"));
        }
    };
    let Prepared { wire, mut claims, leads, table, mut embedding, memory } =
        prepare(&corpus, embedder, config, observer, first, &mut clock)?;
    let text_of = |claims: &ClaimTable, c: usize| claims.claims[c].text(&articles[claims.claims[c].article]);

    let facts_of = saved.as_mut().and_then(|saved| saved.facts.take());
    let found = match saved {
        Some(saved) => saved.found,
        None => {
            let found = find_stories(&table, &claims, given, config, observer)?;
            keep(&found, None);
            found
        }
    };
    let stories = &found.stories;
    drop(table);
    let claims_of = |s: &Story| s.articles.iter().map(|&a| claims.by_article[a].len()).sum();
    let memory = memory.with_stories(stories.iter().map(|s| (s.articles.len(), claims_of(s))));
    memory.check(config.max_memory)?;
    let big = stories.iter().filter(|s| s.articles.len() > facts::MOST_GROUPED).count();
    if big > 0 {
        warnings.push(format!(
            "{big} {} of more than {} articles: the facts are those of so many of them, evenly spread; claims of the others \
             join them where they match",
            if big == 1 { "story" } else { "stories" },
            facts::MOST_GROUPED
        ));
    }
    clock.lap("stories");

    // The second pass: the rest of the articles that are in a story.
    let members = stories.iter().flat_map(|s| &s.articles);
    let rest: Vec<usize> = members.flat_map(|&a| claims.by_article[a].clone().skip(first)).collect();
    let texts: Vec<&str> = rest.iter().map(|&c| text_of(&claims, c)).collect();
    let (vectors, stats) = embed(embedder, &texts, "more claims", observer)?;
    embedding.add(&stats);
    claims.set_vectors(&rest, vectors);
    if embedding.truncated > 0 {
        warnings.push(format!(
            "{} texts were longer than the model's {} tokens and were cut",
            embedding.truncated,
            embedder.max_tokens()
        ));
    }
    clock.lap("more claims");

    let facts = match facts_of {
        Some(facts) => facts,
        None => {
            let facts = find_facts(stories, &claims, articles, config, observer)?;
            keep(&found, Some(&facts));
            facts
        }
    };
    clock.lap("facts");

    // Most claims quote nothing: their own words are the claim, whose vector is there.
    let mut known: HashMap<&str, usize> = HashMap::new();
    for &c in leads.iter().chain(&rest) {
        known.entry(text_of(&claims, c)).or_insert(c);
    }
    let framing = framing::run(
        &framing::Input {
            articles,
            wire: &wire,
            claims: &claims,
            stories,
            facts: &facts,
            background: &config.background,
            frames: &config.frames,
            lexicons: &config.lexicons,
            baseline: &config.baseline,
        },
        &framing::Options { seed: config.seed, evidence_budget: config.evidence_budget },
        &mut |texts, stage| {
            let new: Vec<&str> = texts.iter().copied().filter(|t| !known.contains_key(t)).collect();
            let (vectors, stats) = embed(embedder, &new, stage, observer)?;
            embedding.add(&stats);
            let mut new = vectors.index.iter().copied();
            let place = |t: &&str| match known.get(t) {
                Some(&claim) => Place::Claim(claim),
                None => Place::New(new.next().unwrap_or_default()),
            };
            Ok(TextVectors { claims: Some(&claims), rows: vectors.rows, places: texts.iter().map(place).collect() })
        },
        &|done, total| {
            if done == 0 {
                observer.stage("contrasts", "steps", Some(total));
            }
            if observer.progress(done, total) { Ok(()) } else { Err(Error::Interrupted) }
        },
    )?;
    drop(known);
    warnings.extend(framing.warnings.iter().cloned());
    let notes = embedder.cache().map(|cache| cache.take_notes()).unwrap_or_default();
    clock.lap("framing");

    let seconds = clock.laps;
    let Found { stories, crowds, edges } = found;
    Ok(Analysis {
        wire,
        claims,
        stories,
        crowds,
        edges,
        facts,
        framing,
        embedding,
        memory: memory.bytes(),
        seconds,
        warnings,
        notes,
        corpus,
    })
}

/// What stories and facts depend on, beside the program.
fn key(
    articles: &[corpus::Article],
    embedder: &Embedder,
    config: &Config,
    given: &Option<Vec<stories::GivenGroup>>,
) -> Result<Key> {
    let settings = (&config.weights, config.background.hash(), config.story_threshold, given);
    Key::new(articles, &embedder.fingerprint(), &settings)
}

/// What an interrupted run has left, with a note of what is done with it.
fn saved(checkpoint: &Checkpoint, observer: &dyn Observer) -> Option<Saved> {
    let saved = checkpoint.load().unwrap_or_else(|reason| {
        observer.note(&format!("note: {reason}"));
        None
    })?;
    observer.note(match saved.facts {
        Some(_) => "continues at the framing: stories and facts are those that the interrupted run has found",
        None => "continues at the facts: the stories are those that the interrupted run has found",
    });
    Some(saved)
}

fn find_stories(
    table: &ArticleTable,
    claims: &ClaimTable,
    given: Option<Vec<stories::GivenGroup>>,
    config: &Config,
    observer: &dyn Observer,
) -> Result<Found> {
    observer.stage("stories", "article pairs", None);
    let (weights, pairs, threshold) = (&config.weights.story, &config.weights.pair, config.story_threshold);
    let config = StoryConfig { weights, pairs, threshold };
    let progress = |done, total| observer.progress(done, total);
    match given {
        Some(groups) => stories::given(table, claims, config, groups, &progress),
        None => stories::find(table, claims, config, &progress),
    }
}

fn find_facts(
    stories: &[Story],
    claims: &ClaimTable,
    articles: &[corpus::Article],
    config: &Config,
    observer: &dyn Observer,
) -> Result<Vec<Vec<Fact>>> {
    observer.stage("facts", "stories", Some(stories.len() as u64));
    let (done, stopped) = (AtomicU64::new(0), AtomicBool::new(false));
    let of_story = |story: &Story| {
        if stopped.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let facts = facts::group(claims, articles, &story.id, &story.articles, &config.weights.in_story);
        if !observer.progress(done.fetch_add(1, Ordering::Relaxed) + 1, stories.len() as u64) {
            stopped.store(true, Ordering::Relaxed);
        }
        facts
    };
    // One at a time: the biggest come first.
    let facts = stories.par_iter().with_max_len(1).map(of_story).collect();
    if stopped.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(facts) }
}

/// What story finding reads.
struct Prepared {
    wire: Vec<Option<u32>>,
    claims: ClaimTable,
    /// The claims that have their vectors.
    leads: Vec<usize>,
    table: ArticleTable,
    embedding: EmbedStats,
    /// Expected at most.
    memory: Estimate,
}

/// Claims, vectors of titles and lead claims, articles reduced to what they are compared by.
fn prepare(
    corpus: &Corpus,
    embedder: &Embedder,
    config: &Config,
    observer: &dyn Observer,
    first: usize,
    clock: &mut Clock,
) -> Result<Prepared> {
    // Known before the long work begins.
    let center = center(config, embedder)?;
    let articles = &corpus.articles;
    let known = Sizes { workbook: config.workbook, ..sizes(articles, embedder) };
    Estimate::new(known).check(config.max_memory)?;
    let claims = extract(articles, observer)?;
    let memory = expected(articles, &claims, known);
    memory.check(config.max_memory)?;
    observer.stage("wire copies", "articles", Some(articles.len() as u64));
    let wire = corpus::wire::wire_groups(articles);
    if !observer.progress(articles.len() as u64, articles.len() as u64) {
        return Err(Error::Interrupted);
    }
    observer.stage("vocabulary", "articles", None);
    let (vocabulary, terms) = vocabulary(articles, &config.background);
    let mut claims = ClaimTable::of(articles, claims, vocabulary, embedder.dimension());
    clock.lap("claims");

    let Leads { claims: leads, titles, embedding } = embed_leads(articles, &mut claims, first, embedder, observer)?;
    let table = ArticleTable::new(&terms, &rows(&claims, &titles), &claims, center, articles, &wire);
    clock.lap("embedding");
    Ok(Prepared { wire, claims, leads, table, embedding, memory })
}

/// What is known before claims are cut.
fn sizes(articles: &[corpus::Article], embedder: &Embedder) -> Sizes {
    Sizes {
        articles: articles.len(),
        text: articles.iter().map(|a| (a.body.len() + a.title.len()) as u64).sum(),
        dimension: embedder.dimension(),
        base: embedder.memory(),
        ..Sizes::default()
    }
}

/// What the job takes if every article is in a story.
fn expected(articles: &[corpus::Article], claims: &KeyedClaims, known: Sizes) -> Estimate {
    let hash = |text: &str| {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        hasher.finish()
    };
    let texts = claims.claims.iter().map(|claim| claim.text(&articles[claim.article]));
    let different: HashSet<u64> = texts.chain(articles.iter().map(|a| a.title.as_str())).map(hash).collect();
    Estimate::new(Sizes { claims: claims.claims.len(), vectors: different.len(), ..known })
}

/// Articles whose names are held as text at a time.
const EXTRACTED_AT_A_TIME: usize = 1024;

fn extract(articles: &[corpus::Article], observer: &dyn Observer) -> Result<KeyedClaims> {
    observer.stage("claims", "articles", Some(articles.len() as u64));
    let mut claims = KeyedClaims::default();
    for start in (0..articles.len()).step_by(EXTRACTED_AT_A_TIME) {
        let some = start..articles.len().min(start + EXTRACTED_AT_A_TIME);
        let progress = |done| observer.progress(done, articles.len() as u64);
        claims.add(claims::extract_some(articles, some, &progress)?);
    }
    Ok(claims)
}

/// The mean vector of the background, which must fit the model.
fn center<'c>(config: &'c Config, embedder: &Embedder) -> Result<&'c [f32]> {
    let center = &config.background.header.mean;
    if center.len() != embedder.dimension() {
        return Err(Error::Data {
            name: "background statistics".into(),
            reason: format!("the mean vector has {} values, the model {}", center.len(), embedder.dimension()),
        });
    }
    Ok(center)
}

/// What has its vectors in the claim table.
struct Leads {
    claims: Vec<usize>,
    /// For each article, the row of its title.
    titles: Vec<Option<usize>>,
    embedding: EmbedStats,
}

fn titled(article: &corpus::Article) -> bool {
    !article.title.trim().is_empty()
}

/// Embeds the titles and the `first` claims of each article, and gives these claims their vectors.
fn embed_leads(
    articles: &[corpus::Article],
    table: &mut ClaimTable,
    first: usize,
    embedder: &Embedder,
    observer: &dyn Observer,
) -> Result<Leads> {
    let claims: Vec<usize> = (0..articles.len()).flat_map(|a| table.lead(a, first)).collect();
    let of = |c: usize| table.claims[c].text(&articles[table.claims[c].article]);
    let mut texts: Vec<&str> = claims.iter().map(|&c| of(c)).collect();
    texts.extend(articles.iter().filter(|a| titled(a)).map(|a| a.title.as_str()));
    let (vectors, embedding) = embed(embedder, &texts, "embedding", observer)?;
    let of_titles = vectors.index[claims.len()..].to_vec();
    let start = table.set_vectors(&claims, vectors);
    let mut rows = of_titles.into_iter().map(|row| start + row);
    let titles = articles.iter().map(|a| if titled(a) { rows.next() } else { None }).collect();
    Ok(Leads { claims, titles, embedding })
}

fn rows<'v>(claims: &'v ClaimTable, rows: &[Option<usize>]) -> Vec<Option<ArrayView1<'v, f32>>> {
    rows.iter().map(|row| row.map(|row| claims.row(row))).collect()
}

/// Two articles that story finding compares.
#[derive(Debug, Clone, Copy)]
pub struct ComparedPair {
    /// Indices into the corpus.
    pub articles: (usize, usize),
    /// What they have in common.
    pub features: StoryFeatures,
    /// How crowded it is around them.
    pub around: Around,
    /// The score made of these, 0..1.
    pub score: f64,
}

/// All pairs of articles that story finding compares, for the fit of its weights.
///
/// # Errors
/// As [`analyze`].
pub fn compared_pairs(
    corpus: &Corpus,
    embedder: &Embedder,
    config: &Config,
    observer: &dyn Observer,
) -> Result<Vec<ComparedPair>> {
    let prepared = prepare(corpus, embedder, config, observer, LEAD_CLAIMS, &mut Clock::new())?;
    observer.stage("stories", "article pairs", None);
    let progress = |done, total| observer.progress(done, total);
    let compared = stories::compare(&prepared.table, &prepared.claims, &config.weights.pair, &progress)?;
    let pairs = compared.pairs.iter().zip(&compared.features);
    Ok(pairs
        .map(|(&(a, b), features)| {
            let (a, b) = (a as usize, b as usize);
            let around = compared.neighbourhood.around(a, b);
            let score = config.weights.story.score(features, &around);
            ComparedPair { articles: (a, b), features: *features, around, score }
        })
        .collect())
}

/// Two claims of different articles of one given story.
#[derive(Debug, Clone, Copy)]
pub struct ClaimPair {
    /// Index of the article in the corpus, and the claim's place in its body.
    pub a: (usize, Span),
    /// The same of the other side.
    pub b: (usize, Span),
    /// What they have in common.
    pub features: InStoryFeatures,
    /// The score made of it, 0..1.
    pub score: f64,
}

/// All pairs of claims that the grouping of facts compares inside the given stories, for the fit of its weights.
///
/// # Errors
/// As [`analyze`].
pub fn claim_pairs(
    corpus: &Corpus,
    given: &GivenStories,
    embedder: &Embedder,
    config: &Config,
    observer: &dyn Observer,
) -> Result<Vec<ClaimPair>> {
    let (groups, _) = given.groups(&corpus.articles)?;
    let prepared = prepare(corpus, embedder, config, observer, usize::MAX, &mut Clock::new())?;
    let claims = &prepared.claims;
    let mut pairs = Vec::new();
    for (_, members) in groups {
        let compared = InStory::new(claims, &members, &config.weights.in_story);
        for (n, &x) in members.iter().enumerate() {
            for &y in &members[n + 1..] {
                for a in claims.by_article[x].clone() {
                    for b in claims.by_article[y].clone() {
                        let features = compared.features(a, b);
                        let score = config.weights.in_story.score(&features);
                        let (a, b) = ((x, claims.claims[a].span), (y, claims.claims[b].span));
                        pairs.push(ClaimPair { a, b, features, score });
                    }
                }
            }
        }
    }
    Ok(pairs)
}

/// Why two articles score as they do.
#[derive(Debug, Clone)]
pub struct Explained {
    /// What they have in common.
    pub features: StoryFeatures,
    /// What each feature adds to the log odds, beside the intercept.
    pub contributions: [Contribution; CONTRIBUTIONS],
    /// The score made of these, 0..1.
    pub score: f64,
    /// The claims of each that are compared.
    pub claims: [Vec<String>; 2],
    /// The mutual best matches among them, best first.
    pub matches: Vec<Alignment>,
}

/// Compares two articles of a corpus as story finding does, and embeds no other. Of the other articles, the words and
/// numbers are counted; `around` is what [`analyze`] found ([`Analysis::crowds`]).
///
/// # Errors
/// As [`analyze`].
pub fn explain_pair(
    articles: &[corpus::Article],
    pair: (usize, usize),
    around: &Around,
    embedder: &Embedder,
    config: &Config,
    observer: &dyn Observer,
) -> Result<Explained> {
    let center = center(config, embedder)?;
    observer.stage("claims", "articles", None);
    let (vocabulary, terms) = vocabulary(articles, &config.background);
    let numbers: Vec<Vec<String>> = articles
        .par_iter()
        .map(|article| {
            let claims = claims::extract(std::slice::from_ref(article)).into_iter().flatten().take(LEAD_CLAIMS);
            claims.flat_map(|claim| claim.quantities).map(|figure| figure.key).collect()
        })
        .collect();
    let frequencies = QuantityFrequencies::new(numbers.iter().map(|keys| keys.iter().map(String::as_str)));

    let terms = [pair.0, pair.1].map(|i| terms[i].clone());
    let two = [pair.0, pair.1].map(|i| articles[i].clone());
    let mut claims = ClaimTable::new(&two, claims::extract(&two), vocabulary, embedder.dimension());
    let leads = embed_leads(&two, &mut claims, LEAD_CLAIMS, embedder, observer)?;
    let titles = rows(&claims, &leads.titles);
    let table = ArticleTable::part(&terms, &titles, &claims, center, &two, &[None, None], &frequencies);

    let (story, pair) = (&config.weights.story, &config.weights.pair);
    let features = table.compare(0, 1, &claims, pair);
    let lead = [0, 1].map(|i| claims.lead(i, LEAD_CLAIMS));
    let [x, y] = lead.clone().map(|lead| claims.side(lead));
    let mut matches = facts::align(&claims.scores(&x, &y, pair), f64::NEG_INFINITY);
    matches.sort_by(|x, y| y.score.total_cmp(&x.score));
    let text = |c: usize| claims.claims[c].text(&two[claims.claims[c].article]).to_owned();
    Ok(Explained {
        features,
        contributions: story.contributions(&features, around),
        score: story.score(&features, around),
        claims: lead.map(|claims| claims.map(text).collect()),
        matches,
    })
}

/// The terms of all articles, and each article as their ids.
pub fn vocabulary(articles: &[corpus::Article], background: &Background) -> (Vocabulary, Vec<Vec<TermId>>) {
    Vocabulary::new(articles.len(), |i| article_terms(&articles[i]), background)
}

/// The terms of an article, those of the title twice.
fn article_terms(article: &corpus::Article) -> Vec<String> {
    let title = text::terms(&article.title);
    let mut terms = title.clone();
    terms.extend(title);
    for paragraph in &article.kept {
        terms.extend(text::terms(paragraph.of(&article.body)));
    }
    terms
}

fn embed<S: AsRef<str> + Sync>(
    embedder: &Embedder,
    texts: &[S],
    stage: &'static str,
    observer: &dyn Observer,
) -> Result<(Vectors, EmbedStats)> {
    observer.stage(stage, "tokens", None);
    embedder.embed(texts, &|done, total| observer.progress(done, total))
}

/// Computes background statistics of a corpus: document frequencies and the mean article vector.
///
/// # Errors
/// As [`analyze`].
pub fn background(
    corpus: &Corpus,
    name: &str,
    min_document_frequency: u32,
    embedder: &Embedder,
    max_memory: Option<Limit>,
    observer: &dyn Observer,
) -> Result<Background> {
    let articles = &corpus.articles;
    let known = sizes(articles, embedder);
    Estimate::new(known).check(max_memory)?;
    let claims = extract(articles, observer)?;
    expected(articles, &claims, known).check(max_memory)?;
    let (vocabulary, _) = vocabulary(articles, &Background::none(embedder.dimension()));
    let frequencies = vocabulary.frequencies().map(|(term, n)| (term.to_owned(), n)).collect();
    let mut texts: Vec<&str> = Vec::new();
    let mut of_article: Vec<usize> = Vec::new();
    for (article, own) in articles.iter().zip(&claims.by_article) {
        let start = texts.len();
        if !article.title.trim().is_empty() {
            texts.push(&article.title);
        }
        texts.extend(claims.claims[own.clone()].iter().take(LEAD_CLAIMS).map(|c| c.text(article)));
        of_article.push(texts.len() - start);
    }
    let (vectors, _) = embed(embedder, &texts, "embedding", observer)?;
    let mut mean = vec![0.0f64; embedder.dimension()];
    let (mut at, mut counted) = (0, 0usize);
    for n in of_article {
        if n > 0 {
            for i in at..at + n {
                for (sum, &x) in mean.iter_mut().zip(vectors.of(i)) {
                    *sum += f64::from(x) / n as f64;
                }
            }
            counted += 1;
        }
        at += n;
    }
    mean.iter_mut().for_each(|x| *x /= counted.max(1) as f64);
    let fingerprint = embedder.fingerprint();
    Ok(Background::new(name, articles.len() as u32, min_document_frequency, frequencies, &mean, &fingerprint))
}

/// Where to look for the model when none is named: `PARALLAX_MODEL`, beside the program, in the checkout that it was
/// built in, in the current folder.
pub fn default_model() -> PathBuf {
    const NAME: &str = "models/all-MiniLM-L6-v2";
    if let Some(dir) = std::env::var_os("PARALLAX_MODEL") {
        return dir.into();
    }
    let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(|dir| dir.join(NAME)));
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join(NAME);
    let places = beside.into_iter().chain([built.clone(), PathBuf::from(NAME)]);
    places.into_iter().find(|dir| dir.is_dir()).unwrap_or(built)
}

struct Clock {
    since: Instant,
    laps: Vec<(&'static str, f64)>,
}

impl Clock {
    fn new() -> Self {
        Clock { since: Instant::now(), laps: Vec::new() }
    }

    fn lap(&mut self, stage: &'static str) {
        self.laps.push((stage, self.since.elapsed().as_secs_f64()));
        self.since = Instant::now();
    }
}

#[cfg(all(test, any(feature = "rust-bert", feature = "portable")))]
mod tests {
    use super::*;
    use crate::corpus::ReadOptions;
    use crate::embed::Settings;

    #[test]
    fn two_passes_give_what_one_gives_and_embed_less() {
        let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/data/sample/articles.csv");
        let embedder = Embedder::open(&default_model(), Settings { precision: None, ..Settings::default() }).unwrap();
        let config = Config { evidence_budget: 200, ..Config::shipped().unwrap() };
        let run = |first| {
            let options = ReadOptions { inputs: vec![sample.into()], ..Default::default() };
            let mut corpus = corpus::read(&options, &mut |_| {}).unwrap();
            // The sample's articles are short: a long one that is alone, and a long one of a story.
            let tail =
                |what| (0..40).map(|i| format!(" The office counted {i} more {what} on the day.")).collect::<String>();
            let mut member = corpus.articles.remove(0);
            let alone = corpus::Article {
                id: "alone".into(),
                title: "Chairs counted".into(),
                body: format!("The museum of furniture opened its doors.{}", tail("chairs")),
                ..member.clone()
            };
            member.body.push_str(&tail("voters"));
            for article in [alone, member] {
                let kept = vec![crate::text::Span::new(0, article.body.len())];
                corpus.articles.push(corpus::Article { kept, ..article });
            }
            analyze_by(corpus, &embedder, &config, &Silent, None, first).unwrap()
        };
        let (two, one) = (run(LEAD_CLAIMS), run(usize::MAX));
        let shown = |a: &Analysis| format!("{:?}", (&a.stories, &a.facts, &a.framing));
        assert!(shown(&two) == shown(&one), "the passes differ");
        assert!(two.embedding.distinct < one.embedding.distinct, "nothing was left out");
        let long = two.stories.iter().flat_map(|s| &s.articles).any(|&a| two.claims.by_article[a].len() > LEAD_CLAIMS);
        assert!(long, "no article of a story has a second pass");
    }
}
