"""One text in, the contract of `parse` out: the only road to the model, for everybody."""

from typing import Any, Final

from rasa.core.agent import Agent

from amaan.text import normalise

_NOTHING: Final[dict[str, Any]] = {
    "language": None,
    "script": None,
    "language_confidence": 0.0,
    "intent": "out_of_scope",
    "confidence": 0.0,
    "risk": {"level": "none", "kind": None, "score": 0.0, "who": "self", "why": []},
}


async def assess(agent: Agent, text: str) -> dict[str, Any]:
    """Return language, script, language_confidence, intent, confidence and risk of a text.

    Shape: design 6.1 and 6.3; language and script are None without letters. The text is
    normalised first, which also keeps "/greet" from forcing an intent.
    """
    readable = normalise(text)
    if not readable:
        # Rasa skips its pipeline for an empty text.
        return {**_NOTHING, "risk": {**_NOTHING["risk"], "why": []}}
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
    }
