"""Saying whether an alarm was right, and the trainers' page of what was said."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from amaan.text import script_of
from handoff.console.casepage import after_deed
from handoff.console.gate import ClosedRoute, InOffice, Me, opened_by, permitted
from handoff.console.wording import own_name
from handoff.feedback import FeedbackLine
from handoff.permissions import Permission

router = APIRouter(route_class=ClosedRoute)

MAY_ACT = permitted(Permission.CASE_CLAIM)
MAY_SEE = permitted(Permission.FEEDBACK_SEE)


@router.post("/cases/{escalation_id}/judge")
@opened_by(MAY_ACT)
async def judge(
    escalation_id: UUID,
    request: Request,
    office: InOffice,
    me: Me,
    verdict: Annotated[str, Form(max_length=16)] = "",
    message: Annotated[UUID | None, Form()] = None,
    seq: Annotated[int | None, Form()] = None,
    line: Annotated[str, Form()] = "",
    shape: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Right, not a risk, or missed earlier, with a line in the supervisor's own words."""
    await office.feedbacks.give(me, escalation_id, verdict, message, line)
    return await after_deed(request, office, me, escalation_id, shape, missed_seq=seq)


@router.get("/feedback")
@opened_by(MAY_SEE)
async def queue(office: InOffice, me: Me) -> Response:
    """What no trainer has dealt with yet."""
    lines = await office.feedbacks.queue(me)
    return office.pages.html("feedback.html", me=me, lines=lines, line_lang=line_lang, board=None)


@router.post("/feedback/{feedback_id}/done")
@opened_by(MAY_SEE)
async def done(feedback_id: UUID, office: InOffice, me: Me) -> Response:
    """A trainer has dealt with one entry."""
    await office.feedbacks.done(me, feedback_id)
    return RedirectResponse("/feedback", status_code=303)


def line_lang(one: FeedbackLine) -> str | None:
    """The BCP 47 tag of an invented line, when its letters are those of the case's language."""
    if one.line is None or script_of(one.line) != one.script:
        return None
    return own_name(one.language, one.script)[1]
