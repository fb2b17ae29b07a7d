"""The checks that open the routes of the web chat."""

# No postponed annotations: FastAPI reads those of `Check.__call__` as they stand.

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.routing import APIRoute

from amaan.errors import NotAllowedError
from telephony.access import Check, CheckedRoute


class OpenToAll(Check):
    """For pages that show nothing of anybody and change nothing."""

    name = "open to all"

    async def __call__(self, request: Request) -> None:
        """Lets everybody in."""


class OwnPage(Check):
    """Refuses forms that another site posts.

    We have no cookie to abuse, but a foreign page could post a secret of its own
    choosing, and whoever then writes here would be read along by that page's owner.
    Our own forms send `Origin: null` under `Referrer-Policy: no-referrer`, so
    `Sec-Fetch-Site` decides where the browser sends it (all since 2023 do).
    """

    name = "own page"

    async def __call__(self, request: Request) -> None:
        """Raises `NotAllowedError` with the code ``cross_site``."""
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            is_own = site in ("same-origin", "none")
        else:
            origin = request.headers.get("origin", "null")
            is_own = origin == "null" or _host(origin) == request.headers.get("host")
        if not is_own:
            raise NotAllowedError(code="cross_site")


def _host(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        # "http://[" and the like: no origin that a browser sends, and nobody's own.
        return ""


class PageRoute(CheckedRoute):
    """A checked route whose errors the app answers: a browser is shown a page, not a code."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The plain handler, errors passed on."""
        return APIRoute.get_route_handler(self)
