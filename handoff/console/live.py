"""The live stream of one open page: says that something changed, never what.

Events: ``queue`` (any case or operator alarm changed), ``case`` (the open case changed),
``conversation`` (its conversation changed or was erased), ``paged`` (this very supervisor
is called), ``resync`` (notices may have been missed: first of every stream), ``ended`` (the
session is over). The page then reads again through its own checks.

An open stream is also what proves that its supervisor is there (`handoff.lapse`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from amaan.live import RESYNC, Hub
from amaan.ports import JSON
from amaan.storage.database import CONSOLE_CHANNEL, CONVERSATION_CHANNEL
from handoff.console.gate import ClosedRoute, InOffice, Me, opened_by, permitted
from handoff.console.security import SESSION_COOKIE
from handoff.pager import PAGED_YOU
from handoff.permissions import Permission

router = APIRouter(route_class=ClosedRoute)

HEARTBEAT_SECONDS = 10.0
"""How often a quiet stream proves that it lives, and looks whether its session still does."""

REST_SECONDS = 0.4
"""So long after one wave of events the next waits and is one: forty consoles that read the
queue again at every notice of a spike keep each other waiting longer (`make bench-handoff`).
An alarm on a quiet console goes out at once, and the bar is one second."""

Alive = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Interest:
    """What one open page wants to hear of."""

    staff_id: UUID
    """Who looks at it."""
    conversation_id: UUID | None = None
    """The conversation it shows, if any."""
    escalation_id: UUID | None = None
    """The case it shows, if any."""


@router.get("/live")
@opened_by(permitted(Permission.QUEUE_SEE))
async def live_queue(request: Request, office: InOffice, me: Me) -> Response:
    """The stream of pages that show no case."""
    await office.presence.seen(me.staff_id)
    return _stream(office.core.hub, Interest(me.staff_id), _alive(request, office))


@router.get("/cases/{escalation_id}/live")
@opened_by(permitted(Permission.CASE_READ))
async def live_case(escalation_id: UUID, request: Request, office: InOffice, me: Me) -> Response:
    """The stream of a case's page."""
    case = await office.reading.glance(me, escalation_id)
    await office.presence.seen(me.staff_id)
    interest = Interest(me.staff_id, case.conversation_id, escalation_id)
    return _stream(office.core.hub, interest, _alive(request, office))


def _alive(request: Request, office: InOffice) -> Alive:
    token = request.cookies.get(SESSION_COOKIE, "")

    async def alive() -> bool:
        viewer = await office.staff.viewer(token, touch=False)
        if viewer is None:
            return False
        await office.presence.seen(viewer.staff_id)
        return True

    return alive


def _stream(hub: Hub, interest: Interest, alive: Alive) -> Response:
    return StreamingResponse(
        events(hub, interest, alive),
        media_type="text/event-stream",
        # Proxies that collect answers would hold the alarm back.
        headers={"x-accel-buffering": "no"},
    )


async def events(
    hub: Hub,
    interest: Interest,
    alive: Alive,
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
) -> AsyncIterator[str]:
    """The stream's text. Ends when `alive` says so; subscribes before the first event."""
    async with (
        hub.subscribe(CONSOLE_CHANNEL) as console,
        hub.subscribe(CONVERSATION_CHANNEL) as conversations,
    ):
        # A dropped stream is opened again after a quarter of a second: an alarm has one second.
        yield "retry: 250\n"
        yield _event("resync")
        loop = asyncio.get_running_loop()
        look_at = loop.time() + heartbeat_seconds
        while True:
            names = await _next(console, conversations, interest, look_at - loop.time())
            for name in names:
                yield _event(name)
            if names:
                await asyncio.sleep(REST_SECONDS)
            if loop.time() >= look_at:
                if not await alive():
                    yield _event("ended")
                    return
                yield ": alive\n\n"
                look_at = loop.time() + heartbeat_seconds


def _event(name: str) -> str:
    # An event without data is not dispatched (HTML standard, 9.2.6).
    return f"event: {name}\ndata: {name}\n\n"


async def _next(
    console: asyncio.Queue[JSON],
    conversations: asyncio.Queue[JSON],
    interest: Interest,
    timeout: float,  # noqa: ASYNC109 - a timeout is an ordinary outcome here
) -> list[str]:
    """The events due now, each once, after waiting for a notice for at most `timeout`."""
    waiting = {asyncio.ensure_future(queue.get()) for queue in (console, conversations)}
    try:
        done, _ = await asyncio.wait(
            waiting, timeout=max(0.0, timeout), return_when=asyncio.FIRST_COMPLETED
        )
        notices = [task.result() for task in done]
    finally:
        for task in waiting:
            task.cancel()
    for queue in (console, conversations):
        while not queue.empty():
            notices.append(queue.get_nowait())
    return _names(notices, interest)


def _names(notices: list[JSON], interest: Interest) -> list[str]:
    if RESYNC in notices:
        return ["resync"]
    names: list[str] = []
    if any("conversation_id" not in notice for notice in notices):
        names.append("queue")
    if any(n.get("escalation_id") == str(interest.escalation_id) for n in notices):
        names.append("case")
    me = str(interest.staff_id)
    if any(n.get("change") == PAGED_YOU and n.get("staff_id") == me for n in notices):
        names.append("paged")
    if any(n.get("conversation_id") == str(interest.conversation_id) for n in notices):
        names.append("conversation")
    return names
