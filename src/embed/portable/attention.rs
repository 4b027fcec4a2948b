//! Scaled dot-product attention of one text (Vaswani et al. 2017).

use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp};
use rten_vecmath::Softmax;

/// Queries that are worked on together, so that each vector of keys is loaded once for all of them.
const ROWS: usize = 4;

/// Head sizes are multiples of this (checked when weights are loaded): two vectors of the widest instruction set.
pub(crate) const HEAD_STEP: usize = 32;

/// `softmax(Q Kᵀ) V` for every head.
pub(crate) struct Attention<'a> {
    /// `tokens x 3 hidden`: queries (already divided by the root of the head's size), keys, values.
    pub qkv: &'a [f32],
    /// `tokens x hidden`.
    pub context: &'a mut [f32],
    pub hidden: usize,
    pub heads: usize,
    /// Reused between calls.
    pub space: &'a mut Vec<f32>,
}

impl SimdOp for Attention<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let Self { qkv, context, hidden, heads, space } = self;
        let ops = isa.f32();
        let lanes = ops.len();
        let (tokens, size) = (context.len() / hidden, hidden / heads);
        // Keys beyond the last token are zeros that no softmax sees.
        let padded = tokens.next_multiple_of(2 * lanes);
        space.clear();
        space.resize((size + ROWS) * padded, 0.0);
        let (keys, scores) = space.split_at_mut(size * padded);
        for head in 0..heads {
            let row = |token: usize, part: usize| &qkv[token * 3 * hidden + part * hidden + head * size..][..size];
            for token in 0..tokens {
                for (d, &key) in row(token, 1).iter().enumerate() {
                    keys[d * padded + token] = key;
                }
            }
            for first in (0..tokens).step_by(ROWS) {
                // The last group may be short: its last query is computed several times and written once.
                let count = ROWS.min(tokens - first);
                let query = |r: usize| row(first + r.min(count - 1), 0);
                let queries = [query(0), query(1), query(2), query(3)];
                for at in (0..padded).step_by(2 * lanes) {
                    let mut sums = [[ops.zero(); 2]; ROWS];
                    for d in 0..size {
                        let keys = &keys[d * padded + at..][..2 * lanes];
                        let keys = [ops.load(keys), ops.load(&keys[lanes..])];
                        for r in 0..ROWS {
                            let query = ops.splat(queries[r][d]);
                            sums[r][0] = ops.mul_add(query, keys[0], sums[r][0]);
                            sums[r][1] = ops.mul_add(query, keys[1], sums[r][1]);
                        }
                    }
                    for r in 0..ROWS {
                        let scores = &mut scores[r * padded + at..][..2 * lanes];
                        ops.store(sums[r][0], scores);
                        ops.store(sums[r][1], &mut scores[lanes..]);
                    }
                }
                for scores in scores.chunks_exact_mut(padded).take(count) {
                    Softmax::new_mut(&mut scores[..tokens]).eval(isa);
                }
                let weights = |r: usize| &scores[r * padded..][..tokens];
                let weights = [weights(0), weights(1), weights(2), weights(3)];
                for at in (0..size).step_by(2 * lanes) {
                    let mut sums = [[ops.zero(); 2]; ROWS];
                    #[allow(clippy::needless_range_loop, reason = "the token indexes four rows of weights")]
                    for token in 0..tokens {
                        let values = &row(token, 2)[at..][..2 * lanes];
                        let values = [ops.load(values), ops.load(&values[lanes..])];
                        for r in 0..ROWS {
                            let weight = ops.splat(weights[r][token]);
                            sums[r][0] = ops.mul_add(weight, values[0], sums[r][0]);
                            sums[r][1] = ops.mul_add(weight, values[1], sums[r][1]);
                        }
                    }
                    for r in 0..count {
                        let out = &mut context[(first + r) * hidden + head * size + at..][..2 * lanes];
                        ops.store(sums[r][0], out);
                        ops.store(sums[r][1], &mut out[lanes..]);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_softmax_of_the_products_times_the_values() {
        let (hidden, heads, size) = (64, 2, 32);
        for tokens in [1, 2, 5, 31, 33] {
            let qkv: Vec<f32> = (0..tokens * 3 * hidden).map(|i| (i as f32 * 0.37).sin()).collect();
            let mut context = vec![0.0; tokens * hidden];
            Attention { qkv: &qkv, context: &mut context, hidden, heads, space: &mut Vec::new() }.dispatch();
            for (i, got) in context.iter().enumerate() {
                let (token, head, d) = (i / hidden, i % hidden / size, i % size);
                let at = |token: usize, part: usize, d: usize| {
                    f64::from(qkv[token * 3 * hidden + part * hidden + head * size + d])
                };
                let scores = (0..tokens).map(|t| (0..size).map(|d| at(token, 0, d) * at(t, 1, d)).sum::<f64>().exp());
                let scores: Vec<f64> = scores.collect();
                let sum: f64 = scores.iter().sum();
                let expected: f64 = (0..tokens).map(|t| scores[t] / sum * at(t, 2, d)).sum();
                assert!((f64::from(*got) - expected).abs() < 1e-5, "{tokens} tokens, value {i}: {got}, not {expected}");
            }
        }
    }
}
