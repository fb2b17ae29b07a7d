"""Reads `facts.toml` and refuses what is not well-formed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

_FILE = Path(__file__).with_name("facts.toml")
_SHOWN = frozenset({"seed", "page", "own"})
_KNOWN = _SHOWN | {"mem"}
HOURS_ZONE = ZoneInfo("Asia/Karachi")
"""Hours of lines are meant in Pakistan's time."""
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Hours:
    """When a line answers: from a minute of the day up to another, on some days of the week."""

    days: frozenset[int]
    """0 is Monday."""
    begin: int
    end: int
    """1440 is midnight at the day's end; hours over midnight are two entries."""

    def hold(self, at: datetime) -> bool:
        """Whether the line answers at `at`, an instant with a time zone."""
        local = at.astimezone(HOURS_ZONE)
        return local.weekday() in self.days and (
            self.begin <= local.hour * 60 + local.minute < self.end
        )


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
    hours: tuple[Hours, ...] = ()
    """When the line answers; empty when no source says so, and then it may not answer."""
    provinces: frozenset[str] = frozenset()
    """Where it answers, as in `nlu_data/lexicons/entities/province.tsv`; empty is everywhere."""

    @property
    def is_shown(self) -> bool:
        """Whether a person may be shown it."""
        return self.confidence in _SHOWN

    def may_answer(self, at: datetime) -> bool:
        """Whether somebody may pick up at `at`: within its hours, or these are not known."""
        return not self.hours or any(hours.hold(at) for hours in self.hours)

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
                hours=tuple(_hours(one) for one in entry.get("hours", [])),
                provinces=frozenset(entry.get("provinces", [])),
            )
        except KeyError as error:
            raise ValueError(f"fact {entry.get('name')!r} lacks {error}") from error
        if fact.confidence not in _KNOWN or fact.name in facts:
            raise ValueError(f"fact {fact.name!r} has an unknown confidence or stands twice")
        facts[fact.name] = fact
    return facts


def _hours(entry: dict[str, str]) -> Hours:
    first, _, last = entry["days"].partition("-")
    days = frozenset(range(_DAYS.index(first), _DAYS.index(last or first) + 1))
    hours = Hours(days, _minute(entry["from"]), _minute(entry["until"]))
    if not days or not 0 <= hours.begin < hours.end <= 24 * 60:
        raise ValueError("hours must begin before they end")
    return hours


def _minute(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)


def shown_facts() -> dict[str, str]:
    """Placeholder values for the catalogues: facts that a person may be shown."""
    return {fact.name: fact.value for fact in load_facts().values() if fact.is_shown}
