//! Scores of all claim pairs of two articles, and the mutual best matches among them.

use std::ops::Range;

use ndarray::{Array2, ArrayView1, CowArray, Ix2, s};
use rayon::prelude::*;

use super::features::{ClaimTerms, KeyId, Keys, PairFeatures, PairWeights, Shared, TermId, Vocabulary};
use crate::claims::Claim;
use crate::corpus::Article;
use crate::embed::Vectors;
use crate::ids;
use crate::text::Figure;

/// The keys of a claim's numbers, and of its names.
type OwnKeys = (Box<[KeyId]>, Box<[KeyId]>);

/// All claims of a corpus, their names and numbers by key. Claims of one article are neighbours.
#[derive(Debug, Default)]
pub(crate) struct KeyedClaims {
    /// The claims, by article, then position. Their numbers and names are in `own` alone.
    pub claims: Vec<Claim>,
    /// For each article, its claims.
    pub by_article: Vec<Range<usize>>,
    /// The keys of each claim: of its numbers, and of its names.
    own: Vec<OwnKeys>,
    keys: Keys,
}

impl KeyedClaims {
    /// The claims of the articles that come next: `claims[i]` are those of the `i`-th of them. A claim's numbers and names are
    /// text until then: in a large corpus, articles are better added by the hundreds than all at once.
    pub(crate) fn add(&mut self, claims: Vec<Vec<Claim>>) {
        for of_article in claims {
            let start = self.claims.len();
            for mut claim in of_article {
                let quantities = self.keys.quantities(std::mem::take(&mut claim.quantities).into_iter());
                let entities = std::mem::take(&mut claim.entities);
                let entities = self.keys.entities(entities.iter().map(String::as_str));
                self.own.push((quantities.into(), entities.into()));
                self.claims.push(claim);
            }
            self.by_article.push(start..self.claims.len());
        }
    }
}

/// All claims of a corpus, with what they are compared by. Claims of one article are neighbours.
#[derive(Debug)]
pub struct ClaimTable {
    /// The claims, by article, then position. Their numbers and names are in `terms` alone.
    pub claims: Vec<Claim>,
    /// For each claim, its terms.
    pub terms: Vec<ClaimTerms>,
    /// Rows of L2 norm 1, one per distinct text; the very first one is zero. Rows are numbered through all blocks.
    vectors: Vec<Array2<f32>>,
    /// For each claim, its row; 0 until [`ClaimTable::set_vectors`].
    row_of: Vec<u32>,
    /// For each article, its claims.
    pub by_article: Vec<Range<usize>>,
    /// The terms' weights.
    pub vocabulary: Vocabulary,
    /// The names and numbers of the claims.
    pub keys: Keys,
}

impl ClaimTable {
    /// `claims[i]` are those of `articles[i]`; their vectors, of length `dimension`, are still to come.
    pub fn new(articles: &[Article], claims: Vec<Vec<Claim>>, vocabulary: Vocabulary, dimension: usize) -> Self {
        let mut keyed = KeyedClaims::default();
        keyed.add(claims);
        Self::of(articles, keyed, vocabulary, dimension)
    }

    /// The same of claims with their keys.
    pub(crate) fn of(articles: &[Article], claims: KeyedClaims, vocabulary: Vocabulary, dimension: usize) -> Self {
        let KeyedClaims { claims, by_article, own, keys } = claims;
        let terms = claims.par_iter().zip(own).map(|(claim, (quantities, entities))| {
            ClaimTerms::new(claim.text(&articles[claim.article]), &quantities, &entities, &vocabulary)
        });
        let terms = terms.collect();
        let (vectors, row_of) = (vec![Array2::zeros((1, dimension))], vec![0; claims.len()]);
        ClaimTable { claims, terms, vectors, row_of, by_article, vocabulary, keys }
    }

