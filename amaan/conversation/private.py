"""The private menu: she says how nobody else shall find out.

`private` brings the menu, a number or a line of it a question, her next message the
answer. Whatever is no answer (a command, a sentence, danger) ends the question.
"""

from __future__ import annotations

import re
from dataclasses import replace

from amaan.conversation.own_words import CHOICE
from amaan.conversation.screening import PRIVATE_INTENT
from amaan.conversation.turns import Said
from amaan.conversation.wish_hours import read_hours
from amaan.conversation.wishes import MAX_WORDS, Wishes, usable_word
from amaan.ports import Parse
from amaan.text import command, digits, language_named

_QUESTIONS = {
    "word": "private.ask_word",
    "hours": "private.ask_hours",
    "cover": "private.ask_cover",
    # A cover cannot be opened without a word: that is asked for first.
    "word_cover": "private.need_word",
}
_SAVED, _UNCLEAR, _FORGOTTEN = "private.saved", "private.unclear", "private.forgotten"


def private_answer(parse: Parse, text: str, wishes: Wishes, asked: str | None) -> Said | None:
    """What is said when a message is about the private menu; None when it is not."""
    if parse.intent == PRIVATE_INTENT:
        return Said(["private.menu"])
    if parse.intent == CHOICE:
        return _chosen(parse.value, wishes)
    if asked not in _QUESTIONS or parse.value is not None:
        return None
    if command(text) is not None or language_named(text) is not None:
        return None
    return _hours(text, wishes) if asked == "hours" else _word(text, wishes, asked)


def _chosen(value: str | None, wishes: Wishes) -> Said:
    if value == "never_first":
        return Said([_SAVED], wishes=replace(wishes, never_first=True))
    if value == "forget":
        return Said([_FORGOTTEN], wishes=Wishes())
    asked = "word_cover" if value == "cover" and wishes.word is None else value or "word"
    return Said([_QUESTIONS[asked]], asked=asked)


def _hours(text: str, wishes: Wishes) -> Said | None:
    if re.search("[0-9]", digits(text)) is None:
        return None
    hours = read_hours(text)
    if hours is None:
        return Said([_UNCLEAR])
    return Said([_SAVED], wishes=replace(wishes, hours=hours))


def _word(text: str, wishes: Wishes, asked: str) -> Said | None:
    if len(text.split()) > MAX_WORDS:
        return None
    other = wishes.word if asked == "cover" else wishes.cover
    word = usable_word(text, other)
    if word is None:
        return Said([_UNCLEAR])
    if asked == "cover":
        return Said([_SAVED], wishes=replace(wishes, cover=word), secret=True)
    kept = replace(wishes, word=word)
    if asked == "word_cover":
        return Said([_QUESTIONS["cover"]], asked="cover", wishes=kept, secret=True)
    return Said([_SAVED], wishes=kept, secret=True)
