"""A supervisor takes a case, talks with her, gives the chat back or closes the case.

Each method is one transaction that locks the conversation first: of two claims one
wins, and from its commit on the assistant is silent (`Processor` looks at holder
and seam under the same lock).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from amaan.conversation.store import Content, append_message
from amaan.core import Core
from amaan.errors import ConflictError, ErasedError, InputError, NotAllowedError, NotFoundError
from amaan.logs import log
from amaan.ports import Courier
from amaan.storage import Transaction
from amaan.storage.models import Conversation, Escalation, Message
from amaan.text import is_blank
from handoff.audit import Tag, record
from handoff.cases import Change, announce, lock_case
from handoff.desk import Desk
from handoff.permissions import Permission
from handoff.sayings import CLOSED, JOINED, RELEASED, say
from handoff.staff import Viewer
from handoff.states import CHOOSABLE, HELD, Outcome, State, move

MAX_REPLY_CHARACTERS = 2_000
"""Longest message of a supervisor; about 30 SMS segments in Urdu, so the console counts along."""


class AlreadyClaimedError(ConflictError):
    """Another supervisor was first."""

    code = "already_claimed"


class StoppedError(ConflictError):
    """She asked not to be written to; her next message lifts it."""

    code = "stopped"


class NotHolderError(NotAllowedError):
    """Only the supervisor who holds the chat may do this."""

    code = "not_holder"


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

        Raises `AlreadyClaimedError`.
        """
        async with self._locked(viewer, escalation_id) as (tx, conversation, case):
            if State(case.state) in HELD:
                if case.claimed_by != viewer.staff_id:
                    raise AlreadyClaimedError()
                return
            case.state = move(case.state, State.CLAIMED)
            case.claimed_by = viewer.staff_id
            case.claimed_at = self._core.clock.now()
            _cross_seam(conversation, viewer.staff_id)
            await self._say(tx, conversation, JOINED)
            await self._note(tx, viewer, case, Tag.ESCALATION_CLAIMED, Change.CLAIMED)

    async def send(
        self, viewer: Viewer, escalation_id: UUID, text: str, *, message_id: UUID | None = None
    ) -> UUID:
        """Sends a message to her and returns its id.

        `message_id` is a fresh UUID made with the form: the same form posted twice
        sends once. Raises `NotHolderError`, `StoppedError`, `InputError` (codes
        ``empty``, ``too_long``, ``form_used``).
        """
        text = _checked(text)
        async with self._locked(viewer, escalation_id) as (tx, conversation, case):
            _require_holder(viewer, case)
            if message_id is not None and await _was_sent(tx, conversation, message_id):
                return message_id
            if conversation.stopped:
                raise StoppedError()
            now = self._core.clock.now()
            key = await self._core.vault.open_key(tx, conversation.id)
            message = await append_message(
                tx, key, conversation, "supervisor", Content(text), now, message_id=message_id
            )
            await self._courier.schedule(tx, conversation, message.id)
            await record(tx, Tag.MESSAGE_SENT, at=now, actor=viewer.staff_id, subject=case.id)
            if case.state == State.CLAIMED:
                case.state = move(case.state, State.ENGAGED)
                case.engaged_at = case.engaged_at or now
                await self._note(tx, viewer, case, Tag.ESCALATION_ENGAGED, Change.ENGAGED)
            return message.id

    async def release(self, viewer: Viewer, escalation_id: UUID) -> None:
        """Gives the chat back to the assistant; she is told. The case stays.

        Without a human word in this claim she is waiting again: the ladder starts
        anew. Raises `NotHolderError`.
        """
        async with self._locked(viewer, escalation_id) as (tx, conversation, case):
            _require_holder(viewer, case)
            was_engaged = case.state == State.ENGAGED
            case.state = move(case.state, State.RELEASED if was_engaged else State.OPEN)
            case.claimed_by = case.claimed_at = None
            _cross_seam(conversation, None)
            if not was_engaged:
                await self._desk.restart_ladder(tx, case)
            await self._say(tx, conversation, RELEASED)
            await self._note(tx, viewer, case, Tag.ESCALATION_RELEASED, Change.RELEASED)

    async def close(self, viewer: Viewer, escalation_id: UUID, outcome: Outcome) -> None:
        """Ends the case; she is told when the supervisor held the chat.

        Who closes must hold the chat, unless the case was released: she was
        promised a human, so nobody closes what nobody took. Raises
        `NotHolderError`, `InputError` (code ``outcome``).
        """
        if outcome not in CHOOSABLE:
            raise InputError("this outcome cannot be chosen", code="outcome")
        async with self._locked(viewer, escalation_id) as (tx, conversation, case):
            if case.state != State.RELEASED:
                _require_holder(viewer, case)
                _cross_seam(conversation, None)
                await self._say(tx, conversation, CLOSED)
            case.state = move(case.state, State.CLOSED)
            case.outcome = outcome.value
            case.closed_at = self._core.clock.now()
            await self._note(tx, viewer, case, Tag.ESCALATION_CLOSED, Change.CLOSED)

    @asynccontextmanager
    async def _locked(
        self, viewer: Viewer, escalation_id: UUID
    ) -> AsyncIterator[tuple[Transaction, Conversation, Escalation]]:
        """One transaction with conversation and case locked, after all checks."""
        viewer.require(Permission.CASE_CLAIM)
        async with self._core.database.transaction() as tx:
            conversation, case = await lock_case(tx, escalation_id)
            if case is None:
                raise NotFoundError("there is no such case")
            if conversation is None or case.erased_by_person:
                raise ErasedError()
            if case.state == State.CLOSED:
                raise ConflictError("the case is closed", code="closed")
            yield tx, conversation, case

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


def _cross_seam(conversation: Conversation, holder: UUID | None) -> None:
    """From this commit on a reply composed before is thrown away."""
    conversation.holder_id = holder
    conversation.seam += 1
    # A "1" to a human is an answer to the human, not a choice from the assistant's last
    # menu, where it may stand for an erase.
    conversation.menu_sealed = None


def _require_holder(viewer: Viewer, case: Escalation) -> None:
    if State(case.state) not in HELD or case.claimed_by != viewer.staff_id:
        raise NotHolderError()


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
