"""Every public route against requests that no honest client makes.

No answer above 499, refusals in their own shape and without what was sent, no row left
behind by what is not rightly signed or no form of the page, and nothing in the logs.
"""

from __future__ import annotations

import time
from uuid import uuid4

import pytest
from pydantic import SecretStr

from amaan import composition
from amaan.core import Core
from amaan.settings import Settings
from bench.doors.fuzz import only
from bench.doors.hostile import Draw, Keys
from bench.doors.siege import Outcome, besiege, rows, served
from bench.doors.strange import MARKER, NUMBER
from telephony.access import checks_by_route
from tests.telephony.texting.conftest import free_port

SEED = 20261122
COUNT = 3000


@pytest.mark.timeout(300)
async def test_hostile_requests(
    core: Core, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    settings = settings.model_copy(
        update={
            "public_origin": f"http://127.0.0.1:{port}",
            "sms_provider": "gateway",
            "gateway_url": "http://127.0.0.1:9",
            "gateway_secret": SecretStr("test-secret-of-the-gateway-" * 2),
        }
    )
    app = composition.public(settings)
    keys = Keys(
        settings.origin,
        settings.twilio_auth_token.get_secret_value(),
        settings.gateway_secret.get_secret_value(),
        lambda: int(time.time()),
    )
    draw = Draw(SEED, list(checks_by_route(app.routes)), keys)
    async with served(app, port):
        before = await rows(core.database)
        refused = await besiege(port, only(draw, may_store=False), COUNT // 2)
        assert await rows(core.database) == before
        strange = await besiege(port, only(draw, may_store=True), COUNT // 2)
        after = await rows(core.database)
    assert faults(refused) == faults(strange) == {}
    # What was taken was answered as taken; what was refused left nothing.
    assert 0 < after["message"] <= strange.welcome
    out, err = capfd.readouterr()
    for told in (MARKER, NUMBER, "request_failed"):
        assert told not in out + err


def faults(outcome: Outcome) -> dict[str, int]:
    """As a plain dictionary, so that a failing test shows all of them."""
    return dict(outcome.faults)


def test_the_same_seed_draws_the_same() -> None:
    keys = Keys("http://x", "t" * 40, "g" * 40, lambda: 1_795_000_000)
    routes = ["POST /twilio/sms", "POST /sms/in", "POST /"]
    one, other, third = (Draw(seed, routes, keys) for seed in (1, 1, uuid4().int))
    drawn = [[draw.next() for _ in range(300)] for draw in (one, other, third)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert {request.may_store for request in drawn[0]} == {True, False}
