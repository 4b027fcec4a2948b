#!/usr/bin/env python3
"""Standard deviations of what measure M4 `register` compares, over background articles. Writes models/heads/register.json.

Standard library only. From the root of the repository, with a corpus of unrelated news articles at hand (the one that
models/background.tsv.gz was made from):

    target/release/parallax analyze background.csv --out target/fit/background --evidence-budget 0 --overwrite
    python3 models/fit/fit_register.py target/fit/background --name "..." --date 2026-11-21

Articles of at least 8 claims count: the rates of a note of three sentences are those of its words, not of a manner.
"""
import argparse
import csv
import json
import random
import statistics
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("report")
parser.add_argument("--name", required=True)
parser.add_argument("--date", required=True)
args = parser.parse_args()

with open(Path(args.report) / "articles.csv", encoding="utf-8-sig", newline="") as file:
    rows = [r for r in csv.DictReader(file) if int(r["n_claims"]) >= 8 and r["loaded"] and r["persons"]]
columns = ("loaded", "persons", "boosters")
values = [tuple(float(r[c]) for c in columns) for r in rows]
sd = [statistics.stdev(v[i] for v in values) for i in range(3)]


def distance(a, b):
    parts = [abs(x - y) / s for x, y, s in zip(a, b, sd)]
    return parts[0] + 0.5 * (parts[1] + parts[2])


draw = random.Random(20240917)
pairs = [draw.sample(range(len(rows)), 2) for _ in range(20_000)]
unrelated = [
    distance(values[a], values[b])
    for a, b in pairs
    if rows[a]["source"] != rows[b]["source"] and rows[a]["date"] != rows[b]["date"]
]
Path("models/heads/register.json").write_text(
    json.dumps(
        {
            "about": "Units of the measure register: standard deviations over articles, and how far two unrelated ones stand apart.",
            "made_by": "models/fit/fit_register.py",
            "date": args.date,
            "data": {"name": args.name, "articles": len(rows)},
            "sd": {c: round(s, 4) for c, s in zip(columns, sd)},
            "unrelated": round(statistics.mean(unrelated), 3),
        },
        indent=2,
    )
    + "\n"
)
