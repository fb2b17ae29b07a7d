"""What a case's page is made of: whole, and in the parts that an open page reads again.

Forms stand apart from what is read again, so that nothing typed is lost; they are drawn
anew only when what can be done has changed (`shape_of`).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from amaan.errors import ErasedError
from handoff.claims import GENDERS, MAX_REPLY_CHARACTERS
from handoff.console.canned import USUAL_MINUTES, canned_groups
from handoff.console.office import Office
from handoff.console.panel import colleagues, lines_for, sites_for
from handoff.console.views import Board
from handoff.console.wording import LANGUAGES, RULES
from handoff.feedback import MAX_LINE_CHARACTERS
from handoff.notes import MAX_NOTE_CHARACTERS
from handoff.permissions import Permission
from handoff.states import CHOOSABLE, State
from handoff.summary import HandOverSummary
from handoff.tiers import CODES, TIERS
from handoff.viewer import Viewer
from handoff.views import CaseView, MessageView

_OF_THE_MACHINE = frozenset({"unsure", "raised_after_person"})


async def whole_values(
    office: Office, me: Viewer, case: CaseView, *, minutes: int = USUAL_MINUTES
) -> dict[str, Any]:
    """Everything for `case.html`."""
    now = office.core.clock.now()
    return await part_values(office, me, case) | {
        "board": Board.of(await office.reading.queue(me), me.staff_id),
        "minutes": minutes,
        "canned": _canned(office, case, minutes),
        "canned_open": False,
        "lines": lines_for(case, now),
        "sites": sites_for(case, now),
        "tiers": tuple(reversed(TIERS)),
        "codes": [code for code in RULES if code in CODES and code not in _OF_THE_MACHINE],
        "problem": None,
    }


async def part_values(office: Office, me: Viewer, case: CaseView) -> dict[str, Any]:
    """Everything for the parts of the page that can change while it is open."""
    handing_over = case.is_mine and case.line.handed_over_at is None
    return (
        {
            "me": me,
            "case": case,
            "shape": shape_of(case, me),
            "summary": await _summary(office, me, case),
            "listening": {one.staff_id for one in case.listeners},
            "colleagues": await colleagues(office.core, me) if handing_over else [],
            "languages": list(LANGUAGES),
            "choosable": CHOOSABLE,
            "genders": GENDERS,
            "max_note": MAX_NOTE_CHARACTERS,
            "missed": None,
            "oob": False,
        }
        | answer_values()
        | judge_values(me, case)
    )


def answer_values(draft: str = "", reply_id: UUID | None = None) -> dict[str, Any]:
    """For the form she is answered with."""
    return {"max_reply": MAX_REPLY_CHARACTERS, "reply_id": reply_id or uuid4(), "draft": draft}


def judge_values(me: Viewer, case: CaseView) -> dict[str, Any]:
    """For the messages: the forms that say whether the alarm was right, and voice notes."""
    return {
        "may_judge": me.may(Permission.CASE_CLAIM),
        "judge_at": f"/cases/{case.line.escalation_id}/judge",
        "voice_at": voice_at(me, case),
        "max_line": MAX_LINE_CHARACTERS,
    }


def voice_at(me: Viewer, case: CaseView) -> str | None:
    """Where voice notes are listened to; None for who neither holds the chat nor reads along."""
    if not case.is_mine and all(one.staff_id != me.staff_id for one in case.listeners):
        return None
    return f"/cases/{case.line.escalation_id}/voice"


def shape_of(case: CaseView, me: Viewer) -> str:
    """What can be done with a case now, in one word: forms are drawn anew when it changes.

    The part before the first dash says whether the viewer can write to her.
    """
    line = case.line
    if case.conversation_id is None or line.state is State.CLOSED:
        return "over"
    answers = "mine" if case.is_mine else ("held" if line.claimed_by else "free")
    parts = [answers]
    if line.state is State.HANDED_OVER:
        parts.append("offered")
    if line.state is State.RELEASED:
        parts.append("released")
    if any(one.staff_id == me.staff_id for one in case.listeners):
        parts.append("listening")
    return "-".join(parts)


async def live_parts(
    office: Office,
    me: Viewer,
    case: CaseView,
    was_shape: str,
    *,
    missed: MessageView | None = None,
) -> Response:
    """What an open page puts in the place of its parts."""
    values = await part_values(office, me, case)
    values |= {
        "was_shape": was_shape,
        "minutes": USUAL_MINUTES,
        "canned": _canned(office, case, USUAL_MINUTES),
        "canned_open": False,
        "missed": missed,
    }
    return office.pages.html("_panel_live.html", **values)


async def after_deed(
    request: Request,
    office: Office,
    me: Viewer,
    escalation_id: UUID,
    shape: str,
    *,
    missed_seq: int | None = None,
) -> Response:
    """The answer to a form on an open page: its parts for htmx, the whole page otherwise."""
    if "hx-request" not in request.headers or "hx-boosted" in request.headers:
        return RedirectResponse(f"/cases/{escalation_id}?open=1", status_code=303)
    case = await office.reading.case(me, escalation_id, opened=False)
    missed = next((one for one in case.messages if one.seq == missed_seq), None)
    return await live_parts(office, me, case, shape, missed=missed)


def _canned(office: Office, case: CaseView, minutes: int) -> list[Any]:
    if not case.is_mine or case.conversation_id is None:
        return []
    return list(canned_groups(office.core.catalogues, case.line, minutes))


async def _summary(office: Office, me: Viewer, case: CaseView) -> HandOverSummary | None:
    if not case.opened:
        return None
    try:
        return await office.reading.summary(me, case.line.escalation_id)
    except ErasedError:
        # Erased since `case` was read: the next event takes it from the page.
        return None
