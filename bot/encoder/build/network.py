"""The BERT network in plain torch: read from a folder, trained, and traced for export.

Own code instead of a library's, because the exported graph then holds just what
the service runs: one joint query-key-value product per layer (fewer int8
conversions), int8 word rows, mean pooling and the final normalisation.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

WORD = "embeddings.word_embeddings.weight"


class Layer(nn.Module):
    """One transformer layer, normalisation after each half as in BERT."""

    def __init__(self, hidden: int, heads: int, inner: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale = (hidden // heads) ** -0.5
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.attention_out = nn.Linear(hidden, hidden)
        self.attention_norm = nn.LayerNorm(hidden, eps=1e-12)
        self.inner = nn.Linear(hidden, inner)
        self.out = nn.Linear(inner, hidden)
        self.out_norm = nn.LayerNorm(hidden, eps=1e-12)

    def forward(self, x: Tensor, bias: Tensor, dropout: float) -> Tensor:
        """Map (batch, tokens, hidden) to the same shape; ``bias`` masks padding."""
        batch, tokens, hidden = x.shape
        shape = (batch, tokens, self.heads, hidden // self.heads)
        query, key, value = self.qkv(x).split(hidden, dim=-1)
        query = query.view(shape).transpose(1, 2)
        key = key.view(shape).permute(0, 2, 3, 1)
        value = value.view(shape).transpose(1, 2)
        weights = torch.softmax(query @ key * self.scale + bias, dim=-1)
        mixed = (weights @ value).transpose(1, 2).reshape(batch, tokens, hidden)
        mixed = functional.dropout(self.attention_out(mixed), dropout, self.training)
        x = self.attention_norm(x + mixed)
        deep = self.out(functional.gelu(self.inner(x)))
        return self.out_norm(x + functional.dropout(deep, dropout, self.training))


class ByteRows(nn.Module):
    """Word rows kept as int8 with one scale a row: a quarter of the size, one gather."""

    def __init__(self, rows: Tensor) -> None:
        super().__init__()
        scale = rows.abs().amax(dim=1, keepdim=True).clamp(min=1e-8) / 127.0
        self.register_buffer("rows", torch.round(rows / scale).to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: Tensor) -> Tensor:
        """Map (batch, tokens) ids to (batch, tokens, hidden) float rows."""
        return self.rows[ids].to(torch.float32) * self.scale[ids]


class Encoder(nn.Module):
    """Token ids to unit vectors: embeddings, layers, mean over the real tokens, L2."""

    def __init__(self, config: dict[str, int]) -> None:
        super().__init__()
        hidden = config["hidden_size"]
        self.config = config
        self.words: nn.Module = nn.Embedding(config["vocab_size"], hidden)
        self.positions = nn.Parameter(torch.zeros(config["max_position_embeddings"], hidden))
        self.norm = nn.LayerNorm(hidden, eps=1e-12)
        self.layers = nn.ModuleList(
            Layer(hidden, config["num_attention_heads"], config["intermediate_size"])
            for _ in range(config["num_hidden_layers"])
        )
        self.dropout = 0.1

    def pooled(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return mean-pooled vectors (batch, hidden), not yet normalised."""
        x = self.words(input_ids) + self.positions[: input_ids.shape[1]]
        x = functional.dropout(self.norm(x), self.dropout, self.training)
        mask = attention_mask.to(x.dtype)
        bias = (1.0 - mask)[:, None, None, :] * -10000.0
        for layer in self.layers:
            x = layer(x, bias, self.dropout)
        weights = mask[:, :, None]
        return (x * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return unit vectors (batch, hidden)."""
        return functional.normalize(self.pooled(input_ids, attention_mask), dim=-1)


def load_encoder(folder: Path) -> Encoder:
    """Read config.json and model.safetensors of a BertModel folder."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tensors = load_file(folder / "model.safetensors")
    encoder = Encoder(config)
    # The token type is always 0, so its row joins the positions for good.
    positions = tensors["embeddings.position_embeddings.weight"]
    tensors["embeddings.position_embeddings.weight"] = (
        positions + tensors["embeddings.token_type_embeddings.weight"][0]
    )
    encoder.load_state_dict(_own_names(tensors, config["num_hidden_layers"]))
    return encoder.eval()


def save_encoder(encoder: Encoder, folder: Path) -> None:
    """Write config.json and model.safetensors back under BertModel's names."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {**encoder.config, "vocab_size": encoder.words.weight.shape[0]}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    tensors = _bert_names(encoder.state_dict(), len(encoder.layers))
    # Token type 0 went into the positions on loading.
    tensors["embeddings.token_type_embeddings.weight"] = torch.zeros(2, config["hidden_size"])
    save_file({k: v.contiguous() for k, v in tensors.items()}, folder / "model.safetensors")


_PLAIN = {
    "words": "embeddings.word_embeddings",
    "norm": "embeddings.LayerNorm",
    "attention_out": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "inner": "intermediate.dense",
    "out": "output.dense",
    "out_norm": "output.LayerNorm",
}
_JOINED = ("query", "key", "value")


def _own_names(tensors: dict[str, Tensor], layers: int) -> dict[str, Tensor]:
    own = {
        "words.weight": tensors[WORD],
        "positions": tensors["embeddings.position_embeddings.weight"],
        "norm.weight": tensors["embeddings.LayerNorm.weight"],
        "norm.bias": tensors["embeddings.LayerNorm.bias"],
    }
    for number in range(layers):
        theirs, ours = f"encoder.layer.{number}", f"layers.{number}"
        for kind in ("weight", "bias"):
            parts = [tensors[f"{theirs}.attention.self.{part}.{kind}"] for part in _JOINED]
            own[f"{ours}.qkv.{kind}"] = torch.cat(parts)
            for name in ("attention_out", "attention_norm", "inner", "out", "out_norm"):
                own[f"{ours}.{name}.{kind}"] = tensors[f"{theirs}.{_PLAIN[name]}.{kind}"]
    return own


def _bert_names(own: dict[str, Tensor], layers: int) -> dict[str, Tensor]:
    tensors = {
        WORD: own["words.weight"],
        "embeddings.position_embeddings.weight": own["positions"],
        "embeddings.LayerNorm.weight": own["norm.weight"],
        "embeddings.LayerNorm.bias": own["norm.bias"],
    }
    for number in range(layers):
        theirs, ours = f"encoder.layer.{number}", f"layers.{number}"
        for kind in ("weight", "bias"):
            parts = own[f"{ours}.qkv.{kind}"].chunk(3)
            for part, value in zip(_JOINED, parts, strict=True):
                tensors[f"{theirs}.attention.self.{part}.{kind}"] = value.clone()
            for name in ("attention_out", "attention_norm", "inner", "out", "out_norm"):
                tensors[f"{theirs}.{_PLAIN[name]}.{kind}"] = own[f"{ours}.{name}.{kind}"]
    return tensors
