//! Voice: whether a sentence speaks for its outlet, quotes somebody or reports what somebody says.
//!
//! Rules, no model. A direct quotation of at least [`QUOTE_WORDS`] words, or of half of the sentence, makes it *quoted*.
//! Outside quotation marks a *cue* makes it *reported*: a report verb in the construction that its class needs
//! (`data/text/README.md`), "according to", "in the words of", a nominal cue.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;

use super::Span;
use super::calendar::{MONTHS, WEEKDAYS};
use super::entities::{is_ordinary, is_title};
use super::quotes::quotations;
use super::speakers::is_source;
use super::tokens::words;

/// A direct quotation of at least so many words makes its sentence quoted.
pub const QUOTE_WORDS: usize = 4;

/// Who speaks in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// The outlet.
    Own,
    /// Somebody else, in direct quotation.
    Quoted,
    /// Somebody else, in the outlet's words.
    Reported,
}

impl Voice {
    /// The word used in the reports.
    pub fn name(self) -> &'static str {
        match self {
            Voice::Own => "own",
            Voice::Quoted => "quoted",
            Voice::Reported => "reported",
        }
    }
}

/// The voice of a sentence and what shows it. All spans are bytes of the whole text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attribution {
    /// Who speaks.
    pub voice: Voice,
    /// The words that attribute ("said", "according to").
    pub cue: Option<Span>,
    /// Who is said to speak: a name where there is one, else the noun phrase or pronoun.
    pub speaker: Option<Span>,
    /// What lies inside direct quotation marks, without them, scare quotes included.
    pub quotes: Vec<Span>,
    /// Scare quotes: quotations of less than [`QUOTE_WORDS`] words in a sentence that attributes nothing, no titles.
    pub scare: Vec<Span>,
}

impl Attribution {
    /// Whether the sentence is quoted or reported.
    pub fn is_attributed(&self) -> bool {
        self.voice != Voice::Own
    }
}

/// The voice of each sentence of a text, in the order given. Sentences are as [`sentences`](super::sentences()) gives
/// them for the text's paragraphs.
pub fn attribute(text: &str, sentences: &[Span]) -> Vec<Attribution> {
    let regions = quotations(text);
    let mut found: Vec<Attribution> = Vec::with_capacity(sentences.len());
    let mut first = 0;
    let mut last_end = 0;
    // A speech cue with a colon at a paragraph's end hands the next paragraph to its speaker; so does "NAME:".
    let mut handed: Option<Option<Span>> = None;
    let mut transcript: Option<Span> = None;
    for &sentence in sentences {
        let new_paragraph =
            text.get(last_end..sentence.start).is_none_or(|gap| last_end == 0 || gap.contains(['\n', '\r']));
        last_end = sentence.end;
        while regions.get(first).is_some_and(|r| r.end <= sentence.start) {
            first += 1;
        }
        let inside: Vec<Span> = regions[first..]
            .iter()
            .take_while(|r| r.start < sentence.end)
            .filter_map(|r| r.intersection(sentence))
            .map(|r| r.trimmed(text))
            .filter(|r| !r.is_empty())
            .collect();
        let ended_with_colon =
            new_paragraph && found.last().is_some_and(|a: &Attribution| a.cue.is_some()) && handed.is_some();
        if new_paragraph {
            transcript = transcript_name(text, sentence);
            if !ended_with_colon {
                handed = None;
            }
        }
        let mut attribution = Sentence::new(text, sentence, inside).attribution();
        if let Some(name) = transcript {
            let start = if sentence.contains(name) { name.end + 1 } else { sentence.start };
            let speech = Span::new(start.min(sentence.end), sentence.end).trimmed(text);
            attribution.voice = Voice::Quoted;
            attribution.speaker = Some(name);
            attribution.quotes = if speech.is_empty() { Vec::new() } else { vec![speech] };
            attribution.scare.clear();
        } else if let (Some(speaker), Voice::Own) = (handed, attribution.voice) {
            attribution.voice = Voice::Quoted;
            attribution.speaker = speaker;
            attribution.quotes = vec![sentence];
            attribution.scare.clear();
        } else {
            handed = None;
            let colon = sentence.of(text).ends_with(':');
            if colon && attribution.cue.is_some() {
                handed = Some(attribution.speaker);
            }
        }
        found.push(attribution);
    }
    share_speakers(text, sentences, &mut found);
    found
}

/// "SMITH: ...", "Q: ..." at a paragraph's start.
fn transcript_name(text: &str, sentence: Span) -> Option<Span> {
    let inner = sentence.of(text);
    let colon = inner.char_indices().take(48).find(|(_, c)| *c == ':').map(|(at, _)| at)?;
    let name = &inner[..colon];
    let words: Vec<&str> = name.split_whitespace().collect();
    let upper = name.chars().any(char::is_alphabetic)
        && !name.chars().any(char::is_lowercase)
        && !name.chars().any(|c| c.is_ascii_digit());
    let follows = inner[colon + 1..].starts_with(' ') && inner.len() > colon + 2;
    const HEADINGS: &[&str] = &[
        "UPDATE",
        "UPDATED",
        "NOTE",
        "CORRECTION",
        "BREAKING",
        "WATCH",
        "READ",
        "MORE",
        "PHOTOS",
        "VIDEO",
        "ALSO",
        "RELATED",
        "EXCLUSIVE",
        "LIVE",
        "OPINION",
        "ANALYSIS",
        "EDITOR'S NOTE",
        "READ MORE",
        "SEE ALSO",
        "WATCH LIVE",
        "ON TV",
        "TV",
        "MUST SEE",
        "ON DEADLINE",
        "SOURCE",
        "SOURCES",
        "FILE",
        "BY",
        "FROM",
        "DATE",
        "POSTED",
        "PUBLISHED",
        "REPORT",
        "POLL",
        "FACT CHECK",
        "WASHINGTON",
    ];
    (upper && follows && (1..=4).contains(&words.len()) && !HEADINGS.contains(&name))
        .then(|| Span::new(sentence.start, sentence.start + name.trim_end().len()))
}

/// A quoted sentence without a speaker has that of the quotation beside it in its paragraph.
fn share_speakers(text: &str, sentences: &[Span], found: &mut [Attribution]) {
    let same = |a: Span, b: Span| text.get(a.end..b.start).is_some_and(|gap| !gap.contains(['\n', '\r']));
    for i in 1..found.len() {
        let (head, tail) = found.split_at_mut(i);
        if let (Some(before), Some(here)) = (head.last(), tail.first_mut())
            && here.voice == Voice::Quoted
            && here.speaker.is_none()
            && before.is_attributed()
            && same(sentences[i - 1], sentences[i])
        {
            here.speaker = before.speaker;
        }
    }
    for i in (1..found.len()).rev() {
        let (head, tail) = found.split_at_mut(i);
        if let (Some(here), Some(after)) = (head.last_mut(), tail.first())
            && here.voice == Voice::Quoted
            && here.speaker.is_none()
            && after.voice == Voice::Quoted
            && same(sentences[i - 1], sentences[i])
        {
            here.speaker = after.speaker;
        }
    }
}

/// The constructions in which a form attributes.
#[derive(Clone, Copy, Default)]
struct Classes {
    subject: bool,
    that: bool,
    quote: bool,
    infinitive: bool,
    judgement: bool,
    nominal: bool,
    /// The form of a verb's past or participle, its -ing form, its base or -s form.
    past: bool,
    ing: bool,
    present: bool,
}

static FORMS: LazyLock<BTreeMap<String, Classes>> = LazyLock::new(|| {
    let mut forms: BTreeMap<String, Classes> = BTreeMap::new();
    for line in include_str!("../../data/text/report_verbs.csv").lines().skip(1) {
        let mut fields = line.split(',');
        let (Some(base), Some(class)) = (fields.next(), fields.next()) else { continue };
        let irregular = fields.next().unwrap_or_default();
        for (form, tense) in inflect(base, class, irregular) {
            let classes = forms.entry(form).or_default();
            match class {
                "subject" => classes.subject = true,
                "that" => classes.that = true,
                "quote" => classes.quote = true,
                "infinitive" => classes.infinitive = true,
                "judgement" => classes.judgement = true,
                _ => classes.nominal = true,
            }
            match tense {
                Tense::Past => classes.past = true,
                Tense::Ing => classes.ing = true,
                Tense::Present => classes.present = true,
                Tense::Noun => {}
            }
        }
    }
    forms
});

/// Whether a lower-cased word is a form of a verb that reports ("said", "claims").
pub(crate) fn is_report_verb(lower: &str) -> bool {
    FORMS.get(lower).is_some_and(|classes| classes.past || classes.ing || classes.present)
}

#[derive(Clone, Copy)]
enum Tense {
    Past,
    Ing,
    Present,
    Noun,
}

fn inflect(base: &str, class: &str, irregular: &str) -> Vec<(String, Tense)> {
    let vowel = |c: char| "aeiou".contains(c);
    let sibilant = ["s", "sh", "ch", "x", "z", "o"].iter().any(|e| base.ends_with(e));
    let consonant_y = base.strip_suffix('y').is_some_and(|stem| !stem.ends_with(vowel));
    let s = if consonant_y {
        format!("{}ies", &base[..base.len() - 1])
    } else if sibilant {
        format!("{base}es")
    } else {
        format!("{base}s")
    };
    if class == "nominal" {
        return vec![(base.to_owned(), Tense::Noun), (s, Tense::Noun)];
    }
    let mut forms = vec![(base.to_owned(), Tense::Present), (s, Tense::Present)];
    let (mut past, mut ing) = (false, false);
    for form in irregular.split_whitespace() {
        let is_ing = form.ends_with("ing");
        forms.push((form.to_owned(), if is_ing { Tense::Ing } else { Tense::Past }));
        past |= !is_ing;
        ing |= is_ing;
    }
    let silent = base.strip_suffix('e').filter(|stem| !stem.ends_with(['e', 'o']));
    if !past {
        forms.push((
            if base.ends_with('e') {
                format!("{base}d")
            } else if consonant_y {
                format!("{}ied", &base[..base.len() - 1])
            } else {
                format!("{base}ed")
            },
            Tense::Past,
        ));
    }
    if !ing {
        forms.push((format!("{}ing", silent.unwrap_or(base)), Tense::Ing));
    }
    forms
}

/// What is particular of some forms of report verbs (`data/text/report_forms.csv`).
#[derive(Clone, Copy, Default)]
struct Particular {
    noun: bool,
    perception: bool,
    belief: bool,
}

static PARTICULAR: LazyLock<BTreeMap<&'static str, Particular>> = LazyLock::new(|| {
    let mut forms: BTreeMap<&'static str, Particular> = BTreeMap::new();
    let lines = include_str!("../../data/text/report_forms.csv").lines().skip(1);
    for (form, class) in lines.filter_map(|line| line.split_once(',')) {
        let particular = forms.entry(form).or_default();
        match class {
            "noun" => particular.noun = true,
            "perception" => particular.perception = true,
            _ => particular.belief = true,
        }
    }
    forms
});

/// Base or -s forms of report verbs that are nouns as often.
fn is_noun_form(lower: &str) -> bool {
    PARTICULAR.get(lower).is_some_and(|p| p.noun)
}

/// Forms that attribute only with an explicit "that".
fn is_perception(lower: &str) -> bool {
    PARTICULAR.get(lower).is_some_and(|p| p.perception)
}

/// Participles that attribute in the passive: "is believed to", "was accused of".
fn is_belief(lower: &str) -> bool {
    PARTICULAR.get(lower).is_some_and(|p| p.belief)
}

/// A word outside quotation marks with what stands before it.
struct Token {
    span: Span,
    lower: String,
    capital: bool,
    /// What lies between it and the word before: a comma, a harder stop or dash, a colon, a quotation.
    comma: bool,
    hard: bool,
    colon: bool,
    quote: bool,
}

impl Token {
    fn breaks(&self) -> bool {
        self.comma || self.hard || self.colon || self.quote
    }
}

struct Sentence<'a> {
    text: &'a str,
    span: Span,
    quotes: Vec<Span>,
    tokens: Vec<Token>,
    /// Whether a quotation or a hard stop ends the sentence behind the last token.
    closed_by_quote: bool,
    words: usize,
    title_case: bool,
}

