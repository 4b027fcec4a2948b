#!/usr/bin/env python3
"""Runs the whole tool on random corpora that were damaged in random ways, and checks what every report promises.

    tests/soak.py articles.csv[.gz] --runs 200 --seed 1 --parallax target/release/parallax

Each run draws 5 to 60 articles of the corpus (columns source, title, body; date and url where there are), changes some
(cut, repeated, reworded wire copies under other names, shuffled sentences, hostile characters, missing fields, odd dates, HTML)
and writes them as CSV, JSON lines or a folder of texts in some encoding. Checked is that

    records      each is in articles.csv or rejected.csv, or counted as a duplicate
    spans        start and end of claims and evidence give their text
    facts        each has claims of two articles, none shares one, all counts agree
    statistics   lie in their ranges, intervals hold their estimate
    exit code    0 clean, 1 with rejected records, 2 only where no article is left
    bytes        a second run, from the cache and with other threads, gives the same; another order of the records too
    names        exchanging the sources' names exchanges them in the rows and changes nothing else
    memory       the peak does not exceed the estimate that run.json tells by more than a third
    files        nothing but the report is left behind

A failed run's corpus and reports are kept, and the command that repeats it is printed. Exit code 1 when a run failed.
Python 3.9 or later, no packages.
"""

import argparse
import collections
import csv
import gzip
import io
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("corpus")
parser.add_argument("--runs", type=int, default=20)
parser.add_argument("--first", type=int, default=0, help="number of the first run: repeats a run that failed")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--parallax", default="target/release/parallax")
parser.add_argument("--engine", default="portable")
parser.add_argument("--precision", default="int8")
parser.add_argument("--paragraphs", type=int, default=8, help="of each article of the corpus: shorter runs (default 8)")
parser.add_argument("--keep", default="soak-failed", help="folder for what failed")
args = parser.parse_args()
csv.field_size_limit(1 << 30)
program = str(pathlib.Path(args.parallax).resolve())

HOSTILE = ["=1+1", "@SUM(A1)", "\t-2", "\ufeff", "\u202egnihtyna", "\u0000", "\x1b[31m", "<script>alert(1)</script>", "&lt;b&gt;",
           "\u2028", "'", '"', "“", "”", "\r\n", "😀", "e\u0301", "ﬁ", "\uffff", "a;=2", "../../x", "𝔉", "\u00ad", "...", "%s", "{}"]
DATES = ["", "soon", "31 February 2026", "03/04/2026", "2026-13-01", "1772530000", "2026-03-05T23:59:59-11:00", "5 March 2026",
         "Thu, 05 Mar 2026 10:00:00 GMT", "0001-01-01", "9999-12-31", "2026-03-05"]
ALIKE = {"said": "told reporters", "also": "as well", "about": "around", "police": "officers", "percent": "per cent", "new": "recent"}
Failure = type("Failure", (Exception,), {})


def check(holds, what):
    if not holds:
        raise Failure(what)


def read_corpus():
    opened = gzip.open if args.corpus.endswith(".gz") else open
    with opened(args.corpus, "rt", encoding="utf-8-sig", newline="") as file:
        rows = [{k: row.get(k) or "" for k in ("source", "date", "title", "body", "url")} for row in csv.DictReader(file)]
    for row in rows:
        row["body"] = "\n\n".join(row["body"].split("\n\n")[: args.paragraphs])
    return rows


# Corpora.

def sentences(text):
    return re.split(r"(?<=[.!?”\"]) +", text)


