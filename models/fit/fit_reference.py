#!/usr/bin/env python3
"""Mean and covariance of the vectors of the reference sentences (NewsMTSC train): what measure M6 `emphasis` takes
the mean and the standard deviation of any frame's cosine from. Writes models/heads/reference.f32 (little-endian f32:
the mean, then the lower triangle of the covariance by rows) and models/heads/reference.json (what it is).

Needs numpy. From the root of the repository, after `fit_heads.py prepare` and `parallax embed` (see fit_heads.py):

    python3 models/fit/fit_reference.py --dir target/fit --date 2026-11-21

The same inputs give the same bytes.
"""
import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import json
from pathlib import Path

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("--dir", required=True)
parser.add_argument("--date", required=True)
parser.add_argument("--out", default="models/heads")
args = parser.parse_args()

vectors = np.load(Path(args.dir) / "newsmtsc.npy").astype(np.float64)
mean, covariance = vectors.mean(axis=0), np.cov(vectors.T)
packed = np.concatenate([mean, covariance[np.tril_indices(len(mean))]])
out = Path(args.out)
packed.astype("<f4").tofile(out / "reference.f32")
manifest = json.loads(Path("models/manifest.json").read_text())
model = next(m for m in manifest["models"] if m["name"] == "all-MiniLM-L6-v2")
about = {
    "about": "Mean and covariance of sentence vectors: the yardstick of frames, also of those that users bring.",
    "made_by": "models/fit/fit_reference.py",
    "date": args.date,
    "data": {
        "name": "NewsMTSC train (Hamborg and Donnay, EACL 2021)",
        "license": "MIT-style (see models/README.md)",
        "sentences": len(vectors),
    },
    "encoder": {
        "name": model["name"],
        "sha256": next(f["sha256"] for f in model["files"] if f["path"] == "model.safetensors"),
    },
    "dimension": len(mean),
}
(out / "reference.json").write_text(json.dumps(about, indent=2) + "\n")
