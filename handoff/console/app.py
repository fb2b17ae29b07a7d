"""Joins the console: routes, guard, errors. The composition root gives it its services."""

from __future__ import annotations

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amaan.core import Core
from amaan.errors import AmaanError, InputError, NotFoundError
from amaan.logs import log
from amaan.ports import Recordings
from handoff.claims import Claims
from handoff.console import (
    account,
    accounts,
    cases,
    complaints,
    deeds,
    duty,
    feedback,
    figures,
    live,
    people,
    profile,
    queue,
    roster,
    trail,
    voice,
)
from handoff.console.gate import (
    EVERYBODY,
    LIVE_HEADER,
    ClosedRoute,
    GoFirstError,
    InOffice,
    SignInNeededError,
    opened_by,
)
from handoff.console.office import Office
from handoff.console.pages import Pages
from handoff.console.security import Guard
from handoff.staff import StaffAccounts
from handoff.transfer import Transfers
from handoff.viewer import Viewer

# The largest form is a reply of 2,000 letters, at most 12 bytes each when encoded.
MAX_BODY_BYTES = 64 * 1024

router = APIRouter(route_class=ClosedRoute)


@router.get("/healthz")
@opened_by(EVERYBODY)
async def healthz() -> Response:
    """This process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/static/{name:path}")
@opened_by(EVERYBODY)
async def static(name: str, request: Request, office: InOffice) -> Response:
    """Script, style and icon."""
    found = office.pages.file(name, request)
    if found is None:
        raise NotFoundError
    return found


def staff_app(
    core: Core,
    claims: Claims,
    staff: StaffAccounts,
    transfers: Transfers,
    recordings: Recordings | None = None,
) -> FastAPI:
    """The console. The caller opens `core` and starts its hub before the first request."""
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        dependencies=[Depends(duty.note_own_state), Depends(complaints.note_waiting)],
        max_body_size=MAX_BODY_BYTES,
        # Error logs would hold what was typed into a form (platform-notes 5).
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )
    app.state.office = Office.on(core, claims, staff, transfers, recordings)
    app.router.route_class = ClosedRoute
    for part in (router, accounts.router, queue.router, cases.router, live.router):
        app.include_router(part)
    for part in (account.router, figures.router, people.router, trail.router):
        app.include_router(part)
    for part in (complaints.router, deeds.router, feedback.router, voice.router):
        app.include_router(part)
    for part in (duty.router, profile.router, roster.router):
        app.include_router(part)
    app.add_middleware(Faults)
    app.add_middleware(Guard)
    app.add_exception_handler(AmaanError, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse)
    app.add_exception_handler(HTTPException, _refuse)
    return app


async def _refuse(request: Request, error: Exception) -> Response:
    """An expected refusal, as a page, or as a notice where htmx asked for a part of one."""
    if isinstance(error, HTTPException):
        known = {404: "not_found", 405: "not_found", 413: "input"}
        return _answer(request, known.get(error.status_code, "error"), error.status_code)
    if not isinstance(error, AmaanError):
        # Validation messages quote what was typed: only the code goes on.
        error = InputError()
    if isinstance(error, SignInNeededError):
        return _sign_in(request)
    if isinstance(error, GoFirstError):
        return _go_first(request, error)
    return _answer(request, error.code, error.http_status)


class Faults:
    """ASGI middleware: a fault of ours becomes a page with the guard's headers.

    Logged by its type alone, and not passed on to the server, which would print its
    words: they may quote a person.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            log().error("console_request_failed", error_type=type(error).__name__)
            if scope["type"] != "http" or started:
                # The page sees a broken stream and connects again.
                return
            await _answer(Request(scope), "trouble", 500)(scope, receive, send)


def _answer(request: Request, code: str, status: int) -> Response:
    pages = request.app.state.office.pages
    if not _wants_part(request):
        return _page(request, pages, code, status)
    headers = {"hx-retarget": "#notice", "hx-reswap": "innerHTML"}
    answer: Response = pages.html(
        "_notice.html", status=status, headers=headers, code=code, me=_me(request)
    )
    return answer


def _page(request: Request, pages: Pages, code: str, status: int) -> Response:
    return pages.html("error.html", status=status, code=code, me=_me(request), board=None)


def _me(request: Request) -> Viewer | None:
    """Who is signed in, if the request came so far: pages are in her language."""
    found: Viewer | None = getattr(request.state, "me", None)
    return found


def _sign_in(request: Request) -> Response:
    """To the sign-in page. What a page does by itself turns that page into it, loudly."""
    pages = request.app.state.office.pages
    if LIVE_HEADER in request.headers:
        headers = {"hx-retarget": "body", "hx-reswap": "innerHTML", "hx-push-url": "/sign-in"}
        answer: Response = pages.html(
            "sign_in.html", status=401, headers=headers, problem=None, name="", ended=True
        )
        return answer
    if _wants_part(request) or request.method != "GET":
        return _answer(request, "sign_in_needed", 401)
    return RedirectResponse("/sign-in", status_code=303)


def _go_first(request: Request, error: GoFirstError) -> Response:
    if _wants_part(request):
        # A redirect would put the whole page into the part.
        return Response(status_code=error.http_status, headers={"hx-redirect": error.location})
    return RedirectResponse(error.location, status_code=303)


def _wants_part(request: Request) -> bool:
    return "hx-request" in request.headers and "hx-boosted" not in request.headers
