"""What Twilio calls: signatures, bad input, repeats, receipts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # no types

from amaan.conversation import Accepted, Acceptor
from amaan.conversation.store import Content, read_content
from amaan.core import Core
from amaan.errors import ConfigurationError
from amaan.ports import Inbound, StaffAnswers
from amaan.settings import Settings
from amaan.storage.models import Address, Conversation, InboundClaim, Message, OperatorAlarm
from telephony import arrivals
from telephony.access import CheckedRoute, checks_by_route
from telephony.app import public_app
from telephony.twilio.webhooks import twilio_router
from tests.fakes import Bench
from tests.telephony.texting.conftest import NUMBER, Post

FORM = "application/x-www-form-urlencoded"
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
Fields = list[tuple[str, str]]


class Twilio:
    """Calls our webhooks as Twilio does, through a proxy that changes host and scheme."""

    def __init__(self, core: Core, acceptor: Acceptor, answers: StaffAnswers | None = None) -> None:
        self.app = FastAPI()
        self.app.include_router(twilio_router(core, acceptor, answers))
        self.origin = core.settings.origin
        self.validator = RequestValidator(core.settings.twilio_auth_token.get_secret_value())
        transport = httpx.ASGITransport(self.app)
        # The proxy talks to us by an inner name that is not what Twilio signed.
        self.client = httpx.AsyncClient(transport=transport, base_url="http://inner:9999")

    def sign(self, path: str, fields: Fields) -> str:
        """Twilio's signature over the public address."""
        return str(self.validator.compute_signature(self.origin + path, ImmutableMultiDict(fields)))

    async def post(
        self, path: str, fields: Fields, *, signature: str | None = None, **headers: str
    ) -> httpx.Response:
        """Posts a form, rightly signed unless another signature is given."""
        headers["X-Twilio-Signature"] = signature or self.sign(path, fields)
        headers.setdefault("Content-Type", FORM)
        return await self.client.post(path, content=urlencode(fields), headers=headers)


@pytest.fixture
async def twilio(core: Core, acceptor: Acceptor) -> AsyncIterator[Twilio]:
    """See `Twilio`."""
    twilio = Twilio(core, acceptor)
    async with twilio.client:
        yield twilio


def sms(body: str = "salam", sid: str | None = None, **more: str) -> Fields:
    """The form of an inbound SMS."""
    fields = {
        "MessageSid": sid or f"SM{uuid4().hex}",
        "AccountSid": "AC" + "0" * 32,
        "From": NUMBER,
        "To": "+92300000100",
        "Body": body,
        "NumMedia": "0",
        "FromCity": "",
        **more,
    }
    return list(fields.items())


async def count(core: Core, table: Any) -> int:
    """Rows of a table."""
    async with core.database.transaction() as tx:
        found = await tx.session.scalar(select(func.count()).select_from(table))
    assert found is not None
    return found


async def contents(core: Core) -> list[Content]:
    """Everything that was stored, opened, in order."""
    async with core.database.transaction() as tx:
        rows = await tx.session.scalars(select(Message).order_by(Message.created_at, Message.seq))
        return [
            read_content(await core.vault.open_key(tx, row.conversation_id), row) for row in rows
        ]


async def assert_nothing_stored(core: Core) -> None:
    """No trace but alarms."""
    for table in (Message, Conversation, Address, InboundClaim):
        assert await count(core, table) == 0


async def alarm_count(core: Core, kind: str) -> int:
    """How often an operator alarm was raised."""
    async with core.database.transaction() as tx:
        alarm = await tx.session.get(OperatorAlarm, kind)
        return alarm.count if alarm else 0


# Accepted


@pytest.mark.parametrize("path", ["/twilio/sms", "/twilio/whatsapp"])
async def test_a_signed_message_is_stored_and_answered_empty(
    twilio: Twilio, core: Core, path: str
) -> None:
    answer = await twilio.post(path, sms("مدد چاہیے"))
    assert (answer.status_code, answer.text) == (200, EMPTY)
    assert answer.headers["content-type"].startswith("text/xml")
    assert [content.text for content in await contents(core)] == ["مدد چاہیے"]


async def test_through_a_messaging_service(twilio: Twilio, core: Core) -> None:
    fields = sms(MessagingServiceSid="MG" + "1" * 32)
    assert (await twilio.post("/twilio/sms", fields)).status_code == 200
    assert await count(core, Message) == 1


