//! Which articles were wrongly joined, and which wrongly parted.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::named::named;
use crate::report::{ArticleRow, ClaimRow, StoryRow, row};

/// Of a found or gold story that is in more parts, the largest are compared with each other: 4,950 rows.
const MOST_PARTS: usize = 100;
/// Of two parts, so many articles each are looked through for the pair that explains most.
const MOST_MEMBERS: usize = 50;

named! {
    /// What went wrong with two articles.
    #[derive(Default)]
    pub enum Confusion {
        /// They should be apart.
        #[default]
        Joined = "joined",
        /// They should be together.
        Split = "split",
    }
}

row! {
    /// Two gold stories in one found story (`joined`), or one gold story in two found ones (`split`). Most wrong pairs first.
    ConfusionRow in "validation.csv" by [kind, gold_story_a, gold_story_b, story_id_a, story_id_b, article_a, article_b] {
        /// `joined`: the articles should be apart; `split`: they should be together.
        kind: Confusion as Text;
        /// The gold story of the first article.
        gold_story_a: String as Id;
        /// The gold story of the second article. Empty: it has none.
        gold_story_b: String as Id;
        /// The story in which the report has the first article. Empty: it stands alone, or is not in the report.
        story_id_a: String as Id;
        /// The story in which the report has the second article. Empty: it stands alone, or is not in the report.
        story_id_b: String as Id;
        /// An article of the first side: with `article_b` the pair that explains most (most shared facts, nearest in time).
        article_a: String as Id;
        /// An article of the second side.
        article_b: String as Id;
        /// Its title.
        title_a: String as Text;
        /// Its title.
        title_b: String as Text;
        /// Days between the two. Empty: one has no date.
        days_apart: Option<usize> as Integer("days");
        /// Pairs of articles that this confusion gets wrong.
        n_pairs: usize as Integer("pairs");
        /// What the report knows of the two.
        why: String as Text;
        /// Day of the first article.
        date_a: Option<jiff::civil::Date> as Date;
        /// Day of the second article.
        date_b: Option<jiff::civil::Date> as Date;
        /// Mean score of the first article with the others of its story.
        story_score_a: Option<f64> as Number("score 0 to 1");
        /// Mean score of the second article with the others of its story.
        story_score_b: Option<f64> as Number("score 0 to 1");
    }
}

/// The confusions of a report.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Confusions {
    /// Most wrong pairs first.
    pub rows: Vec<ConfusionRow>,
    /// Wrong pairs of small parts of stories in more than a hundred parts, which have no row.
    pub pairs_left_out: usize,
}

/// Some articles that belong together by one of the two views, and their label in the other.
struct Part<'r> {
    /// The gold story (in a found one) or the found story (in a gold one); empty: an article of its own.
    label: &'r str,
    articles: Vec<&'r ArticleRow>,
}

/// Lists what the report's stories and the `gold` ones (article to story) disagree on.
///
/// An article without a gold story is a story of its own, as in [`story_agreement`](super::story_agreement); a gold
/// article that the report does not have is parted from all others.
pub(crate) fn confusions(
    articles: &[ArticleRow],
    stories: &[StoryRow],
    claims: &[ClaimRow],
    gold: &BTreeMap<String, String>,
) -> Confusions {
    let known: BTreeSet<&str> = articles.iter().map(|a| a.article_id.as_str()).collect();
    let absent: Vec<ArticleRow> = gold
        .keys()
        .filter(|id| !known.contains(id.as_str()))
        .map(|id| ArticleRow { article_id: id.clone(), ..ArticleRow::default() })
        .collect();
    let mut facts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for claim in claims.iter().filter(|c| !c.fact_id.is_empty()) {
        facts.entry(&claim.article_id).or_default().insert(&claim.fact_id);
    }
    let report =
        Report { known, facts, stories: stories.iter().map(|story| (story.story_id.as_str(), story)).collect() };
    let gold_of = |a: &ArticleRow| gold.get(&a.article_id).map_or("", String::as_str);

    let mut by_found: BTreeMap<&str, Vec<&ArticleRow>> = BTreeMap::new();
    let mut by_gold: BTreeMap<&str, Vec<&ArticleRow>> = BTreeMap::new();
    for article in articles.iter().chain(&absent) {
        if !article.story_id.is_empty() {
            by_found.entry(&article.story_id).or_default().push(article);
        }
        if !gold_of(article).is_empty() {
            by_gold.entry(gold_of(article)).or_default().push(article);
        }
    }
    let mut found = Confusions::default();
    for members in by_found.values() {
        compare(Confusion::Joined, parts(members, gold_of), &report, &gold_of, &mut found);
    }
    for members in by_gold.values() {
        compare(Confusion::Split, parts(members, |a| &a.story_id), &report, &gold_of, &mut found);
    }
    let key = |r: &ConfusionRow| (Reverse(r.n_pairs), r.kind, r.article_a.clone(), r.article_b.clone());
    found.rows.sort_by_cached_key(key);
    found
}

