"""Sending through a gateway: what its answers mean, what it is told, its stand-in's manners."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from amaan.clock import SetClock
from amaan.conversation import Acceptor
from amaan.core import Core
from amaan.errors import ConfigurationError, UnknownOutcomeError
from amaan.settings import Settings
from amaan.storage.models import Conversation
from telephony.gateway.inbound import _STATES, gateway_router
from telephony.gateway.outbound import GatewaySender
from telephony.gateway.protocol import MEANINGS, signature
from telephony.gateway.stand_in import StandIn
from telephony.gateway.stand_in_book import Fault
from telephony.sender import Manner, Meaning, NotTakenError, SendRefusedError
from telephony.senders import SenderByDoor, make_sender
from telephony.twilio.outbound import TwilioSender
from tests.telephony.texting.conftest import IMPATIENT, NUMBER, Post, served
from tests.telephony.texting.gateway_calls import GATEWAY_SECRET

RUNBOOK = Path(__file__).resolve().parents[3] / "docs/runbooks/connect-sms-gateway.md"
TEXT = "آپ کہاں ہیں؟ 🙏\n1 گھر"


def answer_with(
    sender: GatewaySender, status: int, body: bytes = b"{}", seen: list[httpx.Request] | None = None
) -> None:
    """Lets every request be answered so."""

    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return httpx.Response(status, content=body)

    sender._client = httpx.AsyncClient(transport=httpx.MockTransport(handle))


@pytest.mark.parametrize(
    ("fault", "error", "taken"),
    [
        (Fault("429"), NotTakenError, 0),
        (Fault("500"), UnknownOutcomeError, 0),
        (Fault("500_after"), UnknownOutcomeError, 1),
        (Fault("garbled"), UnknownOutcomeError, 1),
        (Fault("timeout_before", 2 * IMPATIENT), UnknownOutcomeError, 0),
        (Fault("timeout_after", 2 * IMPATIENT), UnknownOutcomeError, 1),
        (Fault("opted_out"), SendRefusedError, 0),
        (Fault("refused"), SendRefusedError, 0),
        (Fault("account"), NotTakenError, 0),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
async def test_faults_mean_what_they_mean(
    gateway_sender: GatewaySender,
    gateway: StandIn,
    clock: SetClock,
    fault: Fault,
    error: type[Exception],
    taken: int,
) -> None:
    gateway.book.faults.append(fault)
    reference = uuid4()
    with pytest.raises(error) as caught:
        await gateway_sender.send("sms", NUMBER, TEXT, reference=reference)
    assert len(gateway.book.sent) == taken
    for by in (reference, None):
        found = await gateway_sender.find_sent("sms", NUMBER, TEXT, clock.now(), reference=by)
        assert (found is not None) == bool(taken)
    assert NUMBER not in repr(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (422, b'{"error":"opted_out"}', SendRefusedError, "21610"),
        (400, b'{"error":"refused"}', SendRefusedError, "refused"),
        (422, b'{"error":"unreachable"}', SendRefusedError, "unreachable"),
        (413, b"<html>", SendRefusedError, "413"),
        (422, b'{"error":"later"}', NotTakenError, "later"),
        (422, b'{"error":"account"}', NotTakenError, "account"),
        (422, b'{"error":"' + NUMBER.encode() + b' is not"}', SendRefusedError, "422"),
        (422, b'{"error":["x"]}', SendRefusedError, "422"),
        (422, b"\xff", SendRefusedError, "422"),
        (401, b"{}", NotTakenError, "401"),
        (429, b"[]", NotTakenError, "429"),
        (302, b"", NotTakenError, "302"),
        (408, b"{}", UnknownOutcomeError, None),
        (503, b'{"error":"refused"}', UnknownOutcomeError, None),
        (200, b"", UnknownOutcomeError, None),
        (200, b"null", UnknownOutcomeError, None),
        (200, b"[" * 100_000, UnknownOutcomeError, None),
        (200, b'{"id":""}', UnknownOutcomeError, None),
        (200, b'{"id":7}', UnknownOutcomeError, None),
        (201, b'{"id":"' + b"x" * 65 + b'"}', UnknownOutcomeError, None),
        (201, b'{"id":"a","x":"' + b"x" * 300_000 + b'"}', UnknownOutcomeError, None),
    ],
)
async def test_every_answer_is_translated(
    gateway_sender: GatewaySender, status: int, body: bytes, error: type[Exception], code: str
) -> None:
    answer_with(gateway_sender, status, body)
    with pytest.raises(error) as caught:
        await gateway_sender.send("sms", NUMBER, TEXT)
    assert getattr(caught.value, "provider_code", None) == code


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        (b'{"error":"opted_out"}', Meaning.OPTED_OUT),
        (b'{"error":"unreachable"}', Meaning.UNREACHABLE),
        (b'{"error":"E-17"}', Meaning.NEVER),
    ],
)
async def test_refusals_say_why(
    gateway_sender: GatewaySender, body: bytes, meaning: Meaning
) -> None:
    answer_with(gateway_sender, 422, body)
    with pytest.raises(SendRefusedError) as caught:
        await gateway_sender.send("sms", NUMBER, TEXT)
    assert caught.value.meaning is meaning


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, b"", UnknownOutcomeError),
        (404, b"", NotTakenError),
        (422, b'{"error":"refused"}', NotTakenError),
        (200, b"", UnknownOutcomeError),
        (200, b'{"messages":7}', UnknownOutcomeError),
        (200, b'{"messages":[{}]}', UnknownOutcomeError),
        (200, b'{"messages":[{"id":"a","accepted_at":"x","status":"sent"}]}', UnknownOutcomeError),
        (200, b'{"messages":[{"id":7,"accepted_at":1,"status":"sent"}]}', UnknownOutcomeError),
    ],
)
async def test_what_cannot_be_looked_up_is_not_taken_for_unsent(
    gateway_sender: GatewaySender, clock: SetClock, status: int, body: bytes, error: type[Exception]
) -> None:
    answer_with(gateway_sender, status, body)
    with pytest.raises(error):
        await gateway_sender.find_sent("sms", NUMBER, TEXT, clock.now())


async def test_nobody_answers(gateway_sender: GatewaySender, clock: SetClock) -> None:
    with pytest.raises(NotTakenError) as caught:
        await gateway_sender.send("sms", NUMBER, TEXT)
    assert caught.value.provider_code == "unreachable"
    with pytest.raises(NotTakenError):
        await gateway_sender.find_sent("sms", NUMBER, TEXT, clock.now())


async def test_a_wrong_secret_is_the_operators_trouble(
    settings: Settings, gateway: StandIn, clock: SetClock
) -> None:
    wrong = GatewaySender(
        settings.model_copy(update={"gateway_secret": SecretStr("x" * 40)}), clock
    )
    with pytest.raises(NotTakenError) as caught:
        await wrong.send("sms", NUMBER, TEXT)
    assert caught.value.trouble
    assert gateway.book.sent == []


async def test_the_request_is_the_documented_one(
    gateway_sender: GatewaySender, settings: Settings, clock: SetClock
) -> None:
    seen: list[httpx.Request] = []
    answer_with(gateway_sender, 201, b'{"id":"7"}', seen)
    reference = uuid4()
    sent = await gateway_sender.send(
        "sms", NUMBER, TEXT, reference=reference, manner=Manner(attempt=2)
    )
    assert sent == "7"
    (request,) = seen
    body = json.loads(request.content)
    assert len(body.pop("fingerprint")) == 64
    assert body == {
        "to": NUMBER,
        "from": settings.gateway_from,
        "text": TEXT,
        "reference": str(reference),
        "attempt": 2,
        "callback": f"{settings.origin}/sms/status",
    }
    timestamp = request.headers["X-Amaan-Timestamp"]
    assert int(timestamp) == int(clock.now().timestamp())
    signed = timestamp.encode() + b"." + request.content
    expected = hmac.new(GATEWAY_SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert request.headers["X-Amaan-Signature"] == f"sha256={expected}"


async def test_a_look_up_names_nobody(gateway_sender: GatewaySender, clock: SetClock) -> None:
    seen: list[httpx.Request] = []
    answer_with(gateway_sender, 200, b'{"messages":[]}', seen)
    await gateway_sender.find_sent("sms", NUMBER, TEXT, clock.now())
    await gateway_sender.find_sent("sms", NUMBER, TEXT, clock.now(), reference=uuid4())
    for request in seen:
        assert NUMBER[1:] not in str(request.url)
        signed = request.headers["X-Amaan-Timestamp"].encode() + b"." + request.url.query
        expected = hmac.new(GATEWAY_SECRET.encode(), signed, hashlib.sha256).hexdigest()
        assert request.headers["X-Amaan-Signature"] == f"sha256={expected}"


async def test_an_attempt_is_taken_once(gateway_sender: GatewaySender, gateway: StandIn) -> None:
    reference = uuid4()
    ids = [
        await gateway_sender.send(
            "sms", NUMBER, TEXT, reference=reference, manner=Manner(attempt=attempt)
        )
        for attempt in (1, 1, 2)
    ]
    assert ids[0] == ids[1] != ids[2]
    assert len(gateway.book.sent) == 2


async def test_an_attempt_that_failed_is_not_found(
    gateway_sender: GatewaySender, gateway: StandIn, clock: SetClock
) -> None:
    reference = uuid4()
    await gateway_sender.send("sms", NUMBER, TEXT, reference=reference)
    gateway.book.sent[0].status = "failed"
    for by in (reference, None):
        assert (
            await gateway_sender.find_sent("sms", NUMBER, TEXT, clock.now(), reference=by) is None
        )


def test_the_runbook_describes_what_is_done() -> None:
    page = RUNBOOK.read_text()
    example = re.search(
        r"secret `(.+?)`, the timestamp `(\d+)` and\s+the body `(.+?)` it is\s+`(.+?)`", page
    )
    assert example is not None
    secret, timestamp, body, said = example.groups()
    assert signature(secret, timestamp, body.encode()) == said
    errors = page.partition("| `error` | means |")[2].partition("\n\n")[0]
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", errors)) == set(MEANINGS)
    for status in _STATES:
        assert f"`{status}`" in page


@pytest.fixture
def through(core: Core, acceptor: Acceptor, gateway_sender: GatewaySender) -> Post:
    """Delivery with SMS through the gateway."""
    return Post(core, acceptor, SenderByDoor({"sms": gateway_sender}))


@pytest.fixture
def public(core: Core, acceptor: Acceptor) -> FastAPI:
    """The routes that the gateway calls."""
    app = FastAPI()
    app.include_router(gateway_router(core, acceptor))
    return app


async def test_sent_and_reported_in_any_order(
    through: Post, gateway: StandIn, public: FastAPI, ports: tuple[int, int, int]
) -> None:
    async with served(public, ports[0]):
        conversation_id = await through.conversation()
        ids = [await through.answer(conversation_id, f"{n}") for n in range(4)]
        await through.work()
        for message_id in ids:
            await through.until(message_id, "delivered")
    assert [sent.text for sent in gateway.book.sent] == ["0", "1", "2", "3"]
    assert [UUID(sent.reference) for sent in gateway.book.sent] == ids


@pytest.mark.parametrize("kind", ["500_after", "garbled", "timeout_after", "500", "429"])
async def test_whatever_happens_it_is_sent_once(through: Post, gateway: StandIn, kind: Any) -> None:
    gateway.book.faults.append(Fault(kind, 2 * IMPATIENT))
    message_id = await through.answer(await through.conversation(), "once")
    await through.work()
    await through.work_again()
    assert [sent.text for sent in gateway.book.sent] == ["once"]
    assert (await through.message(message_id)).delivery == "sent"


async def test_her_stop_at_the_gateway_is_heard(
    through: Post, core: Core, gateway: StandIn
) -> None:
    gateway.book.faults.append(Fault("opted_out"))
    conversation_id = await through.conversation()
    message_id = await through.answer(conversation_id, "salam")
    await through.work()
    assert (await through.message(message_id)).delivery_error == "21610"
    async with core.database.transaction() as tx:
        assert (await tx.session.get_one(Conversation, conversation_id)).stopped


async def test_the_settings_choose(settings: Settings, clock: SetClock) -> None:
    for provider, kind in (("twilio", TwilioSender), ("gateway", GatewaySender)):
        chosen = make_sender(settings.model_copy(update={"sms_provider": provider}), clock)
        assert isinstance(chosen._senders["sms"], kind)
        assert isinstance(chosen._senders["whatsapp"], TwilioSender)
        await chosen.close()


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"gateway_url": None}, "AMAAN_GATEWAY_URL"),
        ({"gateway_secret": SecretStr("short")}, "AMAAN_GATEWAY_SECRET"),
    ],
)
def test_an_unset_gateway_is_named(
    settings: Settings, clock: SetClock, changed: dict[str, Any], named: str
) -> None:
    chosen = settings.model_copy(update={"sms_provider": "gateway", **changed})
    with pytest.raises(ConfigurationError, match=named):
        make_sender(chosen, clock)