    /// Gives claims their vectors: the first `wanted.len()` of `vectors` are theirs. Answers the row of the table that
    /// holds the first row of `vectors`.
    pub fn set_vectors(&mut self, wanted: &[usize], vectors: Vectors) -> usize {
        let first: usize = self.vectors.iter().map(Array2::nrows).sum();
        for (&claim, &row) in wanted.iter().zip(&vectors.index) {
            self.row_of[claim] = (first + row) as u32;
        }
        self.vectors.push(vectors.rows);
        first
    }

    /// Drops what claims are compared by, vectors and words, when nothing is compared any more: the claims remain.
    pub(crate) fn shed(&mut self) {
        let dimension = self.dimension();
        self.vectors = vec![Array2::zeros((1, dimension))];
        (self.row_of, self.terms) = Default::default();
        (self.vocabulary, self.keys) = Default::default();
    }

    /// Length of a vector.
    pub(crate) fn dimension(&self) -> usize {
        self.vectors[0].ncols()
    }

    /// The vector of a claim.
    pub(crate) fn vector(&self, claim: usize) -> ArrayView1<'_, f32> {
        self.row(self.row_of[claim] as usize)
    }

    /// A row of the vectors.
    pub fn row(&self, row: usize) -> ArrayView1<'_, f32> {
        let (block, row) = self.block(row);
        self.vectors[block].row(row)
    }

    /// The block of a row, and its place there.
    fn block(&self, mut row: usize) -> (usize, usize) {
        let mut block = 0;
        while row >= self.vectors[block].nrows() {
            row -= self.vectors[block].nrows();
            block += 1;
        }
        (block, row)
    }

    /// The claims of an article that take part in story finding.
    pub(crate) fn lead(&self, article: usize, limit: usize) -> Range<usize> {
        let all = &self.by_article[article];
        all.start..all.end.min(all.start.saturating_add(limit))
    }

    /// The numbers, amounts and dates of a claim, sorted.
    pub(crate) fn figures(&self, claim: usize) -> Vec<Figure> {
        let mut figures: Vec<Figure> =
            self.terms[claim].quantities().iter().map(|&id| self.keys.figure(id).clone()).collect();
        figures.sort();
        figures
    }

    /// The id of a claim, made from article and span.
    pub(crate) fn claim_id(&self, articles: &[Article], claim: usize) -> String {
        let Claim { article, span, .. } = self.claims[claim];
        ids::claim_id(&articles[article].id, span.start, span.end)
    }

    /// Claims made ready for [`ClaimTable::scores`].
    pub fn side(&self, claims: impl IntoIterator<Item = usize>) -> Side {
        let claims: Vec<usize> = claims.into_iter().collect();
        let places = |of: fn(&ClaimTerms) -> &[u32]| {
            let of_claim = (0..).zip(&claims).flat_map(|(n, &c)| of(&self.terms[c]).iter().map(move |&id| (id, n)));
            let mut places: Vec<(u32, u32)> = of_claim.collect();
            places.sort_unstable();
            places.shrink_to_fit();
            places
        };
        Side { terms: places(ClaimTerms::terms), entities: places(ClaimTerms::entities), claims }
    }

    /// The vectors of some claims, one below the other: borrowed where they are so in the table.
    fn rows(&self, claims: &[usize]) -> CowArray<'_, f32, Ix2> {
        let rows = || claims.iter().map(|&c| self.row_of[c] as usize);
        if let Some(first) = rows().next() {
            let (block, start) = self.block(first);
            let end = start + claims.len();
            if end <= self.vectors[block].nrows() && rows().eq(first..first + claims.len()) {
                return self.vectors[block].slice(s![start..end, ..]).into();
            }
        }
        let mut gathered = Array2::zeros((claims.len(), self.dimension()));
        for (mut to, row) in gathered.rows_mut().into_iter().zip(rows()) {
            to.assign(&self.row(row));
        }
        gathered.into()
    }

    /// Scores of all pairs: rows are the claims `a`, columns the claims `b`.
    pub fn scores(&self, a: &Side, b: &Side, weights: &PairWeights) -> Array2<f64> {
        let cosines = self.cosines(a, b);
        let mut shared = Array2::from_elem(cosines.dim(), Shared::default());
        meet(&a.terms, &b.terms, |term, i, j| shared[(i, j)].idf += self.vocabulary.idf(term));
        meet(&a.entities, &b.entities, |_, i, j| shared[(i, j)].entities += 1);
        Array2::from_shape_fn(cosines.dim(), |(i, j)| {
            let (x, y) = (&self.terms[a.claims[i]], &self.terms[b.claims[j]]);
            weights.score(&PairFeatures::of(x, y, f64::from(cosines[(i, j)]), shared[(i, j)], &self.keys))
        })
    }

    /// The score of one pair: bit by bit what [`ClaimTable::scores`] gives, whatever is beside it.
    pub fn score(&self, a: usize, b: usize, weights: &PairWeights) -> f64 {
        let cos = f64::from(self.cosine(a, b));
        weights.score(&PairFeatures::new(&self.terms[a], &self.terms[b], cos, &self.vocabulary, &self.keys))
    }

    /// Cosines of all pairs: rows are the claims `a`, columns the claims `b`.
    pub(super) fn cosines(&self, a: &Side, b: &Side) -> Array2<f32> {
        self.rows(&a.claims).dot(&self.rows(&b.claims).t())
    }

    /// The cosine of one pair: bit by bit what [`ClaimTable::cosines`] gives.
    pub(super) fn cosine(&self, a: usize, b: usize) -> f32 {
        self.rows(&[a]).dot(&self.rows(&[b]).t())[(0, 0)]
    }
}

