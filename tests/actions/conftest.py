"""Rasa's side of the action endpoint, on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from actions.app import internal_app
from amaan.core import Core
from amaan.ports import Inbound
from tests.fakes import Bench, FakeDesk


@pytest.fixture
def desk() -> FakeDesk:
    """A desk that remembers alarms."""
    return FakeDesk()


@pytest.fixture
async def client(core: Core, desk: FakeDesk) -> AsyncIterator[httpx.AsyncClient]:
    """Rasa's side of the action endpoint."""
    secret = core.settings.action_secret.get_secret_value()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(internal_app(core, desk)),
        base_url="http://internal",
        headers={"Authorization": f"Bearer {secret}"},
    ) as client:
        yield client


@pytest.fixture
async def conversation_id(core: Core) -> UUID:
    """A conversation with one message."""
    accepted = await Bench(core).acceptor.accept(Inbound("sms", "+923000000009", "hello", "SM1"))
    assert accepted.conversation_id is not None
    return accepted.conversation_id
