//! Numbers, sums of money, percentages, dates, times and ordinals, each with a key under which its spellings agree.

use super::Span;
use super::calendar;
use super::tokens::words;

/// What a quantity measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuantityKind {
    /// A plain number: "1,200", "two dozen", "hundreds".
    Number,
    /// A sum: "$60", "1.5 million euros".
    Money,
    /// A percentage or percentage points.
    Percent,
    /// A day of the year ("12 February"), a year ("2016") or a decade ("1990s").
    Date,
    /// A time of day.
    Time,
    /// A place in an order: "21st", "third" (not "first" and "second", which mostly mean something else).
    Ordinal,
}

/// A quantity that a text states.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// Where it stands, with its unit.
    pub span: Span,
    /// What it measures.
    pub kind: QuantityKind,
    /// Its value in units of one, where it has one.
    pub value: Option<f64>,
    /// The same for all spellings: `1200`, `$60`, `60 yuan`, `6%`, `02-12`, `2016`, `1990s`, `22:30`, `#3`.
    pub key: String,
}

/// The quantities of a text, in order, not overlapping. A full date gives its day and its year as two quantities.
pub fn quantities(text: &str) -> Vec<Quantity> {
    let pieces = pieces(text);
    let reader = Reader { text, pieces: &pieces };
    let mut found: Vec<Quantity> = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let next = reader
            .date(at, &mut found)
            .or_else(|| reader.time(at, &mut found))
            .or_else(|| reader.number(at, &mut found));
        at = next.unwrap_or(at + 1);
    }
    share_units(text, &mut found);
    found
}

/// A word, or a part of a hyphenated one.
struct Piece<'a> {
    span: Span,
    text: &'a str,
    lower: String,
    /// Whether a hyphen joins it to the piece before.
    joined: bool,
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    for word in words(text) {
        let mut start = word.span.start;
        for (i, part) in word.text.split_inclusive(['-', '\u{2010}', '\u{2011}']).enumerate() {
            let bare = part.trim_end_matches(['-', '\u{2010}', '\u{2011}']);
            let span = Span::new(start, start + bare.len());
            found.push(Piece { span, text: bare, lower: bare.to_lowercase(), joined: i > 0 });
            start += part.len();
        }
    }
    found
}

/// A number read from some pieces.
struct Read {
    value: Option<f64>,
    /// Its key where it has no single value ("thousands", "1.2.3").
    raw: String,
    /// One past its last piece.
    next: usize,
    digits: bool,
    scaled: bool,
}

struct Reader<'a> {
    text: &'a str,
    pieces: &'a [Piece<'a>],
}

