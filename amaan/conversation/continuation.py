"""Long answers by SMS: at most two segments at a time, the rest when she asks for it.

She pays for a segment, or we do. What is longer is cut at a sentence or a line and ends
with the catalogue's `more.hint` ("1 = more"). The rest waits sealed in the conversation,
the numbered menu with its last part; "1" as her next message brings the next part, any
other message gives the rest up. Every part is screened for as any message of hers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Final

from amaan.ports import Option, Reply
from amaan.storage.models import Conversation
from amaan.storage.vault import seal_json, unseal_json
from amaan.text import fold, normalise
from amaan.text.segments import segments

MAX_SEGMENTS: Final = 2
"""Segments of one automatic SMS. design.md 8: more only when the person asks for more."""
HINT: Final = "more.hint"
MORE_MENU: Final = (Option("", "affirm", "more"),)
"""What a number chooses while a rest waits: "1" is more, and never the first option of an
older menu, where it may stand for an erase."""

# Words for danger and for a failure come whole: nobody in danger is asked to pay for the
# second half. The catalogues keep them within two segments (docs/segments.md).
_WHOLE: Final = ("risk.", "screen.", "service.", "human.", "wait.")
# Two segments of GSM-7 hold no more; a longer part need not be counted.
_MOST_SIGNS: Final = 2 * 153
_END_OF_SENTENCE: Final = re.compile(r"(?<=[.۔?؟!])\s+|\n+")
_SPACE: Final = re.compile(r"\s+")
_ONE: Final = re.compile(r"1[.)\-۔ ]*")


def numbered(text: str, menu: Sequence[Option]) -> str:
    """The words with a numbered menu below, one option a line.

    Numbers are Latin on every phone: they type fastest and cost no UCS-2. What she
    answers with, in Latin or Eastern digits, is understood either way.
    """
    options = (f"{number} {option.label}" for number, option in enumerate(menu, start=1))
    return "\n".join((*((text,) if text else ()), *options))


def fitted(
    key: bytes,
    conversation: Conversation,
    replies: Sequence[Reply],
    hint: Callable[[Conversation], str],
) -> list[Reply]:
    """The answers as they go out now; what is left of them is kept in the conversation.

    Only SMS is cut. New answers replace whatever waited before. When one of them speaks of
    danger nothing is cut and nothing waits: her next "1" belongs to that.
    """
    conversation.rest_sealed = None
    danger = any(reply.key.startswith("risk.") for reply in replies)
    if conversation.door != "sms" or danger:
        return list(replies)
    now: list[Reply] = []
    rest: list[Reply] = []
    for reply in replies:
        first, left = (reply, None) if fits(reply) else divided(reply, hint(conversation))
        now.append(first)
        if left is not None:
            rest.append(left)
    if rest:
        rows = [asdict(left) for left in rest]
        conversation.rest_sealed = seal_json(key, rows, "conversation.rest", conversation.id)
    return now


def read_rest(key: bytes, conversation: Conversation) -> tuple[Reply, ...]:
    """What waits for her "1"; empty when nothing does."""
    if conversation.rest_sealed is None:
        return ()
    rows = unseal_json(key, conversation.rest_sealed, "conversation.rest", conversation.id)
    return tuple(
        Reply(row["key"], row["text"], tuple(Option(**option) for option in row["menu"]))
        for row in rows
    )


def wanted_rest(
    key: bytes, conversation: Conversation, text: str, hints: Callable[[], Sequence[str]]
) -> tuple[Reply, ...]:
    """What is left of a long SMS, when her message `text` asks for it; else nothing."""
    rest = read_rest(key, conversation)
    return rest if rest and asks_for_more(text, hints()) else ()


def fits(reply: Reply) -> bool:
    """Whether an answer goes out whole: it is short, or its words must not be parted."""
    whole = reply.key.startswith(_WHOLE) or not reply.text
    return whole or segments(numbered(reply.text, reply.menu)) <= MAX_SEGMENTS


def asks_for_more(text: str, hints: Sequence[str]) -> bool:
    """Whether the whole message is "1" in any digits, or the word that one of `hints` names."""
    if _ONE.fullmatch(normalise(text)):
        return True
    return fold(text) in {fold(hint.partition("=")[2]) for hint in hints} - {""}


def divided(reply: Reply, hint: str) -> tuple[Reply, Reply | None]:
    """The part of an answer too long that goes out now, and what is left of it.

    The menu stays whole and goes with the last words; one that alone is too long goes out
    as it is, since half a menu offers half the ways on.
    """
    for end in _places_to_cut(reply.text):
        if end > _MOST_SIGNS:
            continue
        part = f"{reply.text[:end].rstrip()}\n{hint}"
        if segments(part) <= MAX_SEGMENTS:
            left = replace(reply, text=reply.text[end:].lstrip())
            return Reply(reply.key, part), left
    return reply, None


def _places_to_cut(text: str) -> Iterator[int]:
    """Where a text may end, the best place first: a sentence, a word, at last any sign."""
    yield len(text)
    for border in (_END_OF_SENTENCE, _SPACE):
        yield from reversed([found.start() for found in border.finditer(text) if found.start()])
    for end in range(len(text) - 1, 0, -1):
        # A mark belongs to the letter before it.
        if not unicodedata.combining(text[end]):
            yield end
