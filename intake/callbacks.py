"""What the agency calls: a complaint that we filed stands otherwise now."""

# No postponed annotations: FastAPI reads those of `__call__` and of the handlers as they stand.

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from amaan.access import BadRequestError, Check, CheckedRoute, bounded_body
from amaan.clock import Clock
from amaan.errors import ConfigurationError, NotAllowedError
from amaan.logs import log
from amaan.settings import Settings
from intake.contract.keys import SANDBOX, SigningKeys, read_public
from intake.contract.models import StateChange
from intake.contract.signing import HEADER, SignatureError, verify
from intake.port import AgencyState

MAX_BODY_BYTES = 4096
"""A number, a state and a time."""

_LATER = 503

OnState = Callable[[str, AgencyState, datetime], Awaitable[bool]]
"""Takes (number, state, since when); whether the number is known. The same may come again, and
an older one late."""


class AgencySignature(Check):
    """Opens a route to a body that the agency signed within the last minutes, and reads it."""

    name = "agency_signature"

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._keys: Path = settings.intake_agency_keys or (
            SigningKeys(settings.secrets_folder, SANDBOX).public_file
        )
        self._clock = clock

    async def __call__(self, request: Request) -> StateChange:
        """The change. Raises `SignatureError`, `TooLargeError`, `BadRequestError`."""
        given = request.headers.get(HEADER)
        try:
            if not given:
                raise SignatureError(code="signature_missing")
            body = await bounded_body(request, MAX_BODY_BYTES)
            keys = await asyncio.to_thread(read_public, self._keys)
            verify(given, body, keys, self._clock.now(), "state+json")
        except NotAllowedError as error:
            log().warning("request_refused", kind="agency_signature", code=error.code)
            raise
        except ConfigurationError:
            log().error("request_refused", kind="agency_signature", code="agency_keys_missing")
            raise SignatureError(code="signature_unknown_key") from None
        try:
            return StateChange.model_validate_json(body)
        except ValidationError:
            raise BadRequestError(code="not_json") from None


def callback_router(settings: Settings, clock: Clock, on_state: OnState) -> APIRouter:
    """``POST /intake/state`` for the public app, behind the agency's signature.

    Answers 204 once `on_state` is done. For an unknown number, whose filing we may be writing
    down at this moment, and for whatever it raises, the agency calls again.
    """
    router = APIRouter(prefix="/intake", route_class=CheckedRoute)
    signed = Depends(AgencySignature(settings, clock))

    @router.post("/state")
    async def receive(change: StateChange = signed) -> Response:
        known = await on_state(change.number, change.state, change.at)
        return Response(status_code=204 if known else _LATER)

    return router
