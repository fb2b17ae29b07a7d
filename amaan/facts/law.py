"""Reads `law.toml`: the provisions that Amaan speaks of, with what the catalogues may name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from amaan.facts.provenance import FOLDER, Entry, Provenance, provenance, read_table

_FILE = FOLDER / "law.toml"


@dataclass(frozen=True)
class Offence:
    """One provision; "possible", as a lawyer or officer decides."""

    id: str
    """As in domain-facts 1B: ``O02``."""
    law: str
    about: str
    topics: tuple[str, ...]
    """Topics of bot/topics.yml under which it is spoken of."""
    values: dict[str, str]
    """Placeholders in the catalogues: ``s21`` and ``s21_years``."""
    penalty: str
    status: str
    """Cognizable, bailable, compoundable; for the operator."""
    gap: str
    """What the provision does not reach."""
    evidence: str
    """Codes E1 to E7."""
    origin: Provenance


def load_offences(file: Path = _FILE) -> dict[str, Offence]:
    """All provisions by id. Raises `ValueError` naming the entry that is not well-formed."""
    return read_table(file, "offence", "id", _offence)


def _offence(entry: Entry) -> Offence:
    return Offence(
        id=entry["id"],
        law=entry["law"],
        about=entry["about"],
        topics=tuple(entry["topics"]),
        values=dict(entry["values"]),
        penalty=entry["penalty"],
        status=entry["status"],
        gap=entry["gap"],
        evidence=entry["evidence"],
        origin=provenance(entry),
    )
