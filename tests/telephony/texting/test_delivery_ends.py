"""Deliveries that end without a message: failures, the window, stop, the last word."""

from __future__ import annotations

from datetime import timedelta

import pytest

from amaan.clock import SetClock
from amaan.conversation import Acceptor
from amaan.core import Core
from amaan.errors import UnknownOutcomeError
from amaan.ports import Inbound, Parting
from amaan.storage.models import Conversation
from telephony.courier import PostCourier
from telephony.delivery import MAX_ATTEMPTS, WITHHELD, Delivery, DeliveryDelayedError
from telephony.sender import NotTakenError, SendRefusedError
from tests.telephony.texting.conftest import NUMBER, Post, alarms
from tests.telephony.texting.memory_sender import KilledError, MemorySender, raiser

# Failures


async def test_after_the_last_attempt_the_operator_is_alarmed(
    core: Core, post: Post, delivery: Delivery, memory: MemorySender
) -> None:
    message_id = await post.answer(await post.conversation(), "never")

    def unreachable() -> None:
        raise NotTakenError("unreachable")

    memory.before = unreachable
    for _ in range(MAX_ATTEMPTS - 1):
        with pytest.raises(DeliveryDelayedError):
            await delivery.send(message_id)
    await delivery.send(message_id)
    message = await post.message(message_id)
    assert (message.delivery, message.delivery_error) == ("failed", "unreachable")
    assert await alarms(core) == 1
    await delivery.send(message_id)
    assert await alarms(core) == 1


async def test_a_worker_that_is_always_killed_ends_too(
    core: Core, post: Post, delivery: Delivery, memory: MemorySender
) -> None:
    message_id = await post.answer(await post.conversation(), "never")

    def killed() -> None:
        raise KilledError

    memory.before = killed
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(KilledError):
            await delivery.send(message_id)
    await delivery.send(message_id)
    assert (await post.message(message_id)).delivery == "failed"
    assert await alarms(core) == 1


async def test_a_message_in_doubt_stays_in_doubt(
    post: Post, delivery: Delivery, memory: MemorySender
) -> None:
    message_id = await post.answer(await post.conversation(), "once")
    memory.after = raiser(UnknownOutcomeError())
    with pytest.raises(DeliveryDelayedError):
        await delivery.send(message_id)

    look = memory.find_sent

    async def cannot_look(*args: object, **options: object) -> str | None:
        raise NotTakenError("unreachable")

    memory.find_sent = cannot_look  # type: ignore[method-assign]
    with pytest.raises(DeliveryDelayedError):
        await delivery.send(message_id)
    assert (await post.message(message_id)).delivery == "unknown"
    memory.find_sent = look  # type: ignore[method-assign]
    await delivery.send(message_id)
    assert memory.texts == ["once"]


async def test_a_refused_message_fails_at_once(
    core: Core, post: Post, delivery: Delivery, memory: MemorySender
) -> None:
    message_id = await post.answer(await post.conversation(), "never")
    memory.before = raiser(SendRefusedError("21211"))
    await delivery.send(message_id)
    message = await post.message(message_id)
    assert (message.delivery, message.delivery_error) == ("failed", "21211")
    assert await alarms(core) == 1


async def test_giving_up_leaves_what_was_sent(
    post: Post, delivery: Delivery, clock: SetClock
) -> None:
    conversation_id = await post.conversation()
    one = await post.answer(conversation_id, "one")
    two = await post.answer(conversation_id, "two")
    await delivery.send(one)
    clock.move(timedelta(hours=2))
    await delivery.give_up(one)
    await delivery.give_up(two)
    assert [(await post.message(m)).delivery for m in (one, two)] == ["sent", "failed"]


# WhatsApp's window, and stop


@pytest.mark.parametrize(("hours", "state"), [(23.9, "sent"), (24.1, "failed")])
async def test_whatsapp_takes_free_words_for_a_day(
    core: Core,
    post: Post,
    delivery: Delivery,
    memory: MemorySender,
    clock: SetClock,
    hours: float,
    state: str,
) -> None:
    conversation_id = await post.conversation("whatsapp")
    clock.move(timedelta(hours=hours))
    message_id = await post.answer(conversation_id, "salam")
    await delivery.send(message_id)
    message = await post.message(message_id)
    assert message.delivery == state
    assert message.delivery_error == ("63016" if state == "failed" else None)
    assert await alarms(core) == (1 if state == "failed" else 0)
    assert len(memory.texts) == (1 if state == "sent" else 0)


async def test_sms_has_no_window(post: Post, delivery: Delivery, clock: SetClock) -> None:
    conversation_id = await post.conversation()
    clock.move(timedelta(days=3))
    message_id = await post.answer(conversation_id, "salam")
    await delivery.send(message_id)
    assert (await post.message(message_id)).delivery == "sent"


@pytest.mark.parametrize(
    ("author", "state"), [("bot", "sent"), ("supervisor", "failed"), ("system", "failed")]
)
async def test_after_stop_only_the_confirmation_leaves(
    core: Core, post: Post, delivery: Delivery, acceptor: Acceptor, author: str, state: str
) -> None:
    conversation_id = await post.conversation()
    async with core.database.transaction() as tx:
        (await tx.session.get_one(Conversation, conversation_id)).stopped = True
    message_id = await post.answer(conversation_id, "salam", author=author)
    await delivery.send(message_id)
    message = await post.message(message_id)
    assert message.delivery == state
    assert message.delivery_error == (WITHHELD if state == "failed" else None)
    assert await alarms(core) == 0
    # Her next message lifts it.
    await acceptor.accept(Inbound("sms", NUMBER, "hello", "SM2"))
    later = await post.answer(conversation_id, "salam", author=author)
    await delivery.send(later)
    assert (await post.message(later)).delivery == "sent"


# The last word


async def test_the_last_word_is_tried_once(memory: MemorySender) -> None:
    courier = PostCourier(memory)
    await courier.part(Parting("sms", NUMBER, "sab mit gaya"))
    await courier.part(Parting("web", None, "erased"))
    await courier.part(Parting("whatsapp", None, "erased"))
    assert memory.texts == ["sab mit gaya"]
    memory.before = raiser(UnknownOutcomeError())
    await courier.part(Parting("sms", NUMBER, "again"))
    assert memory.texts == ["sab mit gaya"]
