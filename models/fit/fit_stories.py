#!/usr/bin/env python3
"""Fits the weights of the story score (models/weights.json) and prints what they give.

    models/fit/fit_stories.py EVAL_DIR WORK_DIR [--parallax target/release/parallax] [--write]

Needs numpy and scipy. EVAL_DIR holds the labelled sets (`ecb`, `basil`, `background`: articles.csv, stories.csv), which are
not part of the project. WORK_DIR keeps what `parallax features --articles` gives for each of them, so that a second fit takes
a minute; remove it after a change of the features.

Fitted on ECB+ alone: whole articles, their first 3, 5 and 10 sentences, and small corpora (2 to 12 articles of one topic,
seeded), whose surroundings are computed within them. A pair weighs the less the bigger its story, so that big stories do not
drown the others. Logistic regression (L2) with the signs that the features must have. The fit knows nothing of clustering,
so the intercept is then moved: to the lowest value at which the mean B-cubed F1 over `CHOSEN` is within `TOLERANCE` of the
highest. BASIL and the mixtures with background articles enter by that one number only, and by `dated`, set by hand.
"""

import argparse
import heapq
import json
import pathlib
import random
import subprocess
from collections import Counter, defaultdict
from itertools import islice

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from tables import read, write

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "models/weights.json"
SIGNS = {
    "names": 1, "numbers": 1, "lead": 1, "lead_tf": 1, "cover_min": 1, "cover_max": 1,
    "density": -1, "relative": 1, "unaligned": -1, "weekdays": 1,
}  # fmt: skip
L2 = 3e-4
SMALL_WEIGHT = 0.003
# F1 that may be given up for the lower intercept: an article that is left out is missing, one that is drawn into a foreign
# story harms its contrasts.
TOLERANCE = 0.004
# Articles that an article must be like to belong to a big story (src/stories/mod.rs).
NEAREST = 10
# Where outlets have articles on both sides: the least mean across, as a share of the looser side's own (the same file).
TOLD_APART = 0.75
FITTED = ["ecb", "ecb-3", "ecb-5", "ecb-10"]
CHOSEN = ["ecb", "ecb-3", "ecb-5", "ecb-10", "basil-undated", "basil-undated-5", "mixed-1000-undated", "mixed-2000-undated"]
SHOWN = ["basil", "basil-undated-10", "mixed-1000", "mixed-2000", "event-300-15", "event-300-8", "event-50-10", "twins-100-10"]


def corpus(name, folder):
    """The articles of a variant: SET[-undated][-SENTENCES], mixed-COUNT[-undated], event-ARTICLES-SENTENCES,
    twins-ARTICLES-SENTENCES."""
    parts = name.split("-")
    if parts[0] in ("event", "twins"):
        articles, stories = read(folder / "ecb/articles.csv"), read(folder / "ecb/stories.csv")
        return (one_event if parts[0] == "event" else twins)(articles, stories, *map(int, parts[1:]))
    if parts[0] == "mixed":
        rows = read(folder / "basil/articles.csv") + read(folder / "background/articles.csv.gz")[: int(parts[1])]
        cut = None
    else:
        rows = read(folder / parts[0] / "articles.csv")
        cut = int(parts[-1]) if parts[-1].isdigit() else None
    sentences = {}
    if cut and parts[0] == "basil":
        sentences = defaultdict(list)
        for row in read(folder / "basil/sentences.csv"):
            sentences[row["id"]].append(row["text"])
    for row in rows:
        if "undated" in parts:
            row["date"] = ""
        if cut:
            lines = sentences[row["id"]] if sentences else [line for line in row["body"].split("\n") if line.strip()]
            row["body"] = "\n".join(lines[:cut])
    return rows


def by_story(articles, stories):
    """The sentences of each article, by story."""
    bodies = {row["id"]: [line for line in row["body"].split("\n") if line.strip()] for row in articles}
    members = defaultdict(list)
    for row in stories:
        members[row["story"]].append(bodies[row["id"]])
    return members


