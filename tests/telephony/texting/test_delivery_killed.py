"""A worker dies between any two steps, or she erases: nothing is sent twice."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from amaan import jobs
from amaan.core import Core
from amaan.settings import SECRET_NAMES, Settings
from telephony.delivery import Delivery
from telephony.twilio.stand_in import StandIn
from telephony.twilio.stand_in_book import Fault
from tests.conftest import TEST_SECRET
from tests.fakes import Bench
from tests.telephony.texting.conftest import Post, bodies
from tests.telephony.texting.memory_sender import KilledError, MemorySender, raiser


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
