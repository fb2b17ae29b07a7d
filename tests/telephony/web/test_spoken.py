"""What of our texts can be tapped: phone lines, and nothing else that is a number."""

from __future__ import annotations

import pytest

from amaan.core import LOCALES
from amaan.facts import phone_numbers, shown_facts
from amaan.words import VARIANTS, Catalogues
from telephony.web.spoken import Part, Spoken

WORDS = Catalogues.load(LOCALES)
SPOKEN = Spoken(WORDS)


def dialled(key: str, tag: str, **values: str) -> tuple[list[str], tuple[Part, ...]]:
    text = WORDS.text(key, tag, "web", **values)
    parts = SPOKEN.parts(text, key, VARIANTS[tag])
    assert "".join(part.text for part in parts) == text
    return [part.tel for part in parts if part.tel], parts


@pytest.mark.parametrize("tag", VARIANTS)
def test_a_section_or_a_year_is_no_phone_number(tag: str) -> None:
    dialable, parts = dialled("law.doxxing", tag)
    assert dialable == ["15"]
    # It still stands in an element of its own: its direction is left to right.
    assert Part("16", is_value=True) in parts
    for key in ("law.workplace", "law.child_abuse", "law.fraud", "who.time"):
        assert set(dialled(key, tag)[0]) <= phone_numbers()


@pytest.mark.parametrize("tag", VARIANTS)
def test_lines_put_together_when_they_are_said_can_be_tapped(tag: str) -> None:
    lines = "\n".join(WORDS.text(key, tag, "web") for key in ("line.police", "line.women_kp"))
    assert dialled("refer.here", tag, lines=lines)[0] == ["15", "080022227"]


def test_no_provision_is_a_phone_number() -> None:
    facts = shown_facts()
    assert {"15", "1799", "03117786264"} <= phone_numbers()
    assert {
        facts["s21"],
        facts["p503"],
        facts["work_year"],
        facts["investigation_days"],
    }.isdisjoint(phone_numbers())
