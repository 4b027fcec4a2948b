//! Which pairs of articles are worth comparing.

use ndarray::{Array2, Axis, s};
use rayon::prelude::*;

use super::similarity::{ArticleTable, WINDOW_DAYS};
use crate::facts::{TermId, Vocabulary};

/// Length of each of an article's three lists of nearest articles.
const TOP: usize = 60;
/// Heaviest terms by which an article is looked up.
const HEAVY_TERMS: usize = 60;
/// Terms in more articles than this look nothing up.
const MAX_DOCUMENT_FREQUENCY: u32 = 1000;
/// Rows of the products that find the nearest vectors.
const BLOCK: usize = 128;

/// The union of three lists of nearest articles (shared heavy terms, mean vector, lead vector), dated articles only
/// within the window of days. Pairs `(a, b)` with `a < b`, sorted.
pub(crate) fn candidates(articles: &ArticleTable, vocabulary: &Vocabulary) -> Vec<(u32, u32)> {
    let mut pairs = by_terms(articles, vocabulary);
    for vectors in [&articles.means, &articles.leads] {
        pairs.extend(by_vectors(articles, vectors));
    }
    pairs.par_sort_unstable();
    pairs.dedup();
    pairs.shrink_to_fit();
    pairs
}

fn in_window(articles: &ArticleTable, a: usize, b: usize) -> bool {
    articles.days(a, b).is_none_or(|d| d.abs() <= WINDOW_DAYS)
}

/// The `TOP` highest, ties to the earlier article.
fn top(mut scored: Vec<(f64, usize)>, a: usize) -> Vec<(u32, u32)> {
    let by_score = |x: &(f64, usize), y: &(f64, usize)| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1));
    if scored.len() > TOP {
        scored.select_nth_unstable_by(TOP - 1, by_score);
        scored.truncate(TOP);
    }
    scored.into_iter().map(|(_, b)| (a.min(b) as u32, a.max(b) as u32)).collect()
}

fn by_terms(articles: &ArticleTable, vocabulary: &Vocabulary) -> Vec<(u32, u32)> {
    let heavy: Vec<Vec<(TermId, f64)>> = articles
        .tf_idf
        .par_iter()
        .map(|terms| {
            let mut terms: Vec<_> = terms
                .iter()
                .copied()
                .filter(|&(t, w)| w > 0.0 && (2..=MAX_DOCUMENT_FREQUENCY).contains(&vocabulary.document_frequency(t)))
                .collect();
            terms.sort_unstable_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
            terms.truncate(HEAVY_TERMS);
            terms
        })
        .collect();
    let mut postings: Vec<Vec<(usize, f64)>> = vec![Vec::new(); vocabulary.len()];
    for (a, terms) in heavy.iter().enumerate() {
        for &(t, w) in terms {
            postings[t as usize].push((a, w));
        }
    }
    heavy
        .par_iter()
        .enumerate()
        .map_init(
            || vec![0.0; articles.len()],
            |scores, (a, terms)| {
                let mut touched = Vec::new();
                for &(t, w) in terms {
                    for &(b, v) in &postings[t as usize] {
                        if scores[b] == 0.0 {
                            touched.push(b);
                        }
                        scores[b] += w * v;
                    }
                }
                let scored: Vec<_> = touched
                    .iter()
                    .map(|&b| (std::mem::take(&mut scores[b]), b))
                    .filter(|&(_, b)| b != a && in_window(articles, a, b))
                    .collect();
                top(scored, a)
            },
        )
        .flatten_iter()
        .collect()
}

/// Exact: products of blocks of articles with all that are near enough in time. Sorted by date, a block meets one slice of
/// the dated articles, and the undated ones.
fn by_vectors(articles: &ArticleTable, vectors: &Array2<f32>) -> Vec<(u32, u32)> {
    let mut order: Vec<usize> = (0..articles.len()).collect();
    order.sort_by_key(|&a| (articles.dates[a].is_none(), articles.dates[a], a));
    let sorted = vectors.select(Axis(0), &order);
    let dated = order.partition_point(|&a| articles.dates[a].is_some());
    let starts = |from: usize, to: usize| (from..to).step_by(BLOCK).map(move |start| (start, to.min(start + BLOCK)));
    let blocks: Vec<(usize, usize)> = starts(0, dated).chain(starts(dated, order.len())).collect();
    blocks
        .into_par_iter()
        .flat_map_iter(|(start, end)| {
            let near = if start < dated {
                let first = order[..start].partition_point(|&b| !in_window(articles, order[start], b));
                let last = end + order[end..dated].partition_point(|&b| in_window(articles, order[end - 1], b));
                first..last
            } else {
                0..dated
            };
            let slices = [near, dated..order.len()];
            let block = sorted.slice(s![start..end, ..]);
            let cosines = slices.clone().map(|slice| block.dot(&sorted.slice(s![slice, ..]).t()));
            let (order, block) = (&order, order[start..end].to_vec());
            block.into_iter().enumerate().flat_map(move |(row, a)| {
                let mut scored = Vec::new();
                for (slice, cosines) in slices.iter().zip(&cosines) {
                    let found = cosines.row(row).into_iter().zip(&order[slice.clone()]);
                    let near = found.filter(|&(&c, &b)| b != a && c > 0.0 && in_window(articles, a, b));
                    scored.extend(near.map(|(&c, &b)| (f64::from(c), b)));
                }
                top(scored, a)
            })
        })
        .collect()
}
