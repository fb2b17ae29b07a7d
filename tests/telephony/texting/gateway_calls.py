"""What a gateway calls, signed as the runbook says."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from amaan.conversation import Acceptor
from amaan.core import Core
from amaan.ports import StaffAnswers
from telephony.gateway.inbound import gateway_router
from tests.telephony.texting.calls import NUMBER

GATEWAY_SECRET = "test-secret-of-the-gateway-" * 2


def sign(body: bytes, timestamp: str, secret: str = GATEWAY_SECRET) -> dict[str, str]:
    """The headers, made as the runbook says and not with our own code."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return {
        "X-Amaan-Timestamp": timestamp,
        "X-Amaan-Signature": f"sha256={digest.hexdigest()}",
        "Content-Type": "application/json",
    }


class Gateway:
    """Calls our routes as a gateway does."""

    def __init__(self, core: Core, acceptor: Acceptor, answers: StaffAnswers | None = None) -> None:
        self.app = FastAPI()
        self.app.include_router(gateway_router(core, acceptor, answers))
        self.clock = core.clock
        transport = httpx.ASGITransport(self.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://inner")

    def now(self, later: timedelta = timedelta(0)) -> str:
        """A timestamp."""
        return str(int((self.clock.now() + later).timestamp()))

    async def post(
        self, path: str, fields: Any, *, later: timedelta = timedelta(0), **headers: str
    ) -> httpx.Response:
        """Posts fields (or bytes as they are), rightly signed unless headers say otherwise."""
        body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        signed = {**sign(body, self.now(later)), **headers}
        return await self.client.post(path, content=body, headers=signed)


def sms(text: str = "salam", **more: Any) -> dict[str, Any]:
    """The body of an inbound SMS."""
    return {"id": uuid4().hex, "from": NUMBER, "to": "+92300000300", "text": text, **more}
