//! Names, found by their capitals.

use std::sync::LazyLock;

use super::Span;
use super::calendar::{WEEKDAYS, month};
use super::quantities::small;
use super::tokens::{Word, is_stopword, words};

/// A name in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Where it stands, with its title, without article and possessive.
    pub span: Span,
    /// The bare name: no title, no "The", no possessive; acronyms without stops ("US").
    pub name: String,
}

/// Words that news prose writes in lower case (data/text/README.md), sorted.
static ORDINARY: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("../../data/text/ordinary_words.txt").lines().collect());

/// Titles: before a name they are no part of it.
const TITLES: &[&str] = &[
    "adm",
    "admiral",
    "ambassador",
    "archbishop",
    "assemblyman",
    "attorney",
    "bishop",
    "brig",
    "capt",
    "captain",
    "cardinal",
    "chairman",
    "chairwoman",
    "chancellor",
    "chief",
    "cmdr",
    "col",
    "colonel",
    "commissioner",
    "congressman",
    "congresswoman",
    "councilman",
    "councilwoman",
    "cpl",
    "dame",
    "deputy",
    "director",
    "dr",
    "emperor",
    "father",
    "former",
    "gen",
    "general",
    "gov",
    "governor",
    "hon",
    "imam",
    "judge",
    "justice",
    "king",
    "lady",
    "lieutenant",
    "lord",
    "lt",
    "maj",
    "major",
    "mayor",
    "minister",
    "miss",
    "mr",
    "mrs",
    "ms",
    "officer",
    "pastor",
    "pope",
    "pres",
    "president",
    "prime",
    "prince",
    "princess",
    "prof",
    "professor",
    "queen",
    "rabbi",
    "rep",
    "representative",
    "reps",
    "rev",
    "reverend",
    "sec",
    "secretary",
    "sen",
    "senator",
    "senators",
    "sens",
    "sergeant",
    "sgt",
    "sheikh",
    "sheriff",
    "sir",
    "speaker",
    "supt",
    "vice",
    "vp",
    "president-elect",
    "leader",
    "spokesman",
    "spokeswoman",
    "candidate",
    "nominee",
    "coach",
];

/// Heads of names that go on with "of" or "for": "Department of Justice", "Center for Law".
const HEADS: &[&str] = &[
    "academy",
    "agency",
    "airport",
    "army",
    "articles",
    "association",
    "bank",
    "battle",
    "bay",
    "bill",
    "board",
    "bureau",
    "cape",
    "center",
    "centre",
    "chamber",
    "church",
    "city",
    "coalition",
    "college",
    "commission",
    "committee",
    "conference",
    "congress",
    "coalition",
    "council",
    "court",
    "daughters",
    "department",
    "director",
    "district",
    "duke",
    "duchess",
    "federation",
    "foundation",
    "fund",
    "group",
    "gulf",
    "house",
    "institute",
    "institutes",
    "isle",
    "joint",
    "knights",
    "league",
    "library",
    "ministry",
    "museum",
    "office",
    "organization",
    "organisation",
    "parliament",
    "port",
    "prince",
    "republic",
    "school",
    "secretary",
    "society",
    "sons",
    "state",
    "states",
    "statue",
    "strait",
    "system",
    "theatre",
    "town",
    "union",
    "university",
    "archbishop",
    "bishop",
    "party",
    "alliance",
    "citizens",
    "americans",
    "doctors",
    "campaign",
    "lord",
];

/// Small words inside names.
const PARTICLES: &[&str] = &[
    "al", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "dos", "du", "el", "ibn", "la", "le", "van",
    "von", "ben",
];

/// Abbreviated weekdays, time zones, halves of the day.
const SHORT_TIMES: &[&str] =
    &["mon", "tue", "tues", "wed", "thu", "thurs", "fri", "est", "edt", "pst", "pdt", "gmt", "a.m", "p.m", "am", "pm"];

/// Months and weekdays are no names.
fn in_calendar(lower: &str) -> bool {
    let day = lower.strip_suffix('s').unwrap_or(lower);
    month(lower).is_some() || WEEKDAYS.contains(&day) || SHORT_TIMES.contains(&lower)
}

