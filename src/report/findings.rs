//! What a report has to show first, or why it has nothing: for the page and for the end of `analyze`.

use super::page::words::{self, NAME, plain};
use super::{ContrastRow, EmphasisRow, Rows, SourceRow, StoryRow};
use crate::framing::contrasts::Status;
use crate::report::StoryStatus;

/// Stories of a source below which no statement on it is tested.
const MIN_STORIES: usize = 6;

/// The rows that stand after correction for their number (q < .05), each list in the order of its file.
pub(crate) struct Findings<'a> {
    /// Of sources.csv: these speak of outlets.
    pub outlets: Vec<&'a SourceRow>,
    /// Of emphasis.csv over all stories: so do these.
    pub emphasis: Vec<&'a EmphasisRow>,
    /// Of contrasts.csv: these speak of the articles of one story.
    pub articles: Vec<&'a ContrastRow>,
}

impl<'a> Findings<'a> {
    pub(crate) fn of(rows: &'a Rows) -> Self {
        Findings {
            outlets: rows.sources.iter().filter(|r| stands_out(r.q_value)).collect(),
            emphasis: rows.emphasis.iter().filter(|r| r.story_id.is_empty() && stands_out(r.q_value)).collect(),
            articles: rows.contrasts.iter().filter(|r| stands_out(r.q_value)).collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.outlets.is_empty() && self.emphasis.is_empty() && self.articles.is_empty()
    }

    /// The first thing to look at, in a sentence or two; `None` when nothing stands out.
    pub(crate) fn first(&self, rows: &Rows) -> Option<String> {
        let more = |n: usize, file: &str| match n {
            1 => String::new(),
            n => format!(" {} more in {file}.", words::grouped(n - 1)),
        };
        if let Some(row) = self.outlets.first() {
            let text = format!("{} {}.", plain(&row.source, NAME), of_outlet(row));
            Some(text + &more(self.outlets.len(), "sources.csv"))
        } else if let Some(row) = self.articles.first() {
            let label = rows.stories.iter().find(|s| s.story_id == row.story_id).map_or("", |s| &s.label);
            Some(format!(
                "{} {} of “{}”.{} Inside one story: this speaks of its articles, not of the outlet.",
                plain(&row.source, NAME),
                of_articles(row),
                plain(label, words::TITLE),
                more(self.articles.len(), "contrasts.csv")
            ))
        } else {
            let row = self.emphasis.first()?;
            let text = format!("{} {}.", plain(&row.source, NAME), of_emphasis(row));
            Some(text + &more(self.emphasis.len(), "emphasis.csv"))
        }
    }
}

/// Whether a row stands out after correction for the number of rows.
pub(crate) fn stands_out(q: Option<f64>) -> bool {
    q.is_some_and(|q| q < 0.05)
}

/// What a row of sources.csv says, after the source's name.
pub(crate) fn of_outlet(row: &SourceRow) -> String {
    format!(
        "{}: {}, over {} and {}",
        words::direction(&row.measure, row.difference.unwrap_or_default()),
        words::figures(row.difference, row.ci_low, row.ci_high, row.q_value),
        words::counted(row.n_stories, "story", "stories"),
        words::counted(row.n_facts, "fact", "facts")
    )
}

/// What a row of emphasis.csv over all stories says, after the source's name.
pub(crate) fn of_emphasis(row: &EmphasisRow) -> String {
    format!(
        "{}: {}, over {}",
        words::dwells(&row.frame, row.difference.unwrap_or_default()),
        words::figures(row.difference, row.ci_low, row.ci_high, row.q_value),
        words::counted(row.n_stories, "story", "stories")
    )
}

/// What a row of contrasts.csv says, after the source's name; the story's label may follow after "of".
pub(crate) fn of_articles(row: &ContrastRow) -> String {
    format!(
        "{}: {}, on {}",
        words::direction(&row.measure, row.difference.unwrap_or_default()),
        words::figures(row.difference, row.ci_low, row.ci_high, row.q_value),
        words::counted(row.n_facts, "fact", "facts")
    )
}

/// Why no contrast of a story stands out, as a sentence; `None`: some do.
pub(crate) fn none_in_story(story: &StoryRow, contrasts: &[&ContrastRow]) -> Option<String> {
    match story.status {
        StoryStatus::OneSource => Some("All articles are of one source: there is nothing to compare.".into()),
        StoryStatus::FewFacts => Some(format!(
            "Only {} stated by several sources, too few to test any difference.",
            words::counted(story.n_shared_facts, "fact is", "facts are")
        )),
        _ if contrasts.iter().any(|c| stands_out(c.q_value)) => None,
        _ => Some("No difference between the sources stands out. The wordings can still be read side by side.".into()),
    }
}

/// Why nothing has q < .05, for the end of a sentence: too few shared facts, too few stories, or nothing found.
pub(crate) fn nothing_stands_out(rows: &Rows) -> String {
    let tested = rows.contrasts.iter().filter(|r| r.status == Status::Ok).count();
    let outlets = rows.sources.iter().filter(|r| r.status == Status::Ok).count();
    let most = rows.sources.iter().map(|r| r.n_stories).max().unwrap_or_default();
    if rows.stories.iter().all(|s| s.n_sources < 2) {
        return "no story has articles of several sources".into();
    }
    let within = match tested {
        0 => "too few shared facts (no source shares six with others inside one story)".to_owned(),
        1 => "the one tested contrast inside a story has no q < .05".to_owned(),
        n => format!("none of {} tested contrasts inside stories has q < .05", words::grouped(n)),
    };
    let over = match outlets {
        0 if most < MIN_STORIES => format!(
            "too few stories to speak of outlets (a source needs {MIN_STORIES} that share facts, the most is {most})"
        ),
        0 => "no source could be tested over stories".to_owned(),
        n => format!("none of {} tests of outlets over stories either", words::grouped(n)),
    };
    format!("{within}; {over}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlet_is_named_before_an_article_and_neither_without_q_below_one_in_twenty() {
        let contrast = |q| ContrastRow {
            story_id: "s".into(),
            source: "Klaxon\u{1B}".into(),
            measure: "own_voice".into(),
            n_facts: 9,
            difference: Some(-0.25),
            q_value: Some(q),
            status: Status::Ok,
            ..ContrastRow::default()
        };
        let story = StoryRow { story_id: "s".into(), label: "Bridge".into(), n_sources: 2, ..StoryRow::default() };
        let mut rows = Rows { stories: vec![story], contrasts: vec![contrast(0.05)], ..Rows::default() };
        assert!(Findings::of(&rows).is_empty() && Findings::of(&rows).first(&rows).is_none());
        assert_eq!(
            nothing_stands_out(&rows),
            "the one tested contrast inside a story has no q < .05; too few stories to speak of outlets (a source needs 6 \
             that share facts, the most is 0)"
        );
        rows.contrasts.extend([contrast(0.04), contrast(0.01)]);
        assert_eq!(
            Findings::of(&rows).first(&rows).unwrap(),
            "Klaxon attributes the same facts more than the others: difference -0.25, q 0.04, on 9 facts of “Bridge”. \
             1 more in contrasts.csv. Inside one story: this speaks of its articles, not of the outlet."
        );
        rows.sources.push(SourceRow {
            source: "Wire".into(),
            measure: "loaded_adj".into(),
            n_stories: 6,
            n_facts: 1_000,
            difference: Some(1.5),
            ci_low: Some(1.0),
            ci_high: Some(2.0),
            q_value: Some(0.03125),
            ..SourceRow::default()
        });
        assert_eq!(
            Findings::of(&rows).first(&rows).unwrap(),
            "Wire words the same facts more loaded than the others: difference 1.5 (95 % interval 1 to 2), q 0.03125, \
             over 6 stories and 1,000 facts."
        );
    }
}
