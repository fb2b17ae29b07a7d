"""What supervisors may see: the queue, a case with its conversation, operator alarms.

Texts are opened here, for one request, after the permission was checked. Whoever is given
texts of a conversation is on record as its reader.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import delete, select

from amaan.core import Core
from amaan.errors import ErasedError, NotFoundError
from amaan.storage import Transaction
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import (
    Conversation,
    Escalation,
    OperatorAlarm,
)
from amaan.together import Together
from handoff.audit import Tag, record
from handoff.caselines import CaseRow, case_line, case_rows, urgency
from handoff.listening import Listening
from handoff.messages import messages_of
from handoff.permissions import Permission
from handoff.states import State
from handoff.summary import HandOverSummary, hand_over_summary
from handoff.viewer import Viewer
from handoff.views import AlarmLine, CaseLine, CaseView, MessageView
from handoff.wishes import wishes_of

__all__ = ["AlarmLine", "CaseLine", "CaseView", "MessageView", "Reading"]

_REMEMBERED = 4_096
"""Open pages that one process knows of; a forgotten one is recorded once more."""


class Reading:
    """Reading functions of the console; each is one transaction."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._open_cases = Together(self._read_open_cases)
        # Who has which case open, since when: reloads of parts of a page are not recorded again.
        self._readers: dict[tuple[UUID, UUID], datetime] = {}

    async def queue(self, viewer: Viewer) -> list[CaseLine]:
        """Cases that are not closed: who waits first, then by danger, tier and waiting time."""
        viewer.require(Permission.QUEUE_SEE)
        rows = await self._open_cases.get()
        return sorted((self._line(row, viewer) for row in rows), key=urgency)

    async def _read_open_cases(self) -> list[CaseRow]:
        async with self._core.database.transaction() as tx:
            rows = await tx.session.execute(
                case_rows().where(Escalation.state != State.CLOSED).order_by(Escalation.opened_at)
            )
            return [CaseRow(*row) for row in rows]

    async def closed(self, viewer: Viewer, limit: int = 50) -> list[CaseLine]:
        """The cases closed last, those she erased among them; without any content."""
        viewer.require(Permission.QUEUE_SEE)
        async with self._core.database.transaction() as tx:
            rows = await tx.session.execute(
                case_rows()
                .where(Escalation.state == State.CLOSED)
                .order_by(Escalation.closed_at.desc())
                .limit(limit)
            )
            return [self._line(CaseRow(*row), viewer) for row in rows]

    async def glance(self, viewer: Viewer, escalation_id: UUID) -> CaseView:
        """One case without any text: what stands before the conversation is opened.

        Records nothing. Raises `NotFoundError`.
        """
        viewer.require(Permission.CASE_READ)
        return await _settled(partial(self._glance, viewer, escalation_id))

    async def _glance(self, viewer: Viewer, escalation_id: UUID) -> CaseView:
        async with self._core.database.transaction() as tx:
            view, _ = await self._view(tx, viewer, escalation_id)
            return view

    async def case(self, viewer: Viewer, escalation_id: UUID, *, opened: bool = True) -> CaseView:
        """One case with its conversation, opened for reading, which is audited.

        `opened` is off for reloads of a page that is already open: they are recorded only
        when this process does not know that the viewer has opened it. Raises
        `NotFoundError`.
        """
        viewer.require(Permission.CASE_READ)
        return await _settled(partial(self._case, viewer, escalation_id, opened=opened))

    async def _case(self, viewer: Viewer, escalation_id: UUID, *, opened: bool) -> CaseView:
        async with self._core.database.transaction() as tx:
            view, conversation = await self._view(tx, viewer, escalation_id)
            if conversation is None or view.transcript_closed:
                return view
            messages, places = await messages_of(self._core, tx, conversation, escalation_id)
            if opened or not self._knows(viewer, escalation_id):
                await self._note_reading(tx, viewer, view.line)
        self._remember(viewer, escalation_id)
        return replace(
            view,
            opened=True,
            messages=messages,
            city=places.get("city"),
            province=places.get("province"),
        )

    async def summary(self, viewer: Viewer, escalation_id: UUID) -> HandOverSummary:
        """The hand-over summary with its notes, for a page that is open.

        Raises as `hand_over_summary`.
        """
        found = await hand_over_summary(self._core, viewer, escalation_id)
        if not self._knows(viewer, escalation_id):
            # Notes quote people: who asks for them alone is a reader too.
            await self.case(viewer, escalation_id)
        return found

    async def _view(
        self, tx: Transaction, viewer: Viewer, escalation_id: UUID
    ) -> tuple[CaseView, Conversation | None]:
        found = (
            await tx.session.execute(case_rows().where(Escalation.id == escalation_id))
        ).first()
        if found is None:
            raise NotFoundError("there is no such case")
        row = CaseRow(*found)
        case = row.case
        conversation = (
            await tx.session.get(Conversation, case.conversation_id)
            if case.conversation_id is not None
            else None
        )
        view = CaseView(
            line=self._line(row, viewer),
            conversation_id=conversation.id if conversation is not None else None,
            is_mine=case.claimed_by == viewer.staff_id and case.state != State.CLOSED,
            stopped=conversation is not None and conversation.stopped,
            messages=(),
            transcript_closed=case.state == State.CLOSED
            and not viewer.may(Permission.CASE_READ_CLOSED),
            listeners=await Listening.of(tx, case),
            wishes=await wishes_of(self._core, tx, conversation) if conversation else None,
        )
        return view, conversation

    def _line(self, row: CaseRow, viewer: Viewer) -> CaseLine:
        return case_line(row, viewer, self._core.settings.honour_attention)

    def _remember(self, viewer: Viewer, escalation_id: UUID) -> None:
        self._readers.pop((viewer.staff_id, escalation_id), None)
        self._readers[viewer.staff_id, escalation_id] = self._core.clock.now()
        while len(self._readers) > _REMEMBERED:
            # The one that was read longest ago: dicts keep the order of putting in.
            del self._readers[next(iter(self._readers))]

    def _knows(self, viewer: Viewer, escalation_id: UUID) -> bool:
        since = self._readers.get((viewer.staff_id, escalation_id))
        if since is None:
            return False
        age = self._core.clock.now() - since
        return timedelta(0) <= age <= self._core.settings.staff_session_length

    async def operator_alarms(self, viewer: Viewer) -> list[AlarmLine]:
        """Operator alarms that are not cleared, the latest first; empty without the permission."""
        if not viewer.may(Permission.OPERATOR_ALARM_SEE):
            return []
        async with self._core.database.transaction() as tx:
            rows = await tx.session.scalars(
                select(OperatorAlarm).order_by(OperatorAlarm.last_at.desc())
            )
            return [AlarmLine(row.kind, row.count, row.first_at, row.last_at) for row in rows]

    async def clear_operator_alarm(self, viewer: Viewer, kind: str) -> None:
        """Removes one alarm, audited. Raises `NotAllowedError`; harmless when it is gone."""
        viewer.require(Permission.OPERATOR_ALARM_CLEAR)
        async with self._core.database.transaction() as tx:
            gone = await tx.session.scalar(
                delete(OperatorAlarm)
                .where(OperatorAlarm.kind == kind)
                .returning(OperatorAlarm.kind)
            )
            if gone is None:
                return
            now = self._core.clock.now()
            tag = Tag.OPERATOR_ALARM_CLEARED
            await record(tx, tag, at=now, actor=viewer.staff_id, subject=gone)
            await tx.notify(CONSOLE_CHANNEL, alarm=gone)

    async def _note_reading(self, tx: Transaction, viewer: Viewer, line: CaseLine) -> None:
        await record(
            tx,
            Tag.CONVERSATION_READ,
            at=self._core.clock.now(),
            actor=viewer.staff_id,
            subject=line.escalation_id,
            state=line.state,
        )


async def _settled(read: Callable[[], Awaitable[CaseView]]) -> CaseView:
    """What `read` finds; it is asked once more when she erased the chat while it read.

    Then it finds what is left, and the page says so instead of failing.
    """
    try:
        return await read()
    except ErasedError:
        return await read()
