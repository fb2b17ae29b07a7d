"""What supervisors may see: the queue, a case with its conversation, operator alarms.

Texts are opened here, for one request, after the permission was checked; opening a
conversation is audited.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select

from amaan.conversation.store import read_assessment, read_content
from amaan.core import Core
from amaan.errors import NotFoundError
from amaan.ports import Parse
from amaan.storage import Transaction
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import (
    Assessment,
    Conversation,
    Escalation,
    Message,
    OperatorAlarm,
    Staff,
)
from amaan.text import script_of
from amaan.words import VARIANTS, variant_for
from handoff.audit import Tag, record
from handoff.highlights import highlights
from handoff.pager import reference
from handoff.permissions import Permission
from handoff.states import WAITING, State
from handoff.viewer import Viewer
from handoff.views import AlarmLine, CaseLine, CaseView, MessageView

__all__ = ["AlarmLine", "CaseLine", "CaseView", "MessageView", "Reading"]

_DANGER = {"critical": 0, "elevated": 1, "requested": 2}
_HOUSE = frozenset({"bot", "system"})


class Reading:
    """Reading functions of the console; each is one transaction."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def queue(self, viewer: Viewer) -> list[CaseLine]:
        """Cases that are not closed: by danger, those who wait first, then by waiting time."""
        viewer.require(Permission.QUEUE_SEE)
        async with self._core.database.transaction() as tx:
            rows = await tx.session.execute(
                _lines().where(Escalation.state != State.CLOSED).order_by(Escalation.opened_at)
            )
            lines = [_line(case, name, viewer) for case, name in rows]
        return sorted(lines, key=_urgency)

    async def closed(self, viewer: Viewer, limit: int = 50) -> list[CaseLine]:
        """The cases closed last, those she erased among them; without any content."""
        viewer.require(Permission.QUEUE_SEE)
        async with self._core.database.transaction() as tx:
            rows = await tx.session.execute(
                _lines()
                .where(Escalation.state == State.CLOSED)
                .order_by(Escalation.closed_at.desc())
                .limit(limit)
            )
            return [_line(case, name, viewer) for case, name in rows]

    async def case(self, viewer: Viewer, escalation_id: UUID, *, opened: bool = True) -> CaseView:
        """One case with its conversation, opened for reading.

        `opened` is off for reloads of a page that is already open: the opening is
        audited once. Raises `NotFoundError`.
        """
        viewer.require(Permission.CASE_READ)
        async with self._core.database.transaction() as tx:
            row = (await tx.session.execute(_lines().where(Escalation.id == escalation_id))).first()
            if row is None:
                raise NotFoundError("there is no such case")
            case, name = row
            conversation = (
                await tx.session.get(Conversation, case.conversation_id)
                if case.conversation_id is not None
                else None
            )
            withheld = case.state == State.CLOSED and not viewer.may(Permission.CASE_READ_CLOSED)
            messages: tuple[MessageView, ...] = ()
            if conversation is not None and not withheld:
                messages = await self._messages(tx, conversation)
                if opened:
                    await self._note_reading(tx, viewer, case)
            return CaseView(
                line=_line(case, name, viewer),
                conversation_id=conversation.id if conversation is not None else None,
                is_mine=case.claimed_by == viewer.staff_id and case.state != State.CLOSED,
                stopped=conversation is not None and conversation.stopped,
                messages=messages,
                transcript_closed=withheld,
            )

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

    async def _note_reading(self, tx: Transaction, viewer: Viewer, case: Escalation) -> None:
        await record(
            tx,
            Tag.CONVERSATION_READ,
            at=self._core.clock.now(),
            actor=viewer.staff_id,
            subject=case.id,
            state=case.state,
        )

    async def _messages(
        self, tx: Transaction, conversation: Conversation
    ) -> tuple[MessageView, ...]:
        key = await self._core.vault.open_key(tx, conversation.id)
        rows = await tx.session.execute(
            select(Message, Assessment)
            .outerjoin(Assessment, Assessment.message_id == Message.id)
            .where(Message.conversation_id == conversation.id)
            .order_by(Message.seq)
        )
        return tuple(
            self._message(
                key, conversation, message, read_assessment(key, found) if found else None
            )
            for message, found in rows
        )

    def _message(
        self, key: bytes, conversation: Conversation, message: Message, parse: Parse | None
    ) -> MessageView:
        content = read_content(key, message)
        why = parse.risk.why if parse else ()
        return MessageView(
            id=message.id,
            seq=message.seq,
            author=message.author,
            text=content.text,
            menu=tuple(option.label for option in content.menu),
            notes=tuple(sorted(content.notes)),
            lang=_lang(conversation, message, content.text, parse),
            direction="rtl" if script_of(content.text) == "Arab" else "ltr",
            at=message.created_at,
            level=parse.risk.level if parse else None,
            kind=parse.risk.kind if parse else None,
            why=why,
            highlights=highlights(content.text, why),
            delivery=message.delivery,
            reviewed=self._reviewed(conversation, message, content.key),
        )

    def _reviewed(
        self, conversation: Conversation, message: Message, key: str | None
    ) -> bool | None:
        if message.author not in _HOUSE:
            return None
        variant = variant_for(conversation.language, conversation.script)
        return key is not None and self._core.catalogues.is_reviewed(
            key, variant, conversation.door
        )


def _lines() -> Select[Escalation, str]:
    return select(Escalation, Staff.sign_in_name).outerjoin(
        Staff, Staff.id == Escalation.claimed_by
    )


def _line(case: Escalation, claimed_by_name: str | None, viewer: Viewer) -> CaseLine:
    return CaseLine(
        escalation_id=case.id,
        reference=reference(case.id),
        level=case.level,
        kind=case.kind,
        who=case.who,
        reasons=tuple(case.reasons),
        state=State(case.state),
        door=case.door,
        language=case.language,
        script=case.script,
        opened_at=case.opened_at,
        waiting_since=_waiting_since(case),
        last_alarm_at=case.last_alarm_at,
        claimed_by=case.claimed_by,
        claimed_by_name=claimed_by_name,
        claimed_at=case.claimed_at,
        reads_language=case.language in viewer.languages,
        erased_by_person=case.erased_by_person,
        outcome=case.outcome,
    )


def _waiting_since(case: Escalation) -> datetime | None:
    """Since when she waits; a claim that was given back without a word does not shorten it."""
    if State(case.state) not in WAITING:
        return None
    if case.engaged_at is None:
        return case.opened_at
    # An elevated case's ladder may start in the future; she waits since the alarm.
    return min(case.clock_started_at, case.last_alarm_at)


def _urgency(line: CaseLine) -> tuple[bool, int, datetime]:
    waits = line.waiting_since is not None
    return not waits, _DANGER.get(line.level, 0), line.waiting_since or line.last_alarm_at


def _lang(
    conversation: Conversation, message: Message, text: str, parse: Parse | None
) -> str | None:
    """The BCP 47 tag of a text; None when language and letters do not fit together."""
    language, script = conversation.language, conversation.script
    if message.author == "person":
        if parse is None or parse.source != "model" or not parse.language:
            return None
        language, script = parse.language, parse.script
    if script_of(text) not in (script, None):
        return None
    variant = VARIANTS.get(f"{language}-{script}")
    return variant.html_lang if variant else f"{language}-{script}"
