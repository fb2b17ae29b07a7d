"""Tables of the people who work here, their sessions and their hours."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Integer,
    SmallInteger,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from amaan.storage.models.base import Base


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
    page_means: Mapped[list[str]] = mapped_column(default=lambda: ["console"])
    """How she is called, all at once: ``console``, ``sms``, ``whatsapp``, ``voice``, ``email``."""
    page_epoch: Mapped[int | None] = mapped_column(Integer)
    page_wrapped: Mapped[bytes | None]
    """The data key of this person's sealed columns."""
    page_sealed: Mapped[bytes | None]
    """The number she is called at."""
    page_lookup: Mapped[bytes | None] = mapped_column(unique=True)
    """Keyed hash of that number: an answer from it is known as hers."""
    email_sealed: Mapped[bytes | None]
    totp_sealed: Mapped[bytes | None]
    """The secret of her second factor; None until she has set one up."""
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    """The last time step whose code was used: no code works twice."""
    time_zone: Mapped[str] = mapped_column(String(40), default="Asia/Karachi")
    quiet_from: Mapped[time | None]
    """In these hours of her own zone she is called only while on duty, or for critical danger."""
    quiet_until: Mapped[time | None]
    away_until: Mapped[datetime | None]
    """She said "I am away": not called before this time."""
    paused_until: Mapped[datetime | None]
    """She takes a breath: no new case before this time."""
    present_at: Mapped[datetime | None]
    """When an open console of hers was last alive; a claim dies without one."""
    most_cases: Mapped[int] = mapped_column(SmallInteger, default=4)
    """More than this many held chats are not laid on her by the house."""
    warns: Mapped[bool] = mapped_column(default=True)
    """Whether a warning stands before a conversation is opened."""
    interface: Mapped[str] = mapped_column(String(3), default="en")
    """Language of her console: ``en`` or ``ur``."""
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
    proved_at: Mapped[datetime | None]
    """When she last proved who she is, with both factors; exports and roles ask for a fresh one."""


class StaffRecovery(Base):
    """A recovery code for a lost second factor; works once."""

    __tablename__ = "staff_recovery"

    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    used_at: Mapped[datetime | None]


class ShiftPattern(Base):
    """Hours that somebody works every week, in a time zone's own wall-clock time."""

    __tablename__ = "shift_pattern"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    weekday: Mapped[int] = mapped_column(SmallInteger)
    """0 is Monday."""
    starts: Mapped[time]
    minutes: Mapped[int] = mapped_column(Integer)
    """How long it lasts; may run over midnight."""
    time_zone: Mapped[str] = mapped_column(String(40))
    on_holidays: Mapped[bool] = mapped_column(default=True)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]


class Shift(Base):
    """A single shift beside the weekly ones."""

    __tablename__ = "shift"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)


class Absence(Base):
    """Somebody cannot come, and perhaps who stands in for her."""

    __tablename__ = "absence"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    stand_in_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))


class Holiday(Base):
    """A day on which only shifts marked for holidays are worked."""

    __tablename__ = "holiday"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
