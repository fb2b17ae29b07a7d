"""Tables of the house itself: the trail of deeds, and what the operator must look at."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    SmallInteger,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from amaan.storage.models.base import Base


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


class AuditSeal(Base):
    """One link of the chain over the trail: whoever changes an event breaks what follows.

    Sealed a little later and in an order of its own, so that no deed waits for another's.
    """

    __tablename__ = "audit_seal"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    digest: Mapped[bytes]
    """SHA-256 over the digest before and the event's own content."""
    sealed_at: Mapped[datetime]


class SenderPace(Base):
    """How fast one of our numbers may send: when its bucket is full again (`telephony.pace`)."""

    __tablename__ = "sender_pace"

    door: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    """Place in the door's pool, from 0."""
    free_at: Mapped[datetime]


class ChatRating(Base):
    """Whether chats helped: counts only, so that no answer leads back to anybody."""

    __tablename__ = "chat_rating"

    day: Mapped[date] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    script: Mapped[str] = mapped_column(String(8), primary_key=True)
    door: Mapped[str] = mapped_column(String(16), primary_key=True)
    helped: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    """3 it helped, 2 a little, 1 it did not."""
    count: Mapped[int] = mapped_column(Integer)