struct Cue {
    span: Span,
    speaker: Option<Span>,
}

impl<'a> Sentence<'a> {
    fn new(text: &'a str, span: Span, quotes: Vec<Span>) -> Self {
        let all = words(span.of(text));
        let mut tokens: Vec<Token> = Vec::new();
        let mut quote = 0;
        let mut end = span.start;
        let mut capitals = 0;
        for word in &all {
            let here = word.span.shifted(span.start);
            while quotes.get(quote).is_some_and(|q| q.end <= here.start) {
                quote += 1;
            }
            if quotes.get(quote).is_some_and(|q| q.start <= here.start) {
                continue;
            }
            let quoted = quote > 0 && quotes[quote - 1].start >= end;
            let (mut head, mut tail) = (text.get(end..here.start).unwrap_or_default(), "");
            let mut comma = false;
            if quoted {
                let region = quotes[quote - 1];
                head = text.get(end..region.start).unwrap_or_default();
                tail = text.get(region.end..here.start).unwrap_or_default();
                comma = region.of(text).ends_with([',', '.', '!', '?', '…', '-', '—']);
            }
            let any = |marks: &[char]| head.contains(marks) || tail.contains(marks);
            let hard = any(&[';', '—', '–', '!', '?', '(', ')', '…'])
                || head.contains("--")
                || tail.contains("--")
                || head.contains(" - ")
                || tail.contains(" - ");
            let capital = word.text.starts_with(char::is_uppercase);
            capitals += usize::from(capital);
            tokens.push(Token {
                span: here,
                lower: word.text.to_lowercase().replace('’', "'"),
                capital,
                comma: comma || any(&[',']),
                hard,
                colon: any(&[':']),
                quote: quoted,
            });
            end = here.end;
        }
        let closed_by_quote = quotes.last().is_some_and(|q| q.start >= end);
        let title_case = tokens.len() >= 4 && capitals * 10 >= tokens.len() * 7;
        let mut sentence = Sentence { text, span, quotes, tokens, closed_by_quote, words: all.len(), title_case };
        // The title of a work is no quotation to its verbs.
        let titles: Vec<Span> = sentence.quotes.iter().copied().filter(|q| sentence.is_title(*q)).collect();
        for title in titles {
            let after = sentence.tokens.partition_point(|t| t.span.start < title.end);
            match sentence.tokens.get_mut(after) {
                Some(token) => token.quote = false,
                None => sentence.closed_by_quote = false,
            }
        }
        sentence
    }

    fn attribution(self) -> Attribution {
        let cue = self.cue();
        let mut quoted_words = 0;
        let mut direct = false;
        let mut scare = Vec::new();
        for &quote in &self.quotes {
            let count = words(quote.of(self.text)).len();
            if self.is_title(quote) {
                continue;
            }
            quoted_words += count;
            // ", “I'm sorry.”": speech however short.
            let head = self.text.get(self.span.start..quote.start).unwrap_or_default();
            let head = head.trim_end_matches(['“', '"', '`', '\'', '‘', ' ']);
            let introduced =
                count > 1 && head.ends_with([',', ':']) && quote.of(self.text).starts_with(char::is_uppercase);
            direct |= count >= QUOTE_WORDS || introduced;
            if count < QUOTE_WORDS && !self.is_nickname(quote) {
                scare.push(quote);
            }
        }
        let half = quoted_words > 0 && quoted_words * 2 >= self.words;
        let voice = if direct || half {
            Voice::Quoted
        } else if cue.is_some() {
            Voice::Reported
        } else {
            Voice::Own
        };
        if voice != Voice::Own {
            scare.clear();
        }
        let (cue, speaker) = cue.map_or((None, None), |c| (Some(c.span), c.speaker.map(|s| self.without_clitic(s))));
        Attribution { voice, cue, speaker, quotes: self.quotes, scare }
    }

