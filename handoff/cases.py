"""Finding, locking and announcing cases: what every deed on a case shares."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select

from amaan.conversation.store import lock_conversation
from amaan.core import Core
from amaan.errors import ConflictError, ErasedError, NotAllowedError, NotFoundError
from amaan.storage import Transaction
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import Conversation, Escalation, Message
from handoff.permissions import Permission
from handoff.states import HELD, State
from handoff.viewer import Viewer


class Change(StrEnum):
    """What happened to a case, in a notice on the console channel."""

    OPENED = "opened"
    """A new case: consoles sound the alarm."""
    RAISED = "raised"
    """A further alarm; consoles sound it again when the level rose."""
    STEPPED = "stepped"
    """A step of the ladder was carried out."""
    CLAIMED = "claimed"
    ENGAGED = "engaged"
    HANDED_OVER = "handed_over"
    """The holder offers the chat to others, or took the offer back (then `CLAIMED`)."""
    LAPSED = "lapsed"
    """The holder's console was gone, or she left: others are called."""
    TIER_SET = "tier_set"
    NOTED = "noted"
    LISTENING = "listening"
    """Somebody began or ceased to read along."""
    JUDGED = "judged"
    RELEASED = "released"
    CLOSED = "closed"
    ERASED = "erased"


async def announce(tx: Transaction, case: Escalation, change: Change) -> None:
    """Tells open consoles about a case.

    Notice: ``{"change": Change, "escalation_id": str, "level": str, "staff_id": str | None}``;
    `staff_id` is who holds the case. A page to a console is another notice:
    ``{"change": "paged_you", "staff_id": str}`` (`handoff.pager`), and an operator
    alarm ``{"alarm": kind}`` (`amaan.operator_alarms`).
    """
    await tx.notify(
        CONSOLE_CHANNEL,
        change=change.value,
        escalation_id=str(case.id),
        level=case.level,
        staff_id=str(case.claimed_by) if case.claimed_by else None,
    )


async def lock_case(
    tx: Transaction, escalation_id: UUID
) -> tuple[Conversation | None, Escalation | None]:
    """A case and its conversation, locked in that order; None for what is gone.

    The conversation comes first everywhere, or a claim and an alarm that arrive
    together would wait for each other.
    """
    conversation_id = await tx.session.scalar(
        select(Escalation.conversation_id).where(Escalation.id == escalation_id)
    )
    conversation = (
        await lock_conversation(tx, conversation_id) if conversation_id is not None else None
    )
    case = await tx.session.get(
        Escalation, escalation_id, with_for_update=True, populate_existing=True
    )
    return conversation, case


class NotHolderError(NotAllowedError):
    """Only the supervisor who holds the chat may do this."""

    code = "not_holder"


def require_holder(viewer: Viewer, case: Escalation) -> None:
    """Raises `NotHolderError` unless `viewer` holds the chat of a **locked** case."""
    if State(case.state) not in HELD or case.claimed_by != viewer.staff_id:
        raise NotHolderError()


@dataclass(frozen=True)
class OpenCase:
    """A case and its conversation, both locked, in one transaction."""

    tx: Transaction
    conversation: Conversation
    case: Escalation


async def last_written(tx: Transaction, case: Escalation) -> datetime | None:
    """When a supervisor last wrote to her in this case; None when nobody has."""
    found: datetime | None = await tx.session.scalar(
        select(func.max(Message.created_at)).where(
            Message.conversation_id == case.conversation_id,
            Message.author == "supervisor",
            Message.created_at >= case.opened_at,
        )
    )
    return found


@asynccontextmanager
async def locked_case(
    core: Core,
    viewer: Viewer,
    escalation_id: UUID,
    permission: Permission = Permission.CASE_CLAIM,
    *,
    closed_too: bool = False,
) -> AsyncIterator[OpenCase]:
    """One transaction with conversation and case locked, after all checks.

    Raises `NotAllowedError` without `permission`, `NotFoundError` for an unknown case,
    `ErasedError` when she erased it, and, unless `closed_too`, `ConflictError` (code
    ``closed``) when it is closed.
    """
    viewer.require(permission)
    async with core.database.transaction() as tx:
        conversation, case = await lock_case(tx, escalation_id)
        if case is None:
            raise NotFoundError("there is no such case")
        if conversation is None or case.erased_by_person:
            raise ErasedError()
        if case.state == State.CLOSED and not closed_too:
            raise ConflictError("the case is closed", code="closed")
        yield OpenCase(tx, conversation, case)


def end_offer(case: Escalation) -> None:
    """A **locked** case is not offered to anybody any more."""
    case.offered_to = case.offered_language = case.handed_over_at = None


def cross_seam(conversation: Conversation, holder: UUID | None) -> None:
    """Gives a **locked** conversation another holder; None is the assistant.

    From this commit on a reply composed before is thrown away.
    """
    conversation.holder_id = holder
    conversation.seam += 1
    # A "1" to a human is an answer to the human, not a choice from the assistant's last
    # menu, where it may stand for an erase, nor a call for the rest of an answer.
    conversation.menu_sealed = None
    conversation.rest_sealed = None
