"""Reads CNIC numbers, phone numbers and ages, in digits of every script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from intake.reading.plain import DASHES, plain
from intake.schema import AgeBand
from intake.schema.base import ANY_PHONE, PHONE, is_cnic

_CARD: Final = re.compile(r"(?<![\d+])(\d{5})[\s./-]{1,3}(\d{7})[\s./-]{1,3}(\d)(?!\d)")
_CARD_PLAIN: Final = re.compile(r"(?<![\d+])\d{13}(?!\d)")
# 00 and a country is a phone number, as long as one of a card.
_CARD_BESIDE: Final = re.compile(r"(?<![\d+])(?!00[1-9])\d{13}(?!\d)")
_CARD_DIGITS: Final = 13
# Underscores stay: they are part of the names of accounts.
_OTHER_DASHES: Final = re.compile(r"[\u2010-\u2015\u2212]")
_ROW: Final = re.compile(r"(?:\+[ .(]{0,2})?\(?\d(?:[ .()/-]{0,3}\d){4,19}")
_GROUP: Final = re.compile(r"\S+")
_MOST_GROUPS: Final = 8
_NOT_DIGIT: Final = re.compile(r"\D")
_MOBILE: Final = re.compile(r"3\d{9}")
_LANDLINE: Final = re.compile(r"[24-9]\d{8,9}")
_FOREIGN: Final = range(8, 16)
_NUMBER: Final = re.compile(r"(?<![\d.,/+-])\d{1,3}(?![\d/-]|[.,]\d)")
_OLDEST: Final = 110
_BANDS: Final = (
    (13, AgeBand.UNDER_13),
    (16, AgeBand.FROM_13),
    (18, AgeBand.FROM_16),
    (25, AgeBand.FROM_18),
)
"""(age below which, band)."""


def read_cnic(text: str) -> str | None:
    """The CNIC number in an answer as 5-7-1 digits; None when there is none."""
    text = DASHES.sub("-", plain(text))
    for found in _CARD.finditer(text):
        if number := _card("".join(found.groups())):
            return number
    for found in _CARD_PLAIN.finditer(text):
        if number := _card(found.group()):
            return number
    # Grouped in some other way: then nothing else with digits may stand beside it.
    return None if "+" in text else _card(_NOT_DIGIT.sub("", text))


def without_cards(text: str, instead: str = " ") -> str:
    """The text without what looks like a CNIC number: nobody else's is ever kept."""
    text = _OTHER_DASHES.sub("-", text)
    return _CARD_BESIDE.sub(instead, _CARD.sub(instead, text))


def read_phone(text: str) -> str | None:
    """The first number of Pakistan in an answer, as ``+92...``; None when there is none.

    The answer is to the question for a number, so that a mobile without any prefix counts.
    """
    return next((one for one, _ in phones(text) if re.fullmatch(PHONE, one)), None)


def phones(text: str, *, expected: bool = True) -> Iterator[tuple[str, str]]:
    """All phone numbers and how each was written: ``+92...``, or ``+`` and a foreign one.

    `expected` lets a mobile without any prefix count.
    """
    for found in _ROW.finditer(without_cards(plain(text))):
        for written in _spans(found.group()):
            number = _phone(written, expected)
            if number is not None:
                yield number, written
                break


def read_age(text: str) -> AgeBand | None:
    """The band of the age in an answer; None without a number or with several that differ."""
    ages = {int(found.group()) for found in _NUMBER.finditer(DASHES.sub("-", plain(text)))}
    bands = {_band(age) for age in ages if age <= _OLDEST}
    return bands.pop() if len(bands) == 1 else None


def _band(age: int) -> AgeBand:
    return next((band for below, band in _BANDS if age < below), AgeBand.FROM_25)


def _card(figures: str) -> str | None:
    if len(figures) != _CARD_DIGITS:
        return None
    number = f"{figures[:5]}-{figures[5:12]}-{figures[12]}"
    return number if is_cnic(number) else None


def _spans(row: str) -> list[str]:
    """Parts of a row of figures that may be the number, longest first.

    "0300 0000001 14": what is written on after a number adds a figure to its row.
    """
    parts = [found.span() for found in _GROUP.finditer(row)]
    if len(parts) > _MOST_GROUPS:
        return [row]
    spans = [(start, end) for i, (start, _) in enumerate(parts) for _, end in parts[i:]]
    return [row[start:end] for start, end in sorted(spans, key=lambda span: span[0] - span[1])]


def _phone(written: str, expected: bool) -> str | None:
    figures = _NOT_DIGIT.sub("", written)
    abroad = "+" in written or figures.startswith("00")
    rest = figures.removeprefix("00")
    if abroad and not rest.startswith("92"):
        number = f"+{rest}"
        fits = len(rest) in _FOREIGN and re.fullmatch(ANY_PHONE, number)
        return number if fits and not rest.startswith("0") else None
    has_country = rest.startswith("92")
    # "+92 0300 ...": many write the zero that falls away.
    national = rest.removeprefix("92").removeprefix("0") if has_country else rest.removeprefix("0")
    if not (has_country or rest.startswith("0") or expected):
        return None
    if _MOBILE.fullmatch(national):
        return f"+92{national}"
    prefixed = has_country or rest.startswith("0")
    return f"+92{national}" if prefixed and _LANDLINE.fullmatch(national) else None
