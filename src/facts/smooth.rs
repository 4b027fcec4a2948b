//! Cosines of texts in the light of the other texts that are there.
//!
//! A sentence's vector says what it is about, and also how it happens to be put. Its nearest neighbours in a file put the
//! same in other words; drawn toward them, a vector keeps what it is about (feature augmentation: Arandjelović & Zisserman
//! 2012; weighted by similarity: Radenović, Tolias & Chum 2019).

use ndarray::{ArrayView2, Axis, s};
use rayon::prelude::*;

use crate::{Error, Result};

/// Toward how many nearest texts a vector is drawn. More hurt where few texts are about one thing.
const NEAREST: usize = 3;
/// What a neighbour weighs beside the text itself, times their cosine, where there are many texts.
const WEIGHT: f64 = 0.5;
/// With so many texts a neighbour has half of its weight: in a small file the nearest texts are strangers.
const HALF_TRUSTED: f64 = 1000.0;
/// Neighbours are looked for among so many texts at most, those with the lowest hash.
const MOST_COMPARED: usize = 20_000;
/// Rows of the products that find them.
const BLOCK: usize = 128;

/// Texts with their nearest neighbours.
#[derive(Debug)]
pub(crate) struct Smoothed<'v> {
    rows: ArrayView2<'v, f32>,
    /// Of each text the nearest others, one more than a vector is drawn to: the partner does not count.
    nearest: Vec<Vec<(f32, usize)>>,
    weight: f64,
}

impl<'v> Smoothed<'v> {
    /// `rows` are the vectors of different texts, of L2 norm 1 or 0; `texts[i]` is that of row `i`. `progress(done)` hears how
    /// many of them have their neighbours.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when `progress` answers `false`.
    pub(crate) fn new(
        rows: ArrayView2<'v, f32>,
        texts: &[&str],
        mut progress: impl FnMut(usize) -> bool,
    ) -> Result<Self> {
        let mut compared: Vec<usize> = (0..texts.len()).collect();
        if compared.len() > MOST_COMPARED {
            compared.sort_by_cached_key(|&row| *blake3::hash(texts[row].as_bytes()).as_bytes());
            compared.truncate(MOST_COMPARED);
            compared.sort_unstable();
        }
        let others = rows.select(Axis(0), &compared);
        let n = compared.len() as f64;
        let mut nearest = Vec::with_capacity(texts.len());
        // So many at a time that all cores have a block, and that the user hears of it.
        let at_a_time = BLOCK * rayon::current_num_threads();
        for start in (0..texts.len()).step_by(at_a_time) {
            let blocks: Vec<usize> = (start..texts.len().min(start + at_a_time)).step_by(BLOCK).collect();
            let of_block = |&start: &usize| {
                let block = rows.slice(s![start..texts.len().min(start + BLOCK), ..]);
                let cosines = block.dot(&others.t());
                let of_row = |(row, cosines): (usize, ndarray::ArrayView1<'_, f32>)| {
                    let others = cosines.iter().zip(&compared).map(|(&cosine, &other)| (cosine, other));
                    highest(others.filter(|&(_, other)| other != start + row))
                };
                cosines.rows().into_iter().enumerate().map(of_row).collect::<Vec<_>>()
            };
            nearest.extend(blocks.par_iter().map(of_block).collect::<Vec<_>>().into_iter().flatten());
            if !progress(nearest.len()) {
                return Err(Error::Interrupted);
            }
        }
        Ok(Smoothed { rows, nearest, weight: WEIGHT * n / (n + HALF_TRUSTED) })
    }

    /// The cosine of two rows, each drawn toward its nearest neighbours other than the other row, -1..1. Without a neighbour
    /// it is that of the rows themselves.
    pub(crate) fn cosine(&self, a: usize, b: usize) -> f64 {
        let (x, y) = (self.drawn(a, b), self.drawn(b, a));
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).fold(0.0, |sum, (x, y)| sum + x * y);
        let norms = (dot(&x, &x) * dot(&y, &y)).sqrt();
        if norms > 0.0 { (dot(&x, &y) / norms).clamp(-1.0, 1.0) } else { 0.0 }
    }

    fn drawn(&self, row: usize, partner: usize) -> Vec<f64> {
        let mut drawn: Vec<f64> = self.rows.row(row).iter().map(|&x| f64::from(x)).collect();
        let neighbours = self.nearest[row].iter().filter(|&&(_, other)| other != partner);
        for &(cosine, other) in neighbours.take(NEAREST) {
            let weight = self.weight * f64::from(cosine).max(0.0);
            drawn.iter_mut().zip(self.rows.row(other)).for_each(|(sum, &x)| *sum += weight * f64::from(x));
        }
        drawn
    }
}

