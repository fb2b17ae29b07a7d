"""What the catalogues may name, and what an operator must look at again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from amaan.facts.law import load_offences
from amaan.facts.load import load_facts
from amaan.facts.provenance import Provenance
from amaan.facts.routes import load_clocks, load_forms, load_places, load_platforms

STALE = "stale"


@dataclass(frozen=True)
class Waiting:
    """An entry that somebody has to look at."""

    name: str
    value: str
    state: str
    """`STALE`, or why it is never shown."""
    source: str


def shown_facts() -> dict[str, str]:
    """Placeholder values for the catalogues: numbers and provisions that may be shown."""
    return {name: value for name, (value, origin) in _values().items() if origin.is_shown}


def phone_numbers() -> frozenset[str]:
    """Values that can be dialled: of the shown lines, never a section or a number of years."""
    return frozenset(
        fact.value
        for fact in load_facts().values()
        if fact.is_shown and fact.value.isdigit() and fact.confidence != "own"
    )


@lru_cache(maxsize=2)
def stale_facts(today: date) -> frozenset[str]:
    """Placeholders whose value should have been looked at again by `today`."""
    return frozenset(
        name
        for name, (_, origin) in _values().items()
        if origin.is_shown and origin.is_stale(today)
    )


def waiting_facts(today: date) -> list[Waiting]:
    """Entries of every file that are stale, unverified or held back, in the files' order."""
    return [
        Waiting(name, value, _state(origin), origin.source)
        for name, value, origin in _everything()
        if not origin.is_shown or origin.is_stale(today)
    ]


def _state(origin: Provenance) -> str:
    if origin.hold:
        return f"held back: {origin.hold}"
    return STALE if origin.is_shown else "unverified, never shown"


def _values() -> dict[str, tuple[str, Provenance]]:
    values = {fact.name: (fact.value, fact.origin) for fact in load_facts().values()}
    for offence in load_offences().values():
        for name, value in offence.values.items():
            if name in values:
                raise ValueError(f"the placeholder {name!r} stands twice")
            values[name] = (value, offence.origin)
    return values


def _everything() -> Iterator[tuple[str, str, Provenance]]:
    for fact in load_facts().values():
        yield fact.name, fact.value, fact.origin
    for offence in load_offences().values():
        yield offence.id, offence.law, offence.origin
    for form in load_forms().values():
        yield form.code, form.tier, form.origin
    for place in load_places().values():
        yield place.name, place.about, place.origin
    for platform in load_platforms().values():
        yield platform.name, ", ".join(platform.apps), platform.origin
    for clock in load_clocks().values():
        yield clock.name, clock.value, clock.origin
