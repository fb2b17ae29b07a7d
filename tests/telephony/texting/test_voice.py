"""Calls to staff: what is said, what an error means, what a restart can find out."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

import httpx
import pytest

from amaan.clock import SetClock
from amaan.errors import UnknownOutcomeError
from amaan.settings import Settings
from telephony.sender import NotTakenError, SendRefusedError
from telephony.twilio.stand_in import StandIn
from telephony.twilio.stand_in_book import Fault
from telephony.twilio.voice import TIMES, TwilioCaller, spoken
from tests.conftest import START
from tests.telephony.texting.conftest import IMPATIENT, NUMBER

WORDS = (("en", "A case <waits> & rings."), ("ur", "ایک کیس"))


@pytest.fixture
def caller(settings: Settings) -> TwilioCaller:
    """The real adapter, impatient."""
    return TwilioCaller(settings, timeout_seconds=IMPATIENT)


async def test_a_call_says_its_words_in_each_language(
    caller: TwilioCaller, stand_in: StandIn
) -> None:
    sid = await caller.call(NUMBER, WORDS)
    (call,) = stand_in.book.calls
    assert (call.sid, call.to, call.caller) == (sid, NUMBER, "+92300000100")
    said = [
        (one.get("language"), one.text) for one in ElementTree.fromstring(call.twiml).iter("Say")
    ]
    assert said == [("en-GB", WORDS[0][1])] * TIMES + [("ur-IN", WORDS[1][1])] * TIMES
    assert stand_in.book.sent == []


async def test_a_call_is_found_again(
    caller: TwilioCaller, stand_in: StandIn, clock: SetClock
) -> None:
    since = clock.now()
    assert await caller.find_call(NUMBER, since) is None
    sid = await caller.call(NUMBER, WORDS)
    assert await caller.find_call(NUMBER, since) == sid
    assert await caller.find_call("+923990000002", since) is None
    clock.move(timedelta(hours=1))
    assert await caller.find_call(NUMBER, clock.now()) is None
    stand_in.book.calls[0].status = "failed"
    assert await caller.find_call(NUMBER, since) is None


@pytest.mark.parametrize(
    ("fault", "error", "taken"),
    [
        ("429", NotTakenError, False),
        ("21610", SendRefusedError, False),
        ("500", UnknownOutcomeError, False),
        ("500_after", UnknownOutcomeError, True),
        ("timeout_after", UnknownOutcomeError, True),
    ],
)
async def test_what_went_wrong(
    caller: TwilioCaller, stand_in: StandIn, fault: str, error: type[Exception], taken: bool
) -> None:
    stand_in.book.faults.append(Fault(fault, 2 * IMPATIENT))  # type: ignore[arg-type]
    with pytest.raises(error):
        await caller.call(NUMBER, WORDS)
    assert bool(stand_in.book.calls) == taken


async def test_a_messaging_service_has_no_number_to_call_from(settings: Settings) -> None:
    service = settings.model_copy(update={"twilio_sms_from": "MG" + "1" * 32})
    with pytest.raises(NotTakenError):
        await TwilioCaller(service).call(NUMBER, WORDS)


async def test_nobody_reached(settings: Settings) -> None:
    away = settings.model_copy(update={"twilio_base_url": "http://127.0.0.1:9"})
    with pytest.raises(NotTakenError):
        await TwilioCaller(away).find_call(NUMBER, START)


async def test_the_stand_in_lists_calls_for_tests(
    caller: TwilioCaller, stand_in: StandIn, settings: Settings
) -> None:
    await caller.call(NUMBER, WORDS)
    async with httpx.AsyncClient(base_url=settings.twilio_base_url or "") as client:
        (shown,) = (await client.get("/__calls")).json()
        assert shown["to"] == NUMBER
        assert (await client.get("/__calls", headers={"origin": "http://x"})).status_code == 403
        answer = await client.post("/2010-04-01/Accounts/x/Calls.json", data={"To": NUMBER})
        assert answer.status_code == 401


def test_the_document_is_short_enough_to_travel_with_the_call() -> None:
    assert len(spoken(WORDS)) < 4000
