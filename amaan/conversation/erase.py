"""Erase: the data key is destroyed at once, then rows, tracker and address go.

From the commit on nothing of the conversation can be read: rows that
PostgreSQL keeps in dead tuples or its log are sealed under a key that is gone.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete

from amaan.conversation.own_words import OwnWords
from amaan.conversation.recordings import remove_recordings
from amaan.conversation.store import lock_conversation
from amaan.crypto import unseal
from amaan.logs import log
from amaan.ports import Belongings, Courier, Dialogue, EscalationDesk, Parting
from amaan.storage import Database, Transaction, Vault
from amaan.storage.database import CONVERSATION_CHANNEL
from amaan.storage.models import Address, Conversation, DialogueTracker

SCRUB_TASK = "maintenance:scrub_keys"


class Eraser:
    """Erases conversations, for the person who asks through any door."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        *,
        desk: EscalationDesk,
        courier: Courier,
        dialogue: Dialogue,
        words: OwnWords,
        belongings: Belongings,
    ) -> None:
        self._database = database
        self._vault = vault
        self._desk = desk
        self._courier = courier
        self._dialogue = dialogue
        self._words = words
        self._belongings = belongings

    async def erase(self, conversation_id: UUID, *, say_goodbye: bool = True) -> bool:
        """Erases a conversation at once, even while an alarm is open.

        Returns False when it was gone already. The last word to her is kept in
        memory only and tried once; `say_goodbye` is off when she left the page.
        """
        async with self._database.transaction() as tx:
            conversation = await lock_conversation(tx, conversation_id)
            if conversation is None:
                return False
            parting = await self._parting(tx, conversation)
            key = await self._vault.open_key(tx, conversation_id)
            await remove_recordings(tx, key, conversation_id)
            await self._vault.destroy_key(tx, conversation_id)
            await self._desk.erased(tx, conversation_id)
            await self._belongings.erase_of(tx, conversation_id)
            await tx.session.execute(
                delete(DialogueTracker).where(DialogueTracker.conversation_id == conversation_id)
            )
            await tx.session.execute(delete(Conversation).where(Conversation.id == conversation_id))
            await tx.notify(CONVERSATION_CHANNEL, conversation_id=str(conversation_id))
            await tx.defer(SCRUB_TASK, lock=SCRUB_TASK)
        log().info("conversation_erased", door=conversation.door)
        await self._dialogue.forget(conversation_id)
        if say_goodbye:
            await self._courier.part(parting)
        return True

    async def _parting(self, tx: Transaction, conversation: Conversation) -> Parting:
        address = await tx.session.get(Address, conversation.id)
        number: str | None = None
        if address is not None and address.sealed is not None:
            key = await self._vault.open_key(tx, conversation.id)
            aad = f"address.sealed|{conversation.id}".encode()
            number = unseal(key, address.sealed, aad).decode()
        text = self._words.reply("erase.done", conversation).text
        return Parting(conversation.door, number, text)  # type: ignore[arg-type]
