"""Times in which nobody is on duty, found before they come.

A gap that is known the day before is a telephone call to a colleague; found at night by
somebody in danger it is a chat that nobody opens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text

from amaan.core import Core
from amaan.errors import InputError
from amaan.storage import Transaction
from amaan.storage.models import AuditEvent
from amaan.words import VARIANTS
from handoff.audit import SYSTEM, Tag, record
from handoff.hours import Plan, Span, uncovered
from handoff.permissions import Permission
from handoff.roster import load_plan
from handoff.viewer import Viewer

COVERAGE_GAP = "coverage_gap"
"""Kind of the operator alarm."""
LOOK_SECONDS = 600.0
"""How often the upkeep looks."""
AHEAD = timedelta(hours=24)
LONGEST_LOOK = timedelta(days=62)
"""The longest time that can be asked for: two months of a roster page."""
LANGUAGES = tuple(dict.fromkeys(variant.language for variant in VARIANTS.values()))
_SUBJECT = "roster"
# Any fixed number: of two processes one tells of a gap.
_LOCK = 0x414D4150


@dataclass(frozen=True)
class Gaps:
    """What a stretch of the roster lacks."""

    nobody: list[Span]
    """When nobody at all is on duty."""
    by_language: dict[str, list[Span]]
    """When nobody who reads a language is on duty; every language of the house is in it."""


class Coverage:
    """Looks ahead for gaps."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def gaps(self, viewer: Viewer, start: datetime, end: datetime) -> Gaps:
        """What is not covered between two instants, for the roster page.

        Needs `ROSTER_SEE`. Raises `InputError` (code ``period``) for one that is empty or
        longer than `LONGEST_LOOK`.
        """
        viewer.require(Permission.ROSTER_SEE)
        if not start < end <= start + LONGEST_LOOK:
            raise InputError("this period cannot be shown", code="period")
        async with self._core.database.transaction() as tx:
            plan = await load_plan(tx, start, end)
        by_language = {language: _unread(plan, start, end, language) for language in LANGUAGES}
        return Gaps(uncovered(plan, start, end, lambda _: True), by_language)

    async def watch(self) -> int:
        """Tells the operator of every gap of the next day, each one once; returns of how many.

        A gap counts as told while its beginning lies in one that was told of: it does not
        ring again when it only grows at its far end, and an endless one rings once a day.
        """
        now = self._core.clock.now()
        async with self._core.database.transaction() as tx:
            got = await tx.session.scalar(
                text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}
            )
            if not got:
                return 0
            plan = await load_plan(tx, now, now + AHEAD)
            told = await _told(tx, now - AHEAD)
            new = [
                gap
                for gap in uncovered(plan, now, now + AHEAD, lambda _: True)
                if not any(known.covers(gap.start) for known in told)
            ]
            for gap in new:
                await record(
                    tx,
                    Tag.ROSTER_GAP_FOUND,
                    at=now,
                    actor=SYSTEM,
                    subject=_SUBJECT,
                    starts=gap.start.isoformat(),
                    ends=gap.end.isoformat(),
                )
            if new:
                # Before our commit: told twice is better than never.
                await self._core.operator_alarms.raise_alarm(COVERAGE_GAP)
        return len(new)


def _unread(plan: Plan, start: datetime, end: datetime, language: str) -> list[Span]:
    return uncovered(plan, start, end, lambda person: language in person.languages)


async def _told(tx: Transaction, since: datetime) -> list[Span]:
    """Gaps that the operator was told of; none begins more than a day after it was told."""
    details = await tx.session.scalars(
        select(AuditEvent.detail).where(
            AuditEvent.tag == Tag.ROSTER_GAP_FOUND.value, AuditEvent.at >= since - AHEAD
        )
    )
    return [_span(detail) for detail in details]


def _span(detail: dict[str, Any]) -> Span:
    return Span(datetime.fromisoformat(detail["starts"]), datetime.fromisoformat(detail["ends"]))
