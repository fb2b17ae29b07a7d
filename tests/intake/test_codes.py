"""Codes as they are typed: read in every script and spacing, and never where there is none."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amaan.text import normalise
from intake.codes import codes_in, new_code, new_key, new_reference, plain
from tests.conftest import START

URDU = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
GURMUKHI = str.maketrans("0123456789", "੦੧੨੩੪੫੬੭੮੯")


def test_signs_look_as_they_are_described() -> None:
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}", new_code())
    assert re.fullmatch(r"TF-2026-[0-9A-HJKMNP-TV-Z]{8}", new_reference(START))
    assert re.fullmatch(r"[0-9a-f]{32}", new_key())
    assert len({new_code() for _ in range(200)}) == 200


@given(st.integers(0, 6), st.randoms(use_true_random=False))
def test_a_code_is_read_however_it_is_typed(way: int, chance: object) -> None:
    code = new_code()
    signs = plain(code)
    typed = (
        code.lower(),
        signs,
        code.replace("-", " "),
        " ".join(signs),
        f"my code is {code}.",
        f"یہ رہا: {code.translate(URDU)}",
        f"\u200f{code.translate(ARABIC).replace('-', '–')}\u200e",
    )[way]
    assert codes_in(typed) == (signs,)
    # What the conversation does to a message before anybody reads it takes nothing away.
    assert codes_in(normalise(typed)) == (signs,)


def test_look_alikes_are_read() -> None:
    assert codes_in("AB0C-1D2E-F345") == codes_in("abOc iD2e f345") == ("AB0C1D2EF345",)
    assert codes_in("AB0C-LD2E-F345".translate(GURMUKHI)) == ("AB0C1D2EF345",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "what have they done",
        "will that help",
        "+92 300 0000001",
        "923000000001",
        "00000-0000001-1",
        "kal raat ko usne mujhe message kiya",
        "میرا کوڈ کہاں ہے",
        "ABCD-EFGH",
        "TF-2026-AB2C3D4E",
        "UUUU-2222-UUUU",
    ],
)
def test_nothing_else_is_taken_for_a_code(text: str) -> None:
    assert codes_in(text) == ()


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert all(re.fullmatch("[0-9A-Z]{12}", one) for one in codes_in(text))
    assert len(codes_in(text)) <= 3
