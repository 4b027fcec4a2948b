//! Whom a story speaks of: names that several of its sources use, the variants of one name taken together.
//!
//! No list of people: a bare surname belongs to the full name of the story that it ends, an acronym to the institution with
//! these initials, a spelling ("Zelenskiy") to the one that it is near. Names of places that the story's datelines give, and
//! those of the outlets themselves, are no targets.

use std::collections::{BTreeMap, BTreeSet};

use strsim::damerau_levenshtein;

use super::contrasts::Teller;
use crate::text::{self, Span};

/// A name in the outlet's own words of a claim.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Named {
    pub claim: usize,
    pub article: usize,
    pub teller: Teller,
    /// Without title, as [`text::entities`] gives it.
    pub name: String,
    /// In the own words.
    pub span: Span,
}

/// A name that several sources use.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    /// The full name that is used most.
    pub name: String,
    /// First mention in each claim: (claim, span in its own words), in the order of the claims.
    pub mentions: Vec<(usize, Span)>,
}

/// The names of a claim's own words, and those that stand in its dateline. Only an article's first claim has one.
pub(super) fn names(own: &str, first: bool) -> (Vec<text::Entity>, Vec<String>) {
    let end = if first { text::dateline(own).map_or(0, |s| s.end) } else { 0 };
    let (dateline, names): (Vec<_>, Vec<_>) = text::entities(own).into_iter().partition(|e| e.span.start < end);
    // "Sen. Joe Poll, D-Ohio": a seat is nobody.
    let seat = |name: &str| ["D-", "R-", "I-"].iter().any(|party| name.starts_with(party));
    let names = names.into_iter().filter(|e| !seat(&e.name)).collect();
    (names, dateline.into_iter().map(|e| e.name).collect())
}

/// The targets of one story, by name. `outside`: names that are none ([`Outlets`], datelines).
pub(super) fn targets(named: &[Named], outside: &dyn Fn(&str) -> bool) -> Vec<Target> {
    let variants = Variants::new(named.iter().map(|n| (n.article, n.name.as_str())));
    let mut groups: BTreeMap<String, (BTreeSet<Teller>, BTreeMap<usize, Span>)> = BTreeMap::new();
    for n in named {
        let full = variants.full(n.article, &n.name);
        if outside(&n.name) || outside(full) {
            continue;
        }
        let (tellers, mentions) = groups.entry(full.to_owned()).or_default();
        tellers.insert(n.teller);
        mentions.entry(n.claim).and_modify(|s| *s = (*s).min(n.span)).or_insert(n.span);
    }
    groups
        .into_iter()
        .filter(|(_, (tellers, _))| tellers.len() > 1)
        .map(|(name, (_, mentions))| Target { name, mentions: mentions.into_iter().collect() })
        .collect()
}

/// The names of the sources: "The Talvern Chronicle", "nytimes.com".
pub(super) struct Outlets {
    letters: BTreeSet<String>,
    sources: Vec<String>,
}

impl Outlets {
    pub(super) fn new(sources: &[String]) -> Self {
        let mut found = BTreeSet::new();
        for source in sources {
            let bare = source.strip_prefix("www.").unwrap_or(source);
            let label = bare.rsplit_once('.').map_or(bare, |(label, _)| label);
            let article = ["The ", "the "].iter().find_map(|t| bare.strip_prefix(t)).unwrap_or(bare);
            found.extend([bare, label, article].map(letters));
        }
        Outlets { letters: found, sources: sources.to_vec() }
    }

    /// Whether a name is that of one of the sources: also by initials, its own ("NYT") or the source's ("nyt").
    pub(super) fn has(&self, name: &str) -> bool {
        let news = name.strip_suffix(" News").unwrap_or(name);
        let acronym = |s: &String| is_acronym_of(name, s) || is_acronym_of(&s.to_uppercase(), name);
        self.letters.contains(&letters(name))
            || self.letters.contains(&letters(news))
            || self.sources.iter().any(acronym)
    }
}

fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// "FBI" of "Federal Bureau of Investigation".
fn is_acronym_of(name: &str, full: &str) -> bool {
    if name.len() < 2 || !name.chars().all(char::is_uppercase) {
        return false;
    }
    acronym(full) == name
}

fn acronym(full: &str) -> String {
    full.split([' ', '-']).filter_map(|w| w.chars().next()).filter(|c| c.is_uppercase()).collect()
}

/// The names of a story, and which are the same.
pub(super) struct Variants {
    /// The name that stands for a variant.
    of_story: BTreeMap<String, String>,
    /// The same, where an article says more than the story: of two Clintons, the one that it names.
    of_article: BTreeMap<(usize, String), String>,
}

impl Variants {
    pub(super) fn new<'a>(named: impl Iterator<Item = (usize, &'a str)>) -> Self {
        // Uses of each name by article.
        let mut uses: BTreeMap<&str, BTreeMap<usize, usize>> = BTreeMap::new();
        for (article, name) in named {
            *uses.entry(name).or_default().entry(article).or_default() += 1;
        }
        let mut by_use: Vec<(&str, usize)> = uses.iter().map(|(n, u)| (*n, u.values().sum())).collect();
        by_use.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let (full, single): (Vec<&str>, Vec<&str>) = by_use.iter().map(|(n, _)| *n).partition(|n| n.contains(' '));

        // Of the spellings of a name the one most used stands for all.
        let mut leaders = Leaders::default();
        let mut of_story: BTreeMap<String, String> = BTreeMap::new();
        let mut articles_of: BTreeMap<&str, BTreeMap<usize, usize>> = BTreeMap::new();
        for name in full {
            let leader = leaders.of(name).unwrap_or_else(|| {
                leaders.push(name);
                name
            });
            of_story.insert(name.into(), leader.into());
            for (&article, n) in &uses[name] {
                *articles_of.entry(leader).or_default().entry(article).or_default() += n;
            }
        }
        let mut of_article = BTreeMap::new();
        let mut alone: BTreeMap<Option<char>, Vec<&str>> = BTreeMap::new();
        for name in single {
            let candidates = leaders.meant_by(name);
            let Some(&most_used) = candidates.first() else {
                let alone = alone.entry(initial(name)).or_default();
                let leader = alone.iter().copied().find(|other| is_plural(name, other) || alike(name, other));
                of_story.insert(name.into(), leader.unwrap_or(name).into());
                alone.extend(leader.is_none().then_some(name));
                continue;
            };
            of_story.insert(name.into(), most_used.into());
            for &article in uses[name].keys() {
                let here = candidates.iter().filter_map(|full| Some((*articles_of.get(full)?.get(&article)?, *full)));
                if let Some((_, full)) = here.reduce(|best, next| if next.0 > best.0 { next } else { best }) {
                    of_article.insert((article, name.to_owned()), full.to_owned());
                }
            }
        }
        Variants { of_story, of_article }
    }

    pub(super) fn full<'a>(&'a self, article: usize, name: &'a str) -> &'a str {
        let of_article = || self.of_article.get(&(article, name.to_owned()));
        of_article().or_else(|| self.of_story.get(name)).map_or(name, String::as_str)
    }
}

/// Full names that stand for their spellings, the most used first; found by what spellings have in common, for an
/// article may name tens of thousands.
#[derive(Default)]
struct Leaders<'a> {
    names: Vec<&'a str>,
    /// By the initials of persons, and by the name in small letters.
    spelt: BTreeMap<String, Vec<usize>>,
    /// Persons by surname, others and persons by acronym.
    short: BTreeMap<String, Vec<usize>>,
    /// Persons by the initial of the surname.
    surnames: BTreeMap<Option<char>, Vec<usize>>,
}

