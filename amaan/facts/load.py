"""Reads `facts.toml` and refuses what is not well-formed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

_FILE = Path(__file__).with_name("facts.toml")
_SHOWN = frozenset({"seed", "page", "own"})
_KNOWN = _SHOWN | {"mem"}


@dataclass(frozen=True)
class Fact:
    """One number or address."""

    name: str
    """Placeholder in the catalogues: ``police``."""
    value: str
    """What is shown: ``15``."""
    about: str
    """What it is, for the operator."""
    source: str
    """Key into the list of sources in the head of `facts.toml`."""
    confidence: str
    """`seed` (national strategy and its companions), `page` (public page),
    `own` (an aim of this service) or `mem` (not verified)."""
    verified_on: date
    """Day on which somebody last compared it with its source."""
    valid_for: timedelta
    """How long after that it may be shown without a fresh look."""

    @property
    def is_shown(self) -> bool:
        """Whether a person may be shown it."""
        return self.confidence in _SHOWN

    def is_stale(self, today: date) -> bool:
        """Whether it should have been looked at again by `today`."""
        return today > self.verified_on + self.valid_for


def load_facts(file: Path = _FILE) -> dict[str, Fact]:
    """All facts by name. Raises `ValueError` naming the entry that is not well-formed."""
    with file.open("rb") as handle:
        entries = tomllib.load(handle)["fact"]
    facts: dict[str, Fact] = {}
    for entry in entries:
        try:
            fact = Fact(
                name=entry["name"],
                value=entry["value"],
                about=entry["about"],
                source=entry["source"],
                confidence=entry["confidence"],
                verified_on=entry["verified_on"],
                valid_for=timedelta(days=entry["valid_for_days"]),
            )
        except KeyError as error:
            raise ValueError(f"fact {entry.get('name')!r} lacks {error}") from error
        if fact.confidence not in _KNOWN or fact.name in facts:
            raise ValueError(f"fact {fact.name!r} has an unknown confidence or stands twice")
        facts[fact.name] = fact
    return facts


def shown_facts() -> dict[str, str]:
    """Placeholder values for the catalogues: facts that a person may be shown."""
    return {fact.name: fact.value for fact in load_facts().values() if fact.is_shown}
