"""Arranges that answers leave the house: implements `amaan.ports.Courier`."""

from __future__ import annotations

from uuid import UUID

from amaan.conversation.store import Content
from amaan.errors import AmaanError
from amaan.logs import log
from amaan.ports import Parting
from amaan.storage import Transaction
from amaan.storage.models import Conversation, Message
from telephony.render import rendered
from telephony.sender import Sender

SEND_TASK = "delivery:send"


def out_lock(conversation_id: UUID) -> str:
    """Jobs that send in one conversation run one after the other."""
    return f"out:{conversation_id}"


class PostCourier:
    """Posts answers by job. The web chat's page is told by the notice that storing sends."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def schedule(self, tx: Transaction, conversation: Conversation, message_id: UUID) -> None:
        """Queues a stored message for delivery, in order for its conversation."""
        if conversation.door == "web":
            return
        message = await tx.session.get_one(Message, message_id)
        message.delivery = "queued"
        # Flushed before the job exists, though both commit together: the job's
        # statement runs on the bare connection.
        await tx.session.flush()
        await tx.defer(SEND_TASK, lock=out_lock(conversation.id), message_id=str(message_id))

    async def part(self, parting: Parting) -> None:
        """Sends a last word once. A failure is logged: nothing is left that could try again."""
        if parting.door == "web" or parting.address is None:
            return
        text = rendered(Content(parting.text), parting.door)
        try:
            await self._sender.send(parting.door, parting.address, text)
        except AmaanError as error:
            log().warning("last_word_not_sent", door=parting.door, code=error.code)
