"""A stateful stand-in for Twilio's REST API, for tests and `make run`.

It keeps everything in memory, gives each message an id of its own, reports
states by signed callbacks in any order, and goes wrong on demand. Prism with
the official description checks shapes but has no state and no failures, so both
are needed. Routes that begin with two underscores are for tests alone:

- ``POST /__faults`` orders what goes wrong next: ``{"kind", "times"?, "seconds"?, "order"?}``
- ``GET /__sent`` lists what was sent, ``GET /__calls`` whom it telephoned
- ``POST /__inbound`` plays a phone: ``{"door", "from", "body", "media"?}``
"""

# No postponed annotations: FastAPI resolves those of the nested handlers as they stand.

import asyncio
import base64
import secrets
from collections.abc import Callable
from typing import Any

import httpx
import uvicorn
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # no types

from amaan.clock import Clock, SystemClock
from amaan.logs import configure_logs, log
from amaan.settings import TWILIO_STAND_IN, Settings
from telephony.twilio.signature import SIGNATURE_HEADER
from telephony.twilio.stand_in_book import FAULTS, Book, Fault, Sent

_MAX_BODY_CHARACTERS = 1600
_MAX_TWIML_CHARACTERS = 4000
_MESSAGES = "/2010-04-01/Accounts/{account_sid}/Messages.json"
_CALLS = "/2010-04-01/Accounts/{account_sid}/Calls.json"


