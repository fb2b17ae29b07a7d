"""The handoff joined on real storage, with a pager and a courier that remember."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, text

from amaan.conversation.store import lock_conversation, read_content
from amaan.core import Core
from amaan.ports import Alarm, Inbound, Reply, Turn
from amaan.storage import Transaction
from amaan.storage.models import AuditEvent, Conversation, Escalation, Message, Page, Staff
from handoff.claims import Claims
from handoff.desk import Desk
from handoff.feedback import Feedbacks
from handoff.honour import HonourClock
from handoff.ladder import Ladder
from handoff.lapse import Lapses, Presence
from handoff.listening import Listening
from handoff.notes import Notes
from handoff.reading import Reading
from handoff.staff import StaffAccounts, Viewer
from handoff.tiers import Tiers
from handoff.transfer import Transfers
from handoff.viewer import viewer_of
from tests.fakes import Bench, FakeCourier, FakeDialogue


class FakePager:
    """Remembers whom it called; raises what `fails` holds for a means."""

    def __init__(self) -> None:
        self.pages: list[tuple[str, str, str]] = []
        self.fails: dict[str, BaseException] = {}
        self.went_out = False
        """What `was_paged` answers."""

    async def page(self, staff: Staff, means: str, text: str) -> None:
        """See `Pager.page`."""
        if means in self.fails:
            raise self.fails[means]
        self.pages.append((staff.sign_in_name, means, text))

    async def was_paged(self, staff: Staff, means: str, text: str, since: datetime) -> bool:
        """See `Pager.was_paged`."""
        return self.went_out

    async def ring(self, tx: Transaction, staff_id: UUID) -> None:
        """See `Pager.ring`. Remembers it as a page without words."""
        await self.page(await tx.session.get_one(Staff, staff_id), "console", "")

    @property
    def names(self) -> list[str]:
        """Whom it called, in order."""
        return [name for name, _, _ in self.pages]


class SlowDialogue(FakeDialogue):
    """Composes until `gate` is set; `asked` tells that it has begun."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.finish = self.gate = asyncio.Event()

    async def answer(self, turn: Turn) -> list[Reply]:
        """See `Dialogue.answer`."""
        self.asked.set()
        return await super().answer(turn)


class Handoff:
    """All parts of the handoff and the conversation service before it."""

    def __init__(self, core: Core, **more: Any) -> None:
        self.core = core
        self.desk = Desk(core.settings, core.clock)
        self.courier = FakeCourier()
        self.pager = FakePager()
        self.bench = Bench(core, desk=self.desk, courier=self.courier, **more)
        self.claims = Claims(core, self.desk, self.courier)
        self.transfers = Transfers(core, self.desk, self.courier)
        self.lapses = Lapses(core, self.desk, self.courier)
        self.presence = Presence(core)
        self.tiers = Tiers(core, self.desk)
        self.honour = HonourClock(core)
        self.notes = Notes(core)
        self.listening = Listening(core)
        self.feedbacks = Feedbacks(core)
        self.ladder = Ladder(core, self.courier, self.pager)
        self.accounts = StaffAccounts(core, refusal_seconds=0.0)
        self.reading = Reading(core)

    async def person(self, text: str = "hello", number: str = "+923000000001") -> UUID:
        """A conversation with one message in it."""
        inbound = Inbound("sms", number, text, f"SM{uuid4().hex}")
        accepted = await self.bench.acceptor.accept(inbound)
        assert accepted.conversation_id is not None
        return accepted.conversation_id

    async def staff(self, name: str, role: str = "supervisor", **more: Any) -> Viewer:
        """A member of staff who has set a password."""
        languages = more.pop("languages", ["ur"])
        person = await self.accounts.add(name, role, languages, **more)
        async with self.core.database.transaction() as tx:
            row = await tx.session.get_one(Staff, person.id)
            row.password_hash = "not used"
            return viewer_of(row)

    async def alarm(
        self,
        conversation_id: UUID,
        level: str = "critical",
        reason: str = "screened",
        *,
        kind: str | None = "suicide",
        **more: Any,
    ) -> bool:
        """Rings for a conversation; returns what the desk returns. `more` as in `Alarm`."""
        kind = None if level == "requested" else kind
        async with self.core.database.transaction() as tx:
            conversation = await lock_conversation(tx, conversation_id)
            assert conversation is not None
            alarm = Alarm(level, kind, "self", reason, **more)  # type: ignore[arg-type]
            return await self.desk.raise_alarm(tx, conversation, alarm)

    async def rung(
        self, level: str = "critical", *, number: str = "+923000000001", **more: Any
    ) -> Escalation:
        """A fresh conversation with its case; `more` as in `alarm`."""
        conversation_id = await self.person(number=number)
        await self.alarm(conversation_id, level, **more)
        return await self.case_of(conversation_id)

    async def case_of(self, conversation_id: UUID) -> Escalation:
        """The latest case of a conversation."""
        async with self.core.database.transaction() as tx:
            found = await tx.session.scalar(
                select(Escalation)
                .where(Escalation.conversation_id == conversation_id)
                .order_by(Escalation.opened_at.desc(), Escalation.state == "closed")
                .limit(1)
            )
            assert found is not None
            return found

    async def case(self, escalation_id: UUID) -> Escalation:
        """A case as it stands."""
        async with self.core.database.transaction() as tx:
            return await tx.session.get_one(Escalation, escalation_id)

    async def conversation(self, conversation_id: UUID) -> Conversation:
        """A conversation as it stands."""
        async with self.core.database.transaction() as tx:
            return await tx.session.get_one(Conversation, conversation_id)

    async def said(self, conversation_id: UUID) -> list[tuple[str, str | None, str]]:
        """Author, catalogue key and text of every message."""
        async with self.core.database.transaction() as tx:
            key = await self.core.vault.open_key(tx, conversation_id)
            rows = await tx.session.scalars(
                select(Message)
                .where(Message.conversation_id == conversation_id)
                .order_by(Message.seq)
            )
            contents = [(row.author, read_content(key, row)) for row in rows]
            return [(author, content.key, content.text) for author, content in contents]

    async def pages(self, escalation_id: UUID) -> list[Page]:
        """Every page of a case."""
        async with self.core.database.transaction() as tx:
            return list(
                await tx.session.scalars(
                    select(Page)
                    .where(Page.escalation_id == escalation_id)
                    .order_by(Page.ladder, Page.step, Page.created_at)
                )
            )

    async def timers(self, task: str = "handoff:page") -> list[tuple[datetime, dict[str, Any]]]:
        """Time and arguments of every timer of one task in the job queue, in order."""
        async with self.core.database.transaction() as tx:
            rows = await tx.session.execute(
                text(
                    "SELECT scheduled_at, args FROM procrastinate_jobs "
                    "WHERE task_name = :task ORDER BY scheduled_at, id"
                ),
                {"task": task},
            )
            return [(at, args) for at, args in rows]

    async def audit(self, subject: UUID | None = None) -> list[AuditEvent]:
        """The trail, of one subject or whole."""
        statement = select(AuditEvent).order_by(AuditEvent.id)
        if subject is not None:
            statement = statement.where(AuditEvent.subject_id == str(subject))
        async with self.core.database.transaction() as tx:
            return list(await tx.session.scalars(statement))

    async def tags(self, subject: UUID) -> list[str]:
        """The tags of one subject's trail."""
        return [event.tag for event in await self.audit(subject)]


def keys(said: Iterable[tuple[str, str | None, str]]) -> list[str | None]:
    """The catalogue keys of what the house said."""
    return [key for author, key, _ in said if author == "system"]
