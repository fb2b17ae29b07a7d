"""Reads the training lines and splits off a development part that never moves.

The split hangs on the text alone, so that a line stays on its side however the
files around it grow or are sorted. It never opens nlu_data/test.
"""

from __future__ import annotations

import csv
import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

DEVELOPMENT_PER_CENT = 12
COLUMNS = ("intent", "level", "kind", "who", "form", "style", "text")
LEVELS = ("none", "elevated", "critical")
KINDS = ("-", "suicide", "harm")


class LineFileError(ValueError):
    """A training file breaks the format; carries file name and row number, never the text."""


@dataclass(frozen=True)
class Line:
    """One training line."""

    variant: str
    """Language and script, for example ur-Latn."""
    part: str
    """File it stands in: risk, hard, intents or everyday."""
    intent: str
    level: str
    kind: str
    text: str

    @property
    def script(self) -> str:
        """Arab, Latn or Guru."""
        return self.variant.rpartition("-")[2]

    @property
    def is_risk(self) -> bool:
        """Whether a person may be in danger (elevated or critical)."""
        return self.level != "none"


def read_lines(folder: Path) -> list[Line]:
    """Read every <variant>/<part>.tsv below ``folder``, sorted by path, doubles left out.

    Errors: LineFileError for a wrong header, column count, level or kind.
    """
    lines: list[Line] = []
    seen: set[tuple[str, str]] = set()
    for path in sorted(folder.glob("*/*.tsv")):
        for line in _read_file(path):
            key = (line.variant, _key(line.text))
            if key not in seen:
                seen.add(key)
                lines.append(line)
    return lines


def _read_file(path: Path) -> Iterable[Line]:
    with path.open(encoding="utf-8", newline="") as handle:
        rows = csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
        if tuple(next(rows, ())) != COLUMNS:
            raise LineFileError(f"{path.parent.name}/{path.name}: header")
        for number, row in enumerate(rows, start=2):
            where = f"{path.parent.name}/{path.name}:{number}"
            if len(row) != len(COLUMNS):
                raise LineFileError(f"{where}: {len(row)} columns")
            intent, level, kind, *_, text = row
            if level not in LEVELS or kind not in KINDS:
                raise LineFileError(f"{where}: level or kind")
            yield Line(path.parent.name, path.stem, intent, level, kind, text)


def is_development(text: str) -> bool:
    """Tell the side of the split; the same for the same letters, whatever the spacing."""
    digest = hashlib.sha256(_key(text).encode("utf-8")).digest()
    return int.from_bytes(digest[:4], "big") % 100 < DEVELOPMENT_PER_CENT


def split(lines: Iterable[Line]) -> tuple[list[Line], list[Line]]:
    """Return (training, development) lines."""
    training: list[Line] = []
    development: list[Line] = []
    for line in lines:
        (development if is_development(line.text) else training).append(line)
    return training, development


def _key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