def mutate(chance, article, outlets):
    """A changed copy of an article; its source may be another."""
    a = dict(article)
    kind = chance.randrange(14)
    words = a["body"].split(" ")
    if kind == 0:
        a["body"] = a["body"][: chance.randrange(len(a["body"]) + 1)]
    elif kind == 1:  # a wire copy, reworded here and there
        a["source"] = chance.choice(outlets)
        a["body"] = " ".join(ALIKE.get(w, w) if chance.random() < 0.5 else w for w in words)
        a["title"] = chance.choice([a["title"], a["title"].upper(), "Agency: " + a["title"]])
    elif kind == 2:
        parts = sentences(a["body"])
        chance.shuffle(parts)
        a["body"] = " ".join(parts)
    elif kind == 3:
        for _ in range(chance.randrange(1, 8)):
            field = chance.choice(["title", "body", "body", "source", "url", "date"])
            at = chance.randrange(len(a[field]) + 1)
            a[field] = a[field][:at] + chance.choice(HOSTILE) + a[field][at:]
    elif kind == 4:
        a[chance.choice(["title", "body", "source", "url", "date"])] = ""
    elif kind == 5:
        a["date"] = chance.choice(DATES)
    elif kind == 6:
        a["body"] = "".join(f"<p>{p} <a href='x'>more</a></p>" for p in a["body"].split("\n\n")) + chance.choice(["", "<p", "<!--", "<script>x"])
    elif kind == 7:
        a["body"] = a["body"] + "\n\n" + chance.choice(["Read more:", "Sign up for our newsletter", a["body"][:2000], "x" * 5000, "a. " * 500])
    elif kind == 8:  # said by another, in short sentences
        a["source"] = chance.choice(outlets)
        a["body"] = "\n\n".join(s if len(s) < 200 else s[:200] + "." for s in sentences(a["body"]))
    elif kind == 9:
        a["body"] = " ".join(chance.sample(words, len(words)))
    elif kind == 10:
        a["body"] = a["body"].replace("“", '"').replace("”", chance.choice(['"', ""]))
    elif kind == 11:
        a["source"] = chance.choice(outlets)
        a["body"] = re.sub(r"\d+", lambda m: str(chance.randrange(1, 10 ** min(6, len(m[0])))), a["body"])
    return a


