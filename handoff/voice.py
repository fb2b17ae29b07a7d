"""Who may listen to a voice note: who holds the chat or reads along in it, and it is recorded."""

from __future__ import annotations

from uuid import UUID

from amaan.conversation.store import read_attachments
from amaan.core import Core
from amaan.errors import NotFoundError
from amaan.storage.models import Message
from handoff.audit import Tag, record
from handoff.cases import NotHolderError, locked_case
from handoff.listening import Listening
from handoff.permissions import Permission
from handoff.states import HELD, State
from handoff.viewer import Viewer


class VoiceNotes:
    """Voice notes of open cases. Nothing of a sound is ever kept here."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def listen(self, viewer: Viewer, escalation_id: UUID, message_id: UUID, at: int) -> str:
        """The provider's id of voice note `at` of a message, for one listening, recorded.

        Raises what `locked_case` raises, `NotHolderError`, and `NotFoundError` when the
        message or the note is not in this case's conversation.
        """
        async with locked_case(self._core, viewer, escalation_id, Permission.CASE_READ) as found:
            tx, case = found.tx, found.case
            holds = State(case.state) in HELD and case.claimed_by == viewer.staff_id
            reads_along = {one.staff_id for one in await Listening.of(tx, case)}
            if not holds and viewer.staff_id not in reads_along:
                raise NotHolderError()
            message = await tx.session.get(Message, message_id)
            if message is None or message.conversation_id != found.conversation.id:
                raise NotFoundError("there is no such message")
            key = await self._core.vault.open_key(tx, found.conversation.id)
            notes = read_attachments(key, message)
            if not 0 <= at < len(notes):
                raise NotFoundError("there is no such voice note")
            now = self._core.clock.now()
            await record(tx, Tag.VOICE_HEARD, at=now, actor=viewer.staff_id, subject=escalation_id)
            return notes[at].sid