async def test_the_senders_address_tells_the_door(twilio: Twilio, core: Core) -> None:
    # A Messaging Service calls one address for both doors.
    await twilio.post("/twilio/sms", sms(From=f"whatsapp:{NUMBER}"))
    async with core.database.transaction() as tx:
        assert list(await tx.session.scalars(select(Conversation.door))) == ["whatsapp"]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param([*sms(), ("Extra", "b"), ("Extra", "a")], id="repeated"),
        pytest.param([*sms(), ("Extra", "a"), ("Extra", "a")], id="repeated-equal"),
        pytest.param([*sms(), ("Blank", ""), ("Other", "")], id="blank"),
        pytest.param([*sms(), ("Spaces", "  x  ")], id="unstripped"),
        pytest.param(sms("a&b=c+d%20e\r\n\t;"), id="signs-of-forms"),
    ],
)
async def test_repeated_and_blank_fields_are_signed_too(
    twilio: Twilio, core: Core, fields: Fields
) -> None:
    assert (await twilio.post("/twilio/sms", fields)).status_code == 200
    assert await count(core, Message) == 1


@pytest.mark.parametrize("path", ["/twilio/sms?a=1&b=%2F%20", "/twilio/sms?%C3%A9=1&a=&a"])
async def test_the_query_counts_as_sent(twilio: Twilio, core: Core, path: str) -> None:
    assert (await twilio.post(path, sms())).status_code == 200


async def test_an_escaped_path_counts_as_sent(twilio: Twilio) -> None:
    fields = sms()
    assert (await twilio.post("/twilio/%73ms", fields)).status_code == 200
    wrong = twilio.sign("/twilio/sms", fields)
    assert (await twilio.post("/twilio/%73ms", fields, signature=wrong)).status_code == 403


async def test_headers_of_a_proxy_are_not_believed(twilio: Twilio, core: Core) -> None:
    fields = sms()
    forged = RequestValidator(core.settings.twilio_auth_token.get_secret_value())
    signature = forged.compute_signature("https://evil.example/twilio/sms", dict(fields))
    headers = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Host": "evil.example",
    }
    answer = await twilio.post("/twilio/sms", fields, signature=signature, **headers)
    assert answer.status_code == 403
    assert (await twilio.post("/twilio/sms", fields, **headers)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        "",
        " \n ",
        "🙏😭",
        "\u202eevil\u202c \u2066x\u2069",
        "\x00\x01\x07\x1b[31m",
        "x" * 20_000,
        "+923001234567",
        "ቋንቋ",
    ],
    ids=["empty", "blank", "emoji", "bidi", "controls", "20k", "number", "unknown-language"],
)
async def test_strange_words_are_accepted_whole(twilio: Twilio, core: Core, body: str) -> None:
    assert (await twilio.post("/twilio/sms", sms(body))).status_code == 200
    assert [content.text for content in await contents(core)] == [body]


async def test_media_are_noted_and_never_fetched(twilio: Twilio, core: Core) -> None:
    fields = sms(
        "", NumMedia="1", MediaUrl0="https://media.example/x", MediaContentType0="image/jpeg"
    )
    assert (await twilio.post("/twilio/sms", fields)).status_code == 200
    (content,) = await contents(core)
    assert content.notes == {"media"}
    assert "media.example" not in repr(content)


# Refused


@pytest.mark.parametrize("path", ["/twilio/sms", "/twilio/whatsapp", "/twilio/status"])
async def test_without_a_signature(twilio: Twilio, core: Core, path: str) -> None:
    answer = await twilio.client.post(path, data=dict(sms()))
    assert (answer.status_code, answer.json()) == (403, {"error": "signature_missing"})
    await assert_nothing_stored(core)
    assert await alarm_count(core, "twilio_signature_refused") == 1


@pytest.mark.parametrize("path", ["/twilio/sms", "/twilio/whatsapp", "/twilio/status"])
@pytest.mark.parametrize("signature", ["wrong", "A" * 28, "é", "="])
async def test_with_a_wrong_signature(
    twilio: Twilio, core: Core, path: str, signature: str
) -> None:
    headers = {b"X-Twilio-Signature": signature.encode(), b"Content-Type": FORM.encode()}
    answer = await twilio.client.post(path, content=urlencode(sms()), headers=headers)
    assert (answer.status_code, answer.json()) == (403, {"error": "signature_wrong"})
    await assert_nothing_stored(core)
    assert await alarm_count(core, "twilio_signature_refused") == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: [(k, "other") if k == "Body" else (k, v) for k, v in fields],
        lambda fields: [*fields, ("More", "1")],
        lambda fields: [(k, v) for k, v in fields if k != "FromCity"],
        lambda fields: [(k, v + " ") if k == "Body" else (k, v) for k, v in fields],
        lambda fields: [*fields, ("Body", "second")],
    ],
    ids=["changed", "added", "blank-removed", "space-added", "repeated"],
)
async def test_a_changed_form(twilio: Twilio, core: Core, change: Any) -> None:
    fields = sms()
    signature = twilio.sign("/twilio/sms", fields)
    answer = await twilio.post("/twilio/sms", change(fields), signature=signature)
    assert answer.status_code == 403
    await assert_nothing_stored(core)


