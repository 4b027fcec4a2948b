//! Average-linkage clustering with a quorum, on a sparse graph; and the merging of big clusters by their nearest items.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// What a pair of items says about merging their clusters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrossPair {
    /// Similarity.
    pub score: f64,
    /// Whether the pair counts toward the quorum.
    pub matched: bool,
    /// Whether the two are one item twice: the pair says nothing of how alike the items of a cluster are.
    pub copies: bool,
}

/// Two clusters that might be merged.
#[derive(Debug, Clone, Copy)]
pub struct Merge<'a> {
    /// The items of each, sorted; first the cluster with the smaller first item.
    pub items: [&'a [usize]; 2],
    /// Mean similarity of the pairs within each; `None` where no pair tells, copies left out.
    pub within: [Option<f64>; 2],
    /// Mean similarity of the pairs across.
    pub across: f64,
}

/// Sums over pairs: those across two clusters, or within one.
#[derive(Debug, Clone, Copy, Default)]
struct Link {
    sum: f64,
    n: usize,
    matched: usize,
    /// Of these, the sum and the number of copies.
    copies: (f64, usize),
}

impl Link {
    fn of(pair: CrossPair) -> Link {
        let CrossPair { score, matched, copies } = pair;
        let copies = if copies { (score, 1) } else { (0.0, 0) };
        Link { sum: score, n: 1, matched: usize::from(matched), copies }
    }

    fn add(self, other: Link) -> Link {
        Link {
            sum: self.sum + other.sum,
            n: self.n + other.n,
            matched: self.matched + other.matched,
            copies: (self.copies.0 + other.copies.0, self.copies.1 + other.copies.1),
        }
    }

    fn mean(self) -> f64 {
        if self.n == 0 { 0.0 } else { self.sum / self.n as f64 }
    }

    fn mean_without_copies(self) -> Option<f64> {
        let n = self.n - self.copies.1;
        (n > 0).then(|| (self.sum - self.copies.0) / n as f64)
    }
}

/// Pairs that are asked for together: enough work for all cores, little memory.
const BATCH: usize = 1 << 16;

