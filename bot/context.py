"""What a short message means after what the same person wrote just before.

"I have them in my hand now" is danger only after "he left the tablets here". So a short
message is read once more together with the last ones. What was said before must not ring
again by itself: "ok thanks" after a danger that was dealt with is no new one.
"""

from collections.abc import Sequence
from typing import Any, Final

from amaan.text import normalise, script_of

LEVELS: Final = ("none", "elevated", "critical")
# A longer message carries its own meaning; read with others it is only watered down.
WORDS_OF_A_FOLLOW_UP: Final = 12
WORDS_THAT_TELL_A_LANGUAGE: Final = 4
# The encoder reads 128 pieces of words: of longer messages before, it would never come to the
# new one. Their last words stand nearest to it.
CHARACTERS_OF_EACH_BEFORE: Final = 150
# Surely said to the chat itself, and no news of her: "no" to a question, "thanks", "stop".
# A goodbye is not among them: after danger it can be a farewell.
TO_THE_CHAT: Final = frozenset(
    {
        "affirm", "deny", "greet", "thanks", "bot_challenge", "change_language",
        "erase_conversation", "stop_messages", "request_human",
    }
)  # fmt: skip
SURE: Final = 0.6
# After danger this much suspicion of the new words is enough (about half of the alarm
# threshold, config.yml).
SUSPICION: Final = 0.04


def needs_context(text: str, before: Sequence[str], alone: dict[str, Any]) -> bool:
    """Tell whether the messages before could make this one worse than it is `alone`.

    `alone` is its own parse. A menu number and words to the chat say nothing new of danger.
    """
    readable = normalise(text)
    if not before or alone["risk"]["level"] == "critical" or script_of(readable) is None:
        return False
    if alone["intent"] in TO_THE_CHAT and alone["confidence"] >= SURE:
        return False
    return len(readable.split()) <= WORDS_OF_A_FOLLOW_UP


def last_words(before: Sequence[str]) -> list[str]:
    """Return the end of each message before, in whole words where it has any."""
    return [_last_words(normalise(text)) for text in before]


def _last_words(text: str) -> str:
    if len(text) <= CHARACTERS_OF_EACH_BEFORE:
        return text
    end = text[-CHARACTERS_OF_EACH_BEFORE:]
    return end.split(" ", 1)[-1]


def with_context(
    alone: dict[str, Any], earlier: dict[str, Any], joined: dict[str, Any]
) -> dict[str, Any]:
    """Return the risk of a message from its own, that of those before, and that of all.

    Each is {level, kind, score, who, why}. The result is never lower than `alone`.
    """
    worse_than_alone = _rank(joined) > _rank(alone)
    adds = _rank(joined) > _rank(earlier) or alone["score"] >= SUSPICION
    if not (worse_than_alone and adds):
        return alone
    why = [*alone["why"], "together with the messages before", *joined["why"]]
    return {**joined, "why": why}


def with_language(text: str, alone: dict[str, Any], joined: dict[str, Any]) -> dict[str, Any]:
    """Return a parse whose language is that of the talk where its own few words tell nothing.

    "ok theek hai" is four languages at once. The script is always the message's own.
    """
    few = len(normalise(text).split()) < WORDS_THAT_TELL_A_LANGUAGE
    if not few or joined["script"] != alone["script"] or joined["language"] is None:
        return alone
    told = {name: joined[name] for name in ("language", "language_confidence")}
    return {**alone, **told}


def _rank(risk: dict[str, Any]) -> int:
    return LEVELS.index(risk["level"])