    /// Whether a quotation is the title of a work or the name of a show: all its longer words are capitalised, no stop
    /// ends it.
    fn is_title(&self, quote: Span) -> bool {
        let inner = quote.of(self.text);
        let all = words(inner);
        let long = all.iter().filter(|w| w.text.chars().count() > 3);
        let whole = quote.len() + 8 >= self.span.len();
        let shouted = !inner.chars().any(char::is_lowercase) && all.iter().any(|w| w.text.chars().count() > 4);
        // "asks, “Hi, Congressman.”"
        let before = self.tokens.partition_point(|t| t.span.end <= quote.start);
        let said = before > 0
            && FORMS.get(self.lower(before - 1)).is_some_and(|c| c.subject || c.that)
            && self
                .text
                .get(self.tokens[before - 1].span.end..quote.start)
                .is_some_and(|gap| !gap.contains(char::is_alphanumeric));
        !self.title_case
            && !shouted
            && !said
            && !whole
            && all.len() > 1
            && all[0].text.starts_with(char::is_uppercase)
            && long.clone().count() > 0
            && long.clone().all(|w| w.text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()))
            && !inner.ends_with(['!', '?', '…'])
            && (!inner.ends_with('.')
                || all.iter().all(|w| !w.text.starts_with(char::is_lowercase) || is_function(&w.text.to_lowercase())))
    }

    /// "he" of "he'll".
    fn without_clitic(&self, speaker: Span) -> Span {
        let inner = speaker.of(self.text);
        let clitic = inner.find(['\'', '’']).filter(|_| is_subject_pronoun(&inner.to_lowercase().replace('’', "'")));
        clitic.map_or(speaker, |at| Span::new(speaker.start, speaker.start + at))
    }

    /// "Morris “Mo” Brooks".
    fn is_nickname(&self, quote: Span) -> bool {
        let i = self.tokens.partition_point(|t| t.span.start < quote.end);
        let between = i > 0
            && i < self.tokens.len()
            && self.tokens[i].capital
            && self.tokens[i - 1].capital
            && !self.tokens[i].comma;
        between && quote.of(self.text).starts_with(char::is_uppercase) && !self.title_case
    }

    fn lower(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |t| t.lower.as_str())
    }

    /// The token before `at`, if nothing but a space divides them.
    fn before(&self, at: usize) -> &str {
        if at == 0 || self.tokens.get(at).is_some_and(Token::breaks) { "" } else { self.lower(at - 1) }
    }

    /// Whether token `at` exists and nothing but a space divides it from the one before.
    fn joined(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|t| !t.breaks())
    }

    /// Whether a stop, a quotation or the sentence's end comes right before token `at`.
    fn ends_before(&self, at: usize) -> bool {
        self.tokens.get(at).is_none_or(Token::breaks)
    }

    fn quote_before(&self, at: usize) -> bool {
        self.tokens.get(at).map_or(at == self.tokens.len() && self.closed_by_quote, |t| t.quote)
    }

    /// The strongest cue: a report verb beside a quotation, else the first.
    fn cue(&self) -> Option<Cue> {
        let mut first = None;
        for at in 0..self.tokens.len() {
            if let Some((end, speaker)) =
                self.phrase_cue(at).or_else(|| self.verb_cue(at)).or_else(|| self.noun_cue(at))
            {
                let span = Span::new(self.tokens[at].span.start, self.tokens[end - 1].span.end);
                let cue = Cue { span, speaker };
                if self.quotes.is_empty() || self.quote_before(at) || self.quote_before(end) {
                    return Some(cue);
                }
                if first.is_none() {
                    first = Some(cue);
                }
            }
        }
        first
    }

    /// "according to", "in the words of", "citing", "reportedly".
    fn phrase_cue(&self, at: usize) -> Option<(usize, Option<Span>)> {
        let next = self.lower(at + 1);
        match self.lower(at) {
            "according" if next == "to" => {
                // "according to plan" attributes nothing.
                let plain = !matches!(
                    self.lower(at + 2),
                    "plan" | "schedule" | "custom" | "law" | "rank" | "need" | "size" | "age"
                );
                plain.then(|| (at + 2, self.phrase_after(at + 2)))
            }
            "make" | "made" | "makes" | "making"
                if matches!(next, "the" | "a") && self.lower(at + 2) == "case" && self.lower(at + 3) == "that" =>
            {
                Some((at + 4, self.subject(at)))
            }
            "make" | "made" | "makes" | "making" if matches!(next, "clear" | "it") => {
                let clear = at + 1 + usize::from(next == "it");
                (self.lower(clear) == "clear" && self.is_that(clear + 1)).then(|| (clear + 1, self.subject(at)))
            }
            "in" if next == "the"
                && matches!(self.lower(at + 2), "words" | "eyes" | "view" | "opinion")
                && self.lower(at + 3) == "of" =>
            {
                Some((at + 4, self.phrase_after(at + 4)))
            }
            "in" if matches!(next, "his" | "her" | "their" | "my" | "our")
                && matches!(self.lower(at + 2), "view" | "opinion" | "words") =>
            {
                Some((at + 3, Some(self.tokens[at + 1].span)))
            }
            "by" if next == "all" && self.lower(at + 2) == "accounts" => Some((at + 3, None)),
            "by" if self.joined(at + 1) => {
                // "by its own account", "by the company's account"
                let account = (at + 2..at + 6).take_while(|i| self.joined(*i)).find(|i| self.lower(*i) == "account")?;
                // "stood by his account"
                let aside = at == 0 || self.tokens[at].breaks() || self.ends_before(account + 1);
                self.owner(account).filter(|_| aside).map(|owner| (account + 1, Some(owner)))
            }
            "citing" if at + 1 < self.tokens.len() && self.before(at) != "in" => {
                Some((at + 1, self.phrase_after(at + 1).filter(|s| self.is_source(*s)))).filter(|(_, s)| s.is_some())
            }
            "reportedly" | "allegedly" | "purportedly" => Some((at + 1, None)),
            "pointed" | "points" | "point" | "pointing" if next == "out" && self.joined(at + 1) => {
                let object = self.ends_before(at + 2) || self.clause_follows(at + 2, false);
                object.then(|| (at + 2, self.subject(at)))
            }
            "quoted" if next == "as" && self.lower(at + 2) == "saying" => Some((at + 3, self.subject(at))),
            "as" if self.lower(at + 2) == "put" && self.lower(at + 3) == "it" => {
                Some((at + 4, Some(self.tokens[at + 1].span)))
            }
            _ => None,
        }
    }

    fn is_source(&self, span: Span) -> bool {
        let inner = span.of(self.text);
        words(inner).iter().any(|w| w.text.starts_with(char::is_uppercase) || is_source(&w.text.to_lowercase()))
    }

    fn verb_cue(&self, at: usize) -> Option<(usize, Option<Span>)> {
        let token = &self.tokens[at];
        let classes = *FORMS.get(token.lower.as_str())?;
        if !(classes.past || classes.ing || classes.present) {
            return None;
        }
        if token.capital && (at > 0 || token.quote) && !self.title_case {
            return None;
        }
        if self.is_noun(at, classes) || self.is_idiom(at) {
            return None;
        }
        let next = at + 1;
        if let Some(end) = self.passive(at, classes) {
            return Some((end, None));
        }
        // "what they call", "which he described as", "that critics call overdue".
        let start = self.subject_start(at);
        let relative = start < at
            && start > 0
            && at - start < 4
            && (self.lower(start - 1) == "what"
                || (token.lower.starts_with("call")
                    && matches!(self.lower(start - 1), "that" | "which")
                    && self.joined(next)
                    && !self.tokens[next].capital
                    && !matches!(self.lower(next), "his" | "her" | "their" | "its" | "my" | "our")
                    && !PREPOSITIONS.contains(&self.lower(next))));
        let found = (classes.judgement && relative)
            || (classes.subject && self.subject_holds(at, classes))
            || (classes.that && self.clause_follows(next, is_telling(&token.lower)) && !self.is_plain_passive(at))
            || (classes.quote
                && !self.is_ambiguous(at)
                && self.lower(next) == "that"
                && self.subject_begins(next + 1)
                && self.is_that(next))
            || ((classes.that || classes.quote || classes.subject) && self.parenthetical(at))
            || ((classes.quote || classes.that || classes.judgement) && self.beside_quote(at, classes))
            || (self.lower(next) == "against"
                && (token.lower.starts_with("warn") || token.lower.starts_with("caution")))
            || self.estimates(at)
            || (token.lower.starts_with("question") && classes.past && self.lower(next) == "whether")
            || (classes.infinitive && !self.is_passive(at) && self.infinitive_follows(next))
            || (classes.judgement && self.judgement_follows(next, &token.lower));
        found.then(|| (next, self.agent(at, classes)))
    }

    /// Who speaks by the verb at `at`: its subject, or of a passive the agent.
    fn agent(&self, at: usize, classes: Classes) -> Option<Span> {
        // "was told by", "the firms said to be interested"
        let bare = self.lower(at + 1) == "to" && matches!(self.lower(at + 2), "be" | "have");
        if classes.past && (self.is_passive(at) || (bare && self.joined(at + 1))) {
            let by = (at + 1..self.tokens.len().min(at + 4)).find(|i| self.joined(*i) && self.lower(*i) == "by")?;
            return self.phrase_after(by + 1);
        }
        self.subject(at)
    }

    /// Whether the token marks a clause's verb: an auxiliary, a past form.
    fn is_verb(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else { return false };
        let lower = token.lower.as_str();
        AUXILIARIES.contains(&lower)
            || lower.ends_with("n't")
            || (!token.capital
                && ((lower.ends_with("ed") && lower.len() > 4)
                    || PAST.contains(&lower)
                    || FORMS.get(lower).is_some_and(|c| c.past)))
    }

    /// Whether a noun phrase that can be a subject begins at `at`.
    fn subject_begins(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|t| {
            t.capital
                || is_subject_pronoun(&t.lower)
                || matches!(t.lower.as_str(), "it" | "you" | "what" | "if" | "when" | "one")
                || DETERMINERS.contains(&t.lower.as_str())
                || (t.lower.ends_with('s') && !self.follows_verb(at + 1))
                || t.lower.starts_with(|c: char| c.is_ascii_digit())
        })
    }

    /// Whether "that" at `at` is the subject of a relative clause: "claims that were made", "a report that deserves to be".
    fn is_relative(&self, at: usize) -> bool {
        let next = self.lower(at + 1);
        let infinitive =
            self.lower(at + 2) == "to" && matches!(self.lower(at + 3), "be" | "have" | "work" | "do" | "make");
        let object =
            matches!(self.lower(at + 2), "a" | "an" | "the" | "his" | "her" | "its" | "their" | "him" | "them" | "it");
        self.is_verb(at + 1)
            || (self.joined(at + 2)
                && !is_subject_pronoun(next)
                && !next.ends_with("'s")
                && !self.tokens[at + 1].capital
                && ((next.len() > 3 && next.ends_with('s') && !next.ends_with("ss") && (infinitive || object))
                    || matches!(next, "appear" | "seem" | "keep" | "make" | "take" | "give")))
    }

    /// Whether what stands at `at` can only be the object of a verb before it.
    fn follows_verb(&self, at: usize) -> bool {
        DETERMINERS.contains(&self.lower(at)) || matches!(self.lower(at), "to" | "him" | "them" | "it")
    }

    /// Whether "that" at `at` opens a clause: "wrote that memo", "confirmed that figure in May" do not.
    fn is_that(&self, at: usize) -> bool {
        if self.lower(at) != "that" {
            return false;
        }
        if self.quote_before(at + 1) {
            return true;
        }
        let Some(next) = self.tokens.get(at + 1) else { return false };
        let noun = !next.capital
            && !next.breaks()
            && !is_function(&next.lower)
            && !next.lower.ends_with('s')
            && !next.lower.starts_with(|c: char| c.is_ascii_digit())
            && next.lower != "police";
        let looks = at.checked_sub(1).is_some_and(|i| is_perception(self.lower(i)) || self.lower(i) == "wrote");
        // "know that, in truth, life is safer", but "hate to hear that, because".
        if looks && next.breaks() {
            return (at + 2..self.tokens.len().min(at + 20)).any(|i| self.tokens[i].comma);
        }
        let phrase = looks && PREPOSITIONS.contains(&self.lower(at + 2));
        let verb = || (at + 2..self.tokens.len().min(at + 16)).any(|i| self.is_verb(i));
        !noun || self.quote_before(at + 2) || !(self.ends_before(at + 2) || (phrase && !verb()))
    }

    /// Whether the form is a noun or an adjective here.
    fn is_noun(&self, at: usize, classes: Classes) -> bool {
        let mut before = self.before(at);
        if before.is_empty() {
            // "Claims by ...", "Reports that ..." at the start.
            let inverted = (self.quote_before(at) || self.tokens[at].comma)
                && self.joined(at + 1)
                && self.tokens.get(at + 1).is_some_and(|t| {
                    t.capital || t.lower == "the" || is_subject_pronoun(&t.lower) || is_source(&t.lower)
                });
            // "The rule, old as it is, finds that ..."
            let clause = at > 0 && self.joined(at + 1) && self.is_that(at + 1) && !self.is_relative(at + 1);
            return classes.present && !inverted && !clause && !self.title_case && (at == 0 || self.is_ambiguous(at));
        }
        if is_adverb(before) && before.ends_with("ly") && at > 1 {
            before = self.before(at - 1);
        }
        // "some say", "many admitted" have pronouns before them.
        let pronoun = matches!(
            before,
            "some" | "many" | "all" | "several" | "few" | "other" | "another" | "these" | "those" | "each"
        );
        let pronoun = pronoun && (!self.is_ambiguous(at) || matches!(before, "some" | "many" | "all"));
        if (DETERMINERS.contains(&before) && !pronoun)
            || (before.ends_with("'s") && !matches!(before, "he's" | "she's" | "it's" | "who's" | "that's" | "what's"))
        {
            return true;
        }
        if !classes.present {
            return false;
        }
        // A base or -s form: after a preposition or an adjective it is a noun.
        let ambiguous = self.is_ambiguous(at);
        if PREPOSITIONS.contains(&before) && before != "to" {
            return true;
        }
        let adjective = is_adjective(before)
            || before.ends_with("ern")
            || before.ends_with("ed")
            || before.ends_with("ing")
            || matches!(
                before,
                "former"
                    | "senior"
                    | "late"
                    | "top"
                    | "chief"
                    | "key"
                    | "two"
                    | "three"
                    | "four"
                    | "five"
                    | "six"
                    | "seven"
                    | "out"
                    | "up"
                    | "down"
                    | "took"
                    | "made"
                    | "gave"
                    | "drew"
                    | "brought"
                    | "won"
                    | "led"
                    | "got"
                    | "sent"
                    | "met"
            )
            || AUXILIARIES.contains(&self.lower(at + 1));
        // A base form needs a plural subject, an auxiliary or "to".
        let base = ambiguous && !classes.past && !self.lower(at).ends_with('s');
        // "there are signs that"
        if ambiguous && self.lower(at).ends_with('s') && AUXILIARIES.contains(&before) {
            return true;
        }
        let plural = before.ends_with('s')
            || AUXILIARIES.contains(&before)
            || matches!(
                before,
                "to" | "i"
                    | "we"
                    | "you"
                    | "they"
                    | "who"
                    | "people"
                    | "police"
                    | "data"
                    | "some"
                    | "many"
                    | "others"
                    | "not"
                    | "and"
                    | "also"
            );
        ambiguous && (adjective || (base && !plural))
    }

    /// Whether the form is a noun as often as a verb.
    fn is_ambiguous(&self, at: usize) -> bool {
        let lower = self.lower(at);
        FORMS.get(lower).is_some_and(|c| c.nominal) || is_noun_form(lower)
    }

    fn is_idiom(&self, at: usize) -> bool {
        let next = self.lower(at + 1);
        // "Don't expect him to": a command to the reader.
        if matches!(self.before(at), "don't" | "not") {
            let start = (at - 1).saturating_sub(usize::from(self.before(at) == "not"));
            let first = start == 0 || (start == 1 && matches!(self.lower(0), "but" | "and" | "so"));
            if matches!(self.lower(start), "don't" | "do") && first {
                return true;
            }
        }
        if self.before(at) == "please" || (self.before(at) == "criminal" && self.is_ambiguous(at)) {
            return true;
        }
        // "It is worth noting that", "it is hard to say whether".
        const COMMONPLACE: &[&str] = &[
            "important",
            "hard",
            "easy",
            "fair",
            "difficult",
            "safe",
            "reasonable",
            "necessary",
            "possible",
            "impossible",
            "tempting",
            "useful",
        ];
        if self.before(at) == "worth" || (self.before(at) == "to" && COMMONPLACE.contains(&self.before(at - 1))) {
            return true;
        }
        match self.lower(at) {
            "said" | "says" | "saying" if matches!(next, "nothing" | "anything" | "goodbye" | "hello" | "farewell") => {
                true
            }
            "said" | "say" if next == "a" && self.lower(at + 2) == "word" => true,
            "said" => self.before(at) == "that" && self.ends_before(at + 1),
            "seen" => self.before(at) == "be",
            "regarding" => true,
            "hearing" | "reading" | "warning" | "finding" | "ruling" => {
                at > 0
                    && self.joined(at)
                    && (is_adjective(self.before(at)) || self.tokens[at - 1].capital)
                    && !is_adverb(self.before(at))
                    && (self.ends_before(at + 1)
                        || PREPOSITIONS.contains(&next)
                        || is_time(next)
                        || matches!(next, "last" | "this")
                        || (next == "that" && self.is_relative(at + 1)))
            }
            "convince" | "convinces" | "convincing" => true,
            "convinced" => next != "that",
            "writing" => self.before(at) == "in" && !self.quote_before(at + 1),
            "say" => {
                self.before(at) == "to"
                    && (next == "the" && self.lower(at + 2) == "least" || self.lower(at.wrapping_sub(2)) == "needless")
                    || matches!(next, "goodbye" | "hello" | "nothing" | "farewell" | "so" | "in")
                    || matches!(self.before(at), "no" | "final")
                    || self.before(at) == "let's"
            }
            "tell" | "tells" | "told" | "telling" => {
                matches!(
                    (next, self.lower(at + 2)),
                    (
                        "the" | "a" | "one" | "their" | "his" | "her",
                        "story" | "stories" | "truth" | "tale" | "lie" | "difference" | "joke"
                    )
                ) || matches!(next, "apart" | "stories" | "lies" | "tales")
            }
            "plead" | "pleads" | "pleaded" | "pleading" => matches!(next, "guilty" | "not" | "no"),
            "begin" | "began" | "begins" | "begun" | "continue" | "continues" | "continued" | "go" | "goes"
            | "went" => next == "to",
            "considering" | "offering" | "proving" | "prove" | "proves" | "holding" | "feeling" => true,
            "called" | "call" | "calls" | "calling" => matches!(next, "in" | "off" | "up"),
            "known" => next == "as" || next == "for",
            "accused" | "suspected" => {
                // "a man accused of", but "whom he accused of", "whom Beck accused of"
                let subject =
                    is_subject_pronoun(self.before(at)) || (at > 0 && self.joined(at) && self.tokens[at - 1].capital);
                next == "of" && !self.is_passive(at) && !subject
            }
            "found" => next == "in" || next == "guilty" || next == "dead",
            _ => false,
        }
    }

    /// Whether a form of "be" stands before the verb.
    fn is_passive(&self, at: usize) -> bool {
        let mut before = at;
        while before > 0 && self.joined(before) && is_adverb(self.lower(before - 1)) {
            before -= 1;
        }
        matches!(self.before(before), "is" | "are" | "was" | "were" | "been" | "be" | "being")
    }

    /// "is believed to", "was told that": who speaks is not said.
    fn passive(&self, at: usize, classes: Classes) -> Option<usize> {
        let be = |word: &str| matches!(word, "is" | "are" | "was" | "were" | "been" | "be" | "being" | "'s");
        let mut before = at;
        while before > 0 && self.joined(before) && is_adverb(self.lower(before - 1)) {
            before -= 1;
        }
        if !classes.past || !be(self.before(before)) {
            return None;
        }
        let next = self.lower(at + 1);
        let belief = is_belief(self.lower(at));
        (belief
            && self.joined(at + 1)
            && ((next == "to"
                && !self.follows_verb(at + 2)
                && (!self.lower(at + 2).ends_with('s') || self.lower(at + 2).ends_with("ss")))
                || (next == "that" && self.is_that(at + 1))
                || (self.lower(at) == "accused" && next == "of")
                || (self.lower(at) == "quoted" && next == "as")))
            .then_some(at + 1)
    }

    /// "was confirmed 98-0 and ... had": a passive that no clause depends on. Hearers ("was told it rained") may have one.
    fn is_plain_passive(&self, at: usize) -> bool {
        let clause = |i: usize| matches!(self.lower(i), "that" | "whether" | "how" | "why" | "what" | "if");
        self.is_passive(at) && !is_telling(self.lower(at)) && !(at + 1..at + 8).any(clause)
    }

    /// A verb of saying has a subject before or behind it, and is not "to say so" or a passive.
    fn subject_holds(&self, at: usize, classes: Classes) -> bool {
        let lower = self.lower(at);
        let before = self.before(at);
        let strong = matches!(
            lower,
            "said"
                | "says"
                | "saying"
                | "told"
                | "tells"
                | "telling"
                | "contended"
                | "contends"
                | "insisted"
                | "insists"
                | "alleged"
                | "alleges"
                | "asserted"
                | "asserts"
                | "quipped"
                | "tweeted"
                | "opined"
                | "conceded"
                | "reiterated"
        );
        if strong {
            if matches!(lower, "told" | "tells" | "telling") {
                if self.parenthetical(at) || self.beside_quote(at, classes) {
                    return true;
                }
                // "All told,", "the story that he told him": nothing is said; but "..., one of them told me".
                let hearer = matches!(self.lower(at + 1), "me" | "you" | "him" | "her" | "them" | "us" | "things");
                let end = at + 1 + usize::from(hearer);
                let aside = self.tokens.get(self.subject_start(at)).is_some_and(|t| t.comma);
                return (!self.ends_before(end) || (hearer && aside)) && self.lower(end) != "this";
            }
            return !(matches!(before, "be" | "been") && self.lower(at + 1) != "to");
        }
        if matches!(lower, "say" | "tell") {
            let asks = matches!(before, "to" | "not" | "n't" | "didn't" | "don't" | "doesn't" | "wouldn't");
            let will = matches!(
                before,
                "will" | "would" | "can" | "could" | "might" | "should" | "may" | "must" | "did" | "do"
            );
            if asks || will {
                return self.clause_follows(at + 1, lower == "tell") || self.beside_quote(at, classes);
            }
            return !(lower == "tell" && self.ends_before(at + 1));
        }
        self.clause_follows(at + 1, false) || self.parenthetical(at) || self.beside_quote(at, classes)
    }

    /// A that-clause, an indirect question or a clause with its own subject and verb begins at `at`, perhaps behind the
    /// time, the place or the hearers.
    fn clause_follows(&self, at: usize, telling: bool) -> bool {
        // Verbs of perception and proof mostly have plain objects: they need the "that".
        let explicit = at > 0 && is_perception(self.lower(at - 1)) && !is_source(self.before(at - 1));
        let Some(first) = self.tokens.get(at) else { return self.span.of(self.text).ends_with(':') };
        if first.colon && !first.quote {
            return true;
        }
        let mut at = at;
        // ", in a statement on Monday, that" and ", however, that".
        if first.comma && !first.quote {
            let closing = (at..self.tokens.len().min(at + 9)).find(|i| *i > at && self.tokens[*i].comma);
            return closing.is_some_and(|i| self.lower(i) == "that");
        }
        if first.breaks() {
            return false;
        }
        if first.lower == "that" {
            return self.is_that(at);
        }
        // "a plan that he argued is unfair"
        let verb = at.checked_sub(1).map_or("", |i| self.lower(i));
        if CLAIMS.iter().any(|stem| verb.starts_with(stem)) && !verb.ends_with("ing") {
            let finite = at + usize::from(first.lower.ends_with("ly"));
            let subject = self.subject_start(at - 1) < at - 1;
            if subject && self.joined(finite) && FINITE.contains(&self.lower(finite)) {
                return true;
            }
        }
        if matches!(first.lower.as_str(), "whether" | "how" | "why" | "what" | "if" | "where") {
            return true;
        }
        // Skip time, place and manner; the hearers of "told", "warned".
        let mut skipped = 0;
        while skipped < 10 && at < self.tokens.len() && (skipped == 0 || !self.tokens[at].breaks()) {
            let lower = self.lower(at);
            if lower == "that" && skipped > 0 {
                return self.is_that(at);
            }
            // "have hinted for weeks it will"
            if lower == "for"
                && let Some(end) = (at + 1..at + 4).find(|i| DURATIONS.contains(&self.lower(*i)))
            {
                skipped += end + 1 - at;
                at = end + 1;
                continue;
            }
            let time = is_time(lower) || lower.ends_with("ly");
            let opener = matches!(
                lower,
                "in" | "on"
                    | "at"
                    | "to"
                    | "during"
                    | "after"
                    | "before"
                    | "through"
                    | "via"
                    | "with"
                    | "from"
                    | "by"
                    | "over"
                    | "since"
                    | "last"
                    | "this"
                    | "earlier"
                    | "later"
                    | "again"
            );
            if time {
                at += 1;
                skipped += 1;
                continue;
            }
            if opener || telling {
                // Only an explicit "that" may follow an object or a prepositional phrase.
                return (at..self.tokens.len().min(at + 10)).take_while(|i| *i == at || !self.tokens[*i].breaks()).any(
                    |i| {
                        self.lower(i) == "that"
                            && i > at
                            && !PREPOSITIONS.contains(&self.lower(i - 1))
                            && !self.is_relative(i)
                    },
                ) || (telling && skipped == 0 && is_subject_pronoun(self.lower(at)))
                    || (telling
                        && self.tokens.get(at + 1).is_some_and(|t| !t.breaks())
                        && (at + 1..self.tokens.len().min(at + 5)).any(|i| {
                            is_subject_pronoun(self.lower(i))
                                || matches!(self.lower(i), "how" | "whether" | "why" | "what")
                        }));
            }
            break;
        }
        !explicit && self.clause_at(at)
    }

    /// A clause without "that": a subject pronoun, or a noun phrase with an auxiliary behind it.
    fn clause_at(&self, at: usize) -> bool {
        let Some(first) = self.tokens.get(at) else { return false };
        if first.breaks() && at > 0 && (first.hard || first.comma || first.quote) {
            return false;
        }
        let lower = first.lower.as_str();
        if is_subject_pronoun(lower) {
            return true;
        }
        let noun = first.capital
            || DETERMINERS.contains(&lower)
            || matches!(lower, "it" | "you" | "her" | "more" | "most" | "many" | "some" | "such" | "there")
            || lower.ends_with('s')
            || !is_function(lower);
        if !noun {
            return false;
        }
        // "claims Moore pursued them"
        let name_end =
            (at..self.tokens.len().min(at + 4)).find(|i| !self.tokens[*i].capital || (*i > at && !self.joined(*i)));
        let verb = at > 0 && !self.is_ambiguous(at - 1);
        // "decided the Poe administration broke the law"
        let name_end = match name_end {
            Some(end) if end == at && first.lower == "the" => {
                let end = (at + 1..self.tokens.len().min(at + 4)).find(|i| !self.tokens[*i].capital);
                end.filter(|end| *end > at + 1 && (at + 1..=*end + 1).all(|i| self.joined(i)))
                    .map(|end| end + usize::from(!self.is_verb(end)))
            }
            end => end,
        };
        if let Some(end) = name_end.filter(|end| verb && *end > at && self.joined(*end)) {
            let verb = self.lower(end);
            if (self.is_verb(end) && self.lower(end + 1) != "by")
                || (matches!(verb, "needs" | "wants" | "plans" | "intends" | "seems" | "appears" | "knows")
                    && self.joined(end + 1))
            {
                return true;
            }
        }
        for i in at + 1..self.tokens.len().min(at + 12) {
            let token = &self.tokens[i];
            if token.breaks()
                || matches!(
                    token.lower.as_str(),
                    "that"
                        | "which"
                        | "who"
                        | "whose"
                        | "as"
                        | "when"
                        | "because"
                        | "while"
                        | "to"
                        | "where"
                        | "but"
                        | "if"
                        | "what"
                        | "how"
                )
            {
                return false;
            }
            if AUXILIARIES.contains(&token.lower.as_str()) || token.lower.ends_with("n't") {
                return true;
            }
        }
        false
    }

    /// ", he noted," and "..., noted Smith": the verb and its subject between commas, dashes or quotations, at the
    /// end perhaps with the time, the place or the hearers behind.
    fn parenthetical(&self, at: usize) -> bool {
        let mut start = self.subject_start(at);
        // "- so he says -", ", as critics claim,"
        if start < at && start > 0 && self.joined(start) && matches!(self.lower(start - 1), "so" | "as") {
            let speaks = FORMS.get(self.lower(at)).is_some_and(|c| c.subject || c.that);
            start -= usize::from(speaks);
            // "As Poe noted on Friday,"
            let reader = matches!(self.before(at), "you" | "we" | "can") || is_perception(self.lower(at));
            if speaks && !reader && start == 0 && (self.ends_before(at + 1) || self.adjuncts_close(at + 1)) {
                return !self.is_passive(at);
            }
        }
        if start < at && start > 0 && self.tokens[start].breaks() {
            let subject = &self.tokens[start..at];
            let known = subject.iter().any(|t| t.capital || is_subject_pronoun(&t.lower) || is_source(&t.lower));
            let noun = self.is_ambiguous(at)
                && !is_subject_pronoun(self.before(at))
                && !self.tokens[at - 1].capital
                && !is_source(self.before(at));
            let conjunction = matches!(
                self.lower(start),
                "and" | "but" | "or" | "which" | "who" | "that" | "when" | "because" | "if"
            );
            let ends = self.ends_before(at + 1) || (is_time(self.lower(at + 1)) && self.ends_before(at + 2));
            // A dash or bracket must close what a dash or bracket opens.
            let hard = self.tokens[start].hard;
            let closes = if hard { self.tokens.get(at + 1).is_some_and(|t| t.hard) } else { ends };
            let clause = || self.clause_before(start);
            if !(conjunction || noun || (hard && !closes)) {
                let speaks = FORMS.get(self.lower(at)).is_some_and(|c| c.subject || c.that);
                let reports = TRANSITIVE.iter().any(|stem| self.lower(at).starts_with(stem));
                let speech = speaks || !self.quotes.is_empty() || at + 1 < self.tokens.len();
                let passive = self.is_passive(at) && self.lower(at) != "told";
                let plain = known && closes && speech && !passive && self.lower(at) != "found";
                let determined = (DETERMINERS.contains(&self.lower(start)) || known)
                    && !self.is_passive(at)
                    && (start..at)
                        .all(|i| self.lower(i) != "to" && (AUXILIARIES.contains(&self.lower(i)) || !self.is_verb(i)));
                if plain
                    || (determined && speaks && !hard && (ends || (reports && self.adjuncts_close(at + 1))) && clause())
                {
                    return true;
                }
            }
        }
        self.inverted(at)
    }

    /// Whether the comma before `at` closes a main clause: it has a verb and no conjunction at its head.
    fn clause_before(&self, at: usize) -> bool {
        if !self.tokens[at].comma || self.tokens.last().is_some_and(|_| self.span.of(self.text).ends_with('?')) {
            return false;
        }
        let head = self.lower(0);
        const SUBORDINATE: &[&str] = &[
            "when", "after", "as", "if", "while", "because", "since", "although", "though", "before", "until", "once",
            "whenever", "despite", "asked", "unlike", "like", "by",
        ];
        // "When he left, it rained, police said" has a main clause behind its first comma.
        let main = if SUBORDINATE.contains(&head) {
            let Some(comma) = (1..at).find(|i| self.tokens[*i].comma) else { return false };
            comma
        } else {
            0
        };
        let long = at - main > 5 && !PREPOSITIONS.contains(&self.lower(main));
        long || (main..at).any(|i| AUXILIARIES.contains(&self.lower(i)) || (i > main + 1 && self.is_verb(i)))
    }

    /// Whether only time, place and hearers stand between `at` and the next stop.
    fn adjuncts_close(&self, at: usize) -> bool {
        let Some(end) = (at..=self.tokens.len().min(at + 8)).find(|i| self.ends_before(*i) && *i > at) else {
            return false;
        };
        let opens = is_time(self.lower(at))
            || (matches!(self.lower(at - 1), "told" | "tells" | "tell") && !PREPOSITIONS.contains(&self.lower(at)))
            || matches!(
                self.lower(at),
                "on" | "in"
                    | "at"
                    | "to"
                    | "during"
                    | "after"
                    | "from"
                    | "through"
                    | "via"
                    | "last"
                    | "this"
                    | "earlier"
            );
        opens
            && self.joined(at)
            && !(self.lower(at) == "to" && !self.subject_begins(at + 1) && !is_source(self.lower(at + 1)))
            && (at..end).all(|i| {
                !AUXILIARIES.contains(&self.lower(i)) && !matches!(self.lower(i), "that" | "whether" | "how" | "what")
            })
    }

    /// "..., noted Smith": the subject behind a verb of saying.
    fn inverted(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else { return false };
        let speaks = FORMS.get(token.lower.as_str()).is_some_and(|c| c.subject || c.that)
            && !token.lower.ends_with("ing")
            && !is_perception(&token.lower);
        if !(token.quote || (token.comma && at > 3 && speaks)) || !self.joined(at + 1) {
            return false;
        }
        let next = &self.tokens[at + 1];
        let determined = matches!(next.lower.as_str(), "a" | "an" | "the" | "one" | "another" | "some");
        let noun = next.capital || determined || is_source(&next.lower) || is_title(&next.lower);
        // "To reply, submit a letter": a command.
        let command =
            determined && FORMS.get(token.lower.as_str()).is_some_and(|c| !c.past) && !token.lower.ends_with('s');
        noun && (token.quote || (!command && self.inverted_end(at + 1) && !self.is_apposed(at)))
    }

    fn inverted_end(&self, at: usize) -> bool {
        let end = (at + 1..=self.tokens.len().min(at + 9)).find(|i| self.ends_before(*i));
        end.is_some_and(|end| (at..end).all(|i| !AUXILIARIES.contains(&self.lower(i)) && self.lower(i) != "that"))
    }

    /// Whether the comma before the verb at `at` closes an apposition or a clause on its subject: "Poe, the mayor, said".
    fn is_apposed(&self, at: usize) -> bool {
        let Some(comma) = (1..at).rev().find(|i| self.tokens[*i].breaks()) else { return false };
        if !self.tokens[comma].comma {
            return false;
        }
        let start = (1..comma)
            .rev()
            .find(|i| {
                self.tokens[*i].breaks()
                    || matches!(
                        self.lower(*i - 1),
                        "and"
                            | "but"
                            | "that"
                            | "since"
                            | "when"
                            | "how"
                            | "about"
                            | "whether"
                            | "what"
                            | "after"
                            | "because"
                            | "where"
                            | "while"
                    )
            })
            .unwrap_or(0);
        let relative = matches!(self.lower(comma), "who" | "whose" | "which" | "where");
        let bare = |from: usize, to: usize| (from..to).all(|i| !AUXILIARIES.contains(&self.lower(i)));
        let clause = self.tokens[comma].capital && (comma..at).any(|i| self.is_verb(i));
        !(start..comma).any(|i| self.is_verb(i)) && (relative || (bare(comma, at) && !clause))
    }

    /// Whether a quotation stands beside the verb, its subject or its short complement.
    fn beside_quote(&self, at: usize, classes: Classes) -> bool {
        if self.quotes.is_empty() {
            return false;
        }
        if self.quote_before(at) || self.quote_before(at + 1) {
            return true;
        }
        let start = self.subject_start(at);
        if start < at && self.quote_before(start) && self.tokens[start].comma {
            return true;
        }
        // "called the plan “...”", "said in a statement, “...": not for verbs like "go" and "continue".
        if !(classes.that || classes.judgement || classes.subject) {
            return false;
        }
        let limit = self.tokens.len().min(at + 9);
        // "painted the word “...”" is no judgement.
        let judges = classes.that || classes.subject || !NEEDS_AS.iter().any(|s| self.lower(at).starts_with(s));
        for i in at + 1..=limit {
            if self.quote_before(i) {
                return judges;
            }
            let other = FORMS.get(self.lower(i)).is_some_and(|c| c.past && (c.subject || c.that))
                && !DETERMINERS.contains(&self.before(i));
            if other || self.tokens.get(i).is_none_or(|t| t.hard) {
                return false;
            }
        }
        false
    }

    /// "puts the cost at $8 million", "estimates the damage at about a third".
    fn estimates(&self, at: usize) -> bool {
        let verb = self.lower(at);
        if !verb.starts_with("estimat") || self.is_passive(at) {
            return false;
        }
        let number = |i: usize| self.lower(i).starts_with(|c: char| c.is_ascii_digit() || c == '$');
        let about = |i: usize| matches!(self.lower(i), "around" | "about" | "nearly" | "roughly" | "some" | "more");
        (at + 2..self.tokens.len().min(at + 10))
            .take_while(|i| self.joined(*i))
            .any(|i| self.lower(i) == "at" && (number(i + 1) || (about(i + 1) && (i + 2..i + 4).any(number))))
    }

    fn infinitive_follows(&self, at: usize) -> bool {
        if at > 0 && self.lower(at - 1).starts_with("call") {
            let at = at + usize::from(is_time(self.lower(at)));
            return match self.lower(at) {
                "for" => self.joined(at + 1),
                "on" | "upon" => (at..self.tokens.len().min(at + 9)).any(|i| self.lower(i) == "to"),
                _ => false,
            };
        }
        // "agreed on Monday to go", but not "agreed with the plan to go".
        let verb = at.checked_sub(1).map_or("", |i| self.lower(i));
        let alone = ["agree", "claim", "offer"].iter().any(|stem| verb.starts_with(stem));
        if alone && self.before(at - 1) == "you" {
            return false;
        }
        let limit = self.tokens.len().min(at + 9);
        for i in at..limit {
            if self.tokens[i].breaks() {
                return false;
            }
            let lower = self.lower(i);
            if alone && !matches!(lower, "to" | "on" | "never" | "not") && !is_time(lower) {
                return false;
            }
            if lower == "to" {
                let verb = self.tokens.get(i + 1);
                return verb.is_some_and(|v| {
                    let noun = v.lower.ends_with('s') && !v.lower.ends_with("ss") && !v.lower.ends_with("us");
                    let noun = noun || ["tion", "ment", "ity", "ness"].iter().any(|end| v.lower.ends_with(end));
                    !v.breaks()
                        && !v.capital
                        && !noun
                        && !PREPOSITIONS.contains(&v.lower.as_str())
                        && !DETERMINERS.contains(&v.lower.as_str())
                        && !v.lower.ends_with("ing")
                        && (i == at || !is_function(&v.lower) || AUXILIARIES.contains(&v.lower.as_str()))
                });
            }
            if matches!(lower, "that" | "and" | "but" | "who" | "which" | "when") {
                return false;
            }
        }
        false
    }

    fn judgement_follows(&self, at: usize, verb: &str) -> bool {
        let accuses = verb.starts_with("accus") || verb.starts_with("fault") || verb.starts_with("suspect");
        let names = [
            "describ",
            "characteri",
            "portray",
            "depict",
            "dismiss",
            "denounc",
            "condemn",
            "criti",
            "hail",
            "deride",
            "deriding",
            "decr",
            "label",
            "brand",
            "regard",
            "defend",
            "prais",
            "mock",
            "ridicul",
            "tout",
            "slam",
            "blast",
            "castigat",
            "paint",
            "cast",
            "pan",
            "peg",
            "liken",
            "identif",
            "refer",
        ];
        // ", calling it tyrannical"
        if verb == "calling" && at > 1 && self.tokens[at - 1].comma && self.joined(at) {
            return !matches!(self.lower(at), "on" | "for" | "in" | "off" | "up" | "attention" | "from");
        }
        if verb.starts_with("blam") {
            let relative = matches!(self.lower(at), "for" | "on") && self.subject_start(at - 1) < at - 1;
            let object = self.joined(at) && !matches!(self.lower(at), "for" | "on" | "by");
            return (object || (relative && verb == "blame"))
                && !self.is_passive(at - 1)
                && self.before(at - 1) != "to";
        }
        if verb.starts_with("call") {
            return self.calls_so(at);
        }
        let limit = self.tokens.len().min(at + 12);
        for i in at..limit {
            if self.tokens[i].hard || self.tokens[i].colon {
                return false;
            }
            match self.lower(i) {
                "to" if verb.starts_with("liken") => return true,
                "of" if accuses => return true,
                "for"
                    if i > at
                        && !matches!(
                            self.lower(i + 1),
                            "days" | "weeks" | "months" | "years" | "decades" | "hours"
                        )
                        && [
                            "criti", "prais", "blam", "condemn", "fault", "denounc", "slam", "blast", "rebuk", "chid",
                            "chastis", "scold", "castigat", "mock", "ridicul", "thank", "credit", "assail", "lambast",
                            "attack",
                        ]
                        .iter()
                        .any(|s| verb.starts_with(s)) =>
                {
                    return true;
                }
                "as" if i > at
                    && !self.tokens[i].comma
                    && !is_subject_pronoun(self.lower(i + 1))
                    && self.lower(i - 1) != "well"
                    && self.lower(i + 1) != "well"
                    && !self.ends_before(at)
                    && names.iter().any(|s| verb.starts_with(s)) =>
                {
                    return true;
                }
                "and" | "but" | "who" | "which" | "that" => return false,
                _ => {}
            }
        }
        false
    }

    /// "called the plan a disaster", "call it unfair": an object and what it is called.
    fn calls_so(&self, at: usize) -> bool {
        if !self.joined(at) || !self.joined(at + 1) || PREPOSITIONS.contains(&self.lower(at)) {
            return false;
        }
        let second = &self.tokens[at + 1];
        if matches!(self.lower(at), "it" | "him" | "them" | "this" | "that" | "me" | "us" | "these") {
            let lower = second.lower.as_str();
            return !second.capital
                && !PREPOSITIONS.contains(&lower)
                && !is_time(lower)
                && !matches!(lower, "and" | "to" | "that" | "but" | "quits" | "back" | "out" | "up" | "names");
        }
        let determined = DETERMINERS.contains(&self.lower(at)) || self.lower(at) == "her";
        // "called the vote disappointing"
        let adjective = |lower: &str| {
            is_adjective(lower)
                || ["ed", "ing", "ist", "ant", "ent", "ate", "id"].iter().any(|end| lower.ends_with(end))
        };
        let third = self.lower(at + 2);
        if determined
            && !matches!(self.lower(at), "a" | "an")
            && self.joined(at + 2)
            && adjective(third)
            && !self.tokens[at + 2].capital
        {
            let ends = self.ends_before(at + 3) || matches!(self.lower(at + 3), "and" | "but" | "in" | "for" | "to");
            if ends {
                return true;
            }
        }
        let opens = self.tokens[at].capital || determined;
        opens
            && (at + 1..self.tokens.len().min(at + 7))
                .take_while(|i| {
                    self.joined(*i)
                        && !PREPOSITIONS.contains(&self.lower(*i))
                        && !matches!(self.lower(*i), "and" | "to" | "that" | "who" | "where" | "which" | "when" | "as")
                })
                .any(|i| matches!(self.lower(i), "a" | "an") && !is_time(self.lower(i + 1)))
    }

    /// "the claim that", "accusations by Iran that".
    fn noun_cue(&self, at: usize) -> Option<(usize, Option<Span>)> {
        let token = &self.tokens[at];
        FORMS.get(token.lower.as_str()).filter(|c| c.nominal)?;
        // "gave its word that", but "a word that conservatives use"
        if token.lower == "word" && matches!(self.before(at), "a" | "the" | "one" | "this" | "another") {
            return None;
        }
        let next = at + 1;
        if !self.joined(next) {
            return None;
        }
        let that = |i: usize| {
            // "claims that were made" is a relative clause.
            self.lower(i) == "that" && self.joined(i) && self.joined(i + 1) && !self.is_relative(i)
        };
        if that(next) {
            return Some((next + 1, self.owner(at)));
        }
        // "His complaint was that"
        if matches!(self.lower(next), "is" | "was" | "are" | "were") && self.is_that(next + 1) && self.joined(next + 1)
        {
            return self.owner(at).map(|owner| (next, Some(owner)));
        }
        if matches!(self.lower(next), "by" | "from" | "of" | "in" | "among" | "on") {
            let place = (next + 2..self.tokens.len().min(next + 8))
                .find(|i| self.tokens[*i].breaks() || self.lower(*i) == "that")?;
            // "A report by the board found that": the verb attributes.
            let speaks = FORMS.get(self.lower(place - 1)).is_some_and(|c| c.subject || c.that);
            let plain = !self.is_ambiguous(place - 1) || self.lower(place - 1).ends_with('s');
            let verb = speaks && plain && !DETERMINERS.contains(&self.before(place - 1));
            let was = matches!(self.lower(place - 1), "is" | "was" | "are" | "were");
            if that(place) && !verb && (was || !self.is_verb(place - 1)) {
                let speaker =
                    matches!(self.lower(next), "by" | "from" | "among").then(|| self.phrase_after(next + 1)).flatten();
                return Some((next, speaker));
            }
        }
        None
    }

    /// "Obama's claim", "his view", "officials' fears".
    fn owner(&self, at: usize) -> Option<Span> {
        let start = (at.saturating_sub(4)..at).rev().take_while(|i| self.joined(i + 1)).find(|i| {
            let lower = self.lower(*i);
            lower.ends_with("'s") || matches!(lower, "his" | "her" | "their" | "its" | "my" | "our")
        })?;
        let mut first = start;
        while first > 0 && self.joined(first) && self.tokens[first].capital && self.tokens[first - 1].capital {
            first -= 1;
        }
        let end = self.tokens[start].span;
        let bare = end.of(self.text).trim_end_matches(['s', '\'', '’']).len();
        let end = if self.tokens[start].lower.ends_with("'s") { end.start + bare } else { end.end };
        Some(Span::new(self.tokens[first].span.start, end))
    }

    /// Where the subject that ends right before the verb at `at` starts, past adverbs and auxiliaries; `at` if none.
    fn subject_start(&self, at: usize) -> usize {
        let mut end = at;
        while end > 0
            && self.joined(end)
            && (is_adverb(self.lower(end - 1)) || AUXILIARIES.contains(&self.lower(end - 1)))
        {
            end -= 1;
        }
        let mut start = end;
        while start > 0 && end - start < 14 {
            if self.tokens[start].breaks() {
                break;
            }
            let lower = self.lower(start - 1);
            if CLAUSE_OPENERS.contains(&lower) {
                // "Smith and Jones said", "officials and experts say": keep the pair.
                let pair = lower == "and"
                    && start > 1
                    && start < end
                    && (self.tokens[start - 2].capital || is_source(self.lower(start - 2)));
                if !pair {
                    break;
                }
            }
            if AUXILIARIES.contains(&lower) && start < end {
                break;
            }
            if start < end && FORMS.get(lower).is_some_and(|c| (c.subject || c.that) && c.past) {
                break;
            }
            start -= 1;
            if is_subject_pronoun(self.lower(start)) || matches!(self.lower(start), "who" | "which" | "it") {
                break;
            }
        }
        if start == end { at } else { start }
    }

    /// Who speaks: the subject of the verb at `at`.
    fn subject(&self, at: usize) -> Option<Span> {
        let token = self.tokens.get(at)?;
        // Inverted: “...,” said Smith, “...” grumbled passengers.
        let plain = || {
            token.quote
                && self.joined(at + 1)
                && !is_function(self.lower(at + 1))
                && !PREPOSITIONS.contains(&self.lower(at + 1))
                && !is_time(self.lower(at + 1))
        };
        if !is_telling(&token.lower) && !token.lower.ends_with("ing") && (self.inverted(at) || plain()) {
            return self.phrase_after(at + 1);
        }
        let ing = token.lower.ends_with("ing");
        if ing && (token.breaks() || PREPOSITIONS.contains(&self.before(at))) {
            return self.main_subject(at);
        }
        let mut end = at;
        while end > 0
            && self.joined(end)
            && (is_adverb(self.lower(end - 1)) || AUXILIARIES.contains(&self.lower(end - 1)))
        {
            end -= 1;
        }
        if end == 0 {
            return None;
        }
        // "Smith on Monday urged": without the time.
        let mut bare = end;
        while bare > 1 && is_time(self.lower(bare - 1)) && self.joined(bare - 1) {
            bare -= 1;
        }
        if bare < end && bare > 1 && self.joined(bare - 1) {
            end = bare - usize::from(matches!(self.lower(bare - 1), "on" | "in" | "last" | "this" | "earlier"));
        }
        if self.joined(end) && self.lower(end - 1) == "who" {
            end -= 1;
        }
        // "Smith, a professor at Yale, said": behind the apposition.
        if end < self.tokens.len() && self.tokens[end].hard {
            let open: &[char] = if self.gap(end).contains(')') { &['('] } else { &['—', '–', '-'] };
            let opens = |i: &usize| self.tokens[*i].hard && self.gap(*i).contains(open);
            end = (1..end).rev().take(12).find(opens).unwrap_or(end);
        }
        end = self.before_seat(end);
        let mut hops = 0;
        while end > 0 && end < self.tokens.len() && self.tokens[end].comma && !self.tokens[end].quote && hops < 3 {
            let start = (1..end).rev().take(40).find(|i| self.tokens[*i].comma);
            match start {
                Some(start) => {
                    // "his son, Jo Poe, said": the name is the apposition.
                    let name = end - start <= 4
                        && (start..end).all(|i| self.tokens[i].capital)
                        && !self.tokens[start - 1].capital;
                    if name {
                        return Some(self.phrase(start, end));
                    }
                    end = self.before_seat(start);
                    // "Poe, a lawyer with Roe Inc, one of the largest, said"
                    let apposed = (1..end).rev().find(|i| self.tokens[*i].comma).is_some_and(|i| {
                        self.tokens[i - 1].capital
                            && matches!(self.lower(i), "a" | "an" | "the" | "who" | "his" | "her")
                    });
                    if !self.tokens[end].breaks() || (self.tokens[end - 1].capital && !apposed) {
                        break;
                    }
                }
                None => break,
            }
            hops += 1;
        }
        self.noun_phrase(self.phrase_start(end), end)
    }

    /// "Jo Poe, D-Ohio., the mayor, said", "Jo Poe, Republican of Ohio, said": where the name before the seat ends that
    /// ends before `end`; `end` if none does.
    fn before_seat(&self, end: usize) -> usize {
        let Some(start) = (1..end).rev().take(4).find(|i| self.tokens[*i].breaks()) else { return end };
        let first = self.lower(start);
        let short = ["d-", "r-", "i-"].iter().any(|party| first.starts_with(party));
        let long = matches!(first, "democrat" | "republican" | "independent")
            && matches!(self.lower(start + 1), "of" | "from")
            && start + 2 < end;
        let seat = (short || long) && self.tokens[start - 1].capital && self.tokens.get(end).is_some_and(Token::breaks);
        if seat { start } else { end }
    }

    /// The speaker in the tokens from `start` to `end`, if they are a noun phrase.
    fn noun_phrase(&self, mut start: usize, mut end: usize) -> Option<Span> {
        let bare = |i: usize| !self.tokens[i].capital && !DETERMINERS.contains(&self.lower(i));
        // "didn't sway lawmakers, who": without the verb of an auxiliary; what a "to" governs is no subject.
        let before = self.before(start);
        if before == "to" && !matches!(self.lower(end), "who" | "whose") {
            return None;
        }
        let modal = matches!(before, "will" | "would" | "can" | "could" | "to") || before.ends_with("n't");
        if start < end && modal && bare(start) {
            start += 1;
        }
        // "In June 2024 two of its engineers": without the time.
        let time = |i: usize| is_time(self.lower(i));
        let digits = |i: usize| self.lower(i).starts_with(|c: char| c.is_ascii_digit());
        if start + 2 < end && PREPOSITIONS.contains(&self.lower(start)) && time(start + 1) {
            start += 1;
        }
        while start + 1 < end && (time(start) || (start > 0 && time(start - 1) && digits(start))) {
            start += 1;
        }
        // "The report released early": without the participle and what follows it.
        let participle = |i: usize| bare(i) && self.lower(i).ends_with("ed") && self.lower(i).len() > 4;
        let noun = |i: usize| {
            let lower = self.lower(i);
            !is_adverb(lower) && !DETERMINERS.contains(&lower) && !is_adjective(lower)
        };
        end = (start + 1..end).find(|i| participle(*i) && noun(*i - 1)).unwrap_or(end);
        let last = self.lower(end.checked_sub(1)?);
        let verb = |i: usize| PAST.contains(&self.lower(i)) || AUXILIARIES.contains(&self.lower(i));
        let dangling = matches!(last, "and" | "or" | "who" | "which" | "that")
            || (PREPOSITIONS.contains(&last) && !self.tokens[end - 1].capital);
        if start >= end || dangling || (start..end).any(verb) {
            return None;
        }
        let known = !bare(start)
            || is_source(last)
            || PRONOUNS.contains(&last)
            || is_subject_pronoun(last)
            || is_title(last)
            || last.ends_with('s');
        (end - start > 1 || known).then(|| self.phrase(start, end))
    }

    /// What lies between token `at` and the one before.
    fn gap(&self, at: usize) -> &str {
        if at == 0 || at >= self.tokens.len() {
            return "";
        }
        self.text.get(self.tokens[at - 1].span.end..self.tokens[at].span.start).unwrap_or_default()
    }

    /// The subject of the clause to which ", saying" at `at` belongs: the nearest one that starts a clause.
    fn main_subject(&self, at: usize) -> Option<Span> {
        const LINKS: &[&str] =
            &["and", "but", "as", "that", "while", "when", "after", "because", "before", "though", "although", "if"];
        for i in (0..at).rev().take(60) {
            let token = &self.tokens[i];
            let starts = i == 0 || token.breaks() || LINKS.contains(&self.lower(i - 1));
            if !starts || is_time(&token.lower) {
                continue;
            }
            let lower = token.lower.as_str();
            if is_subject_pronoun(lower) || lower == "it" {
                return Some(token.span);
            }
            let name = token.capital && (i > 0 || !is_ordinary(lower) || is_title(lower));
            if name || DETERMINERS.contains(&lower) || is_source(lower) {
                let mut end = i + 1;
                while end < at && end < i + 8 && self.joined(end) {
                    let word = self.lower(end);
                    let verb = AUXILIARIES.contains(&word)
                        || word.ends_with("ed")
                        || (!self.tokens[end].capital && (name || (end > i + 1 && FORMS.contains_key(word))));
                    if verb || PREPOSITIONS.contains(&word) {
                        break;
                    }
                    end += 1;
                }
                // A name between commas that a verb does not follow is an apposition or a place.
                let apposed = DETERMINERS.contains(&lower) && i > 0 && token.comma && self.tokens[i - 1].capital;
                if apposed || (i > 0 && end < at && self.tokens[end].breaks()) {
                    continue;
                }
                return Some(self.phrase(i, end));
            }
        }
        None
    }

    /// The start of the noun phrase that ends before `end`.
    fn phrase_start(&self, end: usize) -> usize {
        let mut start = end;
        while start > 0 && end - start < 12 {
            if start < end && self.tokens[start].breaks() {
                break;
            }
            let lower = self.lower(start - 1);
            let stop = CLAUSE_OPENERS.contains(&lower)
                || matches!(
                    lower,
                    "to" | "who" | "which" | "or" | "then" | "yet" | "after" | "before" | "since" | "until" | "during"
                );
            let stop = stop
                && !(lower == "and" && self.joins(start - 1))
                && !(lower == "to"
                    && start > 1
                    && start < end
                    && self.joined(start - 1)
                    && (self.lower(start - 2) == "close" || is_source(self.lower(start - 2))));
            if stop || (AUXILIARIES.contains(&lower) && start < end) {
                break;
            }
            if start < end && FORMS.get(lower).is_some_and(|c| (c.subject || c.that) && (c.past || c.ing)) {
                break;
            }
            start -= 1;
            if start + 1 == end && (is_subject_pronoun(lower) || lower == "it") {
                break;
            }
            // An article starts the phrase unless a preposition ties it to more.
            let tied = start > 0
                && matches!(
                    self.lower(start - 1),
                    "of" | "for" | "at" | "in" | "from" | "with" | "by" | "on" | "to" | "behind" | "about" | "against"
                );
            if DETERMINERS.contains(&lower) && !tied {
                break;
            }
        }
        start
    }

    /// The name in a noun phrase, or the phrase.
    fn phrase(&self, start: usize, end: usize) -> Span {
        let tokens = &self.tokens;
        let mut last = end;
        // A name right before the verb with its titles in front: "White House spokesman Josh Earnest".
        let is_name = |i: usize| {
            tokens[i].capital
                && (i > 0 || !is_ordinary(&tokens[i].lower) || is_title(&tokens[i].lower))
                && !is_time(&tokens[i].lower)
        };
        while last > start && !is_name(last - 1) {
            last -= 1;
        }
        let mut first = last;
        while first > start
            && (is_name(first - 1)
                || (matches!(tokens[first - 1].lower.as_str(), "of" | "de" | "van" | "von" | "bin" | "al")
                    && first > start + 1
                    && is_name(first - 2)))
        {
            first -= 1;
        }
        // "the Freight and Depot Workers' Union", but not "Poe and Roe".
        if first > start + 2 && tokens[first - 1].lower == "and" {
            let head = (start..first - 1).rev().take_while(|i| is_name(*i)).last();
            first = head.filter(|i| *i > start && tokens[*i - 1].lower == "the").unwrap_or(first);
        }
        // "Angus King of Maine": a surname, no title.
        let titles = |i: &usize| is_title(&tokens[*i].lower) && !PREPOSITIONS.contains(&self.lower(*i + 1));
        if let Some(title) = (first..last.saturating_sub(1)).rev().find(titles) {
            first = title + 1;
        }
        let behind_preposition = first > start && PREPOSITIONS.contains(&tokens[first - 1].lower.as_str())
            || first > start + 1
                && DETERMINERS.contains(&tokens[first - 1].lower.as_str())
                && PREPOSITIONS.contains(&tokens[first - 2].lower.as_str());
        let ends_it = last == end && !behind_preposition;
        let starts_it = first == start && last < end && PREPOSITIONS.contains(&tokens[last].lower.as_str());
        let (first, last) = if last > first && (ends_it || starts_it) {
            (first, last)
        } else {
            let mut first = start;
            while first + 1 < end && PREPOSITIONS.contains(&tokens[first].lower.as_str()) {
                first += 1;
            }
            (first, end)
        };
        Span::new(tokens[first].span.start, tokens[last - 1].span.end)
    }

    /// Whether "and" at `at` joins two words of one name or two adjectives: "the Freight and Depot Workers' Union",
    /// "current and former officials".
    fn joins(&self, at: usize) -> bool {
        let name = at > 1
            && self.tokens[at - 1].capital
            && self.tokens.get(at + 1).is_some_and(|t| t.capital)
            && (0..at - 1).rev().take_while(|i| self.tokens[*i + 1].capital).any(|i| self.lower(i) == "the");
        name || (self.joined(at + 1)
            && !self.tokens[at + 1].capital
            && at > 0
            && (is_adjective(self.before(at))
                || matches!(self.before(at), "current" | "former" | "senior" | "federal")))
    }

    /// The noun phrase that starts at `at`.
    fn phrase_after(&self, at: usize) -> Option<Span> {
        let first = self.tokens.get(at)?;
        if first.hard || first.colon {
            return None;
        }
        let mut end = at;
        while end < self.tokens.len().min(at + 10) && (end == at || self.joined(end)) {
            let lower = self.lower(end);
            let stop = PREPOSITIONS.contains(&lower)
                && !(lower == "of"
                    || lower == "for"
                    || (matches!(lower, "from" | "with" | "at" | "in") && end < at + 5 && !self.tokens[at].capital));
            if stop
                || AUXILIARIES.contains(&lower)
                || (is_time(lower) && !(end > at && DETERMINERS.contains(&self.lower(end - 1))))
                || matches!(
                    lower,
                    "that"
                        | "who"
                        | "which"
                        | "as"
                        | "while"
                        | "when"
                        | "but"
                        | "because"
                        | "where"
                        | "whether"
                        | "how"
                        | "why"
                        | "what"
                        | "if"
                )
                || (lower == "and" && !self.joins(end))
            {
                break;
            }
            end += 1;
        }
        if end == at {
            return None;
        }
        // Prefer the name: "House Speaker John Boehner of Ohio" is a run of capitals with titles in front.
        let mut first = at;
        while first + 1 < end && DETERMINERS.contains(&self.lower(first)) && self.tokens[first + 1].capital {
            first += 1;
        }
        // A description before it: "agent Mark Roesler".
        if !DETERMINERS.contains(&self.lower(at)) {
            let name = (first..end).take(4).find(|i| self.tokens[*i].capital || PREPOSITIONS.contains(&self.lower(*i)));
            first = name.filter(|i| self.tokens[*i].capital).unwrap_or(first);
        }
        let mut last = first;
        while last < end
            && (self.tokens[last].capital || (self.lower(last) == "and" && self.joins(last) && last > first))
        {
            last += 1;
        }
        if last > first && (last == end || PREPOSITIONS.contains(&self.lower(last))) {
            if let Some(title) = (first..last - 1).rev().find(|i| is_title(&self.tokens[*i].lower)) {
                first = title + 1;
            }
            return Some(Span::new(self.tokens[first].span.start, self.tokens[last - 1].span.end));
        }
        Some(self.phrase(at, end))
    }
}

