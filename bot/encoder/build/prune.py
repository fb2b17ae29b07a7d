"""Keeps the vocabulary our people's scripts need and drops the rest.

250,002 pieces serve a hundred languages and are four fifths of the model. Kept:
everything in Arabic script (Urdu, Sindhi, Pashto, Shahmukhi, Balochi and their
loans), Gurmukhi, digits, punctuation, emoji, and of the ASCII Latin pieces the
ones that look like English or romanised South Asian words. Mere frequency rank
would drop "mujhe", "zindagi", "suicide" and "whatsapp" and keep German endings,
so Latin pieces are ranked by frequency and by a character model of our own
Latin training lines together.

Usage: python -m bot.encoder.build.prune FOLDER OUT --latin 30000
"""

from __future__ import annotations

import argparse
import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from bot.encoder.build.lines import read_lines
from bot.encoder.build.unpack import EMBEDDING_NAMES, make_tokenizer

SPACE = "\u2581"
POSITIONS = 128
SPECIALS = 4
_LATIN = re.compile(rf"[{SPACE}!-~]+")
_LETTER = re.compile(r"[a-z]")
_OURS = re.compile(
    rf"[{SPACE}!-~"
    "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff"  # Arabic script and its supplements
    "\u0a00-\u0a7f\u0964\u0965"  # Gurmukhi, danda
    "\u00a0-\u00bf\u2010-\u2063\u20a8\u20b9\u2122\u2190-\u21ff"  # punctuation, rupee, arrows
    "\u2600-\u27bf\u2b00-\u2bff\ufe0f\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff"  # emoji
    "]+"
)


class CharacterModel:
    """Interpolated character trigrams of Latin lines: how much a piece looks like ours."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._grams: Counter[str] = Counter()
        for text in texts:
            for word in re.findall(r"[a-z']+", text.lower()):
                padded = f"^^{word}$"
                for end in range(2, len(padded)):
                    self._grams.update(
                        (padded[end - 2 : end + 1], padded[end - 1 : end + 1], padded[end])
                    )
                    self._grams.update((padded[end - 2 : end] + "?", padded[end - 1] + "?", "?"))

    def score(self, piece: str) -> float:
        """Return the mean natural-log probability of a piece's letters (about -2 to -8)."""
        word = piece.lower().lstrip(SPACE)
        padded = ("^^" if piece.startswith(SPACE) else "  ") + word
        total = sum(math.log(self._probability(padded, end)) for end in range(2, len(padded)))
        return total / max(len(word), 1)

    def _probability(self, text: str, end: int) -> float:
        three = self._share(text[end - 2 : end + 1], text[end - 2 : end] + "?")
        two = self._share(text[end - 1 : end + 1], text[end - 1] + "?")
        one = self._share(text[end], "?")
        return 0.6 * three + 0.3 * two + 0.1 * one + 1e-4

    def _share(self, gram: str, context: str) -> float:
        seen = self._grams[context]
        return self._grams[gram] / seen if seen else 0.0


def choose(
    pieces: list[tuple[str, float]], latin_texts: Iterable[str], latin: int, taste: float = 1.5
) -> list[int]:
    """Return the ids to keep, ascending; ``latin`` is how many pieces of Latin letters.

    ``taste`` weighs the character model against the piece's own log probability.
    """
    model = CharacterModel(latin_texts)
    kept, ranked = list(range(SPECIALS)), []
    for number, (piece, score) in enumerate(pieces):
        if number < SPECIALS or not _OURS.fullmatch(piece) or not _reachable(piece):
            continue
        if not (_LATIN.fullmatch(piece) and _LETTER.search(piece)):
            kept.append(number)
        elif len(piece.strip(SPACE)) < 2:
            kept.append(number)  # single letters: no word may become unreadable
        else:
            ranked.append((score + taste * model.score(piece), number))
    ranked.sort(key=lambda entry: (-entry[0], entry[1]))
    return sorted(kept + [number for _, number in ranked[:latin]])


def _reachable(piece: str) -> bool:
    """Tell whether the normaliser can produce the piece: small letters, compatibility form."""
    return piece == unicodedata.normalize("NFKC", piece).lower()


def prune_folder(source: Path, target: Path, keep: list[int]) -> None:
    """Write ``source`` with the kept pieces only and 128 positions; overwrites ``target``."""
    target.mkdir(parents=True, exist_ok=True)
    tensors = load_file(source / "model.safetensors")
    word = EMBEDDING_NAMES["emb.word"]
    tensors[word] = np.ascontiguousarray(tensors[word][keep])
    place = EMBEDDING_NAMES["emb.pos"]
    tensors[place] = np.ascontiguousarray(tensors[place][:POSITIONS])
    save_file(tensors, target / "model.safetensors")
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    config.update(vocab_size=len(keep), max_position_embeddings=POSITIONS)
    (target / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    pieces = read_pieces(source)
    tokenizer = make_tokenizer([pieces[number] for number in keep], lowercase=True)
    tokenizer.save(str(target / "tokenizer.json"), pretty=False)


def read_pieces(folder: Path) -> list[tuple[str, float]]:
    """Return the Unigram pieces and scores of a folder's tokenizer, in id order."""
    stored = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    return [(piece, score) for piece, score in stored["model"]["vocab"]]


def main() -> None:
    """Command line; see the module's usage line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--lines", type=Path, default=Path("nlu_data/train"))
    parser.add_argument("--latin", type=int, default=30000)
    arguments = parser.parse_args()
    latin_texts = [line.text for line in read_lines(arguments.lines) if line.script == "Latn"]
    keep = choose(read_pieces(arguments.source), latin_texts, arguments.latin)
    prune_folder(arguments.source, arguments.target, keep)
    print(f"kept {len(keep)} pieces")


if __name__ == "__main__":
    main()
