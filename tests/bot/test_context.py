"""A short message is read with those before it; what was said before never rings again."""

from typing import Any

import pytest

from bot.context import needs_context, with_context, with_language


def risk(level: str, score: float) -> dict[str, Any]:
    """A risk as the parse has it."""
    return {"level": level, "kind": None, "score": score, "who": "self", "why": [f"{score}"]}


NONE = risk("none", 0.01)
CRITICAL = risk("critical", 0.9)


@pytest.mark.parametrize("text", ["abhi mere hath mein hain", "هاڻي هٿ ۾ آهن"])
def test_a_short_message_is_read_with_those_before(text: str) -> None:
    assert needs_context(text, ["wo goliyan yahin chhor gaya"], NONE)


@pytest.mark.parametrize(
    ("text", "before", "alone"),
    [
        ("abhi", [], NONE),
        ("", ["something"], NONE),
        ("now", ["something"], CRITICAL),
        ("one word after the other makes a message that says all by itself here", ["x"], NONE),
    ],
)
def test_others_stand_alone(text: str, before: list[str], alone: dict[str, Any]) -> None:
    assert not needs_context(text, before, alone)


def test_new_danger_of_both_together_counts_and_says_why() -> None:
    found = with_context(NONE, risk("none", 0.1), CRITICAL)
    assert found["level"] == "critical"
    assert "together with the messages before" in found["why"]


def test_thanks_after_danger_is_no_new_danger() -> None:
    assert with_context(NONE, CRITICAL, CRITICAL) is NONE


def test_after_danger_a_suspicion_is_enough() -> None:
    assert with_context(risk("none", 0.2), CRITICAL, CRITICAL)["level"] == "critical"


def test_context_never_lowers() -> None:
    alone = risk("elevated", 0.5)
    assert with_context(alone, NONE, risk("elevated", 0.3)) is alone


def test_a_few_words_take_the_language_of_the_talk() -> None:
    alone = {"language": "ps", "script": "Latn", "language_confidence": 0.3}
    talk = {"language": "sd", "script": "Latn", "language_confidence": 0.9}
    assert with_language("ok", alone, talk)["language"] == "sd"
    assert with_language("wale cha gwari da sok de", alone, talk)["language"] == "ps"
    assert with_language("ok", alone, {**talk, "script": "Arab"})["language"] == "ps"
    assert with_language("ok", alone, {**talk, "language": None})["language"] == "ps"
