"""Reads and writes conversations and their messages, sealed.

Every function works in the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID, uuid4

from sqlalchemy import select, text

from amaan.ports import JSON, Attachment, Door, Option, Parse, Reply, Risk
from amaan.storage import Transaction
from amaan.storage.database import CONVERSATION_CHANNEL
from amaan.storage.models import Address, Assessment, Conversation, Message
from amaan.storage.vault import seal_json, unseal_json

# How far back a follow-up such as "I have them in my hand now" may point. Chosen for how
# people text (a thought comes in two or three messages); measured by the multi-turn cases
# of `make evaluate`.
MESSAGES_BEFORE = 2
TIME_BEFORE = timedelta(minutes=30)
_LOOKED_AT_FOR_PLACE = 50
# One turn says a few messages; lines while she waits come on top.
_SAID_AT_ONCE = 10
SECRET = "her_word"  # noqa: S105  (a name)
"""Note of a message that was one of her words; its text is not kept."""
HIDDEN = "•••"
"""What stands there instead."""


@dataclass(frozen=True)
class Content:
    """What a stored message says."""

    text: str
    key: str | None = None
    """Catalogue key, when the words are ours."""
    menu: tuple[Option, ...] = ()
    notes: frozenset[str] = field(default_factory=frozenset)

    def to_json(self) -> JSON:
        """As sealed in `message.sealed`."""
        return {
            "text": self.text,
            "key": self.key,
            "menu": [[option.label, option.intent, option.value] for option in self.menu],
            "notes": sorted(self.notes),
        }

    @classmethod
    def from_json(cls, value: JSON) -> Content:
        """Inverse of `to_json`."""
        menu = tuple(Option(label, intent, choice) for label, intent, choice in value["menu"])
        return cls(value["text"], value["key"], menu, frozenset(value["notes"]))

    @classmethod
    def from_reply(cls, reply: Reply) -> Content:
        """The content of one of our answers."""
        return cls(reply.text, reply.key, reply.menu)


async def lock_conversation(tx: Transaction, conversation_id: UUID) -> Conversation | None:
    """The conversation with its row locked, or None when it was erased.

    Everything that changes a conversation takes this lock first: PostgreSQL
    hands out ids before commit, so order needs it.
    """
    return await tx.session.get(
        Conversation, conversation_id, with_for_update=True, populate_existing=True
    )


async def find_by_address(tx: Transaction, door: Door, lookup: bytes) -> UUID | None:
    """The conversation that an address belongs to. Serialises first messages of one address."""
    await tx.session.execute(
        text("SELECT pg_advisory_xact_lock(:key)"),
        {"key": int.from_bytes(lookup[:8], "big", signed=True)},
    )
    return await tx.session.scalar(
        select(Address.conversation_id).where(Address.door == door, Address.lookup == lookup)
    )


async def append_message(
    tx: Transaction,
    key: bytes,
    conversation: Conversation,
    author: str,
    content: Content,
    at: datetime,
    *,
    processed: bool = True,
    message_id: UUID | None = None,
) -> Message:
    """Stores one message at the end of a **locked** conversation and tells its listeners.

    `message_id` is given by callers that must recognise a repeated request.
    """
    message_id = message_id or uuid4()
    conversation.last_seq += 1
    message = Message(
        id=message_id,
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        author=author,
        sealed=seal_json(key, content.to_json(), "message.sealed", message_id),
        created_at=at,
        processed_at=at if processed else None,
    )
    tx.session.add(message)
    if content.menu:
        menu = [[option.label, option.intent, option.value] for option in content.menu]
        conversation.menu_sealed = seal_json(key, menu, "conversation.menu_sealed", conversation.id)
    await tx.session.flush()
    await tx.notify(CONVERSATION_CHANNEL, conversation_id=str(conversation.id))
    return message


def write_attachments(key: bytes, message: Message, attachments: tuple[Attachment, ...]) -> None:
    """Seals where the voice notes of a message lie at the provider; nothing when there are none."""
    if attachments:
        rows = [{"sid": found.sid, "kind": found.kind} for found in attachments]
        message.attachments_sealed = seal_json(key, rows, "message.attachments", message.id)


def read_attachments(key: bytes, message: Message) -> tuple[Attachment, ...]:
    """The voice notes that came with a message."""
    if message.attachments_sealed is None:
        return ()
    rows = unseal_json(key, message.attachments_sealed, "message.attachments", message.id)
    return tuple(Attachment(row["sid"], row["kind"]) for row in rows)


def read_content(key: bytes, message: Message) -> Content:
    """Opens a stored message."""
    return Content.from_json(unseal_json(key, message.sealed, "message.sealed", message.id))


def hide_word(key: bytes, message: Message) -> None:
    """Puts dots in the place of one of her words: nobody who reads the chat may learn it."""
    notes = read_content(key, message).notes | {SECRET}
    content = Content(HIDDEN, notes=notes)
    message.sealed = seal_json(key, content.to_json(), "message.sealed", message.id)
    message.hidden = True


async def read_before(tx: Transaction, key: bytes, message: Message) -> tuple[str, ...]:
    """What the person wrote shortly before a message, oldest first; often nothing.

    At most `MESSAGES_BEFORE`, none older than `TIME_BEFORE`: yesterday's words are another
    moment, and each is opened again for this only.
    """
    rows = await tx.session.scalars(
        select(Message)
        .where(
            Message.conversation_id == message.conversation_id,
            Message.author == "person",
            Message.seq < message.seq,
            Message.created_at >= message.created_at - TIME_BEFORE,
        )
        .order_by(Message.seq.desc())
        .limit(MESSAGES_BEFORE)
    )
    before = (read_content(key, row) for row in reversed(rows.all()))
    return tuple(content.text for content in before if SECRET not in content.notes)


async def read_said_before(
    tx: Transaction, key: bytes, message: Message
) -> tuple[str, str | None] | None:
    """Author and catalogue key of the last words to her before a message of hers, if any."""
    row = await tx.session.scalar(
        select(Message)
        .where(
            Message.conversation_id == message.conversation_id,
            Message.author != "person",
            Message.seq < message.seq,
        )
        .order_by(Message.seq.desc())
        .limit(1)
    )
    return None if row is None else (row.author, read_content(key, row).key)


async def read_keys_before(tx: Transaction, key: bytes, message: Message) -> frozenset[str]:
    """Catalogue keys of what was said to her since her message before this one."""
    rows = await tx.session.scalars(
        select(Message)
        .where(Message.conversation_id == message.conversation_id, Message.seq < message.seq)
        .order_by(Message.seq.desc())
        .limit(_SAID_AT_ONCE)
    )
    said = takewhile(lambda row: row.author != "person", rows)
    return frozenset(name for row in said if (name := read_content(key, row).key))


async def read_place(tx: Transaction, key: bytes, conversation_id: UUID, kind: str) -> str | None:
    """The last ``city`` or ``province`` that she named, as in the word lists; None when none.

    It may be where somebody else is: good for offering more, never for leaving out.
    """
    rows = await tx.session.scalars(
        select(Assessment)
        .where(Assessment.conversation_id == conversation_id)
        .order_by(Assessment.created_at.desc())
        .limit(_LOOKED_AT_FOR_PLACE)
    )
    for row in rows:
        for found, name in reversed(read_assessment(key, row).named):
            if found == kind:
                return name
    return None


def read_menu(key: bytes, conversation: Conversation) -> tuple[Option, ...]:
    """The options of the last numbered menu; empty when there was none."""
    if conversation.menu_sealed is None:
        return ()
    rows = unseal_json(key, conversation.menu_sealed, "conversation.menu_sealed", conversation.id)
    return tuple(Option(label, intent, value) for label, intent, value in rows)


async def store_assessment(
    tx: Transaction, key: bytes, message: Message, parse: Parse, risk: Risk, at: datetime
) -> None:
    """Stores what screening found, once a message. `risk` is the risk in effect."""
    detail: JSON = {
        "language": parse.language,
        "script": parse.script,
        "language_confidence": parse.language_confidence,
        "intent": parse.intent,
        "confidence": parse.confidence,
        "value": parse.value,
        "named": [list(one) for one in parse.named],
        "entities": [list(one) for one in parse.entities],
        "matter": parse.matter,
        "denies": parse.denies,
        "who": risk.who,
        "score": risk.score,
        "why": list(risk.why),
    }
    tx.session.add(
        Assessment(
            message_id=message.id,
            conversation_id=message.conversation_id,
            level=risk.level,
            kind=risk.kind,
            source=parse.source,
            sealed=seal_json(key, detail, "assessment.sealed", message.id),
            created_at=at,
        )
    )
    await tx.session.flush()


def read_assessment(key: bytes, row: Assessment) -> Parse:
    """The parse of a message that was screened before, with the risk in effect."""
    detail = unseal_json(key, row.sealed, "assessment.sealed", row.message_id)
    risk = Risk(
        level=row.level,  # type: ignore[arg-type]  # the column holds nothing else
        kind=row.kind,  # type: ignore[arg-type]
        score=detail["score"],
        who=detail["who"],
        why=tuple(detail["why"]),
    )
    return Parse(
        language=detail["language"],
        script=detail["script"],
        language_confidence=detail["language_confidence"],
        intent=detail["intent"],
        confidence=detail["confidence"],
        value=detail["value"],
        # Those of older messages lack it.
        named=tuple((kind, name) for kind, name in detail.get("named") or detail.get("places", ())),
        entities=tuple((kind, value) for kind, value in detail.get("entities", ())),
        matter=detail.get("matter"),
        denies=bool(detail.get("denies")),
        risk=risk,
        source=row.source,  # type: ignore[arg-type]
    )
