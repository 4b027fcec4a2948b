#!/usr/bin/env python3
"""How well attribution is told from an outlet's own voice: precision, recall and F1 over labelled sentences, with bootstrap
intervals over articles.

    target/release/parallax analyze EVAL_DIR/basil/articles.csv --stories EVAL_DIR/basil/stories.csv --out target/fit/basil
    models/fit/attribution.py LABELLED.csv target/fit/basil [SAMPLE]

LABELLED.csv: article_id, sentence, attributed (1: somebody is said to say, think, ask or find what the sentence states; 0:
the outlet says it), and, if there are several, the name of the sample. Standard library only; the labelled sentences are
not part of this project.
"""
import csv
import random
import sys
from collections import defaultdict
from pathlib import Path


def read(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def key(article, text):
    return article, "".join(c for c in text.lower() if c.isalnum())


voices = {key(c["article_id"], c["text"]): c["voice"] for c in read(Path(sys.argv[2]) / "claims.csv")}
counts, missing = defaultdict(list), 0
for row in read(sys.argv[1]):
    if len(sys.argv) > 3 and row["sample"] != sys.argv[3]:
        continue
    voice = voices.get(key(row["article_id"], row["sentence"]))
    if voice is None:  # no claim: a question, a heading, a repetition
        missing += 1
        continue
    counts[row["article_id"]].append((voice != "own", row["attributed"] == "1"))


def figures(pairs, positive):
    found = sum(f == positive for f, _ in pairs)
    gold = sum(g == positive for _, g in pairs)
    both = sum(f == g == positive for f, g in pairs)
    return both / max(found, 1), both / max(gold, 1), 2 * both / max(found + gold, 1)


articles = list(counts.values())
pairs = [p for a in articles for p in a]
draw = random.Random(20240917)
samples = [[p for _ in articles for p in draw.choice(articles)] for _ in range(2_000)]
print(f"{len(pairs)} sentences of {len(articles)} articles, {sum(g for _, g in pairs)} attributed; {missing} are no claims")
for name, positive in (("attributed", True), ("own voice", False)):
    p, r, f1 = figures(pairs, positive)
    f1s = sorted(figures(s, positive)[2] for s in samples)
    print(f"{name:11} P {p:.3f} R {r:.3f} F1 {f1:.3f} (95 % {f1s[49]:.3f} to {f1s[1949]:.3f})")
