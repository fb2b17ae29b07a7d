"""The stand-in's other resources: sounds that phones sent, and contents for buttons and lists."""

# No postponed annotations: FastAPI resolves those of the nested handlers as they stand.

import secrets
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from telephony.twilio.stand_in_answers import Desk, error
from telephony.twilio.stand_in_phones import Content

_MEDIA = "/2010-04-01/Accounts/{account_sid}/Messages/{message_sid}/Media/{media_sid}"
_LIMITS = {"twilio/quick-reply": ("actions", 3), "twilio/list-picker": ("items", 10)}
"""Most options without WhatsApp's approval: https://www.twilio.com/docs/content/twilio-quick-reply
and https://www.twilio.com/docs/content/twiliolist-picker (read 2026-11-22)."""


def things_router(desk: Desk) -> APIRouter:
    """Media and contents."""
    router = APIRouter()
    router.include_router(_media_router(desk))
    router.include_router(_content_router(desk))
    return router


def _media_router(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.get(_MEDIA)
    async def media(
        account_sid: str, message_sid: str, media_sid: str, request: Request
    ) -> Response:
        refusal = desk.refusal(account_sid, request)
        if refusal is not None:
            return refusal
        found = desk.book.media.get(f"{message_sid}/{media_sid}")
        if found is None:
            return error(404, 20404, "The requested resource was not found")
        return Response(found.body, media_type=found.content_type)

    @router.delete(_MEDIA + ".json")
    async def delete_media(
        account_sid: str, message_sid: str, media_sid: str, request: Request
    ) -> Response:
        refusal = desk.refusal(account_sid, request)
        if refusal is not None:
            return refusal
        if desk.book.media.pop(f"{message_sid}/{media_sid}", None) is None:
            return error(404, 20404, "The requested resource was not found")
        return Response(status_code=204)

    return router


def _content_router(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/Content")
    async def create_content(request: Request) -> JSONResponse:
        refusal = desk.refusal(desk.settings.twilio_account_sid, request)
        if refusal is not None:
            return refusal
        wanted: dict[str, Any] = await request.json()
        # The library names every type there is and leaves those that are not meant empty.
        types = {kind: shape for kind, shape in (wanted.get("types") or {}).items() if shape}
        if not wanted.get("language") or not _fits(types):
            return error(400, 20001, "Bad Request")
        content = Content("HX" + secrets.token_hex(16), types, wanted.get("friendly_name"))
        desk.book.contents[content.sid] = content
        return JSONResponse(_shown(content), 201)

    @router.get("/v1/Content")
    async def list_contents(request: Request) -> JSONResponse:
        refusal = desk.refusal(desk.settings.twilio_account_sid, request)
        if refusal is not None:
            return refusal
        contents = [_shown(one) for one in desk.book.contents.values()]
        meta = {"key": "contents", "page": 0, "page_size": 1000, "next_page_url": None}
        return JSONResponse({"contents": contents, "meta": meta})

    return router


def _shown(content: Content) -> dict[str, Any]:
    return {"sid": content.sid, "types": content.types, "friendly_name": content.name}


def _fits(types: dict[str, Any]) -> bool:
    if len(types) != 1:
        return False
    ((kind, shape),) = types.items()
    if kind not in _LIMITS or not shape.get("body"):
        return False
    name, most = _LIMITS[kind]
    return 1 <= len(shape.get(name, ())) <= most
