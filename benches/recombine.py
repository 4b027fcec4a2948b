#!/usr/bin/env python3
"""A corpus of any size, made of the paragraphs of another one, to see how time and memory grow.

    ./recombine.py articles.csv --articles 100000 > big.csv
    parallax analyze big.csv --evidence-budget 0 --out reports/big

Reads a CSV with the columns source, title and body (paragraphs parted by empty lines). Each new article has a host, from
which it takes the title and a part of its paragraphs (--own); the others come from anywhere, the outlet from a third article.
It has as many paragraphs as some article of the corpus. So lengths, words and outlets stay ordinary, the articles of one host are a
story, and there are no more different sentences than before: with a vector cache, embedding takes little time. Each host
has its day within --days, its articles come out within three days of it. With --own 0 nothing comes from the host: articles
are in one story only for paragraphs that chance gave to both (half of 100,000 made of 12,000). Same seed, same bytes.

That sentences come again and again is not ordinary. Vectors are kept once per sentence: count `4 * dimension` bytes (f32)
for each one that an ordinary corpus has more, within the first 20 claims of its articles.

Python 3.9 or later, no packages.
"""

import argparse
import csv
import datetime
import random
import sys

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("corpus", help="CSV with the columns source, title, body")
parser.add_argument("--articles", type=int, default=100_000, help="how many to make")
parser.add_argument("--days", type=int, default=180, help="days over which they are spread")
parser.add_argument("--first", type=int, default=0, help="use so many paragraphs of each article of the corpus, 0: all")
parser.add_argument("--own", type=float, default=0.5, help="the share of its paragraphs that an article has from its host")
parser.add_argument("--event", type=int, default=0, help="so many of them have one host: a story of that size")
parser.add_argument("--seed", type=int, default=1)
args = parser.parse_args()

csv.field_size_limit(1 << 30)
hosts = []
with open(args.corpus, encoding="utf-8-sig", newline="") as file:
    rows = csv.DictReader(file)
    missing = {"source", "title", "body"} - set(rows.fieldnames or [])
    if missing:
        sys.exit(f"{args.corpus}: no column {', '.join(sorted(missing))}")
    for row in rows:
        paragraphs = [p.strip() for p in row["body"].split("\n\n") if p.strip()]
        if paragraphs:
            hosts.append((row["source"], row["title"], paragraphs[: args.first or None], len(paragraphs)))
if not hosts:
    sys.exit(f"{args.corpus}: no article with a body")

chance = random.Random(args.seed)
anything = [paragraph for host in hosts for paragraph in host[2]]
days = [chance.randrange(args.days) for _ in hosts]
# The event's host has enough to say.
longest = max(range(len(hosts)), key=lambda h: (len(hosts[h][2]), -h))
out = csv.writer(sys.stdout)
out.writerow(["id", "source", "date", "title", "body"])
for number in range(args.articles):
    host = longest if number < args.event else chance.randrange(len(hosts))
    _, title, own, _ = hosts[host]
    length = max(2, hosts[chance.randrange(len(hosts))][3])
    kept = sorted(chance.sample(range(len(own)), min(len(own), int(length * args.own))))
    body = [own[p] for p in kept] + [chance.choice(anything) for _ in range(length - len(kept))]
    if not kept:
        title = hosts[chance.randrange(len(hosts))][1]
    date = datetime.date(2026, 1, 1) + datetime.timedelta(days[host] + chance.randrange(4))
    out.writerow([f"r{number:07}", hosts[chance.randrange(len(hosts))][0], date, title, "\n\n".join(body)])
