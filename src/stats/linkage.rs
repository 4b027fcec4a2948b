//! Average-linkage clustering with a quorum, on a sparse graph.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// What a pair of items says about merging their clusters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrossPair {
    /// Similarity.
    pub score: f64,
    /// Whether the pair counts toward the quorum.
    pub matched: bool,
}

/// Sums over the cross pairs of two clusters.
#[derive(Debug, Clone, Copy, Default)]
struct Link {
    sum: f64,
    n: usize,
    matched: usize,
}

impl Link {
    fn add(self, other: Link) -> Link {
        Link { sum: self.sum + other.sum, n: self.n + other.n, matched: self.matched + other.matched }
    }

    fn mean(self) -> f64 {
        if self.n == 0 { 0.0 } else { self.sum / self.n as f64 }
    }
}

/// Pairs that are asked for together: enough work for all cores, little memory.
const BATCH: usize = 1 << 16;

/// Clusters `n` items: merges the two clusters with the highest mean similarity while that mean is at least `min_mean`
/// and at least half of their cross pairs are matched (Sokal & Michener 1958, with a quorum against chaining). Only
/// clusters that an edge connects are tested; a cross pair without an edge is asked of `cross` when a merge is tested,
/// never taken as 0. `cross` answers for many pairs `(x, y)`, `x < y`, at a time, in their order (so that it may work in
/// parallel), and `None` for a pair that has no say. Equal means merge the cluster with the smaller first item first.
/// Clusters come sorted by their smallest item.
///
/// Each pair is asked for at most once, and within a cluster each is: a cluster of `m` items costs `m (m - 1) / 2` pairs.
/// Memory grows with the edges, not with the pairs.
///
/// # Errors
/// Those of `cross`.
pub fn average_linkage<E>(
    n: usize,
    edges: &[(usize, usize)],
    min_mean: f64,
    mut cross: impl FnMut(&[(usize, usize)]) -> Result<Vec<Option<CrossPair>>, E>,
) -> Result<Vec<Vec<usize>>, E> {
    let mut members: Vec<Vec<usize>> = (0..n).map(|i| vec![i]).collect();
    let mut links: Vec<BTreeMap<usize, Link>> = vec![BTreeMap::new(); n];
    let mut version = vec![0u32; n];
    let mut heap = BinaryHeap::new();
    // Sums over all pairs between each two groups, in the order of the items.
    let mut between = |groups: &[(&[usize], &[usize])]| -> Result<Vec<Link>, E> {
        let mut sums = vec![Link::default(); groups.len()];
        let pairs = groups
            .iter()
            .enumerate()
            .flat_map(|(g, (a, b))| a.iter().flat_map(move |&x| b.iter().map(move |&y| (g, (x.min(y), x.max(y))))));
        let mut pairs = pairs.peekable();
        while pairs.peek().is_some() {
            let (owners, batch): (Vec<usize>, Vec<(usize, usize)>) = pairs.by_ref().take(BATCH).unzip();
            for (g, pair) in owners.into_iter().zip(cross(&batch)?) {
                if let Some(CrossPair { score, matched }) = pair {
                    sums[g] = sums[g].add(Link { sum: score, n: 1, matched: usize::from(matched) });
                }
            }
        }
        Ok(sums)
    };
    let push = |heap: &mut BinaryHeap<_>, version: &[u32], a: usize, b: usize, link: Link| {
        if link.n > 0 && 2 * link.matched >= link.n && link.mean() >= min_mean {
            let (a, b) = (a.min(b), a.max(b));
            heap.push((Ordered(link.mean()), Reverse(a), Reverse(b), version[a], version[b]));
        }
    };
    for edges in edges.chunks(BATCH) {
        let groups: Vec<(&[usize], &[usize])> =
            edges.iter().filter(|(a, b)| a != b).map(|&(a, b)| (&members[a][..], &members[b][..])).collect();
        for ((a, b), link) in groups.iter().map(|(a, b)| (a[0], b[0])).zip(between(&groups)?) {
            if links[a].insert(b, link).is_none() {
                links[b].insert(a, link);
                push(&mut heap, &version, a, b, link);
            }
        }
    }
    while let Some((_, Reverse(a), Reverse(b), va, vb)) = heap.pop() {
        if version[a] != va || version[b] != vb {
            continue;
        }
        let (of_a, of_b) = (std::mem::take(&mut links[a]), std::mem::take(&mut links[b]));
        let mut neighbours: Vec<usize> =
            of_a.keys().chain(of_b.keys()).copied().filter(|&c| c != a && c != b).collect();
        neighbours.sort_unstable();
        neighbours.dedup();
        let sides = [(&of_a, &members[a]), (&of_b, &members[b])];
        let unknown = |c: usize| sides.into_iter().filter(move |(known, _)| !known.contains_key(&c));
        let groups: Vec<(&[usize], &[usize])> = neighbours
            .iter()
            .flat_map(|&c| unknown(c).map(move |(_, own)| (&own[..], c)))
            .map(|(own, c)| (own, &members[c][..]))
            .collect();
        let mut asked = between(&groups)?.into_iter();
        let mut merged = BTreeMap::new();
        for c in neighbours {
            let [x, y] =
                [&of_a, &of_b].map(|known| known.get(&c).copied().or_else(|| asked.next()).unwrap_or_default());
            let link = x.add(y);
            links[c].remove(&b);
            links[c].insert(a, link);
            merged.insert(c, link);
        }
        let moved = std::mem::take(&mut members[b]);
        members[a].extend(moved);
        members[a].sort_unstable();
        version[a] += 1;
        version[b] += 1;
        for (&c, &link) in &merged {
            push(&mut heap, &version, a, c, link);
        }
        links[a] = merged;
    }
    members.retain(|m| !m.is_empty());
    Ok(members)
}

