//! UTF-8 that somebody read as Windows-1252 or Latin-1, once or several times: `â€™` for `’`, `Ã©` for `é`.
//!
//! Such texts are common in crawls. Their quotation marks are no quotation marks then, and their words are cut.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use encoding_rs::WINDOWS_1252;

/// What is repaired: Latin letters and signs, the two accents that Windows-1252 has beside Latin-1 (without them nothing
/// that was misread twice comes back), punctuation and symbols, emoji. Not other alphabets: `É”` is more often meant than a
/// broken `ɔ`.
const MEANT: [RangeInclusive<char>; 5] =
    ['\u{80}'..='\u{17f}', 'ˆ'..='ˆ', '˜'..='˜', '\u{2000}'..='\u{2fff}', '\u{1f000}'..='\u{1ffff}'];
/// A text that passed through so many wrong hands is read anew.
const MOST_TIMES: usize = 4;

/// The text with its broken characters read anew; borrowed if there are none.
pub fn repair(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..MOST_TIMES {
        match once(&text) {
            Some(repaired) => text = Cow::Owned(repaired),
            None => break,
        }
    }
    text
}

fn once(text: &str) -> Option<String> {
    let mut out = String::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(found) = text[at..].find(|c: char| !c.is_ascii()) {
        at += found;
        if let Some((meant, length)) = meant(&text[at..]) {
            out.push_str(&text[copied..at]);
            out.push(meant);
            at += length;
            copied = at;
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    (copied > 0).then(|| out + &text[copied..])
}

/// The character whose bytes the first characters of `text` were taken for, and how much of `text` those are.
fn meant(text: &str) -> Option<(char, usize)> {
    let mut chars = text.chars();
    // The same byte in both encodings.
    let first = chars.next().and_then(|c| u8::try_from(c).ok())?;
    let count = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let mut bytes = [first; 4];
    for place in &mut bytes[1..count] {
        *place = byte(chars.next()?).filter(|byte| (0x80..0xc0).contains(byte))?;
    }
    let meant = std::str::from_utf8(&bytes[..count]).ok()?.chars().next()?;
    MEANT.iter().any(|range| range.contains(&meant)).then(|| (meant, text.len() - chars.as_str().len()))
}

/// The byte that is this character in Windows-1252 or, where that has none, in Latin-1.
fn byte(c: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(c) {
        return Some(byte);
    }
    let mut buffer = [0; 4];
    let (bytes, _, unmappable) = WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
    match *bytes {
        [byte] if !unmappable => Some(byte),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn misread(text: &str) -> String {
        WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned()
    }

    #[test]
    fn what_was_read_wrongly_is_read_anew() {
        let meant = "“It’s a ‘naïve’ café,” she said – £5, 20 °C… 😀";
        assert!(misread(meant).starts_with("â€œItâ€™s a â€˜naÃ¯veâ€™ cafÃ©,â€\u{9d} she said â€“ Â£5"));
        assert_eq!(repair(&misread(meant)), meant);
        assert_eq!(repair(&misread(&misread(meant))), meant);
        // As Latin-1.
        let latin: String = meant.bytes().map(char::from).collect();
        assert_eq!(repair(&latin), meant);
        // Only in part: a headline that a template put between marks of its own.
        assert_eq!(repair("‘Theyâ€™re here’ — naïve"), "‘They’re here’ — naïve");
    }

    #[test]
    fn what_is_right_stays() {
        for text in [
            "“It’s a naïve café,” she said – £5, 20 °C… 😀",
            "DÉJÀ VU, CHÂTEAU, MANHÃ, «À», CAFÉ”, ZOË’S, ÅSA, Ä, Århus, FRANÇOIS «SÃO»",
            "â la carte â €5, Â 5",
            "Łódź Žižek Škoda ČEZ ŒUVRE",
            "Привет 日本語 العربية",
            "",
        ] {
            assert!(matches!(repair(text), Cow::Borrowed(_)), "{text} became {}", repair(text));
        }
    }

    proptest! {
        #[test]
        fn ascii_stays_and_nothing_grows(text in "[ -~]{0,20}[âÃÂ€™œ©\u{80}-\u{bf}’“é ]{0,20}[ -~]{0,20}") {
            let repaired = repair(&text);
            let ascii = |text: &str| text.chars().filter(char::is_ascii).collect::<String>();
            prop_assert_eq!(ascii(&repaired), ascii(&text));
            prop_assert!(repaired.chars().count() <= text.chars().count());
        }
    }
}
