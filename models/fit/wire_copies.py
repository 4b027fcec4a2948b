#!/usr/bin/env python3
"""Checks the wire groups: models/fit/wire_copies.py EVAL_DIR [--pairs 1000] [--others 5000] [--seed 1]

Build first: cargo build --release --no-default-features --example wire_groups

Three checks, each printed as a table:
- Recall: reprints made from articles of EVAL_DIR/background (real news; the reprint is ours) lie hidden among other articles.
  Each reprint has 3 % of its words replaced, dropped or doubled; by kind it is also cut to its first 30 to 100 %, has own
  paragraphs before, inside or behind (of an article that is not in the input; `own`: share of the reprint's words), or the
  "original" in the input is itself such a reprint, of 3 % other edits ("two"). Outlets differ.
- False groups: groups with articles of different origin, and of different gold stories in EVAL_DIR/basil and EVAL_DIR/ecb.
  The background has real reprints of its own; groups that are there without ours are counted apart.
- Time: seconds of the grouping for growing parts of the background.

Standard library only. The input of the recall check is a function of the seed and the files.
"""
import argparse
import collections
import csv
import os
import random
import re
import subprocess
import tempfile

from tables import read, write

EDITS = 0.03
KINDS = ("edits", "cut", "own", "cut own", "two", "two cut own")
SHORT = (0, 150, 300, 600, 1 << 30)
FIELDS = ("id", "source", "date", "title", "body")


def edited(paragraphs, rng, words):
    """3 % of the words replaced by others of the corpus, dropped, or followed by another, in equal parts."""
    result = []
    for paragraph in paragraphs:
        done = []
        for word in paragraph:
            change = rng.choice(("replace", "drop", "add")) if rng.random() < EDITS else None
            if change != "drop":
                done.append(rng.choice(words) if change == "replace" else word)
            if change == "add":
                done.append(rng.choice(words))
        result.append(done)
    return result


def cut(paragraphs, share):
    """The first `share` of the words."""
    left = round(share * sum(map(len, paragraphs)))
    result = []
    for paragraph in paragraphs:
        result.append(paragraph[:left])
        left -= len(result[-1])
    return [p for p in result if p]


def reprint(body, kind, donor, rng, words):
    """A reprint of `body` and the share of its words that are its own."""
    paragraphs = edited([p.split() for p in body.split("\n")], rng, words)
    if "cut" in kind:
        paragraphs = cut(paragraphs, rng.uniform(0.3, 1.0))
    if "own" not in kind:
        return paragraphs, 0.0
    copied = sum(map(len, paragraphs))
    # Up to 40 % of the reprint: with more than half it would be an article of its own.
    own_share = rng.uniform(0.05, 0.4)
    own = cut([p.split() for p in donor.split("\n")], 1.0)
    wanted = round(copied * own_share / (1 - own_share))
    own = cut(own, min(1.0, wanted / max(1, sum(map(len, own)))))
    share = sum(map(len, own)) / max(1, copied + sum(map(len, own)))
    for paragraph in own:
        paragraphs.insert(rng.randint(0, len(paragraphs)), paragraph)
    return paragraphs, share


def as_text(paragraphs):
    return "\n".join(" ".join(p) for p in paragraphs)


def count(paragraphs):
    return sum(map(len, paragraphs))


