"""One case: the conversation, why the alarm rang, and what a supervisor can do about it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from amaan.errors import AmaanError, ErasedError, InputError
from handoff.console.canned import USUAL_MINUTES, canned_text
from handoff.console.casepage import (
    answer_values,
    judge_values,
    live_parts,
    whole_values,
)
from handoff.console.gate import ClosedRoute, InOffice, Me, opened_by, permitted
from handoff.console.office import Office
from handoff.permissions import Permission
from handoff.reading import CaseView
from handoff.staff import Viewer
from handoff.states import CHOOSABLE, Outcome

router = APIRouter(route_class=ClosedRoute)

MAY_READ = permitted(Permission.CASE_READ)
MAY_ACT = permitted(Permission.CASE_CLAIM)

# Messages already shown whose mark of danger or delivery may still change.
_STILL_CHANGING = 12


@router.get("/cases/{escalation_id}")
@opened_by(MAY_READ)
async def case_page(
    escalation_id: UUID,
    office: InOffice,
    me: Me,
    open_: Annotated[bool, Query(alias="open")] = False,
    canned: Annotated[str, Query(max_length=20)] = "",
    minutes: int = USUAL_MINUTES,
) -> Response:
    """The page. Before the conversation a warning stands; opening it is audited.

    `canned` puts a ready answer into the form, for browsers without script.
    """
    case = await office.reading.glance(me, escalation_id)
    if open_ or case.is_mine or not me.warns:
        case = await office.reading.case(me, escalation_id)
    values = await whole_values(office, me, case, minutes=minutes)
    if canned and case.is_mine:
        draft = canned_text(office.core.catalogues, case.line, canned, minutes)
        values |= {"draft": draft, "canned_open": True}
    # After a form htmx would leave the address of the page before: a reload must come here.
    address = f"/cases/{escalation_id}" + ("?open=1" if case.opened and not case.is_mine else "")
    return office.pages.html("case.html", headers={"hx-push-url": address}, **values)


@router.get("/cases/{escalation_id}/panel")
@opened_by(MAY_READ)
async def case_panel(
    escalation_id: UUID,
    office: InOffice,
    me: Me,
    opened: bool = False,
    shape: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """State and clocks of a case; its notes too when the conversation is open on the page."""
    case = await office.reading.glance(me, escalation_id)
    may_open = case.conversation_id is not None and not case.transcript_closed
    return await live_parts(office, me, replace(case, opened=opened and may_open), shape)


@router.get("/cases/{escalation_id}/messages")
@opened_by(MAY_READ)
async def case_messages(escalation_id: UUID, office: InOffice, me: Me, after: int = 0) -> Response:
    """Messages after number `after`, and what changed of the last ones before.

    When she erased the conversation, or it was closed meanwhile, the answer puts a
    notice in the place of the whole conversation: its text leaves the screen at once.
    """
    case = await office.reading.case(me, escalation_id, opened=False)
    if case.conversation_id is None or case.transcript_closed:
        headers = {"hx-retarget": "#conversation", "hx-reswap": "outerHTML"}
        return office.pages.html("_conversation.html", headers=headers, me=me, case=case)
    new = [message for message in case.messages if message.seq > after]
    changing = [message for message in case.messages if message.seq <= after][-_STILL_CHANGING:]
    return office.pages.html(
        "_messages_live.html", me=me, new=new, changing=changing, **judge_values(me, case)
    )


@router.post("/cases/{escalation_id}/claim")
@opened_by(MAY_ACT)
async def claim(escalation_id: UUID, office: InOffice, me: Me) -> Response:
    """Takes the chat, also one that is offered by its holder, and opens it."""
    await office.claims.claim(me, escalation_id)
    return _to_case(escalation_id)


@router.post("/cases/{escalation_id}/reply")
@opened_by(MAY_ACT)
async def reply(
    escalation_id: UUID,
    request: Request,
    office: InOffice,
    me: Me,
    reply_id: Annotated[UUID, Form()],
    text: Annotated[str, Form()] = "",
) -> Response:
    """Sends what the supervisor wrote, once, however often the form arrives."""
    # Browsers send a text area's lines parted by CR LF, which costs SMS letters.
    text = text.replace("\r\n", "\n").strip()
    live = "hx-request" in request.headers
    try:
        await office.claims.send(me, escalation_id, text, message_id=reply_id)
    except ErasedError:
        raise
    except AmaanError as error:
        if live:
            raise
        return await _refused(office, me, escalation_id, error, text, reply_id)
    if not live:
        return _to_case(escalation_id)
    case = await office.reading.glance(me, escalation_id)
    return office.pages.html(
        "_reply.html", headers={"hx-trigger": "replied"}, me=me, case=case, **answer_values()
    )


@router.post("/cases/{escalation_id}/release")
@opened_by(MAY_ACT)
async def release(escalation_id: UUID, office: InOffice, me: Me) -> Response:
    """Gives the chat back to the assistant."""
    await office.claims.release(me, escalation_id)
    return RedirectResponse(f"/cases/{escalation_id}?open=1", status_code=303)


@router.post("/cases/{escalation_id}/close")
@opened_by(MAY_ACT)
async def close(
    escalation_id: UUID,
    office: InOffice,
    me: Me,
    outcome: Annotated[str, Form()] = "",
    gender: Annotated[str, Form()] = "",
) -> Response:
    """Ends the case."""
    if outcome not in {one.value for one in CHOOSABLE}:
        raise InputError(code="no_outcome")
    await office.claims.close(me, escalation_id, Outcome(outcome), gender=gender or None)
    return RedirectResponse("/", status_code=303)


async def _refused(
    office: Office, me: Viewer, escalation_id: UUID, error: AmaanError, text: str, reply_id: UUID
) -> Response:
    """The case's page again, with what was typed still there."""
    case = await _as_open(office, me, escalation_id)
    values = await whole_values(office, me, case)
    values |= answer_values(text, reply_id) | {"problem": error.code}
    return office.pages.html("case.html", status=error.http_status, **values)


async def _as_open(office: Office, me: Viewer, escalation_id: UUID) -> CaseView:
    """The case with its texts only for who holds it: a refused answer opens nothing."""
    case = await office.reading.glance(me, escalation_id)
    if not case.is_mine:
        return case
    return await office.reading.case(me, escalation_id, opened=False)


def _to_case(escalation_id: UUID) -> Response:
    # A fragment that is the field itself is given the focus by the browser, without script.
    return RedirectResponse(f"/cases/{escalation_id}#text", status_code=303)
