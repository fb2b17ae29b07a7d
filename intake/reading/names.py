"""Reads a name in any script; only what is surely no part of it is taken away."""

from __future__ import annotations

import re
from typing import Final

from intake.reading.plain import visible
from intake.schema.base import MAX_NAME, is_name

# What is said before a name, and after it where the verb stands last.
_LEADS: Final = (
    (
        r"(?:my (?:full |whole |real )?name is|my name['’]s|name is|name ?[:=-]|full name ?[:=-])",
        "",
    ),
    (
        r"(?:mera|meraa|mere) (?:poora |pura )?(?:naam|nam|naa?n) ?[:=-]?",
        r"(?:hai|he|hae|h|ae|e|a)",
    ),
    (r"میرا (?:پورا )?(?:نام|ناں) ?[:=-]?", r"(?:ہے|اے|ہَے)"),
    (r"ਮੇਰਾ (?:ਪੂਰਾ )?(?:ਨਾਮ|ਨਾਂ|ਨਾਓਂ) ?[:=-]?", r"(?:ਹੈ|ਏ)"),
    (r"(?:munhinjo|muhinjo|muhnjo|mahnjo) (?:nalo|naalo) ?[:=-]?", r"(?:aahe|ahe|aa)"),
    (r"(?:منهنجو|منھنجو|مهنجو) (?:نالو|نالوَ) ?[:=-]?", r"(?:آهي|آھي)"),
    (r"(?:zama|zma|zamaa) (?:num|noom|nuum|nom|nam) ?[:=-]?", r"(?:dai|de|day|da|dy)"),
    (r"زما (?:نوم|نام) ?[:=-]?", r"(?:دی|ده|دے)"),
    (r"(?:mani|mnee|mni|minn?i) (?:naam|nam) ?[:=-]?", r"(?:int|ent|inth|en)"),
    (r"(?:منی|منی‌|می) (?:نام) ?[:=-]?", r"(?:اِنت|انت|اِنتءَ|ایں)"),
    (r"(?:نام|نالو|نوم|ਨਾਮ|naam|name) ?[:=]", ""),
)
_PATTERNS: Final = tuple(
    re.compile(
        rf"{lead}\s*(?P<name>.+?)(?:\s+{tail})?" if tail else rf"{lead}\s*(?P<name>.+)", re.I
    )
    for lead, tail in _LEADS
)
_EDGE: Final = ' \t\n.,:;!،؛۔।"“”«»()[]*-_'
_ASKS: Final = frozenset("?؟")
_MOST_WORDS: Final = 8


def read_name(text: str) -> str | None:
    """The name in an answer, in its own letters; None when it can be none.

    "My name is ..." and the like are taken away, where what remains is a name by itself.
    """
    if _ASKS.intersection(visible(text)):
        return None
    said = _clean(text)
    for pattern in _PATTERNS:
        found = pattern.fullmatch(said)
        if found and _fits(name := _clean(found["name"])):
            return name
    return said if _fits(said) else None


def _clean(text: str) -> str:
    return " ".join(visible(text).split()).strip(_EDGE)


def _fits(name: str) -> bool:
    return is_name(name) and len(name) <= MAX_NAME and len(name.split()) <= _MOST_WORDS
