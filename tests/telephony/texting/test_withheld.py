"""What does not leave the house, because she wished so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from amaan.clock import SetClock
from amaan.conversation.store import lock_conversation
from amaan.conversation.wishes import NEVER_FIRST, OUTSIDE_HOURS, Wishes, write_wishes
from amaan.core import Core
from telephony.delivery import Delivery
from tests.telephony.texting.conftest import Post, alarms
from tests.telephony.texting.memory_sender import MemorySender


async def wish(core: Core, conversation_id: UUID, wishes: Wishes) -> None:
    """Her wishes, as the private menu keeps them."""
    async with core.database.transaction() as tx:
        conversation = await lock_conversation(tx, conversation_id)
        assert conversation is not None
        key = await core.vault.open_key(tx, conversation_id)
        write_wishes(key, conversation, wishes)


# The clock of the tests stands at one in the night of Pakistan.
NIGHT, DAY = (0, 6), (10, 16)


@pytest.mark.parametrize("door", ["sms", "whatsapp"])
@pytest.mark.parametrize(
    ("wishes", "author", "minutes", "error"),
    [
        (Wishes(hours=DAY), "supervisor", 60, OUTSIDE_HOURS),
        (Wishes(hours=DAY), "system", 60, OUTSIDE_HOURS),
        (Wishes(hours=DAY), "bot", 60, None),
        (Wishes(hours=DAY), "supervisor", 5, None),
        (Wishes(hours=NIGHT), "supervisor", 60, None),
        (Wishes(never_first=True), "supervisor", 31, NEVER_FIRST),
        (Wishes(never_first=True), "supervisor", 29, None),
        (Wishes(never_first=True), "bot", 31, None),
    ],
)
async def test_only_what_she_wishes_leaves(
    core: Core,
    post: Post,
    clock: SetClock,
    door: str,
    wishes: Wishes,
    author: str,
    minutes: int,
    error: str | None,
) -> None:
    memory = MemorySender(clock)
    conversation_id = await post.conversation(door)  # type: ignore[arg-type]
    await wish(core, conversation_id, replace(wishes, word="zaitun"))
    clock.move(timedelta(minutes=minutes))
    message_id = await post.answer(conversation_id, "salam", author=author)
    await Delivery(core, memory).send(message_id)
    message = await post.message(message_id)
    assert message.delivery == ("failed" if error else "sent")
    assert message.delivery_error == error
    assert len(memory.texts) == (0 if error else 1)
    assert await alarms(core) == 0, "her wish is no fault of the house"
