"""Names of places, platforms and months, from the lists that the assistant reads too."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from amaan.text import fold
from amaan.text.lexicon import FOLDER

_ENTITIES: Final = FOLDER / "entities"
_MOST_WORDS: Final = 5

Phrase = tuple[str, ...]


@lru_cache(maxsize=8)
def phrases(file: str, entity: str) -> dict[Phrase, str]:
    """Value by folded words, of one kind of entity in one file of the lists."""
    with (_ENTITIES / f"{file}.tsv").open(encoding="utf-8", newline="") as source:
        rows = csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {
            tuple(fold(row["form"]).split()): row["value"]
            for row in rows
            if row["entity"] == entity and fold(row["form"])
        }


@lru_cache(maxsize=1)
def provinces_of_cities() -> dict[str, str]:
    """Province by the name of a city."""
    with (_ENTITIES / "city.tsv").open(encoding="utf-8", newline="") as source:
        rows = csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["form"]: row["value"] for row in rows if row["entity"] == "located"}


def found_in(words: list[str], known: dict[Phrase, str]) -> Iterator[tuple[int, int, str]]:
    """First word, the one after, value: of phrases in folded words, longest first in each place."""
    place = 0
    while place < len(words):
        for size in range(min(_MOST_WORDS, len(words) - place), 0, -1):
            value = known.get(tuple(words[place : place + size]))
            if value is not None:
                yield place, place + size, value
                place += size
                break
        else:
            place += 1
