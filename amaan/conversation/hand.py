"""Whether a message is written in the way that she writes: a sign of who holds the phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from amaan.conversation.language import SURE_OF_LANGUAGE, WORDS_TO_CHANGE_LANGUAGE
from amaan.conversation.store import SECRET, read_assessment, read_content
from amaan.ports import Parse
from amaan.storage import Transaction
from amaan.storage.models import Assessment, Message
from amaan.text import command, language_named, script_of

COMPARED: Final = 3
"""Her last messages that a new one is compared with; a judgement, as few as can show a habit."""
# "ok" and "hi" are typed in Latin letters by everybody; two words of another script are not.
_WORDS: Final = 2
# Numbers, links and names of accounts say nothing about a hand: so far back it is looked.
_LOOKED_AT: Final = 12
_NOT_HERS: Final = ("@", "/", "www.", ".com")


@dataclass(frozen=True)
class Hand:
    """How one message is written. `language` is None when it is not sure."""

    script: str
    language: str | None


def hand_of(text: str, parse: Parse | None) -> Hand | None:
    """How a text is written; None when it is too short to tell, or a command."""
    if command(text) is not None or language_named(text) is not None:
        return None
    words = [word for word in text.split() if not any(sign in word for sign in _NOT_HERS)]
    words = [word for word in words if any(sign.isalpha() for sign in word)]
    script = script_of(" ".join(words))
    if len(words) < _WORDS or script is None:
        return None
    sure = (
        parse is not None
        and parse.source == "model"
        and parse.language_confidence >= SURE_OF_LANGUAGE
        and len(words) >= WORDS_TO_CHANGE_LANGUAGE
    )
    return Hand(script, parse.language or None if sure and parse is not None else None)


def is_another(now: Hand | None, before: Sequence[Hand]) -> bool:
    """Whether a message is written otherwise than all of `before`; False when that is unsure."""
    if now is None or len(before) < COMPARED:
        return False
    if all(hand.script != now.script for hand in before):
        return True
    languages = [hand.language for hand in before]
    return now.language is not None and None not in languages and now.language not in languages


async def hands_before(tx: Transaction, key: bytes, message: Message) -> tuple[Hand, ...]:
    """How her last messages before `message` were written, the newest first."""
    rows = await tx.session.execute(
        select(Message, Assessment)
        .outerjoin(Assessment, Assessment.message_id == Message.id)
        .where(
            Message.conversation_id == message.conversation_id,
            Message.author == "person",
            Message.seq < message.seq,
        )
        .order_by(Message.seq.desc())
        .limit(_LOOKED_AT)
    )
    found: list[Hand] = []
    for row, assessed in rows:
        content = read_content(key, row)
        if SECRET in content.notes:
            continue
        hand = hand_of(content.text, read_assessment(key, assessed) if assessed else None)
        if hand is not None:
            found.append(hand)
        if len(found) == COMPARED:
            break
    return tuple(found)
