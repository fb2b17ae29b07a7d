"""Headers that every response of the public app carries, also when something failed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amaan.logs import log

_ALLOWED_NOWHERE = (
    "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), "
    "gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"
)
FEELS_SHAKING = {
    "Permissions-Policy": _ALLOWED_NOWHERE.replace(
        "accelerometer=()", "accelerometer=(self)"
    ).replace("gyroscope=()", "gyroscope=(self)")
}
"""For the page that is left by shaking the phone; browsers tell a page of movement only so."""

STRICT = {
    "Cache-Control": "no-store",
    # Pages that show something name what they need; everything else gets nothing.
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": _ALLOWED_NOWHERE,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}

Trouble = Callable[[Request], Awaitable[Response]]


class StrictHeaders:
    """Adds the headers and answers what nobody caught.

    Stands outside of everything else we wrote: an error that reached the server
    would be written to its log with whatever text it holds.
    """

    def __init__(self, app: ASGIApp, *, trouble: Trouble, is_https: bool) -> None:
        self._app = app
        self._trouble = trouble
        self._headers = dict(STRICT)
        if is_https:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def send_strictly(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_strictly)
        except ClientDisconnect:
            # She, or her network, hung up before her words were through: nobody to answer.
            log().info("request_broken_off")
        except Exception as error:
            log().error("request_failed", error_type=type(error).__name__)
            if has_started:
                # The answer was cut off; the page sees that and asks again.
                return
            response = await self._trouble(Request(scope))
            await response(scope, receive, send_strictly)
