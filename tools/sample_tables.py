#!/usr/bin/env python3
"""Puts rows of the sample report into README.md and docs/reports.md: tools/sample_tables.py [--check]

--check changes nothing and fails when these files do not show what reports/sample says. Standard library only.

docs/reports.md says itself which rows it shows: `<!-- example FILE.csv | COLUMN=VALUE, ... | COLUMN, ... -->`, up to
`<!-- /example -->`.
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


def example(match):
    """The rows of a table that an example of docs/reports.md asks for; long cells are cut."""
    name, where, columns = (part.strip() for part in match[1].split("|"))
    wanted = dict(condition.strip().split("=", 1) for condition in where.split(","))
    columns = [column.strip() for column in columns.split(",")]
    rows = [r for r in read(name) if all(r[column] == value for column, value in wanted.items())]
    if not rows:
        sys.exit(f"docs/reports.md: the example of {name} finds no row with {where}: choose another one")
    cut = [[r[c] if len(r[c]) <= 140 else r[c][:139].rstrip() + "…" for c in columns] for r in rows]
    return f"<!-- example{match[1]}-->\n{table([f'`{c}`' for c in columns], cut)}\n<!-- /example -->"


def main():
    readme, reports = ROOT / "README.md", ROOT / "docs/reports.md"
    text = readme.read_text(encoding="utf-8")
    for name, made in (("fact", fact()), ("sources", sources())):
        begin, end = f"<!-- sample:{name} -->", f"<!-- /sample:{name} -->"
        text = re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n{made}\n{end}", text, flags=re.S)
    examples = re.sub(r"<!-- example( .*?)-->.*?<!-- /example -->", example, reports.read_text(encoding="utf-8"), flags=re.S)
    for path, new in ((readme, text), (reports, examples)):
        if "--check" not in sys.argv[1:]:
            path.write_text(new, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != new:
            sys.exit(f"{path.name} does not show the sample report: run tools/sample_tables.py")


if __name__ == "__main__":
    main()
