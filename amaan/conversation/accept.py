"""Step 1: a door has verified a message; it is claimed, sealed and stored in one transaction.

After `Acceptor.accept` returns, the message survives kill -9 and is dealt with once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert

from amaan.clock import Clock
from amaan.conversation.store import (
    Content,
    append_message,
    find_by_address,
    lock_conversation,
    write_attachments,
)
from amaan.crypto import Pseudonymiser, seal
from amaan.logs import log
from amaan.ports import Inbound
from amaan.storage import Database, Transaction, Vault
from amaan.storage.models import Address, Conversation, InboundClaim
from amaan.words.languages import DEFAULT

PROCESS_TASK = "conversation:process"
MAX_STORED_CHARACTERS = 20_000
"""A longer message is cut before it is stored; 2,000 are read (`amaan.text`)."""

OnReturn = Callable[[Transaction, Conversation], Awaitable[None]]


@dataclass(frozen=True)
class Accepted:
    """What became of an inbound message."""

    conversation_id: UUID | None
    """None for a repeated delivery."""
    message_id: UUID | None
    duplicate: bool


class Acceptor:
    """Takes messages in from the doors."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        pseudonymiser: Pseudonymiser,
        clock: Clock,
        *,
        on_return: OnReturn | None = None,
    ) -> None:
        """`on_return` is told, in the same transaction, that she has written."""
        self._database = database
        self._vault = vault
        self._pseudonymiser = pseudonymiser
        self._clock = clock
        self._on_return = on_return

    async def accept(self, inbound: Inbound) -> Accepted:
        """Stores one verified message and defers its processing; repeats are dropped."""
        async with self._database.transaction() as tx:
            if not await self._claim(tx, inbound):
                log().info("duplicate_dropped", door=inbound.door)
                return Accepted(None, None, duplicate=True)
            conversation, key = await self._conversation_of(tx, inbound)
            now = self._clock.now()
            conversation.last_inbound_at = now
            conversation.stopped = False
            content = Content(inbound.text[:MAX_STORED_CHARACTERS], notes=_notes(inbound))
            message = await append_message(
                tx, key, conversation, "person", content, now, processed=False
            )
            write_attachments(key, message, inbound.attachments)
            message.sender_index = inbound.number
            if self._on_return is not None:
                await self._on_return(tx, conversation)
            await tx.defer(PROCESS_TASK, lock=str(conversation.id), message_id=str(message.id))
        log().info("message_accepted", door=inbound.door, message_id=str(message.id))
        return Accepted(conversation.id, message.id, duplicate=False)

    async def find(self, door: str, address: str) -> UUID | None:
        """The conversation of an address, without making one."""
        lookup = self._pseudonymiser.lookup("address", f"{door}|{address}")
        async with self._database.transaction() as tx:
            return await find_by_address(tx, door, lookup)  # type: ignore[arg-type]

    async def _claim(self, tx: Transaction, inbound: Inbound) -> bool:
        lookup = self._pseudonymiser.lookup("provider_id", f"{inbound.door}|{inbound.provider_id}")
        statement = (
            insert(InboundClaim)
            .values(lookup=lookup, claimed_at=self._clock.now())
            .on_conflict_do_nothing()
            .returning(InboundClaim.lookup)
        )
        return await tx.session.scalar(statement) is not None

    async def _conversation_of(
        self, tx: Transaction, inbound: Inbound
    ) -> tuple[Conversation, bytes]:
        lookup = self._pseudonymiser.lookup("address", f"{inbound.door}|{inbound.address}")
        known = await find_by_address(tx, inbound.door, lookup)
        if known is not None:
            conversation = await lock_conversation(tx, known)
            if conversation is not None:
                _choose_language(conversation, inbound)
                return conversation, await self._vault.open_key(tx, conversation.id)
        return await self._create(tx, inbound, lookup)

    async def _create(
        self, tx: Transaction, inbound: Inbound, lookup: bytes
    ) -> tuple[Conversation, bytes]:
        now = self._clock.now()
        conversation = Conversation(
            id=uuid4(),
            door=inbound.door,
            language=DEFAULT.language,
            script=DEFAULT.script,
            language_chosen=False,
            seam=0,
            last_seq=0,
            stopped=False,
            created_at=now,
            last_inbound_at=now,
        )
        _choose_language(conversation, inbound)
        tx.session.add(conversation)
        await tx.session.flush()
        key = await self._vault.create_key(tx, conversation.id)
        aad = f"address.sealed|{conversation.id}".encode()
        sealed = seal(key, inbound.address.encode(), aad) if inbound.sendable else None
        tx.session.add(
            Address(
                conversation_id=conversation.id, door=inbound.door, lookup=lookup, sealed=sealed
            )
        )
        return conversation, key


def _choose_language(conversation: Conversation, inbound: Inbound) -> None:
    if inbound.language and inbound.script:
        conversation.language, conversation.script = inbound.language, inbound.script
        conversation.language_chosen = True


def _notes(inbound: Inbound) -> frozenset[str]:
    if len(inbound.text) > MAX_STORED_CHARACTERS:
        return inbound.notes | {"too_long"}
    return inbound.notes
