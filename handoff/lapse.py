"""A claim dies with its browser: a chat whose holder is gone is taken back and others called.

A console that is open proves itself by its live stream (`Presence`). What she does in the
case counts too, so that a claim by SMS has its time to reach a console, and so that a
number somebody forged holds a chat for minutes only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update

from amaan.core import Core
from amaan.logs import log
from amaan.ports import Courier
from amaan.storage import Transaction
from amaan.storage.models import Conversation, Escalation, Staff
from handoff.audit import SYSTEM, Tag, record
from handoff.cases import Change, OpenCase, announce, last_written, lock_case
from handoff.desk import Desk
from handoff.states import HELD, State
from handoff.transfer import let_go

LOOK_SECONDS = 15.0
"""How often the house looks for claims that lapsed."""
SEEN_EVERY = timedelta(seconds=10)
"""At most one write a person in this time, however many pages she has open."""


class Presence:
    """Which people have a console that is alive."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def seen(self, staff_id: UUID) -> None:
        """A console of hers is alive now. Call it often; it writes seldom.

        A time in the future is replaced: the clock was set back.
        """
        now = self._core.clock.now()
        async with self._core.database.transaction() as tx:
            await tx.session.execute(
                update(Staff)
                .where(
                    Staff.id == staff_id,
                    or_(
                        Staff.present_at.is_(None),
                        Staff.present_at <= now - SEEN_EVERY,
                        Staff.present_at > now,
                    ),
                )
                .values(present_at=now)
            )


class Lapses:
    """Takes back the chats of holders who are gone."""

    def __init__(self, core: Core, desk: Desk, courier: Courier) -> None:
        self._core = core
        self._desk = desk
        self._courier = courier

    async def take_back(self) -> int:
        """Takes back every claim that lapsed; returns how many.

        Each in a transaction of its own, under the case's lock and after a second look:
        harmless in two processes at once, and while the holder writes.
        """
        async with self._core.database.transaction() as tx:
            held = list(
                await tx.session.scalars(
                    select(Escalation.id)
                    .where(
                        Escalation.state.in_([state.value for state in HELD]),
                        Escalation.conversation_id.is_not(None),
                    )
                    .order_by(Escalation.opened_at)
                )
            )
        return sum([await self._look(escalation_id) for escalation_id in held])

    async def _look(self, escalation_id: UUID) -> bool:
        async with self._core.database.transaction() as tx:
            conversation, case = await lock_case(tx, escalation_id)
            if conversation is None or case is None or State(case.state) not in HELD:
                return False
            if not await self._is_gone(tx, case):
                return False
            await self._take_back(tx, conversation, case)
            return True

    async def _is_gone(self, tx: Transaction, case: Escalation) -> bool:
        assert case.claimed_by is not None
        now = self._core.clock.now()
        holder = await tx.session.get_one(Staff, case.claimed_by, populate_existing=True)
        if not holder.active:
            return True
        signs = [holder.present_at, case.claimed_at, await last_written(tx, case)]
        known = [sign for sign in signs if sign is not None]
        if any(sign > now for sign in known) and not _was_seen_by(holder, now):
            # The clock was set back: nothing tells how long she has been gone, so her time
            # begins now. Later times of the case say nothing any more.
            holder.present_at = now
            return False
        last = max((sign for sign in known if sign <= now), default=None)
        return last is None or now - last > self._core.settings.claim_lapses_after

    async def _take_back(
        self, tx: Transaction, conversation: Conversation, case: Escalation
    ) -> None:
        holder, state = case.claimed_by, case.state
        await let_go(self._core, self._courier, self._desk, OpenCase(tx, conversation, case))
        await record(
            tx,
            Tag.ESCALATION_LAPSED,
            at=self._core.clock.now(),
            actor=SYSTEM,
            subject=case.id,
            holder=str(holder),
            before=state,
            ladder=case.ladder,
        )
        await announce(tx, case, Change.LAPSED)
        log().warning("claim_lapsed", escalation_id=str(case.id))


def _was_seen_by(holder: Staff, now: datetime) -> bool:
    return holder.present_at is not None and holder.present_at <= now
