"""What became of a message after the provider took it.

Receipts arrive in any order and more than once, so states are ranked and a
message never goes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from amaan.core import Core
from amaan.errors import ErasedError
from amaan.logs import log
from amaan.storage import Transaction
from amaan.storage.database import CONVERSATION_CHANNEL
from amaan.storage.models import Conversation, Message
from telephony.courier import SEND_TASK
from telephony.outgoing import locked
from telephony.sender import OPTED_OUT, Meaning
from telephony.window import Window

RANKS = {
    "none": 0,
    # Outside WhatsApp's window, until she writes (`telephony.window`).
    "waiting": 1,
    "queued": 2,
    "sending": 3,
    "unknown": 4,
    "sent": 5,
    # Above "sent", below "delivered": a carrier that reports a failure and then
    # hands the message over has handed it over.
    "failed": 6,
    "delivered": 7,
    "read": 8,
}
"""Rank of each value of `Message.delivery`. A receipt only ever raises it, but for one that
tells of a failure after which the message is sent again."""

FAILED_ATTEMPT = frozenset({"queued", "waiting"})
"""In these no attempt is under way: whatever is reported then is about one that failed."""
FAILED_ALARM = "delivery_failed"
TROUBLE_ALARM = "sender_trouble"

AGAIN_AFTER = (timedelta(minutes=1), timedelta(minutes=10))
"""Waits before a message is sent anew that the carrier lost: a busy cell clears in a minute,
a fault in some more. Two, because nobody knows whether she got the first. A judgement."""

_ARRIVED = frozenset({"delivered", "read"})


@dataclass(frozen=True)
class Receipt:
    """One status callback."""

    provider_id: str
    state: Literal["sent", "delivered", "read", "failed"]
    error: str | None = None
    """The provider's error code, when it failed."""
    message_id: UUID | None = None
    """Our own id, when the callback carries it."""
    attempt: int | None = None
    """Which attempt at it this is about, when the callback carries it."""
    meaning: Meaning | None = None
    """What `error` means; None when that is not known."""


def provider_lookup(core: Core, provider_id: str) -> bytes:
    """The hash under which the provider's id of an outbound message is kept."""
    return core.pseudonymiser.lookup("provider_id", provider_id)


class Receipts:
    """Applies receipts to messages."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._window = Window(core)

    async def apply(self, receipt: Receipt) -> bool:
        """Notes what became of the message that `receipt` is about; a repeat changes nothing.

        A failure that may pass is tried again, one outside WhatsApp's window waits for her.
        Returns False when it is about none of ours, an erased one, or says nothing new.
        """
        async with self._core.database.transaction() as tx:
            found = await self._locked(tx, receipt)
            if found is None:
                return False
            conversation, message = found
            try:
                changed = await self._take(tx, receipt, conversation, message)
            except ErasedError:
                return False
        if changed:
            log().info("receipt_applied", status=message.delivery, message_id=str(message.id))
            await self._alarm(receipt, message)
        return changed

    async def _locked(
        self, tx: Transaction, receipt: Receipt
    ) -> tuple[Conversation, Message] | None:
        if receipt.message_id is not None:
            return await locked(tx, receipt.message_id)
        lookup = provider_lookup(self._core, receipt.provider_id)
        # The id alone: a row read before its lock would keep what it held then.
        statement = select(Message.id).where(Message.provider_id == lookup).limit(1)
        message_id = await tx.session.scalar(statement)
        return await locked(tx, message_id) if message_id is not None else None

    async def _take(
        self, tx: Transaction, receipt: Receipt, conversation: Conversation, message: Message
    ) -> bool:
        if not _is_of_now(receipt, message):
            # Given up as lost, and yet it arrived: no further attempt.
            return receipt.state in _ARRIVED and await self._raise(tx, receipt, message)
        lookup = provider_lookup(self._core, receipt.provider_id)
        # A second copy of the same message would have another provider id.
        if message.provider_id not in (None, lookup):
            return False
        if RANKS[receipt.state] <= RANKS[message.delivery]:
            message.provider_id = lookup
            return False
        if receipt.state == "failed" and await self._again(tx, receipt, conversation, message):
            return True
        message.provider_id = lookup
        if receipt.error == OPTED_OUT or receipt.meaning is Meaning.OPTED_OUT:
            conversation.stopped = True
        return await self._raise(tx, receipt, message)

    async def _raise(self, tx: Transaction, receipt: Receipt, message: Message) -> bool:
        if RANKS[receipt.state] <= RANKS[message.delivery]:
            return False
        message.delivery = receipt.state
        message.delivery_error = receipt.error if receipt.state == "failed" else None
        if receipt.state != "sent":
            await tx.notify(CONVERSATION_CHANNEL, conversation_id=str(message.conversation_id))
        return True

    async def _again(
        self, tx: Transaction, receipt: Receipt, conversation: Conversation, message: Message
    ) -> bool:
        """Whether the failed message goes out again, now, later, or when she writes."""
        meaning, wait = receipt.meaning, timedelta(0)
        at_once = self._was_button(conversation, message, meaning)
        if meaning is Meaning.WINDOW and conversation.last_inbound_at <= message.created_at:
            key = await self._core.vault.open_key(tx, conversation.id)
            return await self._window.hold(tx, key, conversation, message)
        # After buttons the next attempt is a numbered menu, with which nothing is wrong.
        if meaning not in (Meaning.LATER, Meaning.WINDOW) and not at_once:
            return False
        if message.delivery_attempts > len(AGAIN_AFTER):
            return False
        if meaning is Meaning.LATER:
            wait = AGAIN_AFTER[max(message.delivery_attempts - 1, 0)]
        message.delivery, message.delivery_error = "queued", receipt.error
        message.provider_id = None
        await tx.session.flush()
        await tx.defer(
            SEND_TASK,
            # Not behind the conversation's other messages, which must not wait for it.
            lock=f"again:{message.id}",
            at=self._core.clock.now() + wait,
            message_id=str(message.id),
        )
        return True

    def _was_button(
        self, conversation: Conversation, message: Message, meaning: Meaning | None
    ) -> bool:
        may_be = conversation.door == "whatsapp" and self._core.settings.twilio_buttons
        return may_be and meaning is Meaning.NEVER and message.delivery_attempts == 1

    async def _alarm(self, receipt: Receipt, message: Message) -> None:
        if message.delivery != "failed" or receipt.error == OPTED_OUT:
            return
        trouble = receipt.meaning is Meaning.TROUBLE
        await self._core.operator_alarms.raise_alarm(TROUBLE_ALARM if trouble else FAILED_ALARM)


def _is_of_now(receipt: Receipt, message: Message) -> bool:
    """Whether a receipt is about the attempt that counts."""
    if receipt.attempt is not None and receipt.attempt < message.delivery_attempts:
        return False
    return not (message.delivery_attempts and message.delivery in FAILED_ATTEMPT)
