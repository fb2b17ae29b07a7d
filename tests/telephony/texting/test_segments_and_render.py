"""What a phone shows and what it costs."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
import smsutil  # type: ignore[import-untyped]  # no types
from hypothesis import given
from hypothesis import strategies as st

from amaan.conversation.store import Content
from amaan.ports import Door, Option
from telephony.render import rendered
from telephony.segments import segments
from tests.telephony.texting.strings import strings

GSM = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡AZÄÖÑÜ§¿azäöñüà\n^{}\\[~]|€"
# No mark and no joiner among them: there the library parts what a reader sees as one sign.
OTHERS = "اردوپښتوسنڌي۱۲؟’“ਪ\u2068\u2069😀🙏"
TWILIO = Path(__file__).with_name("twilio_counts.txt")


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


def test_thousands_of_strings_agree_with_twilios_calculator() -> None:
    found = TWILIO.read_text(encoding="utf-8").splitlines()
    texts = list(strings())
    digest = hashlib.sha256("\x00".join(texts).encode()).hexdigest()
    assert found[2].endswith(digest), "other strings than those that were counted"
    counts = [int(digit, 36) for digit in "".join(found[3:])]
    assert len(counts) == len(texts) > 8000
    assert [
        text for text, count in zip(texts, counts, strict=True) if segments(text) != count
    ] == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("ب" * 66 + "ءِ" + "ب" * 66, 3),  # a letter and its mark are not parted
        ("ب" * 66 + "بء" + "ب" * 66, 2),
        ("👩\u200d👩\u200d👧" * 8, 1),
        ("👩\u200d👩\u200d👧" * 16, 2),
        ("👩\u200d👩\u200d👧" * 17, 3),  # eight of eight units fill 64 of 67
        ("🇵🇰" * 17, 1),
        ("a" * 66 + "👍🏽" * 17, 3),
    ],
)
def test_what_a_reader_sees_as_one_sign_is_not_parted(text: str, count: int) -> None:
    assert segments(text) == count


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
