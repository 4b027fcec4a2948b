#!/usr/bin/env python3
"""Writes vader_words.csv from the sources of VADER: python3 data/framing/vader_words.py FOLDER > data/framing/vader_words.csv

FOLDER holds vader_lexicon.txt and vaderSentiment.py of the PyPI package vaderSentiment 3.3.2 (MIT, VADER-LICENSE.txt).
Emoticons and other entries that are no words are left out, and so is what its rules say of capitals, exclamation marks
and idioms, which news prose does not use.
"""
import ast
import csv
import re
import sys
from pathlib import Path

WORD = re.compile(r"[a-z][a-z'\-]*[a-z]|no")

folder = Path(sys.argv[1])
rows = []
for line in (folder / "vader_lexicon.txt").read_text(encoding="utf-8").splitlines():
    term, valence = line.split("\t")[:2]
    if WORD.fullmatch(term):
        rows.append((term, "valence", float(valence)))
constants = {}
for node in ast.parse((folder / "vaderSentiment.py").read_text(encoding="utf-8")).body:
    if isinstance(node, ast.Assign):
        constants[node.targets[0].id] = node.value
number = {k: ast.literal_eval(constants[k]) for k in ("B_INCR", "B_DECR")}
for key, value in zip(constants["BOOSTER_DICT"].keys, constants["BOOSTER_DICT"].values):
    if WORD.fullmatch(key.value):
        rows.append((key.value, "booster", number[value.id]))
rows += [(term, "negation", "") for term in ast.literal_eval(constants["NEGATE"]) if WORD.fullmatch(term)]

out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["term", "class", "value"])
out.writerows(sorted(set(rows), key=lambda r: (r[1], r[0])))
