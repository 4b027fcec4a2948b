#!/usr/bin/env python3
"""What the number formats change: models/fit/precisions.py EVAL_DIR [--background N]

For every engine and precision of the build: the cosine of its vectors with those of the reference (rust-bert in f32;
portable in f32 where there is no rust-bert) over the claims of BASIL, and the stories of the labelled sets: B-cubed F1
against the gold, adjusted Rand index (Hubert & Arabie 1985) against the stories of the reference. `auto` may take only
what stays at .995 or more on every set.

EVAL_DIR holds the labelled sets (basil, ecb, background); they are not part of this project. Needs numpy.
"""

import argparse, collections, os, subprocess, tempfile
from math import comb

import numpy as np

from tables import read, write

SETTINGS = [("rust-bert", "f32"), ("portable", "f32"), ("rust-bert", "bf16"), ("portable", "int8")]


def stories(path):
    """The story of each article; an article alone is a story of its own."""
    return {r["article_id"]: r["story_id"] or "alone:" + r["article_id"] for r in read(path)}


def adjusted_rand(a, b):
    pairs = lambda labels: sum(comb(n, 2) for n in collections.Counter(labels).values())
    both, of_a, of_b = pairs((a[i], b[i]) for i in a), pairs(a.values()), pairs(b[i] for i in a)
    chance = of_a * of_b / comb(len(a), 2)
    most = (of_a + of_b) / 2
    return 1.0 if most == chance else (both - chance) / (most - chance)


def bcubed(found, gold):
    """F1 over the articles that have a gold story (Bagga & Baldwin 1998); others in their stories count as wrong."""
    ids = [i for i in found if i in gold]
    both = collections.Counter((found[i], gold[i]) for i in ids)
    of_found, of_gold = collections.Counter(found.values()), collections.Counter(gold[i] for i in ids)
    precision = sum(both[found[i], gold[i]] / of_found[found[i]] for i in ids) / len(ids)
    recall = sum(both[found[i], gold[i]] / of_gold[gold[i]] for i in ids) / len(ids)
    return 2 * precision * recall / (precision + recall)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("eval_dir")
    parser.add_argument("--background", type=int, default=1000, help="articles mixed with BASIL in one set")
    parser.add_argument("--parallax", default="target/release/parallax")
    args = parser.parse_args()
    of = lambda *path: os.path.join(args.eval_dir, *path)
    with tempfile.TemporaryDirectory() as work:
        to = lambda name: os.path.join(work, name)
        basil = read(of("basil", "articles.csv"))
        write(to("undated.csv"), [{**r, "date": ""} for r in basil])
        fields = basil[0].keys()
        noise = [{k: r.get(k, "") for k in fields} for r in read(of("background", "articles.csv.gz"))[: args.background]]
        write(to("mixed.csv"), basil + noise)
        sets = {
            "BASIL": (of("basil", "articles.csv"), "basil"),
            "BASIL undated": (to("undated.csv"), "basil"),
            "ECB+": (of("ecb", "articles.csv"), "ecb"),
            f"BASIL + {args.background}": (to("mixed.csv"), "basil"),
        }
        gold = {s: {r["id"]: r["story"] for r in read(of(s, "stories.csv"))} for s in ("basil", "ecb")}
        texts = list(dict.fromkeys(r["text"] for r in read(of("basil", "sentences.csv"))))
        write(to("texts.csv"), [{"text": t} for t in texts])

        def run(command, *rest):
            done = subprocess.run([args.parallax, "--quiet", command, *rest], capture_output=True, text=True)
            return None if done.returncode == 2 and "this build has no engine" in done.stderr else done

        print(f"{'':20} cosine mean     min      " + "".join(f"{name:>22}" for name in sets))
        reference = None
        for engine, precision in SETTINGS:
            options = ["--engine", engine, "--precision", precision]
            done = run("embed", to("texts.csv"), "--column", "text", "--out", to("v.npy"), *options)
            if done is None:
                continue
            done.check_returncode()
            vectors = np.load(to("v.npy")).astype("f8")
            found = {}
            for name, (path, _) in sets.items():
                done = run("analyze", path, "--out", to("out"), "--overwrite", "--evidence-budget", "0", *options)
                if done.returncode > 1:
                    raise SystemExit(done.stderr)
                found[name] = stories(to("out/articles.csv"))
            reference = reference or (vectors, found)
            norms = np.linalg.norm(vectors, axis=1) * np.linalg.norm(reference[0], axis=1)
            cosine = (vectors * reference[0]).sum(1) / norms
            cells = (
                f"F1 {bcubed(found[name], gold[sets[name][1]]):.4f} ARI {adjusted_rand(reference[1][name], found[name]):.4f}"
                for name in sets
            )
            line = "".join(f"{cell:>22}" for cell in cells)
            print(f"{engine + ' ' + precision:20} {cosine.mean():.6f}   {cosine.min():.6f}   {line}", flush=True)


if __name__ == "__main__":
    main()