/// Clusters `n` items: merges the two clusters with the highest mean similarity while that mean is at least `min_mean`
/// and at least half of their cross pairs are matched (Sokal & Michener 1958, with a quorum against chaining), if `may`
/// agrees. Only clusters that an edge connects are tested; a cross pair without an edge is asked of `cross` when a merge is tested,
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
    may: impl Fn(&Merge<'_>) -> bool,
) -> Result<Vec<Vec<usize>>, E> {
    let mut members: Vec<Vec<usize>> = (0..n).map(|i| vec![i]).collect();
    let mut links: Vec<BTreeMap<usize, Link>> = vec![BTreeMap::new(); n];
    // Over the pairs within each cluster.
    let mut within = vec![Link::default(); n];
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
                if let Some(pair) = pair {
                    sums[g] = sums[g].add(Link::of(pair));
                }
            }
        }
        Ok(sums)
    };
    let push = |heap: &mut BinaryHeap<_>,
                version: &[u32],
                members: &[Vec<usize>],
                within: &[Link],
                a: usize,
                b,
                link: Link| {
        let (a, b) = (a.min(b), a.max(b));
        let agreed = link.n > 0 && 2 * link.matched >= link.n && link.mean() >= min_mean && {
            let within = [a, b].map(|c| within[c].mean_without_copies());
            may(&Merge { items: [a, b].map(|c| &members[c][..]), within, across: link.mean() })
        };
        if agreed {
            heap.push((Ordered(link.mean()), Reverse(a), Reverse(b), version[a], version[b]));
        }
    };
    for edges in edges.chunks(BATCH) {
        let groups: Vec<(&[usize], &[usize])> =
            edges.iter().filter(|(a, b)| a != b).map(|&(a, b)| (&members[a][..], &members[b][..])).collect();
        for ((a, b), link) in groups.iter().map(|(a, b)| (a[0], b[0])).zip(between(&groups)?) {
            if links[a].insert(b, link).is_none() {
                links[b].insert(a, link);
                push(&mut heap, &version, &members, &within, a, b, link);
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
        within[a] = within[a].add(within[b]).add(of_a.get(&b).copied().unwrap_or_default());
        version[a] += 1;
        version[b] += 1;
        for (&c, &link) in &merged {
            push(&mut heap, &version, &members, &within, a, c, link);
        }
        links[a] = merged;
    }
    members.retain(|m| !m.is_empty());
    Ok(members)
}

/// Merges what average linkage had to leave apart because it is big: of hundreds of items of one cluster, not every one is
/// like every other.
///
/// `near[x]`: neighbours of the item `x` with their similarity, at least its nearest ones. An item is as near to a cluster
/// as the mean of its `nearest` most similar members says (of all, in a cluster of fewer; a member that is no neighbour
/// counts 0). Two clusters are merged, the nearest two first, while the mean over the items of the smaller one is at least
/// `min_mean` and at least half of them reach it; of clusters of one size, both must. Only clusters that a similarity of
/// `min_mean` connects are tested, and only when the bigger one has more than `nearest` items: below that, this is average
/// linkage, which has had its say. Ties go to the cluster with the smaller first item. Clusters come sorted by it.
pub(crate) fn join_by_nearest(
    mut clusters: Vec<Vec<usize>>,
    mut near: Vec<Vec<(usize, f64)>>,
    min_mean: f64,
    nearest: usize,
) -> Vec<Vec<usize>> {
    for of_item in &mut near {
        of_item.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    }
    let mut home = vec![usize::MAX; near.len()];
    for (c, members) in clusters.iter().enumerate() {
        members.iter().for_each(|&x| home[x] = c);
    }
    // How near the items of cluster `a` are to cluster `b`: their mean, and whether half of them are near enough.
    let nearness = |clusters: &[Vec<usize>], home: &[usize], a: usize, b: usize| {
        let wanted = nearest.min(clusters[b].len());
        let of_item = |&x: &usize| {
            let members = near[x].iter().filter(|(y, _)| home[*y] == b).take(wanted);
            members.fold(0.0, |sum, (_, score)| sum + score) / wanted as f64
        };
        let (sum, enough) = clusters[a]
            .iter()
            .map(of_item)
            .fold((0.0, 0), |(sum, n), mean| (sum + mean, n + usize::from(mean >= min_mean)));
        let mean = sum / clusters[a].len() as f64;
        (mean, mean >= min_mean && 2 * enough >= clusters[a].len())
    };
    let tested = |clusters: &[Vec<usize>], home: &[usize], a: usize, b: usize| {
        let (small, big) = if clusters[a].len() <= clusters[b].len() { (a, b) } else { (b, a) };
        if clusters[big].len() <= nearest {
            return None;
        }
        let (mut mean, mut enough) = nearness(clusters, home, small, big);
        if clusters[small].len() == clusters[big].len() {
            let (back, too) = nearness(clusters, home, big, small);
            (mean, enough) = (mean.min(back), enough && too);
        }
        enough.then_some(mean)
    };
    let around = |clusters: &[Vec<usize>], home: &[usize], a: usize| {
        let close = clusters[a].iter().flat_map(|&x| near[x].iter().take_while(|(_, score)| *score >= min_mean));
        close.map(|(y, _)| home[*y]).filter(|&c| c != a && c != usize::MAX).collect::<BTreeSet<usize>>()
    };
    // Similar pairs of clusters, with their means.
    let mut links: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for a in 0..clusters.len() {
        for b in around(&clusters, &home, a).into_iter().filter(|&b| b > a) {
            if let Some(mean) = tested(&clusters, &home, a, b) {
                links.insert((a, b), mean);
            }
        }
    }
    let best = |links: &BTreeMap<(usize, usize), f64>| {
        links.iter().reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(&pair, _)| pair)
    };
    while let Some((a, b)) = best(&links) {
        let moved = std::mem::take(&mut clusters[b]);
        moved.iter().for_each(|&x| home[x] = a);
        clusters[a].extend(moved);
        clusters[a].sort_unstable();
        links.retain(|&(x, y), _| x != a && y != a && x != b && y != b);
        // Similarity is not one-sided, so the neighbours of the merged cluster are all whose links have changed.
        for c in around(&clusters, &home, a) {
            if let Some(mean) = tested(&clusters, &home, a, c) {
                links.insert((a.min(c), a.max(c)), mean);
            }
        }
    }
    clusters.retain(|members| !members.is_empty());
    clusters.sort_unstable();
    clusters
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
            Some(CrossPair { score, matched: score >= 0.5, copies: false })
        };
        let cross = |pairs: &[(usize, usize)]| Ok::<_, ()>(pairs.iter().map(score).collect());
        average_linkage(n, &edges, 0.5, cross, |_| true).unwrap()
    }

    #[test]
    fn a_merge_is_asked_for_with_the_means_within_and_across_and_may_be_refused() {
        // {0,1} and {2,3}, 0 and 1 being copies; .7 across, or .6 with the copy.
        let score = |&(a, b): &(usize, usize)| {
            let score = match (a, b) {
                (0, 1) => 1.0,
                (2, 3) => 0.8,
                (0, _) => 0.7,
                _ => 0.6,
            };
            Some(CrossPair { score, matched: true, copies: (a, b) == (0, 1) })
        };
        let edges: Vec<(usize, usize)> = (0..4).flat_map(|a| (a + 1..4).map(move |b| (a, b))).collect();
        let cluster = |least: f64| {
            let asked = std::cell::RefCell::new(Vec::new());
            let cross = |pairs: &[(usize, usize)]| Ok::<_, ()>(pairs.iter().map(score).collect());
            let may = |merge: &Merge<'_>| {
                if merge.items.iter().all(|items| items.len() == 2) {
                    asked.borrow_mut().push((merge.items.map(<[usize]>::to_vec), merge.within, merge.across));
                }
                merge.across >= least
            };
            let clusters = average_linkage(4, &edges, 0.5, cross, may).unwrap();
            let [(items, within, across)] = &asked.borrow()[..] else { panic!("asked once") };
            assert_eq!(*items, [vec![0, 1], vec![2, 3]]);
            assert_eq!(*within, [None, Some(0.8)]);
            assert!((across - 0.65).abs() < 1e-12);
            clusters
        };
        assert_eq!(cluster(0.5), [vec![0, 1, 2, 3]]);
        assert_eq!(cluster(0.66), [vec![0, 1], vec![2, 3]]);
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
    fn a_big_cluster_takes_in_what_is_near_to_enough_of_its_items_and_small_ones_stay_as_they_are() {
        // 0 to 11 are one cluster; 12 is like five of them, 13 like two.
        let mut near = vec![Vec::new(); 14];
        let mut like = |a: usize, b: usize| {
            near[a].push((b, 0.9));
            near[b].push((a, 0.9));
        };
        (0..5).for_each(|x| like(12, x));
        (0..2).for_each(|x| like(13, x));
        let clusters = vec![(0..12).collect(), vec![12], vec![13]];
        let joined = join_by_nearest(clusters.clone(), near.clone(), 0.5, 5);
        assert_eq!(joined, [(0..13).collect::<Vec<_>>(), vec![13]]);
        assert_eq!(
            join_by_nearest(clusters.clone(), near, 0.5, 12),
            clusters,
            "twelve are no more than the nearest twelve"
        );
    }

    #[test]
    fn a_large_cluster_asks_for_each_pair_once() {
        // More cross pairs at the last merge than are asked for together.
        let n = 2 * 300;
        let edges: Vec<(usize, usize)> = (0..n).flat_map(|a| (a + 1..n.min(a + 4)).map(move |b| (a, b))).collect();
        let mut asked = std::collections::BTreeSet::new();
        let cross = |pairs: &[(usize, usize)]| {
            assert!(pairs.iter().all(|pair| asked.insert(*pair)), "asked for twice");
            // Two halves, better inside than across.
            let score = |&(a, b): &(usize, usize)| if (a < 300) == (b < 300) { 0.9 } else { 0.6 };
            let pair = |pair| Some(CrossPair { score: score(pair), matched: true, copies: false });
            Ok::<_, ()>(pairs.iter().map(pair).collect())
        };
        let clusters = average_linkage(n, &edges, 0.5, cross, |_| true);
        assert_eq!(clusters, Ok(vec![(0..n).collect::<Vec<_>>()]));
        assert_eq!(asked.len(), n * (n - 1) / 2);
        let stopped = average_linkage(3, &[(0, 1)], 0.5, |_| Err("stopped"), |_| true);
        assert_eq!(stopped, Err("stopped"));
    }
}
