"""Twilio's stand-in: what was sent, faults by HTTP, forms that cannot be sent."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from amaan.settings import Settings
from telephony.sender import NotTakenError
from telephony.twilio.outbound import TwilioSender
from telephony.twilio.stand_in import StandIn
from tests.telephony.texting.conftest import NUMBER

TEXT = "آپ کہاں ہیں؟\n1 گھر"


async def call(stand_in: StandIn, method: str, path: str, **options: Any) -> httpx.Response:
    """Calls the stand-in in process."""
    transport = httpx.ASGITransport(stand_in.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://stand-in") as client:
        return await client.request(method, path, **options)


async def test_what_was_sent_can_be_listed(sender: TwilioSender, stand_in: StandIn) -> None:
    await sender.send("whatsapp", NUMBER, TEXT)
    (sent,) = (await call(stand_in, "GET", "/__sent")).json()
    assert (sent["to"], sent["body"], sent["door"]) == (f"whatsapp:{NUMBER}", TEXT, "whatsapp")


async def test_faults_are_ordered_by_http(sender: TwilioSender, stand_in: StandIn) -> None:
    order = {"kind": "429", "times": 2}
    assert (await call(stand_in, "POST", "/__faults", json=order)).json() == {"waiting": 2}
    for _ in range(2):
        with pytest.raises(NotTakenError):
            await sender.send("sms", NUMBER, TEXT)
    await sender.send("sms", NUMBER, TEXT)
    assert (await call(stand_in, "POST", "/__faults", json={"kind": "x"})).status_code == 400


@pytest.mark.parametrize("path", ["/__sent", "/__faults", "/__inbound"])
async def test_pages_cannot_use_the_test_routes(stand_in: StandIn, path: str) -> None:
    method = "GET" if path == "/__sent" else "POST"
    answer = await call(stand_in, method, path, headers={"Origin": "http://evil"}, json={})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"From": "+1", "Body": "x"}, 21604),
        ({"To": NUMBER, "Body": "x"}, 21603),
        ({"To": NUMBER, "From": "+1"}, 21602),
    ],
)
async def test_unsendable_forms(
    stand_in: StandIn, settings: Settings, form: dict[str, str], code: int
) -> None:
    path = f"/2010-04-01/Accounts/{settings.twilio_account_sid}/Messages.json"
    token = settings.twilio_auth_token.get_secret_value()
    auth = (settings.twilio_account_sid, token)
    answer = await call(stand_in, "POST", path, data=form, auth=auth)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
