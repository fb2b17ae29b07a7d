"""The text as the readers see it: plain signs, Latin digits, nothing invisible."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_READ: Final = 8_000
"""Characters of one answer that are read: one sign can expand to 18 (as in `amaan.text`)."""
DASHES: Final = re.compile(r"[\u2010-\u2015\u2212\u06d4\ufe58\ufe63\uff0d_]")
_ALSO_INVISIBLE: Final = frozenset("\u0640\u034f\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0")
_DROPPED: Final = frozenset({"Cf", "Cs", "Co", "Cn"})


def visible(text: str) -> str:
    """The text in composed form without invisible signs; ends of lines stay."""
    text = unicodedata.normalize("NFKC", text[:MAX_READ])[:MAX_READ]
    return unicodedata.normalize("NFC", "".join(_sign(one) for one in text))


def plain(text: str) -> str:
    """`visible`, and digits of every script made Latin."""
    return "".join(_digit(sign) for sign in visible(text))


def _sign(sign: str) -> str:
    if sign in _ALSO_INVISIBLE or "\ufe00" <= sign <= "\ufe0f":
        return ""
    category = unicodedata.category(sign)
    if sign == "\n":
        return sign
    if category in {"Cc", "Zs", "Zl", "Zp"}:
        return "\n" if sign in "\r\u2028\u2029" else " "
    return "" if category in _DROPPED else sign


def _digit(sign: str) -> str:
    if sign.isascii():
        return sign
    value = unicodedata.decimal(sign, None)
    return sign if value is None else str(value)
