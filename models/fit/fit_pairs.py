#!/usr/bin/env python3
"""Fits the weights of the two claim pair scores (models/weights.json) and prints what they give.

    models/fit/fit_pairs.py EVAL_DIR [--parallax target/release/parallax] [--check] [--write]

Needs numpy and scipy. EVAL_DIR holds the labelled sets, which are not part of the project. Logistic regression (L2) with the
signs that the features must have.

`pair`, while stories are being found: on `ecb/pairs.csv` and `emergent/pairs.csv` (a, b, same) at once. ECB+ (sentences of
articles, what facts are made of) weighs `ECB_SHARE` of the whole, Emergent (headlines) the rest. This fit is shown beside the
weights in the file and never written: stories get worse by it (models/fit/README.md).

`in_story`, inside an accepted story: all pairs of claims of different articles of one gold story of ECB+ (`articles.csv`,
`stories.csv`) that both state an event (`event_mentions.csv`); same: they share one. Every story weighs the same. The
thresholds stand as they were set by hand (models/fit/README.md).

The figures are in-sample; beside them stand those of the same fit made on the other half of the pairs (`pair`) or on the other
stories (`in_story`, five folds).
"""

import argparse
import csv
import functools
import json
import pathlib
import subprocess
from collections import Counter, defaultdict

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
SIGNS = {"cos": 1, "cont": 1, "num": 1, "num_conf": -1, "ent_conf": -1}
IN_STORY = {"cos": 1, "overlap": 1, "num": 1}
FOLDS = 5


def design(rows):
    """The terms of `PairWeights::score` (src/facts/features.rs)."""
    c = {name: np.array([float(row[name]) for row in rows]) for name in ("cos", "cont", "num", "num_conf", "ent_conf", "headline")}
    sentence = 1 - c["headline"]
    c |= {"cont": sentence * c["cont"], "ent_conf": sentence * c["ent_conf"]}
    return np.stack([c[name] for name in SIGNS], 1)


def auc(score, label):
    rank, n = rankdata(score), label.sum()
    return (rank[label == 1].sum() - n * (n + 1) / 2) / (n * (len(label) - n))


def fit(x, y, w, signs):
    """Intercept and weights; `w`: what each pair weighs."""
    w = w / w.sum()
    x = np.column_stack([np.ones(len(x)), x])

    def loss(b):
        p = expit(x @ b)
        value = -(w * (y * np.log(p + 1e-12) + (1 - y) * np.log(1 - p + 1e-12))).sum() + L2 * (b[1:] ** 2).sum() / 2
        gradient = x.T @ (w * (p - y))
        gradient[1:] += L2 * b[1:]
        return value, gradient

    bounds = [(None, None)] + [(None if sign <= 0 else 0, None if sign >= 0 else 0) for sign in signs.values()]
    return minimize(loss, np.zeros(x.shape[1]), jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 5000}).x


def run(args, *command):
    """The rows that parallax prints, one by one: there are millions of claim pairs."""
    command = [args.parallax, "--quiet", *command, "--engine", args.engine]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        yield from csv.DictReader(process.stdout)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {process.returncode}")


def pair_score(args, weights):
    parts, cosines = [], []
    for name in SETS:
        file = args.eval_dir / name / "pairs.csv"
        rows = list(run(args, "pairs", file, "--columns", "a,b"))
        parts.append((design(rows), np.array([int(row["same"]) for row in read(file)])))
        cosines.append(np.array([float(row["cos"]) for row in rows]))

    def joint(parts):
        shares = [np.full(len(y), share / len(y)) for (_, y), share in zip(parts, (ECB_SHARE, 1 - ECB_SHARE))]
        return fit(np.vstack([x for x, _ in parts]), np.concatenate([y for _, y in parts]), np.concatenate(shares), SIGNS)

    shipped = np.array([weights["intercept"], *(weights[n] for n in SIGNS)])
    fitted = np.round(joint(parts), 2)
    halves = [[(x[i::2], y[i::2]) for x, y in parts] for i in (0, 1)]
    fits = [joint(half) for half in halves]
    for label, b in (("shipped", shipped), ("fitted", fitted)):
        print("pair", label, dict(zip(["intercept", *SIGNS], b.tolist())))
    for i, name in enumerate(SETS):
        x, y = parts[i]
        other = np.mean([auc(halves[1 - k][i][0] @ fits[k][1:], halves[1 - k][i][1]) for k in (0, 1)])
        print(f"{name:10} AUC shipped {auc(x @ shipped[1:], y):.4f}  fitted {auc(x @ fitted[1:], y):.4f}  "
              f"on the other half {other:.4f}  cosine {auc(cosines[i], y):.4f}")  # fmt: skip


