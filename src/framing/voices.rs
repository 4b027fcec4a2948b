//! Whose voices a source brings in a story: the speakers of its attributed claims.
//!
//! A speaker with a name is named as in the rest of the story ([`Variants`]); "he" and "the senator" are the person who
//! spoke or began a sentence last. Who is a person is told by use, not by a list: a title, a surname that stands alone, no
//! "the" before the name. A speaker without a name is what its noun says ([`text::described`]). Attributed claims without a
//! speaker, and those of "they", "it" and "I", are nobody's here.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rayon::prelude::*;

use super::contrasts::Teller;
use super::input::Input;
use super::targets::{GROUPS, Variants, names, person};
use crate::text::{self, Span, SpeakerKind};

/// A speaker who is not quoted by so many tellers of a story is missed at none of them.
const MISSED_FROM: usize = 2;

/// Words that may stand before a name that begins its sentence.
const LINKS: &[&str] = &[
    "after",
    "also",
    "and",
    "as",
    "but",
    "however",
    "later",
    "meanwhile",
    "now",
    "so",
    "still",
    "the",
    "then",
    "when",
    "while",
    "yet",
];

/// Who speaks in a claim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speaking {
    /// The speaker's name, or what it is called.
    pub name: String,
    /// What it is.
    pub kind: SpeakerKind,
}

/// A speaker whom a source of a story quotes, or whom it leaves out while others quote it.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotedSpeaker {
    /// Index of the story.
    pub story: usize,
    /// Index of the source.
    pub source: u32,
    /// The speaker.
    pub speaker: Speaking,
    /// The source's claims that are attributed to the speaker, in order.
    pub claims: Vec<usize>,
    /// Their share of all claims of the source in the story.
    pub share: f64,
    /// Tellers of the story that quote the speaker: sources, and a wire text as one.
    pub n_sources: usize,
}

/// The speakers of a whole corpus.
#[derive(Debug, Clone, Default)]
pub struct Voices {
    /// For each claim who speaks in it, as far as is known; `None` for own voice.
    pub speakers: Vec<Option<Speaking>>,
    /// By story; speakers whom most sources bring first; sources that bring them most first, then those that do not.
    pub heard: Vec<QuotedSpeaker>,
}

/// The speakers of every story, and those of the articles in none.
pub(super) fn run(input: &Input<'_>, sources: &[String]) -> Voices {
    let mut alone: BTreeSet<usize> = (0..input.articles.len()).collect();
    input.stories.iter().flat_map(|s| &s.articles).for_each(|a| _ = alone.remove(a));
    let groups: Vec<Vec<usize>> =
        input.stories.iter().map(|s| s.articles.clone()).chain(alone.into_iter().map(|a| vec![a])).collect();
    let found: Vec<BTreeMap<usize, Speaking>> = groups.par_iter().map(|g| Group::new(input, g).speakers()).collect();
    let heard = found
        .par_iter()
        .take(input.stories.len())
        .enumerate()
        .flat_map(|(story, speakers)| rows_of_story(input, sources, story, speakers))
        .collect();
    let mut speakers = vec![None; input.claims.claims.len()];
    for (claim, speaker) in found.into_iter().flatten() {
        speakers[claim] = Some(speaker);
    }
    Voices { speakers, heard }
}

