"""Complaints on real storage, with an intake that remembers and parts that die when told."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, text

from amaan.clock import SetClock
from amaan.conversation.store import Content, append_message, lock_conversation, read_content
from amaan.core import Core
from amaan.errors import UnknownOutcomeError
from amaan.ports import Inbound
from amaan.storage import Transaction
from amaan.storage.models import Complaint as Row
from amaan.storage.models import ComplaintEvent, Conversation, FilingAttempt, Message
from intake.complaints import Complaints
from intake.events import check_chain, read_events
from intake.filing import Filer, FilingDelayedError
from intake.port import AgencyState, Receipt, RefusedError, UnavailableError
from intake.schema import Complaint, ConsentItem, Draft
from tests.fakes import Bench, FakeDesk

CONSENTED = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


class KilledError(BaseException):
    """The process dies here: no `except Exception` sees it."""


class DyingDatabase:
    """The database of a process that dies at its `at`th step, counted with the intake's calls.

    Even steps die before a commit, odd ones after it.
    """

    def __init__(self, core: Core) -> None:
        self._database = core.database
        self.at: int | None = None
        self.steps = 0

    def step(self) -> None:
        """One more step; dies when it is the one."""
        self.steps += 1
        if self.at == self.steps - 1:
            raise KilledError

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """See `Database.transaction`."""
        async with self._database.transaction() as tx:
            yield tx
            self.step()
        self.step()


class FakeIntake:
    """Implements `intake.port.Filing`: takes each key once and counts what came."""

    def __init__(self, clock: SetClock) -> None:
        self._clock = clock
        self.book: dict[str, Receipt] = {}
        self.came: list[tuple[str, Complaint]] = []
        self.calls: list[str] = []
        self.faults: deque[str] = deque()
        """Used up one a call: unavailable, wait, refused, lost_before, lost_after, or empty."""
        self.down = False
        self.dying: DyingDatabase | None = None

    async def file(self, complaint: Complaint, key: str) -> Receipt:
        """See `Filing.file`."""
        fault = self._next("file")
        if key not in self.book:
            number = f"TEST-{len(self.book) + 1:04}"
            self.book[key] = Receipt(number, "received", self._clock.now())
            self.came.append((key, complaint))
        if self.dying is not None:
            self.dying.step()
        if fault == "lost_after":
            raise UnknownOutcomeError
        return replace(self.book[key], sent="signed")

    async def find(self, key: str) -> Receipt | None:
        """See `Filing.find`."""
        self._next("find")
        return self.book.get(key)

    async def state(self, number: str) -> Receipt:
        """See `Filing.state`."""
        self._next("state")
        for receipt in self.book.values():
            if receipt.number == number:
                return receipt
        raise RefusedError

    def change(self, number: str, state: AgencyState) -> None:
        """The agency goes on with a complaint."""
        key = next(key for key, one in self.book.items() if one.number == number)
        self.book[key] = Receipt(number, state, self._clock.now())

    def _next(self, call: str) -> str:
        self.calls.append(call)
        if self.dying is not None:
            self.dying.step()
        fault = self.faults.popleft() if self.faults else ""
        if self.down or fault == "unavailable":
            raise UnavailableError
        if fault == "wait":
            raise UnavailableError(wait=timedelta(hours=3))
        if fault == "refused":
            raise RefusedError
        if fault == "lost_before":
            raise UnknownOutcomeError
        return fault


class House:
    """Everything that complaints need, joined."""

    def __init__(self, core: Core, clock: SetClock) -> None:
        self.core = core
        self.clock = clock
        self.desk = FakeDesk()
        self.bench = Bench(core, desk=self.desk)
        self.complaints = Complaints(core)
        self.intake = FakeIntake(clock)
        self.filer = Filer(core, self.intake, self.desk, self.say)

    def mortal(self) -> tuple[Filer, DyingDatabase]:
        """A filer that dies where it is told to."""
        dying = DyingDatabase(self.core)
        self.intake.dying = dying
        core = replace(self.core, database=dying)  # type: ignore[arg-type]
        return Filer(core, self.intake, self.desk, self.say), dying

    async def say(
        self, tx: Transaction, conversation: Conversation, key: str, **values: str
    ) -> bool:
        """Says by writing the key and its values into the conversation."""
        if conversation.stopped:
            return False
        data_key = await self.core.vault.open_key(tx, conversation.id)
        words = " ".join([key, *(f"{name}={value}" for name, value in values.items())])
        await append_message(
            tx, data_key, conversation, "system", Content(words, key), self.clock.now()
        )
        return True

    async def person(self, number: str = "+923000000001") -> UUID:
        """A conversation with one message in it."""
        inbound = Inbound("sms", number, "hello", f"SM{uuid4().hex}")
        accepted = await self.bench.acceptor.accept(inbound)
        assert accepted.conversation_id is not None
        return accepted.conversation_id

    @asynccontextmanager
    async def talk(self, conversation_id: UUID) -> AsyncIterator[tuple[Transaction, Conversation]]:
        """A transaction with a conversation locked."""
        async with self.core.database.transaction() as tx:
            conversation = await lock_conversation(tx, conversation_id)
            assert conversation is not None
            yield tx, conversation

    async def begin(self, conversation_id: UUID) -> Row:
        """Her draft."""
        async with self.talk(conversation_id) as (tx, conversation):
            row, _ = await self.complaints.begin(tx, conversation)
            return row

    async def consented(
        self, conversation_id: UUID | None = None, draft: Draft | None = None
    ) -> Row:
        """A complaint that she consented to."""
        conversation_id = conversation_id or await self.person()
        async with self.talk(conversation_id) as (tx, conversation):
            row, _ = await self.complaints.begin(tx, conversation)
            await self.complaints.consent(tx, row, draft or whole_draft(), self.clock.now())
            return row

    async def row(self, complaint_id: UUID) -> Row:
        """A complaint as it stands."""
        found = await self.row_or_none(complaint_id)
        assert found is not None
        return found

    async def row_or_none(self, complaint_id: UUID) -> Row | None:
        """A complaint as it stands, if it still does."""
        async with self.core.database.transaction() as tx:
            return await tx.session.get(Row, complaint_id)

    async def attempts(self, complaint_id: UUID) -> list[str]:
        """Outcomes of its attempts, in order."""
        async with self.core.database.transaction() as tx:
            rows = await tx.session.scalars(
                select(FilingAttempt.outcome)
                .where(FilingAttempt.complaint_id == complaint_id)
                .order_by(FilingAttempt.number)
            )
            return list(rows)

    async def events(self, complaint_id: UUID) -> list[ComplaintEvent]:
        """Its entries; the chain must hold."""
        async with self.core.database.transaction() as tx:
            found = await read_events(tx, complaint_id)
        assert check_chain(found) is None
        return found

    async def tags(self, complaint_id: UUID) -> list[str]:
        """Tags of its entries, in order."""
        return [one.tag for one in await self.events(complaint_id)]

    async def said(self, conversation_id: UUID) -> list[str]:
        """What the house said to her unasked."""
        async with self.core.database.transaction() as tx:
            key = await self.core.vault.open_key(tx, conversation_id)
            rows = await tx.session.scalars(
                select(Message)
                .where(Message.conversation_id == conversation_id, Message.author == "system")
                .order_by(Message.seq)
            )
            return [read_content(key, row).text for row in rows]

    async def jobs(self, task: str) -> list[dict[str, str]]:
        """Arguments of the waiting jobs of one task."""
        async with self.core.database.transaction() as tx:
            rows = await tx.session.execute(
                text("SELECT args FROM procrastinate_jobs WHERE task_name = :task ORDER BY id"),
                {"task": task},
            )
            return [row[0] for row in rows]

    async def carry_out(
        self, filer: Filer, complaint_id: UUID, *, most: int = 400
    ) -> list[timedelta]:
        """Does the job again and again, as the queue does it; returns the waits between."""
        waits: list[timedelta] = []
        for _ in range(most):
            try:
                await filer.file(complaint_id)
            except FilingDelayedError as error:
                waits.append(error.wait)
                self.clock.move(error.wait)
            except KilledError:
                # Seconds pass until the job of a dead worker is put back.
                self.clock.move(timedelta(seconds=5))
            else:
                return waits
        raise AssertionError("the job never ended")


def whole_draft(**more: object) -> Draft:
    """An invented draft that can be filed, of a medium urgency."""
    values: dict[str, object] = {
        "for_whom": "self",
        "age_band": "25_plus",
        "form_code": "impersonation",
        "platform": "facebook",
        "since": "2026-11-01",
        "since_precision": "exact",
        "story": "Somebody made a false page with my name and my picture.",
        "name": "Invented Person",
        "cnic": "00000-0000001-1",
        "gender": "woman",
        "phone": "+923000000001",
        "city": "Lahore",
        "province": "punjab",
        "contact": "message",
        "language": "ur",
        "script": "arabic",
        "channel": "sms",
        "consents": {ConsentItem.SHARE_NCCIA: True},
        "consent_given_at": CONSENTED,
        "declared_at": CONSENTED,
    }
    return Draft.model_validate({**values, **more})


def urgent_draft() -> Draft:
    """One that a supervisor may look at first."""
    return whole_draft(form_code="image_abuse", spread_risk=3)
