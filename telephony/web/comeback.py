"""Leave, but come back: a chat whose page was closed is opened by a number and four words.

Kept is only the keyed hash of the pair. It works once and for some days; making it takes
the open page's secret away, and coming back binds the chat to the secret of the new page.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from amaan.conversation.store import find_by_address, lock_conversation
from amaan.core import Core
from amaan.errors import StorageError
from amaan.storage import Transaction
from amaan.storage.models import Address, ReturnCode
from amaan.words import Variant
from telephony.web.memory import Code, MemoryWords

FORGET_SECONDS = 3600.0
"""How often codes whose days are over are looked for."""
# Two codes alike are one in 10^14; a third try would be a broken source of chance.
_TRIES = 3


class Comebacks:
    """Makes return codes and takes them back."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def make(self, tx: Transaction, conversation_id: UUID, variant: Variant) -> Code:
        """A fresh code for a **locked** conversation; its older code and its page's secret go."""
        await tx.session.execute(
            delete(ReturnCode).where(ReturnCode.conversation_id == conversation_id)
        )
        await tx.session.execute(delete(Address).where(Address.conversation_id == conversation_id))
        days = timedelta(days=self._core.settings.return_code_days)
        for _ in range(_TRIES):
            code, value = MemoryWords.load().make(variant)
            made = await tx.session.scalar(
                insert(ReturnCode)
                .values(
                    lookup=self._lookup(value),
                    conversation_id=conversation_id,
                    expires_at=self._core.clock.now() + days,
                )
                .on_conflict_do_nothing()
                .returning(ReturnCode.lookup)
            )
            if made is not None:
                return code
        raise StorageError("no return code could be made")

    async def come_back(self, secret: str, number: str, words: str) -> UUID | None:
        """Opens the chat of a code to the page of `secret`; None when there is none.

        Asked again by the same page it gives the same chat: an answer that the line lost
        would otherwise have used the code up for nothing. A page that already has a chat
        is given no second one.
        """
        lookups = [self._lookup(value) for value in MemoryWords.load().values(number, words)]
        own = self._core.pseudonymiser.lookup("address", f"web|{secret}")
        now = self._core.clock.now()
        async with self._core.database.transaction() as tx:
            if (known := await find_by_address(tx, "web", own)) is not None:
                return known
            held = ReturnCode.lookup.in_(lookups)
            row = await tx.session.scalar(
                select(ReturnCode).where(held, ReturnCode.expires_at > now).limit(1)
            )
            if row is None or await lock_conversation(tx, row.conversation_id) is None:
                return None
            # Of two that come at once the second finds nothing any more. The conversation is
            # locked first, as in an erase, or the two could wait for each other.
            taken = await tx.session.scalar(
                delete(ReturnCode)
                .where(ReturnCode.lookup == row.lookup)
                .returning(ReturnCode.conversation_id)
            )
            if taken is None:
                return None
            tx.session.add(
                Address(conversation_id=row.conversation_id, door="web", lookup=own, sealed=None)
            )
            return row.conversation_id

    async def forget_expired(self) -> None:
        """Deletes codes whose days are over."""
        async with self._core.database.transaction() as tx:
            await tx.session.execute(
                delete(ReturnCode).where(ReturnCode.expires_at <= self._core.clock.now())
            )

    def _lookup(self, value: str) -> bytes:
        return self._core.pseudonymiser.lookup("return_code", value)