/// The rows of one story. A source has those of its own articles: a reprint is the agency's.
fn rows_of_story(
    input: &Input<'_>,
    sources: &[String],
    story: usize,
    speakers: &BTreeMap<usize, Speaking>,
) -> Vec<QuotedSpeaker> {
    let articles = &input.stories[story].articles;
    let mut n_claims: BTreeMap<u32, usize> = BTreeMap::new();
    // What a source brings in a reprint it does not miss.
    let mut reprinted: BTreeSet<(u32, &Speaking)> = BTreeSet::new();
    let mut brought: BTreeMap<&Speaking, BTreeMap<Teller, Vec<usize>>> = BTreeMap::new();
    for &article in articles {
        let teller = input.teller(sources, article);
        let source = sources.partition_point(|s| *s < input.articles[article].source) as u32;
        let claims = input.claims.by_article[article].clone();
        if let Teller::Source(source) = teller {
            *n_claims.entry(source).or_default() += claims.len();
        }
        for (claim, speaker) in speakers.range(claims) {
            brought.entry(speaker).or_default().entry(teller).or_default().push(*claim);
            reprinted.insert((source, speaker));
        }
    }
    let mut rows = Vec::new();
    for (speaker, tellers) in &brought {
        // Officials of one source may be the authorities of another: only what has a name of its own can be missed.
        let missed =
            tellers.len() >= MISSED_FROM && matches!(speaker.kind, SpeakerKind::Named | SpeakerKind::Institution);
        for (&source, &all) in &n_claims {
            let claims = tellers.get(&Teller::Source(source)).cloned().unwrap_or_default();
            if claims.is_empty() && (!missed || reprinted.contains(&(source, *speaker))) {
                continue;
            }
            let share = if all > 0 { claims.len() as f64 / all as f64 } else { 0.0 };
            let speaker = (*speaker).clone();
            rows.push(QuotedSpeaker { story, source, speaker, claims, share, n_sources: tellers.len() });
        }
    }
    let total = |speaker: &Speaking| brought[speaker].values().map(Vec::len).sum::<usize>();
    rows.sort_by(|a, b| {
        let by_speaker = b.n_sources.cmp(&a.n_sources).then_with(|| total(&b.speaker).cmp(&total(&a.speaker)));
        by_speaker
            .then_with(|| a.speaker.cmp(&b.speaker))
            .then_with(|| b.claims.len().cmp(&a.claims.len()))
            .then_with(|| a.source.cmp(&b.source))
    });
    rows
}

/// A name that stands in a claim.
struct NameInClaim {
    /// Bytes of the article's body, the title in it.
    span: Span,
    /// As [`text::entities`] gives it.
    name: String,
    /// "Sen.", "President".
    title: Option<String>,
    /// Whether "the" stands before it.
    the: bool,
    /// Whether it stands in quotation marks.
    quoted: bool,
}

/// How a name is used.
#[derive(Default)]
struct Use {
    all: usize,
    the: usize,
    titled: bool,
}

/// Articles whose names are told apart together.
struct Group<'a> {
    input: &'a Input<'a>,
    articles: &'a [usize],
    /// For each claim its names.
    mentions: BTreeMap<usize, Vec<NameInClaim>>,
    variants: Variants,
    /// By the name that stands for all its variants.
    uses: BTreeMap<String, Use>,
    /// Names as they stand in the texts, without those that are part of longer ones.
    bare: BTreeSet<String>,
    /// Who has a title, if one person alone has it.
    of_title: BTreeMap<String, Option<String>>,
}

impl<'a> Group<'a> {
    fn new(input: &'a Input<'a>, articles: &'a [usize]) -> Self {
        let mut mentions: BTreeMap<usize, Vec<NameInClaim>> = BTreeMap::new();
        for claim in articles.iter().flat_map(|&a| input.claims.by_article[a].clone()) {
            mentions.insert(claim, names_in_claim(input, claim));
        }
        let named = mentions.iter().flat_map(|(claim, all)| {
            let article = input.claims.claims[*claim].article;
            all.iter().map(move |m| (article, m.name.as_str()))
        });
        let variants = Variants::new(named);
        let mut uses: BTreeMap<String, Use> = BTreeMap::new();
        let mut bare = BTreeSet::new();
        let mut of_title: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (claim, all) in &mentions {
            let article = input.claims.claims[*claim].article;
            for mention in all {
                let full = variants.full(article, &mention.name);
                let of_name = uses.entry(full.to_owned()).or_default();
                of_name.all += 1;
                of_name.the += usize::from(mention.the);
                of_name.titled |= mention.title.is_some();
                if !mention.the {
                    bare.insert(mention.name.clone());
                }
                if let Some(title) = &mention.title {
                    let holder = of_title.entry(title.clone()).or_insert_with(|| Some(full.to_owned()));
                    if holder.as_deref() != Some(full) {
                        *holder = None;
                    }
                }
            }
        }
        Group { input, articles, mentions, variants, uses, bare, of_title }
    }

