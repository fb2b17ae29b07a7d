"""A short message is read with those before it; what was said before never rings again."""

from typing import Any

import pytest

from bot.context import (
    CHARACTERS_OF_EACH_BEFORE,
    last_words,
    needs_context,
    with_context,
    with_language,
)


def risk(level: str, score: float) -> dict[str, Any]:
    """A risk as the parse has it."""
    return {"level": level, "kind": None, "score": score, "who": "self", "why": [f"{score}"]}


NONE = risk("none", 0.01)
CRITICAL = risk("critical", 0.9)


def alone(
    found: dict[str, Any], intent: str = "out_of_scope", confidence: float = 0.9
) -> dict[str, Any]:
    """The parse of a message by itself, as far as it is read here."""
    return {"risk": found, "intent": intent, "confidence": confidence}


@pytest.mark.parametrize("text", ["abhi mere hath mein hain", "هاڻي هٿ ۾ آهن"])
def test_a_short_message_is_read_with_those_before(text: str) -> None:
    assert needs_context(text, ["wo goliyan yahin chhor gaya"], alone(NONE))


@pytest.mark.parametrize("intent", ["deny", "thanks", "stop_messages", "request_human"])
def test_a_sure_word_to_the_chat_is_no_news_of_danger(intent: str) -> None:
    assert not needs_context("nahi", ["wo mujhe mar de ga"], alone(NONE, intent))
    assert needs_context("nahi", ["wo mujhe mar de ga"], alone(NONE, intent, 0.3))


def test_a_goodbye_after_danger_can_be_a_farewell() -> None:
    assert needs_context("khuda hafiz", ["bas ab nahi hota"], alone(NONE, "goodbye"))


def test_of_a_long_message_before_the_last_words_are_read() -> None:
    (end,) = last_words(["lambi kahani " * 100 + "goliyan mere paas hain"])
    assert end.endswith("goliyan mere paas hain")
    assert len(end) <= CHARACTERS_OF_EACH_BEFORE
    assert last_words(["chhoti baat"]) == ["chhoti baat"]


@pytest.mark.parametrize(
    ("text", "before", "found"),
    [
        ("1", ["something"], NONE),
        ("👍", ["something"], NONE),
        ("abhi", [], NONE),
        ("", ["something"], NONE),
        ("now", ["something"], CRITICAL),
        ("one word after the other makes a message that says all by itself here", ["x"], NONE),
    ],
)
def test_others_stand_alone(text: str, before: list[str], found: dict[str, Any]) -> None:
    assert not needs_context(text, before, alone(found))


def test_new_danger_of_both_together_counts_and_says_why() -> None:
    found = with_context(NONE, risk("none", 0.1), CRITICAL)
    assert found["level"] == "critical"
    assert "together with the messages before" in found["why"]


def test_thanks_after_danger_is_no_new_danger() -> None:
    assert with_context(NONE, CRITICAL, CRITICAL) is NONE


def test_after_danger_a_suspicion_is_enough() -> None:
    assert with_context(risk("none", 0.2), CRITICAL, CRITICAL)["level"] == "critical"


def test_context_never_lowers() -> None:
    worse = risk("elevated", 0.5)
    assert with_context(worse, NONE, risk("elevated", 0.3)) is worse


def test_a_few_words_take_the_language_of_the_talk() -> None:
    few = {"language": "ps", "script": "Latn", "language_confidence": 0.3}
    talk = {"language": "sd", "script": "Latn", "language_confidence": 0.9}
    assert with_language("ok", few, talk)["language"] == "sd"
    assert with_language("wale cha gwari da sok de", few, talk)["language"] == "ps"
    assert with_language("ok", few, {**talk, "script": "Arab"})["language"] == "ps"
    assert with_language("ok", few, {**talk, "language": None})["language"] == "ps"
