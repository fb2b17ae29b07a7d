"""The figures of a period: medians, shares, judgements, whole and in parts; small ones hidden."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from amaan.words import VARIANTS
from handoff.claims import GENDERS
from handoff.desk import LEVELS
from handoff.feedback import VERDICTS
from handoff.figures.path import CAUSES, FIRST_ALARM
from handoff.figures.suppress import LEAST, Cell, Line, suppressed
from handoff.figures.times import CaseTimes, Period, WaitTimes
from handoff.tiers import TIERS

WITHIN_SECONDS = 300
"""Crisis Text Line reaches 94 in 100 of those at high risk in this time; we measure the same."""
STAGES = ("called", "claimed", "worded")
"""First page, claim, first human word."""
NOT_GIVEN = "not_given"
OTHER = "other"
NOT_JUDGED = "not_judged"
JUDGEMENTS = (*VERDICTS, NOT_JUDGED)
ALL = "all"
Part = tuple[str, str]
"""A dimension and one of its values; twice `ALL` for the whole."""


@dataclass(frozen=True)
class Dimension:
    """One way to part the cases; each case stands in exactly one value."""

    known: tuple[str, ...]
    """The values in order, also those without a case: a missing row would tell of it."""
    code: Callable[[CaseTimes], str | None]
    rest: str = OTHER
    """Where a case with none of them stands."""

    def of(self, case: CaseTimes) -> str:
        """The value in which a case stands."""
        return self.place(self.code(case))

    def place(self, code: str | None) -> str:
        """The value in which a code stands."""
        return code if code in self.known else self.rest

    def values(self, cases: Iterable[CaseTimes]) -> tuple[str, ...]:
        """The rows of a table. `OTHER` is one only when there is a code that we do not know."""
        if all(self.of(case) in self.known for case in cases):
            return self.known
        return (*self.known, self.rest)


DIMENSIONS: Mapping[str, Dimension] = {
    "level": Dimension(tuple(reversed(LEVELS)), lambda case: case.level),
    "tier": Dimension(tuple(reversed(TIERS)), lambda case: case.tier),
    "language": Dimension(
        tuple(dict.fromkeys(f"{one.language}-{one.script}" for one in VARIANTS.values())),
        lambda case: case.language,
    ),
    "door": Dimension(("web", "sms", "whatsapp"), lambda case: case.door),
    "hour": Dimension(tuple(f"{hour:02}" for hour in range(24)), lambda case: f"{case.hour:02}"),
    "gender": Dimension((*GENDERS, NOT_GIVEN), lambda case: case.gender, NOT_GIVEN),
}


@dataclass(frozen=True)
class Spread:
    """How long one stage took. None for what is hidden, and in a part without cases."""

    median: float | None
    """Seconds, of those who were reached."""
    p90: float | None
    """Nine in ten of those who were reached were so in this time."""
    within: float | None
    """Share of **all** cases reached within `WITHIN_SECONDS`. Who was taken before a page was
    due counts as called."""


@dataclass(frozen=True)
class Row:
    """The figures of one part. None for what is hidden; no cases are shown as 0."""

    value: str
    cases: int | None
    spreads: Mapping[str, Spread]
    """By stage."""
    missed: float | None
    """Share of the ladder's steps that were due and whose page did not go out in time."""
    judged: Mapping[str, int | None]
    """Cases by what supervisors said of the alarm."""


@dataclass(frozen=True)
class Report:
    """All figures of a period."""

    period: Period
    total: Row
    tables: Mapping[str, tuple[Row, ...]]
    """By dimension."""
    again: tuple[Row, ...]
    """Waits after a first human word, or a chat given back, by their cause; they are in no
    other table. Counts are cases; a case can stand in several rows, so these have no total."""


def make_report(period: Period, cases: Sequence[CaseTimes]) -> Report:
    """Counts, measures and hides."""
    values = {name: one.values(cases) for name, one in DIMENSIONS.items()}
    parts = {
        (name, value): [case for case in cases if DIMENSIONS[name].of(case) == value]
        for name, known in values.items()
        for value in known
    }
    hidden = hidden_cells(
        {part: _judgements(inside) for part, inside in {(ALL, ALL): cases, **parts}.items()},
        JUDGEMENTS,
    )
    return Report(
        period=period,
        total=_row(cases, (ALL, ALL), hidden),
        tables={
            name: tuple(_row(parts[name, value], (name, value), hidden) for value in known)
            for name, known in values.items()
        },
        again=tuple(_again(cases, cause) for cause in CAUSES if cause != FIRST_ALARM),
    )