fn is_telling(lower: &str) -> bool {
    [
        "told", "tell", "warn", "inform", "assur", "remind", "convinc", "advis", "notif", "caution", "reassur",
        "promis", "persuad", "asked", "show",
    ]
    .iter()
    .any(|s| lower.starts_with(s))
}

fn is_subject_pronoun(lower: &str) -> bool {
    matches!(
        lower,
        "he" | "she"
            | "they"
            | "we"
            | "i"
            | "there"
            | "he's"
            | "she's"
            | "they're"
            | "we're"
            | "i'm"
            | "there's"
            | "he'd"
            | "she'd"
            | "they'd"
            | "we'd"
            | "i'd"
            | "he'll"
            | "she'll"
            | "they'll"
            | "we'll"
            | "i'll"
            | "they've"
            | "we've"
            | "i've"
            | "it's"
            | "it'll"
            | "you're"
    )
}

fn is_adverb(lower: &str) -> bool {
    (lower.ends_with("ly")
        && !matches!(
            lower,
            "family"
                | "assembly"
                | "ally"
                | "italy"
                | "july"
                | "kelly"
                | "daily"
                | "weekly"
                | "reilly"
                | "connolly"
                | "sally"
                | "holly"
                | "emily"
        ))
        || matches!(
            lower,
            "also"
                | "then"
                | "later"
                | "now"
                | "once"
                | "never"
                | "always"
                | "often"
                | "not"
                | "still"
                | "just"
                | "even"
                | "long"
                | "since"
                | "again"
                | "earlier"
                | "ever"
                | "only"
                | "further"
                | "first"
                | "likewise"
                | "instead"
                | "already"
                | "there"
                | "here"
                | "too"
                | "himself"
                | "herself"
        )
}

