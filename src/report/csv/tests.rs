use super::*;
use crate::framing::contrasts::Status;
use crate::report::{ContrastRow, RejectedRow};
use proptest::prelude::*;

const COMMA: CsvOptions = CsvOptions { delimiter: b',', decimal: '.', bom: true };
const SEMICOLON: CsvOptions = CsvOptions { delimiter: b';', decimal: ',', bom: false };

fn number(value: f64, decimals: usize) -> String {
    let mut out = String::new();
    write_number(&mut out, value, decimals, '.');
    out
}

fn rejected(reason: &str) -> RejectedRow {
    RejectedRow { file: "in.csv".into(), record: Some(3), reason: reason.into(), ..RejectedRow::default() }
}

#[test]
fn numbers_are_plain_and_short() {
    assert_eq!(number(0.123_456, 4), "0.1235");
    assert_eq!(number(1.5, 4), "1.5");
    assert_eq!(number(100.0, 4), "100");
    assert_eq!(number(-0.000_01, 4), "0");
    assert_eq!(number(-0.0, 4), "0");
    assert_eq!(number(1e-5, 6), "0.00001");
    assert_eq!(number(1e20, 4), "100000000000000000000");
    assert_eq!(number(f64::NAN, 4), "");
    assert_eq!(number(f64::NEG_INFINITY, 4), "");
}

#[test]
fn what_starts_a_formula_is_guarded() {
    for text in [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        " =1",
        "\u{A0}=1",
        "\u{FEFF}=1",
        "\"=1\"",
        "'=1",
        "“=1”",
        "\u{200B}=1",
        "\u{202E}=1",
        "\u{AD}@x",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "﹦1",
        "⁼1",
        "−5",
        " \"\u{200B} ＝1",
        "\u{0}=1",
        "\u{1B}\u{7F}-1",
        "\u{FFFF}=1",
        "\tx",
        "\rx",
        "\nx",
        " \tx",
        "\"\tx",
    ] {
        let cell = guarded(text, ',');
        assert!(cell.starts_with('\''), "{text:?} -> {cell:?}");
        assert_eq!(unguarded(&cell, ','), clean(text), "{text:?}");
    }
}

#[test]
fn ordinary_prose_is_left_as_it_is() {
    for text in [
        "A = B",
        "It’s",
        "'Tis",
        "“No,” he said",
        "– and so",
        "— so",
        "…",
        "1-2",
        "",
        " x",
        "#tag",
        "it; so",
        "’s",
        "50% + 1",
        "e-mail",
        "5",
        "Über",
        "«Ja»",
        "a, -b",
        "(x)",
        "/x",
        "100 €",
    ] {
        assert_eq!(guarded(text, ','), text);
    }
}

#[test]
fn a_formula_behind_the_other_separator_is_guarded() {
    assert_eq!(guarded("x;=1", ','), "x;'=1");
    assert_eq!(guarded("x; \"=1", ','), "x;' \"=1");
    assert_eq!(guarded("x,@y", ';'), "x,'@y");
    assert_eq!(guarded("x,@y", ','), "x,@y", "quoted by the field's own quotes");
    assert_eq!(guarded("x;=1,=2", '\t'), "x;'=1,'=2");
    assert_eq!(guarded("a;;=1;-2", ','), "a;;'=1;'-2");
}

#[test]
fn a_cell_is_one_line_without_control_characters() {
    assert_eq!(guarded("a\r\nb\nc\td\u{0}e\u{2028}f\u{FFFE}", ','), "a b c de f");
}

#[test]
fn a_cell_is_cut_where_excel_would_stop() {
    let exactly = "x".repeat(MAX_CELL);
    assert_eq!(guarded(&exactly, ','), exactly);
    let wide = "ü".repeat(MAX_CELL);
    assert_eq!(guarded(&wide, ','), wide);
    for text in ["x".repeat(MAX_CELL + 1), "😀".repeat(MAX_CELL), format!("={}", "x".repeat(MAX_CELL - 1))] {
        let cell = guarded(&text, ',');
        let units = cell.encode_utf16().count();
        assert!((MAX_CELL - 1..=MAX_CELL).contains(&units), "{units}");
        assert!(cell.ends_with('…'));
    }
}

#[test]
fn a_long_table_continues_in_further_files_and_a_shorter_one_removes_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |count: usize| {
        let mut writer = TableWriter::<RejectedRow>::with_rows_per_file(folder.path(), COMMA, 2).unwrap();
        (0..count).for_each(|index| writer.push(&rejected(&index.to_string())).unwrap());
        writer.finish().unwrap()
    };
    let info = write(5);
    assert_eq!(info.parts, ["rejected.csv", "rejected-2.csv", "rejected-3.csv"]);
    assert_eq!(info.rows, 5);
    assert!(info.warning().unwrap().contains("rejected-3.csv"));
    let rows: Vec<RejectedRow> = read_table(folder.path()).unwrap();
    assert_eq!(rows.iter().map(|row| row.reason.as_str()).collect::<Vec<_>>(), ["0", "1", "2", "3", "4"]);
    let info = write(2);
    assert_eq!((info.parts.len(), info.warning()), (1, None));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(write(0).rows, 0);
    assert_eq!(read_table::<RejectedRow>(folder.path()).unwrap(), []);
}

