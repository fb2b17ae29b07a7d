"""Buttons and lists on WhatsApp, numbers wherever they do not fit or are refused."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from amaan.conversation.store import read_content
from amaan.core import Core
from amaan.settings import Settings
from amaan.storage.models import Message
from telephony.sender import Manner
from telephony.twilio.contents import shape_of
from telephony.twilio.outbound import TwilioSender
from telephony.twilio.stand_in import StandIn
from telephony.twilio.stand_in_book import Fault
from telephony.twilio.webhooks import read_inbound
from tests.telephony.texting.conftest import NUMBER, Post, alarms, served

WORDS, TWO = "کیا چاہیے؟", ("قانون", "انسان")
FIVE = ("قانون", "انسان", "مدد", "ثبوت", "زبان")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A house that switched buttons on."""
    return settings.model_copy(update={"twilio_buttons": True})


@pytest.mark.parametrize(
    ("words", "options", "kind"),
    [
        (WORDS, TWO, "twilio/quick-reply"),
        (WORDS, ("x" * 20,), "twilio/quick-reply"),
        (WORDS, ("x" * 21,), "twilio/list-picker"),
        (WORDS, FIVE, "twilio/list-picker"),
        (WORDS, tuple(map(str, range(10))), "twilio/list-picker"),
        (WORDS, tuple(map(str, range(11))), None),
        (WORDS, ("x" * 25,), None),
        (WORDS, ("same", "same"), None),
        (WORDS, (" ",), None),
        ("x" * 1025, TWO, None),
        ("", TWO, None),
        (WORDS, (), None),
    ],
)
def test_a_menu_is_shown_as_far_as_it_fits(
    words: str, options: tuple[str, ...], kind: str | None
) -> None:
    shape = shape_of(Manner(words=words, options=options))
    assert (shape.kind if shape else None) == kind


async def test_a_content_is_made_once_and_found_by_others(
    post: Post, settings: Settings, stand_in: StandIn
) -> None:
    conversation_id = await post.conversation("whatsapp")
    for options in (TWO, FIVE, TWO):
        await post.answer(conversation_id, WORDS, *options)
    await post.work()
    other = TwilioSender(settings, timeout_seconds=5)
    await other.send("whatsapp", NUMBER, "x", manner=Manner(words=WORDS, options=FIVE))
    contents = stand_in.book.contents
    assert [one.name for one in contents.values()] == ["amaan-quick-2-v1", "amaan-list-5-v1"]
    shown = [
        contents[sent.content_sid or ""].options(sent.content_variables)
        for sent in stand_in.book.sent
    ]
    numbered = {options: [(str(n), o) for n, o in enumerate(options, 1)] for options in (TWO, FIVE)}
    assert shown == [numbered[options] for options in (TWO, FIVE, TWO, FIVE)]
    assert {sent.body for sent in stand_in.book.sent} == {WORDS}


@pytest.mark.parametrize("code", [63005, 63007, 21656])
async def test_refused_at_once_it_goes_out_with_numbers(
    post: Post, stand_in: StandIn, code: int
) -> None:
    stand_in.book.faults.append(Fault("refused", code=code))
    message_id = await post.answer(await post.conversation("whatsapp"), WORDS, *TWO)
    await post.work()
    assert [sent.body for sent in stand_in.book.sent] == [f"{WORDS}\n1 قانون\n2 انسان"]
    assert (await post.message(message_id)).delivery == "sent"


async def test_refused_late_it_goes_out_with_numbers(
    post: Post, core: Core, stand_in: StandIn, public: FastAPI, ports: tuple[int, int]
) -> None:
    stand_in.book.faults.append(Fault("carrier", code=63021))
    async with served(public, ports[0]):
        message_id = await post.answer(await post.conversation("whatsapp"), WORDS, *TWO)
        await post.work()
        async with asyncio.timeout(10):
            while len(stand_in.book.sent) < 2:
                # The callback comes when it comes.
                await post.work_again()
        await post.until(message_id, "delivered", "read")
    assert [sent.body for sent in stand_in.book.sent] == [WORDS, f"{WORDS}\n1 قانون\n2 انسان"]
    assert await alarms(core) == 0


async def test_a_lost_answer_is_not_sent_twice(post: Post, stand_in: StandIn) -> None:
    conversation_id = await post.conversation("whatsapp")
    await post.answer(conversation_id, WORDS, *TWO)
    await post.work()
    stand_in.book.faults.append(Fault("500_after"))
    message_id = await post.answer(conversation_id, "second", *TWO)
    await post.work()
    await post.work_again()
    assert [sent.body for sent in stand_in.book.sent] == [WORDS, "second"]
    assert (await post.message(message_id)).delivery == "sent"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"ButtonPayload": "2", "ButtonText": "x"}, "2"),
        ({"ListId": "10", "ListTitle": "x"}, "10"),
        ({"ButtonPayload": "else"}, "label"),
        ({"ButtonPayload": "0"}, "label"),
        ({"ListId": "123"}, "label"),
        ({}, "label"),
    ],
)
def test_what_she_presses_is_the_menus_number(
    settings: Settings, fields: dict[str, str], text: str
) -> None:
    form = {"From": f"whatsapp:{NUMBER}", "MessageSid": "SM1", "Body": "label", **fields}
    assert read_inbound(form, settings).text == text  # type: ignore[arg-type]


async def test_pressed_on_the_phone(
    core: Core, settings: Settings, stand_in: StandIn, public: FastAPI, ports: tuple[int, int]
) -> None:
    async with (
        served(public, ports[0]),
        httpx.AsyncClient(base_url=str(settings.twilio_base_url), trust_env=False) as phone,
    ):
        wrote = {"door": "whatsapp", "from": NUMBER, "body": "انسان", "press": 2}
        assert (await phone.post("/__inbound", json=wrote)).json()["status"] == 200
    async with core.database.transaction() as tx:
        message = (await tx.session.scalars(select(Message))).one()
        key = await core.vault.open_key(tx, message.conversation_id)
        assert read_content(key, message).text == "2"