fn is_adjective(lower: &str) -> bool {
    let name = matches!(lower, "officials");
    !name
        && ([
            "al", "ous", "ive", "ful", "ic", "less", "able", "ible", "ary", "new", "false", "other", "such", "many",
            "recent", "early", "several", "public", "own", "joint", "few", "more",
        ]
        .iter()
        .any(|s| lower.ends_with(s)))
        && !matches!(
            lower,
            "criminal" | "professional" | "general" | "official" | "public" | "republic" | "executive" | "secretary"
        )
}

fn is_function(lower: &str) -> bool {
    super::tokens::is_stopword(lower)
}

const DETERMINERS: &[&str] = &[
    "a", "an", "the", "this", "these", "those", "his", "her", "its", "their", "our", "my", "your", "any", "no", "some",
    "each", "every", "such", "all", "other", "another", "several", "many", "few",
];

const PREPOSITIONS: &[&str] = &[
    "about", "above", "across", "after", "against", "among", "around", "at", "before", "behind", "between", "by",
    "despite", "during", "for", "from", "in", "into", "like", "near", "of", "off", "on", "onto", "over", "since",
    "through", "to", "toward", "towards", "under", "until", "upon", "via", "with", "within", "without", "amid", "per",
];

const AUXILIARIES: &[&str] = &[
    "is",
    "are",
    "was",
    "were",
    "be",
    "been",
    "being",
    "am",
    "has",
    "have",
    "had",
    "having",
    "do",
    "does",
    "did",
    "will",
    "would",
    "can",
    "could",
    "may",
    "might",
    "must",
    "shall",
    "should",
    "won't",
    "wouldn't",
    "can't",
    "couldn't",
    "cannot",
    "isn't",
    "aren't",
    "wasn't",
    "weren't",
    "hasn't",
    "haven't",
    "hadn't",
    "doesn't",
    "don't",
    "didn't",
    "shouldn't",
    "it's",
    "ought",
];