/// Whether news prose mostly writes this lower-cased word without a capital.
pub(crate) fn is_ordinary(lower: &str) -> bool {
    let bare = lower.strip_suffix("'s").or_else(|| lower.strip_suffix("’s")).unwrap_or(lower);
    ORDINARY.binary_search(&bare).is_ok() || is_stopword(lower) || small(lower).is_some()
}

/// Whether this lower-cased word is a title of persons.
pub(crate) fn is_title(lower: &str) -> bool {
    TITLES.contains(&lower)
}

/// Whether this lower-cased word begins names that are no persons' ("White", "New").
pub(crate) fn is_name_start(lower: &str) -> bool {
    NAME_STARTS.contains(&lower)
}

/// Whether this lower-cased word is the head of an institution's name ("Department", "House").
pub(crate) fn is_name_head(lower: &str) -> bool {
    HEADS.contains(&lower)
}

/// The dateline at the start of a report: "WASHINGTON (AP) — ", "BERLIN, May 3 - ". Without the dash it is none.
pub fn dateline(report: &str) -> Option<Span> {
    const LONGEST: usize = 80;
    let dash = ["—", "--", " – ", " - "].iter().filter_map(|d| Some((report.find(d)?, d.len()))).min()?;
    let place = report[..dash.0].trim();
    let shouted = words(place).first().is_some_and(|w| w.text.len() > 3 && !w.text.chars().any(char::is_lowercase));
    let name = entities(report).first().is_some_and(|e| e.span.start == 0 && e.span.end <= dash.0);
    let agency = place.ends_with(')') && place.contains(" (");
    (dash.0 < LONGEST && name && (shouted || agency)).then(|| Span::new(0, dash.0 + dash.1))
}

/// How a text uses capitals.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Sentence,
    /// A headline with most words capitalised: only words that are not ordinary ones are names.
    Title,
    /// All capitals: likewise.
    Upper,
}

/// The names of a sentence or headline, in order.
///
/// A name is a run of capitalised words, with "of" and "for" after heads of institutions, particles ("de", "van",
/// "al-") and "the" behind "of" inside. A capitalised word that starts a sentence counts where it is no ordinary word
/// (one that news prose writes in lower case) or where another capitalised word follows a title or a name.
/// In headlines with most words capitalised, or all in capitals, ordinary words are no parts of names ("White House"
/// is lost there). Days, months and "I" are none.
pub fn entities(sentence: &str) -> Vec<Entity> {
    let words = words(sentence);
    let case = case_of(&words);
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let run = Run { text: sentence, words: &words, case };
        let end = run.end(at);
        if end > at {
            run.push(at, end, &mut found);
        }
        at = end.max(at + 1);
    }
    found
}

fn case_of(words: &[Word<'_>]) -> Case {
    let long: Vec<&str> = words
        .iter()
        .map(|w| w.text)
        .filter(|t| t.chars().count() > 3 && !t.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    if long.len() < 3 {
        let all = words.len() > 1 && words.iter().all(|w| !w.text.chars().any(char::is_lowercase));
        return if all && long.len() > 1 { Case::Upper } else { Case::Sentence };
    }
    let upper = long.iter().filter(|t| !t.chars().any(char::is_lowercase)).count();
    let capital = long.iter().filter(|t| t.starts_with(char::is_uppercase)).count();
    let ordinary = long.iter().filter(|t| t.starts_with(char::is_uppercase) && is_ordinary(&t.to_lowercase())).count();
    if upper * 10 >= long.len() * 7 {
        Case::Upper
    } else if capital * 10 >= long.len() * 7 && ordinary * 4 >= long.len() {
        Case::Title
    } else {
        Case::Sentence
    }
}

struct Run<'a> {
    text: &'a str,
    words: &'a [Word<'a>],
    case: Case,
}