impl<'a> Leaders<'a> {
    fn push(&mut self, name: &'a str) {
        let n = self.names.len();
        self.names.push(name);
        for key in spelling_keys(name) {
            self.spelt.entry(key).or_default().push(n);
        }
        let surname = person(name).map(|(_, last)| last);
        for key in surname.map(str::to_owned).into_iter().chain([acronym(name)]).collect::<BTreeSet<_>>() {
            self.short.entry(key).or_default().push(n);
        }
        if let Some(last) = surname {
            self.surnames.entry(initial(last)).or_default().push(n);
        }
    }

    /// The first that is the same full name.
    fn of(&self, name: &str) -> Option<&'a str> {
        let same = |n: &&usize| same_full(name, self.names[**n]);
        let found = spelling_keys(name).into_iter().filter_map(|key| self.spelt.get(&key)?.iter().find(same));
        found.min().map(|&n| self.names[n])
    }

    /// Those that a single word may mean: surname or acronym; if there are none, a surname spelt otherwise.
    fn meant_by(&self, name: &str) -> Vec<&'a str> {
        let named = |numbers: Option<&Vec<usize>>, wanted: &dyn Fn(&str) -> bool| {
            numbers.into_iter().flatten().map(|&n| self.names[n]).filter(|full| wanted(full)).collect::<Vec<_>>()
        };
        let exact = named(self.short.get(name), &|full| shortens(name, full));
        if !exact.is_empty() {
            return exact;
        }
        let near = |full: &str| person(full).is_some_and(|(_, last)| alike(name, last));
        named(self.surnames.get(&initial(name)), &near)
    }
}

/// What two spellings of one full name have in common, in one of these.
fn spelling_keys(name: &str) -> Vec<String> {
    let initials = person(name).map(|(first, last)| [initial(first), initial(last)].iter().flatten().collect());
    initials.into_iter().chain([name.to_lowercase()]).collect()
}

/// Spellings of a word begin alike.
fn initial(word: &str) -> Option<char> {
    word.to_lowercase().chars().next()
}

/// Last words of names of groups, which are no surnames: "Senate Democrats" are not all Democrats.
pub(super) const GROUPS: &[&str] = &[
    "conservatives",
    "democrat",
    "democratic",
    "democrats",
    "greens",
    "liberals",
    "majority",
    "minority",
    "republican",
    "republicans",
    "socialists",
    "tories",
];

/// First and last word of what may be a person's name: neither an ordinary word before nor a head of institutions behind
/// ("White House", "Justice Department").
pub(super) fn person(full: &str) -> Option<(&str, &str)> {
    let words: Vec<&str> = full.split(' ').filter(|w| !matches!(*w, "Jr" | "Sr")).collect();
    let (&first, &last) = (words.first()?, words.last()?);
    let institution = full.split(' ').any(|w| matches!(w, "of" | "for"))
        || text::is_name_start(&first.to_lowercase())
        || text::is_name_head(&last.to_lowercase())
        || GROUPS.contains(&last.to_lowercase().as_str());
    (words.len() > 1 && !institution).then_some((first, last))
}

/// "Trump" of "Donald Trump"; "FBI" of "Federal Bureau of Investigation". No first names: "Senate" is not "Senate Watch".
fn shortens(name: &str, full: &str) -> bool {
    person(full).is_some_and(|(_, last)| name == last) || is_acronym_of(name, full)
}

/// Whether two full names are one: middle names and letters aside, in two spellings.
fn same_full(a: &str, b: &str) -> bool {
    match (person(a), person(b)) {
        (Some((first, last)), Some((other_first, other_last))) => {
            let same = |x: &str, y: &str| x == y || alike(x, y);
            let junior = |n: &str| n.ends_with(" Jr") || n.ends_with(" Sr");
            same(first, other_first) && same(last, other_last) && junior(a) == junior(b)
        }
        _ => a.to_lowercase() == b.to_lowercase(),
    }
}

/// Whether two words are spellings of one name. Endings that make another word of it ("Russia", "Russian") count.
fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let (short, long) = if a.len() < b.len() { (&a, &b) } else { (&b, &a) };
    let length = short.chars().count();
    let ending = long.strip_prefix(short.as_str()).is_some_and(|end| end.starts_with(['n', 's', 'a', 'i']));
    let near = match length {
        0..6 => 0,
        6..8 => 1,
        _ => 2,
    };
    !ending && a.chars().next() == b.chars().next() && damerau_levenshtein(&a, &b) <= near
}

