"""The routes of the web chat. Each shows the check that opens it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from amaan.conversation import Acceptor, Eraser
from amaan.core import Core
from amaan.errors import AmaanError, ErasedError
from amaan.logs import log
from amaan.ports import JSON, Papers
from amaan.text import screen
from telephony.web.chat import WebChat
from telephony.web.checks import OpenToAll, OwnPage, PageRoute
from telephony.web.errors import wants_html
from telephony.web.form import Posted, new_secret, preferred_variant, read_form
from telephony.web.page import Page, View
from telephony.web.paper import NoPapers, sheet_answer
from telephony.web.safety import Taken

_FORGET = {"Clear-Site-Data": '"cache", "storage"'}
"""What the browser is asked to forget after leaving and erasing; "cache" empties the back
button's memory too. Not "cookies": we have none, and it would sign out whoever works at the
console of the same host; not "executionContexts": it loads the blank page again on its way out."""


class WebDoor:
    """Answers the page, as HTML for a plain form and as JSON for its script."""

    def __init__(self, page: Page, chat: WebChat) -> None:
        self._page = page
        self._chat = chat

    async def start(self, request: Request) -> Response:
        """The page with nothing on it yet."""
        variant = preferred_variant(request.headers.get("accept-language", ""))
        return self.html(View(variant))

    async def post(self, request: Request) -> Response:
        """Whatever a button on the page asks for."""
        posted = await read_form(request)
        if posted.action == "leave":
            # Under the page's own address: another would stand in the history and tell of it.
            return self._gone(posted.secret)
        response = await self._answer(request, posted)
        if posted.action == "erase_now" and wants_html(request):
            # Browsers refuse it to a script that asks without credentials, as ours does; that
            # page says it on leaving.
            response.headers.update(_FORGET)
        return response

    async def _answer(self, request: Request, posted: Posted) -> Response:
        if not wants_html(request):
            taken = await self._chat.safety.take(posted, by_script=True)
            if taken.outcome is not None and taken.outcome.is_held:
                return JSONResponse({"error": "slow"}, 429)
            sheet = await self._sheet(taken)
            return sheet or JSONResponse(await self._as_json(taken))
        try:
            taken = await self._chat.safety.take(posted, by_script=False)
            if taken.outcome is not None and taken.outcome.is_held:
                return self.html(_failed(posted), status=429)
            sheet = await self._sheet(taken)
            return sheet or self.html(await self._as_view(taken))
        except AmaanError:
            raise
        except Exception as error:
            # What she wrote is put back before her, under the same key, so that sending
            # it again neither loses nor doubles it.
            log().error("page_failed", error_type=type(error).__name__)
            return self.html(_failed(posted), status=503)

    async def live(self, request: Request) -> Response:
        """New messages as server-sent events. The secret comes in the body, never in an address."""
        posted = await read_form(request)
        events = _events(self._chat, posted)
        return StreamingResponse(events, media_type="text/event-stream")

    async def leave(self, request: Request) -> Response:
        """What the page's script tells after it has blanked the page."""
        try:
            secret = (await read_form(request)).secret
        except AmaanError:
            secret = None
        return self._gone(secret)

    def _gone(self, secret: str | None) -> Response:
        """Blank at once, then on to the harmless page.

        A blank page of ours rather than a redirect: on a slow line a redirect leaves
        the chat on the screen until the other site has answered. The secret is made
        useless afterwards: nothing may hold up the exit.
        """
        return HTMLResponse(
            self._page.render_leave(),
            headers=_FORGET,
            background=BackgroundTask(self._forget, secret) if secret else None,
        )

    async def _forget(self, secret: str) -> None:
        try:
            await self._chat.leave(secret)
        except Exception as error:
            log().error("leave_failed", error_type=type(error).__name__)

    async def _sheet(self, taken: Taken) -> Response | None:
        if taken.outcome is not None or taken.posted.action != "sheet":
            return None
        sheet = await self._chat.sheet(taken.posted.secret)
        return None if sheet is None else sheet_answer(sheet)

    async def _paper_note(self, taken: Taken) -> str | None:
        """Adds the proof, and says what became of it, or that there is no sheet."""
        if taken.posted.action == "sheet":
            return "web.sheet_none"
        if taken.posted.action == "add_proof":
            was_added = await self._chat.add_proof(taken.posted)
            return "web.proof_done" if was_added else "web.proof_none"
        return taken.note

    def html(self, view: View, status: int = 200) -> Response:
        """The page with its policy."""
        return HTMLResponse(self._page.render(view), status, self._page.headers)

    async def _as_view(self, taken: Taken) -> View:
        posted = taken.posted
        if taken.outcome is not None:
            return View.of_outcome(posted, taken.outcome)
        if posted.action == "send":
            try:
                transcript = await self._chat.accept_and_wait(posted)
            except ErasedError:
                return _lost(posted, was_taken=await self._chat.was_taken(posted))
            note = "web.erased" if transcript is None else taken.note
            return View.of(posted, transcript, note)
        if posted.action == "erase_now":
            await self._chat.erase(posted.secret)
            return View.of(posted, None, "web.erased")
        note = await self._paper_note(taken)
        transcript = await self._chat.read(posted.secret)
        is_lost = transcript is None and posted.has_started
        return View.of(posted, transcript, "web.ended" if is_lost else note)

    async def _as_json(self, taken: Taken) -> JSON:
        posted = taken.posted
        if taken.outcome is not None:
            return self._told(taken.outcome.to_json(), taken.outcome.note, posted)
        if posted.action == "erase_now":
            await self._chat.erase(posted.secret)
            return _ended()
        note = taken.note
        if posted.action == "send":
            try:
                conversation_id = await self._chat.accept(posted)
            except ErasedError:
                return _ended()
            transcript = await self._chat.read_id(conversation_id, posted.after)
        else:
            note = await self._paper_note(taken)
            transcript = await self._chat.read(posted.secret, posted.after)
            if transcript is None and not posted.has_started:
                return {"messages": [], "waiting": False, "ended": False}
        if transcript is None:
            return _ended()
        answer = {**transcript.to_json(), "added": note == "web.proof_done"}
        return self._told(answer, note, posted)

    def _told(self, answer: JSON, note: str | None, posted: Posted) -> JSON:
        if note is None:
            return answer
        return {**answer, "note": self._page.say(note, posted.variant)}