def groups(program, path):
    """Wire group of each article that is in one, and the seconds it took."""
    done = subprocess.run([program, path], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    seconds = float(re.search(r"([0-9.]+) s$", done.stderr.strip())[1])
    rows = csv.DictReader(done.stdout.splitlines())
    return {r["article_id"]: r["wire_group"] for r in rows if r["wire_group"]}, seconds


def members(group_of):
    found = collections.defaultdict(list)
    for article, group in group_of.items():
        found[group].append(article)
    return list(found.values())


def table(title, head, rows):
    print(f"\n{title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |")


def share(hits, of):
    return f"{hits / of:.3f} of {of}" if of else "none"


def recall(args, background, work):
    rng = random.Random(args.seed)
    articles = background[:]
    rng.shuffle(articles)
    originals, others = articles[: args.pairs], articles[args.pairs : args.pairs + args.others]
    donors = articles[args.pairs + args.others :]
    if len(donors) < 100:
        raise SystemExit("too few articles are left for own paragraphs: give a smaller --others")
    words = [w for a in donors[:300] for w in a["body"].split()]
    planted, copies = [], []
    for i, article in enumerate(originals):
        kind = KINDS[i % len(KINDS)]
        source = article
        if kind.startswith("two"):
            source = {**article, "body": as_text(edited([p.split() for p in article["body"].split("\n")], rng, words))}
        paragraphs, own = reprint(article["body"], kind, rng.choice(donors)["body"], rng, words)
        copy = {**article, "id": f"copy-{article['id']}", "source": "Outlet of copies", "body": as_text(paragraphs)}
        planted += [source, copy]
        copies.append((article["id"], kind, count(paragraphs), own))
    write(work("base.csv"), originals + others, FIELDS)
    write(work("planted.csv"), planted + others, FIELDS)
    before, _ = groups(args.program, work("base.csv"))
    after, _ = groups(args.program, work("planted.csv"))
    found = {id: id in after and after.get(id) == after.get(f"copy-{id}") for id, *_ in copies}

    def line(name, chosen):
        return name, share(sum(found[c[0]] for c in chosen), len(chosen))

    table("Recall by kind of change", ("kind", "found"), [line(k, [c for c in copies if c[1] == k]) for k in KINDS])
    by_length = [
        line(f"{low} to {high}" if high < 1 << 30 else f"{low} and more", [c for c in copies if low <= c[2] < high])
        for low, high in zip(SHORT, SHORT[1:])
    ]
    table("Recall by words of the reprint", ("words", "found"), by_length)
    by_own = [(0, 0.001), (0.001, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.41)]
    rows = [line(f"{low:.0%} to {high:.0%}", [c for c in copies if low <= c[3] < high]) for low, high in by_own]
    table("Recall by own words", ("own", "found"), rows)
    print("\nall:", line("", copies)[1])

    origin = lambda id: id.removeprefix("copy-")
    known = {frozenset((a, b)) for group in members(before) for a in group for b in group}
    strange = []
    for group in members(after):
        origins = sorted({origin(a) for a in group})
        strange += [(a, b) for a in origins for b in origins if a < b and frozenset((a, b)) not in known]
    outlet = {a["id"]: a["source"] for a in articles}
    # Two articles with the same gallery or sign-up form, which our reprint has carried to another outlet.
    furniture = sum(outlet[a] == outlet[b] for a, b in strange)
    print(f"pairs of different origin in one group: {len(strange)}, {furniture} of them of one outlet")
    print(f"groups of the background itself: {len(members(before))}")
    if args.verbose:
        print("\n".join(map(str, strange)))
        titles = {a["id"]: f"{a['source']} {a['date']}: {a['title'][:70]}" for a in articles}
        for group in members(before):
            print("--", *(titles[a] for a in group), sep="\n   ")
        for id, kind, length, own in copies:
            if not found[id]:
                print("missed", id, kind, length, f"{own:.2f}")


def false_groups(args, work):
    rows = []
    for name in ("basil", "ecb"):
        folder = os.path.join(args.eval_dir, name)
        found, _ = groups(args.program, os.path.join(folder, "articles.csv"))
        gold = {r["id"]: r["story"] for r in read(os.path.join(folder, "stories.csv"))}
        mixed = [g for g in members(found) if len({gold.get(a, a) for a in g}) > 1]
        rows.append((name, len(members(found)), len(found), len(mixed)))
        if args.verbose:
            for group in members(found):
                print(name, gold.get(group[0]), *group)
    table("Groups in sets with gold stories", ("set", "groups", "articles in them", "of several stories"), rows)


def time(args, background, work):
    rows = []
    for n in (3000, 6000, len(background)):
        write(work("some.csv"), background[:n], FIELDS)
        rows.append((f"{n:,}", f"{min(groups(args.program, work('some.csv'))[1] for _ in range(2)):.2f}"))
    table("Time", ("articles", "seconds"), rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("eval_dir")
    parser.add_argument("--pairs", type=int, default=1000, help="reprints hidden among the others")
    parser.add_argument("--others", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", default="target/release/examples/wire_groups")
    parser.add_argument("--verbose", action="store_true", help="also list groups and what was missed")
    args = parser.parse_args()
    background = read(os.path.join(args.eval_dir, "background", "articles.csv.gz"))
    with tempfile.TemporaryDirectory() as folder:
        work = lambda name: os.path.join(folder, name)
        recall(args, background, work)
        false_groups(args, work)
        time(args, background, work)


if __name__ == "__main__":
    main()
