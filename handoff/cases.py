"""Finding, locking and announcing cases: what `desk`, `ladder` and `claims` share."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from amaan.conversation.store import lock_conversation
from amaan.storage import Transaction
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import Conversation, Escalation


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
