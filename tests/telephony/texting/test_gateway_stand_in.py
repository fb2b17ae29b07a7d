"""The stand-in of a gateway: faults by HTTP, stops, and strangers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from amaan.clock import SetClock
from telephony.gateway.outbound import GatewaySender
from telephony.gateway.stand_in import StandIn
from telephony.gateway.stand_in_book import Fault
from telephony.sender import NotTakenError, SendRefusedError
from tests.telephony.texting.conftest import NUMBER

TEXT = "آپ کہاں ہیں؟ 🙏\n1 گھر"


async def call(stand_in: StandIn, method: str, path: str, **options: Any) -> httpx.Response:
    """Calls the stand-in in process."""
    transport = httpx.ASGITransport(stand_in.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://stand-in") as client:
        return await client.request(method, path, **options)


async def test_faults_are_ordered_by_http(gateway_sender: GatewaySender, gateway: StandIn) -> None:
    order = {"kind": "429", "times": 2}
    assert (await call(gateway, "POST", "/__faults", json=order)).json() == {"waiting": 2}
    for _ in range(2):
        with pytest.raises(NotTakenError):
            await gateway_sender.send("sms", NUMBER, TEXT)
    await gateway_sender.send("sms", NUMBER, TEXT)
    (sent,) = (await call(gateway, "GET", "/__sent")).json()
    assert (sent["to"], sent["text"]) == (NUMBER, TEXT)
    assert (await call(gateway, "POST", "/__faults", json={"kind": "x"})).status_code == 400


async def test_a_stop_holds_until_she_starts(
    gateway_sender: GatewaySender, gateway: StandIn
) -> None:
    gateway.book.faults.append(Fault("opted_out"))
    for _ in range(2):
        with pytest.raises(SendRefusedError):
            await gateway_sender.send("sms", NUMBER, TEXT)
    await call(gateway, "POST", "/__inbound", json={"from": NUMBER, "text": "START"})
    await gateway_sender.send("sms", NUMBER, TEXT)


async def test_strangers_and_old_signatures_send_nothing(
    gateway: StandIn, gateway_sender: GatewaySender, clock: SetClock
) -> None:
    assert (await call(gateway, "POST", "/messages", json={})).status_code == 401
    assert (await call(gateway, "GET", "/messages?reference=x")).status_code == 401
    gateway.book.clock = SetClock(clock.now() + timedelta(minutes=6))
    with pytest.raises(NotTakenError):
        await gateway_sender.send("sms", NUMBER, TEXT)


@pytest.mark.parametrize("path", ["/__sent", "/__faults", "/__inbound"])
async def test_pages_cannot_use_the_test_routes(gateway: StandIn, path: str) -> None:
    method = "GET" if path == "/__sent" else "POST"
    answer = await call(gateway, method, path, headers={"Origin": "http://evil"}, json={})
    assert answer.status_code == 403
