//! What two claims have in common, and the score made of it.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::background::Background;
use crate::text::{self, Figure};

/// The background weighs as much as so many articles of the corpus. With fewer, the words of an event that fills the
/// corpus (hundreds of articles) lose their weight, and the event falls apart.
const BACKGROUND_ARTICLES: f64 = 5000.0;

/// Index of a term in a [`Vocabulary`].
pub(crate) type TermId = u32;

/// The terms of a corpus with their inverse document frequencies.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    ids: HashMap<String, TermId>,
    idf: Vec<f64>,
    document_frequency: Vec<u32>,
}

/// Documents whose terms are strings at the same time: as ids they take a tenth of the memory.
const READ_TOGETHER: usize = 1024;

impl Vocabulary {
    /// The terms of `n` documents, `read(i)` being those of the `i`-th, and each document as the ids of its terms. Inverse
    /// document frequency over background and own corpus, the background weighing as much as `B` = 5000 articles:
    /// `idf(w) = max(0, ln((B + N + 1) / (B df_bg(w)/N_bg + df(w) + 1)))`.
    pub(crate) fn new(
        n: usize,
        read: impl Fn(usize) -> Vec<String> + Sync,
        background: &Background,
    ) -> (Self, Vec<Vec<TermId>>) {
        // Ids in the order of appearance first, then in that of the alphabet: sums run in the order of ids.
        let mut ids: HashMap<String, TermId> = HashMap::new();
        let mut documents: Vec<Vec<TermId>> = Vec::with_capacity(n);
        for start in (0..n).step_by(READ_TOGETHER) {
            let terms: Vec<Vec<String>> = (start..n.min(start + READ_TOGETHER)).into_par_iter().map(&read).collect();
            documents.extend(terms.into_iter().map(|terms| {
                let id = |term: String| {
                    let next = ids.len() as TermId;
                    *ids.entry(term).or_insert(next)
                };
                terms.into_iter().map(id).collect::<Vec<_>>()
            }));
        }
        let mut terms: Vec<(String, TermId)> = ids.into_iter().collect();
        terms.par_sort_unstable();
        let mut place = vec![0; terms.len()];
        (0..).zip(&terms).for_each(|(new, &(_, old))| place[old as usize] = new);
        documents.par_iter_mut().flatten().for_each(|id| *id = place[*id as usize]);

        let mut document_frequency = vec![0u32; terms.len()];
        let mut last = vec![usize::MAX; terms.len()];
        for (d, document) in documents.iter().enumerate() {
            for &id in document {
                if std::mem::replace(&mut last[id as usize], d) != d {
                    document_frequency[id as usize] += 1;
                }
            }
        }
        let of_term = |((t, _), &df): (&(String, TermId), &u32)| idf(background.share(t), n as f64, df);
        let idf = terms.iter().zip(&document_frequency).map(of_term).collect();
        let ids = (0..).zip(terms).map(|(id, (term, _))| (term, id)).collect();
        (Vocabulary { ids, idf, document_frequency }, documents)
    }

    /// The given terms, weighted by the background alone.
    pub(crate) fn of_background(terms: impl Iterator<Item = String>, background: &Background) -> Self {
        let distinct: BTreeSet<String> = terms.collect();
        Vocabulary {
            idf: distinct.iter().map(|t| idf(background.share(t), 0.0, 0)).collect(),
            document_frequency: vec![0; distinct.len()],
            ids: distinct.into_iter().enumerate().map(|(i, t)| (t, i as TermId)).collect(),
        }
    }

    /// The id of a term of the corpus.
    pub(crate) fn id(&self, term: &str) -> Option<TermId> {
        self.ids.get(term).copied()
    }

    /// Inverse document frequency, >= 0.
    pub(crate) fn idf(&self, id: TermId) -> f64 {
        self.idf[id as usize]
    }

    /// Number of articles that hold the term.
    pub(crate) fn document_frequency(&self, id: TermId) -> u32 {
        self.document_frequency[id as usize]
    }

    /// The terms in no order, with the number of articles that hold each.
    pub(crate) fn frequencies(&self) -> impl Iterator<Item = (&str, u32)> {
        self.ids.iter().map(|(term, &id)| (term.as_str(), self.document_frequency(id)))
    }