async def test_signed_for_another_route_query_or_token(twilio: Twilio, core: Core) -> None:
    fields = sms()
    for signature in (
        twilio.sign("/twilio/whatsapp", fields),
        twilio.sign("/twilio/sms?a=1", fields),
        RequestValidator("x" * 48).compute_signature(twilio.origin + "/twilio/sms", dict(fields)),
    ):
        answer = await twilio.post("/twilio/sms", fields, signature=signature)
        assert answer.status_code == 403
    await assert_nothing_stored(core)


async def test_a_signature_over_the_address_alone_opens_nothing(twilio: Twilio, core: Core) -> None:
    bare = twilio.sign("/twilio/sms", [])
    for body, kind in ((b"", FORM), (b"{}", "application/json"), (b"", "application/json")):
        headers = {"X-Twilio-Signature": bare, "Content-Type": kind}
        answer = await twilio.client.post("/twilio/sms", content=body, headers=headers)
        assert answer.status_code == 400
    await assert_nothing_stored(core)


@pytest.mark.parametrize("body", [b"Body=\xff\xfe", b"Body=%ff%fe", b"Body=%ED%A0%80"])
async def test_not_utf8(twilio: Twilio, core: Core, body: bytes) -> None:
    headers = {"X-Twilio-Signature": "x", "Content-Type": FORM}
    answer = await twilio.client.post("/twilio/sms", content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (400, {"error": "not_utf8"})
    await assert_nothing_stored(core)


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
async def test_oversized(twilio: Twilio, core: Core, declared: bool) -> None:
    body = urlencode(sms("x" * 70_000)).encode()

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 4096):
            yield body[start : start + 4096]

    headers = {"X-Twilio-Signature": "x", "Content-Type": FORM}
    answer = await twilio.client.post(
        "/twilio/sms", content=body if declared else chunks(), headers=headers
    )
    assert (answer.status_code, answer.json()) == (413, {"error": "too_large"})
    await assert_nothing_stored(core)


@pytest.mark.parametrize("missing", ["From", "MessageSid"])
async def test_a_field_is_missing(twilio: Twilio, core: Core, missing: str) -> None:
    fields = [(name, value) for name, value in sms() if name != missing]
    assert (await twilio.post("/twilio/sms", fields)).status_code == 400
    await assert_nothing_stored(core)


async def test_other_methods_are_closed(twilio: Twilio) -> None:
    assert (await twilio.client.get("/twilio/sms")).status_code == 405


async def test_a_flood_of_forgeries_writes_one_alarm_at_a_time(twilio: Twilio, core: Core) -> None:
    answers = await asyncio.gather(
        *(twilio.client.post("/twilio/sms", data=dict(sms())) for _ in range(40))
    )
    assert {answer.status_code for answer in answers} == {403}
    assert 1 <= await alarm_count(core, "twilio_signature_refused") < 40


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


# Receipts


async def test_receipts_never_go_back(twilio: Twilio, post: Post) -> None:
    message_id = await post.answer(await post.conversation(), "salam")
    for state, expected in [
        ("queued", "sent"),
        ("delivered", "delivered"),
        ("sent", "delivered"),
        ("undelivered", "delivered"),
        ("read", "read"),
        ("delivered", "read"),
    ]:
        fields = [("MessageSid", "SM1"), ("MessageStatus", state)]
        path = f"/twilio/status?message={message_id}"
        assert (await twilio.post(path, fields)).status_code == 200
        assert (await post.message(message_id)).delivery == expected


async def test_a_failed_receipt_alarms_the_operator(twilio: Twilio, core: Core, post: Post) -> None:
    message_id = await post.answer(await post.conversation(), "salam")
    fields = [("MessageSid", "SM1"), ("MessageStatus", "failed"), ("ErrorCode", "30003")]
    await twilio.post(f"/twilio/status?message={message_id}", fields)
    message = await post.message(message_id)
    assert (message.delivery, message.delivery_error) == ("failed", "30003")
    assert await alarm_count(core, "delivery_failed") == 1


