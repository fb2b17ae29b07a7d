"""What Twilio calls: a message came in, or the state of one that went out changed.

Each route stores and answers at once with an empty TwiML document; answers to
the person leave later, by REST. Twilio does not repeat a request that we
answered with an error, so a database that is restarting is waited for.
"""

# No postponed annotations: FastAPI resolves those of the nested handlers as they stand.

import re
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from amaan.conversation import Acceptor
from amaan.core import Core
from amaan.logs import log
from amaan.ports import Attachment, Inbound, StaffAnswers
from amaan.settings import Settings
from telephony.access import BadRequestError, CheckedRoute
from telephony.arrivals import patiently, take
from telephony.pool import number_of, pool
from telephony.receipts import Receipt, Receipts
from telephony.sender import TextDoor
from telephony.twilio.codes import meaning_of
from telephony.twilio.media import recording_of
from telephony.twilio.signature import Form, TwilioSignature

_WHATSAPP = "whatsapp:"
_MAX_ID_CHARACTERS = 64
_ERROR_CODE = re.compile(r"[0-9]{1,16}")
_ATTEMPT = re.compile(r"[0-9]{1,4}")
_COUNT = re.compile(r"[0-9]{1,3}")
_MENU_NUMBER = re.compile(r"[1-9][0-9]?")
_MAX_MEDIA = 10
"""Twilio attaches no more (https://www.twilio.com/docs/messaging/guides/webhook-request)."""

State = Literal["sent", "delivered", "read", "failed"]
_STATES: dict[str, State] = {
    "accepted": "sent",
    "scheduled": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "partially_delivered": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
"""Twilio's states of an outbound message, and ours."""


def twilio_router(core: Core, acceptor: Acceptor, answers: StaffAnswers | None = None) -> APIRouter:
    """The routes that Twilio calls, each behind its signature.

    `answers` sees each message first: a page that was answered is no conversation.
    """
    router = APIRouter(prefix="/twilio", route_class=CheckedRoute)
    signed = Depends(TwilioSignature(core.settings, core.operator_alarms))
    receipts = Receipts(core)

    @router.post("/sms")
    @router.post("/whatsapp")
    async def receive(form: Form = signed) -> Response:
        await take(acceptor, read_inbound(form, core.settings), answers)
        return empty_answer()

    @router.post("/status")
    async def receive_status(request: Request, form: Form = signed) -> Response:
        query = request.query_params
        receipt = read_receipt(form, query.get("message"), query.get("attempt"))
        if receipt is not None:
            await patiently(lambda: receipts.apply(receipt))
        return empty_answer()

    return router


def empty_answer() -> Response:
    """Tells Twilio that we have it, and to say nothing."""
    document = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
    return Response(document, media_type="text/xml", headers={"Cache-Control": "no-store"})


def read_inbound(form: Form, settings: Settings) -> Inbound:
    """The message in a verified form.

    The door is told by the sender's address and not by the route: a Messaging
    Service has one address for both. Voice notes are noted with their ids, all else that
    is attached is only counted; nothing is fetched (domain-facts 4.4). Raises
    `BadRequestError` when id or sender is missing.
    """
    sender = form.get("From", "").strip()
    provider_id = form.get("MessageSid", "")
    if not sender.removeprefix(_WHATSAPP) or not provider_id:
        raise BadRequestError(code="field_missing")
    if len(provider_id) > _MAX_ID_CHARACTERS:
        raise BadRequestError(code="field_too_long")
    door: TextDoor = "whatsapp" if sender.startswith(_WHATSAPP) else "sms"
    notes, attachments = _attached(form, settings)
    return Inbound(
        door=door,
        address=sender.removeprefix(_WHATSAPP),
        text=_pressed(form) or form.get("Body", ""),
        provider_id=provider_id,
        notes=notes,
        attachments=attachments,
        number=_number(form, settings, door),
    )


def _attached(form: Form, settings: Settings) -> tuple[frozenset[str], tuple[Attachment, ...]]:
    """What is to be noted of everything attached, and the voice notes among it."""
    said = form.get("NumMedia", "").strip()
    if said in ("", "0"):
        return frozenset(), ()
    notes: set[str] = set()
    voices: list[Attachment] = []
    for place in range(min(int(said), _MAX_MEDIA) if _COUNT.fullmatch(said) else 1):
        kind = form.get(f"MediaContentType{place}", "").strip().lower()
        sid = recording_of(settings, form.get(f"MediaUrl{place}", ""))
        if kind.startswith("audio/") and sid is not None:
            voices.append(Attachment(sid, "voice"))
        else:
            notes.add("media")
    return frozenset(notes | {"voice"} if voices else notes), tuple(voices)


def _pressed(form: Form) -> str | None:
    """The menu number of a button or list line of ours that she pressed; None for all else.

    https://www.twilio.com/docs/whatsapp/buttons: the ids are those we gave them.
    """
    pressed = form.get("ButtonPayload") or form.get("ListId") or ""
    return pressed if _MENU_NUMBER.fullmatch(pressed) else None


def _number(form: Form, settings: Settings, door: TextDoor) -> int | None:
    """Which of our numbers she wrote to, when we have several."""
    if len(pool(settings, door)) == 1:
        return None
    return number_of(settings, door, form.get("To", "").strip())


def read_receipt(form: Form, reference: str | None, attempt: str | None = None) -> Receipt | None:
    """The receipt in a verified form; None for a state we do not know, which is counted.

    `reference` is our message id from the callback's URL and `attempt` the number of the
    attempt; what is neither is ignored.
    """
    provider_id = form.get("MessageSid", "")
    if not provider_id or len(provider_id) > _MAX_ID_CHARACTERS:
        raise BadRequestError(code="field_missing")
    state = _STATES.get(form.get("MessageStatus", ""))
    if state is None:
        log().info("twilio_state_ignored", count=1)
        return None
    error = form.get("ErrorCode", "")
    return Receipt(
        provider_id=provider_id,
        state=state,
        error=error if _ERROR_CODE.fullmatch(error) else None,
        message_id=_uuid(reference),
        attempt=int(attempt) if attempt and _ATTEMPT.fullmatch(attempt) else None,
        meaning=meaning_of(error),
    )


def _uuid(value: str | None) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        return None