/// The members by label, each without one by itself; largest parts first.
fn parts<'r>(members: &[&'r ArticleRow], label: impl Fn(&'r ArticleRow) -> &'r str) -> Vec<Part<'r>> {
    let mut labelled: BTreeMap<&str, Vec<&ArticleRow>> = BTreeMap::new();
    let mut parts = Vec::new();
    for &article in members {
        match label(article) {
            "" => parts.push(Part { label: "", articles: vec![article] }),
            label => labelled.entry(label).or_default().push(article),
        }
    }
    parts.extend(labelled.into_iter().map(|(label, articles)| Part { label, articles }));
    // Unlabelled articles last: as the second side their empty label reads best.
    parts.sort_by_key(|p| (Reverse(p.articles.len()), p.label.is_empty(), p.label, &p.articles[0].article_id));
    parts
}

/// Adds a row for every two parts.
fn compare<'r>(
    kind: Confusion,
    parts: Vec<Part<'r>>,
    report: &Report<'r>,
    gold_of: &impl Fn(&'r ArticleRow) -> &'r str,
    found: &mut Confusions,
) {
    // Two articles without gold story in one found story are nobody's mistake.
    let is_mistake =
        |a: &Part<'_>, b: &Part<'_>| kind == Confusion::Split || !(a.label.is_empty() && b.label.is_empty());
    for (i, b) in parts.iter().enumerate() {
        for a in parts[..i].iter().filter(|a| is_mistake(a, b)) {
            let n_pairs = a.articles.len() * b.articles.len();
            if i >= MOST_PARTS {
                found.pairs_left_out += n_pairs;
                continue;
            }
            let (a, b) = report.most_telling(&a.articles, &b.articles);
            found.rows.push(ConfusionRow {
                kind,
                gold_story_a: gold_of(a).into(),
                gold_story_b: gold_of(b).into(),
                story_id_a: a.story_id.clone(),
                story_id_b: b.story_id.clone(),
                article_a: a.article_id.clone(),
                article_b: b.article_id.clone(),
                title_a: a.title.clone(),
                title_b: b.title.clone(),
                days_apart: days(a, b),
                n_pairs,
                why: report.why(a, b),
                date_a: a.date,
                date_b: b.date,
                story_score_a: a.story_score,
                story_score_b: b.story_score,
            });
        }
    }
}

/// What the report knows.
struct Report<'r> {
    known: BTreeSet<&'r str>,
    facts: BTreeMap<&'r str, BTreeSet<&'r str>>,
    stories: BTreeMap<&'r str, &'r StoryRow>,
}

impl<'r> Report<'r> {
    fn shared_facts(&self, a: &ArticleRow, b: &ArticleRow) -> usize {
        let of = |a: &ArticleRow| self.facts.get(a.article_id.as_str());
        of(a).zip(of(b)).map_or(0, |(a, b)| a.intersection(b).count())
    }

    /// Of the pairs between two sides the one with most shared facts, then of one wire group, then nearest in time.
    fn most_telling(&self, a: &[&'r ArticleRow], b: &[&'r ArticleRow]) -> (&'r ArticleRow, &'r ArticleRow) {
        let mut best = (a[0], b[0]);
        let rank = |(a, b): (&ArticleRow, &ArticleRow)| {
            (self.shared_facts(a, b), is_copy(a, b), Reverse(days(a, b).unwrap_or(usize::MAX)))
        };
        for &x in a.iter().take(MOST_MEMBERS) {
            for &y in b.iter().take(MOST_MEMBERS) {
                if rank((x, y)) > rank(best) {
                    best = (x, y);
                }
            }
        }
        best
    }

    fn why(&self, a: &ArticleRow, b: &ArticleRow) -> String {
        let mut words = vec![match days(a, b) {
            Some(0) => "same day".to_owned(),
            Some(1) => "1 day apart".to_owned(),
            Some(n) => format!("{n} days apart"),
            None => "not both dated".to_owned(),
        }];
        if is_copy(a, b) {
            words.push(format!("same wire group {}", a.wire_group));
        }
        let is_joined = !a.story_id.is_empty() && a.story_id == b.story_id;
        if is_joined {
            words.push(match self.shared_facts(a, b) {
                0 => "no shared fact".to_owned(),
                1 => "1 shared fact".to_owned(),
                n => format!("{n} shared facts"),
            });
            words.push(self.story(&a.story_id));
            let score = |a: &ArticleRow| a.story_score.map_or("none".to_owned(), |s| format!("{s:.2}"));
            words.push(format!("story scores {} and {}", score(a), score(b)));
        } else {
            words.push(format!("first: {}", self.place(a)));
            words.push(format!("second: {}", self.place(b)));
        }
        words.join("; ")
    }

