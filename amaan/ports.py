"""What the core asks of others, as interfaces; `amaan.composition` joins them.

The core imports no door and no handoff: it calls these.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from uuid import UUID

from amaan.storage.database import Transaction
from amaan.storage.models import Conversation

Level = Literal["none", "elevated", "critical"]
Kind = Literal["suicide", "harm"]
Door = Literal["web", "sms", "whatsapp"]

LEVELS: tuple[Level, ...] = ("none", "elevated", "critical")
"""Levels of risk from least to worst."""


@dataclass(frozen=True)
class Risk:
    """What screening found."""

    level: Level = "none"
    kind: Kind | None = None
    score: float = 0.0
    """0 to 1, calibrated by the classifier; 1 when a person or a rule is certain."""
    who: Literal["self", "other"] = "self"
    """``other`` when a bystander writes about somebody else."""
    why: tuple[str, ...] = ()
    """What rang, for the supervisor; may quote the person, so it is stored sealed only."""


def worse(one: Risk, other: Risk) -> Risk:
    """The worse of two risks; the first when they are equal."""
    return other if LEVELS.index(other.level) > LEVELS.index(one.level) else one


@dataclass(frozen=True)
class Parse:
    """One message, understood. `source` is ``model`` or ``rules`` (model slow or dead)."""

    language: str
    script: str
    intent: str
    confidence: float
    risk: Risk
    source: Literal["model", "rules"] = "model"
    language_confidence: float = 0.0
    value: str | None = None
    """What a menu option carries besides its intent: the tag of a chosen language."""
    named: tuple[tuple[str, str], ...] = ()
    """What an answer may need: ("city", "Karachi"), ("province", "Sindh"), ("platform", "x"),
    ("age", "16")."""
    entities: tuple[tuple[str, str], ...] = ()
    """All that was found, canonical, for a complaint of hers: ("phone", "+92..."), ("time",
    "last_week"). Sealed with the assessment; never sent on with a turn."""
    matter: str | None = None
    """Intent of what the message is about besides its danger or a courtesy (bot/matter.py)."""
    denies: bool = False
    """It begins with a clear no, and goes on."""


@dataclass(frozen=True)
class Option:
    """One line of a numbered menu."""

    label: str
    intent: str
    value: str | None = None


@dataclass(frozen=True)
class Reply:
    """One answer to a person: catalogue key, rendered text, menu."""

    key: str
    text: str
    menu: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Turn:
    """What the dialogue needs to know to answer one message."""

    conversation_id: UUID
    message_id: UUID
    text: str
    door: Door
    language: str
    script: str
    parse: Parse
    risk: Risk
    """The risk in effect: an unanswered gentle question may raise it above the parse's."""
    case_open: bool
    """Whether a person was already called for this conversation."""
    after_human: bool = False
    """Whether a human has talked with her here before: nothing begins again."""
    answers_others: bool = False
    """Whether the last words before hers were not the dialogue's: a "yes" is no answer to it."""


class Screener(Protocol):
    """Understands one message."""

    async def parse(self, text: str, before: tuple[str, ...] = ()) -> Parse:
        """Language, intent and risk of at most 2,000 characters of `text`, in time.

        `before` are the person's last messages, oldest first: a short follow-up is read
        with them. Raises `OutsideServiceError`.
        """
        ...


class Dialogue(Protocol):
    """Composes the assistant's answers."""

    async def answer(self, turn: Turn) -> list[Reply]:
        """Answers one turn; asked again for the same message it gives the same answer.

        Raises `OutsideServiceError`. May return nothing.
        """
        ...

    async def forget(self, conversation_id: UUID) -> None:
        """Drops what the dialogue remembers of an erased conversation. Best effort."""
        ...


@dataclass(frozen=True)
class Alarm:
    """Why a person is needed."""

    level: Literal["critical", "elevated", "requested"]
    kind: Kind | None
    who: Literal["self", "other"]
    reason: str
    """Reason code: ``screened``, ``asked``, ``unclear_answer``, ``screening_failed``,
    ``dialogue_failed``, ``processing_failed``."""
    rules: tuple[str, ...] = ()
    """Ids of the rules that rang (``ur.honour.01``) and ``intent.`` with the intent; no words."""
    honour: bool = False
    """Danger in the name of honour: it has a clock of its own."""


