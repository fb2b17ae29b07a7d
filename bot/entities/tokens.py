"""Words and numbers of a text, and the spelling-blind key by which lists know a word.

The key is finer than `amaan.text.fold`, because here one word decides alone: "maa" is a
mother and "ma" is not. It is also cheaper: folding a long message word by word would take
most of the time that finding everything may take.
"""

import re
from dataclasses import dataclass
from typing import Final

NUMBER: Final = "#"
"""Key of every number in digits."""

BREAK: Final = "."
"""Key of every sign that ends a clause."""

_MARKS: Final = (
    "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0a01-\u0a03\u0a3c-\u0a51\u0a70-\u0a75"
)
_TOKEN: Final = re.compile(
    rf"(?P<number>(?:\d{{1,3}}(?:[,٬]\d{{2,3}})+(?!\d)|\d+)(?:[.٫]\d+)?)"
    rf"|(?P<word>(?:[^\W\d_]|[{_MARKS}])+)"
    r"|(?P<sign>/[-=])"
    r"|(?P<money>[$€£₹])"
    r"|(?P<break>[.,;:!?%۔،؛؟।॥()\[\]\"“”«»…\n])"
)
_LETTERS: Final = {
    ord(sign): base
    for signs, base in (
        ("يىېئێ", "ی"), ("ۓ", "ے"), ("كڪ", "ک"), ("ګڳ", "گ"), ("ڱ", "نگ"), ("هھەۃةۀۂ", "ہ"),
        ("أإٱآ", "ا"), ("ؤۆۇ", "و"), ("ڻڼݨ", "ن"), ("ڃڄ", "ج"), ("ٿ", "تہ"), ("ٽټ", "ٹ"),
        ("ٺ", "ٹہ"), ("ڊډڏ", "ڈ"), ("ڌ", "دہ"), ("ڍ", "ڈہ"), ("ڇ", "چہ"), ("ٻ", "ب"),
        ("ڀ", "بہ"), ("ڦ", "پہ"), ("ڙړ", "ڑ"), ("ښ", "ش"), ("ځ", "ز"), ("څ", "س"), ("ږ", "گ"),
        ("ࣇ", "ل"),
    )
    for sign in signs
}  # fmt: skip
# Vowel signs are written or left out at will in Arabic script. The Gurmukhi nukta and
# addak come and go the same way; other Gurmukhi marks are vowels.
_DROPPED: Final = [
    0x670,
    0xA3C,
    0xA71,
    *range(0x300, 0x370),
    *range(0x610, 0x61B),
    *range(0x64B, 0x660),
    *range(0x6D6, 0x6EE),
]
_TABLE: Final = _LETTERS | dict.fromkeys(_DROPPED) | {ord("w"): "v", ord("q"): "k"}
_DOUBLED: Final = re.compile(r"([a-z])\1")
_SHORT: Final = 4
_LONGEST_NUMBER: Final = 12
_HAMZA: Final = "ء"


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or breaking sign; `number` is None when it is no number."""

    start: int
    end: int
    key: str
    number: float | None = None


def key(word: str) -> str:
    """Return what is equal for all usual spellings of a word.

    Doubled Latin letters count in words of four letters and less, where they tell words
    apart. A hamza at the end of a longer word is a Sindhi or Balochi ending; alone it is
    a word of its own, and its vowel says which.
    """
    plain = word.casefold().translate(_TABLE)
    if len(plain) > _SHORT:
        plain = plain.replace("ee", "i").replace("oo", "u")
        plain = _DOUBLED.sub(r"\1", plain)
    if plain == _HAMZA:
        return word
    return plain.removesuffix(_HAMZA) if len(plain) > _SHORT else plain


def phrase(form: str) -> str:
    """Return the keys of the words of a list entry, parted by spaces."""
    return " ".join(token.key for token in tokens(form))


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text whose digits are Latin; hyphens and the like are gaps."""
    found = []
    for match in _TOKEN.finditer(text):
        written, kind = match.group(), match.lastgroup
        if kind == "number":
            found.append(_number(match.start(), match.end(), written))
        elif kind == "word":
            found.append(Token(match.start(), match.end(), key(written)))
        else:
            sign = BREAK if kind == "break" else written
            found.append(Token(match.start(), match.end(), sign))
    return found


def _number(start: int, end: int, written: str) -> Token:
    # A longer row of digits is no quantity, and float() of 2,000 digits is infinite.
    if end - start > _LONGEST_NUMBER:
        return Token(start, end, "")
    plain = written.replace(",", "").replace("٬", "").replace("٫", ".")
    return Token(start, end, NUMBER, float(plain))
