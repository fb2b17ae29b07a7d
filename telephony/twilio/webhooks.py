"""What Twilio calls: a message came in, or the state of one that went out changed.

Each route stores and answers at once with an empty TwiML document; answers to
the person leave later, by REST. Twilio does not repeat a request that we
answered with an error, so a database that is restarting is waited for.
"""

# No postponed annotations: FastAPI resolves those of the nested handlers as they stand.

import asyncio
import re
from typing import Literal
from uuid import UUID

import psycopg
from fastapi import APIRouter, Depends, Request, Response
from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import SQLAlchemyError

from amaan.conversation import Acceptor
from amaan.core import Core
from amaan.errors import StorageError
from amaan.logs import log
from amaan.ports import Inbound, StaffAnswers
from telephony.access import BadRequestError, CheckedRoute
from telephony.receipts import Receipt, Receipts
from telephony.twilio.signature import Form, TwilioSignature

_WHATSAPP = "whatsapp:"
# Twilio gives up reading after 15 s (platform notes, section 2): these add up to less.
_STORAGE_WAITS_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)
_STORAGE_TROUBLE = (SQLAlchemyError, psycopg.Error, ConnectorException, OSError)
_MAX_ID_CHARACTERS = 64
_ERROR_CODE = re.compile(r"[0-9]{1,16}")

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
        await _accept(acceptor, read_inbound(form), answers)
        return empty_answer()

    @router.post("/status")
    async def receive_status(request: Request, form: Form = signed) -> Response:
        receipt = read_receipt(form, request.query_params.get("message"))
        if receipt is not None:
            await receipts.apply(receipt)
        return empty_answer()

    return router


def empty_answer() -> Response:
    """Tells Twilio that we have it, and to say nothing."""
    document = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
    return Response(document, media_type="text/xml", headers={"Cache-Control": "no-store"})


def read_inbound(form: Form) -> Inbound:
    """The message in a verified form.

    The door is told by the sender's address and not by the route: a Messaging
    Service has one address for both. Attachments are noted and never fetched
    (domain-facts 4.4). Raises `BadRequestError` when id or sender is missing.
    """
    sender = form.get("From", "").strip()
    provider_id = form.get("MessageSid", "")
    if not sender.removeprefix(_WHATSAPP) or not provider_id:
        raise BadRequestError(code="field_missing")
    if len(provider_id) > _MAX_ID_CHARACTERS:
        raise BadRequestError(code="field_too_long")
    attached = form.get("NumMedia", "").strip() not in ("", "0")
    return Inbound(
        door="whatsapp" if sender.startswith(_WHATSAPP) else "sms",
        address=sender.removeprefix(_WHATSAPP),
        text=form.get("Body", ""),
        provider_id=provider_id,
        notes=frozenset({"media"}) if attached else frozenset(),
    )


def read_receipt(form: Form, reference: str | None) -> Receipt | None:
    """The receipt in a verified form; None for a state we do not know, which is counted.

    `reference` is our message id from the callback's URL; one that is none is ignored.
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
    )


def _uuid(value: str | None) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        return None


async def _accept(
    acceptor: Acceptor, inbound: Inbound, answers: StaffAnswers | None = None
) -> None:
    """Stores `inbound`, waiting out a restart of the database. Ids are claimed, so once."""
    for wait in (*_STORAGE_WAITS_SECONDS, None):
        try:
            if not await _was_answer(answers, inbound):
                await acceptor.accept(inbound)
            return
        except _STORAGE_TROUBLE as error:
            log().warning("storage_waited_for", error_type=type(error).__name__)
            if wait is None:
                raise StorageError("the database did not take a message") from None
            await asyncio.sleep(wait)


async def _was_answer(answers: StaffAnswers | None, inbound: Inbound) -> bool:
    """Whether staff answered a page. Whatever goes wrong in there, no message is lost by it."""
    if answers is None:
        return False
    try:
        return await answers.take(inbound.door, inbound.address, inbound.text, inbound.provider_id)
    except _STORAGE_TROUBLE:
        raise
    except Exception as error:  # see above
        log().error("staff_answer_failed", error_type=type(error).__name__)
        return False
