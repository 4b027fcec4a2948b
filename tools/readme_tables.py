#!/usr/bin/env python3
"""Puts the tables of the sample report into README.md: tools/readme_tables.py [--check]

--check changes nothing and fails when README.md is not what reports/sample says. Standard library only.
"""
import csv
import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "reports/sample"


def read(name):
    with open(REPORT / name, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def signed(number):
    return f"{float(number):+.2f}".replace("-", "−")


def fact():
    """The fact of four or more sources, all with a score, whose wordings differ most."""
    claims = defaultdict(list)
    for claim in read("claims.csv"):
        claims[claim["fact_id"]].append(claim)
    evidence = defaultdict(list)
    for row in read("evidence.csv"):
        if row["measure"] == "loaded_adj" and row["contribution"] and float(row["contribution"]) > 0:
            evidence[row["claim_id"]].append((-float(row["contribution"]), row["text"]))
    full = [f for f in read("facts.csv") if int(f["n_sources"]) >= 4 and all(c["loaded_adj"] for c in claims[f["fact_id"]])]
    best = max(full, key=lambda f: (float(f["spread_loaded"]), f["fact_id"]))
    rows = [
        [c["source"], c["text"], c["voice"], signed(c["loaded_adj"]), ", ".join(w for _, w in sorted(evidence[c["claim_id"]])[:3])]
        for c in sorted(claims[best["fact_id"]], key=lambda c: -float(c["loaded_adj"]))
    ]
    return table(["source", "claim", "voice", "`loaded_adj`", "because of"], rows)


def sources():
    rows = [r for r in read("sources.csv") if r["measure"] == "loaded_adj"]
    cells = []
    for r in rows:
        ci = f"{signed(r['ci_low'])} to {signed(r['ci_high'])}" if r["ci_low"] else ""
        q = f"{float(r['q_value']):.3f}" if r["q_value"] else ""
        cells.append([r["source"], r["n_stories"], r["n_facts"], signed(r["difference"]), ci, q, r["status"]])
    return table(["source", "stories", "facts", "difference in `loaded_adj`", "95 % interval", "q", "status"], cells)


def main():
    path = ROOT / "README.md"
    text = old = path.read_text(encoding="utf-8")
    for name, made in (("fact", fact()), ("sources", sources())):
        begin, end = f"<!-- sample:{name} -->", f"<!-- /sample:{name} -->"
        text = re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n{made}\n{end}", text, flags=re.S)
    if "--check" in sys.argv[1:]:
        if text != old:
            sys.exit("README.md does not show the sample report: run tools/readme_tables.py")
    else:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
