"""Tables of complaints: the draft, what became of it, and who did what with it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from amaan.storage.models.base import Base


class Complaint(Base):
    """One complaint, from the first answer to the end of what is kept for proof.

    It has a data key of its own (`data_key` under this row's id): a draft that is kept by a
    code is opened on another door, and what was sent outlives the chat only as long as its
    own retention.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        # One open draft a conversation.
        Index(
            "uq_complaint_draft",
            "conversation_id",
            unique=True,
            postgresql_where=text("state = 'draft' AND conversation_id IS NOT NULL"),
        ),
        Index("ix_complaint_state_review_until", "state", "review_until"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    conversation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("conversation.id", ondelete="SET NULL"), index=True
    )
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    """``TF-YYYY-XXXXXXXX``, without a meaning inside (domain-facts 4.2)."""
    code_lookup: Mapped[bytes | None] = mapped_column(unique=True)
    """Keyed hash of the code by which she finds it again on any door."""
    state: Mapped[str] = mapped_column(String(12), default="draft")
    """draft, review, queued, filed, refused, held, withdrawn, erased (see `intake.states`)."""
    door: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(3))
    script: Mapped[str] = mapped_column(String(4))
    sealed: Mapped[bytes | None]
    """JSON of `intake.schema.Draft` under its own data key; None once it is gone."""
    filed_sealed: Mapped[bytes | None]
    """What was sent, as it was sent, and the agency's number: kept for proof, sealed."""
    number_lookup: Mapped[bytes | None] = mapped_column(unique=True)
    """Keyed hash of the agency's number, by which its callbacks find the complaint."""
    agency_state: Mapped[str | None] = mapped_column(String(16))
    """What the agency last said: received, verification, investigation, closed, rejected."""
    agency_state_at: Mapped[datetime | None]
    tier: Mapped[str] = mapped_column(String(8), default="standard")
    """critical, high, medium or standard: a proposal until `tier_by` is set."""
    tier_codes: Mapped[list[str]] = mapped_column(default=list)
    """Codes of the rules that matched (T1 to T16 and what raised it)."""
    tier_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    """Who confirmed or changed the tier; None while it is only the machine's."""
    tier_at: Mapped[datetime | None]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """Idempotency key: the agency takes one complaint for each."""
    last_message_id: Mapped[UUID | None]
    """The last of her messages that was taken as an answer: a repeated one changes nothing."""
    consented_at: Mapped[datetime | None]
    review_until: Mapped[datetime | None]
    """When it leaves although nobody has looked at it."""
    filed_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    """Attempts that ended without the agency's answer."""
    due_at: Mapped[datetime | None]
    """End of the agency's window for its tier, from the filing: an aim, no promise."""
    remind: Mapped[bool] = mapped_column(default=False)
    """She asked to be reminded once at `due_at`."""
    reminded_at: Mapped[datetime | None]
    keep_until: Mapped[datetime]
    """When the text is deleted: a draft on its day, what was sent after its retention."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class FilingAttempt(Base):
    """One try to hand a complaint over, recorded before the call."""

    __tablename__ = "filing_attempt"
    __table_args__ = (UniqueConstraint("complaint_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    complaint_id: Mapped[UUID] = mapped_column(
        ForeignKey("complaint.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[int] = mapped_column(Integer)
    """From 1."""
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(12), default="unknown")
    """unknown (also while it runs), filed, unavailable, refused."""
    code: Mapped[str | None] = mapped_column(String(32))
    """Code of the error, without content."""


class ComplaintEvent(Base):
    """Who did what with a complaint or a piece of its evidence: only ever added to."""

    __tablename__ = "complaint_event"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(
        ForeignKey("complaint.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(8))
    """person, machine, staff or agency."""
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    tag: Mapped[str] = mapped_column(String(32))
    """``draft:begun``, ``consent:given``, ``filing:sent``, ``evidence:described``, ..."""
    subject: Mapped[str | None] = mapped_column(String(40))
    """Name of a field, or id of a piece of evidence; never its content."""
    digest: Mapped[bytes]
    """SHA-256 over the one before and this: a missing or changed entry shows."""


class FilingGate(Base):
    """The circuit breaker before an outside intake: one row for each, for all workers."""

    __tablename__ = "filing_gate"

    service: Mapped[str] = mapped_column(String(16), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    open_until: Mapped[datetime | None]
    """Nothing is sent before; None while the way is free."""
