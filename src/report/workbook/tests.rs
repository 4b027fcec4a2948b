use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};

use super::*;
use crate::facts::Coverage;
use crate::framing::contrasts::Status;
use crate::report::{ArticleRow, ContrastRow, CoverageRow, CsvOptions, StoryStatus, write_table};

/// Texts that want to be something else.
const HOSTILE: [&str; 9] = [
    "=HYPERLINK(\"http://a.example\",\"x\")",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "a\r\nb\tc\u{2028}d",
    "e\u{0}f\u{1B}g\u{FFFE}h",
    "_x0041_ <b>&amp;</b> \"quoted\"",
    "👩‍👩‍👧 \u{202E}turned\u{202C} ünïcödé 漢字",
    "",
];

fn hostile_rows() -> Rows {
    let mut rows = Rows::default();
    let long = "é".repeat(50_000);
    for (i, text) in HOSTILE.iter().copied().chain([long.as_str()]).enumerate() {
        let story_id = format!("story{i}");
        rows.stories.push(StoryRow {
            story_id: story_id.clone(),
            label: text.into(),
            status: StoryStatus::Ok,
            ..Default::default()
        });
        rows.articles.push(ArticleRow {
            article_id: format!("{text}{i}"),
            source: format!("{text} s"),
            title: text.into(),
            url: if i % 2 == 0 { "https://a.example/?q=\"<x>\"&b=ü#t".into() } else { "javascript:alert(1)".into() },
            date: Some(jiff::civil::date(2024, 2, 12)),
            story_id: story_id.clone(),
            ..Default::default()
        });
        rows.facts.push(FactRow {
            fact_id: format!("fact{i}"),
            story_id: story_id.clone(),
            statement: text.into(),
            n_sources: 2,
            ..Default::default()
        });
        rows.claims.push(ClaimRow {
            claim_id: format!("claim{i}"),
            fact_id: format!("fact{i}"),
            story_id: story_id.clone(),
            article_id: format!("{text}{i}"),
            source: format!("{text} s"),
            text: text.into(),
            loaded_adj: Some(-1.234_56 / (i as f64 + 1.0)),
            ..Default::default()
        });
        rows.coverage.push(CoverageRow {
            story_id: story_id.clone(),
            fact_id: format!("fact{i}"),
            source: format!("{text} s"),
            status: Coverage::NotFound,
            ..Default::default()
        });
        rows.contrasts.push(ContrastRow {
            story_id,
            source: format!("{text} s"),
            measure: format!("tone:{text}"),
            difference: Some(if i == 3 { f64::NAN } else { -0.000_01 }),
            q_value: Some(0.001_234_56),
            status: Status::Ok,
            ..Default::default()
        });
    }
    rows
}

fn read(dir: &Path) -> Xlsx<Cursor<Vec<u8>>> {
    calamine::open_workbook_from_rs(Cursor::new(std::fs::read(dir.join(WORKBOOK_FILE)).unwrap())).unwrap()
}

fn column(sheet: &Range<Data>, name: &str) -> Vec<Data> {
    let mut rows = sheet.rows();
    let at = rows.next().unwrap().iter().position(|cell| *cell == name).unwrap();
    rows.map(|row| row[at].clone()).collect()
}

#[test]
fn foreign_words_stay_words_and_numbers_are_those_of_the_csv_files() {
    let dir = tempfile::tempdir().unwrap();
    let rows = hostile_rows();
    write_workbook(dir.path(), &rows, &RunManifest::default()).unwrap();
    let mut book = read(dir.path());
    for name in book.sheet_names() {
        assert!(book.worksheet_formula(&name).unwrap().is_empty(), "{name} has a formula");
    }
    let claims = book.worksheet_range("claims").unwrap();
    assert_eq!(claims.height(), rows.claims.len() + 1);
    let texts = column(&claims, "text");
    assert_eq!(texts[0], Data::String(HOSTILE[0].into()));
    assert_eq!(texts[4], Data::String("a b c d".into()));
    assert_eq!(texts[5], Data::String("efgh".into()));
    assert_eq!(texts[6], Data::String(HOSTILE[6].into()));
    assert_eq!(texts[8], Data::Empty);
    assert!(
        texts[9].to_string().encode_utf16().count() == crate::report::csv::MAX_CELL
            && texts[9].to_string().ends_with('…')
    );

    write_table(dir.path(), &rows.claims, CsvOptions::default()).unwrap();
    let read_back: Vec<ClaimRow> = crate::report::read_table(dir.path()).unwrap();
    let numbers: Vec<Data> = read_back.iter().map(|c| Data::Float(c.loaded_adj.unwrap())).collect();
    assert_eq!(column(&claims, "loaded_adj"), numbers);
    let contrasts = book.worksheet_range("contrasts").unwrap();
    assert_eq!(column(&contrasts, "difference")[2..4], [Data::Float(0.0), Data::Empty]);
    assert_eq!(column(&contrasts, "q_value")[0], Data::Float(0.001_235));
    let date = &column(&book.worksheet_range("articles").unwrap(), "date")[0];
    assert!(matches!(date, Data::DateTime(day) if day.as_f64() == 45_334.0), "{date:?}");
    let matrix = book.worksheet_range(matrix::NAME).unwrap();
    assert_eq!((matrix.height(), matrix.width()), (rows.facts.len() + 1, 4 + rows.articles.len()));
}

