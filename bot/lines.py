"""Reads the training lines in `nlu_data/train/<variant>/*.tsv`; format in nlu_data's datasheet.

The development part is told by a hash of the text alone, the same one that the encoder's
training leaves out (bot/encoder/build/lines.py); so figures on it are never flattered.
"""

import csv
import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.errors import ConfigurationError

COLUMNS: Final = ("intent", "level", "kind", "who", "form", "style", "text")
LEVELS: Final = ("none", "elevated", "critical")
KINDS: Final = ("-", "suicide", "harm")
DEVELOPMENT_PER_CENT: Final = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One training line; `part` is risk, hard, intents or everyday."""

    variant: str
    part: str
    intent: str
    level: str
    kind: str
    who: str
    form: str
    style: str
    text: str

    @property
    def is_risk(self) -> bool:
        """Whether somebody may be in danger."""
        return self.level != "none"


def read_lines(folder: Path) -> list[Line]:
    """Return all lines, files in order of path, repeated ones once.

    Raises ConfigurationError with file and line number for a malformed one.
    """
    lines: list[Line] = []
    seen: set[tuple[str, str]] = set()
    for _, line in read_rows(folder):
        key = (line.variant, _key(line.text))
        if key not in seen:
            seen.add(key)
            lines.append(line)
    if not lines:
        raise ConfigurationError("no training lines in nlu_data/train")
    return lines


def read_rows(folder: Path) -> Iterator[tuple[int, Line]]:
    """Yield every line with its row number, files in order of path, repeated ones too.

    Raises ConfigurationError with file and row number for a malformed one.
    """
    for path in sorted(folder.glob("*/*.tsv")):
        yield from _read_file(path)


def is_development(text: str) -> bool:
    """Tell whether a line is kept for choosing thresholds; spacing and case do not matter."""
    digest = hashlib.sha256(_key(text).encode("utf-8")).digest()
    return int.from_bytes(digest[:4], "big") % 100 < DEVELOPMENT_PER_CENT


def _read_file(path: Path) -> list[tuple[int, Line]]:
    where = f"{path.parent.name}/{path.name}"
    with path.open(encoding="utf-8", newline="") as handle:
        rows = csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
        if tuple(next(rows, ())) != COLUMNS:
            raise ConfigurationError(f"{where}: wrong header")
        lines = []
        for number, row in enumerate(rows, start=2):
            if len(row) != len(COLUMNS) or row[1] not in LEVELS or row[2] not in KINDS:
                raise ConfigurationError(f"{where}:{number}: malformed line")
            if not row[6].strip():
                raise ConfigurationError(f"{where}:{number}: no text")
            lines.append((number, Line(path.parent.name, path.stem, *row)))
    return lines


def _key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
