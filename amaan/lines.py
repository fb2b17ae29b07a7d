"""Phone lines and places for somebody, by hour, province and need: from the shown facts only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

from amaan.facts import Fact, Place, load_facts, load_places

SUICIDE: Final = "suicide"
CHILD: Final = "child"
VIOLENCE: Final = "violence"
ONLINE: Final = "online"
WAITING: Final = "waiting"
"""Danger other than by her own hand, while a human is being called."""
_ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    SUICIDE: ("police", "umang", "rozan", "rights_line", "drf", "cyber_line", "child_line"),
    WAITING: (
        "police", "rights_line", "women_sindh", "women_kp", "vwps", "cyber_line", "drf", "umang",
        "child_line",
    ),
    CHILD: ("police", "child_line", "rights_line", "cyber_line", "rozan", "drf", "umang"),
    VIOLENCE: (
        "police", "vwps", "women_sindh", "women_kp", "rights_line", "rozan", "drf", "umang",
        "cyber_line", "child_line",
    ),
    ONLINE: (
        "cyber_line", "drf", "rights_line", "vwps", "women_sindh", "women_kp", "umang", "rozan",
        "police", "child_line",
    ),
}  # fmt: skip
"""Names of facts by need, the likeliest to help first (domain-facts 2.1 and 2.2)."""

LABELS: Final[Mapping[str, str]] = {
    "police": "line.police",
    "rights_line": "line.rights",
    "cyber_line": "line.cyber",
    "drf": "line.drf",
    "umang": "line.umang",
    "rozan": "line.rozan",
    "child_line": "line.child",
    "women_sindh": "line.women_sindh",
    "women_kp": "line.women_kp",
    "vwps": "line.vwps",
}
"""Name of a fact and the catalogue key that names the line with its number."""


# A man, or a trans person, may be sent away by a line for women: theirs come last, and are
# still named where few others answer. What somebody says of himself may be misread, too.
_TURNED_AWAY: Final = frozenset({"man", "trans"})


def open_lines(
    at: datetime, province: str | None, need: str, group: str | None = None
) -> list[Fact]:
    """The lines that may answer at `at`, in the order of the need.

    `province` is where she seems to be: a line of some provinces is shown in these only, so
    never when None. A line whose hours no source states is among them. `group` is who writes,
    as far as told: lines for women come last for a man or a trans person.
    """
    return [fact for fact in _lines(province, need, group) if fact.may_answer(at)]


def closed_lines(
    at: datetime, province: str | None, need: str, group: str | None = None
) -> list[Fact]:
    """The lines that answer at other hours only."""
    return [fact for fact in _lines(province, need, group) if not fact.may_answer(at)]


def crisis_cells(province: str | None) -> list[Place]:
    """Anti-Rape Crisis Cells that may be named, those of her province first."""
    shown = [place for place in load_places().values() if place.origin.is_shown]
    return sorted(shown, key=lambda place: place.province != province)


def _lines(province: str | None, need: str, group: str | None) -> list[Fact]:
    facts = _facts()
    found = [
        facts[name]
        for name in _ORDER[need]
        if name in facts and (not facts[name].provinces or province in facts[name].provinces)
    ]
    if group not in _TURNED_AWAY:
        return found
    return sorted(found, key=lambda fact: fact.serves == "women")


@lru_cache(maxsize=1)
def _facts() -> dict[str, Fact]:
    return {name: fact for name, fact in load_facts().items() if fact.is_shown}
