//! Claims that state the same: pair features, pair score, alignment, facts.

mod align;
mod coverage;
mod features;
mod group;
mod in_story;
mod smooth;

pub use align::ClaimTable;
pub(crate) use align::KeyedClaims;
#[doc(hidden)] // for tests and benches
pub use align::{Alignment, Side, align};
pub use coverage::Coverage;
pub(crate) use coverage::{Covered, Tellings};
pub use features::{ClaimTerms, Keys, PairFeatures, PairWeights, Vocabulary};
pub(crate) use features::{KeyId, TermId, sigmoid};
use group::best_match;
#[doc(hidden)] // for benches
pub use group::group;
pub use group::{Check, Fact};
pub(crate) use group::{MOST_GROUPED, different_numbers};
pub(crate) use in_story::InStory;
pub use in_story::{InStoryFeatures, InStoryWeights};
pub(crate) use smooth::Smoothed;
