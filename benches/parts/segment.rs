//! Sentences and attribution: bytes per second.

use criterion::{Criterion, Throughput};
use parallax::text::{self, Span};

use crate::common;

pub fn segment(c: &mut Criterion) {
    // About 1 MB: the sample's paragraphs again and again, 50 articles' worth to a text.
    let sample = common::sample().articles;
    let mut texts: Vec<(String, Vec<Span>)> = Vec::new();
    let mut bytes = 0;
    while bytes < 1_000_000 {
        let (mut text, mut paragraphs) = (String::new(), Vec::new());
        for article in &sample {
            paragraphs.extend(article.kept.iter().map(|p| Span::new(text.len() + p.start, text.len() + p.end)));
            text.push_str(&article.body);
            text.push('\n');
        }
        bytes += text.len();
        texts.push((text, paragraphs));
    }
    let sentences: Vec<Vec<Span>> =
        texts.iter().map(|(text, ps)| ps.iter().flat_map(|&p| text::sentences(text, p)).collect()).collect();

    let mut group = c.benchmark_group("segment");
    group.sample_size(10).throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("sentences/1MB", |b| {
        b.iter(|| -> usize {
            texts.iter().flat_map(|(text, ps)| ps.iter().map(|&p| text::sentences(text, p).len())).sum()
        });
    });
    group.bench_function("attribute/1MB", |b| {
        b.iter(|| -> usize { texts.iter().zip(&sentences).map(|((text, _), s)| text::attribute(text, s).len()).sum() });
    });
    group.finish();
}
