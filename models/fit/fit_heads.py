#!/usr/bin/env python3
"""Fits the heads of measure M1 `loaded` (design: framing.md) and writes models/heads/loaded.json.

Needs numpy and scikit-learn. From the root of the repository, with ../shared/eval/newsmtsc at hand:

    W=target/fit
    python3 models/fit/fit_heads.py prepare --targets ../shared/eval/newsmtsc/targets.csv \
        --seeds data/framing/seed_pairs.csv --out $W
    for f in seeds newsmtsc; do
        target/release/parallax embed    $W/$f.csv --column text --out $W/$f.npy
        target/release/parallax features $W/$f.csv --column text > $W/$f.features.csv
    done
    python3 models/fit/fit_heads.py fit --dir $W --date 2026-11-20 --out models/heads/loaded.json

`embed` and `features` must see the texts as they are: quotations are masked when claims are scored, not here.
(An unmasked background keeps the length regression about length, not about how much of a sentence is quoted.)

The same inputs give the same bytes: no clock, no unseeded randomness, one BLAS thread, six significant digits.
Training data: `ax` uses data/framing/seed_pairs.csv (ours, Apache-2.0 OR MIT). `neg`, `dist`, the z statistics and
the length regression use NewsMTSC train (Hamborg and Donnay, EACL 2021; MIT-style licence).

A NewsMTSC sentence with several targets is one row. It is negative if all its targets are, not negative if none
is; sentences whose targets disagree are left out of `neg` only.
"""
import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import csv
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score

SEED = 20240917
DIGITS = 6  # significant digits of every number written
CLIP = 4.0
# Without `neg`, which tells of the event: of the two sides of a fact it found the loaded one in .57, and with weight .4 it
# cost the sum three hundredths there (models/fit/README.md). It stays a column of its own.
WEIGHTS = {"ax": 1.0, "core": 0.8, "dist": 0.4}
AX_C, NEG_C, DIST_ALPHA = 1.0, 1.0, 10.0
FOLDS = 5
DIMENSION = 384
MASKING = {  # how a claim is prepared before it is scored; see data/framing/README.md
    "placeholder": "“a statement”",
    "min_quote_words": 4,
    "min_quote_share": 0.5,
    "min_own_tokens": 4,
}


def prepare(args):
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)

    rows = []
    for pair in read(args.seeds):
        for label, side in enumerate(("neutral", "loaded")):
            rows.append([pair["id"], pair["topic"], pair["strength"], label, pair[side]])
    write(out / "seeds.csv", ["id", "topic", "strength", "label", "text"], rows)

    polarities = {}
    for target in read(args.targets):
        if target["split"] == "train":
            polarities.setdefault(target["sentence"], []).append(float(target["polarity"]) == 2.0)
    rows = [[int(all(p)) if len(set(p)) == 1 else "", text] for text, p in polarities.items()]
    write(out / "newsmtsc.csv", ["negative", "text"], rows)


