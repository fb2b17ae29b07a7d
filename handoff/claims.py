"""A supervisor takes a case, talks with her, gives the chat back or closes the case.

Each method is one transaction that locks the conversation first: of two claims one
wins, and from its commit on the assistant is silent (`Processor` looks at holder
and seam under the same lock).
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete

from amaan.conversation.recordings import remove_recordings
from amaan.conversation.store import Content, append_message
from amaan.conversation.wishes import read_wishes, withheld
from amaan.core import Core
from amaan.errors import ConflictError, InputError
from amaan.logs import log
from amaan.ports import Courier
from amaan.storage import Transaction
from amaan.storage.models import CaseListener, Conversation, Escalation, Message
from amaan.text import is_blank
from handoff.audit import Tag, record
from handoff.cases import (
    Change,
    NotHolderError,
    announce,
    cross_seam,
    end_offer,
    locked_case,
    require_holder,
)
from handoff.desk import Desk
from handoff.sayings import CLOSED, JOINED, RELEASED, say
from handoff.states import CHOOSABLE, HELD, Outcome, State, move
from handoff.transfer import CHANGED, let_go, take_back_offer
from handoff.viewer import Viewer

__all__ = ["AlreadyClaimedError", "Claims", "NotHolderError", "StoppedError", "WithheldError"]

MAX_REPLY_CHARACTERS = 2_000
"""Longest message of a supervisor; about 30 SMS segments in Urdu, so the console counts along."""
GENDERS = ("woman", "man", "trans", "unknown")
"""As a supervisor understood it, for figures only; she is never asked."""


class AlreadyClaimedError(ConflictError):
    """Another supervisor was first."""

    code = "already_claimed"


class StoppedError(ConflictError):
    """She asked not to be written to; her next message lifts it."""

    code = "stopped"


class WithheldError(ConflictError):
    """Her wishes forbid it now. Codes ``wish_hours``, ``wish_first``."""


class Claims:
    """What supervisors do with cases.

    Every method checks the viewer's permission (`NotAllowedError`), and raises
    `NotFoundError` for an unknown case, `ErasedError` when she erased it,
    `ConflictError` (code ``closed``) when it is closed.
    """

    def __init__(self, core: Core, desk: Desk, courier: Courier) -> None:
        self._core = core
        self._desk = desk
        self._courier = courier

    async def claim(self, viewer: Viewer, escalation_id: UUID) -> None:
        """Takes the chat; she is told that a human is there. Harmless when it is already yours.

        Of a case that is handed over whoever claims first becomes the holder, and she is
        told that it is another person; the giver takes her offer back by claiming. Raises
        `AlreadyClaimedError`.
        """
        async with locked_case(self._core, viewer, escalation_id) as found:
            tx, conversation, case = found.tx, found.conversation, found.case
            handed_over = case.state == State.HANDED_OVER
            if State(case.state) in HELD:
                if case.claimed_by == viewer.staff_id:
                    if handed_over:
                        await take_back_offer(self._core, tx, case, viewer)
                    return
                if not handed_over:
                    raise AlreadyClaimedError()
            case.state = move(case.state, State.CLAIMED)
            case.claimed_by = viewer.staff_id
            case.claimed_at = self._core.clock.now()
            end_offer(case)
            cross_seam(conversation, viewer.staff_id)
            await self._say(tx, conversation, CHANGED if handed_over else JOINED)
            await self._note(tx, viewer, case, Tag.ESCALATION_CLAIMED, Change.CLAIMED)

    async def send(
        self, viewer: Viewer, escalation_id: UUID, text: str, *, message_id: UUID | None = None
    ) -> UUID:
        """Sends a message to her and returns its id.

        `message_id` is a fresh UUID made with the form: the same form posted twice
        sends once. Raises `NotHolderError`, `StoppedError`, `WithheldError`, `InputError`
        (codes ``empty``, ``too_long``, ``form_used``).
        """
        text = _checked(text)
        async with locked_case(self._core, viewer, escalation_id) as found:
            tx, conversation, case = found.tx, found.conversation, found.case
            require_holder(viewer, case)
            if message_id is not None and await _was_sent(tx, conversation, message_id):
                return message_id
            if conversation.stopped:
                raise StoppedError()
            now = self._core.clock.now()
            key = await self._core.vault.open_key(tx, conversation.id)
            wishes = read_wishes(key, conversation)
            if forbidden := withheld(wishes, conversation, "supervisor", now):
                raise WithheldError(code=forbidden)
            message = await append_message(
                tx, key, conversation, "supervisor", Content(text), now, message_id=message_id
            )
            await self._courier.schedule(tx, conversation, message.id)
            await record(tx, Tag.MESSAGE_SENT, at=now, actor=viewer.staff_id, subject=case.id)
            if case.state == State.CLAIMED or case.engaged_at is None:
                if case.state == State.CLAIMED:
                    case.state = move(case.state, State.ENGAGED)
                case.engaged_at = case.engaged_at or now
                await self._note(tx, viewer, case, Tag.ESCALATION_ENGAGED, Change.ENGAGED)
            return message.id

    async def release(self, viewer: Viewer, escalation_id: UUID) -> None:
        """Gives the chat back to the assistant; she is told. The case stays.

        Without a human word in this claim she is waiting again: the ladder starts
        anew. Who had offered it to others leaves before one of them came: they are still
        called. Raises `NotHolderError`.
        """
        async with locked_case(self._core, viewer, escalation_id) as found:
            tx, conversation, case = found.tx, found.conversation, found.case
            require_holder(viewer, case)
            if case.state == State.HANDED_OVER:
                await let_go(self._core, self._courier, self._desk, found)
                await self._note(tx, viewer, case, Tag.ESCALATION_RELEASED, Change.LAPSED)
                return
            was_engaged = case.state == State.ENGAGED
            case.state = move(case.state, State.RELEASED if was_engaged else State.OPEN)
            case.claimed_by = case.claimed_at = None
            cross_seam(conversation, None)
            if not was_engaged:
                await self._desk.restart_ladder(tx, case)
            await self._say(tx, conversation, RELEASED)
            await self._note(tx, viewer, case, Tag.ESCALATION_RELEASED, Change.RELEASED)

    async def close(
        self,
        viewer: Viewer,
        escalation_id: UUID,
        outcome: Outcome,
        *,
        gender: str | None = None,
    ) -> None:
        """Ends the case; she is told when the supervisor held the chat.

        Who closes must hold the chat, unless the case was released: she was
        promised a human, so nobody closes what nobody took. `gender` is one of `GENDERS`
        or None. Raises `NotHolderError`, `InputError` (codes ``outcome``, ``gender``).
        """
        if outcome not in CHOOSABLE:
            raise InputError("this outcome cannot be chosen", code="outcome")
        if gender is not None and gender not in GENDERS:
            raise InputError("this gender cannot be chosen", code="gender")
        async with locked_case(self._core, viewer, escalation_id) as found:
            tx, conversation, case = found.tx, found.conversation, found.case
            if case.state != State.RELEASED:
                require_holder(viewer, case)
                cross_seam(conversation, None)
                await self._say(tx, conversation, CLOSED)
            case.state = move(case.state, State.CLOSED)
            case.outcome = outcome.value
            case.closed_at = self._core.clock.now()
            case.gender = gender or case.gender
            end_offer(case)
            if outcome is Outcome.NOT_A_RISK:
                case.judged = case.judged or outcome.value
            await tx.session.execute(
                delete(CaseListener).where(CaseListener.escalation_id == case.id)
            )
            key = await self._core.vault.open_key(tx, conversation.id)
            await remove_recordings(tx, key, conversation.id)
            await self._note(tx, viewer, case, Tag.ESCALATION_CLOSED, Change.CLOSED)

    async def _say(self, tx: Transaction, conversation: Conversation, key: str) -> None:
        await say(self._core, self._courier, tx, conversation, key)

    async def _note(
        self, tx: Transaction, viewer: Viewer, case: Escalation, tag: Tag, change: Change
    ) -> None:
        await record(
            tx,
            tag,
            at=self._core.clock.now(),
            actor=viewer.staff_id,
            subject=case.id,
            state=case.state,
            level=case.level,
            outcome=case.outcome,
        )
        await announce(tx, case, change)
        log().info(f"case_{change.value}", escalation_id=str(case.id), status=case.state)


def _checked(text: str) -> str:
    text = text.encode("utf-8", "replace").decode()
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if is_blank(text):
        raise InputError("the message is empty", code="empty")
    if len(text) > MAX_REPLY_CHARACTERS:
        raise InputError("the message is too long", code="too_long")
    return text


async def _was_sent(tx: Transaction, conversation: Conversation, message_id: UUID) -> bool:
    known = await tx.session.get(Message, message_id)
    if known is None:
        return False
    if known.conversation_id != conversation.id or known.author != "supervisor":
        raise InputError("this form belongs to another conversation", code="form_used")
    return True
