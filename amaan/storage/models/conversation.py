"""Tables of one person's chat and of the keys it is sealed under."""

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
    wishes_sealed: Mapped[bytes | None]
    """What she asked us to keep in mind (`amaan.conversation.wishes`), sealed."""
    guard: Mapped[str] = mapped_column(String(8), default="open", server_default="open")
    """``open``, ``ask`` (her word is awaited) or ``cover`` (looks harmless until her word)."""
    wish_asked: Mapped[str | None] = mapped_column(String(12))
    """The question of the private menu that her next message answers; None when none is open."""
    rest_sealed: Mapped[bytes | None]
    """What is left of a long SMS until she asks for it, sealed."""
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


class ReturnCode(Base):
    """By what a web chat is opened again: found by the keyed hash of number and words."""

    __tablename__ = "return_code"

    lookup: Mapped[bytes] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime] = mapped_column(index=True)


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
    attachments_sealed: Mapped[bytes | None]
    """JSON list of `{"sid", "kind"}` of voice notes that came with it, sealed."""
    sender_index: Mapped[int | None] = mapped_column(SmallInteger)
    """Which number of the pool sent it, from 0."""
    hidden: Mapped[bool] = mapped_column(default=False)
    """Dots stand in the place of what it said; an open page takes it away too."""


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
