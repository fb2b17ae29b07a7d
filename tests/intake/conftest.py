"""A sandbox of its own for each test, reached without a network, and a client of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from amaan.clock import SetClock
from amaan.settings import Settings
from intake.api import IntakeApi
from intake.contract.keys import OURS, SigningKeys
from intake.contract.signing import HEADER, sign
from intake.sandbox import sandbox_app
from intake.sandbox.checks import SANDBOX_HEADER
from tests.conftest import START, TEST_SECRET
from tests.intake.invented import KEY, wire


def sandbox_settings(folder: Path, **changes: Any) -> Settings:
    """Settings without a database, for the sandbox and its client."""
    secrets = dict.fromkeys(("intake_client_secret", "intake_sandbox_secret"), TEST_SECRET)
    return Settings(**({"home": folder} | secrets | changes))


@pytest.fixture
def sandbox_home(tmp_path: Path) -> Settings:
    """Settings of a fresh folder."""
    return sandbox_settings(tmp_path)


@pytest.fixture
def set_clock() -> SetClock:
    """Both sides' clock."""
    return SetClock(START)


@pytest.fixture
async def sandbox(sandbox_home: Settings, set_clock: SetClock) -> AsyncIterator[FastAPI]:
    """The sandbox."""
    app = sandbox_app(sandbox_home, set_clock)
    yield app
    await app.state.sandbox.callbacks.close()
    app.state.sandbox.book.close()


@pytest.fixture
async def raw(sandbox: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that shows the sandbox nothing by itself."""
    transport = httpx.ASGITransport(sandbox)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        yield client


@pytest.fixture
async def api(
    sandbox: FastAPI, sandbox_home: Settings, set_clock: SetClock
) -> AsyncIterator[IntakeApi]:
    """Our client of the sandbox."""
    client = httpx.AsyncClient(transport=httpx.ASGITransport(sandbox))
    api = IntakeApi(sandbox_home, set_clock, client)
    yield api
    await api.close()


@pytest.fixture
def own_headers() -> dict[str, str]:
    """What opens the sandbox's own routes."""
    return {SANDBOX_HEADER: TEST_SECRET}


class Hand:
    """Makes requests by hand, each part of which can be wrong."""

    def __init__(self, raw: httpx.AsyncClient, settings: Settings, clock: SetClock) -> None:
        self._raw = raw
        self._settings = settings
        self._clock = clock

    async def token(self) -> dict[str, str]:
        """The header with a live token."""
        answer = await self._raw.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(self._settings.intake_client_id, TEST_SECRET),
        )
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def signed(self, body: bytes) -> dict[str, str]:
        """The header with our signature."""
        key = SigningKeys(self._settings.secrets_folder, OURS).current()
        return {HEADER: sign(body, key, self._clock.now(), "complaint+json")}

    async def file(
        self, body: bytes | None = None, *, key: str = KEY, **headers: str
    ) -> httpx.Response:
        """Files `body` (a whole complaint when None); `headers` replace what would be sent."""
        body = wire().model_dump_json().encode() if body is None else body
        given = {
            **await self.token(),
            **self.signed(body),
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._raw.post("/v1/complaints", content=body, headers=given)


@pytest.fixture
def hand(raw: httpx.AsyncClient, sandbox_home: Settings, set_clock: SetClock) -> Hand:
    """Requests by hand."""
    return Hand(raw, sandbox_home, set_clock)
