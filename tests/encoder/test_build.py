"""Unpacking, pruning and spoiling, on small made-up data; nothing here needs torch."""

import json
import random
import struct
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from bot.encoder.build.noise import spoil
from bot.encoder.build.prune import CharacterModel, choose, prune_folder, read_pieces
from bot.encoder.build.unpack import PackedFileError, read_packed, write_folder

HIDDEN, INNER, LAYERS, POSITIONS = 32, 64, 1, 130
PIECES = [
    ("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0),
    ("\u2581", -3.0), ("\u2581mujhe", -13.0), ("\u2581strasse", -12.0), ("\u2581Haus", -11.0),
    ("z", -6.0), ("\u2581میں", -8.0), ("\u2581ਹੈ", -9.0), ("的", -5.0), ("\u2581що", -7.0),
    ("😭", -12.0), ("15", -7.0), ("ﷺ", -12.0), ("ñ", -8.0),
]  # fmt: skip


def quantised(rows: int, columns: int) -> bytes:
    """Q4_0 blocks whose weight w of block b is ((b + w) % 16 - 8) * 0.5."""
    data = b""
    for block in range(rows * columns // 32):
        low = [(block + at) % 16 for at in range(16)]
        high = [(block + at + 16) % 16 for at in range(16)]
        packed = bytes(a | b << 4 for a, b in zip(low, high, strict=True))
        data += np.float16(0.5).tobytes() + packed
    return data


def packed_file() -> bytes:
    rows = len(PIECES) + 3
    body = b"E5S1" + struct.pack("<I", 1)
    body += struct.pack("<7i", HIDDEN, LAYERS, 4, INNER, rows, POSITIONS, 2)
    body += struct.pack("<fi", 1e-12, 32)
    texts = [piece.encode() for piece, _ in PIECES]
    offsets = np.cumsum([0] + [len(text) for text in texts]).astype("<u4")
    body += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(offsets[-1]))
    body += offsets.tobytes() + np.array([s for _, s in PIECES], "<f4").tobytes()
    body += b"".join(texts) + struct.pack("<iI", 1, 5) + struct.pack("<IB", 0x40, 0)
    sizes = {"q": (HIDDEN, HIDDEN), "k": (HIDDEN, HIDDEN), "v": (HIDDEN, HIDDEN),
             "ao": (HIDDEN, HIDDEN), "fi": (INNER, HIDDEN), "fo": (HIDDEN, INNER)}  # fmt: skip
    tensors = [("emb.word", 1, quantised(rows, HIDDEN))]
    tensors += [(name, 0, np.ones(n, "<f4").tobytes()) for name, n in
                [("emb.pos", POSITIONS * HIDDEN), ("emb.type", 2 * HIDDEN),
                 ("emb.ln.w", HIDDEN), ("emb.ln.b", HIDDEN)]]  # fmt: skip
    for part, (out, into) in sizes.items():
        tensors.append((f"l0.{part}.w", 1, quantised(out, into)))
        tensors.append((f"l0.{part}.b", 0, np.zeros(out, "<f4").tobytes()))
    tensors += [(f"l0.{part}.{kind}", 0, np.ones(HIDDEN, "<f4").tobytes())
                for part in ("aln", "oln") for kind in "wb"]  # fmt: skip
    directory = sum(2 + len(name) + 1 + 4 + 16 for name, _, _ in tensors)
    offset, entries, blobs = len(body) + 4 + directory, b"", b""
    for name, kind, blob in tensors:
        units = len(blob) // (18 if kind else 4) * (32 if kind else 1)
        entries += struct.pack("<H", len(name)) + name.encode() + struct.pack("<B", kind)
        entries += struct.pack("<IQQ", units, offset + len(blobs), len(blob))
        blobs += blob
    return body + struct.pack("<i", len(tensors)) + entries + blobs


def test_blocks_are_dequantised_in_their_order() -> None:
    packed = read_packed(packed_file())
    rows = packed.tensors["embeddings.word_embeddings.weight"]
    assert rows.shape == (len(PIECES) + 3, HIDDEN)
    assert rows[0].tolist() == [(at % 16 - 8) * 0.5 for at in range(32)]
    assert rows[1].tolist() == [((at + 1) % 16 - 8) * 0.5 for at in range(32)]
    assert packed.tensors["encoder.layer.0.output.dense.weight"].shape == (HIDDEN, INNER)
    assert packed.pieces[5] == ("\u2581mujhe", -13.0)


def test_another_layout_is_refused() -> None:
    with pytest.raises(PackedFileError):
        read_packed(b"GGUF" + bytes(64))


def kept_pieces(latin: int) -> list[str]:
    keep = choose(PIECES, ["mujhe bachao mujhe", "mujh ko zarurat"], latin)
    return [PIECES[number][0] for number in keep]


def test_our_scripts_stay_and_others_go() -> None:
    kept = kept_pieces(latin=10)
    assert {"\u2581میں", "\u2581ਹੈ", "😭", "15", "z", "\u2581"} <= set(kept)
    assert not {"的", "\u2581що", "ñ"} & set(kept)


def test_pieces_the_normaliser_never_makes_go() -> None:
    assert not {"\u2581Haus", "ﷺ"} & set(kept_pieces(latin=10))


def test_latin_pieces_that_look_like_ours_win_over_frequent_ones() -> None:
    kept = kept_pieces(latin=1)
    assert "\u2581mujhe" in kept
    assert "\u2581strasse" not in kept


def test_the_character_model_prefers_seen_spellings() -> None:
    model = CharacterModel(["zindagi mushkil hai", "zindabad"])
    assert model.score("\u2581zinda") > model.score("\u2581xqcrt")


def test_a_pruned_folder_keeps_rows_pieces_and_scores_together(tmp_path: Path) -> None:
    write_folder(read_packed(packed_file()), tmp_path / "full")
    keep = choose(PIECES, ["mujhe"], 1)
    prune_folder(tmp_path / "full", tmp_path / "small", keep)
    before = load_file(tmp_path / "full" / "model.safetensors")
    after = load_file(tmp_path / "small" / "model.safetensors")
    word = "embeddings.word_embeddings.weight"
    assert np.array_equal(after[word], before[word][keep])
    assert read_pieces(tmp_path / "small") == [PIECES[number] for number in keep]
    config = json.loads((tmp_path / "small" / "config.json").read_text())
    assert (config["vocab_size"], config["max_position_embeddings"]) == (len(keep), 128)


@pytest.mark.parametrize("text", ["a", "مر", "mujhe bachao please", "ਮੈਨੂੰ", "x y", "!!", "?"])
def test_spoiling_is_seeded_and_leaves_something(text: str) -> None:
    spoilt = [spoil(text, random.Random(seed)) for seed in range(500)]
    assert all(each.strip() for each in spoilt)
    assert spoilt == [spoil(text, random.Random(seed)) for seed in range(500)]