    /// Who speaks in each claim that somebody speaks in.
    fn speakers(&self) -> BTreeMap<usize, Speaking> {
        let mut found: BTreeMap<usize, Speaking> = BTreeMap::new();
        for &article in self.articles {
            // The sentences of one quotation have the very same speaker.
            let mut known: BTreeMap<Span, Option<Speaking>> = BTreeMap::new();
            let mut focus = Focus::default();
            for claim in self.input.claims.by_article[article].clone() {
                let subject = self.subject(claim);
                if let Some(name) = &subject {
                    focus.person = Some(name.clone());
                    focus.claim = Some(claim);
                }
                let of_claim = &self.input.claims.claims[claim];
                let Some(span) = of_claim.speaker.filter(|_| of_claim.voice != text::Voice::Own) else { continue };
                let speaker = known.entry(span).or_insert_with(|| self.speaker(article, span, &mut focus));
                if let Some(speaker) = speaker {
                    if speaker.kind == SpeakerKind::Named {
                        focus.person = Some(speaker.name.clone());
                    }
                    found.insert(claim, speaker.clone());
                }
            }
        }
        self.spelt_alike(&mut found);
        found
    }

    /// Speakers that differ in capitals alone are written as most claims write them.
    fn spelt_alike(&self, found: &mut BTreeMap<usize, Speaking>) {
        let mut forms: BTreeMap<String, BTreeMap<&Speaking, usize>> = BTreeMap::new();
        for speaker in found.values() {
            *forms.entry(speaker.name.to_lowercase()).or_default().entry(speaker).or_default() += 1;
        }
        let most: BTreeMap<String, Speaking> = forms
            .into_iter()
            .filter_map(|(key, forms)| {
                let best = forms.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best })?;
                Some((key, best.0.clone()))
            })
            .collect();
        for speaker in found.values_mut() {
            if let Some(best) = most.get(&speaker.name.to_lowercase()) {
                speaker.clone_from(best);
            }
        }
    }

    /// The person whose name begins the claim, outside quotation marks.
    fn subject(&self, claim: usize) -> Option<String> {
        let of_claim = &self.input.claims.claims[claim];
        let first = self.mentions[&claim].iter().find(|m| !m.quoted)?;
        let body = &self.input.articles[of_claim.article].body;
        let before = Span::new(of_claim.span.start, first.span.start);
        let links = |w: &text::Word<'_>| LINKS.contains(&w.text.to_lowercase().as_str());
        let begins = text::words(before.of(body)).iter().all(links) && !body[first.span.end..].starts_with(['\'', '’']);
        self.person(of_claim.article, first).filter(|_| begins)
    }

    /// The person named last before `span` in its claim, outside quotation marks and not after "of" or "about".
    fn named_before(&self, article: usize, span: Span) -> Option<String> {
        let body = &self.input.articles[article].body;
        let claim = self.claims_at(article, span).find(|&c| self.input.claims.claims[c].span.contains(span))?;
        let spoken_of = |m: &NameInClaim| {
            let before = Span::new(self.input.claims.claims[claim].span.start, m.span.start);
            let last = text::words(before.of(body)).last().map(|w| w.text.to_lowercase());
            last.is_some_and(|w| matches!(w.as_str(), "of" | "about" | "on" | "for" | "with" | "against" | "by"))
        };
        let mut persons = self.mentions[&claim].iter().rev().filter(|m| m.span.end <= span.start && !m.quoted);
        // What is named but once may be a place.
        let known = |name: &String| self.uses.get(name).is_some_and(|u| u.titled || u.all > 1);
        persons.find_map(|m| self.person(article, m).filter(|name| known(name) && !spoken_of(m)))
    }

    /// The full name, if it is a person's.
    fn person(&self, article: usize, mention: &NameInClaim) -> Option<String> {
        let full = self.variants.full(article, &mention.name);
        (self.kind(full) == SpeakerKind::Named).then(|| full.to_owned())
    }

    /// The speaker whose words are at `span`.
    fn speaker(&self, article: usize, span: Span, focus: &mut Focus) -> Option<Speaking> {
        let body = &self.input.articles[article].body;
        let phrase = span.of(body);
        let lower = phrase.to_lowercase();
        let of_person = |name: String| Speaking { name, kind: SpeakerKind::Named };
        let gender = match lower.as_str() {
            "he" | "his" | "him" => Some('m'),
            "she" | "her" | "hers" => Some('f'),
            _ => None,
        };
        if let Some(gender) = gender {
            // "When it was sent to Poe, he said": who begins a sentence goes before who stands in it.
            let begins = focus.claim.is_some_and(|c| self.input.claims.claims[c].span.contains(span));
            if let Some(name) = self.named_before(article, span).filter(|_| !begins) {
                focus.person = Some(name);
            }
            return focus.of(gender).map(of_person);
        }
        let described = text::described(phrase);
        // "Officials in Hawaii", but "the Justice Department".
        let common = |noun: Span| self.names_at(article, noun.shifted(span.start)).is_empty();
        if let Some(noun) = described.as_ref().filter(|d| common(d.noun)) {
            return self.described(article, span, noun, focus);
        }
        if let Some(name) = self.name_at(article, span) {
            // "Republicans said" are some of them, "the Texas Republican said" is the one in focus.
            let lower = name.to_lowercase();
            if GROUPS.contains(&lower.as_str()) {
                let member = matches!(lower.as_str(), "democrat" | "republican");
                if member && self.is_definite(article, span) {
                    return focus.person.clone().map(of_person);
                }
                let some = Speaking { name: name.to_owned(), kind: SpeakerKind::Anonymous };
                return (member || lower.ends_with('s')).then_some(some);
            }
            let full = self.variants.full(article, name);
            return Some(Speaking { name: full.to_owned(), kind: self.kind(full) });
        }
        described.and_then(|noun| self.described(article, span, &noun, focus))
    }

    /// Whether "the" opens the phrase whose last name is at `span`: "the Texas Republican".
    fn is_definite(&self, article: usize, span: Span) -> bool {
        let body = &self.input.articles[article].body;
        let Some(name) = self.names_at(article, span).last().map(|m| m.span) else { return false };
        let before = body[..name.start].rsplit(['.', ',', '\n', '“', '"']).next().unwrap_or_default();
        let words = text::words(before);
        let mut last = words.iter().rev().map(|w| w.text);
        let first = last.next().unwrap_or_default();
        let adjective = first.starts_with(char::is_uppercase) || first.contains('-');
        first.eq_ignore_ascii_case("the") || (adjective && last.next().is_some_and(|w| w.eq_ignore_ascii_case("the")))
    }

    /// A speaker by its noun: "the senator" is the one in focus, "the president" the one who is called so.
    fn described(&self, article: usize, span: Span, noun: &text::Described, focus: &Focus) -> Option<Speaking> {
        let body = &self.input.articles[article].body;
        let head = noun.noun.of(span.of(body)).to_lowercase();
        if noun.kind == SpeakerKind::Anonymous && noun.definite && !noun.complement && text::is_title(&head) {
            let holder = (noun.noun == noun.phrase).then(|| self.of_title.get(&head).cloned().flatten()).flatten();
            if let Some(name) = holder.or_else(|| self.named_before(article, span)).or_else(|| focus.person.clone()) {
                return Some(Speaking { name, kind: SpeakerKind::Named });
            }
        }
        let phrase = noun.phrase.of(span.of(body)).split_whitespace().collect::<Vec<_>>().join(" ");
        let first = phrase.split(' ').next().unwrap_or_default();
        let name = if text::is_ordinary(&first.to_lowercase()) && noun.phrase.start == 0 {
            lower_first(&phrase)
        } else {
            phrase
        };
        Some(Speaking { name, kind: noun.kind })
    }

    /// The names that share bytes with `span`.
    fn names_at(&self, article: usize, span: Span) -> Vec<&NameInClaim> {
        let inside = |m: &&NameInClaim| m.span.intersection(span).is_some_and(|s| !s.is_empty());
        self.mentions.range(self.claims_at(article, span)).flat_map(|(_, m)| m).filter(inside).collect()
    }

    /// The claims of an article that share bytes with `span`, or touch it: they stand in the order of the text.
    fn claims_at(&self, article: usize, span: Span) -> Range<usize> {
        let of_article = self.input.claims.by_article[article].clone();
        let claims = &self.input.claims.claims[of_article.clone()];
        let first = claims.partition_point(|claim| claim.span.end < span.start);
        let end = claims.partition_point(|claim| claim.span.start <= span.end);
        of_article.start + first..of_article.start + end.max(first)
    }

    /// The name at `span`: the one that begins or holds it, else the last one in it.
    fn name_at(&self, article: usize, span: Span) -> Option<&str> {
        let all = self.names_at(article, span);
        let first = all.first().filter(|m| m.span.start <= span.start || m.title.is_some());
        first.or(all.last()).map(|m| m.name.as_str())
    }

    /// What a name is, told by its use in these articles.
    fn kind(&self, full: &str) -> SpeakerKind {
        let last = full.rsplit(' ').next().unwrap_or(full);
        let lower = last.to_lowercase();
        let people = ["crats", "icans", "ians", "ists"].iter().any(|end| lower.ends_with(end));
        if people || (GROUPS.contains(&lower.as_str()) && lower.ends_with('s')) {
            return SpeakerKind::Anonymous;
        }
        let Some(of_name) = self.uses.get(full) else { return SpeakerKind::Institution };
        let acronym = full.chars().count() > 1 && !full.chars().any(char::is_lowercase);
        let surname = || self.bare.contains(last) || !text::is_ordinary(&lower);
        let named = full.ends_with(" Jr") || person(full).is_some_and(|_| surname());
        if of_name.titled || (!acronym && of_name.the * 2 <= of_name.all && named) {
            SpeakerKind::Named
        } else {
            SpeakerKind::Institution
        }
    }
}

