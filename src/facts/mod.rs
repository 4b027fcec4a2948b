//! Claims that state the same: pair features, pair score, alignment, facts.

mod align;
mod coverage;
mod features;
mod group;
mod in_story;
mod smooth;

pub use align::{Alignment, ClaimTable, KeyedClaims, Side, align};
pub use coverage::{Coverage, Covered, Tellings};
pub(crate) use features::sigmoid;
pub use features::{ClaimTerms, KeyId, Keys, PairFeatures, PairWeights, Shared, TermId, Vocabulary};
use group::best_match;
pub use group::{Check, Fact, MOST_GROUPED, different_numbers, group};
pub use in_story::{InStory, InStoryFeatures, InStoryWeights};
pub use smooth::Smoothed;