/// Some claims, and where their terms and names stand: `(id, place of the claim)`, sorted. All pairs of two sides
/// meet along these lists, which costs a fraction of comparing the claims two by two.
#[derive(Debug)]
pub struct Side {
    claims: Vec<usize>,
    terms: Vec<(TermId, u32)>,
    entities: Vec<(KeyId, u32)>,
}

impl Side {
    /// The claims.
    pub(crate) fn claims(&self) -> &[usize] {
        &self.claims
    }

    /// Their terms, each with the places of the claims that hold it.
    pub(super) fn terms(&self) -> &[(TermId, u32)] {
        &self.terms
    }
}

/// Tells `found` every id that stands on both sides, by id, with each pair of its places.
pub(super) fn meet(a: &[(u32, u32)], b: &[(u32, u32)], mut found: impl FnMut(u32, usize, usize)) {
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let id = a[i].0;
        match id.cmp(&b[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                let same =
                    |list: &[(u32, u32)], from: usize| from + list[from..].iter().take_while(|p| p.0 == id).count();
                let (i_end, j_end) = (same(a, i), same(b, j));
                for x in &a[i..i_end] {
                    for y in &b[j..j_end] {
                        found(id, x.1 as usize, y.1 as usize);
                    }
                }
                (i, j) = (i_end, j_end);
            }
        }
    }
}

/// Two claims of different articles that match each other best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// Row of the score matrix.
    pub a: usize,
    /// Column of the score matrix.
    pub b: usize,
    /// Pair score.
    pub score: f64,
}

