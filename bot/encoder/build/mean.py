"""Joins several fine-tuned encoders into one by the mean of their weights.

Runs that began from the same weights lie in one valley, and its middle understands what none of
them was taught better than each of them does, at the cost of one (Wortsman et al. 2022,
arXiv 2203.05482). MODEL_CARD.md has what it gained here.

Usage: python -m bot.encoder.build.mean TARGET FOLDER FOLDER ...
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from bot.encoder.build.prune import read_pieces
from bot.encoder.build.unpack import EMBEDDING_NAMES

_WORD = EMBEDDING_NAMES["emb.word"]
Tensors = dict[str, np.ndarray]


class ShapeError(ValueError):
    """The folders hold networks of different shapes; the message names the first that differs."""


def mean_folder(folders: Sequence[Path], target: Path) -> None:
    """Write the mean of `folders` (save_encoder's files) into `target`; overwrites older files.

    Vocabulary, tokenizer and config are the first folder's. Runs on different lines keep slightly
    different pieces: a piece's row is the mean of those folders that have it.
    """
    first, *others = [load_file(folder / "model.safetensors") for folder in folders]
    pieces = [_numbered(folder) for folder in folders]
    wanted = list(pieces[0])
    total: Tensors = {name: value.astype(np.float64) for name, value in first.items()}
    votes = np.ones((len(wanted), 1))
    for folder, tensors, numbers in zip(folders[1:], others, pieces[1:], strict=True):
        rows, known = _rows(tensors[_WORD], numbers, wanted)
        votes += known
        for name, value in {**tensors, _WORD: rows}.items():
            if name not in total or total[name].shape != value.shape:
                raise ShapeError(f"{folder}: {name} differs from the first folder's")
            total[name] += value
    means = {name: value / len(folders) for name, value in total.items() if name != _WORD}
    means[_WORD] = total[_WORD] / votes
    target.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: value.astype(np.float32) for name, value in means.items()},
        target / "model.safetensors",
    )
    for name in ("config.json", "tokenizer.json"):
        shutil.copyfile(folders[0] / name, target / name)


def _numbered(folder: Path) -> dict[str, int]:
    return {piece: number for number, (piece, _) in enumerate(read_pieces(folder))}


def _rows(
    words: np.ndarray, numbers: dict[str, int], wanted: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the wanted pieces, zero where there is none, and 1 or 0 for each."""
    known = np.array([[piece in numbers] for piece in wanted], dtype=np.float64)
    return words[[numbers.get(piece, 0) for piece in wanted]] * known, known


def main() -> None:
    """Command line; see the module's usage line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    arguments = parser.parse_args()
    mean_folder(arguments.folders, arguments.target)
    print(f"wrote the mean of {len(arguments.folders)}")


if __name__ == "__main__":
    main()
