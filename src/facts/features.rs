//! What two claims have in common, and the score made of it.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::background::Background;
use crate::claims::Claim;
use crate::text::{self, Figure};

/// The background weighs as much as so many articles of the corpus. With fewer, the words of an event that fills the
/// corpus (hundreds of articles) lose their weight, and the event falls apart.
const BACKGROUND_ARTICLES: f64 = 5000.0;

/// Index of a term in a [`Vocabulary`].
pub type TermId = u32;

/// The terms of a corpus with their inverse document frequencies.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    ids: HashMap<String, TermId>,
    idf: Vec<f64>,
    document_frequency: Vec<u32>,
}

impl Vocabulary {
    /// `documents`: the terms of each article. Inverse document frequency over background and own corpus, the
    /// background weighing as much as `B` = 5000 articles:
    /// `idf(w) = max(0, ln((B + N + 1) / (B df_bg(w)/N_bg + df(w) + 1)))`.
    pub fn new(documents: &[Vec<String>], background: &Background) -> Self {
        let mut counts: HashMap<&str, u32> = HashMap::new();
        for document in documents {
            let mut distinct: Vec<&str> = document.iter().map(String::as_str).collect();
            distinct.sort_unstable();
            distinct.dedup();
            for term in distinct {
                *counts.entry(term).or_default() += 1;
            }
        }
        let mut terms: Vec<(&str, u32)> = counts.into_iter().collect();
        terms.sort_unstable();
        let n = documents.len() as f64;
        Vocabulary {
            idf: terms.iter().map(|&(t, df)| idf(background.share(t), n, df)).collect(),
            document_frequency: terms.iter().map(|&(_, df)| df).collect(),
            ids: terms.iter().enumerate().map(|(i, &(t, _))| (t.to_owned(), i as TermId)).collect(),
        }
    }

    /// The given terms, weighted by the background alone.
    pub fn of_background(terms: impl Iterator<Item = String>, background: &Background) -> Self {
        let distinct: BTreeSet<String> = terms.collect();
        Vocabulary {
            idf: distinct.iter().map(|t| idf(background.share(t), 0.0, 0)).collect(),
            document_frequency: vec![0; distinct.len()],
            ids: distinct.into_iter().enumerate().map(|(i, t)| (t, i as TermId)).collect(),
        }
    }

    /// The id of a term of the corpus.
    pub fn id(&self, term: &str) -> Option<TermId> {
        self.ids.get(term).copied()
    }

    /// Inverse document frequency, >= 0.
    pub fn idf(&self, id: TermId) -> f64 {
        self.idf[id as usize]
    }

    /// Number of articles that hold the term.
    pub fn document_frequency(&self, id: TermId) -> u32 {
        self.document_frequency[id as usize]
    }

    /// Number of terms.
    pub fn len(&self) -> usize {
        self.idf.len()
    }

    /// Whether there is no term.
    pub fn is_empty(&self) -> bool {
        self.idf.is_empty()
    }
}

/// Of a term that a share of the background's articles holds, and `df` of `n` own ones.
fn idf(share: f64, n: f64, df: u32) -> f64 {
    ((BACKGROUND_ARTICLES + n + 1.0) / (BACKGROUND_ARTICLES * share + f64::from(df) + 1.0)).ln().max(0.0)
}

/// A claim reduced to what pairs are compared by.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimTerms {
    /// Distinct terms, sorted.
    pub terms: Vec<TermId>,
    /// Sum of their idf.
    pub idf_sum: f64,
    /// Mean of the five largest idf: how much the sentence tells. 0 without terms.
    pub weight: f64,
    /// Numbers, amounts and dates, sorted.
    pub quantities: Vec<Figure>,
    /// Words of names, lower case, sorted.
    pub entities: Vec<String>,
    /// Whether it ends as a sentence does; a headline does not.
    pub full_stop: bool,
}

impl ClaimTerms {
    /// `sentence` is the claim's text.
    pub fn new(claim: &Claim, sentence: &str, vocabulary: &Vocabulary) -> Self {
        Self::of_text(sentence, claim.quantities.clone(), claim.entities.clone(), vocabulary)
    }

    /// From parts, for sentences that are no claim of an article.
    pub fn of_text(
        sentence: &str,
        mut quantities: Vec<Figure>,
        mut entities: Vec<String>,
        vocabulary: &Vocabulary,
    ) -> Self {
        // By word, so that "Reid" and "Tara Reid" share a name.
        entities = entities.iter().flat_map(|name| name.split_whitespace()).map(str::to_lowercase).collect();
        entities.sort_unstable();
        entities.dedup();
        quantities.sort_unstable();
        quantities.dedup();
        let mut terms: Vec<TermId> = text::terms(sentence).iter().filter_map(|t| vocabulary.id(t)).collect();
        terms.sort_unstable();
        terms.dedup();
        let mut idf: Vec<f64> = terms.iter().map(|&t| vocabulary.idf(t)).collect();
        let idf_sum = idf.iter().sum();
        idf.sort_unstable_by(|a, b| b.total_cmp(a));
        idf.truncate(5);
        let weight = if idf.is_empty() { 0.0 } else { idf.iter().sum::<f64>() / idf.len() as f64 };
        ClaimTerms { terms, idf_sum, weight, quantities, entities, full_stop: text::full_stop(sentence) }
    }
}

