"""The tables. What a person wrote, her number or a name stands only in `sealed` columns.

Clear columns hold what must be searched or counted: ids, times, states, levels.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all tables; times are timezone-aware, ids are UUIDs made here."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        bytes: LargeBinary,
        str: Text,
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
    }


class KeyEpoch(Base):
    """A key-encryption key's life; the key itself is a file, never a row."""

    __tablename__ = "key_epoch"

    epoch: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    created_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]


class DataKey(Base):
    """The wrapped data key of one conversation; deleting it erases the conversation.

    No foreign key: it must be deletable first and alone.
    """

    __tablename__ = "data_key"

    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    epoch: Mapped[int] = mapped_column(Integer, index=True)
    wrapped: Mapped[bytes]


class Conversation(Base):
    """One person's chat through one door."""

    __tablename__ = "conversation"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    door: Mapped[str] = mapped_column(String(16))
    """``web``, ``sms`` or ``whatsapp``."""
    language: Mapped[str] = mapped_column(String(3))
    script: Mapped[str] = mapped_column(String(4))
    language_chosen: Mapped[bool] = mapped_column(default=False)
    """True once the person chose; detection no longer changes it."""
    holder_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    """The supervisor who holds the chat; None means the assistant does."""
    seam: Mapped[int] = mapped_column(Integer, default=0)
    """Counts claims and releases: a reply composed under an older count is thrown away."""
    pending_kind: Mapped[str | None] = mapped_column(String(8))
    """Kind of risk that the last gentle question asked about; None when nothing was asked."""
    last_seq: Mapped[int] = mapped_column(Integer, default=0)
    stopped: Mapped[bool] = mapped_column(default=False)
    """She asked not to be written to; lifted by her next message."""
    menu_sealed: Mapped[bytes | None]
    """Options of the last numbered menu, sealed."""
    created_at: Mapped[datetime]
    last_inbound_at: Mapped[datetime]


class Address(Base):
    """Where a conversation's answers go. One row a conversation, found by keyed hash."""

    __tablename__ = "address"
    __table_args__ = (UniqueConstraint("door", "lookup"),)

    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    door: Mapped[str] = mapped_column(String(16))
    lookup: Mapped[bytes]
    sealed: Mapped[bytes | None]
    """The address for sending; None for the web chat, which has none."""


class InboundClaim(Base):
    """A provider's message id that was accepted: the second delivery finds it and stops."""

    __tablename__ = "inbound_claim"

    lookup: Mapped[bytes] = mapped_column(primary_key=True)
    claimed_at: Mapped[datetime] = mapped_column(index=True)


class Message(Base):
    """One message, in or out."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        Index(
            "ix_message_provider_id",
            "provider_id",
            postgresql_where=text("provider_id IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)
    """Place in its conversation, from 1, in order of acceptance."""
    author: Mapped[str] = mapped_column(String(12))
    """``person``, ``bot``, ``supervisor`` or ``system``."""
    sealed: Mapped[bytes]
    """JSON `{"text", "key"?, "menu"?}` under the conversation's data key."""
    created_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]
    """When an inbound message was dealt with; None means a job still has to."""
    delivery: Mapped[str] = mapped_column(String(12), default="none")
    """Outbound state, ranked: none, queued, sending, sent, delivered, read, failed, unknown."""
    delivery_attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    delivery_error: Mapped[str | None] = mapped_column(String(16))
    provider_id: Mapped[bytes | None]
    """Keyed hash of the provider's id of an outbound message, for its receipts."""


class Assessment(Base):
    """What screening found in one message."""

    __tablename__ = "assessment"

    message_id: Mapped[UUID] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True
    )
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    level: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str | None] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(String(8))
    """``model``, or ``rules`` when the model could not answer."""
    sealed: Mapped[bytes]
    """JSON of the whole parse, the reasons among them."""
    created_at: Mapped[datetime]


class DialogueTracker(Base):
    """Rasa's tracker of one conversation, sealed under the same data key."""

    __tablename__ = "dialogue_tracker"

    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
    updated_at: Mapped[datetime]


class Staff(Base):
    """A person who works here."""

    __tablename__ = "staff"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    sign_in_name: Mapped[str] = mapped_column(String(64), unique=True)
    """A pseudonym: lower-case letters, digits, dots and dashes."""
    role: Mapped[str] = mapped_column(String(16))
    """``supervisor``, ``lead``, ``trainer`` or ``administrator``."""
    password_hash: Mapped[str | None]
    languages: Mapped[list[str]]
    on_call: Mapped[bool] = mapped_column(default=False)
    on_call_order: Mapped[int] = mapped_column(SmallInteger, default=100)
    is_coordinator: Mapped[bool] = mapped_column(default=False)
    page_means: Mapped[str] = mapped_column(String(12), default="console")
    """``console``, ``sms`` or ``whatsapp``."""
    page_epoch: Mapped[int | None] = mapped_column(Integer)
    page_wrapped: Mapped[bytes | None]
    """The data key of this person's number."""
    page_sealed: Mapped[bytes | None]
    active: Mapped[bool] = mapped_column(default=True)
    failed_count: Mapped[int] = mapped_column(Integer, default=0)
    failed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class StaffOneTime(Base):
    """A sign-in word that works once."""

    __tablename__ = "staff_one_time"

    word_hash: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime]


class StaffSession(Base):
    """A signed-in console; the cookie's token is stored only as its hash."""

    __tablename__ = "staff_session"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


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
    """open, paged, claimed, engaged, released, closed (see `handoff.states`)."""
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
    __table_args__ = (UniqueConstraint("escalation_id", "ladder", "step", "staff_id"),)

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


class AuditEvent(Base):
    """What somebody or something did; never changed, never with content."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(index=True)
    tag: Mapped[str] = mapped_column(String(48))
    """``subject:action`` in the past tense: ``escalation:claimed``."""
    actor: Mapped[str] = mapped_column(String(48))
    """Staff id, ``system``, ``person`` or ``operator``."""
    subject_id: Mapped[str] = mapped_column(String(48))
    detail: Mapped[dict[str, Any]]


class OperatorAlarm(Base):
    """Something the operator must look at: refused signatures, nobody on call."""

    __tablename__ = "operator_alarm"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=1)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
