"""What is looked after again and again: retention, reminders, and complaints not heard of.

Each step is harmless when another process does it too. Nothing here waits for an outside
service: the upkeep's loop must come round quickly (`amaan.upkeep`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from amaan.conversation.wishes import OUTSIDE_HOURS, read_wishes, withheld
from amaan.core import Core
from amaan.logs import log
from amaan.storage.models import Complaint
from intake.contents import destroy, remove
from intake.endings import Say
from intake.events import Tag, record
from intake.following import lock_both
from intake.states import State

RETENTION_SECONDS = 3600.0
REMINDER_SECONDS = 300.0
POLL_SECONDS = 600.0
ASK_TASK = "filing:ask"
REMINDER = "status.reminder"
UNHEARD_AFTER = timedelta(days=1)
_ENDED = ("closed", "rejected")
_BATCH = 100
_STOPPED = (State.FILED, State.HELD, State.REFUSED)


class Retention:
    """Deletes what has been kept long enough."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def clean(self) -> int:
        """Deletes drafts whose day has come, and empties what was sent after its retention.

        Returns how many. Of what was filed a record without content stays; what was taken
        back is deleted whole. What is still on its way is never touched.
        """
        now = self._core.clock.now()
        states = [state.value for state in (State.DRAFT, State.WITHDRAWN)]
        whole = await self._due(Complaint.state.in_(states), Complaint.keep_until <= now)
        sent = await self._due(
            Complaint.state.in_([state.value for state in _STOPPED]),
            Complaint.keep_until <= now,
            or_(Complaint.sealed.is_not(None), Complaint.filed_sealed.is_not(None)),
        )
        count = sum([await self._end(one) for one in (*whole, *sent)])
        if count:
            log().info("complaints_cleaned", count=count)
        return count

    async def _due(self, *where: ColumnElement[bool]) -> Sequence[UUID]:
        async with self._core.database.transaction() as tx:
            found = await tx.session.scalars(
                select(Complaint.id).where(*where).order_by(Complaint.keep_until).limit(_BATCH)
            )
            return found.all()

    async def _end(self, complaint_id: UUID) -> bool:
        async with self._core.database.transaction() as tx:
            _, row = await lock_both(tx, complaint_id)
            if row is None or row.keep_until > self._core.clock.now():
                return False
            if State(row.state) in (State.DRAFT, State.WITHDRAWN):
                await remove(self._core, tx, row)
                return True
            if State(row.state) not in _STOPPED:
                return False
            await destroy(self._core, tx, row)
            row.conversation_id = None
            await record(tx, self._core.clock, row.id, "machine", Tag.EMPTIED)
            return True


class Reminders:
    """Reminds her once, on the day up to which the agency aims to have done something."""

    def __init__(self, core: Core, say: Say) -> None:
        self._core = core
        self._say = say

    async def remind(self) -> int:
        """Says the reminders that are due; returns how many. Her safe hours are waited for."""
        async with self._core.database.transaction() as tx:
            rows = await tx.session.scalars(
                select(Complaint.id)
                .where(
                    Complaint.remind,
                    Complaint.state == State.FILED.value,
                    Complaint.due_at <= self._core.clock.now(),
                    Complaint.reminded_at.is_(None),
                    Complaint.conversation_id.is_not(None),
                )
                .order_by(Complaint.due_at)
                .limit(_BATCH)
            )
            due = rows.all()
        return sum([await self._once(complaint_id) for complaint_id in due])

    async def _once(self, complaint_id: UUID) -> bool:
        now = self._core.clock.now()
        async with self._core.database.transaction() as tx:
            conversation, row = await lock_both(tx, complaint_id)
            if conversation is None or row is None or not row.remind or row.reminded_at:
                return False
            if conversation.stopped:
                # "Stop" ends it, also after she writes again.
                row.remind = False
                return False
            key = await self._core.vault.open_key(tx, conversation.id)
            wishes = read_wishes(key, conversation)
            if withheld(wishes, conversation, "system", now) == OUTSIDE_HOURS:
                return False
            if not await self._say(tx, conversation, REMINDER):
                return False
            row.reminded_at = now
            await record(tx, self._core.clock, row.id, "machine", Tag.REMINDED)
            return True


class Unheard:
    """Finds filed complaints of which the agency has not told for a day."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def ask(self) -> int:
        """Defers a question for each of them; returns how many."""
        now = self._core.clock.now()
        async with self._core.database.transaction() as tx:
            rows = await tx.session.scalars(
                select(Complaint)
                .where(
                    Complaint.state == State.FILED.value,
                    Complaint.filed_sealed.is_not(None),
                    Complaint.agency_state.not_in(_ENDED),
                    Complaint.updated_at <= now - UNHEARD_AFTER,
                )
                .order_by(Complaint.updated_at)
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
            )
            found = rows.all()
            for row in found:
                row.updated_at = now
                await tx.defer(ASK_TASK, complaint_id=str(row.id))
        return len(found)
