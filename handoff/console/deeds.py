"""What is done on an open case beside writing to her: handing over, reading along, notes, tier."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from amaan.errors import ConflictError, InputError
from handoff.console.casepage import after_deed
from handoff.console.gate import ClosedRoute, InOffice, Me, opened_by, permitted
from handoff.permissions import Permission

router = APIRouter(route_class=ClosedRoute)

MAY_READ = permitted(Permission.CASE_READ)
MAY_ACT = permitted(Permission.CASE_CLAIM)

Shape = Annotated[str, Form(max_length=40)]
_HONOUR = {"yes": True, "no": False}


@router.post("/cases/{escalation_id}/hand-over")
@opened_by(MAY_ACT)
async def hand_over(
    escalation_id: UUID,
    request: Request,
    office: InOffice,
    me: Me,
    to: Annotated[str, Form(max_length=60)] = "",
    note: Annotated[str, Form()] = "",
    shape: Shape = "",
) -> Response:
    """Offers the chat: `to` is ``person:`` and an id, or ``language:`` and its code."""
    kind, _, name = to.partition(":")
    person = _person(name) if kind == "person" else None
    if person is None and kind != "language":
        raise InputError(code="target")
    language = name if kind == "language" else None
    await office.transfers.offer(me, escalation_id, to=person, language=language, note=note)
    return await after_deed(request, office, me, escalation_id, shape)


@router.post("/cases/{escalation_id}/take-back")
@opened_by(MAY_ACT)
async def take_back(
    escalation_id: UUID, request: Request, office: InOffice, me: Me, shape: Shape = ""
) -> Response:
    """Keeps the chat that was offered."""
    await office.transfers.withdraw(me, escalation_id)
    return await after_deed(request, office, me, escalation_id, shape)


@router.post("/cases/{escalation_id}/listen")
@opened_by(MAY_READ)
async def listen(
    escalation_id: UUID, request: Request, office: InOffice, me: Me, shape: Shape = ""
) -> Response:
    """Reads along; who holds the chat sees it."""
    await office.listening.begin(me, escalation_id)
    return await after_deed(request, office, me, escalation_id, shape)


@router.post("/cases/{escalation_id}/listen-no-more")
@opened_by(MAY_READ)
async def listen_no_more(
    escalation_id: UUID, request: Request, office: InOffice, me: Me, shape: Shape = ""
) -> Response:
    """Reads along no more."""
    await office.listening.end(me, escalation_id)
    return await after_deed(request, office, me, escalation_id, shape)


@router.post("/cases/{escalation_id}/notes")
@opened_by(MAY_READ)
async def write_note(
    escalation_id: UUID,
    request: Request,
    office: InOffice,
    me: Me,
    text: Annotated[str, Form()] = "",
    shape: Shape = "",
) -> Response:
    """Keeps a note for the others; she never sees it."""
    await office.notes.write(me, escalation_id, text)
    return await after_deed(request, office, me, escalation_id, shape)


@router.post("/cases/{escalation_id}/tier")
@opened_by(MAY_ACT)
async def set_tier(
    escalation_id: UUID,
    request: Request,
    office: InOffice,
    me: Me,
    tier: Annotated[str, Form(max_length=8)] = "",
    seen: Annotated[str, Form(max_length=8)] = "",
    honour: Annotated[str, Form(max_length=3)] = "",
    reasons: Annotated[tuple[str, ...], Form()] = (),
    shape: Shape = "",
) -> Response:
    """Confirms or overrides the tier; `seen` is the one that stood on the page.

    One that the machine has raised since must be seen before somebody lowers it.
    """
    case = await office.reading.glance(me, escalation_id)
    if seen != case.line.tier:
        raise ConflictError("the tier has changed", code="conflict")
    await office.tiers.set_tier(me, escalation_id, tier, reasons, honour=_HONOUR.get(honour))
    return await after_deed(request, office, me, escalation_id, shape)


def _person(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InputError(code="target") from None
