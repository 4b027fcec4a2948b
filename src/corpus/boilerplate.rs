//! Lines that belong to the page, not to the article.

use regex::{RegexSet, RegexSetBuilder};
use std::sync::LazyLock;

/// The patterns, as data.
const PATTERNS: &str = include_str!("boilerplate.txt");
/// A longer line is prose, whatever it starts with.
const MOST_WORDS: usize = 25;
/// Nor is a line of this many bytes furniture (a page without spaces, a wall of links).
const MOST_BYTES: usize = 400;

static SET: LazyLock<Option<RegexSet>> = LazyLock::new(|| {
    let patterns = PATTERNS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    RegexSetBuilder::new(patterns.map(|pattern| format!("^(?:{pattern})$"))).size_limit(1 << 26).build().ok()
});

/// Whether a trimmed line is a cookie banner, a pointer to another piece, a share or subscribe line, a photo credit, a
/// byline or a rights notice. Only short lines that match as a whole: in doubt it is prose.
pub fn is_boilerplate(line: &str) -> bool {
    line.len() <= MOST_BYTES
        && line.split_whitespace().nth(MOST_WORDS).is_none()
        && SET.as_ref().is_some_and(|set| set.is_match(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patterns_compile() {
        assert!(SET.is_some());
    }

    #[test]
    fn page_furniture_is_recognised() {
        let missed: Vec<&str> = [
            "This website uses cookies to improve your experience.",
            "Accept all cookies",
            "Read also: Council votes on budget",
            "READ MORE: Ten things to know",
            "Read more »",
            "Related: What we know so far",
            "Related stories",
            "Also read | The other story",
            "Continue reading",
            "Story continues below advertisement",
            "Share on Facebook",
            "Share this article",
            "Tweet",
            "Share | Tweet | Email",
            "Sign up for our daily newsletter",
            "Subscribe to our newsletter for updates.",
            "Subscribe now",
            "Follow us on Twitter @parallax",
            "Follow Jane Smith on X",
            "Get the latest news in your inbox every morning.",
            "Photo: Jane Smith/AFP",
            "(Photo by Jane Smith/Getty Images)",
            "Image credit: Jane Smith",
            "Getty Images",
            "Jane Smith/Getty Images",
            "AP Photo/Jane Smith",
            "By Jane Smith",
            "By JANE SMITH, Reuters",
            "By Jane Smith and John Q. Doe | March 3, 2026",
            "BY JANE SMITH AND JOHN DOE",
            "Reporting by Jane Smith; Editing by John Doe",
            "Advertisement",
            "ADVERTISEMENT",
            "Copyright 2026 The Paper. All rights reserved.",
            "© 2026 The Paper",
            "Click here to subscribe to the paper.",
            "This material may not be published, broadcast, rewritten or redistributed.",
            "5 min read",
            "Updated: March 5, 2026",
        ]
        .into_iter()
        .filter(|line| !is_boilerplate(line))
        .collect();
        assert_eq!(missed, Vec::<&str>::new());
    }

    #[test]
    fn prose_is_kept() {
        let dropped: Vec<&str> = [
            "By Monday the water had reached the old bridge.",
            "By the end of March, prices fell.",
            "Share prices fell by 3 percent on Tuesday.",
            "Photographs of the scene show two cars.",
            "“Read my lips,” he said.",
            "Related charges were dropped in May.",
            "The newsletter was founded in 1998.",
            "Cookies were served at the meeting.",
            "Follow the money, the senator said.",
            "Video of the arrest spread quickly.",
            "The image shows a man in a hat.",
            "He said: “No.”",
            "Advertisement spending rose in 2025.",
            "Update the law, she urged.",
            "More than 200 people attended.",
            "Getty died in 1976.",
            "Copyright law is the issue in the case.",
            "“No comment.”",
            "WASHINGTON (AP) — The House voted on Friday.",
            "Join the army, his father told him.",
            "Live music returned.",
            "Sign language is taught there.",
            "Register of voters is out of date, officials said.",
            "Click fraud is a crime.",
            "By voting no, Smith broke with his party.",
            "By Jove, it worked, Mr. Smith told reporters on Tuesday.",
            "Mr. Obama met Mr. Kim, Reuters reported.",
            "Listen, he said.",
            "Published reports say he left.",
        ]
        .into_iter()
        .filter(|line| is_boilerplate(line))
        .collect();
        assert_eq!(dropped, Vec::<&str>::new());
    }

    #[test]
    fn a_long_line_is_prose() {
        assert!(!is_boilerplate(&format!("Read more: {}", "word ".repeat(30))));
        assert!(!is_boilerplate(&"x".repeat(10_000_000)));
    }
}