fn is_plural(a: &str, b: &str) -> bool {
    a.strip_suffix('s') == Some(b) || b.strip_suffix('s') == Some(a)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The targets of articles, one source each, each text one claim.
    fn of(articles: &[&str]) -> Vec<(String, usize)> {
        let mut named = Vec::new();
        let mut places = Vec::new();
        for (i, text) in articles.iter().enumerate() {
            let (names, dateline) = names(text, true);
            places.extend(dateline);
            let name = |e: text::Entity| Named {
                claim: i,
                article: i,
                teller: Teller::Source(i as u32),
                name: e.name,
                span: e.span,
            };
            named.extend(names.into_iter().map(name));
        }
        let outside = |name: &str| places.iter().any(|p| p == name);
        targets(&named, &outside).into_iter().map(|t| (t.name, t.mentions.len())).collect()
    }

    #[test]
    fn titles_surnames_and_spellings_are_one_person() {
        let targets = of(&[
            "President Zelenskiy praised the troops.",
            "On Monday Volodymyr Zelenskyy met them.",
            "The troops heard Zelensky in the rain.",
        ]);
        assert_eq!(targets, [("Volodymyr Zelenskyy".to_owned(), 3)]);
    }

    #[test]
    fn a_surname_is_the_one_that_its_article_names() {
        let targets = of(&[
            "The aide of Hillary Clinton wrote that Clinton had left.",
            "A friend of Bill Clinton said that Clinton was ill.",
            "Later in the evening both Bill Clinton and Hillary Clinton came to the old town hall.",
        ]);
        assert_eq!(targets, [("Bill Clinton".to_owned(), 2), ("Hillary Clinton".to_owned(), 2)]);
    }

    #[test]
    fn an_acronym_is_its_institution_and_the_house_is_not_the_white_house() {
        let targets = of(&[
            "Several agents of the Federal Bureau of Investigation later walked quietly past the White House.",
            "Some agents of the FBI have since talked with members of the House.",
            "The street of the FBI is not far from the White House and from the House.",
        ]);
        let names: Vec<&str> = targets.iter().map(|t| t.0.as_str()).collect();
        assert_eq!(names, ["Federal Bureau of Investigation", "House", "White House"]);
    }

    #[test]
    fn a_group_of_a_body_is_neither_the_body_nor_the_whole_group() {
        assert!(shortens("Quist", "Merle Quist") && !shortens("Merle", "Merle Quist"));
        assert!(!shortens("Democrats", "Senate Democrats") && !shortens("Senate", "Senate Majority"));
    }

    #[test]
    fn other_words_are_other_names() {
        assert!(!alike("Russia", "Russian") && !alike("Johnson", "Jackson") && !alike("Iran", "Iraq"));
        assert!(alike("Zelenskiy", "Zelenskyy") && alike("Gaddafi", "Gadhafi"));
    }

    #[test]
    fn datelines_and_names_of_one_source_are_no_targets() {
        let targets = of(&[
            "WASHINGTON (AP) — The envoy Merle Quist left Washington.",
            "In Washington people asked for Quist and for Ann Teller.",
        ]);
        assert_eq!(targets, [("Merle Quist".to_owned(), 2)]);
    }

    #[test]
    fn outlets_are_known_by_name_domain_and_initials() {
        let sources = ["The Talvern Chronicle", "foxnews.com", "New York Times", "wsj"].map(String::from);
        for name in ["Talvern Chronicle", "Fox News", "NYT", "New York Times", "Wall Street Journal"] {
            assert!(Outlets::new(&sources).has(name), "{name}");
        }
        assert!(!Outlets::new(&sources).has("New York") && !Outlets::new(&sources).has("Talvern"));
    }
}
