"""What Twilio calls, and what is answered: strange words, closed routes, logs."""

from __future__ import annotations

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import select
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # no types

from amaan.conversation import Acceptor
from amaan.core import Core
from amaan.errors import ConfigurationError
from amaan.settings import Settings
from amaan.storage.models import Conversation, Message
from telephony.access import CheckedRoute, checks_by_route
from telephony.app import public_app
from telephony.twilio.webhooks import twilio_router
from tests.fakes import Bench
from tests.telephony.texting.calls import EMPTY, NUMBER, Fields, Twilio, contents, count, sms

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