/// The nearest, and one more; ties to the earlier text.
fn highest(others: impl Iterator<Item = (f32, usize)>) -> Vec<(f32, usize)> {
    let mut best: Vec<(f32, usize)> = Vec::with_capacity(NEAREST + 2);
    for (cosine, other) in others {
        if best.len() > NEAREST && best.last().is_some_and(|last| cosine <= last.0) {
            continue;
        }
        let place = best.partition_point(|known| known.0 >= cosine);
        best.insert(place, (cosine, other));
        best.truncate(NEAREST + 1);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// `groups` directions, each with `of_each` texts that say it with as much noise.
    fn file(groups: usize, of_each: usize) -> (Array2<f32>, Vec<String>) {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut direction = || (0..64).map(|_| random.random::<f32>() - 0.5).collect::<Vec<_>>();
        let mut rows = Array2::zeros((groups * of_each, 64));
        for group in 0..groups {
            let meaning = direction();
            for text in 0..of_each {
                let noise = direction();
                let row: Vec<f32> = meaning.iter().zip(noise).map(|(m, n)| m + n).collect();
                let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt();
                rows.row_mut(group * of_each + text).iter_mut().zip(row).for_each(|(to, x)| *to = x / norm);
            }
        }
        (rows, (0..groups * of_each).map(|i| format!("text {i}")).collect())
    }

    fn smoothed<'v>(rows: &'v Array2<f32>, texts: &[String]) -> Smoothed<'v> {
        Smoothed::new(rows.view(), &texts.iter().map(String::as_str).collect::<Vec<_>>(), |_| true).unwrap()
    }

    #[test]
    fn a_pair_alone_has_its_plain_cosine() {
        let (rows, texts) = file(1, 2);
        let plain = f64::from(rows.row(0).dot(&rows.row(1)));
        assert!((smoothed(&rows, &texts).cosine(0, 1) - plain).abs() < 1e-6);
    }

    #[test]
    fn what_says_the_same_in_other_words_comes_nearer_and_the_rest_does_not() {
        let (rows, texts) = file(200, 5);
        let smoothed = smoothed(&rows, &texts);
        let gain = |a: usize, b: usize| smoothed.cosine(a, b) - f64::from(rows.row(a).dot(&rows.row(b)));
        let mean = |pairs: &[(usize, usize)]| pairs.iter().map(|&(a, b)| gain(a, b)).sum::<f64>() / pairs.len() as f64;
        let same: Vec<_> = (0..200).map(|g| (5 * g, 5 * g + 1)).collect();
        let other: Vec<_> = (0..199).map(|g| (5 * g, 5 * g + 6)).collect();
        assert!(mean(&same) > 0.05, "{}", mean(&same));
        assert!(mean(&other).abs() < 0.01, "{}", mean(&other));
    }

    #[test]
    fn neither_side_nor_the_order_of_the_texts_matters() {
        let (rows, texts) = file(40, 4);
        let n = texts.len();
        let reversed = rows.select(Axis(0), &(0..n).rev().collect::<Vec<_>>());
        let (one, other) = (smoothed(&rows, &texts), smoothed(&reversed, &texts));
        for (a, b) in (0..n).zip((0..n).map(|i| (7 * i + 3) % n)) {
            let cosine = one.cosine(a, b);
            assert!((-1.0..=1.0).contains(&cosine));
            assert_eq!(cosine, one.cosine(b, a));
            assert!((cosine - other.cosine(n - 1 - a, n - 1 - b)).abs() < 1e-6);
        }
        assert!((one.cosine(5, 5) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn an_empty_text_is_like_nothing() {
        let (mut rows, texts) = file(3, 4);
        rows.row_mut(2).fill(0.0);
        assert_eq!(smoothed(&rows, &texts).cosine(2, 5), 0.0);
    }
}
