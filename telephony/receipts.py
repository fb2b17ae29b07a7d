"""What became of a message after the provider took it.

Receipts arrive in any order and more than once, so states are ranked and a
message never goes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from amaan.conversation.store import lock_conversation
from amaan.core import Core
from amaan.logs import log
from amaan.storage import Transaction
from amaan.storage.database import CONVERSATION_CHANNEL
from amaan.storage.models import Conversation, Message
from telephony.sender import OPTED_OUT

RANKS = {
    "none": 0,
    "queued": 1,
    "sending": 2,
    "unknown": 3,
    "sent": 4,
    # Above "sent", below "delivered": a carrier that reports a failure and then
    # hands the message over has handed it over.
    "failed": 5,
    "delivered": 6,
    "read": 7,
}
"""Rank of each value of `Message.delivery`; a receipt only ever raises it."""

FAILED_ALARM = "delivery_failed"


@dataclass(frozen=True)
class Receipt:
    """One status callback."""

    provider_id: str
    state: Literal["sent", "delivered", "read", "failed"]
    error: str | None = None
    """The provider's error code, when it failed."""
    message_id: UUID | None = None
    """Our own id, when the callback carries it."""


def provider_lookup(core: Core, provider_id: str) -> bytes:
    """The hash under which the provider's id of an outbound message is kept."""
    return core.pseudonymiser.lookup("provider_id", provider_id)


class Receipts:
    """Applies receipts to messages."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def apply(self, receipt: Receipt) -> bool:
        """Raises the state of the message that `receipt` is about; a repeat changes nothing.

        Returns False when it is about none of ours, an erased one, or says nothing new.
        """
        async with self._core.database.transaction() as tx:
            found = await self._locked(tx, receipt)
            if found is None:
                return False
            conversation, message = found
            changed = await self._raise_state(tx, receipt, conversation, message)
        if changed:
            log().info("receipt_applied", status=receipt.state, message_id=str(message.id))
            if receipt.state == "failed" and receipt.error != OPTED_OUT:
                await self._core.operator_alarms.raise_alarm(FAILED_ALARM)
        return changed

    async def _locked(
        self, tx: Transaction, receipt: Receipt
    ) -> tuple[Conversation, Message] | None:
        lookup = provider_lookup(self._core, receipt.provider_id)
        wanted = (
            Message.id == receipt.message_id
            if receipt.message_id is not None
            else Message.provider_id == lookup
        )
        statement = select(Message.id, Message.conversation_id).where(wanted)
        row = (await tx.session.execute(statement)).first()
        if row is None:
            return None
        conversation = await lock_conversation(tx, row.conversation_id)
        message = await tx.session.get(Message, row.id, with_for_update=True)
        if conversation is None or message is None:
            return None
        # A second copy of the same message would have another provider id.
        if message.provider_id not in (None, lookup):
            return None
        message.provider_id = lookup
        return conversation, message

    async def _raise_state(
        self, tx: Transaction, receipt: Receipt, conversation: Conversation, message: Message
    ) -> bool:
        if RANKS[receipt.state] <= RANKS[message.delivery]:
            return False
        message.delivery = receipt.state
        message.delivery_error = receipt.error if receipt.state == "failed" else None
        if receipt.error == OPTED_OUT:
            conversation.stopped = True
        if receipt.state != "sent":
            await tx.notify(CONVERSATION_CHANNEL, conversation_id=str(conversation.id))
        return True
