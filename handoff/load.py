"""How much lies on each person: hours and counts, never what was said. No ranking.

A person sees her own day, so that she can stop in time; those who keep the roster see
everybody's load, so that nobody is left with too much.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import distinct, func, or_, select

from amaan.core import Core
from amaan.storage import Transaction
from amaan.storage.models import AuditEvent, Escalation, Staff, StaffSession
from handoff.audit import Tag
from handoff.hours import Plan, Span, day_start, duty_spans, zone_of
from handoff.permissions import Permission
from handoff.roster import held_by, load_plan
from handoff.viewer import Viewer

LONG_STRETCH = timedelta(hours=5)
MANY_HARD_CASES = 4
"""From these on the console says a kind word. Both are a judgement of ours, from no study."""
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class OwnDay:
    """Somebody's day until now, for her alone."""

    worked: timedelta
    """Since midnight of her own zone."""
    stretch: timedelta
    """Without an end in between, also from before midnight."""
    hard_cases: int
    """Cases with critical danger, or in the name of honour, that she took since midnight."""

    @property
    def was_long(self) -> bool:
        """Whether a word about rest is due."""
        return self.stretch >= LONG_STRETCH or self.hard_cases >= MANY_HARD_CASES


@dataclass(frozen=True)
class Load:
    """What lies on one person."""

    staff_id: UUID
    name: str
    held: int
    most_cases: int
    taken: int
    """Cases she took in the last 24 hours."""
    on_duty: timedelta | None
    """Planned hours of the last 24; None when no hours of hers are planned."""
    paused_until: datetime | None
    """She takes a breath. Why is nobody's business, and written nowhere."""


async def own_day(core: Core, viewer: Viewer) -> OwnDay | None:
    """The viewer's day; None for somebody who takes no cases. Reads only."""
    if not viewer.may(Permission.CASE_CLAIM):
        return None
    now = core.clock.now()
    async with core.database.transaction() as tx:
        plan = await load_plan(tx, now - _DAY, now)
        person = plan.by_id.get(viewer.staff_id)
        if person is None:
            return None
        midnight = day_start(now.astimezone(zone_of(person.time_zone)).date(), person.time_zone)
        spans = await _worked(tx, plan, person, now)
        hard = await _hard_cases(tx, person.id, midnight)
    today = (span.end - max(span.start, midnight) for span in spans if span.end > midnight)
    runs = bool(spans) and spans[-1].end >= now
    stretch = now - spans[-1].start if runs else timedelta(0)
    return OwnDay(sum(today, timedelta(0)), stretch, hard)


async def loads(core: Core, viewer: Viewer) -> list[Load]:
    """Everybody's load by name. Needs `ROSTER_EDIT`; raises `NotAllowedError`. Reads only."""
    viewer.require(Permission.ROSTER_EDIT)
    now = core.clock.now()
    async with core.database.transaction() as tx:
        plan = await load_plan(tx, now - _DAY, now)
        held = await held_by(tx)
        taken = await _taken(tx, now - _DAY)
    return [
        Load(
            staff_id=person.id,
            name=person.sign_in_name,
            held=held.get(person.id, 0),
            most_cases=person.most_cases,
            taken=taken.get(str(person.id), 0),
            on_duty=_planned_time(plan, person, now),
            paused_until=person.paused_until
            if person.paused_until is not None and now < person.paused_until
            else None,
        )
        for person in sorted(plan.people, key=lambda one: one.sign_in_name)
    ]


def planned_spans(plan: Plan, person: Staff, start: datetime, end: datetime) -> list[Span]:
    """When she was on duty in the past. "Away until" says nothing of hours before it was said."""
    as_planned = Staff(id=person.id, active=True, on_call=person.on_call)
    return duty_spans(plan, as_planned, start, end)


def _planned_time(plan: Plan, person: Staff, now: datetime) -> timedelta | None:
    if _is_always_on(plan, person):
        return None
    spans = planned_spans(plan, person, now - _DAY, now)
    return sum((span.end - span.start for span in spans), timedelta(0))


def _is_always_on(plan: Plan, person: Staff) -> bool:
    """Without planned hours the mark "on call" alone speaks, day and night."""
    return person.on_call and not plan.has_roster(person.id)


async def _worked(tx: Transaction, plan: Plan, person: Staff, now: datetime) -> list[Span]:
    """Planned hours of the last day; without any the time since she signed in."""
    if not _is_always_on(plan, person):
        return planned_spans(plan, person, now - _DAY, now)
    since = await tx.session.scalar(
        select(func.min(StaffSession.created_at)).where(
            StaffSession.staff_id == person.id, StaffSession.expires_at > now
        )
    )
    return [] if since is None or since >= now else [Span(max(since, now - _DAY), now)]


async def _hard_cases(tx: Transaction, staff_id: UUID, since: datetime) -> int:
    subjects = await tx.session.scalars(
        select(AuditEvent.subject_id)
        .where(
            AuditEvent.tag == Tag.ESCALATION_CLAIMED.value,
            AuditEvent.actor == str(staff_id),
            AuditEvent.at >= since,
        )
        .distinct()
    )
    count = await tx.session.scalar(
        select(func.count())
        .select_from(Escalation)
        .where(
            Escalation.id.in_([UUID(one) for one in subjects]),
            or_(Escalation.level == "critical", Escalation.tier == "critical", Escalation.honour),
        )
    )
    return count or 0


async def _taken(tx: Transaction, since: datetime) -> dict[str, int]:
    rows = await tx.session.execute(
        select(AuditEvent.actor, func.count(distinct(AuditEvent.subject_id)))
        .where(AuditEvent.tag == Tag.ESCALATION_CLAIMED.value, AuditEvent.at >= since)
        .group_by(AuditEvent.actor)
    )
    return {actor: count for actor, count in rows}