class StandIn:
    """The stand-in of one account. `clock` dates its messages."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.book = Book(clock or SystemClock())
        self._settings = settings
        self._token = settings.twilio_auth_token.get_secret_value()
        self._validator = RequestValidator(self._token)
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

        @router.post(_MESSAGES)
        async def create(account_sid: str, request: Request) -> JSONResponse:
            refusal = self._refusal(account_sid, request)
            if refusal is not None:
                return refusal
            form = {name: str(value) for name, value in (await request.form()).items()}
            return await self._create(account_sid, form)

        @router.get(_MESSAGES)
        async def listed(account_sid: str, request: Request) -> JSONResponse:
            refusal = self._refusal(account_sid, request)
            if refusal is not None:
                return refusal
            return JSONResponse(self.book.listed(dict(request.query_params), request.url.path))

        @router.post(_CALLS)
        async def call(account_sid: str, request: Request) -> JSONResponse:
            refusal = self._refusal(account_sid, request)
            if refusal is not None:
                return refusal
            form = {name: str(value) for name, value in (await request.form()).items()}
            return await self._call(account_sid, form)

        @router.get(_CALLS)
        async def listed_calls(account_sid: str, request: Request) -> JSONResponse:
            refusal = self._refusal(account_sid, request)
            if refusal is not None:
                return refusal
            query = dict(request.query_params)
            return JSONResponse(self.book.listed_calls(query, request.url.path))

        return router

    def _for_tests(self) -> APIRouter:
        router = APIRouter()

        @router.post("/__faults")
        async def order_faults(request: Request) -> JSONResponse:
            if _from_a_page(request):
                return _error(403, 403, "for tests")
            wanted: dict[str, Any] = await request.json()
            if wanted.get("kind") not in FAULTS:
                return _error(400, 400, "unknown fault")
            fault = Fault(
                wanted["kind"], float(wanted.get("seconds", 30)), tuple(wanted.get("order", ()))
            )
            self.book.faults.extend([fault] * int(wanted.get("times", 1)))
            return JSONResponse({"waiting": len(self.book.faults)})

        @router.get("/__sent")
        async def list_sent(request: Request) -> JSONResponse:
            if _from_a_page(request):
                return _error(403, 403, "for tests")
            return JSONResponse(
                [{**message.to_json(), "door": message.door} for message in self.book.sent]
            )

        @router.get("/__calls")
        async def list_calls(request: Request) -> JSONResponse:
            if _from_a_page(request):
                return _error(403, 403, "for tests")
            return JSONResponse(
                [{**call.to_json(), "twiml": call.twiml} for call in self.book.calls]
            )

        @router.post("/__inbound")
        async def play_phone(request: Request) -> JSONResponse:
            if _from_a_page(request):
                return _error(403, 403, "for tests")
            return await self._write_in(await request.json())

        return router

    def _refusal(self, account_sid: str, request: Request) -> JSONResponse | None:
        expected = base64.b64encode(f"{self._settings.twilio_account_sid}:{self._token}".encode())
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic" or not secrets.compare_digest(given.encode(), expected):
            return _error(401, 20003, "Authenticate")
        if account_sid != self._settings.twilio_account_sid:
            return _error(404, 20404, "The requested resource was not found")
        return None

    async def _create(self, account_sid: str, form: dict[str, str]) -> JSONResponse:
        refusal = _unsendable(form)
        if refusal is not None:
            return refusal

        def take(fault: Fault | None) -> dict[str, Any]:
            message = self.book.take(account_sid, form)
            answer = message.to_json()
            self._report(message, fault)
            return answer

        return await self._with_fault(take)

    async def _call(self, account_sid: str, form: dict[str, str]) -> JSONResponse:
        refusal = _uncallable(form)
        if refusal is not None:
            return refusal
        return await self._with_fault(lambda _fault: self.book.ring(account_sid, form).to_json())

    async def _with_fault(self, take: Callable[[Fault | None], dict[str, Any]]) -> JSONResponse:
        """Takes what was asked for, unless the next ordered fault says otherwise."""
        fault = self.book.faults.popleft() if self.book.faults else None
        kind = fault.kind if fault else None
        if fault and kind == "timeout_before":
            await asyncio.sleep(fault.seconds)
        if kind in ("500", "timeout_before"):
            return _error(500, 20500, "Internal Server Error")
        if kind == "429":
            return _error(429, 20429, "Too Many Requests")
        if kind == "21610":
            return _error(400, 21610, "Attempt to send to unsubscribed recipient")
        answer = take(fault)
        if fault and kind == "timeout_after":
            await asyncio.sleep(fault.seconds)
        if kind == "500_after":
            return _error(500, 20500, "Internal Server Error")
        return JSONResponse(answer, 201)

    def _report(self, message: Sent, fault: Fault | None) -> None:
        task = asyncio.create_task(self._report_states(message, self.book.states(message, fault)))
        self._reports.add(task)
        task.add_done_callback(self._reports.discard)

    async def _report_states(self, message: Sent, states: list[str]) -> None:
        for state in states:
            message.status = state
            message.error_code = 63016 if state in ("undelivered", "failed") else None
            if message.status_callback is None:
                continue
            form = {
                "MessageSid": message.sid,
                "SmsSid": message.sid,
                "MessageStatus": state,
                "AccountSid": message.account_sid,
                "To": message.to,
                "From": message.sender,
                "ApiVersion": "2010-04-01",
            }
            if message.error_code is not None:
                form["ErrorCode"] = str(message.error_code)
            await self.post_signed(message.status_callback, form)

    async def _write_in(self, wanted: dict[str, Any]) -> JSONResponse:
        door = "whatsapp" if wanted.get("door") == "whatsapp" else "sms"
        prefix = "whatsapp:" if door == "whatsapp" else ""
        form = {
            "MessageSid": wanted.get("sid") or "SM" + secrets.token_hex(16),
            "AccountSid": self._settings.twilio_account_sid,
            "From": prefix + str(wanted["from"]),
            "To": self._settings.twilio_whatsapp_from if prefix else self._settings.twilio_sms_from,
            "Body": str(wanted.get("body", "")),
            "NumMedia": str(wanted.get("media", 0)),
        }
        status = await self.post_signed(f"{self._settings.origin}/twilio/{door}", form)
        return JSONResponse({"sid": form["MessageSid"], "status": status})

    async def post_signed(self, url: str, form: dict[str, str]) -> int | None:
        """Calls one of our webhooks as Twilio does. Returns the status; None without an answer."""
        signature = self._validator.compute_signature(url, form)
        try:
            answer = await self._client.post(url, data=form, headers={SIGNATURE_HEADER: signature})
        except httpx.HTTPError as error:
            # Twilio does not repeat status callbacks either.
            log().warning("stand_in_not_answered", error_type=type(error).__name__)
            return None
        return answer.status_code


def _unsendable(form: dict[str, str]) -> JSONResponse | None:
    if not form.get("To"):
        return _error(400, 21604, "A 'To' phone number is required.")
    if not form.get("From") and not form.get("MessagingServiceSid"):
        return _error(400, 21603, "A 'From' phone number is required.")
    if not form.get("Body"):
        return _error(400, 21602, "Message body is required.")
    if len(form["Body"]) > _MAX_BODY_CHARACTERS:
        return _error(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    return None


def _uncallable(form: dict[str, str]) -> JSONResponse | None:
    if not form.get("To"):
        return _error(400, 21201, "No 'To' number is specified")
    if not form.get("From", "").startswith("+"):
        return _error(400, 21212, "The 'From' number is not a valid phone number.")
    if not 0 < len(form.get("Twiml", "")) <= _MAX_TWIML_CHARACTERS:
        return _error(400, 21205, "Url or Twiml must be given")
    return None


def _from_a_page(request: Request) -> bool:
    # Browsers name the origin of a page that posts here; tests and people do not.
    return "origin" in request.headers


def _error(status: int, code: int, message: str) -> JSONResponse:
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": message, "more_info": more, "status": status}
    return JSONResponse(body, status)


def main() -> None:
    """Serves the stand-in on its port of the settings, loopback only."""
    configure_logs("twilio-stand-in")
    settings = Settings.load()
    uvicorn.run(
        StandIn(settings).app(),
        host="127.0.0.1",
        port=settings.port(TWILIO_STAND_IN),
        # The access log would hold the recipient's number from the query.
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
