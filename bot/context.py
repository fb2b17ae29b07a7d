"""What a short message means after what the same person wrote just before.

"I have them in my hand now" is danger only after "he left the tablets here". So a short
message is read once more together with the last ones. What was said before must not ring
again by itself: "ok thanks" after a danger that was dealt with is no new one.
"""

from collections.abc import Sequence
from typing import Any, Final

from amaan.text import normalise

LEVELS: Final = ("none", "elevated", "critical")
# A longer message carries its own meaning; read with others it is only watered down.
WORDS_OF_A_FOLLOW_UP: Final = 12
WORDS_THAT_TELL_A_LANGUAGE: Final = 4
# After danger this much suspicion of the new words is enough (half of the alarm threshold,
# config.yml).
SUSPICION: Final = 0.04


def needs_context(text: str, before: Sequence[str], risk: dict[str, Any]) -> bool:
    """Tell whether the messages before could make this one worse than it is alone."""
    if not before or risk["level"] == "critical":
        return False
    return 0 < len(normalise(text).split()) <= WORDS_OF_A_FOLLOW_UP


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