def web_router(
    core: Core, acceptor: Acceptor, eraser: Eraser, papers: Papers | None = None
) -> APIRouter:
    """The web chat's routes; without `papers` it knows of no complaint."""
    # The rules take most of a second to read: now, and not while everybody waits for it.
    screen("")
    page = Page(core.catalogues, core.settings)
    door = WebDoor(page, WebChat(core, acceptor, eraser, papers or NoPapers()))
    router = APIRouter(route_class=PageRoute)
    for path, method, answer, check in (
        ("/", "GET", door.start, OpenToAll()),
        ("/", "POST", door.post, OwnPage()),
        ("/live", "POST", door.live, OwnPage()),
        # Leaving is refused to nobody: it shows nothing and changes nothing here.
        ("/leave", "POST", door.leave, OpenToAll()),
    ):
        router.add_api_route(
            path, answer, methods=[method], dependencies=[Depends(check)], response_model=None
        )
    return router


def _lost(posted: Posted, *, was_taken: bool) -> View:
    """Her words come back only if never taken: not to somebody who posts an old form again."""
    return View(
        posted.variant,
        has_chosen=posted.has_chosen,
        draft="" if was_taken else posted.text,
        note="web.ended",
    )


def _failed(posted: Posted) -> View:
    return View(
        posted.variant,
        secret=posted.secret,
        message_key=posted.message_key,
        has_chosen=posted.has_chosen,
        draft=posted.text,
        note="web.not_sent",
    )


def _ended() -> JSON:
    return {"ended": True, "secret": new_secret()}


async def _events(chat: WebChat, posted: Posted) -> AsyncIterator[str]:
    async for found in chat.follow(posted.secret, posted.after):
        if found is None:
            yield ": \n\n"
        else:
            answer = {**found, "secret": new_secret()} if found["ended"] else found
            yield f"data: {json.dumps(answer, ensure_ascii=False)}\n\n"
