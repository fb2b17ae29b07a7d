"""What a phone shows and what it costs."""

from __future__ import annotations

import random

import pytest
import smsutil  # type: ignore[import-untyped]  # no types
from hypothesis import given
from hypothesis import strategies as st

from amaan.conversation.store import Content
from amaan.ports import Door, Option
from telephony.render import rendered
from telephony.segments import segments

GSM = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡AZÄÖÑÜ§¿azäöñüà\n^{}\\[~]|€"
OTHERS = "اردوپښتوسنڌي۱۲؟’“ਪੰ\u2068\u2069😀🙏"


def oracle(text: str) -> int:
    """Segments by the independent library."""
    return len(smsutil.split(text).parts)


@given(st.text(st.sampled_from(GSM), max_size=700))
def test_plain_text_agrees_with_the_oracle(text: str) -> None:
    assert segments(text) == oracle(text)


@given(st.text(st.sampled_from(GSM + OTHERS), max_size=400))
def test_any_text_agrees_with_the_oracle(text: str) -> None:
    assert segments(text) == oracle(text)


def test_every_length_near_the_limits_agrees() -> None:
    chance = random.Random(3)
    for length in [*range(64, 72), *range(130, 138), *range(150, 164), *range(300, 312)]:
        for alphabet in ("a", "a€", "ب", "ب😀", "a😀"):
            text = "".join(chance.choice(alphabet) for _ in range(length))
            assert segments(text) == oracle(text), (length, alphabet)


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 1), ("a" * 160, 1), ("a" * 161, 2), ("ب" * 70, 1), ("ب" * 71, 2), ("€" * 80, 1)],
)
def test_known_counts(text: str, count: int) -> None:
    assert segments(text) == count


MENU = (Option("قانون", "ask_law"), Option("انسان سے بات", "request_human"))


@pytest.mark.parametrize("door", ["sms", "whatsapp"])
def test_phones_get_a_numbered_menu(door: Door) -> None:
    text = rendered(Content("کیا چاہیے؟", menu=MENU), door)
    assert text == "کیا چاہیے؟\n1 قانون\n2 انسان سے بات"


def test_the_page_gets_the_words_alone() -> None:
    assert rendered(Content("کیا چاہیے؟", menu=MENU), "web") == "کیا چاہیے؟"


def test_no_menu_adds_nothing() -> None:
    assert rendered(Content("سلام"), "sms") == "سلام"
