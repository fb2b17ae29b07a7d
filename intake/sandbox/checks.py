"""Who may do what in the sandbox: each route names one of these."""

# No postponed annotations: FastAPI reads those of `__call__` as they stand.

import asyncio
import base64
import hmac
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from fastapi import Request

from amaan.access import Check, bounded_body
from amaan.clock import Clock
from amaan.errors import ConfigurationError, NotAllowedError
from intake.contract.keys import read_public
from intake.contract.models import ProblemCode
from intake.contract.signing import HEADER, MAX_BODY_BYTES, SignatureError, verify

TOKEN_LIFE = timedelta(minutes=5)
SANDBOX_HEADER = "X-Sandbox-Secret"
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_MOST_TOKENS = 1000


class TokenError(NotAllowedError):
    """No access token, or one that is wrong or too old."""

    code = ProblemCode.TOKEN
    http_status = 401


class OpenToAll(Check):
    """Opens a route that shows nothing of anybody."""

    name = "open_to_all"

    async def __call__(self, request: Request) -> None:
        """Lets everybody pass."""


class ClientCredentials(Check):
    """Opens the token route to our own client (RFC 6749, 2.3.1: HTTP Basic)."""

    name = "client_credentials"

    def __init__(self, client_id: str, secret: str) -> None:
        self._expected = f"{client_id}:{secret}".encode() if secret else b""

    async def __call__(self, request: Request) -> bool:
        """Whether name and secret are right; the handler words the error as the RFC does."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            decoded = base64.b64decode(given, validate=True)
        except ValueError:
            return False
        is_known = bool(self._expected) and hmac.compare_digest(decoded, self._expected)
        return scheme.lower() == "basic" and is_known


class AccessToken(Check):
    """Opens a route to a caller with a live access token (RFC 6750)."""

    name = "access_token"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._live: dict[str, datetime] = {}

    def issue(self) -> str:
        """A new token, good for `TOKEN_LIFE` or until the sandbox is started again."""
        now = self._clock.now()
        if len(self._live) >= _MOST_TOKENS:
            self._live = {token: end for token, end in self._live.items() if end > now}
        token = secrets.token_urlsafe(32)
        self._live[token] = now + TOKEN_LIFE
        return token

    def revoke_all(self) -> None:
        """Makes every token wrong."""
        self._live.clear()

    async def __call__(self, request: Request) -> None:
        """Raises `TokenError`."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        end = self._live.get(token)
        if scheme.lower() != "bearer" or end is None or end <= self._clock.now():
            raise TokenError


class SignedBody(Check):
    """Opens a route to a body that our client signed, and gives it to the handler."""

    name = "body_signature"

    def __init__(self, client_keys: Path, clock: Clock) -> None:
        self._client_keys = client_keys
        self._clock = clock

    async def __call__(self, request: Request) -> bytes:
        """The verified body. Raises `SignatureError`, `TooLargeError`."""
        body = await bounded_body(request, MAX_BODY_BYTES)
        try:
            keys = await asyncio.to_thread(read_public, self._client_keys)
        except ConfigurationError:
            raise SignatureError(code=ProblemCode.SIGNATURE_KEY) from None
        verify(request.headers.get(HEADER), body, keys, self._clock.now(), "complaint+json")
        return body


class SandboxSecret(Check):
    """Opens the sandbox's own routes, from this machine, to who knows its secret."""

    name = "sandbox_secret"

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    async def __call__(self, request: Request) -> None:
        """Raises `NotAllowedError`."""
        host = request.client.host if request.client else ""
        given = request.headers.get(SANDBOX_HEADER, "").encode("utf-8", "replace")
        is_known = bool(self._secret) and hmac.compare_digest(given, self._secret)
        if host not in _LOOPBACK or not is_known:
            raise NotAllowedError(code=ProblemCode.NOT_ALLOWED)
