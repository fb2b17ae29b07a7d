"""One text in, the contract of `parse` out: the only road to the model, for everybody."""

from collections.abc import Sequence
from typing import Any, Final

from rasa.core.agent import Agent

from amaan.text import normalise
from bot.context import last_words, needs_context, with_context, with_language
from bot.matter import CLEAR, COURTESY, after_courtesy, matter_in, opens_with_no

_NOTHING: Final[dict[str, Any]] = {
    "language": None,
    "script": None,
    "language_confidence": 0.0,
    "intent": "out_of_scope",
    "confidence": 0.0,
    "risk": {"level": "none", "kind": None, "score": 0.0, "who": "self", "why": []},
    "entities": [],
    "matter": None,
    "denies": False,
}


async def assess(agent: Agent, text: str, before: Sequence[str] = ()) -> dict[str, Any]:
    """Return what one message says, as a dictionary that the app reads.

    Keys: language, script, language_confidence, intent, confidence, risk, entities, matter and
    denies (shape: design 6.1 and 6.3). language and script are None without letters. `matter` is
    what the message is about besides danger or a courtesy (bot/matter.py), often None; `denies`
    tells that it begins with a clear no. The text is normalised first, which also keeps "/greet"
    from forcing an intent. `before` are the person's own last messages, oldest first: they can
    raise the risk of a short one, never lower it, and they tell the language of a message that is
    too short to tell.
    """
    alone = await _with_matter(agent, text, await _parsed(agent, text))
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
        "matter": matter_in(parsed),
        "denies": False,
    }


async def _with_matter(agent: Agent, text: str, alone: dict[str, Any]) -> dict[str, Any]:
    """Return the parse with the matter that follows "no, ..." or "thanks. ..." in the message.

    And with whether its first words are a clear no, whatever it was taken for as a whole.
    """
    found = dict(alone)
    rest = after_courtesy(text) if alone["intent"] in COURTESY else None
    if rest is not None:
        found["matter"] = (await _parsed(agent, rest))["matter"]
    first = opens_with_no(text)
    if first is not None:
        no = await _parsed(agent, first)
        found["denies"] = no["intent"] == "deny" and no["confidence"] >= CLEAR
    return found
