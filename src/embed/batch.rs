//! Which texts are run together, and in which shape.

/// What an engine asks of batches so that a text's vector does not depend on what is beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batching {
    /// Results depend on the shape of the batch, so the shape depends on the text's length alone: texts of nearly equal
    /// length, a fixed number of rows for each length, dummy rows where texts run out.
    Fixed,
    /// Each row of a matrix is computed by itself: any texts, nothing padded.
    Ragged,
}

/// Tokens that one batch holds at most, padding included. For [`Batching::Fixed`], more is no faster per computed token
/// (bf16 with fused layers: 480 and 960 took 1 and 4 % longer), and costs dummy rows in the last batch of each length: for
/// 100 sentences of news (BASIL), 256 computes 2.3 times their tokens, 512 4.4 times. For [`Batching::Ragged`] it makes no difference
/// from 256 to 512, and 1024 leaves the CPU's cache.
const BATCH_TOKENS: usize = 256;

/// The length to which a text of `tokens` tokens is padded: steps of 2, of 4 beyond 64, of 8 beyond 128. Of the tokens
/// computed for 50,000 sentences of news 1.8 % are padding and 0.4 % dummy rows (steps of 4: 5.2 and 0.3 %).
pub fn bucket_length(tokens: usize) -> usize {
    let step = match tokens {
        0..=64 => 2,
        65..=128 => 4,
        _ => 8,
    };
    tokens.max(2).div_ceil(step) * step
}

/// Rows of every batch of that length, filled with dummy rows where texts run out.
pub fn bucket_rows(length: usize) -> usize {
    (BATCH_TOKENS / length.max(1)).clamp(2, 64)
}

/// A batch to come: which texts, and the shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    /// Indices of the texts.
    pub texts: Vec<usize>,
    /// Tokens per row; of the longest row where nothing is padded.
    pub length: usize,
    /// Rows, dummies included.
    pub rows: usize,
    /// Tokens that are computed, padding and dummies included.
    pub computed: usize,
}

/// Longest first, so that the end of the work is fine-grained and the estimate of the time left is on the safe side.
pub(crate) fn plan(lengths: &[usize], batching: Batching) -> Vec<Planned> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    match batching {
        Batching::Fixed => {
            order.sort_by_key(|&t| (std::cmp::Reverse(bucket_length(lengths[t])), t));
            order
                .chunk_by(|&a, &b| bucket_length(lengths[a]) == bucket_length(lengths[b]))
                .flat_map(|bucket| {
                    let length = bucket_length(lengths[bucket[0]]);
                    let rows = bucket_rows(length);
                    let planned =
                        move |texts: &[usize]| Planned { texts: texts.to_vec(), length, rows, computed: rows * length };
                    bucket.chunks(rows).map(planned)
                })
                .collect()
        }
        Batching::Ragged => {
            order.sort_by_key(|&t| (std::cmp::Reverse(lengths[t]), t));
            let mut batches: Vec<Planned> = Vec::new();
            for text in order {
                match batches.last_mut() {
                    Some(batch) if batch.computed + lengths[text] <= BATCH_TOKENS => {
                        batch.texts.push(text);
                        batch.rows += 1;
                        batch.computed += lengths[text];
                    }
                    _ => batches.push(Planned {
                        texts: vec![text],
                        length: lengths[text],
                        rows: 1,
                        computed: lengths[text],
                    }),
                }
            }
            batches
        }
    }
}

/// Token ids of the texts of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenBatch<'a> {
    /// Of each text, special tokens included.
    pub texts: Vec<&'a [u32]>,
    /// Rows of the padded form, dummies included.
    pub rows: usize,
    /// Tokens per row of the padded form.
    pub length: usize,
    specials: Specials,
}

impl<'a> TokenBatch<'a> {
    pub(super) fn new(planned: &Planned, encoded: &'a [Tokens], specials: Specials) -> Self {
        let texts = planned.texts.iter().map(|&t| encoded[t].ids.as_slice()).collect();
        TokenBatch { texts, rows: planned.rows, length: planned.length, specials }
    }

    /// Token ids and attention mask (1 for a token, 0 for padding), row-major, `rows x length`. Dummy rows hold the two
    /// special tokens alone.
    #[cfg(feature = "rust-bert")]
    pub(crate) fn padded(&self) -> (Vec<i64>, Vec<i64>) {
        let cells = self.rows * self.length;
        let (mut ids, mut mask) = (Vec::with_capacity(cells), Vec::with_capacity(cells));
        let dummy = [self.specials.cls, self.specials.sep];
        for row in 0..self.rows {
            let tokens = self.texts.get(row).copied().unwrap_or(&dummy);
            ids.extend(tokens.iter().map(|&id| i64::from(id)));
            mask.resize(ids.len(), 1);
            ids.resize((row + 1) * self.length, i64::from(self.specials.pad));
            mask.resize(ids.len(), 0);
        }
        (ids, mask)
    }
}

