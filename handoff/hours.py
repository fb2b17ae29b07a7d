"""Who is on duty at an instant: pure functions of what was planned, without a database.

Hours of every week are wall-clock times of a zone; all results are instants. When
clocks change, a shift begins at the earliest and ends at the latest reading of its
times, so that two shifts that meet on the wall never leave an hour between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cached_property, lru_cache
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from amaan.storage.models import Absence, Shift, ShiftPattern, Staff

LONGEST_SHIFT_MINUTES = 24 * 60
"""A single block of weekly hours is at most a day long."""

# Pakistan has kept this offset all year round since 2010.
_PAKISTAN = timezone(timedelta(hours=5), "Asia/Karachi")


@dataclass(frozen=True, order=True)
class Span:
    """A time from `start` up to, and without, `end`."""

    start: datetime
    end: datetime

    def covers(self, at: datetime) -> bool:
        """Whether `at` lies in it."""
        return self.start <= at < self.end


@dataclass(frozen=True)
class Plan:
    """Everything that was planned and touches one stretch of time.

    `shifts` and `absences` must hold all that touch the asked time; `rostered` names
    everybody who has any weekly hours or shift at all, also outside that time.
    """

    people: Sequence[Staff]
    patterns: Sequence[ShiftPattern] = ()
    shifts: Sequence[Shift] = ()
    absences: Sequence[Absence] = ()
    holidays: frozenset[date] = frozenset()
    rostered: frozenset[UUID] = field(default_factory=frozenset)

    @cached_property
    def by_id(self) -> dict[UUID, Staff]:
        """The people by id."""
        return {person.id: person for person in self.people}

    @cached_property
    def patterns_of(self) -> dict[UUID, list[ShiftPattern]]:
        """Weekly hours by person."""
        found: dict[UUID, list[ShiftPattern]] = {}
        for pattern in self.patterns:
            found.setdefault(pattern.staff_id, []).append(pattern)
        return found

    @cached_property
    def shifts_of(self) -> dict[UUID, list[Shift]]:
        """Single shifts by person."""
        found: dict[UUID, list[Shift]] = {}
        for shift in self.shifts:
            found.setdefault(shift.staff_id, []).append(shift)
        return found

    def has_roster(self, staff_id: UUID) -> bool:
        """Whether this person's hours are planned; otherwise `Staff.on_call` alone speaks."""
        return (
            staff_id in self.rostered or staff_id in self.patterns_of or staff_id in self.shifts_of
        )


def on_duty(plan: Plan, person: Staff, at: datetime) -> bool:
    """Whether `person` is called for new cases at `at`.

    Her own hours or those of somebody she stands in for; not while she is absent,
    away or takes a breath. Without any planned hours `Staff.on_call` decides.
    """
    return can_be_called(plan, person, at) and _is_planned(plan, person.id, at, frozenset())


def can_be_called(plan: Plan, person: Staff, at: datetime) -> bool:
    """Whether nothing forbids to call `person` at `at`, on duty or not."""
    if not person.active or is_absent(plan, person.id, at):
        return False
    return not any(
        until is not None and at < until for until in (person.away_until, person.paused_until)
    )


def is_absent(plan: Plan, staff_id: UUID, at: datetime) -> bool:
    """Whether an absence of this person covers `at`."""
    return any(
        absence.staff_id == staff_id and absence.starts_at <= at < absence.ends_at
        for absence in plan.absences
    )


def is_quiet(person: Staff, at: datetime) -> bool:
    """Whether `at` lies in the hours in which she sleeps, by the clock of her own zone."""
    if person.quiet_from is None or person.quiet_until is None:
        return False
    local = at.astimezone(zone_of(person.time_zone)).time()
    if person.quiet_from <= person.quiet_until:
        return person.quiet_from <= local < person.quiet_until
    return local >= person.quiet_from or local < person.quiet_until


def own_spans(plan: Plan, staff_id: UUID, start: datetime, end: datetime) -> list[Span]:
    """Planned hours of one person between `start` and `end`, in order, joined where they meet.

    Stand-ins, absences and the on-call mark are not in it.
    """
    found = [Span(shift.starts_at, shift.ends_at) for shift in plan.shifts_of.get(staff_id, [])]
    for pattern in plan.patterns_of.get(staff_id, []):
        found += _occurrences(pattern, plan.holidays, start, end)
    inside = [Span(max(span.start, start), min(span.end, end)) for span in found]
    return join(span for span in inside if span.start < span.end)


def duty_spans(plan: Plan, person: Staff, start: datetime, end: datetime) -> list[Span]:
    """When `person` is on duty between `start` and `end`, with everything considered."""
    return _spans_where(plan, start, end, lambda at: on_duty(plan, person, at))


