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
from amaan.ports import JSON
from telephony.web.chat import WebChat
from telephony.web.checks import OpenToAll, OwnPage, PageRoute
from telephony.web.errors import wants_html
from telephony.web.form import Posted, new_secret, preferred_variant, read_form
from telephony.web.page import Page, View

# What the browser is asked to forget on leaving; "cache" empties the back button's memory too.
_FORGET = '"cache", "cookies", "storage"'


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
        if not wants_html(request):
            return JSONResponse(await self._as_json(posted))
        try:
            return self.html(await self._as_view(posted))
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
        """Blank at once, then on to the harmless page.

        A blank page of ours rather than a redirect: on a slow line a redirect leaves
        the chat on the screen until the other site has answered. The secret is made
        useless afterwards: nothing may hold up the exit.
        """
        try:
            secret = (await read_form(request)).secret
        except AmaanError:
            secret = None
        return HTMLResponse(
            self._page.render_leave(),
            headers={"Clear-Site-Data": _FORGET},
            background=BackgroundTask(self._forget, secret) if secret else None,
        )

    async def _forget(self, secret: str) -> None:
        try:
            await self._chat.leave(secret)
        except Exception as error:
            log().error("leave_failed", error_type=type(error).__name__)

    def html(self, view: View, status: int = 200) -> Response:
        """The page with its policy."""
        headers = {"Content-Security-Policy": self._page.policy}
        return HTMLResponse(self._page.render(view), status, headers)

    async def _as_view(self, posted: Posted) -> View:
        if posted.action == "send":
            try:
                transcript = await self._chat.accept_and_wait(posted)
            except ErasedError:
                return _lost(posted, was_taken=await self._chat.was_taken(posted))
            note = "web.erased" if transcript is None else None
            return View.of(posted, transcript, note)
        if posted.action == "erase_now":
            await self._chat.erase(posted.secret)
            return View.of(posted, None, "web.erased")
        transcript = await self._chat.read(posted.secret)
        is_lost = transcript is None and posted.has_started
        return View.of(posted, transcript, "web.ended" if is_lost else None)

    async def _as_json(self, posted: Posted) -> JSON:
        if posted.action == "erase_now":
            await self._chat.erase(posted.secret)
            return _ended()
        if posted.action == "send":
            try:
                conversation_id = await self._chat.accept(posted)
            except ErasedError:
                return _ended()
            transcript = await self._chat.read_id(conversation_id, posted.after)
        else:
            transcript = await self._chat.read(posted.secret, posted.after)
            if transcript is None and not posted.has_started:
                return {"messages": [], "waiting": False, "ended": False}
        return transcript.to_json() if transcript is not None else _ended()


def web_router(core: Core, acceptor: Acceptor, eraser: Eraser) -> APIRouter:
    """The web chat's routes."""
    page = Page(core.catalogues, core.settings.exit_url)
    door = WebDoor(page, WebChat(core, acceptor, eraser))
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
