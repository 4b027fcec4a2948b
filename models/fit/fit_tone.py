#!/usr/bin/env python3
"""Fits the head of measure M3 `tone` (tone toward a named target) and writes models/heads/tone.json.

Needs numpy and scikit-learn. From the root of the repository, with EVAL_DIR/newsmtsc at hand:

    W=target/fit
    python3 models/fit/fit_tone.py prepare --targets EVAL_DIR/newsmtsc/targets.csv --out $W
    target/release/parallax features $W/mentions.csv --column text --target-column target > $W/mentions.features.csv
    for view in sentence masked_window; do
        target/release/parallax embed $W/mentions.features.csv --column $view --engine portable --out $W/mentions.$view.npy
    done
    python3 models/fit/fit_tone.py fit --dir $W --date 2026-11-21 --out models/heads/tone.json

A multinomial logistic regression (classes weighted to count alike) with the classes negative, neutral, positive, on the
vectors and numbers that `parallax features` gives; the program computes them in the same way when it scores. The
sentences are taken as they are: quotations are masked when claims are scored, not here.

`fit --forms` only prints the folds of several sets of features. The same inputs give the same bytes: no clock, no
unseeded randomness, one BLAS thread, six significant digits. Training data: NewsMTSC train (Hamborg and Donnay, EACL 2021;
MIT-style licence); its sentences are not shipped.
"""
import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

import tables
from fit_heads import DIMENSION, SEED, short, weights_hash

FOLDS = 5
C = 0.5
NUMBER_SCALE = 0.3  # of the standardised numbers beside vectors of length 1: how strongly they are held back
CLASSES = {"negative": 2, "neutral": 4, "positive": 6}
SHIPPED = ("sentence", "masked_window")
FORMS = ((), ("sentence",), SHIPPED)


def prepare(args):
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    rows = [
        {"polarity": int(float(r["polarity"])), "text": r["sentence"], "target": r["mention"]}
        for r in tables.read(args.targets)
        if r["split"] == "train"
    ]
    tables.write(out / "mentions.csv", rows)


