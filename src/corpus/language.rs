//! The language of an article.

use whatlang::Lang;

/// Enough to be sure; more only costs time.
const LOOK_AT: usize = 2_000;
/// Shorter texts are guessed wrongly too often.
const SHORTEST: usize = 40;

/// The ISO 639-1 code of the text's language, "" where it is too short or the detector is not sure.
pub fn detect(text: &str) -> &'static str {
    let end = text.char_indices().nth(LOOK_AT).map_or(text.len(), |(at, _)| at);
    let text = &text[..end];
    if text.chars().nth(SHORTEST - 1).is_none() {
        return "";
    }
    match whatlang::detect(text) {
        Some(info) if info.is_reliable() => code(info.lang()),
        _ => "",
    }
}

/// ISO 639-1 for the detector's ISO 639-3.
fn code(lang: Lang) -> &'static str {
    const CODES: [(&str, &str); 70] = [
        ("afr", "af"),
        ("aka", "ak"),
        ("amh", "am"),
        ("ara", "ar"),
        ("aze", "az"),
        ("bel", "be"),
        ("ben", "bn"),
        ("bul", "bg"),
        ("cat", "ca"),
        ("ces", "cs"),
        ("cmn", "zh"),
        ("cym", "cy"),
        ("dan", "da"),
        ("deu", "de"),
        ("ell", "el"),
        ("eng", "en"),
        ("epo", "eo"),
        ("est", "et"),
        ("fin", "fi"),
        ("fra", "fr"),
        ("guj", "gu"),
        ("heb", "he"),
        ("hin", "hi"),
        ("hrv", "hr"),
        ("hun", "hu"),
        ("hye", "hy"),
        ("ind", "id"),
        ("ita", "it"),
        ("jav", "jv"),
        ("jpn", "ja"),
        ("kan", "kn"),
        ("kat", "ka"),
        ("khm", "km"),
        ("kor", "ko"),
        ("lat", "la"),
        ("lav", "lv"),
        ("lit", "lt"),
        ("mal", "ml"),
        ("mar", "mr"),
        ("mkd", "mk"),
        ("mya", "my"),
        ("nep", "ne"),
        ("nld", "nl"),
        ("nob", "no"),
        ("ori", "or"),
        ("pan", "pa"),
        ("pes", "fa"),
        ("pol", "pl"),
        ("por", "pt"),
        ("ron", "ro"),
        ("rus", "ru"),
        ("sin", "si"),
        ("slk", "sk"),
        ("slv", "sl"),
        ("sna", "sn"),
        ("spa", "es"),
        ("srp", "sr"),
        ("swe", "sv"),
        ("tam", "ta"),
        ("tel", "te"),
        ("tgl", "tl"),
        ("tha", "th"),
        ("tuk", "tk"),
        ("tur", "tr"),
        ("ukr", "uk"),
        ("urd", "ur"),
        ("uzb", "uz"),
        ("vie", "vi"),
        ("yid", "yi"),
        ("zul", "zu"),
    ];
    CODES.iter().find(|(three, _)| *three == lang.code()).map_or("", |(_, two)| two)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_apart_and_short_texts_left_open() {
        assert_eq!(
            detect("The council voted on Tuesday to close the bridge after engineers found cracks in it."),
            "en"
        );
        assert_eq!(
            detect("Der Stadtrat beschloss am Dienstag, die Brücke nach dem Fund von Rissen zu schließen."),
            "de"
        );
        assert_eq!(detect("Der Rat tagt."), "");
        assert_eq!(detect(""), "");
        assert_eq!(detect(&"\u{1F600}".repeat(100)), "");
    }

    #[test]
    fn every_language_of_the_detector_has_a_code() {
        let without: Vec<&str> =
            Lang::all().iter().filter(|lang| code(**lang).is_empty()).map(|lang| lang.code()).collect();
        assert_eq!(without, Vec::<&str>::new());
    }
}
