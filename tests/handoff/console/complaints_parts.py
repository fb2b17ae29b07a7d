"""Invented complaints on their way out of the house, for the tests of the console's pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from amaan.conversation.store import lock_conversation
from amaan.storage.models import AuditEvent, Complaint, ComplaintEvent
from handoff.console.complaintlines import is_overdue
from intake.complaints import Complaints
from intake.states import State
from tests.handoff.console.conftest import House
from tests.intake.drafts import whole_draft

STORY = "He says that he will send my picture to everybody."
CALM = "salaam"
HERS = ("Invented Person", "00000-0000001-2", "+923000000001", STORY)


async def in_review(house: House, *, address: str = "her", **changes: Any) -> UUID:
    """A complaint that she agreed to, of a tier that is looked at. Returns its id."""
    conversation_id = await house.writes(CALM, address=address)
    work = Complaints(house.core)
    async with house.core.database.transaction() as tx:
        conversation = await lock_conversation(tx, conversation_id)
        assert conversation is not None
        row, _ = await work.begin(tx, conversation)
        await work.consent(tx, row, whole_draft(**changes), house.core.clock.now())
        return row.id


async def draft_of(house: House) -> UUID:
    """A draft, which is nobody's business."""
    conversation_id = await house.writes(CALM, address="another")
    async with house.core.database.transaction() as tx:
        conversation = await lock_conversation(tx, conversation_id)
        assert conversation is not None
        row, _ = await Complaints(house.core).begin(tx, conversation)
        return row.id


async def change(house: House, complaint_id: UUID, **columns: object) -> None:
    """Sets columns of a complaint."""
    async with house.core.database.transaction() as tx:
        row = await tx.session.get_one(Complaint, complaint_id)
        for column, value in columns.items():
            setattr(row, column, value)


async def filed(house: House, complaint_id: UUID, due_at: datetime) -> None:
    """As if the agency had taken it."""
    await change(
        house,
        complaint_id,
        state=State.FILED.value,
        filed_at=house.core.clock.now(),
        due_at=due_at,
        agency_state="verification",
        agency_state_at=house.core.clock.now(),
        review_until=None,
    )


async def row_of(house: House, complaint_id: UUID) -> Complaint:
    async with house.core.database.transaction() as tx:
        return await tx.session.get_one(Complaint, complaint_id)


async def deeds_on(house: House, complaint_id: UUID) -> list[tuple[str, dict[str, object]]]:
    """Tag and detail of what the record of deeds has of a complaint, oldest first."""
    async with house.core.database.transaction() as tx:
        rows = await tx.session.scalars(
            select(AuditEvent)
            .where(AuditEvent.subject_id == str(complaint_id))
            .order_by(AuditEvent.id)
        )
        return [(row.tag, dict(row.detail)) for row in rows]


async def custody_of(house: House, complaint_id: UUID) -> list[tuple[str, str | None]]:
    """Tag and subject of the custody log, oldest first."""
    async with house.core.database.transaction() as tx:
        rows = await tx.session.scalars(
            select(ComplaintEvent)
            .where(ComplaintEvent.complaint_id == complaint_id)
            .order_by(ComplaintEvent.id)
        )
        return [(row.tag, row.subject) for row in rows]


async def overdue(house: House) -> list[UUID]:
    """What the statement of overdue complaints finds."""
    async with house.core.database.transaction() as tx:
        found = await tx.session.scalars(
            select(Complaint.id).where(is_overdue(house.core.clock.now()))
        )
        return list(found)
