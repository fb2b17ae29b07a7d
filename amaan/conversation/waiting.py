"""What her message means while she waits for a human: an answer to a line said meanwhile.

The lines themselves are said by the handoff (`handoff.waiting`); here only their keys are
known, and what a short answer to one of them is.
"""

from __future__ import annotations

from dataclasses import replace

from amaan.conversation.near import HUSH
from amaan.conversation.risk import CLEAR_NO
from amaan.ports import Parse, Risk
from amaan.text import command

HERE, PLACE, LINES, STILL = "wait.here", "wait.place", "wait.lines", "wait.still"
"""Keys of the lines, in the order in which they are said."""
QUIET = "wait.quiet"
"""Key of the answer to a wish for no more of them."""

Said = tuple[str, str | None] | None
"""Author and key of the last words to her before her message; None when there were none."""

# After these words of the house a "yes" or "1" is no answer to the dialogue's own question
# from before them. A notice that comes between (nobody came yet) does not end a question.
_NEW_TALK = frozenset({PLACE, HUSH, "human.released", "human.closed", "human.lost"})
# Lines that ask nothing: a clear "no" to them means no more of them.
_STATEMENTS = frozenset({HERE, LINES, STILL})
# "No, there is nobody with me" is no wish to be left alone. A judgement.
_WORDS_OF_A_NO = 3


def place_risk(parse: Parse, risk: Risk, said: Said) -> Risk:
    """The risk in effect, raised when she says that she is not in a safe place.

    A "no" to that question is danger, however unsure the reading: the opposite of a "no" to
    the gentle question.
    """
    if _key(said) != PLACE or parse.intent != "deny" or risk.level == "critical":
        return risk
    return replace(
        risk, level="critical", kind=risk.kind or "harm", why=(*risk.why, "not_in_a_safe_place")
    )


def wants_quiet(text: str, parse: Parse, said: Said) -> bool:
    """Whether she wants no more of the lines: by a word for it, or by a clear "no" to one."""
    if command(text) == "quiet":
        return True
    return (
        _key(said) in _STATEMENTS
        and parse.intent == "deny"
        and parse.value is None
        and parse.confidence >= CLEAR_NO
        and len(text.split()) <= _WORDS_OF_A_NO
    )


def answers_others(said: Said) -> bool:
    """Whether she answers a human, or words that were not the dialogue's."""
    return said is not None and (said[0] == "supervisor" or said[1] in _NEW_TALK)


def _key(said: Said) -> str | None:
    return None if said is None else said[1]
