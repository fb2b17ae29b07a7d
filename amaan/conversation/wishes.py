"""What she asked us to keep in mind, so that nobody else finds out.

A safe word, a cover word, hours, and "never write first" stand sealed under the
conversation's own key and go with it at an erase. The words are kept folded
(`amaan.text.fold`), so that she need not remember how she spelled them, and are never
shown to anybody, written to a log or put into an error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from amaan.conversation.wish_hours import Hours, within
from amaan.storage.models import Conversation
from amaan.storage.vault import seal_json, unseal_json
from amaan.text import command, fold, language_named

PLACE = "conversation.wishes"
ANSWERED_WITHIN = timedelta(minutes=30)
"""So long after her last message our words are an answer, and later they come first.

A judgement: she has the phone in her hand for minutes, but a person needs up to a quarter
of an hour to come (`elevated_page_after`) and some more to write.
"""
OUTSIDE_HOURS, NEVER_FIRST = "wish_hours", "wish_first"
"""Error codes of messages that were withheld because of her wishes."""
BY_HER_WISH = frozenset({OUTSIDE_HOURS, NEVER_FIRST})
MAX_WORDS = 3
"""Words in a safe word at most: it is typed in a hurry, and what is longer may be a story."""
_MAX_SIGNS = 40
_MIN_SIGNS = 2


@dataclass(frozen=True)
class Wishes:
    """Her wishes. `word` and `cover` are folded; `hours` are of Pakistan's clock."""

    word: str | None = None
    """The safe word: opens the chat after a pause."""
    cover: str | None = None
    """The cover word: makes the chat look harmless until the safe word; never without one."""
    hours: Hours | None = None
    """From and until which hour messages may come unasked."""
    never_first: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether she wished for nothing."""
        return self == Wishes()


def read_wishes(key: bytes, conversation: Conversation) -> Wishes:
    """Her wishes; empty when she has none. Raises `StorageError` when they do not open."""
    if conversation.wishes_sealed is None:
        return Wishes()
    found = unseal_json(key, conversation.wishes_sealed, PLACE, conversation.id)
    hours = found["hours"]
    return Wishes(
        word=found["word"],
        cover=found["cover"],
        hours=(hours[0], hours[1]) if hours else None,
        never_first=found["never_first"],
    )


def write_wishes(key: bytes, conversation: Conversation, wishes: Wishes) -> None:
    """Seals her wishes in a **locked** conversation. Without a word the chat is open."""
    if wishes.word is None:
        wishes = replace(wishes, cover=None)
        conversation.guard = "open"
    if wishes.is_empty:
        conversation.wishes_sealed = None
        return
    value = {
        "word": wishes.word,
        "cover": wishes.cover,
        "hours": list(wishes.hours) if wishes.hours else None,
        "never_first": wishes.never_first,
    }
    conversation.wishes_sealed = seal_json(key, value, PLACE, conversation.id)


def is_her_word(wishes: Wishes, text: str) -> bool:
    """Whether the whole message is her safe word."""
    return wishes.word is not None and fold(text) == wishes.word


def is_her_cover(wishes: Wishes, text: str) -> bool:
    """Whether the whole message is her cover word."""
    return wishes.cover is not None and fold(text) == wishes.cover


def usable_word(text: str, *others: str | None) -> str | None:
    """The folded word in an answer to "choose a word"; None when it cannot be one.

    A command or the name of a language stays one, a number chooses from a menu, and a word
    cannot be both her safe and her cover word (`others`).
    """
    folded = fold(text)
    if not _MIN_SIGNS <= len(folded) <= _MAX_SIGNS or len(folded.split()) > MAX_WORDS:
        return None
    if not any(sign.isalpha() for sign in folded) or folded in others:
        return None
    if command(text) is not None or language_named(text) is not None:
        return None
    return folded


def withheld(wishes: Wishes, conversation: Conversation, author: str, now: datetime) -> str | None:
    """Why a message of `author` must not go to her telephone now: an error code, or None.

    The assistant's own answers always go: it speaks when she has just spoken. A web page
    shows what there is when she looks.
    """
    if author == "bot" or conversation.door == "web":
        return None
    is_answer = now - conversation.last_inbound_at <= ANSWERED_WITHIN
    if wishes.hours is not None and not within(wishes.hours, now):
        # Who writes at another hour herself wants an answer then.
        wrote_outside = not within(wishes.hours, conversation.last_inbound_at)
        return None if is_answer and wrote_outside else OUTSIDE_HOURS
    return NEVER_FIRST if wishes.never_first and not is_answer else None
