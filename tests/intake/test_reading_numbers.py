"""CNIC numbers, phone numbers and ages in digits of every script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.reading import read_age, read_cnic, read_phone
from intake.schema import AgeBand, Draft
from intake.schema.base import is_cnic
from tests.intake.properties import DASHES, INVISIBLE, SPACES, calm, disguised, texts

CARDS = st.from_regex(r"\A0000[0-9][0-9]{7}[0-9]\Z").filter(
    lambda card: card.isascii() and len(set(card)) > 1
)
MOBILES = st.from_regex(r"\A300000[0-9]{4}\Z").filter(str.isascii)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("00000-0000001-2", "00000-0000001-2"), ("0000000000012", "00000-0000001-2"),
        ("۰۰۰۰۰ ۰۰۰۰۰۰۱ ۲", "00000-0000001-2"), ("੦੦੦੦੦-੦੦੦੦੦੦੧-੨", "00000-0000001-2"),
        ("my cnic is 00000 - 0000001 - 2 and number 0300 0000001", "00000-0000001-2"),
        ("0300 0000001, 00000-0000001-2", "00000-0000001-2"),
        ("میرا شناختی کارڈ 00000۔0000001۔2", "00000-0000001-2"),
        ("00 00 00 00 00 01 2", "00000-0000001-2"),
        ("1111111111111", None), ("00000-0000001", None), ("00000-0000001-23", None),
        ("12345 my number 678", None), ("", None), ("no", None), ("+0000000000012", None),
    ],
)  # fmt: skip
def test_read_cnic(text: str, number: str | None) -> None:
    assert read_cnic(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0300 0000001", "+923000000001"), ("0300-0000001", "+923000000001"),
        ("+92 (300) 000-0001", "+923000000001"), ("00923000000001", "+923000000001"),
        ("923000000001", "+923000000001"), ("+92 0300 0000001", "+923000000001"),
        ("3000000001", "+923000000001"), ("۰۳۰۰ ۰۰۰۰۰۰۱", "+923000000001"),
        ("mera number 03000000001 hai", "+923000000001"), ("0300 0000001 14", "+923000000001"),
        ("0300 0000001 or 0300 0000002", "+923000000001"), ("042-35000000", "+924235000000"),
        ("+92 81 2000000", "+92812000000"), ("00000-0000001-2", None), ("030000000012", None),
        ("0300 000000", None), ("+44 20 7946 0000", None), ("15", None), ("", None),
        ("12/05/2026", None), ("50000 rupees", None),
    ],
)  # fmt: skip
def test_read_phone(text: str, number: str | None) -> None:
    assert read_phone(text) == number


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("12", AgeBand.UNDER_13), ("13", AgeBand.FROM_13), ("I am 15", AgeBand.FROM_13),
        ("۱۷ سال", AgeBand.FROM_16), ("੧੮", AgeBand.FROM_18), ("24", AgeBand.FROM_18),
        ("25 years", AgeBand.FROM_25), ("110", AgeBand.FROM_25), ("13 or 14", AgeBand.FROM_13),
        ("12 or 20", None), ("111", None), ("2010", None), ("12/5", None), ("1.5", None),
        ("young", None), ("", None),
    ],
)  # fmt: skip
def test_read_age(text: str, band: AgeBand | None) -> None:
    assert read_age(text) == band


@calm
@given(texts)
def test_any_text_gives_what_the_schema_takes(text: str) -> None:
    Draft(cnic=read_cnic(text), phone=read_phone(text), age_band=read_age(text))


@calm
@given(st.data(), CARDS)
def test_a_card_survives_every_script_and_spacing(data: st.DataObject, card: str) -> None:
    written = data.draw(disguised(card, parted=False))
    number = f"{card[:5]}-{card[5:12]}-{card[12]}"
    assert is_cnic(number)
    assert read_cnic(written) == number
    gap = st.sampled_from([*SPACES, *DASHES, " - "])
    parts = [data.draw(disguised(part, parted=False)) for part in (card[:5], card[5:12], card[12])]
    marks = data.draw(st.text(INVISIBLE, max_size=3))
    assert (
        read_cnic(f"{marks}{parts[0]}{data.draw(gap)}{parts[1]}{data.draw(gap)}{parts[2]}")
        == number
    )


@calm
@given(st.data(), MOBILES, st.sampled_from(["0", "+92", "0092", "92", ""]))
def test_a_mobile_survives_every_script_and_spacing(
    data: st.DataObject, national: str, prefix: str
) -> None:
    written = data.draw(disguised(prefix + national))
    assert read_phone(f"number {written} hai") == f"+92{national}"


@calm
@given(st.integers(0, 110), st.data())
def test_an_age_is_kept_as_its_band(age: int, data: st.DataObject) -> None:
    band = read_age(data.draw(disguised(str(age), parted=False)))
    bounds = {"under_13": (0, 12), "13_15": (13, 15), "16_17": (16, 17), "18_24": (18, 24)}
    low, high = bounds.get(band or "", (25, 110))
    assert low <= age <= high