/// Auxiliaries that follow a verb of saying whose object has moved to the front.
const FINITE: &[&str] = &[
    "is", "are", "was", "were", "has", "have", "had", "will", "would", "can", "could", "may", "might", "should", "must",
];

/// Verbs of saying and belief that rarely have plain objects.
const CLAIMS: &[&str] =
    &["argu", "claim", "insist", "contend", "alleg", "believ", "think", "thought", "hope", "vow", "pledg"];

/// Verbs that do not stand without what is said: before ", in May" and the end, their object is the clause in front.
const TRANSITIVE: &[&str] = &[
    "acknowledg",
    "add",
    "admit",
    "alleg",
    "announc",
    "argu",
    "assert",
    "claim",
    "conclud",
    "confirm",
    "contend",
    "disclos",
    "estimat",
    "explain",
    "find",
    "found",
    "indicat",
    "insist",
    "not",
    "predict",
    "promis",
    "report",
    "reveal",
    "said",
    "say",
    "show",
    "stat",
    "suggest",
    "tell",
    "told",
    "tweet",
    "warn",
    "writ",
    "wrote",
];

/// Judgement verbs that have plain objects where no "as" follows.
const NEEDS_AS: &[&str] =
    &["paint", "cast", "list", "name", "naming", "peg", "rip", "rap", "hammer", "knock", "pan", "tar"];

