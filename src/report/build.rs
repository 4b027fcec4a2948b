//! From results to rows, in the order in which they are read.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::compared::{contrast_rows, emphasis_rows, target_rows};
use super::measures::MeasureValues;
use super::results::{Results, Rows};
use super::rows::{
    ArticleRow, ClaimRow, CoverageRow, EdgeRow, EvidenceRow, FactRow, LabelRow, LexiconRow, RejectedRow, StoryRow,
    TermRow, VoiceRow,
};
use super::status::{EdgeStatus, StoryStatus};
use crate::corpus::Article;
use crate::facts::{Check, Coverage, Covered, Fact, InStory, Side, Tellings};
use crate::framing::{Label, QuotedSpeaker, Term};
use crate::ids;
use crate::stories::{Edge, Story};
use crate::text::{self, SpeakerKind};

/// Shared facts from which a story can carry a contrast.
pub(crate) const MIN_FACTS: usize = 6;

/// Mean of the values that there are.
fn mean(values: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    let (sum, n) = values.into_iter().flatten().fold((0.0, 0usize), |(sum, n), v| (sum + v, n + 1));
    (n > 0).then(|| sum / n as f64)
}

/// The rows of all tables but the two longest, `claims` and `evidence`, which are left empty: [`claim_rows`] and
/// [`evidence_rows`] give theirs one by one, and need nothing of the table of claims that [`ClaimTable::shed`](crate::facts::ClaimTable::shed) drops.
pub(crate) fn rows(results: &Results<'_>) -> Rows {
    let mut rows = Rows::default();
    // Where each claim and article belongs.
    let mut shared_claims = vec![false; results.claims.claims.len()];
    let mut home: BTreeMap<usize, (&Story, f64)> = BTreeMap::new();
    for (story, facts) in results.stories.iter().zip(results.facts) {
        home.extend(story.articles.iter().zip(&story.scores).map(|(&a, &s)| (a, (story, s))));
        let mut facts: Vec<&Fact> = facts.iter().collect();
        facts.sort_by(|a, b| {
            let n = |f: &Fact| (results.fact_sources(f).len(), f.claims.len());
            n(b).cmp(&n(a)).then(b.score.total_cmp(&a.score)).then_with(|| a.id.cmp(&b.id))
        });
        let shared: Vec<&Fact> = facts.iter().copied().filter(|f| results.fact_sources(f).len() > 1).collect();
        shared.iter().flat_map(|f| &f.claims).for_each(|&c| shared_claims[c] = true);
        rows.stories.push(story_row(results, story, facts.len(), shared.len()));
        let sides = story.articles.par_iter().map(|&a| results.claims.side(results.claims.by_article[a].clone()));
        let sides: Vec<Side> = sides.collect();
        let compared = InStory::new(results.claims, &story.articles, results.in_story);
        let tellings = Tellings::new(results.claims, results.articles, &story.articles, &sides);
        let covered = facts.par_iter().map(|fact| tellings.cover(fact, &compared, results.in_story));
        let covered: Vec<_> = covered.collect();
        for (fact, covered) in facts.iter().zip(covered) {
            let fact = fact_row(results, story, fact, &covered);
            if fact.n_sources > 1 {
                rows.coverage.extend(covered.iter().map(|covered| coverage_row(results, &fact, covered)));
            }
            rows.facts.push(fact);
        }
    }
    let groups = wire_ids(results);
    rows.articles = (0..results.articles.len())
        .map(|a| article_row(results, a, home.get(&a).copied(), &groups, &shared_claims))
        .collect();
    rows.edges = results.edges.iter().map(|edge| edge_row(results, edge)).collect();
    contrast_rows(results, &mut rows);
    let ranks = ranks(results);
    rows.targets = target_rows(results);
    rows.terms = term_rows(results, &ranks);
    rows.labels = label_rows(results, &ranks);
    rows.emphasis = emphasis_rows(results);
    rows.voices = voice_rows(results, &ranks);
    rows.lexicons = lexicon_rows(results);
    rows.rejected = results
        .rejected
        .iter()
        .map(|r| RejectedRow {
            file: r.file.clone(),
            record: (r.record > 0).then_some(r.record as usize),
            line: r.line.map(|l| l as usize),
            field: r.field.clone(),
            reason: r.reason.clone(),
        })
        .collect();
    rows
}