def in_story_score(args, weights):
    ecb = args.eval_dir / "ecb"
    story = {row["id"]: row["story"] for row in read(ecb / "stories.csv")}
    plain = lambda text: "".join(c for c in text.lower() if c.isalnum())
    events = defaultdict(lambda: defaultdict(set))
    for row in read(ecb / "event_mentions.csv"):
        events[row["id"]][plain(row["sentence"])].add(row["event"])

    @functools.cache
    def of(article, text):
        """The events of a claim; of a part of a sentence, those of the sentence."""
        text = plain(text)
        return frozenset(next((e for s, e in events[article].items() if text and (text in s or s in text)), ()))

    rows, same = [], []
    for row in run(args, "features", ecb / "articles.csv", "--stories", ecb / "stories.csv"):
        a, b = of(row["a"], row["text_a"]), of(row["b"], row["text_b"])
        if a and b:
            rows.append((story[row["a"]], *(float(row[name]) for name in IN_STORY)))
            same.append(bool(a & b))
    home, x, y = np.array([row[0] for row in rows]), np.array([row[1:] for row in rows]), np.array(same).astype(int)
    size = Counter(home)
    w = np.array([1 / size[s] for s in home])
    b = np.array([weights["intercept"], *(weights[n] for n in IN_STORY)])
    if not args.check:
        b = np.round(fit(x, y, w, IN_STORY), 2)
    print("in_story", dict(zip(["intercept", *IN_STORY], b.tolist())), f"{len(y)} pairs, {y.mean():.3f} same")
    fold = {s: i % FOLDS for i, s in enumerate(sorted(size))}
    folds = np.array([fold[s] for s in home])
    unseen = np.zeros(len(y))
    for i in range(FOLDS):
        other = fit(x[folds != i], y[folds != i], w[folds != i], IN_STORY)
        unseen[folds == i] = other[0] + x[folds == i] @ other[1:]
    within = lambda score: np.mean([auc(score[home == s], y[home == s]) for s in size if 0 < y[home == s].mean() < 1])
    z = b[0] + x @ b[1:]
    for name, score in (("in-sample", z), ("other stories", unseen), ("cosine", x[:, 0])):
        top = lambda share: y[np.argsort(-score)[: int(share * len(y))]].mean()
        print(f"{name:14} AUC {auc(score, y):.4f}  mean of the stories {within(score):.4f}  "
              f"same among the top 5 / 10 / 20 %: {top(.05):.3f} {top(.1):.3f} {top(.2):.3f}")  # fmt: skip
    p = expit(z)
    for low in np.arange(0, 1, 0.1):
        inside = (p >= low) & (p < low + 0.1)
        print(f"score {low:.1f} to {low + .1:.1f}: {inside.sum():6} pairs, same {y[inside].mean() if inside.any() else float('nan'):.3f}")
    weights.update(intercept=float(b[0]), **{name: float(v) for name, v in zip(IN_STORY, b[1:])})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("eval_dir", type=pathlib.Path)
    parser.add_argument("--parallax", default=ROOT / "target/release/parallax")
    parser.add_argument("--engine", default="portable")
    parser.add_argument("--check", action="store_true", help="print what the weights in the file give, fit nothing")
    parser.add_argument("--write", action="store_true", help="put the weights into models/weights.json")
    args = parser.parse_args()
    document = json.loads(WEIGHTS.read_text())
    pair_score(args, document["pair"])
    in_story_score(args, document["in_story"])
    if args.write:
        WEIGHTS.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
