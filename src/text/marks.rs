//! Marks of negation and modality.

use super::Span;
use super::tokens::{terms, words};

/// How many words after a negation it reaches at most (as in NegEx, Chapman et al. 2001).
const SCOPE: usize = 6;

/// Whether a text denies something: "not", "n't", "never", "no", "without", and verbs and nouns of denial.
pub fn negated(text: &str) -> bool {
    words(text).into_iter().any(|word| denies(word.text))
}

/// The words by which a text denies something.
pub fn negations(text: &str) -> Vec<Span> {
    words(text).into_iter().filter(|word| denies(word.text)).map(|word| word.span).collect()
}

/// The terms that a text denies: those of the six words after each negation, up to a punctuation mark or "but".
pub fn negated_terms(text: &str) -> Vec<String> {
    let words = words(text);
    let mut found = Vec::new();
    for (i, word) in words.iter().enumerate().filter(|(_, word)| denies(word.text)) {
        let mut end = word.span.end;
        for next in words.iter().skip(i + 1).take(SCOPE) {
            if next.text == "but" || text[end..next.span.start].chars().any(|c| !c.is_whitespace()) {
                break;
            }
            end = next.span.end;
        }
        found.extend(terms(&text[word.span.end..end]));
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn denies(word: &str) -> bool {
    const NEGATIVE: &[&str] = &[
        "not", "never", "no", "none", "nobody", "nothing", "nowhere", "neither", "nor", "without", "cannot", "cant",
        "dont", "hardly", "scarcely", "barely", "deny", "denies", "denied", "denying", "denial", "refute", "refutes",
        "refuted", "refuting", "fail", "fails", "failed", "refuse", "refuses", "refused", "refusing", "lack", "lacks",
        "lacked",
    ];
    let lower = word.to_lowercase().replace('’', "'");
    NEGATIVE.contains(&lower.as_str())
        || lower.ends_with("n't")
        || lower.starts_with("non-")
        || lower.split('-').any(|p| p == "not")
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
    fn what_is_denied_stands_after_the_negation_and_before_the_next_clause() {
        assert_eq!(negated_terms("The gate did not open, the guard said."), terms("open"));
        assert_eq!(negated_terms("He never denied the report but resigned."), terms("denied report"));
        assert!(negated_terms("The gate opened.").is_empty());
    }

    #[test]
    fn modality_is_seen_but_the_month_is_not() {
        assert!(modal("It could fail.") && modal("They’ll fail.") && modal("May it fail?"));
        assert!(!modal("It failed in May."));
    }
}
