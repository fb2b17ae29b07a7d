"""WhatsApp after 24 hours of silence: what waits, and the one reviewed line that may go out.

Free words are refused then (63016). A message that meets the closed window waits in its
place, a template approved by WhatsApp says that one waits, once in a silence, and when
she writes again what waited goes out before anything newer.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from amaan.conversation.store import Content, append_message, read_content
from amaan.core import Core
from amaan.logs import log
from amaan.storage import Transaction
from amaan.storage.database import CONVERSATION_CHANNEL
from amaan.storage.models import Conversation, Message
from amaan.words import variant_for
from telephony.courier import SEND_TASK, out_lock

# WhatsApp's customer service window. https://www.twilio.com/docs/whatsapp/key-concepts
WHATSAPP_WINDOW = timedelta(hours=24)
TEMPLATE_KEY = "template.waiting"
WAITING = "waiting"
"""Value of `Message.delivery`: it goes out when she writes again."""


class Window:
    """Keeps messages back while WhatsApp takes no free words."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def is_closed(self, conversation: Conversation) -> bool:
        """Whether her last message is too long ago for free words."""
        age = self._core.clock.now() - conversation.last_inbound_at
        return conversation.door == "whatsapp" and age > WHATSAPP_WINDOW

    def template_of(self, conversation: Conversation) -> str | None:
        """The provider's id of the reviewed line in her language and script, if there is one."""
        variant = variant_for(conversation.language, conversation.script)
        return self._core.settings.twilio_templates.get(variant.tag)

    async def hold(
        self, tx: Transaction, key: bytes, conversation: Conversation, message: Message
    ) -> bool:
        """Lets `message` wait for her, and has her told once that something waits.

        False, and nothing done, when no reviewed line exists in her language: then she
        cannot be reached, and the message must fail before a supervisor's eyes; nor when
        `message` is that line itself. Both rows must be locked.
        """
        if self.template_of(conversation) is None or _is_template(key, message):
            return False
        message.delivery, message.delivery_error = WAITING, None
        # The provider's id of an attempt that failed is not this message's any more.
        message.provider_id = None
        if not await self._was_told(tx, key, conversation):
            await self._tell(tx, key, conversation)
        await tx.notify(CONVERSATION_CHANNEL, conversation_id=str(conversation.id))
        log().info("message_waits", message_id=str(message.id))
        return True

    async def _was_told(self, tx: Transaction, key: bytes, conversation: Conversation) -> bool:
        since = await tx.session.scalars(
            select(Message).where(
                Message.conversation_id == conversation.id,
                Message.author == "system",
                Message.created_at > conversation.last_inbound_at,
            )
        )
        return any(_is_template(key, row) for row in since)

    async def _tell(self, tx: Transaction, key: bytes, conversation: Conversation) -> None:
        variant = variant_for(conversation.language, conversation.script)
        words = self._core.catalogues.text(TEMPLATE_KEY, variant.tag, "whatsapp")
        now = self._core.clock.now()
        content = Content(words, key=TEMPLATE_KEY)
        line = await append_message(tx, key, conversation, "system", content, now)
        line.delivery = "queued"
        await tx.session.flush()
        await tx.defer(SEND_TASK, lock=out_lock(conversation.id), message_id=str(line.id))


def _is_template(key: bytes, message: Message) -> bool:
    return read_content(key, message).key == TEMPLATE_KEY


async def release_waiting(tx: Transaction, conversation: Conversation) -> None:
    """Sends what waited for her to write, in order; she just did, and `conversation` is locked."""
    if conversation.door != "whatsapp":
        return
    rows = await tx.session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.delivery == WAITING)
        .order_by(Message.seq)
    )
    waiting = rows.all()
    for message in waiting:
        message.delivery = "queued"
    await tx.session.flush()
    for message in waiting:
        await tx.defer(SEND_TASK, lock=out_lock(conversation.id), message_id=str(message.id))
