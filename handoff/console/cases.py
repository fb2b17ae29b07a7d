"""One case: the conversation, why the alarm rang, and what a supervisor can do about it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from amaan.errors import AmaanError, ErasedError, InputError
from handoff.claims import MAX_REPLY_CHARACTERS
from handoff.console.gate import ClosedRoute, InOffice, Me, opened_by, permitted
from handoff.console.office import Office
from handoff.console.views import Board
from handoff.permissions import Permission
from handoff.reading import CaseView
from handoff.staff import Viewer
from handoff.states import CHOOSABLE, Outcome

router = APIRouter(route_class=ClosedRoute)

MAY_READ = permitted(Permission.CASE_READ)
MAY_ACT = permitted(Permission.CASE_CLAIM)

# Messages already shown whose mark of danger or delivery may still change.
_STILL_CHANGING = 12


async def _values(office: Office, me: Viewer, case: CaseView) -> dict[str, Any]:
    board = Board.of(await office.reading.queue(me), me.staff_id)
    return {
        "me": me,
        "case": case,
        "board": board,
        "choosable": CHOOSABLE,
        "max_reply": MAX_REPLY_CHARACTERS,
        "reply_id": uuid4(),
        "draft": "",
        "problem": None,
    }


@router.get("/cases/{escalation_id}")
@opened_by(MAY_READ)
async def case_page(escalation_id: UUID, office: InOffice, me: Me) -> Response:
    """The whole page. Opening it is audited."""
    case = await office.reading.case(me, escalation_id)
    return office.pages.html("case.html", **await _values(office, me, case))


@router.get("/cases/{escalation_id}/panel")
@opened_by(MAY_READ)
async def case_panel(escalation_id: UUID, office: InOffice, me: Me) -> Response:
    """State, clocks and buttons of a case, and the line that says how many wait."""
    case = await office.reading.case(me, escalation_id, opened=False)
    return office.pages.html("_panel_live.html", **await _values(office, me, case))


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
    return office.pages.html("_messages_live.html", me=me, new=new, changing=changing)


@router.post("/cases/{escalation_id}/claim")
@opened_by(MAY_ACT)
async def claim(escalation_id: UUID, office: InOffice, me: Me) -> Response:
    """Takes the chat and opens it."""
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
    case = await office.reading.case(me, escalation_id, opened=False)
    return office.pages.html(
        "_reply.html", headers={"hx-trigger": "replied"}, **await _values(office, me, case)
    )


@router.post("/cases/{escalation_id}/release")
@opened_by(MAY_ACT)
async def release(escalation_id: UUID, office: InOffice, me: Me) -> Response:
    """Gives the chat back to the assistant."""
    await office.claims.release(me, escalation_id)
    return _to_case(escalation_id)


@router.post("/cases/{escalation_id}/close")
@opened_by(MAY_ACT)
async def close(
    escalation_id: UUID, office: InOffice, me: Me, outcome: Annotated[str, Form()] = ""
) -> Response:
    """Ends the case."""
    if outcome not in {one.value for one in CHOOSABLE}:
        raise InputError(code="no_outcome")
    await office.claims.close(me, escalation_id, Outcome(outcome))
    return RedirectResponse("/", status_code=303)


async def _refused(
    office: Office, me: Viewer, escalation_id: UUID, error: AmaanError, text: str, reply_id: UUID
) -> Response:
    """The case's page again, with what was typed still there."""
    case = await office.reading.case(me, escalation_id, opened=False)
    values = await _values(office, me, case)
    values |= {"draft": text, "reply_id": reply_id, "problem": error.code}
    return office.pages.html("case.html", status=error.http_status, **values)


def _to_case(escalation_id: UUID) -> Response:
    # A fragment that is the field itself is given the focus by the browser, without script.
    return RedirectResponse(f"/cases/{escalation_id}#text", status_code=303)
