//! Marks of negation and modality.

use super::tokens::words;

/// Whether a text denies something: "not", "n't", "never", "no", "without", and verbs and nouns of denial.
pub fn negated(text: &str) -> bool {
    const NEGATIVE: &[&str] = &[
        "not", "never", "no", "none", "nobody", "nothing", "nowhere", "neither", "nor", "without", "cannot", "cant",
        "dont", "hardly", "scarcely", "barely", "deny", "denies", "denied", "denying", "denial", "refute", "refutes",
        "refuted", "refuting", "fail", "fails", "failed", "refuse", "refuses", "refused", "refusing", "lack", "lacks",
        "lacked",
    ];
    any_word(text, |lower| {
        NEGATIVE.contains(&lower)
            || lower.ends_with("n't")
            || lower.starts_with("non-")
            || lower.split('-').any(|p| p == "not")
    })
}

/// Whether a text says that something can, may, must or might be rather than that it is.
pub fn modal(text: &str) -> bool {
    const MODAL: &[&str] = &[
        "can",
        "could",
        "may",
        "might",
        "must",
        "ought",
        "shall",
        "should",
        "will",
        "would",
        "can't",
        "couldn't",
        "mustn't",
        "shouldn't",
        "won't",
        "wouldn't",
        "cannot",
        "likely",
        "unlikely",
        "possibly",
        "probably",
        "perhaps",
        "maybe",
        "apparently",
        "potentially",
        "possible",
        "probable",
    ];
    let mut offsets = words(text).into_iter().enumerate();
    offsets.any(|(i, word)| {
        // "May" and "Will" inside a sentence are a month and a man.
        let name = i > 0 && matches!(word.text, "May" | "Will");
        let lower = word.text.to_lowercase().replace('’', "'");
        let clitic = lower.ends_with("'ll") || lower.ends_with("'d");
        !name && (MODAL.contains(&lower.as_str()) || clitic)
    })
}

fn any_word(text: &str, test: impl Fn(&str) -> bool) -> bool {
    words(text).into_iter().any(|word| test(&word.text.to_lowercase().replace('’', "'")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negation_is_seen_in_words_clitics_and_verbs_of_denial() {
        for text in
            ["He did not go.", "He didn’t go.", "No vote was held.", "She denied it.", "It passed without debate."]
        {
            assert!(negated(text), "{text}");
        }
        assert!(!negated("The vote was held in November, another noted."));
    }

    #[test]
    fn modality_is_seen_but_the_month_is_not() {
        assert!(modal("It could fail.") && modal("They’ll fail.") && modal("May it fail?"));
        assert!(!modal("It failed in May."));
    }
}
