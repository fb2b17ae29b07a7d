"""The second person's check: after a pause nothing of the chat is shown until she writes her word.

Only for whoever chose a word. The closed state itself is the conversation's guard, which also
closes for a changed writing and opens for her word (`amaan.conversation.guard`); here is what
the page adds: a pause of minutes, counted from the last press and not only the last message.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from amaan.conversation.guard import Guard
from amaan.conversation.wishes import read_wishes, usable_word, write_wishes
from amaan.core import Core
from amaan.storage import Transaction
from amaan.storage.models import Conversation

Closed = Literal["", "ask", "cover"]

_MAX_SEEN = 20_000
"""Pages whose last sign of life is remembered at once; for others their last message counts."""


class Lock:
    """Knows when somebody was last at a page, and closes its chat after a pause."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._guard = Guard(core.vault, core.clock, core.settings.guard_after)
        self._seen: OrderedDict[UUID, datetime] = OrderedDict()

    def seen(self, conversation_id: UUID) -> None:
        """Somebody is at the page. Remembered in this process only: lost, it closes earlier."""
        self._seen[conversation_id] = self._core.clock.now()
        self._seen.move_to_end(conversation_id)
        if len(self._seen) > _MAX_SEEN:
            self._seen.popitem(last=False)

    def state(self, key: bytes, conversation: Conversation) -> Closed:
        """Whether the chat is closed to its page, a pause that nobody has noted yet among it."""
        if conversation.guard != "open":
            return "cover" if conversation.guard == "cover" else "ask"
        return "ask" if self._is_due(conversation) and self.has_word(key, conversation) else ""

    def has_word(self, key: bytes, conversation: Conversation) -> bool:
        """Whether she chose a word."""
        if conversation.wishes_sealed is None:
            return False
        return read_wishes(key, conversation).word is not None

    async def close_if_due(self, tx: Transaction, conversation: Conversation) -> None:
        """Closes a **locked** conversation after a pause; without a word nothing changes."""
        if conversation.guard == "open" and self._is_due(conversation):
            await self.close(tx, conversation)

    async def close(self, tx: Transaction, conversation: Conversation) -> None:
        """Closes a **locked** conversation at once; without a word nothing changes."""
        await self._guard.close(tx, conversation)

    async def set_word(self, tx: Transaction, conversation: Conversation, word: str | None) -> bool:
        """Keeps `word`, or none, for a **locked** conversation that is open.

        False when it cannot be one (`usable_word`); then nothing has changed.
        """
        key = await self._core.vault.open_key(tx, conversation.id)
        wishes = read_wishes(key, conversation)
        kept = None if word is None else usable_word(word, wishes.cover)
        if word is not None and kept is None:
            return False
        write_wishes(key, conversation, replace(wishes, word=kept))
        return True

    def _is_due(self, conversation: Conversation) -> bool:
        written = conversation.last_inbound_at
        last = max(written, self._seen.get(conversation.id, written))
        # A clock that was set back a long way closes too: better asked once more than shown.
        return abs(self._core.clock.now() - last) > self._core.settings.lock_after
