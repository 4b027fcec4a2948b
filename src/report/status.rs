//! What the rows of a table say of themselves in their column `status` (or `kind`).

use crate::framing::contrasts::Status;
use crate::named::named;

named! {
    /// Whether the sources of a story can be compared.
    #[derive(Default)]
    pub enum StoryStatus {
        /// They can.
        #[default]
        Ok = "ok",
        /// There is nothing to compare with.
        OneSource = "one source",
        /// Too few facts are shared for any contrast.
        FewFacts = "few facts",
    }
}

named! {
    /// Whether two articles are in one story.
    #[derive(Default)]
    pub enum EdgeStatus {
        /// They are.
        Joined = "joined",
        /// They are not, although their score is high.
        #[default]
        Apart = "apart",
    }
}

named! {
    /// Whether a difference of emphasis was tested.
    #[derive(Default)]
    pub enum EmphasisStatus {
        /// It was tested over stories.
        Ok = "ok",
        /// There are too few stories for a test.
        Insufficient = "insufficient",
        /// It describes a single story, in which nothing is tested.
        #[default]
        Descriptive = "descriptive",
    }
}

impl From<Status> for EmphasisStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Ok => EmphasisStatus::Ok,
            Status::Insufficient => EmphasisStatus::Insufficient,
        }
    }
}
