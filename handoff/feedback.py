"""What supervisors say of the machine's judgement, and the trainers' queue of it.

Trainers never see her words or her chat: they read the supervisor's own invented line, the
language and what the machine had found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from amaan.core import Core
from amaan.errors import ErasedError, InputError, NotFoundError
from amaan.storage import Transaction
from amaan.storage.models import Assessment, Feedback, Message
from amaan.storage.vault import seal_json, unseal_json
from amaan.text import is_blank
from handoff.audit import Tag, record
from handoff.cases import Change, OpenCase, announce, locked_case
from handoff.permissions import Permission
from handoff.viewer import Viewer

RIGHT = "right"
NOT_A_RISK = "not_a_risk"
MISSED_EARLIER = "missed_earlier"
VERDICTS = (RIGHT, NOT_A_RISK, MISSED_EARLIER)
MAX_LINE_CHARACTERS = 500
"""Longest invented line; training lines are single thoughts."""


@dataclass(frozen=True)
class FeedbackLine:
    """One entry of the trainers' queue."""

    id: UUID
    at: datetime
    verdict: str
    """`NOT_A_RISK` or `MISSED_EARLIER`."""
    language: str
    script: str
    level: str | None
    """What the machine had found in the message; None when no message was named."""
    kind: str | None
    line: str | None
    """The supervisor's own invented words; None when she gave none."""


class Feedbacks:
    """Giving feedback, and dealing with it."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def give(
        self,
        viewer: Viewer,
        escalation_id: UUID,
        verdict: str,
        message_id: UUID | None = None,
        line: str | None = None,
    ) -> UUID | None:
        """Says whether the alarm was right; also of a closed case. Audited.

        `message_id` names the message that was judged wrongly, `line` the thought in the
        supervisor's own invented words. What is not `RIGHT` goes to the trainers' queue and
        its id is returned; the same verdict on the same message by the same person replaces
        the one before. Raises `InputError` (codes ``verdict``, ``message``, ``too_long``)
        and what `locked_case` raises.
        """
        if verdict not in VERDICTS:
            raise InputError("there is no such verdict", code="verdict")
        words = _checked(line)
        async with locked_case(self._core, viewer, escalation_id, closed_too=True) as found:
            judged = await _judged_message(found, message_id)
            found.case.judged = verdict
            row = None
            if verdict != RIGHT:
                row = await self._row(found, viewer, verdict, message_id)
                row.level, row.kind = judged
                row.sealed = await self._sealed(found, row.id, words)
            await record(
                found.tx,
                Tag.ESCALATION_JUDGED if row is None else Tag.FEEDBACK_GIVEN,
                at=self._core.clock.now(),
                actor=viewer.staff_id,
                subject=found.case.id,
                verdict=verdict,
            )
            await announce(found.tx, found.case, Change.JUDGED)
            return row.id if row is not None else None

    async def queue(self, viewer: Viewer) -> list[FeedbackLine]:
        """What no trainer has dealt with yet, the oldest first."""
        viewer.require(Permission.FEEDBACK_SEE)
        async with self._core.database.transaction() as tx:
            rows = await tx.session.scalars(
                select(Feedback)
                .where(Feedback.done_at.is_(None))
                .order_by(Feedback.created_at, Feedback.id)
            )
            lines = [await self._line(tx, row) for row in rows]
        return [line for line in lines if line is not None]

    async def done(self, viewer: Viewer, feedback_id: UUID) -> None:
        """A trainer has dealt with it; audited once. Raises `NotFoundError`."""
        viewer.require(Permission.FEEDBACK_SEE)
        async with self._core.database.transaction() as tx:
            row = await tx.session.get(Feedback, feedback_id, with_for_update=True)
            if row is None:
                raise NotFoundError("there is no such feedback")
            if row.done_at is not None:
                return
            row.done_at, row.done_by = self._core.clock.now(), viewer.staff_id
            await record(
                tx, Tag.FEEDBACK_DONE, at=row.done_at, actor=viewer.staff_id, subject=row.id
            )

    async def _row(
        self, found: OpenCase, viewer: Viewer, verdict: str, message_id: UUID | None
    ) -> Feedback:
        """Her entry of before that nobody has dealt with, or a new one."""
        of_message = (
            Feedback.message_id.is_(None)
            if message_id is None
            else Feedback.message_id == message_id
        )
        row = await found.tx.session.scalar(
            select(Feedback)
            .where(
                Feedback.escalation_id == found.case.id,
                Feedback.staff_id == viewer.staff_id,
                Feedback.verdict == verdict,
                Feedback.done_at.is_(None),
                of_message,
            )
            .limit(1)
        )
        if row is None:
            row = Feedback(
                id=uuid4(),
                escalation_id=found.case.id,
                conversation_id=found.conversation.id,
                message_id=message_id,
                staff_id=viewer.staff_id,
                verdict=verdict,
                language=found.conversation.language,
                script=found.conversation.script,
                created_at=self._core.clock.now(),
            )
            found.tx.session.add(row)
        return row

    async def _sealed(self, found: OpenCase, row_id: UUID, words: str | None) -> bytes | None:
        if words is None:
            return None
        key = await self._core.vault.open_key(found.tx, found.conversation.id)
        return seal_json(key, {"line": words}, "feedback.sealed", row_id)

    async def _line(self, tx: Transaction, row: Feedback) -> FeedbackLine | None:
        line = None
        if row.sealed is not None:
            try:
                key = await self._core.vault.open_key(tx, row.conversation_id)
            except ErasedError:
                # Erased while we read: the line goes with the chat.
                return None
            line = unseal_json(key, row.sealed, "feedback.sealed", row.id)["line"]
        return FeedbackLine(
            id=row.id,
            at=row.created_at,
            verdict=row.verdict,
            language=row.language,
            script=row.script,
            level=row.level,
            kind=row.kind,
            line=line,
        )


async def _judged_message(
    found: OpenCase, message_id: UUID | None
) -> tuple[str | None, str | None]:
    """Level and kind that the machine found in a message of hers."""
    if message_id is None:
        return None, None
    message = await found.tx.session.get(Message, message_id)
    if (
        message is None
        or message.conversation_id != found.conversation.id
        or message.author != "person"
    ):
        raise InputError("this is no message of hers", code="message")
    seen = await found.tx.session.get(Assessment, message_id)
    return (seen.level, seen.kind) if seen is not None else (None, None)


def _checked(line: str | None) -> str | None:
    text = (line or "").encode("utf-8", "replace").decode().replace("\x00", "").strip()
    if is_blank(text):
        return None
    if len(text) > MAX_LINE_CHARACTERS:
        raise InputError("the line is too long", code="too_long")
    return text
