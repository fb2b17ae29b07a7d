"""Headers of every answer, and the one check against forged requests.

Threats: another site that posts in a supervisor's name or frames the console, a text
of the person that tries to become code, and a shared browser that remembers a page.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amaan.logs import log

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        # The icon.
        "img-src 'self'",
        # Voice notes, streamed through this console.
        "media-src 'self'",
        # htmx requests and the live stream.
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""From none; each allowance is named. No inline script, style or event attribute exists."""

HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not `no-referrer`: with it browsers send `Origin: null` with our own forms (Fetch
    # standard, "append a request Origin header"), and the check below needs the origin.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
}
"""On every answer. Only static files soften `cache-control`."""

_SAFE_METHODS = frozenset({"GET", "HEAD"})
SESSION_COOKIE = "amaan_staff"


class Guard:
    """ASGI middleware: adds the headers, refuses cross-site requests that change something.

    Plain ASGI, because Starlette's BaseHTTPMiddleware would hold back the live stream.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            # No websockets here; the lifespan passes.
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["method"] not in _SAFE_METHODS and not is_same_origin(Headers(scope=scope)):
            log().warning("cross_site_request_refused")
            refusal = JSONResponse({"error": "cross_site"}, status_code=403)
            await refusal(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)


def is_same_origin(headers: Headers) -> bool:
    """Whether a request that changes something surely comes from one of our own pages.

    `Sec-Fetch-Site` is believed where a browser sends it (https and loopback); else
    `Origin` must name our own host. A request with neither is refused: no browser in
    use posts a form without one. Source: OWASP CSRF cheat sheet, "Fetch Metadata" and
    "verifying origin", read 2026-11-21.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    host = headers.get("host")
    if not origin or not host:
        return False
    return urlsplit(origin).netloc.lower() == host.lower()


def is_https(request: Request) -> bool:
    """Whether the browser sees us through https, which a proxy may end before us.

    The browser's own `Origin` tells; it is checked by `Guard` before.
    """
    return (
        request.url.scheme == "https"
        or urlsplit(request.headers.get("origin", "")).scheme == "https"
    )
