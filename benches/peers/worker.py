#!/usr/bin/env python3
"""One Python peer in a process of its own; started by run.py.

    worker.py PEER MODEL_DIR THREADS TEXTS GRAPHS_DIR

The protocol of all peers: `TEXTS` holds one JSON string per line. The model is loaded once. For every line on stdin all
texts are embedded once, tokenisation included, and `{"seconds": ..., "version": ...}` is printed. A line that is not
empty names a file for the vectors: little-endian f32, row after row.
"""

import json
import pathlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

# What is tried for ONNX Runtime and OpenVINO before the rounds, on so many of the texts.
BATCHES = (8, 16, 32)
TRIAL_TEXTS = 512


def sentence_transformers(precision, model_dir, threads):
    """The reference as its documentation shows it: `encode` with the defaults (batches of 32, sorted by length)."""
    import sentence_transformers
    import torch
    from sentence_transformers import SentenceTransformer, models

    torch.set_num_threads(threads)
    words = models.Transformer(str(model_dir))  # reads sentence_bert_config.json: 256 tokens
    pooling = models.Pooling.load(str(model_dir / "1_Pooling"))
    model = SentenceTransformer(modules=[words, pooling, models.Normalize()], device="cpu").eval()
    if precision == "bf16":
        model = model.bfloat16()
    version = f"{sentence_transformers.__version__}, torch {torch.__version__.split('+')[0]}"
    return version, lambda texts: model.encode(texts, show_progress_bar=False)


def batches(texts, tokenizer, size):
    """Texts of similar length together, padded to the longest of the batch; longest first."""
    encoded = [e.ids for e in tokenizer.encode_batch(texts)]
    order = sorted(range(len(texts)), key=lambda i: -len(encoded[i]))
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        ids = np.zeros((len(rows), len(encoded[rows[0]])), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, i in enumerate(rows):
            ids[row, : len(encoded[i])] = encoded[i]
            mask[row, : len(encoded[i])] = 1
        yield rows, {"input_ids": ids, "attention_mask": mask}


def load_tokenizer(model_dir):
    """The same tokenizer as transformers uses, without its Python layer. [PAD] is token 0."""
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(str(model_dir / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(json.loads((model_dir / "sentence_bert_config.json").read_text())["max_seq_length"])
    return tokenizer


def fastest(candidates, texts):
    """The quickest of some (name, texts -> vectors) on a part of the texts: once to warm up, then the best of three."""
    sample = texts[:: max(1, len(texts) // TRIAL_TEXTS)][:TRIAL_TEXTS]
    best = (float("inf"), "", None)
    for name, encode in candidates:
        encode(sample)
        seconds = []
        for _ in range(3):
            started = time.perf_counter()
            encode(sample)
            seconds.append(time.perf_counter() - started)
        if min(seconds) < best[0]:
            best = (min(seconds), name, encode)
    if best[2] is None:
        sys.exit("this CPU does not compute in that precision")
    return best[1:]


def onnxruntime(precision, model_dir, threads, graphs, texts):
    """One session: one caller and all threads inside, or as many callers as threads and one thread for each."""
    import onnxruntime

    tokenizer = load_tokenizer(model_dir)

    def encoder(session, callers, size):
        def encode(texts):
            vectors = np.empty((len(texts), session.get_outputs()[0].shape[1]), dtype=np.float32)

            def run(batch):
                rows, inputs = batch
                vectors[rows] = session.run(None, inputs)[0]

            with ThreadPoolExecutor(callers) as pool:
                list(pool.map(run, batches(texts, tokenizer, size)))
            return vectors

        return encode

    def candidates():
        for file in (f"{precision}.onnx", f"{precision}-optimised.onnx"):
            for callers in sorted({1, threads}):
                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = threads // callers
                session = onnxruntime.InferenceSession(str(graphs / file), options, providers=["CPUExecutionProvider"])
                for size in BATCHES:
                    name = f"{file}, {callers} x {threads // callers} threads, batches of {size}"
                    yield name, encoder(session, callers, size)

    name, encode = fastest(candidates(), texts)
    return f"{onnxruntime.__version__}: {name}", encode


def openvino(precision, model_dir, threads, graphs, texts):
    """Asynchronous requests, as many as OpenVINO thinks best, for latency or for throughput."""
    import openvino

    tokenizer = load_tokenizer(model_dir)
    core = openvino.Core()
    graph = core.read_model(str(graphs / ("openvino-int8.xml" if precision == "int8" else "f32.onnx")))

    def encoder(compiled, size):
        queue = openvino.AsyncInferQueue(compiled, compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))

        def encode(texts):
            vectors = np.empty((len(texts), compiled.output(0).partial_shape[1].get_length()), dtype=np.float32)
            queue.set_callback(lambda request, rows: vectors.__setitem__(rows, request.get_output_tensor().data))
            for rows, inputs in batches(texts, tokenizer, size):
                queue.start_async(inputs, rows)
            queue.wait_all()
            return vectors

        return encode

    def candidates():
        # Beside int8 products, the rest may be computed in either.
        for kind in ("f32", "bf16") if precision == "int8" else (precision,):
            for hint in ("LATENCY", "THROUGHPUT"):
                settings = {
                    "INFERENCE_NUM_THREADS": threads,
                    "INFERENCE_PRECISION_HINT": kind,
                    "PERFORMANCE_HINT": hint,
                }
                compiled = core.compile_model(graph, "CPU", settings)
                if compiled.get_property("INFERENCE_PRECISION_HINT").to_string() != kind:
                    continue
                for size in BATCHES:
                    rest = f", rest {kind}" if precision == "int8" else ""
                    yield f"{hint.lower()}{rest}, batches of {size}", encoder(compiled, size)

    name, encode = fastest(candidates(), texts)
    return f"{openvino.__version__.split('-')[0]}: {name}", encode


def load(peer, model_dir, threads, graphs, texts):
    """The peer's version, and its function from texts to vectors."""
    kind, precision = peer.rsplit("-", 1)
    if kind == "sentence-transformers":
        return sentence_transformers(precision, model_dir, threads)
    runtime = {"onnxruntime": onnxruntime, "openvino": openvino}[kind]
    return runtime(precision, model_dir, threads, graphs, texts)


def main():
    """Loads, then answers lines."""
    peer, model_dir, threads, texts, graphs = sys.argv[1:]
    with open(texts, encoding="utf-8") as file:
        texts = [json.loads(line) for line in file]
    version, encode = load(peer, pathlib.Path(model_dir), int(threads), pathlib.Path(graphs), texts)
    for line in sys.stdin:
        started = time.perf_counter()
        vectors = encode(texts)
        seconds = time.perf_counter() - started
        if line.strip():
            np.asarray(vectors, dtype="<f4").tofile(line.strip())
        print(json.dumps({"seconds": seconds, "version": version}), flush=True)


if __name__ == "__main__":
    main()
