"""One text in, the contract of `parse` out: the only road to the model, for everybody."""

from collections.abc import Sequence
from typing import Any, Final

from rasa.core.agent import Agent

from amaan.text import normalise
from bot.context import last_words, needs_context, with_context, with_language

_NOTHING: Final[dict[str, Any]] = {
    "language": None,
    "script": None,
    "language_confidence": 0.0,
    "intent": "out_of_scope",
    "confidence": 0.0,
    "risk": {"level": "none", "kind": None, "score": 0.0, "who": "self", "why": []},
    "entities": [],
}


async def assess(agent: Agent, text: str, before: Sequence[str] = ()) -> dict[str, Any]:
    """Return language, script, language_confidence, intent, confidence, risk and entities.

    Shape: design 6.1 and 6.3; language and script are None without letters. The text is
    normalised first, which also keeps "/greet" from forcing an intent. `before` are the
    person's own last messages, oldest first: they can raise the risk of a short one, never
    lower it, and they tell the language of a message that is too short to tell.
    """
    alone = await _parsed(agent, text)
    if not needs_context(text, before, alone):
        return alone
    before = last_words(before)
    joined = await _parsed(agent, "\n".join([*before, text]))
    alone = with_language(text, alone, joined)
    if joined["risk"]["level"] == "none":
        return alone
    earlier = await _parsed(agent, "\n".join(before))
    return {**alone, "risk": with_context(alone["risk"], earlier["risk"], joined["risk"])}


async def _parsed(agent: Agent, text: str) -> dict[str, Any]:
    readable = normalise(text)
    if not readable:
        # Rasa skips its pipeline for an empty text.
        return {**_NOTHING, "risk": {**_NOTHING["risk"], "why": []}, "entities": []}
    parsed = await agent.parse_message(readable)
    intent = parsed["intent"]
    return {
        # Rasa leaves out what is None.
        "language": parsed.get("language"),
        "script": parsed.get("script"),
        "language_confidence": parsed["language_confidence"],
        "intent": intent["name"],
        "confidence": intent["confidence"],
        "risk": parsed["risk"],
        "entities": parsed["entities"],
    }
