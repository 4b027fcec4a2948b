//! A sentence with its marked words.

use std::collections::BTreeSet;
use std::fmt::Write;

use maud::{Render, html};

use super::words::{self, plain};
use crate::facts::{self, Check};
use crate::report::EvidenceRow;
use crate::text::{self, Figure, Quantity, Span};

/// Why words are marked. The order is that of the class names on one mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// They make the claim loaded.
    Loaded,
    /// They attribute it ("said").
    Cue,
    /// They name the speaker.
    Speaker,
    /// They are quoted.
    Quote,
    /// Quotation marks that keep a distance.
    Scare,
    /// They speak of a target, or name it.
    Tone,
    /// A number or a denial that the other claims of the fact do not share.
    Conflict,
}

impl Mark {
    /// Its class in the page.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Mark::Loaded => "loaded",
            Mark::Cue => "cue",
            Mark::Speaker => "speaker",
            Mark::Quote => "quote",
            Mark::Scare => "scare",
            Mark::Tone => "tone",
            Mark::Conflict => "conflict",
        }
    }

    /// Its name in the legend and in lists.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Mark::Loaded => "loaded wording",
            Mark::Cue => "attribution",
            Mark::Speaker => "speaker",
            Mark::Quote => "quotation",
            Mark::Scare => "scare quotes",
            Mark::Tone => "tone",
            Mark::Conflict => "to be checked",
        }
    }

    /// Of a row of evidence.csv.
    fn of(row: &EvidenceRow) -> Self {
        match row.measure.as_str() {
            "own_voice" if row.note == "speaker" => Mark::Speaker,
            "own_voice" => Mark::Cue,
            "scare_quotes" => Mark::Scare,
            measure if measure.starts_with("tone:") => Mark::Tone,
            _ => Mark::Loaded,
        }
    }
}

/// Marked words of an article.
#[derive(Clone, Debug)]
pub(crate) struct Marked {
    /// Bytes of the article's body.
    pub span: Span,
    /// Why.
    pub mark: Mark,
    /// The reason in words; empty for quotations.
    pub reason: String,
}

/// The rows of evidence.csv as marks.
pub(crate) fn of_evidence<'a>(rows: impl IntoIterator<Item = &'a &'a EvidenceRow>) -> Vec<Marked> {
    rows.into_iter()
        .filter(|row| row.start < row.end)
        .map(|row| {
            let mark = Mark::of(row);
            let measure = words::measure(&row.measure);
            let reason = match (mark, row.contribution) {
                (Mark::Cue | Mark::Speaker | Mark::Scare, _) => mark.label().to_owned(),
                (_, Some(_)) => {
                    format!("{measure}, contribution {} ({})", words::number(row.contribution), plain(&row.note, 120))
                }
                (_, None) => format!("{measure} ({})", plain(&row.note, 120)),
            };
            Marked { span: Span::new(row.start, row.end), mark, reason }
        })
        .collect()
}

/// What of a fact's claims deserves a look; for each of `claims` (article and text), spans in the text and reasons.
/// `check` as in facts.csv.
pub(crate) fn conflicts(claims: &[(&str, &str)], check: &[Check]) -> Vec<Vec<(Span, String)>> {
    let mut found: Vec<Vec<(Span, String)>> = vec![Vec::new(); claims.len()];
    if check.contains(&Check::Number) {
        let quantities: Vec<Vec<Quantity>> = claims.iter().map(|(_, text)| text::quantities(text)).collect();
        let figures: Vec<Vec<Figure>> = quantities.iter().map(|q| distinct(q)).collect();
        for (i, (article, _)) in claims.iter().enumerate() {
            let others = claims.iter().zip(&figures).filter(|((other, _), _)| other != article);
            let different: Vec<&Figure> =
                others.flat_map(|(_, theirs)| facts::different_numbers(&figures[i], theirs)).collect();
            for quantity in &quantities[i] {
                if different.contains(&&Figure::from(quantity.clone())) {
                    found[i].push((quantity.span, "another claim gives another number".to_owned()));
                }
            }
        }
    }
    if check.contains(&Check::Negation) {
        for (marks, (_, text)) in found.iter_mut().zip(claims) {
            marks.extend(text::negations(text).into_iter().map(|span| (span, "this claim denies".to_owned())));
        }
    }
    found
}

/// As the claims were compared: each number once.
fn distinct(quantities: &[Quantity]) -> Vec<Figure> {
    let figures: BTreeSet<Figure> = quantities.iter().cloned().map(Figure::from).collect();
    figures.into_iter().collect()
}

/// A sentence of a body with its marks. Spans may overlap, and may reach beyond the sentence.
pub(crate) struct Sentence<'a> {
    /// The stored text.
    pub body: &'a str,
    /// The sentence in it.
    pub span: Span,
    /// The marked words of the body.
    pub marks: &'a [Marked],
    /// Bytes of the sentence that are shown.
    pub limit: usize,
}

/// Words between two neighbouring borders of marks: all of them have the same.
pub(crate) struct Piece<'a> {
    /// Bytes of the body.
    pub span: Span,
    /// The words, safe to show.
    pub words: String,
    /// Why they are marked, each kind once, in order; empty: they are not.
    pub kinds: Vec<Mark>,
    /// The reasons, each once.
    pub reasons: Vec<&'a str>,
}

impl<'a> Sentence<'a> {
    /// The bytes that are shown.
    fn shown(&self) -> Span {
        let mut end = self.span.end.min(self.body.len()).min(self.span.start.saturating_add(self.limit));
        while !self.body.is_char_boundary(end) {
            end -= 1;
        }
        Span::new(self.span.start.min(end), end)
    }

