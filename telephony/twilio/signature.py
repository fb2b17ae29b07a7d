"""Tells Twilio's requests from everybody else's.

Twilio signs the URL it was configured with and every form field, blanks and
repeats included (https://www.twilio.com/docs/usage/security). The URL is rebuilt
from our own setting and the path and query exactly as sent. Host and
X-Forwarded headers are never read: whoever sends the request writes them.
"""

# No postponed annotations: FastAPI reads those of `__call__` as they stand.

from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import ImmutableMultiDict
from starlette.types import Scope
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # no types

from amaan.operator_alarms import OperatorAlarms
from amaan.settings import Settings
from telephony.access import BadRequestError, Check, bounded_body
from telephony.refusals import Refusals

SIGNATURE_HEADER = "X-Twilio-Signature"
MAX_BODY_BYTES = 64 * 1024
"""Twilio's own requests stay below 10 kB; a body past this is not read to its end."""
_FORM = "application/x-www-form-urlencoded"

Form = ImmutableMultiDict[str, str]
"""A verified form: every field as sent, repeats and blanks included."""


class TwilioSignature(Check):
    """Opens a route to requests that carry Twilio's signature; gives the handler the form."""

    name = "twilio_signature"

    def __init__(self, settings: Settings, alarms: OperatorAlarms) -> None:
        self._origin = settings.origin
        self._validator = RequestValidator(settings.twilio_auth_token.get_secret_value())
        self._refusals = Refusals(alarms, "twilio_signature_refused")

    async def __call__(self, request: Request) -> Form:
        """The form of a rightly signed request; nothing is stored of any other.

        Raises `NotAllowedError` with code ``signature_missing`` or
        ``signature_wrong`` and alarms the operator; `TooLargeError`;
        `BadRequestError` when it is no form in UTF-8.
        """
        signature = request.headers.get(SIGNATURE_HEADER)
        if not signature:
            raise await self._refusals.alarm("signature_missing")
        # A signature over the URL alone would hold for any JSON body.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            raise BadRequestError(code="not_a_form")
        form = _parsed(await bounded_body(request, MAX_BODY_BYTES))
        url = signed_url(self._origin, request.scope)
        if not self._validator.validate(url, form, signature):
            raise await self._refusals.alarm("signature_wrong")
        return form


def signed_url(origin: str, scope: Scope) -> str:
    """The URL that Twilio signed: our origin, then path and query byte for byte."""
    path = scope["raw_path"].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return f"{origin}{path}?{query}" if query else f"{origin}{path}"


def _parsed(body: bytes) -> Form:
    try:
        # Not `dict`: it would drop repeated names, and the signature covers them.
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise BadRequestError(code="not_utf8") from None
    return ImmutableMultiDict(pairs)
