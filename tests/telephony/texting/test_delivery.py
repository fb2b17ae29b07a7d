"""Answers leave once, in order, whatever happens on the way."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from amaan import jobs
from amaan.clock import SetClock
from amaan.conversation import Acceptor
from amaan.core import Core
from amaan.errors import UnknownOutcomeError
from amaan.ports import Inbound, Parting
from amaan.settings import SECRET_NAMES, Settings
from amaan.storage.models import Conversation, Message
from telephony.courier import PostCourier
from telephony.delivery import MAX_ATTEMPTS, WITHHELD, Delivery, DeliveryDelayedError
from telephony.receipts import provider_lookup
from telephony.sender import NotTakenError, SendRefusedError
from telephony.twilio.outbound import TwilioSender
from telephony.twilio.stand_in import StandIn
from telephony.twilio.stand_in_book import Fault
from tests.conftest import TEST_SECRET
from tests.fakes import Bench
from tests.telephony.texting.conftest import NUMBER, Post, alarms, served
from tests.telephony.texting.memory_sender import MemorySender


class KilledError(BaseException):
    """Ends a worker between two steps, past every handler, as kill -9 does."""


@pytest.fixture
def memory(clock: SetClock) -> MemorySender:
    """A sender that can be stopped at any step."""
    return MemorySender(clock)


@pytest.fixture
def delivery(core: Core, memory: MemorySender) -> Delivery:
    """Delivery through `memory`."""
    return Delivery(core, memory)


def bodies(stand_in: StandIn) -> list[str]:
    """Texts that the stand-in took, in order."""
    return [sent.body for sent in stand_in.book.sent]


def raiser(error: BaseException) -> Callable[[], None]:
    """A call that raises `error`, once."""
    errors: Iterator[BaseException] = iter([error])

    def raise_it() -> None:
        for found in errors:
            raise found

    return raise_it


# With the real adapter, the real worker and the stand-in


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
    "fault", [Fault("timeout_after", 2), Fault("500_after")], ids=lambda fault: fault.kind
)
async def test_a_lost_answer_is_not_sent_twice(post: Post, stand_in: StandIn, fault: Fault) -> None:
    stand_in.book.faults.append(fault)
    message_id = await post.answer(await post.conversation(), "once")
    await post.work()
    assert (await post.message(message_id)).delivery == "unknown"
    await post.work_again()
    assert bodies(stand_in) == ["once"]
    assert (await post.message(message_id)).delivery == "sent"


@pytest.mark.parametrize("fault", [Fault("timeout_before", 2), Fault("500")])
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
    stand_in.book.faults.append(Fault("timeout_after", 2))
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


# Killed between any two steps


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_killed_worker_sends_once(
    post: Post, delivery: Delivery, memory: MemorySender, moment: str
) -> None:
    message_id = await post.answer(await post.conversation(), "once")
    setattr(memory, moment, raiser(KilledError()))
    with pytest.raises(KilledError):
        await delivery.send(message_id)
    assert (await post.message(message_id)).delivery == "sending"
    await delivery.send(message_id)
    await delivery.send(message_id)
    assert memory.texts == ["once"]
    message = await post.message(message_id)
    assert (message.delivery, message.delivery_attempts) == ("sent", 2)


async def test_a_worker_killed_by_the_system_sends_once(
    post: Post,
    core: Core,
    settings: Settings,
    stand_in: StandIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand_in.book.faults.append(Fault("timeout_after", 20))
    message_id = await post.answer(await post.conversation(), "once")
    variables = {
        "AMAAN_HOME": str(settings.home),
        "AMAAN_DATABASE_URL": str(settings.database_url),
        "AMAAN_TWILIO_BASE_URL": str(settings.twilio_base_url),
        **{f"AMAAN_{name.upper()}": TEST_SECRET for name in SECRET_NAMES},
    }
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.telephony.texting.worker", env={**os.environ, **variables}
    )
    async with asyncio.timeout(30):
        while not stand_in.book.sent:  # noqa: ASYNC110  (another process changes it)
            await asyncio.sleep(0.05)
    worker.kill()
    await worker.wait()
    assert (await post.message(message_id)).delivery == "sending"
    monkeypatch.setattr(jobs, "STALLED_AFTER_SECONDS", 0.0)
    await asyncio.sleep(1)
    assert await jobs.put_back_stalled(core.jobs) == 1
    await post.work()
    assert bodies(stand_in) == ["once"]
    assert (await post.message(message_id)).delivery == "sent"


async def test_the_same_words_twice_are_both_sent(
    post: Post, delivery: Delivery, memory: MemorySender
) -> None:
    conversation_id = await post.conversation()
    one = await post.answer(conversation_id, "same")
    two = await post.answer(conversation_id, "same")
    await delivery.send(one)
    memory.before = raiser(KilledError())
    with pytest.raises(KilledError):
        await delivery.send(two)
    await delivery.send(two)
    assert memory.texts == ["same", "same"]
    assert (await post.message(one)).provider_id != (await post.message(two)).provider_id


async def test_erased_before(
    core: Core, post: Post, delivery: Delivery, memory: MemorySender
) -> None:
    conversation_id = await post.conversation()
    message_id = await post.answer(conversation_id, "gone")
    await Bench(core).eraser.erase(conversation_id)
    await delivery.send(message_id)
    assert memory.texts == []


async def test_erased_while_it_is_sent(
    core: Core, post: Post, delivery: Delivery, memory: MemorySender
) -> None:
    conversation_id = await post.conversation()
    message_id = await post.answer(conversation_id, "gone")
    erased = asyncio.Event()

    async def send(*args: object, **options: object) -> str:
        await Bench(core).eraser.erase(conversation_id)
        erased.set()
        return "SM1"

    memory.send = send  # type: ignore[method-assign]
    await delivery.send(message_id)
    assert erased.is_set()


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
