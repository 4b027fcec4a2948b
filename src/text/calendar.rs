//! Names of months and weekdays, in lower case.

/// January first.
pub(crate) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Monday first.
pub(crate) const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The weekdays that a text names with a capital, Monday as the lowest bit.
pub fn weekdays(text: &str) -> u8 {
    let named = |word: &str| {
        let (first, rest) = word.split_at_checked(1)?;
        WEEKDAYS.iter().position(|day| day[1..] == *rest && day[..1].to_ascii_uppercase() == first)
    };
    text.split(|c: char| !c.is_alphanumeric()).filter_map(named).fold(0, |days, day| days | 1 << day)
}

/// The month, 1 to 12, of its name, its first three letters, or "sept".
pub(crate) fn month(lower: &str) -> Option<u32> {
    let short =
        |month: &str| (lower.len() == 3 && month.starts_with(lower)) || (lower == "sept" && month == "september");
    let found = MONTHS.iter().position(|month| *month == lower || short(month))?;
    u32::try_from(found + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekdays_are_names_with_a_capital() {
        assert_eq!(weekdays("On Monday, and Friday’s vote (not SATURDAY, mondays or Sundaymorning)."), 0b1_0001);
        assert_eq!(weekdays("Tuesday-Wednesday"), 0b110);
        assert_eq!(weekdays("éa Ünday “Sunday"), 0b100_0000);
        assert_eq!(weekdays(""), 0);
    }
}
