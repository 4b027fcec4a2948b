//! Texts of every kind: none, empty, hostile, repeated, too long.

use parallax::embed::Precision;

use super::{Way, bits, embed};

#[test]
fn nothing_to_embed_is_no_error() {
    for way in Way::all() {
        let (vectors, stats) = way.shared().embed(&[""; 0], &|_, _| panic!("there is no progress to report")).unwrap();
        assert_eq!(vectors.rows.dim(), (0, 384), "{way}");
        assert!(vectors.index.is_empty());
        assert_eq!((stats.texts, stats.distinct, stats.tokens, stats.padding, stats.dummies), (0, 0, 0, 0, 0));
    }
}

/// What a text may be, beside prose.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "\r\n\t\u{a0}\u{2003}",
        "x",
        "flood",
        "?",
        "\0",
        "\u{1}\u{2}\u{7f}\u{85}",
        "a\0b",
        "\u{feff}",
        "\u{fffd}\u{fffe}\u{ffff}\u{10ffff}",
        "\u{e000}",
        "🔥",
        "👩\u{200d}👩\u{200d}👧\u{200d}👦 🇨🇭 👍🏽",
        "العهد الجديد",
        "שלום עולם",
        "\u{202e}gnorw\u{202c}",
        "\u{301}",
        "\u{301}\u{302}\u{303}",
        "e\u{301}",
        "東京で地震",
        "क्षि",
        "[CLS]",
        "[CLS] a [SEP] b [PAD] [MASK] [UNK]",
        "##ing",
        "https://example.org/?q=%00&x[]=1",
        "&nbsp;<script>",
    ]
    .map(str::to_owned)
    .into();
    texts.push(format!("e{}", "\u{301}".repeat(1000)));
    texts.push("x".repeat(100_000));
    texts.push("東".repeat(1000));
    texts.push("🔥".repeat(1000));
    texts.push("harbour ".repeat(300));
    texts.push("a-".repeat(50_000));
    texts.push(" ".repeat(100_000));
    texts
}

#[test]
fn any_text_has_a_vector_of_length_one() {
    let texts = hostile();
    for way in Way::all() {
        let (got, stats) = embed(way.shared(), &texts);
        assert_eq!(stats.distinct, texts.len());
        // 16 bits hold three digits of each number.
        let tolerance = if way.precision == Precision::F32 { 1e-5 } else { 1e-3 };
        for (i, text) in texts.iter().enumerate() {
            let norm = got.of(i).iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
            // Not true of NaN either.
            assert!((norm - 1.0).abs() < tolerance, "{way}: norm {norm} of {text:.60?}");
        }
    }
}

#[test]
fn texts_without_a_word_are_as_the_empty_text() {
    for way in Way::all() {
        let (got, stats) = embed(way.shared(), &["", " ", "\0", "\u{1}\u{2}", "\u{301}"]);
        assert_eq!(stats.tokens, 5 * 2, "{way}: [CLS], [SEP]");
        for i in 1..5 {
            assert_eq!(bits(got.of(i)), bits(got.of(0)), "{way}: text {i}");
        }
    }
}

#[test]
fn a_repeated_text_is_computed_once() {
    for way in Way::all() {
        let (vectors, stats) = embed(way.shared(), &vec!["Storm kills nine"; 10_000]);
        assert_eq!((stats.texts, stats.distinct, vectors.rows.nrows()), (10_000, 1, 1), "{way}");
        assert_eq!(vectors.index, vec![0; 10_000]);
        assert_eq!(stats.tokens, 5, "three words, [CLS], [SEP]");
    }
}

#[test]
fn what_is_longer_than_the_model_reads_is_cut_and_counted() {
    for way in Way::all() {
        let embedder = way.shared();
        let long = "flood ".repeat(100_000 / 6 + 1);
        let texts = ["short", long.as_str(), &long[..6 * 254], &long[..6 * 255]];
        let (vectors, stats) = embed(embedder, &texts);
        assert_eq!(stats.truncated, 2, "{way}: 254 words and two special tokens still fit");
        assert_eq!(embedder.count_tokens(&texts).unwrap(), [3, 256, 256, 256]);
        for i in [2, 3] {
            assert_eq!(bits(vectors.of(1)), bits(vectors.of(i)), "{way}: what lies behind the limit has no say");
        }
        let (_, stats) = embed(embedder, &["x".repeat(100_000)]);
        assert_eq!((stats.distinct, stats.tokens), (1, 3), "{way}: one word of 100,000 letters is one unknown word");
    }
}
