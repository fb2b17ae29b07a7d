"""Spoils training texts the way phones and haste do, so that spelling decides less.

Romanised Urdu, Pashto, Sindhi, Punjabi and Balochi have no fixed spelling, and
nobody in danger proof-reads. Each rule below is a habit seen in such writing;
none changes a word into another language or takes a negation away on purpose.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

# Pairs people write for each other in Roman spelling.
_ROMAN = [
    ("aa", "a"), ("ee", "i"), ("oo", "u"), ("ai", "e"), ("ay", "ai"), ("au", "o"), ("kh", "k"),
    ("gh", "g"), ("ph", "f"), ("q", "k"), ("z", "j"), ("w", "v"), ("v", "w"), ("i", "e"),
    ("u", "o"), ("y", "i"), ("ein", "en"), ("hai", "hy"), ("c", "ch"), ("nn", "n"),
]  # fmt: skip
# Letters that keyboards without the right key put in place of ours.
_ARABIC = [
    ("ں", "ن"), ("ہ", "ه"), ("ھ", "ہ"), ("ٹ", "ت"), ("ڈ", "د"), ("ڑ", "ر"), ("آ", "ا"),
    ("ئ", "ی"), ("ے", "ی"), ("ښ", "ش"), ("ځ", "ز"), ("څ", "س"), ("ړ", "ر"), ("ډ", "د"),
    ("ټ", "ت"), ("ې", "ی"), ("ۍ", "ی"), ("ګ", "گ"), ("ڪ", "ک"), ("ڻ", "ن"), ("ٿ", "ت"),
    ("ڏ", "د"), ("ڳ", "گ"), ("ٻ", "ب"), ("ٽ", "ٹ"), ("ڙ", "ڑ"), ("ڍ", "ڈ"), ("ض", "ز"),
    ("ص", "س"), ("ط", "ت"), ("ح", "ہ"),
]  # fmt: skip
_PUNCTUATION = re.compile(r"[.,!?;:\u060c\u061b\u061f\u06d4\u0964'\"]+")


def spoil(text: str, chance: random.Random) -> str:
    """Return ``text`` with one to three small habits applied; never empty."""
    spoiled = text
    for _ in range(chance.randint(1, 3)):
        # A line of one sign ("?") can lose it to the first habit.
        spoiled = chance.choice(_HABITS)(spoiled, chance) if spoiled else text
    return spoiled if spoiled.strip() else text


def _respell(text: str, chance: random.Random) -> str:
    present = [(old, new) for old, new in _ROMAN + _ARABIC if old in text]
    if not present:
        return text
    old, new = chance.choice(present)
    return text.replace(old, new, chance.choice((1, 1, 2, -1)))


def _drop_letter(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + text[at + 1 :]


def _swap_letters(text: str, chance: random.Random) -> str:
    if len(text) < 3:
        return text
    at = chance.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _double_letter(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + text[at] + text[at:]


def _join_words(text: str, chance: random.Random) -> str:
    gaps = [at for at, letter in enumerate(text) if letter == " "]
    if not gaps:
        return text
    at = chance.choice(gaps)
    return text[:at] + text[at + 1 :]


def _drop_punctuation(text: str, _: random.Random) -> str:
    return _PUNCTUATION.sub("", text)


def _drop_vowel(text: str, chance: random.Random) -> str:
    inner = [match.start() for match in re.finditer(r"(?<=\w)[aeiou](?=\w)", text)]
    if not inner:
        return text
    at = chance.choice(inner)
    return text[:at] + text[at + 1 :]


_HABITS: list[Callable[[str, random.Random], str]] = [
    _respell, _respell, _respell, _drop_letter, _swap_letters, _double_letter, _join_words,
    _drop_punctuation, _drop_vowel,
]  # fmt: skip
