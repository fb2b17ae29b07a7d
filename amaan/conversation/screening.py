"""Step 2: every message is screened before anything else happens to it.

The model is asked first. When it is slow, dead or broken the lexical rules
decide and a human is called: nobody is answered unscreened.
"""

from __future__ import annotations

import re
from dataclasses import replace

from amaan.conversation.language import language_of_script
from amaan.conversation.own_words import CHOICE, VOICE
from amaan.errors import OutsideServiceError
from amaan.logs import log
from amaan.ports import Option, Parse, Risk, Screener, worse
from amaan.text import (
    MAX_CHARACTERS,
    command,
    fold,
    is_blank,
    language_named,
    normalise,
    script_of,
)
from amaan.text import screen as screen_by_rules
from amaan.words.languages import VARIANTS

PRIVATE_INTENT, HELP_INTENT, START_INTENT = "private_menu", "help_words", "start_again"
"""Intents of command words that the core answers; the dialogue never sees them."""
NEAR_INTENT = "somebody_near"
"""The same; where the words answer a question of ours they reach the dialogue as a yes."""
# What a command word means as an intent (design.md 6.4).
_COMMAND_INTENTS = {
    "erase": "erase_conversation",
    "stop": "stop_messages",
    "human": "request_human",
    "private": PRIVATE_INTENT,
    "help": HELP_INTENT,
    "start": START_INTENT,
    "near": NEAR_INTENT,
}
# "end", "quit" and "cancel" are no commands: in a talk they mean its matter ("cancel that
# picture"). A carrier may still take them for an opt-out; then its refusal tells us so.
BLANK_INTENT = "out_of_scope"
_MENU_NUMBER = re.compile(r"([1-9][0-9]?)[.)\-۔ ]*")
# Of a very long message every piece is screened, so that danger cannot hide behind the
# 2,000 characters that are read at once; 11 pieces are all that is ever stored.
_OVERLAP = 100
_MAX_PIECES = 11
_COMPLAINT = "complaint_"
_NAMED_LINES = (CHOICE, _COMPLAINT)
_DELETES = frozenset({"delete", "take_out"})
# By judgement: a longer "yes" has a "but", a longer "stop" tells of something that stopped.
_WORDS_OF_A_YES = 3
_WORDS_OF_A_STOP = 4


async def screen(
    screener: Screener,
    text: str,
    menu: tuple[Option, ...],
    language: str,
    script: str,
    before: tuple[str, ...] = (),
) -> Parse:
    """Understands one message.

    `menu` are the options last offered: a bare number chooses one of them.
    `language` and `script` are the conversation's, used where the text shows none.
    `before` are the person's own last messages, oldest first.
    Never raises: the rules always answer.
    """
    readable = readable_pieces(text)
    if not readable:
        return _certain(BLANK_INTENT, language, script)
    first, *rest = readable
    parse = await _understand(screener, first, language, script, before)
    for piece in rest:
        more = await _understand(screener, piece, language, script)
        by_rules = "rules" in (parse.source, more.source)
        parse = replace(
            parse,
            risk=worse(parse.risk, more.risk),
            source="rules" if by_rules else "model",
        )
    if rest:
        # A command or a menu number is a whole message, never the start of a long one.
        return parse
    return _commanded(parse, normalise(first), menu, language, script)


def readable_pieces(text: str) -> list[str]:
    """The pieces that hold something readable; none for a message of controls and spaces.

    Asked piece by piece: thousands of invisible signs in front must not hide a cry for help.
    """
    return [piece for piece in pieces(text) if not is_blank(piece) and normalise(piece)]


def pieces(text: str) -> list[str]:
    """`text` in pieces that are read whole; they overlap, so that no sentence is cut apart."""
    step = MAX_CHARACTERS - _OVERLAP
    starts = range(0, max(len(text) - _OVERLAP, 1), step)
    return [text[start : start + MAX_CHARACTERS] for start in starts][:_MAX_PIECES]


