"""Reads `facts.toml`: numbers and addresses; refuses what is not well-formed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from amaan.facts.provenance import FOLDER, Entry, Provenance, provenance, read_table

_FILE = FOLDER / "facts.toml"
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
    origin: Provenance
    hours: tuple[Hours, ...] = ()
    """When the line answers; empty when no source says so, and then it may not answer."""
    provinces: frozenset[str] = frozenset()
    """Where it answers, as in `nlu_data/lexicons/entities/province.tsv`; empty is everywhere."""
    serves: str = ""
    """``women``: a line for women; empty: for everybody."""

    @property
    def source(self) -> str:
        """Key into the list of sources in the head of `facts.toml`."""
        return self.origin.source

    @property
    def confidence(self) -> str:
        """See `Provenance.confidence`."""
        return self.origin.confidence

    @property
    def verified_on(self) -> date:
        """See `Provenance.verified_on`."""
        return self.origin.verified_on

    @property
    def valid_for(self) -> timedelta:
        """See `Provenance.valid_for`."""
        return self.origin.valid_for

    @property
    def is_shown(self) -> bool:
        """Whether a person may be shown it."""
        return self.origin.is_shown

    def may_answer(self, at: datetime) -> bool:
        """Whether somebody may pick up at `at`: within its hours, or these are not known."""
        return not self.hours or any(hours.hold(at) for hours in self.hours)

    def is_stale(self, today: date) -> bool:
        """Whether it should have been looked at again by `today`."""
        return self.origin.is_stale(today)


def load_facts(file: Path = _FILE) -> dict[str, Fact]:
    """All facts by name. Raises `ValueError` naming the entry that is not well-formed."""
    return read_table(file, "fact", "name", _fact)


def _fact(entry: Entry) -> Fact:
    return Fact(
        name=entry["name"],
        value=entry["value"],
        about=entry["about"],
        origin=provenance(entry),
        hours=tuple(_hours(one) for one in entry.get("hours", [])),
        provinces=frozenset(entry.get("provinces", [])),
        serves=_serves(entry.get("serves", "")),
    )


def _serves(whom: str) -> str:
    if whom not in {"", "women"}:
        raise ValueError("a line serves women or everybody")
    return whom


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
