"""The roster as people look at it: who is there when, where nobody is, and what was planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from sqlalchemy import select

from amaan.core import Core
from amaan.storage.models import Absence, Holiday, Shift, ShiftPattern, Staff
from handoff.coverage import LANGUAGES
from handoff.duty import Duties, PersonHours
from handoff.hours import Span, join
from handoff.profile import Profiles
from handoff.viewer import Viewer

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Stretch:
    """A time in which the same people are on duty."""

    span: Span
    people: tuple[PersonHours, ...]
    unread: tuple[str, ...]
    """Languages of the house that none of them reads."""


@dataclass(frozen=True)
class RosterPage:
    """What the roster page shows."""

    now: datetime
    time_zone: str
    """The viewer's own."""
    people: list[PersonHours]
    """With their hours of the next seven days."""
    day: list[Stretch]
    """The next 24 hours, without a hole."""
    gaps: list[Span]
    """When in the next seven days nobody is on duty."""
    patterns: list[ShiftPattern]
    shifts: list[Shift]
    absences: list[Absence]
    holidays: list[Holiday]
    names: dict[UUID, str]
    """Of everybody who is named in these."""


async def roster_page(core: Core, viewer: Viewer) -> RosterPage:
    """The roster from now on. Needs `ROSTER_SEE`; raises `NotAllowedError`. Reads only."""
    now = core.clock.now()
    view = await Duties(core).view(viewer, now, now + WEEK)
    zone = (await Profiles(core).mine(viewer)).time_zone
    async with core.database.transaction() as tx:
        # Also what lies further ahead than the table.
        shifts = list(
            await tx.session.scalars(
                select(Shift).where(Shift.ends_at > now).order_by(Shift.starts_at)
            )
        )
        absences = list(
            await tx.session.scalars(
                select(Absence).where(Absence.ends_at > now).order_by(Absence.starts_at)
            )
        )
        holidays = list(
            await tx.session.scalars(
                select(Holiday).where(Holiday.day >= (now - DAY).date()).order_by(Holiday.day)
            )
        )
        rows = await tx.session.execute(select(Staff.id, Staff.sign_in_name))
        names = {staff_id: name for staff_id, name in rows}
    return RosterPage(
        now=now,
        time_zone=zone,
        people=sorted(view.people, key=lambda one: one.name),
        day=stretches(view.people, now, now + DAY),
        gaps=gaps(view.people, now, now + WEEK),
        patterns=sorted(
            view.patterns, key=lambda one: (names.get(one.staff_id, ""), one.weekday, one.starts)
        ),
        shifts=shifts,
        absences=absences,
        holidays=holidays,
        names=names,
    )


def stretches(people: Sequence[PersonHours], start: datetime, end: datetime) -> list[Stretch]:
    """The time from `start` to `end`, cut wherever somebody comes or goes."""
    edges = {start, end}
    for person in people:
        for span in person.spans:
            edges |= {at for at in (span.start, span.end) if start < at < end}
    ordered = sorted(edges)
    return [_stretch(people, Span(one, two)) for one, two in pairwise(ordered)]


def gaps(people: Sequence[PersonHours], start: datetime, end: datetime) -> list[Span]:
    """When between two instants none of them is on duty."""
    empty = (one.span for one in stretches(people, start, end) if not one.people)
    return join(list(empty))


def _stretch(people: Sequence[PersonHours], span: Span) -> Stretch:
    there = tuple(
        person for person in people if any(one.covers(span.start) for one in person.spans)
    )
    read = {language for person in there for language in person.languages}
    unread = tuple(language for language in LANGUAGES if language not in read)
    return Stretch(span, there, unread)
