"""The sandbox's application: the contract's routes, its own routes, and the callbacks."""

# No postponed annotations: FastAPI resolves those of the nested handlers as they stand.

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any
from urllib.parse import parse_qs

import httpx
from fastapi import APIRouter, Depends, FastAPI, Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from amaan.access import BadRequestError, bounded_body
from amaan.clock import Clock, SystemClock
from amaan.settings import PUBLIC, Settings
from intake.contract import keys as key_files
from intake.contract.keys import SigningKeys
from intake.contract.models import (
    KEY_PATTERN,
    NUMBER_PATTERN,
    Acknowledgement,
    FiledComplaint,
    ProblemCode,
)
from intake.sandbox import openapi
from intake.sandbox.book import Book
from intake.sandbox.callbacks import Callbacks
from intake.sandbox.checks import (
    TOKEN_LIFE,
    AccessToken,
    ClientCredentials,
    OpenToAll,
    SandboxSecret,
    SignedBody,
)
from intake.sandbox.faults import Faults
from intake.sandbox.own import own_router
from intake.sandbox.problems import ProblemRoute, UnfitError, problem, unfit_fields

FILE_NAME = "intake-sandbox.sqlite3"
CALLBACK_PATH = "/intake/state"
_MAX_TOKEN_REQUEST_BYTES = 4096
_JSON = "application/json"
_NUMBER = re.compile(NUMBER_PATTERN)
_KEY = re.compile(KEY_PATTERN)


class Sandbox:
    """One sandbox: its book, its faults and its callbacks."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        callback_url: str | None = None,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        own_keys = SigningKeys(settings.secrets_folder, key_files.SANDBOX)
        ours = SigningKeys(settings.secrets_folder, key_files.OURS)
        # On one machine both sides live in one folder and know each other from the start.
        own_keys.ensure()
        ours.ensure()
        self.book = Book(settings.home / FILE_NAME, clock)
        self.faults = Faults()
        self.tokens = AccessToken(clock)
        self.signed = SignedBody(ours.public_file, clock)
        self.credentials = ClientCredentials(
            settings.intake_client_id, settings.intake_client_secret.get_secret_value()
        )
        self.secret = SandboxSecret(settings.intake_sandbox_secret.get_secret_value())
        url = callback_url or settings.url(PUBLIC) + CALLBACK_PATH
        self.callbacks = Callbacks(self.book, own_keys, clock, url, client)


def sandbox_app(
    settings: Settings,
    clock: Clock | None = None,
    *,
    callback_url: str | None = None,
    client: httpx.AsyncClient | None = None,
) -> FastAPI:
    """The sandbox over the folder of `settings`; `app.state.sandbox` is its `Sandbox`.

    Changes of state are told to `callback_url` (our public app when empty) by `client`.
    Makes the file, and both sides' keys where there are none.
    """
    sandbox = Sandbox(settings, clock or SystemClock(), callback_url, client)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        telling = asyncio.create_task(sandbox.callbacks.run())
        yield
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling
        await sandbox.callbacks.close()
        sandbox.book.close()

    app = FastAPI(
        **openapi.ABOUT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )
    app.state.sandbox = sandbox
    app.include_router(_contract(sandbox))
    app.include_router(own_router(sandbox.book, sandbox.faults, sandbox.callbacks, sandbox.secret))
    app.webhooks.include_router(openapi.webhooks())
    app.add_exception_handler(HTTPException, _unknown_route)
    app.add_exception_handler(RequestValidationError, _unfit_request)
    openapi.complete(app)
    return app


def _contract(sandbox: Sandbox) -> APIRouter:
    router = APIRouter(route_class=ProblemRoute)
    with_token = [Depends(sandbox.tokens)]

    @router.get("/healthz", dependencies=[Depends(OpenToAll())], include_in_schema=False)
    async def healthz() -> Response:
        await asyncio.to_thread(sandbox.book.answers)
        return JSONResponse({"status": "ok"})

    @router.post("/oauth/token", **openapi.TOKEN)
    async def token(
        request: Request, is_client: Annotated[bool, Depends(sandbox.credentials)]
    ) -> Response:
        async def act() -> Response:
            return await _token(request, sandbox.tokens, is_client=is_client)

        return await sandbox.faults.under("token", act)

    @router.post("/v1/complaints", dependencies=with_token, **openapi.FILE)
    async def file(request: Request, body: Annotated[bytes, Depends(sandbox.signed)]) -> Response:
        async def act() -> Response:
            return await _file(request, body, sandbox.book)

        return await sandbox.faults.under("file", act)

    @router.get("/v1/complaints/by-key/{key}", dependencies=with_token, **openapi.FIND)
    async def find(key: Annotated[str, Path(pattern=KEY_PATTERN)]) -> Response:
        async def act() -> Response:
            found = await asyncio.to_thread(sandbox.book.by_key, key)
            return acknowledged(found.acknowledged())

        return await sandbox.faults.under("find", act)

    @router.get("/v1/complaints/{number}", dependencies=with_token, **openapi.STATE)
    async def state(number: Annotated[str, Path(pattern=NUMBER_PATTERN)]) -> Response:
        async def act() -> Response:
            found = await asyncio.to_thread(sandbox.book.by_number, number)
            return acknowledged(found.acknowledged())

        return await sandbox.faults.under("state", act)

    return router


async def _token(request: Request, tokens: AccessToken, *, is_client: bool) -> Response:
    """RFC 6749, 4.4: an access token for our client, by its name and secret alone."""
    body = await bounded_body(request, _MAX_TOKEN_REQUEST_BYTES)
    if not is_client:
        headers = {"WWW-Authenticate": "Basic"}
        return JSONResponse({"error": "invalid_client"}, 401, headers)
    grant = parse_qs(body.decode("ascii", "replace")).get("grant_type", [])
    if grant != ["client_credentials"]:
        code = "unsupported_grant_type" if len(grant) == 1 else "invalid_request"
        return JSONResponse({"error": code}, 400)
    answer: dict[str, Any] = {
        "access_token": tokens.issue(),
        "token_type": "Bearer",
        "expires_in": int(TOKEN_LIFE.total_seconds()),
    }
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


async def _file(request: Request, body: bytes, book: Book) -> Response:
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        raise BadRequestError(code=ProblemCode.KEY_MISSING)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise BadRequestError(code=ProblemCode.NOT_JSON)
    try:
        complaint = FiledComplaint.model_validate_json(body)
    except ValidationError as error:
        raise UnfitError(unfit_fields(error)) from None
    digest = hashlib.sha256(complaint.model_dump_json().encode()).hexdigest()
    return acknowledged(await asyncio.to_thread(book.take, key, complaint.reference, digest), 201)


def acknowledged(acknowledgement: Acknowledgement, status: int = 200) -> Response:
    """The answer that says how a complaint stands."""
    return JSONResponse(acknowledgement.model_dump(mode="json"), status)


async def _unknown_route(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = ProblemCode.METHOD if error.status_code == 405 else ProblemCode.NOT_FOUND  # noqa: PLR2004
    answer = problem(error.status_code, code)
    answer.headers.update(error.headers or {})
    return answer


async def _unfit_request(_request: Request, _error: Exception) -> Response:
    return problem(422, ProblemCode.INVALID)
