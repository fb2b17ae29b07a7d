"""Files complaints with the intake over HTTP (docs/intake/openapi.json)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import httpx

from amaan.clock import Clock
from amaan.errors import AmaanError, ConfigurationError, InputError
from amaan.logs import log
from amaan.settings import INTAKE, Settings
from intake.answers import (
    MAX_ANSWER_BYTES,
    Answer,
    failure_of,
    look_up_failure_of,
    receipt_of,
    unknown,
)
from intake.contract.keys import OURS, SigningKeys
from intake.contract.models import ProblemCode
from intake.contract.signing import HEADER, sign
from intake.contract.wire import to_wire
from intake.port import Receipt, RefusedError, UnavailableError
from intake.schema import Complaint
from intake.tokens import Tokens

_NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_JSON: Final = "application/json"


class IntakeApi:
    """Implements `intake.port.Filing`. `client` replaces the connections, for tests.

    Errors carry no cause: the library's hold the request, and so the complaint.
    """

    def __init__(
        self, settings: Settings, clock: Clock, client: httpx.AsyncClient | None = None
    ) -> None:
        self._is_local = settings.intake_url is None
        self._url = (settings.intake_url or settings.url(INTAKE)).rstrip("/")
        self._clock = clock
        self._keys = SigningKeys(settings.secrets_folder, OURS)
        # The limit of the whole is our own (`_ask`): the library's holds for each read.
        # Connecting may take half of it, so that what never connected is known not to be sent.
        self._seconds = settings.intake_timeout.total_seconds()
        self._client = client or _client(settings, self._seconds)
        self._credentials = httpx.BasicAuth(
            settings.intake_client_id, settings.intake_client_secret.get_secret_value()
        )
        # With mutual TLS the certificate says who we are.
        self._tokens = None if settings.intake_client_cert else Tokens(self._ask_token, clock)

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()

    async def file(self, complaint: Complaint, key: str) -> Receipt:
        """See `Filing.file`. `Receipt.sent` is the signature, a line end, and the body."""
        body, signature = await asyncio.to_thread(self._sealed, complaint)
        headers = {HEADER: signature, "Idempotency-Key": key, "Content-Type": _JSON}
        answer = await self._ask_known("POST", "/v1/complaints", headers, body)
        if answer.status in {httpx.codes.CREATED, httpx.codes.OK}:
            return receipt_of(answer, sent=f"{signature}\n{body.decode()}")
        raise _noted(failure_of(answer, self._clock.now()), "filing_not_taken")

    async def find(self, key: str) -> Receipt | None:
        """See `Filing.find`. Only the contract's own "unknown key" is a sure None."""
        answer = await self._ask_known("GET", f"/v1/complaints/by-key/{_part(key)}")
        if answer.status == httpx.codes.OK:
            return receipt_of(answer)
        if answer.status == httpx.codes.NOT_FOUND and answer.problem is ProblemCode.UNKNOWN_KEY:
            return None
        raise _noted(look_up_failure_of(answer, self._clock.now()), "filing_not_looked_up")

    async def state(self, number: str) -> Receipt:
        """See `Filing.state`."""
        answer = await self._ask_known("GET", f"/v1/complaints/{_part(number)}")
        if answer.status == httpx.codes.OK:
            receipt = receipt_of(answer)
            if receipt.number != number:
                raise unknown("intake_answer_changed")
            return receipt
        if answer.status == httpx.codes.NOT_FOUND and answer.problem is ProblemCode.UNKNOWN_NUMBER:
            raise RefusedError(code="intake_unknown_number")
        raise _noted(look_up_failure_of(answer, self._clock.now()), "filing_not_looked_up")

    def _sealed(self, complaint: Complaint) -> tuple[bytes, str]:
        """The body and its signature."""
        try:
            body = to_wire(complaint).model_dump_json().encode()
        except InputError as error:
            log().error("filing_not_made", code=error.code)
            raise RefusedError(code=error.code) from None
        try:
            if self._is_local:
                self._keys.ensure()
            key = self._keys.current()
        except (ConfigurationError, OSError):
            log().error("filing_not_made", code="intake_key_missing")
            raise UnavailableError(code="intake_key_missing") from None
        return body, sign(body, key, self._clock.now(), "complaint+json")

    async def _ask_known(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Asks with a token, and once more with a new one when that one is refused."""
        headers = dict(headers or {})
        if self._tokens is None:
            return await self._ask(method, path, headers, body)
        token = await self._tokens.get()
        headers["Authorization"] = f"Bearer {token}"
        answer = await self._ask(method, path, headers, body)
        if answer.status != httpx.codes.UNAUTHORIZED:
            return answer
        headers["Authorization"] = f"Bearer {await self._tokens.get(not_this=token)}"
        return await self._ask(method, path, headers, body)

    async def _ask_token(self) -> Answer:
        request = self._client.build_request(
            "POST", f"{self._url}/oauth/token", data={"grant_type": "client_credentials"}
        )
        try:
            return await self._send(request, self._credentials)
        except AmaanError:
            # Nothing of the complaint has left by now, whatever became of the token.
            raise UnavailableError(code="intake_unreachable") from None

    async def _ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        request = self._client.build_request(
            method, self._url + path, headers=dict(headers), content=body
        )
        return await self._send(request)

    async def _send(self, request: httpx.Request, auth: httpx.Auth | None = None) -> Answer:
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._client.send(request, auth=auth, stream=True)
                try:
                    return await _bounded(answer)
                finally:
                    await answer.aclose()
        except _NEVER_CONNECTED:
            raise UnavailableError(code="intake_unreachable") from None
        except (httpx.HTTPError, TimeoutError):
            raise unknown() from None


async def _bounded(answer: httpx.Response) -> Answer:
    body = bytearray()
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > MAX_ANSWER_BYTES:
            body.clear()
            break
    return Answer(answer.status_code, bytes(body), answer.headers.get("retry-after"))


def _client(settings: Settings, seconds: float) -> httpx.AsyncClient:
    # A proxy of the environment must never see what is meant for the intake.
    return httpx.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(seconds, connect=seconds / 2, pool=seconds / 2),
        verify=_tls(settings.intake_ca, settings.intake_client_cert, settings.intake_client_key),
    )


def _tls(authority: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """How the two sides prove themselves. Raises `ConfigurationError` for unreadable files."""
    try:
        context = (
            ssl.create_default_context(cafile=authority)
            if authority
            else httpx.create_ssl_context(trust_env=False)
        )
        if certificate:
            context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError):
        raise ConfigurationError(
            "AMAAN_INTAKE_CA, _CLIENT_CERT or _CLIENT_KEY: no readable certificate or key"
        ) from None
    return context


def _part(text: str) -> str:
    """A part of a path; what the contract's pattern would not let through is refused here."""
    if not text.isascii() or not text.replace("-", "").replace("_", "").isalnum():
        raise RefusedError(code="intake_unknown_number")
    return text


def _noted(error: AmaanError, event: str) -> AmaanError:
    log().warning(event, code=error.code)
    return error
