"""The record of deeds, as those who may look at it see it: without content."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from handoff.console.gate import ClosedRoute, InOffice, Me, opened_by, permitted
from handoff.console.office import Office
from handoff.permissions import Permission
from handoff.staff import Viewer
from handoff.trail import Broken, Trail

router = APIRouter(route_class=ClosedRoute)

_PAGE = 100
_HIGHEST = 2**62


@router.get("/trail")
@opened_by(permitted(Permission.TRAIL_SEE))
async def trail(office: InOffice, me: Me, before: str = "") -> Response:
    """The last deeds and how far the chain reaches; `before` is the number of a deed."""
    at = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else _HIGHEST  # noqa: PLR2004
    return await _page(office, me, before=at, checked=False, broken=None)


@router.post("/trail/check")
@opened_by(permitted(Permission.TRAIL_SEE))
async def check(office: InOffice, me: Me) -> Response:
    """Reads the whole chain and says whether it holds."""
    broken = await Trail(office.core).check()
    return await _page(office, me, before=_HIGHEST, checked=True, broken=broken)


async def _page(
    office: Office, me: Viewer, *, before: int, checked: bool, broken: Broken | None
) -> Response:
    trail_of_house = Trail(office.core)
    events = await trail_of_house.latest(_PAGE, before)
    return office.pages.html(
        "trail.html",
        me=me,
        board=None,
        events=events,
        names=await trail_of_house.names(events),
        state=await trail_of_house.state(),
        checked=checked,
        broken=broken,
        older=events[-1].id if len(events) == _PAGE else None,
    )