def hidden_cells(
    parts: Mapping[Part, Mapping[str, int]], columns: Sequence[str]
) -> frozenset[Cell]:
    """The cells that are not shown, of the whole, which comes first, and of all tables.

    `parts` are counts by column; a cell is a part and a column, or `ALL` of the part.
    """
    both = (*columns, ALL)
    counts: dict[Cell, int] = {}
    lines: list[Line] = []
    for part, found in parts.items():
        counts |= {(*part, column): found.get(column, 0) for column in columns}
        counts[*part, ALL] = sum(found.values())
        lines.append(((*part, ALL), tuple((*part, column) for column in columns)))
    totals: dict[Cell, int] = {(ALL, ALL, column): counts[ALL, ALL, column] for column in both}
    # What was said of nobody in a part that has somebody is not shown: it tells of all others.
    empty = frozenset((*part, one) for part in parts if not counts[*part, ALL] for one in both)
    never_empty = frozenset((*part, ALL) for part in parts)
    hidden = suppressed(totals, lines[:1], empty=empty, never_empty=never_empty)
    for name in dict.fromkeys(name for name, _ in parts if name != ALL):
        for column in both:
            rows = tuple((*part, column) for part in parts if part[0] == name)
            lines.append(((ALL, ALL, column), rows))
    while True:
        hidden = suppressed(
            counts,
            lines,
            kept=frozenset(totals),
            empty=empty,
            never_empty=never_empty,
            hidden_before=hidden,
        )
        # How many cases a part has is hidden with all that is said of them.
        inside = {(*part, column) for part in parts if (*part, ALL) in hidden for column in columns}
        if inside <= hidden:
            return hidden
        hidden |= inside


def _judgements(cases: Sequence[CaseTimes]) -> Counter[str]:
    return Counter(case.judged or NOT_JUDGED for case in cases)


def _row(cases: Sequence[CaseTimes], part: tuple[str, str], hidden: frozenset[Cell]) -> Row:
    shown = (*part, ALL) not in hidden
    judged = _judgements(cases)
    waits = [case.waits[0] for case in cases]
    return Row(
        value=part[1],
        cases=len(cases) if shown else None,
        spreads={stage: _spread(waits, stage) if shown else _NOTHING for stage in STAGES},
        missed=_missed(cases) if shown else None,
        judged={
            judgement: None if (*part, judgement) in hidden else judged[judgement]
            for judgement in JUDGEMENTS
        },
    )


def _again(cases: Sequence[CaseTimes], cause: str) -> Row:
    found = [(case, wait) for case in cases for wait in case.waits if wait.cause == cause]
    count = len({id(case) for case, _ in found})
    waits = [wait for _, wait in found]
    shown = count == 0 or count >= LEAST
    return Row(
        value=cause,
        cases=count if shown else None,
        spreads={stage: _spread(waits, stage) if shown else _NOTHING for stage in STAGES},
        missed=None,
        judged=dict.fromkeys(JUDGEMENTS),
    )


_NOTHING = Spread(None, None, None)


def _spread(waits: Sequence[WaitTimes], stage: str) -> Spread:
    if not waits:
        return _NOTHING
    reached = sorted(time for wait in waits if (time := getattr(wait, stage)) is not None)
    within = sum(_reached_by(wait, stage) <= WITHIN_SECONDS for wait in waits) / len(waits)
    if len(reached) < LEAST:
        return Spread(None, None, within)
    return Spread(median(reached), nearest_rank(reached, 0.9), within)


def _reached_by(wait: WaitTimes, stage: str) -> float:
    time: float | None = getattr(wait, stage)
    known = [time, wait.claimed] if stage == "called" else [time]
    return min((one for one in known if one is not None), default=math.inf)


def nearest_rank(ordered: Sequence[float], share: float) -> float:
    """The smallest of `ordered` values that at least `share` of them do not exceed."""
    return ordered[max(0, math.ceil(round(share * len(ordered), 9)) - 1)]


def _missed(cases: Sequence[CaseTimes]) -> float | None:
    called = [case for case in cases if case.steps_due]
    if len(called) < LEAST:
        return None
    return sum(case.steps_missed for case in called) / sum(case.steps_due for case in called)