/// A finite f64 with its total order.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ordered(f64);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(n: usize, scores: &[(usize, usize, f64)]) -> Vec<Vec<usize>> {
        let edges: Vec<_> = scores.iter().filter(|s| s.2 >= 0.5).map(|s| (s.0, s.1)).collect();
        let score = |pair: &(usize, usize)| {
            let score = scores.iter().find(|s| (s.0, s.1) == *pair).map_or(0.0, |s| s.2);
            Some(CrossPair { score, matched: score >= 0.5 })
        };
        let clusters = average_linkage(n, &edges, 0.5, |pairs| Ok::<_, ()>(pairs.iter().map(score).collect()));
        clusters.unwrap()
    }

    #[test]
    fn a_chain_does_not_become_one_cluster() {
        let chain = [(0, 1, 0.9), (1, 2, 0.8), (2, 3, 0.9)];
        assert_eq!(cluster(4, &chain), [vec![0, 1], vec![2, 3]]);
    }

    #[test]
    fn a_complete_group_becomes_one_cluster_and_a_stranger_stays_alone() {
        let all = [(0, 1, 0.9), (0, 2, 0.8), (1, 2, 0.7), (2, 3, 0.4)];
        assert_eq!(cluster(4, &all), [vec![0, 1, 2], vec![3]]);
        assert_eq!(cluster(0, &[]), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn a_high_mean_without_a_quorum_is_not_enough() {
        // Mean of the cross pairs of {0,1} and {2,3}: 0.5; but only one of the four is matched.
        let scores = [(0, 1, 1.0), (2, 3, 1.0), (0, 2, 0.99), (0, 3, 0.49), (1, 2, 0.49), (1, 3, 0.49)];
        assert_eq!(cluster(4, &scores), [vec![0, 1], vec![2, 3]]);
    }

    #[test]
    fn a_large_cluster_asks_for_each_pair_once() {
        // More cross pairs at the last merge than are asked for together.
        let n = 2 * 300;
        let edges: Vec<(usize, usize)> = (0..n).flat_map(|a| (a + 1..n.min(a + 4)).map(move |b| (a, b))).collect();
        let mut asked = std::collections::BTreeSet::new();
        let clusters = average_linkage(n, &edges, 0.5, |pairs| {
            assert!(pairs.iter().all(|pair| asked.insert(*pair)), "asked for twice");
            // Two halves, better inside than across.
            let score = |&(a, b): &(usize, usize)| if (a < 300) == (b < 300) { 0.9 } else { 0.6 };
            Ok::<_, ()>(pairs.iter().map(|pair| Some(CrossPair { score: score(pair), matched: true })).collect())
        });
        assert_eq!(clusters, Ok(vec![(0..n).collect::<Vec<_>>()]));
        assert_eq!(asked.len(), n * (n - 1) / 2);
        let stopped = average_linkage(3, &[(0, 1)], 0.5, |_| Err("stopped"));
        assert_eq!(stopped, Err("stopped"));
    }
}
