"""Whatever is typed: an answer with honest uncertainty, never a crash."""

from __future__ import annotations

import random

import pytest

from bot.assess import assess
from tests.bot.talking import LOOP

LANGUAGES = {"ur", "ps", "sd", "pa", "bal", "en", None}
SCRIPTS = {"Arab", "Latn", "Guru", None}
LEVELS = {"none", "elevated", "critical"}

MANY_TONGUES = (
    "مدد help ਮਦਦ مرسته مدد ڪريو помощь 助けて help ayuda βοήθεια "
    "עזרה 도움 সাহায্য உதவி సహాయం ช่วย Hilfe "
)
HOSTILE = {
    "nothing": "",
    "spaces": " \t\n ",
    "one emoji": "😭",
    "many emoji": "😭🔪🙏" * 400,
    "only digits": "0" * 2_000,
    "eastern digits": "۱۲۳۴" * 500,
    "one letter": "ا" * 2_000,
    "no spaces": "مجھےمددچاہیے" * 150,
    "tongues mixed": MANY_TONGUES * 12,
    "right-to-left override": "\u202e" + "abc " * 400,
    "invisible": "\u200b\u2060\u00ad" * 600,
    "controls": "".join(map(chr, range(32))) * 40,
    "lone surrogates": "\ud800\udfff" * 300,
    "private and unassigned": "\ue000\U000e0001\uffff" * 300,
    "marks": "a" + "\u0301" * 1_500,
    "combining Arabic": "ب" + "\u064b\u0651" * 700,
    "markup": "<script>alert(1)</script>{{7*7}}%s/restart{}" * 40,
    "very long": "main theek hoon " * 5_000,
    "punctuation": "?!۔؟…" * 400,
    "not ours": "这是一个测试" * 100,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_answered_in_shape(agent: object, name: str) -> None:
    found = LOOP.run_until_complete(assess(agent, HOSTILE[name]))  # type: ignore[arg-type]  # Rasa's
    assert found["language"] in LANGUAGES
    assert found["script"] in SCRIPTS
    assert 0 <= found["language_confidence"] <= 1
    assert 0 <= found["confidence"] <= 1
    assert found["risk"]["level"] in LEVELS
    assert 0 <= found["risk"]["score"] <= 1
    assert isinstance(found["entities"], list)


@pytest.mark.parametrize("name", ["nothing", "spaces", "invisible", "lone surrogates"])
def test_nothing_readable_is_no_danger_and_no_language(agent: object, name: str) -> None:
    found = LOOP.run_until_complete(assess(agent, HOSTILE[name]))  # type: ignore[arg-type]  # Rasa's
    assert (found["language"], found["language_confidence"]) == (None, 0.0)
    assert found["risk"]["level"] == "none"


def test_noise_of_all_signs_is_survived(agent: object) -> None:
    chance = random.Random(20261121)
    for _ in range(40):
        text = "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randrange(300)))
        found = LOOP.run_until_complete(assess(agent, text))  # type: ignore[arg-type]  # Rasa's
        assert found["risk"]["level"] in LEVELS
