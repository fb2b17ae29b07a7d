"""What people do in a run: alarms ring, supervisors take chats and give them back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import psycopg
from procrastinate.exceptions import ProcrastinateException
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from amaan.conversation.store import lock_conversation
from amaan.core import Core
from amaan.ports import Alarm
from amaan.storage.models import Escalation
from bench.figures import BenchError
from bench.handoff.consoles import Console
from bench.handoff.plan import Deed, Ring
from handoff.desk import Desk

DATABASE_GONE = (SQLAlchemyError, psycopg.Error, ProcrastinateException, OSError)
_TRY_AGAIN, _GIVE_UP = 0.25, 120.0
_WORDS = "I am with you now."


@dataclass
class Rung:
    """One alarm as it rang, in seconds since the epoch."""

    case: UUID
    tried: float
    """When it was first tried."""
    at: float
    """Just before the commit that worked: the time from which everybody must see it."""
    known: float
    """When it was known to have worked: later when the database died on the answer."""


class Deeds:
    """Carries out a plan's alarms and what supervisors do about them."""

    def __init__(self, core: Core, consoles: Sequence[Console]) -> None:
        self._core = core
        self._desk = Desk(core.settings, core.clock)
        self._consoles = consoles
        self.rung: list[Rung] = []
        self.claimed = self.released = self.refused = 0

    async def carry_out(self, rings: Sequence[Ring], conversations: Sequence[UUID]) -> None:
        """Everything at its time from now on; returns when the last deed is done.

        Raises `BenchError` when an alarm cannot ring.
        """
        began = time.monotonic()

        async def one(ring: Ring, conversation_id: UUID) -> None:
            await asyncio.sleep(max(0.0, began + ring.at - time.monotonic()))
            rung = await self._ring(ring, conversation_id)
            self.rung.append(rung)
            if ring.deed is not None:
                await self._deal_with(rung.case, ring.deed)

        try:
            async with asyncio.TaskGroup() as group:
                for ring, conversation_id in zip(rings, conversations, strict=True):
                    group.create_task(one(ring, conversation_id))
        except* BenchError as several:
            fault = several.exceptions[0]
        else:
            return
        raise fault

    async def _ring(self, ring: Ring, conversation_id: UUID) -> Rung:
        kind = None if ring.level == "requested" else "suicide"
        alarm = Alarm(ring.level, kind, "self", "screened")  # type: ignore[arg-type]
        tried = time.time()
        unsure: float | None = None
        while True:
            at: float | None = None
            try:
                async with self._core.database.transaction() as tx:
                    conversation = await lock_conversation(tx, conversation_id)
                    if conversation is None:
                        raise BenchError("a conversation is gone")
                    case = await tx.session.scalar(_case_of(conversation_id))
                    if case is None:
                        conversation.last_inbound_at = self._core.clock.now()
                        await self._desk.raise_alarm(tx, conversation, alarm)
                        case = await tx.session.scalar(_case_of(conversation_id))
                    elif unsure is not None:
                        # The commit had worked although its answer was lost.
                        return Rung(case, tried, unsure, time.time())
                    at = time.time()
            except DATABASE_GONE:
                if time.time() - tried > _GIVE_UP:
                    raise BenchError("the database did not come back") from None
                unsure = unsure or at
                await asyncio.sleep(_TRY_AGAIN)
                continue
            if case is None:
                raise BenchError("the desk opened no case")
            return Rung(case, tried, at, time.time())

    async def _deal_with(self, case: UUID, deed: Deed) -> None:
        console = self._consoles[deed.console]
        await asyncio.sleep(deed.claims_after)
        if not await console.press(f"/cases/{case}/claim"):
            self.refused += 1
            return
        self.claimed += 1
        if deed.answers:
            form = {"text": _WORDS, "reply_id": str(uuid4())}
            self.refused += not await console.press(f"/cases/{case}/reply", form)
        if deed.releases_after is not None:
            await asyncio.sleep(deed.releases_after)
            done = await console.press(f"/cases/{case}/release")
            self.released += done
            self.refused += not done


def _case_of(conversation_id: UUID):  # type: ignore[no-untyped-def]  # SQLAlchemy's own type
    return select(Escalation.id).where(Escalation.conversation_id == conversation_id)