def event(name, members, count, sentences, rng):
    """`count` articles about one event: two of a real article's first three sentences, the rest drawn from all its articles."""
    pool = sorted({line for lines in members for line in lines})
    long = [lines for lines in members if len(lines) > 2]
    drawn = lambda: rng.sample(rng.choice(long)[:3], 2) + rng.sample(pool, min(len(pool), sentences - 2))
    body = lambda: "\n".join(dict.fromkeys(drawn()))
    return [{"id": f"{name}.{i}", "source": f"s{i}", "body": body()} for i in range(count)]


def one_event(articles, stories, count, sentences):
    members = by_story(articles, stories)
    biggest = max(sorted(members), key=lambda story: sum(map(len, members[story])))
    return event(biggest, members[biggest], count, sentences, random.Random(count + sentences))


def twins(articles, stories, count, sentences):
    """`count` articles about each of the two like events of a topic, for the five topics with the longest articles."""
    members = by_story(articles, stories)
    topics = defaultdict(list)
    for story in sorted(members):
        topics[story.split("-")[0]].append(story)
    size = lambda story: sum(map(len, members[story]))
    chosen = sorted((t for t in topics.values() if len(t) == 2), key=lambda t: -min(map(size, t)))[:5]
    rng = random.Random(count + sentences)
    return [row for topic in chosen for story in topic for row in event(story, members[story], count, sentences, rng)]


class Pairs:
    """Compared article pairs of a corpus: columns of `parallax features --articles`."""

    def __init__(self, rows):
        self.ids = sorted({row[side] for row in rows for side in "ab"})
        index = {name: i for i, name in enumerate(self.ids)}
        self.a = np.array([index[row["a"]] for row in rows], dtype=int)
        self.b = np.array([index[row["b"]] for row in rows], dtype=int)
        number = lambda column: np.array([float(row[column]) if row[column] else np.nan for row in rows])
        self.columns = {c: number(c) for c in rows[0] if c not in "ab"}

    def crowds(self):
        """Density, unknown share and best similarity of both sides."""
        return [[self.columns[f"{what}_{side}"] for side in "ab"] for what in ("density", "unknown", "best")]

    def subset(self, names):
        """The pairs among some articles, their surroundings computed within them."""
        chosen = {i for i, name in enumerate(self.ids) if name in names}
        keep = np.array([a in chosen and b in chosen for a, b in zip(self.a, self.b)])
        part = Pairs.__new__(Pairs)
        part.ids = sorted(names)
        index = {name: i for i, name in enumerate(part.ids)}
        part.a = np.array([index[self.ids[i]] for i in self.a[keep]], dtype=int)
        part.b = np.array([index[self.ids[i]] for i in self.b[keep]], dtype=int)
        part.columns = {c: values[keep].copy() for c, values in self.columns.items()}
        covers, best = defaultdict(list), defaultdict(float)
        for a, b, cover, tf in zip(part.a, part.b, part.columns["cover_min"], part.columns["tf"]):
            for side in (a, b):
                covers[side].append(cover)
                best[side] = max(best[side], tf)
        farther = {side: sorted(values, reverse=True)[4:20] for side, values in covers.items()}
        for side, ends in (("a", part.a), ("b", part.b)):
            part.columns[f"density_{side}"] = np.array([sum(farther[i]) / 16 for i in ends])
            part.columns[f"unknown_{side}"] = np.array([(16 - len(farther[i])) / 16 for i in ends])
            part.columns[f"best_{side}"] = np.array([best[i] for i in ends])
        return part

    def design(self, w):
        """The fitted features, and the date term (src/stories/similarity.rs)."""
        c = self.columns
        density, unknown, best = self.crowds()
        ln_tf = np.log(np.maximum(c["tf"], 0.01))
        fill = lambda d, u: np.clip(d + u * w["density_prior"], w["density_floor"], w["density_cap"])
        most = lambda b, u: np.maximum(np.maximum(b, w["best_floor"]), u * w["best_prior"])
        r = 0.5 * (fill(density[0], unknown[0]) + fill(density[1], unknown[1]))
        relative = ln_tf - 0.5 * np.log(most(best[0], unknown[0]) * most(best[1], unknown[1]))
        own = {"density": r, "relative": relative}
        x = np.stack([own[name] if name in own else c[name] for name in SIGNS], 1)
        late = np.maximum(np.abs(np.nan_to_num(c["days"])) - w["free_days"], 0) / w["days_scale"]
        return x, np.where(np.isnan(c["days"]), 0, w["dated"] - late)

    def same(self, gold):
        return np.array([gold.get(self.ids[a], a) == gold.get(self.ids[b], -1) for a, b in zip(self.a, self.b)])


