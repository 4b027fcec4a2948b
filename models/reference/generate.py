#!/usr/bin/env python3
"""Writes vectors.npy: the vectors of texts.jsonl by the original Python library, f32, CPU.

Run by hand, not by the build (README.md says when). The versions used last:

    python3 -m venv venv
    venv/bin/pip install torch==2.4.0 sentence-transformers==3.0.1 transformers==4.44.2 tokenizers==0.19.1 numpy==1.26.4
    venv/bin/python models/reference/generate.py

The model is read from models/all-MiniLM-L6-v2 (`make setup` fetches it). Where that folder was filled by --model it
holds only the files named in models/manifest.json, and no modules.json: then the same three modules are put together
here: transformer, mean pooling, L2 norm.
"""

import json
import pathlib
import platform
import sys

import numpy as np
import sentence_transformers
import tokenizers
import torch
import transformers
from sentence_transformers import SentenceTransformer, models

HERE = pathlib.Path(__file__).parent
MODEL = HERE.parent / "all-MiniLM-L6-v2"


def main() -> None:
    texts = [json.loads(line)["text"] for line in open(HERE / "texts.jsonl", encoding="utf-8")]
    if (MODEL / "modules.json").exists():
        model = SentenceTransformer(str(MODEL), device="cpu")
    else:
        words = models.Transformer(str(MODEL))  # reads sentence_bert_config.json: 256 tokens
        pooling = models.Pooling.load(str(MODEL / "1_Pooling"))
        model = SentenceTransformer(modules=[words, pooling, models.Normalize()], device="cpu")
    assert model.max_seq_length == 256
    assert [type(m).__name__ for m in model] == ["Transformer", "Pooling", "Normalize"]
    assert next(model.parameters()).dtype == torch.float32
    torch.set_num_threads(1)
    # One by one: no padding, so that the reference has no error of its own from batches.
    vectors = np.stack([model.encode(text, convert_to_numpy=True) for text in texts])
    assert vectors.dtype == np.float32 and vectors.shape == (len(texts), 384) and np.isfinite(vectors).all()
    np.save(HERE / "vectors.npy", vectors)
    for module in (torch, sentence_transformers, transformers, tokenizers, np):
        print(f"{module.__name__} {module.__version__}", file=sys.stderr)
    print(f"python {platform.python_version()}, {len(texts)} vectors", file=sys.stderr)


if __name__ == "__main__":
    main()
