"""Complaints that need a human: the list, and one complaint with what can be done about it.

Nobody has to press anything for a complaint to leave: the page says when it does by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from amaan.errors import NotFoundError
from handoff.console import complaintwords
from handoff.console.complaintviews import ComplaintView
from handoff.console.gate import ClosedRoute, InOffice, Me, opened_by, permitted
from handoff.console.handover import police_sheet
from handoff.console.office import Office, office_of
from handoff.console.views import Board
from handoff.permissions import Permission
from handoff.tiers import TIERS
from handoff.viewer import Viewer
from intake.paper import FILE_NAME, make_pdf

router = APIRouter(route_class=ClosedRoute)

_MAY = permitted(Permission.COMPLAINT_REVIEW)

Code = Annotated[str, Form(max_length=40)]
Shape = Annotated[str, Form(max_length=120)]


async def note_waiting(request: Request) -> None:
    """Dependency of every route: how many complaints wait, for the navigation of whole pages."""
    me: Viewer | None = getattr(request.state, "me", None)
    if me is not None and request.method == "GET" and not _wants_part(request):
        request.state.me = await with_complaints(office_of(request), me)


async def with_complaints(office: Office, me: Viewer) -> Viewer:
    """`me` with how many complaints wait for a human."""
    return replace(me, complaints=await office.reviews.waiting(me))


@router.get("/complaints")
@opened_by(_MAY)
async def complaints(office: InOffice, me: Me) -> Response:
    """The whole page."""
    return office.pages.html("complaints.html", **await _list_values(office, me))


@router.get("/complaints/list")
@opened_by(_MAY)
async def complaints_list(office: InOffice, me: Me) -> Response:
    """What a page that is open reads again when something changed."""
    return office.pages.html("_complaints_live.html", **await _list_values(office, me))


@router.get("/complaints/{complaint_id}")
@opened_by(_MAY)
async def complaint_page(
    complaint_id: UUID,
    office: InOffice,
    me: Me,
    open_: Annotated[bool, Query(alias="open")] = False,
) -> Response:
    """One complaint. Before its lines a warning stands; opening them is audited."""
    if open_ or not me.warns:
        view = await office.reviews.read(me, complaint_id)
    else:
        view = await office.reviews.glance(me, complaint_id)
    values = _values(me, view) | {"board": await _board(office, me)}
    # After a form htmx would leave the address of the page before: a reload must come here.
    address = f"/complaints/{complaint_id}" + ("?open=1" if view.opened else "")
    return office.pages.html("complaint.html", headers={"hx-push-url": address}, **values)


@router.get("/complaints/{complaint_id}/now")
@opened_by(_MAY)
async def complaint_now(
    complaint_id: UUID,
    office: InOffice,
    me: Me,
    shape: Annotated[str, Query(max_length=120)] = "",
) -> Response:
    """How it stands, for an open page; what can be done only when that has changed.

    When nobody needs to look at it any more, or she deleted it, its text leaves the screen.
    """
    try:
        view = await office.reviews.glance(me, complaint_id)
    except NotFoundError:
        return office.pages.html("_complaint_gone.html", me=me)
    return _live(office, me, view, shape)


@router.post("/complaints/{complaint_id}/tier")
@opened_by(_MAY)
async def set_tier(
    complaint_id: UUID,
    request: Request,
    office: InOffice,
    me: Me,
    tier: Code = "",
    seen: Code = "",
    reasons: Annotated[tuple[str, ...], Form()] = (),
    shape: Shape = "",
) -> Response:
    """Confirms or changes the tier; `seen` is the one that stood on the page."""
    await office.reviews.set_tier(me, complaint_id, tier, reasons, seen=seen)
    return await _after(request, office, me, complaint_id, shape)


@router.post("/complaints/{complaint_id}/again")
@opened_by(_MAY)
async def try_again(
    complaint_id: UUID, request: Request, office: InOffice, me: Me, shape: Shape = ""
) -> Response:
    """Sends one that was held or refused on its way once more."""
    await office.reviews.try_again(me, complaint_id)
    return await _after(request, office, me, complaint_id, shape)


@router.post("/complaints/{complaint_id}/follow-up")
@opened_by(_MAY)
async def follow_up(
    complaint_id: UUID,
    request: Request,
    office: InOffice,
    me: Me,
    what: Code = "",
    shape: Shape = "",
) -> Response:
    """Notes what was done for it."""
    await office.reviews.follow_up(me, complaint_id, what)
    return await _after(request, office, me, complaint_id, shape)


@router.post("/complaints/{complaint_id}/handover")
@opened_by(_MAY)
async def hand_over(complaint_id: UUID, office: InOffice, me: Me) -> Response:
    """What was filed as a document for the local police, only when she allowed it."""
    sheet = await police_sheet(office.core, me, complaint_id)
    named = {"content-disposition": f'attachment; filename="{FILE_NAME}"'}
    return Response(await make_pdf(sheet), media_type="application/pdf", headers=named)


async def _list_values(office: Office, me: Viewer) -> dict[str, Any]:
    return {
        "me": await with_complaints(office, me),
        "board": await _board(office, me),
        "lists": await office.reviews.board(me),
        "words": complaintwords,
        "oob": False,
    }


def _values(me: Viewer, view: ComplaintView) -> dict[str, Any]:
    return {
        "me": me,
        "view": view,
        "line": view.line,
        "words": complaintwords,
        "tiers": tuple(reversed(TIERS)),
        "oob": False,
        # The form that was sent may be gone: what came of it is given the focus.
        "deed": False,
    }


async def _board(office: Office, me: Viewer) -> Board:
    return Board.of(await office.reading.queue(me), me.staff_id)


async def _after(
    request: Request, office: Office, me: Viewer, complaint_id: UUID, shape: str
) -> Response:
    """The answer to a form: the parts of an open page for htmx, the whole page otherwise."""
    if not _wants_part(request):
        return RedirectResponse(f"/complaints/{complaint_id}", status_code=303)
    view = await office.reviews.glance(me, complaint_id)
    return _live(office, me, view, shape, deed=True)


def _live(
    office: Office, me: Viewer, view: ComplaintView, was_shape: str, *, deed: bool = False
) -> Response:
    values = _values(me, view) | {"was_shape": was_shape, "oob": True, "deed": deed}
    return office.pages.html("_complaint_live.html", **values)


def _wants_part(request: Request) -> bool:
    return "hx-request" in request.headers and "hx-boosted" not in request.headers