#[test]
fn the_bytes_are_rfc_4180_with_a_bom() {
    let folder = tempfile::tempdir().unwrap();
    write_table(folder.path(), &[rejected("no \"body\", no title")], COMMA).unwrap();
    let bytes = std::fs::read(folder.path().join("rejected.csv")).unwrap();
    let text = "\u{FEFF}file,record,line,field,reason\r\nin.csv,3,,,\"no \"\"body\"\", no title\"\r\n";
    assert_eq!(String::from_utf8(bytes).unwrap(), text);
}

#[test]
fn continental_files_have_semicolons_and_decimal_commas() {
    let folder = tempfile::tempdir().unwrap();
    let row = ContrastRow {
        status: Status::Ok,
        difference: Some(-1.25),
        p_value: Some(0.000_123_4),
        ..ContrastRow::default()
    };
    write_table(folder.path(), [&row], SEMICOLON).unwrap();
    let text = std::fs::read_to_string(folder.path().join("contrasts.csv")).unwrap();
    assert!(text.ends_with(";-1,25;;;0,000123;;;ok\r\n"), "{text}");
    let rows: Vec<ContrastRow> = read_table(folder.path()).unwrap();
    assert_eq!((rows[0].difference, rows[0].p_value), (Some(-1.25), Some(0.000_123)));
}

#[test]
fn a_value_outside_the_promised_list_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_table(folder.path(), [ContrastRow::default()], COMMA).unwrap();
    let path = folder.path().join(ContrastRow::FILE);
    std::fs::write(&path, std::fs::read_to_string(&path).unwrap().replace("insufficient", "maybe")).unwrap();
    let error = read_table::<ContrastRow>(folder.path()).unwrap_err().to_string();
    assert!(error.contains("column status: expected one of ok, insufficient, found 'maybe'"), "{error}");
}

#[test]
fn dialects_that_could_not_be_read_are_refused() {
    for (delimiter, decimal) in [(b',', ','), (b'"', '.'), (b'-', '.'), (b'x', '.'), (b';', '\'')] {
        assert!(CsvOptions { delimiter, decimal, bom: true }.checked().is_err());
    }
    for (delimiter, decimal) in [(b',', '.'), (b';', ','), (b'\t', ','), (b'|', '.')] {
        assert!(CsvOptions { delimiter, decimal, bom: true }.checked().is_ok());
    }
}

/// Texts that provoke: guards, quotes, separators and invisible characters in front, anything behind.
fn provoking() -> impl Strategy<Value = String> {
    let head = prop::collection::vec(
        prop::sample::select(vec![
            "=", "+", "-", "@", "'", "\"", " ", "\t", "\r", "\n", ",", ";", "|", "＝", "\u{200B}", "\u{FEFF}", "\0",
            "x", "“", "\u{85}", "−",
        ]),
        0..8,
    );
    (head, any::<String>()).prop_map(|(head, tail)| head.concat() + &tail)
}

proptest! {
    #[test]
    fn any_text_comes_back_and_no_cell_starts_a_formula(text in provoking(), which in 0..3_usize) {
        let delimiter = [b',', b';', b'\t'][which];
        let options = CsvOptions { delimiter, decimal: '.', bom: which == 0 };
        let folder = tempfile::tempdir().unwrap();
        let row = rejected(&text);
        write_table(folder.path(), [&row], options).unwrap();

        let bytes = std::fs::read_to_string(folder.path().join("rejected.csv")).unwrap();
        let bytes = bytes.strip_prefix(BOM).unwrap_or(&bytes);
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes.as_bytes());
        let record = reader.records().next().unwrap().unwrap();
        let cell = &record[4];
        prop_assert_eq!(cell, guarded(&text, char::from(delimiter)));
        prop_assert!(cell.starts_with('\'') || !starts_formula(cell), "{:?}", cell);
        prop_assert!(!cell.chars().any(char::is_control), "{:?}", cell);
        for other in SEPARATORS.iter().filter(|&&other| other != char::from(delimiter)) {
            for field in cell.split(*other) {
                prop_assert!(field.starts_with('\'') || !starts_formula(field), "{:?}", cell);
            }
        }
        let back: Vec<RejectedRow> = read_table(folder.path()).unwrap();
        prop_assert_eq!(&back[0].reason, &clean(&text));
    }

    #[test]
    fn any_number_comes_back(value in any::<f64>(), decimals in prop::sample::select(vec![4_usize, 6])) {
        let text = number(value, decimals);
        if value.is_finite() {
            let back: f64 = text.parse().unwrap();
            let scale = 10_f64.powi(decimals as i32);
            prop_assert!((back - value).abs() <= 0.5 / scale + value.abs() * 1e-12, "{} {}", value, text);
            prop_assert!(text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-'), "{}", text);
            prop_assert!(text != "-0" && !(text.contains('.') && text.ends_with('0')), "{}", text);
            prop_assert!(text.split('.').nth(1).is_none_or(|d| d.len() <= decimals), "{}", text);
        } else {
            prop_assert_eq!(text, "");
        }
    }
}
