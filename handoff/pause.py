"""A breath: no new case for a quarter of an hour to an hour, and the chats go to colleagues.

Who has read of violence for hours may stop at once, without a reason and without leaving
anybody alone. A pause ends by itself; leads see that somebody pauses, never why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from procrastinate import Blueprint, RetryStrategy
from sqlalchemy import text

from amaan.core import Core
from amaan.errors import InputError
from amaan.storage import Transaction
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import Staff
from handoff.audit import Tag, record
from handoff.hours import Span, alone_in
from handoff.ladder import NOBODY_ON_CALL
from handoff.own_hours import ROSTER_CHANGED, own_row
from handoff.own_state import PAUSES
from handoff.permissions import Permission
from handoff.roster import held_by, load_plan
from handoff.transfer import Transfers
from handoff.viewer import Viewer, viewer_of

FINISH_TASK = "pauses:finish"
# A console that is alive has done it by then.
_FINISH_AFTER = timedelta(seconds=5)
# Any fixed number: of two people who pause at once the second sees that she is the last.
_LOCK = 0x414D5041


@dataclass(frozen=True)
class Outlook:
    """What a pause would mean, told before it begins."""

    held: int
    """Chats that would go to colleagues."""
    alone: list[Span]
    """When in the pause nobody else is on duty."""

    @property
    def asks(self) -> bool:
        """Whether she must say once more that she wants it."""
        return bool(self.held or self.alone)


class Pauses:
    """Each method needs `CASE_CLAIM` (`NotAllowedError`); nobody else is ever called."""

    def __init__(self, core: Core, transfers: Transfers) -> None:
        self._core = core
        self._transfers = transfers

    async def outlook(self, viewer: Viewer, minutes: int) -> Outlook:
        """What a pause of this length that began now would mean. Reads only."""
        viewer.require(Permission.CASE_CLAIM)
        now, until = self._times(minutes)
        async with self._core.database.transaction() as tx:
            plan = await load_plan(tx, now, until)
            held = await held_by(tx)
        person = plan.by_id.get(viewer.staff_id)
        alone = [] if person is None else alone_in(plan, person, now, until)
        return Outlook(held.get(viewer.staff_id, 0), alone)

    async def begin(self, viewer: Viewer, minutes: int) -> int:
        """Pauses for `minutes` of `PAUSES` and lets every chat go; returns how many.

        They are told, the assistant is with them again, and others are called. When nobody
        else is on duty the operator alarm ``nobody_on_call`` is raised. A process that dies
        in between is made good by a job. Begun again, it lasts from now. `InputError` with
        code ``minutes``.
        """
        viewer.require(Permission.CASE_CLAIM)
        now, until = self._times(minutes)
        async with self._core.database.transaction() as tx:
            await tx.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            plan = await load_plan(tx, now, until)
            person = await own_row(tx, viewer.staff_id)
            alone = alone_in(plan, person, now, until)
            person.paused_until = until
            await self._note(tx, viewer.staff_id, Tag.STAFF_PAUSED)
            # Not in this transaction: chats are locked before people everywhere.
            await tx.defer(
                FINISH_TASK,
                at=now + _FINISH_AFTER,
                staff_id=str(viewer.staff_id),
                until=int(until.timestamp()),
            )
            if alone:
                # Before our commit: told twice is better than never.
                await self._core.operator_alarms.raise_alarm(NOBODY_ON_CALL)
        return await self.give(viewer)

    async def give(self, viewer: Viewer) -> int:
        """Lets every chat go that she still holds; returns how many. Harmless with none."""
        return await self._transfers.give_all(viewer, leave=True)

    async def finish(self, staff_id: UUID, until: int) -> None:
        """What `begin` does after its commit, once more; nothing when that pause is over."""
        async with self._core.database.transaction() as tx:
            person = await tx.session.get(Staff, staff_id)
        if person is None or person.paused_until is None:
            return
        ends = datetime.fromtimestamp(until, UTC)
        pauses = self._core.clock.now() < person.paused_until
        viewer = viewer_of(person)
        # Somebody without an account in force has no console: her chats lapse by themselves.
        may = person.active and viewer.may(Permission.CASE_CLAIM)
        if may and pauses and abs(person.paused_until - ends) < timedelta(seconds=1):
            await self.give(viewer)

    async def end(self, viewer: Viewer) -> None:
        """Goes on before the pause ends by itself; harmless when there is none."""
        viewer.require(Permission.CASE_CLAIM)
        async with self._core.database.transaction() as tx:
            person = await own_row(tx, viewer.staff_id)
            if person.paused_until is None or person.paused_until <= self._core.clock.now():
                return
            person.paused_until = None
            await self._note(tx, viewer.staff_id, Tag.STAFF_RESUMED)

    async def _note(self, tx: Transaction, staff_id: UUID, tag: Tag) -> None:
        await record(tx, tag, at=self._core.clock.now(), actor=staff_id, subject=staff_id)
        await tx.notify(CONSOLE_CHANNEL, change=ROSTER_CHANGED)

    def _times(self, minutes: int) -> tuple[datetime, datetime]:
        if minutes not in PAUSES:
            raise InputError("a pause lasts 15, 30 or 60 minutes", code="minutes")
        now = self._core.clock.now()
        return now, now + timedelta(minutes=minutes)


def pause_tasks(core: Core, transfers: Transfers) -> Blueprint:
    """The task that makes a begun pause whole, namespace ``pauses``."""
    tasks, pauses = Blueprint(), Pauses(core, transfers)

    @tasks.task(name="finish", priority=100, retry=RetryStrategy(wait=2))
    async def finish(staff_id: str, until: int) -> None:
        await pauses.finish(UUID(staff_id), until)

    return tasks
