"""What a supervisor may know of her wishes: that there are some, never her words."""

from __future__ import annotations

from dataclasses import dataclass

from amaan.conversation.near import is_looked_on
from amaan.conversation.wish_hours import Hours, within
from amaan.conversation.wishes import read_wishes
from amaan.core import Core
from amaan.storage import Transaction
from amaan.storage.models import Conversation


@dataclass(frozen=True)
class WishesView:
    """Her wishes as the case page shows them."""

    guard: str = "open"
    """``ask``: her word is awaited; ``cover``: the chat looks harmless until it comes."""
    has_word: bool = False
    has_cover: bool = False
    hours: Hours | None = None
    """From and until which hour of Pakistan's clock she may be written to."""
    is_within: bool = True
    """Whether it is one of her hours now."""
    never_first: bool = False
    is_looked_on: bool = False
    """Somebody is beside her, by the last that she wrote."""


async def wishes_of(core: Core, tx: Transaction, conversation: Conversation) -> WishesView:
    """The wishes that stand in a conversation."""
    key = await core.vault.open_key(tx, conversation.id)
    looked_on = await is_looked_on(tx, key, conversation.id)
    if conversation.wishes_sealed is None:
        return WishesView(conversation.guard, is_looked_on=looked_on)
    wishes = read_wishes(key, conversation)
    return WishesView(
        guard=conversation.guard,
        has_word=wishes.word is not None,
        has_cover=wishes.cover is not None,
        hours=wishes.hours,
        is_within=wishes.hours is None or within(wishes.hours, core.clock.now()),
        never_first=wishes.never_first,
        is_looked_on=looked_on,
    )
