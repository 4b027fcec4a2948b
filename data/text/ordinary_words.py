#!/usr/bin/env python3
"""Counts, in a background corpus, which words news prose writes in lower case (data/text/README.md).

    ordinary_words.py articles.csv.gz > ordinary_words.txt
"""
import collections, csv, gzip, re, sys

csv.field_size_limit(1 << 30)
LETTERS = re.compile(r"[A-Za-zÀ-ÿ]+(?:[’'][a-z]+)?")
MIN_ARTICLES, MIN_SHARE = 25, 0.8  # in that many articles; lower-cased so often when not at a sentence's start

lower, other, articles = collections.Counter(), collections.Counter(), collections.Counter()
with gzip.open(sys.argv[1], "rt", encoding="utf-8", newline="") as file:
    for row in csv.DictReader(file):
        seen = set()
        body = row.get("body") or row.get("text") or ""
        for word in LETTERS.finditer(body):
            before = body[max(0, word.start() - 2):word.start()]
            if not re.fullmatch(r"[a-z,] ", before):
                continue  # starts a sentence, a line, a quotation: its case says nothing
            text = word.group().replace("’", "'").removesuffix("'s")
            (lower if text.islower() else other)[text.lower()] += 1
            seen.add(text.lower())
        articles.update(seen)
for word in sorted(articles):
    total = lower[word] + other[word]
    if len(word) > 1 and articles[word] >= MIN_ARTICLES and lower[word] >= MIN_SHARE * total:
        print(word)
