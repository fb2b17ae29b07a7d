"""Every route is closed until a named check opens it.

A route without `@opened_by` answers 404, whatever it would have done. The check stands
beside its handler, so that a missing one is visible; a test lists them all.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from amaan.errors import NotAllowedError, NotFoundError
from amaan.logs import log
from handoff.console.office import Office, office_of
from handoff.console.security import SESSION_COOKIE
from handoff.permissions import Permission
from handoff.proof import Proofs
from handoff.staff import Viewer

_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])

LIVE_HEADER = "x-amaan-live"
"""Sent by what a page does by itself after an event: no use of the console by a human."""


class SignInNeededError(NotAllowedError):
    """Nobody is signed in, or the session has ended."""

    code = "sign_in_needed"
    http_status = 401


class GoFirstError(NotAllowedError):
    """Another page must be passed first."""

    location = "/"
    """Its path in the console."""


class PasswordNeededError(GoFirstError):
    """Signed in by a word that works once: an own password must be set first."""

    code = "password_needed"
    location = "/password"


class FactorNeededError(GoFirstError):
    """The house asks for a second factor, and she has none yet."""

    code = "second_factor_needed"
    location = "/second-factor"


class ProofNeededError(GoFirstError):
    """The last proof of who she is was too long ago for this."""

    code = "proof_needed"

    def __init__(self, back: str) -> None:
        super().__init__()
        self.location = "/prove?" + urlencode({"back": back})


@dataclass(frozen=True)
class Check:
    """Decides whether a request may reach its handler; `admit` raises when it may not."""

    name: str
    admit: Callable[[Request], Awaitable[None]]


def opened_by(check: Check) -> Callable[[_Endpoint], _Endpoint]:
    """Opens a route to whoever passes `check`."""

    def mark(endpoint: _Endpoint) -> _Endpoint:
        endpoint.opened_by = check  # type: ignore[attr-defined]  # read by ClosedRoute
        return endpoint

    return mark


class ClosedRoute(APIRoute):
    """A route that answers 404 unless its handler is marked with a check that admits."""

    @property
    def check(self) -> Check | None:
        """The check that opens this route."""
        return getattr(self.endpoint, "opened_by", None)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        check = self.check

        async def checked(request: Request) -> Response:
            if check is None:
                log().error("bare_route_refused")
                raise NotFoundError
            await check.admit(request)
            return await handler(request)

        return checked


async def _admit_everybody(_request: Request) -> None:
    """Open to all: sign-in page, health, static files."""


async def _admit_signed_in(request: Request) -> None:
    """Somebody is signed in, perhaps without an own password yet."""
    token = request.cookies.get(SESSION_COOKIE, "")
    viewer = await office_of(request).staff.viewer(token, touch=_is_use(request)) if token else None
    if viewer is None:
        raise SignInNeededError
    request.state.me = viewer


def _is_use(request: Request) -> bool:
    """Whether a human did this. An abandoned console must still end, however busy the queue."""
    stream = "text/event-stream" in request.headers.get("accept", "")
    return not stream and LIVE_HEADER not in request.headers


def _permitting(permission: Permission) -> Callable[[Request], Awaitable[None]]:
    async def admit(request: Request) -> None:
        await _admit_signed_in(request)
        me: Viewer = request.state.me
        if me.must_set_password:
            raise PasswordNeededError
        if me.must_set_factor:
            raise FactorNeededError
        me.require(permission)

    return admit


async def _admit_half(request: Request) -> None:
    """The password was right, and a code must follow."""
    token = request.cookies.get(SESSION_COOKIE, "")
    if not token or not await office_of(request).staff.waits_for_code(token):
        raise SignInNeededError


def _proving(
    inner: Callable[[Request], Awaitable[None]], back: str | None
) -> Callable[[Request], Awaitable[None]]:
    async def admit(request: Request) -> None:
        await inner(request)
        me: Viewer = request.state.me
        if me.must_set_password:
            raise PasswordNeededError
        office = office_of(request)
        if not Proofs(office.core, office.staff).is_fresh(me):
            raise ProofNeededError(back or _page_of(request))

    return admit


def _page_of(request: Request) -> str:
    """The page that a request belongs to: where a form stood, for one that was posted."""
    if request.method == "GET":
        return own_path(request.url.path)
    came_from = urlsplit(request.headers.get("referer", ""))
    if came_from.netloc.lower() != request.headers.get("host", "").lower():
        return "/"
    return own_path(came_from.path)


def own_path(path: str) -> str:
    """`path` when it is surely one of this console, else the first page.

    A path from elsewhere could lead to another site: ``//evil``, ``/\\evil``, ``https:``.
    """
    return path if re.fullmatch(r"/|(/[A-Za-z0-9._-]+)+", path) and ".." not in path else "/"


EVERYBODY = Check("everybody", _admit_everybody)
HALF_SIGNED_IN = Check("half_signed_in", _admit_half)
SIGNED_IN = Check("signed_in", _admit_signed_in)
PROVED = Check("proved", _proving(_admit_signed_in, None))
"""Signed in with a fresh proof, whatever the role: for one's own second factor."""


def permitted(permission: Permission) -> Check:
    """Signed in, with an own password and a role that has `permission`."""
    return Check(permission.value, _permitting(permission))


def proved(permission: Permission, *, back: str | None = None) -> Check:
    """Like `permitted`, with a fresh proof of who she is: for what a borrowed console must not do.

    Without one the browser goes to ``/prove`` and then to the page that was asked for, or
    where the form stood; `back` names another (for downloads).
    """
    return Check(f"proved:{permission.value}", _proving(_permitting(permission), back))


def me_of(request: Request) -> Viewer:
    """Who is signed in; only on routes whose check has made sure."""
    me: Viewer = request.state.me
    return me


Me = Annotated[Viewer, Depends(me_of)]
InOffice = Annotated[Office, Depends(office_of)]
