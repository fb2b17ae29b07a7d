"""Whatever is sent to the sandbox, it answers as its contract says and never fails."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from amaan.clock import SetClock
from intake.contract.keys import OURS, SigningKeys
from intake.contract.signing import HEADER, sign
from intake.sandbox import sandbox_app
from tests.conftest import START, TEST_SECRET
from tests.intake.conftest import sandbox_settings

_FOLDER = tempfile.TemporaryDirectory(prefix="amaan-fuzz-")
_SETTINGS = sandbox_settings(Path(_FOLDER.name))
_APP = sandbox_app(_SETTINGS, SetClock(START))
_KEYS = SigningKeys(_SETTINGS.secrets_folder, OURS)

Message = MutableMapping[str, Any]


async def _as_our_client(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Any]
) -> None:
    """The sandbox, before which each request is given our token and our signature."""
    if scope["type"] != "http":
        return
    body = b""
    more = True
    while more:
        part = await receive()
        body += part.get("body", b"")
        more = part.get("more_body", False)
    ours = {b"authorization", HEADER.lower().encode()}
    headers = [(name, value) for name, value in scope["headers"] if name.lower() not in ours]
    if scope["path"] == "/oauth/token":
        word = base64.b64encode(f"{_SETTINGS.intake_client_id}:{TEST_SECRET}".encode())
        headers.append((b"authorization", b"Basic " + word))
    else:
        token = _APP.state.sandbox.tokens.issue()
        headers.append((b"authorization", f"Bearer {token}".encode()))
    try:
        signature = sign(body, _KEYS.current(), START, "complaint+json")
        headers.append((HEADER.lower().encode(), signature.encode()))
    except UnicodeDecodeError:
        pass  # goes without one, as from somebody else

    async def again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    await _APP({**scope, "headers": headers}, again, send)


async def _as_they_are(scope: Message, receive: Any, send: Any) -> None:
    """The sandbox without its start and end, of which each test client would make one."""
    if scope["type"] == "http":
        await _APP(scope, receive, send)


_ours = schemathesis.openapi.from_asgi("/openapi.json", _as_our_client)
_strangers = schemathesis.openapi.from_asgi("/openapi.json", _as_they_are)
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_few = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@_ours.parametrize()
@_few
def test_our_own_requests(case: schemathesis.Case) -> None:
    case.call_and_validate(checks=_CHECKS)


@_strangers.parametrize()
@_few
def test_strangers_requests(case: schemathesis.Case) -> None:
    case.call_and_validate(checks=_CHECKS)


def test_some_of_it_was_taken() -> None:
    # Else all of the above may have been refused at the door.
    assert _APP.state.sandbox.book.all()