    /// Number of terms.
    pub(crate) fn len(&self) -> usize {
        self.idf.len()
    }
}

/// Of a term that a share of the background's articles holds, and `df` of `n` own ones.
fn idf(share: f64, n: f64, df: u32) -> f64 {
    ((BACKGROUND_ARTICLES + n + 1.0) / (BACKGROUND_ARTICLES * share + f64::from(df) + 1.0)).ln().max(0.0)
}

/// Index of a word of a name, or of a number, in [`Keys`].
pub(crate) type KeyId = u32;

/// The words of names and the numbers of a corpus: each is kept once.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    names: HashMap<String, KeyId>,
    figures: HashMap<Figure, KeyId>,
    /// By id.
    values: Vec<Figure>,
}

impl Keys {
    /// The ids of numbers, amounts and dates, sorted, distinct.
    pub(crate) fn quantities(&mut self, figures: impl Iterator<Item = Figure>) -> Vec<KeyId> {
        let Keys { figures: known, values, .. } = self;
        let id = |figure: Figure| {
            *known.entry(figure).or_insert_with_key(|figure| {
                values.push(figure.clone());
                (values.len() - 1) as KeyId
            })
        };
        distinct(figures.map(id))
    }

    /// The words of names, by id.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut all = vec![""; self.names.len()];
        #[allow(clippy::iter_over_hash_type, reason = "each has its own place")]
        for (word, &id) in &self.names {
            all[id as usize] = word;
        }
        all
    }

    /// A number, an amount or a date.
    pub(crate) fn figure(&self, id: KeyId) -> &Figure {
        &self.values[id as usize]
    }

    /// The ids of the lower-case words of names, sorted, distinct: by word, so that "Reid" and "Tara Reid" share a name.
    pub(crate) fn entities<'k>(&mut self, names: impl Iterator<Item = &'k str>) -> Vec<KeyId> {
        let id = |word: String| {
            let next = self.names.len() as KeyId;
            *self.names.entry(word).or_insert(next)
        };
        distinct(names.flat_map(str::split_whitespace).map(str::to_lowercase).map(id))
    }
}

fn distinct(ids: impl Iterator<Item = KeyId>) -> Vec<KeyId> {
    let mut ids: Vec<KeyId> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids.shrink_to_fit();
    ids
}

/// A claim reduced to what pairs are compared by. A corpus has millions of them: the lists are one piece of memory.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimTerms {
    /// Terms, numbers and names, one behind the other.
    ids: Box<[u32]>,
    /// How many of them are terms, and how many numbers.
    counts: (u32, u32),
    /// Sum of the idf of its terms.
    pub idf_sum: f64,
    /// Mean of the five largest idf: how much the sentence tells. 0 without terms.
    pub weight: f64,
    /// Whether it ends as a sentence does; a headline does not.
    pub full_stop: bool,
}

impl ClaimTerms {
    /// `sentence` is the claim's text; its numbers and names: see [`Keys::quantities`], [`Keys::entities`].
    pub(crate) fn new(sentence: &str, quantities: &[KeyId], entities: &[KeyId], vocabulary: &Vocabulary) -> Self {
        let mut terms: Vec<TermId> = text::terms(sentence).iter().filter_map(|t| vocabulary.id(t)).collect();
        terms.sort_unstable();
        terms.dedup();
        let mut idf: Vec<f64> = terms.iter().map(|&t| vocabulary.idf(t)).collect();
        let idf_sum = idf.iter().sum();
        idf.sort_unstable_by(|a, b| b.total_cmp(a));
        idf.truncate(5);
        let weight = if idf.is_empty() { 0.0 } else { idf.iter().sum::<f64>() / idf.len() as f64 };
        let counts = (terms.len() as u32, quantities.len() as u32);
        let ids = [&terms, quantities, entities].concat().into_boxed_slice();
        ClaimTerms { ids, counts, idf_sum, weight, full_stop: text::full_stop(sentence) }
    }

    /// Distinct terms, sorted.
    pub(crate) fn terms(&self) -> &[TermId] {
        &self.ids[..self.counts.0 as usize]
    }

