"""Sends SMS through a gateway that speaks our protocol (docs/runbooks/connect-sms-gateway.md)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx

from amaan.clock import Clock
from amaan.errors import ConfigurationError, OutsideServiceError, UnknownOutcomeError
from amaan.settings import Settings
from telephony.gateway.protocol import (
    MAX_ID_CHARACTERS,
    MEANINGS,
    provider_code,
    secret_of,
    signed_headers,
)
from telephony.sender import (
    PLAIN,
    Manner,
    Meaning,
    NotTakenError,
    SendRefusedError,
    TextDoor,
    none_known,
)

TIMEOUT_SECONDS = 10.0
"""How long the gateway's answer is waited for; the same as Twilio's."""
# The gateway's clock and ours: as for Twilio, plus the second that it may round off.
_CLOCK_DIFFERENCE = timedelta(seconds=31)
_MAX_ANSWER_BYTES = 256 * 1024
"""Past any answer of the protocol: an id, or the few messages of one look-up."""
_TAKEN = frozenset({200, 201, 202})
_REFUSING = frozenset({400, 413, 422})
"""HTTP answers about this very message; others below 500 are about the account or the moment."""
_ACCOUNT = frozenset({401, 403, 404})
"""HTTP answers about the secret, or about the address of the gateway."""
_UNTOUCHED = frozenset(range(300, 500)) - {408}
"""HTTP answers after which the message was certainly not taken."""
_NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True)
class _Answer:
    """What the gateway answered."""

    status: int
    value: dict[str, Any]
    """The JSON object of the body; empty when it was none."""


class GatewaySender:
    """Implements `telephony.sender.Sender` for the door ``sms``."""

    def __init__(
        self, settings: Settings, clock: Clock, *, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        if not settings.gateway_url:
            raise ConfigurationError("AMAAN_GATEWAY_URL is not set: where is the SMS gateway?")
        self._messages = settings.gateway_url.rstrip("/") + "/messages"
        self._from = settings.gateway_from
        self._callback = f"{settings.origin}/sms/status"
        self._secret = secret_of(settings)
        self._clock = clock
        # A proxy of the environment must never see what is meant for the gateway. The limit
        # of the whole is our own (`_ask`): the library's holds for each read. Connecting may
        # take half of it, so that what never connected is known not to have been sent.
        limits = httpx.Timeout(timeout_seconds, connect=timeout_seconds / 2)
        self._client = httpx.AsyncClient(trust_env=False, timeout=limits)
        self._timeout = timeout_seconds

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()

    async def send(
        self,
        door: TextDoor,
        address: str,
        text: str,
        *,
        reference: UUID | None = None,
        manner: Manner = PLAIN,
    ) -> str:
        """See `Sender.send`. The gateway takes one attempt once, however often it is told."""
        body = {
            "to": address,
            "from": self._from,
            "text": text,
            "reference": str(reference or uuid4()),
            "attempt": manner.attempt,
            "fingerprint": self._fingerprint(address, text),
            "callback": self._callback,
        }
        content = json.dumps(body, ensure_ascii=False).encode()
        answer = await self._ask("POST", self._messages, content, signed=content)
        if answer.status not in _TAKEN:
            raise _refusal(answer)
        found = answer.value.get("id")
        if not _is_id(found):
            raise _unknown()
        return str(found)

    async def find_sent(
        self,
        door: TextDoor,
        address: str,
        text: str,
        since: datetime,
        *,
        reference: UUID | None = None,
        excluding: Callable[[str], bool] = none_known,
    ) -> str | None:
        """See `Sender.find_sent`. Neither her number nor a word stands in the address called."""
        by = (
            {"reference": str(reference)}
            if reference
            else {"fingerprint": self._fingerprint(address, text)}
        )
        query = urlencode(by)
        answer = await self._ask("GET", f"{self._messages}?{query}", None, signed=query.encode())
        if answer.status != httpx.codes.OK:
            raise _cannot_look(answer)
        earliest = since.timestamp() - _CLOCK_DIFFERENCE.total_seconds()
        for found, accepted_at in _listed(answer.value):
            if (reference or accepted_at >= earliest) and not excluding(found):
                return found
        return None

    def _fingerprint(self, address: str, text: str) -> str:
        """What the gateway keeps to find a message that has no reference of ours."""
        what = f"fingerprint\n{address}\n{text}".encode()
        return hmac.new(self._secret.encode(), what, hashlib.sha256).hexdigest()

    async def _ask(self, method: str, url: str, content: bytes | None, *, signed: bytes) -> _Answer:
        headers = signed_headers(self._secret, self._clock.now(), signed)
        headers["Content-Type"] = "application/json"
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._client.stream(method, url, content=content, headers=headers) as answer,
            ):
                return _Answer(answer.status_code, await _bounded(answer))
        except _NEVER_CONNECTED:
            # Without its cause here and below: the library's errors may hold the request.
            raise NotTakenError("unreachable") from None
        except (httpx.HTTPError, TimeoutError):
            raise _unknown() from None


async def _bounded(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer's body; an empty one when it is none, or too long."""
    body = bytearray()
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > _MAX_ANSWER_BYTES:
            return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_ID_CHARACTERS and value.isprintable()


def _listed(value: dict[str, Any]) -> list[tuple[str, float]]:
    """(id, seconds since 1970) of each message of a look-up that was taken and did not fail.

    Raises `UnknownOutcomeError` when it is no such list.
    """
    try:
        return [
            (_id(found["id"]), _seconds(found["accepted_at"]))
            for found in value["messages"]
            # An attempt that failed is why there is a further one.
            if found["status"] != "failed"
        ]
    except (KeyError, TypeError, ValueError, OverflowError):
        # A list that cannot be read does not say that the message was not taken.
        raise _unknown() from None


def _id(value: object) -> str:
    if not _is_id(value):
        raise ValueError
    return str(value)


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _unknown() -> UnknownOutcomeError:
    return UnknownOutcomeError("the gateway's answer was lost", code="gateway_unknown")


def _refusal(answer: _Answer) -> OutsideServiceError:
    """What an answer other than "taken" means for the message.

    Whatever is not known to have left it untouched counts as unknown.
    """
    if answer.status not in _UNTOUCHED:
        return _unknown()
    word = answer.value.get("error")
    code = provider_code(word) or str(answer.status)
    meaning = MEANINGS.get(word) if isinstance(word, str) else None
    if meaning is Meaning.TROUBLE or answer.status in _ACCOUNT:
        # Tried again for a while: she gets it if the operator is quick.
        return NotTakenError(code, trouble=True)
    if meaning is Meaning.LATER or answer.status not in _REFUSING:
        return NotTakenError(code)
    return SendRefusedError(code, meaning or Meaning.NEVER)


def _cannot_look(answer: _Answer) -> OutsideServiceError:
    """Refused to be looked up is not refused to be sent."""
    if answer.status not in _UNTOUCHED:
        return _unknown()
    code = provider_code(answer.value.get("error")) or str(answer.status)
    return NotTakenError(code, trouble=answer.status in _ACCOUNT)
