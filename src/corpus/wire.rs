//! Wire copies: articles that are one text, reprinted.
//!
//! Two articles are copies when more than half (`COPY`) of the smaller's words stand in passages that the other has as well,
//! found by their 8-word shingles; shingles that are common in the corpus (notices, refrains) are left out. Words, not
//! shingles, are counted: a changed word breaks eight shingles, and loses no more than itself where the next change is
//! far. Of two articles of one outlet most of the larger must be shared too: outlets carry galleries and background
//! paragraphs from one report to the next.
//! Measured in `models/fit/README.md`.
//!
//! A text that very many outlets reprint would make its own shingles "common". Near-identical articles are therefore
//! collapsed first, and a shingle's frequency counts texts, not reprints.

use super::Article;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// Words in a shingle.
const SHINGLE: usize = 8;
/// A shingle found in more texts than this, and in more than [`COMMON_SHARE`] of them, is common.
const COMMON: usize = 8;
const COMMON_SHARE: f64 = 0.003;
/// An article with fewer shingles left is too short to judge.
const FEWEST: usize = 20;
/// Words of a shared passage that counts: agency reports that were rewritten share shorter ones.
const PASSAGE: usize = 12;
/// Part of the smaller article's words in shared passages that makes a copy. (Of a report and its copy with 3 % of the words
/// changed it is 0.92, of two such copies 0.80; with as much as a third of one's own words added, 0.61 and 0.53.)
const COPY: f64 = 0.55;
/// Shared part of the larger set, common shingles included, that makes two articles the same text. (Two copies of one
/// report, each with 3 % of its words changed, share 0.97^16 = 0.61.)
const SAME: f64 = 0.6;
/// The same for two articles of one outlet: its galleries and footers are long, its versions of one report are close.
const SAME_OUTLET: f64 = 0.8;
/// A shingle found in at least so many texts, so many for each outlet that has it, is an outlet's footer or gallery.
const FURNITURE: usize = 4;
const FURNITURE_EACH: usize = 3;
/// MinHash bands and rows: of pairs at Jaccard 0.43 (60 % of two sets of one size), 99 % meet in a band.
const BANDS: usize = 24;
const ROWS: usize = 2;
/// Longer posting lists link neighbours and the first article only: enough for connected components, and linear.
const LONG_LIST: usize = 64;

/// The group of each article, numbered by its first member; `None` for an article that is no copy.
pub fn wire_groups(articles: &[Article]) -> Vec<Option<u32>> {
    let mut sets: Vec<Shingles> = articles.par_iter().map(Shingles::new).collect();
    let mut groups = Components::new(articles.len());
    let outlets = super::outlets(articles);
    join_same_texts(&sets, &outlets, &mut groups);

    // One article, the longest, stands for each text.
    let mut chosen = BTreeMap::<usize, usize>::new();
    for index in 0..sets.len() {
        let root = groups.root(index);
        let best = chosen.entry(root).or_insert(index);
        if sets[index].different > sets[*best].different {
            *best = index;
        }
    }
    let mut chosen: Vec<usize> = chosen.into_values().collect();
    chosen.sort_unstable();
    let take = |&article: &usize| Text { article, shingles: std::mem::take(&mut sets[article]) };
    join_copies(chosen.iter().map(take).collect(), &outlets, &mut groups);
    groups.numbered()
}

/// The shingles of an article's prose, sorted.
#[derive(Default)]
struct Shingles {
    hashes: Box<[u64]>,
    /// The word at which each begins.
    at: Box<[u32]>,
    /// How many of them are different.
    different: usize,
}

impl Shingles {
    fn new(article: &Article) -> Self {
        let mut sorted: Vec<(u64, u32)> = shingles(article).into_iter().zip(0..).collect();
        sorted.sort_unstable();
        Self::of(sorted.into_iter())
    }

    fn of(sorted: impl Iterator<Item = (u64, u32)>) -> Self {
        let (hashes, at): (Vec<u64>, Vec<u32>) = sorted.unzip();
        let different = hashes.chunk_by(u64::eq).count();
        Shingles { hashes: hashes.into(), at: at.into(), different }
    }

    /// Each different one once, sorted.
    fn set(&self) -> impl Iterator<Item = u64> {
        self.hashes.chunk_by(u64::eq).map(|same| same[0])
    }

