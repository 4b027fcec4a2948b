#!/usr/bin/env python3
"""How fast Parallax embeds, beside its peers: the same model, texts, threads, machine. README.md explains.

    python benches/peers/run.py TEXTS.csv --column text [--threads 2] [--rounds 5] [--peers a,b] [--out peers.csv]
"""

import argparse
import contextlib
import csv
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BASE = "sentence-transformers-f32"
PYTHON_PEERS = [
    BASE,
    "sentence-transformers-bf16",
    "onnxruntime-f32",
    "onnxruntime-int8",
    "openvino-f32",
    "openvino-bf16",
    "openvino-int8",
]
RUST_PEERS = ["rust-bert-encode-f32"]
PARALLAX = [
    f"parallax-{engine}-{precision}" for engine in ("rust-bert", "portable") for precision in ("f32", "bf16", "int8")
]
PEERS = PYTHON_PEERS + RUST_PEERS + PARALLAX
COMPARED = 200  # vectors of so many texts are compared with those of BASE


class Failed(Exception):
    """A peer that is not there, or that stopped."""


class Peer:
    """A process that embeds all texts once for each line it is sent."""

    def __init__(self, name, command, env, temp):
        self.name, self.seconds, self.version = name, [], ""
        self.log = open(temp / f"{name}.log", "w+", encoding="utf-8")
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, env=env, text=True
            )
        except OSError as error:
            raise Failed(f"{command[0]}: {error.strerror}") from None

    def run(self, vectors_to=""):
        """Embeds all texts once; returns the seconds."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{vectors_to}\n")
            self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            self.process.wait()
            self.log.seek(0)
            lines = [line.strip() for line in self.log if line.strip()]
            raise Failed(lines[-1] if lines else f"exit code {self.process.returncode}")
        answer = json.loads(answer)
        self.version = answer.get("version", self.version)
        return answer["seconds"]

    def stop(self):
        """Ends the process."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()


def command(peer, args, texts):
    """How a peer is started."""
    model, threads, texts = str(args.model), str(args.threads), str(texts)
    if peer in PYTHON_PEERS:
        return [sys.executable, str(HERE / "worker.py"), peer, model, threads, texts, str(args.graphs)]
    examples = args.parallax.resolve().parent / "examples"
    if peer in RUST_PEERS:
        return [str(examples / "rust_bert_encode"), model, threads, texts]
    engine, precision = peer[len("parallax-") :].rsplit("-", 1)
    return [str(examples / "parallax_embed"), model, engine, precision, threads, texts]


def environment(args):
    """The environment of all peers: no network, `--threads` threads for libtorch and for tokenisers."""
    threads = str(args.threads)
    return dict(
        os.environ,
        HF_HUB_OFFLINE="1",
        TOKENIZERS_PARALLELISM="true",
        OMP_NUM_THREADS=threads,
        RAYON_NUM_THREADS=threads,
    )


def read_texts(path, column, limit):
    """The distinct texts of a column that are not blank, in order of first appearance."""
    csv.field_size_limit(2**31 - 1)
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if column not in (reader.fieldnames or []):
            sys.exit(f"{path}: no column {column!r}; there are: {', '.join(reader.fieldnames or [])}")
        texts = list(dict.fromkeys(row[column] for row in reader if (row[column] or "").strip()))
    if not texts:
        sys.exit(f"{path}: no texts in column {column!r}")
    return texts[:limit]


def cosines(vectors, reference):
    """Mean and smallest cosine of the first rows."""
    import numpy as np

    a, b = (v[:COMPARED].astype(np.float64) for v in (vectors, reference))
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    return cosine.mean(), cosine.min()


def cpu_model():
    """The processor's name, where Linux or the platform module tells it."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def parallax_version():
    """The version and, in a checkout, the commit."""
    manifest = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    version = next(line.split('"')[1] for line in manifest.splitlines() if line.startswith("version"))
    git = ["git", "-C", ROOT, "rev-parse", "--short", "HEAD"]
    git = subprocess.run(git, capture_output=True, text=True, check=False)
    return f"{version} {git.stdout.strip()}".strip()


def cargo_version(crate):
    """A dependency's version in Cargo.lock."""
    lines = (ROOT / "Cargo.lock").read_text(encoding="utf-8").splitlines()
    return lines[lines.index(f'name = "{crate}"') + 1].split('"')[1]


def version_of(peer):
    """What made the figures; Python peers tell it themselves."""
    if peer.name in RUST_PEERS:
        return f"{cargo_version('rust-bert')}, tch {cargo_version('tch')}"
    return peer.version or parallax_version()


def rotated(items, by):
    """The items from the `by`-th on, then those before it."""
    by %= max(1, len(items))
    return items[by:] + items[:by]


def measure(args, texts, temp):
    """Starts and warms up every peer, then runs the rounds. Returns the peers that lasted, and the vectors of each."""
    import numpy as np

    file = temp / "texts.jsonl"
    file.write_text("".join(json.dumps(t) + "\n" for t in texts), encoding="utf-8")
    env = environment(args)
    peers, vectors = [], {}
    with contextlib.ExitStack() as stack:
        for name in args.peers:
            try:
                peer = Peer(name, command(name, args, file), env, temp)
                stack.callback(peer.stop)
                seconds = peer.run(vectors_to=temp / name)
            except Failed as reason:
                print(f"skipped {name}: {reason}", file=sys.stderr)
                continue
            print(f"warmed up {name}: {seconds:.2f} s", file=sys.stderr)
            vectors[name] = np.fromfile(temp / name, dtype="<f4").reshape(len(texts), -1)
            peers.append(peer)
        if not peers:
            sys.exit("no peer ran")
        for r in range(args.rounds):
            # Rotated, so that no peer always follows the same one, and none always runs first.
            for peer in rotated(peers, r):
                time.sleep(0.2)  # the threads of the last peer come to rest
                try:
                    peer.seconds.append(peer.run())
                except Failed as reason:
                    print(f"dropped {peer.name}: {reason}", file=sys.stderr)
                    peers = [p for p in peers if p is not peer]
            print(f"round {r + 1} of {args.rounds}", file=sys.stderr)
    return peers, vectors


