"""WhatsApp after a day of silence: what waits, the one reviewed line, and what she reads next."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.conversation import Acceptor
from amaan.conversation.store import read_content
from amaan.core import Core
from amaan.ports import Inbound
from amaan.settings import Settings
from amaan.storage.models import Message
from telephony.twilio.stand_in import StandIn
from telephony.twilio.stand_in_book import Fault
from telephony.window import TEMPLATE_KEY
from tests.telephony.texting.conftest import NUMBER, Post, alarms, served

TEMPLATE = "HX" + "a" * 32
LONG_AGO = timedelta(hours=25)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A house with one approved template, in Urdu."""
    return settings.model_copy(update={"twilio_templates": {"ur-Arab": TEMPLATE}})


async def all_messages(core: Core, conversation_id: UUID) -> list[tuple[str, str | None, str]]:
    """Author, catalogue key and delivery of each message, in order."""
    async with core.database.transaction() as tx:
        key = await core.vault.open_key(tx, conversation_id)
        rows = await tx.session.scalars(
            select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq)
        )
        return [(row.author, read_content(key, row).key, row.delivery) for row in rows]


async def writes(acceptor: Acceptor, sid: str) -> None:
    """She writes again."""
    await acceptor.accept(Inbound("whatsapp", NUMBER, "جی", sid))


async def test_what_meets_the_closed_window_waits_and_she_is_told_once(
    post: Post, core: Core, stand_in: StandIn, clock: SetClock
) -> None:
    conversation_id = await post.conversation("whatsapp")
    clock.move(LONG_AGO)
    one = await post.answer(conversation_id, "one", author="supervisor")
    two = await post.answer(conversation_id, "two", author="supervisor")
    await post.work()
    assert [(await post.message(m)).delivery for m in (one, two)] == ["waiting"] * 2
    (sent,) = stand_in.book.sent
    assert (sent.content_sid, sent.body, sent.content_variables) == (TEMPLATE, "", None)
    found = await all_messages(core, conversation_id)
    assert found[-1] == ("system", TEMPLATE_KEY, "sent")
    assert await alarms(core) == 0


async def test_what_waited_goes_out_in_order_before_anything_newer(
    post: Post, acceptor: Acceptor, stand_in: StandIn, clock: SetClock
) -> None:
    conversation_id = await post.conversation("whatsapp")
    clock.move(LONG_AGO)
    waited = [await post.answer(conversation_id, text) for text in ("one", "two")]
    await post.work()
    await writes(acceptor, "SM2")
    newer = await post.answer(conversation_id, "three")
    await post.work()
    assert [sent.body for sent in stand_in.book.sent] == ["", "one", "two", "three"]
    assert {(await post.message(m)).delivery for m in (*waited, newer)} == {"sent"}


async def test_each_silence_has_one_line(
    post: Post, acceptor: Acceptor, stand_in: StandIn, clock: SetClock
) -> None:
    conversation_id = await post.conversation("whatsapp")
    for silence in range(2):
        clock.move(LONG_AGO)
        await post.answer(conversation_id, f"first {silence}")
        await post.answer(conversation_id, f"second {silence}")
        await post.work()
        await writes(acceptor, f"SM{silence}")
        await post.work()
    templates = [sent for sent in stand_in.book.sent if sent.content_sid == TEMPLATE]
    assert len(templates) == 2


async def test_without_a_template_in_her_language_it_fails_before_the_supervisors_eyes(
    post: Post, core: Core, stand_in: StandIn, clock: SetClock, settings: Settings
) -> None:
    conversation_id = await post.conversation("whatsapp")
    settings.twilio_templates.clear()
    clock.move(LONG_AGO)
    message_id = await post.answer(conversation_id, "one", author="supervisor")
    await post.work()
    message = await post.message(message_id)
    assert (message.delivery, message.delivery_error) == ("failed", "63016")
    assert stand_in.book.sent == []


async def test_whatsapp_says_late_that_the_window_is_closed(
    post: Post, stand_in: StandIn, public: FastAPI, ports: tuple[int, int], acceptor: Acceptor,
    clock: SetClock,
) -> None:  # fmt: skip
    # Its clock and ours differ: we still send, and the refusal comes by callback.
    conversation_id = await post.conversation("whatsapp")
    stand_in.book.faults.append(Fault("63016"))
    async with served(public, ports[0]):
        message_id = await post.answer(conversation_id, "one")
        await post.work()
        await post.until(message_id, "waiting")
        await post.work()
        assert stand_in.book.sent[-1].content_sid == TEMPLATE
        clock.move(timedelta(seconds=1))
        await writes(acceptor, "SM2")
        await post.work()
        await post.until(message_id, "delivered", "read")
    assert [sent.body for sent in stand_in.book.sent] == ["one", "", "one"]


async def test_the_stand_in_keeps_its_own_clock_of_the_window(
    post: Post, stand_in: StandIn, clock: SetClock
) -> None:
    stand_in.book.phones.wrote(f"whatsapp:{NUMBER}", "whatsapp:+1", "hello")
    clock.move(LONG_AGO)
    book, form = stand_in.book, {"To": f"whatsapp:{NUMBER}", "Body": "x"}
    free = book.take("AC", form)
    template = book.take("AC", {"To": form["To"], "ContentSid": TEMPLATE})
    assert (book.failure(free, None), book.failure(template, None)) == (63016, None)
