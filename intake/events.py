"""Who did what with a complaint and its evidence: an append-only chain for each complaint.

Each entry holds the SHA-256 of the one before and of itself. The database refuses to change
one (a trigger), and whoever gets round that breaks the chain. No entry holds content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from amaan.clock import Clock
from amaan.storage import Transaction
from amaan.storage.models import ComplaintEvent

Actor = Literal["person", "machine", "staff", "agency"]
FIRST = bytes(32)
"""What stands before the first entry."""


class Tag(StrEnum):
    """What can be recorded: ``subject:action`` in the past tense."""

    DRAFT_BEGUN = "draft:begun"
    DRAFT_KEPT = "draft:kept"
    """She was given a code; an older one is worth nothing any more."""
    DRAFT_MOVED = "draft:moved"
    """She went on with it on another door, by its code."""
    FIELD_SET = "field:set"
    """With the name of the field."""
    FIELD_REMOVED = "field:removed"
    EVIDENCE_DESCRIBED = "evidence:described"
    """With the id of the piece."""
    EVIDENCE_REMOVED = "evidence:removed"
    CONSENT_GIVEN = "consent:given"
    DECLARED = "declaration:made"
    TIER_SET = "tier:set"
    """A supervisor confirmed or changed the urgency."""
    REVIEW_PASSED = "review:passed"
    """The time for a look ended without one."""
    QUEUED = "complaint:queued"
    FILING_TRIED = "filing:tried"
    FILING_SENT = "filing:sent"
    FILING_REFUSED = "filing:refused"
    FILING_HELD = "filing:held"
    FOLLOWED_UP = "complaint:followed_up"
    """A supervisor did something for it, with the code of what."""
    AGENCY_STATE = "agency:state"
    """With what the agency said."""
    REMINDED = "person:reminded"
    EXPORTED = "complaint:exported"
    """With the name of what was made of it."""
    WITHDRAWN = "complaint:withdrawn"
    EMPTIED = "complaint:emptied"
    """Its retention ended: the text is gone, the record stays."""
    ERASED = "complaint:erased"


async def record(
    tx: Transaction,
    clock: Clock,
    complaint_id: UUID,
    actor: Actor,
    tag: Tag,
    *,
    subject: str | None = None,
    staff_id: UUID | None = None,
) -> None:
    """Appends one entry in the caller's transaction; the complaint must be locked.

    `subject` names a field, a state or a piece of evidence, at most 40 characters, and is
    never what stands in it.
    """
    before = await tx.session.scalar(
        select(ComplaintEvent.digest)
        .where(ComplaintEvent.complaint_id == complaint_id)
        .order_by(ComplaintEvent.id.desc())
        .limit(1)
    )
    entry = ComplaintEvent(
        complaint_id=complaint_id,
        at=clock.now(),
        actor=actor,
        staff_id=staff_id,
        tag=tag.value,
        subject=subject,
    )
    entry.digest = _digest(before or FIRST, entry)
    tx.session.add(entry)
    await tx.session.flush()


async def read_events(tx: Transaction, complaint_id: UUID) -> list[ComplaintEvent]:
    """All entries of a complaint, oldest first."""
    return list(
        await tx.session.scalars(
            select(ComplaintEvent)
            .where(ComplaintEvent.complaint_id == complaint_id)
            .order_by(ComplaintEvent.id)
        )
    )


async def last_at(tx: Transaction, complaint_id: UUID, tag: Tag) -> datetime | None:
    """When something was last done with a complaint; None when it never was."""
    found: datetime | None = await tx.session.scalar(
        select(ComplaintEvent.at)
        .where(ComplaintEvent.complaint_id == complaint_id, ComplaintEvent.tag == tag.value)
        .order_by(ComplaintEvent.id.desc())
        .limit(1)
    )
    return found


def check_chain(rows: Sequence[ComplaintEvent]) -> int | None:
    """The place (from 0) of the first entry that does not fit to those before; None when all do.

    `rows` are those of one complaint, oldest first. Entries missing at the end do not show:
    compare the last digest with one that was noted somewhere else.
    """
    before = FIRST
    for place, row in enumerate(rows):
        before = _digest(before, row)
        if before != row.digest:
            return place
    return None


def _digest(before: bytes, row: ComplaintEvent) -> bytes:
    content = [
        str(row.complaint_id),
        # PostgreSQL gives times back in another zone.
        row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.actor,
        str(row.staff_id) if row.staff_id else None,
        row.tag,
        row.subject,
    ]
    return hashlib.sha256(before + json.dumps(content, ensure_ascii=False).encode()).digest()
