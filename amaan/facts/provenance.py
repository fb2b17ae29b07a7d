"""Where an entry of the facts files comes from, and whether a person may be shown it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

FOLDER = Path(__file__).parent
_SHOWN = frozenset({"seed", "page", "own"})
_KNOWN = _SHOWN | {"mem"}

Entry = Mapping[str, Any]
Made = TypeVar("Made")


@dataclass(frozen=True)
class Provenance:
    """Source and age of one entry."""

    source: str
    """Key into the list of sources in the head of `facts.toml`."""
    confidence: str
    """`seed` (national strategy and its companions), `page` (public page),
    `own` (an aim of this service) or `mem` (not verified)."""
    verified_on: date
    """Day on which somebody last compared it with its source."""
    valid_for: timedelta
    """How long after that it may be shown without a fresh look."""
    hold: str = ""
    """Why it is shown to nobody although its source is good; empty when nothing holds it."""

    @property
    def is_shown(self) -> bool:
        """Whether a person may be shown it."""
        return self.confidence in _SHOWN and not self.hold

    def is_stale(self, today: date) -> bool:
        """Whether it should have been looked at again by `today`."""
        return today > self.verified_on + self.valid_for


def provenance(entry: Entry) -> Provenance:
    """Reads the common fields of an entry. Raises `KeyError` and `ValueError`."""
    found = Provenance(
        source=entry["source"],
        confidence=entry["confidence"],
        verified_on=entry["verified_on"],
        valid_for=timedelta(days=entry["valid_for_days"]),
        hold=entry.get("hold", ""),
    )
    if found.confidence not in _KNOWN:
        raise ValueError(f"confidence {found.confidence!r} is not known")
    return found


def read_table(file: Path, table: str, name: str, make: Callable[[Entry], Made]) -> dict[str, Made]:
    """Entries of `[[table]]` by their field `name`.

    Raises `ValueError` naming the entry that is not well-formed or stands twice.
    """
    with file.open("rb") as handle:
        entries = tomllib.load(handle)[table]
    made: dict[str, Made] = {}
    for entry in entries:
        called = entry.get(name)
        try:
            if called in made:
                raise ValueError("it stands twice")
            made[called] = make(entry)
        except KeyError as error:
            raise ValueError(f"{table} {called!r} lacks {error}") from error
        except ValueError as error:
            raise ValueError(f"{table} {called!r}: {error}") from error
    return made