async def test_an_opt_out_in_a_receipt_stops_the_conversation(
    twilio: Twilio, core: Core, post: Post
) -> None:
    conversation_id = await post.conversation()
    message_id = await post.answer(conversation_id, "salam")
    fields = [("MessageSid", "SM1"), ("MessageStatus", "failed"), ("ErrorCode", "21610")]
    await twilio.post(f"/twilio/status?message={message_id}", fields)
    async with core.database.transaction() as tx:
        assert (await tx.session.get_one(Conversation, conversation_id)).stopped
    assert await alarm_count(core, "delivery_failed") == 0


@pytest.mark.parametrize("reference", [str(UUID(int=5)), "nonsense", ""])
async def test_receipts_of_nothing_we_know(twilio: Twilio, reference: str) -> None:
    fields = [("MessageSid", "SM1"), ("MessageStatus", "delivered")]
    assert (await twilio.post(f"/twilio/status?message={reference}", fields)).status_code == 200
    fields = [("MessageSid", "SM1"), ("MessageStatus", "dancing")]
    assert (await twilio.post("/twilio/status", fields)).status_code == 200


async def test_a_receipt_of_another_copy_changes_nothing(twilio: Twilio, post: Post) -> None:
    message_id = await post.answer(await post.conversation(), "salam")
    path = f"/twilio/status?message={message_id}"
    await twilio.post(path, [("MessageSid", "SM1"), ("MessageStatus", "sent")])
    await twilio.post(path, [("MessageSid", "SM2"), ("MessageStatus", "failed")])
    assert (await post.message(message_id)).delivery == "sent"
    # And without our reference the provider's id finds it.
    await twilio.post("/twilio/status", [("MessageSid", "SM1"), ("MessageStatus", "delivered")])
    assert (await post.message(message_id)).delivery == "delivered"


# Closed by default


def test_every_route_names_its_check(core: Core, acceptor: Acceptor) -> None:
    assert checks_by_route(twilio_router(core, acceptor).routes) == {
        "POST /twilio/sms": ["twilio_signature"],
        "POST /twilio/whatsapp": ["twilio_signature"],
        "POST /twilio/status": ["twilio_signature"],
    }


def test_a_route_without_a_check_is_refused() -> None:
    router = APIRouter(route_class=CheckedRoute)
    with pytest.raises(ConfigurationError):
        router.get("/open")(lambda: None)


def test_a_bare_route_shows_in_the_list() -> None:
    app = FastAPI(openapi_url=None)
    app.get("/bare")(lambda: None)
    assert checks_by_route(app.routes) == {"GET /bare": []}


async def test_through_the_public_app(core: Core, acceptor: Acceptor) -> None:
    eraser = Bench(core).eraser
    twilio = Twilio(core, acceptor)
    twilio.app = public_app(core, acceptor, eraser, twilio_router(core, acceptor))
    transport = httpx.ASGITransport(twilio.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://inner") as twilio.client:
        answer = await twilio.post("/twilio/sms", sms())
        assert (answer.status_code, answer.text) == (200, EMPTY)
        answer = await twilio.post("/twilio/sms", sms(), signature="wrong")
        assert (answer.status_code, answer.json()) == (403, {"error": "signature_wrong"})
        answer = await twilio.post("/twilio/sms", sms("x" * 70_000))
        assert (answer.status_code, answer.json()) == (413, {"error": "too_large"})
        # Past the app's own limit the server answers, before the route is asked.
        assert (await twilio.post("/twilio/sms", sms("x" * 2_000_000))).status_code == 413


# Nothing personal is logged


async def test_nothing_personal_is_logged(
    twilio: Twilio, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    marker = "raaz-ki-baat"
    fields = sms(marker, ProfileName=marker)
    await twilio.post("/twilio/sms", fields)
    await twilio.post("/twilio/sms", fields)
    await twilio.post("/twilio/sms", fields, signature="wrong")
    await twilio.post("/twilio/status", [*fields, ("MessageStatus", marker)])
    out, err = capfd.readouterr()
    for secret in (marker, NUMBER, NUMBER.removeprefix("+")):
        assert secret not in out + err


# Answers of staff


class Answers:
    """Takes what is said in `takes`; fails with `error` when it is set."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str, str]] = []
        self.error: Exception | None = None

    async def take(self, door: str, address: str, text: str, provider_id: str) -> bool:
        """See `StaffAnswers.take`."""
        self.seen.append((door, address, text, provider_id))
        if self.error is not None:
            raise self.error
        return text == "1"


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