impl Run<'_> {
    fn between(&self, at: usize) -> &str {
        if at == 0 || at >= self.words.len() {
            return "\n";
        }
        &self.text[self.words[at - 1].span.end..self.words[at].span.start]
    }

    /// Whether the word starts a sentence, a quotation or the part after a colon.
    fn starts(&self, at: usize) -> bool {
        if at == 0 {
            return true;
        }
        let gap = self.between(at);
        gap.contains(['“', '"', '‘', '`', ':', '!', '?', '—', '•', '…'])
            || gap.contains("--")
            || gap.contains("''")
            || (gap.contains(". ") && !self.abbreviates(at - 1))
    }

    fn abbreviates(&self, at: usize) -> bool {
        let text = self.words[at].text;
        let lower = text.to_lowercase();
        text.chars().count() == 1
            || text.contains('.')
            || is_title(&lower)
            || matches!(lower.as_str(), "st" | "jr" | "sr" | "inc" | "corp" | "co" | "ft" | "mt" | "no")
    }

    fn is_name(&self, at: usize, continues: bool) -> bool {
        let word = self.words[at];
        let Some(first) = word.text.chars().next() else { return false };
        let bare = strip_possessive(word.text);
        let lower = bare.to_lowercase();
        if !first.is_uppercase() {
            // "al-Assad", "iPhone"
            let inner = bare.split('-').next().is_some_and(|p| PARTICLES.contains(&p))
                && bare.split('-').nth(1).is_some_and(|p| p.starts_with(char::is_uppercase));
            return inner || bare.chars().nth(1).is_some_and(char::is_uppercase);
        }
        if in_calendar(&lower) && !(continues && lower == "may")
            || bare == "I"
            || lower.starts_with("i'")
            || lower.starts_with("i’")
        {
            return false;
        }
        let acronym = bare.chars().count() > 1 && !bare.chars().any(char::is_lowercase);
        match self.case {
            Case::Sentence => {
                if acronym {
                    return !(is_stopword(&lower) && lower != "us" && self.starts(at));
                }
                if continues {
                    return !is_stopword(&lower) || bare == "Will";
                }
                if is_stopword(&lower) {
                    return false;
                }
                if self.starts(at) && is_ordinary(&lower) {
                    // A title or an adjective before a name begins it: "President Obama", "New York", "White House".
                    return self.followed_by_name(at);
                }
                if self.starts(at)
                    && lower.len() > 5
                    && lower.ends_with("ly")
                    && !self.words.get(at + 1).is_some_and(|w| w.text.starts_with(char::is_uppercase))
                {
                    return false; // an adverb
                }
                let hyphen_ordinary =
                    bare.contains('-') && self.starts(at) && bare.split('-').all(|p| is_ordinary(&p.to_lowercase()));
                !hyphen_ordinary
            }
            Case::Title => {
                (acronym && !is_stopword(&lower))
                    || lower == "u.s"
                    || !bare.split('-').all(|p| is_ordinary(&p.to_lowercase()))
            }
            Case::Upper => {
                !bare.split('-').all(|p| is_ordinary(&p.to_lowercase())) && lower.chars().any(char::is_alphabetic)
            }
        }
    }

    fn followed_by_name(&self, at: usize) -> bool {
        let Some(next) = self.words.get(at + 1) else { return false };
        let gap = self.between(at + 1);
        if !(gap == " " || (gap == ". " && is_title(&self.words[at].text.to_lowercase()))) {
            return false;
        }
        let capital = next.text.starts_with(char::is_uppercase);
        let lower = strip_possessive(next.text).to_lowercase();
        let first = self.words[at].text.to_lowercase();
        if !capital || is_stopword(&lower) || in_calendar(&lower) {
            return false;
        }
        // "Protesters in ..." no; "Supporting Obama" no: a verb form does not begin a name, a title or adjective may.
        let verbal = first.ends_with("ing") || first.ends_with("ed") || first.ends_with("ly");
        is_title(&first)
            || (!verbal && !first.ends_with('s') && (is_ordinary(&lower) || NAME_STARTS.contains(&first.as_str())))
    }

    /// One past the last word of the name that starts at `at`; `at` where none does.
    fn end(&self, at: usize) -> usize {
        if !self.is_name(at, false) {
            return at;
        }
        let mut end = at + 1;
        loop {
            let Some(last) = self.words.get(end - 1) else { return end };
            if end >= self.words.len()
                || (has_possessive(last.text)
                    && !matches!(strip_possessive(last.text), "Children" | "Women" | "People" | "Men" | "Veterans"))
            {
                return end;
            }
            let gap = self.between(end);
            let last_lower = last.text.to_lowercase();
            let joined = matches!(gap, " " | "\u{a0}" | " & ")
                || (gap == ". " && self.abbreviates(end - 1))
                || gap == "."
                || (gap == " . " && self.abbreviates(end - 1));
            if !joined {
                return end;
            }
            if self.is_name(end, true) {
                end += 1;
                continue;
            }
            // Particles and heads: some small words, then a capital.
            let mut next = end;
            let of = HEADS.contains(&last_lower.as_str()) && matches!(self.words[next].text, "of" | "for" | "on");
            if of {
                next += 1;
                if self.words.get(next).is_some_and(|w| w.text == "the") {
                    next += 1;
                }
            } else {
                while next < self.words.len() && next < end + 3 && PARTICLES.contains(&self.words[next].text) {
                    next += 1;
                }
            }
            let spaced = (end + 1..=next).all(|i| self.between(i) == " ");
            if next > end && next < self.words.len() && spaced && self.is_name(next, true) {
                end = next + 1;
            } else {
                return end;
            }
        }
    }

    fn push(&self, mut start: usize, end: usize, found: &mut Vec<Entity>) {
        // A title inside divides: "White House Press Secretary Robert Gibbs" is two names.
        while let Some(title) = (start + 1..end.saturating_sub(1)).find(|i| self.divides(*i)) {
            self.push_one(start, title, found);
            start = title;
        }
        self.push_one(start, end, found);
    }

    /// Whether the word is a title that begins a name of its own inside a run.
    fn divides(&self, at: usize) -> bool {
        let next = self.words[at + 1].text;
        let whole = || {
            HEADS.contains(&next.to_lowercase().as_str())
                || matches!(next, "of" | "for" | "General" | "Motors" | "Electric")
        };
        is_title(&self.words[at].text.to_lowercase()) && !whole() && !is_title(&self.words[at - 1].text.to_lowercase())
    }

    fn push_one(&self, start: usize, end: usize, found: &mut Vec<Entity>) {
        let mut bare = start;
        while bare < end && is_title(&self.words[bare].text.to_lowercase()) && (bare + 1 < end) {
            let lower = self.words[bare].text.to_lowercase();
            let next = self.words[bare + 1].text.to_lowercase();
            // "Justice Department", "Attorney General" alone stay whole.
            if HEADS.contains(&next.as_str())
                || (end - bare == 2 && is_title(&next) && lower != "former")
                || self.words[bare + 1].text == "of"
            {
                break;
            }
            bare += 1;
        }
        let last = self.words[end - 1];
        let stop = last.span.start + strip_possessive(last.text).len();
        let dateline = start == 0 && end < self.words.len() && is_dateline(self.between(end));
        let mut parts: Vec<String> = Vec::new();
        for word in &self.words[bare..end] {
            let text = strip_possessive(word.text);
            let text =
                if text.split('.').all(|p| p.chars().count() == 1) { text.replace('.', "") } else { text.to_owned() };
            let shout = (self.case == Case::Upper || dateline)
                && text.chars().count() > 3
                && !text.chars().any(char::is_lowercase);
            parts.push(if shout { capitalised(&text) } else { text });
        }
        let name = parts.join(" ");
        // A title alone is an office, not a name; a single letter is none.
        let office = end - start == 1 && is_title(&last.text.to_lowercase());
        if name.chars().count() < 2 || office {
            return;
        }
        // A final stop belongs to an acronym with inner stops.
        let dotted = last.text.contains('.') && self.text[stop..].starts_with('.');
        found.push(Entity { span: Span::new(self.words[start].span.start, stop + usize::from(dotted)), name });
    }
}

