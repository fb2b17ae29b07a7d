"""A stateful stand-in for an SMS gateway, for tests and `make run`.

It speaks docs/runbooks/connect-sms-gateway.md from the other side: keeps everything in
memory, takes each reference once, reports states by signed callbacks in any order and more
than once, and goes wrong on demand. Routes that begin with two underscores are for tests:

- ``POST /__faults`` orders what goes wrong next: ``{"kind", "times"?, "seconds"?, "order"?}``
- ``GET /__sent`` lists what was sent
- ``POST /__inbound`` plays a phone: ``{"from", "text", "id"?}``
"""

# No postponed annotations: FastAPI resolves those of the nested handlers as they stand.

import asyncio
import json
import secrets
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse

from amaan.clock import Clock, SystemClock
from amaan.logs import log
from amaan.settings import Settings
from telephony.gateway.protocol import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    is_recent,
    is_signed,
    secret_of,
    signed_headers,
)
from telephony.gateway.stand_in_book import FAULTS, START_WORDS, Book, Fault, Sent

_MAX_TEXT_CHARACTERS = 1600
_FIELDS = ("to", "from", "text", "reference", "fingerprint", "callback")
# A gateway comes again when it was not answered; this one not for long.
_TRIES = 3
_REFUSALS = {
    "429": 429,
    "500": 500,
    "timeout_before": 500,
    "refused": 422,
    "opted_out": 422,
    "account": 402,
}
"""The HTTP answer of each fault before which nothing is taken."""


class StandIn:
    """The stand-in of one gateway. `clock` dates its messages and its signatures."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.book = Book(clock or SystemClock())
        self._settings = settings
        self._secret = secret_of(settings)
        self._client = httpx.AsyncClient(trust_env=False, timeout=15)
        self._reports: set[asyncio.Task[None]] = set()

    def app(self) -> FastAPI:
        """The stand-in as an application."""
        app = FastAPI(
            telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
            docs_url=None,
            redoc_url=None,
            openapi_url=None,
        )
        app.include_router(self._api())
        app.include_router(self._for_tests())
        return app

    def _api(self) -> APIRouter:
        router = APIRouter()

        @router.post("/messages")
        async def create(request: Request) -> JSONResponse:
            body = await request.body()
            if not self._is_ours(request, body):
                return _error(401, "signature")
            return await self._create(json.loads(body))

        @router.get("/messages")
        async def look_up(request: Request) -> JSONResponse:
            if not self._is_ours(request, request.scope["query_string"]):
                return _error(401, "signature")
            for name in ("reference", "fingerprint"):
                if name in request.query_params:
                    found = self.book.look_up(name, request.query_params[name])
                    return JSONResponse({"messages": found})
            return _error(400, "field_missing")

        return router

    def _for_tests(self) -> APIRouter:
        router = APIRouter()

        @router.post("/__faults")
        async def order_faults(request: Request) -> JSONResponse:
            if _from_a_page(request):
                return _error(403, "for_tests")
            wanted: dict[str, Any] = await request.json()
            if wanted.get("kind") not in FAULTS:
                return _error(400, "unknown_fault")
            fault = Fault(
                wanted["kind"], float(wanted.get("seconds", 30)), tuple(wanted.get("order", ()))
            )
            self.book.faults.extend([fault] * int(wanted.get("times", 1)))
            return JSONResponse({"waiting": len(self.book.faults)})

        @router.get("/__sent")
        async def list_sent(request: Request) -> JSONResponse:
            if _from_a_page(request):
                return _error(403, "for_tests")
            return JSONResponse([message.to_json() for message in self.book.sent])

        @router.post("/__inbound")
        async def play_phone(request: Request) -> JSONResponse:
            if _from_a_page(request):
                return _error(403, "for_tests")
            return await self._write_in(await request.json())

        return router

    def _is_ours(self, request: Request, content: bytes) -> bool:
        timestamp = request.headers.get(TIMESTAMP_HEADER, "")
        given = request.headers.get(SIGNATURE_HEADER, "")
        return is_signed(self._secret, timestamp, content, given) and is_recent(
            timestamp, self.book.clock.now()
        )

    async def _create(self, fields: dict[str, Any]) -> JSONResponse:
        texts = [fields.get(name) for name in _FIELDS]
        if not all(isinstance(text, str) and text for text in texts) or "attempt" not in fields:
            return _error(422, "field_missing")
        if len(fields["text"]) > _MAX_TEXT_CHARACTERS:
            return _error(422, "too_long")
        fault = self.book.faults.popleft() if self.book.faults else None
        kind = fault.kind if fault else ""
        if fault and kind == "timeout_before":
            await asyncio.sleep(fault.seconds)
        if kind == "opted_out":
            self.book.opted_out.add(fields["to"])
        if kind in _REFUSALS:
            return _error(_REFUSALS[kind], kind)
        if fields["to"] in self.book.opted_out:
            return _error(422, "opted_out")
        message, is_new = self.book.take(fields)
        if is_new:
            self._report(message, fault)
        if fault and kind == "timeout_after":
            await asyncio.sleep(fault.seconds)
        if kind == "500_after":
            return _error(500, "500")
        return JSONResponse({} if kind == "garbled" else {"id": message.id}, 201 if is_new else 200)

    def _report(self, message: Sent, fault: Fault | None) -> None:
        task = asyncio.create_task(self._report_states(message, self.book.states(fault)))
        self._reports.add(task)
        task.add_done_callback(self._reports.discard)

    async def _report_states(self, message: Sent, states: list[str]) -> None:
        for named in states:
            state, _, error = named.partition(":")
            message.status = state
            fields: dict[str, Any] = {
                "id": message.id,
                "reference": message.reference,
                "attempt": message.attempt,
                "status": state,
            }
            if state == "failed":
                fields["error"] = error or "unreachable"
            for _ in range(_TRIES):
                status = await self.post_signed(message.callback, fields)
                if status is not None and status < httpx.codes.INTERNAL_SERVER_ERROR:
                    break

    async def _write_in(self, wanted: dict[str, Any]) -> JSONResponse:
        fields = {
            "id": wanted.get("id") or secrets.token_hex(8),
            "from": str(wanted["from"]),
            "to": self._settings.gateway_from,
            "text": str(wanted.get("text", "")),
        }
        if fields["text"].strip().lower() in START_WORDS:
            self.book.opted_out.discard(fields["from"])
        status = await self.post_signed(f"{self._settings.origin}/sms/in", fields)
        return JSONResponse({"id": fields["id"], "status": status})

    async def post_signed(self, url: str, fields: dict[str, Any]) -> int | None:
        """Calls one of our routes as a gateway does. Returns the status; None without an answer."""
        content = json.dumps(fields).encode()
        headers = signed_headers(self._secret, self.book.clock.now(), content)
        headers["Content-Type"] = "application/json"
        try:
            answer = await self._client.post(url, content=content, headers=headers)
        except httpx.HTTPError as error:
            log().warning("stand_in_not_answered", error_type=type(error).__name__)
            return None
        return answer.status_code


def _from_a_page(request: Request) -> bool:
    # Browsers name the origin of a page that posts here; tests and people do not.
    return "origin" in request.headers


def _error(status: int, code: str) -> JSONResponse:
    return JSONResponse({"error": code}, status)
