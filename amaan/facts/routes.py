"""Reads forms of abuse, places, platforms and clocks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from amaan.facts.provenance import FOLDER, Entry, Provenance, provenance, read_table

TIERS = ("standard", "medium", "high", "critical")
CLOCK_STATES = ("law", "target", "planned", "foreign")


@dataclass(frozen=True)
class Form:
    """One form of abuse, domain-facts 1A."""

    code: str
    about: str
    topic: str
    """Topic of bot/topics.yml."""
    offences: tuple[str, ...]
    """Ids in `law.toml`: possible provisions, for review."""
    tier: str
    """Where triage begins; one of `TIERS`."""
    route: tuple[str, ...]
    """Bodies, in the order in which they are offered."""
    origin: Provenance


@dataclass(frozen=True)
class Place:
    """An Anti-Rape Crisis Cell."""

    name: str
    city: str
    province: str
    key: str
    """What it is called, in locales/."""
    about: str
    origin: Provenance


@dataclass(frozen=True)
class Platform:
    """One way of removal, for one or several apps."""

    name: str
    apps: tuple[str, ...]
    """Values of the entity "platform"."""
    key: str
    """What is said, in locales/."""
    hash_service: bool
    """Whether StopNCII names it as a member."""
    origin: Provenance


@dataclass(frozen=True)
class ClockFact:
    """A time that the law or the strategy names."""

    name: str
    value: str
    about: str
    state: str
    """One of `CLOCK_STATES`; only `law` is ever told to a person."""
    origin: Provenance


def load_forms(file: Path = FOLDER / "forms.toml") -> dict[str, Form]:
    """Forms by code. Raises `ValueError` naming the entry that is not well-formed."""
    return read_table(file, "form", "code", _form)


def load_places(file: Path = FOLDER / "places.toml") -> dict[str, Place]:
    """Places by name. Raises `ValueError` naming the entry that is not well-formed."""
    return read_table(file, "place", "name", _place)


def load_platforms(file: Path = FOLDER / "platforms.toml") -> dict[str, Platform]:
    """Platforms by name. Raises `ValueError` naming the entry that is not well-formed."""
    return read_table(
        file,
        "platform",
        "name",
        lambda entry: Platform(
            entry["name"],
            tuple(entry["apps"]),
            entry["key"],
            entry["hash_service"],
            provenance(entry),
        ),
    )


def load_clocks(file: Path = FOLDER / "clocks.toml") -> dict[str, ClockFact]:
    """Clocks by name. Raises `ValueError` naming the entry that is not well-formed."""
    return read_table(file, "clock", "name", _clock)


def _form(entry: Entry) -> Form:
    if entry["tier"] not in TIERS:
        raise ValueError(f"tier {entry['tier']!r} is not known")
    return Form(
        entry["code"],
        entry["about"],
        entry["topic"],
        tuple(entry["offences"]),
        entry["tier"],
        tuple(entry["route"]),
        provenance(entry),
    )


def _place(entry: Entry) -> Place:
    return Place(
        name=entry["name"],
        city=entry["city"],
        province=entry["province"],
        key=entry["key"],
        about=entry["about"],
        origin=provenance(entry),
    )


def _clock(entry: Entry) -> ClockFact:
    if entry["state"] not in CLOCK_STATES:
        raise ValueError(f"state {entry['state']!r} is not known")
    return ClockFact(
        name=entry["name"],
        value=entry["value"],
        about=entry["about"],
        state=entry["state"],
        origin=provenance(entry),
    )
