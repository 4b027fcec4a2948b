//! Claims that state the same: pair features, pair score, alignment, facts.

mod align;
mod features;
mod group;

pub use align::{Alignment, ClaimTable, align};
pub(crate) use features::sigmoid;
pub use features::{ClaimTerms, PairFeatures, PairWeights, TermId, Vocabulary};
pub use group::{Check, Fact, PairScores, group};
