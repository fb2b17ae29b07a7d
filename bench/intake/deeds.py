"""What people do in a run: they begin complaints, consent, go away, or take them back.

The database may die in the middle: each deed is tried until its own record says that it was
done, as the conversation's jobs do it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID, uuid4

from procrastinate.exceptions import ProcrastinateException
from psycopg import Error
from sqlalchemy.exc import SQLAlchemyError

from amaan.conversation.store import lock_conversation
from amaan.core import Core
from amaan.errors import ConflictError
from amaan.storage.models import Complaint, Conversation
from bench.intake.plan import Case
from intake.complaints import Complaints
from intake.schema import ConsentItem, Draft
from intake.states import State

Result = TypeVar("Result")
_AGAIN_SECONDS = 0.25
_AT_ONCE = 8
AWAY = (SQLAlchemyError, Error, ProcrastinateException, OSError)
"""What a database that dies looks like."""


@dataclass(frozen=True)
class Done:
    """One complaint whose consent is in the database."""

    complaint_id: UUID
    conversation_id: UUID
    key: str
    reference: str
    at: float
    """Seconds since the epoch at which the consent was surely there."""


@dataclass
class Deeds:
    """Carries out a plan."""

    core: Core
    consented: list[Done] = field(default_factory=list)
    others: list[UUID] = field(default_factory=list)
    """Drafts, and what was taken back: nothing of these may arrive."""

    async def open_conversations(self, count: int) -> list[UUID]:
        """As many conversations on the web door, whose page fetches what is said itself."""
        now = self.core.clock.now()
        async with self.core.database.transaction() as tx:
            found = [uuid4() for _ in range(count)]
            for one in found:
                tx.session.add(
                    Conversation(
                        id=one,
                        door="web",
                        language="ur",
                        script="Arab",
                        language_chosen=True,
                        seam=0,
                        last_seq=0,
                        stopped=False,
                        created_at=now,
                        last_inbound_at=now,
                    )
                )
                await self.core.vault.create_key(tx, one)
            return found

    async def carry_out(self, cases: Sequence[Case], conversations: Sequence[UUID]) -> None:
        """Does everything in its time, a few at once."""
        began = time.monotonic()
        free = asyncio.Semaphore(_AT_ONCE)

        async def one(number: int, case: Case) -> None:
            await asyncio.sleep(max(0.0, began + case.at - time.monotonic()))
            async with free:
                await self._do(number, case, conversations[number])

        await asyncio.gather(*(one(number, case) for number, case in enumerate(cases)))

    async def _do(self, number: int, case: Case, conversation_id: UUID) -> None:
        row = await until_done(lambda: self._begin(conversation_id))
        if case.deed == "draft":
            self.others.append(row.id)
            return
        urgent = case.deed == "withdraw"
        await until_done(lambda: self._consent(row, draft_of(number, urgent=urgent)))
        if urgent:
            await until_done(lambda: self._withdraw(row))
            self.others.append(row.id)
            return
        self.consented.append(Done(row.id, conversation_id, row.key, row.reference, time.time()))

    async def _begin(self, conversation_id: UUID) -> Complaint:
        async with self.core.database.transaction() as tx:
            conversation = await lock_conversation(tx, conversation_id)
            assert conversation is not None
            row, _ = await Complaints(self.core).begin(tx, conversation)
            return row

    async def _consent(self, row: Complaint, draft: Draft) -> None:
        async with self.core.database.transaction() as tx:
            stored = await tx.session.get_one(Complaint, row.id)
            # Of a commit whose answer was lost, the row knows.
            if stored.state == State.DRAFT:
                await Complaints(self.core).consent(tx, stored, draft, self.core.clock.now())

    async def _withdraw(self, row: Complaint) -> None:
        async with self.core.database.transaction() as tx:
            try:
                await Complaints(self.core).withdraw(tx, row)
            except ConflictError:
                stored = await tx.session.get_one(Complaint, row.id)
                if stored.state != State.WITHDRAWN:
                    raise


async def until_done(deed: Callable[[], Awaitable[Result]]) -> Result:
    """The result of a deed, tried again while the database is away."""
    while True:
        try:
            return await deed()
        except AWAY:
            await asyncio.sleep(_AGAIN_SECONDS)


def draft_of(number: int, *, urgent: bool) -> Draft:
    """An invented complaint that can be filed. An urgent one waits for a supervisor first."""
    return Draft.model_validate(
        {
            "for_whom": "self",
            "age_band": "25_plus",
            "form_code": "image_abuse" if urgent else "impersonation",
            "platform": "facebook",
            "since": "2026-11-01",
            "since_precision": "exact",
            "story": f"Invented story {number}: somebody made a false page with my name.",
            "name": "Invented Person",
            "cnic": f"00000-{number + 1:07}-1",
            "gender": "woman",
            "phone": f"+92300000{number % 10_000:04}",
            "city": "Lahore",
            "province": "punjab",
            "contact": "message",
            "language": "ur",
            "script": "arabic",
            "channel": "web",
            "spread_risk": 3 if urgent else 0,
            "consents": {ConsentItem.SHARE_NCCIA: True},
            "consent_given_at": "2026-11-21T20:00:00+00:00",
            "declared_at": "2026-11-21T20:00:00+00:00",
        }
    )
