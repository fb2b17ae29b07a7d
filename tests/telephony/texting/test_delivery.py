"""Answers leave once, in order: real adapter, real worker, and the stand-in."""

from __future__ import annotations

import random

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from amaan.core import Core
from amaan.settings import Settings
from amaan.storage.models import Conversation, Message
from telephony.courier import PostCourier
from telephony.receipts import provider_lookup
from telephony.twilio.outbound import TwilioSender
from telephony.twilio.stand_in import StandIn
from telephony.twilio.stand_in_book import Fault
from tests.fakes import Bench
from tests.telephony.texting.conftest import IMPATIENT, NUMBER, Post, alarms, bodies, served


async def test_an_answer_arrives_with_its_menu(post: Post, core: Core, stand_in: StandIn) -> None:
    message_id = await post.answer(await post.conversation(), "کیا چاہیے؟", "قانون", "انسان")
    assert (await post.message(message_id)).delivery == "queued"
    await post.work()
    (sent,) = stand_in.book.sent
    assert (sent.to, sent.body) == (NUMBER, "کیا چاہیے؟\n1 قانون\n2 انسان")
    message = await post.message(message_id)
    assert (message.delivery, message.delivery_attempts) == ("sent", 1)
    assert message.provider_id == provider_lookup(core, sent.sid)


async def test_a_page_is_sent_nothing(post: Post, stand_in: StandIn) -> None:
    message_id = await post.answer(await post.conversation("web", "secret"), "salam")
    await post.work()
    assert bodies(stand_in) == []
    assert (await post.message(message_id)).delivery == "none"


async def test_order_holds_while_the_first_is_retried(post: Post, stand_in: StandIn) -> None:
    conversation_id = await post.conversation()
    stand_in.book.faults.append(Fault("429"))
    texts = [str(number) for number in range(6)]
    ids = [await post.answer(conversation_id, text) for text in texts]
    await post.work()
    # The first waits for its retry, and nothing overtakes it.
    assert bodies(stand_in) == []
    assert [(await post.message(one)).delivery for one in ids] == ["queued"] * 6
    for _ in texts:
        # After "too many requests" the number goes on slowly.
        await post.work_again()
    assert bodies(stand_in) == texts


async def test_another_conversation_does_not_wait(post: Post, stand_in: StandIn) -> None:
    stand_in.book.faults.append(Fault("500"))
    await post.answer(await post.conversation(), "late")
    await post.answer(await post.conversation(address="+923990000002"), "prompt")
    await post.work()
    assert len(bodies(stand_in)) == 1


@pytest.mark.parametrize(
    "fault",
    [Fault("timeout_after", 2 * IMPATIENT), Fault("500_after")],
    ids=lambda fault: fault.kind,
)
async def test_a_lost_answer_is_not_sent_twice(post: Post, stand_in: StandIn, fault: Fault) -> None:
    stand_in.book.faults.append(fault)
    message_id = await post.answer(await post.conversation(), "once")
    await post.work()
    assert (await post.message(message_id)).delivery == "unknown"
    await post.work_again()
    assert bodies(stand_in) == ["once"]
    assert (await post.message(message_id)).delivery == "sent"


@pytest.mark.parametrize("fault", [Fault("timeout_before", 2 * IMPATIENT), Fault("500")])
async def test_a_lost_request_is_sent_again(post: Post, stand_in: StandIn, fault: Fault) -> None:
    stand_in.book.faults.append(fault)
    message_id = await post.answer(await post.conversation(), "once")
    await post.work()
    await post.work_again()
    assert bodies(stand_in) == ["once"]
    assert (await post.message(message_id)).delivery == "sent"


async def test_an_opt_out_stops_the_conversation(post: Post, core: Core, stand_in: StandIn) -> None:
    stand_in.book.faults.append(Fault("21610"))
    conversation_id = await post.conversation()
    message_id = await post.answer(conversation_id, "salam")
    await post.work()
    message = await post.message(message_id)
    assert (message.delivery, message.delivery_error) == ("failed", "21610")
    async with core.database.transaction() as tx:
        assert (await tx.session.get_one(Conversation, conversation_id)).stopped
    assert await alarms(core) == 0


