#!/usr/bin/env python3
"""Which side of two claims of one fact is the loaded one? BASIL's annotators marked spans of lexical bias; of the pairs of
aligned claims of which one sentence has such a span in the outlet's own words and the other has none, this prints how
often the score is higher on the marked side, with a bootstrap interval over stories.

    target/release/parallax analyze EVAL_DIR/basil/articles.csv --stories EVAL_DIR/basil/stories.csv --out target/fit/basil
    models/fit/side_of_pair.py EVAL_DIR target/fit/basil

Standard library only; the labelled set is not part of this project.
"""
import csv
import random
import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path

eval_dir, report = map(Path, sys.argv[1:3])


def read(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def key(text):
    return "".join(c for c in text.lower() if c.isalnum())


marked = defaultdict(dict)
for row in read(eval_dir / "basil/sentences.csv"):
    marked[row["id"]][key(row["text"])] = row["lexical"]


def label(claim):
    """1, 0, or empty: the sentence is marked in a quotation only, or is not found."""
    of_article, text = marked[claim["article_id"]], key(claim["text"])
    if text in of_article:
        return of_article[text]
    # A sentence of theirs may be two of ours, or the other way round.
    near = [mark for sentence, mark in of_article.items() if len(text) > 20 and (text in sentence or sentence in text)]
    return near[0] if len(near) == 1 else ""


facts = defaultdict(list)
for claim in read(report / "claims.csv"):
    if claim["fact_id"]:
        facts[claim["fact_id"]].append(claim)

columns = ("loaded", "loaded_adj", "length")
by_story = {column: defaultdict(list) for column in columns}
for claims in facts.values():
    for a, b in combinations(claims, 2):
        if a["source"] == b["source"] or {label(a), label(b)} != {"0", "1"}:
            continue
        yes, no = (a, b) if label(a) == "1" else (b, a)
        for column in columns:
            value = [len(c["text"]) if column == "length" else c[column] for c in (yes, no)]
            if "" not in value:
                x, y = map(float, value)
                by_story[column][a["story_id"]].append((x > y) + 0.5 * (x == y))

draw = random.Random(20240917)
for column in columns:
    stories = list(by_story[column].values())
    right = [r for story in stories for r in story]
    shares = []
    for _ in range(2_000):
        sample = [r for _ in stories for r in draw.choice(stories)]
        shares.append(sum(sample) / len(sample))
    shares.sort()
    print(
        f"{column:11} {sum(right) / len(right):.3f} of {len(right)} pairs in {len(stories)} stories"
        f" (95 % {shares[49]:.3f} to {shares[1949]:.3f})"
    )