impl Reader<'_> {
    fn between(&self, at: usize) -> &str {
        match (self.pieces.get(at.wrapping_sub(1)), self.pieces.get(at)) {
            (Some(a), Some(b)) => &self.text[a.span.end..b.span.start],
            _ => "\n",
        }
    }

    /// Whether piece `at` follows its predecessor with nothing but a space, hyphen or stop of an abbreviation between.
    fn follows(&self, at: usize) -> bool {
        at < self.pieces.len()
            && matches!(self.between(at), " " | "-" | "\u{a0}" | ". " | "\u{2010}" | " - " | "\u{202f}")
    }

    fn lower(&self, at: usize) -> &str {
        self.pieces.get(at).map_or("", |p| p.lower.as_str())
    }

    fn date(&self, at: usize, found: &mut Vec<Quantity>) -> Option<usize> {
        self.iso_date(at, found).or_else(|| self.slash_date(at, found)).or_else(|| self.named_date(at, found))
    }

    fn named_date(&self, at: usize, found: &mut Vec<Quantity>) -> Option<usize> {
        let start = self.pieces[at].span.start;
        let month_first = self.month(at).and_then(|m| {
            let day = if self.follows(at + 1) { self.day(at + 1)? } else { return None };
            Some((m, day, at + 2))
        });
        let day_first = || {
            let day = self.day(at)?;
            let of = usize::from(self.lower(at + 1) == "of");
            let month = at + 1 + of;
            let m = if self.follows(month) && (of == 0 || self.follows(at + 1)) {
                self.month(month)?
            } else {
                return None;
            };
            Some((m, day, month + 1))
        };
        if let Some((month, day, next)) = month_first.or_else(day_first) {
            let span = Span::new(start, self.pieces[next - 1].span.end);
            found.push(Quantity { span, kind: QuantityKind::Date, value: None, key: format!("{month:02}-{day:02}") });
            return Some(next);
        }
        None
    }

    fn month(&self, at: usize) -> Option<u32> {
        let piece = self.pieces.get(at)?;
        if !piece.text.starts_with(char::is_uppercase) {
            return None;
        }
        calendar::month(&piece.lower)
    }

    fn day(&self, at: usize) -> Option<u32> {
        let lower = self.lower(at);
        let digits = lower.trim_end_matches(|c: char| c.is_ascii_lowercase());
        if !matches!(&lower[digits.len()..], "" | "st" | "nd" | "rd" | "th") || digits.len() > 2 {
            return None;
        }
        digits.parse().ok().filter(|d| (1..=31).contains(d))
    }

    /// "2016-02-12".
    fn iso_date(&self, at: usize, found: &mut Vec<Quantity>) -> Option<usize> {
        let joined = |i: usize| self.pieces.get(i).is_some_and(|p| p.joined);
        if self.pieces[at].joined || !joined(at + 1) || !joined(at + 2) || joined(at + 3) {
            return None;
        }
        let year = four_digits(self.lower(at)).filter(|y| (1500..2100).contains(y))?;
        let month: u32 = self.lower(at + 1).parse().ok().filter(|m| (1..=12).contains(m))?;
        let day = self.day(at + 2)?;
        found.push(year_of(self.pieces[at].span, year));
        let span = Span::new(self.pieces[at + 1].span.start, self.pieces[at + 2].span.end);
        found.push(Quantity { span, kind: QuantityKind::Date, value: None, key: format!("{month:02}-{day:02}") });
        Some(at + 3)
    }

    /// "2/12/2016" in the American order (unless its first number is above 12), "9/11".
    fn slash_date(&self, at: usize, found: &mut Vec<Quantity>) -> Option<usize> {
        let slash = |i: usize| i < self.pieces.len() && self.between(i) == "/";
        if slash(at) || !slash(at + 1) {
            return None;
        }
        let first: u32 = self.day(at)?;
        let second: u32 = self.day(at + 1)?;
        let full = slash(at + 2);
        if !full && first < second && second <= 10 && first < 5 {
            // A fraction.
            let value = f64::from(first) / f64::from(second);
            let span = Span::new(self.pieces[at].span.start, self.pieces[at + 1].span.end);
            found.push(Quantity { span, kind: QuantityKind::Number, value: Some(value), key: number_key(value) });
            return Some(at + 2);
        }
        let (month, day) = if first > 12 { (second, first) } else { (first, second) };
        if month > 12 {
            return None;
        }
        let span = Span::new(self.pieces[at].span.start, self.pieces[at + 1].span.end);
        found.push(Quantity { span, kind: QuantityKind::Date, value: None, key: format!("{month:02}-{day:02}") });
        if full && let Some(year) = four_digits(self.lower(at + 2)) {
            found.push(year_of(self.pieces[at + 2].span, year));
            return Some(at + 3);
        }
        Some(at + 2)
    }

    fn time(&self, at: usize, found: &mut Vec<Quantity>) -> Option<usize> {
        let piece = &self.pieces[at];
        if !piece.text.bytes().all(|b| b.is_ascii_digit()) || piece.text.len() > 2 {
            return None;
        }
        let hour: u32 = piece.text.parse().ok().filter(|h| *h < 25)?;
        let mut next = at + 1;
        let mut minute = None;
        if next < self.pieces.len() && matches!(self.between(next), ":" | ".") {
            let text = self.pieces[next].text;
            minute = (text.len() == 2).then(|| text.parse::<u32>().ok()).flatten().filter(|m| *m < 60);
            minute?;
            next += 1;
        }
        let mut half = None;
        if next < self.pieces.len() && matches!(self.between(next), " " | "" | "\u{a0}") {
            match self.lower(next) {
                "a.m" | "am" => half = Some((false, 1)),
                "p.m" | "pm" => half = Some((true, 1)),
                "a" | "p" if self.lower(next + 1) == "m" && self.between(next + 1).starts_with('.') => {
                    half = Some((self.lower(next) == "p", 2));
                }
                _ => {}
            }
        }
        let hour = match half {
            Some((pm, count)) => {
                if !(1..=12).contains(&hour) {
                    return None;
                }
                next += count;
                hour % 12 + if pm { 12 } else { 0 }
            }
            None => {
                minute?;
                hour
            }
        };
        let key = format!("{hour:02}:{:02}", minute.unwrap_or(0));
        let span = Span::new(piece.span.start, self.pieces[next - 1].span.end);
        found.push(Quantity { span, kind: QuantityKind::Time, value: None, key });
        Some(next)
    }

    fn number(&self, at: usize, found: &mut Vec<Quantity>) -> Option<usize> {
        let piece = &self.pieces[at];
        if let Some(ordinal) = ordinal(&piece.lower) {
            // "two-thirds" is no ordinal, "a third of" is a fraction.
            let key = format!("#{ordinal}");
            found.push(Quantity {
                span: piece.span,
                kind: QuantityKind::Ordinal,
                value: Some(f64::from(ordinal)),
                key,
            });
            return Some(at + 1);
        }
        if let Some(decade) = decade(&piece.lower) {
            found.push(Quantity { span: piece.span, kind: QuantityKind::Date, value: None, key: decade });
            return Some(at + 1);
        }
        let named = piece.joined
            && self.pieces[at - 1].text.starts_with(char::is_uppercase)
            && self.pieces[at - 1].text.len() <= 6;
        let digits = piece.text.starts_with(|c: char| c.is_ascii_digit());
        if named && digits {
            return None; // "F-16", "COVID-19"
        }
        let symbol = self.symbol_before(piece.span.start);
        let read = self.read(at, symbol.is_some())?;
        if read.value.is_some_and(f64::is_infinite) {
            return Some(read.next); // hundreds of digits, "hundred hundred hundred ..."
        }
        let start = symbol.map_or(piece.span.start, |(start, _)| start);
        let end = self.pieces[read.next - 1].span.end;
        if let Some((_, currency)) = symbol {
            let next = read.next + usize::from(self.follows(read.next) && currency_of(self.lower(read.next)).is_some());
            let end = self.pieces[next - 1].span.end;
            found.push(money(Span::new(start, end), read.value, &read.raw, currency));
            return Some(next);
        }
        let rest = &self.text[end..];
        if rest.starts_with('%') || rest.starts_with(" %") {
            let end = end + 1 + usize::from(rest.starts_with(' '));
            found.push(percent(Span::new(start, end), read.value, &read.raw));
            return Some(read.next);
        }
        if self.follows(read.next) {
            let unit = self.lower(read.next);
            let after = self.lower(read.next + 1);
            let count = match unit {
                "percent" | "pct" => 1,
                "per" if after == "cent" => 2,
                "percentage" if matches!(after, "point" | "points") => 2,
                _ => 0,
            };
            if count > 0 {
                let end = self.pieces[read.next + count - 1].span.end;
                found.push(percent(Span::new(start, end), read.value, &read.raw));
                return Some(read.next + count);
            }
            let (word, count) =
                if matches!(unit, "us" | "u.s" | "american" | "canadian" | "australian" | "hong" | "british") {
                    (after, 2)
                } else {
                    (unit, 1)
                };
            if let Some(currency) = currency_of(word).filter(|_| read.value.is_some() || read.raw.ends_with('s')) {
                let end = self.pieces[read.next + count - 1].span.end;
                found.push(money(Span::new(start, end), read.value, &read.raw, currency));
                return Some(read.next + count);
            }
        }
        if !read.digits && !read.scaled && read.value == Some(1.0) {
            return Some(read.next); // "one" is mostly a pronoun
        }
        if read.digits && !read.scaled && !is_count_noun(self.lower(read.next)) {
            let year = four_digits(self.pieces[at].text).filter(|y| (1500..2100).contains(y) && read.next == at + 1);
            if let Some(year) = year {
                found.push(year_of(piece.span, year));
                return Some(read.next);
            }
        }
        let key = read.value.map_or_else(|| read.raw.clone(), number_key);
        found.push(Quantity { span: Span::new(start, end), kind: QuantityKind::Number, value: read.value, key });
        Some(read.next)
    }

    fn symbol_before(&self, start: usize) -> Option<(usize, &'static str)> {
        let head = &self.text[..start];
        let bare = head.strip_suffix(' ').unwrap_or(head);
        let symbol = bare.chars().next_back()?;
        let currency = match symbol {
            '$' => "$",
            '€' => "€",
            '£' => "£",
            '¥' => "¥",
            '₹' => "₹",
            _ => return None,
        };
        let prefix = &bare[..bare.len() - symbol.len_utf8()];
        let letters =
            ["US", "C", "A", "HK", "NZ"].iter().find(|p| symbol == '$' && prefix.ends_with(**p)).map_or(0, |p| p.len());
        Some((prefix.len() - letters, currency))
    }

    /// Reads digits with a scale, or number words.
    fn read(&self, at: usize, is_money: bool) -> Option<Read> {
        let piece = &self.pieces[at];
        if piece.text.starts_with(|c: char| c.is_ascii_digit()) {
            return self.read_digits(at, is_money);
        }
        let lower = piece.lower.as_str();
        if matches!(
            lower,
            "tens" | "dozens" | "scores" | "hundreds" | "thousands" | "millions" | "billions" | "trillions"
        ) {
            let raw = lower.to_owned();
            // "scores" is a noun and a verb unless "of" follows.
            if lower == "scores" && self.lower(at + 1) != "of" {
                return None;
            }
            // "hundreds of thousands"
            let more = Some(self.lower(at + 2))
                .filter(|w| self.lower(at + 1) == "of" && matches!(*w, "thousands" | "millions" | "billions"));
            if let Some(more) = more {
                return Some(Read {
                    value: None,
                    raw: format!("{raw} of {more}"),
                    next: at + 3,
                    digits: false,
                    scaled: true,
                });
            }
            if lower == "tens" {
                return None;
            }
            return Some(Read { value: None, raw, next: at + 1, digits: false, scaled: true });
        }
        let article = matches!(lower, "a" | "an");
        let mut total = 0.0;
        let mut current = if article { 1.0 } else { small(lower).map(f64::from).or_else(|| scale_of(lower))? };
        let mut scaled = !article && small(lower).is_none();
        if article && !(self.follows(at + 1) && scale_of(self.lower(at + 1)).is_some()) {
            return None;
        }
        let mut last_small = small(lower).unwrap_or(0);
        let mut next = at + 1;
        while next < self.pieces.len() {
            let and = usize::from(self.lower(next) == "and" && scaled && self.follows(next));
            let (here, word) = (next + and, self.lower(next + and));
            if !self.follows(here) {
                break;
            }
            if let Some(unit) = small(word) {
                let fits = (last_small >= 20 && last_small.is_multiple_of(10) && unit < 10)
                    || (last_small == 0 && scaled && and == 1);
                let fits = fits || (last_small == 0 && scaled && and == 0 && unit < 100);
                if !fits {
                    break;
                }
                current += f64::from(unit);
                last_small = unit;
            } else if let (Some(scale), 0) = (scale_of(word), and) {
                if scale >= 1000.0 {
                    total += current * scale;
                    current = 0.0;
                } else {
                    current *= scale;
                }
                scaled = true;
                last_small = 0;
            } else {
                let parts = fraction(word).filter(|_| self.pieces[here].joined && !scaled && current < 20.0);
                if let Some(parts) = parts {
                    return Some(Read {
                        value: Some(current / parts),
                        raw: String::new(),
                        next: here + 1,
                        digits: false,
                        scaled: true,
                    });
                }
                break;
            }
            next = here + 1;
        }
        Some(Read { value: Some(total + current), raw: String::new(), next, digits: false, scaled })
    }

    fn read_digits(&self, at: usize, is_money: bool) -> Option<Read> {
        let text = self.pieces[at].text;
        let head = text.trim_end_matches(|c: char| c.is_alphabetic());
        let suffix = text[head.len()..].to_lowercase();
        let mut value = head.replace(',', "").parse::<f64>().ok();
        let before = &self.text[..self.pieces[at].span.start];
        let point =
            before.ends_with('.') && !before[..before.len() - 1].ends_with(|c: char| c.is_alphanumeric() || c == '.');
        if point && head.bytes().all(|b| b.is_ascii_digit()) {
            value = format!("0.{head}").parse().ok();
        }
        let factor = match suffix.as_str() {
            "" => None,
            "k" => Some(1e3),
            "m" if is_money => Some(1e6),
            "mn" | "mm" => Some(1e6),
            "b" if is_money => Some(1e9),
            "bn" => Some(1e9),
            "tn" | "trn" => Some(1e12),
            "pm" | "am" | "s" | "th" => return None,
            _ => return None,
        };
        let mut scaled = factor.is_some();
        value = value.map(|v| round(v * factor.unwrap_or(1.0)));
        let mut next = at + 1;
        while !scaled || next == at + 1 {
            let Some(scale) = Some(self.lower(next)).filter(|_| self.follows(next)).and_then(scale_of) else { break };
            value = value.map(|v| round(v * scale));
            scaled = true;
            next += 1;
        }
        Some(Read { value, raw: text.replace(',', ""), next, digits: true, scaled })
    }
}

