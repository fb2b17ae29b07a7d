"""Turns a trained folder into the two files the service reads.

encoder.onnx (int8 weights, int8 word rows) and tokenizer.json. Inputs are
input_ids and attention_mask, int64 (batch, tokens up to 128); the output is
embedding, float32 (batch, 384), pooled and of unit length.

Usage: python -m bot.encoder.build.export FOLDER --out bot/encoder
"""

from __future__ import annotations

import argparse
import copy
import shutil
import tempfile
import warnings
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from bot.encoder.build.network import ByteRows, Encoder, load_encoder

OPSET = 17


def export_folder(folder: Path, out: Path) -> None:
    """Write ``out``/encoder.onnx and ``out``/tokenizer.json; overwrites older ones."""
    out.mkdir(parents=True, exist_ok=True)
    export_encoder(load_encoder(folder), out / "encoder.onnx")
    if folder.resolve() != out.resolve():
        shutil.copyfile(folder / "tokenizer.json", out / "tokenizer.json")


def export_encoder(encoder: Encoder, path: Path) -> None:
    """Trace ``encoder`` and quantise it; the encoder itself is left unchanged."""
    traced = copy.deepcopy(encoder).eval()
    traced.words = ByteRows(traced.words.weight.detach())
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        _trace(traced, plain)
        quantize_dynamic(
            plain,
            path,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            # Unsigned weights: the signed kind overflows its 16-bit sums on
            # processors without VNNI, so vectors would differ between machines.
            weight_type=QuantType.QUInt8,
            extra_options={"MatMulConstBOnly": True},
        )


def _trace(encoder: Encoder, path: Path) -> None:
    ids = torch.ones(1, 9, dtype=torch.int64)
    axes = {0: "batch", 1: "tokens"}
    with torch.no_grad(), warnings.catch_warnings():
        # The tracing exporter is deprecated; the newer one needs two more packages.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            encoder,
            (ids, torch.ones_like(ids)),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["embedding"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "embedding": {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )


def main() -> None:
    """Command line; see the module's usage line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("bot/encoder"))
    arguments = parser.parse_args()
    export_folder(arguments.folder, arguments.out)
    size = (arguments.out / "encoder.onnx").stat().st_size
    print(f"wrote encoder.onnx, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
