"""A stateful stand-in for Twilio's REST API, for tests and `make run`.

It keeps everything in memory, gives each message an id of its own, reports
states by signed callbacks in any order, and goes wrong on demand. Prism with
the official description checks shapes but has no state and no failures, so both
are needed. It also keeps state of phones: who wrote STOP (21610 until START), who has
been silent for a day (63016). Routes for tests alone: `telephony.twilio.stand_in_tests`.
"""

# No postponed annotations: FastAPI resolves those of the nested handlers as they stand.

import asyncio
import base64
import json
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
from telephony.twilio.stand_in_answers import error
from telephony.twilio.stand_in_book import Book, Fault, Sent
from telephony.twilio.stand_in_tests import tests_router
from telephony.twilio.stand_in_things import things_router

_MAX_BODY_CHARACTERS = 1600
_MAX_TWIML_CHARACTERS = 4000
_MESSAGES = "/2010-04-01/Accounts/{account_sid}/Messages.json"
# An ordered failure without a code of its own: final, so that nothing comes after it.
_UNKNOWN_FAILURE = 30006
_CALLS = "/2010-04-01/Accounts/{account_sid}/Calls.json"


class StandIn:
    """The stand-in of one account. `clock` dates its messages."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.book = Book(clock or SystemClock())
        self.settings = settings
        self.most_at_once = 100
        """More requests at the same time are "too many"; a test lowers it."""
        self._busy = 0
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
        app.include_router(things_router(self))
        app.include_router(tests_router(self))
        return app

    def _api(self) -> APIRouter:
        router = APIRouter()

        @router.post(_MESSAGES)
        async def create(account_sid: str, request: Request) -> JSONResponse:
            refusal = self.refusal(account_sid, request)
            if refusal is not None:
                return refusal
            form = {name: str(value) for name, value in (await request.form()).items()}
            return await self._create(account_sid, form)

        @router.get(_MESSAGES)
        async def listed(account_sid: str, request: Request) -> JSONResponse:
            refusal = self.refusal(account_sid, request)
            if refusal is not None:
                return refusal
            return JSONResponse(self.book.listed(dict(request.query_params), request.url.path))

        @router.post(_CALLS)
        async def call(account_sid: str, request: Request) -> JSONResponse:
            refusal = self.refusal(account_sid, request)
            if refusal is not None:
                return refusal
            form = {name: str(value) for name, value in (await request.form()).items()}
            return await self._call(account_sid, form)

        @router.get(_CALLS)
        async def listed_calls(account_sid: str, request: Request) -> JSONResponse:
            refusal = self.refusal(account_sid, request)
            if refusal is not None:
                return refusal
            query = dict(request.query_params)
            return JSONResponse(self.book.listed_calls(query, request.url.path))

        return router

    def refusal(self, account_sid: str, request: Request) -> JSONResponse | None:
        """Why a request is not our account's; None when it is."""
        expected = base64.b64encode(f"{self.settings.twilio_account_sid}:{self._token}".encode())
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic" or not secrets.compare_digest(given.encode(), expected):
            return error(401, 20003, "Authenticate")
        if account_sid != self.settings.twilio_account_sid:
            return error(404, 20404, "The requested resource was not found")
        return None

    async def _create(self, account_sid: str, form: dict[str, str]) -> JSONResponse:
        refusal = _unsendable(form)
        if refusal is not None:
            return refusal
        if self.book.phones.wants_nothing(form["To"], form.get("From", "")):
            return error(400, 21610, "Attempt to send to unsubscribed recipient")

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
        if self._busy >= self.most_at_once:
            return error(429, 20429, "Too Many Requests")
        fault = self.book.faults.popleft() if self.book.faults else None
        self._busy += 1
        try:
            return await self._answered(fault, take)
        finally:
            self._busy -= 1

    async def _answered(
        self, fault: Fault | None, take: Callable[[Fault | None], dict[str, Any]]
    ) -> JSONResponse:
        kind = fault.kind if fault else None
        if fault and kind == "timeout_before":
            await asyncio.sleep(fault.seconds)
        if kind in ("500", "timeout_before"):
            return error(500, 20500, "Internal Server Error")
        if kind == "429":
            return error(429, 20429, "Too Many Requests")
        if fault and kind == "refused":
            return error(400, fault.code, "Refused")
        if kind == "21610":
            return error(400, 21610, "Attempt to send to unsubscribed recipient")
        answer = take(fault)
        if fault and kind == "timeout_after":
            await asyncio.sleep(fault.seconds)
        if kind == "500_after":
            return error(500, 20500, "Internal Server Error")
        return JSONResponse(answer, 201)

    def _report(self, message: Sent, fault: Fault | None) -> None:
        states, failure = self.book.states(message, fault), self.book.failure(message, fault)
        task = asyncio.create_task(self._report_states(message, states, failure))
        self._reports.add(task)
        task.add_done_callback(self._reports.discard)

    async def _report_states(self, message: Sent, states: list[str], failure: int | None) -> None:
        for state in states:
            message.status = state
            failed = state in ("undelivered", "failed")
            message.error_code = (failure or _UNKNOWN_FAILURE) if failed else None
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
        return error(400, 21604, "A 'To' phone number is required.")
    if not form.get("From") and not form.get("MessagingServiceSid"):
        return error(400, 21603, "A 'From' phone number is required.")
    if form.get("ContentSid"):
        return _unsendable_content(form)
    if not form.get("Body"):
        return error(400, 21602, "Message body is required.")
    if len(form["Body"]) > _MAX_BODY_CHARACTERS:
        return error(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    return None


def _unsendable_content(form: dict[str, str]) -> JSONResponse | None:
    if form.get("Body") or form.get("MediaUrl"):
        return error(400, 21619, "A content is sent without a body.")
    try:
        variables = json.loads(form.get("ContentVariables", "{}"))
    except ValueError:
        variables = None
    if not isinstance(variables, dict) or not all(isinstance(v, str) for v in variables.values()):
        return error(400, 21656, "The ContentVariables Parameter is invalid")
    return None


def _uncallable(form: dict[str, str]) -> JSONResponse | None:
    if not form.get("To"):
        return error(400, 21201, "No 'To' number is specified")
    if not form.get("From", "").startswith("+"):
        return error(400, 21212, "The 'From' number is not a valid phone number.")
    if not 0 < len(form.get("Twiml", "")) <= _MAX_TWIML_CHARACTERS:
        return error(400, 21205, "Url or Twiml must be given")
    return None


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