    /// Whether words at the end are left out.
    pub(crate) fn is_cut(&self) -> bool {
        self.shown().end < self.span.end
    }

    /// The sentence in pieces, none of which is lost.
    pub(crate) fn pieces(&self) -> Vec<Piece<'a>> {
        let shown = self.shown();
        let marks: Vec<(Span, &'a Marked)> =
            self.marks.iter().filter_map(|m| Some((m.span.intersection(shown)?, m))).collect();
        let mut borders: Vec<usize> =
            marks.iter().flat_map(|(s, _)| [s.start, s.end]).chain([shown.start, shown.end]).collect();
        borders.retain(|&border| self.body.is_char_boundary(border));
        borders.sort_unstable();
        borders.dedup();
        let piece = |pair: &[usize]| {
            let span = Span::new(pair[0], pair[1]);
            let (mut kinds, mut reasons): (Vec<Mark>, Vec<&str>) = (Vec::new(), Vec::new());
            for (_, m) in marks.iter().filter(|(marked, _)| marked.contains(span)) {
                kinds.push(m.mark);
                if !m.reason.is_empty() && !reasons.contains(&m.reason.as_str()) {
                    reasons.push(&m.reason);
                }
            }
            kinds.sort_unstable();
            kinds.dedup();
            Piece { span, words: words::visible(span.of(self.body)), kinds, reasons }
        };
        borders.windows(2).map(piece).collect()
    }
}

impl Render for Sentence<'_> {
    fn render_to(&self, out: &mut String) {
        out.push_str("<bdi>");
        for piece in self.pieces() {
            if piece.kinds.is_empty() {
                piece.words.render_to(out);
                continue;
            }
            let classes: Vec<&str> = piece.kinds.iter().map(|k| k.class()).collect();
            // Words with a reason can be reached by keyboard and tap; quotations say all themselves.
            let reason = (!piece.reasons.is_empty()).then(|| piece.reasons.join("; "));
            let mut at = String::new();
            // Writing to a String cannot fail.
            let _ = write!(at, "{}-{}", piece.span.start, piece.span.end);
            html! {
                mark class=(classes.join(" ")) data-at=(at) title=[reason.as_deref()] tabindex=[reason.as_ref().map(|_| "0")] { (piece.words) }
            }
            .render_to(out);
        }
        if self.is_cut() {
            out.push('…');
        }
        out.push_str("</bdi>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(body: &str, words: &str, mark: Mark, reason: &str) -> Marked {
        let start = body.find(words).unwrap();
        Marked { span: Span::new(start, start + words.len()), mark, reason: reason.into() }
    }

    #[test]
    fn overlapping_marks_share_their_words_and_nothing_is_lost() {
        let body = "Vor. „Schändlich & mies“, sagte er. Nach.";
        let span = Span::new(5, body.find(" Nach").unwrap());
        let marks = [
            marked(body, "Schändlich & mies", Mark::Quote, ""),
            marked(body, "mies“, sagte", Mark::Loaded, "a <b>"),
            marked(body, "sagte", Mark::Cue, "attribution"),
            marked(body, "er. Nach", Mark::Speaker, "speaker"),
        ];
        let html = Sentence { body, span, marks: &marks, limit: 1_000 }.render().into_string();
        let tags = regex::Regex::new("<[^>]*>").unwrap();
        assert_eq!(tags.replace_all(&html, "").replace("&amp;", "&"), span.of(body));
        assert!(html.contains("<mark class=\"quote\" data-at=\"8-22\">Schändlich &amp; </mark>"), "{html}");
        let both = "<mark class=\"loaded quote\" data-at=\"22-26\" title=\"a &lt;b&gt;\" tabindex=\"0\">mies</mark>";
        assert!(html.contains(both), "{html}");
        assert!(html.contains("title=\"a &lt;b&gt;; attribution\" tabindex=\"0\">sagte</mark>"), "{html}");
        assert!(html.contains("class=\"speaker\"") && html.ends_with(">er.</mark></bdi>"), "{html}");
    }

    #[test]
    fn a_long_sentence_is_cut_between_characters() {
        let body = "ä".repeat(100);
        let marks = [Marked { span: Span::new(0, 200), mark: Mark::Loaded, reason: "r".into() }];
        let html = Sentence { body: &body, span: Span::new(0, 200), marks: &marks, limit: 9 }.render().into_string();
        assert!(html.contains(">ääää</mark>…</bdi>"), "{html}");
        // A report and texts that do not belong together must not end the program.
        let out = Sentence { body: "ä", span: Span::new(1, 9), marks: &marks, limit: 9 }.render().into_string();
        assert!(out.starts_with("<bdi>"), "{out}");
    }

    #[test]
    fn numbers_that_differ_and_words_that_deny_are_to_be_checked() {
        let claims = [
            ("a", "The storm hurt 63 people in 2 towns."),
            ("b", "The storm hurt 71 people in 2 towns."),
            ("b", "It did not hurt 71 people in 2 towns."),
        ];
        let both = [Check::Number, Check::Negation];
        let found: Vec<Vec<&str>> = conflicts(&claims, &both)
            .iter()
            .zip(&claims)
            .map(|(marks, (_, text))| marks.iter().map(|(span, _)| span.of(text)).collect())
            .collect();
        assert_eq!((&found[0][..], &found[1][..]), (&["63"][..], &["71"][..]));
        assert_eq!(found[2], ["71", "not"]);
        assert!(conflicts(&claims, &[]).iter().all(Vec::is_empty));
    }
}
