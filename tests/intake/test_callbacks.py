"""The agency's calls: signed, told again until heard, and only theirs are heard."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import OKPKey

from amaan.access import checks_by_route
from amaan.clock import SetClock
from amaan.errors import StorageError
from amaan.settings import Settings
from intake.api import IntakeApi
from intake.callbacks import MAX_BODY_BYTES, callback_router
from intake.contract.keys import SANDBOX, SigningKeys
from intake.contract.models import StateChange
from intake.contract.signing import HEADER, Kind, sign
from intake.port import AgencyState
from intake.sandbox import sandbox_app
from tests.conftest import START
from tests.intake.invented import KEY, complaint

UNKNOWN = "SANDBOX-0002"
CHANGE = StateChange(number="SANDBOX-0001", state="closed", at=START)


class House:
    """Our public app's part of it, which notes what it heard."""

    def __init__(self, settings: Settings, clock: SetClock) -> None:
        self.heard: list[tuple[str, AgencyState, datetime]] = []
        self.trouble: Exception | None = None
        self.clock = clock
        self.keys = SigningKeys(settings.secrets_folder, SANDBOX)
        self.app = FastAPI()
        self.app.include_router(callback_router(settings, clock, self.on_state))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app))

    async def on_state(self, number: str, state: AgencyState, at: datetime) -> bool:
        """Notes a change, knows all numbers but one, or is in trouble."""
        if self.trouble is not None:
            raise self.trouble
        self.heard.append((number, state, at))
        return number != UNKNOWN

    async def called(
        self, body: bytes, *, key: OKPKey | None = None, kind: Kind = "state+json"
    ) -> httpx.Response:
        """A call with `body`, rightly signed unless said otherwise."""
        signature = sign(body, key or self.keys.current(), self.clock.now(), kind)
        return await self.client.post(
            "http://house/intake/state", content=body, headers={HEADER: signature}
        )


@pytest.fixture
def house(sandbox: FastAPI, sandbox_home: Settings, set_clock: SetClock) -> House:
    """Our side, which knows the sandbox's keys."""
    return House(sandbox_home, set_clock)


BODY = CHANGE.model_dump_json().encode()


def test_the_route_names_what_opens_it(house: House) -> None:
    found = checks_by_route(house.app.routes)
    assert found["POST /intake/state"] == ["agency_signature"]


async def test_for_an_unknown_number_the_agency_calls_again(house: House) -> None:
    other = CHANGE.model_copy(update={"number": UNKNOWN})
    assert (await house.called(other.model_dump_json().encode())).status_code == 503


async def test_a_signed_change_is_heard_as_often_as_it_comes(house: House) -> None:
    for _ in range(2):
        assert (await house.called(BODY)).status_code == 204
    assert house.heard == [("SANDBOX-0001", "closed", START)] * 2


async def test_nobody_else_is_heard(house: House) -> None:
    stranger = OKPKey.generate_key("Ed25519")
    good = sign(BODY, house.keys.current(), START, "state+json")
    url = "http://house/intake/state"
    codes = [
        (await house.client.post(url, content=BODY)).json()["error"],
        (await house.called(BODY, key=stranger)).json()["error"],
        (await house.called(BODY, kind="complaint+json")).json()["error"],
        (await house.client.post(url, content=BODY + b" ", headers={HEADER: good})).json()["error"],
    ]
    house.clock.move(timedelta(minutes=6))
    codes.append(
        (await house.client.post(url, content=BODY, headers={HEADER: good})).json()["error"]
    )
    assert codes == [
        "signature_missing",
        "signature_unknown_key",
        "signature_wrong",
        "signature_wrong",
        "signature_old",
    ]
    assert house.heard == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{}", 400),
        (b"[]", 400),
        (b"", 400),
        (b"x" * (MAX_BODY_BYTES + 1), 413),
        (BODY.replace(b"closed", b"archived"), 400),
        (BODY.replace(b"SANDBOX", b"sandbox"), 400),
        (BODY.replace(b"}", b',"fir":"1"}'), 400),
        (BODY.replace(b"Z", b""), 400),
    ],
)
async def test_a_signed_body_of_another_shape_is_not_read(
    house: House, body: bytes, status: int
) -> None:
    answer = await house.called(body)
    assert answer.status_code == status
    assert house.heard == []


async def test_without_the_agencys_keys_nobody_is_heard(
    house: House, sandbox_home: Settings, set_clock: SetClock, tmp_path: Path
) -> None:
    blind = House(
        sandbox_home.model_copy(update={"intake_agency_keys": tmp_path / "none.json"}), set_clock
    )
    assert (await blind.called(BODY)).status_code == 403
    known = House(
        sandbox_home.model_copy(update={"intake_agency_keys": house.keys.public_file}), set_clock
    )
    assert (await known.called(BODY)).status_code == 204


async def test_the_sandbox_tells_until_it_is_heard(
    sandbox_home: Settings, set_clock: SetClock, house: House, own_headers: dict[str, str]
) -> None:
    app = sandbox_app(
        sandbox_home, set_clock, callback_url="http://house/intake/state", client=house.client
    )
    inside = httpx.AsyncClient(transport=httpx.ASGITransport(app))
    api = IntakeApi(sandbox_home, set_clock, inside)
    number = (await api.file(complaint(), KEY)).number
    url = f"http://sandbox/sandbox/complaints/{number}/state"
    changed = await inside.post(url, json={"state": "verification"}, headers=own_headers)
    assert changed.json()["state"] == "verification"
    house.trouble = StorageError()
    callbacks = app.state.sandbox.callbacks
    assert await callbacks.tell_due() == 0
    house.trouble = None
    assert await callbacks.tell_due() == 0  # not yet
    set_clock.move(timedelta(minutes=6))
    assert await callbacks.tell_due() == 1
    assert await callbacks.tell_due() == 0
    # The time of the change, not of the call.
    assert house.heard == [(number, "verification", START)]
    unknown = await inside.post(
        "http://sandbox/sandbox/complaints/NEVER/state",
        json={"state": "closed"},
        headers=own_headers,
    )
    assert unknown.status_code == 404
    # A sandbox that is started again still knows what it has to tell.
    await inside.post(url, json={"state": "closed"}, headers=own_headers)
    again = sandbox_app(
        sandbox_home, set_clock, callback_url="http://house/intake/state", client=house.client
    )
    assert await again.state.sandbox.callbacks.tell_due() == 1
    assert [state for _, state, _ in house.heard] == ["verification", "closed"]
    for one in (app, again):
        one.state.sandbox.book.close()