/// Pronouns besides the personal ones that can speak.
const PRONOUNS: &[&str] = &[
    "it", "you", "people", "some", "many", "others", "one", "someone", "somebody", "nobody", "everyone", "both",
    "those", "this", "most", "several", "few", "none", "all", "another", "each",
];

/// Irregular past forms that a noun phrase does not contain.
const PAST: &[&str] = &[
    "made", "took", "gave", "got", "came", "went", "met", "ran", "won", "lost", "sent", "led", "began", "became",
    "kept", "brought", "fell", "rose", "grew", "drew", "stood", "spent", "paid", "sold", "bought", "sat", "flew",
    "drove", "broke", "chose", "taken", "given", "gone", "done", "seen", "known", "built", "caught", "sought", "threw",
    "fought", "struck",
];

/// Words that open a clause: no phrase reaches over them.
const CLAUSE_OPENERS: &[&str] = &[
    "and", "but", "that", "because", "as", "when", "while", "if", "where", "what", "though", "although", "than", "so",
];

/// When something was said: a day, a month (but "may"), an adverb of time.
fn is_time(lower: &str) -> bool {
    const WORDS: &[&str] = &[
        "today",
        "yesterday",
        "tonight",
        "tomorrow",
        "morning",
        "afternoon",
        "evening",
        "night",
        "week",
        "month",
        "year",
        "earlier",
        "later",
        "recently",
        "jan",
        "feb",
        "aug",
        "sept",
        "oct",
        "nov",
        "dec",
    ];
    WEEKDAYS.contains(&lower) || (lower != "may" && MONTHS.contains(&lower)) || WORDS.contains(&lower)
}

