//! Publication dates in the forms that feeds, crawlers and spreadsheets write.

use jiff::civil::{Date, date};

use crate::text::calendar;

/// What a date cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The civil date as written (an offset or zone is not applied).
    Known(Date),
    /// Day and month, or day and year, cannot be told apart ("05/03/2026", "10/10/18").
    Ambiguous,
    /// Not a date that we know.
    Invalid,
    /// Nothing there.
    Empty,
}

impl Reading {
    /// The date, if it is known.
    pub fn date(self) -> Option<Date> {
        match self {
            Reading::Known(date) => Some(date),
            _ => None,
        }
    }
}

/// No date form is longer; longer cells are prose.
const LONGEST: usize = 80;

/// Reads ISO 8601, RFC 2822, "March 5, 2026", "5 March 2026", numeric dates whose order is certain (a year of two digits,
/// too), `YYYYMMDD` and Unix time.
///
/// ```
/// use parallax::corpus::date::{Reading, read_date};
/// assert_eq!(read_date("2026-03-05T23:30:00-08:00").date().unwrap().to_string(), "2026-03-05");
/// assert_eq!(read_date("05/03/2026"), Reading::Ambiguous);
/// ```
pub fn read_date(text: &str) -> Reading {
    let text = text.trim();
    if text.is_empty() || ["null", "none", "nan", "nat", "n/a", "-"].iter().any(|word| text.eq_ignore_ascii_case(word))
    {
        return Reading::Empty;
    }
    if text.len() > LONGEST {
        return Reading::Invalid;
    }
    if let Some(reading) = digits_only(text) {
        return reading;
    }
    if text.as_bytes()[0].is_ascii_digit()
        && let Some(reading) = numeric(text)
    {
        return reading;
    }
    with_month_name(text)
}

/// `YYYYMMDD`, `YYYYMMDDhhmmss`, Unix seconds, milliseconds or microseconds.
fn digits_only(text: &str) -> Option<Reading> {
    let whole = text.split_once('.').map_or(text, |(whole, fraction)| {
        if !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit()) { whole } else { text }
    });
    // "20260305T101500Z" is the compact ISO form.
    let compact = whole.split_once(['T', 't']).map_or(whole, |(day, _)| if day.len() == 8 { day } else { whole });
    if !compact.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i64 = compact.parse().ok()?;
    Some(match compact.len() {
        8 => checked(number / 10_000, number / 100 % 100, number % 100),
        14 => checked(number / 10_000_000_000, number / 100_000_000 % 100, number / 1_000_000 % 100),
        9 | 10 => unix(number),
        12 | 13 => unix(number / 1_000),
        15 | 16 => unix(number / 1_000_000),
        _ => Reading::Invalid,
    })
}