def clusters(pairs, score, threshold, source):
    """Average linkage with a quorum; pairs that were not compared count 0 (a little stricter than Parallax), and copies of one
    text count like others."""
    known = {(a, b): s for a, b, s in zip(pairs.a.tolist(), pairs.b.tolist(), score.tolist())}
    members = {i: [i] for i in range(len(pairs.ids))}
    within = {i: (0.0, 0, 0) for i in members}
    version, links, heap = [0] * len(pairs.ids), defaultdict(dict), []

    def between(x, y):
        scores = [known.get((min(a, b), max(a, b)), 0.0) for a in members[x] for b in members[y]]
        return sum(scores), len(scores), sum(s >= threshold for s in scores)

    def doubled(of, other):
        outlets = {source[pairs.ids[i]] for i in other}
        return 2 * sum(source[pairs.ids[i]] in outlets for i in of) > len(of)

    def may_be_one(x, y, mean):
        small, big = sorted((members[x], members[y]), key=len)
        if len(small) < 2 or not doubled(small, big) or (len(small) == len(big) and not doubled(big, small)):
            return True
        return mean >= TOLD_APART * min(within[c][0] / within[c][1] for c in (x, y))

    def push(x, y, link):
        total, n, matched = link
        if total / n >= threshold and 2 * matched >= n and may_be_one(x, y, total / n):
            x, y = min(x, y), max(x, y)
            heapq.heappush(heap, (-total / n, x, y, version[x], version[y]))

    for (a, b), s in known.items():
        if s >= threshold:
            links[a][b] = links[b][a] = (s, 1, 1)
            push(a, b, (s, 1, 1))
    while heap:
        _, x, y, vx, vy = heapq.heappop(heap)
        if (version[x], version[y]) != (vx, vy):
            continue
        of_x, of_y = links.pop(x), links.pop(y)
        within[x] = tuple(map(sum, zip(within[x], within.pop(y), of_x[y])))
        merged = {}
        for z in sorted((of_x.keys() | of_y.keys()) - {x, y}):
            parts = [of_x.get(z) or between(x, z), of_y.get(z) or between(y, z)]
            merged[z] = links[z][x] = tuple(map(sum, zip(*parts)))
            links[z].pop(y, None)
        members[x] += members.pop(y)
        version[x] += 1
        version[y] += 1
        links[x] = merged
        for z, link in merged.items():
            push(x, z, link)
    return join_by_nearest(pairs, known, members, threshold)


