//! The claims of stories, kept as they were scored: evidence, tone and words are read from them.

use super::input::Input;
use super::statement::{Parts, Sentence};

/// The statements of the claims of stories: who speaks, and whose words they are.
pub(super) struct StoryClaims<'a> {
    /// For each claim of the table, the place of its statement; `u32::MAX` if it is in no story.
    place: Vec<u32>,
    sentences: Vec<(Sentence<'a>, Parts<'a>)>,
}

impl<'a> StoryClaims<'a> {
    /// Keeps the `sentences` of those `scored` claims whose article is in a story (`of_story`, by article).
    pub(super) fn new(
        input: &Input<'_>,
        of_story: &[bool],
        scored: Vec<usize>,
        mut sentences: Vec<(Sentence<'a>, Parts<'a>)>,
    ) -> Self {
        let mut place = vec![u32::MAX; input.claims.claims.len()];
        let mut scored = scored.into_iter();
        let mut next = 0;
        sentences.retain(|_| {
            let in_story = scored.next().filter(|&claim| of_story[input.claims.claims[claim].article]);
            if let Some(claim) = in_story {
                place[claim] = next;
                next += 1;
            }
            in_story.is_some()
        });
        sentences.shrink_to_fit();
        StoryClaims { place, sentences }
    }

    /// The statement of a claim; `None` if it is in no story.
    pub(super) fn get(&self, claim: usize) -> Option<&(Sentence<'a>, Parts<'a>)> {
        self.sentences.get(self.place[claim] as usize)
    }
}

/// The statement of a claim that is in a story.
impl<'a> std::ops::Index<usize> for StoryClaims<'a> {
    type Output = (Sentence<'a>, Parts<'a>);

    fn index(&self, claim: usize) -> &Self::Output {
        &self.sentences[self.place[claim] as usize]
    }
}