def draw(chance, corpus):
    """Records, and whether ids and sources are such that names can be exchanged."""
    wanted = chance.randint(5, 60)
    seeds = chance.sample(corpus, min(len(corpus), max(2, wanted // chance.choice([1, 2, 4]))))
    outlets = sorted({a["source"] for a in chance.sample(corpus, min(len(corpus), 12))})
    records = [dict(a) for a in seeds]
    while len(records) < wanted:
        records.append(mutate(chance, chance.choice(records if chance.random() < 0.3 else seeds), outlets))
    chance.shuffle(records)
    for n, record in enumerate(records):
        record["id"] = f"r{n:03}"
    for _ in range(chance.choice([0, 0, 1, 3])):
        which = chance.randrange(3)
        record = chance.choice(records)
        if which == 0:
            record["id"] = ""
        elif which == 1:
            records.append(dict(record))
        else:
            record["id"] = chance.choice(records)["id"]
    return records


def write(chance, records, place, name):
    """Writes the records in some form; the inputs to name."""
    form = name["form"]
    fields = ["id", "source", "date", "title", "body", "url"]
    encode = lambda text: text.encode(name["encoding"], errors="replace")
    if form == "folder":
        for n, r in enumerate(records):
            # A line break in a field of the head would begin another line.
            head = "".join(f"{k}: {' '.join(r[k].split())}\n" for k in ("source", "date", "url") if r[k])
            (place / "in").mkdir(exist_ok=True)
            (place / "in" / f"{n:03}.txt").write_bytes(encode(f"{' '.join(r['title'].split())}\n{head}\n{r['body']}"))
        return ["in"]
    if form == "jsonl":
        lines = [json.dumps({k: r[k] for k in fields if r[k] or k == "body"}, ensure_ascii=bool(n % 2)) + "\n" for n, r in enumerate(records)]
        data = "".join(lines).encode("utf-8", errors="replace")
        path = "in.jsonl" + name["packed"]
    else:
        out = io.StringIO(newline="")
        # csv refuses to write NUL in some versions.
        table = csv.writer(out, delimiter=name["delimiter"], lineterminator=name["ending"], quoting=csv.QUOTE_ALL)
        table.writerow(fields)
        table.writerows([[r[k].replace("\0", "\x01") for k in fields] for r in records])
        data = encode(out.getvalue())
        path = "in.csv" + name["packed"]
    (place / path).write_bytes(gzip.compress(data, mtime=0) if name["packed"] else data)
    return [path]


# Reports.

def analyze(place, inputs, out, *options):
    line = [program, "analyze", *inputs, "--out", out, "--engine", args.engine, "--precision", args.precision, *options]
    env = dict(os.environ, PARALLAX_CACHE=str(cache))
    done = subprocess.run(line, cwd=place, env=env, capture_output=True, text=True, errors="replace", timeout=900)
    commands.append(" ".join(line))
    check("panicked" not in done.stderr, f"a panic: {done.stderr[-500:]}")
    check(done.returncode in (0, 1, 2), f"exit code {done.returncode}: {done.stderr[-500:]}")
    return done


def table(folder, file):
    with open(folder / file, encoding="utf-8-sig", newline="") as f:
        return list(csv.DictReader(f))


TABLES = ("stories articles edges facts claims coverage contrasts sources source_pairs targets terms labels emphasis voices "
          "evidence rejected").split()
KNOWN = {f"{t}.csv" for t in TABLES} | {"texts.jsonl", "run.json", "datapackage.json", "report.html", "report.xlsx"}


def plain(text):
    """A text without what cells clean away or add: controls, line breaks, guards."""
    return re.sub(r"[\s'\x00-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ufffe\uffff]", "", "".join(c for c in text if ord(c) & 0xFFFE != 0xFFFE))


def value_of(cell):
    return float(cell) if cell else None


def verify(folder, records, form, done):
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    check(run["state"] == "complete", "run.json: not complete")
    left = {p.name for p in folder.iterdir()} - KNOWN
    check(not left, f"files left behind: {sorted(left)}")
    t = {name: table(folder, f"{name}.csv") for name in TABLES}
    counts = run["counts"]

    # Records.
    n = sum(i["records"] for i in run["inputs"])
    check(n == len(records), f"{len(records)} records were written, {n} counted")
    parts = [counts[k] for k in ("articles", "rejected", "duplicates", "filtered")]
    check(sum(parts) == n, f"{n} records, but articles, rejected, duplicates, filtered are {parts}")
    check(len(t["articles"]) == counts["articles"] and len(t["rejected"]) == counts["rejected"], "rows and counts differ")
    check(done.returncode == (1 if t["rejected"] else 0), f"exit code {done.returncode} with {len(t['rejected'])} rejected")
    ids = {a["article_id"] for a in t["articles"]}
    check(len(ids) == len(t["articles"]), "an article id comes twice")
    if form != "folder":
        gone = {int(r["record"]) for r in t["rejected"] if r["record"]}
        for at, record in enumerate(records, 1):
            check(not record["id"] or record["id"] in ids or at in gone, f"record {at} ({record['id']}) is nowhere")
    for r in t["rejected"]:
        check(r["file"] and r["reason"], f"rejected without a reason: {r}")

    # Spans.
    texts = {}
    for line in (folder / "texts.jsonl").read_text(encoding="utf-8").split("\n"):
        if line:
            text = json.loads(line)
            texts[text["article_id"]] = text["body"].encode()
    check(len(texts) == len(ids), "texts.jsonl has other articles")
    for row in t["claims"] + t["evidence"]:
        text = texts[row["article_id"]][int(row["start"]):int(row["end"])].decode()
        found, cut = plain(row["text"]), row["text"].endswith("…") and len(row["text"]) > 30_000
        check(plain(text).startswith(found[:-1]) if cut else plain(text) == found, f"span of {row['claim_id']}: {row['text'][:80]!r}, {text[:80]!r}")

    # Stories, facts, claims.
    by_fact, story_of = collections.defaultdict(list), {a["article_id"]: a["story_id"] for a in t["articles"]}
    check(len({c["claim_id"] for c in t["claims"]}) == len(t["claims"]), "a claim comes twice")
    for c in t["claims"]:
        check(story_of[c["article_id"]] == c["story_id"] != "", f"claim {c['claim_id']}: story")
        if c["fact_id"]:
            by_fact[c["fact_id"]].append(c)
    check(set(by_fact) == {f["fact_id"] for f in t["facts"]}, "facts.csv and claims.csv name other facts")
    of_story = collections.defaultdict(list)
    for f in t["facts"]:
        members = by_fact[f["fact_id"]]
        of_story[f["story_id"]].append(f)
        found = (len({c["article_id"] for c in members}), len({c["source"] for c in members}), {c["story_id"] for c in members})
        check(found == (int(f["n_articles"]), int(f["n_sources"]), {f["story_id"]}) and found[0] >= 2, f"fact {f['fact_id']}: {found}")
    covered = collections.Counter(c["fact_id"] for c in t["coverage"])
    for s in t["stories"]:
        members = [a for a in t["articles"] if a["story_id"] == s["story_id"]]
        facts = of_story[s["story_id"]]
        shared = [f for f in facts if int(f["n_sources"]) > 1]
        found = [len(members), len({a["source"] for a in members}), len(facts), len(shared)]
        check(found == [int(s[k]) for k in ("n_articles", "n_sources", "n_facts", "n_shared_facts")] and found[0] >= 2, f"story {s['story_id']}: {found}")
        for f in shared:
            check(covered[f["fact_id"]] == found[1], f"coverage of {f['fact_id']}")
    claims_of = collections.Counter(c["article_id"] for c in t["claims"])
    for a in t["articles"]:
        check(not a["story_id"] or claims_of[a["article_id"]] == int(a["n_claims"]), f"claims of {a['article_id']}")

    # Statistics.
    unit = lambda row, *names: all(not row[k] or 0 <= float(row[k]) <= 1 for k in names)
    for name in ("contrasts", "sources", "source_pairs", "emphasis"):
        for r in t[name]:
            what = f"{name}: {r}"
            check(unit(r, "p_value", "q_value") if "p_value" in r else True, what)
            low, value, high = (value_of(r.get(k)) for k in ("ci_low", "difference", "ci_high"))
            check((low is None) == (high is None), what)
            check(low is None or low - 1e-9 <= value <= high + 1e-9, what)
            if r.get("status") == "insufficient":
                check(not r.get("p_value") and not r.get("q_value"), what)
            elif r.get("p_value"):
                check(0 < float(r["p_value"]) <= float(r["q_value"]) + 1e-6, what)
            check(not r.get("mde") or float(r["mde"]) >= 0, what)
            if name == "contrasts":
                check(int(r["n_facts"]) >= 1 and abs(float(r["value"]) - float(r["others"]) - value) < 2.1e-4, what)
    for name, columns in {"articles": ["story_score", "own_voice", "negativity"], "facts": ["score"], "claims": ["match_score", "negativity"],
                          "coverage": ["best_score"], "stories": ["cohesion"], "edges": ["score"], "voices": ["share"]}.items():
        for r in t[name]:
            check(unit(r, *columns), f"{name}: {r}")
    for r in t["targets"]:
        check(not r["tone"] or -1 <= float(r["tone"]) <= 1, f"targets: {r}")
    memory = run.get("memory") or {}
    if memory.get("peak_bytes") and memory.get("estimated_bytes"):
        check(memory["peak_bytes"] <= memory["estimated_bytes"] * 4 / 3, f"memory: {memory}")
        ratios.append(memory["estimated_bytes"] / memory["peak_bytes"])
    return t


def same_bytes(one, other, passed_over):
    names = [{p.name for p in folder.iterdir()} for folder in (one, other)]
    check(names[0] == names[1], f"other files: {names[0] ^ names[1]}")
    for name in sorted(names[0] - passed_over):
        check((one / name).read_bytes() == (other / name).read_bytes(), f"{name} of {other.name} has other bytes")


def exchanged(tables, names):
    """Rows as sets, sources renamed, lists of them sorted, pairs in the order of their names."""
    rename = lambda cell: names.get(cell, cell)

    def cells(file, row):
        row = {k: rename(v) if k in ("source", "source_a", "source_b", "statement_source") else v for k, v in row.items()}
        # Between two runs of other names, the rows of a family are the same, so is q.
        for k in ("sources", "sources_stating", "sources_not_found", "sources_unclear"):
            if row.get(k):
                row[k] = "; ".join(sorted(rename(name) for name in row[k].split("; ")))
        if row.get("check_values"):
            # A value holds no semicolon, a name may.
            row["check_values"] = ""
        if file == "source_pairs" and row["source_a"] > row["source_b"]:
            row["source_a"], row["source_b"] = row["source_b"], row["source_a"]
            if row["measure"] != "register":
                turn = lambda cell: cell if cell in ("", "0") else cell[1:] if cell[0] == "-" else "-" + cell
                row["difference"], row["ci_low"], row["ci_high"] = turn(row["difference"]), turn(row["ci_high"]), turn(row["ci_low"])
        return tuple(sorted(row.items()))

    return {file: collections.Counter(cells(file, row) for row in rows) for file, rows in tables.items() if file != "rejected"}


def run(number, corpus):
    chance = random.Random(f"{args.seed}:{number}")
    place = pathlib.Path(tempfile.mkdtemp(prefix="soak-"))
    commands.clear()
    try:
        records = draw(chance, corpus)
        form = chance.choice(["csv", "csv", "jsonl", "folder"])
        name = {"form": form, "encoding": chance.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"]), "packed": chance.choice(["", "", ".gz"]),
                "delimiter": chance.choice([",", ";", "\t"]), "ending": chance.choice(["\n", "\r\n"])}
        options = ["--evidence-budget", chance.choice(["0", "100", "400"])] + chance.choice([[], [], ["--xlsx"]])
        inputs = write(chance, records, place, name)
        done = analyze(place, inputs, "out", *options)
        if done.returncode == 2:
            check("no usable article" in done.stderr or "holds no records" in done.stderr, f"failed: {done.stderr[-600:]}")
            return f"{len(records)} records, refused: {done.stderr.strip().splitlines()[-2][:100]}"
        out = place / "out"
        tables = verify(out, records, form, done)
        again = analyze(place, inputs, "again", *options, "--threads", chance.choice(["1", "2", "3"]))
        check(again.returncode == done.returncode, f"exit code {again.returncode}, then {done.returncode}")
        same_bytes(out, place / "again", {"run.json"})
        more = ""
        if form != "folder" and chance.random() < 0.4:
            # Another order of the records.
            other = place / "shuffled"
            other.mkdir()
            shuffled = records[:]
            chance.shuffle(shuffled)
            analyze(other, write(chance, shuffled, other, name), "out", *options)
            # Warnings name the first record of their kind.
            same_bytes(out, other / "out", {"run.json", "rejected.csv", "report.html", "report.xlsx"})
            more += ", shuffled"
        plain_names = all(r["id"] and re.fullmatch(r"[A-Za-z0-9.,&’' -]+", r["source"].strip() or "-") for r in records)
        if form != "folder" and plain_names and len({r["id"] for r in records}) == len(records) and chance.random() < 0.6:
            old = sorted({a["source"] for a in tables["articles"]} & {r["source"] for r in records})
            new = old[:]
            chance.shuffle(new)
            names = dict(zip(old, new))
            other = place / "renamed"
            other.mkdir()
            renamed = [dict(r, source=names.get(r["source"], r["source"])) for r in records]
            analyze(other, write(chance, renamed, other, name), "out", *options)
            theirs = exchanged({file: table(other / "out", f"{file}.csv") for file in TABLES}, {})
            ours = exchanged(tables, names)
            for file, rows in ours.items():
                only = [next(iter((a - b).keys()), None) for a, b in ((rows, theirs[file]), (theirs[file], rows))]
                check(rows == theirs[file], f"{file}.csv after names were exchanged:\n  {only[0]}\n  {only[1]}")
            more += ", renamed"
        left = {p.name for p in place.iterdir()} - {"in", "out", "again", "shuffled", "renamed", *inputs}
        check(not left, f"files left behind: {sorted(left)}")
        told = f"{len(records)} records ({form}), {len(tables['articles'])} articles, {len(tables['rejected'])} rejected, "
        return told + f"{len(tables['stories'])} stories, {len(tables['facts'])} facts{more}"
    except (Failure, subprocess.TimeoutExpired) as failure:
        keep = pathlib.Path(args.keep) / f"{args.seed}-{number}"
        shutil.rmtree(keep, ignore_errors=True)
        shutil.copytree(place, keep)
        repeat = f"{sys.argv[0]} {args.corpus} --seed {args.seed} --first {number} --runs 1 --parallax {args.parallax}"
        last = "\n  ".join(commands)
        print(f"run {number} FAILED: {failure}\n  kept: {keep}\n  {last}\n  repeat: {repeat}", flush=True)
        return None
    finally:
        shutil.rmtree(place, ignore_errors=True)


commands, ratios = [], []
cache = pathlib.Path(tempfile.mkdtemp(prefix="soak-cache-"))
started, failed = time.time(), 0
try:
    corpus = read_corpus()
    for number in range(args.first, args.first + args.runs):
        told = run(number, corpus)
        failed += told is None
        if told:
            print(f"run {number}: {told}", flush=True)
finally:
    shutil.rmtree(cache, ignore_errors=True)
if ratios:
    ratios.sort()
    print(f"memory: estimate / peak from {ratios[0]:.2f} to {ratios[-1]:.2f}, median {ratios[len(ratios) // 2]:.2f}")
print(f"{args.runs} runs, {failed} failed, {time.time() - started:.0f} s")
sys.exit(failed > 0)