/// What two claims have in common.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PairFeatures {
    /// Cosine of the sentence vectors, -1..1.
    pub cos: f64,
    /// Shared terms by idf over the smaller side's sum, 0..1.
    pub cont: f64,
    /// How far the side with fewer numbers and dates finds them on the other side, by value ([`Figure::agreement`]), 0..1.
    pub num: f64,
    /// 1 if both have numbers or dates that can be compared and none agrees.
    pub num_conf: f64,
    /// 1 if both have names and share none.
    pub ent_conf: f64,
    /// Share of the two that end without a full stop, as headlines do: 0, 0.5 or 1.
    pub headline: f64,
}

impl PairFeatures {
    /// Compares two claims whose vectors have the cosine `cos`.
    pub fn new(a: &ClaimTerms, b: &ClaimTerms, cos: f64, vocabulary: &Vocabulary) -> Self {
        let smaller = a.idf_sum.min(b.idf_sum);
        let cont = if smaller > 0.0 {
            let shared: f64 = shared(&a.terms, &b.terms).map(|&t| vocabulary.idf(t)).sum();
            (shared / smaller).min(1.0)
        } else {
            0.0
        };
        let (num, num_conf) = numbers(&a.quantities, &b.quantities);
        let strangers =
            !a.entities.is_empty() && !b.entities.is_empty() && shared(&a.entities, &b.entities).count() == 0;
        let headline = [a, b].map(|c| if c.full_stop { 0.0 } else { 0.5 }).iter().sum();
        PairFeatures { cos, cont, num, num_conf, ent_conf: f64::from(u8::from(strangers)), headline }
    }
}

/// Mean of the best agreement of each number of the side with fewer; and whether some could be compared but none agrees.
fn numbers(a: &[Figure], b: &[Figure]) -> (f64, f64) {
    let (few, many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if few.is_empty() {
        return (0.0, 0.0);
    }
    let best = few.iter().filter_map(|x| many.iter().filter_map(|y| x.agreement(y)).reduce(f64::max));
    let (n, sum) = best.fold((0, 0.0), |(n, sum), best| (n + 1, sum + best));
    (sum / few.len() as f64, f64::from(u8::from(n > 0 && sum == 0.0)))
}

/// The elements that two sorted lists share.
pub(crate) fn shared<'a, T: Ord>(a: &'a [T], b: &'a [T]) -> impl Iterator<Item = &'a T> {
    let mut j = 0;
    a.iter().filter(move |x| {
        while j < b.len() && b[j] < **x {
            j += 1;
        }
        j < b.len() && b[j] == **x
    })
}

/// Weights of the pair score and the thresholds that go with them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairWeights {
    /// Constant term.
    pub intercept: f64,
    /// Weight of [`PairFeatures::cos`], >= 0.
    pub cos: f64,
    /// Weight of [`PairFeatures::cont`], as far as the two are sentences, >= 0: headlines of different events are made of
    /// the same words.
    pub cont: f64,
    /// Weight of [`PairFeatures::num`], >= 0.
    pub num: f64,
    /// Weight of [`PairFeatures::num_conf`], <= 0.
    pub num_conf: f64,
    /// Weight of [`PairFeatures::ent_conf`], as far as the two are sentences, <= 0: headlines name few.
    pub ent_conf: f64,
    /// Constant of headlines: weight of [`PairFeatures::headline`].
    pub headline: f64,
    /// Weight of the cosine of headlines, in addition to `cos`, >= 0.
    pub headline_cos: f64,
    /// Mutual best matches from here up are aligned while stories are being found.
    pub aligned: f64,
    /// Mutual best matches from here up are aligned inside an accepted story.
    pub aligned_in_story: f64,
    /// Below it, over all its claims, a source is said not to state a fact.
    pub not_found: f64,
}

impl PairWeights {
    /// The score of a pair, 0..1. It orders pairs; it is a probability of nothing but its training base rate.
    pub fn score(&self, f: &PairFeatures) -> f64 {
        let sentence = 1.0 - f.headline;
        sigmoid(
            self.intercept
                + self.cos * f.cos
                + self.num * f.num
                + self.num_conf * f.num_conf
                + sentence * (self.cont * f.cont + self.ent_conf * f.ent_conf)
                + f.headline * (self.headline + self.headline_cos * f.cos),
        )
    }
}

/// The logistic function.
pub(crate) fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}
