"""The separately written cases: lines, messages of one kind, conversations, and more."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.errors import ConfigurationError
from bot.lines import Line, read_lines
from bot.settings import ROOT

FOLDER: Final = ROOT / "nlu_data" / "test"

CONVERSATION_COLUMNS: Final = ("conversation", "variant", "rings", "text")
SWAP_COLUMNS: Final = ("variant", "level", "text")
VALUE_COLUMNS: Final = ("what", "variant", "value")
LEVEL_COLUMNS: Final = ("variant", "level", "text")
BESIDE: Final = "beside.tsv"
"""Messages about another matter, with plain danger in them or only words like it."""
MIDDLE: Final = "middle.tsv"
"""What follows in a story that was begun before: where she lives, since when, and danger."""
SCATTERED: Final = "scattered.tsv"
"""Messages whose person, scene, manner and length were drawn by lot before they were written."""
LEVELLED: Final = (BESIDE, MIDDLE, SCATTERED)
ENTITY_COLUMNS: Final = ("variant", "entities", "text")


@dataclass(frozen=True, slots=True)
class Public:
    """An ordinary sentence that nobody of this project wrote."""

    variant: str
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages of one person in order; `rings` tells of each whether danger is known by then."""

    variant: str
    texts: tuple[str, ...]
    rings: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Levelled:
    """A message of which only the level of its danger is known."""

    variant: str
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Swap:
    """One message with a blank, and the same with each value of one kind put into it."""

    variant: str
    what: str
    level: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntityCase:
    """A message and the (entity, value) pairs that it holds."""

    variant: str
    text: str
    entities: frozenset[tuple[str, str]]


def lines() -> list[Line]:
    """Return the test lines. Raises ConfigurationError for a malformed file."""
    return read_lines(FOLDER)


def public(path: str | None) -> list[Public]:
    """Return the rows of a JSON-lines file {"text", "lang", "script"}; none without a path."""
    if not path:
        return []
    rows = (json.loads(raw) for raw in Path(path).read_text(encoding="utf-8").splitlines())
    return [Public(f"{row['lang']}-{row['script']}", row["text"]) for row in rows]


def conversations(folder: Path = FOLDER) -> list[Conversation]:
    """Return the conversations in order of their file."""
    grouped: dict[str, list[Sequence[str]]] = defaultdict(list)
    for row in _rows(folder / "conversations.tsv", CONVERSATION_COLUMNS):
        grouped[row[0]].append(row)
    return [
        Conversation(
            rows[0][1], tuple(row[3] for row in rows), tuple(row[2] == "yes" for row in rows)
        )
        for rows in grouped.values()
    ]


def levelled(name: str, folder: Path = FOLDER) -> list[Levelled]:
    """Return the rows of one of the files in `LEVELLED`."""
    return [Levelled(*row) for row in _rows(folder / name, LEVEL_COLUMNS)]


def swaps(folder: Path = FOLDER) -> list[Swap]:
    """Return each line of swaps.tsv with the values of its variant put into its blank."""
    values: dict[tuple[str, str], list[str]] = defaultdict(list)
    for what, variant, value in _rows(folder / "swap_values.tsv", VALUE_COLUMNS):
        values[what, variant].append(value)
    found = []
    for variant, level, text in _rows(folder / "swaps.tsv", SWAP_COLUMNS):
        what = text.partition("{")[2].partition("}")[0]
        filled = tuple(text.replace(f"{{{what}}}", value) for value in values[what, variant])
        if len(filled) < 2:  # noqa: PLR2004  a swap needs two
            raise ConfigurationError(f"swaps.tsv: no values of {what} for {variant}")
        found.append(Swap(variant, what, level, filled))
    return found


def entity_cases(folder: Path = FOLDER) -> list[EntityCase]:
    """Return the entity cases; `entities` is a JSON object of name to value or list of them."""
    found = []
    for variant, written, text in _rows(folder / "entities.tsv", ENTITY_COLUMNS):
        pairs = _pairs(json.loads(written))
        found.append(EntityCase(variant, text, frozenset(pairs)))
    return found


def _pairs(written: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in written.items():
        for each in value if isinstance(value, list) else [value]:
            yield name, str(each)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[list[str]]:
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as handle:
        rows = csv.reader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
        if tuple(next(rows, ())) != columns:
            raise ConfigurationError(f"{path.name}: wrong header")
        for number, row in enumerate(rows, start=2):
            if len(row) != len(columns):
                raise ConfigurationError(f"{path.name}:{number}: malformed line")
            yield row