fn unix(seconds: i64) -> Reading {
    let days = i32::try_from(seconds.div_euclid(86_400)).ok();
    match days.and_then(|days| date(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()) {
        Some(date) => checked(date.year().into(), date.month().into(), date.day().into()),
        None => Reading::Invalid,
    }
}

fn checked(year: i64, month: i64, day: i64) -> Reading {
    let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    match parts {
        (Ok(year @ 1600..=2200), Ok(month), Ok(day)) => {
            Date::new(year, month, day).map_or(Reading::Invalid, Reading::Known)
        }
        _ => Reading::Invalid,
    }
}

/// `2026-03-05…`, `2026/3/5…`, `25.03.2026…`; `None` when the text is of another form.
fn numeric(text: &str) -> Option<Reading> {
    let (first, rest) = number_prefix(text)?;
    let separator = rest.chars().next().filter(|c| matches!(c, '-' | '/' | '.'))?;
    let (second, rest) = number_prefix(&rest[1..])?;
    let (third, rest) = number_prefix(rest.strip_prefix(separator)?)?;
    // Only a time may follow ("T10:00", " 10:00 PM", "Z", "+01:00", ",").
    if rest.starts_with(|c: char| c.is_alphanumeric() && !matches!(c, 'T' | 't' | 'Z' | 'z')) {
        return Some(Reading::Invalid);
    }
    let value = |digits: &str| digits.parse::<i64>().unwrap_or(-1);
    let (a, b, c) = (value(first), value(second), value(third));
    if first.len() == 4 {
        return Some(checked(a, b, c));
    }
    if first.len() > 2 || second.len() > 2 || !matches!(third.len(), 2 | 4) {
        return Some(Reading::Invalid);
    }
    // Two digits of a year, as spreadsheets show them, may also be those of a day: 18/10/28.
    let short = third.len() == 2;
    let year = if short { century(c) } else { c };
    let year_is_last = !short || c > 31;
    Some(if b > 12 {
        checked(year, a, b)
    } else if year_is_last && (a == b || a > 12) {
        checked(year, b, a)
    } else if [checked(year, a, b), checked(year, b, a), checked(century(a), b, c)].iter().any(|r| r.date().is_some()) {
        Reading::Ambiguous
    } else {
        Reading::Invalid
    })
}

/// The year of its last two digits (POSIX: 69 to 99 are of the 20th century).
fn century(digits: i64) -> i64 {
    if digits < 69 { 2000 + digits } else { 1900 + digits }
}

fn number_prefix(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    (end > 0 && end <= 4).then(|| text.split_at(end))
}

/// "Thu, 05 Mar 2026 10:00:00 GMT", "March 5, 2026", "5th of March 2026", "Thu Mar 05 12:00:00 +0000 2026".
fn with_month_name(text: &str) -> Reading {
    let (mut day, mut month, mut year) = (None, None, None);
    for token in text.split(|c: char| !c.is_alphanumeric() && c != ':' && c != '+').filter(|t| !t.is_empty()) {
        if token.contains([':', '+']) {
            continue;
        }
        let digits = token.bytes().take_while(u8::is_ascii_digit).count();
        let (number, suffix) = token.split_at(digits);
        if digits == 0 {
            if month.is_none() {
                month = month_number(token);
            }
        } else if (digits <= 2) && day.is_none() && (suffix.is_empty() || is_ordinal(suffix)) {
            day = number.parse::<i64>().ok();
        } else if digits == 4 && suffix.is_empty() && year.is_none() {
            year = number.parse::<i64>().ok();
        }
    }
    match (year, month, day) {
        (Some(year), Some(month), Some(day)) => checked(year, month, day),
        _ => Reading::Invalid,
    }
}

fn is_ordinal(suffix: &str) -> bool {
    ["st", "nd", "rd", "th"].iter().any(|s| suffix.eq_ignore_ascii_case(s))
}

fn month_number(word: &str) -> Option<i64> {
    calendar::month(&word.to_ascii_lowercase()).map(i64::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn usual_forms_give_the_civil_date_as_written() {
        for text in [
            "2026-03-05",
            "2026-03-05T23:59:59Z",
            "2026-03-05 23:59:59.123+05:30",
            "2026-03-05T23:59:59-08:00[America/Los_Angeles]",
            "2026/03/05",
            "2026/3/5 10:00",
            "2026.03.05",
            "20260305",
            "20260305101500",
            "20260305T101500Z",
            "Thu, 05 Mar 2026 10:00:00 GMT",
            "5 Mar 2026 10:00:00 +0000",
            "March 5, 2026",
            "Mar. 5, 2026 10:30 am EST",
            "Thursday, March 5, 2026",
            "5 March 2026",
            "5th of March, 2026",
            "Thu Mar 05 12:00:00 +0000 2026",
            "Published: March 5, 2026",
            " 1772668800 ",
            "1772668800.5",
            "1772668800000",
            "1772668800000000",
        ] {
            assert_eq!(read_date(text), Reading::Known(date(2026, 3, 5)), "{text}");
        }
    }

    #[test]
    fn day_and_month_are_never_guessed() {
        assert_eq!(read_date("05/03/2026"), Reading::Ambiguous);
        assert_eq!(read_date("5.3.2026"), Reading::Ambiguous);
        assert_eq!(read_date("25/03/2026"), Reading::Known(date(2026, 3, 25)));
        assert_eq!(read_date("03/25/2026 10:00"), Reading::Known(date(2026, 3, 25)));
        assert_eq!(read_date("25.03.2026"), Reading::Known(date(2026, 3, 25)));
        assert_eq!(read_date("03-03-2026"), Reading::Known(date(2026, 3, 3)));
    }

    #[test]
    fn two_digits_of_a_year_are_read_where_they_can_be_nothing_else() {
        assert_eq!(read_date("10/28/18"), Reading::Known(date(2018, 10, 28)));
        assert_eq!(read_date("3/25/99 8:15 PM"), Reading::Known(date(1999, 3, 25)));
        assert_eq!(read_date("25.03.98"), Reading::Known(date(1998, 3, 25)));
        assert_eq!(read_date("5/5/68"), Reading::Known(date(2068, 5, 5)));
        // 10 October 2018 or 18 October 2010; 2026 or 2025.
        for text in ["10/10/18", "9/5/18", "25/03/26", "18-10-28", "5/3/26"] {
            assert_eq!(read_date(text), Reading::Ambiguous, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_unknown() {
        for text in [
            "2026-02-30",
            "2026-13-01",
            "0001-01-01",
            "yesterday",
            "March 2026",
            "2026",
            "12",
            "31/31/26",
            "2/29/23",
            "13/13/26",
            "5/3/126",
            "99999999",
            "31/31/2026",
            "2026-03-05x",
            "Mar 5",
            "9999999999999999999999",
            "9999999999",
            "١٢٣٤-٠١-٠١",
        ] {
            assert_eq!(read_date(text), Reading::Invalid, "{text}");
        }
        for text in ["", "  ", "null", "NaN", "None"] {
            assert_eq!(read_date(text), Reading::Empty, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,60}") { read_date(&text); }

        #[test]
        fn digits_and_separators_are_read_without_panic(text in "[0-9/.:TZ+, aMr-]{0,30}") { read_date(&text); }

        #[test]
        fn every_civil_date_comes_back(days in -100_000i32..80_000) {
            let day = date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            prop_assert_eq!(read_date(&day.to_string()), Reading::Known(day));
            prop_assert_eq!(read_date(&day.strftime("%d %B %Y").to_string()), Reading::Known(day));
            prop_assert_eq!(read_date(&day.strftime("%a, %d %b %Y 10:00:00 GMT").to_string()), Reading::Known(day));
        }
    }
}
