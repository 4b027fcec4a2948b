//! Readers under fire: random mutations of small inputs, and megabytes of one hostile thing.
//!
//! Every try has a random stream of its own, so a failure comes back; it is printed in the shortest form that was found.
//! `PARALLAX_FUZZ_TRIES=100` makes a hundred times as many tries.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use parallax::background::Background;
use parallax::claims;
use parallax::corpus::date::{Reading, read_date};
use parallax::corpus::{self, Corpus, OnDuplicate, ReadOptions, normalise_text, prose_lines, registrable_domain};
use parallax::evaluate::read_gold_claims;
use parallax::framing::{Frames, UserLexicon};
use parallax::pipeline::Weights;
use parallax::report::{RunManifest, read_texts};
use parallax::stories::GivenStories;
use parallax::text::{self, Span};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

/// A try of a few kilobytes that lasts so long hangs.
const HANG: Duration = Duration::from_secs(30);

/// What breaks readers.
const HOSTILE: &[&[u8]] = &[
    b"\"",
    b"\"\"",
    b"\"\"\"",
    b"'",
    b",",
    b";",
    b"\t",
    b"|",
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\",\"",
    b"\"\n\"",
    b"\0",
    b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    b"\x1a",
    b"\x7f",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xff",
    b"\xc3",
    b"\xe2\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xc0\xaf",
    b"\x1b$B",
    b"\x81\x40",
    b"\x1f\x8b\x08",
    b"PK\x03\x04",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"\\udc00\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b"[[[[[[[[[[[[[[[[",
    b"{\"a\":{\"a\":{\"a\":",
    b"null",
    b"1e999",
    b"-0",
    b"NaN",
    b"99999999999999999999999999999999999999",
    b"0.0000000000000000000000000000000000001",
    b"<",
    b">",
    b"<script",
    b"</script>",
    b"<!--",
    b"<![CDATA[",
    b"<p>",
    b"<a href=\"",
    b"&#x",
    b"&#xd800;",
    b"&#x110000;",
    b"&#0;",
    b"&amp;lt;",
    b"&nbsp;",
    b"(",
    b")",
    b"((((((((((((",
    b"``",
    b"''",
    "“".as_bytes(),
    "”".as_bytes(),
    "‘".as_bytes(),
    "’".as_bytes(),
    "«".as_bytes(),
    "…".as_bytes(),
    "—".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{200f}".as_bytes(),
    "\u{200b}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{301}".as_bytes(),
    "\u{fdfa}".as_bytes(),
    "İ".as_bytes(),
    "ẞ".as_bytes(),
    "ﬃ".as_bytes(),
    "\u{1F469}\u{200d}\u{1F680}".as_bytes(),
    "한".as_bytes(),
    "٣".as_bytes(),
    "½".as_bytes(),
    b"...",
    b". . .",
    b"?!",
    b".",
    b":",
    b"- ",
    b"--",
    b"-",
    b"$",
    b"%",
    b" said ",
    b" according to ",
    b", he said, ",
    b" that ",
    b"Mr. ",
    b"U.S.",
    b"a.m.",
    b"Mayor ",
    b"1/2/",
    b"2026-02-30",
    b"12:",
    b"=1+1",
    b"@",
    b"../../x",
    b"id,source,body\n",
    b"---\n",
    b"source: ",
    b"title: ",
];

/// Rows of our own words in many layouts.
const TABLES: &[&[u8]] = &[
    b"id,source,date,title,url,body\n1,Gazette,2026-03-05,Bridge closed,https://gazette.example/1,\"The council closed the old bridge, it said on Monday. Repairs will cost $2 million.\"\n2,Courier,5 March 2026,Vote,,\"\"\"We had no choice,\"\" the mayor said.\nThe vote was 7 to 4.\"\n3,Herald,05/03/2026,,http://www.herald.example/a?b=c,Engineers found cracks in two pillars.\n",
    b"source;body\nGazette;The council closed the bridge.\nCourier;\"Two men; one dog.\"\n",
    b"id\toutlet\theadline\ttext\n7\tGazette\t\"No\" to the bridge\tThe council voted \"no\" on Monday.\n8\tCourier\tVote\tIt was close.\n",
    b"sep=|\r\nid|source|body\r\n1|Gazette|<p>The council met.</p><p>It voted &amp; left.</p>\r\n2||No source here.\r\n",
    b"id,source,body\n1,Gazette,The caf\xe9 in K\xf6rblin is closed.\n1,Gazette,Another text under the same id.\n1,Gazette,The caf\xe9 in K\xf6rblin is closed.\n",
];

const LINES: &[&[u8]] = &[
    b"{\"id\":1,\"source\":{\"name\":\"Gazette\"},\"published_at\":\"2026-03-05T10:00:00Z\",\"title\":\"Bridge\",\"body\":\"The council closed the old bridge on Monday.\"}\n{\"id\":2,\"outlet\":\"Courier\",\"date\":1772668800,\"content\":[\"One paragraph.\",\"Two \\u201cparagraphs\\u201d.\"]}\n",
    b"[{\"id\":\"a\",\"source\":\"Gazette\",\"text\":\"Caf\\u00e9 closed.\"},\n{\"id\":\"b\",\"source\":\"Courier\",\"text\":\"It rained.\"}]\n",
    b"{\"status\":\"ok\",\"articles\":[{\"source\":\"Gazette\",\"body\":\"It rained.\"},{\"source\":\"Courier\",\"body\":\"It snowed.\"}]}",
    b"{\n \"id\": 1,\n \"source\": \"Gazette\",\n \"body\": \"It rained.\"\n}\n",
];

const TEXTS: &[&[u8]] = &[
    b"Council closes bridge\nsource: Gazette\ndate: 2026-03-05\n\nThe council closed the old bridge on Monday.\n\nRead also: Other news\n",
    b"---\ntitle: \"Council closes bridge\"\nsource: Courier\n---\n# Council\n\nIt rained.",
    b"One line without an end",
];

/// Sentences with all that the rules look for.
const PROSE: &[&[u8]] = &[
    "KESTER (AP) — The mayor, Ann Corrow, said on Monday that 1,140 jobs “will go by March 5, 2026”. “We had no choice,” she added. According to Brannick Ltd., the loss was $2.5 million, or 12 percent."
        .as_bytes(),
    "“I never said so,” Sen. Joe Hexley told the Department of Justice.\nHexley: No comment. Q: Why?\nCritics call it a ‘staggering’ failure -- he denied it at 10:30 p.m. on 9/11.".as_bytes(),
    "<p>Dr. Fenn&#8217;s report isn&rsquo;t out yet.<br>Officials, who wouldn't be named, claimed that two-thirds of 3 million homes were hit...</p> \"Is it?\" they asked. The 1990s, the 21st, a dozen, hundreds of thousands."
        .as_bytes(),
    b"May 5 was the U.S. date; Mr. O'Neil of the Bank of the West didn't go. It isn't 1.2.3 nor 5-10% nor US$60.",
];

const DATES: &[&[u8]] = &[
    b"2026-03-05T23:59:59-08:00[Europe/Berlin]",
    b"Thu, 05 Mar 2026 10:00:00 GMT",
    b"5th of March, 2026",
    b"03/25/2026 10:00",
    b"1772668800.5",
    b"20260305T101500Z",
];

fn tries(usual: u64) -> u64 {
    let times = std::env::var("PARALLAX_FUZZ_TRIES").map_or(1, |times| times.parse().unwrap());
    usual * times
}

/// Shows `check` mutations of the seeds. It panics with the shortest input found that fails, and aborts on one that hangs.
fn fire(name: &str, usual: u64, seeds: &[&[u8]], check: impl Fn(&[u8])) {
    let passes = |input: &[u8]| catch_unwind(AssertUnwindSafe(|| check(input))).is_ok();
    let watched = Watched::new(name);
    for number in 0..tries(usual) {
        let input = mutated(seeds, &mut ChaCha8Rng::seed_from_u64(number));
        watched.on(input.escape_ascii());
        if !passes(&input) {
            let shortest = shrunk(input, &passes);
            panic!("{name}, try {number}: b\"{}\"", shortest.escape_ascii());
        }
    }
}

fn mutated(seeds: &[&[u8]], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = seeds.choose(rng).unwrap().to_vec();
    for _ in 0..rng.random_range(1..=6) {
        let from = rng.random_range(0..=bytes.len());
        let to = (from + rng.random_range(0..40)).min(bytes.len());
        match rng.random_range(0..10) {
            0 if from < bytes.len() => bytes[from] ^= 1 << rng.random_range(0..8),
            1 => bytes.truncate(from),
            2 => drop(bytes.drain(..from)),
            3 => drop(bytes.drain(from..to)),
            4 => {
                let slice = bytes[from..to].to_vec();
                let at = rng.random_range(0..=bytes.len());
                bytes.splice(at..at, slice);
            }
            5 => {
                let other = seeds.choose(rng).unwrap();
                bytes.truncate(from);
                bytes.extend(&other[rng.random_range(0..=other.len())..]);
            }
            kind => {
                let times = if kind == 6 { rng.random_range(1..300) } else { 1 };
                let token = HOSTILE.choose(rng).unwrap().repeat(times);
                bytes.splice(from..from, token);
            }
        }
    }
    bytes
}

/// Leaves out of a failing input what it can do without.
fn shrunk(mut input: Vec<u8>, passes: &impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut step = input.len() / 2;
    while step > 0 {
        let mut at = 0;
        while at + step <= input.len() {
            let shorter = [&input[..at], &input[at + step..]].concat();
            if passes(&shorter) {
                at += step;
            } else {
                input = shorter;
            }
        }
        step /= 2;
    }
    input
}

/// Ends the program when an input takes too long: a thread that hangs cannot be ended.
pub struct Watched(Arc<Mutex<Option<(Instant, String)>>>);

impl Watched {
    pub fn new(name: &str) -> Self {
        let state = Arc::new(Mutex::new(Some((Instant::now(), String::new()))));
        let (shared, name) = (Arc::clone(&state), name.to_owned());
        std::thread::spawn(move || {
            loop {
                let Some((since, input)) = shared.lock().unwrap().clone() else { return };
                if since.elapsed() > HANG {
                    // Not by a macro: what those print of a test is kept back, and lost.
                    let _ = writeln!(std::io::stderr(), "{name} hangs: {input}");
                    std::process::abort();
                }
                std::thread::sleep(Duration::from_secs(1));
            }
        });
        Watched(state)
    }

    fn on(&self, input: impl ToString) {
        *self.0.lock().unwrap() = Some((Instant::now(), input.to_string()));
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Ok(mut state) = self.0.lock() {
            *state = None;
        }
    }
}

/// A folder whose files are written anew for each try.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: impl AsRef<Path>, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        self.put(name, bytes).display().to_string()
    }
}

fn options(input: &str) -> ReadOptions {
    ReadOptions { inputs: vec![input.to_owned()], ..ReadOptions::default() }
}

/// Reads an input in the usual and in an unusual way; every record is accounted for, every span lies in its text.
fn read(input: &str) -> Option<Corpus> {
    let unusual = ReadOptions {
        headlines: true,
        on_duplicate: OnDuplicate::Keep,
        since: read_date("2026-03-05").date(),
        ..options(input)
    };
    let read = |options| corpus::read(options, &mut |_| {}).inspect(checked).ok();
    read(&unusual);
    read(&options(input))
}

fn accounted(corpus: &Corpus) {
    let records: u64 = corpus.files.iter().map(|file| file.records).sum();
    let known = corpus.articles.len() + corpus.duplicates + corpus.filtered + corpus.rejected.len();
    assert_eq!(records, known as u64, "records are lost");
    assert!(corpus.articles.is_sorted_by(|a, b| a.id < b.id), "an id stands twice, or out of order");
    assert!(corpus.rejected.iter().all(|r| !r.file.is_empty() && !r.reason.is_empty()));
}

fn checked(corpus: &Corpus) {
    accounted(corpus);
    for (article, claims) in corpus.articles.iter().zip(claims::extract(&corpus.articles)) {
        let body = article.body.as_str();
        assert!(!article.id.is_empty() && !article.source.is_empty() && !body.contains(['\0', '\r']));
        in_order(body, &article.kept);
        in_order(body, &claims.iter().map(|claim| claim.span).collect::<Vec<_>>());
        for claim in claims {
            let spans = [claim.cue, claim.speaker].into_iter().flatten().chain(claim.quotes).chain(claim.scare);
            spans.for_each(|span| inside(body, span));
        }
    }
}

/// On character boundaries, inside the text, not empty.
#[track_caller]
fn inside(text: &str, span: Span) {
    assert!(text.get(span.start..span.end).is_some_and(|part| !part.is_empty()), "{span:?} of {} bytes", text.len());
}

#[track_caller]
fn in_order(text: &str, spans: &[Span]) {
    spans.iter().for_each(|span| inside(text, *span));
    assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start), "spans overlap");
}

#[test]
fn tables() {
    let folder = Folder::new();
    for name in ["a.csv", "a.tsv", "a"] {
        fire(name, 500, TABLES, |bytes| drop(read(&folder.file(name, bytes))));
    }
}

#[test]
fn json_lines() {
    let folder = Folder::new();
    fire("a.jsonl", 800, LINES, |bytes| drop(read(&folder.file("a.jsonl", bytes))));
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zst(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn compressed_files() {
    let folder = Folder::new();
    let long = TABLES[0].repeat(20);
    for (name, packed) in [("a.csv.gz", gz(&long)), ("a.csv.zst", zst(&long)), ("a.jsonl.gz", gz(LINES[0]))] {
        fire(name, 300, &[&packed], |bytes| drop(read(&folder.file(name, bytes))));
    }
}

/// The bytes become the files' names, too.
#[cfg(unix)]
#[test]
fn folders_of_texts() {
    use std::os::unix::ffi::OsStrExt;
    let names: &[&[u8]] = &[b"gazette/2026/1.txt", b"courier/notes.md", b"a.b.c.text", b".txt"];
    fire("folder", 150, TEXTS, |bytes| {
        let folder = Folder::new();
        let mut rng = ChaCha8Rng::seed_from_u64(bytes.len() as u64);
        for (number, name) in names.iter().enumerate() {
            let mut name = mutated(&[name], &mut rng);
            name.retain(|byte| *byte != 0 && *byte != b'/');
            name.truncate(200);
            let name = [format!("{}/", number % 2).as_bytes(), &name, b".txt"].concat();
            folder.put(Path::new(std::ffi::OsStr::from_bytes(&name)), bytes);
            folder.put(format!("{number}/plain.txt"), TEXTS[number % TEXTS.len()]);
        }
        let corpus = read(&folder.0.path().display().to_string()).unwrap();
        // The files of our own are read, whatever lies beside them.
        assert!(corpus.articles.len() + corpus.duplicates >= 3, "{corpus:?}");
    });
}

/// What stands in one row or line costs no other.
#[test]
fn good_neighbours_survive() {
    const HEADER: &str = "id,source,date,title,body\n";
    let folder = Folder::new();
    let body = |i: usize| format!("The council of Aldwyke met \"{i}\" times, it said, and closed the bridge.");
    let row = |i: usize| {
        let quoted = body(i).replace('"', "\"\"");
        format!("good{i},Gazette,2026-03-0{i},Meeting {i},\"{quoted}\"\n")
    };
    let line =
        |i: usize| format!("{}\n", serde_json::json!({"id": format!("good{i}"), "source": "Gazette", "body": body(i)}));
    let survive = |name: &str, head: &str, good: &dyn Fn(usize) -> String, hostile: &[u8]| {
        let (before, after): (String, String) = ((1..4).map(good).collect(), (4..8).map(good).collect());
        let bytes = [head.as_bytes(), before.as_bytes(), hostile, b"\n", after.as_bytes()].concat();
        let corpus = read(&folder.file(name, &bytes)).unwrap();
        if corpus.rejected.iter().any(|r| r.record == 0 && r.reason.contains("binary")) {
            return; // the whole file is refused, and says so
        }
        for i in 1..8 {
            let found = corpus.articles.iter().find(|a| a.id == format!("good{i}"));
            assert!(found.is_some_and(|a| a.body == body(i)), "good{i}: {:?} {:?}", corpus.articles, corpus.rejected);
        }
    };
    let rows: &[&[u8]] =
        &[b"bad1,Courier,2026-03-05,Vote,\"It was close, he said.\"", b"bad2,Courier,,\"Vote, again\",It rained."];
    fire("a row among others", 800, rows, |hostile| survive("a.csv", HEADER, &row, hostile));
    let lines: &[&[u8]] = &[b"{\"id\":\"bad1\",\"source\":\"Courier\",\"body\":\"It was close, he said.\"}"];
    fire("a line among others", 800, lines, |hostile| survive("a.jsonl", "", &line, hostile));
}

#[test]
fn dates() {
    fire("date", 4_000, DATES, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Reading::Known(date) = read_date(&text) {
            assert!((1600..=2300).contains(&date.year()), "{date}");
            assert_eq!(read_date(&date.to_string()), Reading::Known(date));
        }
    });
}

#[test]
fn sentences_and_voices() {
    fire("sentences", 3_000, PROSE, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let mut all = Vec::new();
        for paragraph in text::paragraphs(&text) {
            inside(&text, paragraph);
            all.extend(text::sentences(&text, paragraph));
        }
        in_order(&text, &all);
        let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert_eq!(all.iter().map(|s| bare(s.of(&text))).collect::<String>(), bare(&text), "letters are lost");
        let voices = text::attribute(&text, &all);
        assert_eq!(voices.len(), all.len());
        for (sentence, voice) in all.iter().zip(voices) {
            let spans = [voice.cue, voice.speaker].into_iter().flatten().chain(voice.scare);
            spans.for_each(|span| inside(&text, span));
            voice.quotes.iter().for_each(|quote| assert!(sentence.contains(*quote)));
            in_order(&text, &voice.quotes);
        }
    });
}

#[test]
fn words_numbers_names_and_quotations() {
    fire("words", 3_000, PROSE, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        in_order(&text, &text::words(&text).iter().map(|w| w.span).collect::<Vec<_>>());
        in_order(&text, &text::quantities(&text).iter().map(|q| q.span).collect::<Vec<_>>());
        in_order(&text, &text::entities(&text).iter().map(|e| e.span).collect::<Vec<_>>());
        in_order(&text, &text::negations(&text));
        text::quotations(&text).into_iter().chain(text::dateline(&text)).for_each(|span| inside(&text, span));
        for quantity in text::quantities(&text) {
            assert!(quantity.value.is_none_or(f64::is_finite) && !quantity.key.is_empty(), "{quantity:?}");
        }
        assert!(text::terms(&text).iter().all(|term| !term.is_empty()));
        let _ = (text::negated_terms(&text), text::modal(&text), text::described(&text), text::full_stop(&text));
    });
}

#[test]
fn html_and_addresses() {
    fire("html", 3_000, PROSE, |bytes| {
        let raw = String::from_utf8_lossy(bytes);
        let text = normalise_text(&raw);
        assert!(!text.contains(['\0', '\r', '\u{feff}', '\u{200b}']) && text.trim() == text, "{text:?}");
        in_order(&text, &prose_lines(&text));
        let _ = registrable_domain(&raw);
    });
}

type Reader = (&'static str, &'static [&'static [u8]], fn(&str));

/// The user's other files: what cannot be used is an error that says so.
const OTHERS: &[Reader] = &[
    ("stories.csv", &[b"article_id,story\n1,bridge\n2,bridge\n3,\n", b"id\tevent\n1\tx\n"], |path| {
        said(GivenStories::open(path))
    }),
    ("gold.jsonl", &[b"{\"id\":\"1\",\"event\":\"e\",\"sentence\":\"It rained.\"}\n"], |path| {
        said(read_gold_claims(path))
    }),
    ("words.csv", &[b"term,weight\nfail*,1.5\ntax cut,-2\nrow,\n"], |path| said(UserLexicon::open("mine", path))),
    ("frames.csv", &[b"frame,kind,sentence\nweather,seed,It rained.\nweather,example,It snowed.\n"], |path| {
        said(Frames::shipped().unwrap().with_file(path));
    }),
    ("table.txt", &[b"One.\n\nThree.\n", b"\xef\xbb\xbfa,b\n1,2\n"], |path| said(corpus::read_table(path, &[]))),
    ("weights.json", &[include_bytes!("../../../models/weights.json")], |path| said(Weights::open(Path::new(path)))),
    ("run.json", &[include_bytes!("../../../reports/sample/run.json")], |path| {
        said(RunManifest::read(Path::new(path).parent().unwrap()));
    }),
    ("texts.jsonl", &[b"{\"article_id\":\"1\",\"title\":\"T\",\"body\":\"It rained.\"}\n"], |path| {
        let texts = read_texts(Path::new(path).parent().unwrap()).unwrap();
        texts.for_each(said);
    }),
];

/// An error has a text.
fn said<T>(result: parallax::Result<T>) {
    if let Err(error) = result {
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn other_files() {
    let folder = Folder::new();
    for (name, seeds, read) in OTHERS {
        fire(name, 250, seeds, |bytes| read(&folder.file(name, bytes)));
    }
    let header = r#"{"articles":9,"corpus":"c","min_document_frequency":2,"model":"m","sha256":"0","mean":[0.5,1]}"#;
    let plain = format!("{header}\ncouncil\t7\nbridge\t3\n");
    fire("background", 250, &[plain.as_bytes()], |bytes| said(Background::read(&*gz(bytes), "b")));
    fire("background.gz", 250, &[&gz(plain.as_bytes())], |bytes| said(Background::read(bytes, "b")));
}

/// Of these a megabyte goes to every reader in each run of the tests.
const USUAL_FLOODS: &[&str] = &["\"", "<", "(", "[", "a", "ay", "a. ", "Mayor Smith "];

/// Of these only ten megabytes, by hand with `PARALLAX_FLOOD_ALL=1`.
const FURTHER_FLOODS: &[&str] = &[
    "\"\n",
    "\"\"",
    "'",
    "“",
    "“a” ",
    "”",
    "‘a",
    "``",
    ")",
    "]",
    "[{",
    "{\"a\":",
    "{\"a\":1}\n",
    ",",
    "\n",
    "\r",
    "\t",
    ";",
    "<p",
    "<b>",
    "<!--",
    "<script>",
    "&",
    "&#x",
    "&#39;",
    "A. ",
    ". ",
    "...",
    ". . ",
    "! ",
    " ",
    "\u{301}",
    "\u{202e}",
    "\u{fdfa}",
    "9",
    "1,",
    "9.",
    "1-",
    "a-",
    "a'",
    "A.B",
    "$1 ",
    "1/2/",
    "million ",
    "one hundred and ",
    "said ",
    "\"a\" he said, ",
    "that ",
    "A of ",
    "A—",
    ":",
    "\0",
    "a\n",
    "http://",
    "<a href=\"",
    "\\u00",
    "1\n",
    "x=1 ",
    "US ",
    "May 5 ",
    "quickly ",
    "call it ",
    "\u{1F600}",
];

/// Endless repetitions of what no text repeats, noise, and what once took quadratic time.
fn floods(units: &[&str], bytes: usize) -> Vec<(String, Vec<u8>)> {
    let mut floods: Vec<(String, Vec<u8>)> =
        units.iter().map(|unit| (format!("{unit:?}"), unit.repeat(bytes / unit.len()).into_bytes())).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut some = |from: &[u8]| -> Vec<u8> { (0..bytes).map(|_| *from.choose(&mut rng).unwrap()).collect() };
    let all: Vec<u8> = (0..=255).collect();
    floods.push(("random bytes".into(), some(&all)));
    floods.push(("random letters".into(), some(&all[97..123])));
    floods.push(("random words".into(), some(b"etaoin shrdlu ,.\nTHE")));
    let halves = some(&all).into_iter().enumerate().map(|(i, byte)| if i % 2 == 1 { 0xd8 | byte & 7 } else { byte });
    floods.push(("UTF-16 halves".into(), [0xff, 0xfe].into_iter().chain(halves).collect()));
    let keys: String = (0..bytes / 14).map(|i| format!("\"k{i:08}\":1,")).collect();
    floods.push(("keys".into(), format!("{{{keys}\"source\":\"a\",\"body\":\"It rained.\"}}").into_bytes()));
    let dotted = format!("{{\"b{}\":{{\"ody\":\"It rained.\"}},\"source\":\"a\"}}", ".".repeat(bytes));
    floods.push(("a dotted key".into(), dotted.into_bytes()));
    let same: String = (0..bytes / 20).map(|i| format!("x,a,It rained {i}.\n")).collect();
    floods.push(("one id".into(), format!("id,source,body\n{same}").into_bytes()));
    let names: String = (0..bytes / 16).map(|i| format!("f{i:07},A word.\n")).collect();
    floods.push(("names".into(), format!("frame,sentence\n{names}").into_bytes()));
    let gap = format!("{}{}x", "Ann ".repeat(bytes / 8), " ".repeat(bytes / 2));
    floods.push(("a gap behind a name".into(), gap.into_bytes()));
    floods
}

/// What reads a flood; files go into the folder.
type Drinks = Box<dyn Fn(&Folder, &[u8])>;

/// All readers.
fn readers() -> Vec<(&'static str, Drinks)> {
    fn keeping(name: &'static str, on_duplicate: OnDuplicate) -> Drinks {
        Box::new(move |folder, bytes| {
            let options = ReadOptions { on_duplicate, ..options(&folder.file(name, bytes)) };
            corpus::read(&options, &mut |_| {}).iter().for_each(accounted);
        })
    }
    fn file(name: &'static str) -> Drinks {
        keeping(name, OnDuplicate::First)
    }
    fn prose(check: fn(&str)) -> Drinks {
        Box::new(move |_, bytes| check(&String::from_utf8_lossy(bytes)))
    }
    let mut readers: Vec<(&'static str, Drinks)> = vec![
        ("CSV", file("a.csv")),
        ("CSV, --on-duplicate keep", keeping("a.csv", OnDuplicate::Keep)),
        ("TSV", file("a.tsv")),
        ("JSON lines", file("a.jsonl")),
        ("text", file("a.txt")),
        ("any name", file("a")),
        (
            "a body in CSV",
            Box::new(|folder, bytes| {
                let body = String::from_utf8_lossy(bytes).replace('"', "\"\"");
                file("b.csv")(folder, format!("id,source,body\n1,a,\"{body}\"\n2,a,It rained.\n").as_bytes());
            }),
        ),
        (
            "gzip",
            Box::new(|folder, bytes| drop(corpus::read(&options(&folder.file("a.csv.gz", &gz(bytes))), &mut |_| {}))),
        ),
        (
            "sentences, voices",
            prose(|text| {
                let all: Vec<Span> = text::paragraphs(text).iter().flat_map(|p| text::sentences(text, *p)).collect();
                drop(text::attribute(text, &all));
                // As one sentence, however long.
                drop(text::attribute(text, &[Span::new(0, text.len())]));
            }),
        ),
        ("numbers", prose(|text| drop(text::quantities(text)))),
        ("names", prose(|text| drop((text::entities(text), text::dateline(text))))),
        ("words", prose(|text| drop((text::terms(text), text::negated_terms(text), text::modal(text))))),
        ("quotations", prose(|text| drop(text::quotations(text)))),
        ("HTML", prose(|text| drop(prose_lines(&normalise_text(text))))),
        ("dates", prose(|text| assert!(text.lines().chain([text]).map(read_date).count() > 0))),
    ];
    for &(name, _, read) in OTHERS {
        readers.push((name, Box::new(move |folder, bytes| read(&folder.file(name, bytes)))));
    }
    readers
}

/// Four times the flood takes four times as long, or sixteen times where a reader takes quadratic time. Three attempts, for
/// the machine may be busy. Ten megabytes would be too slow for every change.
#[test]
fn floods_take_linear_time() {
    const SHORT: f64 = 0.1; // Seconds; a busy machine can take that long for anything.
    let (folder, watched) = (Folder::new(), Watched::new("a flood"));
    let sizes = floods(USUAL_FLOODS, 1 << 16).into_iter().zip(floods(USUAL_FLOODS, 1 << 18));
    for ((flood, small), (_, large)) in sizes {
        for (name, read) in readers() {
            let seconds = |bytes: &[u8]| {
                watched.on(format!("{name}, {flood}"));
                let start = Instant::now();
                read(&folder, bytes);
                start.elapsed().as_secs_f64()
            };
            let mut times = (0.0, 0.0);
            let linear = (0..3).any(|_| {
                times = (seconds(&small), seconds(&large));
                times.1 < SHORT || times.1 < 8.0 * times.0
            });
            assert!(linear, "{name}, {flood}: {} s, four times as much {} s", times.0, times.1);
        }
    }
}

/// Of all threads of this process, so that a busy machine looks no slower.
fn processor_seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else {
        return Instant::now().duration_since(*STARTED).as_secs_f64();
    };
    let numbers = stat.rsplit(')').next().unwrap().split_whitespace().skip(11).take(2);
    numbers.map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// By hand: `cargo test --release --test it -- --ignored --nocapture ten_megabytes`. Five seconds of two threads.
#[test]
#[ignore = "takes minutes"]
fn ten_megabytes_take_seconds_at_most() {
    let folder = Folder::new();
    let megabytes = std::env::var("PARALLAX_FLOOD_MB").map_or(10, |megabytes| megabytes.parse().unwrap());
    let further = if std::env::var_os("PARALLAX_FLOOD_ALL").is_some() { FURTHER_FLOODS } else { &[] };
    let floods = floods(&[USUAL_FLOODS, further].concat(), megabytes << 20);
    let mut slow = Vec::new();
    for (name, read) in readers() {
        let mut times: Vec<(f64, &str)> = Vec::new();
        for (flood, bytes) in &floods {
            let start = processor_seconds();
            read(&folder, bytes);
            times.push((processor_seconds() - start, flood));
        }
        times.sort_by(|a, b| b.0.total_cmp(&a.0));
        println!("{name}: {}", times[..4].iter().map(|(s, f)| format!("{f} {s:.2} s")).collect::<Vec<_>>().join(", "));
        slow.extend(
            times.into_iter().filter(|(seconds, _)| *seconds > 10.0).map(|(s, f)| format!("{name}: {f} {s:.1} s")),
        );
    }
    assert!(slow.is_empty(), "{slow:#?}");
}

/// By hand, in search of what takes more than linear time: random units, repeated.
#[test]
#[ignore = "a search, not a test"]
fn no_unit_is_slow() {
    const SIZE: usize = 400_000;
    let folder = Folder::new();
    let words: Vec<&[u8]> = PROSE.iter().flat_map(|text| text.split(|b| b.is_ascii_whitespace())).collect();
    let mut slow = Vec::new();
    let mut total = vec![(0.0f64, Vec::new()); readers().len()];
    for number in 0..tries(100) {
        let mut rng = ChaCha8Rng::seed_from_u64(number);
        let mut unit = Vec::new();
        for _ in 0..rng.random_range(1..=5) {
            let space: &[u8] = if rng.random_bool(0.5) { b" " } else { b"" };
            let token = if rng.random_bool(0.5) { words.choose(&mut rng) } else { HOSTILE.choose(&mut rng) };
            unit.extend([*token.unwrap(), space].concat());
        }
        if unit.is_empty() {
            continue;
        }
        let text = unit.repeat(SIZE / unit.len());
        for ((name, read), worst) in readers().iter().zip(&mut total) {
            let start = processor_seconds();
            read(&folder, &text);
            let seconds = processor_seconds() - start;
            if seconds > worst.0 {
                *worst = (seconds, unit.clone());
            }
            if seconds > 2.0 {
                slow.push(format!("{name}: {} {seconds:.1} s", unit.escape_ascii()));
            }
        }
    }
    for ((name, _), (seconds, unit)) in readers().iter().zip(total) {
        println!("{name}: at most {seconds:.2} s, {}", unit.escape_ascii());
    }
    assert!(slow.is_empty(), "{slow:#?}");
}