/// "5 to 10 percent", "$5-10 million", "two or three million": the first takes the unit of the second.
fn share_units(text: &str, found: &mut [Quantity]) {
    for i in 1..found.len() {
        let (head, tail) = found.split_at_mut(i);
        let (Some(first), Some(second)) = (head.last_mut(), tail.first()) else { continue };
        let between = text.get(first.span.end..second.span.start).unwrap_or_default();
        let range = matches!(between, " to " | "-" | "–" | " or " | " - " | " – " | " and " | " to $" | "-$" | "–$");
        if !range || first.kind != QuantityKind::Number {
            continue;
        }
        let and = between == " and ";
        let Some(value) = first.value else { continue };
        let joined = !and || text[..first.span.start].trim_end().ends_with("between");
        if second.kind == QuantityKind::Percent && joined {
            *first = percent(first.span, Some(value), "");
        }
    }
}

fn percent(span: Span, value: Option<f64>, raw: &str) -> Quantity {
    let key = format!("{}%", value.map_or_else(|| raw.to_owned(), number_key));
    Quantity { span, kind: QuantityKind::Percent, value, key }
}

fn money(span: Span, value: Option<f64>, raw: &str, currency: &str) -> Quantity {
    // Cents are hundredths of their dollars.
    let (value, currency) =
        if currency == "cents" { (value.map(|v| round(v / 100.0)), "$") } else { (value, currency) };
    let amount = value.map_or_else(|| raw.to_owned(), number_key);
    let key = if currency.chars().all(char::is_alphabetic) {
        format!("{amount} {currency}")
    } else {
        format!("{currency}{amount}")
    };
    Quantity { span, kind: QuantityKind::Money, value, key }
}

