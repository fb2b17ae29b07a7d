"""One contract for every sender; Twilio's errors and what they mean; the stand-in's manners."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from twilio.base.exceptions import (  # type: ignore[import-untyped]  # no types
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]  # no types
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from amaan.clock import SetClock
from amaan.errors import UnknownOutcomeError
from amaan.settings import Settings
from telephony.gateway.outbound import GatewaySender
from telephony.gateway.stand_in import StandIn as GatewayStandIn
from telephony.sender import Manner, NotTakenError, Sender, SendRefusedError
from telephony.senders import SenderByDoor
from telephony.twilio.outbound import BaseUrlHttpClient, TwilioSender, translated
from telephony.twilio.stand_in import StandIn
from telephony.twilio.stand_in_book import Fault, Sent
from tests.telephony.texting.conftest import IMPATIENT, NUMBER
from tests.telephony.texting.memory_sender import MemorySender

OTHER = "+923990000002"
TEXT = "آپ کہاں ہیں؟\n1 گھر"


@pytest.fixture(params=["twilio", "gateway", "memory"])
def any_sender(
    request: pytest.FixtureRequest,
    clock: SetClock,
    stand_in: StandIn,
    sender: TwilioSender,
    gateway: GatewayStandIn,
    gateway_sender: GatewaySender,
) -> Sender:
    """Each sender in turn; a gateway stands beside Twilio, which keeps WhatsApp."""
    senders: dict[str, Sender] = {
        "twilio": sender,
        "gateway": SenderByDoor({"sms": gateway_sender, "whatsapp": sender}),
        "memory": MemorySender(clock),
    }
    return senders[request.param]


async def test_each_message_has_its_own_id(any_sender: Sender) -> None:
    ids = {await any_sender.send("sms", NUMBER, TEXT, reference=uuid4()) for _ in range(3)}
    assert len(ids) == 3


async def test_what_was_sent_is_found(any_sender: Sender, clock: SetClock) -> None:
    for door in ("sms", "whatsapp"):
        since = clock.now()
        sent = await any_sender.send(door, NUMBER, TEXT)
        assert await any_sender.find_sent(door, NUMBER, TEXT, since) == sent


async def test_what_was_not_sent_is_not_found(any_sender: Sender, clock: SetClock) -> None:
    since = clock.now()
    sent = await any_sender.send("sms", NUMBER, TEXT)
    assert await any_sender.find_sent("whatsapp", NUMBER, TEXT, since) is None
    assert await any_sender.find_sent("sms", OTHER, TEXT, since) is None
    assert await any_sender.find_sent("sms", NUMBER, TEXT + "۔", since) is None
    assert await any_sender.find_sent("sms", NUMBER, TEXT, since, excluding=sent.__eq__) is None
    clock.move(timedelta(hours=1))
    assert await any_sender.find_sent("sms", NUMBER, TEXT, clock.now()) is None


async def test_the_same_words_sent_twice_are_told_apart(
    any_sender: Sender, clock: SetClock
) -> None:
    since = clock.now()
    one = await any_sender.send("sms", NUMBER, TEXT)
    two = await any_sender.send("sms", NUMBER, TEXT)
    assert await any_sender.find_sent("sms", NUMBER, TEXT, since, excluding=two.__eq__) == one


async def test_with_and_without_a_reference(any_sender: Sender, clock: SetClock) -> None:
    since = clock.now()
    mine, other = uuid4(), uuid4()
    ids = [await any_sender.send("sms", NUMBER, TEXT, reference=one) for one in (mine, other, None)]

    async def find(reference: UUID | None, own: str) -> str | None:
        return await any_sender.find_sent(
            "sms", NUMBER, TEXT, since, reference=reference, excluding=lambda id_: id_ != own
        )

    assert [
        await find(reference, own) for reference, own in zip((mine, other, None), ids, strict=True)
    ] == ids


async def test_a_manner_is_taken_or_passed_over(any_sender: Sender, clock: SetClock) -> None:
    since, reference = clock.now(), uuid4()
    manner = Manner(number=0, attempt=2, words="آپ کہاں ہیں؟", options=("گھر",))
    for door in ("sms", "whatsapp"):
        sent = await any_sender.send(door, NUMBER, TEXT, reference=reference, manner=manner)
        found = await any_sender.find_sent(door, NUMBER, TEXT, since, reference=reference)
        assert found == sent


@pytest.mark.parametrize(
    ("fault", "error", "taken"),
    [
        (Fault("429"), NotTakenError, 0),
        (Fault("500"), UnknownOutcomeError, 0),
        (Fault("500_after"), UnknownOutcomeError, 1),
        (Fault("timeout_before", 2 * IMPATIENT), UnknownOutcomeError, 0),
        (Fault("timeout_after", 2 * IMPATIENT), UnknownOutcomeError, 1),
        (Fault("21610"), SendRefusedError, 0),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
async def test_faults_mean_what_they_mean(
    sender: TwilioSender,
    stand_in: StandIn,
    clock: SetClock,
    fault: Fault,
    error: type[Exception],
    taken: int,
) -> None:
    stand_in.book.faults.append(fault)
    with pytest.raises(error) as caught:
        await sender.send("sms", NUMBER, TEXT)
    assert len(stand_in.book.sent) == taken
    found = await sender.find_sent("sms", NUMBER, TEXT, clock.now())
    assert (found is not None) == bool(taken)
    assert NUMBER not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


async def test_nobody_answers(sender: TwilioSender, clock: SetClock) -> None:
    with pytest.raises(NotTakenError) as caught:
        await sender.send("sms", NUMBER, TEXT)
    assert caught.value.provider_code == "unreachable"
    with pytest.raises(NotTakenError):
        await sender.find_sent("sms", NUMBER, TEXT, clock.now())


async def test_a_wrong_token_is_no_fault_of_the_message(
    settings: Settings, stand_in: StandIn, clock: SetClock
) -> None:
    wrong = TwilioSender(
        Settings.model_validate({**settings.model_dump(), "twilio_auth_token": "x"})
    )
    with pytest.raises(NotTakenError) as caught:
        await wrong.send("sms", NUMBER, TEXT)
    assert caught.value.provider_code == "20003"
    other = TwilioSender(settings.model_copy(update={"twilio_account_sid": "AC" + "1" * 32}))
    with pytest.raises(NotTakenError):
        await other.send("sms", NUMBER, TEXT)


async def test_too_long_a_text_is_refused(sender: TwilioSender, stand_in: StandIn) -> None:
    with pytest.raises(SendRefusedError) as caught:
        await sender.send("sms", NUMBER, "x" * 1601)
    assert caught.value.provider_code == "21617"


async def test_senders_at_once_are_given_their_own_ids(
    sender: TwilioSender, stand_in: StandIn
) -> None:
    texts = [f"text {number}" for number in range(40)]
    ids = await asyncio.gather(*(sender.send("sms", NUMBER, text) for text in texts))
    assert {sent.sid: sent.body for sent in stand_in.book.sent} == dict(
        zip(ids, texts, strict=True)
    )


async def test_a_messaging_service_sends(settings: Settings, stand_in: StandIn) -> None:
    service = "MG" + "2" * 32
    sender = TwilioSender(settings.model_copy(update={"twilio_sms_from": service}))
    await sender.send("sms", NUMBER, TEXT)
    (sent,) = stand_in.book.sent
    assert (sent.messaging_service_sid, sent.sender, sent.status_callback) == (
        service,
        "",
        f"{settings.origin}/twilio/status",
    )


async def test_the_official_description_knows_every_field(
    sender: TwilioSender, stand_in: StandIn, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (Path(__file__).parent / "twilio_fields.txt").read_text().splitlines()
    known = {tuple(line.split()) for line in lines if not line.startswith("#")}
    book = stand_in.book
    seen: set[tuple[str, str]] = set()
    take, listed = book.take, book.listed

    def note_take(account_sid: str, form: dict[str, str]) -> Sent:
        seen.update(("create", name) for name in form)
        return take(account_sid, form)

    def note_listed(query: dict[str, str], path: str) -> dict[str, Any]:
        seen.update(("list", name) for name in query)
        return listed(query, path)

    monkeypatch.setattr(book, "take", note_take)
    monkeypatch.setattr(book, "listed", note_listed)
    await sender.send("whatsapp", NUMBER, TEXT, reference=uuid4())
    await sender.find_sent("whatsapp", NUMBER, TEXT, clock.now())
    create = {("create", name) for name in ("To", "From", "Body", "StatusCallback")}
    assert seen == create | {("list", "To"), ("list", "PageSize")}
    assert seen <= known


async def test_lists_longer_than_a_page(
    sender: TwilioSender, stand_in: StandIn, settings: Settings
) -> None:
    for number in range(60):
        stand_in.book.take(settings.twilio_account_sid, {"To": NUMBER, "Body": str(number)})
    client = sender._client()
    found = await asyncio.to_thread(client.messages.list, to=NUMBER, page_size=25)
    assert [message.body for message in found] == [str(n) for n in reversed(range(60))]


async def test_dates_filter_what_was_sent(
    sender: TwilioSender, stand_in: StandIn, settings: Settings, clock: SetClock
) -> None:
    queued, sent = (
        stand_in.book.take(settings.twilio_account_sid, {"To": NUMBER, "Body": body})
        for body in ("queued", "sent")
    )
    sent.status = "sent"
    client = sender._client()
    today, tomorrow = clock.now(), clock.now() + timedelta(days=1)
    found = await asyncio.to_thread(client.messages.list, date_sent_after=today)
    assert [message.body for message in found] == ["sent"]
    assert await asyncio.to_thread(client.messages.list, date_sent_after=tomorrow) == []
    assert queued.status == "queued"


async def test_the_client_keeps_nothing_of_a_message(
    sender: TwilioSender, stand_in: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0, "twilio.http_client")
    client = sender._client()
    await asyncio.to_thread(client.messages.create, to=NUMBER, from_="+1", body=TEXT)
    assert client.http_client._test_only_last_request is None
    assert client.http_client._test_only_last_response is None
    assert not [record for record in caplog.records if record.name == "twilio.http_client"]


@pytest.mark.parametrize(
    ("base", "url", "asked"),
    [
        ("http://127.0.0.1:1", "https://api.twilio.com/x?y=1", "http://127.0.0.1:1/x?y=1"),
        ("http://127.0.0.1:1", "https://content.twilio.com/v1", "http://127.0.0.1:1/v1"),
        ("https://api.twilio.com", "https://content.twilio.com/v1", None),
        ("https://api.twilio.com", "https://api.twilio.com/x", None),
        (None, "https://content.twilio.com/v1", None),
    ],
)
def test_the_base_url_stands_for_twilio(
    monkeypatch: pytest.MonkeyPatch, base: str | None, url: str, asked: str | None
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(TwilioHttpClient, "request", lambda _self, _method, url: seen.append(url))
    BaseUrlHttpClient(base, 1.0).request("GET", url)
    assert seen == [asked or url]


def rest(status: int, code: int | None = None) -> TwilioRestException:
    """An error as the library raises it."""
    return TwilioRestException(status, f"/Messages?To={NUMBER}", NUMBER, code)


UNREACHED = requests.ConnectionError(
    MaxRetryError(None, f"/?To={NUMBER}", NewConnectionError(None, "refused"))  # type: ignore[arg-type]
)
CUT = requests.ConnectionError(ProtocolError("Connection aborted."))


@pytest.mark.parametrize(
    ("error", "expected", "code"),
    [
        (rest(400, 21211), SendRefusedError, "21211"),
        (rest(400), SendRefusedError, "400"),
        (TwilioServiceException("uri", "title", 400, 63016, uri=NUMBER), SendRefusedError, "63016"),
        (rest(401, 20003), NotTakenError, "20003"),
        (rest(403), NotTakenError, "403"),
        (rest(404, 20404), NotTakenError, "20404"),
        (rest(429, 20429), NotTakenError, "20429"),
        (rest(307), NotTakenError, "307"),
        (rest(408), UnknownOutcomeError, None),
        (rest(500, 20500), UnknownOutcomeError, None),
        (rest(503), UnknownOutcomeError, None),
        (TwilioException("lost"), UnknownOutcomeError, None),
        (requests.ConnectTimeout(), NotTakenError, "unreachable"),
        (requests.exceptions.SSLError(), NotTakenError, "unreachable"),
        (UNREACHED, NotTakenError, "unreachable"),
        (CUT, UnknownOutcomeError, None),
        (requests.ConnectionError(), UnknownOutcomeError, None),
        (requests.ReadTimeout(), UnknownOutcomeError, None),
        (requests.exceptions.ChunkedEncodingError(), UnknownOutcomeError, None),
        (ValueError("not JSON"), UnknownOutcomeError, None),
    ],
)
def test_every_error_is_translated(
    error: Exception, expected: type[Exception], code: str | None
) -> None:
    found = translated(error)
    assert type(found) is expected
    assert getattr(found, "provider_code", None) == code
    assert NUMBER not in str(found)
