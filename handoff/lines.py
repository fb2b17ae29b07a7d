"""The phone lines that may answer now, for somebody who waits: from the shown facts only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from amaan.conversation.own_words import OwnWords
from amaan.facts import Fact
from amaan.lines import LABELS, SUICIDE, WAITING, open_lines
from amaan.storage.models import Conversation

_SMS_LINES = 2
"""What an SMS has room for beside its text in two segments."""


def lines_now(at: datetime, province: str | None, kind: str | None) -> list[Fact]:
    """The lines that may answer at `at`, police first. `kind` is the case's; see `open_lines`."""
    return open_lines(at, province, SUICIDE if kind == "suicide" else WAITING)


def sms_lines(lines: Sequence[Fact]) -> str:
    """The first numbers alone: ``15, 1099``."""
    return ", ".join(fact.value for fact in lines[:_SMS_LINES])


def spoken_lines(lines: Sequence[Fact], words: OwnWords, conversation: Conversation) -> str:
    """Each line's name and number in her language, one a line of text; not for SMS."""
    return "\n".join(words.reply(LABELS[fact.name], conversation).text for fact in lines)
