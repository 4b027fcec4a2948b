//! Input of the benches: the sample corpus, and made-up articles with made-up vectors. All seeded.

#![allow(dead_code)] // each bench uses a part

use ndarray::{Array2, ArrayView1};
use parallax::background::Background;
use parallax::claims;
use parallax::corpus::{self, Article, Corpus, ReadOptions};
use parallax::embed::Vectors;
use parallax::facts::ClaimTable;
use parallax::pipeline::vocabulary;
use parallax::stories::ArticleTable;
use parallax::text::Span;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The articles of `data/sample`.
pub fn sample() -> Corpus {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/data/sample/articles.csv");
    corpus::read(&ReadOptions { inputs: vec![file.into()], ..ReadOptions::default() }, &mut |_| {}).unwrap()
}

/// Everything that facts and stories are computed from.
pub struct Tables {
    pub articles: Vec<Article>,
    pub claims: ClaimTable,
    pub stories: ArticleTable,
}

/// Tables over given articles; unit vectors are random around a direction for each `group(article)`, as the claims of
/// one story are.
pub fn tables(articles: Vec<Article>, group: impl Fn(usize) -> usize) -> Tables {
    let claims = claims::extract(&articles);
    let groups = (0..articles.len()).map(&group).max().map_or(0, |g| g + 1);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let centres = unit_rows(groups, &mut rng);
    let of_claim = claims.iter().enumerate().flat_map(|(a, cs)| std::iter::repeat_n(a, cs.len()));
    let owners: Vec<usize> = of_claim.chain(0..articles.len()).collect();
    let mut rows = unit_rows(owners.len(), &mut rng);
    for (mut row, &article) in rows.rows_mut().into_iter().zip(&owners) {
        row += &centres.row(group(article));
        normalise(&mut row);
    }
    let vectors = Vectors { index: (0..rows.nrows()).collect(), rows };
    let (vocabulary, terms) = vocabulary(&articles, &Background::none(384));
    let mut table = ClaimTable::new(&articles, claims, vocabulary, 384);
    let n = table.claims.len();
    let start = table.set_vectors(&(0..n).collect::<Vec<_>>(), vectors);
    let titles: Vec<Option<ArrayView1<'_, f32>>> =
        (0..articles.len()).map(|i| Some(table.row(start + n + i))).collect();
    let stories = ArticleTable::new(&terms, &titles, &table, &[0.0; 384], &articles, &vec![None; articles.len()]);
    Tables { claims: table, stories, articles }
}

/// `n` articles of 15 sentences in stories of `size`, all dated within 60 days. Half of a story's words are its own.
pub fn made_up(n: usize, size: usize) -> Vec<Article> {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    (0..n)
        .map(|i| {
            let story = i / size;
            let mut sentence = |words: usize| -> String {
                let words: Vec<String> = (0..words)
                    .map(|_| match rng.random_bool(0.5) {
                        true => word(1_000_000 + story * 40 + rng.random_range(0..40)),
                        // Few common words, many rare ones.
                        false => word((20_000.0 * rng.random::<f64>().powi(3)) as usize),
                    })
                    .collect();
                format!("The {}.", words.join(" "))
            };
            let title = sentence(8);
            let body = (0..15).map(|_| sentence(18)).collect::<Vec<_>>().join(" ");
            Article {
                id: format!("a{i:06}"),
                source: format!("outlet {}", i % 7),
                date: Some(jiff::civil::date(2026, 1 + (story % 60 / 30) as i8, 1 + (story % 28) as i8)),
                title,
                url: String::new(),
                language: "en".into(),
                kept: vec![Span::new(0, body.len())],
                body,
                headline_only: false,
            }
        })
        .collect()
}

/// A pronounceable word for each number.
fn word(mut n: usize) -> String {
    let mut word = String::new();
    n += 100;
    while n > 0 {
        word.push(b"bdfgklmnprstvz"[n % 14] as char);
        n /= 14;
        word.push(b"aeiou"[n % 5] as char);
        n /= 5;
    }
    word
}

fn unit_rows(n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
    // Sums of uniforms are near enough to normal for a direction without preference.
    let mut rows = Array2::from_shape_simple_fn((n, 384), || (0..4).map(|_| rng.random::<f32>() - 0.5).sum());
    rows.rows_mut().into_iter().for_each(|mut row| normalise(&mut row));
    rows
}

fn normalise(row: &mut ndarray::ArrayViewMut1<'_, f32>) {
    let norm = row.dot(row).sqrt();
    *row /= norm;
}
