"""What the gateway calls: a message came in, or the state of one that went out changed.

Each route stores and answers at once; answers to the person leave later, by `outbound`.
Any answer but 204 tells the gateway to come again, so a repeat is no error.
"""

# No postponed annotations: FastAPI resolves those of the nested handlers as they stand.

import re
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from amaan.conversation import Acceptor
from amaan.core import Core
from amaan.ports import Inbound, StaffAnswers
from telephony.access import BadRequestError, CheckedRoute
from telephony.arrivals import patiently, take
from telephony.gateway.protocol import MAX_ID_CHARACTERS, MEANINGS, provider_code
from telephony.gateway.signature import Fields, GatewaySignature
from telephony.receipts import Receipt, Receipts

UNREADABLE_ALARM = "gateway_unreadable"
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
"""E.164 (ITU-T, 2010): a plus and at most 15 digits. Two spellings of one number would be two
people to us, so the adapter writes every number this way."""
_ID = re.compile(rf"[!-~]{{1,{MAX_ID_CHARACTERS}}}")
# Far above what delivery tries, and far below what a column of the database holds.
_MAX_ATTEMPT = 1000

State = Literal["sent", "delivered", "failed"]
_STATES: dict[str, State] = {
    "queued": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "failed": "failed",
}
"""The protocol's states of an outbound message, and ours."""


def gateway_router(
    core: Core, acceptor: Acceptor, answers: StaffAnswers | None = None
) -> APIRouter:
    """The routes that the gateway calls, each behind its signature.

    `answers` sees each message first: a page that was answered is no conversation.
    """
    router = APIRouter(prefix="/sms", route_class=CheckedRoute)
    signed = Depends(GatewaySignature(core.settings, core.clock, core.operator_alarms))
    receipts = Receipts(core)

    @router.post("/in")
    async def receive(fields: Fields = signed) -> Response:
        try:
            inbound = read_inbound(fields)
        except BadRequestError:
            # A person's message that an adapter garbled must not vanish without a trace.
            await core.operator_alarms.raise_alarm(UNREADABLE_ALARM)
            raise
        await take(acceptor, inbound, answers)
        return Response(status_code=204)

    @router.post("/status")
    async def receive_status(fields: Fields = signed) -> Response:
        receipt = read_receipt(fields)
        await patiently(lambda: receipts.apply(receipt))
        return Response(status_code=204)

    return router


def read_inbound(fields: Fields) -> Inbound:
    """The message in verified fields.

    Raises `BadRequestError` with code ``field_missing`` or ``field_wrong``. Words that hold half
    a surrogate pair (an emoji that a carrier cut in two) are taken with a sign in its place:
    they are somebody's message.
    """
    text = fields.get("text")
    if not isinstance(text, str):
        raise BadRequestError(code="field_missing" if text is None else "field_wrong")
    return Inbound(
        door="sms",
        address=_matching(fields, "from", _NUMBER),
        text=text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
        provider_id=_matching(fields, "id", _ID),
    )


def read_receipt(fields: Fields) -> Receipt:
    """The receipt in verified fields. Raises `BadRequestError`, also for an unknown state."""
    provider_id = _matching(fields, "id", _ID)
    state = fields.get("status")
    if state is None:
        raise BadRequestError(code="field_missing")
    if not isinstance(state, str) or state not in _STATES:
        raise BadRequestError(code="field_wrong")
    has_failed = _STATES[state] == "failed"
    word = fields.get("error") if has_failed else None
    return Receipt(
        provider_id=provider_id,
        state=_STATES[state],
        error=provider_code(word),
        message_id=_uuid(fields.get("reference")),
        attempt=_attempt(fields.get("attempt")),
        meaning=MEANINGS.get(word) if isinstance(word, str) else None,
    )


def _matching(fields: Fields, name: str, pattern: re.Pattern[str]) -> str:
    value = fields.get(name)
    if value is None:
        raise BadRequestError(code="field_missing")
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BadRequestError(code="field_wrong")
    return value


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _attempt(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value <= _MAX_ATTEMPT else None
