"""The bar of every page: whether I am called for new cases; away, back, a breath, on again."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from amaan.errors import InputError
from handoff.console.gate import ClosedRoute, InOffice, Me, opened_by, permitted
from handoff.console.office import Office, office_of
from handoff.console.views import Board
from handoff.console.wall import Wall
from handoff.own_hours import OwnHours
from handoff.own_state import own_state
from handoff.pause import Outlook, Pauses
from handoff.permissions import Permission
from handoff.viewer import Viewer

router = APIRouter(route_class=ClosedRoute)

_TAKES_CASES = permitted(Permission.CASE_CLAIM)
# Pages that a browser without script can be sent back to.
_PAGES = re.compile(
    r"/(closed|figures|roster|profile|people|trail|account|operator-alarms"
    r"|cases/[0-9a-f-]{36}|complaints(/[0-9a-f-]{36})?)?"
)


async def note_own_state(request: Request) -> None:
    """Dependency of every route: fills in `Viewer.own` where a whole page may be made.

    What pages read by themselves, some of it at every alarm, is spared the look-up.
    """
    me: Viewer | None = getattr(request.state, "me", None)
    stream = "text/event-stream" in request.headers.get("accept", "")
    if me is not None and not stream and not _wants_part(request):
        await _look(request, me)


async def _look(request: Request, me: Viewer) -> Viewer:
    request.state.me = replace(me, own=await own_state(office_of(request).core, me))
    found: Viewer = request.state.me
    return found


def pauses_of(request: Request) -> Pauses:
    """Pauses of the app that serves `request`."""
    office = office_of(request)
    return Pauses(office.core, office.transfers)


InPauses = Annotated[Pauses, Depends(pauses_of)]
Word = Annotated[str, Form(max_length=40)]
Back = Annotated[str, Form(max_length=100)]


@router.get("/duty")
@opened_by(_TAKES_CASES)
async def bar(
    request: Request, office: InOffice, me: Me, seen: str = "", deed: bool = False
) -> Response:
    """The bar anew, or nothing when an open page shows it already."""
    me = await _look(request, me)
    if me.own is None or me.own.key == seen:
        return Response(status_code=204)
    return office.pages.html("_duty_part.html", me=me, deed=deed)


@router.post("/duty/away")
@opened_by(_TAKES_CASES)
async def away(
    request: Request, office: InOffice, me: Me, until: Word = "", sure: Word = "", back: Back = ""
) -> Response:
    """I am not called before a time; asks once when nobody else is on duty."""
    me, hours = await _look(request, me), OwnHours(office.core)
    try:
        zone = me.own.time_zone if me.own else "UTC"
        at = Wall(zone, me.interface, office.core.clock.now()).read(until, "period")
        alone = [] if sure else await hours.alone(me, at)
        if alone:
            return await _ask(request, me, outlook=Outlook(0, alone), until=until, back=back)
        await hours.away(me, at)
    except InputError as error:
        return await _ask(request, me, problem=error, until=until, back=back)
    return await _done(request, me, back)


@router.post("/duty/back")
@opened_by(_TAKES_CASES)
async def is_back(request: Request, office: InOffice, me: Me, back: Back = "") -> Response:
    """I am called again."""
    await OwnHours(office.core).back(me)
    return await _done(request, me, back)


@router.post("/duty/pause")
@opened_by(_TAKES_CASES)
async def pause(
    request: Request,
    me: Me,
    pauses: InPauses,
    minutes: Annotated[int, Form()] = 0,
    sure: Word = "",
    back: Back = "",
) -> Response:
    """A breath; asks once when she holds chats or is the only one on duty."""
    outlook = await pauses.outlook(me, minutes)
    if outlook.asks and not sure:
        return await _ask(request, me, outlook=outlook, minutes=minutes, back=back)
    await pauses.begin(me, minutes)
    return await _done(request, me, back)


@router.post("/duty/resume")
@opened_by(_TAKES_CASES)
async def resume(request: Request, me: Me, pauses: InPauses, back: Back = "") -> Response:
    """On again before the pause ends by itself."""
    await pauses.end(me)
    return await _done(request, me, back)


@router.post("/duty/hand-over")
@opened_by(_TAKES_CASES)
async def hand_over(request: Request, me: Me, pauses: InPauses, back: Back = "") -> Response:
    """Lets the chats go that she still holds in a pause or while away."""
    await pauses.give(me)
    return await _done(request, me, back)


async def board_of(office: Office, me: Viewer) -> Board | None:
    """The queue for the line that says how many wait: who takes cases hears of them everywhere."""
    if not me.may(Permission.QUEUE_SEE):
        return None
    return Board.of(await office.reading.queue(me), me.staff_id)


async def _ask(
    request: Request,
    me: Viewer,
    *,
    back: str,
    outlook: Outlook | None = None,
    minutes: int = 0,
    problem: InputError | None = None,
    until: str = "",
) -> Response:
    """Something must be answered first: in the bar itself, without script on a page."""
    me, office = await _look(request, me), office_of(request)
    values: dict[str, Any] = {
        "me": me,
        "outlook": outlook,
        "minutes": minutes,
        "problem": problem.code if problem else None,
        "typed_until": until,
        "came_from": _back(request, back),
    }
    status = problem.http_status if problem else 200
    if _wants_part(request):
        # Named anew, because the page shows no refused answer without it.
        headers = {"hx-retarget": "#mine", "hx-reswap": "innerHTML"}
        answer: Response = office.pages.html(
            "_duty_part.html", status=status, headers=headers, deed=True, **values
        )
        return answer
    return office.pages.html(
        "pause.html", status=status, board=await board_of(office, me), **values
    )


async def _done(request: Request, me: Viewer, back: str) -> Response:
    if _wants_part(request):
        me = await _look(request, me)
        return office_of(request).pages.html("_duty_part.html", me=me, deed=True)
    return RedirectResponse(_back(request, back), status_code=303)


def _back(request: Request, named: str) -> str:
    """The page she came from, when it is one that can be shown again; else her first."""
    path = named or urlsplit(request.headers.get("referer", "")).path
    return path if _PAGES.fullmatch(path) else "/"


def _wants_part(request: Request) -> bool:
    return "hx-request" in request.headers and "hx-boosted" not in request.headers
