"""The queue page: who waits, in how great danger, for how long."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from handoff.console.complaints import with_complaints
from handoff.console.gate import ClosedRoute, InOffice, Me, opened_by, permitted
from handoff.console.office import Office
from handoff.console.views import Board
from handoff.permissions import Permission
from handoff.staff import Viewer

router = APIRouter(route_class=ClosedRoute)


async def _values(office: Office, me: Viewer) -> dict[str, Any]:
    lines = await office.reading.queue(me)
    alarms = await office.reading.operator_alarms(me)
    me = await with_complaints(office, me)
    return {"me": me, "board": Board.of(lines, me.staff_id), "alarms": alarms}


@router.get("/")
@opened_by(permitted(Permission.QUEUE_SEE))
async def queue(office: InOffice, me: Me) -> Response:
    """The whole page."""
    return office.pages.html("queue.html", **await _values(office, me))


@router.get("/queue")
@opened_by(permitted(Permission.QUEUE_SEE))
async def queue_list(office: InOffice, me: Me) -> Response:
    """What a page that is open reads again when something changed."""
    return office.pages.html("_queue_live.html", **await _values(office, me))


@router.get("/closed")
@opened_by(permitted(Permission.QUEUE_SEE))
async def closed(office: InOffice, me: Me) -> Response:
    """The cases closed last, as records without content, those she erased among them."""
    lines = await office.reading.closed(me)
    return office.pages.html("closed.html", **await _values(office, me), lines=lines)


@router.get("/strip")
@opened_by(permitted(Permission.QUEUE_SEE))
async def strip(office: InOffice, me: Me) -> Response:
    """Only the line that says how many wait, for pages that show no queue."""
    board = Board.of(await office.reading.queue(me), me.staff_id)
    me = await with_complaints(office, me)
    return office.pages.html("_strip_live.html", me=me, board=board, oob=False)


@router.get("/operator-alarms")
@opened_by(permitted(Permission.OPERATOR_ALARM_SEE))
async def operator_alarms(office: InOffice, me: Me) -> Response:
    """Alarms of the house, for administrators, who see no queue."""
    alarms = await office.reading.operator_alarms(me)
    return office.pages.html("alarms.html", me=me, alarms=alarms, board=None)


@router.post("/operator-alarms/clear")
@opened_by(permitted(Permission.OPERATOR_ALARM_CLEAR))
async def clear_operator_alarm(
    office: InOffice, me: Me, kind: Annotated[str, Form(max_length=40)]
) -> Response:
    """Takes one operator alarm from everybody's page."""
    await office.reading.clear_operator_alarm(me, kind)
    home = "/" if me.may(Permission.QUEUE_SEE) else "/operator-alarms"
    return RedirectResponse(home, status_code=303)
