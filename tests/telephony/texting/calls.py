"""What calls our webhooks, as Twilio does, and what is stored of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # no types

from amaan.conversation import Acceptor
from amaan.conversation.store import Content, read_content
from amaan.core import Core
from amaan.ports import StaffAnswers
from amaan.storage.models import Address, Conversation, InboundClaim, Message
from telephony.twilio.webhooks import twilio_router

# Nobody's number: Pakistan has no operator code 399.
NUMBER = "+923990000001"
FORM = "application/x-www-form-urlencoded"
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
Fields = list[tuple[str, str]]


class Twilio:
    """Calls our webhooks as Twilio does, through a proxy that changes host and scheme."""

    def __init__(self, core: Core, acceptor: Acceptor, answers: StaffAnswers | None = None) -> None:
        self.app = FastAPI()
        self.app.include_router(twilio_router(core, acceptor, answers))
        self.origin = core.settings.origin
        self.validator = RequestValidator(core.settings.twilio_auth_token.get_secret_value())
        transport = httpx.ASGITransport(self.app)
        # The proxy talks to us by an inner name that is not what Twilio signed.
        self.client = httpx.AsyncClient(transport=transport, base_url="http://inner:9999")

    def sign(self, path: str, fields: Fields) -> str:
        """Twilio's signature over the public address."""
        return str(self.validator.compute_signature(self.origin + path, ImmutableMultiDict(fields)))

    async def post(
        self, path: str, fields: Fields, *, signature: str | None = None, **headers: str
    ) -> httpx.Response:
        """Posts a form, rightly signed unless another signature is given."""
        headers["X-Twilio-Signature"] = signature or self.sign(path, fields)
        headers.setdefault("Content-Type", FORM)
        return await self.client.post(path, content=urlencode(fields), headers=headers)


def sms(body: str = "salam", sid: str | None = None, **more: str) -> Fields:
    """The form of an inbound SMS."""
    fields = {
        "MessageSid": sid or f"SM{uuid4().hex}",
        "AccountSid": "AC" + "0" * 32,
        "From": NUMBER,
        "To": "+92300000100",
        "Body": body,
        "NumMedia": "0",
        "FromCity": "",
        **more,
    }
    return list(fields.items())


async def count(core: Core, table: Any) -> int:
    """Rows of a table."""
    async with core.database.transaction() as tx:
        found = await tx.session.scalar(select(func.count()).select_from(table))
    assert found is not None
    return found


async def contents(core: Core) -> list[Content]:
    """Everything that was stored, opened, in order."""
    async with core.database.transaction() as tx:
        rows = await tx.session.scalars(select(Message).order_by(Message.created_at, Message.seq))
        return [
            read_content(await core.vault.open_key(tx, row.conversation_id), row) for row in rows
        ]


async def assert_nothing_stored(core: Core) -> None:
    """No trace but alarms."""
    for table in (Message, Conversation, Address, InboundClaim):
        assert await count(core, table) == 0


class Answers:
    """Takes what is said in `takes`; fails with `error` when it is set."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str, str]] = []
        self.error: Exception | None = None

    async def take(self, door: str, address: str, text: str, provider_id: str) -> bool:
        """See `StaffAnswers.take`."""
        self.seen.append((door, address, text, provider_id))
        if self.error is not None:
            raise self.error
        return text == "1"