/// The claims of a story in the order of their rows: the earliest article first.
fn told(results: &Results<'_>, story: &Story) -> impl Iterator<Item = usize> {
    let mut articles = story.articles.clone();
    articles.sort_by_key(|&a| {
        let article = &results.articles[a];
        (article.date.is_none(), article.date, &article.id)
    });
    articles.into_iter().flat_map(|a| results.claims.by_article[a].clone())
}

/// For each claim, the number of its row; `u32::MAX` where it has none.
fn ranks(results: &Results<'_>) -> Vec<u32> {
    let mut ranks = vec![u32::MAX; results.claims.claims.len()];
    let told = results.stories.iter().flat_map(|story| told(results, story));
    told.zip(0..).for_each(|(claim, rank)| ranks[claim] = rank);
    ranks
}

/// The rows of `claims.csv`, one by one.
pub(crate) fn claim_rows(results: &Results<'_>) -> impl Iterator<Item = ClaimRow> {
    results.stories.iter().zip(results.facts).flat_map(move |(story, facts)| {
        let of_claim: BTreeMap<usize, (&Fact, f64)> =
            facts.iter().flat_map(|f| f.scored().map(move |(c, score)| (c, (f, score)))).collect();
        told(results, story).map(move |claim| claim_row(results, story, of_claim.get(&claim).copied(), claim))
    })
}

fn story_row(results: &Results<'_>, story: &Story, n_facts: usize, n_shared_facts: usize) -> StoryRow {
    let dates = || story.articles.iter().filter_map(|&a| results.articles[a].date);
    let sources = results.sources(&story.articles);
    let divergence = |measure: &str| {
        let contrasts = results.framing.contrasts.iter().find(|c| c.measure == measure)?;
        contrasts.divergence.get(&story.id).copied()
    };
    let central = &results.articles[story.central];
    let label = if central.title.trim().is_empty() {
        let first = results.claims.by_article[story.central].clone().next();
        first.map(|c| results.claims.claims[c].text(central).to_owned()).unwrap_or_default()
    } else {
        central.title.clone()
    };
    let status = match (sources.len(), n_shared_facts) {
        (..=1, _) => StoryStatus::OneSource,
        (_, n) if n < MIN_FACTS => StoryStatus::FewFacts,
        _ => StoryStatus::Ok,
    };
    StoryRow {
        story_id: story.id.clone(),
        label,
        first_date: dates().min(),
        last_date: dates().max(),
        n_articles: story.articles.len(),
        n_sources: sources.len(),
        sources,
        n_facts,
        n_shared_facts,
        cohesion: Some(story.cohesion),
        divergence_loaded: divergence("loaded_adj"),
        divergence_voice: divergence("own_voice"),
        status,
        given_story: story.given.clone(),
    }
}

fn fact_row(results: &Results<'_>, story: &Story, fact: &Fact, covered: &[Covered<'_>]) -> FactRow {
    let with = |is: fn(Coverage) -> bool| -> Vec<String> {
        covered.iter().filter(|c| is(c.coverage)).map(|c| c.source.to_owned()).collect()
    };
    let articles: BTreeSet<usize> = fact.claims.iter().map(|&c| results.claims.claims[c].article).collect();
    let mut of_source: BTreeMap<&str, Vec<Option<f64>>> = BTreeMap::new();
    for &c in &fact.claims {
        of_source.entry(results.source(c)).or_default().push(results.framing.scores[c].of("loaded_adj"));
    }
    let means: Vec<f64> = of_source.into_values().filter_map(mean).collect();
    let highest = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let lowest = means.iter().copied().fold(f64::INFINITY, f64::min);
    FactRow {
        fact_id: fact.id.clone(),
        story_id: story.id.clone(),
        statement: results.claims.claims[fact.representative]
            .text(&results.articles[results.claims.claims[fact.representative].article])
            .into(),
        statement_source: results.source(fact.representative).into(),
        n_sources: results.fact_sources(fact).len(),
        n_articles: articles.len(),
        sources_stating: with(Coverage::is_stated),
        sources_not_found: with(|c| c == Coverage::NotFound),
        sources_unclear: with(|c| c == Coverage::Unclear),
        score: Some(fact.score),
        check: fact.check.clone(),
        check_values: check_values(results, fact),
        spread_loaded: (means.len() > 1).then_some(highest - lowest),
    }
}

