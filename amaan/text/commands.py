"""Whole messages that are understood without any model: erase, stop, a human, a language, ...

Only a whole message counts. "delete everything he posted" is not a command, and a
helpline that erased a chat by mistake would lose what somebody took courage to write.
"""

from functools import lru_cache
from typing import Final, Literal, cast

from amaan.text.fold import fold
from amaan.text.lexicon import Lexicon, load

Command = Literal[
    "erase", "stop", "start", "human", "quiet", "help", "private", "language", "stranger", "near"
]

# A command is short; longer messages are never compared.
_MAX_WORDS: Final = 6


def command(text: str) -> Command | None:
    """Return the command that the whole message is, or None."""
    role = _whole(text, "command")
    return cast(Command, role) if role else None


def form_word(text: str) -> str | None:
    """Return the word of a form that the whole message is: skip, why, later, self, woman, ..."""
    return _whole(text, "form")


def language_named(text: str) -> str | None:
    """Return the variant tag (such as "sd-Latn") of a language name that is the whole message.

    A name written in Latin letters means the Latin script, except where she asks for
    the other one; an Arabic name means the Arabic script.
    """
    return _whole(text, "language")


def _whole(text: str, kind: str) -> str | None:
    words = fold(text).split()
    if not 0 < len(words) <= _MAX_WORDS:
        return None
    for match in _lexicon(kind).find(words):
        if match.start == 0 and match.end == len(words):
            return match.rule.role
    return None


@lru_cache(maxsize=3)
def _lexicon(kind: str) -> Lexicon:
    return Lexicon(rule for rule in load() if rule.kind == kind)
