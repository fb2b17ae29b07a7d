"""One complaint as a line of a list: read from its row, for one viewer, without its text."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select

from amaan.storage import Transaction
from amaan.storage.models import Complaint, ComplaintEvent, Escalation, Staff
from handoff.console.complaintviews import ComplaintLine, EventLine
from handoff.states import State as CaseState
from handoff.viewer import Viewer
from intake.states import State

_ENDED = ("closed", "rejected")


def complaint_rows() -> Select[Complaint, str | None]:
    """The statement of all complaints, each with the name of who set its tier."""
    return select(Complaint, Staff.sign_in_name).outerjoin(Staff, Staff.id == Complaint.tier_by)


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """Filed, past the agency's window, and without its last word.

    After the retention nothing is left that a human could follow up.
    """
    return and_(
        Complaint.state == State.FILED.value,
        Complaint.due_at <= now,
        func.coalesce(Complaint.agency_state, "").not_in(_ENDED),
        Complaint.sealed.is_not(None),
    )


def complaint_line(
    row: Complaint, by_name: str | None, viewer: Viewer, now: datetime
) -> ComplaintLine:
    """A complaint as `viewer` sees it in a list."""
    state = State(row.state)
    filed = state is State.FILED
    late = row.due_at is not None and row.due_at <= now and row.agency_state not in _ENDED
    return ComplaintLine(
        complaint_id=row.id,
        reference=row.reference,
        state=state,
        door=row.door,
        language=row.language,
        script=row.script,
        reads_language=row.language in viewer.languages,
        tier=row.tier,
        tier_by_name=by_name,
        tier_at=row.tier_at,
        codes=tuple(row.tier_codes),
        waiting_since=(row.filed_at if filed else row.consented_at) or row.updated_at,
        review_until=row.review_until,
        due_at=row.due_at,
        agency_state=row.agency_state,
        agency_state_at=row.agency_state_at,
        is_overdue=filed and late and row.sealed is not None,
        has_text=row.sealed is not None,
    )


async def event_lines(tx: Transaction, entries: list[ComplaintEvent]) -> tuple[EventLine, ...]:
    """The custody log with the names of the staff in it."""
    ids = {one.staff_id for one in entries if one.staff_id is not None}
    rows = await tx.session.execute(select(Staff.id, Staff.sign_in_name).where(Staff.id.in_(ids)))
    names: dict[UUID | None, str] = {staff_id: name for staff_id, name in rows}
    return tuple(
        EventLine(one.at, one.actor, names.get(one.staff_id), one.tag, one.subject)
        for one in entries
    )


async def open_case(tx: Transaction, row: Complaint) -> UUID | None:
    """The case of the same conversation that is not closed; None without one."""
    if row.conversation_id is None:
        return None
    found: UUID | None = await tx.session.scalar(
        select(Escalation.id)
        .where(
            Escalation.conversation_id == row.conversation_id,
            Escalation.state != CaseState.CLOSED.value,
        )
        .limit(1)
    )
    return found