class EscalationDesk(Protocol):
    """Where alarms go. Every call happens in the caller's transaction."""

    async def raise_alarm(self, tx: Transaction, conversation: Conversation, alarm: Alarm) -> bool:
        """Opens a case with its timers, or raises the open one.

        Returns whether one was open before.
        """
        ...

    async def has_open_case(self, tx: Transaction, conversation_id: UUID) -> bool:
        """Whether a person was called and the case is not closed."""
        ...

    async def human_was_here(self, tx: Transaction, conversation_id: UUID) -> bool:
        """Whether a human has talked with her in this conversation."""
        ...

    async def be_quiet(self, tx: Transaction, conversation_id: UUID) -> bool:
        """She wants no more of the lines that are said while she waits.

        Returns whether she waits for a human; the conversation must be locked.
        """
        ...

    async def erased(self, tx: Transaction, conversation_id: UUID) -> None:
        """The person erased her conversation: keep the case without content."""
        ...


class Belongings(Protocol):
    """What else belongs to a conversation and must go with it: her complaints."""

    async def erase_of(self, tx: Transaction, conversation_id: UUID) -> None:
        """Erases it in the caller's transaction; the conversation is locked."""
        ...


@dataclass(frozen=True)
class Parting:
    """A last word to somebody whose conversation was erased: kept in memory only."""

    door: Door
    address: str | None
    text: str


class Courier(Protocol):
    """Takes messages out of the house."""

    async def schedule(self, tx: Transaction, conversation: Conversation, message_id: UUID) -> None:
        """Arranges, in this transaction, that a stored message is delivered."""
        ...

    async def part(self, parting: Parting) -> None:
        """Tries once to deliver a last word; nothing of it is kept."""
        ...


@dataclass(frozen=True)
class Attachment:
    """Something heard that came with a message; it stays at the provider until somebody listens."""

    sid: str
    """The provider's id of the recording."""
    kind: Literal["voice"]


@dataclass(frozen=True)
class Recording:
    """A voice note as the provider sends it: straight through, never kept by us."""

    content_type: str
    """One of the provider's kinds of sound, without parameters: ``audio/ogg``."""
    pieces: AsyncIterator[bytes]


class Recordings(Protocol):
    """Voice notes where the provider keeps them."""

    def open(self, sid: str) -> AbstractAsyncContextManager[Recording]:
        """Begins to fetch one. Raises `NotFoundError` when it is gone, `OutsideServiceError`."""
        ...

    async def delete(self, sid: str) -> None:
        """Deletes one for ever; harmless when it is gone. Raises `OutsideServiceError`."""
        ...


@dataclass(frozen=True)
class Inbound:
    """A message as a door accepted it."""

    door: Door
    address: str
    """Number, or the web chat's secret: whatever finds the conversation again."""
    text: str
    provider_id: str
    """The provider's id of the message, or the page's: claimed once."""
    sendable: bool = True
    """Whether `address` can be sent to (a web chat's secret cannot)."""
    language: str | None = None
    script: str | None = None
    """What the person chose on the page, if she did."""
    notes: frozenset[str] = field(default_factory=frozenset)
    """``media`` when something was attached that we do not open, ``voice`` when she spoke a
    note, ``too_long`` when it was cut, ``closed`` when the web page awaited her word."""
    attachments: tuple[Attachment, ...] = ()
    """Voice notes. Pictures and all else are noted in `notes` only, never fetched."""
    number: int | None = None
    """Which of the door's own numbers she wrote to; None when there is one or it is unknown."""


class StaffAnswers(Protocol):
    """Takes what members of staff answer to a page by text, before it is a conversation."""

    async def take(self, door: Door, address: str, text: str, provider_id: str) -> bool:
        """Whether a verified message was such an answer and was dealt with, once.

        False leaves it for the conversation.
        """
        ...


@dataclass(frozen=True)
class OnPaper:
    """What the page offers: a sheet of the complaint, adding proof to a draft (not a child's)."""

    sheet: bool = False
    proof: bool = False


class Papers(Protocol):
    """What the web page does for a complaint beside the chat."""

    async def of(self, tx: Transaction, conversation_id: UUID) -> OnPaper:
        """What is offered now."""
        ...

    async def add_fingerprint(
        self, tx: Transaction, conversation: Conversation, sha256: str | None, kind: str, about: str
    ) -> bool:
        """Whether proof came into the draft of a **locked** conversation; intimate: no hash."""
        ...

    async def sheet(self, conversation_id: UUID) -> bytes | None:
        """The complaint as a PDF, made in some seconds; None when there is none."""
        ...


JSON = dict[str, Any]
