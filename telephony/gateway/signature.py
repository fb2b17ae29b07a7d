"""Tells the gateway's requests from everybody else's.

The signature covers the time and the whole body, byte for byte. A recorded request is
refused after `protocol.TOLERANCE`, and before that it brings nothing new: a message's id
is claimed once, and a state never goes back.
"""

# No postponed annotations: FastAPI reads those of `__call__` as they stand.

import json
from typing import Any

from fastapi import Request

from amaan.clock import Clock
from amaan.operator_alarms import OperatorAlarms
from amaan.settings import Settings
from telephony.access import BadRequestError, Check, bounded_body
from telephony.gateway.protocol import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    is_recent,
    is_signed,
    secret_of,
)
from telephony.refusals import Refusals

MAX_BODY_BYTES = 64 * 1024
"""A long SMS has some hundred characters, each at most six bytes of JSON."""
_JSON = "application/json"

Fields = dict[str, Any]
"""A verified body: one JSON object."""


class GatewaySignature(Check):
    """Opens a route to requests that the gateway signed; gives the handler the fields."""

    name = "gateway_signature"

    def __init__(self, settings: Settings, clock: Clock, alarms: OperatorAlarms) -> None:
        self._secret = secret_of(settings)
        self._clock = clock
        self._refusals = Refusals(alarms, "gateway_signature_refused")

    async def __call__(self, request: Request) -> Fields:
        """The fields of a rightly signed request; nothing is stored of any other.

        Raises `NotAllowedError` with code ``signature_missing``, ``signature_wrong`` or
        ``signature_old`` and alarms the operator; `TooLargeError`; `BadRequestError` with
        ``not_json``.
        """
        given = request.headers.get(SIGNATURE_HEADER)
        timestamp = request.headers.get(TIMESTAMP_HEADER)
        if not given or not timestamp:
            raise await self._refusals.alarm("signature_missing")
        body = await bounded_body(request, MAX_BODY_BYTES)
        if not is_signed(self._secret, timestamp, body, given):
            raise await self._refusals.alarm("signature_wrong")
        # Looked at last: only who knows the secret is told that a clock is wrong.
        if not is_recent(timestamp, self._clock.now()):
            raise await self._refusals.alarm("signature_old")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            raise BadRequestError(code="not_json")
        return _parsed(body)


def _parsed(body: bytes) -> Fields:
    try:
        value = json.loads(body.decode())
    # Too deep a nesting is no JSON of ours either.
    except (ValueError, RecursionError):
        raise BadRequestError(code="not_json") from None
    if not isinstance(value, dict):
        raise BadRequestError(code="not_json")
    return value