    /// Numbers, amounts and dates, sorted.
    pub(crate) fn quantities(&self) -> &[KeyId] {
        let start = self.counts.0 as usize;
        &self.ids[start..start + self.counts.1 as usize]
    }

    /// Words of names, sorted.
    pub(crate) fn entities(&self) -> &[KeyId] {
        &self.ids[(self.counts.0 + self.counts.1) as usize..]
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
    /// 1 if both end without a full stop, as headlines do.
    pub headline: f64,
}

/// What stands in both claims.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Shared {
    /// Sum of the idf of the shared terms, in their order.
    pub idf: f64,
    /// Number of shared words of names.
    pub entities: u32,
}

impl Shared {
    /// Of two claims.
    pub(crate) fn new(a: &ClaimTerms, b: &ClaimTerms, vocabulary: &Vocabulary) -> Self {
        Shared {
            idf: shared(a.terms(), b.terms()).fold(0.0, |sum, &t| sum + vocabulary.idf(t)),
            entities: shared(a.entities(), b.entities()).count() as u32,
        }
    }
}

impl PairFeatures {
    /// Compares two claims whose vectors have the cosine `cos`; `keys` holds their numbers.
    pub(crate) fn new(a: &ClaimTerms, b: &ClaimTerms, cos: f64, vocabulary: &Vocabulary, keys: &Keys) -> Self {
        Self::of(a, b, cos, Shared::new(a, b, vocabulary), keys)
    }

    /// The same, where it is known what stands in both.
    pub(crate) fn of(a: &ClaimTerms, b: &ClaimTerms, cos: f64, shared: Shared, keys: &Keys) -> Self {
        let smaller = a.idf_sum.min(b.idf_sum);
        let cont = if smaller > 0.0 { (shared.idf / smaller).min(1.0) } else { 0.0 };
        let (num, num_conf) = numbers(a.quantities(), b.quantities(), keys);
        let strangers = !a.entities().is_empty() && !b.entities().is_empty() && shared.entities == 0;
        let headline = f64::from(u8::from(!a.full_stop && !b.full_stop));
        PairFeatures { cos, cont, num, num_conf, ent_conf: f64::from(u8::from(strangers)), headline }
    }
}

/// Mean of the best agreement of each number of the side with fewer, 0..1; and 1 if some can be compared but none agrees.
/// Of two sides with as many, the one whose numbers agree less.
pub(super) fn numbers(a: &[KeyId], b: &[KeyId], keys: &Keys) -> (f64, f64) {
    if a.is_empty() || b.is_empty() {
        return (0.0, 0.0);
    }
    let side = |few: &[KeyId], many: &[KeyId]| {
        let agreement =
            |x: &KeyId| many.iter().filter_map(|y| keys.figure(*x).agreement(keys.figure(*y))).reduce(f64::max);
        let (n, sum) = few.iter().filter_map(agreement).fold((0, 0.0), |(n, sum), best| (n + 1, sum + best));
        (sum / few.len() as f64, f64::from(u8::from(n > 0 && sum == 0.0)))
    };
    match a.len().cmp(&b.len()) {
        std::cmp::Ordering::Less => side(a, b),
        std::cmp::Ordering::Greater => side(b, a),
        // Symmetric: "60 and 61" against "60 and 70".
        std::cmp::Ordering::Equal => {
            let (x, y) = (side(a, b), side(b, a));
            if x.0 <= y.0 { x } else { y }
        }
    }
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
    /// Weight of [`PairFeatures::cont`] unless both are headlines, >= 0: those of different events are made of the same
    /// words.
    pub cont: f64,
    /// Weight of [`PairFeatures::num`], >= 0.
    pub num: f64,
    /// Weight of [`PairFeatures::num_conf`], <= 0.
    pub num_conf: f64,
    /// Weight of [`PairFeatures::ent_conf`] unless both are headlines, <= 0: those name few.
    pub ent_conf: f64,
    /// Mutual best matches from here up are aligned while stories are being found.
    pub aligned: f64,
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
                + sentence * (self.cont * f.cont + self.ent_conf * f.ent_conf),
        )
    }
}

/// The logistic function.
pub(crate) fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}