/// Both sides of what deserves a look, with their sources.
fn check_values(results: &Results<'_>, fact: &Fact) -> String {
    let side = |c: usize, check: Check| {
        let value = match check {
            Check::Number => {
                let figures = results.claims.figures(c);
                if figures.is_empty() {
                    return None;
                }
                figures.iter().map(|f| f.key.as_str()).collect::<Vec<_>>().join(", ")
            }
            Check::Negation => if results.claims.claims[c].negated { "negated" } else { "not negated" }.into(),
        };
        Some(format!("{}: {value}", results.source(c)))
    };
    let sides = fact.check.iter().flat_map(|&check| fact.claims.iter().filter_map(move |&claim| side(claim, check)));
    let mut seen = HashSet::new();
    let sides: Vec<String> = sides.filter(|text| seen.insert(text.clone())).collect();
    sides.join("; ")
}

fn coverage_row(results: &Results<'_>, fact: &FactRow, covered: &Covered<'_>) -> CoverageRow {
    CoverageRow {
        story_id: fact.story_id.clone(),
        fact_id: fact.fact_id.clone(),
        source: covered.source.to_owned(),
        status: covered.coverage,
        claim_id: covered.best.map(|(c, _)| results.claim_id(c)).unwrap_or_default(),
        best_score: covered.best.map(|(_, score)| score),
        rank: covered.rank,
        word_share: covered.word_share,
    }
}

/// `fact`: that of the claim, with its score.
fn claim_row(results: &Results<'_>, story: &Story, fact: Option<(&Fact, f64)>, claim: usize) -> ClaimRow {
    let c = &results.claims.claims[claim];
    let article = &results.articles[c.article];
    let s = &results.framing.scores[claim];
    let speaker = results.framing.voices.speakers[claim].as_ref();
    ClaimRow {
        claim_id: results.claim_id(claim),
        fact_id: fact.map(|(f, _)| f.id.clone()).unwrap_or_default(),
        story_id: story.id.clone(),
        article_id: article.id.clone(),
        source: article.source.clone(),
        start: c.span.start,
        end: c.span.end,
        text: c.text(article).into(),
        voice: Some(c.voice),
        speaker: results.claim_span(claim, c.speaker),
        cue: results.claim_span(claim, c.cue),
        match_score: fact.map(|(_, score)| score),
        position: c.position,
        loaded: s.of("loaded"),
        loaded_adj: s.of("loaded_adj"),
        loaded_quoted: s.of("loaded_quoted"),
        negativity: s.of("negativity"),
        certainty: s.of("certainty"),
        speaker_name: speaker.map(|s| s.name.clone()).unwrap_or_default(),
        speaker_kind: speaker.map(|s| s.kind),
        measures: MeasureValues::new(|measure| s.of(measure)),
    }
}

/// The id of each wire group: named after its earliest article.
fn wire_ids(results: &Results<'_>) -> BTreeMap<u32, String> {
    let mut earliest: BTreeMap<u32, usize> = BTreeMap::new();
    let age = |a: usize| (results.articles[a].date.is_none(), results.articles[a].date, &results.articles[a].id);
    for (a, group) in results.wire.iter().enumerate() {
        if let Some(group) = group {
            let first = earliest.entry(*group).or_insert(a);
            if age(a) < age(*first) {
                *first = a;
            }
        }
    }
    earliest.into_iter().map(|(g, a)| (g, ids::wire_group_id(&results.articles[a].id))).collect()
}

