"""What a gateway may not call: signatures, clocks, bad input."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from amaan import composition
from amaan.clock import SetClock
from amaan.conversation import Acceptor
from amaan.core import Core
from amaan.settings import Settings
from amaan.storage.models import Message
from telephony.access import checks_by_route
from telephony.gateway.inbound import gateway_router
from tests.telephony.texting.calls import NUMBER, assert_nothing_stored, count
from tests.telephony.texting.conftest import alarms
from tests.telephony.texting.gateway_calls import Gateway, sign, sms

ROUTES = ("/sms/in", "/sms/status")
REFUSED = "gateway_signature_refused"


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("missing", ["X-Amaan-Timestamp", "X-Amaan-Signature"])
async def test_without_a_signature(caller: Gateway, core: Core, path: str, missing: str) -> None:
    body = json.dumps(sms()).encode()
    headers = sign(body, caller.now())
    del headers[missing]
    answer = await caller.client.post(path, content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (403, {"error": "signature_missing"})
    await assert_nothing_stored(core)
    assert await alarms(core, REFUSED) == 1


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("given", ["wrong", "sha256=", "sha256=" + "0" * 64, "é", "="])
async def test_with_a_wrong_signature(caller: Gateway, core: Core, path: str, given: str) -> None:
    body = json.dumps(sms()).encode()
    headers: dict[bytes, bytes] = {
        b"X-Amaan-Timestamp": caller.now().encode(),
        b"X-Amaan-Signature": given.encode(),
        b"Content-Type": b"application/json",
    }
    answer = await caller.client.post(path, content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (403, {"error": "signature_wrong"})
    await assert_nothing_stored(core)
    assert await alarms(core, REFUSED) == 1


async def test_whatever_is_changed_breaks_the_signature(caller: Gateway, core: Core) -> None:
    body = json.dumps(sms()).encode()
    now = caller.now()
    right = sign(body, now)
    for content, headers in (
        (body + b" ", right),
        (body.replace(b"salam", b"sal4m"), right),
        (body, {**right, "X-Amaan-Timestamp": str(int(now) + 1)}),
        (body, {**right, "X-Amaan-Timestamp": f"0{now}"}),
        (body, {**right, "X-Amaan-Signature": right["X-Amaan-Signature"].upper()}),
        (body, sign(body, now, "x" * 48)),
        (body, sign(b"", now)),
    ):
        answer = await caller.client.post("/sms/in", content=content, headers=headers)
        assert (answer.status_code, answer.json()) == (403, {"error": "signature_wrong"})
    await assert_nothing_stored(core)


@pytest.mark.parametrize("seconds", [-301, 301, -(10**9)])
async def test_an_old_or_early_request(caller: Gateway, core: Core, seconds: int) -> None:
    answer = await caller.post("/sms/in", sms(), later=timedelta(seconds=seconds))
    assert (answer.status_code, answer.json()) == (403, {"error": "signature_old"})
    await assert_nothing_stored(core)
    assert await alarms(core, REFUSED) == 1


@pytest.mark.parametrize("timestamp", ["", "x", "-1", "1e9", "1.5", " 1", "١", "9" * 400])
async def test_timestamps_that_are_none(caller: Gateway, core: Core, timestamp: str) -> None:
    body = json.dumps(sms()).encode()
    headers = {name.encode(): value.encode() for name, value in sign(body, timestamp).items()}
    answer = await caller.client.post("/sms/in", content=body, headers=headers)
    assert answer.status_code == 403
    await assert_nothing_stored(core)


async def test_a_recorded_request_brings_nothing_new(
    caller: Gateway, core: Core, clock: SetClock
) -> None:
    body = json.dumps(sms()).encode()
    headers = sign(body, caller.now())
    answers = []
    for _ in range(4):
        answers.append(await caller.client.post("/sms/in", content=body, headers=headers))
        clock.move(timedelta(minutes=2))
    assert [answer.status_code for answer in answers] == [204, 204, 204, 403]
    assert await count(core, Message) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b"null", b"\xff\xfe", b'"a"', b"[" * 30_000, b'{"id":' + b"9" * 5000],
    ids=repr,
)
@pytest.mark.parametrize("path", ROUTES)
async def test_no_json_object(caller: Gateway, core: Core, path: str, body: bytes) -> None:
    answer = await caller.post(path, body)
    assert (answer.status_code, answer.json()) == (400, {"error": "not_json"})
    await assert_nothing_stored(core)


async def test_another_content_type(caller: Gateway, core: Core) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = await caller.post("/sms/in", sms(), **{"Content-Type": kind})
        assert (answer.status_code, answer.json()) == (400, {"error": "not_json"})
    await assert_nothing_stored(core)


async def test_oversized(caller: Gateway, core: Core) -> None:
    answer = await caller.post("/sms/in", sms("x" * 70_000))
    assert (answer.status_code, answer.json()) == (413, {"error": "too_large"})
    await assert_nothing_stored(core)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in ("id", "from") for value in (None, 7, [], {}, True, "", " ")),
        *(("text", value) for value in (None, 7, [], {}, False)),
        *(("from", v) for v in ("03001234567", "923001234567", "JAZZ", "8558", "+0", "+9230٠")),
        *(("id", value) for value in ("x" * 65, "a b", "a\x00", "\udc80", "é")),
    ],
)
async def test_an_unreadable_message_alarms(
    caller: Gateway, core: Core, name: str, value: Any
) -> None:
    answer = await caller.post("/sms/in", sms() | {name: value})
    assert answer.status_code == 400
    assert answer.json()["error"] in ("field_missing", "field_wrong")
    await assert_nothing_stored(core)
    assert await alarms(core, "gateway_unreadable") == 1


async def test_a_receipt_is_no_message_and_our_own_message_neither(
    caller: Gateway, core: Core
) -> None:
    receipt = {"id": "1", "status": "delivered", "reference": str(uuid4())}
    ours = {"to": NUMBER, "from": "+92300000300", "text": "x", "reference": "y", "callback": "z"}
    for path, fields in (("/sms/in", receipt), ("/sms/in", ours), ("/sms/status", sms())):
        assert (await caller.post(path, fields)).status_code == 400
    await assert_nothing_stored(core)


async def test_a_flood_of_forgeries_writes_one_alarm_at_a_time(caller: Gateway, core: Core) -> None:
    answers = await asyncio.gather(*(caller.client.post("/sms/in", json=sms()) for _ in range(40)))
    assert {answer.status_code for answer in answers} == {403}
    assert 1 <= await alarms(core, REFUSED) < 40


async def test_every_route_names_its_check(
    core: Core, acceptor: Acceptor, settings: Settings
) -> None:
    expected = {f"POST {path}": ["gateway_signature"] for path in ROUTES}
    assert checks_by_route(gateway_router(core, acceptor).routes) == expected
    without = checks_by_route(composition.public(settings).routes)
    chosen = settings.model_copy(update={"sms_provider": "gateway"})
    assert not expected.keys() & without.keys()
    assert checks_by_route(composition.public(chosen).routes) == without | expected
