"""The phone lines that may answer now, for somebody who waits: from the shown facts only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from amaan.conversation.own_words import OwnWords
from amaan.facts import Fact, load_facts
from amaan.storage.models import Conversation

_NAMES = {
    "police": "web.line.police",
    "rights_line": "web.line.rights",
    "cyber_line": "web.line.cyber",
    "drf": "web.line.drf",
    "umang": "web.line.umang",
    "child_line": "web.line.child",
}
"""Name of a fact and the catalogue key that names the line with its number."""
_IN_LIFE_DANGER = ("police", "umang", "rights_line", "drf", "cyber_line", "child_line")
_OTHERWISE = ("police", "rights_line", "cyber_line", "drf", "umang", "child_line")
_SMS_LINES = 2
"""What an SMS has room for beside its text in two segments."""


def open_lines(at: datetime, province: str | None, kind: str | None) -> list[Fact]:
    """The lines that may answer at `at`, police first, then the likeliest to help.

    `province` is where she seems to be: a line of some provinces is shown in these only, so
    never when None. `kind` is the case's. A line whose hours no source states is among them.
    """
    facts = _facts()
    order = _IN_LIFE_DANGER if kind == "suicide" else _OTHERWISE
    return [
        facts[name]
        for name in order
        if name in facts
        and facts[name].may_answer(at)
        and (not facts[name].provinces or province in facts[name].provinces)
    ]


def sms_lines(lines: Sequence[Fact]) -> str:
    """The first numbers alone: ``15, 1099``."""
    return ", ".join(fact.value for fact in lines[:_SMS_LINES])


def spoken_lines(lines: Sequence[Fact], words: OwnWords, conversation: Conversation) -> str:
    """Each line's name and number in her language, one a line of text; not for SMS."""
    return "\n".join(words.reply(_NAMES[fact.name], conversation).text for fact in lines)


@lru_cache(maxsize=1)
def _facts() -> dict[str, Fact]:
    return {name: fact for name, fact in load_facts().items() if fact.is_shown}
