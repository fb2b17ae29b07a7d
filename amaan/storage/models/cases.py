"""Tables of alarms, their cases, and what supervisors note about them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from amaan.storage.models.base import Base


class Escalation(Base):
    """An alarm and its case. Survives an erase, without the conversation."""

    __tablename__ = "escalation"
    __table_args__ = (
        # One open case a conversation: further alarms raise it instead of opening another.
        Index(
            "uq_escalation_open",
            "conversation_id",
            unique=True,
            postgresql_where=text("state <> 'closed' AND conversation_id IS NOT NULL"),
        ),
        Index("ix_escalation_state_opened_at", "state", "opened_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    conversation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("conversation.id", ondelete="SET NULL")
    )
    door: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(3))
    script: Mapped[str] = mapped_column(String(4))
    level: Mapped[str] = mapped_column(String(9))
    """``critical``, ``elevated`` or ``requested`` (she asked for a person)."""
    kind: Mapped[str | None] = mapped_column(String(8))
    who: Mapped[str] = mapped_column(String(5), default="self")
    reasons: Mapped[list[str]]
    """Reason codes: ``screened``, ``asked``, ``screening_failed``, ``dialogue_failed``, ..."""
    state: Mapped[str] = mapped_column(String(12), default="open")
    """open, paged, claimed, engaged, handed_over, released, closed (see `handoff.states`)."""
    tier: Mapped[str] = mapped_column(String(8), default="standard")
    """critical, high, medium or standard (domain-facts 3.1); only a person lowers it."""
    tier_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    """Who confirmed or overrode the tier; None while it is only the machine's."""
    tier_at: Mapped[datetime | None]
    rules: Mapped[list[str]] = mapped_column(default=list)
    """Codes of the tier rules that matched (T1 to T16, and what raised it)."""
    honour: Mapped[bool] = mapped_column(default=False)
    """Danger in the name of honour: a clock of its own, and nobody contacts her home."""
    attention_due_at: Mapped[datetime | None]
    """By when a human must have looked after an honour case (2 h; hard limit twice that)."""
    due_at: Mapped[datetime | None]
    """End of the tier's window."""
    offered_to: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    """To whom the holder hands the chat over; None for anybody who reads `offered_language`."""
    offered_language: Mapped[str | None] = mapped_column(String(3))
    handed_over_at: Mapped[datetime | None]
    wait_step: Mapped[int] = mapped_column(SmallInteger, default=-1)
    """Last of the lines that the assistant said while she waits, in the running ladder."""
    wait_quiet: Mapped[bool] = mapped_column(default=False)
    """She asked for no more of those lines."""
    gender: Mapped[str | None] = mapped_column(String(8))
    """As a supervisor understood it, for figures only: woman, man, trans, unknown."""
    judged: Mapped[str | None] = mapped_column(String(16))
    """What a supervisor said of the alarm: right, not_a_risk, missed_earlier."""
    erased_by_person: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime]
    last_alarm_at: Mapped[datetime]
    clock_started_at: Mapped[datetime]
    """Start of the running ladder; moves when the level rises or a claim is given back."""
    ladder: Mapped[int] = mapped_column(Integer, default=1)
    """Counts ladders: timers of an older one do nothing."""
    step_done: Mapped[int] = mapped_column(SmallInteger, default=-1)
    """Last step of the running ladder that was carried out, -1 before: a repeated job finds it."""
    told_ladder: Mapped[int] = mapped_column(Integer, default=0)
    """The ladder in which she was told that nobody came; she is told once a ladder."""
    claimed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    claimed_at: Mapped[datetime | None]
    engaged_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(24))


class Page(Base):
    """One attempt to bring one person: who, by what means, at which step."""

    __tablename__ = "page"
    __table_args__ = (UniqueConstraint("escalation_id", "ladder", "step", "staff_id", "means"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    escalation_id: Mapped[UUID] = mapped_column(ForeignKey("escalation.id", ondelete="CASCADE"))
    ladder: Mapped[int] = mapped_column(Integer)
    step: Mapped[int] = mapped_column(SmallInteger)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    means: Mapped[str] = mapped_column(String(12))
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(12), default="queued")
    """queued, sent, failed, unknown."""


class CaseNote(Base):
    """What supervisors tell each other about a case; goes with the conversation."""

    __tablename__ = "case_note"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    escalation_id: Mapped[UUID] = mapped_column(
        ForeignKey("escalation.id", ondelete="CASCADE"), index=True
    )
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(String(12))
    """``note``, ``hand_over`` or ``tier``."""
    sealed: Mapped[bytes]
    """JSON `{"text"}` under the conversation's data key."""
    created_at: Mapped[datetime]


class CaseListener(Base):
    """A second supervisor who reads along, seen by the one who holds the chat."""

    __tablename__ = "case_listener"

    escalation_id: Mapped[UUID] = mapped_column(
        ForeignKey("escalation.id", ondelete="CASCADE"), primary_key=True
    )
    staff_id: Mapped[UUID] = mapped_column(
        ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True
    )
    since: Mapped[datetime]


class Feedback(Base):
    """A supervisor's word on the machine's judgement, for the trainers; goes with the chat."""

    __tablename__ = "feedback"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    escalation_id: Mapped[UUID] = mapped_column(
        ForeignKey("escalation.id", ondelete="CASCADE"), index=True
    )
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    verdict: Mapped[str] = mapped_column(String(16))
    """``not_a_risk`` or ``missed_earlier``."""
    language: Mapped[str] = mapped_column(String(3))
    script: Mapped[str] = mapped_column(String(4))
    level: Mapped[str | None] = mapped_column(String(8))
    """What the machine had found."""
    kind: Mapped[str | None] = mapped_column(String(8))
    sealed: Mapped[bytes | None]
    """JSON `{"line"}`: the thought in the supervisor's own invented words, under the
    conversation's data key. Trainers never see hers."""
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    """When a trainer had dealt with it."""
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
