"""The times of every case of a period, from cases, pages and the trail. No text, no names."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import String, cast, select
from sqlalchemy.sql import Select

from amaan.settings import Settings
from amaan.storage import Transaction
from amaan.storage.models import AuditEvent, Escalation, Page
from handoff.figures.path import FIRST_ALARM, TAGS, Event, Path, Wait, path_of
from handoff.hours import day_start, zone_of

ZONE = "Asia/Karachi"
_SETTLES = timedelta(hours=1)
_TAGS = tuple(tag.value for tag in TAGS)
_Sent = tuple[int, int, datetime]


@dataclass(frozen=True)
class Period:
    """Cases opened from `start` up to, and without, `end`, as they stand at `seen_at`."""

    start: datetime
    end: datetime
    seen_at: datetime


def last_days(days: int, now: datetime) -> Period:
    """The last whole days in Pakistan.

    Whole days, because what a period that slides by the minute gains is a single case. A
    day counts when it has been over for an hour, so that who rang in its last minute has
    had time to be reached.
    """
    today = (now - _SETTLES).astimezone(zone_of(ZONE)).date()
    start = day_start(today - timedelta(days=days), ZONE)
    return Period(start, day_start(today, ZONE), now)


@dataclass(frozen=True)
class WaitTimes:
    """Seconds from an alarm; None for what has not come."""

    cause: str
    called: float | None
    """To the first page that went out."""
    claimed: float | None
    worded: float | None
    """To a supervisor's first message."""


@dataclass(frozen=True)
class CaseTimes:
    """What the figures know of one case."""

    level: str
    """Of the first wait: who became critical after a first talk was called for as less."""
    tier: str
    language: str
    """With its script: ``ur-Arab``."""
    door: str
    hour: int
    """Of the first alarm, by the clock in Pakistan."""
    gender: str | None
    judged: str | None
    waits: tuple[WaitTimes, ...]
    """The first is that of the first alarm."""
    steps_due: int
    steps_missed: int


async def load_times(tx: Transaction, settings: Settings, period: Period) -> list[CaseTimes]:
    """The times of every case of `period`, the oldest first. Reads only."""
    inside = (Escalation.opened_at >= period.start, Escalation.opened_at < period.end)
    cases = list(
        await tx.session.scalars(
            select(Escalation).where(*inside).order_by(Escalation.opened_at, Escalation.id)
        )
    )
    events = await _events(tx, period, select(cast(Escalation.id, String)).where(*inside))
    pages = await _pages(tx, select(Escalation.id).where(*inside))
    return [
        _times(case, events[str(case.id)], pages[case.id], settings, period.seen_at)
        for case in cases
    ]


async def _events(tx: Transaction, period: Period, cases: Select[str]) -> dict[str, list[Event]]:
    rows = await tx.session.execute(
        select(AuditEvent.subject_id, AuditEvent.at, AuditEvent.tag, AuditEvent.detail)
        .where(
            AuditEvent.at >= period.start,
            AuditEvent.tag.in_(_TAGS),
            AuditEvent.subject_id.in_(cases),
        )
        .order_by(AuditEvent.id)
    )
    found: dict[str, list[Event]] = defaultdict(list)
    for subject, at, tag, detail in rows:
        found[subject].append(Event(at, tag, detail))
    return found


async def _pages(tx: Transaction, cases: Select[UUID]) -> dict[UUID, list[_Sent]]:
    """Every page that went out, or perhaps did, as ladder, step and time."""
    rows = await tx.session.execute(
        select(Page.escalation_id, Page.ladder, Page.step, Page.sent_at)
        .where(
            Page.escalation_id.in_(cases),
            Page.state.in_(("sent", "unknown")),
            Page.sent_at.is_not(None),
        )
        .order_by(Page.sent_at)
    )
    found: dict[UUID, list[_Sent]] = defaultdict(list)
    for case, ladder, step, sent_at in rows:
        if sent_at is not None:
            found[case].append((ladder, step, sent_at))
    return found


def _times(
    case: Escalation, events: list[Event], sent: list[_Sent], settings: Settings, now: datetime
) -> CaseTimes:
    path = path_of(
        events, elevated_after=settings.elevated_page_after, steps=len(settings.page_steps)
    )
    if not path.waits:
        # A trail of before these events were recorded: what the row itself knows.
        path = Path(
            [Wait(case.opened_at, FIRST_ALARM, case.level, case.claimed_at, case.engaged_at)]
        )
    begun = path.waits[0].begun.astimezone(UTC)
    seconds = settings.page_steps
    return CaseTimes(
        level=path.waits[0].level,
        tier=case.tier,
        language=f"{case.language}-{case.script}",
        door=case.door,
        hour=begun.astimezone(zone_of(ZONE)).hour,
        gender=case.gender,
        judged=case.judged,
        waits=tuple(_wait(wait, sent) for wait in path.waits),
        steps_due=sum(len(run.due(seconds, now)) for run in path.runs),
        steps_missed=sum(run.missed(seconds, sent, now) for run in path.runs),
    )


def _wait(wait: Wait, sent: list[_Sent]) -> WaitTimes:
    called = next(
        (at for _, _, at in sent if at >= wait.begun and (wait.ended is None or at <= wait.ended)),
        None,
    )
    return WaitTimes(
        cause=wait.cause,
        called=_since(wait.begun, called),
        claimed=_since(wait.begun, wait.claimed),
        worded=_since(wait.begun, wait.worded),
    )


def _since(begun: datetime, at: datetime | None) -> float | None:
    # A clock that was set back must not make a time look better than none.
    return None if at is None else max(0.0, (at - begun).total_seconds())