/// Lengths of time.
const DURATIONS: &[&str] =
    &["days", "decades", "hours", "minutes", "months", "weeks", "week", "month", "year", "years"];

#[cfg(test)]
mod tests {
    use super::super::sentences;
    use super::*;
    use crate::text::paragraphs;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<Attribution> {
        let all: Vec<Span> = paragraphs(text).into_iter().flat_map(|p| sentences(text, p)).collect();
        attribute(text, &all)
    }

    fn voice(text: &str) -> Voice {
        let all = read(text);
        assert_eq!(all.len(), 1, "{text}");
        all[0].voice
    }

    fn cue_and_speaker(text: &str) -> (&str, &str) {
        let found = &read(text)[0];
        let of = |s: Option<Span>| s.map_or("", |s| &text[s.start..s.end]);
        (of(found.cue), of(found.speaker))
    }

    #[test]
    fn long_or_dominant_quotations_are_quoted() {
        assert_eq!(voice("“We will never agree to that,” Smith said."), Voice::Quoted);
        assert_eq!(voice("\"No way,\" he snapped."), Voice::Quoted);
        assert_eq!(voice("The party met in the “big tent” downtown for two whole days."), Voice::Own);
        assert_eq!(voice("He starred in “Gone With the Wind” and in six other films."), Voice::Own);
    }

    #[test]
    fn scare_quotes_are_listed_where_nothing_is_attributed() {
        let text = "The so-called “experts” met again in the capital this week.";
        let found = &read(text)[0];
        assert_eq!(found.scare.len(), 1);
        assert_eq!(found.scare[0].of(text), "experts");
        assert!(read("He said the “experts” met again in the capital.")[0].scare.is_empty());
    }

    #[test]
    fn report_verbs_need_their_construction() {
        for text in [
            "Smith said the plan will fail.",
            "The plan will fail, said Smith.",
            "The plan, Smith argued, will fail.",
            "Officials believe the attack was planned abroad.",
            "She told reporters that the talks had ended.",
            "The minister noted on Monday that prices fell.",
            "He urged lawmakers to pass the bill.",
            "They vowed to fight on.",
            "He accused the senator of lying.",
            "The firm has withdrawn its offer, reports the Post.",
            "At one point he called a reporter a “jackass.”",
            "The mayor called Tuesday for a vote.",
            "He named the rival whom Beck accused of the plot.",
            "He opposed the move, calling the government tyrannical.",
            "Some grumbled that it was late.",
            "He promised hundreds of times during his campaign that it would end.",
            "The bill ended what they call double taxation.",
            "She dismissed the report as a fabrication.",
            "The plan will fail, according to two officials.",
            "The claim that the vote was stolen spread quickly.",
            "The suspect is believed to have fled.",
            "He wondered whether it was true.",
        ] {
            assert_eq!(voice(text), Voice::Reported, "{text}");
        }
        for text in [
            "The United States states its claims in reports.",
            "He noted the date and added sugar.",
            "The claims were filed on Monday.",
            "Ten people died in the fire.",
            "The reports of the committee run to ten pages.",
            "She found the keys.",
            "It was the best game that I have seen and a first for him.",
            "He was known as the “bagman” of the group in those years.",
            "A trial was set for a man accused of murder.",
            "He was one of the first to call to congratulate him.",
            "The agency agreed with that decision.",
            "He pleaded guilty in August to two crimes.",
            "They were invited to monitor the poll.",
            "He maintains a house in Ohio.",
        ] {
            assert_eq!(voice(text), Voice::Own, "{text}");
        }
    }

    #[test]
    fn a_clause_before_its_source_is_reported() {
        for text in [
            "The firm, which runs the dam, cut its budget by a third, the inquiry found.",
            "The bridge will open in May, the council announced on Tuesday.",
            "The bridge will open in May, the council has announced.",
            "His condition was stable, a spokeswoman for the clinic confirmed to reporters.",
            "Prices are rising again, data show.",
            "As Poe noted on Friday, prices are rising again.",
            "Poe asked the council whether prices were rising.",
            "A note on the door told customers the hall was closed.",
            "It strengthens his claim that he's an honest man.",
            "On Sunday - so the inspectors believe - somebody left the gate open.",
            "The rule, even officials there admit, is no cure.",
            "The mayor has no plans, as her office confirmed last week.",
        ] {
            assert_eq!(voice(text), Voice::Reported, "{text}");
        }
        for text in [
            "In the late spring, the men reported to the harbour.",
            "The lighthouse, a relic of the northern states, keeps a small garden.",
            "When the ball came, he bristled.",
        ] {
            assert_eq!(voice(text), Voice::Own, "{text}");
        }
    }

    #[test]
    fn nouns_relative_clauses_and_phrases_are_no_cues() {
        for text in [
            "There is a sum in the report that deserves to be carved in stone.",
            "They put the clerks who wrote that memo in charge.",
            "The baker did not confirm that figure.",
            "Nobody said anything for a while.",
            "She should be held to it.",
            "It remains to be seen how the river will behave.",
            "Do not expect him to come.",
            "It is worth noting that the tide was low.",
            "Here are two reasons that still count.",
            "For a hundred years the museum told one story.",
            "She must explain in writing where the money went.",
            "Somebody had painted the word “scabs” on a shelter.",
            "The shop offers help to workers of every age.",
            "He spoke at a heated congressional hearing last month.",
            "The clinic wrote to her regarding the bill.",
            "The baker has stood by his account in all these weeks.",
            "The bishop was confirmed 12-0 and his brother had a harder time.",
        ] {
            assert_eq!(voice(text), Voice::Own, "{text}");
        }
        for text in [
            "The councillor pointed out that crime had risen.",
            "He made it clear that he would stay.",
            "The minister whined that energy was dear.",
            "Traders called the threat populist and unhelpful.",
            "Traders called the plan a disaster.",
            "They passed a law that supporters call overdue.",
            "She blames the cost of energy.",
            "Sponges were long believed to have died out.",
            "The builders, like the council, have hinted for weeks it may never open.",
            "The charter, old and worn as it is, finds that nobody owns the well.",
            "The miller estimates the damage at about 40 barrels.",
            "Two of the elders questioned whether the well was deep enough.",
            "The elders credit the well for saving the harvest.",
            "The singer claimed Poe pushed him.",
            "It is an idea that the mayor has argued privately is dead.",
            "By the firm's own account, it was a third of that.",
            "Her complaint was that the hall was cold.",
            "Another complaint among the members was that the hall was cold.",
            "The mayor agreed on Friday to reopen the hall.",
        ] {
            assert_eq!(voice(text), Voice::Reported, "{text}");
        }
    }

    #[test]
    fn a_speaker_is_a_noun_phrase_or_nothing() {
        for (text, cue, speaker) in [
            ("Jo Poe, the mayor, said the council accepted each of the rules.", "said", "Jo Poe"),
            ("Hoddesham's mayor, Jo Poe, said the sirens mattered most to her.", "said", "Jo Poe"),
            ("The former judge Ann Roe describes a failure that was “years in the making”.", "describes", "Ann Roe"),
            ("Jo Poe, who advises funds, said that the bank had “spent it all in one day”.", "said", "Jo Poe"),
            ("A school from which books were taken had been told that the lock was old.", "told", ""),
            ("Among the firms said to be interested is a builder.", "said", ""),
            ("We are told that benches attract trouble.", "told", ""),
            ("In June 2024 two of its engineers wrote that the motors were old.", "wrote", "two of its engineers"),
            ("A notice on the door says that it is closed.", "says", "A notice on the door"),
            (
                "It will last two days, according to the Freight and Depot Workers' Union.",
                "according to",
                "Freight and Depot Workers' Union",
            ),
            ("It is late, according to current and former officials.", "according to", "current and former officials"),
            ("The report released early on Friday says that it is late.", "says", "The report"),
            ("The speech didn't sway lawmakers, who say the case is weak.", "say", "lawmakers"),
            ("A report by the Water Board found that it was late.", "found", "A report by the Water Board"),
            ("The claims by the states that it was late were new.", "claims", "the states"),
            ("Sen. Jo King of Ohio, who keeps bees, told us that it was late.", "told", "Jo King of Ohio"),
            ("Rep. Jo Poe, D-Ohio, the third of her party, suggested that it was late.", "suggested", "Jo Poe"),
            ("Senator Jo Poe, Republican of Ohio, a founder of the club, said it was late.", "said", "Jo Poe"),
        ] {
            assert_eq!(cue_and_speaker(text), (cue, speaker), "{text}");
        }
    }

    #[test]
    fn cue_and_speaker_are_found() {
        assert_eq!(
            cue_and_speaker("White House spokesman Josh Earnest said the plan will fail."),
            ("said", "Josh Earnest")
        );
        assert_eq!(cue_and_speaker("Smith, a professor at Yale, said it was late."), ("said", "Smith"));
        assert_eq!(
            cue_and_speaker("“It is very late now,” said Sen. John Poe, an Ohio Democrat."),
            ("said", "John Poe")
        );
        assert_eq!(cue_and_speaker("It is late, according to two officials."), ("according to", "two officials"));
        assert_eq!(
            cue_and_speaker("A spokesman for the White House said it was late."),
            ("said", "A spokesman for the White House")
        );
        assert_eq!(cue_and_speaker("Police later said it was late."), ("said", "Police"));
        assert_eq!(cue_and_speaker("Sen. John Poe on Monday urged them to go."), ("urged", "John Poe"));
        assert_eq!(cue_and_speaker("Poe met them on Friday, saying it was late."), ("saying", "Poe"));
    }

    #[test]
    fn a_quotation_over_several_sentences_and_paragraphs_keeps_its_speaker() {
        let text =
            "“It is late. We must go now,” Smith said. “The bus is leaving us.\n“And it will not wait for anyone.”";
        let all = read(text);
        assert!(all.iter().all(|a| a.voice == Voice::Quoted), "{all:?}");
        assert!(all[..3].iter().all(|a| a.speaker.is_some_and(|s| s.of(text) == "Smith")), "{all:?}");
    }

    #[test]
    fn transcripts_and_paragraphs_behind_a_colon_are_quoted() {
        let text = "SMITH: I was there. It rained.\nSmith left.";
        let voices: Vec<_> = read(text).into_iter().map(|a| a.voice).collect();
        assert_eq!(voices, [Voice::Quoted, Voice::Quoted, Voice::Own]);
        let text = "He lashed out on Twitter, saying:\nThe court has failed us. Resign!\nThe court met.";
        let voices: Vec<_> = read(text).into_iter().map(|a| a.voice).collect();
        assert_eq!(voices, [Voice::Reported, Voice::Quoted, Voice::Quoted, Voice::Own]);
    }

    #[test]
    fn verbs_are_inflected() {
        for form in [
            "said",
            "denies",
            "denied",
            "denying",
            "admitted",
            "criticised",
            "agreeing",
            "urges",
            "accusing",
            "accusations",
        ] {
            assert!(FORMS.contains_key(form), "{form}");
        }
    }

    proptest! {
        #[test]
        fn every_sentence_has_one_attribution_with_spans_inside_the_text(
            text in r#"([A-Z][a-z]{1,4}|said|claims|that|according to|accused|of|he|to|“|”|"|[ ,.:;\n—]|\PC){0,50}"#
        ) {
            let all: Vec<Span> = paragraphs(&text).into_iter().flat_map(|p| sentences(&text, p)).collect();
            let found = attribute(&text, &all);
            prop_assert_eq!(found.len(), all.len());
            for (attribution, sentence) in found.iter().zip(&all) {
                for span in attribution.quotes.iter().chain(&attribution.scare).chain(&attribution.cue) {
                    prop_assert!(sentence.contains(*span) && !span.of(&text).is_empty());
                }
                if let Some(speaker) = attribution.speaker {
                    prop_assert!(!speaker.of(&text).is_empty());
                }
            }
        }
    }
}
