//! The engine in pure Rust: BERT on the matrix products of `rten-gemm` and the vector functions of `rten-vecmath`.
//!
//! Nothing is padded: the tokens of a batch are the rows of one matrix, and only attention looks at where a text ends.
//! A row's result depends on that row alone: the kernels add up products in an order that the number of rows does not
//! change, and int8 takes scale and zero point from each row by itself. So a text has the same bits in any batch.

mod attention;
mod linear;
mod norm;
mod weights;

use std::path::PathBuf;
use std::sync::Arc;

use ndarray::Array2;
use rayon::{ThreadPool, ThreadPoolBuilder};
use rten_gemm::GemmExecutor;
use rten_simd::SimdOp;

use self::attention::Attention;
use self::linear::{After, Buffers, Kernels};
use self::norm::LayerNorm;
use self::weights::Weights;
use super::{Batching, Encoder, Engine, Model, Precision, TokenBatch};
use crate::{Error, Result};

/// Shares one copy of the weights among all workers.
pub(crate) struct Portable {
    weights: Arc<Weights>,
    precision: Precision,
    dir: PathBuf,
}

impl std::fmt::Debug for Portable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Portable").field("dir", &self.dir).field("precision", &self.precision).finish_non_exhaustive()
    }
}

impl Portable {
    /// Loads the weights, and quantises them for [`Precision::Int8`].
    ///
    /// # Errors
    /// [`Error::Model`] when the weights cannot be read or are of a kind that this engine cannot run,
    /// [`Error::Usage`] for [`Precision::Bf16`].
    pub(crate) fn new(model: &Model, precision: Precision) -> Result<Self> {
        if precision == Precision::Bf16 {
            return Err(Error::usage("the portable engine has no bf16", "use --precision f32, int8 or auto"));
        }
        let weights = Weights::load(model, precision)?;
        Ok(Portable { weights: Arc::new(weights), precision, dir: model.dir.clone() })
    }

    /// Whether this CPU multiplies 8-bit integers in hardware without overflow (VNNI, or the like on ARM).
    pub(crate) fn fast_int8() -> bool {
        !GemmExecutor::<u8, i8, i32>::new().may_saturate()
    }
}

impl Engine for Portable {
    fn name(&self) -> &'static str {
        "portable"
    }

    fn version(&self) -> &'static str {
        "rten-gemm 0.27"
    }

    fn precision(&self) -> Precision {
        self.precision
    }

    fn batching(&self) -> Batching {
        Batching::Ragged
    }

    fn encoder(&self) -> Result<Box<dyn Encoder>> {
        // The kernels split work over rayon's threads: a pool of one keeps each worker on its own core.
        let pool = ThreadPoolBuilder::new().num_threads(1).build().map_err(|e| Error::Model {
            path: self.dir.clone(),
            reason: "a worker thread cannot be started".into(),
            hint: "ask for fewer with --threads".into(),
            source: Some(Box::new(e)),
        })?;
        let weights = Arc::clone(&self.weights);
        Ok(Box::new(PortableEncoder {
            bert: Bert { weights, buffers: Buffers::default(), space: Space::default() },
            pool,
        }))
    }
}

struct PortableEncoder {
    bert: Bert,
    pool: ThreadPool,
}

impl Encoder for PortableEncoder {
    fn encode(&mut self, batch: &TokenBatch<'_>) -> Result<Array2<f32>> {
        let Self { bert, pool } = self;
        pool.install(|| bert.run(&batch.texts))
    }
}

/// Matrices that live as long as the encoder, one row per token.
#[derive(Default)]
struct Space {
    /// Hidden states.
    hidden: Vec<f32>,
    /// Queries, keys and values side by side.
    qkv: Vec<f32>,
    /// What attention gathers.
    context: Vec<f32>,
    /// Hidden states of the feed-forward layer.
    wide: Vec<f32>,
    /// Of one head of one text.
    attention: Vec<f32>,
}

struct Bert {
    weights: Arc<Weights>,
    buffers: Buffers,
    space: Space,
}

impl Bert {
    /// Mean of the last hidden states of each text, L2 norm 1 (Reimers & Gurevych 2019).
    fn run(&mut self, texts: &[&[u32]]) -> Result<Array2<f32>> {
        let Self { weights, buffers, space } = self;
        let kernels = Kernels::default();
        let (hidden, wide) = (weights.shape.hidden, weights.shape.intermediate);
        let tokens: usize = texts.iter().map(|t| t.len()).sum();
        space.hidden.resize(tokens * hidden, 0.0);
        space.qkv.resize(tokens * 3 * hidden, 0.0);
        space.context.resize(tokens * hidden, 0.0);
        space.wide.resize(tokens * wide, 0.0);
        let x = &mut space.hidden[..];
        let places = texts.iter().flat_map(|text| text.iter().enumerate());
        for ((position, &id), x) in places.zip(x.chunks_exact_mut(hidden)) {
            let word = weights.word(id)?;
            for ((x, word), position) in x.iter_mut().zip(word).zip(weights.position(position)) {
                *x = word + position;
            }
        }
        let norm =
            |x: &mut [f32], scale: &norm::Scale| LayerNorm { x, scale, epsilon: weights.shape.epsilon }.dispatch();
        norm(x, &weights.norm);
        for layer in &weights.layers {
            layer.qkv.apply(x, &mut space.qkv, After::Nothing, &kernels, buffers)?;
            let mut at = 0;
            for text in texts {
                let end = at + text.len();
                Attention {
                    qkv: &space.qkv[at * 3 * hidden..end * 3 * hidden],
                    context: &mut space.context[at * hidden..end * hidden],
                    hidden,
                    heads: weights.shape.heads,
                    space: &mut space.attention,
                }
                .dispatch();
                at = end;
            }
            layer.attended.apply(&space.context, x, After::Add, &kernels, buffers)?;
            norm(x, &layer.attended_norm);
            layer.up.apply(x, &mut space.wide, After::Gelu, &kernels, buffers)?;
            layer.down.apply(&space.wide, x, After::Add, &kernels, buffers)?;
            norm(x, &layer.norm);
        }
        let mut vectors = Array2::zeros((texts.len(), hidden));
        let mut rows = x.chunks_exact(hidden);
        for (text, mut vector) in texts.iter().zip(vectors.rows_mut()) {
            for row in rows.by_ref().take(text.len()) {
                vector.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
            }
            vector /= text.len() as f32;
            let length = vector.dot(&vector).sqrt().max(1e-12);
            vector /= length;
        }
        Ok(vectors)
    }
}
