//! Ids that we mint: stable between runs, and text in every spreadsheet.
//!
//! An id is a letter that tells its kind, then 13 consonants made from a BLAKE3 hash of what it names. No
//! digit and no vowel: it cannot read as a number (`1E5`), a date (`MAR1`), a truth value or a word, whatever the
//! language of the spreadsheet, and lower case alone survives tools that ignore case.
//!
//! **Collisions.** 20^13 = 8.2e16 ids; among n of one kind two are equal with probability about n^2 / (2 * 20^13):
//! 6e-4 for ten million claims, 6e-10 for ten thousand stories. (Ten letters would give 0.99 for ten million.)

/// Consonants that are not taken for one another in usual typefaces (no `l`).
const ALPHABET: &[u8; 20] = b"bcdfghjkmnpqrstvwxyz";
/// Letters after the prefix.
const LETTERS: usize = 13;

/// An id of `prefix` and what `parts` spell. Parts are hashed with their lengths: `["ab", "c"]` and `["a", "bc"]`
/// differ.
pub(crate) fn mint(prefix: &str, parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in std::iter::once(&prefix).chain(parts) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut number = [0; 16];
    number.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    let mut number = u128::from_le_bytes(number);
    let mut id = String::with_capacity(prefix.len() + LETTERS);
    id.push_str(prefix);
    for _ in 0..LETTERS {
        id.push(char::from(ALPHABET[(number % 20) as usize]));
        number /= 20;
    }
    id
}

/// The id of the story whose earliest article (by date, then id) is `article_id`: the story keeps it as it grows.
pub(crate) fn story_id(article_id: &str) -> String {
    mint("s", &[article_id])
}

/// The id of the fact of story `story_id` whose first member (by date and id of the article, then position) is
/// `claim_id`: the fact keeps it as later articles join.
pub(crate) fn fact_id(story_id: &str, claim_id: &str) -> String {
    mint("f", &[story_id, claim_id])
}

/// The id of the claim at bytes `start..end` of the stored body of `article_id`.
pub(crate) fn claim_id(article_id: &str, start: usize, end: usize) -> String {
    mint("c", &[article_id, &start.to_string(), &end.to_string()])
}

/// The id of the wire group whose earliest article (by date, then id) is `article_id`.
pub(crate) fn wire_group_id(article_id: &str) -> String {
    mint("w", &[article_id])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_are_promises() {
        // Reports of different versions are joined by these: a change here breaks them.
        assert_eq!([story_id("a1"), claim_id("a1", 0, 17)], ["smrrfddxfwggrn", "ctxbsqdpfzkxvx"]);
    }

    #[test]
    fn neighbouring_parts_cannot_be_confused() {
        assert_ne!(mint("c", &["ab", "c"]), mint("c", &["a", "bc"]));
        assert_ne!(mint("c", &["ab"]), mint("c", &["ab", ""]));
        assert_ne!(claim_id("a1", 2, 3), claim_id("a", 12, 3));
    }

    proptest! {
        #[test]
        fn any_id_reads_as_text(parts in prop::collection::vec(".*", 0..4)) {
            let id = mint("s", &parts.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(id.len(), 1 + LETTERS);
            prop_assert!(id.bytes().all(|letter| letter.is_ascii_lowercase() && !b"aeiou".contains(&letter)));
        }
    }
}
