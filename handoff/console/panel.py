"""What stands beside a conversation: lines that answer now, and colleagues who could take over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from amaan.core import Core
from amaan.facts import Fact, load_facts
from handoff.hours import on_duty
from handoff.permissions import Permission
from handoff.roster import held_by, load_plan
from handoff.viewer import Viewer
from handoff.views import CaseView

_LINES = ("police", "umang", "rights_line", "cyber_line", "drf", "child_line")
_SITES = ("complaint_site", "stopncii")
_SITES_OF_CHILDREN = ("takeitdown",)
"""Pictures of a child go nowhere but to the service made for them (domain-facts 5.8)."""
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Line:
    """One telephone line or site, for a supervisor to tell her."""

    name: str
    value: str
    answers: bool
    """Whether it may answer now."""
    hours_known: bool
    hours: tuple[str, ...]
    """Times of day such as ``09:00-17:00``, with days in `days`, by Pakistan's clock."""
    days: tuple[tuple[int, ...], ...]
    provinces: tuple[str, ...]
    """Where it answers; empty is everywhere."""
    checked: date
    stale: bool
    """Whether it should have been compared with its source again by now."""


@dataclass(frozen=True)
class Colleague:
    """Somebody on duty to whom a chat can be offered."""

    staff_id: UUID
    name: str
    languages: tuple[str, ...]
    held: int
    most_cases: int


def lines_for(case: CaseView, now: datetime) -> list[Line]:
    """The telephone lines: those that answer now first, then those of her province."""
    facts = _shown()
    found = [_line(facts[name], now) for name in _LINES if name in facts]
    here = [
        line
        for line in found
        if not line.provinces or case.province is None or case.province in line.provinces
    ]
    return sorted(here, key=lambda line: not line.answers)


def sites_for(case: CaseView, now: datetime) -> list[Line]:
    """Sites that take reports or keep pictures from spreading."""
    facts = _shown()
    names = _SITES_OF_CHILDREN if case.line.about_child else _SITES
    return [_line(facts[name], now) for name in names if name in facts]


async def colleagues(core: Core, viewer: Viewer) -> list[Colleague]:
    """Who is on duty besides the viewer, the least laden first."""
    viewer.require(Permission.CASE_CLAIM)
    now = core.clock.now()
    async with core.database.transaction() as tx:
        plan = await load_plan(tx, now, now + _MOMENT)
        held = await held_by(tx)
        people = [
            Colleague(
                staff_id=person.id,
                name=person.sign_in_name,
                languages=tuple(person.languages),
                held=held.get(person.id, 0),
                most_cases=person.most_cases,
            )
            for person in plan.people
            if person.id != viewer.staff_id and on_duty(plan, person, now)
        ]
    return sorted(people, key=lambda person: (person.held, person.name))


def _shown() -> dict[str, Fact]:
    return {name: fact for name, fact in load_facts().items() if fact.is_shown}


def _line(fact: Fact, now: datetime) -> Line:
    return Line(
        name=fact.name,
        value=fact.value,
        answers=fact.may_answer(now),
        hours_known=bool(fact.hours),
        hours=tuple(f"{_time(hours.begin)}-{_time(hours.end)}" for hours in fact.hours),
        days=tuple(_days(hours.days) for hours in fact.hours),
        provinces=tuple(sorted(fact.provinces)),
        checked=fact.verified_on,
        stale=fact.is_stale(now.date()),
    )


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _days(days: Sequence[int] | frozenset[int]) -> tuple[int, ...]:
    """First and last day of a stretch; empty for the whole week."""
    return () if len(days) == len(range(7)) else (min(days), max(days))
