"""What a carrier lost is sent again, never doubled when it arrived; trouble calls the operator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI

from amaan.clock import SetClock
from amaan.core import Core
from telephony.receipts import AGAIN_AFTER, Receipt, Receipts
from telephony.sender import Meaning
from telephony.twilio.codes import docs_of, known_codes, meaning_of
from telephony.twilio.stand_in import StandIn
from telephony.twilio.stand_in_book import Fault
from tests.telephony.texting.conftest import Post, alarms, scheduled, served


@pytest.fixture
def clock() -> SetClock:
    """A clock ahead of the machine's, so that the worker leaves timers alone."""
    return SetClock(datetime.now(UTC) + timedelta(days=1))


def test_codes_mean_what_twilio_says() -> None:
    assert meaning_of("30001") is Meaning.LATER
    assert meaning_of("21610") is Meaning.OPTED_OUT
    assert meaning_of("63016") is Meaning.WINDOW
    assert meaning_of("30006") is Meaning.UNREACHABLE
    assert meaning_of("21617") is Meaning.NEVER
    assert meaning_of("21408") is Meaning.TROUBLE
    assert meaning_of(None) is meaning_of("12345") is None
    assert {docs_of(code).rsplit("/", 1)[-1] for code in known_codes()} == known_codes()


async def failed(post: Post, stand_in: StandIn, code: int) -> None:
    """Orders that the carrier fails with `code` once."""
    stand_in.book.faults.append(Fault("carrier", code=code))


@pytest.mark.parametrize("code", [30001, 30008, 63018])
async def test_a_passing_failure_is_tried_again(
    post: Post, core: Core, stand_in: StandIn, public: FastAPI, ports: tuple[int, int], code: int
) -> None:
    await failed(post, stand_in, code)
    async with served(public, ports[0]):
        message_id = await post.answer(await post.conversation(), "once more")
        await post.work()
        await post.until(message_id, "queued")
        assert (await post.message(message_id)).delivery_error == str(code)
        (job,) = await scheduled(core)
        assert job == core.clock.now() + AGAIN_AFTER[0]
        await post.work_again()
        await post.until(message_id, "delivered")
    assert [sent.body for sent in stand_in.book.sent] == ["once more"] * 2
    assert await alarms(core) == 0


async def test_after_few_attempts_it_stays_failed(
    post: Post, core: Core, stand_in: StandIn, public: FastAPI, ports: tuple[int, int]
) -> None:
    for _ in range(5):
        await failed(post, stand_in, 30008)
    async with served(public, ports[0]):
        message_id = await post.answer(await post.conversation(), "lost")
        await post.work()
        for _ in AGAIN_AFTER:
            await post.until(message_id, "queued")
            await post.work_again()
        await post.until(message_id, "failed")
    assert len(stand_in.book.sent) == 1 + len(AGAIN_AFTER)
    assert await alarms(core) == 1


async def test_delivered_meanwhile_is_not_sent_again(
    post: Post, core: Core, stand_in: StandIn
) -> None:
    message_id = await post.answer(await post.conversation(), "once")
    await post.work()
    receipts, sid = Receipts(core), stand_in.book.sent[0].sid

    async def told(state: str, error: str | None = None) -> bool:
        receipt = Receipt(sid, state, error, message_id, 1, meaning_of(error))  # type: ignore[arg-type]
        return await receipts.apply(receipt)

    assert await told("failed", "30008")
    assert (await post.message(message_id)).delivery == "queued"
    # Late, out of order, repeated: nothing of a failed attempt counts but that it arrived.
    assert not await told("sent")
    assert not await told("failed", "30008")
    assert (await post.message(message_id)).delivery == "queued"
    assert await told("delivered")
    await post.work_again()
    assert [sent.body for sent in stand_in.book.sent] == ["once"]
    assert (await post.message(message_id)).delivery == "delivered"


async def test_what_is_told_of_an_old_attempt_changes_no_new_one(
    post: Post, core: Core, stand_in: StandIn
) -> None:
    message_id = await post.answer(await post.conversation(), "twice")
    await post.work()
    receipts, old = Receipts(core), stand_in.book.sent[0].sid
    failure = Receipt(old, "failed", "30008", message_id, 1, Meaning.LATER)
    await receipts.apply(failure)
    await post.work_again()
    assert (await post.message(message_id)).delivery_attempts == 2
    assert not await receipts.apply(failure)
    assert (await post.message(message_id)).delivery == "sent"
    assert await receipts.apply(Receipt(old, "delivered", None, message_id, 1))
    new = stand_in.book.sent[1].sid
    assert await receipts.apply(Receipt(new, "read", None, message_id, 2))


async def test_a_failure_told_before_the_providers_own_answer(
    post: Post, core: Core, stand_in: StandIn, public: FastAPI, ports: tuple[int, int]
) -> None:
    message_id = await post.answer(await post.conversation(), "quick")
    receipts = Receipts(core)
    create = post.sender.send

    async def send(*args: object, **options: object) -> str:
        sid = await create(*args, **options)  # type: ignore[arg-type]
        await receipts.apply(Receipt(sid, "failed", "30001", message_id, 1, Meaning.LATER))
        return sid

    post.sender.send = send  # type: ignore[method-assign]
    await post.work()
    message = await post.message(message_id)
    assert (message.delivery, message.provider_id) == ("queued", None)


@pytest.mark.parametrize(
    ("code", "kind"),
    [(30002, "sender_trouble"), (63007, "sender_trouble"), (30006, "delivery_failed")],
)
async def test_the_operator_is_told_of_trouble(
    post: Post, core: Core, stand_in: StandIn, public: FastAPI, ports: tuple[int, int], code: int,
    kind: str,
) -> None:  # fmt: skip
    await failed(post, stand_in, code)
    async with served(public, ports[0]):
        message_id = await post.answer(await post.conversation(), "salam")
        await post.work()
        await post.until(message_id, "failed")
    assert await alarms(core, kind) == 1


async def test_trouble_at_once_is_tried_until_the_operator_acted(
    post: Post, core: Core, stand_in: StandIn
) -> None:
    stand_in.book.faults.append(Fault("refused", code=21408))
    message_id = await post.answer(await post.conversation(), "salam")
    await post.work()
    assert (await post.message(message_id)).delivery == "queued"
    assert await alarms(core, "sender_trouble") == 1
    await post.work_again()
    assert (await post.message(message_id)).delivery == "sent"


async def test_stop_holds_until_start(post: Post, stand_in: StandIn) -> None:
    phones, conversation_id = stand_in.book.phones, await post.conversation()
    phones.wrote("+923990000001", "+92300000100", "Stop")
    first = await post.answer(conversation_id, "unheard")
    await post.work()
    assert (await post.message(first)).delivery_error == "21610"
    phones.wrote("+923990000001", "+92300000100", "START")
    second = await post.answer(conversation_id, "heard")
    await post.work()
    assert (await post.message(second)).delivery == "sent"


async def test_too_many_at_once_rest_the_number(post: Post, core: Core, stand_in: StandIn) -> None:
    stand_in.most_at_once = 0
    message_id = await post.answer(await post.conversation(), "salam")
    await post.work()
    message = await post.message(message_id)
    assert (message.delivery, message.delivery_error) == ("queued", "20429")
    stand_in.most_at_once = 1
    await post.work_again()
    assert (await post.message(message_id)).delivery == "sent"
