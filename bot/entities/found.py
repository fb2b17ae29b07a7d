"""One thing found in a text, and which of two that overlap stays."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

KINDS: Final = (
    "cnic",
    "url",
    "email",
    "phone",
    "money",
    "date",
    "age",
    "handle",
    "time",
    "relation",
    "city",
    "province",
    "platform",
)
"""Names of entities; of two equally long ones on the same letters the earlier name stays."""

_RANK: Final = {kind: rank for rank, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Found:
    """An entity and its place, counted in characters of the text that was given.

    `value` is canonical: a string, an integer (age), or for money a dictionary of amount
    and currency. `more` stands beside the value: the province of a city, the platform of a
    handle or link, where it is known.
    """

    entity: str
    value: Any
    start: int
    end: int
    more: tuple[tuple[str, str], ...] = ()

    def as_dict(self, text: str) -> dict[str, Any]:
        """Return Rasa's shape, with the letters as they stood in `text`."""
        return {
            "entity": self.entity,
            "value": self.value,
            "text": text[self.start : self.end],
            "start": self.start,
            "end": self.end,
            **dict(self.more),
        }


def longest(found: Iterable[Found]) -> list[Found]:
    """Return what stays when the longest of overlapping ones wins, in order of place."""
    ranked = sorted(found, key=lambda one: (one.start - one.end, _RANK[one.entity], one.start))
    taken: set[int] = set()
    kept = []
    for one in ranked:
        # What was kept before is at least as long, so it cannot lie inside this one:
        # looking at both ends is enough.
        if one.start not in taken and one.end - 1 not in taken:
            taken.update(range(one.start, one.end))
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)