def uncovered(
    plan: Plan, start: datetime, end: datetime, counts: Callable[[Staff], bool]
) -> list[Span]:
    """When between `start` and `end` nobody for whom `counts` holds is on duty."""
    people = [person for person in plan.people if counts(person)]
    return _spans_where(
        plan, start, end, lambda at: not any(on_duty(plan, person, at) for person in people)
    )


def alone_in(plan: Plan, person: Staff, start: datetime, end: datetime) -> list[Span]:
    """When between two instants `person` is on duty and nobody else is."""
    hers = duty_spans(plan, person, start, end)
    others_off = uncovered(plan, start, end, lambda one: one.id != person.id)
    both = (
        Span(max(one.start, two.start), min(one.end, two.end)) for one in hers for two in others_off
    )
    return [span for span in both if span.start < span.end]


@lru_cache
def zone_of(name: str) -> tzinfo:
    """The zone of this name; Pakistan's time when it is unknown.

    A wrong name, or a machine without zone data, must not keep a page from going out.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _PAKISTAN


def join(spans: Iterator[Span] | Sequence[Span]) -> list[Span]:
    """`spans` in order, joined where they overlap or meet."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def occurrence(pattern: ShiftPattern, day: date) -> Span:
    """The hours that begin on `day`, whatever weekday it is."""
    begins = datetime.combine(day, pattern.starts)
    zone = zone_of(pattern.time_zone)
    return Span(min(_instants(begins, zone)), max(_instants(begins + _minutes(pattern), zone)))


def _is_planned(plan: Plan, staff_id: UUID, at: datetime, seen: frozenset[UUID]) -> bool:
    """Whether her own hours, or those of somebody she stands in for, cover `at`."""
    person = plan.by_id.get(staff_id)
    if person is None:
        return False
    if not plan.has_roster(staff_id):
        own = person.on_call
    else:
        own = any(span.covers(at) for span in _around(plan, staff_id, at))
    return own or any(
        # Who stands in for one who stands in; two who name each other end here.
        absence.staff_id not in seen and _is_planned(plan, absence.staff_id, at, seen | {staff_id})
        for absence in plan.absences
        if absence.stand_in_id == staff_id and absence.starts_at <= at < absence.ends_at
    )


def _around(plan: Plan, staff_id: UUID, at: datetime) -> list[Span]:
    return own_spans(plan, staff_id, at, at + timedelta(microseconds=1))


def _spans_where(
    plan: Plan, start: datetime, end: datetime, holds: Callable[[datetime], bool]
) -> list[Span]:
    """The stretches in which `holds`; it can change only where something planned begins or ends."""
    edges = [*sorted(_edges(plan, start, end) | {start}), end]
    return join([Span(one, two) for one, two in pairwise(edges) if holds(one)])


def _edges(plan: Plan, start: datetime, end: datetime) -> set[datetime]:
    edges: set[datetime] = set()
    for shift in plan.shifts:
        edges |= {shift.starts_at, shift.ends_at}
    for absence in plan.absences:
        edges |= {absence.starts_at, absence.ends_at}
    for pattern in plan.patterns:
        for span_of_week in _occurrences(pattern, plan.holidays, start, end):
            edges |= {span_of_week.start, span_of_week.end}
    for person in plan.people:
        edges |= {at for at in (person.away_until, person.paused_until) if at is not None}
    return {at for at in edges if start < at < end}


def _occurrences(
    pattern: ShiftPattern, holidays: frozenset[date], start: datetime, end: datetime
) -> Iterator[Span]:
    """Every time the weekly hours touch the stretch from `start` to `end`."""
    zone = zone_of(pattern.time_zone)
    # A day more on either side: zones differ from UTC by up to 14 hours.
    day = (start.astimezone(zone) - _minutes(pattern)).date() - timedelta(days=1)
    last = end.astimezone(zone).date() + timedelta(days=1)
    while day <= last:
        if _is_worked(pattern, day, holidays):
            span = occurrence(pattern, day)
            if span.start < end and start < span.end:
                yield span
        day += timedelta(days=1)


def _is_worked(pattern: ShiftPattern, day: date, holidays: frozenset[date]) -> bool:
    """Whether hours begin on `day`. A night that began before a holiday is worked to its end."""
    return (
        day.weekday() == pattern.weekday
        and pattern.valid_from <= day
        and (pattern.valid_until is None or day <= pattern.valid_until)
        and (pattern.on_holidays or day not in holidays)
    )


def _minutes(pattern: ShiftPattern) -> timedelta:
    return timedelta(minutes=pattern.minutes)


def _instants(wall: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """What a wall-clock time can mean; both are the same but in the hours of a clock change."""
    one, two = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return one, two


def day_start(day: date, zone: str) -> datetime:
    """The first instant of a day in a zone."""
    return min(_instants(datetime.combine(day, time()), zone_of(zone)))
