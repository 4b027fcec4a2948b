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

/// Clusters `n` items: merges the two clusters with the highest mean similarity while that mean is at least `min_mean`
/// and at least half of their cross pairs are matched (Sokal & Michener 1958, with a quorum against chaining). Only
/// clusters that an edge connects are tested; a cross pair without an edge is asked of `cross` when a merge is tested,
/// never taken as 0. `cross` answers `None` for a pair that has no say. Equal means merge the cluster with the smaller
/// first item first. Clusters come sorted by their smallest item.
pub fn average_linkage(
    n: usize,
    edges: &[(usize, usize)],
    min_mean: f64,
    mut cross: impl FnMut(usize, usize) -> Option<CrossPair>,
) -> Vec<Vec<usize>> {
    let mut members: Vec<Vec<usize>> = (0..n).map(|i| vec![i]).collect();
    let mut links: Vec<BTreeMap<usize, Link>> = vec![BTreeMap::new(); n];
    let mut version = vec![0u32; n];
    let mut heap = BinaryHeap::new();
    let mut between = |a: &[usize], b: &[usize]| {
        let mut link = Link::default();
        for &x in a {
            for &y in b {
                if let Some(pair) = cross(x.min(y), x.max(y)) {
                    link = link.add(Link { sum: pair.score, n: 1, matched: usize::from(pair.matched) });
                }
            }
        }
        link
    };
    let push = |heap: &mut BinaryHeap<_>, version: &[u32], a: usize, b: usize, link: Link| {
        if link.n > 0 && 2 * link.matched >= link.n && link.mean() >= min_mean {
            let (a, b) = (a.min(b), a.max(b));
            heap.push((Ordered(link.mean()), Reverse(a), Reverse(b), version[a], version[b]));
        }
    };
    for &(a, b) in edges {
        if a != b && !links[a].contains_key(&b) {
            let link = between(&[a], &[b]);
            links[a].insert(b, link);
            links[b].insert(a, link);
            push(&mut heap, &version, a, b, link);
        }
    }
    while let Some((_, Reverse(a), Reverse(b), va, vb)) = heap.pop() {
        if version[a] != va || version[b] != vb {
            continue;
        }
        let (of_a, of_b) = (std::mem::take(&mut links[a]), std::mem::take(&mut links[b]));
        let mut merged = BTreeMap::new();
        let mut neighbours: Vec<usize> =
            of_a.keys().chain(of_b.keys()).copied().filter(|&c| c != a && c != b).collect();
        neighbours.sort_unstable();
        neighbours.dedup();
        for c in neighbours {
            let mut part = |known: Option<&Link>, own: &[usize]| match known {
                Some(link) => *link,
                None => between(own, &members[c]),
            };
            let link = part(of_a.get(&c), &members[a]).add(part(of_b.get(&c), &members[b]));
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
    members
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
        average_linkage(n, &edges, 0.5, |a, b| {
            let score = scores.iter().find(|s| (s.0, s.1) == (a, b)).map_or(0.0, |s| s.2);
            Some(CrossPair { score, matched: score >= 0.5 })
        })
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
}