/// A text as the model reads it.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    pub ids: Vec<u32>,
    /// It was longer than the model's limit.
    pub truncated: bool,
}

/// Ids of the special tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Specials {
    pub cls: u32,
    pub sep: u32,
    pub pad: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::power::normal_quantile;

    #[test]
    fn every_text_is_in_exactly_one_batch_that_is_long_enough() {
        let lengths: Vec<usize> = (0..1000).map(|i| 2 + (i * 37) % 255).collect();
        for batching in [Batching::Fixed, Batching::Ragged] {
            let mut seen = vec![0; lengths.len()];
            for batch in plan(&lengths, batching) {
                assert!(batch.texts.len() <= batch.rows);
                for &t in &batch.texts {
                    seen[t] += 1;
                    assert!(lengths[t] <= batch.length);
                }
            }
            assert!(seen.iter().all(|&n| n == 1));
        }
    }

    #[test]
    fn a_batchs_shape_depends_on_the_length_of_the_text_alone() {
        let alone = plan(&[17], Batching::Fixed);
        let crowd = plan(&[17, 16, 18, 17, 200, 17], Batching::Fixed);
        let with_17 = crowd.iter().find(|b| b.texts.contains(&0)).map(|b| (b.length, b.rows));
        assert_eq!(with_17, Some((alone[0].length, alone[0].rows)));
    }

    #[test]
    fn what_need_not_be_padded_is_not() {
        let lengths = [5, 9, 200, 3, 256, 80];
        let batches = plan(&lengths, Batching::Ragged);
        assert_eq!(batches.iter().map(|b| b.computed).sum::<usize>(), lengths.iter().sum::<usize>());
        assert!(batches.iter().all(|b| b.computed <= BATCH_TOKENS));
        assert!(batches.len() < lengths.len(), "short texts share a batch");
    }

    /// Token counts of `n` texts as sentences of news have them: log-normal, half of them shorter than 28 tokens, two
    /// thirds between 17 and 46, cut to the model's limit. Quantiles instead of random numbers, in mixed order.
    fn news(n: usize) -> Vec<usize> {
        // The stride has no divisor in common with `n`, so each quantile comes once.
        let quantile = |i: usize| ((i * 7919 % n) as f64 + 0.5) / n as f64;
        let tokens = |i| 28.0 * (0.5 * normal_quantile(quantile(i))).exp();
        (0..n).map(|i| (tokens(i).round() as usize).clamp(3, 256)).collect()
    }

    /// Shares of padding and of dummy rows among the tokens that are computed.
    fn overhead(lengths: &[usize]) -> (f64, f64) {
        let (mut computed, mut padding, mut dummies) = (0, 0, 0);
        for batch in plan(lengths, Batching::Fixed) {
            computed += batch.computed;
            padding += batch.texts.iter().map(|&t| batch.length - lengths[t]).sum::<usize>();
            dummies += (batch.rows - batch.texts.len()) * batch.length;
        }
        (padding as f64 / computed as f64, dummies as f64 / computed as f64)
    }

    #[test]
    fn little_is_computed_beside_the_texts_of_a_newspaper() {
        let lengths = news(50_000);
        let mean = lengths.iter().sum::<usize>() as f64 / lengths.len() as f64;
        assert!((31.0..33.0).contains(&mean), "{mean} tokens per sentence");
        let (padding, dummies) = overhead(&lengths);
        assert!(padding < 0.02, "{padding} padding");
        assert!(padding + dummies < 0.05, "{padding} padding, {dummies} dummies");
        // Few texts fill few batches; what is padded does not depend on their number.
        let (padding, dummies) = overhead(&news(500));
        assert!(padding < 0.02, "{padding} padding");
        assert!(dummies < 0.4, "{dummies} dummies");
    }

    #[test]
    fn padding_is_small() {
        for tokens in 2..=256 {
            let length = bucket_length(tokens);
            assert!(length >= tokens && length - tokens < 2 + tokens / 20, "{tokens} -> {length}");
        }
        assert_eq!(bucket_length(256), 256, "the limit of all-MiniLM-L6-v2 needs no padding");
    }
}
