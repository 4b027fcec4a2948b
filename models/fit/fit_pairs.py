#!/usr/bin/env python3
"""Fits the weights of the claim pair score (models/weights.json) and prints what they give.

    models/fit/fit_pairs.py EVAL_DIR [--parallax target/release/parallax] [--check] [--write]

Needs numpy and scipy. EVAL_DIR holds the labelled pairs (`ecb/pairs.csv`, `emergent/pairs.csv`: a, b, same), which are not
part of the project. Logistic regression (L2) with the signs that the features must have, on both sets at once: ECB+ (sentences
of articles, what facts are made of) weighs `ECB_SHARE` of the whole, Emergent (headlines) the rest. The figures are in-sample;
beside them stand those of the same fit made on the other halves of both sets.
"""

import argparse
import io
import json
import pathlib
import subprocess

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import rankdata

from tables import read

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "models/weights.json"
SETS = ["ecb", "emergent"]
ECB_SHARE = 0.7
L2 = 1e-3
SIGNS = {"cos": 1, "cont": 1, "num": 1, "num_conf": -1, "ent_conf": -1, "headline": 0, "headline_cos": 1}


def design(rows):
    """The terms of `PairWeights::score` (src/facts/features.rs)."""
    c = {name: np.array([float(row[name]) for row in rows]) for name in ("cos", "cont", "num", "num_conf", "ent_conf", "headline")}
    sentence = 1 - c["headline"]
    c |= {"cont": sentence * c["cont"], "ent_conf": sentence * c["ent_conf"], "headline_cos": c["headline"] * c["cos"]}
    return np.stack([c[name] for name in SIGNS], 1)


def auc(score, label):
    rank, n = rankdata(score), label.sum()
    return (rank[label == 1].sum() - n * (n + 1) / 2) / (n * (len(label) - n))


def fit(parts):
    x = np.vstack([x for x, _ in parts])
    y = np.concatenate([y for _, y in parts])
    w = np.concatenate([np.full(len(y), share / len(y)) for (_, y), share in zip(parts, (ECB_SHARE, 1 - ECB_SHARE))])
    x = np.column_stack([np.ones(len(x)), x])

    def loss(b):
        p = expit(x @ b)
        value = -(w * (y * np.log(p + 1e-12) + (1 - y) * np.log(1 - p + 1e-12))).sum() + L2 * (b[1:] ** 2).sum() / 2
        gradient = x.T @ (w * (p - y))
        gradient[1:] += L2 * b[1:]
        return value, gradient

    bounds = [(None, None)] + [(None if sign <= 0 else 0, None if sign >= 0 else 0) for sign in SIGNS.values()]
    return minimize(loss, np.zeros(x.shape[1]), jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 5000}).x


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("eval_dir", type=pathlib.Path)
    parser.add_argument("--parallax", default=ROOT / "target/release/parallax")
    parser.add_argument("--engine", default="portable")
    parser.add_argument("--check", action="store_true", help="print what the weights in the file give, fit nothing")
    parser.add_argument("--write", action="store_true", help="put the weights into models/weights.json")
    args = parser.parse_args()

    parts, cosines = [], []
    for name in SETS:
        file = args.eval_dir / name / "pairs.csv"
        command = [args.parallax, "--quiet", "pairs", file, "--columns", "a,b", "--engine", args.engine]
        out = subprocess.run(command, stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout
        rows = read(io.StringIO(out))
        parts.append((design(rows), np.array([int(row["same"]) for row in read(file)])))
        cosines.append(np.array([float(row["cos"]) for row in rows]))

    document = json.loads(WEIGHTS.read_text())
    w = document["pair"]
    b = np.array([w["intercept"], *(w[name] for name in SIGNS)]) if args.check else np.round(fit(parts), 2)
    halves = [[(x[i::2], y[i::2]) for x, y in parts] for i in (0, 1)]
    fits = [fit(half) for half in halves]
    print(dict(zip(["intercept", *SIGNS], b.tolist())))
    for i, name in enumerate(SETS):
        x, y = parts[i]
        other = np.mean([auc(halves[1 - k][i][0] @ fits[k][1:], halves[1 - k][i][1]) for k in (0, 1)])
        print(f"{name:10} AUC {auc(x @ b[1:], y):.4f}  fitted on the other half {other:.4f}  cosine {auc(cosines[i], y):.4f}")
    if args.write:
        w.update(intercept=float(b[0]), **{name: float(v) for name, v in zip(SIGNS, b[1:])})
        WEIGHTS.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
