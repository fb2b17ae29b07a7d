"""How the stand-in says no, in Twilio's shape."""

from __future__ import annotations

from typing import Protocol

from fastapi import Request
from fastapi.responses import JSONResponse

from amaan.settings import Settings
from telephony.twilio.stand_in_book import Book


class Desk(Protocol):
    """The part of the stand-in that its other routes need."""

    book: Book
    settings: Settings

    def refusal(self, account_sid: str, request: Request) -> JSONResponse | None:
        """Why a request is not our account's; None when it is."""
        ...

    async def post_signed(self, url: str, form: dict[str, str]) -> int | None:
        """Calls one of our webhooks as Twilio does."""
        ...


def error(status: int, code: int, message: str) -> JSONResponse:
    """An error as Twilio answers it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": message, "more_info": more, "status": status}
    return JSONResponse(body, status)