async def _understand(
    screener: Screener, text: str, language: str, script: str, before: tuple[str, ...] = ()
) -> Parse:
    try:
        return await screener.parse(text, before)
    except OutsideServiceError as error:
        log().warning("screening_by_rules", code=error.code)
        return _by_rules(text, language, script)


def _by_rules(text: str, language: str, script: str) -> Parse:
    found = screen_by_rules(text)
    why = (*found.why, *found.beside) if found.level != "none" else ()
    risk = Risk(found.level, found.kind, found.score, found.who, why)
    seen = script_of(text) or script
    return Parse(
        language=language_of_script(seen, language, script),
        script=seen,
        intent=_risk_intent(risk),
        confidence=risk.score,
        risk=risk,
        source="rules",
    )


def _risk_intent(risk: Risk) -> str:
    if risk.level == "none":
        return "out_of_scope"
    return "suicide_risk" if risk.kind == "suicide" else "imminent_harm"


def _commanded(
    parse: Parse, normal: str, menu: tuple[Option, ...], language: str, script: str
) -> Parse:
    """Menu numbers and command words outrank the guessed intent, never the risk."""
    option = _chosen(normal, menu) or _named(normal, menu) or _deleted(normal, menu)
    if option is not None:
        return replace(
            _certain(option.intent, language, script),
            risk=parse.risk,
            source=parse.source,
            value=option.value,
        )
    is_short = len(normal.split()) <= _WORDS_OF_A_YES
    if parse.intent == "affirm" and is_short and any(o.value == "confirmed" for o in menu):
        # "yes" in words to "erase everything now?"; a number was dealt with above. "Yes, but
        # not now" is none.
        return replace(parse, intent="erase_conversation", value="confirmed")
    if parse.intent == "affirm" and any(option.value == VOICE for option in menu):
        # "yes" in words to "shall I call someone who can listen?"
        return replace(parse, intent="request_human", value=None)
    return _by_word(parse, normal)


def _by_word(parse: Parse, normal: str) -> Parse:
    """The parse of a message that may be a command or the name of a language."""
    word = command(normal)
    if word == "language":
        return replace(parse, intent="change_language", confidence=1.0, value=None)
    if word in _COMMAND_INTENTS:
        return replace(parse, intent=_COMMAND_INTENTS[word], confidence=1.0, value="certain")
    tag = language_named(normal)
    if tag in VARIANTS:
        return replace(parse, intent="change_language", confidence=1.0, value=tag)
    if parse.intent == "stop_messages" and len(normal.split()) > _WORDS_OF_A_STOP:
        # "He wrote again and I stopped it": nobody is unsubscribed for that, and to a question
        # of ours it is no answer. Not understood, she is asked again.
        return replace(parse, intent=BLANK_INTENT, confidence=0.0)
    return parse


def _chosen(normal: str, menu: tuple[Option, ...]) -> Option | None:
    # `normalise` has made Eastern digits Latin. "1." and "1)" are how people answer too.
    found = _MENU_NUMBER.fullmatch(normal)
    if found is None:
        return None
    index = int(found.group(1)) - 1
    return menu[index] if index < len(menu) else None


def _deleted(normal: str, menu: tuple[Option, ...]) -> Option | None:
    """ "Delete" below "keep it or delete it?" means the draft or the line, and not everything."""
    if command(normal) != "erase":
        return None
    found = (one for one in menu if one.intent.startswith(_COMPLAINT) and one.value in _DELETES)
    return next(found, None)


def _named(normal: str, menu: tuple[Option, ...]) -> Option | None:
    """The line of the private menu, or of the complaint's, that the whole message is.

    Other menus have "yes" and "no" for lines, which mean something in every talk. "Begin" and
    "delete it" below a complaint are no commands to the house.
    """
    folded = fold(normal)
    lines = (option for option in menu if option.intent.startswith(_NAMED_LINES))
    return next((option for option in lines if fold(option.label) == folded), None)


def _certain(intent: str, language: str, script: str) -> Parse:
    return Parse(language=language, script=script, intent=intent, confidence=1.0, risk=Risk())