fn article_row(
    results: &Results<'_>,
    a: usize,
    home: Option<(&Story, f64)>,
    groups: &BTreeMap<u32, String>,
    shared_claims: &[bool],
) -> ArticleRow {
    let article = &results.articles[a];
    let claims = results.claims.by_article[a].clone();
    let profile = &results.framing.profiles[a];
    let over = |measure: &str| mean(claims.clone().map(|c| results.framing.scores[c].of(measure)));
    ArticleRow {
        article_id: article.id.clone(),
        source: article.source.clone(),
        date: article.date,
        title: article.title.clone(),
        url: article.url.clone(),
        language: article.language.clone(),
        story_id: home.map(|(s, _)| s.id.clone()).unwrap_or_default(),
        story_score: home.map(|(_, score)| score),
        wire_group: results.wire[a].and_then(|g| groups.get(&g).cloned()).unwrap_or_default(),
        n_claims: claims.len(),
        n_shared_claims: claims.clone().filter(|&c| shared_claims[c]).count(),
        words: article.kept.iter().map(|p| text::words(p.of(&article.body)).len()).sum(),
        loaded: over("loaded"),
        loaded_adj: over("loaded_adj"),
        loaded_quoted: over("loaded_quoted"),
        own_voice: over("own_voice"),
        negativity: over("negativity"),
        certainty: over("certainty"),
        persons: profile.per_100(|p| p.persons),
        boosters: profile.per_100(|p| p.boosters),
        hedges: profile.per_100(|p| p.hedges),
        doubt_verbs: profile.per_100(|p| p.doubts),
        modals: profile.per_100(|p| p.modals),
        scare_quotes: profile.per_100(|p| p.scare_quotes),
        passives_agent: profile.per_100(|p| p.passives_agent),
        passives_no_agent: profile.per_100(|p| p.passives_no_agent),
        numbers: profile.per_100(|p| p.numbers),
        crowd_density: Some(results.crowds[a].density),
        crowd_unknown: Some(results.crowds[a].unknown),
        best_tf: Some(results.crowds[a].best),
        quote_share: quote_share(article),
        measures: MeasureValues::new(over),
        anonymous_share: mean(claims.clone().map(|c| {
            let speaker = results.framing.voices.speakers[c].as_ref()?;
            Some(if speaker.kind == SpeakerKind::Anonymous { 1.0 } else { 0.0 })
        })),
    }
}

/// Share of the words of the body that stand within quotation marks.
fn quote_share(article: &Article) -> Option<f64> {
    let quotes = text::quotations(&article.body);
    let words = article.kept.iter().flat_map(|p| {
        let words = text::words(p.of(&article.body));
        words.into_iter().map(|w| w.span.shifted(p.start)).collect::<Vec<_>>()
    });
    mean(words.map(|word| {
        let next = quotes.partition_point(|q| q.end <= word.start);
        Some(if quotes.get(next).is_some_and(|q| q.contains(word)) { 1.0 } else { 0.0 })
    }))
}

fn edge_row(results: &Results<'_>, edge: &Edge) -> EdgeRow {
    let (a, b) = edge.articles;
    let f = &edge.features;
    EdgeRow {
        story_id: edge.story.map(|s| results.stories[s].id.clone()).unwrap_or_default(),
        article_a: results.articles[a].id.clone(),
        article_b: results.articles[b].id.clone(),
        score: Some(edge.score),
        tf: Some(f.tf),
        names: Some(f.names),
        numbers: Some(f.numbers),
        lead: Some(f.lead),
        lead_tf: Some(f.lead_tf),
        cover_min: Some(f.cover_min),
        cover_max: Some(f.cover_max),
        days: f.days.map(|d| d.unsigned_abs() as usize),
        n_aligned: f.n_aligned as usize,
        status: if edge.story.is_some() { EdgeStatus::Joined } else { EdgeStatus::Apart },
        weekdays: Some(f64::from(f.weekdays)),
    }
}

