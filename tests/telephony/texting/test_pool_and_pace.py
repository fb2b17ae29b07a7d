"""Several numbers of our own, and how fast each may send."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from amaan.clock import SetClock
from amaan.conversation import Acceptor
from amaan.core import Core
from amaan.settings import Settings
from amaan.storage.models import SenderPace
from telephony.pace import BURST, MOST_AHEAD, Pace, TooFastError
from telephony.pool import pool
from telephony.twilio.outbound import TwilioSender
from telephony.twilio.stand_in import StandIn
from telephony.twilio.voice import TwilioCaller
from telephony.twilio.webhooks import read_inbound
from tests.telephony.texting.conftest import NUMBER, Post

NUMBERS = ("+92300000101", "+92300000102", "+92300000103")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A house with three SMS numbers."""
    return settings.model_copy(update={"twilio_sms_from": " , ".join(NUMBERS)})


async def writes(acceptor: Acceptor, settings: Settings, to: str, sid: str) -> UUID:
    """She writes to one of our numbers."""
    form = {"From": NUMBER, "To": to, "MessageSid": sid, "Body": "salam"}
    accepted = await acceptor.accept(read_inbound(form, settings))  # type: ignore[arg-type]
    assert accepted.conversation_id is not None
    return accepted.conversation_id


def test_a_setting_may_name_several(settings: Settings) -> None:
    assert pool(settings, "sms") == NUMBERS
    assert pool(settings, "whatsapp") == ("whatsapp:+92300000200",)


async def test_she_is_answered_from_the_number_she_wrote_to(
    post: Post, acceptor: Acceptor, settings: Settings, stand_in: StandIn
) -> None:
    conversation_id = await writes(acceptor, settings, NUMBERS[2], "SM1")
    await post.answer(conversation_id, "one")
    await post.work()
    await writes(acceptor, settings, NUMBERS[0], "SM2")
    await post.answer(conversation_id, "two")
    await post.answer(conversation_id, "three")
    await post.work()
    assert [sent.sender for sent in stand_in.book.sent] == [NUMBERS[2], NUMBERS[0], NUMBERS[0]]


async def test_a_conversation_keeps_its_number(post: Post, stand_in: StandIn) -> None:
    conversations = [await post.conversation(address=f"+9239900000{n:02}") for n in range(5)]
    for _ in range(2):
        for conversation_id in conversations:
            await post.answer(conversation_id, "x")
        await post.work()
    by_phone: dict[str, set[str]] = {}
    for sent in stand_in.book.sent:
        by_phone.setdefault(sent.to, set()).add(sent.sender)
    assert len(stand_in.book.sent) == 10
    assert all(len(numbers) == 1 for numbers in by_phone.values())
    assert {number for numbers in by_phone.values() for number in numbers} <= set(NUMBERS)


async def test_a_number_that_left_the_pool_is_not_used(
    post: Post, acceptor: Acceptor, settings: Settings, stand_in: StandIn
) -> None:
    conversation_id = await writes(acceptor, settings, NUMBERS[2], "SM1")
    object.__setattr__(settings, "twilio_sms_from", NUMBERS[0])
    await post.answer(conversation_id, "x")
    await post.work()
    assert [sent.sender for sent in stand_in.book.sent] == [NUMBERS[0]]


async def test_staff_are_telephoned_from_the_first_number(
    settings: Settings, stand_in: StandIn
) -> None:
    with_service = settings.model_copy(
        update={"twilio_sms_from": f"MG{'1' * 32}, {', '.join(NUMBERS)}"}
    )
    await TwilioCaller(with_service, timeout_seconds=5).call(NUMBER, (("en", "x"),))
    assert stand_in.book.calls[0].caller == NUMBERS[0]
    await TwilioSender(with_service, timeout_seconds=5).send("sms", NUMBER, "x")
    assert stand_in.book.sent[0].messaging_service_sid == "MG" + "1" * 32


async def taken(core: Core, number: int = 0) -> int:
    """How many messages may leave now."""
    count = 0
    while True:
        try:
            async with core.database.transaction() as tx:
                await Pace(core).take(tx, "sms", number)
        except TooFastError:
            return count
        count += 1


async def test_a_burst_passes_and_a_flood_is_held_back(core: Core, clock: SetClock) -> None:
    burst = int(BURST.total_seconds()) + 1
    assert await taken(core) == burst
    assert await taken(core, number=1) == burst
    clock.move(timedelta(seconds=3))
    assert await taken(core) == 3
    clock.move(timedelta(hours=1))
    assert await taken(core) == burst


async def test_a_clock_that_went_wrong_stops_nobody(core: Core, clock: SetClock) -> None:
    async with core.database.transaction() as tx:
        tomorrow = clock.now() + timedelta(days=1)
        tx.session.add(SenderPace(door="sms", number=0, free_at=tomorrow))
    assert await taken(core) > 0


async def test_what_is_held_back_keeps_its_place(
    post: Post, core: Core, stand_in: StandIn, clock: SetClock
) -> None:
    conversation_id = await post.conversation()
    texts = [str(number) for number in range(14)]
    for text in texts:
        await post.answer(conversation_id, text)
    await post.work()
    assert 0 < len(stand_in.book.sent) < len(texts)
    for _ in range(4):
        await post.work_again()
    assert [sent.body for sent in stand_in.book.sent] == texts


async def spend(core: Core) -> None:
    """Takes every place of every number."""
    for number in range(len(NUMBERS)):
        await taken(core, number)


async def press_ahead(core: Core, count: int, number: int = 0) -> None:
    """Sends so many that do not wait."""
    for _ in range(count):
        async with core.database.transaction() as tx:
            await Pace(core).take(tx, "sms", number, waits=False)


@pytest.mark.parametrize(
    ("author", "key"),
    [
        ("bot", "risk.threat.critical"),
        ("bot", "screen.failed"),
        ("system", "human.joined"),
        ("supervisor", None),
    ],
)
async def test_urgent_words_do_not_wait_behind_a_flood(
    post: Post, core: Core, stand_in: StandIn, author: str, key: str | None
) -> None:
    ordinary = await post.answer(await post.conversation(), "ordinary", key="greet")
    other = await post.conversation(address="+923990000002")
    urgent = await post.answer(other, "urgent", author=author, key=key)
    await spend(core)
    await post.work()
    assert [sent.body for sent in stand_in.book.sent] == ["urgent"]
    assert (await post.message(urgent)).delivery == "sent"
    assert (await post.message(ordinary)).delivery == "queued"


async def test_what_stands_before_urgent_words_goes_with_them(
    post: Post, core: Core, stand_in: StandIn
) -> None:
    conversation_id = await post.conversation()
    await post.answer(conversation_id, "ordinary")
    await spend(core)
    for number in range(len(NUMBERS)):
        await press_ahead(core, 10, number)
    await post.work()
    assert stand_in.book.sent == []
    await post.answer(conversation_id, "urgent", author="supervisor")
    await post.answer(conversation_id, "later")
    await post.work_again()
    assert [sent.body for sent in stand_in.book.sent] == ["ordinary", "urgent"]


async def test_the_others_wait_for_what_did_not(core: Core, clock: SetClock) -> None:
    await taken(core)
    await press_ahead(core, 5)
    clock.move(timedelta(seconds=5))
    assert await taken(core) == 0
    clock.move(timedelta(seconds=3))
    assert await taken(core) == 3


async def test_a_flood_that_does_not_wait_silences_nobody_for_long(
    core: Core, clock: SetClock
) -> None:
    await press_ahead(core, 200)
    clock.move(MOST_AHEAD)
    assert await taken(core) == 1