    fn without(&self, common: &HashSet<u64>) -> Self {
        let all = self.hashes.iter().copied().zip(self.at.iter().copied());
        Self::of(all.filter(|(hash, _)| !common.contains(hash)))
    }

    /// How many shingles both have.
    fn shared(&self, other: &Shingles) -> usize {
        let (mut a, mut b, mut count) = (self.set().peekable(), other.set().peekable(), 0);
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            match x.cmp(y) {
                std::cmp::Ordering::Less => drop(a.next()),
                std::cmp::Ordering::Greater => drop(b.next()),
                std::cmp::Ordering::Equal => {
                    a.next();
                    b.next();
                    count += 1;
                }
            }
        }
        count
    }

    /// The first words of the shingles that `other` has as well, in order.
    fn found_in(&self, other: &Shingles) -> Vec<u32> {
        let (mut found, mut j) = (Vec::new(), 0);
        for (hash, at) in self.hashes.iter().zip(&self.at) {
            j = seek(&other.hashes, j, *hash);
            if other.hashes.get(j) == Some(hash) {
                found.push(*at);
            }
        }
        found.sort_unstable();
        found
    }
}

/// Where the first hash from `from` on stands that is no smaller. In doubling steps: one book is compared with many leaflets.
fn seek(sorted: &[u64], from: usize, hash: u64) -> usize {
    let mut step = 1;
    while sorted.get(from + step).is_some_and(|other| *other < hash) {
        step *= 2;
    }
    let end = sorted.len().min(from + step);
    from + sorted[from..end].partition_point(|other| *other < hash)
}

/// A text and the shingles that count, the common ones left out.
struct Text {
    article: usize,
    shingles: Shingles,
}

impl Text {
    /// Words that stand in any shingle.
    fn words(&self) -> usize {
        let mut at = self.shingles.at.to_vec();
        at.sort_unstable();
        passages(&at).map(|passage| passage.len()).sum()
    }

    /// Words in passages of at least [`PASSAGE`] words that `other` has as well.
    fn covered(&self, other: &Text) -> usize {
        let found = self.shingles.found_in(&other.shingles);
        passages(&found).map(|passage| passage.len()).filter(|words| *words >= PASSAGE).sum()
    }
}

/// The passages that shingles at these words make together.
fn passages(at: &[u32]) -> impl Iterator<Item = Range<usize>> {
    let runs = at.chunk_by(|a, b| b - a <= SHINGLE as u32);
    runs.map(|run| run[0] as usize..run[run.len() - 1] as usize + SHINGLE)
}

/// The shingles of an article's prose, in order.
fn shingles(article: &Article) -> Vec<u64> {
    let mut words = Vec::new();
    for span in &article.kept {
        for word in span.of(&article.body).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            words.push(hash_word(word));
        }
    }
    words
        .windows(SHINGLE)
        .map(|window| window.iter().fold(0, |hash, word| mix(hash ^ word).wrapping_add(*word)))
        .collect()
}

/// FNV-1a over the lower-cased word.
fn hash_word(word: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut feed = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    if word.is_ascii() {
        word.bytes().for_each(|byte| feed(byte.to_ascii_lowercase()));
    } else {
        let mut buffer = [0; 4];
        word.chars().flat_map(char::to_lowercase).for_each(|c| c.encode_utf8(&mut buffer).bytes().for_each(&mut feed));
    }
    mix(hash)
}

