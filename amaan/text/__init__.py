"""Reading what a person typed: normalising, lexical danger rules, command words.

Both environments (the assistant's and the application's) import this package, and it
must work when everything else is down. Therefore it uses the standard library only.
"""

from amaan.text.commands import Command, command, form_word, language_named
from amaan.text.fold import fold
from amaan.text.lexical import LexicalRisk, screen
from amaan.text.normalise import (
    MAX_CHARACTERS,
    digits,
    is_blank,
    normalise,
    script_of,
    undisguised,
)

__all__ = [
    "MAX_CHARACTERS",
    "Command",
    "LexicalRisk",
    "command",
    "digits",
    "fold",
    "form_word",
    "is_blank",
    "language_named",
    "normalise",
    "screen",
    "script_of",
    "undisguised",
]
