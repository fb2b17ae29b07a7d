"""Every route and field that we use stands in Twilio's official description (twilio_fields.txt)."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import pytest
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from amaan.clock import SetClock
from amaan.settings import Settings
from telephony.sender import Manner
from telephony.twilio.media import TwilioRecordings
from telephony.twilio.outbound import TwilioSender
from telephony.twilio.stand_in import StandIn
from telephony.twilio.stand_in_phones import Media
from tests.telephony.texting.conftest import NUMBER, served

SID = "MM" + "1" * 32 + "/ME" + "2" * 32
Facts = set[tuple[str, ...]]


def official() -> Facts:
    """What the official description knows."""
    lines = (Path(__file__).parent / "twilio_fields.txt").read_text().splitlines()
    return {tuple(line.split()) for line in lines if not line.startswith("#")}


class Noting:
    """Middleware that notes routes and fields of what the stand-in is asked."""

    def __init__(self, app: ASGIApp, seen: Facts) -> None:
        self._app = app
        self._seen = seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope, receive)
            body = await request.body()
            self._note(request, body.decode())
            sent = [{"type": "http.request", "body": body, "more_body": False}]

            async def again() -> Any:
                return sent.pop() if sent else await receive()

            await self._app(scope, again, send)
            return
        await self._app(scope, receive, send)

    def _note(self, request: Request, body: str) -> None:
        path = re.sub(r"AC[0-9a-f]{32}", "{AccountSid}", request.url.path)
        path = re.sub(r"MM[0-9a-f]{32}", "{MessageSid}", path)
        path = re.sub(
            r"ME[0-9a-f]{32}$", "{Sid}.json", re.sub(r"(ME[0-9a-f]{32}).json", r"\1", path)
        )
        self._seen.add(("route", request.method, path))
        content = path == "/v1/Content"
        listing = "contents" if content else "list"
        self._seen.update((listing, name) for name in request.query_params)
        if request.method == "POST" and content:
            self._note_content(json.loads(body))
        elif request.method == "POST":
            self._seen.update(("create", name) for name, _ in parse_qsl(body))

    def _note_content(self, wanted: dict[str, Any]) -> None:
        self._seen.update(("content", name) for name in wanted)
        for kind, shape in wanted["types"].items():
            if shape is None:
                continue
            name = kind.rpartition("/")[2]
            self._seen.update((name, field) for field in shape)
            for field, rows in (("action", "actions"), ("item", "items")):
                self._seen.update((field, key) for row in shape.get(rows, ()) for key in row)


@pytest.fixture
async def seen(settings: Settings, clock: SetClock, ports: tuple[int, int]) -> AsyncIterator[Facts]:
    """What the stand-in is asked during a test."""
    noted: Facts = set()
    stand_in = StandIn(settings, clock)
    stand_in.book.media[SID] = Media("audio/ogg")
    async with served(Noting(stand_in.app(), noted), ports[1]):  # type: ignore[arg-type]  # an ASGI app
        yield noted


async def test_the_official_description_knows_all_that_we_use(
    settings: Settings, clock: SetClock, seen: Facts
) -> None:
    settings = settings.model_copy(update={"twilio_buttons": True})
    sender, recordings = TwilioSender(settings), TwilioRecordings(settings)
    await sender.send("sms", NUMBER, "x", reference=uuid4())
    await sender.send("whatsapp", NUMBER, "x", manner=Manner(template="HX" + "a" * 32))
    for count in (2, 5):
        options = tuple(map(str, range(count)))
        await sender.send("whatsapp", NUMBER, "x", manner=Manner(words="x", options=options))
    await sender.find_sent("sms", NUMBER, "x", clock.now())
    async with recordings.open(SID):
        pass
    await recordings.delete(SID)
    assert seen <= official()
    assert {fact for fact in official() if fact[0] == "route"} <= seen
    assert ("create", "ContentVariables") in seen