fn term_rows(results: &Results<'_>, ranks: &[u32]) -> Vec<TermRow> {
    let row = |t: &Term| TermRow {
        story_id: t.story.map(|s| results.stories[s].id.clone()).unwrap_or_default(),
        source: results.framing.sources[t.source as usize].clone(),
        term: t.term.clone(),
        count: t.count,
        count_others: t.count_others,
        z: Some(t.z),
        example_claim_id: example(results, &t.claims, ranks),
    };
    results.framing.terms.iter().map(row).collect()
}

/// The first of some claims in the order of their rows.
fn example(results: &Results<'_>, claims: &[usize], ranks: &[u32]) -> String {
    let first = claims.iter().min_by_key(|&&claim| ranks[claim]);
    first.map(|&claim| results.claim_id(claim)).unwrap_or_default()
}

fn label_rows(results: &Results<'_>, ranks: &[u32]) -> Vec<LabelRow> {
    let labels = &results.framing.tones.labels;
    let mut often: HashMap<(usize, &str), usize> = HashMap::new();
    for l in labels {
        *often.entry((l.story, &l.target)).or_default() += l.claims.len();
    }
    let mut sorted: Vec<&Label> = labels.iter().collect();
    sorted.sort_by_key(|l| (l.story, std::cmp::Reverse(often[&(l.story, l.target.as_str())])));
    let row = |l: &&Label| LabelRow {
        story_id: results.stories[l.story].id.clone(),
        source: results.framing.sources[l.source as usize].clone(),
        target: l.target.clone(),
        label: l.label.clone(),
        count: l.claims.len(),
        count_others: l.count_others,
        n_labelled: l.n_labelled,
        n_labelled_others: l.n_labelled_others,
        example_claim_id: example(results, &l.claims, ranks),
    };
    sorted.iter().map(row).collect()
}

fn voice_rows(results: &Results<'_>, ranks: &[u32]) -> Vec<VoiceRow> {
    let row = |h: &QuotedSpeaker| VoiceRow {
        story_id: results.stories[h.story].id.clone(),
        source: results.framing.sources[h.source as usize].clone(),
        speaker: h.speaker.name.clone(),
        kind: Some(h.speaker.kind),
        n_claims: h.claims.len(),
        share: Some(h.share),
        n_sources_with: h.n_sources,
        example_claim_id: example(results, &h.claims, ranks),
    };
    results.framing.voices.heard.iter().map(row).collect()
}

/// Claims in the order of their rows, lists by name.
fn lexicon_rows(results: &Results<'_>) -> Option<Vec<LexiconRow>> {
    let lists = &results.framing.lexicons;
    let claims = results.stories.iter().flat_map(|story| told(results, story));
    let row = |claim: usize| {
        let scored = lists.iter().filter_map(move |list| Some((list, list.scores[claim]?)));
        scored.map(move |(list, score)| LexiconRow {
            claim_id: results.claim_id(claim),
            name: list.name.clone(),
            value: Some(score.value),
            hits: score.hits,
        })
    };
    (!lists.is_empty()).then(|| claims.flat_map(row).collect())
}

/// The rows of `evidence.csv`, one by one.
pub(crate) fn evidence_rows(results: &Results<'_>) -> impl Iterator<Item = EvidenceRow> {
    results.framing.evidence.iter().map(|(claim, e)| {
        let c = &results.claims.claims[*claim];
        let article = &results.articles[c.article];
        let span = e.span.shifted(c.span.start);
        EvidenceRow {
            article_id: article.id.clone(),
            claim_id: results.claim_id(*claim),
            measure: e.measure.to_string(),
            start: span.start,
            end: span.end,
            text: span.of(&article.body).into(),
            contribution: e.contribution,
            note: e.note.clone(),
        }
    })
}
