"""The stand-in's routes for tests and for trying out by hand; each begins with two underscores.

- ``POST /__faults`` orders what goes wrong next:
  ``{"kind", "times"?, "seconds"?, "order"?, "code"?}``
- ``GET /__sent`` lists what was sent, ``GET /__calls`` whom it telephoned
- ``POST /__inbound`` plays a phone: ``{"door", "from", "body", "to"?, "media"?, "press"?}``;
  `media` is a count of pictures or a list of content types, `press` a menu number
"""

# No postponed annotations: FastAPI resolves those of the nested handlers as they stand.

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from telephony.pool import pool
from telephony.sender import TextDoor
from telephony.twilio.media import TWILIO
from telephony.twilio.stand_in_answers import Desk, error
from telephony.twilio.stand_in_book import FAULTS, Fault
from telephony.twilio.stand_in_phones import Media

Answer = Callable[[Request], Awaitable[JSONResponse]]


def tests_router(desk: Desk) -> APIRouter:
    """Routes for tests alone."""
    router = APIRouter(dependencies=[Depends(_from_no_page)])

    @router.post("/__faults")
    async def order_faults(request: Request) -> JSONResponse:
        wanted: dict[str, Any] = await request.json()
        if wanted.get("kind") not in FAULTS:
            return error(400, 400, "unknown fault")
        fault = Fault(
            wanted["kind"],
            float(wanted.get("seconds", 30)),
            tuple(wanted.get("order", ())),
            int(wanted.get("code", 30008)),
        )
        desk.book.faults.extend([fault] * int(wanted.get("times", 1)))
        return JSONResponse({"waiting": len(desk.book.faults)})

    @router.get("/__sent")
    async def list_sent() -> JSONResponse:
        return JSONResponse(
            [{**message.to_json(), "door": message.door} for message in desk.book.sent]
        )

    @router.get("/__calls")
    async def list_calls() -> JSONResponse:
        return JSONResponse([{**call.to_json(), "twiml": call.twiml} for call in desk.book.calls])

    @router.post("/__inbound")
    async def play_phone(request: Request) -> JSONResponse:
        return await _write_in(desk, await request.json())

    return router


async def _from_no_page(request: Request) -> None:
    # Browsers name the origin of a page that posts here; tests and people do not.
    if "origin" in request.headers:
        raise HTTPException(403)


async def _write_in(desk: Desk, wanted: dict[str, Any]) -> JSONResponse:
    """Has one of our webhooks called as if a phone had written."""
    door: TextDoor = "whatsapp" if wanted.get("door") == "whatsapp" else "sms"
    prefix = "whatsapp:" if door == "whatsapp" else ""
    form = {
        "MessageSid": wanted.get("sid") or "SM" + secrets.token_hex(16),
        "AccountSid": desk.settings.twilio_account_sid,
        "From": prefix + str(wanted["from"]),
        "To": wanted.get("to") or pool(desk.settings, door)[0],
        "Body": str(wanted.get("body", "")),
        **_pressed(wanted),
    }
    form |= _attached(desk, form["MessageSid"], wanted.get("media", 0))
    desk.book.phones.wrote(form["From"], form["To"], form["Body"])
    status = await desk.post_signed(f"{desk.settings.origin}/twilio/{door}", form)
    return JSONResponse({"sid": form["MessageSid"], "status": status})


def _pressed(wanted: dict[str, Any]) -> dict[str, str]:
    pressed = wanted.get("press")
    return {} if pressed is None else {"ButtonPayload": str(pressed), "ButtonText": "label"}


def _attached(desk: Desk, message_sid: str, media: int | list[str]) -> dict[str, str]:
    kinds = ["image/jpeg"] * media if isinstance(media, int) else media
    form = {"NumMedia": str(len(kinds))}
    base = (desk.settings.twilio_base_url or TWILIO).rstrip("/")
    account = f"{base}/2010-04-01/Accounts/{desk.settings.twilio_account_sid}"
    for place, kind in enumerate(kinds):
        sid = "ME" + secrets.token_hex(16)
        desk.book.media[f"{message_sid}/{sid}"] = Media(kind)
        form[f"MediaContentType{place}"] = kind
        form[f"MediaUrl{place}"] = f"{account}/Messages/{message_sid}/Media/{sid}"
    return form
