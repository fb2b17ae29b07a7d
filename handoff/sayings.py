"""Words of the house to her around a human's coming and going, from the catalogues."""

from __future__ import annotations

from amaan.conversation.near import is_looked_on
from amaan.conversation.store import Content, append_message
from amaan.core import Core
from amaan.ports import Courier
from amaan.storage import Transaction
from amaan.storage.models import Conversation

JOINED = "human.joined"
CHANGED = "human.changed"
"""Another human has taken the chat over."""
LOST = "human.lost"
"""The human who held the chat is gone; others are called."""
RELEASED = "human.released"
CLOSED = "human.closed"
NOBODY = "human.nobody"


async def say(
    core: Core,
    courier: Courier,
    tx: Transaction,
    conversation: Conversation,
    key: str,
    **values: str,
) -> bool:
    """Stores and schedules one system message in a **locked** conversation.

    `values` fill placeholders besides the facts. Says nothing, and returns False, when she
    asked not to be written to, or while her word is awaited: on a telephone, where it would
    stand for anybody to read. A web page shows nothing then, and all of it afterwards. Also
    not, at any door, after "he is here", until she writes again.
    """
    if conversation.stopped or (conversation.guard != "open" and conversation.door != "web"):
        return False
    data_key = await core.vault.open_key(tx, conversation.id)
    if await is_looked_on(tx, data_key, conversation.id):
        return False
    content = Content.from_reply(core.words.reply(key, conversation, **values))
    message = await append_message(tx, data_key, conversation, "system", content, core.clock.now())
    await courier.schedule(tx, conversation, message.id)
    return True