def join_by_nearest(pairs, known, members, threshold):
    """Merges big clusters by their nearest articles (src/stats/linkage.rs)."""
    near = defaultdict(list)
    for (a, b), s in known.items():
        near[a].append((-s, b))
        near[b].append((-s, a))
    near = {a: sorted(others) for a, others in near.items()}
    home = {i: cluster for cluster, inside in members.items() for i in inside}

    def nearness(x, y):
        wanted = min(NEAREST, len(members[y]))
        of = lambda i: sum(islice((-s for s, j in near[i] if home[j] == y), wanted)) / wanted
        means = [of(i) for i in members[x]]
        mean = sum(means) / len(means)
        return mean, mean >= threshold and 2 * sum(m >= threshold for m in means) >= len(means)

    def tested(x, y):
        small, big = sorted((x, y), key=lambda c: len(members[c]))
        if len(members[big]) <= NEAREST:
            return None
        mean, enough = nearness(small, big)
        if len(members[small]) == len(members[big]):
            back, too = nearness(big, small)
            mean, enough = min(mean, back), enough and too
        return mean if enough else None

    def around(x):
        return {home[j] for i in members[x] for s, j in near.get(i, ()) if -s >= threshold} - {x}

    links = {(x, y): m for x in members for y in around(x) if x < y and (m := tested(x, y)) is not None}
    while links:
        x, y = min(links, key=lambda pair: (-links[pair], pair))
        for i in members[y]:
            home[i] = x
        members[x] += members.pop(y)
        links = {pair: m for pair, m in links.items() if not {x, y} & set(pair)}
        links |= {(min(x, z), max(x, z)): m for z in around(x) if (m := tested(x, z)) is not None}
    return {pairs.ids[i]: cluster for cluster, inside in members.items() for i in inside}


def b_cubed(found, gold, articles):
    """B-cubed precision, recall, F1 (Bagga & Baldwin 1998); unlabelled articles are stories of their own."""
    place = {a: found.get(a, ("alone", a)) for a in articles}
    of_cluster, of_gold = defaultdict(set), defaultdict(set)
    for a in articles:
        of_cluster[place[a]].add(a)
        if a in gold:
            of_gold[gold[a]].add(a)
    labelled = [a for a in articles if a in gold]
    both = [(len(of_gold[gold[a]] & of_cluster[place[a]]), len(of_cluster[place[a]]), len(of_gold[gold[a]])) for a in labelled]
    p, r = (float(np.mean([n / x[i] for n, *x in both])) for i in (0, 1))
    absorbed = sum(a not in gold and any(b in gold for b in of_cluster[place[a]]) for a in articles)
    return p, r, 2 * p * r / (p + r), max(map(len, of_cluster.values())), absorbed


def fit(parts, golds, weights, w):
    designs, labels, shares = [], [], []
    for pairs, gold, weight in zip(parts, golds, weights):
        same = pairs.same(gold)
        size = Counter(gold[a] for a in pairs.ids if a in gold)
        of = lambda i: size[gold[pairs.ids[i]]]
        share = np.array([1 / max(2, of(a), of(b)) for a, b in zip(pairs.a, pairs.b)])
        if not same.any():
            continue
        designs.append(pairs.design(w)[0])
        labels.append(same.astype(float))
        shares.append(weight * share / share[same].sum())
    x, y, share = np.vstack(designs), np.concatenate(labels), np.concatenate(shares)
    share /= share.sum()
    x = np.column_stack([np.ones(len(x)), x])

    def loss(b):
        p = expit(x @ b)
        value = -(share * (y * np.log(p + 1e-12) + (1 - y) * np.log(1 - p + 1e-12))).sum() + L2 * (b[1:] ** 2).sum() / 2
        gradient = x.T @ (share * (p - y))
        gradient[1:] += L2 * b[1:]
        return value, gradient

    bounds = [(None, None)] + [(0, None) if sign > 0 else (None, 0) for sign in SIGNS.values()]
    return minimize(loss, np.zeros(x.shape[1]), jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 5000}).x


