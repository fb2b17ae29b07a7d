"""Answers to what could not be done: a page for browsers, `{"error": code}` for everything else."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from amaan.settings import Settings
from amaan.words import Catalogues
from telephony.web.form import preferred_variant
from telephony.web.page import Page, View

_NOTES = {413: "web.too_long"}


class ErrorAnswers:
    """Shows a browser a fresh page with the phone lines on it, whatever happened.

    The status says only what is surely true: nothing claims that a person was
    called, because a failed request called nobody.
    """

    def __init__(self, catalogues: Catalogues, settings: Settings) -> None:
        self._page = Page(catalogues, settings)

    def answer(self, request: Request, status: int, code: str) -> Response:
        """The answer to one failed request."""
        if not wants_html(request):
            return JSONResponse({"error": code}, status)
        variant = preferred_variant(request.headers.get("accept-language", ""))
        note = _NOTES.get(status)
        if note is None and request.method == "POST":
            note = "web.not_sent"
        return HTMLResponse(self._page.render(View(variant, note=note)), status, self._page.headers)


def wants_html(request: Request) -> bool:
    """Whether a browser asks for a page (and not our script or a program for data)."""
    return "text/html" in request.headers.get("accept", "")