/// The finaliser of MurmurHash3.
fn mix(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// Joins articles that meet in a MinHash band and share [`SAME`] of both sets.
fn join_same_texts(sets: &[Shingles], outlets: &[u32], groups: &mut Components) {
    let signatures: Vec<[u64; BANDS]> = sets.par_iter().map(bands).collect();
    for band in 0..BANDS {
        let mut order: Vec<(u64, u32)> = (0u32..)
            .zip(signatures.iter().zip(sets))
            .filter(|(_, (_, set))| set.different >= FEWEST)
            .map(|(index, (signature, _))| (signature[band], index))
            .collect();
        order.par_sort_unstable();
        for bucket in order.chunk_by(|a, b| a.0 == b.0) {
            // Against the first and the previous member: linear, and copies of one text are alike anyway.
            for (at, &(_, index)) in bucket.iter().enumerate().skip(1) {
                for &(_, other) in [&bucket[0], &bucket[at - 1]] {
                    let (a, b) = (index as usize, other as usize);
                    if groups.root(a) != groups.root(b) {
                        let larger = sets[a].different.max(sets[b].different);
                        let least = if outlets[a] == outlets[b] { SAME_OUTLET } else { SAME };
                        if sets[a].shared(&sets[b]) as f64 >= least * larger as f64 {
                            groups.join(a, b);
                        }
                    }
                }
            }
        }
    }
}

/// One hash per band of a MinHash signature.
fn bands(set: &Shingles) -> [u64; BANDS] {
    std::array::from_fn(|band| {
        (0..ROWS).fold(0, |hash, row| {
            let seed = mix((band * ROWS + row) as u64 + 1);
            let hashes = set.hashes.iter().map(|shingle| (shingle ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let least = hashes.min().unwrap_or(0);
            mix(hash ^ least).wrapping_add(least)
        })
    })
}

/// The texts that share each uncommon shingle.
struct Index {
    /// Lists of texts, one after the other, each sorted.
    lists: Vec<u32>,
    /// Each text's lists: where they begin and end.
    of: Vec<Vec<(u32, u32)>>,
    /// And how many of them are long: a window shows a part of these.
    long: Vec<usize>,
    common: HashSet<u64>,
}

/// Shingles are indexed in so many turns: a turn's postings take most of the memory.
const TURNS: u64 = 16;

impl Index {
    fn new(texts: &[Text], outlets: &[u32]) -> Self {
        let most = COMMON.max((COMMON_SHARE * texts.len() as f64) as usize);
        let is_common = |list: &[(u64, u32)]| {
            if list.len() > most || list.len() < FURNITURE {
                return list.len() > most;
            }
            let mut found: Vec<u32> = list.iter().map(|(_, text)| outlets[texts[*text as usize].article]).collect();
            found.sort_unstable();
            found.dedup();
            list.len() >= found.len() * FURNITURE_EACH
        };
        let (of, long) = (vec![Vec::new(); texts.len()], vec![0; texts.len()]);
        let mut index = Index { lists: Vec::new(), of, long, common: HashSet::new() };
        for turn in 0..TURNS {
            let mut postings: Vec<(u64, u32)> = (0u32..)
                .zip(texts)
                .flat_map(|(number, text)| text.shingles.set().map(move |shingle| (shingle, number)))
                .filter(|(shingle, _)| shingle % TURNS == turn)
                .collect();
            postings.par_sort_unstable();
            for list in postings.chunk_by(|a, b| a.0 == b.0) {
                if is_common(list) {
                    index.common.insert(list[0].0);
                } else if list.len() > 1 {
                    index.add(list);
                }
            }
        }
        index
    }

    fn add(&mut self, list: &[(u64, u32)]) {
        let from = self.lists.len();
        self.lists.extend(list.iter().map(|(_, text)| *text));
        for (_, text) in list {
            if let (Ok(from), Ok(to)) = (u32::try_from(from), u32::try_from(self.lists.len())) {
                self.of[*text as usize].push((from, to));
            }
            self.long[*text as usize] += usize::from(list.len() > LONG_LIST);
        }
    }

    /// Counts the shingles that each later text shares with this one, as far as the windows show.
    fn count(&self, text: usize, counts: &mut [u32], touched: &mut Vec<usize>) {
        for &(from, to) in &self.of[text] {
            let list = &self.lists[from as usize..to as usize];
            let later = &list[list.partition_point(|other| *other as usize <= text)..];
            let window = if list.len() > LONG_LIST { LONG_LIST.min(later.len()) } else { later.len() };
            for &other in &later[..window] {
                let other = other as usize;
                if counts[other] == 0 {
                    touched.push(other);
                }
                counts[other] += 1;
            }
        }
    }
}

/// Joins texts when [`COPY`] of the smaller's words stand in uncommon passages of the other.
fn join_copies(mut texts: Vec<Text>, outlets: &[u32], groups: &mut Components) {
    let index = Index::new(&texts, outlets);
    texts.par_iter_mut().for_each(|text| text.shingles = text.shingles.without(&index.common));
    let words: Vec<usize> = texts.par_iter().map(Text::words).collect();
    let copies_of = |(counts, touched): &mut (Vec<u32>, Vec<usize>), text: usize| {
        index.count(text, counts, touched);
        let mut found = Vec::new();
        for other in touched.drain(..) {
            let count = std::mem::take(&mut counts[other]) as usize;
            let left = |text: usize| texts[text].shingles.different;
            let (smaller, larger) = if left(text) <= left(other) { (text, other) } else { (other, text) };
            // Eight words at most for each shared shingle; windows may have hidden some of these.
            let possible = count + index.long[text].min(index.long[other]);
            if left(smaller) < FEWEST
                || count * 2 < FEWEST
                || ((possible * SHINGLE) as f64) < COPY * left(smaller) as f64
            {
                continue;
            }
            let covered = |of: usize, by: usize| texts[of].covered(&texts[by]) as f64 / words[of].max(1) as f64;
            let (a, b) = (texts[text].article, texts[other].article);
            let same_outlet = outlets[a] == outlets[b];
            if covered(smaller, larger) >= COPY && (!same_outlet || covered(larger, smaller) >= SAME_OUTLET) {
                found.push((a, b));
            }
        }
        found
    };
    let copies: Vec<(usize, usize)> =
        (0..texts.len()).into_par_iter().map_init(|| (vec![0; texts.len()], Vec::new()), copies_of).flatten().collect();
    for (a, b) in copies {
        groups.join(a, b);
    }
}

/// Connected components.
struct Components {
    parent: Vec<usize>,
}

impl Components {
    fn new(size: usize) -> Self {
        Components { parent: (0..size).collect() }
    }

    fn root(&mut self, mut index: usize) -> usize {
        while self.parent[index] != index {
            self.parent[index] = self.parent[self.parent[index]];
            index = self.parent[index];
        }
        index
    }

    /// The smaller root stays, so that a root is its component's first member.
    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }

    fn numbered(mut self) -> Vec<Option<u32>> {
        let roots: Vec<usize> = (0..self.parent.len()).map(|index| self.root(index)).collect();
        let mut sizes = vec![0u32; roots.len()];
        roots.iter().for_each(|root| sizes[*root] += 1);
        let mut numbers = vec![None; roots.len()];
        let mut next = 0;
        roots
            .iter()
            .map(|root| {
                (sizes[*root] > 1).then(|| {
                    *numbers[*root].get_or_insert_with(|| {
                        next += 1;
                        next - 1
                    })
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::prose_lines;
    use crate::corpus::testing::Stopwatch;

    /// `count` words that depend on `seed` alone.
    fn prose(seed: u64, count: usize) -> Vec<String> {
        (0..count as u64).map(|i| format!("w{}", mix(seed * 1_000_003 + i) % 50_000)).collect()
    }

    /// Of an outlet of its own, unless another is as long.
    fn article(words: &[String]) -> Article {
        of(&format!("outlet {}", words.len()), words)
    }

    fn of(source: &str, words: &[String]) -> Article {
        let body = words.join(" ");
        Article {
            id: String::new(),
            source: source.into(),
            date: None,
            title: String::new(),
            url: String::new(),
            language: String::new(),
            kept: prose_lines(&body),
            body,
            headline_only: false,
        }
    }

    fn edited(words: &[String], every: usize, seed: u64) -> Vec<String> {
        words
            .iter()
            .enumerate()
            .map(
                |(i, w)| {
                    if (i as u64 + seed).is_multiple_of(every as u64) { format!("x{seed}y{i}") } else { w.clone() }
                },
            )
            .collect()
    }

    #[test]
    fn copies_join_and_others_stay_alone() {
        let wire = prose(1, 300);
        let articles = [
            article(&prose(2, 300)),
            article(&wire),
            article(&edited(&wire, 33, 5)),
            article(&wire[..150]),
            article(&prose(3, 300)),
            article(&wire[..20]),
            article(&[]),
        ];
        assert_eq!(wire_groups(&articles), [None, Some(0), Some(0), Some(0), None, None, None]);
        assert_eq!(wire_groups(&[]), []);
    }

    #[test]
    fn seeking_finds_the_first_that_is_no_smaller() {
        let sorted: Vec<u64> = [1, 3, 3, 5, 8, 13, 21, 34, 55].into();
        for from in 0..=sorted.len() {
            for hash in 0..60 {
                let expected = (from..sorted.len()).find(|&i| sorted[i] >= hash).unwrap_or(sorted.len());
                assert_eq!(seek(&sorted, from, hash), expected, "{hash} from {from}");
            }
        }
    }

    #[test]
    fn case_and_punctuation_do_not_matter() {
        let words = prose(1, 100);
        let upper: Vec<String> = words.iter().map(|w| format!("{},", w.to_uppercase())).collect();
        assert_eq!(wire_groups(&[article(&words), article(&upper)]), [Some(0), Some(0)]);
    }

    #[test]
    fn a_notice_that_many_articles_carry_joins_none() {
        let notice = prose(9, 60);
        let articles: Vec<Article> = (0..20).map(|i| article(&[prose(100 + i, 50), notice.clone()].concat())).collect();
        assert!(wire_groups(&articles).iter().all(Option::is_none));
    }

    #[test]
    fn the_long_footer_of_one_outlet_joins_none_of_its_articles() {
        let footer = prose(9, 300);
        let articles: Vec<Article> = (0..5).map(|i| of("a", &[prose(100 + i, 150), footer.clone()].concat())).collect();
        assert!(wire_groups(&articles).iter().all(Option::is_none));
    }

    #[test]
    fn a_copy_that_is_edited_cut_and_has_own_paragraphs_is_found() {
        let wire = prose(1, 400);
        let copy = [&prose(7, 25)[..], &edited(&wire, 33, 5)[..160], &prose(8, 25)].concat();
        assert_eq!(wire_groups(&[of("a", &edited(&wire, 33, 9)), of("b", &copy)]), [Some(0), Some(0)]);
        let quotes = [&wire[..90], &prose(7, 110)].concat();
        assert_eq!(wire_groups(&[of("a", &wire), of("b", &quotes)]), [None, None], "most of it is its own");
    }

    #[test]
    fn background_that_one_outlet_carries_from_report_to_report_joins_none() {
        let background = prose(9, 200);
        let reports = |a, b| {
            [of(a, &[prose(1, 100), background.clone()].concat()), of(b, &[prose(2, 200), background.clone()].concat())]
        };
        assert_eq!(wire_groups(&reports("a", "a")), [None, None]);
        assert_eq!(wire_groups(&reports("a", "b")), [Some(0), Some(0)]);
    }

    #[test]
    fn a_text_that_everybody_reprints_is_still_one_group() {
        let wire = prose(1, 300);
        let mut articles: Vec<Article> = (0..40).map(|i| of(&format!("outlet {i}"), &edited(&wire, 80, i))).collect();
        articles.extend((0..10).map(|i| article(&prose(50 + i, 300))));
        let groups = wire_groups(&articles);
        assert!(groups[..40].iter().all(|group| *group == Some(0)), "{groups:?}");
        assert!(groups[40..].iter().all(Option::is_none));
    }

    #[test]
    fn groups_do_not_depend_on_the_order_of_articles() {
        let texts: Vec<Article> =
            (0..60).map(|i| of(&format!("outlet {i}"), &edited(&prose(i % 12, 120), 25, i))).collect();
        let groups = wire_groups(&texts);
        let reversed: Vec<Article> = texts.iter().rev().cloned().collect();
        let mut back = wire_groups(&reversed);
        back.reverse();
        for a in 0..60 {
            for b in 0..60 {
                assert_eq!(groups[a] == groups[b] && groups[a].is_some(), back[a] == back[b] && back[a].is_some());
            }
        }
    }

    #[test]
    fn many_articles_of_one_text_take_seconds() {
        let wire = prose(1, 200);
        let articles: Vec<Article> =
            (0..5_000).map(|i| of(&format!("outlet {}", i % 50), &edited(&wire, 40 + (i as usize % 50), i))).collect();
        let start = Stopwatch::start();
        let groups = wire_groups(&articles);
        assert!(start.seconds() < 10.0, "{} s", start.seconds());
        assert!(groups.iter().filter(|g| **g == Some(0)).count() > 4_500);
    }
}
