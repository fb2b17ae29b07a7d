"""Whether chats helped: what persons answered at the end of one, whole and in parts.

The table holds counts of days and nothing of a person; what is small is hidden all the same,
by the rule of the other figures. Days are only summed, never shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from amaan.storage import Transaction
from amaan.storage.models import ChatRating
from handoff.figures.report import ALL, DIMENSIONS, Part, hidden_cells
from handoff.figures.suppress import Cell
from handoff.figures.times import ZONE, Period
from handoff.hours import zone_of

ANSWERS = ("helped", "a_little", "not_helped")
BY = ("language", "door")
"""The dimensions of `DIMENSIONS` that an answer is counted by."""
_CODES = {3: "helped", 2: "a_little", 1: "not_helped"}


@dataclass(frozen=True)
class Rated:
    """How many answered the same in one language and door."""

    language: str
    """With its script: ``ur-Arab``."""
    door: str
    answer: str
    count: int


@dataclass(frozen=True)
class RatingRow:
    """The answers of one part. None for what is hidden; no answers are shown as 0."""

    value: str
    answers: int | None
    shares: Mapping[str, float | None]
    """By answer; None also in a part without answers."""


@dataclass(frozen=True)
class Ratings:
    """All answers of a period."""

    total: RatingRow
    tables: Mapping[str, tuple[RatingRow, ...]]
    """By dimension."""


async def load_ratings(tx: Transaction, period: Period) -> list[Rated]:
    """The counts of the whole days of `period`. Reads only."""
    zone = zone_of(ZONE)
    rows = await tx.session.execute(
        select(
            ChatRating.language,
            ChatRating.script,
            ChatRating.door,
            ChatRating.helped,
            func.sum(ChatRating.count),
        )
        .where(
            ChatRating.day >= period.start.astimezone(zone).date(),
            ChatRating.day < period.end.astimezone(zone).date(),
            ChatRating.helped.in_(_CODES),
        )
        .group_by(ChatRating.language, ChatRating.script, ChatRating.door, ChatRating.helped)
    )
    return [
        Rated(f"{language}-{script}", door, _CODES[helped], int(count))
        for language, script, door, helped, count in rows
    ]


def make_ratings(found: Iterable[Rated]) -> Ratings:
    """Sums and hides."""
    counts: dict[Part, Counter[str]] = {(ALL, ALL): Counter()}
    counts |= {(by, value): Counter() for by in BY for value in DIMENSIONS[by].known}
    for one in found:
        for part in _parts(one):
            counts.setdefault(part, Counter())[one.answer] += one.count
    hidden = hidden_cells(counts, ANSWERS)
    return Ratings(
        total=_row((ALL, ALL), counts[ALL, ALL], hidden),
        tables={
            by: tuple(_row(part, counts[part], hidden) for part in counts if part[0] == by)
            for by in BY
        },
    )


def _parts(one: Rated) -> tuple[Part, ...]:
    codes = {"language": one.language, "door": one.door}
    return ((ALL, ALL), *((by, DIMENSIONS[by].place(codes[by])) for by in BY))


def _row(part: Part, answers: Counter[str], hidden: frozenset[Cell]) -> RatingRow:
    count = answers.total()
    return RatingRow(
        value=part[1],
        answers=None if (*part, ALL) in hidden else count,
        shares={
            answer: None if not count or (*part, answer) in hidden else answers[answer] / count
            for answer in ANSWERS
        },
    )
