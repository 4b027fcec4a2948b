//! The rows of what is compared between sources: measures, tones and topic frames.

use std::collections::BTreeMap;

use super::results::{Results, Rows};
use super::rows::{ContrastRow, EmphasisRow, SourcePairRow, SourceRow, TargetRow};
use super::status::EmphasisStatus;
use crate::framing::contrasts::by_strength;
use crate::framing::{Emphasis, TargetTone};

/// A row with its estimate: the columns that all comparisons have.
macro_rules! estimated {
    ($estimate:expr, $row:ident { $($field:ident $(: $value:expr)?,)+ }) => {
        $row {
            $($field $(: $value)?,)+
            difference: Some($estimate.difference),
            ci_low: $estimate.ci.map(|ci| ci.0),
            ci_high: $estimate.ci.map(|ci| ci.1),
            p_value: $estimate.p,
            q_value: $estimate.q,
            mde: $estimate.mde,
            status: $estimate.status,
        }
    };
}

/// Fills the tables of contrasts, sources and pairs of sources.
pub(super) fn contrast_rows(results: &Results<'_>, rows: &mut Rows) {
    let name = |source: u32| results.framing.sources[source as usize].clone();
    let mut stories = Vec::new();
    let mut sources = Vec::new();
    let mut pairs = Vec::new();
    let tones = results.framing.tones.contrasts.iter().map(|c| (format!("tone:{}", c.target), &c.contrast));
    let within = results.framing.contrasts.iter().flat_map(|m| m.stories.iter().map(|c| (m.measure.to_string(), c)));
    for (measure, c) in within.chain(tones) {
        let e = &c.estimate;
        let row = estimated!(
            e,
            ContrastRow {
                story_id: c.story.clone(),
                source: name(c.source),
                measure,
                n_facts: c.n_facts,
                value: Some(c.value),
                others: Some(c.others),
            }
        );
        stories.push((*e, row));
    }
    for contrasts in &results.framing.contrasts {
        let measure = contrasts.measure.to_string();
        for c in &contrasts.sources {
            let e = &c.estimate;
            let row = estimated!(
                e,
                SourceRow {
                    source: name(c.source),
                    measure: measure.clone(),
                    n_stories: c.n_stories,
                    n_facts: c.n_facts,
                }
            );
            sources.push((*e, row));
        }
        for c in &contrasts.pairs {
            let e = &c.estimate;
            let row = estimated!(
                e,
                SourcePairRow {
                    source_a: name(c.source_a),
                    source_b: name(c.source_b),
                    measure: measure.clone(),
                    n_stories: c.n_stories,
                    n_facts: c.n_facts,
                }
            );
            pairs.push((*e, row));
        }
    }
    // A distance of two sources has no test and stands behind what has one.
    pairs.extend(results.framing.registers.iter().map(|r| {
        let e = &r.estimate;
        let row = estimated!(
            e,
            SourcePairRow {
                source_a: name(r.source_a),
                source_b: name(r.source_b),
                measure: "register".into(),
                n_stories: r.n_stories,
                n_facts: 0,
            }
        );
        (*e, row)
    }));
    stories.sort_by(|(e, a), (f, b)| {
        by_strength(e, f).then_with(|| (&a.story_id, &a.source, &a.measure).cmp(&(&b.story_id, &b.source, &b.measure)))
    });
    sources.sort_by(|(e, a), (f, b)| {
        by_strength(e, f).then_with(|| (&a.source, &a.measure).cmp(&(&b.source, &b.measure)))
    });
    pairs.sort_by(|(e, a), (f, b)| {
        let key = |r: &SourcePairRow| (r.source_a.clone(), r.source_b.clone(), r.measure.clone());
        by_strength(e, f).then_with(|| key(a).cmp(&key(b)))
    });
    rows.contrasts = stories.into_iter().map(|(_, row)| row).collect();
    rows.sources = sources.into_iter().map(|(_, row)| row).collect();
    rows.source_pairs = pairs.into_iter().map(|(_, row)| row).collect();
}

/// The rows of `targets.csv`.
pub(super) fn target_rows(results: &Results<'_>) -> Vec<TargetRow> {
    let tones = &results.framing.tones.targets;
    let order: BTreeMap<&str, usize> = results.stories.iter().enumerate().map(|(i, s)| (s.id.as_str(), i)).collect();
    let mut named: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for t in tones {
        *named.entry((&t.story, &t.target)).or_default() += t.n_mentions;
    }
    let mut sorted: Vec<_> = tones.iter().collect();
    sorted.sort_by_key(|t| {
        let often = std::cmp::Reverse(named[&(t.story.as_str(), t.target.as_str())]);
        (t.status, order.get(t.story.as_str()), often, &t.target, t.source)
    });
    let row = |t: &TargetTone| TargetRow {
        story_id: t.story.clone(),
        source: results.framing.sources[t.source as usize].clone(),
        target: t.target.clone(),
        n_mentions: t.n_mentions,
        tone: Some(t.tone),
        tone_others: t.others,
        difference: t.others.map(|others| t.tone - others),
        status: t.status,
    };
    sorted.into_iter().map(row).collect()
}

/// The rows of `emphasis.csv`: the strongest difference over all stories first; then by story, source and frame.
pub(super) fn emphasis_rows(results: &Results<'_>) -> Vec<EmphasisRow> {
    let mut emphasis: Vec<&Emphasis> = results.framing.emphasis.iter().collect();
    emphasis.sort_by(|a, b| match (&a.estimate, &b.estimate) {
        (Some(a), Some(b)) => by_strength(a, b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    let row = |e: &&Emphasis| {
        let test = e.estimate.as_ref();
        EmphasisRow {
            story_id: e.story.map(|s| results.stories[s].id.clone()).unwrap_or_default(),
            source: results.framing.sources[e.source as usize].clone(),
            frame: results.framing.frames[e.frame].clone(),
            z: Some(e.z),
            difference: Some(e.difference),
            n_articles: e.n_articles,
            n_stories: e.n_stories,
            ci_low: test.and_then(|t| Some(t.ci?.0)),
            ci_high: test.and_then(|t| Some(t.ci?.1)),
            p_value: test.and_then(|t| t.p),
            q_value: test.and_then(|t| t.q),
            status: test.map_or(EmphasisStatus::Descriptive, |t| t.status.into()),
            nearest_claim_ids: e.claims.iter().map(|&c| results.claim_id(c)).collect(),
        }
    };
    emphasis.iter().map(row).collect()
}