/// Ordinary words that begin names of more than one word, at a sentence's start too.
const NAME_STARTS: &[&str] = &[
    "american",
    "big",
    "black",
    "blue",
    "british",
    "central",
    "civil",
    "democratic",
    "east",
    "eastern",
    "federal",
    "fort",
    "fox",
    "general",
    "grand",
    "great",
    "green",
    "high",
    "homeland",
    "house",
    "justice",
    "lake",
    "los",
    "middle",
    "mount",
    "national",
    "new",
    "north",
    "northern",
    "old",
    "pacific",
    "point",
    "port",
    "red",
    "republican",
    "royal",
    "saint",
    "san",
    "south",
    "southern",
    "state",
    "super",
    "supreme",
    "united",
    "wall",
    "west",
    "western",
    "white",
    "world",
    "st",
    "tea",
    "planned",
];

fn is_dateline(gap: &str) -> bool {
    gap.starts_with(" (") || gap.contains('—') || gap.contains("--") || gap.contains(" – ") || gap == " - "
}

fn strip_possessive(word: &str) -> &str {
    word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word)
}

fn has_possessive(word: &str) -> bool {
    strip_possessive(word).len() < word.len()
}

fn capitalised(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut start = true;
    for c in word.chars() {
        if start {
            out.push(c);
        } else {
            out.extend(c.to_lowercase());
        }
        start = !c.is_alphanumeric();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(text: &str) -> Vec<String> {
        entities(text).into_iter().map(|e| e.name).collect()
    }

    #[test]
    fn names_come_without_titles_articles_and_possessives() {
        assert_eq!(
            names("President Obama’s plan pleased Sen. Jim DeMint and Mr. George W. Bush of the Senate."),
            ["Obama", "Jim DeMint", "George W Bush", "Senate"]
        );
    }

    #[test]
    fn a_title_inside_divides_an_office_from_its_holder() {
        assert_eq!(
            names("Then White House Press Secretary Robert Gibbs met Maryland Gov. Martin O'Malley."),
            ["White House Press", "Robert Gibbs", "Maryland", "Martin O'Malley"]
        );
    }

    #[test]
    fn institutions_keep_their_of_and_the() {
        assert_eq!(
            names("The Department of Justice sued the Bank of the West, the United States and the Center for Law."),
            ["Department of Justice", "Bank of the West", "United States", "Center for Law"]
        );
        assert_eq!(
            names("It met Ursula von der Leyen and Bashar al-Assad."),
            ["Ursula von der Leyen", "Bashar al-Assad"]
        );
    }

    #[test]
    fn an_ordinary_word_at_the_start_is_no_name() {
        assert_eq!(names("Protesters met Obama on Monday in May."), ["Obama"]);
        assert_eq!(names("Steele said: “Nobody knows.”"), ["Steele"]);
        assert_eq!(names("White House aides left. I did too."), ["White House"]);
    }

    #[test]
    fn acronyms_lose_their_stops() {
        assert_eq!(names("The U.S. and the FBI asked the U.N. for help."), ["US", "FBI", "UN"]);
    }

    #[test]
    fn headlines_give_only_words_that_are_no_ordinary_ones() {
        assert_eq!(
            names("GOP Senators Keep Pressure on Steele Over Afghanistan Comments"),
            ["GOP", "Steele", "Afghanistan"]
        );
        assert_eq!(names("STEELE UNDER FIRE OVER AFGHANISTAN REMARKS"), ["Steele", "Afghanistan"]);
        assert_eq!(names("WASHINGTON (AP) — The vote failed."), ["Washington", "AP"]);
    }

    #[test]
    fn the_list_of_ordinary_words_is_sorted() {
        assert!(ORDINARY.is_sorted() && ORDINARY.len() > 5_000);
    }

    #[test]
    fn a_dateline_ends_with_its_dash() {
        let of = |text| dateline(text).map(|s: Span| s.of(text));
        assert_eq!(of("WASHINGTON (AP) — The vote failed."), Some("WASHINGTON (AP) —"));
        assert_eq!(of("Oslo (Reuters) - The vote failed."), Some("Oslo (Reuters) - "));
        assert_eq!(of("BERLIN, May 3 -- The vote failed."), Some("BERLIN, May 3 --"));
        assert_eq!(of("Merle Quist — who had left — came back."), None);
    }

    proptest! {
        #[test]
        fn names_lie_in_order_inside_any_text(
            text in r"([A-Z][a-z]{1,5}|[a-z]{1,4}| |\. |’s|'s|, | of | the | de | al-|U\.S\.|Mr\.|É|\PC){0,30}"
        ) {
            let mut last = 0;
            for entity in entities(&text) {
                prop_assert!(!entity.span.of(&text).is_empty() && entity.span.start >= last && !entity.name.is_empty());
                last = entity.span.end;
            }
        }
    }
}
