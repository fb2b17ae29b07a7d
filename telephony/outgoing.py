"""One attempt to deliver a message, made ready from what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from amaan.conversation.store import Content, lock_conversation, read_content
from amaan.core import Core
from amaan.crypto import unseal
from amaan.errors import ErasedError
from amaan.storage import Transaction
from amaan.storage.models import Address, Conversation, Message
from telephony.pool import number_for
from telephony.render import rendered
from telephony.sender import Manner, TextDoor
from telephony.window import TEMPLATE_KEY, Window

_URGENT = ("risk.", "screen.", "human.")
"""Keys of words for danger, of those when screening failed, and about a human's coming."""


@dataclass(frozen=True)
class Outgoing:
    """One attempt, as the first transaction prepared it."""

    message_id: UUID
    door: TextDoor
    address: str
    text: str
    since: datetime
    attempt: int
    doubtful: bool
    """An earlier attempt may have succeeded."""
    known: frozenset[bytes]
    """Provider ids that belong to other messages of this conversation."""
    manner: Manner
    urgent: bool
    """Waits for no pace: somebody in danger waits for it, or for what stands behind it."""


class Ready:
    """Makes attempts ready."""

    def __init__(self, core: Core, window: Window) -> None:
        self._core = core
        self._window = window

    async def outgoing(
        self, tx: Transaction, key: bytes, conversation: Conversation, message: Message
    ) -> Outgoing:
        """The next attempt at a message. Raises `ErasedError` when there is no address."""
        address = await tx.session.get(Address, conversation.id)
        if address is None or address.sealed is None:
            raise ErasedError
        number = unseal(key, address.sealed, f"address.sealed|{conversation.id}".encode())
        content = read_content(key, message)
        doubtful = message.delivery != "queued"
        attempt = message.delivery_attempts + 1
        return Outgoing(
            message_id=message.id,
            door=conversation.door,  # type: ignore[arg-type]  # the web chat is never queued
            address=number.decode(),
            text=rendered(content, conversation.door),  # type: ignore[arg-type]  # the column holds only doors
            since=message.created_at,
            attempt=attempt,
            doubtful=doubtful,
            known=await _known_ids(tx, message) if doubtful else frozenset(),
            manner=Manner(
                number=await number_for(tx, self._core.settings, conversation),
                attempt=attempt,
                template=self._template(conversation, content),
                words=content.text,
                # Whatever went wrong with buttons, the next attempt is a numbered menu.
                options=tuple(one.label for one in content.menu) if attempt == 1 else (),
            ),
            urgent=_is_urgent(message, content) or await _hurried(tx, key, message),
        )

    def _template(self, conversation: Conversation, content: Content) -> str | None:
        """The template that stands for this message, when it is the line that something waits."""
        if content.key != TEMPLATE_KEY or conversation.door != "whatsapp":
            return None
        return self._window.template_of(conversation)


async def locked(tx: Transaction, message_id: UUID) -> tuple[Conversation, Message] | None:
    """The message and its conversation, both locked; None when erased."""
    statement = select(Message.conversation_id).where(Message.id == message_id)
    conversation_id = await tx.session.scalar(statement)
    if conversation_id is None:
        return None
    conversation = await lock_conversation(tx, conversation_id)
    message = await tx.session.get(Message, message_id, with_for_update=True)
    if conversation is None or message is None:
        return None
    return conversation, message


def _is_urgent(message: Message, content: Content) -> bool:
    return message.author == "supervisor" or (content.key or "").startswith(_URGENT)


async def _hurried(tx: Transaction, key: bytes, message: Message) -> bool:
    """Whether urgent words stand behind this one: a conversation keeps its order."""
    behind = await tx.session.scalars(
        select(Message).where(
            Message.conversation_id == message.conversation_id,
            Message.seq > message.seq,
            Message.delivery == "queued",
        )
    )
    return any(_is_urgent(row, read_content(key, row)) for row in behind)


async def _known_ids(tx: Transaction, message: Message) -> frozenset[bytes]:
    statement = select(Message.provider_id).where(
        Message.conversation_id == message.conversation_id,
        Message.id != message.id,
        Message.provider_id.is_not(None),
    )
    return frozenset(bytes(found) for found in await tx.session.scalars(statement) if found)
