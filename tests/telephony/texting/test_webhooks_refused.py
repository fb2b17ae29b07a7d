"""What Twilio never sent: wrong signatures, changed forms, bad input."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # no types

from amaan.core import Core
from tests.telephony.texting.calls import FORM, Twilio, assert_nothing_stored, sms
from tests.telephony.texting.conftest import alarms


@pytest.mark.parametrize("path", ["/twilio/sms", "/twilio/whatsapp", "/twilio/status"])
async def test_without_a_signature(twilio: Twilio, core: Core, path: str) -> None:
    answer = await twilio.client.post(path, data=dict(sms()))
    assert (answer.status_code, answer.json()) == (403, {"error": "signature_missing"})
    await assert_nothing_stored(core)
    assert await alarms(core, "twilio_signature_refused") == 1


@pytest.mark.parametrize("path", ["/twilio/sms", "/twilio/whatsapp", "/twilio/status"])
@pytest.mark.parametrize("signature", ["wrong", "A" * 28, "é", "="])
async def test_with_a_wrong_signature(
    twilio: Twilio, core: Core, path: str, signature: str
) -> None:
    headers = {b"X-Twilio-Signature": signature.encode(), b"Content-Type": FORM.encode()}
    answer = await twilio.client.post(path, content=urlencode(sms()), headers=headers)
    assert (answer.status_code, answer.json()) == (403, {"error": "signature_wrong"})
    await assert_nothing_stored(core)
    assert await alarms(core, "twilio_signature_refused") == 1


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
    assert 1 <= await alarms(core, "twilio_signature_refused") < 40