#[test]
fn links_lead_to_the_row_of_that_name_and_to_web_pages_only() {
    let dir = tempfile::tempdir().unwrap();
    let rows = hostile_rows();
    // Rows and links that fit on no sheet.
    let mut book = workbook(dir.path(), &rows, &RunManifest::default(), Limits { rows: 4, links: 5 }).unwrap();
    book.save(dir.path().join(WORKBOOK_FILE)).unwrap();
    let mut book = read(dir.path());
    let names = book.sheet_names();
    assert!(["claims", "claims-2", "claims-3"].iter().all(|name| names.contains(&name.to_string())), "{names:?}");
    let id = |book: &mut Xlsx<_>, sheet: &str, place: &str| {
        let row: u32 = place.strip_prefix('A').unwrap().parse().unwrap();
        book.worksheet_range(sheet).unwrap().get_value((row - 1, 0)).unwrap().to_string()
    };
    let mut followed = 0;
    for (sheet, at) in [("facts-2", 1), ("coverage-2", 0), ("coverage-2", 1), ("claims-3", 1), ("claims-3", 3)] {
        let range = book.worksheet_range(sheet).unwrap();
        let links = book.hyperlinks_by_sheet_name(sheet).unwrap();
        assert!(links.len() <= 5);
        for link in links.iter().filter(|link| link.range.start.1 == at) {
            let (target, place) = link.location.as_ref().unwrap().split_once('!').unwrap();
            let text = range.get_value(link.range.start).unwrap().to_string();
            assert_eq!(id(&mut book, target.trim_matches('\''), place), text, "{sheet}: {link:?}");
            followed += 1;
        }
    }
    assert!(followed >= 8, "{followed}");
    let links = book.hyperlinks_by_sheet_name("articles").unwrap();
    let targets: Vec<&str> = links.iter().filter_map(|l| l.target.as_deref()).collect();
    assert!(!targets.is_empty() && targets.iter().all(|t| t.starts_with("https://a.example/")), "{targets:?}");
    let overview = book.worksheet_range(overview::NAME).unwrap();
    let said: Vec<String> = overview.rows().map(|row| row[1].to_string()).collect();
    assert!(said.iter().any(|text| text.starts_with("Sheet claims: links end in row")), "{said:#?}");
}

/// `PARALLAX_TIME_ROWS=100000 cargo test --release workbook_of_many -- --nocapture` says how long it takes.
#[test]
fn a_workbook_of_many_rows_is_written_twice_alike() {
    let n: usize = std::env::var("PARALLAX_TIME_ROWS").map_or(300, |n| n.parse().unwrap());
    let mut rows = Rows::default();
    for i in 0..n {
        let (story, fact) = (i / 100, i / 5);
        let source = format!("Source {}", i % 12);
        if i % 100 == 0 {
            rows.stories.push(StoryRow {
                story_id: format!("story{story}"),
                status: StoryStatus::Ok,
                ..Default::default()
            });
        }
        if i % 5 == 0 {
            rows.facts.push(FactRow {
                fact_id: format!("fact{fact}"),
                story_id: format!("story{story}"),
                n_sources: 5,
                ..Default::default()
            });
        }
        if i % 20 == 0 {
            rows.articles.push(ArticleRow {
                article_id: format!("article{}", i / 20),
                source: source.clone(),
                ..Default::default()
            });
        }
        rows.claims.push(ClaimRow {
            claim_id: format!("claim{i}"),
            fact_id: format!("fact{fact}"),
            story_id: format!("story{story}"),
            article_id: format!("article{}", i / 20),
            source: source.clone(),
            text: format!("The council of town {i} voted on Monday to close the bridge over the river, officials said, after {i} complaints."),
            loaded_adj: Some(i as f64 / 7.0),
            loaded: Some(i as f64 / 9.0),
            match_score: Some(0.5),
            ..Default::default()
        });
        rows.coverage.push(CoverageRow {
            story_id: format!("story{story}"),
            fact_id: format!("fact{fact}"),
            claim_id: format!("claim{i}"),
            source,
            status: Coverage::Own,
            ..Default::default()
        });
    }
    let dir = tempfile::tempdir().unwrap();
    let write = || {
        let started = std::time::Instant::now();
        write_workbook(dir.path(), &rows, &RunManifest::default()).unwrap();
        let bytes = std::fs::read(dir.path().join(WORKBOOK_FILE)).unwrap();
        println!("{n} claims: {:.1} s, {} bytes", started.elapsed().as_secs_f64(), bytes.len());
        bytes
    };
    let first = write();
    // What is written in a second of its own.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert!(first == write(), "the bytes differ");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "temporary files are left");
}