fn year_of(span: Span, year: u32) -> Quantity {
    Quantity { span, kind: QuantityKind::Date, value: Some(f64::from(year)), key: year.to_string() }
}

fn four_digits(text: &str) -> Option<u32> {
    (text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn round(value: f64) -> f64 {
    if value.abs() < 1e12 { (value * 1e6).round() / 1e6 } else { value.round() }
}

fn number_key(value: f64) -> String {
    let text = format!("{:.4}", value);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(super) fn small(word: &str) -> Option<u32> {
    const UNITS: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let unit = UNITS.iter().position(|u| *u == word);
    let place = unit.or_else(|| TENS.iter().position(|t| *t == word).map(|t| 10 * (t + 2)))?;
    u32::try_from(place).ok()
}

fn scale_of(word: &str) -> Option<f64> {
    Some(match word {
        "dozen" => 12.0,
        "hundred" => 100.0,
        "thousand" => 1e3,
        "million" | "mln" => 1e6,
        "billion" | "bln" => 1e9,
        "trillion" => 1e12,
        _ => return None,
    })
}

fn fraction(word: &str) -> Option<f64> {
    Some(match word {
        "half" | "halves" => 2.0,
        "third" | "thirds" => 3.0,
        "quarter" | "quarters" | "fourth" | "fourths" => 4.0,
        "fifth" | "fifths" => 5.0,
        "tenth" | "tenths" => 10.0,
        _ => return None,
    })
}

fn ordinal(lower: &str) -> Option<u32> {
    const SPELLED: [&str; 10] =
        ["third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"];
    if let Some(place) = SPELLED.iter().position(|o| *o == lower) {
        return u32::try_from(place + 3).ok();
    }
    let digits = lower.trim_end_matches(|c: char| c.is_ascii_lowercase());
    (matches!(&lower[digits.len()..], "st" | "nd" | "rd" | "th") && digits.len() <= 4)
        .then(|| digits.parse().ok())
        .flatten()
}

/// "1990s", "80s".
fn decade(lower: &str) -> Option<String> {
    let digits = lower.strip_suffix("'s").or_else(|| lower.strip_suffix("’s")).or_else(|| lower.strip_suffix('s'))?;
    let whole = match digits.len() {
        4 => digits.to_owned(),
        2 => format!("19{digits}"),
        _ => return None,
    };
    (whole.ends_with('0') && four_digits(&whole).is_some_and(|y| (1500..2100).contains(&y)))
        .then(|| format!("{whole}s"))
}

fn currency_of(word: &str) -> Option<&'static str> {
    Some(match word {
        "dollar" | "dollars" | "usd" => "$",
        "euro" | "euros" => "€",
        "pound" | "pounds" | "sterling" => "£",
        "cent" | "cents" => "cents",
        "yen" => "¥",
        "rupee" | "rupees" => "₹",
        "yuan" => "yuan",
        "ruble" | "rubles" | "rouble" | "roubles" => "rubles",
        "franc" | "francs" => "francs",
        "peso" | "pesos" => "pesos",
        _ => return None,
    })
}

fn is_count_noun(word: &str) -> bool {
    const COUNTED: &[&str] = &[
        "acres",
        "beds",
        "cars",
        "cases",
        "children",
        "civilians",
        "companies",
        "dead",
        "deaths",
        "delegates",
        "employees",
        "families",
        "feet",
        "homes",
        "houses",
        "jobs",
        "kilometers",
        "kilometres",
        "km",
        "men",
        "meters",
        "metres",
        "migrants",
        "miles",
        "officers",
        "pages",
        "patients",
        "people",
        "police",
        "prisoners",
        "protesters",
        "refugees",
        "residents",
        "schools",
        "seats",
        "soldiers",
        "staff",
        "stores",
        "students",
        "times",
        "tons",
        "tonnes",
        "troops",
        "victims",
        "votes",
        "voters",
        "women",
        "workers",
        "yards",
    ];
    COUNTED.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(text: &str) -> Vec<String> {
        quantities(text).into_iter().map(|q| q.key).collect()
    }

    #[test]
    fn spellings_of_one_quantity_share_a_key() {
        for (a, b) in [
            ("on 12 February", "on Feb. 12"),
            ("February 12", "the 12th of February"),
            ("Feb. 12, 2016", "2016-02-12"),
            ("$60", "60 dollars"),
            ("6 per cent", "6%"),
            ("six percent", "6 %"),
            ("1,200", "1200"),
            ("$1.5 million", "1.5 million dollars"),
            ("$1.5m", "$1,500,000"),
            ("a dozen", "12"),
            ("twenty-five", "25"),
            ("two hundred and six", "206"),
            ("three million", "3,000,000"),
            ("10:30 p.m.", "10:30 PM"),
            ("9/11", "September 11"),
            ("50 cents", "$0.50"),
            ("one million", "1 million"),
        ] {
            let mut left = keys(a);
            let mut right = keys(b);
            left.sort();
            right.sort();
            assert!(!left.is_empty() && left == right, "{a}: {left:?}; {b}: {right:?}");
        }
    }

    #[test]
    fn each_kind_is_told_from_the_others() {
        let text = "In 2016 some 1,500 people paid $60 each, 6 percent more, on the third of May 5 at 5 p.m., by 7-2 in the 1990s.";
        let got: Vec<_> = quantities(text).into_iter().map(|q| q.kind).collect();
        use QuantityKind::*;
        assert_eq!(got, [Date, Number, Money, Percent, Ordinal, Date, Time, Number, Number, Date]);
        assert_eq!(keys("1500 people in 1500"), ["1500", "1500"]);
    }

    #[test]
    fn what_is_no_quantity_is_left_alone() {
        for text in
            ["On Monday one of them left.", "COVID-19 and an F-16", "She scores again.", "a second look", "May he?"]
        {
            assert_eq!(keys(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_range_shares_its_unit() {
        assert_eq!(keys("between 5 and 10 percent"), ["5%", "10%"]);
        assert_eq!(keys("10-15%"), ["10%", "15%"]);
    }

    #[test]
    fn vague_numbers_keep_their_word() {
        assert_eq!(keys("hundreds of people, tens of thousands of dollars"), ["hundreds", "tens of thousands"]);
    }

    #[test]
    fn what_no_float_can_hold_is_no_number() {
        assert_eq!(keys(&format!("{} people", "9".repeat(310))), Vec::<String>::new());
        assert_eq!(keys(&"hundred ".repeat(200)), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn quantities_lie_in_order_inside_any_text(
            text in r"([$€£]?[0-9]{1,4}|[.,:/%' -]|Feb|May| a | of |st|million|dozen|hundred|twenty|percent| p\.m\.|dollars|é|\PC){0,30}"
        ) {
            let mut last = 0;
            for quantity in quantities(&text) {
                prop_assert!(!quantity.span.of(&text).is_empty(), "{:?}", quantity);
                prop_assert!(quantity.span.start >= last, "{:?}", quantity);
                last = quantity.span.end;
                prop_assert!(!quantity.key.is_empty());
            }
        }
    }
}