    fn place(&self, a: &ArticleRow) -> String {
        match a.story_score {
            _ if !self.known.contains(a.article_id.as_str()) => "not in the report".to_owned(),
            _ if a.story_id.is_empty() => "alone".to_owned(),
            Some(score) => format!("{}, story score {score:.2}", self.story(&a.story_id)),
            None => self.story(&a.story_id),
        }
    }

    fn story(&self, id: &str) -> String {
        let Some(story) = self.stories.get(id) else { return format!("story {id}") };
        let cohesion = story.cohesion.map(|c| format!(" and cohesion {c:.2}")).unwrap_or_default();
        format!("story of {} articles{cohesion}", story.n_articles)
    }
}

fn is_copy(a: &ArticleRow, b: &ArticleRow) -> bool {
    !a.wire_group.is_empty() && a.wire_group == b.wire_group
}

fn days(a: &ArticleRow, b: &ArticleRow) -> Option<usize> {
    let (a, b) = a.date.zip(b.date)?;
    Some(a.duration_until(b).as_hours().unsigned_abs() as usize / 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(id: &str, story: &str, day: i8) -> ArticleRow {
        ArticleRow {
            article_id: id.into(),
            story_id: story.into(),
            date: (day > 0).then(|| jiff::civil::date(2026, 3, day)),
            title: id.to_uppercase(),
            ..ArticleRow::default()
        }
    }

    #[test]
    fn confusions_are_listed_by_the_pairs_they_get_wrong() {
        // Found x: three of A, two of B, one without gold; y: one of B; another of B alone; one of B not there.
        let articles = [
            article("a1", "x", 1),
            article("a2", "x", 2),
            article("a3", "x", 9),
            article("b1", "x", 3),
            article("b2", "x", 7),
            article("b3", "y", 7),
            article("b4", "", 0),
            article("n1", "x", 3),
            article("n2", "y", 3),
        ];
        let gold: BTreeMap<String, String> =
            ["a1", "a2", "a3", "b1", "b2", "b3", "b4", "b5"].map(|id| (id.to_owned(), id[..1].to_uppercase())).into();
        let claim = |article: &str, fact: &str| ClaimRow {
            article_id: article.into(),
            fact_id: fact.into(),
            ..ClaimRow::default()
        };
        let claims = [claim("a3", "f"), claim("b2", "f"), claim("a1", ""), claim("b1", "")];
        let story = StoryRow { story_id: "x".into(), n_articles: 6, cohesion: Some(0.5), ..StoryRow::default() };
        let found = confusions(&articles, &[story], &claims, &gold);
        let shown: Vec<String> = found
            .rows
            .iter()
            .map(|r| {
                format!(
                    "{} {}{} {}{} {} ({})",
                    r.kind, r.gold_story_a, r.gold_story_b, r.article_a, r.article_b, r.n_pairs, r.why
                )
            })
            .collect();
        let x = "story of 6 articles and cohesion 0.50";
        assert_eq!(
            shown,
            [
                format!("joined AB a3b2 6 (2 days apart; 1 shared fact; {x}; story scores none and none)"),
                format!("joined A a2n1 3 (1 day apart; no shared fact; {x}; story scores none and none)"),
                format!("joined B b1n1 2 (same day; no shared fact; {x}; story scores none and none)"),
                format!("split BB b1b4 2 (not both dated; first: {x}; second: alone)"),
                format!("split BB b1b5 2 (not both dated; first: {x}; second: not in the report)"),
                format!("split BB b2b3 2 (same day; first: {x}; second: story y)"),
                "joined B b3n2 1 (4 days apart; no shared fact; story y; story scores none and none)".into(),
                "split BB b3b4 1 (not both dated; first: story y; second: alone)".into(),
                "split BB b3b5 1 (not both dated; first: story y; second: not in the report)".into(),
                "split BB b4b5 1 (not both dated; first: alone; second: not in the report)".into(),
            ]
        );
        // What agrees gives no row.
        let alike: BTreeMap<String, String> = articles
            .iter()
            .filter(|a| !a.story_id.is_empty())
            .map(|a| (a.article_id.clone(), a.story_id.clone()))
            .collect();
        assert_eq!(confusions(&articles, &[], &[], &alike).rows, []);
    }
}
