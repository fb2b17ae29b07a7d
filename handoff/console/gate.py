"""Every route is closed until a named check opens it.

A route without `@opened_by` answers 404, whatever it would have done. The check stands
beside its handler, so that a missing one is visible; a test lists them all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from amaan.errors import NotAllowedError, NotFoundError
from amaan.logs import log
from handoff.console.office import Office, office_of
from handoff.console.security import SESSION_COOKIE
from handoff.permissions import Permission
from handoff.staff import Viewer

_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])

LIVE_HEADER = "x-amaan-live"
"""Sent by what a page does by itself after an event: no use of the console by a human."""


class SignInNeededError(NotAllowedError):
    """Nobody is signed in, or the session has ended."""

    code = "sign_in_needed"
    http_status = 401


class PasswordNeededError(NotAllowedError):
    """Signed in by a word that works once: an own password must be set first."""

    code = "password_needed"


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
        me.require(permission)

    return admit


EVERYBODY = Check("everybody", _admit_everybody)
SIGNED_IN = Check("signed_in", _admit_signed_in)


def permitted(permission: Permission) -> Check:
    """Signed in, with an own password and a role that has `permission`."""
    return Check(permission.value, _permitting(permission))


def me_of(request: Request) -> Viewer:
    """Who is signed in; only on routes whose check has made sure."""
    me: Viewer = request.state.me
    return me


Me = Annotated[Viewer, Depends(me_of)]
InOffice = Annotated[Office, Depends(office_of)]
