"""What Twilio brings twice, while the database restarts, or from staff."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import OperationalError

from amaan.conversation import Accepted, Acceptor
from amaan.core import Core
from amaan.ports import Inbound
from amaan.storage.models import Conversation, Message
from telephony import arrivals
from tests.telephony.texting.calls import (
    EMPTY,
    NUMBER,
    Answers,
    Twilio,
    assert_nothing_stored,
    contents,
    count,
    sms,
)

# Repeated


async def test_a_repeat_is_answered_and_dropped(twilio: Twilio, core: Core) -> None:
    fields = sms()
    for _ in range(2):
        answer = await twilio.post("/twilio/sms", fields)
        assert (answer.status_code, answer.text) == (200, EMPTY)
    assert await count(core, Message) == 1


async def test_repeats_at_once_count_once(twilio: Twilio, core: Core) -> None:
    fields = sms()
    answers = await asyncio.gather(*(twilio.post("/twilio/sms", fields) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert await count(core, Message) == 1
    assert await count(core, Conversation) == 1


async def test_first_messages_at_once_make_one_conversation(twilio: Twilio, core: Core) -> None:
    await asyncio.gather(*(twilio.post("/twilio/sms", sms(str(n))) for n in range(8)))
    assert await count(core, Message) == 8
    assert await count(core, Conversation) == 1


# The database restarts


class FlakyAcceptor(Acceptor):
    """Cannot reach the database the first times."""

    failures = 2

    async def accept(self, inbound: Inbound) -> Accepted:
        if self.failures:
            self.failures -= 1
            raise OperationalError("statement", {}, Exception("gone"))
        return await super().accept(inbound)


@pytest.fixture
def flaky(core: Core) -> FlakyAcceptor:
    """See `FlakyAcceptor`."""
    return FlakyAcceptor(core.database, core.vault, core.pseudonymiser, core.clock)


async def test_a_restarting_database_is_waited_for(core: Core, flaky: FlakyAcceptor) -> None:
    answer = await Twilio(core, flaky).post("/twilio/sms", sms())
    assert answer.status_code == 200
    assert await count(core, Message) == 1


async def test_a_database_that_stays_away_is_an_error(
    core: Core, flaky: FlakyAcceptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "STORAGE_WAITS_SECONDS", (0.0, 0.0))
    flaky.failures = 9
    answer = await Twilio(core, flaky).post("/twilio/sms", sms())
    assert (answer.status_code, answer.json()) == (500, {"error": "storage"})


# Answers of staff


async def test_an_answer_to_a_page_is_no_conversation(core: Core, acceptor: Acceptor) -> None:
    answers = Answers()
    twilio = Twilio(core, acceptor, answers)
    async with twilio.client:
        for body in ("1", "salam"):
            answer = await twilio.post("/twilio/whatsapp", sms(body, From=f"whatsapp:{NUMBER}"))
            assert (answer.status_code, answer.text) == (200, EMPTY)
    assert [content.text for content in await contents(core)] == ["salam"]
    assert [seen[:3] for seen in answers.seen] == [
        ("whatsapp", NUMBER, "1"),
        ("whatsapp", NUMBER, "salam"),
    ]


async def test_no_message_is_lost_by_a_fault_in_answers(core: Core, acceptor: Acceptor) -> None:
    answers = Answers()
    answers.error = RuntimeError("broken")
    twilio = Twilio(core, acceptor, answers)
    async with twilio.client:
        assert (await twilio.post("/twilio/sms", sms("1"))).status_code == 200
    assert [content.text for content in await contents(core)] == ["1"]


async def test_answers_wait_for_the_database_too(
    core: Core, acceptor: Acceptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "STORAGE_WAITS_SECONDS", (0.0,))
    answers = Answers()
    answers.error = OSError("restarting")
    twilio = Twilio(core, acceptor, answers)
    async with twilio.client:
        assert (await twilio.post("/twilio/sms", sms("1"))).status_code == 500
    assert len(answers.seen) == 2
    await assert_nothing_stored(core)