def small_corpora(pairs, gold, count, seed):
    rng = random.Random(seed)
    topics = defaultdict(lambda: defaultdict(list))
    for a in pairs.ids:
        topics[gold[a].split("-")[0]][gold[a]].append(a)
    for _ in range(count):
        stories = topics[rng.choice(sorted(topics))]
        sizes = [rng.choice([2, 3, 4, 5, 8]), rng.choice([1, 1, 2, 4])]
        names = [a for s, n in zip(sorted(stories), sizes) for a in rng.sample(stories[s], min(n, len(stories[s])))]
        part = pairs.subset(names)
        if len(part.a):
            yield part


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("eval_dir", type=pathlib.Path)
    parser.add_argument("work_dir", type=pathlib.Path)
    parser.add_argument("--parallax", default=ROOT / "target/release/parallax")
    parser.add_argument("--engine", default="portable")
    parser.add_argument("--check", action="store_true", help="print what the weights in the file give, fit nothing")
    parser.add_argument("--write", action="store_true", help="put the weights into models/weights.json")
    args = parser.parse_args()
    args.work_dir.mkdir(parents=True, exist_ok=True)

    sets = {}
    for name in FITTED + [n for n in CHOSEN + SHOWN if n not in FITTED]:
        out = args.work_dir / f"{name}.features.csv"
        if not out.exists():
            articles = args.work_dir / f"{name}.csv"
            write(articles, corpus(name, args.eval_dir), ["id", "source", "date", "title", "body", "url"])
            command = [args.parallax, "features", articles, "--articles", "--engine", args.engine]
            with open(out.with_suffix(".part"), "w", encoding="utf-8") as file:
                code = subprocess.run(command, stdout=file).returncode
            if code not in (0, 1):
                raise SystemExit(f"{name}: parallax failed")
            out.with_suffix(".part").rename(out)
        sets[name] = Pairs(read(out))
    rows = {name: read(args.work_dir / f"{name}.csv") for name in sets}
    articles = {name: [row["id"] for row in rows[name]] for name in sets}
    sources = {name: {row["id"]: row["source"] for row in rows[name]} for name in sets}
    golds = {s: {row["id"]: row["story"] for row in read(args.eval_dir / s / "stories.csv")} for s in ("ecb", "basil")}
    events = {name: {a: a.split(".")[0] for a in articles[name]} for name in sets if name.startswith(("event", "twins"))}
    gold = lambda name: events.get(name) or golds["ecb" if name.startswith("ecb") else "basil"]

    document = json.loads(WEIGHTS.read_text())
    w = document["story"]
    parts, small = [sets[n] for n in FITTED], list(small_corpora(sets["ecb"], golds["ecb"], 300, 1))
    if args.check:
        b = np.array([w["intercept"], *(w[name] for name in SIGNS)])
    else:
        b = fit(parts + small, [golds["ecb"]] * (len(parts) + len(small)), [1.0] * len(parts) + [SMALL_WEIGHT] * len(small), w)

    def figures(name, b, part=None):
        pairs = part or sets[name]
        x, date = pairs.design(w)
        found = clusters(pairs, expit(b[0] + x @ b[1:] + date), w["threshold"], sources[name])
        return b_cubed(found, gold(name), pairs.ids if part else articles[name])

    if not args.check:
        tried = {}
        for shift in np.arange(-0.5, 1.01, 0.05):
            moved = b + np.eye(len(b))[0] * shift
            tried[float(shift)] = float(np.mean([figures(n, moved)[2] for n in CHOSEN]))
            print(f"intercept {moved[0]:+.2f}: mean F1 {tried[float(shift)]:.4f}")
        b[0] += min(shift for shift, f1 in tried.items() if f1 >= max(tried.values()) - TOLERANCE)
        b = np.round(b, 2)
    print(dict(zip(["intercept", *SIGNS], b.tolist())))
    for name in [*CHOSEN, *SHOWN]:
        p, r, f, largest, absorbed = figures(name, b)
        print(f"{name:20} P {p:.4f} R {r:.4f} F1 {f:.4f}  largest {largest}  absorbed {absorbed}")
    fresh = [figures("ecb", b, part) for part in small_corpora(sets["ecb"], golds["ecb"], 200, 2)]
    print("small corpora        P {:.4f} R {:.4f} F1 {:.4f}".format(*(np.mean([f[i] for f in fresh]) for i in range(3))))
    if args.write:
        w.update(intercept=float(b[0]), **{name: float(v) for name, v in zip(SIGNS, b[1:])})
        WEIGHTS.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
