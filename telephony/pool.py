"""Our own numbers: a door may have several, and a conversation keeps the one it began with."""

from __future__ import annotations

from sqlalchemy import select

from amaan.settings import Settings
from amaan.storage import Transaction
from amaan.storage.models import Conversation, Message
from telephony.sender import TextDoor


def pool(settings: Settings, door: TextDoor) -> tuple[str, ...]:
    """The door's numbers or Messaging Services, in the order of the setting."""
    named = settings.twilio_sms_from if door == "sms" else settings.twilio_whatsapp_from
    return tuple(one.strip() for one in named.split(",") if one.strip()) or (named,)


def number_of(settings: Settings, door: TextDoor, address: str) -> int | None:
    """Which of our numbers `address` (of the provider) is; None when it is none of them."""
    numbers = pool(settings, door)
    return numbers.index(address) if address in numbers else None


async def number_for(tx: Transaction, settings: Settings, conversation: Conversation) -> int:
    """Which number a conversation is answered from.

    The one that the last message that knows it came to or left by: she sees one sender,
    also when she wrote to another of ours. Else by the conversation's id, so that
    conversations spread evenly and each keeps its own.
    """
    count = len(pool(settings, conversation.door))  # type: ignore[arg-type]  # texts only
    if count == 1:
        return 0
    last = await tx.session.scalar(
        select(Message.sender_index)
        .where(Message.conversation_id == conversation.id, Message.sender_index.is_not(None))
        .order_by(Message.seq.desc())
        .limit(1)
    )
    return last if last is not None and last < count else conversation.id.int % count