def fit(args):
    mentions = tables.read(Path(args.dir) / "mentions.csv")
    features = tables.read(Path(args.dir) / "mentions.features.csv")
    names = list(features[0])
    names = names[1 : names.index("sentence")]
    # A few targets are parts of words: the program would not find them either.
    found = np.array([f["position"] != "" for f in features])
    label = np.array([int(m["polarity"]) for m in mentions])[found]
    numbers = np.array([[float(f[n]) for n in names] for f in features if f["position"] != ""])
    mean, sd = numbers.mean(axis=0), numbers.std(axis=0)
    standard = (numbers - mean) / sd * NUMBER_SCALE
    fold = folds([m["text"] for m in mentions])[found]
    forms = FORMS if args.forms else (SHIPPED,)
    vectors = {view: load(args.dir, view, len(mentions))[found] for view in sorted({v for form in forms for v in form})}

    scores = {}
    for form in forms:
        x = np.hstack([vectors[view] for view in form] + [standard])
        scores[" + ".join(form + ("numbers",))], tone = cross_validated(x, label, fold)
        print(" + ".join(form + ("numbers",)), json.dumps(scores[" + ".join(form + ("numbers",))]), flush=True)
    if args.forms:
        return

    model = classifier().fit(x, label)
    in_sample = [short(f, 4) for f in f1_score(label, model.predict(x), average=None)]
    row = {name: list(model.classes_).index(polarity) for name, polarity in CLASSES.items()}
    document = {
        "measure": "tone",
        "version": 1,
        "fitted": args.date,
        "fitted_by": "models/fit/fit_tone.py",
        "seed": SEED,
        "licence": "Apache-2.0 OR MIT",
        "encoder": {"model": "all-MiniLM-L6-v2", "sha256": weights_hash(args.manifest), "dimension": DIMENSION},
        "training": [
            {
                "data": "NewsMTSC train (Hamborg and Donnay, EACL 2021)",
                "n": int(found.sum()),
                "left_out_target_not_found": int((~found).sum()),
                **{name: int((label == polarity).sum()) for name, polarity in CLASSES.items()},
                "licence": "MIT-style; the sentences are not shipped",
            },
            {"data": "data/framing/vader_words.csv", "used_for": "numbers", "licence": "MIT"},
        ],
        "scores": {
            "five_folds_by_sentence": next(iter(scores.values())),
            "in_sample": {"macro_f1": short(np.mean(in_sample), 4), "f1": dict(zip(CLASSES, in_sample))},
        },
        "views": list(SHIPPED),
        "numbers": names,
        "reference_sd": short(tone.std(), 4),
        **{name: coefficients(model, row[name], row["neutral"], mean, sd) for name in ("negative", "positive")},
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    Path(args.out).write_text(compact(text) + "\n", encoding="utf-8")


def classifier():
    return LogisticRegression(C=C, class_weight="balanced", max_iter=2000, tol=1e-4)


def cross_validated(x, label, fold):
    """Macro-F1 and F1 of each class over the folds, and each row's tone by the model that did not see it."""
    f1, tone = [], np.zeros(len(label))
    for f in range(FOLDS):
        held_out = fold == f
        model = classifier().fit(x[~held_out], label[~held_out])
        f1.append(f1_score(label[held_out], model.predict(x[held_out]), average=None, labels=list(CLASSES.values())))
        p = model.predict_proba(x[held_out])
        negative, positive = (list(model.classes_).index(CLASSES[c]) for c in ("negative", "positive"))
        tone[held_out] = p[:, positive] - p[:, negative]
    f1 = np.array(f1)
    macro = f1.mean(axis=1)
    scores = {
        "macro_f1_mean": short(macro.mean(), 4),
        "macro_f1_sd": short(macro.std(ddof=1), 4),
        "f1_mean": {c: short(f1[:, i].mean(), 4) for i, c in enumerate(CLASSES)},
        "f1_sd": {c: short(f1[:, i].std(ddof=1), 4) for i, c in enumerate(CLASSES)},
    }
    return scores, tone


def folds(sentences):
    """All targets of a sentence are in one fold."""
    number = {}
    for sentence in sentences:
        number.setdefault(sentence, len(number))
    order = np.random.default_rng(SEED).permutation(len(number)) % FOLDS
    return order[[number[s] for s in sentences]]


def coefficients(model, row, neutral, mean, sd):
    """Log odds against neutral, for numbers that are not standardised."""
    weights = model.coef_[row] - model.coef_[neutral]
    size = len(SHIPPED) * DIMENSION
    numbers = weights[size:] * NUMBER_SCALE / sd
    return {
        "intercept": short(model.intercept_[row] - model.intercept_[neutral] - numbers @ mean),
        "vectors": [[short(w) for w in weights[i : i + DIMENSION]] for i in range(0, size, DIMENSION)],
        "numbers": [short(w) for w in numbers],
    }


def load(folder, view, rows):
    vectors = np.load(Path(folder) / f"mentions.{view}.npy").astype(np.float64)
    if vectors.shape != (rows, DIMENSION):
        raise SystemExit(f"{folder}/mentions.{view}.npy: {vectors.shape}; expected {(rows, DIMENSION)}. Embed it again.")
    return vectors


def compact(text):
    """Lists of numbers on one line each."""
    out, inside = [], False
    for line in text.split("\n"):
        bare = line.strip()
        number = bare.rstrip(",").lstrip("-").replace(".", "", 1).replace("e-", "", 1).isdigit()
        if number and out and (inside or out[-1].endswith("[")):
            out[-1] += bare + (" " if bare.endswith(",") else "")
            inside = True
        elif inside:
            out[-1] += bare
            inside = False
        else:
            out.append(line)
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    p = commands.add_parser("prepare", help="write the sentences and targets")
    p.add_argument("--targets", required=True, help="NewsMTSC targets.csv")
    p.add_argument("--out", required=True, help="folder for mentions.csv")
    p.set_defaults(run=prepare)
    p = commands.add_parser("fit", help="fit the head from features and vectors")
    p.add_argument("--dir", required=True, help="folder with mentions.csv, mentions.features.csv, mentions.VIEW.npy")
    p.add_argument("--date", required=True, help="written into the file as it stands")
    p.add_argument("--manifest", default="models/manifest.json", help="where the model's hash stands")
    p.add_argument("--forms", action="store_true", help="print the folds of several sets of features, write nothing")
    p.add_argument("--out", default="models/heads/tone.json")
    p.set_defaults(run=fit)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