def fit(args):
    seeds, seed_vectors, seed_core, _ = load(args.dir, "seeds")
    news, news_vectors, news_core, news_tokens = load(args.dir, "newsmtsc")

    label = np.array([int(r["label"]) for r in seeds])
    topic = np.array([r["topic"] for r in seeds])
    strength = np.array([r["strength"] for r in seeds])
    judged = np.array([r["negative"] != "" for r in news])
    negative = np.array([r["negative"] == "1" for r in news])

    heads = {
        "ax": linear(logistic(AX_C).fit(seed_vectors, label)),
        "neg": linear(logistic(NEG_C).fit(news_vectors[judged], negative[judged])),
        "dist": linear(Ridge(alpha=DIST_ALPHA).fit(news_vectors, news_core)),
    }
    raw = components(heads, news_vectors, news_core)
    z = {k: {"mean": short(v.mean()), "sd": short(v.std())} for k, v in raw.items()}
    loaded = combine(raw, z)
    log_length = np.log(news_tokens + 1.0)
    slope, intercept = np.polyfit(log_length, loaded, 1)
    residual = loaded - intercept - slope * log_length
    length = {"intercept": short(intercept), "slope": short(slope), "sd": short(residual.std())}

    seed_raw = components(heads, seed_vectors, seed_core)
    topic_out = by_group(lambda: logistic(AX_C), seed_vectors, label, topic)
    right = (topic_out > 0) == label
    neg_out = by_row(lambda: logistic(NEG_C), news_vectors[judged], negative[judged])
    dist_out = by_row(lambda: Ridge(alpha=DIST_ALPHA), news_vectors, news_core)
    scores = {
        "ax": {
            "pairs": len(label) // 2,
            "topics": len(set(topic)),
            "in_sample_auc": short(roc_auc_score(label, seed_raw["ax"]), 4),
            "topic_folds_auc": short(roc_auc_score(label, topic_out), 4),
            "topic_folds_accuracy": short(right.mean(), 4),
            "topic_folds_accuracy_strong": short(right[strength == "strong"].mean(), 4),
            "topic_folds_accuracy_subtle": short(right[strength == "subtle"].mean(), 4),
            "topic_folds_pair_accuracy": short(pair_accuracy(topic_out, label), 4),
            "core_alone_auc": short(roc_auc_score(label, seed_core), 4),
        },
        "neg": {
            "sentences": int(judged.sum()),
            "negative": int(negative[judged].sum()),
            "left_out_targets_disagree": int((~judged).sum()),
            "in_sample_auc": short(roc_auc_score(negative[judged], decided(heads["neg"], news_vectors)[judged]), 4),
            "cv_auc": short(roc_auc_score(negative[judged], neg_out), 4),
        },
        "dist": {
            "sentences": len(news),
            "sentences_with_a_hit": int((news_core > 0).sum()),
            "in_sample_r": short(np.corrcoef(raw["dist"], news_core)[0, 1], 4),
            "cv_r": short(np.corrcoef(dist_out, news_core)[0, 1], 4),
        },
        "loaded": {"mean": short(loaded.mean(), 4), "sd": short(loaded.std(), 4)},
    }

    own = "Apache-2.0 OR MIT (own work)"
    document = {
        "measure": "loaded",
        "version": 1,
        "fitted": args.date,
        "fitted_by": "models/fit/fit_heads.py",
        "seed": SEED,
        "licence": "Apache-2.0 OR MIT",
        "encoder": {
            "model": "all-MiniLM-L6-v2",
            "sha256": weights_hash(args.manifest),
            "dimension": DIMENSION,
            "pooling": "mean",
            "normalised": True,
        },
        "training": [
            {"data": "data/framing/seed_pairs.csv", "n": len(seeds), "used_for": "ax", "licence": own},
            {"data": "data/framing/loaded_lexicon.csv", "used_for": "core, dist", "licence": own},
            {
                "data": "NewsMTSC train, distinct sentences (Hamborg and Donnay, EACL 2021)",
                "n": len(news),
                "used_for": "neg, dist, z, length",
                "licence": "MIT-style; the sentences are not shipped",
            },
        ],
        "scores": scores,
        "masking": MASKING,
        "clip": CLIP,
        "weights": WEIGHTS,
        "z": z,
        "length": length,
        "reference_sd": {
            "loaded": short(loaded.std(), 4),
            **{k: short(np.std(column(args.dir, "newsmtsc", k)), 4) for k in ("own_voice", "certainty")},
        },
        "heads": heads,
    }
    out = Path(args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(numbers_on_one_line(json.dumps(document, ensure_ascii=False, indent=1)) + "\n", encoding="utf-8")
    print(json.dumps(scores, indent=1))


def logistic(c):
    return LogisticRegression(C=c, solver="newton-cholesky", tol=1e-8, max_iter=1000)


def linear(model):
    """Coefficients as they are written: everything after is computed from the rounded numbers."""
    return {
        "intercept": short(np.ravel(model.intercept_)[0]),
        "coefficients": [short(x) for x in np.ravel(model.coef_)],
    }


def components(heads, vectors, core):
    """The raw parts of `loaded`. The heads give a logit (`ax`) or a prediction (`dist`), not probabilities."""
    return {k: core if k == "core" else decided(heads[k], vectors) for k in WEIGHTS}


def decided(head, vectors):
    return vectors @ np.array(head["coefficients"]) + head["intercept"]


def combine(raw, z):
    return sum(WEIGHTS[k] * np.clip((raw[k] - z[k]["mean"]) / z[k]["sd"], -CLIP, CLIP) for k in WEIGHTS)


def by_group(model, x, y, group):
    """Scores of each row by a model that saw no row of its fold; a fold is a set of whole groups."""
    fold_of = {g: i % FOLDS for i, g in enumerate(sorted(set(group)))}
    return out_of_fold(model, x, y, np.array([fold_of[g] for g in group]))


def by_row(model, x, y):
    return out_of_fold(model, x, y, np.random.default_rng(SEED).permutation(len(y)) % FOLDS)


def out_of_fold(model, x, y, fold):
    scores = np.zeros(len(y))
    for f in range(FOLDS):
        fitted = model().fit(x[fold != f], y[fold != f])
        score = fitted.decision_function if hasattr(fitted, "decision_function") else fitted.predict
        scores[fold == f] = score(x[fold == f])
    return scores


def pair_accuracy(scores, label):
    """Rows alternate neutral, loaded."""
    assert (label[0::2] == 0).all() and (label[1::2] == 1).all()
    return (scores[1::2] > scores[0::2]).mean()


def load(folder, name):
    folder = Path(folder)
    rows = read(folder / f"{name}.csv")
    vectors = np.load(folder / f"{name}.npy").astype(np.float64)
    features = read(folder / f"{name}.features.csv")
    if vectors.shape != (len(rows), DIMENSION) or len(features) != len(rows):
        raise SystemExit(
            f"{folder}/{name}: {len(rows)} texts, vectors {vectors.shape}, {len(features)} feature rows; "
            f"expected one {DIMENSION}-vector and one feature row per text. Run `parallax embed` and "
            f"`parallax features` on {name}.csv again."
        )
    if np.abs(np.linalg.norm(vectors, axis=1) - 1).max() > 1e-3:
        raise SystemExit(f"{folder}/{name}.npy: vectors are not of unit length")
    tokens = np.array([float(f["tokens"]) for f in features])
    hits = np.array([float(f["hits"]) for f in features])
    return rows, vectors, hits / (tokens + 5.0), tokens


def column(folder, name, column):
    values = [f[column] for f in read(Path(folder) / f"{name}.features.csv")]
    return np.array([float(v) for v in values if v != ""])


def weights_hash(manifest):
    models = json.loads(Path(manifest).read_text(encoding="utf-8"))["models"]
    files = next(m for m in models if m["name"] == "all-MiniLM-L6-v2")["files"]
    return next(f["sha256"] for f in files if f["path"] == "model.safetensors")


def read(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def write(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def short(x, digits=DIGITS):
    """Rounded to significant digits; noise below 1e-9 (the encoder has a dead dimension) is zero."""
    return float(f"{float(x):.{digits}g}") if abs(x) >= 1e-9 else 0.0


def numbers_on_one_line(text):
    out, inside = [], False
    for line in text.split("\n"):
        if inside:
            inside = line.strip() not in ("]", "],")
            out[-1] += line.strip() + (" " if inside and line.endswith(",") else "")
        else:
            out.append(line)
            inside = line.endswith('"coefficients": [')
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    p = commands.add_parser("prepare", help="write the texts to embed")
    p.add_argument("--targets", required=True, help="NewsMTSC targets.csv")
    p.add_argument("--seeds", required=True, help="data/framing/seed_pairs.csv")
    p.add_argument("--out", required=True, help="folder for seeds.csv and newsmtsc.csv")
    p.set_defaults(run=prepare)
    p = commands.add_parser("fit", help="fit the heads from texts, vectors and features")
    p.add_argument("--dir", required=True, help="folder with NAME.csv, NAME.npy, NAME.features.csv")
    p.add_argument("--date", required=True, help="written into the file as it stands")
    p.add_argument("--manifest", default="models/manifest.json", help="where the model's hash stands")
    p.add_argument("--out", default="models/heads/loaded.json")
    p.set_defaults(run=fit)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