/// The cells that are the maximum of both their row and their column and reach `threshold`. Equal scores go to the
/// earlier claim.
pub fn align(scores: &Array2<f64>, threshold: f64) -> Vec<Alignment> {
    let best = |values: ndarray::ArrayView1<'_, f64>| {
        values.iter().enumerate().fold((0, f64::NEG_INFINITY), |best, (i, &v)| if v > best.1 { (i, v) } else { best })
    };
    let columns: Vec<usize> = scores.columns().into_iter().map(|c| best(c).0).collect();
    scores
        .rows()
        .into_iter()
        .enumerate()
        .filter_map(|(a, row)| {
            let (b, score) = best(row);
            (score >= threshold && columns[b] == a).then_some(Alignment { a, b, score })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::in_story::{InStory, InStoryWeights};
    use super::*;
    use ndarray::array;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn only_mutual_best_matches_are_aligned() {
        let scores = array![[0.9, 0.8], [0.95, 0.2], [0.1, 0.7]];
        let pairs: Vec<_> = align(&scores, 0.6).iter().map(|x| (x.a, x.b)).collect();
        assert_eq!(pairs, [(1, 0)], "row 0 prefers column 0, which prefers row 1; row 2's column prefers row 0");
        assert!(align(&Array2::zeros((0, 3)), 0.6).is_empty());
    }

    /// Articles of so many claims each, with vectors of any direction, the second half of them behind the first.
    fn table(counts: &[usize]) -> ClaimTable {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let words = ["Dover", "bridge", "closed", "again", "council", "Miller", "12", "repairs", "1998", "tolls"];
        let mut articles = Vec::new();
        for (i, &n) in counts.iter().enumerate() {
            let mut sentence = || (0..9).map(|_| words[random.random_range(0..10)]).collect::<Vec<_>>().join(" ");
            let body: String = (0..n).map(|k| format!("The town of {k} {}.\n\n", sentence())).collect();
            articles.push(Article {
                id: i.to_string(),
                source: "Gazette".into(),
                date: None,
                title: String::new(),
                url: String::new(),
                language: String::new(),
                kept: crate::text::paragraphs(&body),
                body,
                headline_only: false,
            });
        }
        let claims = crate::claims::extract(&articles);
        let (vocabulary, _) = Vocabulary::new(
            articles.len(),
            |i| crate::text::terms(&articles[i].body),
            &crate::background::Background::none(384),
        );
        let mut table = ClaimTable::new(&articles, claims, vocabulary, 384);
        let all: Vec<usize> = (0..table.claims.len()).collect();
        for claims in [&all[..all.len() / 2], &all[all.len() / 2..]] {
            let rows = Array2::from_shape_simple_fn((claims.len(), 384), || random.random::<f32>() - 0.5);
            table.set_vectors(claims, Vectors { rows, index: (0..claims.len()).collect() });
        }
        table
    }

    #[test]
    fn the_score_of_a_pair_does_not_depend_on_what_is_beside_it() {
        let table = table(&[1, 3, 20, 57, 8]);
        let weights = PairWeights {
            intercept: -1.0,
            cos: 5.0,
            cont: 1.0,
            num: 0.5,
            num_conf: -0.5,
            ent_conf: -0.5,
            aligned: 0.7,
        };
        let in_story = InStoryWeights {
            intercept: -1.0,
            cos: 3.0,
            overlap: 4.0,
            num: 1.0,
            aligned: 0.7,
            certain: 0.9,
            not_found: 0.5,
        };
        let story = InStory::new(&table, &(0..table.by_article.len()).collect::<Vec<_>>(), &in_story);
        let sides: Vec<Side> = table.by_article.iter().map(|claims| table.side(claims.clone())).collect();
        // Not neighbours in the table, and not in its order.
        let scattered = table.side((0..table.claims.len()).rev().step_by(3));
        let mut different = std::collections::BTreeSet::new();
        for (a, b) in sides.iter().flat_map(|a| sides.iter().chain([&scattered]).map(move |b| (a, b))) {
            let scores = table.scores(a, b, &weights);
            for ((i, j), score) in scores.indexed_iter() {
                let (x, y) = (a.claims()[i], b.claims()[j]);
                assert_eq!(*score, table.score(x, y, &weights), "{x} {y}");
                assert_eq!(*score, table.score(y, x, &weights), "{x} {y}");
                different.insert(score.to_bits());
            }
            for ((i, j), score) in story.scores(a, b).indexed_iter() {
                let (x, y) = (a.claims()[i], b.claims()[j]);
                assert_eq!(*score, story.score(x, y), "{x} {y}");
                assert_eq!(*score, story.score(y, x), "{x} {y}");
            }
        }
        assert!(different.len() > 1000);
    }
}
