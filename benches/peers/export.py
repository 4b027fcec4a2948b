#!/usr/bin/env python3
"""Exports the sentence model for ONNX Runtime and OpenVINO as a careful user would.

    python benches/peers/export.py [--model models/all-MiniLM-L6-v2] [--to target/peers]

The graphs take `input_ids` and `attention_mask` (batch x length, both free) and return `vectors` (batch x dimension):
mean pooling and L2 norm are inside, so that every runtime does the same.

    f32.onnx                         as exported
    f32-optimised.onnx               after onnxruntime.transformers.optimizer (fused attention, layer norm, GELU)
    int8.onnx, int8-optimised.onnx   these two, dynamically quantised: int8 weights per channel, activations at run time
    openvino-int8.xml, .bin          f32.onnx, statically quantised by NNCF (needs `nncf`; skipped without), calibrated
                                     on 300 sentences of data/sample
"""

import argparse
import csv
import importlib.util
import pathlib
import re

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
CALIBRATION_TEXTS = 300


def fresh(files, source):
    """Whether all files exist and are newer than what they are made of."""
    return all(f.exists() and f.stat().st_mtime > source.stat().st_mtime for f in files)


def export_onnx(model, to):
    """Writes the four ONNX files."""
    import onnx
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions
    from transformers import BertModel

    class Sentence(torch.nn.Module):
        """BERT, mean over the mask, L2 norm."""

        def __init__(self):
            super().__init__()
            # The optimizer knows the graph of the plain attention, not that of scaled_dot_product_attention.
            self.bert = BertModel.from_pretrained(model, attn_implementation="eager", add_pooling_layer=False)

        def forward(self, input_ids, attention_mask):
            hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=1)

    sentence = Sentence().eval()
    example = (torch.ones(2, 8, dtype=torch.long), torch.ones(2, 8, dtype=torch.long))
    free = {0: "batch", 1: "length"}
    with torch.no_grad():
        torch.onnx.export(
            sentence,
            example,
            str(to / "f32.onnx"),
            opset_version=17,
            input_names=["input_ids", "attention_mask"],
            output_names=["vectors"],
            dynamic_axes={"input_ids": free, "attention_mask": free, "vectors": {0: "batch"}},
        )
    config = sentence.bert.config
    optimised = optimizer.optimize_model(
        str(to / "f32.onnx"),
        "bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        optimization_options=FusionOptions("bert"),
    )
    optimised.save_model_to_file(str(to / "f32-optimised.onnx"))
    for kind in ("", "-optimised"):
        quantize_dynamic(
            to / f"f32{kind}.onnx",
            to / f"int8{kind}.onnx",
            per_channel=True,
            reduce_range=False,
            weight_type=QuantType.QInt8,
            # Types are not inferred through fused nodes.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )


def calibration_inputs(model):
    """Sentences of the sample corpus, one by one: no padding."""
    from worker import load_tokenizer

    with open(ROOT / "data/sample/articles.csv", encoding="utf-8", newline="") as file:
        sentences = [s for row in csv.DictReader(file) for s in re.split(r"(?<=[.!?])\s+", row["body"]) if len(s) > 20]
    step = max(1, len(sentences) // CALIBRATION_TEXTS)
    for encoding in load_tokenizer(model).encode_batch(sentences[::step][:CALIBRATION_TEXTS]):
        ids = np.array([encoding.ids], dtype=np.int64)
        yield {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def export_openvino_int8(model, to):
    """Writes the statically quantised OpenVINO graph."""
    import nncf
    import openvino

    quantised = nncf.quantize(
        openvino.Core().read_model(str(to / "f32.onnx")),
        nncf.Dataset(list(calibration_inputs(model))),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=CALIBRATION_TEXTS,
    )
    openvino.save_model(quantised, str(to / "openvino-int8.xml"), compress_to_fp16=False)


def export(model, to):
    """Writes into the folder `to` what is missing there or older than the weights."""
    to.mkdir(parents=True, exist_ok=True)
    weights = model / "model.safetensors"
    if not fresh([to / n for n in ("f32.onnx", "f32-optimised.onnx", "int8.onnx", "int8-optimised.onnx")], weights):
        export_onnx(model, to)
    if importlib.util.find_spec("nncf") and not fresh([to / "openvino-int8.xml"], to / "f32.onnx"):
        export_openvino_int8(model, to)


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "models/all-MiniLM-L6-v2")
    parser.add_argument("--to", type=pathlib.Path, default=ROOT / "target/peers")
    args = parser.parse_args()
    export(args.model, args.to)


if __name__ == "__main__":
    main()
