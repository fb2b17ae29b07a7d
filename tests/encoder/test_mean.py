"""The mean of several runs, on small made-up folders."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from bot.encoder.build.mean import ShapeError, mean_folder

WORD = "embeddings.word_embeddings.weight"
LAYER = "encoder.layer.0.output.dense.weight"


def folder(path: Path, pieces: list[str], word: float, layer: float, width: int = 2) -> Path:
    path.mkdir()
    rows = np.full((len(pieces), width), word, dtype=np.float32)
    save_file(
        {WORD: rows, LAYER: np.full((width, width), layer, dtype=np.float32)},
        path / "model.safetensors",
    )
    vocabulary = [[piece, -1.0] for piece in pieces]
    (path / "tokenizer.json").write_text(json.dumps({"model": {"vocab": vocabulary}}))
    (path / "config.json").write_text(json.dumps({"vocab_size": len(pieces)}))
    return path


def test_the_mean_of_two_runs_lies_between_them(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", ["<s>", "a"], 1.0, 2.0)
    two = folder(tmp_path / "two", ["<s>", "a"], 3.0, 6.0)
    mean_folder([one, two], tmp_path / "mean")
    mean = load_file(tmp_path / "mean" / "model.safetensors")
    assert mean[LAYER].tolist() == [[4.0, 4.0], [4.0, 4.0]]
    assert mean[WORD].tolist() == [[2.0, 2.0], [2.0, 2.0]]
    assert mean[WORD].dtype == np.float32


def test_a_piece_that_one_run_lacks_keeps_the_others_row(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", ["<s>", "mine", "a"], 1.0, 2.0)
    two = folder(tmp_path / "two", ["<s>", "a", "theirs"], 3.0, 2.0)
    mean_folder([one, two], tmp_path / "mean")
    rows = load_file(tmp_path / "mean" / "model.safetensors")[WORD]
    assert rows[:, 0].tolist() == [2.0, 1.0, 2.0]
    written = json.loads((tmp_path / "mean" / "tokenizer.json").read_text())
    assert [piece for piece, _ in written["model"]["vocab"]] == ["<s>", "mine", "a"]


def test_networks_of_different_shapes_are_refused(tmp_path: Path) -> None:
    one = folder(tmp_path / "one", ["<s>"], 1.0, 2.0)
    two = folder(tmp_path / "two", ["<s>"], 1.0, 2.0, width=3)
    with pytest.raises(ShapeError, match=r"two"):
        mean_folder([one, two], tmp_path / "mean")
    assert not (tmp_path / "mean").exists()
