"""Keeping the roster: weekly hours, single shifts, absences with stand-ins, holidays.

Each method is one transaction, checked, audited, and told to open consoles. What people
say of themselves (away, back) is in `handoff.own_hours`, a breath in
`handoff.pause`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID, uuid4
from zoneinfo import available_timezones

from sqlalchemy import select

from amaan.core import Core
from amaan.errors import ConflictError, InputError, NotFoundError
from amaan.storage import Transaction
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import Absence, Holiday, Shift, ShiftPattern, Staff
from handoff.audit import Tag, record
from handoff.hours import LONGEST_SHIFT_MINUTES, Plan, Span, duty_spans, on_duty
from handoff.own_hours import ROSTER_CHANGED, check_span
from handoff.permissions import Permission, may
from handoff.roster import held_by, load_plan
from handoff.viewer import Viewer

HOME_ZONE = "Asia/Karachi"
LONGEST_SHIFT = timedelta(days=2)
LONGEST_ABSENCE = timedelta(days=400)
_WEEKDAYS = range(7)
_HOLIDAY_NAME = 60

_Row = TypeVar("_Row", ShiftPattern, Shift, Absence)


@dataclass(frozen=True)
class PersonHours:
    """One person on the roster page."""

    staff_id: UUID
    name: str
    role: str
    languages: tuple[str, ...]
    on_duty: bool
    """At the present moment, with everything considered."""
    away_until: datetime | None
    paused_until: datetime | None
    held: int
    """How many chats she holds now."""
    most_cases: int
    spans: list[Span]
    """When she is on duty in the period."""


@dataclass(frozen=True)
class RosterView:
    """The roster of a period."""

    people: list[PersonHours]
    patterns: list[ShiftPattern]
    shifts: list[Shift]
    absences: list[Absence]
    holidays: list[Holiday]


class Duties:
    """What changes the roster. Writing needs `ROSTER_EDIT`, looking `ROSTER_SEE`.

    All times that are given are timezone-aware. Methods raise `NotAllowedError`,
    `NotFoundError` for unknown people and rows, and `InputError` with the code that
    each names.
    """

    def __init__(self, core: Core) -> None:
        self._core = core

    async def view(self, viewer: Viewer, start: datetime, end: datetime) -> RosterView:
        """Who is on duty when between two instants, and what was planned."""
        viewer.require(Permission.ROSTER_SEE)
        check_span(start, end, LONGEST_ABSENCE, "period")
        now = self._core.clock.now()
        async with self._core.database.transaction() as tx:
            plan = await load_plan(tx, start, end)
            # A period that is not now does not hold who is absent now.
            plan_now = await load_plan(tx, now, now + timedelta(microseconds=1))
            held = await held_by(tx)
            holidays = await tx.session.scalars(
                select(Holiday).where(Holiday.day.in_(plan.holidays)).order_by(Holiday.day)
            )
            return RosterView(
                people=[
                    _hours(plan, plan_now, person, start, end, now, held.get(person.id, 0))
                    for person in plan.people
                ],
                patterns=list(plan.patterns),
                shifts=list(plan.shifts),
                absences=list(plan.absences),
                holidays=list(holidays),
            )

    async def add_pattern(
        self,
        viewer: Viewer,
        staff_id: UUID,
        *,
        weekday: int,
        starts: time,
        minutes: int,
        time_zone: str = HOME_ZONE,
        on_holidays: bool = True,
        valid_from: date,
        valid_until: date | None = None,
    ) -> UUID:
        """Adds weekly hours (0 is Monday); returns their id. Codes ``weekday``, ``minutes``,
        ``time_zone``, ``period``."""
        if weekday not in _WEEKDAYS:
            raise InputError("a weekday is 0 to 6", code="weekday")
        if not 0 < minutes <= LONGEST_SHIFT_MINUTES:
            raise InputError("weekly hours last at most a day", code="minutes")
        if time_zone not in available_timezones():
            raise InputError("unknown time zone", code="time_zone")
        if valid_until is not None and valid_until < valid_from:
            raise InputError("these hours end before they begin", code="period")
        pattern = ShiftPattern(
            id=uuid4(),
            staff_id=staff_id,
            weekday=weekday,
            starts=starts.replace(tzinfo=None),
            minutes=minutes,
            time_zone=time_zone,
            on_holidays=on_holidays,
            valid_from=valid_from,
            valid_until=valid_until,
        )
        async with self._changing(viewer, "pattern_added", staff_id) as tx:
            await _require_taker(tx, staff_id)
            tx.session.add(pattern)
        return pattern.id

    async def remove_pattern(self, viewer: Viewer, pattern_id: UUID) -> None:
        """Removes weekly hours, also from the past of the roster."""
        await self._remove(viewer, ShiftPattern, pattern_id, "pattern_removed")

    async def add_shift(
        self, viewer: Viewer, staff_id: UUID, starts_at: datetime, ends_at: datetime
    ) -> UUID:
        """Adds a single shift; returns its id. Code ``period``."""
        check_span(starts_at, ends_at, LONGEST_SHIFT, "period")
        shift = Shift(id=uuid4(), staff_id=staff_id, starts_at=starts_at, ends_at=ends_at)
        async with self._changing(viewer, "shift_added", staff_id) as tx:
            await _require_taker(tx, staff_id)
            tx.session.add(shift)
        return shift.id

    async def remove_shift(self, viewer: Viewer, shift_id: UUID) -> None:
        """Removes a single shift."""
        await self._remove(viewer, Shift, shift_id, "shift_removed")

    async def add_absence(
        self,
        viewer: Viewer,
        staff_id: UUID,
        starts_at: datetime,
        ends_at: datetime,
        stand_in_id: UUID | None = None,
    ) -> UUID:
        """Says that somebody cannot come, and who takes her hours; returns its id.

        Codes ``period``, ``stand_in`` (herself).
        """
        check_span(starts_at, ends_at, LONGEST_ABSENCE, "period")
        if stand_in_id == staff_id:
            raise InputError("nobody stands in for herself", code="stand_in")
        absence = Absence(
            id=uuid4(),
            staff_id=staff_id,
            starts_at=starts_at,
            ends_at=ends_at,
            stand_in_id=stand_in_id,
        )
        async with self._changing(viewer, "absence_added", staff_id) as tx:
            await _require_taker(tx, staff_id)
            if stand_in_id is not None:
                await _require_taker(tx, stand_in_id)
            tx.session.add(absence)
        return absence.id

    async def remove_absence(self, viewer: Viewer, absence_id: UUID) -> None:
        """Takes an absence back."""
        await self._remove(viewer, Absence, absence_id, "absence_removed")

    async def add_holiday(self, viewer: Viewer, day: date, name: str) -> None:
        """Marks a day on which only shifts for holidays are worked.

        Code ``name``; `ConflictError` (code ``holiday_known``) when it is marked.
        """
        name = " ".join(name.split())
        if not 0 < len(name) <= _HOLIDAY_NAME or not name.isprintable():
            raise InputError("a holiday has a name of at most 60 signs", code="name")
        async with self._changing(viewer, "holiday_added", None) as tx:
            await tx.lock_table("holiday")
            if await tx.session.get(Holiday, day) is not None:
                raise ConflictError("this day is a holiday already", code="holiday_known")
            tx.session.add(Holiday(day=day, name=name))

    async def remove_holiday(self, viewer: Viewer, day: date) -> None:
        """Makes a day an ordinary one again."""
        async with self._changing(viewer, "holiday_removed", None) as tx:
            found = await tx.session.get(Holiday, day, with_for_update=True)
            if found is None:
                raise NotFoundError("this day is no holiday")
            await tx.session.delete(found)

    @asynccontextmanager
    async def _changing(
        self, viewer: Viewer, what: str, staff_id: UUID | None
    ) -> AsyncIterator[Transaction]:
        """One transaction that changes the roster, recorded with what was done to whose hours."""
        viewer.require(Permission.ROSTER_EDIT)
        async with self._core.database.transaction() as tx:
            yield tx
            await record(
                tx,
                Tag.ROSTER_CHANGED,
                at=self._core.clock.now(),
                actor=viewer.staff_id,
                subject=staff_id or "roster",
                what=what,
            )
            await tx.notify(CONSOLE_CHANNEL, change=ROSTER_CHANGED)

    async def _remove(self, viewer: Viewer, table: type[_Row], row_id: UUID, what: str) -> None:
        viewer.require(Permission.ROSTER_EDIT)
        async with self._core.database.transaction() as tx:
            staff_id = await tx.session.scalar(select(table.staff_id).where(table.id == row_id))
        async with self._changing(viewer, what, staff_id) as tx:
            found = await tx.session.get(table, row_id, with_for_update=True)
            if found is None:
                raise NotFoundError("there is no such entry in the roster")
            await tx.session.delete(found)


def _hours(
    plan: Plan,
    plan_now: Plan,
    person: Staff,
    start: datetime,
    end: datetime,
    now: datetime,
    held: int,
) -> PersonHours:
    return PersonHours(
        staff_id=person.id,
        name=person.sign_in_name,
        role=person.role,
        languages=tuple(person.languages),
        on_duty=on_duty(plan_now, person, now),
        away_until=person.away_until,
        paused_until=person.paused_until,
        held=held,
        most_cases=person.most_cases,
        spans=duty_spans(plan, person, start, end),
    )


async def _require_taker(tx: Transaction, staff_id: UUID) -> None:
    """Raises `NotFoundError` unless this is somebody who can be called at all."""
    person = await tx.session.get(Staff, staff_id, with_for_update={"read": True})
    if person is None or not person.active or not may(person.role, Permission.CASE_CLAIM):
        raise NotFoundError("nobody of this id takes cases")