@pytest.mark.parametrize(
    ("order", "end"),
    [
        (("delivered", "sent", "queued"), "delivered"),
        (("read", "delivered", "sent"), "read"),
        (("sent", "undelivered"), "failed"),
    ],
)
async def test_receipts_arrive_in_any_order(
    post: Post,
    stand_in: StandIn,
    public: FastAPI,
    ports: tuple[int, int],
    order: tuple[str, ...],
    end: str,
) -> None:
    stand_in.book.faults.append(Fault("callbacks", order=order))
    async with served(public, ports[0]):
        message_id = await post.answer(await post.conversation("whatsapp"), "salam")
        await post.work()
        await post.until(message_id, end)


async def test_outside_the_window_as_whatsapp_tells_it_late(
    post: Post, core: Core, stand_in: StandIn, public: FastAPI, ports: tuple[int, int]
) -> None:
    stand_in.book.faults.append(Fault("63016"))
    async with served(public, ports[0]):
        message_id = await post.answer(await post.conversation("whatsapp"), "salam")
        await post.work()
        await post.until(message_id, "failed")
    assert (await post.message(message_id)).delivery_error == "63016"
    assert await alarms(core) == 1


async def test_a_receipt_settles_a_lost_answer(
    post: Post, stand_in: StandIn, public: FastAPI, ports: tuple[int, int]
) -> None:
    stand_in.book.faults.append(Fault("timeout_after", 2 * IMPATIENT))
    async with served(public, ports[0]):
        message_id = await post.answer(await post.conversation(), "once")
        await post.work()
        await post.until(message_id, "delivered")
        await post.work_again()
    assert bodies(stand_in) == ["once"]


async def test_the_whole_way_of_an_sms(
    core: Core,
    settings: Settings,
    sender: TwilioSender,
    stand_in: StandIn,
    public: FastAPI,
    ports: tuple[int, int],
    post: Post,
) -> None:
    """From the phone through the signed webhook, the conversation service and back."""
    bench = Bench(core, courier=PostCourier(sender))
    async with (
        served(public, ports[0]),
        httpx.AsyncClient(base_url=str(settings.twilio_base_url), trust_env=False) as phone,
    ):
        for door, body in (("sms", "mujhe madad chahiye"), ("whatsapp", "")):
            wrote = {"door": door, "from": NUMBER, "body": body}
            assert (await phone.post("/__inbound", json=wrote)).json()["status"] == 200
        async with core.database.transaction() as tx:
            inbound = list(await tx.session.scalars(select(Message.id)))
        for message_id in inbound:
            await bench.processor.process(message_id)
        await post.work()
        sent = (await phone.get("/__sent")).json()
    to_sms = [one["body"] for one in sent if one["door"] == "sms"]
    to_whatsapp = [one["body"] for one in sent if one["door"] == "whatsapp"]
    assert any(body.startswith("answer to") for body in to_sms)
    # An empty message is answered too.
    assert core.catalogues.text("message.empty", "ur-Arab", "whatsapp") in to_whatsapp


# Nothing personal in jobs or logs


async def test_jobs_and_logs_hold_ids_only(
    core: Core, post: Post, stand_in: StandIn, capfd: pytest.CaptureFixture[str]
) -> None:
    marker = "raaz-ki-baat"
    stand_in.book.faults.extend([Fault("429"), Fault("500_after"), Fault("21610")])
    conversation_id = await post.conversation()
    for _ in range(3):
        await post.answer(conversation_id, marker)
    async with core.database.transaction() as tx:
        connection = await tx.session.connection()
        rows = (await connection.exec_driver_sql("SELECT * FROM procrastinate_jobs")).fetchall()
    for _ in range(3):
        await post.work_again()
    out, err = capfd.readouterr()
    for secret in (marker, NUMBER, NUMBER.removeprefix("+")):
        assert secret not in repr(rows)
        assert secret not in out + err


def test_the_order_of_callbacks_varies(stand_in: StandIn, settings: Settings) -> None:
    stand_in.book.chance = random.Random(5)
    sent = stand_in.book.take(settings.twilio_account_sid, {"To": "whatsapp:+1", "Body": "x"})
    assert len({tuple(stand_in.book.states(sent, None)) for _ in range(30)}) == 6
