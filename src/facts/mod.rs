//! Claims that state the same: pair features, pair score, alignment, facts.

mod align;
mod features;
mod group;
mod in_story;
mod smooth;

pub use align::{Alignment, ClaimTable, KeyedClaims, Side, align};
pub(crate) use features::sigmoid;
pub use features::{ClaimTerms, KeyId, Keys, PairFeatures, PairWeights, Shared, TermId, Vocabulary};
pub use group::{Check, Fact, MOST_GROUPED, best_match, different_numbers, group};
pub use in_story::{InStory, InStoryFeatures, InStoryWeights};
pub use smooth::Smoothed;
