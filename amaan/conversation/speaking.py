"""Stores what the house says to her and arranges that it is delivered."""

from __future__ import annotations

from collections.abc import Sequence

from amaan.clock import Clock
from amaan.conversation.continuation import fitted
from amaan.conversation.own_words import OwnWords
from amaan.conversation.risk import asked_about
from amaan.conversation.store import Content, append_message
from amaan.ports import Courier, Reply
from amaan.storage import Transaction
from amaan.storage.models import Conversation


class Speaking:
    """Says the assistant's own and the dialogue's answers."""

    def __init__(self, clock: Clock, courier: Courier, words: OwnWords) -> None:
        self._clock = clock
        self._courier = courier
        self._words = words

    async def say(
        self,
        tx: Transaction,
        key: bytes,
        conversation: Conversation,
        replies: Sequence[Reply | str],
    ) -> None:
        """Stores and schedules answers, rendered or keys of our own, in a **locked** conversation.

        A long SMS is cut, and its rest waits until she asks for it.
        """
        words = [
            self._words.reply(reply, conversation) if isinstance(reply, str) else reply
            for reply in replies
        ]
        for rendered in fitted(key, conversation, words, self._words.hint):
            content = Content.from_reply(rendered)
            now = self._clock.now()
            stored = await append_message(tx, key, conversation, "bot", content, now)
            await self._courier.schedule(tx, conversation, stored.id)
            # The dialogue may ask the gentle question on its own account, too.
            conversation.pending_kind = asked_about(rendered.key) or conversation.pending_kind