/// The person of whom an article speaks, and who has been "he", who "she".
#[derive(Default)]
struct Focus {
    person: Option<String>,
    /// The last claim that a person's name begins.
    claim: Option<usize>,
    genders: BTreeMap<String, char>,
}

impl Focus {
    /// Who is "he" or "she" here. The first use tells; one who was "she" is not "he" later.
    fn of(&mut self, gender: char) -> Option<String> {
        let name = self.person.clone()?;
        (*self.genders.entry(name.clone()).or_insert(gender) == gender).then_some(name)
    }
}

fn lower_first(phrase: &str) -> String {
    let mut chars = phrase.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// The name behind an office or a party that [`text::entities`] leaves in it, and whether there was one: "Secretary of
/// State Ann Roe", "National Security Adviser Ann Roe", "Republican Ann Roe".
fn without_office(name: &str) -> (bool, &str) {
    let words: Vec<&str> = name.split(' ').collect();
    let lower: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
    let common = |w: &&String| text::is_ordinary(w) || text::is_name_head(w) || GROUPS.contains(&w.as_str());
    let office = lower.iter().take_while(common).count();
    let rest = words.len() - office;
    let of = office > 0 && matches!(lower[office - 1].as_str(), "of" | "for" | "the" | "and");
    let person =
        rest > 1 && person(&words[office..].join(" ")).is_some() && !text::is_ordinary(&lower[words.len() - 1]);
    let titled = office > 2 && text::is_title(&lower[0]) && rest > 0;
    let party = office == 1 && GROUPS.contains(&lower[0].as_str());
    if of || !(titled || (person && (party || office > 1))) {
        return (false, name);
    }
    let start = words[..office].iter().map(|w| w.len() + 1).sum();
    (true, &name[start..])
}

/// The names of a claim; those of a dateline are none.
fn names_in_claim(input: &Input<'_>, claim: usize) -> Vec<NameInClaim> {
    let of_claim = &input.claims.claims[claim];
    let body = &input.articles[of_claim.article].body;
    let (entities, _) = names(of_claim.span.of(body), of_claim.position == 1);
    entities
        .into_iter()
        .map(|entity| {
            let span = entity.span.shifted(of_claim.span.start);
            let first = text::words(span.of(body)).first().map(|w| w.text.to_lowercase()).unwrap_or_default();
            let (office, name) = without_office(&entity.name);
            let titled = office || (text::is_title(&first) && !entity.name.to_lowercase().starts_with(&first));
            let before = body[..span.start].trim_end();
            NameInClaim {
                span,
                name: name.to_owned(),
                title: titled.then_some(first),
                the: before.ends_with(" the") || before.ends_with("The") || before == "the",
                quoted: of_claim.quotes.iter().any(|q| q.contains(span)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::background::Background;
    use crate::claims;
    use crate::corpus::Article;
    use crate::facts::{ClaimTable, Vocabulary};
    use crate::framing::frames::Frames;
    use crate::stories::Story;

    /// The speakers found in one story of these articles, (source, body, wire group) each.
    fn read(told: &[(&str, &str, Option<u32>)]) -> (Vec<String>, Voices) {
        let article = |(i, (source, body, _)): (usize, &(&str, &str, Option<u32>))| Article {
            id: format!("a{i}"),
            source: (*source).into(),
            date: None,
            title: String::new(),
            url: String::new(),
            language: "en".into(),
            kept: text::paragraphs(body),
            body: (*body).into(),
            headline_only: false,
        };
        let articles: Vec<Article> = told.iter().enumerate().map(article).collect();
        let background = Background::none(0);
        let vocabulary = Vocabulary::of_background(std::iter::empty(), &background);
        let claims = ClaimTable::new(&articles, claims::extract(&articles), vocabulary, 1);
        let story = Story {
            id: "s".into(),
            articles: (0..articles.len()).collect(),
            scores: vec![1.0; articles.len()],
            cohesion: 1.0,
            central: 0,
            given: String::new(),
        };
        let wire: Vec<Option<u32>> = told.iter().map(|t| t.2).collect();
        let facts = [Vec::new()];
        let stories = [story];
        let input = Input {
            articles: &articles,
            wire: &wire,
            claims: &claims,
            stories: &stories,
            facts: &facts,
            background: &background,
            frames: &Frames::shipped().unwrap(),
            lexicons: &[],
            baseline: &[],
        };
        let mut sources: Vec<String> = articles.iter().map(|a| a.source.clone()).collect();
        sources.sort_unstable();
        sources.dedup();
        let voices = run(&input, &sources);
        (sources, voices)
    }

    /// Who speaks in each sentence of an article.
    fn speakers(body: &str) -> Vec<String> {
        let name = |s: Option<Speaking>| s.map(|s| format!("{}: {}", s.kind.name(), s.name)).unwrap_or_default();
        read(&[("Gazette", body, None)]).1.speakers.into_iter().map(name).collect()
    }

    #[test]
    fn persons_are_named_in_full_and_the_others_by_what_they_are() {
        let found = speakers(
            "Sen. Jo Quist said the old dam was safe. Mr. Quist also said that the council had known. \
             Officials in Leeds said the town was warned. The Water Board said it would pay for all. \
             A report by the Water Board found that the wall was thin. Critics of the board say it never cared. \
             “We will not pay a single cent,” said a spokesman for the Water Board. \
             Two former mayors argued that nobody had been told. The rain went on for days.",
        );
        assert_eq!(
            found,
            [
                "named: Jo Quist",
                "named: Jo Quist",
                "anonymous: officials in Leeds",
                "institution: Water Board",
                "document: report by the Water Board",
                "anonymous: critics of the board",
                "anonymous: spokesman for the Water Board",
                "anonymous: former mayors",
                ""
            ]
        );
    }

    #[test]
    fn he_is_who_spoke_or_began_a_sentence_last_and_they_is_nobody() {
        let found = speakers(
            "Merle Quist said the old dam was safe. He added that the council had known. \
             “I was there on that night,” the senator said. Ann Teller came to the dam on Monday. \
             She argued that nobody had been told. They said that it was late in the year. \
             He said that it had rained for days.",
        );
        let quist = "named: Merle Quist";
        assert_eq!(found, [quist, quist, quist, "", "named: Ann Teller", "", ""]);
        let found = speakers(
            "Mr. Merle Quist said the old dam was safe. He said that Jo Roe had known it. \
             Of Jo Roe, he said that nobody trusted her. When the letter was sent to Mr. Ivo Brandt, he said it was late.",
        );
        assert_eq!(found, [quist, quist, quist, "named: Ivo Brandt"]);
    }

    #[test]
    fn offices_and_parties_are_no_names() {
        assert_eq!(without_office("Secretary of State Ann Teller"), (true, "Ann Teller"));
        assert_eq!(without_office("Republican Merle Quist"), (true, "Merle Quist"));
        for name in ["President of France", "Water Board", "Justice Department", "New York Times", "Merle Quist"] {
            assert_eq!(without_office(name), (false, name));
        }
    }

    #[test]
    fn a_source_misses_whom_two_others_bring_but_not_what_it_reprints() {
        let quist = "Merle Quist said the old dam was safe. The rain went on for many days.";
        let none = "The rain went on for many days. The people of the valley left their houses.";
        let officials = "Officials said the old dam was safe. Merle Quist said that nobody had known.";
        let told =
            [("A", quist, None), ("B", none, None), ("C", officials, None), ("D", quist, Some(0)), ("D", none, None)];
        let (sources, voices) = read(&told);
        let row = |h: &QuotedSpeaker| {
            (sources[h.source as usize].as_str(), h.speaker.name.clone(), h.claims.len(), h.n_sources)
        };
        let rows: Vec<_> = voices.heard.iter().map(row).collect();
        let expected = [
            ("A", "Merle Quist", 1, 3),
            ("C", "Merle Quist", 1, 3),
            ("B", "Merle Quist", 0, 3),
            ("C", "officials", 1, 1),
        ];
        assert_eq!(rows, expected.map(|(source, name, n, sources)| (source, name.to_owned(), n, sources)));
        assert_eq!(voices.heard[0].share, 0.5);
    }
}