def summarise(peers, vectors, n_texts, n_tokens):
    """A row of figures per peer."""
    base = next((p for p in peers if p.name == BASE), None)
    rows = []
    for peer in peers:
        rates = [1 / s for s in peer.seconds]
        row = {"peer": peer.name, "version": version_of(peer)}
        for unit, n in (("tokens", n_tokens), ("sentences", n_texts)):
            row[f"{unit}_per_s"] = round(n * statistics.median(rates), 1)
            row[f"{unit}_per_s_min"] = round(n * min(rates), 1)
            row[f"{unit}_per_s_max"] = round(n * max(rates), 1)
        if base:
            row["ratio"] = round(statistics.median(b / s for b, s in zip(base.seconds, peer.seconds)), 3)
            mean, least = cosines(vectors[peer.name], vectors[BASE])
            row["cosine_mean"], row["cosine_min"] = round(mean, 6), round(least, 6)
        row["seconds"] = " ".join(f"{s:.3f}" for s in peer.seconds)
        rows.append(row)
    return rows


def markdown(rows, about):
    """The table for people."""
    lines = [
        "{date}, {cpu}, {threads} threads, {texts:,} distinct texts, {tokens:,} tokens, {rounds} rounds".format(**about),
        "",
        "| peer | version | tokens/s | min–max | sentences/s | × | cosine mean / min |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        ratio = f"{row['ratio']:.2f}" if "ratio" in row else ""
        cosine = f"{row['cosine_mean']:.5f} / {row['cosine_min']:.5f}" if "ratio" in row else ""
        lines.append(
            f"| {row['peer']} | {row['version']} | {row['tokens_per_s']:,.0f} "
            f"| {row['tokens_per_s_min']:,.0f}–{row['tokens_per_s_max']:,.0f} | {row['sentences_per_s']:,.0f} "
            f"| {ratio} | {cosine} |"
        )
    return "\n".join(lines)


def arguments():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("csv", type=pathlib.Path, metavar="TEXTS.csv")
    parser.add_argument("--column", default="text")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default=",".join(PEERS), help="default: %(default)s")
    parser.add_argument("--parallax", type=pathlib.Path, default=ROOT / "target/release/parallax",
                        help="the built command; the examples are looked for beside it, in examples/")  # fmt: skip
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "models/all-MiniLM-L6-v2")
    parser.add_argument("--graphs", type=pathlib.Path, default=ROOT / "target/peers", help="folder for exported graphs")
    parser.add_argument("--limit", type=int, help="only so many texts, to try it out")
    parser.add_argument("--out", type=pathlib.Path, help="CSV file for the figures")
    args = parser.parse_args()
    args.peers = [name.strip() for name in args.peers.split(",")]
    if unknown := [name for name in args.peers if name not in PEERS]:
        parser.error(f"no such peer: {', '.join(unknown)}; there are: {', '.join(PEERS)}")
    if args.threads < 1 or args.rounds < 1:
        parser.error("--threads and --rounds start at 1")
    if not (args.model / "model.safetensors").exists():
        parser.error(f"{args.model} has no model.safetensors; run `make setup` or name the folder with --model")
    return args


def main():
    """Reads, exports, measures, prints."""
    args = arguments()
    try:
        from worker import load_tokenizer

        tokenizer = load_tokenizer(args.model)
    except ImportError as error:
        sys.exit(f"{error}: pip install -r {HERE / 'requirements.txt'}")
    texts = read_texts(args.csv, args.column, args.limit)
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > 0.5:
        print(f"the machine is busy (load {os.getloadavg()[0]:.1f}): the figures will be wrong", file=sys.stderr)
    out = open(args.out, "w", encoding="utf-8", newline="") if args.out else None  # a bad path fails now
    tokens = sum(len(e.ids) for e in tokenizer.encode_batch(texts))
    if any(name.startswith(("onnxruntime", "openvino")) for name in args.peers):
        export = [sys.executable, HERE / "export.py", "--model", args.model, "--to", args.graphs]
        if subprocess.run(export, stdout=sys.stderr, env=environment(args), check=False).returncode:
            print("the export failed: peers that need its files will be skipped", file=sys.stderr)
    with tempfile.TemporaryDirectory() as temp:
        peers, vectors = measure(args, texts, pathlib.Path(temp))
    if not peers:
        sys.exit("no peer lasted")
    about = {
        "date": datetime.date.today().isoformat(),
        "cpu": cpu_model(),
        "threads": args.threads,
        "texts": len(texts),
        "tokens": tokens,
        "rounds": args.rounds,
    }
    rows = summarise(peers, vectors, len(texts), tokens)
    print(markdown(rows, about))
    if out:
        with out:
            writer = csv.DictWriter(out, list(rows[0]) + list(about))
            writer.writeheader()
            writer.writerows({**row, **about} for row in rows)


if __name__ == "__main__":
    main()
