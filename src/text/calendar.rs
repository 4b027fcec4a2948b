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

/// The month, 1 to 12, of its name, its first three letters, or "sept".
pub(crate) fn month(lower: &str) -> Option<u32> {
    let short =
        |month: &str| (lower.len() == 3 && month.starts_with(lower)) || (lower == "sept" && month == "september");
    let found = MONTHS.iter().position(|month| *month == lower || short(month))?;
    u32::try_from(found + 1).ok()
}
