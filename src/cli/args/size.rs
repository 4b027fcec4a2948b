//! Sizes with their unit.

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(pub u64);

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let power = match unit.trim().to_ascii_uppercase().as_str() {
            "M" | "MB" | "MIB" => Some(20),
            "G" | "GB" | "GIB" => Some(30),
            "T" | "TB" | "TIB" => Some(40),
            _ => None,
        };
        let size = power.zip(number.parse::<f64>().ok()).map(|(power, number)| number * f64::from(power).exp2());
        match size {
            Some(bytes) if (1048576.0..1e18).contains(&bytes) => Ok(Size(bytes as u64)),
            _ => Err("write a size from 1M upwards with its unit, e.g. 500M, 4G or 1.5T".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_unit() {
        for (text, bytes) in
            [("1M", 1 << 20), ("4G", 4 << 30), ("1.5GiB", 3 << 29), ("2tb", 2 << 40), ("500 MB", 500 << 20)]
        {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
        for text in ["", "4", "G", "0G", "1000000", "12K", "-1G", "4GG", "4 G G", "1e3G", "9999999T", "NaNG", "1.2.3G"]
        {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
