"""What everybody says of her own hours: away, and back. A breath is in `handoff.pause`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from amaan.core import Core
from amaan.errors import InputError
from amaan.storage import Transaction
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import Staff
from handoff.audit import Tag, record
from handoff.hours import Span, alone_in
from handoff.ladder import NOBODY_ON_CALL
from handoff.permissions import Permission
from handoff.roster import load_plan
from handoff.viewer import Viewer

ROSTER_CHANGED = "roster"
"""`change` of the notice ``{"change": "roster"}`` on the console channel."""
LONGEST_AWAY = timedelta(days=30)
"""Who is away longer has an absence, which somebody else writes down."""
_LOOK_AHEAD = timedelta(hours=24)
"""Later gaps are found in time by `handoff.coverage`."""


class OwnHours:
    """Each method is one transaction on one's own row, audited and told to open consoles.

    Needs `CASE_CLAIM` (`NotAllowedError`): nobody else is ever called. `InputError` with
    code ``period`` for a time without its zone, in the past, or too far away.
    """

    def __init__(self, core: Core) -> None:
        self._core = core

    async def away(self, viewer: Viewer, until: datetime) -> None:
        """Says of oneself not to be called before `until`.

        Chats that she holds stay with her until she hands them over. When nobody else is on
        duty meanwhile the operator alarm ``nobody_on_call`` is raised.
        """
        now = self._core.clock.now()
        check_span(now, until, LONGEST_AWAY, "period")
        async with self._own(viewer) as (tx, person):
            alone = await _alone(tx, viewer.staff_id, now, until)
            await set_away(tx, person, until, now)
            if alone:
                # Before our commit: told twice is better than never.
                await self._core.operator_alarms.raise_alarm(NOBODY_ON_CALL)

    async def alone(self, viewer: Viewer, until: datetime) -> list[Span]:
        """When from now to `until`, in the next day, nobody but her is on duty. Reads only."""
        viewer.require(Permission.CASE_CLAIM)
        now = self._core.clock.now()
        check_span(now, until, LONGEST_AWAY, "period")
        async with self._core.database.transaction() as tx:
            return await _alone(tx, viewer.staff_id, now, until)

    async def back(self, viewer: Viewer) -> None:
        """Ends `away`; harmless when one was not."""
        async with self._own(viewer) as (tx, person):
            if person.away_until is not None:
                await set_away(tx, person, None, self._core.clock.now())

    @asynccontextmanager
    async def _own(self, viewer: Viewer) -> AsyncIterator[tuple[Transaction, Staff]]:
        """One's own row, locked; needs `CASE_CLAIM`: nobody else is ever called."""
        viewer.require(Permission.CASE_CLAIM)
        async with self._core.database.transaction() as tx:
            yield tx, await own_row(tx, viewer.staff_id)
            await tx.notify(CONSOLE_CHANNEL, change=ROSTER_CHANGED)


async def _alone(tx: Transaction, staff_id: UUID, now: datetime, until: datetime) -> list[Span]:
    end = min(until, now + _LOOK_AHEAD)
    plan = await load_plan(tx, now, end)
    person = plan.by_id.get(staff_id)
    return [] if person is None else alone_in(plan, person, now, end)


async def own_row(tx: Transaction, staff_id: UUID) -> Staff:
    """Somebody's row, locked against everybody who changes it."""
    return await tx.session.get_one(Staff, staff_id, with_for_update={"key_share": True})


async def set_away(tx: Transaction, person: Staff, until: datetime | None, now: datetime) -> None:
    """Sets until when somebody is not called, or that she is back (None), and records it."""
    person.away_until = until
    tag = Tag.STAFF_AWAY if until is not None else Tag.STAFF_BACK
    await record(tx, tag, at=now, actor=person.id, subject=person.id)


def check_span(start: datetime, end: datetime, longest: timedelta, code: str) -> None:
    """Raises `InputError` with `code` unless a time has its zone, an end, and is not too long."""
    if start.tzinfo is None or end.tzinfo is None:
        raise InputError("a time needs its zone", code=code)
    if not start < end <= start + longest:
        raise InputError("this ends before it begins, or lasts too long", code=code)
