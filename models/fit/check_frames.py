#!/usr/bin/env python3
"""How often the frame of a sentence is found: macro-F1 over the fifteen frames, of the nearest direction.

`frame_check.csv` holds 300 sentences, 20 for each frame, written for this check without sight of the seeds, by another
session of the language model that wrote them. They are clearer than news is; read the figure as an upper bound. For each
frame about the same twenty issues occur, so that an issue gives no frame away. With EXAMPLES > 0, that many of each frame
are given as labelled examples, and the others are scored (mean of ten draws).

    mkdir -p target/fit
    target/release/parallax embed data/framing/frames.csv --column sentence --out target/fit/frames.npy
    target/release/parallax embed models/fit/frame_check.csv --column sentence --out target/fit/frame_check.npy
    python3 models/fit/check_frames.py target/fit [EXAMPLES]

Needs numpy and scikit-learn.
"""
import csv
import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score

work, examples = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
read = lambda path: list(csv.DictReader(open(path, newline="", encoding="utf-8")))
texts, check = read("data/framing/frames.csv"), read("models/fit/frame_check.csv")
vectors, sentences = np.load(work / "frames.npy").astype(float), np.load(work / "frame_check.npy").astype(float)
names = list(dict.fromkeys(t["frame"] for t in texts))
gold = np.array([names.index(c["frame"]) for c in check])


def unit(vector):
    return vector / np.linalg.norm(vector)


def score(given, asked):
    directions = []
    for frame, name in enumerate(names):
        parts = [
            unit(vectors[[t["frame"] == name and t["kind"] == kind for t in texts]].sum(axis=0))
            for kind in ("definition", "seed")
        ]
        if len(given):
            parts.append(unit(sentences[given[gold[given] == frame]].sum(axis=0)))
        directions.append(unit(np.sum(parts, axis=0)))
    found = (sentences[asked] @ np.array(directions).T).argmax(axis=1)
    return f1_score(gold[asked], found, average="macro"), np.mean(found == gold[asked])


draw, figures = np.random.default_rng(20240917), []
for _ in range(10 if examples else 1):
    given = [draw.permutation(np.flatnonzero(gold == f))[:examples] for f in range(len(names))]
    given = np.concatenate(given).astype(int)
    figures.append(score(given, np.setdiff1d(np.arange(len(gold)), given)))
f1, accuracy = np.mean(figures, axis=0)
print(f"macro-F1 {f1:.3f}, accuracy {accuracy:.3f} ({examples} examples per frame)")
